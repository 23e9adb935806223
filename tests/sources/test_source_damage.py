"""Samples of help desks and contact centres cut off, re-encoded, emptied: an error that says why, or the same records."""

import csv
import random

import pytest
from source_help import SAMPLES, error_of, written
from vendor_help import plain, read, safely_read

from voc import registry

KINDS = ("genesys", "jira", "front", "helpscout")
FILES = sorted(path for path in SAMPLES.iterdir() if path.name.startswith(KINDS))


def of(path):
    return registry.get("sources", next(kind for kind in KINDS if path.name.startswith(kind)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_another_encoding_gives_the_same_records(tmp_path, path, encoding):
    other = written(tmp_path / path.name, path.read_text(encoding="utf-8").encode(encoding))
    (tmp_path / "same").mkdir()
    same = written(tmp_path / "same" / path.name, path.read_bytes())
    assert of(path).sniff(other, other.read_bytes())
    assert plain(read(of(path), other)) == plain(read(of(path), same))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_cut_anywhere(tmp_path, path):
    content = path.read_bytes()
    for share in range(1, 20):
        part = written(tmp_path / path.name, content[: len(content) * share // 20])
        records = safely_read(of(path), part)
        assert records is None or path.suffix != ".json"  # a broken document is an error, never half a file


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_empty_file(tmp_path, path):
    empty = written(tmp_path / path.name, b"")
    assert error_of(lambda: read(of(path), empty)).startswith(f"{empty} is empty (0 bytes).")


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".csv"], ids=lambda path: path.name)
def test_columns_in_any_order(tmp_path, path):
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    order = list(range(len(header)))
    random.Random(7).shuffle(order)
    # where columns have one name, as Comment in Jira, their order is that of the cells; times settle that of messages
    mixed = tmp_path / path.name
    with mixed.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([row[place] for place in order] for row in [header, *rows])
    (tmp_path / "same").mkdir()
    same = written(tmp_path / "same" / path.name, path.read_bytes())
    found, expected = plain(read(of(path), mixed)), plain(read(of(path), same))
    assert [_unordered(one) for one in found] == [_unordered(one) for one in expected]


def _unordered(record):
    tags = getattr(record, "tags", None)
    return (record, None) if not tags else (type(record)(**{**_fields(record), "tags": ()}), sorted(tags))


def _fields(record):
    return {name: getattr(record, name) for name in record.__slots__}
