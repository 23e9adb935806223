"""Names that stand in a row are told to redaction, and are no part of what the row says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import written

from voc import registry
from voc.records import ContactRecord
from voc.sources._people import MOST, people_in

OBJECTS = {
    "zendesk": {"id": 1, "created_at": "2026-01-02T00:00:00Z", "requester_id": 7, "via": {"channel": "email"}, "description": "Help",
                "requester": {"id": 7, "name": "Dalbir Tripathi"}},
    "freshdesk": {"id": 1, "created_at": "2026-01-02T00:00:00Z", "description_text": "Help", "requester_id": 7, "responder_id": 3,
                  "status": 2, "source": 1, "subject": "x", "requester": {"id": 7, "name": "Dalbir Tripathi"}},
    "salesforce": {"records": [{"attributes": {"type": "Case"}, "Id": "500000000000001AAA", "CreatedDate": "2026-01-02T00:00:00.000+0000", "Subject": "x",
                                "Description": "Help", "CaseNumber": "1", "Contact": {"Name": "Dalbir Tripathi"}}]},
}  # fmt: skip


@pytest.mark.parametrize("kind", OBJECTS)
def test_the_customers_name_is_known_from_the_row(kind, tmp_path):
    plugin = registry.get("sources", kind)
    path = written(tmp_path / "a.json", json.dumps(OBJECTS[kind]))
    (contact,) = [one for one in plugin.read(path, plugin.Options()) if isinstance(one, ContactRecord)]
    assert contact.people == ("Dalbir Tripathi",)


def test_a_table_names_its_columns_of_names(tmp_path):
    table = registry.get("sources", "table")
    path = written(tmp_path / "a.csv", "id,when,text,who,agent\n1,2026-01-02,Help,Dalbir Tripathi,Kim Lee\n")
    columns = {"id": "id", "opened_at": "when", "text": "text", "customer_name": "who", "agent_name": "agent"}
    (contact,) = table.read(path, table.Options(columns=columns))
    assert contact.people == ("Dalbir Tripathi", "Kim Lee")


@pytest.mark.parametrize("data, found", [
    ({"requester": {"name": "Ann Lee"}, "group": {"name": "First Line"}}, ("Ann Lee",)),
    ({"contact": {"firstname": "Ann", "lastname": "Lee"}}, ("Ann Lee",)),
    ({"assignee": {"name": "Support Team"}}, ()),
    ({"requester": {"name": "ann@example.com"}}, ()),
    ({"requester": {"name": "Caller 2403"}}, ()),
    ({"name": "Cannot log in"}, ()),
    ({"conversationparts": {"conversationparts": [{"author": {"name": "Kim Lee"}}]}}, ("Kim Lee",)),
])  # fmt: skip
def test_who_is_a_person(data, found):
    assert people_in(data) == found


@given(st.recursive(st.none() | st.text(max_size=5) | st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["requester", "name", "contacts", "comments", "author", "firstname", "x"]), inner, max_size=3), max_leaves=12))  # fmt: skip
def test_any_object_gives_names_or_none(value):
    found = people_in(value if isinstance(value, dict) else {"requester": value})
    assert len(found) <= MOST and all(isinstance(name, str) and " " in name for name in found)
