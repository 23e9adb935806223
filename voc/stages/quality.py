"""Quality: measure how far each topic can be trusted, and mark the doubtful ones with the reasons."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.stages.embed import vector_book
from voc.stages.topics import topic_options
from voc.topics import quality

ALL = "*"
PART_TOO_SMALL = 0.5  # share of the texts resampled below which a low stability may come of the missing texts
_MEASURES = ("stability", "separation", "coherence", "confidence")


@dataclass(frozen=True)
class _Texts:
    """Different texts that have a topic, by hash; `groups` are positions in the sorted topic ids."""

    hashes: list[str]
    texts: list[str]
    counts: np.ndarray
    groups: np.ndarray


def check_topics(frames: Frames, run: RunContext) -> Result:
    """Stability, separation, coherence, confidence and agreement of linked pairs for every topic and for all.

    Where `repeats` is not among the frames, double posts are no linked pairs.
    """
    topics = frames["topics"].sort_values("topic_id").reset_index(drop=True)
    if topics.empty:
        return Result({"topic_checks": tables.TopicCheck.empty()}, {"topics": 0})
    held = _texts(frames, list(topics["topic_id"]))
    measured, resampled = _measures(frames, topics, held, run)
    pairs = linked_pairs(frames["contacts"], frames.get("repeats"))
    main = main_topics(frames["verbatim_topics"])
    pairs = pairs.assign(topic=pairs["earlier"].map(main), later_topic=pairs["later"].map(main))
    known = pairs.dropna(subset=["topic", "later_topic"])
    known = known[~_says_the_same(known, frames)]
    whole, by_topic = quality.pair_agreement(list(known["topic"]), list(known["later_topic"]))
    rows = [_row(m, resampled, by_topic.get(m["topic_id"], quality.Agreement(0, 0)), len(held.texts)) for m in measured]
    rows.append(_row(_overall(measured, held, frames["passage_topics"]), resampled, whole, len(held.texts)))
    checks = tables.TopicCheck.frame(rows)
    return Result({"topic_checks": checks}, _notes(checks, resampled, held, whole, len(pairs) - len(known)))


# ---------------------------------------------------------------- texts and measures


def _texts(frames: Frames, topic_ids: list[str]) -> _Texts:
    rows = frames["passages"][["passage_id", "text_hash", "text"]].merge(
        frames["passage_topics"][["passage_id", "topic_id"]], on="passage_id"
    )
    place = {topic_id: i for i, topic_id in enumerate(topic_ids)}
    rows = rows[rows["topic_id"].isin(place)].sort_values(["text_hash", "passage_id"])
    counts = rows.groupby("text_hash").size()
    first = rows.drop_duplicates("text_hash")
    return _Texts(
        list(first["text_hash"]), list(first["text"]), counts.loc[first["text_hash"]].to_numpy(dtype=float),
        first["topic_id"].map(place).to_numpy(dtype=int),
    )  # fmt: skip


def _measures(
    frames: Frames, topics: pd.DataFrame, held: _Texts, run: RunContext
) -> tuple[list[dict], quality.Resampled]:
    """The measures of each topic, None where one is not known, and what was resampled."""
    n, options = len(topics), topic_options(run)
    vectors = vector_book(frames, run).of(held.hashes)
    run.progress(1, 4)
    resampled = quality.Resampled(np.full(n, np.nan), 0, 0)
    if options.engine == "leiden":
        resampled = quality.resample(
            held.texts, vectors, held.groups, held.counts,
            parts=topics["cluster_count"].clip(lower=1).to_numpy(dtype=int), neighbours=options.neighbours,
            lexical_share=options.lexical_share, min_texts=options.min_texts, seed=run.pipeline.seed,
        )  # fmt: skip
    run.progress(2, 4)
    separation = np.full(n, np.nan)
    apart = quality.separation(vectors, held.groups)
    separation[: len(apart)] = apart
    run.progress(3, 4)
    words = [text.split(", ") if text else [] for text in topics["words"]]
    coherence = quality.coherence(held.texts, words)
    chance = quality.coherence_by_chance(held.texts, words, seed=run.pipeline.seed)
    run.progress(4, 4)
    sizes = np.bincount(held.groups, minlength=n)
    return [
        {
            "topic_id": topic_id, "distinct_text_count": int(sizes[i]), "stability": _known(resampled.stability[i]),
            "separation": _known(separation[i]), "coherence": _known(coherence[i]), "coherence_chance": chance,
            "confidence": _known(confidence) if sizes[i] else None, "without_topic_share": None,
        }
        for i, (topic_id, confidence) in enumerate(zip(topics["topic_id"], topics["confidence"], strict=True))
    ], resampled  # fmt: skip


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _overall(measured: list[dict], held: _Texts, passage_topics: pd.DataFrame) -> dict:
    """The row of all topics: medians, and the share of passages without one."""
    medians = {name: [m[name] for m in measured if m[name] is not None] for name in _MEASURES}
    return {
        "topic_id": ALL, "distinct_text_count": len(held.texts), "coherence_chance": measured[0]["coherence_chance"],
        **{name: float(np.median(values)) if values else None for name, values in medians.items()},
        "without_topic_share": float(passage_topics["topic_id"].isna().mean()) if len(passage_topics) else None,
    }  # fmt: skip


def _row(measured: dict, resampled: quality.Resampled, agreement: quality.Agreement, texts: int) -> dict:
    is_whole = resampled.texts >= PART_TOO_SMALL * texts
    why = quality.doubts(
        texts=measured["distinct_text_count"], stability=measured["stability"] if is_whole else None,
        separation=measured["separation"], coherence=measured["coherence"],
        coherence_chance=measured["coherence_chance"], confidence=measured["confidence"], agreement=agreement,
    )  # fmt: skip
    low, high = agreement.interval
    return measured | {
        "stability_text_count": resampled.texts, "linked_pair_count": agreement.pairs,
        "linked_agreement": agreement.share, "linked_agreement_low": low, "linked_agreement_high": high,
        "linked_agreement_chance": agreement.chance, "is_doubtful": bool(why), "why_doubtful": json.dumps(why),
        "is_roll_up_advised": "linked_pairs_disagree" in why,
    }  # fmt: skip


def _notes(
    checks: pd.DataFrame, resampled: quality.Resampled, held: _Texts, whole: quality.Agreement, unusable: int
) -> dict:
    cautions = []
    if 0 < resampled.texts < len(held.texts):
        cautions.append(
            f"Stability was measured on {resampled.texts:,} of {len(held.texts):,} texts and is lower than the truth."
        )
    return {
        "doubtful": int(checks.loc[checks["topic_id"] != ALL, "is_doubtful"].sum()), "topics": len(checks) - 1,
        "resamples": resampled.draws, "linked_pairs": whole.pairs, "linked_pairs_agreeing": whole.agreeing,
        "linked_pairs_unusable": unusable, "cautions": cautions,
    }  # fmt: skip


# ---------------------------------------------------------------- linked pairs


def linked_pairs(contacts: pd.DataFrame, repeats: pd.DataFrame | None = None) -> pd.DataFrame:
    """Pairs of contacts known to be about one problem: `earlier` and `later` contact_id, each pair once.

    The vendor's own follow-up and merge links and, where `repeats` is given, double posts.
    """
    links = [
        contacts[["contact_id", name]].set_axis(["one", "other"], axis=1) for name in ("follow_up_of", "merged_into")
    ]
    if repeats is not None:
        doubles = repeats[(repeats["scope"] == "same_topic") & (repeats["repeat_type"] == "duplicate")]
        doubles = doubles.sort_values(["contact_id", "share", "part"], ascending=[True, False, True])
        doubles = doubles.drop_duplicates("contact_id")[["contact_id", "previous_contact_id"]]
        links.append(doubles.set_axis(["one", "other"], axis=1))
    pairs = pd.concat(links, ignore_index=True).dropna()
    opened = contacts.set_index("contact_id")["opened_at"]
    pairs = pairs[pairs["other"].isin(opened.index) & (pairs["one"] != pairs["other"])]
    is_after = [
        (opened[one], one) > (opened[other], other) for one, other in zip(pairs["one"], pairs["other"], strict=True)
    ]
    ordered = pd.DataFrame({
        "earlier": pairs["other"].where(is_after, pairs["one"]), "later": pairs["one"].where(is_after, pairs["other"]),
    })  # fmt: skip
    return ordered.drop_duplicates().sort_values(["earlier", "later"]).reset_index(drop=True)


def main_topics(verbatim_topics: pd.DataFrame) -> dict[str, str]:
    """The topic with the largest share of each contact, as the stage `episodes` takes it: ties to the last by id."""
    rows = verbatim_topics.dropna(subset=["contact_id"])
    shares = rows.groupby(["contact_id", "topic_id"], as_index=False)["share"].sum()
    shares = shares.sort_values(["contact_id", "share", "topic_id"])
    return dict(zip(shares["contact_id"], shares["topic_id"], strict=True))


def _says_the_same(pairs: pd.DataFrame, frames: Frames) -> np.ndarray:
    """Pairs of the very same words: they cannot disagree, so they prove nothing."""
    said = frames["passages"][["verbatim_id", "text_hash"]].merge(
        frames["verbatim_topics"][["verbatim_id", "contact_id"]].drop_duplicates(), on="verbatim_id"
    )
    words = said.groupby("contact_id")["text_hash"].agg(frozenset).to_dict()
    return np.array(
        [words.get(a) == words.get(b) for a, b in zip(pairs["earlier"], pairs["later"], strict=True)], dtype=bool
    )
