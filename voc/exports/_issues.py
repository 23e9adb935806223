"""Priorities as issues of a tracker: summary, description with cost, basis and evidence, labels, component, owner."""

import re
from collections import defaultdict
from dataclasses import dataclass

from voc.errors import VocError
from voc.exports._material import Material
from voc.reports import _words as w

TOP = 10  # issues, unless told otherwise
LONGEST_SUMMARY, LONGEST_QUOTE = 240, 600  # characters
SURE, NAMED_FIRST = 0.8, 3  # among the first three in so many resamples: high


@dataclass(frozen=True)
class Quote:
    """A customer's words and where they stand."""

    text: str
    about: str  # when, and which contact
    link: str | None


@dataclass(frozen=True)
class Issue:
    """One priority, in plain text without any markup."""

    topic_id: str
    summary: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    quotes: tuple[Quote, ...]
    basis: tuple[str, ...]
    cautions: tuple[str, ...]
    urgency: str  # high, medium, low
    area: str | None
    owner: str | None
    labels: tuple[str, ...]


def issues(material: Material) -> list[Issue]:
    """The first priorities as issues. Raises VocError for a run without topics and for a link that is none."""
    rows = material.priorities(default_top=TOP)
    if not rows:
        raise VocError("The run has no topics, so there is nothing to make issues of.", "Its briefing says why.")
    base = link_base(material.options.links)
    areas = {row["topic_id"]: row["theme"] for row in material.rows("topic_versions")}
    quotes = defaultdict(list)
    for row in sorted(material.rows("evidence"), key=lambda row: row["position"]):
        quotes[row["topic_id"]].append(_quote(row, base))
    return [_issue(row, areas.get(row["topic_id"]), tuple(quotes[row["topic_id"]]), material, base) for row in rows]


def _issue(row: dict, area: str | None, quotes: tuple[Quote, ...], material: Material, base: str | None) -> Issue:
    topic = w.shortened(w.line(row["topic"]), LONGEST_SUMMARY - 40)
    says = "Customers come back about" if row["repeats_month_mid"] > 0 else "Customers speak of"
    cautions = material.basis.cautions
    if row["is_low_volume"]:
        cautions = ("Few contacts: no claim about its rank.", *cautions)
    link = f"{base}/latest_priorities?topic_id={tilde(row['topic_id'])}" if base else None
    facts = _facts(row, area) + ((("Figures", link),) if link else ())
    return Issue(
        topic_id=row["topic_id"], summary=f"{says}: {topic}", lead=price(row), facts=facts, quotes=quotes,
        basis=material.basis.lines, cautions=cautions, urgency=_urgency(row), area=w.line(area) or None,
        owner=w.line(row["owner"]) or None,
        labels=tuple(slug(text) for text in ("voc", row["demand_type"], row["topic_id"]) if text),
    )  # fmt: skip


def price(row: dict) -> str:
    """What a priority costs a month and how often customers come back, with ranges, in a sentence."""
    low, mid, high = (row[f"repeats_month_{end}"] for end in ("low", "mid", "high"))
    if not mid:
        back = "no repeats beyond coincidence" if row["customers_with_repeat"] else "nobody came back about it"
        return f"{w.plural(row['contacts'], 'contact')} in the period; {back}."
    says = f"{w.amount(mid)} repeat contacts a month ({w.between(low, high)})"
    if row["avoidable_cost_month_mid"] is not None:
        low, mid, high = (row[f"avoidable_cost_month_{end}"] for end in ("low", "mid", "high"))
        note = ", illustrative" if row["is_illustrative"] else ""
        says += f", which cost an avoidable {w.money(mid, row['currency'])} a month ({w.spread(low, mid, high)}{note})"
    return f"{says}. Ranges hold the middle 80% of results when customers are drawn again."


def _facts(row: dict, area: str | None) -> tuple[tuple[str, str], ...]:
    place = f"rank {row['rank']}"
    if row["p_top_3"] is not None:
        place += f", among the first three in {w.chance(row['p_top_3'])} of resamples"
    whom = f"{w.plural(row['contacts'], 'contact')} of {w.plural(row['customers'], 'customer')}, {w.count(row['customers_with_repeat'])} of whom came back"
    found = [
        ("Place", place), ("Contacts", whom), ("Kind of demand", w.DEMAND_WORDS.get(row["demand_type"] or "", "")),
        ("Contact reason", w.line(row["reason"])), ("Area", w.line(area)), ("Owner", w.line(row["owner"]) or "nobody yet"),
        ("Trend", w.trend_words(row)), ("Topic", row["topic_id"]),
    ]  # fmt: skip
    return tuple((name, said) for name, said in found if said)


def _urgency(row: dict) -> str:
    if row["is_low_volume"]:
        return "low"
    return "high" if (row["p_top_3"] or 0) >= SURE and row["rank"] <= NAMED_FIRST else "medium"


def _quote(row: dict, base: str | None) -> Quote:
    whose = f", {row['contact_id']}" if row["contact_id"] else ""
    link = f"{base}/contacts/{tilde(row['contact_id'])}" if base and row["contact_id"] else None
    return Quote(w.shortened(w.line(row["text"]), LONGEST_QUOTE), f"{w.day(row['said_at'])}{whose}", link)


# ---------------------------------------------------------------- words of addresses and labels


def link_base(address: str | None) -> str | None:
    """The address of the database in Datasette, without a slash at its end. Raises VocError for what is no address."""
    if address is None:
        return None
    if not re.fullmatch(r"https?://[^\s<>\"'|\[\]{}]+", address):
        raise VocError(f"'{address}' is no address of a page.", "Write it as http://HOST:PORT/DATABASE.")
    return address.rstrip("/")


def tilde(text: str) -> str:
    """Text in an address as Datasette writes it: letters, digits, '-' and '_' as they are, others as ~XX."""
    return "".join(
        chr(b) if chr(b).isascii() and (chr(b).isalnum() or chr(b) in "-_") else "+" if b == 32 else f"~{b:02X}"
        for b in text.encode()
    )


def slug(text: str) -> str:
    """A label without spaces and signs: small letters, digits and dashes."""
    return re.sub(r"[^\w]+", "-", text.lower().replace("_", "-")).strip("-")
