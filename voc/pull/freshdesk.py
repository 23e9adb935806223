"""Freshdesk: tickets with their conversations, satisfaction ratings, and contacts."""

from typing import Literal
from urllib.parse import quote

from pydantic import Field, field_validator

from voc.pull._paging import Ask, Item, NumberedPages
from voc.pull._settings import PullOptions, Service, basic, subdomain
from voc.pull.engine import Endpoint, Fetch

_PER_PAGE = 100  # the most that Freshdesk gives


class Options(PullOptions):
    """Keys of `pull` in a `kind: freshdesk` source."""

    domain: str = Field(description="The name before .freshdesk.com")
    what: tuple[Literal["tickets", "conversations", "satisfaction_ratings", "contacts"], ...] = Field(
        ("tickets", "conversations", "satisfaction_ratings"),
        description="tickets, conversations (the messages of those tickets: a request a ticket), satisfaction_ratings, contacts",
    )

    @field_validator("domain")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        return subdomain(name, ".freshdesk.com")


def service(options: Options, token: str) -> Service:
    """Where the account's API is, and the header that lets us in."""
    value = basic(token, "X")
    host = f"{options.domain}.freshdesk.com"
    return Service(
        account=host,
        address=options.base_url or f"https://{host}",
        headers={"Authorization": value},
        secrets=(token, value.partition(" ")[2]),
        asks="The API key stands in Freshdesk under Profile settings.",
        rights="The key sees what its agent sees: use the key of an agent who sees all tickets.",
    )


def endpoints(options: Options) -> tuple[Endpoint, ...]:
    """The lists asked for; conversations come inside the tickets."""
    has_conversations = "conversations" in options.what
    names = dict.fromkeys("tickets" if name == "conversations" else name for name in options.what)
    return tuple(_tickets(has_conversations) if name == "tickets" else _OTHERS[name] for name in names)


def _tickets(has_conversations: bool) -> Endpoint:
    return Endpoint(
        name="tickets",
        items="",
        paging=NumberedPages(
            path="/api/v2/tickets",
            since_param="updated_since",
            page_size=_PER_PAGE,
            params={"order_by": "updated_at", "order_type": "asc", "include": "stats,requester,description"},
            is_by_change=True,
        ),
        times=("updated_at",),
        can_vanish=True,
        complete=_with_conversations if has_conversations else None,
    )


def _with_conversations(fetch: Fetch, item: Item) -> Item:
    """The ticket with all its conversations inside: so its newest version brings its own messages, none twice."""
    found: list[Item] = []
    number = 1
    while True:
        path = f"/api/v2/tickets/{quote(str(item['id']), safe='')}/conversations"
        page = fetch(Ask(path=path, params={"per_page": _PER_PAGE, "page": number}), list)
        found += page
        if len(page) < _PER_PAGE:
            return {**item, "conversations": found}
        number += 1


_OTHERS = {
    "satisfaction_ratings": Endpoint(
        name="satisfaction_ratings",
        items="",
        paging=NumberedPages(
            path="/api/v2/surveys/satisfaction_ratings", since_param="created_since", page_size=_PER_PAGE
        ),
        times=("updated_at", "created_at"),
        is_ordered=False,
    ),
    "contacts": Endpoint(
        name="contacts",
        items="",
        paging=NumberedPages(path="/api/v2/contacts", since_param="_updated_since", page_size=_PER_PAGE),
        times=("updated_at",),
        is_ordered=False,
    ),
}
