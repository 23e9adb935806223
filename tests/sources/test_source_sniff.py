"""Every file is claimed by exactly one source, and whatever is no table by none."""

import gzip

import pytest
from source_help import SAMPLES, write_xlsx, written

from voc import registry

PLUGINS = registry.load_all("sources")


def kind_of(name: str) -> str:
    """The source a sample is named after; the longest name wins, since some hold an underscore."""
    return max((kind for kind in PLUGINS if name == kind or name.startswith(kind + "_")), key=len, default="none")


def claimed_by(path, head=None):
    head = path.read_bytes()[: 1 << 18] if head is None else head
    return [name for name, plugin in PLUGINS.items() if plugin.sniff(path, head)]


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
@pytest.mark.parametrize("packed", [False, True])
def test_samples_are_claimed_by_the_source_they_are_named_after(path, packed):
    head = gzip.compress(path.read_bytes()) if packed else None
    assert claimed_by(path, head) == [kind_of(path.stem)]


@pytest.mark.parametrize("kind", sorted(PLUGINS))
def test_every_source_has_a_sample(kind):
    assert [path for path in SAMPLES.iterdir() if kind_of(path.stem) == kind]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "latin-1"])
def test_encodings(tmp_path, encoding):
    for name in ("table.csv", "qualtrics.csv", "zendesk.csv", "zendesk.jsonl"):
        path = written(tmp_path / name, (SAMPLES / name).read_text(encoding="utf-8").encode(encoding))
        assert claimed_by(path) == [path.stem]


def test_workbooks_and_parquet_are_tables(tmp_path):
    book = write_xlsx(tmp_path / "may.xlsx", {"a": [["x"]]})
    assert claimed_by(book) == ["table"]
    assert claimed_by(tmp_path / "may.parquet", b"PAR1...") == ["table"]
    assert claimed_by(tmp_path / "may.json", b'[{"a": 1}]') == ["table"]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n",
        b"A letter.\n\nWith no columns at all.\n",
        b"PK\x03\x04zip",
        bytes(range(256)),
        b"\x1f\x8bx",
        b"only\n",
    ],
)
def test_other_files_are_claimed_by_none(tmp_path, head):
    assert claimed_by(tmp_path / "any.bin", head) == []


def test_tickets_of_other_tools_are_tables(tmp_path):
    head = b'{"id": 1, "requester_id": 5, "created_at": "2026-01-01", "source": 2}'
    assert claimed_by(tmp_path / "other.json", head) == ["table"]
