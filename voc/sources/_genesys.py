"""What a conversation of Genesys Cloud tells of itself: its customer, who handled it and how long, and its words."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from voc.errors import VocError
from voc.records import Identifier, Message
from voc.sources._entries import Entry, VendorOptions, head_keys, open_export
from voc.sources._files import read_head
from voc.sources._name_columns import name_columns, names_in
from voc.sources._people import people_in
from voc.sources._values import identifiers
from voc.sources._vendor import Reading

CUSTOMERS = {"customer", "external"}
AGENTS = {"agent", "user"}
MACHINES = {"ivr", "bot", "botflow", "workflow"}  # a voicemail is none: somebody has to hear it
_EFFORT = {"interact", "hold", "wrapup"}
_WRITTEN = {"message", "email"}  # media in which hours may lie between two turns; a call or chat is one contact
_MESSAGE_TYPES = {"whatsapp": "whatsapp", "sms": "sms"}
_SCHEME = re.compile(r"^(?:tel|sip|sips|mailto):", re.IGNORECASE)
_PHONE = re.compile(r"\+?[\d\s().-]{5,20}$")
_SPEAKER = re.compile(r"^\s*(?:\[?[\d:.,]+\]?\s*)?([A-Za-z]{2,12})(?:\s*\d*)?\s*(?:\[[^\]]*\]|\([^)]*\))?\s*:\s*(.*)$")
_SPEAKERS = {"customer": "customer", "external": "customer", "caller": "customer", "client": "customer"}
_SPEAKERS |= {"visitor": "customer", "agent": "agent", "internal": "agent", "advisor": "agent", "representative": "agent"}
_SPEAKERS |= {"bot": "bot", "ivr": "bot", "system": "bot", "acd": "bot"}


def purpose(participant: Entry) -> str:
    """What a participant is in the conversation, in small letters."""
    return (participant.text("purpose", "participantPurpose") or "").lower()


def of_purpose(participants: Iterable[Entry], purposes: set[str]) -> list[Entry]:
    """Participants that have one of the purposes."""
    return [one for one in participants if purpose(one) in purposes]


def sessions(participants: Iterable[Entry]) -> list[Entry]:
    """The sessions of participants, in their order."""
    return [session for one in participants for session in one.objects("sessions")]


def channel_of(all_sessions: list[Entry]) -> str | None:
    """The medium of the first session; messages by their kind, as far as the contact rules tell kinds apart."""
    for session in all_sessions:
        medium = (session.text("mediaType") or "").lower()
        if medium == "message":
            return _MESSAGE_TYPES.get((session.text("messageType") or "").lower(), "messaging")
        if medium:
            return medium
    return None


def people(customers: list[Entry], *, is_outbound: bool) -> tuple[Identifier, ...]:
    """Who the customer is: the external contact and the address that called, wrote or, outbound, was called.

    An address that is neither phone nor mail (a guest of the web messenger) counts only where no contact is known.
    """
    contact = next(filter(None, (one.text("externalContactId") for one in customers)), None)
    paths = ("dnis", "addressTo") if is_outbound else ("ani", "addressFrom", "addressOther")
    found = [address for session in sessions(customers) for path in paths if (address := session.text(path))]
    plain = [_SCHEME.sub("", one).strip() for one in found]
    bare = [one.partition("@")[0] if address.lower().startswith("sip") else one for address, one in zip(found, plain, strict=True)]
    phone = next((one for one in bare if _PHONE.match(one)), None)
    email = next((one for one in bare if "@" in one), None)
    other = next((one for one in bare if any(sign.isdigit() for sign in one)), None)
    return identifiers(id=contact or (None if phone or email else other), email=email, phone=phone)


def names(persons: list[Entry], attributes: Entry) -> tuple[str, ...]:
    """Names of customers and agents, and of whom the flows looked up: attributes such as Customer.FirstName.

    What calls itself a participant may be a telephone number or a place (mobile networks send them): those are none.
    """
    called = (one.text("participantName", "name") for one in persons)
    contacts = [contact for one in persons if isinstance(contact := one.get("externalContact"), dict)]
    said = attributes.get("attributes") or {}
    texts = {key: value for key, value in said.items() if isinstance(value, str)}
    found = people_in({"contacts": [{"name": name} for name in called if name] + contacts})
    return tuple(dict.fromkeys((*found, *names_in(texts, name_columns(texts)))))


def handle_minutes(agents: list[Entry], reading: Reading) -> float | None:
    """Agent time: the metric tHandle, else the segments interact, hold and wrapup; of all agents together."""
    total = 0.0
    for session in sessions(agents):
        measured = [reading.number(one, "value") for one in session.objects("metrics") if _is_metric(one, "tHandle")]
        known = [value for value in measured if value is not None and value >= 0]
        total += sum(known) / 60_000 if known else sum(_length(one, reading) for one in session.objects("segments"))
    return total or None


def _length(segment: Entry, reading: Reading) -> float:
    """Minutes of a segment in which an agent was busy; 0 of others and of those still running."""
    if (segment.text("segmentType") or "").lower() not in _EFFORT:
        return 0.0
    start, end = reading.time(segment, "segmentStart"), reading.time(segment, "segmentEnd")
    return max((end - start).total_seconds(), 0.0) / 60 if start and end else 0.0


def _is_metric(metric: Entry, name: str) -> bool:
    return (metric.text("name") or "").lower() == name.lower()


def answering(agents: list[Entry]) -> list[Entry]:
    """Agents who spoke with the customer; one whose phone only rang did not answer."""
    return [one for one in agents if any(_is_interact(segment) for segment in _segments([one]))]


def _segments(participants: Iterable[Entry]) -> Iterator[Entry]:
    for session in sessions(participants):
        yield from session.objects("segments")


def _is_interact(segment: Entry) -> bool:
    return (segment.text("segmentType") or "").lower() == "interact"


def transfers(participants: list[Entry], answered: list[Entry], reading: Reading) -> int:
    """Transfers counted by the metric nTransferred, or by the agents who took over one after the other."""
    metrics = (one for session in sessions(participants) for one in session.objects("metrics"))
    values = (reading.number(one, "value") for one in metrics if _is_metric(one, "nTransferred"))
    in_turn = [one for one in answered if not any(reading.is_true(segment, "conference") for segment in _segments([one]))]
    agents = {one.text("userId", "participantId", "id") for one in in_turn}
    return max(int(sum(max(value, 0.0) for value in values if value is not None)), len(agents) - 1, 0)


def is_self_served(conversation: Entry, participants: list[Entry], reading: Reading) -> bool:
    """Whether only machines handled the customer: no agent, no queue, and no flow that handed over to a person."""
    if reading.is_true(conversation, "selfServed"):
        return True
    others = {purpose(one) for one in participants} - CUSTOMERS
    flows = [(session.text("flow.exitReason") or "").upper() for session in sessions(participants)]
    queued = any(segment.text("queueId") for segment in _segments(participants))
    return bool(others) and others <= MACHINES and not queued and "TRANSFER" not in flows


def last_code(participants: list[Entry], path: str) -> str | None:
    """The last value of a field of the segments, such as wrapUpCode: the agent who ended the conversation set it."""
    found = [code for segment in _segments(participants) if (code := segment.text(path))]
    return found[-1] if found else None


def first_value(participants: list[Entry], path: str) -> str | None:
    """The first value of a field of the segments."""
    return next(filter(None, (segment.text(path) for segment in _segments(participants))), None)


# ---------------------------------------------------------------- names beside


def names_beside(path: Path, options: VendorOptions) -> dict[str, str]:
    """Names by id, from lists of wrap-up codes and queues (`{"entities": [{"id", "name"}]}`) in the same folder."""
    found: dict[str, str] = {}
    for other in sorted(path.parent.glob("*.json")):
        if other == path or not is_names(head_keys(other, read_head(other))[1]):
            continue
        try:
            for entry in open_export(other, options, pages=("entities",)).rows():
                key, name = entry.text("id"), entry.text("name")
                if key and name:
                    found.setdefault(key, name)
        except VocError:  # it is complained of where it is read for itself
            continue
    return found


def is_names(keys: set[str]) -> bool:
    """Whether keys (folded) are those of a list of named things of Genesys Cloud."""
    return {"entities", "id", "name", "selfuri"} <= keys


# ---------------------------------------------------------------- words


def transcript_of(entry: Entry, reading: Reading) -> tuple[list[Message], str]:
    """What was said, as turns of messages and mails, or of calls and chats (one contact each) the customer's words.

    Turns of which one has no time count as words only.
    """
    turns = list(_turns(entry))
    medium = (entry.text("mediaType", "communicationType") or "").lower()
    words = "\n".join(text for author, text, _ in turns if author == "customer")
    if medium not in _WRITTEN:
        return [], words
    said = []
    for author, text, first in turns:
        at = reading.time(first, "startTimeMs", "startTime")
        if at is None:
            return [], words
        said.append(Message(at=at, author=author, text=text))
    return said, words


def _turns(entry: Entry) -> Iterator[tuple[str, str, Entry]]:
    """(author, words, first phrase) of phrases of one speaker that follow each other."""
    held: list[Entry] = []
    for part in [*entry.objects("transcripts"), *([entry] if entry.has("phrases") else [])]:
        for phrase in part.objects("phrases"):
            if not phrase.text("text"):
                continue
            if held and _author(held[0]) != _author(phrase):
                yield _turn(held)
                held = []
            held.append(phrase)
    if held:
        yield _turn(held)


def _turn(phrases: list[Entry]) -> tuple[str, str, Entry]:
    return _author(phrases[0]), " ".join(phrase.text("text") or "" for phrase in phrases), phrases[0]


def _author(phrase: Entry) -> str:
    found = purpose(phrase)
    return "customer" if found in CUSTOMERS else "agent" if found in AGENTS | {"internal"} else "bot"


def words_of_lines(lines: Iterable[str]) -> str:
    """What the customer says in a plain transcript; all of it where no line names a speaker (`Customer: ...`)."""
    speaker, theirs, everything = None, [], []
    for line in lines:
        match = _SPEAKER.match(line)
        found = _SPEAKERS.get(match[1].lower()) if match else None
        speaker = found or speaker
        text = (match[2] if match and found else line).strip()
        if text:
            everything.append(line.strip())
            if speaker == "customer":
                theirs.append(text)
    return "\n".join(theirs if speaker else everything)
