"""Puts a contact into words: what a customer of this kind writes or says about this problem on this channel."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from voc.sample.company import PRODUCT
from voc.sample.details import facts, time_ago
from voc.sample.grammar import FOREIGN, capital, expand, load, pool
from voc.sample.habits import in_own_way
from voc.sample.people import Customer, Organisation, stranger
from voc.sample.process import Contact, Problem

Slots = Mapping[str, str]
# Orders in which people tell a story; P problem, S situation, T what was tried, C consequence, A what they ask for,
# X a detail of their set-up, P2 a second sentence on the problem.
_ORDERS = {
    "short": ("P A", "P", "S P", "A P", "P T", "P C", "P X"),
    "medium": ("S P A", "P T A", "S P T A", "P C A", "P S A", "S P C A", "P X T A", "P T C", "A S P", "S P X A"),
    "long": ("S P P2 T C A", "P P2 T T2 C A", "S X P T C A", "P S T C C2 A", "S P T X P2 C A", "S P P2 C A A2"),
    "epic": ("S P P2 X T T2 C C2 A", "S S2 P P2 T X C A A2", "P S P2 T T2 C S2 C2 A", "S X P T P2 T2 C C2 A A2"),
}  # fmt: skip
_KINDS = {"S": "situation", "P": "problem", "T": "tried", "C": "consequence", "A": "ask"}
_LENGTHS = {
    "formal": (0.05, 0.35, 0.42, 0.18), "neutral": (0.14, 0.42, 0.33, 0.11), "casual": (0.30, 0.46, 0.18, 0.06),
    "terse": (0.75, 0.25, 0.0, 0.0), "foreign": (0.15, 0.47, 0.30, 0.08),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """Subject and paragraphs without greeting, signature and quotes; `language` as written."""

    subject: str
    paragraphs: tuple[str, ...]
    language: str = "en"


class Writer:
    """Words for contacts; every text hangs on the seed and the contact's own key alone."""

    def __init__(self, seed: int, customers: list[Customer], organisations: list[Organisation]) -> None:
        self.seed, self.customers, self.organisations = seed, customers, organisations
        self._facts: dict[tuple[str, str], dict[str, str]] = {}
        self._messages: dict[int, Message] = {}

    def rng(self, *key: object) -> random.Random:
        """A random stream of its own for a purpose."""
        return random.Random("/".join(map(str, (self.seed, *key))))

    def customer(self, contact: Contact) -> Customer:
        """The writer of a contact; for one without identity somebody nobody will recognise."""
        if contact.customer is not None:
            return self.customers[contact.customer]
        return stranger(self.rng("somebody", contact.ticket))

    def slots(self, contact: Contact, problem: Problem | None) -> dict[str, str]:
        """Details of a problem, the same in every contact about it, and how it refers to the contact before."""
        customer = self.customer(contact)
        organisation = None if customer.organisation is None else self.organisations[customer.organisation]
        key = problem.key if problem else f"ticket {contact.ticket}"
        started = _start_of(contact)
        language = self.language(contact)
        if (key, language) not in self._facts:
            self._facts[key, language] = facts(
                self.rng("facts", key), customer, organisation, started.opened_at, product=PRODUCT, language=language
            )
        slots = dict(self._facts[key, language])
        rng = self.rng("reference", contact.ticket)
        slots["agent"] = self.agent_name(contact.cause or contact)
        if problem:
            slots["noun"] = _draw(problem, "noun", rng, slots)
        if contact.cause:
            slots["ago"] = time_ago(contact.cause.opened_at, contact.opened_at, language, rng)
            slots["ticket"] = f"#{contact.cause.ticket}"
        return slots

    def agent_name(self, contact: Contact) -> str:
        return self.rng("agent", contact.ticket).choice(load("common")["names"]["first"])

    def language(self, contact: Contact) -> str:
        """Language a contact is written in: the customer's own where the language file knows the reason."""
        customer = self.customer(contact)
        if customer.language == "en" or not contact.first or contact.channel == "voice":
            return "en"
        knows = contact.first.reason in load(FOREIGN[customer.language])
        return customer.language if knows else "en"

    def message(self, contact: Contact) -> Message:
        """What the customer writes when opening the ticket."""
        if contact.kind == "double_post":
            return self.message(contact.cause)
        if contact.ticket not in self._messages:
            self._messages[contact.ticket] = self._told(contact)
        return self._messages[contact.ticket]

    def _told(self, contact: Contact) -> Message:
        rng, customer = self.rng("text", contact.ticket), self.customer(contact)
        slots = self.slots(contact, contact.first)
        language = self.language(contact)
        if language != "en":
            paragraphs = self._foreign(contact, slots, language, rng)
        elif contact.kind == "addendum":
            paragraphs = [_addendum(slots, rng)]
        elif contact.channel == "voice":
            return Message(f"Call with {customer.first} {customer.last}", tuple(self._call(contact, slots, rng)))
        elif contact.channel in ("chat", "messaging"):
            paragraphs = self._chat(contact, slots, rng)
        else:
            paragraphs = self._mail(contact, slots, rng)
        paragraphs = [in_own_way(paragraph, customer, rng) for paragraph in paragraphs]
        return Message(self._subject(contact, slots, language, rng), tuple(paragraphs), language)

    def coming_back(self, contact: Contact, number: int) -> str:
        """The comment with which a customer reopens a ticket."""
        rng, customer = self.rng("return", contact.ticket, number), self.customer(contact)
        slots = self.slots(contact, contact.first)
        words = [expand(rng.choice(load("common")["agent"]["back_again"]), rng, slots)]
        words.append(_draw(contact.first, "still", rng, slots))
        if rng.random() < 0.6:
            words.append(_draw(contact.first, "ask", rng, slots))
        return in_own_way(_join(words), customer, rng)

    def answer(self, contact: Contact, number: int = 0) -> str:
        """What the agent answers; `number` counts the answers on one ticket."""
        rng, slots = self.rng("answer", contact.ticket, number), self.slots(contact, contact.first)
        words = load("common")["agent"]
        thanks = words["again" if number or contact.is_true_repeat else "thanks"]
        body = [expand(rng.choice(thanks), rng, slots)]
        for problem in contact.problems:
            body.append(_draw(problem, "agent", rng, self.slots(contact, problem)))
        body.append(expand(rng.choice(words["closing"]), rng, slots))
        opening = expand(rng.choice(words["opening"]), rng, slots)
        return f"{opening}\n\n{' '.join(body)}\n\nBest regards,\n{self.agent_name(contact)}\n{PRODUCT} Support"

    def _subject(self, contact: Contact, slots: Slots, language: str, rng: random.Random) -> str:
        customer = self.customer(contact)
        if contact.channel in ("chat", "messaging"):
            return f"Conversation with {customer.first}"
        if language != "en":
            block = load(FOREIGN[language])[contact.first.reason]
            words = expand(rng.choice(block["problem"]), rng, slots).split()[: rng.randint(4, 8)]
            return capital(" ".join(words).rstrip(",.?!"))
        if contact.cause and contact.kind in ("follow_up", "repeat", "addendum"):
            if contact.kind == "follow_up" or rng.random() < 0.3:
                cause = contact.cause
                return "Re: " + self._subject(
                    cause, self.slots(cause, contact.first), "en", self.rng("text", cause.ticket)
                )
            if rng.random() < 0.35:
                return capital(
                    expand(
                        rng.choice(("{noun} again", "{noun} - not solved", "Second mail about {noun}", "{noun} (2)")),
                        rng,
                        slots,
                    )
                )
        subject = _draw(contact.first, "subject" if rng.random() < 0.9 else "noun", rng, slots)
        return in_own_way(subject, customer, rng)

    def _mail(self, contact: Contact, slots: Slots, rng: random.Random) -> list[str]:
        """Paragraphs of an e-mail or a web form."""
        customer, talk = self.customer(contact), load("common")["talk"]
        lengths = _LENGTHS[customer.style]
        length = rng.choices(tuple(_ORDERS), lengths)[0]
        if contact.is_true_repeat and rng.random() < 0.62:
            told = self._told_again(contact, slots, rng, length)
        else:
            told = _story(contact.first, slots, rng, length)
        paragraphs = _in_paragraphs(told, rng)
        if contact.second:
            paragraphs.append(self._second(contact, rng))
        mood = contact.position - 1 + (customer.style == "casual") * 0.3
        if rng.random() < 0.14 + 0.16 * mood:
            paragraphs[-1] += " " + expand(rng.choice(talk["angry"]), rng, slots)
        elif rng.random() < 0.42 and customer.style != "terse":
            paragraphs[-1] += " " + expand(rng.choice(talk["polite"]), rng, slots)
        if rng.random() < {"epic": 0.7, "long": 0.4, "medium": 0.13, "short": 0.02}[length]:
            digression = expand(rng.choice(talk["digression"]), rng, slots)
            is_late = digression.startswith(("PS", "Anyway", "As you", "By the way", "On a different"))
            first = len(paragraphs) if is_late else 0 if rng.random() < 0.3 else 1
            paragraphs.insert(rng.randint(first, len(paragraphs)), digression)
        if rng.random() < 0.09:
            paragraphs.append(expand(rng.choice(talk["private"]), rng, slots))
        if contact.first.reason.startswith("billing") and rng.random() < 0.03:
            paragraphs.append(expand(rng.choice(talk["private_card"]), rng, slots))
        return paragraphs

    def _told_again(self, contact: Contact, slots: Slots, rng: random.Random, length: str) -> list[str]:
        """A repeat that says so: reference, what happened since, perhaps the problem again, the request."""
        talk = load("common")["talk"]
        kind = rng.choices(("again_dated", "again_plain", "again_ticket"), (0.5, 0.32, 0.18))[0]
        told = [expand(rng.choice(talk[kind]), rng, slots)]
        if rng.random() < 0.75:
            told.append(_draw(contact.first, "still", rng, slots))
        restated = "P" if length == "short" else rng.choice(("P", "P C", "P T", "P P2"))
        if len(told) == 1 or rng.random() < 0.7:
            told += _sentences(contact.first, restated, slots, rng)
        if rng.random() < 0.75:
            told += _sentences(contact.first, "A", slots, rng)
        return told

    def _second(self, contact: Contact, rng: random.Random) -> str:
        slots = self.slots(contact, contact.second)
        joint = expand(rng.choice(load("common")["talk"]["second_joint"]), rng, slots)
        told = _sentences(contact.second, rng.choice(("P A", "P", "S P", "P C", "P T A")), slots, rng)
        joined = _join(told)
        if joint.endswith(",") or (joint.endswith(":") and rng.random() < 0.4):
            joined = _uncapital(joined)
        return f"{joint} {joined}"

    def _chat(self, contact: Contact, slots: Slots, rng: random.Random) -> list[str]:
        """One line a message, as chat widgets give them."""
        talk, problem = load("common")["talk"], contact.first
        lines = []
        if rng.random() < 0.3:
            lines.append(expand(rng.choice(talk["whole_short"]), rng, slots))
        if contact.is_true_repeat and rng.random() < 0.55:
            lines.append(expand(rng.choice(talk["again_short"]), rng, slots))
            if rng.random() < 0.4:
                lines.append(_draw(problem, "still", rng, slots))
        if rng.random() < 0.5:
            lines.append(_draw(problem, "short", rng, slots))
            if rng.random() < 0.5:
                lines += _sentences(problem, rng.choice(("T", "X", "C", "A", "S", "T A")), slots, rng)
        else:
            lines += _sentences(problem, rng.choice(("P", "P A", "S P", "P T", "P X A", "S P A")), slots, rng)
        if rng.random() < (0.85 if len(lines) == 1 else 0.35):
            lines.append(expand(rng.choice(talk["tail_short"]), rng, slots))
        if contact.second:
            joint = expand(rng.choice(talk["second_short"]), rng, slots)
            other = self.slots(contact, contact.second)
            lines.append(f"{joint} {_draw(contact.second, 'short', rng, other)}")
        if rng.random() < 0.6:
            return ["\n".join(lines)]
        joint = rng.choice((". ", ", ", " - ", "... "))
        return ["".join(line + (" " if line[-1] in ".?!:,)" else joint) for line in lines).rstrip(" ,-.") or lines[0]]

    def _call(self, contact: Contact, slots: Slots, rng: random.Random) -> list[str]:
        """An agent's note about a call, or what the transcription made of it."""
        if rng.random() < 0.5:
            return [self._note(contact, slots, rng)]
        talk = load("common")["talk"]
        said = [expand(rng.choice(talk["voice_start"]), rng, slots)] if rng.random() < 0.8 else []
        if contact.is_true_repeat and rng.random() < 0.6:
            said += [expand(rng.choice(talk[rng.choice(("again_dated", "again_plain"))]), rng, slots)]
            said += [_draw(contact.first, "still", rng, slots)]
        said += _sentences(contact.first, rng.choice(("P A", "S P A", "P T A", "S P T", "P C A", "P")), slots, rng)
        if contact.second:
            said.append(self._second(contact, rng))
        if rng.random() < 0.6:
            said.append(expand(rng.choice(talk["voice_end"]), rng, slots))
        return [_spoken(said, rng)]

    def _note(self, contact: Contact, slots: Slots, rng: random.Random) -> str:
        talk = load("common")["talk"]
        parts = [expand(rng.choice(talk["note_start"]), rng, slots)] if rng.random() < 0.3 else []
        if contact.is_true_repeat and rng.random() < 0.65:
            parts.append(expand(rng.choice(talk["note_again"]), rng, slots))
        parts.append(_draw(contact.first, "note", rng, slots))
        if rng.random() < 0.5:
            said = _draw(contact.first, "problem", rng, slots)
            parts.append(rng.choice((f'Cust: "{said}"', f'Quote: "{said}"', f'"{said}"')))
        if contact.second:
            other = self.slots(contact, contact.second)
            note = _draw(contact.second, "note", rng, other)
            parts.append(rng.choice(("Also: ", "2nd issue: ", "In addition: ")) + note)
        if rng.random() < (0.6 if len(parts) > 1 else 0.9):
            parts.append(expand(rng.choice(talk["note_tail"]), rng, slots))
        return _join(parts)

    def _foreign(self, contact: Contact, slots: Slots, language: str, rng: random.Random) -> list[str]:
        talk, own = load(FOREIGN[language])["talk"], load(FOREIGN[language])[contact.first.reason]
        told = [expand(rng.choice(own["problem"]), rng, slots)]
        if contact.is_true_repeat and rng.random() < 0.7:
            told.insert(0, expand(rng.choice(talk["again"]), rng, slots))
        told.append(expand(rng.choice(own["ask"]), rng, slots))
        if rng.random() < 0.6:
            told.append(expand(rng.choice(talk["polite"]), rng, slots))
        return [_join(told)]


def _draw(problem: Problem, kind: str, rng: random.Random, slots: Slots) -> str:
    """One line of a kind that fits the problem, with its choices made."""
    return expand(rng.choice(pool(problem.reason, problem.case, kind)), rng, slots)


def _set_up(problem: Problem) -> tuple[str, ...]:
    """Details of the writer's set-up: devices only where a device may matter."""
    is_technical = problem.reason.startswith(("login", "reliability", "data", "integration", "product-broken"))
    return load("common")["talk"]["context" if is_technical else "context_plain"]


def _start_of(contact: Contact) -> Contact:
    """The contact with which the chain began."""
    while contact.cause:
        contact = contact.cause
    return contact


def _story(problem: Problem, slots: Slots, rng: random.Random, length: str) -> list[str]:
    return _sentences(problem, rng.choice(_ORDERS[length]), slots, rng)


def _sentences(problem: Problem, order: str, slots: Slots, rng: random.Random) -> list[str]:
    """One sentence a letter of `order`; a digit asks for another one of the same kind."""
    drawn: dict[str, list[str]] = {}
    for letter in dict.fromkeys(step[0] for step in order.split()):
        lines = _set_up(problem) if letter == "X" else pool(problem.reason, problem.case, _KINDS[letter])
        drawn[letter] = rng.sample(lines, min(len(lines), 2))
    told = [
        drawn[step[0]][int(step[1:] or 1) - 1] for step in order.split() if int(step[1:] or 1) <= len(drawn[step[0]])
    ]
    return [expand(fragment, rng, slots) for fragment in told]


def _in_paragraphs(told: list[str], rng: random.Random) -> list[str]:
    if len(told) < 4 or rng.random() < 0.3:
        return [_join(told)]
    cut = rng.randint(2, len(told) - 1)
    return [_join(told[:cut]), _join(told[cut:])]


def _join(told: list[str]) -> str:
    """Sentences in a row, each starting with a capital."""
    return " ".join(capital(sentence) if sentence[-1:] in '.?!:")' else capital(sentence) + "." for sentence in told)


def _addendum(slots: Slots, rng: random.Random) -> str:
    detail = expand(rng.choice(load("common")["talk"]["context"]), rng, slots)
    start = (
        "I forgot to say:",
        "Forgot to mention:",
        "PS to my message just now:",
        "One more detail:",
        "To complete the picture:",
    )
    return f"{rng.choice(start)} {detail} It's about {slots['noun']}."


def _spoken(said: list[str], rng: random.Random) -> str:
    """Speech as a machine writes it down: fillers, and full stops where somebody took a breath."""
    filler = load("common")["talk"]["filler"]
    parts = []
    for number, sentence in enumerate(said):
        if number and rng.random() < 0.3:
            sentence = f"{rng.choice(filler)} {_uncapital(sentence)}"
        if rng.random() < 0.3 and ", " in sentence:
            sentence = sentence.replace(", ", f", {rng.choice(filler)} ", 1)
        parts.append(capital(sentence))
    return re.sub(r'["“”]', "", " ".join(parts))


def _uncapital(sentence: str) -> str:
    keeps = sentence[:2] in ("I ", "I'") or sentence[1:2].isupper()
    return sentence if keeps else sentence[0].lower() + sentence[1:]
