"""`voc topics`: see topics, write people's edits into the curation file, take them back."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from voc import tables, topic_commands
from voc.cli import cli
from voc.curation import Delete, Link, Merge, Move, Pin, Rename, Split, SplitPart, Unpin, load_curation, part_id
from voc.store import Store

PIPELINE = """\
name: weekly
database: weekly.db
taxonomy: mine.yml
sources:
  - {kind: table, path: a.csv}
"""
TAXONOMY = """\
name: mine
title: Mine
reasons:
  - {id: refund-late, label: Refund is late, area: Money, demand_type: operations_delay, owner: Finance}
  - {id: login, label: Log in fails, area: Access, demand_type: access, owner: Identity}
"""
TOPICS = {"t-aaaa0001": ("Refund late", 3), "t-bbbb0002": ("Where is my refund", 2), "t-cccc0003": ("Log in fails", 1)}
TEXTS = [
    ("s:1:1", "t-aaaa0001", "My refund\x1b[31m is late", 0.9), ("s:2:1", "t-aaaa0001", "Partial refund only", 0.7),
    ("s:3:1", "t-aaaa0001", "Partial refund only", 0.7), ("s:4:1", "t-bbbb0002", "Where is my refund?", 0.8),
    ("s:5:1", "t-bbbb0002", "Still no money", 0.6), ("s:6:1", "t-cccc0003", "Cannot log in", 0.9),
]  # fmt: skip


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(topic_commands, "now", lambda: "2026-05-04T10:00:00Z")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A pipeline file with its taxonomy, and no database."""
    (tmp_path / "weekly.yml").write_text(PIPELINE)
    (tmp_path / "mine.yml").write_text(TAXONOMY)
    return tmp_path


@pytest.fixture
def weekly(folder) -> Path:
    """The pipeline file of a database with three topics."""
    with Store(folder / "weekly.db") as store:
        store.db.conn.execute("PRAGMA foreign_keys = OFF")  # the rows these tables point at play no part here
        for declared, rows in ROWS.items():
            store._insert(tables.__dict__[declared], tables.__dict__[declared].frame(rows))
        store.db.conn.commit()
    return folder / "weekly.yml"


ROWS = {
    "Topic": [
        {"topic_id": topic, "name": name, "words": f"{name.lower()}, \x07now", "passage_count": count,
         "contact_count": count,
         "response_count": 0, "confidence": 1.0, "named_by": "words", "theme_id": None, "cluster_count": 1, "is_pinned": False}
        for topic, (name, count) in TOPICS.items()
    ],
    "Reason": [{"reason_id": "login", "taxonomy": "mine", "label": "Log in fails", "area": "Access", "description": "",
                "demand_type": "access", "owner": "Identity"}],
    "TopicReason": [{"topic_id": "t-cccc0003", "reason_id": "login", "nearest_reason_id": "login", "score": 0.9,
                     "threshold": 0.6, "status": "matched", "matched_by": "similarity", "owner": "Identity",
                     "demand_type": "access"}],
    "Passage": [{"passage_id": passage, "verbatim_id": passage[:-2], "position": 1, "start_character": 0,
                 "end_character": len(text), "text": text, "text_hash": text} for passage, _, text, _ in TEXTS],
    "PassageTopic": [{"passage_id": passage, "topic_id": topic, "confidence": near, "centrality": near,
                      "why_unassigned": None} for passage, topic, _, near in TEXTS],
}  # fmt: skip


def topics(command: str, pipeline: Path, *arguments: object):
    return CliRunner(env={"COLUMNS": "100"}).invoke(cli, ["topics", command, str(pipeline), *map(str, arguments)], prog_name="voc")


def said(command: str, pipeline: Path, *arguments: object) -> list[str]:
    """Lines a command prints, without the folder."""
    shown = topics(command, pipeline, *arguments)
    assert shown.exit_code == 0, shown.stderr
    return shown.stdout.replace(f"{pipeline.parent}/", "").splitlines()


def refused(command: str, pipeline: Path, *arguments: object) -> list[str]:
    """Lines a command prints about what is wrong; it writes nothing."""
    before = edits_of(pipeline)
    shown = topics(command, pipeline, *arguments)
    assert (shown.exit_code, shown.stdout, edits_of(pipeline)) == (1, "", before)
    return shown.stderr.replace(f"{pipeline.parent}/", "").splitlines()


def edits_of(pipeline: Path) -> tuple:
    path = pipeline.with_name("curation.yml")
    return load_curation(path).edits if path.exists() else ()


ON = {"on": "2026-05-04"}

# ---------------------------------------------------------------- writing


def test_rename(weekly):
    assert said("rename", weekly, "refund LATE", "Refund does not come", "--by", "ana", "--note", "as agents say") == [
        "Rename t-aaaa0001 to 'Refund does not come'",
        "  t-aaaa0001 is 'Refund late'",
        "Wrote edit 1: curation.yml:4",
        "Next: voc run weekly.yml --from match",
    ]
    assert edits_of(weekly) == (
        Rename(rename="t-aaaa0001", to="Refund does not come", by="ana", note="as agents say", **ON),
    )
    assert said("pin", weekly, "Refund does not come")[0] == "Pin t-aaaa0001 as 'Refund does not come'"
    assert said("unpin", weekly, "Refund late")[0] == "Unpin t-aaaa0001"


def test_merge(weekly):
    assert said("merge", weekly, "Refund late", "t-bbbb0002")[:4] == [
        "Merge t-bbbb0002 into t-aaaa0001", "  t-aaaa0001 is 'Refund late'", "  t-bbbb0002 is 'Where is my refund'",
        "Wrote edit 1: curation.yml:4",
    ]  # fmt: skip
    # a merged topic leads to the one it lives on in
    assert (
        said("merge", weekly, "Where is my refund", "--into", "Log in fails")[0] == "Merge t-aaaa0001 into t-cccc0003"
    )
    assert edits_of(weekly)[0] == Merge(merge=("t-aaaa0001", "t-bbbb0002"), **ON)
    assert refused("merge", weekly, "t-aaaa0001", "t-bbbb0002") == [
        "Error: A merge needs two different topics.", "All topics: voc topics list weekly.yml",
    ]  # fmt: skip


def test_split(weekly):
    late, part = (part_id("t-aaaa0001", name) for name in ("Late", "In part"))
    lines = said("split", weekly, "t-aaaa0001", "--words", "In part", "partial", "--like", "Late", "refund is late",
                 "--like", "Late", "still waiting", "--words", "In part", "half of")  # fmt: skip
    assert lines == [
        "Split t-aaaa0001 into 'Late', 'In part'", "  t-aaaa0001 is 'Refund late'", f"  {late} is 'Late'",
        f"  {part} is 'In part'", "Wrote edit 1: curation.yml:4", "Next: voc run weekly.yml --from embed",
    ]  # fmt: skip
    parts = [SplitPart(name="Late", like=("refund is late", "still waiting")),
             SplitPart(name="In part", words=("partial", "half of"))]  # fmt: skip
    assert edits_of(weekly) == (Split(split="t-aaaa0001", into=parts, **ON),)
    # a part can be named before any run has made it
    assert said("rename", weekly, "in part", "Half a refund")[0] == f"Rename {part} to 'Half a refund'"
    assert refused("show", weekly, part) == [
        f"Error: {part} is not in weekly.db yet: no run has applied its edit.", "Next: voc run weekly.yml --from embed",
    ]  # fmt: skip
    assert refused("split", weekly, "t-aaaa0001") == [
        "Error: A split needs a part.", "Add --like 'NAME' 'a phrase', or --words 'NAME' word.",
    ]  # fmt: skip


def test_move(weekly):
    assert said("move", weekly, "s:2:1", "Where is my refund") == [
        "Move passage s:2:1 to t-bbbb0002", "  t-bbbb0002 is 'Where is my refund'", "Wrote edit 1: curation.yml:4",
        "Next: voc run weekly.yml --from match",
    ]  # fmt: skip
    assert edits_of(weekly) == (Move(move="s:2:1", to="t-bbbb0002", **ON),)
    assert refused("move", weekly, "s:9:1", "t-bbbb0002") == [
        "Error: No passage called 's:9:1' in weekly.db.",
        "`voc topics show weekly.yml TOPIC` lists passages with their ids; --search WORD finds one.",
    ]


def test_pin_and_unpin(weekly):
    said("pin", weekly, "t-aaaa0001")
    assert refused("pin", weekly, "Refund late") == [
        "Error: t-aaaa0001 is pinned already, at curation.yml:4.",
        "To let it go: voc topics unpin weekly.yml t-aaaa0001",
    ]  # fmt: skip
    said("unpin", weekly, "t-aaaa0001")
    assert edits_of(weekly) == (Pin(pin="t-aaaa0001", name="Refund late", **ON), Unpin(unpin="t-aaaa0001", **ON))
    assert refused("unpin", weekly, "t-aaaa0001") == [
        "Error: t-aaaa0001 is not pinned.", "All edits: voc topics edits weekly.yml",
    ]  # fmt: skip
    said("pin", weekly, "t-bbbb0002")
    said("merge", weekly, "t-aaaa0001", "t-bbbb0002")
    assert said("unpin", weekly, "t-bbbb0002")[0] == "Unpin t-aaaa0001"


def test_delete(weekly):
    assert said("delete", weekly, "t-aaaa0001")[:2] == ["Delete t-aaaa0001", "  t-aaaa0001 is 'Refund late'"]
    assert edits_of(weekly) == (Delete(delete="t-aaaa0001", **ON),)
    gone = [
        "Error: The edit at curation.yml:4 deletes t-aaaa0001.",
        "Take it back first: voc topics edits weekly.yml, then voc topics undo weekly.yml --edit NUMBER",
    ]
    assert refused("rename", weekly, "t-aaaa0001", "X") == refused("rename", weekly, "Refund late", "X") == gone


def test_link(weekly):
    assert said("link", weekly, "t-aaaa0001", "--reason", "refund-late", "--owner", "Payments")[0] == (
        "Link t-aaaa0001 with reason 'refund-late' and owner 'Payments'"
    )
    assert edits_of(weekly) == (Link(link="t-aaaa0001", reason="refund-late", owner="Payments", **ON),)
    assert refused("link", weekly, "t-aaaa0001") == [
        "Error: A link needs something to say.",
        "Add one of --reason, --owner, --demand-type, --fix-repeats, --fix-first.",
    ]  # fmt: skip
    assert refused("link", weekly, "t-aaaa0001", "--reason", "refund-lat") == [
        "Error: The taxonomy 'mine.yml' has no reason 'refund-lat'.", "Did you mean 'refund-late'?",
    ]  # fmt: skip
    weekly.write_text(PIPELINE.replace("taxonomy: mine.yml\n", ""))
    assert refused("link", weekly, "t-aaaa0001", "--reason", "login") == [
        "Error: weekly.yml names no taxonomy, so there is no reason 'login'.", "Add 'taxonomy' to it first.",
    ]  # fmt: skip


def test_edits_go_to_the_file_the_pipeline_names(weekly):
    weekly.write_text(PIPELINE + "curation: ours.yml\n")
    assert "Wrote edit 1: ours.yml:4" in said("delete", weekly, "t-aaaa0001")
    weekly.write_text(PIPELINE + "curation: null\n")
    assert refused("delete", weekly, "t-aaaa0001") == [
        "Error: weekly.yml turns edits off (curation: null).", "Take that line out, or name a file there.",
    ]  # fmt: skip


# ---------------------------------------------------------------- which topic


def test_an_unknown_topic_has_a_suggestion(weekly):
    assert refused("delete", weekly, "refund lat") == [
        "Error: No topic called 'refund lat' in weekly.db.", "Did you mean 'Refund late'?",
    ]  # fmt: skip
    assert refused("delete", weekly, "zebra") == [
        "Error: No topic called 'zebra' in weekly.db.", "All topics: voc topics list weekly.yml",
    ]  # fmt: skip


def test_a_name_two_topics_have_is_refused(weekly):
    assert refused("rename", weekly, "t-aaaa0001", "log in FAILS") == [
        "Error: t-cccc0003 is called 'Log in fails' already.", "Choose another name, or merge the two topics.",
    ]  # fmt: skip
    weekly.with_name("curation.yml").write_text("edits:\n- {rename: t-aaaa0001, to: Log in fails}\n")
    assert refused("delete", weekly, "log in fails") == [
        "Error: 2 topics are called 'log in fails': t-aaaa0001, t-cccc0003.", "Name it by its id.",
    ]  # fmt: skip


def test_without_a_database_ids_are_taken_as_they_are(folder):
    weekly = folder / "weekly.yml"
    assert said("rename", weekly, "t-aaaa0001", "X") == [
        "Rename t-aaaa0001 to 'X'", "Wrote edit 1: curation.yml:4", "Next: voc run weekly.yml",
    ]  # fmt: skip
    said("move", weekly, "s:2:1", "X")
    assert refused("delete", weekly, "Refund late") == [
        "Error: There is no database weekly.db yet, so no topic is known by the name 'Refund late'.",
        "Name it by its id, or run first: voc run weekly.yml",
    ]
    for command in (["list"], ["show", "t-aaaa0001"]):
        assert refused(command[0], weekly, *command[1:])[0] == "Error: weekly.db does not exist."


def test_what_the_file_could_not_hold_is_refused(weekly):
    assert refused("rename", weekly, "t-aaaa0001", "a\x1b[31mb") == [
        "Error: to: should be one line of plain text.", "Nothing was written.",
    ]  # fmt: skip


# ---------------------------------------------------------------- edits, undo


def test_edits_are_listed_and_taken_back_one_by_one(weekly):
    path = weekly.with_name("curation.yml")
    path.write_text("# ours\nedits:\n# for the board\n- pin: t-cccc0003   # keep\n# the end\n")
    start = path.read_bytes()
    said("rename", weekly, "t-aaaa0001", "Refunds", "--by", "ana", "--note", "shorter")
    middle = path.read_bytes()
    said("delete", weekly, "t-bbbb0002")
    assert said("edits", weekly) == [
        "  1  curation.yml:4  pin t-cccc0003",
        "  2  curation.yml:6  rename t-aaaa0001 to 'Refunds'  (ana, 2026-05-04, shorter)",
        "  3  curation.yml:11  delete t-bbbb0002  (2026-05-04)",
    ]
    assert json.loads(topics("edits", weekly, "--json").stdout)[1] == {
        "number": 2, "place": "curation.yml:6", "says": "rename t-aaaa0001 to 'Refunds'", "rename": "t-aaaa0001",
        "to": "Refunds", "by": "ana", "on": "2026-05-04", "note": "shorter",
    }  # fmt: skip
    assert said("undo", weekly) == [
        "Taken out of curation.yml:11:", "- delete: t-bbbb0002", "  on: 2026-05-04",
        "Edits left: 2. The last one is now: rename t-aaaa0001 to 'Refunds'.", "Next: voc run weekly.yml --from match",
    ]  # fmt: skip
    assert path.read_bytes() == middle
    said("undo", weekly)
    assert path.read_bytes() == start
    assert refused("undo", weekly, "--edit", 2) == [
        "Error: There is no edit 2: curation.yml holds 1.", "All edits: voc topics edits weekly.yml",
    ]  # fmt: skip
    assert said("undo", weekly, "--edit", 1)[-2:] == ["Edits left: 0.", "Next: voc run weekly.yml --from match"]
    assert path.read_text() == "# ours\nedits:\n# for the board\n# the end\n"
    assert refused("undo", weekly) == [
        "Error: curation.yml holds no edit.", "To write one: voc topics --help; all topics: voc topics list weekly.yml",
    ]  # fmt: skip
    assert said("edits", weekly) == ["There are no edits."]


def test_check_reads_the_file(weekly):
    (weekly.parent / "a.csv").write_text("id,when,text\n1,2026-05-01,It fails\n")
    columns = "{kind: table, path: a.csv, columns: {id: id, opened_at: when, text: text}}"
    weekly.write_text(PIPELINE.replace("{kind: table, path: a.csv}", columns))
    path = weekly.with_name("curation.yml")
    path.write_text("edits:\n- pin: t-1\n")
    shown = CliRunner().invoke(cli, ["check", str(weekly)])
    assert shown.exit_code == 0, shown.stderr
    assert "curation.yml: edits of topics: 1\n" in shown.stdout
    path.write_text("edits:\n- pin: t-1\n  nam: X\n")
    shown = CliRunner().invoke(cli, ["check", str(weekly)])
    assert shown.stderr == f"Error: {path}:3: edits.0.nam: unknown setting - did you mean 'name'?\n"
    assert refused_file(weekly) == shown.stderr


def refused_file(pipeline: Path) -> str:
    return topics("delete", pipeline, "t-aaaa0001").stderr


# ---------------------------------------------------------------- list, show


def test_list(weekly):
    said("pin", weekly, "t-aaaa0001")
    said("rename", weekly, "t-bbbb0002", "Refund asked for")
    assert said("list", weekly) == [
        "id           topic                                  passages contacts  theme or reason, marks",
        "t-aaaa0001   Refund late                                   3        3  pinned",
        "t-bbbb0002   Where is my refund                            2        2  renamed",
        "t-cccc0003   Log in fails                                  1        1  Log in fails",
    ]
    assert said("list", weekly, "--search", "MY")[1:] == [
        "t-bbbb0002   Where is my refund                            2        2  renamed",
    ]  # fmt: skip
    assert said("list", weekly, "--search", "zebra") == ["No topics."]
    assert json.loads(topics("list", weekly, "--json", "--search", "login").stdout) == []
    assert json.loads(topics("list", weekly, "--json", "--search", "log in").stdout) == [
        {"topic_id": "t-cccc0003", "name": "Log in fails", "passages": 1, "contacts": 1, "reason": "Log in fails",
         "owner": "Identity", "words": "log in fails, now", "theme": None, "marks": []},
    ]  # fmt: skip


def test_list_names_the_theme_where_there_are_themes(weekly):
    with Store(weekly.with_name("weekly.db")) as store:
        store.db.conn.execute("INSERT INTO themes VALUES ('h-1', 'Money', 0, 2, 5)")
        store.db.conn.execute("UPDATE topics SET theme_id = 'h-1' WHERE topic_id < 't-c'")
        store.db.conn.commit()
    assert [row["theme"] for row in json.loads(topics("list", weekly, "--json").stdout)] == ["Money", "Money", None]


def test_show_a_topic_without_control_characters(weekly):
    said("rename", weekly, "t-aaaa0001", "Refunds")
    said("merge", weekly, "t-aaaa0001", "t-bbbb0002")
    said("delete", weekly, "t-cccc0003")
    assert said("show", weekly, "Refund late") == [
        "t-aaaa0001  Refund late  (renamed)",
        "3 passages, 3 contacts",
        "words: refund late, now",
        "",
        "passages, most central first:",
        "  s:1:1  My refund [31m is late",
        "  s:2:1  Partial refund only",
        "",
        "edits:",
        "  1  curation.yml:4  rename t-aaaa0001 to 'Refunds'",
        "  2  curation.yml:7  merge t-bbbb0002 into t-aaaa0001",
    ]
    shown = json.loads(topics("show", weekly, "t-aaaa0001", "--json", "--search", "PARTIAL").stdout)
    assert shown["passage_texts"] == [{"passage_id": "s:2:1", "text": "Partial refund only", "confidence": 0.7}]
    assert len(json.loads(topics("show", weekly, "t-aaaa0001", "--json", "--count", "1").stdout)["passage_texts"]) == 1


def test_show_tells_the_history_where_there_is_one(weekly):
    with Store(weekly.with_name("weekly.db")) as store:
        store.db.conn.executescript(
            "DROP TABLE IF EXISTS topic_lineage;"
            "CREATE TABLE topic_lineage (run_id TEXT, topic_id TEXT, from_topic_id TEXT, event TEXT);"
            "INSERT INTO topic_lineage VALUES ('r1', 't-aaaa0001', NULL, 'new'), ('r1', 't-bbbb0002', NULL, 'new'),"
            "('r2', 't-dddd0004', 't-aaaa0001', 'split');"
        )
        store.db.conn.commit()
    assert said("show", weekly, "t-aaaa0001")[-3:] == [
        "history:", "  run_id r1, topic_id t-aaaa0001, event new",
        "  run_id r2, topic_id t-dddd0004, from_topic_id t-aaaa0001, event split",
    ]  # fmt: skip
