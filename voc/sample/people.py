"""Organisations and customers with their segment, revenue, language and way of writing."""

import random
from dataclasses import dataclass

from voc.sample.company import HEAVY_CUSTOMER_SHARE
from voc.sample.grammar import load

SEGMENTS = ("enterprise", "mid-market", "small business")
_ORGANISATIONS = ((0.08, (10, 26), (120, 900), (40_000, 260_000)), (0.27, (4, 10), (16, 110), (7_000, 42_000)))
_SMALL = (0.65, (1, 5), (2, 15), (500, 6_500))
STYLES = (("neutral", 0.42), ("formal", 0.18), ("casual", 0.18), ("terse", 0.12), ("foreign", 0.10))
_OFFSETS = {"us": (-8, -7, -6, -5, -5), "uk": (0, 0, 1), "eu": (1, 1, 2), "de": (1,), "es": (1,), "fr": (1,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    number: int
    name: str
    domain: str
    segment: str
    seats: int
    annual_revenue: int  # USD


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    number: int
    first: str
    last: str
    email: str
    phone: str
    role: str
    organisation: int | None
    segment: str | None
    language: str
    locale: str
    city: str
    utc_offset: int
    style: str
    typo_rate: float  # typing errors a word
    is_lower_case: bool
    signature: int  # layout of the signature; 0 has none
    weight: float  # relative rate of new issues
    is_heavy: bool


def make_organisations(rng: random.Random, customers: int) -> list[Organisation]:
    """Organisations enough for so many customers; larger ones have more people, seats and revenue."""
    found: list[Organisation] = []
    names, places = set(), 0
    while places < customers:
        number = len(found)
        share = rng.random()
        tier = 0 if share < _ORGANISATIONS[0][0] else 1 if share < _ORGANISATIONS[0][0] + _ORGANISATIONS[1][0] else 2
        _, people, seats, revenue = (*_ORGANISATIONS, _SMALL)[tier]
        name = _new_company(rng, names)
        share_of_range = rng.random() ** 1.6
        found.append(
            Organisation(
                number=number,
                name=name,
                domain=f"{name.split()[0].lower()}.example.com",
                segment=SEGMENTS[tier],
                seats=int(seats[0] + share_of_range * (seats[1] - seats[0])),
                annual_revenue=round(revenue[0] + share_of_range * (revenue[1] - revenue[0]), -2),
            )
        )
        places += rng.randint(*people)
    return found


def _new_company(rng: random.Random, taken: set[str]) -> str:
    names = load("common")["names"]
    while True:
        stem = rng.choice(names["company_first"]) + rng.choice(names["company_second"])
        if stem not in taken:
            taken.add(stem)
            return f"{stem} {rng.choice(names['company_kind'])}"


def make_customers(rng: random.Random, count: int) -> tuple[list[Organisation], list[Customer]]:
    """`count` customers, 4 % of them without an organisation, 2 % heavy users."""
    organisations = make_organisations(rng, count)
    sizes = {"enterprise": 14.0, "mid-market": 5.5, "small business": 2.2}
    weights = [sizes[organisation.segment] for organisation in organisations]
    placed = rng.choices(organisations, weights, k=count)
    heavy = {*rng.sample(range(count), max(2, round(count * HEAVY_CUSTOMER_SHARE)))}
    emails: set[str] = set()
    customers = []
    for number in range(count):
        organisation = None if rng.random() < 0.04 and number not in heavy else placed[number]
        customers.append(_make_customer(rng, number, organisation, number in heavy, emails))
    return organisations, customers


def stranger(rng: random.Random) -> Customer:
    """Somebody who is in no file, for contacts without identity."""
    return _make_customer(rng, 0, None, False, set())


def _make_customer(
    rng: random.Random, number: int, organisation: Organisation | None, is_heavy: bool, emails: set[str]
) -> Customer:
    names = load("common")["names"]
    first, last = rng.choice(names["first"]), rng.choice(names["last"])
    language = rng.choices(("en", "de", "es", "fr"), (0.938, 0.026, 0.018, 0.018))[0]
    locale = rng.choices(("us", "uk", "eu"), (0.46, 0.30, 0.24))[0] if language == "en" else "eu"
    style = rng.choices([name for name, _ in STYLES], [share for _, share in STYLES])[0]
    careless = {"formal": 0.2, "neutral": 0.8, "casual": 1.6, "terse": 2.0, "foreign": 1.2}[style]
    return Customer(
        number=number,
        first=first,
        last=last,
        email=_new_email(rng, first, last, organisation, emails),
        phone=phone_number(rng, locale if language == "en" else language),
        role=rng.choice(names["role"]),
        organisation=organisation.number if organisation else None,
        segment=organisation.segment if organisation else None,
        language=language,
        locale=locale,
        city=rng.choice(names["city"]),
        utc_offset=rng.choice(_OFFSETS[locale if language == "en" else language]),
        style=style,
        typo_rate=careless * rng.choice((0, 0, 0.004, 0.008, 0.015, 0.03)),
        is_lower_case=style in ("casual", "terse") and rng.random() < 0.4,
        signature=rng.choices(range(8), (0.3, 0.15, 0.12, 0.12, 0.1, 0.07, 0.07, 0.07))[0],
        weight=rng.gammavariate(0.9, 1.0),
        is_heavy=is_heavy,
    )


def _new_email(rng: random.Random, first: str, last: str, organisation: Organisation | None, taken: set[str]) -> str:
    domain = organisation.domain if organisation else rng.choice(("example.com", "example.net", "example.org"))
    local = rng.choice((f"{first}.{last}", f"{first[0]}{last}", f"{first}", f"{first}{last[0]}")).lower()
    email, number = f"{local}@{domain}", 2
    while email in taken:
        email, number = f"{local}{number}@{domain}", number + 1
    taken.add(email)
    return email


def phone_number(rng: random.Random, place: str) -> str:
    """A number from the ranges that regulators keep free for fiction."""
    tail = rng.randint(0, 99)
    if place == "us":
        area = rng.choice((212, 303, 312, 415, 503, 512, 617, 720))
        return rng.choice((f"({area}) 555-01{tail:02d}", f"{area}-555-01{tail:02d}", f"+1 {area} 555 01{tail:02d}"))
    if place in ("uk", "eu", "es"):
        return rng.choice(
            (f"020 7946 0{tail + 100:03d}", f"+44 20 7946 0{tail + 200:03d}", f"07700 900{tail + 300:03d}")
        )
    if place == "de":
        return f"+49 30 23125 {tail + 100:03d}"
    return f"+33 1 99 00 {rng.randint(10, 99)} {tail:02d}"
