"""Tell from its rows whether a table holds a message a row, and which of its columns say thread, time, author and words."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from voc.sources._messages import Author, author_of
from voc.sources._values import RowFault, parse_boolean, parse_time

Cells = Mapping[str, str]

ROWS = 2000  # rows looked at: threads lie apart where a table is sorted by time
MOST = 0.5  # of the rows stand in threads of several rows; of such threads, times and words differ within the thread
# Column names in small letters and digits only; of several the one named first here is taken.
_THREAD = ("conversationid conversation threadid thread chatid chat dialogid dialogueid sessionid session ticketid ticket ticketnumber ticketno "
           "caseid case casenumber caseno issueid issuekey incidentid incident requestid requestnumber").split()  # fmt: skip
_THREAD_LIKE = re.compile(r"(ticket|case|complaint|conversation|request|issue|thread|chat|session|dialog|incident)\w*(id|number|no|key|ref)$")
_PLAIN_ID = ("id", "key")  # of the thread where they repeat; where they do not, the message's own
_OF_A_CONTACT = ("number", "reference", "callid", "interactionid", "contactid", "responseid")  # one a row: rows are contacts
# One thread has one of these; where they differ within what looks like a thread, its rows are tickets of their own
_ONE_A_THREAD = re.compile(r"priority|urgency|(closed|solved|resolved)(at|on|date|time)?|handle(time|minutes|seconds)")
_SENT = ("sentat senttime sendtime sentdate sentdatetime datesent sent messagetime messagedate messagecreatedat writtenat written postedat "
         "posted receivedat received createdat created createddate creationdate createdtime createdon datecreated timestamp datetime date time at").split()  # fmt: skip
_SENT_LIKE = re.compile(r"(date|time)(sent|posted|written|created)|(sent|posted|written|created)(at|on|date|time)")
_AUTHOR = ("authortype authorrole sendertype senderrole fromtype fromrole participanttype participantrole speakertype usertype userrole role "
           "direction speaker author sender from sentby writtenby createdby authorid senderid fromid authoremail senderemail fromemail "
           "authorname sendername fromname").split()  # fmt: skip
# Columns that say yes or no to one side
_FLAGS: dict[str, Author] = {
    **dict.fromkeys("isinbound inbound incoming isincoming fromcustomer iscustomer isfromcustomer isfromuser".split(), "customer"),
    **dict.fromkeys("fromagent isagent isfromagent isoutbound outbound outgoing isoutgoing".split(), "agent"),
}
_TEXT = ("body messagebody messagetext plaintextbody plainbody bodytext textbody text message content messagecontent comment commentbody "
         "utterance bodyhtml htmlbody").split()  # fmt: skip
_MARKS = {
    "is_internal": ("isinternal", "internal", "isprivate", "private", "isnote"),
    "is_public": ("ispublic", "public"),
    "is_bot": ("isbot", "bot", "authorbot", "authorisbot", "senderisbot"),
    "is_automatic": ("isautomatic", "automatic", "isautoreply", "autoreply"),
}


@dataclass(frozen=True)
class MessageTable:
    """The settings under which a table is read as messages. `unknown` counts rows whose author is no known word."""

    columns: dict[str, str]
    authors: dict[Author, tuple[str, ...]] = field(default_factory=dict)
    date_format: str | None = None
    unknown: int = 0


def message_table(rows: Sequence[Cells], people: Sequence[str] = ()) -> MessageTable | None:
    """What the rows (column -> cell) show to be messages, or None where each is a contact of its own, or nothing is sure.

    Several rows share a thread, and within most such threads times and words differ. `people` are the columns that hold
    the customer: an author of the same name is that customer. None as well where any id of a ticket is one a row.
    """
    names = {letters(name): name for name in reversed([name for row in rows[:1] for name in row])}
    for row in rows[1:]:
        names |= {letters(name): name for name in row if letters(name) not in names}
    threads = _threads(rows, names)
    if threads is None:
        return None
    thread, groups = threads
    text = next((c for c in _called(names, _TEXT) if c != thread and _share(rows, c) >= MOST and _differs(groups, c)), None)
    sent = next((c for c in _called(names, _SENT, _SENT_LIKE) if c not in (thread, text) and _is_time(rows, c) and _differs(groups, c)), None)
    if text is None or sent is None:
        return None
    who = _author(rows, groups, names, people, taken=(thread, text, sent))
    if who is None:
        return None
    author, authors, unknown = who
    columns = {"id": thread, "sent_at": sent, "author": author, "text": text}
    for mark, usual in _MARKS.items():
        found = next((c for c in _called(names, usual) if c not in columns.values() and _is_flag(rows, c)), None)
        columns |= {mark: found} if found else {}
    return MessageTable(columns, authors, _date_format([row[sent] for row in rows if row.get(sent)]), unknown)


def letters(name: str) -> str:
    """A column's name in small letters and digits only."""
    return re.sub(r"[^a-z0-9]+", "", name.lower())


def _called(names: Mapping[str, str], usual: Sequence[str], like: re.Pattern[str] | None = None) -> Iterator[str]:
    yield from (names[name] for name in usual if name in names)
    if like:
        yield from (column for name, column in names.items() if name not in usual and like.search(name))


def _values(rows: Sequence[Cells], column: str) -> list[str]:
    return [value for row in rows if (value := (row.get(column) or "").strip())]


def _share(rows: Sequence[Cells], column: str) -> float:
    return len(_values(rows, column)) / max(1, len(rows))


def _is_one_a_row(rows: Sequence[Cells], column: str) -> bool:
    values = _values(rows, column)
    return len(values) >= MOST * len(rows) and len(set(values)) == len(values)


def _threads(rows: Sequence[Cells], names: Mapping[str, str]) -> tuple[str, list[list[Cells]]] | None:
    """The column of the thread and the rows of each thread of several; None where the rows are contacts."""
    ids = list(_called(names, _THREAD, _THREAD_LIKE))
    if any(_is_one_a_row(rows, column) for column in (*ids, *_called(names, _OF_A_CONTACT))):
        return None
    once = [column for name, column in names.items() if _ONE_A_THREAD.fullmatch(name)]
    for column in (*ids, *_called(names, _PLAIN_ID)):
        by_thread: dict[str, list[Cells]] = {}
        for row in rows:
            if value := (row.get(column) or "").strip():
                by_thread.setdefault(value, []).append(row)
        groups = [group for group in by_thread.values() if len(group) > 1]
        if sum(map(len, groups)) >= max(2, MOST * len(rows)) and not any(_differs(groups, name) for name in once):
            return column, groups
    return None


def _differs(groups: Sequence[Sequence[Cells]], column: str) -> bool:
    """Whether most threads hold several values of a column; an export in two copies, or by state, repeats them."""
    return sum(len(set(_values(group, column))) > 1 for group in groups) >= MOST * len(groups)


# ---------------------------------------------------------------- times and flags


def _is_time(rows: Sequence[Cells], column: str) -> bool:
    values = _values(rows, column)
    ways = (None, "day_first", "month_first", *_epoch(values))
    return bool(values) and any(sum(_reads(value, way) for value in values) >= 0.8 * len(values) for way in ways)


def _date_format(values: Sequence[str]) -> str | None:
    """The setting that reads all times, where none is needed or several would do: None."""
    ways = [way for way in ("day_first", "month_first", *_epoch(values)) if all(_reads(value, way) for value in values)]
    return ways[0] if len(ways) == 1 and not all(_reads(value, None) for value in values) else None


def _epoch(values: Sequence[str]) -> list[str]:
    digits = {len(value.strip().partition(".")[0]) for value in values if value.strip().replace(".", "", 1).isdigit()}
    return ["epoch"] if digits == {10} else ["epoch_ms"] if digits == {13} else []


def _reads(value: str, way: str | None) -> bool:
    try:
        parse_time(value, date_format=way)
    except ValueError:
        return False
    return True


def _is_flag(rows: Sequence[Cells], column: str) -> bool:
    values = set(_values(rows, column))
    return bool(values) and all(_flag(value) is not None for value in values)


def _flag(value: str) -> bool | None:
    try:
        return parse_boolean(value)
    except ValueError:
        return None


# ---------------------------------------------------------------- authors

_Found = tuple[str, dict[Author, tuple[str, ...]], int]


def _author(rows: Sequence[Cells], groups, names: Mapping[str, str], people: Sequence[str], taken: Sequence[str]) -> _Found | None:
    """Column, settings and number of rows still unknown: known words first, then flags, names of the customer, any words.

    Some thread has the customer and somebody else, or, in words that are not known, several authors in most threads.
    """
    columns = [c for c in _called(names, _AUTHOR) if c not in taken and _share(rows, c) >= MOST]
    in_words = [c for c in columns if _talks(groups, lambda row, c=c: _who(row, c, {}, ()))]
    unknown = {column: sum(_who(row, column, {}, ()) is None for row in rows) for column in columns}
    for column in in_words:
        if not unknown[column]:
            return column, {}, 0
    for column in _called(names, list(_FLAGS)):
        if column not in taken and _is_flag(rows, column) and (authors := _sides(rows, groups, column)):
            return column, authors, 0
    others: dict[Author, tuple[str, ...]] = {"agent": ("*",)}
    for column in columns:
        own = [name for name in people if name != column]
        if own and _talks(groups, lambda row, c=column, o=own: _who(row, c, others, o)):
            return column, others, 0
    for column in in_words:  # rows of other words are rejects, which say so
        if unknown[column] < (1 - MOST) * len(rows):
            return column, {}, 0
    if any(not unknown[column] for column in columns):  # all of one side
        return None
    return next(((column, {}, unknown[column]) for column in columns if _differs(groups, column)), None)


def _sides(rows: Sequence[Cells], groups, column: str) -> dict[Author, tuple[str, ...]]:
    """Settings for a column that says yes or no to one side; none where one side never writes."""
    yes = _FLAGS[letters(column)]
    no: Author = "agent" if yes == "customer" else "customer"
    sides: dict[bool, set[str]] = {True: set(), False: set()}
    for value in _values(rows, column):
        if (flag := _flag(value)) is not None:
            sides[flag].add(value)
    authors: dict[Author, tuple[str, ...]] = {yes: tuple(sorted(sides[True])), no: tuple(sorted(sides[False]))}
    is_talk = _talks(groups, lambda row: _who(row, column, authors, ()))
    return dict(sorted(authors.items(), reverse=True)) if is_talk else {}


def _who(row: Cells, column: str, authors: Mapping[Author, tuple[str, ...]], people: Sequence[str]) -> Author | None:
    own = {value.strip().casefold() for name in people if (value := row.get(name) or "").strip()}
    try:
        return author_of(row.get(column) or "", column, authors, own)
    except RowFault:
        return None


def _talks(groups: Sequence[Sequence[Cells]], who: Callable[[Cells], Author | None]) -> bool:
    """Whether the customer and somebody else both write in some thread."""
    for group in groups:
        found = {who(row) for row in group} - {None}
        if "customer" in found and len(found) > 1:
            return True
    return False
