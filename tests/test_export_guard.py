"""Text that a spreadsheet would run is harmless in CSV, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.exports._guard import guarded, is_formula

STARTS = "=+-@\t\r\n＝＋－＠"


def plain(cell: str) -> str:
    """What SAYS tells readers to do: take one apostrophe away where a formula's sign follows."""
    return cell[1:] if cell.startswith("'") and is_formula(cell.lstrip("'")) else cell


@pytest.mark.parametrize(
    "text, cell",
    [
        ("=1+1", "'=1+1"), ("+49", "'+49"), ("-5", "'-5"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\rx", "'\rx"),
        ("\nx", "'\nx"), ("  =1", "'  =1"), ("\u00a0=1", "'\u00a0=1"), ("\uff1d1", "'\uff1d1"), ("'=1", "''=1"), ("-", "-"),
        ("=", "="), ("", ""), ("a=1", "a=1"), ("'tis", "'tis"), ("'", "'"), ("2026-05-04", "2026-05-04"),
    ],
)  # fmt: skip
def test_cells(text, cell):
    assert guarded(text) == cell
    assert plain(cell) == text


@given(st.text() | st.text(alphabet=STARTS + "' a1(\u00a0", max_size=6))
def test_no_cell_begins_like_a_formula_and_the_text_comes_back(text):
    cell = guarded(text)
    assert not is_formula(cell)
    assert not (len(cell) > 1 and cell[0] in STARTS)
    assert plain(cell) == text
    assert cell in (text, "'" + text)
