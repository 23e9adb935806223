"""What every source owes: one reader a sample, the same rows whatever the encoding or the order of columns, nothing lost in a cut file."""

import csv
import io
import json
import shutil
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_help import SAMPLES, written

from voc import config, flow, inspection, registry
from voc.errors import VocError
from voc.records import RejectRecord
from voc.sources._files import file_kind
from voc.stages.ingest import ingest_sources
from voc.store import Store

ALL = sorted(path for path in SAMPLES.iterdir() if path.is_file())
TABLES = [path for path in ALL if path.suffix == ".csv" and file_kind(path, path.read_bytes()) == "delimited"]
# Columns that no rule can guess
OWN_MAPS = {
    "table_messages.csv": {"records": "messages", "columns": {
        "id": "conversation", "sent_at": "written", "author": "sender", "text": "body", "customer": "user_ref", "email": "mail"}},
    "table_bot_log.csv": {"columns": {"id": "session", "customer": "user_ref", "opened_at": "started", "text": "utterances"}},
}  # fmt: skip
HEADER_ROWS = {"qualtrics": 3, "qualtrics_legacy": 2, "surveymonkey": 2}  # of samples with more than one
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
names = pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
tables = pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)


@cache
def block_of(path: Path) -> dict:
    """The source as `voc inspect` proposes it for a sample."""
    if path.name in OWN_MAPS:
        return {"kind": "table", "path": path.name} | OWN_MAPS[path.name]
    text = "sources:\n" + inspection.inspect(path).snippet
    return json.loads(json.dumps(inspection_yaml(text)["sources"][0]))


def inspection_yaml(text: str):
    from ruamel.yaml import YAML

    return YAML(typ="safe").load(text)


def changed(folder: Path, path: Path, content: bytes | str) -> Path:
    """A sample with other content, among the files it stands with: some tables look up names in others."""
    for other in ALL:
        if other != path and other.stem.partition("_")[0] == path.stem.partition("_")[0]:
            shutil.copy(other, folder / other.name)
    return written(folder / path.name, content)


def read(path: Path, like: Path):
    """Records of a file by the source of a sample."""
    block = block_of(like)
    plugin = registry.get("sources", block["kind"])
    options = config.source_options(plugin.Options, block, path)
    return list(plugin.read(path, options))


def comparable(records: list) -> list:
    """Records without what the way a row is written changes: its line, its raw text."""
    return [replace(r, line=1, **({"raw": ""} if isinstance(r, RejectRecord) else {})) for r in records]


def read_or_refused(path: Path, like: Path) -> list | None:
    """Records, or None for a clear refusal that names the file."""
    try:
        return read(path, like)
    except VocError as error:
        assert path.name in str(error) and error.what
        return None


@names
def test_the_proposed_source_reads_its_sample(path):
    assert block_of(path)["kind"] == next(k for k, plugin in registry.load_all("sources").items() if plugin.sniff(path, path.read_bytes()))
    assert read(path, path)


@names
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_the_encoding_changes_nothing(path, encoding, tmp_path):
    again = changed(tmp_path, path, path.read_text(encoding="utf-8-sig").encode(encoding))
    assert comparable(read(again, path)) == comparable(read(path, path))


@names
def test_an_empty_file_is_refused(path, tmp_path):
    assert read_or_refused(changed(tmp_path, path, b""), path) is None


@names
@FEW
@given(share=st.floats(0.05, 0.999))
def test_a_cut_file_gives_the_rows_before_the_cut_or_is_refused(path, share, tmp_path):
    data = path.read_bytes()
    cut = changed(tmp_path, path, data[: max(1, int(len(data) * share))])
    found = read_or_refused(cut, path)
    if found is None:
        return
    whole = {(type(r), r.line) for r in read(path, path)}
    # a row that was cut is there as a reject or as what is left of it; no row before it is missing
    last = max((r.line for r in found), default=0)
    seen = {r.line for r in found}
    assert {line for _, line in whole if line < last} <= seen


@tables
@FEW
@given(data=st.data())
def test_the_order_of_columns_changes_nothing(path, data, tmp_path):
    text = path.read_text(encoding="utf-8-sig")
    delimiter = csv.Sniffer().sniff(text.splitlines()[0], ",;\t").delimiter if path.stem not in HEADER_ROWS else ","
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    width = len(rows[0])
    if len({name.strip().lower() for name in rows[0]}) < width or path.stem in HEADER_ROWS or any(len(row) != width for row in rows):
        return  # a name that comes again, or spans columns, means something by where it stands
    order = data.draw(st.permutations(range(width)))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([row[i] for i in order] for row in rows)
    again = read_or_refused(changed(tmp_path, path, out.getvalue()), path)
    if again is None:  # said clearly: a format that is known by its first column
        return
    assert sorted(map(_plain, comparable(again))) == sorted(map(_plain, comparable(read(path, path))))


def _plain(record) -> str:
    """Everything a record says, whatever the order in which it says it."""
    said = {f.name: getattr(record, f.name) for f in fields(record)}
    return repr({k: sorted(map(repr, v)) if isinstance(v, tuple) else v for k, v in said.items()})


KINDS = sorted({block_of(path)["kind"] for path in ALL})


@pytest.mark.parametrize("kind", KINDS)
def test_reading_the_same_files_again_changes_nothing(kind, tmp_path):
    mine = [path for path in ALL if block_of(path)["kind"] == kind]
    blocks = []
    for number, path in enumerate(mine):
        block = block_of(path) | {"name": f"{kind}-{number}", "path": str(path)}
        blocks.append(block)
    pipeline = tmp_path / "p.yml"
    pipeline.write_text(json.dumps({"name": "t", "database": "t.db", "max_reject_share": 1.0, "sources": blocks}))
    first, second = ingested(pipeline), ingested(pipeline)
    assert sum(change["inserted"] for change in first.values()) > 0
    assert second == {name: {"inserted": 0, "updated": 0} for name in second}


def ingested(pipeline: Path) -> dict:
    """What the first stage changed in the database."""
    run = flow.check(pipeline)
    stage = flow.flow()[0]
    with Store(flow.database_path(run), flow.report_tables()) as store:
        frames = {t.name: store.read(t.name, t.names) for t in stage.reads}
        result = ingest_sources(frames, run)
        row = {"run_id": "r1", "stage": f"ingest {len(frames['contacts'])}", "position": 1, "rows_in": "{}", "rows_out": "{}",
               "notes": "{}", "seconds": 0.0}  # fmt: skip
        if not store.rows("SELECT 1 FROM runs"):
            store.db["runs"].insert({"run_id": "r1", "pipeline": "t", "status": "running", "started_at": "x", "seed": 1, "settings": "",
                                     "versions": "", "inputs": ""})  # fmt: skip
        return store.write_stage(result.frames, row | {"stage": f"ingest {store.counts()['run_stages']}"}, (), result.patches)
