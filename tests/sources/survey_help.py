"""What the tests of survey and review sources share: texts of answers, and files of any bytes."""

import gzip

from hypothesis import strategies as st
from source_help import written
from test_source_properties import read

from voc.records import RejectRecord, ResponseRecord

ENDINGS = [".csv", ".json", ".jsonl", ".xlsx", ""]
COMMON_STARTS = [
    b"",
    b"{",
    b"[",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"PAR1",
    b"\x1f\x8b",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
]
BYTES = st.tuples(st.binary(max_size=200), st.booleans(), st.sampled_from(ENDINGS))


def any_file(*starts: bytes) -> st.SearchStrategy:
    """(first bytes, further bytes, packed, ending): files that begin like exports and go on as anything."""
    return st.tuples(st.sampled_from([*COMMON_STARTS, *starts]), BYTES)


def holds_for_file(plugin, options, folder, file) -> None:
    """Any bytes give a yes or no of sniff, and records, rejects or a VocError of read."""
    start, (rest, is_packed, ending) = file
    content = start + rest
    path = written(folder / f"any{ending}", gzip.compress(content) if is_packed else content)
    assert plugin.sniff(path, path.read_bytes()) in (True, False)
    read(plugin, path, options)


def cut_files(path, folder):
    """A file cut off at twenty places, each once as it is and once re-encoded, and gzip cut off."""
    content = path.read_bytes()
    text = content.decode("utf-8")
    for number in range(20):
        end = len(content) * number // 20
        yield written(folder / path.name, content[:end])
        yield written(folder / path.name, text[:end].encode("utf-16"))
        yield written(folder / path.name, text[:end].encode("latin-1", "replace"))
        yield written(folder / path.name, gzip.compress(content)[:end])


def texts_of(records) -> list:
    """The answers that hold something as (question, text), a list for each response; the reason of a reject."""
    return [
        record.reason
        if isinstance(record, RejectRecord)
        else [(answer.question, answer.text) for answer in record.answers if answer.text.strip()]
        for record in records
        if isinstance(record, (RejectRecord, ResponseRecord))
    ]


def answer_counts(records) -> dict[str, int]:
    """How many responses hold a text to each question, in the order of the file."""
    counts: dict[str, int] = {}
    for record in records:
        for answer in getattr(record, "answers", ()):
            counts[answer.question] = counts.get(answer.question, 0) + bool(answer.text.strip())
    return counts
