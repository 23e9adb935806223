"""Topics against a labelled sample: scores by hand, reading and finding the sample, the command and its errors."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import voc

from voc import tables
from voc.errors import VocError
from voc.evaluate import Share, compare, evaluate, evaluation_json, evaluation_text, share
from voc.labels import Located, Sample, locate, read_sample, split_labels, words
from voc.store import Store
from voc.topics.scores import Counts, homogeneity_completeness, nmi_ari, one_to_many

LABEL = st.text(alphabet=st.characters(exclude_characters=";", exclude_categories=("C", "Z")), min_size=1, max_size=8)


# ---------------------------------------------------------------- scores


def test_agreement_of_groupings():
    assert nmi_ari(["a", "a", "b", "b"], [7, 7, 3, 3]) == (1.0, 1.0)
    assert nmi_ari(["a", "a", "b", "b"], [1, 2, 1, 2]) == (pytest.approx(0.0, abs=1e-12), pytest.approx(-0.5))
    assert nmi_ari(["a", "a", "b"], [1, 1, None]) == (1.0, 1.0)
    assert homogeneity_completeness(["a", "a", "b", "b"], [1, 2, 3, 3]) == (pytest.approx(1), pytest.approx(2 / 3))


def test_one_to_many_without_folds_by_hand():
    """Topic p is x in 2 of 3 texts, q is y in both; one text has two labels, one no topic."""
    truth = [{"x"}, {"x"}, {"y"}, {"y", "z"}, {"y"}, {"x"}]
    found = one_to_many(["p", "p", "p", "q", "q", None], truth, folds=0)
    assert found.label_of == {"p": "x", "q": "y"}
    assert found.by_label == (Counts("x", 3, 3, 2), Counts("y", 3, 2, 2), Counts("z", 1, 0, 0))
    assert found.by_topic == (Counts("p", 3, 3, 2), Counts("q", 3, 2, 2))
    assert (found.total, found.texts, found.texts_without_topic) == (Counts("all", 7, 5, 4), 6, 1)
    assert found.micro_f1 == pytest.approx(8 / 12)
    assert found.macro_f1 == pytest.approx((2 / 3 + 4 / 5 + 0) / 3)
    assert [(c.precision, c.recall) for c in found.by_label] == [(2 / 3, 2 / 3), (1.0, 2 / 3), (None, 0.0)]


def test_matching_on_other_texts_does_not_flatter():
    """Every text a topic of its own: matched on themselves all are right, matched on others none is."""
    truth = [{"x" if i % 2 else "y"} for i in range(40)]
    assert one_to_many(list(range(40)), truth, folds=0).micro_f1 == 1.0
    assert one_to_many(list(range(40)), truth).micro_f1 == 0.0


def test_topics_that_say_nothing_score_as_the_largest_label():
    rng = np.random.default_rng(0)
    truth = [{"x"} if i < 700 else {"y"} for i in range(1000)]
    assert one_to_many(rng.integers(0, 3, 1000).tolist(), truth).micro_f1 == pytest.approx(0.7, abs=0.01)


def test_a_text_may_have_several_topics():
    truth = [{"x", "y"}] * 10 + [{"x"}] * 10 + [{"y"}] * 10
    found = one_to_many([{"p", "q"}] * 10 + [["p"]] * 10 + [("q",)] * 10, truth)
    assert found.micro_f1 == 1.0


ROW = st.tuples(st.integers(0, 3) | st.none(), st.sets(st.sampled_from("xyz")))


@given(st.lists(ROW, max_size=30), st.integers(0, 6))
def test_counts_are_possible(rows, folds):
    found = one_to_many([topic for topic, _ in rows], [labels for _, labels in rows], folds=folds)
    assert all(0 <= c.both <= min(c.true, c.found) for c in found.by_label)
    assert sum(c.true for c in found.by_label) == sum(len(labels) for _, labels in rows)
    assert found.texts_without_topic == sum(topic is None for topic, _ in rows)


def test_share_has_wilsons_range_by_hand():
    """8 of 10, z = 1.28155: centre (.8 + .08212) / 1.16424, half 1.28155 sqrt(.016 + .004106) / 1.16424."""
    found = share(8, 10)
    assert (found.value, found.count, found.of) == (0.8, 8, 10)
    assert (found.low, found.high) == (pytest.approx(0.6016, abs=1e-3), pytest.approx(0.9138, abs=1e-3))
    assert share(0, 0) == Share(None, None, None, 0, 0)


# ---------------------------------------------------------------- the labels of a cell


@pytest.mark.parametrize(
    ("cell", "labels"),
    [("Refund", {"Refund"}), (" Refund ;  Late  parcel;", {"Refund", "Late parcel"}), ("", set()), (" ; ;", set())],
)
def test_split_labels(cell, labels):
    assert split_labels(cell) == labels


@given(st.lists(LABEL, max_size=5), st.sampled_from([";", " ; ", ";;", "; "]))
def test_labels_survive_joining(labels, between):
    assert split_labels(between.join(labels)) == set(labels)


@given(st.text())
def test_labels_of_any_text_are_clean(cell):
    found = split_labels(cell)
    assert all(label and ";" not in label and label == " ".join(label.split()) for label in found)
    assert split_labels(";".join(found)) == found


# ---------------------------------------------------------------- reading the sample


def sheet(folder: Path, rows: list[list[str]], name: str = "labels.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(rows)
    return path


def test_a_sample_by_id(tmp_path):
    path = sheet(tmp_path, [["Ticket", "contact_id", "Label"], ["9", "1", "Refund; late"], ["9", "2", "refund"],
                            ["9", "1", "Delay"], ["9", "3", ""], ["9", "", "Late"]])  # fmt: skip
    assert read_sample(path) == Sample(
        path, 5, "contact_id", False,
        {"1": frozenset({"Refund", "late", "Delay"}), "2": frozenset({"Refund"})}, 2,
    )  # fmt: skip


def test_a_sample_by_text_and_by_named_columns(tmp_path):
    path = sheet(tmp_path, [["Comment", "Code", "id"], ["money back", "Refund", "1"], ["no link", "Login", "2"]])
    by_id = {"1": frozenset({"Refund"}), "2": frozenset({"Login"})}
    by_text = {"money back": frozenset({"Refund"}), "no link": frozenset({"Login"})}
    assert read_sample(path, label_column="Code") == Sample(path, 2, "id", False, by_id, 0)
    assert read_sample(path, label_column="Code", text_column="Comment") == Sample(path, 2, "Comment", True, by_text, 0)


def test_a_sample_of_json_lines(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"response_id": "1", "topic": "a"}\n{"response_id": "2", "topic": "b"}\n', encoding="utf-8")
    assert read_sample(path).labels == {"1": frozenset({"a"}), "2": frozenset({"b"})}


@pytest.mark.parametrize(
    ("rows", "options", "what", "fix"),
    [
        ([["id", "label"], ["1", "a"], ["2", "b"]], {"label_column": "lable"},
         "{path} has no column 'lable', which --label-column names.",
         "Did you mean 'label'? The columns are: id, label."),
        ([["id", "code"], ["1", "a"]], {}, "{path} has no column that is known to hold a label.",
         "Name it with --label-column. The columns are: id, code."),
        ([["key", "label"], ["1", "a"]], {},
         "{path} has no column that is known to hold an id (contact_id, response_id, verbatim_id) or the text.",
         "Name it with --id-column or --text-column. The columns are: key, label."),
        ([["id", "label"], ["1", ""], ["", "a"]], {}, "{path} holds no row with both 'id' and 'label'.",
         "Fill them, or name other columns."),
        ([["id", "label"], ["1", "Refund"], ["2", "refund"]], {}, "Every row of {path} has the label 'Refund'.",
         "Topics can be compared with two labels or more."),
    ],
)  # fmt: skip
def test_faults_of_a_sample(tmp_path, rows, options, what, fix):
    path = sheet(tmp_path, rows)
    with pytest.raises(VocError) as fault:
        read_sample(path, **options)
    assert (fault.value.what, fault.value.fix) == (what.format(path=path), fix)


def test_a_sample_that_is_not_there(tmp_path):
    with pytest.raises(VocError, match="does not exist"):
        read_sample(tmp_path / "none.csv")


# ---------------------------------------------------------------- finding it


def verbatim(verbatim_id: str, text: str, *, source: str = "desk", why: str | None = None) -> dict:
    owner = verbatim_id.partition("/")[0]
    is_answer = "/" in verbatim_id
    return {
        "verbatim_id": verbatim_id, "source": source, "kind": "answer" if is_answer else "contact",
        "contact_id": None if is_answer else owner, "response_id": owner if is_answer else None,
        "said_at": "2026-01-01T00:00:00Z", "question": None, "text": text, "redaction_count": 0, "why": why,
    }  # fmt: skip


SAID = [
    verbatim("desk:1", "Refund\n\nWhere is my money?"), verbatim("desk:2", "The link never came, write to [email]"),
    verbatim("shop:2", "My parcel is late", source="shop"), verbatim("desk:3", "ok", why="no_content"),
    verbatim("nps:7/1", "too dear", source="nps"), verbatim("nps:7/2", "kind people", source="nps"),
]  # fmt: skip


def said_frames(said: list[dict]) -> dict[str, pd.DataFrame]:
    cleaned = {"language": "en", "language_confidence": 0.9, "word_count": 3, "removed_character_count": 0,
               "uncovered_character_count": 0}  # fmt: skip
    return {
        "verbatims": tables.Verbatim.frame({k: v for k, v in row.items() if k != "why"} for row in said),
        "cleaned_verbatims": tables.CleanedVerbatim.frame(
            {"verbatim_id": row["verbatim_id"], "text": row["text"], "why_excluded": row["why"]} | cleaned
            for row in said
        ),
    }  # fmt: skip


def sample(labels: dict[str, str], *, column: str = "id", is_text: bool = False) -> Sample:
    return Sample(Path("s.csv"), len(labels), column, is_text, {k: split_labels(v) for k, v in labels.items()}, 0)


def test_ids_are_found_with_and_without_the_source():
    wanted = dict.fromkeys(["1", "desk:2", "2", "3", "7", "7/2", "nps:7", "99"], "a")
    found = locate(sample(wanted), said_frames(SAID))
    assert found == Located(
        {"1": ("desk:1",), "desk:2": ("desk:2",), "7": ("nps:7/1", "nps:7/2"), "7/2": ("nps:7/2",),
         "nps:7": ("nps:7/1", "nps:7/2")},
        {"id stands in several sources: write it as source:id": 1, "no such id": 1, "takes no part: no content": 1},
    )  # fmt: skip


def test_a_column_of_one_kind_of_id_finds_only_that():
    found = locate(sample({"7": "a", "1": "b"}, column="contact_id"), said_frames(SAID))
    assert found == Located({"1": ("desk:1",)}, {"no such id": 1})


def test_texts_are_found_by_their_words_after_redaction():
    wanted = {"Where is my MONEY": "a", "<p>The link never came, write to ann@example.com</p>": "b", "nothing": "c"}
    found = locate(sample(wanted, is_text=True), said_frames(SAID))
    assert (tuple(found.verbatims.values()), found.not_found) == ((("desk:1",), ("desk:2",)), {"no such text": 1})


@given(st.text())
def test_words_of_words_are_the_same(text):
    assert words(words(text)) == words(text)


# ---------------------------------------------------------------- comparing


def topic_frames(
    topic_of: dict[str, dict[str, float]], reasons: dict[str, str] | None = None
) -> dict[str, pd.DataFrame]:
    """Frames of verbatims v.. with the given shares of topics, and the reason of each topic."""
    reasons = reasons or {}
    topics = sorted({topic for shares in topic_of.values() for topic in shares})
    return said_frames([verbatim(name, f"text of {name}") for name in topic_of]) | {
        "verbatim_topics": tables.VerbatimTopic.frame(
            {"verbatim_id": name, "topic_id": topic, "contact_id": name, "response_id": None, "share": part,
             "is_main": part == max(shares.values())}
            for name, shares in topic_of.items() for topic, part in shares.items()
        ),
        "topics": tables.Topic.frame(
            {"topic_id": t, "name": f"Topic {t}", "words": "", "passage_count": 1, "contact_count": 1,
             "response_count": 0, "confidence": 0.9, "named_by": "words", "theme_id": None, "cluster_count": 1,
             "is_pinned": False}
            for t in topics
        ),
        "reasons": tables.Reason.frame(
            {"reason_id": r, "taxonomy": "t", "label": f"Reason {r}", "area": "a", "description": "d",
             "demand_type": "value", "owner": "o"} for r in sorted(set(reasons.values()))
        ),
        "topic_reasons": tables.TopicReason.frame(
            {"topic_id": t, "reason_id": reasons.get(t), "nearest_reason_id": None, "score": None, "threshold": 0.5,
             "status": "matched" if t in reasons else "unmatched", "matched_by": "nobody", "owner": None,
             "demand_type": None} for t in topics
        ),
    }  # fmt: skip


def compared(topic_of, labels, reasons=None):
    frames = topic_frames(topic_of, reasons)
    given_labels = sample(labels)
    return compare(given_labels, locate(given_labels, frames), frames)


def test_perfect_topics():
    names = [f"desk:{i:03}" for i in range(120)]
    found = compared({n: {"t1" if i % 3 else "t2": 1.0} for i, n in enumerate(names)},
                     {n: "login" if i % 3 else "refund" for i, n in enumerate(names)})  # fmt: skip
    assert (found.nmi, found.ari, found.homogeneity, found.completeness) == (1.0, 1.0, 1.0, 1.0)
    assert (found.topic_scores.micro_f1, found.topic_scores.macro_f1) == (1.0, 1.0)
    assert [(s.name, s.label, s.precision.of) for s in found.topic_scores.by_topic] == [
        ("Topic t1", "login", 80), ("Topic t2", "refund", 40)]  # fmt: skip
    assert found.verdict == (
        "The topics stand for what people labelled: of 100 labels they find 100, and of 100 they give 100 are right.",
        "Calling every text 'login' would find 67.",
    )
    assert found.without_topic == share(0, 120) and found.reason_scores is None


def test_the_main_topic_counts_with_one_label_and_all_with_several():
    shares = {f"desk:{i:02}": {"a": 0.7, "b": 0.3} if i < 20 else {"b": 1.0} for i in range(40)}
    one = compared(shares, {name: "x" if name < "desk:20" else "y" for name in shares})
    assert (one.topic_scores.micro_f1, one.has_many_labels) == (1.0, False)
    several = compared(shares, {name: "x;y" if name < "desk:20" else "y" for name in shares})
    assert (several.has_many_labels, several.nmi, several.topic_scores.micro_f1) == (True, None, 1.0)


def test_what_is_wrong_is_named():
    """One topic holds three labels, another cuts the fourth in two, ten texts have no topic."""
    topic_of, labels = {}, {}
    for i in range(60):
        topic_of[f"desk:a{i:02}"], labels[f"desk:a{i:02}"] = {"mixed": 1.0}, "xyz"[i % 3]
    for i in range(60):
        topic_of[f"desk:b{i:02}"], labels[f"desk:b{i:02}"] = {f"half{i % 2}": 1.0}, "w"
    frames = topic_frames(topic_of)
    held = frames["verbatim_topics"]
    frames["verbatim_topics"] = held[~held["verbatim_id"].str.match("desk:b0")]
    given_labels = sample(labels)
    found = compare(given_labels, locate(given_labels, frames), frames)
    assert found.without_topic == share(10, 120)
    assert "Do not trust: 'Topic mixed' (under half of their texts have one label)." in found.verdict
    assert any(line.startswith("Labels without a topic of their own: ") for line in found.verdict)
    text = evaluation_text(found)
    assert "Without a topic: 8% (6% to 12%)" in text
    assert "Topic half0 = w" in text


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        (6, "They cut labels into several topics: fewer topics (topics.size) would come closer."),
        (1, "They join several labels in one topic: more topics (topics.size) would come closer."),
    ],
)
def test_granularity_is_advised(topics, said):
    """Four labels; each is cut into six topics, or all stand in one beside a fifth that has its own."""
    topic_of, labels = {}, {}
    for i in range(240):
        label = "wxyz"[i % 4]
        topic = f"{label}{i // 4 % 6}" if topics == 6 else ("one" if label in "wxy" else "two")
        topic_of[f"desk:{i:03}"], labels[f"desk:{i:03}"] = {topic: 1.0}, label
    assert said in compared(topic_of, labels).verdict


def test_labels_that_are_reasons_are_compared_with_the_reasons():
    topic_of = {f"desk:{i:02}": {"a" if i < 10 else "b": 1.0} for i in range(20)}
    labels = {name: "Reason login" if i < 12 else "refund" for i, name in enumerate(topic_of)}
    found = compared(topic_of, labels, {"a": "login", "b": "refund"})
    scores = found.reason_scores
    assert (scores.precision, scores.recall) == (share(18, 20), share(18, 20))
    assert [(s.name, s.label, s.precision.count, s.precision.of, s.recall.of) for s in scores.by_label] == [
        ("Reason login", "login", 10, 10, 12), ("Reason refund", "refund", 8, 10, 8)]  # fmt: skip
    assert "Contact reasons of the taxonomy: F1 0.90" in evaluation_text(found)
    assert "Only 20 texts were compared: the ranges are wide; some 200 say much more." in found.verdict


def test_the_order_of_the_sample_does_not_matter():
    rng = np.random.default_rng(4)
    topic_of = {f"desk:{i:02}": {f"t{rng.integers(3)}": 1.0} for i in range(60)}
    labels = {name: f"l{rng.integers(3)}" for name in topic_of}
    assert compared(topic_of, labels) == compared(topic_of, dict(reversed(labels.items())))


# ---------------------------------------------------------------- the database and the command


@pytest.fixture
def database(tmp_path):
    """A database of 30 contacts: topic a for the first 15, b for the others."""
    names = [f"desk:{i:02}" for i in range(30)]
    frames = topic_frames({n: {"a" if i < 15 else "b": 1.0} for i, n in enumerate(names)})
    empty = {c.name: None for c in tables.Contact.columns}
    frames["contacts"] = tables.Contact.frame(
        empty | {"contact_id": n, "source": "desk", "identifiers": "[]", "channel": "email", "tags": "[]", "made_by": "thread", "is_planned": False, "is_bot_only": False,
                 "opened_at": "2026-01-01T00:00:00Z", "file_name": "x.csv", "line": 2} for n in names
    )  # fmt: skip
    path = tmp_path / "voc.db"
    stage = {"run_id": "r", "stage": "all", "position": 1, "rows_in": "{}", "rows_out": "{}", "notes": "{}",
             "seconds": 0.0}  # fmt: skip
    with Store(path) as store:
        store.start_run({"run_id": "r", "pipeline": "p", "status": "running", "started_at": "2026-01-01T00:00:00Z",
                         "finished_at": None, "as_of": None, "seed": 1, "settings": "{}", "versions": "{}",
                         "inputs": "{}", "currency": None})  # fmt: skip
        store.write_stage(frames, stage)
    return path


def labels_of(database: Path, count: int = 30) -> Path:
    rows = [[f"{i:02}", "login" if i < 14 else "refund"] for i in range(count)]
    return sheet(database.parent, [["contact_id", "label"], *rows, ["77", "login"]])


def test_evaluating_a_database_and_a_pipeline_say_the_same(database):
    pipeline = database.parent / "weekly.yml"
    pipeline.write_text("name: w\ndatabase: voc.db\nsources: [{kind: table, path: x.csv}]\n", encoding="utf-8")
    found = evaluate(database, labels_of(database))
    assert found == evaluate(pipeline, labels_of(database))
    assert (found.labelled, found.found, found.not_found) == (31, 30, {"no such id": 1})
    assert (found.topic_scores.recall, found.topics, found.labels) == (share(29, 30), 2, 2)


def test_the_command_prints_text_and_json(database):
    shown = voc("evaluate", database, "--labels", labels_of(database), env=os.environ | {"COLUMNS": "100"})
    found = evaluate(database, labels_of(database))
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, evaluation_text(found) + "\n", "")
    assert shown.stdout.splitlines()[:7] == [
        "The topics stand for what people labelled: of 100 labels they find 97, and of 100 they give 97 are right.",
        "Calling every text 'refund' would find 53.",
        "Only 30 texts were compared: the ranges are wide; some 200 say much more.",
        "",
        "30 of 31 labelled rows found (not: no such id 1); 2 labels, 2 topics.",
        "Without a topic: 0% (0% to 5%)",
        "NMI (V-measure) 0.82, ARI 0.87; topics are 0.82 pure, labels 0.82 whole",
    ]
    as_json = voc("evaluate", database, "--labels", labels_of(database), "--json")
    assert json.loads(as_json.stdout) == json.loads(evaluation_json(found))


def test_a_sample_of_other_contacts_is_refused(database):
    path = sheet(database.parent, [["contact_id", "label"], ["88", "a"], ["99", "b"]], "other.csv")
    with pytest.raises(VocError) as fault:
        evaluate(database, path)
    assert (fault.value.what, fault.value.fix) == (
        f"None of the 2 labelled rows of {path} is in {database}: no such id (2).",
        "Ids there look like 'desk:00', 'desk:01'; in the sample like '88'.",
    )


def test_a_sample_of_other_texts_is_refused(database):
    path = sheet(database.parent, [["text", "label"], ["hello", "a"], ["you", "b"]], "other.csv")
    shown = voc("evaluate", database, "--labels", path)
    assert (shown.returncode, shown.stderr) == (1, (
        f"Error: None of the 2 labelled rows of {path} is in {database}: no such text (2).\n"
        "Texts are compared by their words; give ids with --id-column if the texts were changed.\n"
    ))  # fmt: skip


def test_a_database_without_topics_is_refused(tmp_path):
    with Store(tmp_path / "voc.db"):
        pass
    path = sheet(tmp_path, [["id", "label"], ["1", "a"], ["2", "b"]])
    with pytest.raises(VocError) as fault:
        evaluate(tmp_path / "voc.db", path)
    assert (fault.value.what, fault.value.fix) == (
        f"{tmp_path / 'voc.db'} holds no topics.", "Finish a run first: voc run PIPELINE.yml")  # fmt: skip
