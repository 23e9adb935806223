"""Label agreement: how often two contacts known to be about one problem are given one topic.

A true repeat is seen as one only when both contacts get the same topic. Pairs known to be about one problem without
looking at topics (the vendor's follow-ups and merges, double posts in other words) show how often that is so.

- The agreement of a topic is the share of the pairs whose earlier contact has it as its main topic, and whose later one
  has it too. A repeat is seen as one when the two share any topic: a pair counts as matched with the share of the later
  contact that is about topics of the earlier one.
- Few pairs say little: the share matched is drawn towards that of all topics, as ten more pairs would (a Beta prior).
  That of all topics is mixed with what the mixture of gaps sees, repeats on the same topic among those that followed on
  any, which counts for ten times as many pairs as there are, at most two hundred: contacts that carry a link are few and
  not quite like the others. With fewer than five pairs the missing ones count as matched, so that without pairs nothing is
  corrected.
- A topic whose whole 80% interval lies below .6 is low: its label cannot be told from others. Low topics of one theme
  are matched by the theme when repeats are looked for, where it has at least two: two contacts of a customer about
  such topics count as about the same, and the repeat is charged to the topic of the first contact of the episode. A
  low topic that is alone in its theme, or has none, stays by itself; so do the sound topics of the theme. The drawn
  share counts pairs as agreeing that such a match brings together.
"""

import numpy as np
import pandas as pd

from voc.context import Frames
from voc.stages.contact_parts import words_of
from voc.text.clean import clean
from voc.topics.pairs import LEAST_AGREEMENT, Agreement, pair_agreement

ALL = "*"
PRIOR_PAIRS = 10.0  # how many pairs of all topics a topic's own are mixed with
FEWEST_PAIRS = 5.0  # of all topics; missing ones count as matched
MIXTURE_PAIRS = 10.0, 200.0  # how many pairs what the mixture sees counts for: for each there is, and at most
NO_PAIRS = "No linked contacts show how often labels agree: repeats that are missed for a wrong label are not added."


def label_agreements(frames: Frames, double_posts: pd.DataFrame) -> tuple[pd.DataFrame, dict]:
    """The table `label_agreements`, a row a topic and one for all, with what the gaps will tell (`shrunk`, `found_share`)
    still empty; and notes with the pairs that could not be used.

    Frames: contacts, verbatims, verbatim_topics, topics. `double_posts`: pairs of contact ids, `one` and `other`.
    """
    labels = frames["verbatim_topics"]
    pairs = linked_pairs(frames["contacts"], double_posts)
    main = main_topics(labels[labels["contact_id"].isin({*pairs["earlier"], *pairs["later"]})])
    known = pairs.assign(topic=pairs["earlier"].map(main), later_topic=pairs["later"].map(main)).dropna()
    known = known[~_says_the_same(known, frames["verbatims"])]
    whole, by_topic = pair_agreement(list(known["topic"]), list(known["later_topic"]))
    none = Agreement(0, 0)
    topics = sorted({*frames["topics"]["topic_id"], *labels["topic_id"].unique()})
    rows = pd.DataFrame([_row(topic, by_topic.get(topic, none)) for topic in topics] + [_row(ALL, whole)])
    rows = rows.set_index("topic_id", drop=False).rename_axis(None)
    rows["theme_id"] = _themes(rows, frames["topics"])
    rows["matched"] = _matched(known, labels, rows)
    rows["shrunk"] = rows["found_share"] = np.nan  # known when the gaps are
    notes = {"linked_pairs": whole.pairs, "linked_pairs_unusable": len(pairs) - whole.pairs}
    return rows, notes | ({} if whole.pairs else {"cautions": [NO_PAIRS]})


def shrunk_agreements(agreements: pd.DataFrame, seen: float) -> pd.Series:
    """Chance that two contacts about one problem are seen as such, by row; `seen`: the same by the mixture, of all topics."""
    whole = agreements.loc[agreements["topic_id"] == ALL].iloc[0]
    more = min(MIXTURE_PAIRS[0] * whole["pairs"], MIXTURE_PAIRS[1])
    missing = max(FEWEST_PAIRS - whole["pairs"], 0.0)
    of_all = (whole["matched"] + more * seen + missing) / (whole["pairs"] + more + missing)
    shrunk = (agreements["matched"] + PRIOR_PAIRS * of_all) / (agreements["pairs"] + PRIOR_PAIRS)
    return shrunk.where(agreements["topic_id"] != ALL, of_all)


def rolled_up(agreements: pd.DataFrame) -> dict[str, str]:
    """Theme of each topic that is matched by it."""
    rows = agreements.dropna(subset=["theme_id"])
    return dict(zip(rows["topic_id"], rows["theme_id"], strict=True))


# ---------------------------------------------------------------- pairs


def linked_pairs(contacts: pd.DataFrame, double_posts: pd.DataFrame | None = None) -> pd.DataFrame:
    """Pairs of contacts known to be about one problem: `earlier` and `later` contact_id, each pair once.

    The vendor's own follow-up and merge links and, where they are given, double posts (`one`, `other`).
    """
    links = [
        contacts[["contact_id", name]].dropna().set_axis(["one", "other"], axis=1)
        for name in ("follow_up_of", "merged_into")
    ]
    pairs = pd.concat([*links, *([] if double_posts is None else [double_posts])]).to_numpy(dtype=object)
    ids, opened = (contacts[name].to_numpy(dtype=object) for name in ("contact_id", "opened_at"))
    when = dict(zip(ids, zip(opened, ids, strict=True), strict=True))  # of equal times, ids decide
    ordered = {(a, b) if when[a] < when[b] else (b, a) for a, b in pairs if b in when and a != b}
    return pd.DataFrame(sorted(ordered), columns=["earlier", "later"])


def main_topics(verbatim_topics: pd.DataFrame) -> dict[str, str]:
    """The topic with the largest share of each contact: ties to the last by id."""
    rows = verbatim_topics.dropna(subset=["contact_id"])
    shares = rows.groupby(["contact_id", "topic_id"], as_index=False)["share"].sum()
    shares = shares.sort_values(["contact_id", "share", "topic_id"])
    return dict(zip(shares["contact_id"], shares["topic_id"], strict=True))


def _says_the_same(pairs: pd.DataFrame, verbatims: pd.DataFrame) -> np.ndarray:
    """Pairs of the very same words, quoted letters and signatures aside: they cannot disagree, so they prove nothing."""
    ids = np.array(sorted({*pairs["earlier"], *pairs["later"]}), dtype=object)
    words = dict(zip(ids, words_of(verbatims, ids, lambda text: clean(text).text), strict=True))
    same = [words[a] == words[b] for a, b in pairs[["earlier", "later"]].to_numpy(dtype=object)]
    return np.array(same, dtype=bool)


# ---------------------------------------------------------------- agreement


def _row(topic: str, agreement: Agreement) -> dict:
    low, high = agreement.interval
    return {
        "topic_id": topic, "pairs": agreement.pairs, "agreeing": agreement.agreeing, "agreement": agreement.share,
        "low": low, "high": high, "chance": agreement.chance,
        "is_low": high is not None and high < LEAST_AGREEMENT,
    }  # fmt: skip


def _themes(rows: pd.DataFrame, topics: pd.DataFrame) -> pd.Series:
    """Theme by which each low topic is matched: that of at least two."""
    theme = topics.set_index("topic_id")["theme_id"].reindex(rows.index).where(rows["is_low"])
    return theme.where(theme.map(theme.value_counts()) > 1)


def _matched(known: pd.DataFrame, labels: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Pairs seen as about the same when repeats are looked for, by main topic of the earlier contact, and in all.

    A pair counts with the share of the later contact that is about topics of the earlier one.
    """
    by = rows["theme_id"].where(rows["theme_id"].notna(), "topic " + rows["topic_id"])
    said = labels[labels["contact_id"].isin({*known["earlier"], *known["later"]})]
    said = said.assign(match=said["topic_id"].map(by)).groupby(["contact_id", "match"])["share"].sum()
    said = (said / said.groupby("contact_id").transform("sum")).rename("share").reset_index()
    later = known.merge(said, left_on="later", right_on="contact_id")
    both = pd.MultiIndex.from_frame(later[["earlier", "match"]]).isin(pd.MultiIndex.from_frame(said[["contact_id", "match"]]))
    found = later["share"].where(both, 0.0).groupby(later["topic"]).sum().reindex(rows.index, fill_value=0.0)
    found[ALL] = later["share"].where(both, 0.0).sum()
    return found
