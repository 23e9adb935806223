"""How far topics can be trusted: every measure on data whose truth is known, the stage, and the report."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from voc import tables
from voc.config import Pipeline
from voc.context import RunContext
from voc.reports import topic_quality
from voc.stages.agreement import label_agreements
from voc.stages.embed import vector_book
from voc.stages.quality import check_topics
from voc.topics import quality
from voc.topics.pairs import Agreement

BLOBS, SIZE = 6, 40


def blobs(*, spread: float = 0.15, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around six far apart centres, 40 each, and their blob."""
    rng = np.random.default_rng(seed)
    centres = np.eye(24)[:BLOBS]
    truth = np.repeat(np.arange(BLOBS), SIZE)
    rows = centres[truth] + spread * rng.normal(size=(len(truth), 24))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), truth


def resampled(vectors: np.ndarray, groups: np.ndarray, parts: np.ndarray | None = None) -> np.ndarray:
    parts = np.ones(groups.max() + 1, dtype=int) if parts is None else parts
    return quality.resample(
        [f"text {i}" for i in range(len(groups))], vectors, groups, np.ones(len(groups)), parts=parts, neighbours=15,
        lexical_share=0.0, min_texts=3, seed=1,
    ).stability  # fmt: skip


# ---------------------------------------------------------------- stability


def test_planted_groups_are_found_again():
    vectors, truth = blobs()
    assert resampled(vectors, truth).min() > 0.98


def test_a_topic_of_two_random_halves_is_not_found_again():
    """Blob 0 is cut at random into two topics; half of blob 1 and half of blob 2 are called one."""
    vectors, groups = blobs()
    groups = groups.copy()
    rng = np.random.default_rng(3)
    groups[rng.permutation(np.flatnonzero(groups == 0))[: SIZE // 2]] = BLOBS
    halves = [rng.permutation(np.flatnonzero(groups == blob))[: SIZE // 2] for blob in (1, 2)]
    groups[np.concatenate(halves)] = BLOBS + 1
    found = resampled(vectors, groups)
    assert found[[0, 1, 2, BLOBS, BLOBS + 1]].max() < 0.6
    assert found[[3, 4, 5]].min() > 0.65  # eight topics are looked for where there are six: some blob is always cut


def test_a_topic_joined_of_two_clusters_is_compared_with_two():
    vectors, truth = blobs()
    joined = np.maximum(truth - 1, 0)  # blobs 0 and 1 are one topic
    one, two = (resampled(vectors, joined, np.array([parts, 1, 1, 1, 1])) for parts in (1, 2))
    assert one[0] < 0.8  # a refit into five groups cuts elsewhere
    assert two.min() > 0.98


def test_best_jaccard_by_hand():
    groups = np.array([0, 0, 0, 0, 1, 1, 2])
    found = np.array([0, 0, 1, 2, 1, 1, 1])
    # group 0 with found 0: 2 of 4, joined with found 2: 3 of 4; group 1 with found 1: 2 of 4; group 2: too few texts
    np.testing.assert_allclose(quality.best_jaccard(groups, found, np.array([1, 1, 1])), [0.5, 0.5, math.nan])
    np.testing.assert_allclose(quality.best_jaccard(groups, found, np.array([2, 1, 1])), [0.75, 0.5, math.nan])


def test_a_union_is_no_larger_than_helps():
    """Taking in found cluster 1 (one text inside, nine outside) would spoil what cluster 0 has."""
    groups = np.array([0] * 5 + [1] * 9)
    found = np.array([0] * 4 + [1] * 10)
    assert quality.best_jaccard(groups, found, np.array([3, 1]))[0] == pytest.approx(0.8)


def test_stability_is_the_same_again_and_knows_nothing_of_too_few_texts():
    vectors, truth = blobs()
    np.testing.assert_array_equal(resampled(vectors, truth), resampled(vectors, truth))
    found = quality.resample(["a", "b"], vectors[:2], np.array([0, 1]), np.ones(2), parts=np.ones(2, dtype=int),
                             neighbours=15, lexical_share=0.0, min_texts=3, seed=1)  # fmt: skip
    assert (np.isnan(found.stability).tolist(), found.draws, found.texts) == ([True, True], 0, 2)


def test_of_many_texts_a_part_is_resampled(monkeypatch):
    monkeypatch.setattr(quality, "MOST_TEXTS", 120)
    vectors, truth = blobs()
    found = quality.resample([f"text {i}" for i in range(240)], vectors, truth, np.ones(240), neighbours=15,
                             parts=np.ones(BLOBS, dtype=int), lexical_share=0.0, min_texts=3, seed=1)  # fmt: skip
    assert (found.texts, found.draws, found.stability.min() > 0.95) == (120, 20, True)


# ---------------------------------------------------------------- separation


def test_separation_by_hand():
    """Two texts a topic, at right angles: own centre without the text is the other text."""
    b = math.sqrt(0.75)
    vectors = np.array([[1, 0], [b, 0.5], [0, 1], [0.5, b]], dtype=np.float32)
    found = quality.separation(vectors, np.array([0, 0, 1, 1]))
    other = np.array([0.5, b + 1]) / np.linalg.norm([0.5, b + 1])  # centre of topic 1
    expected = np.mean([b - other[0], b - (b * other[0] + 0.5 * other[1])])
    np.testing.assert_allclose(found, [expected, expected], rtol=1e-6)


def test_separation_is_high_for_planted_groups_and_none_for_random_ones():
    vectors, truth = blobs()
    random = np.random.default_rng(5).integers(0, BLOBS, len(truth))
    assert quality.separation(vectors, truth).min() > 0.5
    assert quality.separation(vectors, random).max() < 0


def test_separation_needs_two_topics_and_two_texts():
    vectors, _ = blobs()
    assert np.isnan(quality.separation(vectors[:5], np.zeros(5, dtype=int))).tolist() == [True]
    assert np.isnan(quality.separation(vectors[:3], np.array([0, 0, 1]))).tolist() == [False, True]
    assert quality.separation(vectors[:0], np.zeros(0, dtype=int)).tolist() == []


def test_separation_does_not_depend_on_the_block():
    vectors, truth = blobs()
    np.testing.assert_allclose(quality.separation(vectors, truth), quality.separation(vectors, truth, block=7))


# ---------------------------------------------------------------- coherence

TEXTS = ["reset my password", "password reset link", "refund my money", "money refund late", "password"]


def test_coherence_by_hand():
    """password and reset: p .6 and .4, together .4: ln(.4 / .24) / -ln .4. money and refund always meet: 1."""
    found = quality.coherence(TEXTS, [["password", "reset"], ["refund", "money"], ["refund", "reset"], ["refund"], []])
    expected = [math.log(0.4 / 0.24) / -math.log(0.4), 1.0, -1.0, math.nan, math.nan]
    np.testing.assert_allclose(found, expected)


def test_coherence_of_pairs_of_words_and_of_words_nobody_uses():
    found = quality.coherence(TEXTS, [["password reset", "link"], ["password", "unheard"]])
    np.testing.assert_allclose(found, [1.0, math.nan])
    assert np.isnan(quality.coherence([], [["a", "b"]])).tolist() == [True]


def test_words_of_one_topic_are_above_chance_and_mixed_ones_are_not():
    words = [["reset", "password"], ["refund", "money"], ["parcel", "late"], ["invoice", "wrong"], ["export", "csv"]]
    texts = [f"{' '.join(words[i % 5])} {i}" for i in range(100)] + [f"{words[i % 5][0]} ok" for i in range(50)]
    chance = quality.coherence_by_chance(texts, words)
    assert chance == -1.0  # words of two topics never meet here
    assert quality.coherence(texts, words).min() > 0.5
    assert quality.coherence_by_chance(texts, words[:3]) is None


# ---------------------------------------------------------------- doubts

SOUND = {
    "texts": 50, "stability": 0.9, "separation": 0.2, "coherence": 0.1, "coherence_chance": -0.5, "confidence": 0.9,
    "agreement": Agreement(20, 18),
}  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "why"),
    [
        ({}, ()),
        ({"texts": 4}, ("few_texts",)),
        ({"texts": 0, "stability": None}, ()),
        ({"stability": 0.59}, ()),  # one weak sign alone
        ({"stability": 0.59, "separation": 0.07}, ("unstable", "not_separate")),
        ({"coherence": -0.6, "confidence": 0.69}, ("incoherent", "low_confidence")),
        ({"coherence": -0.6, "coherence_chance": None, "confidence": 0.69}, ()),
        ({"stability": 0.6, "separation": 0.08, "confidence": 0.7, "coherence": -0.5}, ()),
        ({"stability": 0.1, "texts": 4}, ("few_texts", "unstable")),
        ({"agreement": Agreement(20, 5)}, ("linked_pairs_disagree",)),
        ({"agreement": Agreement(2, 1)}, ()),  # two pairs accuse nobody
        ({"stability": 0.1, "confidence": 0.1}, ("unstable", "low_confidence")),
        (dict.fromkeys(("stability", "separation", "coherence", "confidence")), ()),
    ],
)
def test_doubts(measure, why):
    assert quality.doubts(**(SOUND | measure)) == why


def test_every_doubt_has_words_and_is_declared():
    assert tuple(topic_quality.WORDS) == tables.WHY_DOUBTFUL
    worst = quality.doubts(texts=1, stability=0, separation=0, coherence=-1, coherence_chance=0, confidence=0,
                           agreement=Agreement(9, 0))  # fmt: skip
    assert worst == tables.WHY_DOUBTFUL


# ---------------------------------------------------------------- stage

RUN = RunContext(
    pipeline=Pipeline.model_validate(
        {"name": "p", "database": "p.db", "sources": [{"kind": "table", "path": "x.csv"}]}
    ),
    folder=Path("."), run_id="run-1",
)  # fmt: skip


TOPIC = {
    "named_by": "words", "theme_id": None, "cluster_count": 1, "contact_count": 1, "response_count": 0,
    "confidence": 0.9, "is_pinned": False,
}  # fmt: skip


def contact(number: int, **given) -> dict:
    empty = {c.name: None for c in tables.Contact.columns}
    return empty | {
        "contact_id": f"c{number:03}", "source": "t", "identifiers": "[]", "channel": "email", "tags": "[]", "made_by": "thread", "is_planned": False, "is_bot_only": False,
        "opened_at": f"2026-01-01T{number // 60:02}:{number % 60:02}:00Z", "file_name": "x.csv", "line": 2,
    } | given  # fmt: skip


def planted(labels: np.ndarray, *, links: dict[int, int] | None = None, names: dict[int, str] | None = None) -> dict:
    """Frames of one passage a contact whose vectors are the blobs and whose topics are `labels` (-1 = none)."""
    vectors, truth = blobs()
    words = ["reset password", "refund money", "parcel late", "invoice wrong", "export file", "login code"]
    texts = [f"{words[blob]} number {'x' * (i % SIZE)}" for i, blob in enumerate(truth)]
    n = len(labels)
    passages = tables.Passage.frame(
        {"passage_id": f"v{i:03}:1", "verbatim_id": f"v{i:03}", "position": 1, "start_character": 0, "end_character": 9,
         "text": texts[i], "text_hash": f"h{i:03}"}
        for i in range(n)
    )  # fmt: skip
    model = vector_book({"passages": passages, "vectors": tables.Vector.empty()}, RUN).model
    held = [i for i in range(n) if labels[i] >= 0]
    found = {
        "passages": passages,
        "vectors": pd.DataFrame({
            "model": model, "text_hash": [f"h{i:03}" for i in range(n)], "vector": [v.tobytes() for v in vectors],
        }),
        "passage_topics": tables.PassageTopic.frame(
            {"passage_id": f"v{i:03}:1", "topic_id": f"t{labels[i]}" if labels[i] >= 0 else None, "confidence": 0.9,
             "centrality": 0.5, "why_unassigned": None if labels[i] >= 0 else "low_confidence"}
            for i in range(n)
        ),
        "topics": tables.Topic.frame(
            TOPIC | {"topic_id": f"t{k}", "name": f"topic {k}", "words": words[k % 6].replace(" ", ", "),
                     "passage_count": int((labels == k).sum())}
            for k in sorted(set(labels[labels >= 0].tolist()))
        ),
        "verbatim_topics": tables.VerbatimTopic.frame(
            {"verbatim_id": f"v{i:03}", "topic_id": f"t{labels[i]}", "contact_id": f"c{i:03}", "response_id": None,
             "share": 1.0, "is_main": True}
            for i in held
        ),
        "contacts": tables.Contact.frame(
            contact(i, follow_up_of=f"c{links[i]:03}" if links and i in links else None) for i in range(n)
        ),
        "verbatims": tables.Verbatim.frame(
            {"verbatim_id": f"v{i:03}", "source": "t", "kind": "contact", "contact_id": f"c{i:03}", "response_id": None,
             "said_at": "2026-01-01T00:00:00Z", "question": None, "text": texts[i], "redaction_count": 0}
            for i in range(n)
        ),
    }  # fmt: skip
    no_doubles = pd.DataFrame({"one": [], "other": []}, dtype="str")
    return found | {"label_agreements": label_agreements(found, no_doubles)[0]}


def by_topic(frame: pd.DataFrame) -> dict[str, dict]:
    return {row["topic_id"]: row for row in frame.to_dict("records")}


def test_sound_topics_pass_and_a_mixed_one_is_marked():
    labels = blobs()[1].copy()
    labels[np.concatenate([np.arange(0, 20), np.arange(40, 60)])] = 6  # half of blob 0 with half of blob 1
    labels[-1] = -1
    links = {i + 1: i for i in range(80, 92, 2)}  # six follow-ups inside blob 2
    links |= {60: 0, 61: 1, 62: 2}  # contacts of the mixed topic 6 that were followed up in blob 1
    result = check_topics(planted(labels, links=links), RUN)
    found = by_topic(result.frames["topic_checks"])
    assert sorted(found) == ["*", "t0", "t1", "t2", "t3", "t4", "t5", "t6"]
    assert json.loads(found["t6"]["why_doubtful"]) == ["linked_pairs_disagree", "unstable", "not_separate"]
    assert json.loads(found["t2"]["why_doubtful"]) == []
    assert [found[t]["is_roll_up_advised"] for t in ("t2", "t6")] == [False, True]
    pairs = ["linked_pair_count", "linked_agreement"]
    assert [found["t2"][c] for c in pairs] == [6, 1.0]
    assert [found["t6"][c] for c in pairs] == [3, 0.0]
    assert [found["*"][c] for c in pairs] == [9, pytest.approx(2 / 3)]
    assert (found["*"]["distinct_text_count"], found["t6"]["distinct_text_count"]) == (239, 40)
    assert found["*"]["without_topic_share"] == pytest.approx(1 / 240)
    assert found["*"]["linked_agreement_chance"] == pytest.approx((6 * 6 + 3 * 0) / 81)
    assert result.notes == {
        "doubtful": sum(row["is_doubtful"] for t, row in found.items() if t != "*"), "topics": 7, "resamples": 20,
        "linked_pairs": 9, "linked_pairs_agreeing": 6, "cautions": [],
    }  # fmt: skip


def test_the_stage_changes_nothing_and_ignores_the_order_of_rows():
    frames = planted(blobs()[1], links={1: 0})
    before = {name: frame.copy() for name, frame in frames.items()}
    first = check_topics(frames, RUN)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])
    shuffled = {name: frame.sample(frac=1, random_state=2).reset_index(drop=True) for name, frame in frames.items()}
    second = check_topics(shuffled, RUN)
    pd.testing.assert_frame_equal(first.frames["topic_checks"], second.frames["topic_checks"])
    assert first.notes == second.notes


def test_without_topics_there_is_nothing_to_check():
    frames = planted(np.full(240, -1))
    result = check_topics(frames, RUN)
    assert (len(result.frames["topic_checks"]), result.notes) == (0, {"topics": 0})


def test_another_engine_has_no_stability():
    other = RUN.pipeline.topics.model_copy(update={"engine": "bertopic-default"})
    run = RunContext(pipeline=RUN.pipeline.model_copy(update={"topics": other}), folder=Path("."), run_id="r")
    found = check_topics(planted(blobs()[1]), run).frames["topic_checks"]
    assert found["stability"].isna().all() and (found["separation"] > 0.5).all()


def test_stability_of_a_small_part_accuses_nobody(monkeypatch):
    labels = blobs()[1] // 2 * 2 + np.random.default_rng(1).integers(0, 2, 240)  # every pair of blobs mixed
    whole = by_topic(check_topics(planted(labels), RUN).frames["topic_checks"])
    assert json.loads(whole["*"]["why_doubtful"]) == ["unstable", "not_separate"]
    monkeypatch.setattr(quality, "MOST_TEXTS", 60)
    result = check_topics(planted(labels), RUN)
    found = by_topic(result.frames["topic_checks"])
    assert found["*"]["stability"] < 0.6
    assert json.loads(found["*"]["why_doubtful"]) == []
    assert result.notes["cautions"] == ["Stability was measured on 60 of 240 texts and is lower than the truth."]


def test_a_topic_of_several_clusters_is_compared_with_as_many():
    labels = np.maximum(blobs()[1] - 1, 0)
    frames = planted(labels)
    joined = frames["topics"].assign(cluster_count=[2, 1, 1, 1, 1])
    one, two = (
        by_topic(check_topics(given, RUN).frames["topic_checks"])["t0"]["stability"]
        for given in (frames, frames | {"topics": joined})
    )
    assert one < 0.8 < 0.98 < two


# ---------------------------------------------------------------- report


def checks(*rows: dict) -> pd.DataFrame:
    sound = {
        "distinct_text_count": 40, "stability": 0.9, "stability_text_count": 100, "separation": 0.2, "coherence": 0.1,
        "coherence_chance": -0.4, "confidence": 0.9, "linked_pair_count": 0, "linked_agreement": None,
        "linked_agreement_low": None, "linked_agreement_high": None, "linked_agreement_chance": None,
        "without_topic_share": None, "is_doubtful": False, "why_doubtful": "[]", "is_roll_up_advised": False,
    }  # fmt: skip
    return tables.TopicCheck.frame(sound | row for row in rows)


def report(*rows: dict) -> tuple[pd.DataFrame, object]:
    given = checks(*rows)
    names = [t for t in given["topic_id"] if t != "*"]
    frames = {
        "topic_checks": given,
        "topics": tables.Topic.frame(
            TOPIC | {"topic_id": t, "name": f"Topic {t}", "words": "", "passage_count": 1} for t in names
        ),
        "priorities": pd.DataFrame({"run_id": "run-1", "topic_id": names, "rank": range(1, len(names) + 1)}),
    }  # fmt: skip
    found = topic_quality.TABLE.check(topic_quality.compute(frames, RUN))
    return found, topic_quality.section(found, RUN)


DOUBTFUL = {"is_doubtful": True, "why_doubtful": '["unstable", "low_confidence"]', "stability": 0.4}


def test_the_report_names_the_doubtful_topics():
    overall = {
        "topic_id": "*", "distinct_text_count": 100, "linked_pair_count": 41, "linked_agreement": 32 / 41,
        "linked_agreement_low": 0.69, "linked_agreement_high": 0.85, "linked_agreement_chance": 0.12,
        "without_topic_share": 0.043,
    }  # fmt: skip
    found, section = report({"topic_id": "a"}, {"topic_id": "b"} | DOUBTFUL, overall)
    shown = found[["topic_id", "topic", "rank", "why_doubtful"]].astype(object)
    assert shown.where(shown.notna(), None).values.tolist() == [
        ["*", "(all topics)", None, None],
        ["a", "Topic a", 1, None],
        ["b", "Topic b", 2, "falls apart when texts are resampled; its texts might as well be in other topics"],
    ]
    assert section.paragraphs == (
        "Stability, the overlap of a topic with what is found again in four fifths of the texts: 90% for the middle "
        "topic (75% is stable, under 60% is weak). Of 41 pairs of contacts known to be about one problem, "
        "78% (69% to 85%) have the same topic; chance would give 12%. 4.3% of passages have no topic.",
        "Doubtful: 1 of 2 topics, 1 of them among the priorities.",
    )
    assert section.rows == (
        ("2", "Topic b", "falls apart when texts are resampled; its texts might as well be in other topics"),
    )
    assert section.headers == ("Rank", "Topic", "Why not to trust it")


def test_the_report_says_what_cannot_be_told():
    overall = {"topic_id": "*", "distinct_text_count": 200, "without_topic_share": 0.0}
    _, section = report({"topic_id": "a"}, overall)
    assert section.paragraphs == (
        "Stability, the overlap of a topic with what is found again in four fifths of the texts: at least 90% for the "
        "middle topic (75% is stable, under 60% is weak). No two contacts are known to be about one problem, "
        "so agreement cannot be told. 0% of passages have no topic.",
        "None of the topics is doubtful (1 topic checked).",
    )
    assert (section.rows, section.headers) == ((), ())


def test_the_report_of_many_doubtful_topics_names_the_first_ten():
    overall = {"topic_id": "*", "distinct_text_count": 100}
    _, section = report(*({"topic_id": f"t{i:02}"} | DOUBTFUL for i in range(12)), overall)
    assert section.paragraphs[1] == (
        "Doubtful: 12 of 12 topics, 12 of them among the priorities, the first 10 of them below."
    )
    assert [row[0] for row in section.rows] == [str(i) for i in range(1, 11)]


def test_the_report_of_nothing():
    found, section = report()
    assert (len(found), section) == (0, None)
