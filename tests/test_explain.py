"""`voc explain`: why a contact counts as a repeat or not, in words, on a database made by hand."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from story import contact, context, frames

from voc import explain, tables
from voc.cli import cli
from voc.stages.episodes import find_episodes
from voc.stages.ledger import ledger_lines
from voc.stages.prices import price_contacts
from voc.store import Store

CONTACTS = [
    contact("s:1", "ann", "01 09:00", closed_at="03 09:00", subject="Refund late\x1b[31m"),
    contact("s:2", "ann", "09 09:00", subject="Where is my refund?"),
    contact("s:3", "ann", "20 09:00"),
    contact("s:4", "ann", "20 10:00", subject="Still waiting"),
    contact("s:5", "bob", "05 09:00"),
    contact("s:6", "bob", "29 09:00", follow_up_of="s:5", handle_minutes=8.0),
    contact("s:7", None, "02 09:00"),
    contact("s:8", "cy", "02 09:00", why_excluded="merged", merged_into="s:9"),
    contact("s:9", "cy", "02 10:00", closed_at="10 10:00"),
    contact("s:10", "cy", "04 10:00"),
    contact("s:11", "cy", "05 10:00"),
    contact("t:11", "dan", "05 10:00", source="t", why_excluded="automatic"),
]
TOPICS = {
    "s:1": {"t-a": 1.0}, "s:2": {"t-a": 0.75, "t-b": 0.25}, "s:3": {"t-a": 1.0}, "s:4": {"t-a": 1.0},
    "s:5": {"t-a": 1.0}, "s:6": {"t-b": 1.0}, "s:7": {"t-a": 1.0}, "s:9": {"t-b": 1.0}, "s:10": {"t-b": 1.0},
}  # fmt: skip
TEXTS = {"s:3": "Where is it", "s:4": "where is it?"}
COSTS = {
    "currency": "EUR",
    "groups": [{
        "name": "outsourcer", "model": "bpo_per_contact",
        "channels": {"*": {"price_per_contact": {"value": 3.1, "source": "contract"},
                           "other_cost": {"value": 0.2, "source": "contract"}}},
    }],
}  # fmt: skip
NAMES = {"t-a": "Refund is late", "t-b": "Where is my parcel"}


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Path:
    """The story after the stages episodes and cost, with probabilities set by hand."""
    path = tmp_path_factory.mktemp("explain") / "weekly.db"
    run = context(COSTS)
    given = frames(CONTACTS, TOPICS, TEXTS)
    given |= {"topics": given["topics"].assign(name=given["topics"]["topic_id"].map(NAMES))}
    found = given | find_episodes(given, run).frames
    repeats, parts = found["repeats"], found["episode_contacts"]
    is_soft = (repeats["contact_id"] == "s:2") & (repeats["scope"] == "same_topic")
    for column, value in (("repeat_probability", 0.886), ("repeat_hazard", 0.031), ("background_rate", 0.004)):
        repeats.loc[is_soft, column] = value
    parts.loc[parts["contact_id"] == "s:2", "repeat_probability"] = 0.886 * parts["is_repeat"]
    parts.loc[parts["contact_id"] == "s:10", "repeat_probability"] = 0.996
    found["label_agreements"].loc[found["label_agreements"]["topic_id"] == "t-a", "found_share"] = 0.8
    found["contact_costs"] = price_contacts(found["contacts"], run, parts=parts).contact_costs
    found["ledger_lines"] = ledger_lines(found, found["contact_costs"], run)
    settings = {"window_days": 7.0}
    row = {c.name: None for c in tables.Run.columns} | {
        "run_id": "r1", "pipeline": "weekly", "status": "complete", "started_at": "2026-06-01T00:00:00Z", "seed": 1,
        "settings": json.dumps(settings), "versions": "{}", "inputs": "{}", "currency": "EUR",
    }  # fmt: skip
    found["runs"] = tables.Run.frame([row])
    with Store(path, [tables.LedgerLine]) as store:
        store.db.conn.execute("PRAGMA foreign_keys = OFF")
        for name, frame in found.items():
            if name in store.tables:
                store._insert(store.tables[name], frame)
        store.db.conn.commit()
    return path


def said(database: Path, contact_id: str) -> list[str]:
    return explain.explain(database, contact_id)["says"]


PRICE = ("Handle time not known; priced as 'outsourcer'. Full cost EUR 3.30; avoidable EUR 3.30, of which EUR 3.30 is cash "
         "and EUR 0.00 staff time.")  # fmt: skip


def test_a_repeat_with_its_rates_its_weight_and_a_part_that_is_none(database):
    assert said(database, "s:2") == [
        "s:2 'Where is my refund?', email, 9 May 2026, by Customer ann",
        "",
        "About 'Refund is late' (75% of it): counts as a repeat, probability 89%.",
        "s:1 had ended 6 days before, within the window of 7 days.",
        "Such contacts come back at 3.1% a day after this pause; this customer writes about it at 0.4% a day anyway: "
        "89% that it is no coincidence.",
        "Charged to 'Refund is late', the topic of s:1, which it goes back to.",
        "It stands for 0.83 repeats, EUR 2.74 of avoidable and EUR 2.74 of full cost: labels let 20% of the repeats about it "
        "go unseen, which is counted in.",
        "",
        "About 'Where is my parcel' (25% of it): no repeat.",
        "The customer had not written about it in the 30 days before.",
        "",
        PRICE,
    ]


def test_first_contacts(database):
    assert said(database, "s:1") == [
        "s:1 'Refund late [31m', email, 1 May 2026, by Customer ann",
        "",
        "About 'Refund is late': no repeat.",
        "The customer had not written about it in the 30 days before.",
        "",
        PRICE,
    ]
    assert said(database, "s:3")[2:4] == [
        "About 'Refund is late': no repeat.",
        "s:2 about it had ended 11 days before: longer than the window of 7 days.",
    ]
    assert said(database, "s:7")[0] == "s:7, email, 2 May 2026, by somebody the source does not name"
    assert said(database, "s:7")[3] == "Nobody knows who made it, so it repeats nothing that is known."


def test_double_posts_links_and_contacts_while_one_is_open(database):
    assert said(database, "s:4")[2:5] == [
        "About 'Refund is late': a double post, no repeat.",
        "The same words or subject as s:3 shortly before: it belongs to that contact.",
        "",
    ]
    assert said(database, "s:6")[2:] == [
        "About 'Refund is late': a repeat for certain.",
        "The source itself says that it follows s:5; s:5 had ended 24 days before.",
        "Charged to 'Refund is late', the topic of s:5, which it goes back to; its own words are about "
        "'Where is my parcel'.",
        "It stands for 1.00 repeats, EUR 3.30 of avoidable and EUR 3.30 of full cost.",
        "",
        PRICE.replace("Handle time not known", "Handled in 8.0 minutes (measured)"),
    ]
    assert said(database, "s:10")[2:4] == [
        "About 'Where is my parcel': counts as a repeat, probability over 99%.",
        "s:9 or one before that was not yet solved when it came, within the window of 7 days.",
    ]


def test_without_topic_and_excluded(database):
    assert said(database, "s:11")[2:4] == [
        "About no topic: its texts fit none.",
        "No repeat about a topic. About anything: s:10 or one before that was not yet solved when it came.",
    ]
    assert said(database, "s:8") == [
        "s:8, email, 2 May 2026, by Customer cy",
        "It takes no part in repeats and cost: it was merged into another contact (s:9).",
    ]
    assert said(database, "t:11")[1] == "It takes no part in repeats and cost: it was written by a machine."


# ---------------------------------------------------------------- which contact, which database


@pytest.mark.parametrize("wanted", ["s:2", "2", " 2 "])
def test_ids_with_and_without_the_source(database, wanted):
    assert explain.explain(database, wanted)["contact_id"] == "s:2"


def run(*arguments: object):
    return CliRunner().invoke(cli, ["explain", *map(str, arguments)], prog_name="voc")


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("11", "Error: 2 sources have a contact '11'.\nSay which: s:11, t:11.\n"),
        ("s:12", "Error: There is no contact 's:12' in weekly.db.\nDid you mean 's:2'?\n"),
        ("zzzz", "Error: There is no contact 'zzzz' in weekly.db.\nIds look like 's:1'.\n"),
    ],
)
def test_unknown_ids(database, monkeypatch, wanted, says):
    monkeypatch.chdir(database.parent)
    found = run(wanted)
    assert (found.exit_code, found.output[: len(says)]) == (1, says)


def test_the_command_finds_the_only_database_of_the_folder(database, monkeypatch):
    monkeypatch.chdir(database.parent)
    found = run("1")
    assert (found.exit_code, found.output) == (0, "\n".join(said(database, "s:1")) + "\n")
    assert json.loads(run("1", "--json").output) == json.loads(json.dumps(explain.explain(database, "s:1")))


def test_which_database(tmp_path, monkeypatch, database):
    monkeypatch.chdir(tmp_path)
    fix = "Name it, or its pipeline file: --database FILE.\n"
    assert run("1").output == f"Error: Which database?\nThere is none in this folder. {fix}"
    for name in ("a.db", "b.db"):
        (tmp_path / name).touch()
    assert run("1").output == f"Error: Which database?\nHere are: a.db, b.db. {fix}"
    (tmp_path / "w.yml").write_text(f"name: w\ndatabase: {database}\nsources:\n  - {{kind: table, path: a.csv}}\n")
    assert run("1", "--database", "w.yml").output.startswith("s:1 'Refund late")


def test_databases_without_contacts_or_runs(tmp_path):
    with Store(tmp_path / "empty.db", [tables.LedgerLine]):
        pass
    found = run("1", "--database", tmp_path / "empty.db")
    assert found.output == (
        f"Error: {tmp_path / 'empty.db'} holds no contacts.\nRun the pipeline first: voc run PIPELINE.yml\n"
    )
    with Store(tmp_path / "empty.db", [tables.LedgerLine]) as store:
        store._insert(tables.Contact, tables.Contact.frame([contact("s:1", None, "01 09:00")]))
        store.db.conn.commit()
    found = run("1", "--database", tmp_path / "empty.db")
    assert found.output == (
        f"Error: {tmp_path / 'empty.db'} holds no complete run with contacts.\n"
        "Finish one first: voc run PIPELINE.yml\n"
    )


def test_a_database_of_an_older_version(tmp_path):
    with Store(tmp_path / "old.db", [tables.LedgerLine]) as store:
        store._insert(tables.Contact, tables.Contact.frame([contact("s:1", None, "01 09:00")]))
        store.db.conn.execute("ALTER TABLE repeats DROP COLUMN repeat_hazard")
        store.db.conn.commit()
    found = run("1", "--database", tmp_path / "old.db")
    assert found.output == (
        f"Error: {tmp_path / 'old.db'} was written by an earlier version, which did not estimate coincidences.\n"
        "Run the pipeline again.\n"
    )


def test_every_reason_to_be_left_out_has_words():
    assert set(explain.WHY_EXCLUDED) == set(tables.WHY_CONTACT_EXCLUDED)
