"""CSV that Datasette sends, with every cell that a spreadsheet would run as a formula made harmless."""

import codecs
import csv
import io
import re

from voc.exports._guard import guarded

csv.field_size_limit(2**31 - 1)  # the module's own limit of 131,072 characters is below real texts
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)  # CSV does not tell numbers from text; these are no formulas


def as_csv(names: list[str], rows: list[tuple]) -> str:
    """An answer as CSV, its cells harmless."""
    out = io.StringIO()
    csv.writer(out).writerows([names, *rows])
    return _guarded(out.getvalue())


def harmless(send):
    """An ASGI `send` that guards the cells of the CSV passing through it, row by row, as it is streamed."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest = ""

    async def sending(message):
        nonlocal rest
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers") or [] if name.lower() != b"content-length"]
            message = {**message, "headers": kept}
        elif message["type"] == "http.response.body":
            is_last = not message.get("more_body", False)
            rest += decoder.decode(message.get("body", b""), final=is_last)
            whole = len(rest) if is_last else _end_of_rows(rest)
            message = {**message, "body": _guarded(rest[:whole]).encode()}
            rest = rest[whole:]
        await send(message)

    return sending


def _end_of_rows(text: str) -> int:
    """Where the last whole row ends: after a line break with an even number of quotation marks before it."""
    end = text.rfind("\n")
    while end >= 0 and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end)
    return end + 1


def _guarded(rows: str) -> str:
    """The rows, written again as they were but for cells that begin like a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    # newline="" keeps line breaks inside of cells
    for row in csv.reader(io.StringIO(rows, newline="")):
        writer.writerow([cell if _NUMBER.match(cell) else guarded(cell) for cell in row])
    return out.getvalue()
