"""Invented details of a story: amounts, dates, cards, phones; all from reserved or impossible ranges."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from voc.sample.grammar import load
from voc.sample.people import Customer, Organisation

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
}  # fmt: skip
_NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six")


def pick(rng: random.Random, options: Sequence[str]) -> str:
    """One of the options by exactly one draw, however many there are: the draws after it stay the same."""
    return options[int(rng.random() * len(options))]


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` followed by it pass the Luhn test (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def card_number(rng: random.Random) -> str:
    """A card number that passes the Luhn test, in a range handed out for tests only."""
    digits = "400000" + "".join(str(rng.randrange(10)) for _ in range(9))
    digits += luhn_digit(digits)
    joint = rng.choice((" ", " ", "-", ""))
    return joint.join(digits[start : start + 4] for start in range(0, 16, 4))


def iban(rng: random.Random) -> str:
    """A German-looking IBAN with right check digits (ISO 13616) and a bank code that does not exist."""
    account = "00000000" + "".join(str(rng.randrange(10)) for _ in range(10))
    check = 98 - int(account + "131400") % 97
    number = f"DE{check:02d}{account}"
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4)) if rng.random() < 0.6 else number


def spoken_date(day: datetime, language: str, locale: str, rng: random.Random) -> str:
    """A date as the customer would write it."""
    month = _MONTHS[language][day.month - 1]
    if language == "de":
        return pick(rng, (f"{day.day}.{day.month}.", f"{day.day}. {month}"))
    if language in ("es", "fr"):
        return pick(rng, (f"{day.day} de {month}" if language == "es" else f"{day.day} {month}",))
    suffix = "th" if 10 < day.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    if locale == "us":
        return pick(rng, (f"{month} {day.day}", f"{month[:3]} {day.day}", f"{day.month}/{day.day}"))
    return pick(rng, (f"{day.day} {month}", f"{day.day}{suffix} {month}", f"{day.day} {month[:3]}"))


def time_ago(then: datetime, now: datetime, language: str, rng: random.Random) -> str:
    """How long ago the earlier contact was, in words: "yesterday", "on Tuesday", "last week"."""
    days = (now.date() - then.date()).days
    if language == "de":
        return ("heute", "gestern", "vorgestern")[days] if days < 3 else f"vor {days} Tagen"
    if language == "es":
        return ("hoy", "ayer", "anteayer")[days] if days < 3 else f"hace {days} días"
    if language == "fr":
        return ("aujourd'hui", "hier", "avant-hier")[days] if days < 3 else f"il y a {days} jours"
    weekday = _WEEKDAYS["en"][then.weekday()]
    if days == 0:
        return rng.choice(("earlier today", "this morning" if then.hour < 11 else "a few hours ago"))
    if days == 1:
        return "yesterday"
    counted = f"{_NUMBER_WORDS[days] if days < 7 else days} days ago"
    if days < 6:
        return rng.choice((f"on {weekday}", f"on {weekday}", counted))
    if days < 12:
        return rng.choice(("last week", f"last {weekday}", counted))
    return rng.choice(("two weeks ago", "a while ago", counted))


def facts(
    rng: random.Random,
    customer: Customer,
    organisation: Organisation | None,
    opened_at: datetime,
    *,
    product: str,
    language: str,
) -> dict[str, str]:
    """Every slot of one issue in a language; a repeat of the issue is written with the same facts."""
    names = load("common")["names"]
    locale = customer.locale
    local = opened_at + timedelta(hours=customer.utc_offset)
    seats = organisation.seats if organisation else rng.randint(1, 4)
    price = round(seats * rng.choice((9, 12, 14.5, 19, 24)) * rng.choice((1, 1, 1, 12)), 2)
    wrong = price * rng.choice((2, 1.2, 1.5, 1.08, 1.33, 1.15))
    since = local - timedelta(days=rng.randint(0, 5), hours=rng.random() * 3)
    event = local - timedelta(days=rng.randint(1, 16))
    domain = organisation.domain if organisation else "example.com"
    colleague = rng.choice(names["first"])
    return {
        "product": rng.choice((product.lower(), "your tool")) if rng.random() < 0.12 else product,
        "company_us": product,
        "amount": _money(wrong, locale, rng),
        "amount2": _money(price, locale, rng),
        "seats": str(max(seats, 2)),
        "n": _count(rng.randint(2, 6), language, rng),
        "n2": str(rng.randint(2, 9)),
        "n0": rng.choice(("20", "30", "45")),
        "many": str(rng.choice((38, 64, 85, 120, 140, 212, 300, 350, 460, 614, 800, 1200, 2300)) + rng.randint(0, 9)),
        "pct": str(rng.choice((11, 17, 23, 30, 42, 50, 66, 68, 80, 87, 92, 97, 99))),
        "days": str(rng.randint(5, 12)),
        "hours": rng.choice(("3", "4.5", "5", "6", "7.5", "8", "11", "12", "16", "23")),
        "clock": _clock(rng, locale, language),
        "version": f"{rng.randint(3, 6)}.{rng.randint(0, 14)}.{rng.randint(0, 5)}",
        "date": spoken_date(event, language, locale, rng),
        "weekday": _WEEKDAYS[language][since.weekday()],
        "month": _MONTHS[language][(local.month - rng.choice((1, 2, 2))) % 12],
        "invoice": rng.choice((f"QM-2026-{rng.randint(1000, 9999):05d}", f"#{rng.randint(10000, 48000)}")),
        "ticket": f"#{rng.randint(40000, 59999)}",
        "client": company_name(rng),
        "company": organisation.name if organisation else company_name(rng),
        "street": rng.choice(names["street"]),
        "city": customer.city,
        "country": rng.choice(names["country"]),
        "trade": rng.choice(names["trade"]),
        "role": customer.role,
        "person": rng.choice(names["first"]),
        "first": customer.first,
        "last": customer.last,
        "email": customer.email,
        "email2": f"{colleague.lower()}.{rng.choice(names['last']).lower()}@{domain}",
        "phone": customer.phone,
        "card": card_number(rng),
        "iban": iban(rng),
        "last4": f"{rng.randint(0, 9999):04d}",
        "vat": f"XX{rng.randint(100000000, 999999999)}",
        "po": f"PO-{rng.randint(10000, 99999)}",
        "noun": "that",
        "ago": "recently",
        "agent": rng.choice(names["first"]),
        "subject": "your message",
        **{key: rng.choice(names[key]) for key in ("project", "app", "provider", "os", "code", "plan", "phone_model")},
        "browser": rng.choice((*names["browser"], "Chrome", "Chrome")),
    }


def company_name(rng: random.Random, kind: str | None = None) -> str:
    """An invented company, such as "Harborlane Works"."""
    names = load("common")["names"]
    stem = rng.choice(names["company_first"]) + rng.choice(names["company_second"])
    return f"{stem} {kind or rng.choice(names['company_kind'])}"


def _money(value: float, locale: str, rng: random.Random) -> str:
    whole = value == round(value)
    shown = f"{value:,.0f}" if whole and rng.random() < 0.6 else f"{value:,.2f}"
    if locale == "us":
        return rng.choice((f"${shown}", f"${shown}", f"{shown} USD", f"$ {shown}"))
    if locale == "uk":
        return rng.choice((f"£{shown}", f"£{shown}", f"GBP {shown}"))
    comma = shown.translate(str.maketrans(",.", ".,"))
    return rng.choice((f"{comma} €", f"{comma} EUR", f"€{shown}", f"EUR {shown}"))


def _count(number: int, language: str, rng: random.Random) -> str:
    return _NUMBER_WORDS[number] if rng.random() < 0.6 and language == "en" else str(number)


def _clock(rng: random.Random, locale: str, language: str) -> str:
    hour, minute = rng.randint(7, 17), rng.choice((0, 0, 15, 20, 30, 40, 45, 50))
    variant = rng.random()
    if locale == "us":
        half = "am" if hour < 12 else "pm"
        shown = f"{(hour - 1) % 12 + 1}" + (f":{minute:02d}" if minute else "")
        return f"{shown}{' ' if variant < 0.5 else ''}{half}"
    if language == "en" and not minute and variant < 0.4:
        return f"{(hour - 1) % 12 + 1} o'clock"
    return f"{hour}:{minute:02d}"
