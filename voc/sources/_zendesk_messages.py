"""Zendesk's comments and chat events as messages."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from voc.records import Message
from voc.sources._tickets import items, scalar

MERGED = re.compile(r"merged into (?:request|ticket) #(\d+)", re.IGNORECASE)
# Ways in that events give by number instead of by name
_VIA = {
    "0": "web", "4": "email", "5": "api", "8": "rule", "29": "chat", "30": "twitter", "33": "voice", "34": "voice",
    "35": "voice",
}  # fmt: skip
_VIA_WORDS = {"native_messaging": "messaging", "mail": "email", "web form": "web", "web service (api)": "api", "web service": "api"}
_NO_CHANNEL = {None, "api", "rule", "system", "trigger", "automation", "web_service"}  # says how it was stored, not how it came
_RULES = {"rule", "trigger", "automation"}
_GENERATED = "4"  # flag of comments that a program wrote
_BOT_WAYS = ("answer_bot", "bot")
Get = Callable[[str], Any]


@lru_cache(maxsize=1024)
def way(text: str | None) -> str | None:
    """The channel by which something came, for a word or a number of Zendesk."""
    word = (text or "").strip().lower()
    return _VIA.get(word) or _VIA_WORDS.get(word) or word or None


def via_of(get: Get) -> str | None:
    """The channel of a comment or an event, whose `via` is an object, a word or a number."""
    via = get("via")
    if isinstance(via, dict):
        return way(scalar(via.get("channel")))
    return way(scalar(via))


def words_of(get: Get) -> str:
    """What a comment says; HTML where there is nothing else."""
    for key in ("body", "plain_body", "html_body"):
        text = scalar(get(key))
        if text:
            return text
    return ""


def comment_message(get: Get, *, at: datetime, author: str, thread_channel: str | None = None) -> Message:
    """A comment as a message. `get` gives its fields; `thread_channel` is that of its ticket, where known."""
    channel = via_of(get)
    is_bot = author != "customer" and bool(channel) and channel.startswith(_BOT_WAYS)
    own = channel if author == "customer" and channel not in _NO_CHANNEL and channel != thread_channel else None
    return Message(
        at=at,
        author="bot" if is_bot else author,
        text=words_of(get),
        is_public=_is_public(get("public")),
        is_automatic=channel in _RULES or _GENERATED in _flags(get("metadata")),
        channel=own,
    )


def _is_public(value: Any) -> bool:
    return value is not False and not (isinstance(value, str) and value.strip().lower() in ("false", "f", "0"))


def merged_into(text: str) -> str | None:
    """The ticket that the closing comment of a merged ticket names."""
    found = MERGED.findall(text)
    return found[-1] if found else None


def _flags(metadata: Any) -> set[str | None]:
    return {scalar(flag) for flag in items(metadata.get("flags"))} if isinstance(metadata, Mapping) else set()


def chat_author(actor: str | None, actor_type: str | None, is_bot: bool, role: Callable[[str], str | None]) -> str | None:
    """Who speaks in a chat: `agent:17`, the number of a user, `__trigger`, `__system`; None for nobody named."""
    actor, kind = (actor or "").strip(), (actor_type or "").strip().lower()
    if is_bot or actor == "__trigger" or kind in ("bot", "trigger"):
        return "bot"
    if actor.startswith("__") or actor.startswith("-") or kind == "system":
        return "system"
    if actor.startswith("agent") or kind == "agent":
        return "agent"
    if kind in ("end-user", "visitor", "end_user") or actor.startswith("visitor"):
        return "customer"
    if not actor:
        return None
    return "agent" if role(actor) in ("agent", "admin") else "customer"
