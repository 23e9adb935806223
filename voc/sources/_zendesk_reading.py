"""What the readers of Zendesk's objects share: who is who, what other files say, which version of a row is the last."""

import re

from voc.sources._entries import Entry
from voc.sources._tickets import scalar
from voc.sources._values import LeftOut
from voc.sources._vendor import Reading
from voc.sources._zendesk_known import Known, People

_TICKET_URL = re.compile(r"/tickets/(\d+)/")


class ZendeskReading(Reading):
    """Also who is who, what the folder's other files say, and which version of a row is the last of its file."""

    def __init__(self, path, options, known: Known) -> None:
        super().__init__(path, options)
        self.known = known
        self.people = People(known)
        self.page_ticket: str | None = None  # the ticket that the page's own address names
        self.latest: dict[tuple[str, str], int] | None = None  # (kind, id) -> line of its last version

    def see_page(self, page: dict) -> None:
        """Take in what a page says beside its objects: users, and the ticket it is about. Keys are folded."""
        self.people.see(page.get("users"))
        links = page.get("links")
        urls = [page.get("nextpage"), page.get("previouspage"), *(links.values() if isinstance(links, dict) else ())]
        found = (_TICKET_URL.search(url) for url in urls if isinstance(url, str))
        self.page_ticket = scalar(page.get("ticketid")) or next((match[1] for match in found if match), None)

    def author(self, author_id: str | None, ticket_id: str) -> str | None:
        return self.people.author(author_id, ticket_id)


def check_latest(reading: ZendeskReading, kind: str, row_id: str | None, entry: Entry) -> None:
    """Raise LeftOut for an older version of what the file holds again; pages of an incremental export overlap."""
    if row_id and reading.latest and reading.latest.get((kind, row_id), entry.line) != entry.line:
        raise LeftOut(f"an older version of the {kind} of '{row_id}', which the file holds again")
