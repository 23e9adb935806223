"""Export: a workbook for analysts, one sheet a report table; the first says what it rests on, the last what columns mean."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from voc.exports._material import Material
    from voc.schema import Column, Table

DESCRIPTION = "An Excel workbook for analysts: run, period and cautions first, then one sheet a report table"
TARGET = "file"
OPTIONS = ("tables",)
FIRST = ("priorities", "topic_costs", "cost_ledger", "scorecard", "metrics", "evidence", "topic_weeks")
MOST_ROWS = 1_048_575  # of a sheet, its header not counted
MOST_CHARACTERS = 32_767  # of a cell
WIDEST = 60


def write(material: "Material", path: "Path") -> list[str]:
    """Write the workbook. Raises VocError where XlsxWriter is not installed."""
    from datetime import datetime

    from voc.errors import VocError
    from voc.exports._material import exported
    from voc.exports._values import as_time

    try:
        import xlsxwriter
    except ImportError as error:
        raise VocError("A workbook needs the package XlsxWriter.", "pip install XlsxWriter, or export --as csv.") from error
    tables = [exported(declared) for declared in _sheets(material)]
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    moment: datetime = as_time(material.basis.finished_at)
    book.set_properties({"title": "Report tables of voc", "created": moment.replace(tzinfo=None)})
    styles = Styles(book)
    about = book.add_worksheet("about")
    counts = [_write_sheet(book, styles, declared, material.read(declared.name)) for declared in tables]
    _write_about(about, styles, material, tables, counts)
    _write_columns(book, styles, tables)
    book.close()
    return [f"sheet {t.name}: {_rows_said(n)}" for t, n in zip(tables, counts, strict=True)]


def _sheets(material: "Material") -> "list[Table]":
    from voc.exports._material import chosen

    if material.options.tables:
        return chosen(material)
    found = {t.name: t for t in chosen(material) if t.kind == "report" and t.name != "runs"}
    return [*(found.pop(name) for name in FIRST if name in found), *found.values()]


def _rows_said(count: int) -> str:
    from voc.reports import _words as w

    cut = f", of which the sheet holds {MOST_ROWS:,}" if count > MOST_ROWS else ""
    return w.plural(count, "row") + cut


class Styles:
    """The workbook's formats, made once each. Text stays text, also when a cell is edited and left again."""

    def __init__(self, book) -> None:
        self.book = book
        self.made: dict[tuple, object] = {}

    def get(self, **properties):
        """A format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format({"valign": "top", **properties})
        return self.made[key]

    @property
    def header(self):
        """Of the first row."""
        return self.get(bold=True, bottom=1, text_wrap=True)

    def of(self, c: "Column"):
        """Of a column's cells."""
        from voc.exports._package import field_type

        kind = field_type(c)
        if kind in ("date", "datetime"):
            return self.get(num_format="yyyy-mm-dd" if kind == "date" else "yyyy-mm-dd hh:mm")
        if c.type is float:
            is_share = c.low == 0 and c.high == 1
            return self.get(num_format="0.0%" if is_share else "#,##0.00" if c.unit else "#,##0.00##")
        return self.get(num_format="#,##0") if c.type is int else self.get(quote_prefix=True)


def _write_sheet(book, styles: Styles, declared: "Table", frame: "pd.DataFrame") -> int:
    """One sheet: header frozen and with filters, cells by their declared type. Returns how many rows there are."""
    sheet = book.add_worksheet(declared.name)
    sheet.freeze_panes(1, 1)
    for position, c in enumerate(declared.columns):
        series = frame[c.name].iloc[:MOST_ROWS]
        values = series.astype(object).where(series.notna(), None).tolist()
        sheet.write_string(0, position, c.name, styles.header)
        style = styles.of(c)
        for row, value in enumerate(values, start=1):
            write_cell(sheet, row, position, value, c, style)
        sheet.set_column(position, position, _width(c, values))
    if len(frame):
        sheet.autofilter(0, 0, min(len(frame), MOST_ROWS), len(declared.columns) - 1)
    return len(frame)


def write_cell(sheet, row: int, position: int, value, c: "Column", style) -> None:
    """A cell of the declared type; text is never read as a formula, a number or a link."""
    from voc.exports._package import field_type
    from voc.exports._values import as_date, as_time

    kind = field_type(c)
    if value is None:
        return
    if kind == "datetime":
        sheet.write_datetime(row, position, as_time(value).replace(tzinfo=None), style)
    elif kind == "date":
        sheet.write_datetime(row, position, as_date(value), style)
    elif kind == "boolean":
        sheet.write_boolean(row, position, bool(value))
    elif kind == "string":
        sheet.write_string(row, position, fitting(value), style)
    else:
        sheet.write_number(row, position, value, style)


def fitting(text: str) -> str:
    """At most as much text as a cell holds, with an ellipsis where it is cut."""
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def _width(c: "Column", values: list) -> float:
    longest = max((len(str(v)) for v in values[:200] if isinstance(v, str)), default=0)
    return min(max(len(c.name) + 3, longest + 1, 9), WIDEST)


def _write_about(sheet, styles: Styles, material: "Material", tables: "list[Table]", counts: list[int]) -> None:
    """The first sheet: run, period, currency, cautions, and what the other sheets hold."""
    bold, wrap = styles.get(bold=True), styles.get(text_wrap=True)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)
    lines = [("What this rests on", line) for line in material.basis.lines]
    lines += [("Caution", caution) for caution in material.basis.cautions]
    row = 0
    for row, (what, says) in enumerate(lines):
        sheet.write_string(row, 0, "" if row and lines[row - 1][0] == what else what, bold)
        sheet.write_string(row, 1, says, wrap)
    sheet.write_string(row + 2, 0, "Sheet", styles.header)
    sheet.write_string(row + 2, 1, "What it holds", styles.header)
    for position, (declared, count) in enumerate(zip(tables, counts, strict=True), start=row + 3):
        sheet.write_string(position, 0, declared.name, bold)
        sheet.write_string(position, 1, f"{declared.description} {_rows_said(count)}.", wrap)


def _write_columns(book, styles: Styles, tables: "list[Table]") -> None:
    """The last sheet: every column with its unit and meaning."""
    from voc.exports._package import field_type

    sheet = book.add_worksheet("columns")
    sheet.freeze_panes(1, 0)
    for position, (name, width) in enumerate((("sheet", 22), ("column", 34), ("type", 10), ("unit", 20), ("meaning", 100))):
        sheet.write_string(0, position, name, styles.header)
        sheet.set_column(position, position, width)
    rows = [(t.name, c.name, field_type(c), c.unit, c.description) for t in tables for c in t.columns]
    for row, cells in enumerate(rows, start=1):
        for position, text in enumerate(cells):
            sheet.write_string(row, position, text)
