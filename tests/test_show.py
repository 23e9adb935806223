"""`voc show`: a text as the customer wrote it, what was cut by which rule, passages and topics."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from voc import show, tables
from voc.cli import cli
from voc.store import Store

TEXT = "My card\x1b[31m fails.\n> quoted\nFooter.\n\nKind regards,\nAnn"
CUTS = [("quoted_reply", "quoted_line", "> quoted"), ("template", "repeated_block", "Footer."),
        ("signature", "closing_formula", "Kind regards,\nAnn")]  # fmt: skip


def row(table, **values) -> dict:
    return {c.name: None for c in table.columns} | values


def verbatim(key: str, text: str, **values) -> dict:
    given = {"verbatim_id": key, "source": key.partition(":")[0], "kind": "contact", "said_at": "2026-05-04T09:00:00Z", "text": text,
             "redaction_count": 2}  # fmt: skip
    return row(tables.Verbatim, **given | values)


def cleaned(key: str, text: str, why: str | None = None) -> dict:
    return {"verbatim_id": key, "text": text, "language": "en", "language_confidence": 0.91, "word_count": 3,
            "removed_character_count": 0, "uncovered_character_count": 0, "why_excluded": why}  # fmt: skip


def passage(key: str, position: int, text: str, language: str | None = "en", why: str | None = None) -> dict:
    return {"passage_id": f"{key}#{position:02d}", "verbatim_id": key, "position": position, "start_character": 0,
            "end_character": len(text), "text": text, "text_hash": text, "language": language, "why_excluded": why}  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Path:
    frames = {
        "contacts": tables.Contact.frame([row(
            tables.Contact, contact_id="s:9", source="s", identifiers="[]", channel="email", opened_at="2026-05-04T09:00:00Z", tags="[]",
            made_by="thread", is_planned=False, is_bot_only=False, file_name="x.csv", line=1)]),
        "verbatims": tables.Verbatim.frame([
            verbatim("s:1", TEXT, contact_id="s:1"),
            verbatim("s:2", "Footer.", contact_id="s:2"), verbatim("t:2", "No", contact_id="t:2"),
            verbatim("q:8/1", "Slow", kind="answer", response_id="q:8", question="What could be better?", redaction_count=1),
            verbatim("q:8/2", "Nic", kind="answer", response_id="q:8", question="Else?", redaction_count=0),
        ]),
        "cleaned_verbatims": tables.CleanedVerbatim.frame([
            cleaned("s:1", "My card fails."), cleaned("s:2", "", "template"), cleaned("q:8/1", "Slow"), cleaned("q:8/2", "Nic")]),
        "templates": tables.Template.frame([{
            "template_id": "tpl-1", "rule": "repeated_block", "example": "Footer.", "verbatim_count": 2, "whole_count": 1,
            "customer_count": 2, "share": 0.5, "first_seen_at": "2026-05-04T09:00:00Z", "last_seen_at": "2026-05-04T09:00:00Z"}]),
        "removals": tables.Removal.frame([
            *({"verbatim_id": "s:1", "position": n, "kind": kind, "rule": rule, "start_character": TEXT.index(text), "text": text,
               "template_id": "tpl-1" if kind == "template" else None} for n, (kind, rule, text) in enumerate(CUTS, start=1)),
            {"verbatim_id": "s:2", "position": 1, "kind": "template", "rule": "repeated_block", "start_character": 0,
             "text": "Footer.", "template_id": "tpl-1"}]),
        "passages": tables.Passage.frame([
            passage("s:1", 1, "My card fails."), passage("q:8/1", 1, "Slow", None), passage("q:8/2", 1, "Nic", "cs", "unsupported_language")]),
        "topics": tables.Topic.frame([{
            "topic_id": "t-a", "name": "Card declined", "named_by": "words", "theme_id": None, "words": "card", "cluster_count": 1,
            "passage_count": 1, "contact_count": 1, "response_count": 0, "confidence": 0.8, "is_pinned": False}]),
        "passage_topics": tables.PassageTopic.frame([
            {"passage_id": "s:1#01", "topic_id": "t-a", "confidence": 0.8, "centrality": 0.7, "why_unassigned": None},
            {"passage_id": "q:8/2#01", "topic_id": None, "confidence": 0.0, "centrality": 0.0, "why_unassigned": "unsupported_language"}]),
    }  # fmt: skip
    path = tmp_path_factory.mktemp("show") / "weekly.db"
    with Store(path, []) as store:
        store.db.conn.execute("PRAGMA foreign_keys = OFF")
        for name, frame in frames.items():
            store._insert(store.tables[name], frame)
        store.db.conn.commit()
    return path


CARD = [
    "s:1, contact s:1, source s, 4 May 2026, 2 pieces of personal data replaced",
    "Language: en (confidence 0.91)",
    "",
    "  My card[31m fails.",
    "  [-1: > quoted -]",
    "  [-2: Footer. -]",
    "  ",
    "  [-3: Kind regards,",
    "  Ann -]",
    "",
    "Cut 1: quoted reply, rule quoted_line",
    "Cut 2: template, rule repeated_block, tpl-1: in 2 verbatims of 2 customers",
    "Cut 3: signature, rule closing_formula",
    "Passage 1 (en) 'My card fails.': topic 'Card declined' (t-a), confidence 0.80",
]


@pytest.mark.parametrize("wanted", ["s:1", "1", " s:1 "])
def test_a_text_shows_what_was_cut_by_which_rule_and_its_topics(database, wanted):
    assert show.show(database, wanted) == CARD


def test_a_response_shows_all_its_answers(database):
    assert show.show(database, "8") == [
        "q:8/1, response q:8, source q, 4 May 2026, 1 piece of personal data replaced",
        "Question: What could be better?",
        "Language: en (confidence 0.91)",
        "",
        "  Slow",
        "",
        "Passage 1 (language unknown) 'Slow': topics were not found yet",
        "",
        "q:8/2, response q:8, source q, 4 May 2026, 0 pieces of personal data replaced",
        "Question: Else?",
        "Language: en (confidence 0.91)",
        "",
        "  Nic",
        "",
        "Passage 1 (cs) 'Nic': no topic: its language is not among those taken in",
    ]


def test_what_takes_no_part_says_why(database):
    assert show.show(database, "s:2")[2] == "It takes no part in topics: it is a template that many customers sent."
    assert show.show(database, "t:2")[1] == "It was not prepared yet: finish a run."


def test_every_reason_has_words():
    assert set(show.WHY_EXCLUDED) == set(tables.WHY_TEXT_EXCLUDED)
    assert set(show.WHY_NO_TOPIC) == set(tables.WHY_UNASSIGNED)


@pytest.mark.parametrize(
    "wanted, told, fix", [
        ("q:8/3", "There is no verbatim, contact or response 'q:8/3' in", "Did you mean"),
        ("zzz", "There is no verbatim, contact or response 'zzz' in", "Ids look like 'q:8/1'."),
        ("2", "2 sources have '2'.", "Say which: s:2, t:2."),
        ("s:9", "'s:9' holds no text in", "Nothing was written, or no column is mapped to 'text'."),
    ]  # fmt: skip
)
def test_an_id_that_names_nothing(database, wanted, told, fix):
    result = CliRunner().invoke(cli, ["show", wanted, "--database", str(database)])
    assert result.exit_code == 1 and told in result.output and fix in result.output and "Traceback" not in result.output


def test_an_empty_database_and_an_older_one(tmp_path):
    with Store(tmp_path / "empty.db", []):
        pass
    empty = CliRunner().invoke(cli, ["show", "1", "--database", str(tmp_path / "empty.db")])
    assert "holds no verbatims." in empty.output and "Run the pipeline first: voc run PIPELINE.yml" in empty.output
    with Store(tmp_path / "empty.db", []) as store:
        store.db.conn.execute("ALTER TABLE removals DROP COLUMN rule")
        store.db.conn.commit()
    old = CliRunner().invoke(cli, ["show", "1", "--database", str(tmp_path / "empty.db")])
    assert "was written by an earlier version, which did not keep what it cut by rule." in old.output
    assert "Run the pipeline again." in old.output


def test_the_command_prints_the_lines(database, monkeypatch):
    monkeypatch.chdir(database.parent)
    result = CliRunner().invoke(cli, ["show", "s:1"])
    assert (result.exit_code, result.output.rstrip("\n").split("\n")) == (0, CARD)
