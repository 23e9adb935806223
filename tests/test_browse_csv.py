"""CSV that Datasette streams: no cell is run as a formula, nothing else changes, wherever the stream is cut."""

import asyncio
import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from test_browse import Pages, database  # noqa: F401
from test_browse_pages import copied, execute  # noqa: F401

from voc.browse.csv_cells import as_csv, harmless
from voc.exports._guard import is_formula

CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), st.sampled_from(["=1+1", "-5", "+3.5e2", "-1E-7", "-\u0663", "@a", 'a"b', "x\r\ny", "", "\t=1"])
)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii()


def sent_through(body: bytes, cuts: list[int]) -> bytes:
    """What comes out when `body` passes in pieces cut at `cuts`."""
    out: list[dict] = []

    async def send(message):
        out.append(message)

    async def stream():
        sending = harmless(send)
        await sending({"type": "http.response.start", "status": 200, "headers": [(b"Content-Length", b"9"), (b"x-a", b"b")]})
        ends = sorted({c % (len(body) + 1) for c in cuts})
        for a, b in zip([0, *ends], [*ends, len(body)], strict=True):
            await sending({"type": "http.response.body", "body": body[a:b], "more_body": True})
        await sending({"type": "http.response.body", "body": b"", "more_body": False})

    asyncio.run(stream())
    assert out[0]["headers"] == [(b"x-a", b"b")]
    return b"".join(message["body"] for message in out[1:])


@given(ROWS, st.lists(st.integers(0, 500), max_size=8))
def test_wherever_the_stream_is_cut_only_formulas_change(rows, cuts):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    passed = sent_through(text.getvalue().encode(), cuts).decode()
    got = list(csv.reader(io.StringIO(passed, newline="")))
    assert len(got) == len(rows)
    for row, found in zip(rows, got, strict=True):
        for cell, shown in zip(row, found, strict=True):
            assert shown in (cell, "'" + cell)
            assert not is_formula(shown) or is_number(shown)
            assert shown == cell or is_formula(cell.lstrip("'"))


def test_numbers_stay_numbers():
    assert as_csv(["n"], [(-5,), (1.5e-7,), ("-5",), ("=A1",), (None,)]).splitlines() == ["n", "-5", "1.5e-07", "-5", "'=A1", '""']


def test_a_table_and_a_question_as_csv_hold_no_formula(copied):  # noqa: F811
    execute(copied, "UPDATE contacts SET subject = '=HYPERLINK(\"http://evil.example\")' WHERE contact_id = 'desk:1'")
    pages = Pages(copied)
    sql = "/weekly.csv?sql=select+subject+from+contacts"
    if pages.get(sql).status_code != 200:  # where newer versions of Datasette have it
        sql = "/weekly/-/query.csv?sql=select+subject+from+contacts"
    for path in ("/weekly/contacts.csv", "/weekly/contacts.csv?_stream=on", "/weekly/topic_contacts.csv?_labels=on",
                 "/weekly/contacts_of_a_customer.csv?customer=c-ana", sql):  # fmt: skip
        answer = pages.get(path)
        cells = [cell for row in csv.reader(io.StringIO(answer.text, newline="")) for cell in row]
        assert not any(cell.startswith("=") for cell in cells), path
        assert any(cell.startswith("'=HYPERLINK") for cell in cells), path
    assert pages.get("/weekly/contacts.json?_shape=array&contact_id=desk:1").json()[0]["subject"].startswith("=HYPERLINK")
