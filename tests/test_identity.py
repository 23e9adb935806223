"""Identifiers are compared in one form, name nobody when they are placeholders, and join rows into people."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.config import IdentityRules
from voc.identity import account_hash, identifier_hashes, join_customers, shared_phones

KEY = b"k" * 32


def hashes(*identifiers, source="s", key=KEY, **rules):
    return identifier_hashes(identifiers, source=source, rules=IdentityRules(**rules), key=key)


@pytest.mark.parametrize(
    ("one", "other", "rules"),
    [
        (("email", " Ann@Example.com"), ("email", "ann@example.com"), {}),
        (("email", "<ann@example.com.>"), ("email", "ann@example.com"), {}),
        (("email", "ann@b\u00fccher.de"), ("email", "ann@xn--bcher-kva.de"), {}),
        (("phone", "+1 (303) 555-0100"), ("phone", "+13035550100"), {}),
        (("phone", "0049 170 1234567"), ("phone", "+49 (170) 1234567"), {}),
        (("phone", "0170 1234567"), ("phone", "+49 170 1234567"), {"phone_region": "DE"}),
        (("external", "CRM-7"), ("external", "crm-7"), {}),
        (("handle", "X:Ann"), ("handle", "x:ann"), {}),
        (("email", "ann+shop@example.com"), ("email", "ann@example.com"), {"fold_plus_tags": True}),
        (("email", "a.nn@googlemail.com"), ("email", "ann@gmail.com"), {"fold_gmail_dots": True}),
    ],
)
def test_equal_in_another_spelling(one, other, rules):
    assert hashes(one, **rules) == hashes(other, **rules) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("email", "ann+shop@example.com"), ("email", "ann@example.com")),
        (("email", "a.nn@gmail.com"), ("email", "ann@gmail.com")),
        (("phone", "0170 1234567"), ("phone", "+49 170 1234567")),
    ],
)
def test_folding_is_off_unless_asked_for(one, other):
    assert hashes(one) != hashes(other)


@pytest.mark.parametrize(
    ("identifier", "rules"),
    [
        (("email", "info@example.com"), {}), (("email", "nobody"), {}), (("phone", "123"), {}), (("id", "n/a"), {}),
        (("id", " "), {}), (("external", "Unknown"), {}), (("phone", "Withheld"), {}),
        (("email", "desk@example.com"), {"shared_mailboxes": ["desk"]}),
        (("email", "desk@example.com"), {"shared_mailboxes": ["Desk@Example.com"]}),
        (("email", "ann@relay.example"), {"ignored_domains": ["@relay.example"]}),
        (("phone", "030 1234567"), {"phone_region": "DE", "company_numbers": ["+49 30 1234567"]}),
    ],
)  # fmt: skip
def test_placeholders_and_shared_addresses_name_nobody(identifier, rules):
    assert hashes(identifier, **rules) == []


def test_a_vendors_id_is_its_sources_own():
    assert hashes(("id", "7"), source="a") != hashes(("id", "7"), source="b")
    assert hashes(("external", "7"), source="a") == hashes(("external", "7"), source="b")


def test_hashes_say_their_kind_strongest_first_and_need_the_key():
    found = hashes(("phone", "+13035550100"), ("email", "ann@example.com"), ("id", "7"))
    assert [one.partition(":")[0] for one in found] == ["id", "email", "phone"]
    assert hashes(("email", "ann@example.com"), key=b"other") != hashes(("email", "ann@example.com"))
    assert "ann" not in " ".join(found)


def test_the_account_is_the_organisation_else_the_mail_domain_that_is_no_free_mail():
    def account(*identifiers, organisation=None):
        return account_hash(identifiers, organisation, rules=IdentityRules(ignored_domains=["own.example"]), key=KEY)

    assert account(organisation=" Firm  Ltd") == account(("email", "a@x.example"), organisation="firm ltd")
    assert account(("email", "a@x.example")) == account(("email", "b@X.example"))
    assert None not in (account(organisation="Firm"), account(("email", "a@x.example")))
    assert account(("email", "a@gmail.com")) is account(("email", "a@own.example")) is account(("id", "7")) is None


def rows(*found) -> pd.DataFrame:
    """(row id, time, identifiers, account) each."""
    return pd.DataFrame(
        [(i, at, json.dumps(ids), account) for i, at, ids, account in found], columns=["row_id", "at", "identifiers", "account"]
    )


def groups(frame: pd.DataFrame, **rules) -> set[frozenset]:
    found = join_customers(frame, IdentityRules(**rules)).of_row
    return {frozenset(frame["row_id"][found == one]) for one in set(found) - {None}}


@given(st.lists(st.lists(st.integers(0, 9), max_size=3, unique=True), max_size=8), st.randoms())
def test_people_do_not_depend_on_the_order_of_rows(found, random):
    frame = rows(*((f"r{i}", f"{i % 3}", [f"id:{n}" for n in ids], None) for i, ids in enumerate(found)))
    order = list(range(len(frame)))
    random.shuffle(order)
    one = dict(zip(frame["row_id"], join_customers(frame, IdentityRules()).of_row, strict=True))
    other = frame.iloc[order].reset_index(drop=True)
    assert one == dict(zip(other["row_id"], join_customers(other, IdentityRules()).of_row, strict=True))
    for i, ids in enumerate(found):
        assert (one[f"r{i}"] is None) == (not ids)
        assert all(one[f"r{i}"] == one[f"r{j}"] for j, others in enumerate(found) if set(ids) & set(others))


def test_a_phone_of_several_people_joins_none_of_them():
    frame = rows(
        ("s:1", "2026-01-01", ["email:ann", "phone:desk"], None), ("s:2", "2026-01-02", ["id:7", "email:bob", "phone:desk"], None),
        ("s:3", "2026-01-03", ["id:7", "phone:desk"], None),  # Bob by his id
        ("c:1", "2026-01-04", ["phone:desk"], None), ("c:2", "2026-01-05", ["phone:desk"], None),  # whoever calls from there
        ("s:4", "2026-01-06", ["email:eve", "phone:own"], None), ("c:3", "2026-01-07", ["phone:own"], None),
        ("t:1", "2026-01-08", ["id:1", "phone:chat"], None), ("t:2", "2026-01-09", ["id:2", "phone:chat"], None),  # a new id for every chat
        ("s:5", "2026-01-10", ["email:kim", "id:9", "phone:kim"], None), ("s:6", "2026-01-11", ["email:kim2", "id:9", "phone:kim"], None),
    )  # fmt: skip
    assert groups(frame) == {
        frozenset({"s:1"}), frozenset({"s:2", "s:3"}), frozenset({"c:1", "c:2"}), frozenset({"s:4", "c:3"}), frozenset({"t:1", "t:2"}), frozenset({"s:5", "s:6"}),
    }  # fmt: skip
    assert join_customers(frame, IdentityRules()).shares["phones_of_several"] == 1
    lists = [json.loads(text) for text in frame["identifiers"]]
    assert shared_phones(lists) == {"phone:desk"}


def test_a_row_that_knows_shared_phones_alone_keeps_them():
    frame = rows(
        ("s:1", "2026-01-01", ["email:a", "phone:x", "phone:y"], None), ("s:2", "2026-01-02", ["email:b", "phone:x", "phone:y"], None),
        ("c:1", "2026-01-03", ["phone:x", "phone:y"], None), ("c:2", "2026-01-04", ["phone:y"], None),
    )  # fmt: skip
    assert groups(frame) == {frozenset({"s:1"}), frozenset({"s:2"}), frozenset({"c:1", "c:2"})}


def test_an_id_comes_from_the_earliest_row_and_not_from_the_key():
    early = rows(("s:1", "2026-01-01", ["id:a"], None), ("s:2", "2026-02-01", ["id:a", "email:x"], None))
    again = rows(("s:1", "2026-01-01", ["id:other"], None), ("s:3", "2026-03-01", ["id:other"], None))
    assert join_customers(early, IdentityRules()).of_row[0] == join_customers(again, IdentityRules()).of_row[1]


def shared(count: int) -> pd.DataFrame:
    """People with ids of their own who all wrote from one address."""
    return rows(*((f"s:{i:02}", f"2026-01-{i + 1:02}", [f"id:{i // 2}", "email:shared"], None) for i in range(count)))


def test_a_cluster_too_large_for_a_person_is_taken_apart_and_listed():
    frame = shared(8)
    found = join_customers(frame, IdentityRules(max_identifiers=4))
    assert groups(frame, max_identifiers=4) == {frozenset({f"s:{i:02}", f"s:{i + 1:02}"}) for i in (0, 2, 4, 6)}
    (review,) = found.reviews.to_dict("records")
    assert (review["identifier_count"], review["row_count"], review["widest"], review["is_joined"]) == (5, 8, "email:shared", False)
    assert json.loads(review["kinds"]) == {"email": 1, "id": 4}
    assert found.shares == {"rows_with_customer": 1.0, "identifiers_a_customer": 2.0, "most_identifiers": 2, "clusters_to_review": 1, "phones_of_several": 0}


def test_a_cluster_below_the_limit_or_accepted_is_one_customer():
    frame = shared(8)
    review_id = join_customers(frame, IdentityRules(max_identifiers=4)).reviews["review_id"][0]
    assert len(groups(frame, max_identifiers=5)) == 1
    assert len(groups(frame, max_identifiers=4, accept=[review_id])) == 1
    assert join_customers(frame, IdentityRules(max_identifiers=4, accept=[review_id])).reviews["is_joined"].all()


def test_at_the_level_of_accounts_colleagues_are_one_customer():
    frame = rows(
        ("s:1", "2026-01-01", ["id:a"], "domain:x"), ("s:2", "2026-01-02", ["id:b"], "domain:x"),
        ("s:3", "2026-01-03", ["id:a"], None),  # no account of its own: that of the person
        ("s:4", "2026-01-04", ["id:c"], None), ("s:5", "2026-01-05", [], None), ("s:6", "2026-01-06", [], "domain:x"),
    )  # fmt: skip
    assert groups(frame) == {frozenset({"s:1", "s:3"}), frozenset({"s:2"}), frozenset({"s:4"})}
    assert groups(frame, level="account") == {frozenset({"s:1", "s:2", "s:3", "s:6"}), frozenset({"s:4"})}


def test_no_rows_no_customers():
    found = join_customers(rows(), IdentityRules())
    assert list(found.of_row) == []
    assert found.shares["rows_with_customer"] is None
    assert np.array_equal(found.reviews.columns, ["review_id", "identifier_count", "row_count", "kinds", "widest", "is_joined"])
