"""Genesys Cloud: details of conversations (queries and jobs of analytics), participants' attributes, transcripts."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import Field

from voc.errors import VocError
from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, Record, RejectRecord, ResponseRecord
from voc.sources import _genesys as calls
from voc.sources._entries import Entry, VendorOptions, head_keys, open_export
from voc.sources._files import check_file, find_encoding, is_json, open_text
from voc.sources._values import identifiers
from voc.sources._vendor import Reading, TableKind, fits_any, read_tables, with_defaults

DESCRIPTION = "Genesys Cloud: details of conversations, participants' attributes and transcripts (JSON, text)"

_CONVERSATION_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_TEXT_ENDINGS = (".txt", ".txt.gz")


class Options(VendorOptions):
    """Keys of a `kind: genesys` source; a field is the name of a participant's attribute, such as MainIntent."""

    customer_field: str | None = Field(None, description="Attribute with an id of the customer shared between tools")
    names: dict[str, str] = Field({}, description="Names of wrap-up codes and queues by their id")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is an answer of Genesys Cloud, or a transcript in a text file named by the conversation's id."""
    kind, keys = head_keys(path, head)
    if kind == "json":
        return fits_any(_KINDS[:-1], keys) or calls.is_names(keys)
    return kind == "delimited" and bool(head.strip()) and _named_conversation(path) is not None


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of Genesys Cloud: a contact a conversation, a response a finished survey, words of transcripts.

    Handle time is the agents' tHandle, else their segments interact, hold and wrap-up. A call nobody answered is a
    contact without reply; one that only machines handled is a bot's. Raises VocError for a file that is neither JSON
    nor a text named by a conversation's id.
    """
    check_file(path)
    if is_json(path):
        export = open_export(path, options, pages=("conversations", "entities"))
        reading = _Reading(path, options, prefixes=("attributes.",))
        return read_tables(export, _KINDS, reading, vendor="Genesys Cloud")
    conversation_id = _named_conversation(path)
    if conversation_id is None:
        raise VocError(
            f"{path} is no JSON of Genesys Cloud, and its name does not end in the id of a conversation.",
            "Name a plain transcript <conversationId>.txt. For a table use kind: table.",
        )
    return _plain_transcript(path, options, conversation_id)


def _named_conversation(path: Path) -> str | None:
    name = path.name.lower()
    ending = next((one for one in _TEXT_ENDINGS if name.endswith(one)), None)
    match = _CONVERSATION_ID.search(path.name[: -len(ending)]) if ending else None
    return match[0] if match else None


class _Reading(Reading):
    """Also the names of codes, read when the first is asked for."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._codes: dict[str, str] | None = None

    def name_of(self, code: str | None) -> str | None:
        """The name of a wrap-up code or queue, None where neither an option nor a list in the folder has it."""
        if self._codes is None:
            self._codes = calls.names_beside(self.path, self.options) | self.options.names
        return self._codes.get(code or "")


def _conversation(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "conversationId")
    opened_at = reading.moment(entry, "conversationStart")
    participants = entry.objects("participants")
    customers = calls.of_purpose(participants, calls.CUSTOMERS)
    agents = calls.of_purpose(participants, calls.AGENTS)
    answered = calls.answering(agents)
    is_outbound = (entry.text("originatingDirection") or "").lower() == "outbound"
    wrap_up = calls.last_code(agents, "wrapUpCode")
    is_bot = calls.is_self_served(entry, participants, reading) and not answered
    attributes = _attributes(entry, participants)
    fields = reading.fields(attributes)
    contact = ContactRecord(
        line=entry.line,
        contact_id=contact_id,
        opened_at=opened_at,
        text="",
        subject=calls.first_value(participants, "subject"),
        people=calls.names([*customers, *agents], attributes),
        identifiers=(*calls.people(customers, is_outbound=is_outbound), *_shared_id(attributes, reading)),
        channel=calls.channel_of(calls.sessions([*customers, *participants])),
        closed_at=reading.time(entry, "conversationEnd"),
        public_reply_count=len(answered),
        is_company_initiated=is_outbound,
        language=next(filter(None, (s.text("flow.endingLanguage") for s in calls.sessions(participants))), None),
        # Without words only a bot has to be shown: who else handled it stands in the number of replies
        messages=_handled_by_bot(opened_at) if is_bot and not is_outbound else (),
        transfer_count=calls.transfers(participants, answered, reading),
        **with_defaults(
            fields,
            given_topic=None if reading.options.given_topic_field else reading.name_of(wrap_up) or wrap_up,
            site=reading.name_of(calls.last_code(agents, "queueId") or calls.last_code(participants, "queueId")),
            handle_minutes=calls.handle_minutes(agents, reading),
        ),
    )
    yield contact
    for survey in entry.objects("surveys"):
        yield from _survey(survey, contact, reading)


def _handled_by_bot(at: datetime) -> tuple[Message, ...]:
    return Message(at=at, author="customer"), Message(at=at, author="bot")


def _attributes(entry: Entry, participants: list[Entry]) -> Entry:
    """Attributes of all participants together; what a later one says of a name stands, as it does in Genesys."""
    merged: dict = {}
    for one in participants:
        found = one.get("attributes")
        merged |= {key: value for key, value in found.items() if value} if isinstance(found, dict) else {}
    return Entry(line=entry.line, raw=entry.raw, data={"attributes": merged})


def _shared_id(attributes: Entry, reading: _Reading) -> tuple:
    return identifiers(external=reading.named(attributes, "customer_field"))


def _survey(survey: Entry, contact: ContactRecord, reading: _Reading) -> Iterator[Record]:
    """A finished survey: the promoter score from 0 to 10, else the points in percent of those to be had."""
    if (survey.text("surveyStatus") or "finished").lower() != "finished":
        return
    scale = {"score_kind": "nps", "score_worst": 0.0, "score_best": 10.0}
    score = reading.number(survey, "surveyPromoterScore")
    if score is None:
        scale = {"score_kind": "csat", "score_worst": 0.0, "score_best": 100.0}
        score = reading.number(survey, "oSurveyTotalScore")
    if score is None:
        return
    if not 0 <= score <= scale["score_best"]:
        reading.losses.note(survey.line, "surveys", f"{score:g}", f"outside 0 (worst) to {scale['score_best']:g} (best)")
        return
    finished_at = reading.time(survey, "surveyCompletedDate", "eventTime")
    yield ResponseRecord(
        line=survey.line,
        response_id=survey.text("surveyId") or f"{contact.contact_id}-survey",
        responded_at=finished_at or contact.closed_at or contact.opened_at,
        identifiers=contact.identifiers,
        score=score,
        contact_id=contact.contact_id,
        channel=contact.channel,
        segment=contact.segment,
        site=contact.site,
        language=contact.language,
        **scale,
    )


def _participants(entry: Entry, reading: _Reading) -> Iterator[Record]:
    """A conversation as `GET /api/v2/conversations/ID` gives it: what its attributes add to the details."""
    contact_id = reading.id(entry, "id", "conversationId")
    participants = entry.objects("participants")
    attributes = _attributes(entry, participants)
    customers = calls.of_purpose(participants, calls.CUSTOMERS)
    contact = next(filter(None, (one.text("externalContactId") for one in customers)), None)
    queues = [name for one in participants if (name := one.text("queueName"))]
    known = {
        "people": calls.names(calls.of_purpose(participants, calls.CUSTOMERS | calls.AGENTS), attributes),
        "identifiers": (*identifiers(id=contact), *_shared_id(attributes, reading)),
        **with_defaults(reading.fields(attributes), site=queues[-1] if queues else None),
    }
    # Attributes are those of the whole conversation as it then was
    version = {"key": f"attributes of {contact_id}", "changed_at": reading.time(entry, "endTime")}
    yield DetailRecord(line=entry.line, contact_id=contact_id, fields={k: v for k, v in known.items() if v}, **version)


def _transcript(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "conversationId")
    said, words = calls.transcript_of(entry, reading)
    first = next(iter(entry.objects("transcripts")), entry)
    named = first.text("transcriptId") or entry.text("transcriptId", "communicationId", "recordingId")
    for message in said:
        key = {"key": f"transcript {named} of {contact_id} at {message.at.isoformat()} {message.author}"} if named else {}
        yield MessageRecord(line=entry.line, contact_id=contact_id, message=message, **key)
    if words and not said:
        key = {"key": f"transcript {named} of {contact_id}"} if named else {}
        yield DetailRecord(line=entry.line, contact_id=contact_id, fields={"text": words}, **key)
    elif not said:
        reading.pass_over(entry, "transcripts without words of a customer")


def _plain_transcript(path: Path, options: Options, conversation_id: str) -> Iterator[Record]:
    with open_text(path, find_encoding(path, options.encoding)) as stream:
        words = calls.words_of_lines(line.replace("\0", "") for line in stream)
    if words:
        yield DetailRecord(line=1, contact_id=conversation_id, fields={"text": words})
    else:
        yield RejectRecord(line=1, reason="a transcript without words of a customer", raw="", is_fault=False)


_KINDS = (
    TableKind(name="details of conversations", signs=("conversationId; conversationStart; participants",), read=_conversation),
    TableKind(
        name="transcripts",
        signs=("conversationId; transcripts", "conversationId; phrases"),
        read=_transcript,
    ),
    TableKind(
        name="conversations with participants' attributes",
        signs=("id; startTime; participants", "conversationId; participants; attributes"),
        read=_participants,
    ),
    TableKind(
        name="names of wrap-up codes and queues",
        signs=("id; name; selfUri",),
        unused="they are looked up where conversations name their ids",
    ),
)
