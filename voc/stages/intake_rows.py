"""What a run took in, out of the spool: slim rows to find out who is who, and whole tables chunk by chunk."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Chunks
from voc.schema import Table
from voc.stages.reading import Lost, SourceFile
from voc.stages.record_rows import Head, Text
from voc.stages.row_people import ERASED, row_hash
from voc.stages.spool import Spool

BEGINS = ("thread", "answer_to_outreach")  # what the first contact of a thread is made by
FORGOTTEN = Lost(ERASED, False)
_SLIM = (*tables.KNOWN_OF_CONTACTS, "closed_at")  # of new contacts the end is needed as well, to tell elapsed time from effort
_SHOWN_OF_LOST = 4000  # characters of a text among the rejects


class Rows:
    """Rows of a spool without those that lost against another version or belong to an erased customer."""

    def __init__(self, spool: Spool, lost: Mapping[int, Lost], files: Sequence[SourceFile], *, forgotten: frozenset[str] = frozenset(),
                 key: bytes = b"") -> None:  # fmt: skip
        self._spool, self._lost, self._files = spool, dict(lost), files
        self._erased: set[int] = set()
        self._forgotten, self._key = forgotten, key
        self.threads, self.answered, self.rejected = Counter(), Counter(), Counter()  # by number of the file
        self.faulty, self.redactions = 0, 0
        self._kept: list[int] = []  # contacts of each batch
        self._texts = 0
        self.contacts = self._slim()

    def _slim(self) -> pd.DataFrame:
        """New contacts without their texts, in the order of the spool; counts on the way."""
        places = [tables.Contact.names.index(name) for name in _SLIM]
        found: list[tuple] = []
        for number in range(len(self._spool)):
            before, seen = len(found), set()
            for head in self._spool.heads(number):
                self._count(head, seen)
                if head.table == "contacts" and head.number not in self._lost:
                    found.append(tuple(head.row[place] for place in places))
            self._kept.append(len(found) - before)
        columns = dict(zip(_SLIM, zip(*found, strict=True), strict=True)) if found else {name: () for name in _SLIM}
        by_name = {c.name: c for c in tables.Contact.columns}
        return pd.DataFrame({n: pd.Series(v, dtype="str" if by_name[n].type is str else "float64") for n, v in columns.items()})

    def _count(self, head: Head, seen: set[int]) -> None:
        if head.table == "rejects":
            self.rejected[head.file] += 1
            self.faulty += head.row[tables.Reject.names.index("is_fault")]
            return
        declared = tables.Contact if head.table == "contacts" else tables.Response
        if self._forgotten and self._is_erased(head, declared):
            self._lost[head.number] = FORGOTTEN
            self._erased.add(head.number)
        if head.number in self._lost:
            if head.number not in seen:  # a thread of several contacts is one row that was set aside
                self.rejected[head.file] += 1
                self.faulty += self._lost[head.number].is_fault
            seen.add(head.number)
            return
        self.redactions += head.redactions
        self._texts += head.texts
        if head.table == "responses":
            self.answered[head.file] += 1
        elif head.row[declared.names.index("made_by")] in BEGINS:
            self.threads[head.file] += 1

    def _is_erased(self, head: Head, declared: Table) -> bool:
        hashes = [*json.loads(head.row[declared.names.index("identifiers")]), row_hash(head.row[0], self._key)]
        return not self._forgotten.isdisjoint(hashes)

    # ------------------------------------------------------------ tables

    def responses(self) -> pd.DataFrame:
        """New responses."""
        rows = [h.row for i in range(len(self._spool)) for h in self._spool.heads(i) if self._counts(h, "responses")]
        return _frame(tables.Response, rows)

    def contact_chunks(self, customer_ids: np.ndarray) -> Chunks:
        """New contacts with their customers, in the order of `contacts`."""
        starts = np.concatenate([[0], np.cumsum(self._kept)]).astype(int)

        place = tables.Contact.names.index("customer_id")

        def lists() -> Iterator[list[tuple]]:
            for number in range(len(self._spool)):
                mine = customer_ids[starts[number] : starts[number + 1]]
                rows = [head.row for head in self._spool.heads(number) if self._counts(head, "contacts")]
                if rows:
                    yield [(*row[:place], who, *row[place + 1 :]) for row, who in zip(rows, mine, strict=True)]

        return Chunks(tables.Contact, lists, len(self.contacts))

    def verbatim_chunks(self) -> Chunks:
        """New verbatims."""

        return Chunks(tables.Verbatim, lambda: self._texts_as(lambda text: text.row), self._texts)

    def raw_chunks(self) -> Chunks:
        """Texts of new verbatims as they came, for a file of their own."""

        return Chunks(tables.RawText, lambda: self._texts_as(lambda text: (text.row[0], text.raw)), self._texts)

    def _texts_as(self, row_of: Callable[[Text], tuple]) -> Iterator[list[tuple]]:
        for number in range(len(self._spool)):
            rows = [row_of(text) for text in self._spool.texts(number) if text.number not in self._lost]
            if rows:
                yield rows

    def reject_chunks(self) -> Chunks:
        """Rows set aside: those that could not be used, and those that lost, as they were read."""

        def lists() -> Iterator[list[tuple]]:
            count = 0
            for i in range(len(self._spool)):
                rows = []
                for row in self._rejects_of(i):
                    count += 1
                    rows.append((f"{row[1]}#{count:07d}", *row[1:]))
                if rows:
                    yield rows

        return Chunks(tables.Reject, lists, sum(self.rejected.values()))

    def _rejects_of(self, i: int) -> Iterator[tuple]:
        heads = self._spool.heads(i)
        is_lost = any(head.number in self._lost for head in heads)
        texts = _by_number(self._spool.texts(i)) if is_lost else {}
        seen: set[int] = set()
        for head in heads:
            if head.table == "rejects":
                yield head.row
            elif head.number in self._lost and head.number not in seen:
                seen.add(head.number)
                yield self._lost_row(head, texts.get(head.number, []))

    def _lost_row(self, head: Head, texts: list[str]) -> tuple:
        declared = tables.Contact if head.table == "contacts" else tables.Response
        row, why, file = dict(zip(declared.names, head.row, strict=True)), self._lost[head.number], self._files[head.file]
        shown = {n: v for n, v in row.items() if v not in (None, "", "[]") and n not in ("identifiers", "account", "file_name", "line")}
        if texts:
            shown["text"] = "\n\n".join(texts)[:_SHOWN_OF_LOST]
        is_erased = head.number in self._erased
        values = {
            "reject_id": "", "file_id": file.file_id, "file_name": file.shown_name, "line": row["line"], "reason": why.reason,
            "is_fault": why.is_fault, "raw_row": "{}" if is_erased else json.dumps(shown, ensure_ascii=False),
            "identifiers": "[]" if is_erased else row["identifiers"],
        }  # fmt: skip
        return tuple(values[name] for name in tables.Reject.names)

    def _counts(self, head: Head, table: str) -> bool:
        return head.table == table and head.number not in self._lost


def upserted(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """All rows there will be: the new ones, and the old ones they do not replace."""
    key = new.columns[0]
    kept = old[~old[key].isin(set(new[key]))]
    return pd.concat([kept, new], ignore_index=True) if len(kept) else new


def _by_number(texts: Sequence[Text]) -> dict[int, list[str]]:
    place = tables.Verbatim.names.index("text")
    found: dict[int, list[str]] = {}
    for text in texts:
        found.setdefault(text.number, []).append(text.row[place])
    return found


def _frame(declared: Table, rows: Sequence[tuple]) -> pd.DataFrame:
    return declared.check(pd.DataFrame(rows, columns=declared.names)) if rows else declared.empty()
