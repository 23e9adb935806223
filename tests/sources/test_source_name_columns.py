"""Names of people in survey tables and conversations of Genesys: which columns hold them, and that redaction learns of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import written

from voc import registry
from voc.records import ContactRecord, DetailRecord, PersonRecord, ResponseRecord
from voc.sources._name_columns import name_columns, names_in
from voc.text.redact import redact


@pytest.mark.parametrize("columns, groups", [
    (["RecipientLastName", "RecipientFirstName"], (("RecipientFirstName", "RecipientLastName"),)),
    (["recipient_first_name", "recipient_last_name"], (("recipient_first_name", "recipient_last_name"),)),
    (["Contact - First Name", "Contact - Last Name"], (("Contact - First Name", "Contact - Last Name"),)),
    (["First Name:Your details", "Last Name:Your details"], (("First Name:Your details", "Last Name:Your details"),)),
    (["First Name", "Last Name", "Agent First Name", "Agent Last Name"], (("First Name", "Last Name"), ("Agent First Name", "Agent Last Name"))),
    (["Name", "First Name"], (("First Name",), ("Name",))),
    (["Nombre", "Apellidos"], (("Nombre", "Apellidos"),)),
    (["What is your full name?", "Your name (optional)"], (("What is your full name?",), ("Your name (optional)",))),
    (["Wie ist Ihr Name?", "Votre prénom", "Voornaam"], (("Votre prénom",), ("Voornaam",), ("Wie ist Ihr Name?",))),
    (["hidden.name", "person_properties.Name", "customer.displayName", "Agent Name"], (("hidden.name",), ("person_properties.Name",), ("customer.displayName",), ("Agent Name",))),
])  # fmt: skip
def test_columns_of_names(columns, groups):
    assert name_columns(columns) == groups


@pytest.mark.parametrize(
    "column",
    ["Company Name", "Product name", "Username", "Link Name", "Survey.Name", "Name of the product", "What is your name and why did you call?", "Contact ID", "Agent", "First", ""],
)
def test_columns_of_other_things(column):
    assert name_columns([column]) == ()


def test_the_wording_of_a_question_counts():
    assert name_columns(["QID5_TEXT"], {"QID5_TEXT": "What is your name?"}.get) == (("QID5_TEXT",),)


@pytest.mark.parametrize("cells, names", [
    ({"f": "Dalbir", "l": "Tripathi"}, ("Dalbir Tripathi",)),
    ({"f": "Dalbir", "l": ""}, ("Dalbir",)),
    ({"f": "n/a", "l": "unknown"}, ()),
    ({"f": "dalbir@example.com", "l": ""}, ()),
    ({"f": "Caller 2403", "l": ""}, ()),
    ({"f": "Support", "l": "Team"}, ()),
    ({"f": "I would rather not tell you", "l": ""}, ()),
])  # fmt: skip
def test_names_in_a_row(cells, names):
    assert names_in(cells, (("f", "l"),)) == names


@given(st.dictionaries(st.text(max_size=30) | st.sampled_from(["Name", "First Name", "Surname", "x.name"]), st.text(max_size=20), max_size=6))
def test_any_row_gives_names_or_none(cells):
    groups = name_columns(cells)
    assert {column for group in groups for column in group} <= cells.keys()
    assert len({column for group in groups for column in group}) == sum(map(len, groups))
    assert all(name.split() and "@" not in name for name in names_in(cells, groups))


# ---------------------------------------------------------------- source by source

SAID = "Dalbir here, Tripathi is my family's name, and Kimura was of no use to me"
QUALTRICS = (
    "ResponseId,RecordedDate,Status,Finished,RecipientFirstName,RecipientLastName,Q1\n"
    "Response ID,Recorded Date,Response Type,Finished,Recipient First Name,Recipient Last Name,Why?\n"
    '"{""ImportId"":""_recordId""}","{""ImportId"":""recordedDate"",""timeZone"":""UTC""}","{""ImportId"":""status""}",'
    '"{""ImportId"":""finished""}","{""ImportId"":""recipientFirstName""}","{""ImportId"":""recipientLastName""}","{""ImportId"":""QID1_TEXT""}"\n'
    f'R_1,2026-03-02 09:00:00,IP Address,True,Dalbir,Tripathi,"{SAID}"\n'
)
FILES = {
    "qualtrics": ("q.csv", QUALTRICS),
    "surveymonkey": ("s.csv", "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,Why?\n"
                     f',,,,,,,,,Open-Ended Response\n7,1,03/02/2026 09:00:00 AM,03/02/2026 09:05:00 AM,,,Dalbir,Tripathi,,"{SAID}"\n'),
    "typeform": ("t.csv", f'#,What is your first name?,Last name,Why did you call us?,Start Date (UTC),Submit Date (UTC),Network ID\na1,Dalbir,Tripathi,"{SAID}",2026-03-02 09:00:00,2026-03-02 09:01:00,n\n'),
    "alchemer": ("a.csv", f'Response ID,Time Started,Date Submitted,Status,First Name:Who are you?,Last Name:Who are you?,Comments:Why?\n1,2026-03-02 09:00:00,2026-03-02 09:05:00,Complete,Dalbir,Tripathi,"{SAID}"\n'),
    "google_forms": ("g.csv", f'Timestamp,Your first name,Your last name,Why did you call us today?\n2026/03/02 9:00:00 AM GMT,Dalbir,Tripathi,"{SAID}"\n'),
    "delighted": ("d.csv", f'ID,Person ID,Survey Type,Score,Comment,Created At,Person Email,Name,Permalink\n1,2,nps,3,"{SAID}",2026-03-02 09:00:00,,Dalbir Tripathi,x\n'),
}  # fmt: skip
OPTIONS = {"typeform": {"texts": ["Why did you call us?"]}, "google_forms": {"texts": ["Why did you call us today?"]}, "alchemer": {"texts": ["Comments:Why?"]}, "surveymonkey": {"date_format": "month_first"}}


@pytest.mark.parametrize("kind", FILES)
def test_who_answered_is_taken_out_of_the_answers(kind, tmp_path):
    plugin = registry.get("sources", kind)
    name, text = FILES[kind]
    (response,) = plugin.read(written(tmp_path / name, text), plugin.Options(**OPTIONS.get(kind, {})))
    assert isinstance(response, ResponseRecord), response
    assert response.people == ("Dalbir Tripathi",)
    assert redact(response.answers[0].text, people=response.people, names="off").text.startswith("[name] here, [name] is my family's name, and Kimura")


def test_a_contact_of_a_surveymonkey_list(tmp_path):
    contact = {"first_name": {"type": "string", "value": "Dalbir"}, "last_name": {"type": "string", "value": "Tripathi"}}
    answer = {"id": "11", "subtype": "essay", "answers": [{"text": SAID}]}
    response = {"id": "1", "response_status": "completed", "collector_id": "2", "date_modified": "2026-03-02T09:00:00+00:00", "metadata": {"contact": contact}, "pages": [{"questions": [answer]}]}
    plugin = registry.get("sources", "surveymonkey")
    (found,) = plugin.read(written(tmp_path / "s.json", json.dumps({"data": [response]})), plugin.Options())
    assert (found.people, [answer.text for answer in found.answers]) == (("Dalbir Tripathi",), [SAID])


def test_hidden_fields_of_typeform(tmp_path):
    answers = [{"type": "text", "text": SAID, "field": {"id": "f1", "ref": "why", "type": "long_text"}}]
    response = {"token": "a", "landed_at": "2026-03-02T09:00:00Z", "submitted_at": "2026-03-02T09:01:00Z", "hidden": {"name": "Dalbir Tripathi"}, "answers": answers}
    plugin = registry.get("sources", "typeform")
    (found,) = plugin.read(written(tmp_path / "t.json", json.dumps({"items": [response]})), plugin.Options())
    assert found.people == ("Dalbir Tripathi",)


def test_a_person_of_delighted(tmp_path):
    response = {"id": "1", "person": {"id": "2", "name": "Dalbir Tripathi"}, "survey_type": "nps", "score": 3, "comment": SAID, "created_at": 1772442000, "permalink": "x"}
    plugin = registry.get("sources", "delighted")
    (found,) = plugin.read(written(tmp_path / "d.json", json.dumps([response])), plugin.Options())
    assert found.people == ("Dalbir Tripathi",)


def test_contacts_of_qualtrics_directory(tmp_path):
    path = written(tmp_path / "c.csv", "id,directory_id,ext_ref,email,first_name,last_name,_fivetran_synced\nc1,d1,,a@example.com,Dalbir,Tripathi,2026-03-02\n")
    plugin = registry.get("sources", "qualtrics")
    (person,) = plugin.read(path, plugin.Options())
    assert person == PersonRecord(line=2, identifiers=(("id", "c1"), ("email", "a@example.com")))
    assert person.people == ("Dalbir Tripathi",)


PARTICIPANTS = [
    {"purpose": "customer", "participantName": "Dalbir Tripathi", "attributes": {"Customer.FirstName": "Dal", "Customer.LastName": "Trip", "queue": "Billing Desk"}},
    {"purpose": "acd", "participantName": "Billing Desk"},
    {"purpose": "agent", "participantName": "Rohit Kimura"},
    {"purpose": "customer", "participantName": "Mobile Caller 15"},
]  # fmt: skip


def test_customers_and_agents_of_genesys(tmp_path):
    plugin = registry.get("sources", "genesys")
    details = {"conversationId": "7", "conversationStart": "2026-03-02T09:00:00Z", "participants": PARTICIPANTS}
    attributes = {"id": "7", "startTime": "2026-03-02T09:00:00Z", "participants": [{**one, "name": one["participantName"]} for one in PARTICIPANTS]}
    (contact,) = plugin.read(written(tmp_path / "d.json", json.dumps([details])), plugin.Options())
    (detail,) = plugin.read(written(tmp_path / "a.json", json.dumps([attributes])), plugin.Options())
    assert isinstance(contact, ContactRecord) and isinstance(detail, DetailRecord)
    assert contact.people == detail.fields["people"] == ("Dalbir Tripathi", "Rohit Kimura", "Dal Trip")
