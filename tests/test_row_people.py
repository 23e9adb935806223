"""Rows that were set aside are found again by what is hidden in them, so that erasing a person reaches them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from voc.config import IdentityRules
from voc.identity import identifier_hashes
from voc.stages.row_people import hashes_in, named_values

KEY = b"k" * 32


def hashes_of(kind: str, value: str) -> set[str]:
    return set(identifier_hashes([(kind, value)], source="desk", rules=IdentityRules(), key=KEY))


def test_ids_under_keys_that_name_a_person():
    raw = {"Customer": "cust-17", "requester": {"id": "ann-b", "tags": "x"}, "agents": ["kim-lee", 7, None], "text": "plain words", "Name": "y" * 101}
    assert list(named_values(json.dumps(raw))) == ["cust-17", "kim-lee"]  # a key inside says for itself what it holds
    found = set(hashes_in(json.dumps(raw), "desk", IdentityRules(), KEY))
    assert hashes_of("id", "cust-17") <= found and hashes_of("external", "cust-17") <= found
    assert found.isdisjoint(hashes_of("id", "plain words"))


def test_lines_of_a_csv_have_no_keys():
    assert list(named_values("cust-17,Dalbir")) == []
    assert list(named_values("17")) == list(named_values('"customer"')) == []


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=6) | st.integers(), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["name", "customer", "x"]), inner, max_size=3), max_leaves=8))  # fmt: skip
def test_any_json_gives_values_of_its_own(value):
    raw = json.dumps(value)
    assert all(json.dumps(found)[1:-1] in raw for found in named_values(raw))
