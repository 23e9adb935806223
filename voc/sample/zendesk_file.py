"""The tickets as Zendesk's API gives them: tickets, users, groups, organizations and metric sets in one JSON file."""

import json
import math
import random
from datetime import datetime, timedelta
from pathlib import Path

from voc.sample import company
from voc.sample.company import BY_REASON, SITES
from voc.sample.details import luhn_digit
from voc.sample.grammar import expand, load, pool
from voc.sample.letters import Letters
from voc.sample.people import Customer, Organisation
from voc.sample.process import Contact
from voc.sample.wording import Writer

_FIRST_USER, _FIRST_ORGANISATION, _FIRST_AGENT, _FIRST_GROUP = 380_100_000, 360_400_000, 380_000_100, 360_900_001
_HANDLE_MINUTES = {"email": 6.5, "web": 6.8, "chat": 9.5, "voice": 7.5, "messaging": 8.5}
_AGENTS = 24
_GIVEN_TOPICS = {
    "login": "login", "users": "account", "billing": "billing", "subscription": "billing", "integration": "technical",
    "data": "data", "product": "product", "reliability": "technical", "security": "account",
}  # fmt: skip


def user_id(customer: int) -> int:
    """Zendesk id of a customer."""
    return _FIRST_USER + customer * 7


def external_id(customer: int) -> str:
    """Id of a customer in the invented CRM, with a check digit; shared by tickets and survey."""
    return f"CUS-{10_000 + customer}{luhn_digit(str(10_000 + customer))}"


class TicketFile:
    """Builds the export from contacts; one pass, in the order of ticket numbers."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.letters = writer, Letters(writer)

    def write(self, path: Path, contacts: list[Contact]) -> list[str]:
        """Write the file, one object a line; returns the descriptions in the order of `contacts`."""
        tickets, metrics = [], []
        for contact in contacts:
            ticket = self._ticket(contact)
            tickets.append(ticket)
            metrics.append(self._metrics(contact, ticket))
        sections = {
            "tickets": tickets,
            "users": [_user(c) for c in self.writer.customers] + [_agent(n) for n in range(_AGENTS)],
            "groups": [{"id": _FIRST_GROUP + n, "name": name, "deleted": False} for n, name in enumerate(SITES)],
            "organizations": [_organisation(o) for o in self.writer.organisations],
            "metric_sets": metrics,
        }
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for number, (name, rows) in enumerate(sections.items()):
                file.write(("{" if number == 0 else ",\n") + f'"{name}": [\n')
                file.write(",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]")
            file.write(f',\n"count": {len(tickets)}, "next_page": null\n}}\n')
        return [ticket["description"] for ticket in tickets]

    def _ticket(self, contact: Contact) -> dict:
        rng = self.writer.rng("ticket", contact.ticket)
        subject, description = self._words(contact, rng)
        agent = _FIRST_AGENT + SITES.index(contact.site) * 8 + rng.randrange(8)
        requester = None if contact.customer is None else user_id(contact.customer)
        if contact.kind == "spam":
            requester = user_id(rng.randrange(len(self.writer.customers)) + 100_000)
        customer = None if contact.customer is None else self.writer.customers[contact.customer]
        comments = self._comments(contact, description, requester, agent)
        return {
            "id": contact.ticket,
            "requester_id": requester,
            "submitter_id": agent if contact.kind == "company" else requester,
            "created_at": _iso(contact.opened_at),
            "updated_at": _iso(_updated(contact, comments)),
            "status": _status(contact, rng),
            "priority": _priority(contact, rng),
            "type": "incident" if contact.first and contact.first.reason == "reliability-outage" else "question",
            "subject": subject,
            "raw_subject": subject,
            "description": description,
            "organization_id": _organisation_id(customer),
            "group_id": _FIRST_GROUP + SITES.index(contact.site),
            "assignee_id": agent,
            "brand_id": 360000041275,
            "via": self._via(contact),
            "via_followup_source_id": contact.cause.ticket if contact.kind == "follow_up" else None,
            "tags": _tags(contact, rng),
            "custom_fields": _custom_fields(contact, rng),
            "satisfaction_rating": self._rating(contact, rng),
            "comments": comments,
        }

    def _words(self, contact: Contact, rng: random.Random) -> tuple[str, str]:
        """Subject and text, also of tickets no customer started."""
        if contact.first:
            return self.writer.message(contact).subject, self.letters.description(contact)
        slots, words = self.writer.slots(contact, None), load("common")["automatic"]
        names = {
            "company": ("proactive_subject", "proactive"),
            "automatic": ("subject", "text"),
            "spam": ("spam_subject", "spam"),
        }
        subjects, texts = (words[name] for name in names[contact.kind])
        which = rng.randrange(len(texts))
        subject = subjects[which] if contact.kind == "company" else rng.choice(subjects)
        subject, text = expand(subject, rng, slots), expand(texts[which], rng, slots)
        sender = f"\n\n{self.writer.agent_name(contact)}\n{company.PRODUCT}" if contact.kind == "company" else ""
        if contact.kind == "spam":
            sender = f"\n\n{slots['agent']}\n{slots['client']}"
        return subject, text + sender

    def _comments(self, contact: Contact, description: str, requester: int | None, agent: int) -> list[dict]:
        """The opening text, the agent's answers, and the customer's returns, in order of time."""
        author = agent if contact.kind == "company" else requester
        told = [(contact.opened_at, author, description)]
        if contact.merged_into:
            merged = contact.merged_into
            subject = self.writer.message(merged).subject
            note = f'This request was closed and merged into request #{merged.ticket} "{subject}".'
            told.append((contact.ended_at, agent, note))
        elif contact.first and contact.kind != "double_post":
            answered = [contact.ended_at] if not contact.returns else []
            for number, back in enumerate(contact.returns):
                before = contact.returns[number - 1].answered_at if number else None
                first_answer = before or contact.opened_at + (back.at - contact.opened_at) * 0.3
                told.append((first_answer, agent, self.writer.answer(contact, number)))
                told.append((back.at, requester, self.writer.coming_back(contact, number)))
                answered = [back.answered_at]
            if answered[0]:
                told.append((answered[0], agent, self.writer.answer(contact, len(contact.returns))))
        return [
            {
                "id": contact.ticket * 100 + number,
                "author_id": who,
                "public": True,
                "body": body,
                "created_at": _iso(at),
            }
            for number, (at, who, body) in enumerate(told)
        ]

    def _via(self, contact: Contact) -> dict:
        source: dict = {"from": {}, "to": {}, "rel": None}
        if contact.channel == "email" and contact.customer is not None:
            customer = self.writer.customers[contact.customer]
            source["from"] = {"address": customer.email, "name": f"{customer.first} {customer.last}"}
            source["to"] = {"address": company.SUPPORT_EMAIL, "name": f"{company.PRODUCT} Support"}
        if contact.channel == "voice":
            source["rel"] = "outbound" if contact.kind == "company" else "inbound"
        if contact.kind == "follow_up":
            source["from"] = {"ticket_id": contact.cause.ticket, "channel": contact.cause.channel}
            source["rel"] = "follow_up"
        return {"channel": contact.channel, "source": source}

    def _rating(self, contact: Contact, rng: random.Random) -> dict:
        """Customer satisfaction: fewer answer than are asked, and repeats please nobody."""
        if contact.ended_at is None or contact.kind not in ("issue", "repeat", "follow_up") or contact.customer is None:
            return {"score": "unoffered"}
        draw = rng.random()
        if draw > 0.24:
            return {"score": "offered" if draw < 0.75 else "unoffered"}
        again = contact.position - 1 + len(contact.returns)
        score = "bad" if rng.random() < 0.13 + 0.22 * min(again, 3) else "good"
        rating = {"score": score, "id": contact.ticket * 10 + 1}
        if rng.random() < 0.35:
            slots = self.writer.slots(contact, contact.first)
            complaints = pool(contact.first.reason, contact.first.case, "survey") + load("common")["survey"]["negative"]
            words = complaints if score == "bad" else load("common")["survey"]["positive"]
            rating["comment"] = expand(rng.choice(words), rng, slots)
        return rating

    def _metrics(self, contact: Contact, ticket: dict) -> dict:
        answers = [c for c in ticket["comments"][1:] if c["author_id"] != ticket["requester_id"]]
        solved = _iso(contact.ended_at) if contact.ended_at else None
        first = answers[0]["created_at"] if answers else None
        return {
            "id": contact.ticket + 9_000_000,
            "ticket_id": contact.ticket,
            "created_at": ticket["created_at"],
            "updated_at": ticket["updated_at"],
            "reopens": len(contact.returns),
            "replies": len(answers),
            "assignee_stations": 1,
            "group_stations": 1,
            "initially_assigned_at": ticket["created_at"],
            "solved_at": solved,
            "latest_comment_added_at": ticket["comments"][-1]["created_at"],
            "reply_time_in_minutes": {"calendar": _minutes(ticket["created_at"], first), "business": None},
            "full_resolution_time_in_minutes": {"calendar": _minutes(ticket["created_at"], solved), "business": None},
        }


def _status(contact: Contact, rng: random.Random) -> str:
    if contact.ended_at is None:
        return rng.choice(("new", "open", "open", "pending"))
    if contact.merged_into:
        return "closed"
    end = company.LAST_DAY + timedelta(days=1)
    return "closed" if contact.ended_at + company.CLOSE_AFTER <= end else "solved"


def _updated(contact: Contact, comments: list[dict]) -> datetime:
    last = datetime.fromisoformat(comments[-1]["created_at"])
    latest = max(filter(None, (contact.ended_at, last)))
    end = company.LAST_DAY + timedelta(days=1)
    return latest + company.CLOSE_AFTER if latest + company.CLOSE_AFTER <= end else latest


def _priority(contact: Contact, rng: random.Random) -> str:
    if (
        contact.first
        and contact.first.reason in ("reliability-outage", "data-lost", "login-sso")
        and rng.random() < 0.6
    ):
        return rng.choice(("high", "urgent"))
    return rng.choices(("low", "normal", "high", "urgent"), (0.12, 0.7, 0.15, 0.03))[0]


def _tags(contact: Contact, rng: random.Random) -> list[str]:
    tags = [f"site_{contact.site.split()[0].lower()}"]
    if contact.first and rng.random() < 0.8:
        tags.append(_given_topic(contact, rng))
    if contact.merged_into:
        tags.append("closed_by_merge")
    if contact.kind == "company":
        tags.append("proactive")
    if contact.kind == "automatic":
        tags.append("auto_reply")
    return tags


def _given_topic(contact: Contact, rng: random.Random) -> str:
    """The agents' coarse category: right four times of five, else a neighbour or "other"."""
    right = _GIVEN_TOPICS[contact.first.reason.split("-")[0]]
    return right if rng.random() < 0.8 else rng.choice(("other", "other", *sorted({*_GIVEN_TOPICS.values()})))


def _custom_fields(contact: Contact, rng: random.Random) -> list[dict]:
    """Handle time in seconds, which agents forget on one ticket in nine, and the category they chose."""
    factor = BY_REASON[contact.first.reason].handle if contact.first else 0.25
    minutes = _HANDLE_MINUTES[contact.channel] * factor * math.exp(rng.gauss(-0.1, 0.45))
    minutes *= 1 + 0.55 * len(contact.returns) + 0.35 * (contact.second is not None) + 0.12 * (contact.position > 1)
    is_missing = rng.random() < 0.11
    topic = _given_topic(contact, rng) if contact.first else None
    return [
        {"id": company.HANDLE_TIME_FIELD, "value": None if is_missing else str(max(round(minutes * 60), 20))},
        {"id": company.GIVEN_TOPIC_FIELD, "value": topic},
    ]


def _user(customer: Customer) -> dict:
    return {
        "id": user_id(customer.number),
        "name": f"{customer.first} {customer.last}",
        "email": customer.email,
        "phone": customer.phone if customer.number % 3 else None,
        "external_id": external_id(customer.number),
        "organization_id": _organisation_id(customer),
        "role": "end-user",
        "locale": {"us": "en-US", "uk": "en-GB"}.get(customer.locale, customer.language),
    }


def _agent(number: int) -> dict:
    names = load("common")["names"]
    first, last = names["first"][number * 3 % len(names["first"])], names["last"][number * 5 % len(names["last"])]
    email = f"{first.lower()}.{last.lower()}@quillmoor.example.com"
    return {"id": _FIRST_AGENT + number, "name": f"{first} {last}", "email": email, "role": "agent"}


def _organisation(organisation: Organisation) -> dict:
    return {
        "id": _FIRST_ORGANISATION + organisation.number * 3,
        "name": organisation.name,
        "domain_names": [organisation.domain],
        "organization_fields": {
            "segment": organisation.segment,
            "arr": organisation.annual_revenue,
            "seats": organisation.seats,
        },
    }


def _organisation_id(customer: Customer | None) -> int | None:
    if customer is None or customer.organisation is None:
        return None
    return _FIRST_ORGANISATION + customer.organisation * 3


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _minutes(start: str, end: str | None) -> int | None:
    if end is None:
        return None
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 60)
