"""Turns a message into what the mailbox holds: greeting, signature, quoted answers, HTML."""

import html
import random
import textwrap
from datetime import datetime, timedelta

from voc.sample.company import PRODUCT, SUPPORT_EMAIL
from voc.sample.grammar import FOREIGN, expand, load
from voc.sample.people import Customer, Organisation
from voc.sample.process import Contact
from voc.sample.wording import Message, Writer

_DISCLAIMER = (
    "This message may contain confidential information. If it is not meant for you, please tell us and delete it.",
    "Please consider the environment before printing this e-mail.",
    "Confidentiality notice: the contents of this e-mail and any attachments are intended solely for the addressee.",
)
_DEVICES = (
    "Sent from my iPhone",
    "Sent from my Galaxy",
    "Get Outlook for iOS",
    "Sent from my mobile, please excuse brevity",
)
_LOGGED = ("data-import-fails", "integration-webhooks", "login-sso", "reliability-save-error")
_HTML_SHARE = {"email": 0.11, "web": 0.05}


class Letters:
    """Full texts of tickets from the writer's messages."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def description(self, contact: Contact) -> str:
        """The full text of a ticket as the export holds it."""
        original = contact.cause if contact.kind == "double_post" else contact
        message, customer = self.writer.message(original), self.writer.customer(original)
        if original.channel not in ("email", "web"):
            return "\n".join(message.paragraphs)
        rng = self.writer.rng("letter", original.ticket)
        slots = self.writer.slots(original, original.first)
        parts = self._greeted(message, customer, slots, rng, original.channel)
        pasted = _pasted_log(original, rng)
        if pasted:
            parts.append(pasted)
        signature = self._signature(customer, rng) if original.channel == "email" else ""
        quoted = self._quoted(original, customer, message, rng)
        if rng.random() < _HTML_SHARE[original.channel] and not pasted:
            return _as_html(parts, signature, quoted)
        body = "\n\n".join(parts) if rng.random() < 0.75 else "\n".join(parts)
        return "\n\n".join(filter(None, (body, signature, quoted)))

    def _greeted(
        self, message: Message, customer: Customer, slots: dict[str, str], rng: random.Random, channel: str
    ) -> list[str]:
        """Greeting, paragraphs, sign-off; web forms often go without."""
        parts = list(message.paragraphs)
        if message.language != "en":
            talk = load(FOREIGN[message.language])["talk"]
            return [
                expand(rng.choice(talk["greeting"]), rng, slots),
                *parts,
                expand(rng.choice(talk["signoff"]), rng, slots),
            ]
        talk = load("common")["talk"]
        style = {"terse": "casual"}.get(customer.style, customer.style)
        likely = 0.9 if channel == "email" else 0.45
        if customer.style == "terse":
            likely *= 0.35
        if rng.random() < likely:
            greeting = expand(rng.choice(talk[f"greeting_{style}"]), rng, slots)
            parts.insert(0, greeting.lower() if customer.is_lower_case else greeting)
        if rng.random() < likely:
            name = rng.choice((customer.first, f"{customer.first} {customer.last}", customer.first[0]))
            sign = expand(rng.choice(talk[f"signoff_{style}"]), rng, slots)
            parts.append(f"{sign}\n{name.lower() if customer.is_lower_case else name}")
        return parts

    def _signature(self, customer: Customer, rng: random.Random) -> str:
        if rng.random() < 0.25 or not customer.signature:
            return rng.choice(_DEVICES) if rng.random() < 0.2 else ""
        organisation = self._organisation(customer)
        company = organisation.name if organisation else "Freelance"
        name, street = f"{customer.first} {customer.last}", self._street(customer)
        layouts = (
            "",
            f"-- \n{name}\n{customer.role}\n{company}\n{customer.phone} | {customer.email}",
            f"--\n{name} | {customer.role} | {company}\nT: {customer.phone}",
            f"{name}\n{customer.role}, {company}\nPhone: {customer.phone}\nE-mail: {customer.email}\n{street}",
            f"__________________\n{name}\n{company}\n{street}\nTel. {customer.phone}",
            f"{name} · {company} · {customer.phone}",
            f"-- \n{name}\n{company}, {street}\nMobile: {customer.phone}\nwww.{customer.email.split('@')[1]}",
            f"Regards, {name}\n\n{customer.role}\n{company}\n{customer.phone}\n{customer.email}",
        )
        signature = layouts[customer.signature]
        return f"{signature}\n\n{_DISCLAIMER[customer.number % 3]}" if customer.number % 6 == 0 else signature

    def _organisation(self, customer: Customer) -> Organisation | None:
        return None if customer.organisation is None else self.writer.organisations[customer.organisation]

    def _street(self, customer: Customer) -> str:
        streets = load("common")["names"]["street"]
        return f"{streets[(customer.organisation or 0) % len(streets)]}, {customer.city}"

    def _quoted(self, contact: Contact, customer: Customer, message: Message, rng: random.Random) -> str:
        """The agent's earlier answer, quoted as mail programs do, under most e-mails that continue something."""
        cause = contact.cause
        if not cause or contact.channel != "email" or contact.kind not in ("repeat", "follow_up"):
            return ""
        if cause.channel not in ("email", "web") or rng.random() > (0.85 if contact.kind == "follow_up" else 0.5):
            return ""
        answer = self.writer.answer(cause, len(cause.returns))
        if rng.random() < 0.3:
            own = "\n".join(self.writer.message(cause).paragraphs)
            answer += "\n\n" + "\n".join(f"> {line}" for line in _wrapped(own))
        return _quote(answer, cause.ended_at, customer, message, rng)


def _quote(answer: str, sent_at: datetime, customer: Customer, message: Message, rng: random.Random) -> str:
    local = sent_at + timedelta(hours=customer.utc_offset)
    day, clock = f"{local:%a}, {local.day} {local:%b %Y}", f"{local:%H:%M}"
    lines = "\n".join(f"> {line}".rstrip() for line in _wrapped(answer))
    if message.language == "de":
        return f"Am {local:%d.%m.%Y} um {clock} schrieb {PRODUCT} Support <{SUPPORT_EMAIL}>:\n{lines}"
    head = f"From: {PRODUCT} Support <{SUPPORT_EMAIL}>\nSent: {local:%A, %B} {local.day}, {local:%Y} {clock}\n"
    head += (
        f"To: {customer.first} {customer.last} <{customer.email}>\nSubject: Re: {message.subject.removeprefix('Re: ')}"
    )
    return rng.choice(
        (
            f"On {day} at {clock}, {PRODUCT} Support <{SUPPORT_EMAIL}> wrote:\n\n{lines}",
            f"On {day} at {clock} {PRODUCT} Support <{SUPPORT_EMAIL}> wrote:\n{lines}",
            f"________________________________\n{head}\n\n{answer}",
            f"-----Original Message-----\n{head}\n\n{answer}",
            f"##- Please type your reply above this line -##\n\n{answer}",
        )
    )


def _wrapped(text: str) -> list[str]:
    return [line for part in text.splitlines() for line in (textwrap.wrap(part, 72) or [""])]


def _as_html(parts: list[str], signature: str, quoted: str) -> str:
    paragraphs = "".join(f"<p>{_escaped(part)}</p>" for part in parts)
    if signature:
        paragraphs += f'<div class="signature">{_escaped(signature)}</div>'
    if quoted:
        paragraphs += f"<blockquote>{_escaped(quoted)}</blockquote>"
    return f"<div>{paragraphs}</div>"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>").replace("  ", "&nbsp; ")


def _pasted_log(contact: Contact, rng: random.Random) -> str:
    """Now and then somebody pastes a log or half a file; rarely the whole of it."""
    if contact.first.reason not in _LOGGED or rng.random() > 0.09:
        return ""
    if contact.first.reason == "data-import-fails":
        return _pasted_rows(contact.opened_at, rng.choice((8, 15, 15, 30, 60, 700)), rng)
    moments = sorted(contact.opened_at - timedelta(seconds=rng.randrange(7200)) for _ in range(rng.randint(5, 25)))
    return "\n".join(
        f"{moment:%Y-%m-%d %H:%M:%S} {rng.choice(('ERROR', 'WARN', 'INFO'))} request {rng.randrange(16**8):08x} "
        f"status={rng.choice((200, 409, 422, 500, 504))}"
        for moment in moments
    )


def _pasted_rows(day: datetime, count: int, rng: random.Random) -> str:
    rows = (
        f"{1000 + row};{rng.choice('ABCDEF')}-{rng.randint(10, 99)};{day:%Y-%m-%d};{rng.randint(1, 80) / 10};open"
        for row in range(count)
    )
    return "client_no;project;date;hours;status\n" + "\n".join(rows)
