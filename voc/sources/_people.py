"""Names of the people a row names - customer, agents, authors - so that they can be taken out of its texts."""

from collections.abc import Iterator, Mapping
from typing import Any

MOST = 20  # names of a row; long threads name the same people again and again
# Keys, folded, under which exports put a person: a name itself, or an object that holds one.
_PEOPLE = frozenset(
    "requester submitter author authors createdby customer primarycustomer contact contacts user caller callerid openedby assignee assignedto "
    "agent responder owner reporter recipient person sender updateduser resolvedby closedby".split()
)
_NAMES = ("name", "displayname", "fullname", "requestername", "customername", "contactname", "agentname", "assigneename", "suppliedname",
          "authorname", "callername", "assignee", "requester")  # fmt: skip
# A team's name among the agents' would take its words out of what customers wrote.
_OF_NO_PERSON = frozenset(
    "team support inc inc. ltd ltd. gmbh ag llc sa group desk service services system bot department office company admin administrator help "
    "helpdesk customer care sales billing queue account user guest unknown anonymous and the of".split()
)
_HALVES = (("firstname", "lastname"), ("first", "last"), ("givenname", "familyname"), ("propertyfirstname", "propertylastname"))
_SEARCHED = ("conversations", "conversationparts", "embedded", "threads", "comments", "parts", "source", "messages", "emailmessages", "casecomments", "records")


def people_in(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Names that stand in a row or object with folded keys (`_entries.fold`), at most `MOST`, each once."""
    found: dict[str, None] = {}
    for name in _names(data, 0):
        found.setdefault(name)
        if len(found) == MOST:
            break
    return tuple(found)


def _names(data: Any, depth: int) -> Iterator[str]:
    if isinstance(data, list):
        for one in data:
            yield from _names(one, depth)
        return
    if not isinstance(data, Mapping) or depth > 4:
        return
    for first, last in _HALVES:
        if isinstance(data.get(first), str) or isinstance(data.get(last), str):
            yield from shown(f"{data.get(first) or ''} {data.get(last) or ''}")
    for key, value in data.items():
        last = key.rpartition(".")[2]
        if isinstance(value, str) and (last in _NAMES[1:] or last == "name" and (depth or key.split(".")[0] in _PEOPLE)):
            yield from shown(value)
        elif isinstance(value, (Mapping, list)) and key in _PEOPLE:
            yield from _names(value, depth + 1)
        elif isinstance(value, (Mapping, list)) and key in _SEARCHED:
            yield from _inside(value, depth)


def _inside(value: Any, depth: int) -> Iterator[str]:
    """People of the objects of a list or wrapper, whose own names are none of a person."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping):
            yield from _names({k: v for k, v in one.items() if k not in ("name",)}, depth + 1)


def shown(value: str, *, least: int = 2) -> Iterator[str]:
    """A name as a text may show it: `least` to five words, no address, no number, none of a team or company."""
    words = value.split()
    if least <= len(words) <= 5 and "@" not in value and not any(sign.isdigit() for sign in value) and _OF_NO_PERSON.isdisjoint(value.lower().split()):
        yield " ".join(words)
