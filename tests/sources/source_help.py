"""What the tests of sources share: files to write, and the words an error gives a person."""

import csv
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from xml.sax.saxutils import escape

import pytest

from voc import config
from voc.errors import VocError
from voc.sources import table

SAMPLES = Path(__file__).parent / "samples"
CONTACT_COLUMNS = {"id": "id", "opened_at": "created", "text": "text"}


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def as_object(header: str, line: str, **hidden: str) -> str:
    """A line of a CSV as its reject has it where a column may name a person; `hidden` are columns whose cell is a name."""
    names, cells = (next(csv.reader([text])) for text in (header, line))
    return json.dumps(dict(zip(names, cells, strict=True)) | hidden, ensure_ascii=False)


def error_of(call: Callable[[], object]) -> str:
    """Both lines of the VocError that `call` raises; folders of the machine are left out by the caller."""
    with pytest.raises(VocError) as caught:
        call()
    return str(caught.value)


def table_options(**changes: object) -> table.Options:
    return table.Options(**({"columns": CONTACT_COLUMNS} | changes))


def option_error(plugin: ModuleType, tmp_path: Path, yaml: str) -> str:
    """What a person reads who wrote this source into a pipeline file."""
    path = written(tmp_path / "pipeline.yml", yaml)
    data = config.read_yaml(path)
    return error_of(lambda: config.source_options(plugin.Options, data, path)).replace(f"{tmp_path}/", "")


def write_xlsx(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """A minimal workbook: text, numbers, booleans, and ("date", serial) for a cell formatted as date and time."""
    names = list(sheets)
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r0" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets>'
        + "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(names, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        + "".join(
            f'<Relationship Id="r{i}" Type="{office}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(names) + 1)
        )
        + f'<Relationship Id="rs" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {main}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>'
        "</styleSheet>",
    }
    for number, rows in enumerate(sheets.values(), 1):
        data = "".join(map(_xlsx_row, rows, range(1, len(rows) + 1)))
        parts[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet {main}><sheetData>{data}</sheetData></worksheet>"
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


def _xlsx_row(values: list[object], number: int) -> str:
    cells = (_xlsx_cell(value, f"{chr(65 + column)}{number}") for column, value in enumerate(values))
    return f'<row r="{number}">{"".join(cells)}</row>'


def _xlsx_cell(value: object, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f'<c r="{place}" s="1"><v>{value[1]}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
