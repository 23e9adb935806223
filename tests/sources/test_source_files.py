"""Reading files: encodings, delimiters, line numbers, workbooks, Parquet, and a message for whatever fails."""

import gzip
import sys
from datetime import UTC, datetime

import pytest
from source_help import error_of, table_options, write_xlsx, written

from voc.records import ContactRecord, RejectRecord
from voc.sources import _delimited, _files, _sheets, table
from voc.sources._files import Row
from voc.sources._tables import open_table

HEADER = "id,created,text\n"
OPENED = datetime(2026, 3, 1, tzinfo=UTC)


def rows(path, **settings):
    """(line, cells, fault) of every row."""
    return [(row.line, list(row.cells.values()), row.fault) for row in open_table(path, **settings).rows()]


def contact(line, contact_id, text):
    return ContactRecord(line=line, contact_id=contact_id, opened_at=OPENED, text=text)


# ---------------------------------------------------------------- files that cannot be read


def test_missing_file_suggests_its_neighbour(tmp_path):
    written(tmp_path / "tickets-may.csv", HEADER)
    assert error_of(lambda: table.read(tmp_path / "ticket-may.csv", table_options())) == (
        f"{tmp_path}/ticket-may.csv does not exist.\nDid you mean 'tickets-may.csv'?"
    )


def test_missing_file_lists_what_there_is(tmp_path):
    for number in range(12):
        written(tmp_path / f"{number:02}.csv", HEADER)
    listed = ", ".join(f"{number:02}.csv" for number in range(10))
    assert error_of(lambda: open_table(tmp_path / "responses.parquet")) == (
        f"{tmp_path}/responses.parquet does not exist.\nThere are: {listed} and 2 more."
    )


def test_missing_file_in_an_empty_or_missing_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    assert error_of(lambda: open_table(tmp_path / "empty" / "a.csv")) == (
        f"{tmp_path}/empty/a.csv does not exist.\n{tmp_path}/empty holds no files."
    )
    assert error_of(lambda: open_table(tmp_path / "gone" / "a.csv")) == (
        f"{tmp_path}/gone/a.csv does not exist.\nThere is no folder {tmp_path}/gone either."
    )


def test_folder(tmp_path):
    written(tmp_path / "may.csv", HEADER)
    assert error_of(lambda: open_table(tmp_path)) == (
        f"{tmp_path} is a folder, not a file.\nName one of its files in path. There are: may.csv."
    )


def test_empty_file(tmp_path):
    path = written(tmp_path / "may.csv", b"")
    assert error_of(lambda: open_table(path)) == (
        f"{path} is empty (0 bytes).\nExport it again, or take it out of the sources."
    )


@pytest.mark.parametrize("content", [b"\n\r\n \n", b",,\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_blank_file(tmp_path, content):
    path = written(tmp_path / "may.csv", content)
    assert error_of(lambda: open_table(path)) == (
        f"{path} holds no header row, only blank lines.\nExport it again with its column names."
    )


def test_blank_json(tmp_path):
    path = written(tmp_path / "may.json", " \n")
    assert error_of(lambda: list(open_table(path).rows())) == (
        f"{path} holds no JSON, only blank lines.\nExport it again."
    )


def test_unreadable_file(tmp_path, monkeypatch):
    path = written(tmp_path / "may.csv", HEADER)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    assert error_of(lambda: open_table(path)) == (
        f"{path} may not be read: permission denied.\nGive yourself read permission."
    )


def test_cut_off_gzip(tmp_path):
    path = written(tmp_path / "may.csv.gz", gzip.compress(HEADER.encode() * 5000)[:-20])
    assert error_of(lambda: open_table(path)) == (
        f"{path} cannot be read: Compressed file ended before the end-of-stream marker was reached.\n"
        "It is damaged or cut off; export it again."
    )


def test_gzip_cut_off_behind_its_mark(tmp_path):
    content = gzip.compress((HEADER + "1,2026-03-01,a\n" * 90_000).encode("utf-16"))[:-20]
    path = written(tmp_path / "may.csv.gz", content)
    assert error_of(lambda: list(open_table(path).rows())) == (
        f"{path} cannot be read: Compressed file ended before the end-of-stream marker was reached.\n"
        "It is damaged or cut off; export it again."
    )


def test_zip_archive(tmp_path):
    path = written(tmp_path / "export.zip", b"PK\x03\x04rest")
    assert error_of(lambda: open_table(path)) == (
        f"{path} is a zip archive.\nUnpack it and name the file inside it in path."
    )


def test_header_without_rows_is_fine(tmp_path):
    assert list(table.read(written(tmp_path / "may.csv", HEADER), table_options())) == []


def test_quote_open_in_header(tmp_path):
    path = written(tmp_path / "may.csv", 'id,"created,text\n1,2,3\n')
    assert error_of(lambda: open_table(path)) == (
        f"{path} line 1: a quote in the header is never closed.\nExport it again."
    )


# ---------------------------------------------------------------- encodings

TEXT = HEADER + "1,2026-03-01,Café fermé à l’été – 30 €\n"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8-sig", b""), ("utf-16", b""), ("utf-16-le", b""), ("utf-16-be", b""), ("utf-32", b""),
     ("utf-16-be", b"\xfe\xff"), ("cp1252", b"")],
)  # fmt: skip
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_are_recognised(tmp_path, encoding, mark, packed):
    content = mark + TEXT.encode(encoding)
    path = written(tmp_path / "may.csv", gzip.compress(content) if packed else content)
    assert list(table.read(path, table_options())) == [contact(2, "1", "Café fermé à l’été – 30 €")]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("latin-1", "Réponse déjà envoyée \x81"),
        ("shift_jis", "パスワードを再設定できません。ログインできないのですが。"),
    ],
)
def test_encodings_are_guessed_and_the_guess_is_logged(tmp_path, caplog, encoding, text):
    path = written(tmp_path / "may.csv", f"{HEADER}1,2026-03-01,{text}\n".encode(encoding))
    assert list(table.read(path, table_options())) == [contact(2, "1", text)]
    (message,) = caplog.messages
    assert message.startswith(f"{path}: not UTF-8, read as ")
    assert message.endswith("Set encoding if letters look wrong.")


@pytest.mark.parametrize("encoding", ["cp1250", "cp1251", "iso2022_jp"])
def test_configured_encoding(tmp_path, caplog, encoding):
    text = {"cp1250": "zażółć gęślą jaźń", "cp1251": "не могу войти", "iso2022_jp": "ログイン"}[encoding]
    path = written(tmp_path / "may.csv", f"{HEADER}1,2026-03-01,{text}\n".encode(encoding))
    assert list(table.read(path, table_options(encoding=encoding))) == [contact(2, "1", text)]
    assert caplog.messages == []


def test_utf8_with_a_damaged_letter_stays_utf8(tmp_path, caplog):
    path = written(tmp_path / "may.csv", f"{HEADER}1,2026-03-01,{'é' * 20}".encode() + b"\xc3\n")
    assert list(table.read(path, table_options())) == [contact(2, "1", "é" * 20 + "\ufffd")]
    assert caplog.messages == [f"{path}: UTF-8 with 1 damaged letters, shown as \ufffd."]


def test_damaged_json_lines(tmp_path, caplog):
    item = '{"id": 1, "created": "2026-03-01", "text": "' + "é" * 20
    path = written(tmp_path / "may.jsonl", item.encode() + b'\xc3"}\n')
    assert list(table.read(path, table_options())) == [contact(1, "1", "é" * 20 + "\ufffd")]
    assert caplog.messages == [f"{path}: UTF-8 with 1 damaged letters, shown as \ufffd."]


def test_encoding_that_does_not_fit(tmp_path):
    path = written(tmp_path / "may.csv", HEADER.encode() + b"1,2026-03-01,caf\xe9\n")
    assert error_of(lambda: table.read(path, table_options(encoding="ascii"))) == (
        f"{path} is not ascii: some bytes of it stand for no letter.\n"
        "Set encoding to what the exporting tool wrote, or leave it out."
    )


@pytest.mark.parametrize("name", ["cp1522", "rot13", "a\0b"])
def test_unknown_encoding(tmp_path, name):
    path = written(tmp_path / "may.csv", HEADER)
    message = error_of(lambda: table.read(path, table_options(encoding=name)))
    assert message.splitlines()[0] == f"{path}: there is no encoding called '{name}'."
    assert name != "cp1522" or message.splitlines()[1] == "Did you mean 'cp1252'?"


# ---------------------------------------------------------------- delimiters


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_recognised(tmp_path, delimiter):
    lines = [["id", "created", "text"], ["1", "2026-03-01", '"a, b; c | d\te"'], ["2", "2026-03-01", "plain"]]
    path = written(tmp_path / "may.txt", "\r\n".join(delimiter.join(line) for line in lines))
    assert list(table.read(path, table_options())) == [contact(2, "1", "a, b; c | d\te"), contact(3, "2", "plain")]


def test_delimiter_of_texts_full_of_another(tmp_path):
    path = written(tmp_path / "may.csv", "id;created;text, long\n1;2026-03-01;a, b\n2;2026-03-01;c, d\n")
    assert open_table(path).columns == ("id", "created", "text, long")


@pytest.mark.parametrize(
    ("name", "char"), [("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("pipe", "|"), ("^", "^")]
)
def test_delimiter_names(name, char):
    assert _delimited.delimiter_char(name) == char


def test_excel_names_its_delimiter(tmp_path):
    path = written(tmp_path / "may.csv", "sep=^\nid^created^text\n1^2026-03-01^a\n")
    assert list(table.read(path, table_options())) == [contact(3, "1", "a")]


def test_wrong_delimiter(tmp_path):
    path = written(tmp_path / "may.csv", "id;created;text\n1;2026-03-01;a\n")
    assert error_of(lambda: table.read(path, table_options(delimiter=","))) == (
        f"{path} line 1: with delimiter ',' the whole header is one column: 'id;created;text'.\n"
        "It looks like ';' separates the columns. Set delimiter: ';' for this source."
    )


def test_wrong_delimiter_where_tabs_are_right(tmp_path):
    path = written(tmp_path / "may.csv", "\nid\tcreated\ttext\n1\t2026-03-01\ta\n")
    assert error_of(lambda: table.read(path, table_options(delimiter=";"))) == (
        f"{path} line 2: with delimiter ';' the whole header is one column: 'id\tcreated\ttext'.\n"
        "It looks like 'tab' separates the columns. Set delimiter: 'tab' for this source."
    )


def test_unusual_delimiter_is_named(tmp_path):
    path = written(tmp_path / "may.csv", "id^created^text\n1^2026-03-01^a\n")
    assert error_of(lambda: table.read(path, table_options())) == (
        f"{path} line 1: with delimiter ',' the whole header is one column: 'id^created^text'.\n"
        "It looks like '^' separates the columns. Set delimiter: '^' for this source."
    )
    assert list(table.read(path, table_options(delimiter="^"))) == [contact(2, "1", "a")]


# ---------------------------------------------------------------- rows and lines


def test_line_numbers_are_physical(tmp_path):
    path = written(tmp_path / "may.csv", 'a,b\r\n1,"x\r\ny\n\nz"\r\n\r\n,\r\n2,w\r\n')
    assert rows(path) == [(2, ["1", "x\r\ny\n\nz"], None), (8, ["2", "w"], None)]


def test_rows_that_do_not_fit(tmp_path):
    path = written(tmp_path / "may.csv", HEADER + "1,2026-03-01\n2,2026-03-01,b,c\n3,2026-03-01,d,,\n4,2026-03-01,e\n")
    assert list(table.read(path, table_options())) == [
        RejectRecord(line=2, reason="the row has 2 fields, the header has 3", raw="1,2026-03-01"),
        RejectRecord(line=3, reason="the row has 4 fields, the header has 3", raw="2,2026-03-01,b,c"),
        contact(4, "3", "d"),
        contact(5, "4", "e"),
    ]


def test_quote_that_is_never_closed_loses_one_row_only(tmp_path):
    path = written(tmp_path / "may.csv", HEADER + '1,2026-03-01,"open\n2,2026-03-01,b\n3,2026-03-01,c\n')
    assert list(table.read(path, table_options())) == [
        RejectRecord(line=2, reason="a quote opened in this row is never closed", raw='1,2026-03-01,"open'),
        contact(3, "2", "b"),
        contact(4, "3", "c"),
    ]


def test_many_quotes_that_are_never_closed(tmp_path):
    path = written(tmp_path / "may.csv", "a,b,c\n" + '1,"x","\n' * 400)
    assert error_of(lambda: list(open_table(path).rows())) == (
        f"{path} line 102: more than 100 rows open a quote that is never closed.\n"
        "Check the delimiter, and that the export doubles the quotes inside quoted cells."
    )


def test_very_long_cell(tmp_path):
    text = "crash " * 40_000
    path = written(tmp_path / "may.csv", f'{HEADER}1,2026-03-01,"{text}"\n')
    assert list(table.read(path, table_options())) == [contact(2, "1", text)]


def test_nul_characters_are_dropped(tmp_path):
    path = written(tmp_path / "may.csv", HEADER.encode() + b"1,2026-03-01,a\0b\n")
    assert list(table.read(path, table_options())) == [contact(2, "1", "ab")]


def test_column_names_are_unique(tmp_path):
    path = written(tmp_path / "may.csv", "Comment, Comment ,,Comment\na,b,c,d\n")
    assert open_table(path).columns == ("Comment", "Comment (2)", "column 3", "Comment (3)")


def test_json_lines(tmp_path):
    lines = '{"id": 12345678901234567890, "created": "2026-03-01", "text": "a\\u0000\\ud800\\ud83d\\ude00"}\n'
    lines += '\n[1]\n{"id": 1,\n'
    path = written(tmp_path / "may.jsonl", lines + '{"id": 2, "created": "2026-03-01", "text": 1.50} {"id": 3}')
    assert list(table.read(path, table_options())) == [
        contact(1, "12345678901234567890", "a\ufffd😀"),
        RejectRecord(line=3, reason="not a JSON object", raw="[1]"),
        RejectRecord(
            line=4,
            reason="not JSON: expecting property name enclosed in double quotes (column 10)",
            raw='{"id": 1,',
        ),
        contact(5, "2", "1.50"),
        RejectRecord(line=5, reason="'created' is empty, so the row has no date", raw='{"id": 3}'),
    ]


def test_json_list_counts_items_and_flattens(tmp_path):
    path = written(tmp_path / "may.json", '[\n {"id": "1", "user": {"id": 7, "tags": ["a", 1]}, "ok": true},\n 5\n]')
    assert rows(path) == [(1, ["1", "7", '["a", "1"]', "true"], None), (2, [], "not a JSON object")]


def test_broken_json_document(tmp_path):
    path = written(tmp_path / "may.json", '[\n {"id": 1},\n {"id" 2}\n]')
    assert error_of(lambda: list(open_table(path).rows())) == (
        f"{path} line 3: not JSON: expecting ':' delimiter (column 8).\nExport it again."
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [("[" * 100_000, "nested too deeply"), ('{"a": \n' + "[" * 100_000, "nested too deeply")],
)
def test_json_nested_too_deeply(tmp_path, content, why):
    path = written(tmp_path / "may.json", content)
    assert why in error_of(lambda: list(open_table(path).rows()))


# ---------------------------------------------------------------- workbooks and Parquet


def test_workbook(tmp_path):
    header = ["id", "created", "text", "vip"]
    grid = [[None], header, [123, ("date", 46082.5), "a", True], [], [4.5, ("date", 46082), 7.0]]
    path = write_xlsx(tmp_path / "may.xlsx", {"Tickets": grid, "Other": [["x"], [1]]})
    assert rows(path) == [
        (3, ["123", "2026-03-01 12:00:00", "a", "true"], None),
        (5, ["4.5", "2026-03-01", "7", ""], None),
    ]
    assert rows(path, sheet="Other") == [(2, ["1"], None)]
    assert error_of(lambda: open_table(path, sheet="Ticket")) == (
        f"{path} has no sheet 'Ticket'.\nDid you mean 'Tickets'?"
    )
    assert [record.contact_id for record in table.read(path, table_options())] == ["123", "4.5"]


def test_empty_sheet(tmp_path):
    path = write_xlsx(tmp_path / "may.xlsx", {"Tickets": []})
    assert error_of(lambda: open_table(path)) == (
        f"{path}: the sheet is empty.\nName another one with sheet, or export it again."
    )


def test_damaged_workbook(tmp_path):
    path = written(tmp_path / "may.xlsx", b"PK\x03\x04nothing of the kind")
    message = error_of(lambda: open_table(path))
    assert message.startswith(f"{path} cannot be read as a workbook: ")
    assert message.endswith("\nSave it again as .xlsx or CSV.")


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    times = [datetime(2026, 3, 1, 9, tzinfo=UTC), None]
    path = tmp_path / "may.parquet"
    parquet.write_table(pyarrow.table({"id": [1, None], "at": times, "text": ["a", "b"], "n": [1.0, 2.5]}), path)
    assert rows(path) == [(1, ["1", "2026-03-01 09:00:00+00:00", "a", "1"], None), (2, ["", "", "b", "2.5"], None)]


def test_damaged_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    path = written(tmp_path / "may.parquet", b"PAR1 and nothing else PAR1")
    message = error_of(lambda: open_table(path))
    assert message.startswith(f"{path} cannot be read as Parquet: ")
    assert message.endswith("\nExport it again.")


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = written(tmp_path / "may.parquet", b"PAR1")
    assert error_of(lambda: open_table(path)) == (
        f"{path} is a Parquet file, and pyarrow is not installed.\nRun: pip install 'voc[parquet]'"
    )


def test_cells_of_workbooks_as_text():
    from datetime import date, time, timedelta
    from decimal import Decimal

    values = [None, "", False, 1e15, 0.1, float("nan"), date(2026, 3, 1), time(9, 5), timedelta(hours=30, seconds=5)]
    assert [_sheets.cell_text(value) for value in values] == [
        "", "", "false", "1000000000000000", "0.1", "", "2026-03-01", "09:05:00", "30:00:05",
    ]  # fmt: skip
    assert [_sheets.cell_text(value) for value in (Decimal("1.50"), b"\xffa", [1, None], {"a": date(2026, 3, 1)})] == [
        "1.50", "\ufffda", "[1, null]", '{"a": "2026-03-01"}',
    ]  # fmt: skip


def test_head_text_never_fails():
    assert _files.head_text(b"\x1f\x8bnot gzip") == ""
    assert _files.head_text("id;ü".encode("utf-16")) == "id;ü"


def test_files_may_be_read_again(tmp_path):
    opened = open_table(written(tmp_path / "may.csv", "a,b\n1,2\n"))
    assert list(opened.rows()) == list(opened.rows()) == [Row(line=2, cells={"a": "1", "b": "2"}, raw="1,2")]
