"""Ingest in a stream: the same tables whether rows pass through one process or several, on disk or in memory."""

import csv
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from voc import flow
from voc.compute import batches_of, map_in_processes
from voc.errors import VocError
from voc.stages import ingest, reading, spool
from voc.stages.ingest import ingest_sources
from voc.stages.spool import Spool, packed

PIPELINE = """\
name: t
database: t.db
max_reject_share: 1.0
sources:
  - kind: table
    name: desk
    path: "*.csv"
    columns: {id: id, opened_at: at, text: text, customer: who, updated_at: changed}
"""


def square(number: int) -> int:
    return number * number


def fail(number: int) -> int:
    raise VocError(f"no {number}", "")


def end(number: int) -> int:
    import os

    os._exit(3)


def test_results_come_in_order_from_here_and_from_other_processes():
    assert list(map_in_processes(square, range(9), here=3, processes=2)) == [n * n for n in range(9)]
    assert list(map_in_processes(square, range(2), here=3)) == [0, 1]
    assert list(map_in_processes(square, [], here=0)) == []


def test_a_fault_in_another_process_is_told_as_it_was():
    with pytest.raises(VocError, match="no 1"):
        list(map_in_processes(fail, [1, 2], here=0, processes=1))


def test_a_process_that_was_ended_is_said():
    with pytest.raises(VocError, match="A process of the run was ended from outside"):
        list(map_in_processes(end, [1, 2], here=0, processes=1))


def test_batches_of_a_stream():
    assert list(batches_of(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize("in_memory", [1, 1 << 20])
def test_a_spool_gives_back_what_was_put_in(tmp_path, monkeypatch, in_memory):
    monkeypatch.setattr(spool, "IN_MEMORY", in_memory)
    found = Spool(tmp_path)
    for number in range(3):
        found.add(packed([number]), packed(["text" * number]))
    assert [(found.heads(i), found.texts(i)) for i in (2, 0, 1)] == [([2], ["texttext"]), ([0], [""]), ([1], ["text"])]
    found.add(packed([9]), packed([]))
    assert (len(found), found.heads(3)) == (4, [9])
    assert list(tmp_path.iterdir()) == []  # it has no name


@pytest.fixture
def company(tmp_path) -> Path:
    for name, first in (("a.csv", 0), ("b.csv", 40)):
        with (tmp_path / name).open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "at", "text", "who", "changed"])
            for n in range(first, first + 60):  # twenty of them in both files, the later version in the second
                writer.writerow([n, "2026-05-01" if n % 13 else "never", f"Order {4000 + n} of ann{n}@example.com", f"u{n % 7}", f"2026-05-0{first // 40 + 2}"])
    (tmp_path / "p.yml").write_text(PIPELINE)
    return tmp_path / "p.yml"


def tables_of(pipeline: Path) -> dict[str, pd.DataFrame]:
    run = replace(flow.check(pipeline), run_id="r1", key=b"k" * 32)
    empty = {t.name: t.empty() for t in flow.flow()[0].reads}
    return flow.as_stored(empty, ingest_sources(empty, run))


def test_batches_and_processes_change_nothing(company, monkeypatch):
    whole = tables_of(company)
    assert len(whole["contacts"]) == 100 - 8 and len(whole["rejects"]) == 20 + 10 - 2 and whole["verbatims"]["text"].str.contains(r"\[order [0-9a-f]{8}\]").all()
    monkeypatch.setattr(ingest, "BATCH", 7)
    monkeypatch.setattr(ingest, "IN_THIS_PROCESS", 2)
    monkeypatch.setattr(spool, "IN_MEMORY", 1)
    for name, frame in tables_of(company).items():
        pd.testing.assert_frame_equal(frame.reset_index(drop=True), whole[name].reset_index(drop=True), obj=name)


def test_a_message_after_many_threads_alone_stops_the_run(company, monkeypatch):
    from voc.records import MessageRecord
    from voc.sources import table

    read = table.read

    def with_a_late_message(path, options):
        from datetime import UTC, datetime

        from voc.records import Message

        yield from read(path, options)
        yield MessageRecord(line=99, contact_id="1", message=Message(at=datetime(2026, 5, 3, tzinfo=UTC), author="customer", text="again"))

    monkeypatch.setattr(table, "read", with_a_late_message)
    monkeypatch.setattr(reading, "PROBED", 10)
    (company.parent / "b.csv").unlink()
    with pytest.raises(VocError, match="line 99: a MessageRecord in a table whose first 10 rows are threads"):
        tables_of(company)
