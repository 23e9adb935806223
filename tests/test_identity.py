"""Identifiers are compared in one form, name nobody when they are placeholders, and join rows into people."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.identity import customers_by_identifier, identifier_hashes


def hashes(*identifiers, source="s"):
    return json.loads(identifier_hashes(identifiers, source=source))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("email", " Ann@Example.com"), ("email", "ann@example.com")),
        (("phone", "+1 (303) 555-0100"), ("phone", "13035550100")),
        (("external", "CRM-7"), ("external", "crm-7")),
    ],
)
def test_equal_in_another_spelling(one, other):
    assert hashes(one) == hashes(other) != []


@pytest.mark.parametrize("identifier", [("email", "info@example.com"), ("email", "nobody"), ("phone", "123"),
                                        ("id", "n/a"), ("id", " "), ("external", "Unknown")])  # fmt: skip
def test_placeholders_name_nobody(identifier):
    assert hashes(identifier) == []


def test_a_vendors_id_is_its_sources_own():
    assert hashes(("id", "7"), source="a") != hashes(("id", "7"), source="b")
    assert hashes(("external", "7"), source="a") == hashes(("external", "7"), source="b")


@given(st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=8), st.randoms())
def test_people_do_not_depend_on_the_order_of_rows(rows, random):
    texts = [json.dumps([f"{n:02d}" for n in row]) for row in rows]
    shuffled = list(texts)
    random.shuffle(shuffled)
    found = customers_by_identifier(texts)
    assert found == customers_by_identifier(shuffled)
    for text in texts:
        assert len({found[item] for item in json.loads(text)}) <= 1
