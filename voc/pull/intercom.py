"""Intercom: conversations with their parts, and tickets."""

from functools import partial
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field

from voc.pull._paging import Ask, CursorList, Item
from voc.pull._settings import PullOptions, Service
from voc.pull.engine import Endpoint, Fetch

_HOSTS = {"us": "api.intercom.io", "eu": "api.eu.intercom.io", "au": "api.au.intercom.io"}
_VERSION = "2.11"  # the newest form of the answers that the source reads
_PER_PAGE = {"conversations": 50, "tickets": 100}  # a page of conversations is as many requests again


class Options(PullOptions):
    """Keys of `pull` in a `kind: intercom` source."""

    region: Literal["us", "eu", "au"] = Field("us", description="Where the workspace is hosted: us, eu or au")
    what: tuple[Literal["conversations", "tickets"], ...] = Field(
        ("conversations", "tickets"), description="conversations (with their parts), tickets"
    )


def service(options: Options, token: str) -> Service:
    """Where the workspace's API is, and the headers that let us in."""
    return Service(
        account=_HOSTS[options.region],
        address=options.base_url or f"https://{_HOSTS[options.region]}",
        headers={"Authorization": f"Bearer {token}", "Intercom-Version": _VERSION},
        secrets=(token,),
        asks="Make an access token in the Developer Hub (an app of your own workspace, Authentication).",
        rights="The app needs the permissions to read conversations and tickets.",
    )


def endpoints(options: Options) -> tuple[Endpoint, ...]:
    """The lists asked for, in the order of `what`."""
    return tuple(_endpoint(name) for name in dict.fromkeys(options.what))


def _endpoint(name: str) -> Endpoint:
    return Endpoint(
        name=name,
        items=name,
        paging=CursorList(request=partial(_search, name), cursor=_starting_after),
        times=("updated_at",),
        is_ordered=False,  # the order of a search is not documented to hold
        can_vanish=True,
        complete=_with_parts if name == "conversations" else None,
    )


def _search(name: str, since: int, cursor: str | None) -> Ask:
    pagination: dict[str, Any] = {"per_page": _PER_PAGE[name]} | ({"starting_after": cursor} if cursor else {})
    query = {"field": "updated_at", "operator": ">", "value": since - 1}
    return Ask(path=f"/{name}/search", body={"query": query, "pagination": pagination})


def _starting_after(data: dict) -> str | None:
    pages = data.get("pages")
    following = pages.get("next") if isinstance(pages, dict) else None
    cursor = following.get("starting_after") if isinstance(following, dict) else None
    return str(cursor) if cursor else None


def _with_parts(fetch: Fetch, item: Item) -> Item:
    """A search gives conversations without their parts; one by one they come whole."""
    return fetch(Ask(path=f"/conversations/{quote(str(item['id']), safe='')}"), dict)
