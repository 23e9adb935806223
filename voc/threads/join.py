"""Join messages, details and people that stand in files of their own to the threads of the same source."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from voc.records import (
    ContactRecord,
    DetailRecord,
    Identifier,
    Message,
    MessageRecord,
    PersonRecord,
    Record,
    ResponseRecord,
)

_ADDED = ("identifiers", "tags", "solved_at", "messages", "people")  # tuples that are added to what is there
_SUMMED = ("handle_minutes",)  # several time entries of a thread add up
_JOINED = ("text",)  # transcripts of the legs of a call follow each other
OPENING = timedelta(minutes=10)  # a customer's message so soon after the opening is the opening
_GAP = "\n\n"  # between joined texts
_FIELDS = {f.name for f in fields(ContactRecord)}


class SideRecords:
    """Everything of one source that is no thread or response of its own, by what it belongs to.

    `origin` is whatever the caller wants back with a record that belongs to nothing, such as its file.
    """

    def __init__(self) -> None:
        self.messages: dict[str, list[tuple[Any, MessageRecord]]] = {}
        self.details: dict[str, list[tuple[Any, DetailRecord]]] = {}
        self.people: dict[Identifier, PersonRecord] = {}
        self._by_key: dict[type, dict[str, _Side]] = {MessageRecord: {}, DetailRecord: {}}
        self._older: list[tuple[Any, _Side]] = []

    def take(self, origin: Any, record: Record) -> bool:
        """Keep a side record; False for a record that stands for itself. Raises TypeError for a field that is none."""
        if isinstance(record, MessageRecord | DetailRecord):
            if isinstance(record, DetailRecord) and (unknown := record.fields.keys() - _FIELDS):
                raise TypeError(f"DetailRecord names {sorted(unknown)}, which are no fields of ContactRecord")
            if self._is_latest(origin, record):
                self._beside(record).setdefault(record.contact_id, []).append((origin, record))
        elif isinstance(record, PersonRecord):
            for identifier in record.identifiers:
                self.people.setdefault(identifier, record)
        else:
            return False
        return True

    def _beside(self, record: "_Side") -> dict[str, list]:
        return self.messages if isinstance(record, MessageRecord) else self.details

    def _is_latest(self, origin: Any, record: "_Side") -> bool:
        """Whether a record is to be kept; takes out the version of it that was taken before, if that is older."""
        if record.key is None:
            return True
        latest = self._by_key[type(record)]
        former = latest.get(record.key)
        if former is not None:
            is_older = record.changed_at and former.changed_at and record.changed_at < former.changed_at
            lost = (origin, record) if is_older else self._taken_out(former)
            if _says(record) != _says(former):  # a copy is nothing lost
                self._older.append(lost)
            if is_older:
                return False
        latest[record.key] = record
        return True

    def _taken_out(self, record: "_Side") -> tuple[Any, "_Side"]:
        """A record that was kept, with its origin; it is kept no longer."""
        by_thread = self._beside(record)
        found = by_thread[record.contact_id]
        taken = found.pop(next(place for place, (_, one) in enumerate(found) if one is record))
        if not found:
            del by_thread[record.contact_id]
        return taken

    def orphans(self, known: Container[str]) -> Iterator[tuple[Any, MessageRecord | DetailRecord, str]]:
        """(origin, record, why) of messages and details whose thread is in no file of the source, and of older versions."""
        for origin, record in self._older:
            yield origin, _nameless(record), f"an older version of '{record.key}', which the source holds again"
        for what, by_thread in (("message", self.messages), ("detail", self.details)):
            for contact_id, found in by_thread.items():
                if contact_id not in known:
                    why = f"a {what} of the thread '{contact_id}', which is in no file of this source"
                    yield from ((origin, _nameless(record), why) for origin, record in found)

    def joined(self, record: ContactRecord | ResponseRecord) -> ContactRecord | ResponseRecord:
        """The record with what other files say of it and of its customer."""
        if isinstance(record, ContactRecord):
            record = self._with_details(record)
            mine = tuple(m.message for _, m in self.messages.get(record.contact_id, ()))
            if mine:
                record = replace(record, messages=_in_order((*_opening(record, mine), *record.messages, *mine)))
            elif record.solved_at and record.closed_at is None:
                record = replace(record, closed_at=record.solved_at[-1])
        return self._with_person(record)

    def _with_details(self, record: ContactRecord) -> ContactRecord:
        changed: dict[str, Any] = {}
        for _, detail in self.details.get(record.contact_id, ()):
            for name, value in detail.fields.items():
                before = changed.get(name, getattr(record, name))
                if name in _ADDED:
                    changed[name] = _united(before, value)
                    if name == "solved_at":
                        changed[name] = tuple(sorted(changed[name]))
                elif name in _SUMMED and name in changed:
                    changed[name] = before + value
                elif name in _JOINED and name in changed:
                    # The same transcript in two files is one
                    changed[name] = before if value in before.split(_GAP) else f"{before}{_GAP}{value}"
                elif before is None or before is False or before == "":
                    changed[name] = value
        return replace(record, **changed) if changed else record

    def _with_person(self, record: ContactRecord | ResponseRecord) -> ContactRecord | ResponseRecord:
        found = [self.people[i] for i in record.identifiers if i in self.people]
        if not found:
            return record
        changed: dict[str, Any] = {"identifiers": record.identifiers, "people": record.people}
        for person in found:
            changed["people"] = _united(changed["people"], person.people)
            changed["identifiers"] = _united(changed["identifiers"], person.identifiers)
            for name in ("organisation", "segment", "annual_revenue"):
                if name in record.__slots__ and getattr(record, name) is None and getattr(person, name) is not None:
                    changed.setdefault(name, getattr(person, name))
        return replace(record, **changed)


_Side = MessageRecord | DetailRecord


def _nameless(record: _Side) -> _Side:
    """Without names of people, which are there for the texts of a thread and are not to be shown."""
    if isinstance(record, DetailRecord) and "people" in record.fields:
        return replace(record, fields={name: value for name, value in record.fields.items() if name != "people"})
    return record


def _says(record: _Side) -> tuple:
    """What a version says, wherever it stands; of a message its words, which several tables give with other marks."""
    if isinstance(record, DetailRecord):
        return record.contact_id, dict(record.fields)
    return record.contact_id, record.message.at, record.message.author, record.message.text.split()


def _opening(record: ContactRecord, others: Sequence[Message]) -> tuple[Message, ...]:
    """The thread's first words as a message, where they stand in no message of the other files."""
    latest = record.opened_at + OPENING
    if record.messages or any(m.author == "customer" and m.is_public and m.at <= latest for m in others):
        return ()
    author = "agent" if record.is_company_initiated else "customer"
    return (Message(at=record.opened_at, author=author, text=record.text, channel=record.channel),)


def _united(before: tuple, more: Iterable) -> tuple:
    return tuple(dict.fromkeys((*before, *more)))


def _in_order(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """By time; the same message in two files counts once."""
    return tuple(sorted(dict.fromkeys(messages), key=lambda m: m.at))
