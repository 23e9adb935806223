"""What changed between two runs: whole comparisons of runs whose difference is known."""

import json
import os
from pathlib import Path

import pytest
from export_help import RUN, frames_of, run_row, write
from hypothesis import given
from hypothesis import strategies as st
from runs import voc

from voc import compare, tables
from voc.compare_text import diff_text
from voc.errors import VocError

LATER = "20260401T080000000-abc123"
VERSIONS = '{"voc": "0.1.0", "numpy": "2.4.6"}'
INPUTS = {"a.csv": {"bytes": 1, "sha256": "1"}, "costs.yml": {"bytes": 1, "sha256": "2"}, "taxonomy t": {"bytes": 1, "sha256": "3"}}
SETTINGS = {"name": "story", "costs": "costs.yml", "window_days": 7.0, "embed": {"model": "minilm"}, "sources": [{"path": "a.csv"}]}


@pytest.fixture(scope="module")
def frames() -> dict:
    return {name: frame for name, frame in frames_of().items() if name in compare.NEEDED}


def changed(frames: dict, run_id: str, **edits) -> dict:
    """The frames under another run's name; `edits` are functions on a table's rows."""
    found = {name: f.assign(run_id=run_id) if "run_id" in f else f for name, f in frames.items()}
    for name, edit in edits.items():
        rows = found[name].astype(object).where(found[name].notna(), None).to_dict("records")
        declared = {t.name: t for t in (*tables.TABLES, *compare.flow.report_tables())}[name]
        found[name] = declared.frame(edit(rows))
    return found


def row(run_id: str, started: str, **rest) -> dict:
    told = {"settings": json.dumps(SETTINGS), "inputs": json.dumps(INPUTS), "versions": VERSIONS}
    return run_row(run_id, started_at=started, **{**told, **rest})


def two_runs(folder: Path, frames: dict, later: dict | None = None, **edits) -> Path:
    path = folder / "two.db"
    write(path, changed(frames, RUN), row(RUN, "2026-03-01T08:00:00Z"))
    write(path, changed(frames, LATER, **edits), row(LATER, "2026-04-01T08:00:00Z", **(later or {})))
    return path


def scaled(topic: str, factor: float, stem: str = "avoidable_cost_month"):
    def edit(rows: list[dict]) -> list[dict]:
        ends = [f"{stem}_{end}" for end in ("low", "mid", "high")]
        return [r | {e: r[e] * factor for e in ends} if r["topic_id"] == topic else r for r in rows]

    return edit


def coverage_of(**values):
    def edit(rows: list[dict]) -> list[dict]:
        return [r | values.get(r["measure"], {}) for r in rows]

    return edit


# ---------------------------------------------------------------- nothing, one thing


def test_two_equal_runs_differ_in_nothing(tmp_path, frames):
    found = compare.diff(two_runs(tmp_path, frames))
    assert (found["why"], found["moved"], found["entered"], found["left"], found["reassigned"]) == ([], [], [], [], [])
    assert found["first_five"] == {"came": [], "went": []}
    assert (found["unmoved_count"], found["is_same_data"]) == (3, True)
    assert {t["change"] for t in found["totals"]} == {0.0}
    text = diff_text(found).splitlines()
    assert text[:4] == [
        f"from: {RUN}  story, 1 Mar 2026; data of 5 Jan 2026 to 14 Feb 2026",
        f"to:   {LATER}  story, 1 Apr 2026; data of 5 Jan 2026 to 14 Feb 2026", "",
        "Why: nothing differs but the time: data, settings, costs and versions are the same.",
    ]
    assert text[-6:] == [
        "Topics that moved (avoidable USD a month). Both runs read the same data, so no change is chance; listed are those of 5% or more.",
        "  none; 3 topics of both runs did not.", "", "Entered the list: 0 topics", "", "Left the list: 0 topics",
    ]  # fmt: skip


def test_dearer_contacts_are_the_cost_files_doing(tmp_path, frames):
    def dearer(rows):
        return [r | {"value": 42.0} if r["path"].endswith("wage_per_hour") else r for r in rows]

    path = two_runs(tmp_path, frames, cost_parameters=dearer, priorities=scaled("login", 2.0))
    found = compare.diff(path)
    (wage,) = [r["path"] for r in frames["cost_parameters"].to_dict("records") if r["path"].endswith("wage_per_hour")]
    assert found["why"] == [{"kind": "cost file", "says": f"{wage}: 21 → 42"}]
    (moved,) = found["moved"]
    assert (moved["topic_id"], moved["mainly"], moved["probability"]) == ("login", "a repeat costs more", None)
    assert moved["change"] == 36.0
    assert moved["factors"]["cost_a_repeat"]["to"] == pytest.approx(2 * moved["factors"]["cost_a_repeat"]["from"])
    assert "      36 (22 to 59) → 72 (44 to 118); mainly: a repeat costs more" in diff_text(found).splitlines()


def test_every_reason_is_named(tmp_path, frames):
    inputs = {"b.csv": {"bytes": 1, "sha256": "1"}, "costs.yml": {"bytes": 2, "sha256": "9"}, "taxonomy t": {"bytes": 1, "sha256": "4"},
              "taxonomy u": {"bytes": 1, "sha256": "4"}, "edits curation.yml": {"bytes": 1, "sha256": "4"}}  # fmt: skip
    settings = SETTINGS | {"window_days": 14.0, "embed": {"model": "tfidf"}, "sources": [{"path": "b.csv"}]}
    later = {"inputs": json.dumps(inputs), "settings": json.dumps(settings), "versions": '{"voc": "0.2.0", "numpy": "2.4.6"}'}
    more = coverage_of(contacts_taking_part={"row_count": 80}, period_to={"happened_on": "2026-03-14"})
    found = compare.diff(two_runs(tmp_path, frames, later, coverage=more))
    assert [(r["kind"], r["says"]) for r in found["why"]] == [
        ("data", "contacts that take part: 42 → 80"), ("data", "last day: 14 Feb 2026 → 14 Mar 2026"),
        ("sources", "file no longer read: a.csv"), ("sources", "new file: b.csv"),
        ("taxonomy", "taxonomy t: its reasons changed"), ("taxonomy", "now taxonomy u"),
        ("edits", "people's edits of topics changed: curation.yml"),
        ("settings", "window_days: 7 → 14"), ("settings", "embed.model: minilm → tfidf"), ("settings", "sources.0.path: a.csv → b.csv"),
        ("version", "voc: 0.1.0 → 0.2.0"),
    ]  # fmt: skip
    assert (found["is_same_data"], found["rule"]) == (False, compare.RULE)


def test_a_refit_and_another_model_are_named():
    fit = {"model": "m1", "engine": "leiden", "mode": "fit", "why": "The first fit."}
    sides = [{"fit": fit}, {"fit": fit | {"model": "m2", "mode": "refit", "why": "Other settings."}}]
    assert compare._model(*sides) == ["embedding model: m1 → m2", "topics were found anew: Other settings."]
    assert compare._model({"fit": None}, sides[1]) == []


# ---------------------------------------------------------------- beyond noise


@pytest.mark.parametrize("old, new, is_beyond, probability", [
    ((10, 20, 30), (31, 40, 50), True, 0.97162), ((10, 20, 30), (30, 40, 50), False, 0.96502), ((10, 20, 30), (15, 20, 25), False, 0.5),
    ((31, 40, 50), (10, 20, 30), True, 0.97162), ((5, 5, 5), (6, 6, 6), True, None), ((None, 5, None), (None, 6, None), False, None),
    ((1, None, 2), (1, 2, 3), False, None),
])  # fmt: skip
def test_ranges_that_do_not_meet_are_beyond_noise(old, new, is_beyond, probability):
    one, other = (dict(zip(("low", "mid", "high"), three, strict=True)) for three in (old, new))
    found = compare.judged(one, other, False)
    assert (found["is_beyond_noise"], found["probability"]) == (is_beyond, probability and pytest.approx(probability, abs=1e-4))


@given(*[st.lists(st.floats(0, 1e6), min_size=3, max_size=3).map(sorted)] * 2)
def test_the_verdict_does_not_depend_on_the_direction(old, new):
    one, other = (dict(zip(("low", "mid", "high"), three, strict=True)) for three in (old, new))
    there, back = compare.judged(one, other, False), compare.judged(other, one, False)
    assert there["is_beyond_noise"] == back["is_beyond_noise"]
    assert there["change"] == -back["change"]
    assert there["probability"] == back["probability"]
    assert not (there["is_beyond_noise"] and there["probability"] is not None and there["probability"] < 0.9 - 1e-9)


def test_new_data_that_move_one_topic_beyond_noise(tmp_path, frames):
    def more(rows):
        rows = scaled("login", 4.0)(scaled("login", 4.0, "repeats_month")(rows))
        return [r | {"contacts": 80} if r["topic_id"] == "login" else r for r in rows]

    later = {"inputs": json.dumps(INPUTS | {"a.csv": {"bytes": 9, "sha256": "8"}})}
    found = compare.diff(two_runs(tmp_path, frames, later, priorities=more))
    assert found["why"] == [{"kind": "sources", "says": "file changed: a.csv"}]
    (moved,) = found["moved"]
    assert (moved["topic"], moved["rank_from"], moved["rank_to"], moved["mainly"]) == ("password reset link", 1, 1, "more contacts")
    assert moved["probability"] > 0.95
    text = diff_text(found)
    assert "  password reset link (rank 1 → 1)\n      36 (22 to 59) → 144 (88 to 236); P 99%; mainly: more contacts\n" in text
    assert compare.RULE in text


# ---------------------------------------------------------------- topics that come and go


def test_topics_that_entered_and_left_say_where_from_and_where_to(tmp_path, frames):
    def other(rows):
        ids = {"refund": ("t-new", "money back <b>"), "export": ("t-part", "=1+1")}
        return [r | {"topic_id": ids.get(r["topic_id"], (r["topic_id"],))[0], "topic": ids.get(r["topic_id"], ("", r["topic"]))[1]}
                for r in rows]  # fmt: skip

    def lineage(_):
        blank = {c.name: None for c in compare.flow.registry.get("reports", "topic_lineage").TABLE.columns} | {
            "run_id": LATER, "previous_run_id": RUN, "passage_count": 0, "passage_count_before": 0, "from_topic_ids": "[]",
            "from_topics": "[]", "into_topic_ids": "[]", "into_topics": "[]",
        }  # fmt: skip
        return [
            blank | {"topic_id": "refund", "topic": "refund", "event": "merged", "into_topics": '["money back <b>"]'},
            blank | {"topic_id": "export", "topic": "export", "event": "retired"},
            blank | {"topic_id": "t-new", "topic": "x", "event": "new"},
            blank | {"topic_id": "t-part", "topic": "x", "event": "split", "from_topics": '["password reset link"]'},
        ]

    found = compare.diff(two_runs(tmp_path, frames, priorities=other, topic_lineage=lineage))
    assert [(r["topic_id"], r["topic"], r["rank"], r["what"]) for r in found["entered"]] == [
        ("t-new", "money back <b>", 2, "new"), ("t-part", "=1+1", 3, "from 'password reset link'"),
    ]  # fmt: skip
    assert [(r["topic_id"], r["what"]) for r in found["left"]] == [("refund", "went into 'money back <b>'"), ("export", "gone")]
    assert [(r["topic_id"], r["rank_from"], r["rank_to"]) for r in found["first_five"]["came"]] == [("t-new", None, 2), ("t-part", None, 3)]
    assert [(r["topic_id"], r["rank_from"], r["rank_to"]) for r in found["first_five"]["went"]] == [("refund", 2, None), ("export", 3, None)]
    text = diff_text(found)
    assert "Entered the list: 2 topics\n  money back <b> (rank 2, 16 contacts): new\n  =1+1 (rank 3, 5 contacts): from 'password reset link'" in text
    assert "The first five:\n  money back <b> came in (rank none → 2)\n" in text


def test_places_that_may_differ_by_chance_say_so():
    side = {f"t{n}": {"topic": f"T{n}", "rank": n, "rank_low": max(n - 2, 1), "rank_high": n + 2} for n in range(1, 8)}
    swapped = side | {"t5": side["t5"] | {"rank": 6}, "t6": side["t6"] | {"rank": 5}}
    found = compare._first_five(side, swapped)
    assert found == {
        "came": [{"topic_id": "t6", "topic": "T6", "rank_from": 6, "rank_to": 5, "may_be_chance": True}],
        "went": [{"topic_id": "t5", "topic": "T5", "rank_from": 5, "rank_to": 6, "may_be_chance": True}],
    }


def test_names_and_owners_that_changed(tmp_path, frames):
    def edit(rows):
        return [r | {"topic": "Reset mail", "owner": "Mail team"} if r["topic_id"] == "login" else r for r in rows]

    found = compare.diff(two_runs(tmp_path, frames, priorities=edit))
    assert [(r["what"], r["from"], r["to"]) for r in found["reassigned"]] == [
        ("topic", "password reset link", "Reset mail"), ("owner", "Identity engineering", "Mail team"),
    ]  # fmt: skip
    assert diff_text(found).splitlines()[-2:] == [
        "  Reset mail: name password reset link → Reset mail", "  Reset mail: owner Identity engineering → Mail team",
    ]


def test_without_one_currency_repeats_are_compared(tmp_path, frames):
    found = compare.diff(two_runs(tmp_path, frames, {"currency": "EUR"}))
    assert found["measure"] == {"name": "repeats", "stem": "repeats_month", "unit": "repeat contacts a month"}


# ---------------------------------------------------------------- which runs


def fault(path: Path, *runs: str) -> str:
    with pytest.raises(VocError) as caught:
        compare.diff(path, runs)
    return f"{caught.value.what} {caught.value.fix}"


def test_one_run_or_none_is_too_few(tmp_path, frames):
    path = tmp_path / "one.db"
    write(path, {}, row("r0", "2026-01-01T08:00:00Z"), is_complete=False)
    assert fault(path) == f"{path} holds no complete run; a comparison needs two. Run the pipeline again: voc run PIPELINE.yml"
    assert fault(path, "r0") == f"{path} holds no complete run 'r0'. It holds none."
    write(path, changed(frames, RUN), row(RUN, "2026-03-01T08:00:00Z"))
    assert fault(path) == f"{path} holds one complete run; a comparison needs two. Run the pipeline again: voc run PIPELINE.yml"


def test_runs_that_are_named(tmp_path, frames):
    path = two_runs(tmp_path, frames)
    write(path, changed(frames, "r3"), row("r3", "2026-05-01T08:00:00Z", pipeline="another"))

    def pair(*runs):
        found = compare.diff(path, runs)
        return found["from"]["run_id"], found["to"]["run_id"]

    assert pair() == (LATER, "r3")  # of the pipeline 'another' there is none before
    assert pair(RUN) == (RUN, "r3")
    assert pair("r3") == (LATER, "r3")
    assert pair(LATER, RUN) == (LATER, RUN)
    assert fault(path, RUN, RUN) == f"'{RUN}' cannot be compared with itself. Name two runs, or none for the latest two."
    assert fault(path, "r9") == f"{path} holds no complete run 'r9'. Complete runs, latest first: r3, {LATER}, {RUN}."
    assert fault(path, RUN, LATER, "r3") == "Two runs can be compared, not 3. Name two, one, or none for the latest two."


def test_a_table_of_another_version_is_named(tmp_path, frames):
    import sqlite3

    path = two_runs(tmp_path, frames)
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE scorecard RENAME COLUMN n TO cases")
    assert fault(path) == f"{path}: the table scorecard was written by another version of voc. Run the pipeline again."


def test_the_command(tmp_path, frames):
    path = two_runs(tmp_path, frames)
    done = voc("diff", path, env=os.environ | {"COLUMNS": "100"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip("\n") == diff_text(compare.diff(path))
    assert json.loads(voc("diff", path, LATER, RUN, "--json").stdout) == json.loads(json.dumps(compare.diff(path, (LATER, RUN))))
