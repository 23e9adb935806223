"""The table source: the column map, scores that run either way, and rows that cannot become records."""

from datetime import UTC, datetime

import pytest
from source_help import SAMPLES, error_of, option_error, table_options, written

from voc.errors import VocError
from voc.records import Answer, ContactRecord, RejectRecord, ResponseRecord
from voc.sources import table


def test_sample():
    columns = {
        "id": "id", "opened_at": "created", "subject": "title", "text": "content", "customer": "creator",
        "given_topic": "topic", "tags": "labels", "language": "locale",
    }  # fmt: skip
    options = table.Options(columns=columns, constants={"channel": "forum"}, timezone="Europe/Berlin")
    assert list(table.read(SAMPLES / "table.csv", options)) == [
        ContactRecord(
            line=2,
            contact_id="101",
            opened_at=datetime(2026, 3, 2, 8, 15, tzinfo=UTC),
            text="<p>My card was declined twice.</p>\n<p>The bank says it is fine.</p>",
            subject="Card declined",
            identifiers=(("id", "u1"),),
            channel="forum",
            given_topic="payments",
            language="en",
            tags=("card", "bank"),
        ),
        ContactRecord(
            line=4,
            contact_id="102",
            opened_at=datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
            text="Export hangs at 90 %",
            identifiers=(("id", "u2"),),
            channel="forum",
            given_topic="exports",
            language="en",
        ),
        RejectRecord(
            line=6,
            reason="'created' is '31/31/2026', not a date",
            raw="103,31/31/2026,Login,I cannot log in,access,login,u1,en",
        ),
        RejectRecord(
            line=7,
            reason="'id' is empty, so the row has no id",
            raw=",2026-03-03,Invoice,Where is my invoice?,billing,,u3,en",
        ),
        ContactRecord(
            line=8,
            contact_id="104",
            opened_at=datetime(2026, 3, 2, 23, 0, tzinfo=UTC),
            text="",
            subject="Invoice",
            channel="forum",
            given_topic="billing",
            language="de",
        ),
        RejectRecord(
            line=9,
            reason="the row has 5 fields, the header has 8",
            raw="105,2026-03-04 08:00,One field too few,text,billing",
        ),
        ContactRecord(
            line=10,
            contact_id="106",
            opened_at=datetime(2026, 3, 5, 6, 30, tzinfo=UTC),
            text='Refund "not" here',
            subject="Refund",
            identifiers=(("id", "u4"),),
            channel="forum",
            given_topic="billing",
            language="en",
            tags=("refund", "late"),
        ),
    ]


def test_every_contact_field(tmp_path):
    fields = [field for field in table.FIELDS["contacts"] if field != "handle_seconds"]
    cells = {
        "id": "1", "opened_at": "2026-03-01 10:00", "text": "Hello", "customer": "7", "customer_external": "crm",
        "email": "a@b.example", "phone": "0170", "closed_at": "2026-03-02", "updated_at": "2026-03-03",
        "annual_revenue": "1.234,5", "handle_minutes": "7,5", "public_reply_count": "2", "reopen_count": "0",
        "is_company_initiated": "yes", "tags": "a b",
    }  # fmt: skip
    row = "\t".join(cells.get(field, f"the {field}") for field in fields)
    path = written(tmp_path / "may.tsv", "\t".join(fields) + "\n" + row + "\n")
    options = table.Options(columns={f: f for f in fields}, decimal_comma=True, tag_separator=" ")
    assert list(table.read(path, options)) == [
        ContactRecord(
            line=2,
            contact_id="1",
            opened_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
            text="Hello",
            subject="the subject",
            identifiers=(("id", "7"), ("external", "crm"), ("email", "a@b.example"), ("phone", "0170")),
            channel="the channel",
            closed_at=datetime(2026, 3, 2, tzinfo=UTC),
            updated_at=datetime(2026, 3, 3, tzinfo=UTC),
            status="the status",
            priority="the priority",
            given_topic="the given_topic",
            site="the site",
            segment="the segment",
            organisation="the organisation",
            annual_revenue=1234.5,
            handle_minutes=7.5,
            public_reply_count=2,
            reopen_count=0,
            follow_up_of="the follow_up_of",
            merged_into="the merged_into",
            is_company_initiated=True,
            language="the language",
            tags=("a", "b"),
        )
    ]


def test_handle_seconds_become_minutes(tmp_path):
    path = written(tmp_path / "may.csv", "id,created,text,aht\n1,2026-03-01,a,90\n2,2026-03-01,b,0:02:00\n")
    options = table_options(columns={"id": "id", "opened_at": "created", "text": "text", "handle_seconds": "aht"})
    assert [record.handle_minutes for record in table.read(path, options)] == [1.5, 2.0]


def test_constants_are_text_whatever_yaml_made_of_them(tmp_path):
    path = written(tmp_path / "may.csv", "id,created,text\n1,2026-03-01,a\n")
    options = table_options(constants={"site": 42, "is_company_initiated": True, "annual_revenue": 10.5})
    (record,) = table.read(path, options)
    assert (record.site, record.is_company_initiated, record.annual_revenue) == ("42", True, 10.5)


def test_values_a_row_can_do_without_are_counted_when_lost(tmp_path, caplog):
    rows = "1,2026-03-01,a,31/31/2026,long\n2,2026-03-01,b,,\n"
    path = written(tmp_path / "may.csv", "id,created,text,solved,aht\n" + rows)
    columns = {"id": "id", "opened_at": "created", "text": "text", "closed_at": "solved", "handle_minutes": "aht"}
    records = list(table.read(path, table_options(columns=columns)))
    assert [(record.contact_id, record.closed_at, record.handle_minutes) for record in records] == [
        ("1", None, None), ("2", None, None),
    ]  # fmt: skip
    assert caplog.messages == [
        f"{path}: values of 'solved' left out: 1, not a date; the first is '31/31/2026' on line 2.",
        f"{path}: values of 'aht' left out: 1, not a duration; the first is 'long' on line 2.",
    ]


# ---------------------------------------------------------------- responses

SURVEY = "rid,given,q,answer,stars,mail\n"
SURVEY_COLUMNS = {"id": "rid", "responded_at": "given", "text": "answer", "question": "q", "email": "mail"}


def response(line, text, *, score=None, **fields):
    scored = {"score": score, "score_kind": "rating", "score_worst": 5.0, "score_best": 1.0} if score else {}
    return ResponseRecord(
        line=line,
        response_id=f"r{line}",
        responded_at=datetime(2026, 3, 14, tzinfo=UTC),
        answers=(Answer(question="Why?", text=text),),
        **fields,
        **scored,
    )


def test_score_whose_best_is_the_lowest(tmp_path, caplog):
    rows = "r2,14/03/2026,Why?,good,1,a@b.example\nr3,14/03/2026,Why?,,7,\nr4,14/03/2026,Why?,odd,9,\n"
    rows += "r5,14/03/2026,Why?, ,9,\nr6,14/03/2026,Why?,,Very poor,\nr7,14/03/2026,Why?,,don't know,\n"
    path = written(tmp_path / "may.csv", SURVEY + rows)
    score = {"column": "stars", "worst": 5, "best": 1, "missing": [6, 7, "Don't know"], "labels": {"Very Poor": 5}}
    options = table.Options(records="responses", columns=SURVEY_COLUMNS, score=score, date_format="day_first")
    assert list(table.read(path, options)) == [
        response(2, "good", score=1.0, identifiers=(("email", "a@b.example"),)),
        response(3, ""),
        response(4, "odd"),
        RejectRecord(
            line=5,
            reason="'stars' is '9', outside 5 (worst) to 1 (best), and there is no text",
            raw="r5,14/03/2026,Why?, ,9,",
        ),
        response(6, "", score=5.0),
        response(7, ""),
    ]
    assert caplog.messages == [
        f"{path}: values of 'stars' left out: 1, outside 5 (worst) to 1 (best); the first is '9' on line 4."
    ]


def test_several_questions(tmp_path):
    path = written(tmp_path / "may.csv", "rid,given,What was good?,What was not?,nps\nr2,2026-03-14,All,,10\n")
    options = table.Options(
        records="responses",
        texts=["What was good?", "What was not?"],
        columns={"id": "rid", "responded_at": "given"},
        score={"column": "nps", "kind": "nps"},
        constants={"channel": "survey"},
    )
    assert list(table.read(path, options)) == [
        ResponseRecord(
            line=2,
            response_id="r2",
            responded_at=datetime(2026, 3, 14, tzinfo=UTC),
            answers=(Answer(question="What was good?", text="All"), Answer(question="What was not?", text="")),
            score=10.0,
            score_kind="nps",
            score_worst=0.0,
            score_best=10.0,
            channel="survey",
        )
    ]


def test_question_is_the_column_unless_said(tmp_path):
    path = written(tmp_path / "may.csv", "rid,given,Why?\nr2,2026-03-14,x\n")
    columns = {"id": "rid", "responded_at": "given", "text": "Why?"}
    (named,) = table.read(path, table.Options(records="responses", columns=columns))
    (said,) = table.read(path, table.Options(records="responses", columns=columns, constants={"question": "Reason"}))
    assert (named.answers[0].question, said.answers[0].question) == ("Why?", "Reason")


def test_score_alone(tmp_path):
    path = written(tmp_path / "may.csv", "rid,given,csat\nr2,2026-03-14,\n")
    score = {"column": "csat", "kind": "csat", "worst": 1, "best": 5}
    options = table.Options(records="responses", columns={"id": "rid", "responded_at": "given"}, score=score)
    assert list(table.read(path, options)) == [
        ResponseRecord(line=2, response_id="r2", responded_at=datetime(2026, 3, 14, tzinfo=UTC))
    ]


# ---------------------------------------------------------------- maps that do not fit


def test_missing_column(tmp_path):
    path = written(tmp_path / "may.csv", "id,Created time,text\n")
    columns = {"id": "id", "opened_at": "Created tme", "text": "text"}
    assert error_of(lambda: table.read(path, table_options(columns=columns))) == (
        f"{path} has no column 'Created tme', which columns.opened_at names.\n"
        "Did you mean 'Created time'? The columns are: id, Created time, text."
    )


def test_missing_column_that_resembles_nothing(tmp_path):
    path = written(tmp_path / "may.csv", "id,created,text\n")
    options = table.Options(
        records="responses",
        columns={"id": "id", "responded_at": "created"},
        texts=["xyz"],
        score={"column": "stars", "worst": 1, "best": 5},
    )
    assert error_of(lambda: table.read(path, options)) == (
        f"{path} has no column 'xyz', which texts[0] names.\nThe columns are: id, created, text."
    )


def test_missing_column_of_json_is_known_at_the_end(tmp_path):
    items = '{"id": 1, "created": "2026-03-01", "text": "a"}\n{"id": 2, "solved": null}\n'
    path = written(tmp_path / "may.jsonl", items)
    columns = {"id": "id", "opened_at": "created", "text": "text"}
    assert len(list(table.read(path, table_options(columns={**columns, "closed_at": "solved"})))) == 2
    assert error_of(lambda: list(table.read(path, table_options(columns={**columns, "closed_at": "solvd"})))) == (
        f"{path} has no column 'solvd', which columns.closed_at names.\n"
        "Did you mean 'solved'? The columns are: id, created, text, solved."
    )


MAP = "columns: {id: id, opened_at: created, text: text}\n"
RESPONSES = "records: responses\n"


PLACE = "pipeline.yml"
FAULTS = {
    "columns: {id: id, opend_at: created, text: text}\n": (
        ":1: columns: contacts have no field 'opend_at'. Did you mean 'opened_at'?"
    ),
    "columns: {id: id, text: text}\n": (
        ":1: columns: contacts need a column for opened_at: when the customer got in touch (required)"
    ),
    RESPONSES + "columns: {id: id, responded_at: at}\n": (
        ":2: columns: responses need a text column, texts or a score"
    ),
    RESPONSES + "columns: {id: id, responded_at: at, text: t}\ntexts: [a]\n": (
        ":2: columns: give either a text column or texts, not both"
    ),
    "columns: {id: i, opened_at: c, text: t, handle_minutes: m, handle_seconds: s}\n": (
        ":1: columns: give either handle_minutes or handle_seconds, not both"
    ),
    MAP + "constants: {text: x}\n": (
        ":2: constants: 'text' cannot be the same for all rows; name its column under columns"
    ),
    "columns: {id: id, opened_at: created, text: text, site: team}\nconstants: {site: x}\n": (
        ":2: constants: 'site' stands under columns and under constants; keep one"
    ),
    MAP + "constants: {chanel: x}\n": (
        ":2: constants: contacts have no field 'chanel'. Did you mean 'channel'?"
    ),
    MAP + "delimeter: ';'\n": ":2: delimeter: unknown setting - did you mean 'delimiter'?",
    MAP + "delimiter: ';;'\n": ":2: delimiter: one character, or comma, semicolon, tab, pipe (it is ';;')",
    MAP + "date_format: dayfirst\n": (
        ":2: date_format: a date format is epoch, epoch_ms, day_first, month_first or a pattern such as "
        "%d/%m/%Y %H:%M. Did you mean 'day_first'? (it is 'dayfirst')"
    ),
    MAP + "date_format: '%d/%Q'\n": (
        ":2: date_format: not a pattern for dates: 'Q' is a bad directive in format '%d/%Q' (it is '%d/%Q')"
    ),
    MAP + "timezone: Europe/Belin\n": (
        ":2: timezone: no such time zone. Did you mean 'Europe/Berlin'? (it is 'Europe/Belin')"
    ),
    MAP + "timezone: x\n": ":2: timezone: no such time zone. An example is Europe/Berlin. (it is 'x')",
    RESPONSES + "columns: {id: id, responded_at: at}\nscore: {column: stars}\ntexts: [a]\n": (
        ":3: score: score needs worst and best: the values at the two ends of the scale"
    ),
    RESPONSES + "columns: {id: id, responded_at: at}\nscore: {column: s, worst: 1, best: 1}\ntexts: [a]\n": (
        ":3: score: worst and best must differ"
    ),
}


@pytest.mark.parametrize(("yaml", "message"), FAULTS.items())
def test_faulty_options(tmp_path, yaml, message):
    assert option_error(table, tmp_path, yaml) == PLACE + message


def test_every_field_is_described():
    for records, fields in table.FIELDS.items():
        assert all(fields.values()), records
    assert all(field.description for field in table.Options.model_fields.values())


def test_a_column_that_differs_in_its_blanks_is_shown_with_its_escapes(tmp_path):
    from voc.sources._tables import require_columns

    with pytest.raises(VocError) as error:
        require_columns(tmp_path / "a.csv", ["Which\xa0one (other)"], {"text": "Which one (other)"})
    assert error.value.fix == 'Write it with its escapes, in double quotes: "Which\\u00a0one (other)"'


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "cp1252", "shift_jis"])
def test_real_encodings_may_be_configured(tmp_path, name):
    path = tmp_path / "a.csv"
    path.write_bytes("id,when,text\n1,2026-05-01,hello\n".encode(name))
    options = table.Options(columns={"id": "id", "opened_at": "when", "text": "text"}, encoding=name)
    assert [record.text for record in table.read(path, options)] == ["hello"]
