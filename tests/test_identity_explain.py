"""Who is meant, how a customer came to be, and which clusters wait for a decision."""

import json
from pathlib import Path

import pytest
from test_ingest import HEADER, PIPELINE

from voc import flow, forget, identity_explain, persons
from voc.context import Chunks
from voc.errors import VocError
from voc.store import Store

ROWS = (
    "1,2026-05-01,,a,u1,ann@example.com,\n"  # one person over three steps
    "2,2026-05-02,,b,,ann@example.com,\n"
    "3,2026-05-03,,c,u3,ann@example.com,\n"
    "4,2026-05-04,,d,u4,,\n"  # somebody else
    "5,2026-05-05,,e,b1,desk@shared.example,\n"  # colleagues behind one address
    "6,2026-05-06,,f,b2,desk@shared.example,\n"
    "7,2026-05-07,,g,b3,desk@shared.example,\n"
    "9,2026-05-09,,i,b4,desk@shared.example,\n"
    "8,no date,,h,u9,only.rejected@example.com,\n"
)


def written(folder: Path, text: str = ROWS, more: str = "identity: {max_identifiers: 3}\n") -> Path:
    """A database as the stage ingest of a run leaves it."""
    (folder / "a.csv").write_text(HEADER + text, encoding="utf-8")
    pipeline = folder / "p.yml"
    pipeline.write_text(PIPELINE.format(share=1.0, path="a.csv") + more, encoding="utf-8")
    context = flow.check(pipeline)
    database = flow.database_path(context)
    with Store(database, flow.report_tables()) as store:
        context = flow.replace(context, run_id=flow._run_id(context), key=flow._key(store, database, 0))
        store.start_run(flow._run_row(context))
        stage = flow.flow()[0]
        result = stage.run({t.name: store.read(t.name, t.names) for t in stage.reads}, context)
        row = {"run_id": context.run_id, "stage": "ingest", "position": 1, "rows_in": "{}", "rows_out": "{}", "notes": "{}", "seconds": 0.0}
        store.write_stage(result.frames, row, (), result.patches)
        store.finish_run(context.run_id, "complete", None)
        assert isinstance(result.frames["contacts"], Chunks)
    return database


@pytest.fixture
def database(tmp_path) -> Path:
    return written(tmp_path)


def customers(database: Path) -> dict[str, str]:
    with Store(database, is_read_only=True) as store:
        return {row["contact_id"]: row["customer_id"] for row in store.rows("SELECT contact_id, customer_id FROM contacts")}


# ---------------------------------------------------------------- who is meant


@pytest.mark.parametrize("wanted", ["ann@example.com", " ANN@Example.com ", "u1", "u3", "help:u1"])
def test_an_identifier_is_compared_as_ingest_does(database, wanted):
    with Store(database, is_read_only=True) as store:
        assert persons.find_person(store, wanted).customer_id == customers(database)["help:1"]


def test_an_id_its_beginning_and_the_shown_name_mean_the_same(database):
    full = customers(database)["help:4"]
    with Store(database, is_read_only=True) as store:
        for wanted in (full, full[:7], full[2:8], f"Customer {full[2:8]}"):
            assert persons.find_person(store, wanted).customer_id == full


def test_of_several_it_says_which(database):
    of = customers(database)
    with Store(database, is_read_only=True) as store, pytest.raises(VocError) as error:
        persons.find_person(store, "desk@shared.example")
    assert error.value.what == f"4 customers in {database} fit 'desk@shared.example'."
    assert sorted(error.value.fix.removeprefix("Say which: ").rstrip(".").split(", ")) == sorted({of[f"help:{n}"] for n in (5, 6, 7, 9)})


@pytest.mark.parametrize(("wanted", "fix"), [
    ("nobody@example.org", "Ids look like c-1a2b3c4d5e6f (table customers; 4 characters behind c- are enough); an identifier is compared as ingest does"),
    ("{near}", "Did you mean '{full}'?"),
])  # fmt: skip
def test_nobody_is_said_with_what_was_perhaps_meant(database, wanted, fix):
    full = customers(database)["help:4"]
    wanted, fix = wanted.format(near=full[:-1] + "x"), fix.format(full=full)
    with Store(database, is_read_only=True) as store, pytest.raises(VocError) as error:
        persons.find_person(store, wanted)
    assert error.value.what == f"No customer in {database} is or has '{wanted}'." and error.value.fix.startswith(fix)


def test_no_name_no_key_and_no_run_are_said(database, tmp_path):
    with Store(database, is_read_only=True) as store, pytest.raises(VocError, match="Which customer"):
        persons.find_person(store, " ")
    (tmp_path / "t.db.key").rename(tmp_path / "kept")
    with Store(database, is_read_only=True) as store, pytest.raises(VocError) as error:
        persons.find_person(store, "u1")
    assert error.value.what.startswith(f"{tmp_path / 't.db.key'} is missing") and error.value.fix == "Put it back beside the database."
    (tmp_path / "empty.db").touch()
    with Store(tmp_path / "empty.db", is_read_only=True) as store, pytest.raises(VocError, match="holds no customers"):
        persons.find_person(store, "u1")
    with pytest.raises(VocError, match="does not exist"):
        forget.forget(tmp_path / "typo.db", "u1")
    assert not (tmp_path / "typo.db").exists()


# ---------------------------------------------------------------- how it came to be


def test_rows_identifiers_and_the_ties_without_which_they_were_several(database):
    found = identity_explain.explain(database, "u1")
    mail, first, third = (f"{kind}:" for kind in ("email", "id", "id"))
    assert [(row["row_id"], row["kind"], row["source"], row["at"][:10]) for row in found["rows"]] == [
        ("help:1", "contact", "help", "2026-05-01"), ("help:2", "contact", "help", "2026-05-02"), ("help:3", "contact", "help", "2026-05-03"),
    ]  # fmt: skip
    assert [(one["identifier"].partition(":")[0] + ":", one["rows"], one["sources"], one["first_day"], one["last_day"])
            for one in found["identifiers"]] == [
        (mail, 3, ["help"], "2026-05-01", "2026-05-03"), *((kind, 1, ["help"], day, day) for kind, day in sorted(
            ((first, "2026-05-01"), (third, "2026-05-03")), key=lambda pair: [
                one["first_day"] for one in found["identifiers"][1:]].index(pair[1]))),
    ]  # fmt: skip
    (link,) = found["links"]
    assert link == {"identifier": found["identifiers"][0]["identifier"], "ties": ["help:1", "help:2", "help:3"]}
    hashed = link["identifier"].partition(":")[2]
    assert len(hashed) == 6 and f"  e-mail {hashed}… ties help:1, help:2 and help:3" in found["says"]
    assert found["reviews"] == [] and found["level"] == "person"


def test_one_row_needs_no_tie(database):
    found = identity_explain.explain(database, "u4")
    assert found["links"] == [] and "Every row has the same strongest identifier: nothing else had to join them." in found["says"]


def test_a_cluster_that_was_not_joined_is_said_and_listed(database):
    (review,) = identity_explain.reviews(database)
    found = identity_explain.explain(database, "b2")
    assert found["reviews"] == [review]
    assert found["says"][-1] == (
        f"Part of {review['review_id']}, a cluster of 5 identifiers: not joined, so rows count by their strongest identifier.")
    assert (review["identifier_count"], review["row_count"], review["kinds"], review["is_joined"]) == (5, 4, {"email": 1, "id": 4}, False)
    assert identity_explain.reviews_text([review])[-1] == f"identity:\n  accept: [{review['review_id']}]"
    assert identity_explain.reviews_text([]) == ["No cluster of identifiers is above the limit (identity.max_identifiers)."]


def test_an_accepted_cluster_is_one_customer(database, tmp_path):
    (review,) = identity_explain.reviews(database)
    other = tmp_path / "accepted"
    other.mkdir()
    accepted = written(other, more=f"identity: {{max_identifiers: 3, accept: [{review['review_id']}]}}\n")
    found = identity_explain.explain(accepted, "b2")
    assert [row["row_id"] for row in found["rows"]] == ["help:5", "help:6", "help:7", "help:9"]
    assert found["says"][-1] == f"Part of {review['review_id']}, a cluster of 5 identifiers: accepted as one customer."
    assert "; accepted: one customer" in identity_explain.reviews_text(identity_explain.reviews(accepted))[0]


def test_accounts_are_said(tmp_path):
    found = identity_explain.explain(written(tmp_path, more="identity: {level: account}\n"), "b2")
    assert [row["row_id"] for row in found["rows"]] == ["help:5", "help:6", "help:7", "help:9"]
    assert len(found["accounts"]) == 1 and found["says"][-1] == f"Account: {found['accounts'][0]} (customers are accounts here)"


# ---------------------------------------------------------------- erasing people who share something


def test_an_identifier_that_others_share_is_not_remembered(database):
    before = customers(database)
    said = forget.forget(database, "b2")
    assert "Identifiers that other customers' rows hold too stay usable: 1." in said
    again = written(database.parent)
    assert customers(again) == {row: customer for row, customer in before.items() if row != "help:6"}


def test_an_account_goes_as_a_whole(tmp_path):
    database = written(tmp_path, more="identity: {level: account}\n")
    assert "4 contacts, 4 verbatims" in forget.plan(database, "b1").lines[0]
    forget.forget(database, "b1")
    assert sorted(customers(database)) == ["help:1", "help:2", "help:3", "help:4"]


def test_somebody_known_from_rejects_alone_is_erased_and_not_explained(database):
    with pytest.raises(VocError, match="No contact or response in .* is theirs"):
        identity_explain.explain(database, "only.rejected@example.com")
    assert forget.plan(database, "only.rejected@example.com").lines == ("Somebody only rows that were set aside speak of: 1 rejects.",)
    forget.forget(database, "only.rejected@example.com")
    again = written(database.parent)
    with Store(again, is_read_only=True) as store:
        assert store.rows("SELECT line, reason, raw_row FROM rejects") == [
            {"line": 10, "reason": "its customer was erased (voc forget)", "raw_row": "{}"}]  # fmt: skip
    assert b"u9" not in json.dumps(customers(again)).encode()


def test_rows_of_others_that_point_at_an_erased_contact_point_nowhere(database):
    with Store(database) as store, store.db.atomic():
        store.db.conn.execute("UPDATE contacts SET follow_up_of = 'help:1', merged_into = 'help:3' WHERE contact_id = 'help:4'")
    forget.forget(database, "ann@example.com")
    with Store(database, is_read_only=True) as store:
        assert store.rows("SELECT follow_up_of, merged_into FROM contacts WHERE contact_id = 'help:4'") == [
            {"follow_up_of": None, "merged_into": None}]  # fmt: skip
