"""What the sources of help desks share: keys however spelt, times, losses, versions of rows, tables side by side."""

import gzip

import pytest
from source_help import SAMPLES, write_xlsx, written
from vendor_help import plain, read, utc

from voc import registry
from voc.records import Message, RejectRecord
from voc.sources._entries import Entry, VendorOptions, fold, open_export
from voc.sources._vendor import Reading, TableKind, read_tables, whole_thread
from voc.sources._warehouse import DELETED, OLDER, rows_beside, why_not_current

VENDORS = ("freshdesk", "hubspot", "intercom", "salesforce", "servicenow", "zendesk")
OURS = sorted(path for path in SAMPLES.iterdir() if path.stem.partition("_")[0] in VENDORS)
PLUGINS = registry.load_all("sources")


def entry(**data):
    return Entry(line=1, raw="", data=data)


@pytest.mark.parametrize("name", ["createdAt", "Created at", "created_at", "CREATED AT", "created-at"])
def test_spellings_of_a_key_are_one(name):
    assert fold(name) == "createdat"


def test_dots_stay():
    assert fold("Contact.E-mail Address") == "contact.emailaddress"


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
@pytest.mark.parametrize("form", ["utf-16", "utf-8-sig", "gzip"])
def test_samples_are_known_and_read_alike_in_any_form(tmp_path, path, form):
    kind = path.stem.partition("_")[0]
    content = path.read_bytes()
    content = gzip.compress(content) if form == "gzip" else content.decode().encode(form)
    for other in OURS:
        if other.stem.partition("_")[0] == kind:  # names are looked up in the tables beside
            (tmp_path / other.name).write_bytes(other.read_bytes())
    copy = written(tmp_path / path.name, content)
    assert [name for name, plugin in PLUGINS.items() if plugin.sniff(copy, content)] == [kind]
    assert plain(read(PLUGINS[kind], copy)) == plain(read(PLUGINS[kind], path))


@pytest.mark.parametrize("kind", VENDORS)
def test_columns_in_reverse_order(tmp_path, kind):
    for path in OURS:
        if path.suffix == ".csv":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    for path in (path for path in OURS if path.suffix == ".csv" and path.stem.partition("_")[0] == kind):
        if path.name in ("freshdesk.csv", "servicenow_list.csv", "salesforce_email.csv"):
            continue  # two columns of one name, and cells over several lines
        rows = [line.split(",")[::-1] for line in path.read_text().splitlines() if '"' not in line]
        turned = written(tmp_path / path.name, "\n".join(map(",".join, rows)))
        expected = [r for r in plain(read(PLUGINS[kind], path)) if r.line <= len(rows)]
        if len(rows) == len(path.read_text().splitlines()):
            assert plain(read(PLUGINS[kind], turned)) == expected


@pytest.mark.parametrize("kind", VENDORS)
def test_cut_off_json_says_where(tmp_path, kind):
    path = next(path for path in OURS if path.suffix == ".json" and path.stem.partition("_")[0] == kind)
    cut = written(tmp_path / "cut.json", path.read_bytes()[:-20])
    with pytest.raises(Exception, match=r"line \d+: not JSON") as caught:
        read(PLUGINS[kind], cut)
    assert type(caught.value).__name__ == "VocError"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1767225600", utc(2026, 1, 1)),
        ("1767225600000", utc(2026, 1, 1)),
        ("2026-01-01T01:00:00+01:00", utc(2026, 1, 1)),
        ("2026-01-01 0:00:00", utc(2026, 1, 1)),
    ],
)
def test_times_as_vendors_write_them(tmp_path, text, moment):
    assert Reading(tmp_path, VendorOptions()).moment(entry(at=text), "at") == moment


def test_the_first_path_with_a_value_counts(tmp_path):
    one = entry(empty=" ", nested={"key": " value "}, items=[1])
    assert one.text("empty", "nested.key") == "value"
    assert one.text("items", "nested") is None
    assert (one.has("nested.key"), one.has("nested.other"), one.has("missing")) == (True, False, False)
    reading = Reading(tmp_path, VendorOptions())
    assert reading.minutes(entry(spent="0"), "spent") is None
    assert reading.minutes(entry(spent="90"), "spent") == 1.5
    assert reading.count(entry(n="2"), "n") == 2 and not reading.is_true(entry(n="no"), "n")


def test_half_a_thread_is_none():
    opening = Message(at=utc(2026, 1, 2), author="customer", text="a")
    earlier = Message(at=utc(2026, 1, 1), author="agent", text="b")
    assert whole_thread(opening, None) == ()
    assert whole_thread(opening, []) == (opening,)
    assert whole_thread(opening, [earlier]) == (earlier, opening)


def test_pages_and_single_objects(tmp_path):
    path = written(
        tmp_path / "any.json", '{"rows": [{"id": 1}, 2], "next": "x"} {"id": 3, "rows": []} {"row": {"id": 4}}'
    )
    pages = []
    export = open_export(path, VendorOptions(), pages=("rows", "row"), on_page=pages.append)
    assert [(one.line, one.data.get("id"), one.page, one.fault) for one in export.rows()] == [
        (1, "1", "rows", None),
        (2, None, None, "not a JSON object"),
        (3, "3", None, None),
        (4, "4", "row", None),
    ]
    assert [page.get("next") for page in pages] == ["x", None]


def test_rows_of_a_table_without_use_are_counted(tmp_path):
    path = written(tmp_path / "any.csv", "a,b\n1,2\n3\n5,6\n")
    kind = TableKind(name="things", signs=("a; b",), unused="nobody asks")
    options = VendorOptions()
    export = open_export(path, options, pages=())
    assert list(read_tables(export, (kind,), Reading(path, options), vendor="Any")) == [
        RejectRecord(line=3, reason="the row has 1 fields, the header has 2", raw="3"),
        RejectRecord(line=2, reason="things: nobody asks (rows passed over: 2)", raw="1,2", is_fault=False),
    ]


def test_workbooks(tmp_path):
    header = ["Ticket ID", "Ticket name", "Ticket status", "Create date", "Source"]
    path = write_xlsx(tmp_path / "tickets.xlsx", {"Tickets": [header, [7, "Late", "New", ("date", 46083.5), "Email"]]})
    (ticket,) = read(PLUGINS["hubspot"], path)
    assert (ticket.contact_id, ticket.text, ticket.opened_at) == ("7", "Late", utc(2026, 3, 2, 12))


def test_versions_of_rows(tmp_path):
    rows = [
        "id,updated_at,_fivetran_active,_fivetran_deleted",
        "1,2026-01-01,true,false",  # active, though another one changed later
        "1,2026-01-02,false,false",
        "2,2026-01-01,false,false",
        "2,2026-01-02,false,false",  # none is active: the latest
        "3,2026-01-01,true,true",
        ",2026-01-01,true,false",
    ]
    path = written(tmp_path / "history.csv", "\n".join(rows))
    export = open_export(path, VendorOptions(), pages=())
    why_not = why_not_current(export)
    assert [why_not(one) for one in export.rows()] == [None, OLDER, OLDER, None, DELETED, None]


def test_tables_beside(tmp_path):
    path = written(tmp_path / "b.csv", "key,name\n1,own\n")
    written(tmp_path / "c.csv", "name,key,_fivetran_deleted\nthird,3,\ngone,4,true\n")
    written(tmp_path / "a.csv", "Key,Name,x\n2,second,\n")
    written(tmp_path / "d.csv", "key,label\n5,other\n")
    written(tmp_path / "e.json", '{"key": 1, "name": "json"}')
    assert [one.text("name") for one in rows_beside(path, VendorOptions(), "key", "name")] == ["second", "third"]
