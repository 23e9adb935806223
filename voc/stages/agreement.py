"""Label agreement: how often two contacts known to be about one problem are given one topic.

A true repeat is seen as one only when both contacts get the same topic. Pairs known to be about one problem without
looking at topics (the vendor's follow-ups and merges, double posts in other words) show how often that is so.

- The agreement of a topic is the share of the pairs whose earlier contact has it, and whose later one has it too.
- Few pairs say little: the share is drawn towards that of all topics, as ten more pairs would (a Beta prior), and that
  of all topics towards 1 as five more pairs would, so that without pairs nothing is corrected.
- A topic whose whole 80% interval lies below .6 is low: its label cannot be told from others. Low topics of one theme
  are matched by the theme when repeats are looked for, where it has at least two: two contacts of a customer about
  such topics count as about the same, and the repeat is charged to the topic of the first contact of the episode. A
  low topic that is alone in its theme, or has none, stays by itself; so do the sound topics of the theme. The drawn
  share counts pairs as agreeing that such a match brings together.
"""

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames
from voc.stages.contact_parts import words_of
from voc.text.clean import clean
from voc.topics.pairs import LEAST_AGREEMENT, Agreement, pair_agreement

ALL = "*"
PRIOR_PAIRS = 10.0  # how many pairs of all topics a topic's own are mixed with
PERFECT_PAIRS = 5.0  # how many agreeing pairs those of all topics are mixed with
NO_PAIRS = "No linked contacts show how often labels agree: repeats that are missed for a wrong label are not added."


def label_agreements(frames: Frames, double_posts: pd.DataFrame) -> tuple[pd.DataFrame, dict]:
    """The table `label_agreements`, a row a topic and one for all; and notes with the pairs that could not be used.

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
    rows["matched"] = _matched(known, rows)
    of_all = (rows.loc[ALL, "matched"] + PERFECT_PAIRS) / (whole.pairs + PERFECT_PAIRS)
    rows["shrunk"] = (rows["matched"] + PRIOR_PAIRS * of_all) / (rows["pairs"] + PRIOR_PAIRS)
    rows.loc[ALL, "shrunk"] = of_all
    rows["found_share"] = np.nan  # known when the gaps are
    notes = {"linked_pairs": whole.pairs, "linked_pairs_unusable": len(pairs) - whole.pairs}
    return tables.LabelAgreement.check(rows), notes | ({} if whole.pairs else {"cautions": [NO_PAIRS]})


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


def _matched(known: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Pairs that count as about the same when repeats are looked for, by topic of the earlier contact, and in all."""
    by = rows["theme_id"].where(rows["theme_id"].notna(), "topic " + rows["topic_id"])
    is_matched = (known["topic"].map(by) == known["later_topic"].map(by)).to_numpy(dtype=bool)
    found = known["topic"][is_matched].value_counts().reindex(rows.index, fill_value=0)
    found[ALL] = is_matched.sum()
    return found
