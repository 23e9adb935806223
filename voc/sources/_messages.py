"""Tables with a row a message, of any tool: who wrote it, and the thread that its first message opens."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from voc.records import ContactRecord, DetailRecord, Identifier, Message, MessageRecord, Record
from voc.sources._threads import opening_lines
from voc.sources._values import RowFault, parse_boolean, short

Author = Literal["customer", "agent", "bot", "system"]
OTHERS = "*"  # under authors: whoever is not named
# What tools call authors, and directions, which say the same; letters only
_USUAL: dict[Author, str] = {
    "customer": "customer user enduser endcustomer visitor contact lead client consumer chatter caller guest requester buyer inbound incoming in received",
    "agent": "agent admin operator staff teammate employee support supportagent supportrep customersupport customerservice csr rep assignee liveagent "
    "humanagent representative outbound outgoing out sent",
    "bot": "bot assistant ai aiagent chatbot virtualagent virtualassistant botagent",
    "system": "system event automation automatic workflow rule trigger",
}
_BY_WORD = {word: author for author, words in _USUAL.items() for word in words.split()}


def plain(text: str) -> str:
    """An author's name as compared: small letters and digits only, so that End-user and END_USER are one."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def author_of(text: str, column: str, authors: Mapping[Author, tuple[str, ...]], own: set[str]) -> Author:
    """Whom the cell of an author stands for: as `authors` says, the customer named in the same row, or a usual word.

    Raises RowFault for any other: a guess would turn answers into contacts.
    """
    for author, names in authors.items():
        if text.strip() in names or plain(text) in {plain(name) for name in names if name != OTHERS}:
            return author
    if text.strip() and text.strip().casefold() in own:
        return "customer"
    found = _BY_WORD.get(plain(text)) or next((author for author, names in authors.items() if OTHERS in names), None)
    if found is None:
        raise RowFault(f"'{column}' is '{short(text)}', no author that is known: name it under authors")
    return found


class MessageRows:
    """Makes of each row a message, and of the first of each thread its contact.

    `rows` are those of the file that can be read, seen through the map of their columns; they are gone through once,
    for the openings and for who the customers are.
    """

    def __init__(self, rows: Iterable[Any], authors: Mapping[Author, tuple[str, ...]]):
        self._authors = authors
        self._customers: dict[str, tuple[int, tuple[Identifier, ...]]] = {}
        self._openings = opening_lines(map(self._place, rows))

    def records(self, cells: Any) -> Iterator[Record]:
        """The records of a row. Raises RowFault for one without thread, time or known author."""
        contact_id, at = cells.id(), cells.moment("sent_at")
        author = self._author(cells)
        message = Message(
            at=at,
            author=author,
            text=cells.raw("text"),
            is_public=not cells.maybe("is_internal", parse_boolean) and cells.maybe("is_public", parse_boolean) is not False,
            is_automatic=bool(cells.maybe("is_automatic", parse_boolean)),
            channel=cells.text("channel"),
        )
        first, customer = self._customers.get(contact_id, (0, ()))
        if cells.row.line in self._openings:
            yield _thread(cells, contact_id, message, customer)
        if cells.row.line == first:  # also where a later file of the same thread gives its contact
            yield DetailRecord(line=first, contact_id=contact_id, fields={"identifiers": customer})
        yield MessageRecord(line=cells.row.line, contact_id=contact_id, message=message)

    def _author(self, cells: Any) -> Author:
        own = {value.casefold() for _, value in cells.people()}
        author = author_of(cells.raw("author"), cells.column("author"), self._authors, own)
        return "bot" if author == "agent" and cells.maybe("is_bot", parse_boolean) else author

    def _place(self, cells: Any) -> tuple[str | None, datetime | None, int]:
        line = cells.row.line
        try:
            author, contact_id, at = self._author(cells), cells.id(), cells.moment("sent_at")
        except RowFault:  # becomes a reject when the row itself is read
            return None, None, line
        # In rows of others the columns of people may name those others
        if author == "customer" and cells.people():
            self._customers.setdefault(contact_id, (line, cells.people()))
        return contact_id, at, line


def _thread(cells: Any, contact_id: str, message: Message, people: tuple[Identifier, ...]) -> ContactRecord:
    """The thread as its first message shows it. A bot that greets first opens nothing; a person who writes first does."""
    names = ("subject", "channel", "status", "priority", "given_topic", "site", "segment", "organisation", "language")
    closed_at = cells.maybe("closed_at", cells.parse_time)
    is_outreach = message.author == "agent" and message.is_public
    return ContactRecord(
        line=cells.row.line,
        contact_id=contact_id,
        opened_at=message.at,
        text=message.text if message.author == "customer" else "",
        identifiers=people,
        closed_at=closed_at,
        is_company_initiated=is_outreach or bool(cells.maybe("is_company_initiated", parse_boolean)),
        tags=cells.tags(),
        messages=(message,),
        solved_at=(closed_at,) if closed_at else (),
        **{name: cells.text(name) for name in names},
    )
