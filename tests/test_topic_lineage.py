"""The report of topics over time: rows as they stand, and a section only where there is something to tell."""

from pathlib import Path

import pytest

from voc import tables
from voc.config import Pipeline
from voc.context import RunContext, Section
from voc.reports import topic_lineage
from voc.topics.lineage import events

RUN = RunContext(
    pipeline=Pipeline.model_validate(
        {"name": "x", "database": "x.db", "sources": [{"kind": "table", "path": "x.csv", "name": "tickets"}]}
    ),
    folder=Path("."), run_id="run-2",
)  # fmt: skip
NAMES = {"a": "Login", "b": "Password", "c": "Refund", "d": "Fax", "f": "Refund late", "g": "App", "h": "Tiny", "e": "Export"}


def keys(**groups):
    """keys(a=(1, 10)) -> ten texts of a."""
    return {f"k{n}": name for name, (first, last) in groups.items() for n in range(first, last + 1)}


def computed(previous, current, previous_run="run-1"):
    told = events(previous, current, names_before=NAMES, names_now=NAMES)
    frame = tables.TopicChange.frame({**event.row(), "previous_run_id": previous_run} for event in told)
    return topic_lineage.compute({"topic_changes": frame}, RUN)


BEFORE = keys(a=(1, 40), b=(41, 60), c=(61, 100), d=(101, 120), e=(121, 130))
NOW = keys(a=(1, 60), c=(61, 85), f=(86, 100), g=(135, 150), e=(121, 130), h=(151, 154))


def test_rows_are_published_with_the_run():
    found = computed(BEFORE, NOW)
    assert list(found.columns) == topic_lineage.TABLE.names
    assert list(zip(found["run_id"], found["topic_id"], found["event"], found["from_topics"], found["into_topics"],
                    found["previous_run_id"], strict=True)) == [
        ("run-2", "a", "merged", '["Password"]', "[]", "run-1"),
        ("run-2", "b", "merged", "[]", '["Login"]', "run-1"),
        ("run-2", "c", "split", "[]", '["Refund late"]', "run-1"),
        ("run-2", "d", "retired", "[]", "[]", "run-1"),
        ("run-2", "e", "continued", "[]", "[]", "run-1"),
        ("run-2", "f", "split", '["Refund"]', "[]", "run-1"),
        ("run-2", "g", "new", "[]", "[]", "run-1"),
        ("run-2", "h", "new", "[]", "[]", "run-1"),
    ]  # fmt: skip


def test_the_section_says_what_changed_in_plain_words():
    assert topic_lineage.section(computed(BEFORE, NOW), RUN) == Section(
        title="What became of the last report's topics",
        paragraphs=(
            "Of 8 topics in either report: 1 continued, 2 new, 2 merged, 2 split, 1 gone. Topics of two runs are compared "
            "by the passages they have in common; a topic that lives on keeps its id. 1 smaller or further change in the "
            "table topic_lineage.",
        ),
        headers=("Topic", "What happened", "Passages before", "Passages now"),
        rows=(
            ("Login", "took in “Password”", "40", "60"),
            ("Refund", "split: parts are now “Refund late”", "40", "25"),
            ("Password", "now part of “Login”", "20", "0"),
            ("Fax", "gone", "20", "0"),
            ("App", "new", "0", "16"),
            ("Refund late", "split off from “Refund”", "0", "15"),
        ),
    )


@pytest.mark.parametrize(
    ("previous", "current", "run"),
    [(BEFORE, BEFORE, "run-1"), ({}, NOW, None), ({}, {}, None)],
    ids=["nothing changed", "first run", "nothing there"],
)
def test_nothing_to_tell_is_no_section(previous, current, run):
    assert topic_lineage.section(computed(previous, current, run), RUN) is None


def test_changes_too_small_to_name_are_counted():
    found = topic_lineage.section(computed(keys(a=(1, 40)), keys(a=(1, 40), h=(41, 44))), RUN)
    assert (found.rows, found.headers) == ((), ())
    assert found.paragraphs[0].endswith("1 smaller or further change in the table topic_lineage.")
    assert topic_lineage._listed('["a", "b", "c"]') == "“a”, “b” and “c”"
