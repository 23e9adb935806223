"""Zendesk: incremental exports of tickets, their events and users, satisfaction ratings, and Talk calls."""

from typing import Literal

from pydantic import Field, field_validator

from voc.pull._paging import Ask, CursorExport, CursorList, TimeExport
from voc.pull._settings import PullOptions, Service, basic, subdomain
from voc.pull.engine import Endpoint

SIDES = "users,groups,organizations,metric_sets"


class Options(PullOptions):
    """Keys of `pull` in a `kind: zendesk` source."""

    subdomain: str = Field(description="The name before .zendesk.com")
    user: str | None = Field(
        None, description="E-mail of the agent the API token is used with; none for an OAuth token"
    )
    what: tuple[Literal["tickets", "ticket_events", "satisfaction_ratings", "calls", "users"], ...] = Field(
        ("tickets", "ticket_events", "satisfaction_ratings"),
        description="tickets (with users, groups, organisations, metrics), ticket_events (comments), satisfaction_ratings, "
        "calls (Talk), users",
    )

    @field_validator("subdomain")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        return subdomain(name, ".zendesk.com")


def service(options: Options, token: str) -> Service:
    """Where the account's API is, and the header that lets us in."""
    value = basic(f"{options.user}/token", token) if options.user else f"Bearer {token}"
    host = f"{options.subdomain}.zendesk.com"
    return Service(
        account=host,
        address=options.base_url or f"https://{host}",
        headers={"Authorization": value},
        secrets=(token, value.partition(" ")[2]),
        asks="Make an API token in Admin Center, Apps and integrations, APIs, and name its agent's e-mail in user.",
        rights="Incremental exports are open to administrators only: use an administrator's token.",
    )


def endpoints(options: Options) -> tuple[Endpoint, ...]:
    """The lists asked for, in the order of `what`."""
    return tuple(_ENDPOINTS[name] for name in dict.fromkeys(options.what))


def _ratings(since: int, cursor: str | None) -> Ask:
    params = {"start_time": since, "page[size]": 100} | ({"page[after]": cursor} if cursor else {})
    return Ask(path="/api/v2/satisfaction_ratings.json", params=params)


def _more(data: dict) -> str | None:
    meta = data.get("meta")
    if not isinstance(meta, dict) or not meta.get("has_more") or not meta.get("after_cursor"):
        return None
    return str(meta["after_cursor"])


_ENDPOINTS = {
    "tickets": Endpoint(
        name="tickets",
        items="tickets",
        paging=CursorExport(
            path="/api/v2/incremental/tickets/cursor.json", params={"include": SIDES, "per_page": 1000}
        ),
        times=("generated_timestamp", "updated_at"),
        overlap=300,
    ),
    "ticket_events": Endpoint(
        name="ticket_events",
        items="ticket_events",
        paging=TimeExport(
            path="/api/v2/incremental/ticket_events.json", params={"include": "comment_events"}, page_size=1000
        ),
        times=("timestamp", "created_at"),
        overlap=300,
    ),
    "satisfaction_ratings": Endpoint(
        name="satisfaction_ratings",
        items="satisfaction_ratings",
        paging=CursorList(request=_ratings, cursor=_more),
        times=("updated_at", "created_at"),
        is_ordered=False,
    ),
    "calls": Endpoint(
        name="calls",
        items="calls",
        paging=TimeExport(path="/api/v2/channels/voice/stats/incremental/calls.json", page_size=1000),
        times=("updated_at", "created_at"),
        overlap=300,
    ),
    "users": Endpoint(
        name="users",
        items="users",
        paging=CursorExport(path="/api/v2/incremental/users/cursor.json", params={"per_page": 1000}),
        times=("updated_at",),
        overlap=300,
    ),
}
