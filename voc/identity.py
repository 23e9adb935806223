"""Who is who: identifiers in the form they are compared in, hashed, and joined into customers."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from voc.config import IdentityRules
from voc.records import Identifier
from voc.secret import keyed_hash

# Strongest first: what a tool knows a person by, what several tools do, what people type.
KINDS = ("id", "external", "handle", "email", "phone")
_NOT_AN_IDENTIFIER = {"", "-", "0", "none", "null", "nan", "n/a", "na", "unknown", "anonymous", "[email]", "[phone]",
                      "withheld", "private", "restricted", "unavailable", "blocked"}  # fmt: skip
_SHARED_MAILBOXES = {
    "info", "noreply", "no-reply", "donotreply", "do-not-reply", "support", "help", "helpdesk", "admin", "office",
    "sales", "contact", "hello", "service", "postmaster", "mailer-daemon", "webmaster", "billing", "accounts",
}  # fmt: skip
# Mail domains anybody can have an address at: they say nothing of an organisation.
FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it ymail.com outlook.com outlook.de hotmail.com "
    "hotmail.co.uk hotmail.de hotmail.fr hotmail.es hotmail.it live.com live.de live.co.uk live.nl msn.com icloud.com me.com mac.com aol.com "
    "gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de arcor.de posteo.de mailbox.org proton.me protonmail.com tutanota.com "
    "orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it alice.it uol.com.br bol.com.br terra.com.br sapo.pt "
    "ziggo.nl kpnmail.nl planet.nl hetnet.nl telenet.be skynet.be btinternet.com sky.com comcast.net verizon.net att.net mail.ru yandex.ru "
    "qq.com 163.com 126.com naver.com rediffmail.com zoho.com mail.com fastmail.com hey.com".split()
)
_FREE_HEADS = ("gmail.", "googlemail.")
_OF_ONE = ("email:", "external:")  # kinds that tell people apart; a vendor's id may be a new one for every chat


def identifier_hashes(identifiers: Iterable[Identifier], *, source: str, rules: IdentityRules, key: bytes) -> list[str]:
    """`kind:hash` of what a row says of its customer, strongest first; what names nobody in particular is left out."""
    normal = {(kind, text) for kind, value in identifiers if (text := normalised(kind, value, source, rules))}
    ranked = sorted(normal, key=lambda pair: (_rank(pair[0]), pair))
    return [f"{kind}:{keyed_hash(key, text)}" for kind, text in ranked]


def account_hash(identifiers: Iterable[Identifier], organisation: str | None, *, rules: IdentityRules, key: bytes) -> str | None:
    """Key of the customer's account: its organisation, else its mail domain where that is no free-mail."""
    if organisation and organisation.strip():
        return f"organisation:{keyed_hash(key, 'organisation:' + ' '.join(organisation.casefold().split()))}"
    for kind, value in identifiers:
        domain = value.strip().lower().rpartition("@")[2] if kind == "email" and "@" in value else ""
        if domain and domain not in FREE_MAIL and domain not in rules.ignored_domains:
            return f"domain:{keyed_hash(key, 'domain:' + domain)}"
    return None


def _rank(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def normalised(kind: str, value: str, source: str, rules: IdentityRules) -> str | None:
    """An identifier in the one form it is compared in, or None when it names nobody in particular."""
    text = unicodedata.normalize("NFC", value or "").strip()
    if text.lower() in _NOT_AN_IDENTIFIER:
        return None
    if kind == "email":
        return _mail(text, rules)
    if kind == "phone":
        number = _phone(text, rules.phone_region)
        return None if number is None or number in _company_numbers(rules) else number
    return f"id:{source}:{text}" if kind == "id" else f"{kind}:{text.casefold()}"


def _mail(text: str, rules: IdentityRules) -> str | None:
    local, _, domain = text.strip("<>").casefold().rpartition("@")
    domain = _ascii_domain(domain.rstrip("."))
    if not local or not domain or local in _SHARED_MAILBOXES or domain in rules.ignored_domains:
        return None
    if {local, f"{local}@{domain}"} & set(rules.shared_mailboxes):
        return None
    if rules.fold_plus_tags:
        local = local.partition("+")[0]
    if rules.fold_gmail_dots and domain.startswith(_FREE_HEADS):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"email:{local}@{domain}" if local else None


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    """A domain in the letters of the DNS, so that both spellings of one with umlauts are the same."""
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return domain


@lru_cache(maxsize=65536)
def _phone(text: str, region: str | None) -> str | None:
    """A number as E.164 where its country is known, else its digits; None where it is too short to name anybody."""
    import phonenumbers

    digits = re.sub(r"\D", "", text)
    if len(digits) < 7:
        return None
    shown = "+" + digits[2:] if text.lstrip("( ").startswith("00") else text
    try:
        number = phonenumbers.parse(shown, region)
    except phonenumbers.NumberParseException:
        return _bare_phone(digits)
    if not phonenumbers.is_possible_number(number):
        return _bare_phone(digits)
    return f"phone:{phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}"


def _bare_phone(digits: str) -> str:
    """Digits as written, where nothing says the country: the same person's number with its country code is another."""
    return f"phone:{digits}"


@lru_cache(maxsize=64)
def _company_numbers(rules: IdentityRules) -> frozenset[str]:
    return frozenset(filter(None, (_phone(number, rules.phone_region) for number in rules.company_numbers)))


# ---------------------------------------------------------------- rows to customers


@dataclass(frozen=True)
class Customers:
    """Who made each row, and clusters of identifiers too large to be one person."""

    of_row: np.ndarray  # (n,) customer id, None for a row that names nobody
    identifiers: pd.Series  # customer id -> distinct identifiers
    reviews: pd.DataFrame  # a row a cluster above the limit: review_id, identifier_count, row_count, kinds, widest, is_joined
    shares: dict  # what a run prints


def join_customers(rows: pd.DataFrame, rules: IdentityRules) -> Customers:
    """Customers of rows: rows that share an identifier, over any number of steps, are one person (connected components).

    `rows`: frame of row_id, at (ISO time), identifiers (JSON list, strongest first) and account (or None), a row a contact or
    response. A phone of several people joins none of them (`shared_phones`). A cluster of more than `max_identifiers` is most likely
    several people behind a shared address: unless its review id is accepted, its rows are joined by their strongest identifier alone.
    A customer's id comes from its earliest row, so it depends neither on the order of files nor on the key.
    """
    lists = [json.loads(text) for text in rows["identifiers"]]
    shared = shared_phones(lists)
    lists = [joining(one, shared) for one in lists] if shared else lists
    counts = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    flat = [item for one in lists for item in one]
    codes, names = pd.factorize(np.array(flat, dtype=object)) if flat else (np.empty(0, np.int64), np.empty(0, object))
    at_row = np.repeat(np.arange(len(lists)), counts)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(counts) else np.empty(0, np.int64)
    order = _by_time(rows)
    group = _components(at_row, codes, len(lists), len(names))
    group, reviews = _without_large(group, at_row, codes, names, first, counts, rows, order, rules)
    persons = np.where(counts > 0, group, -1)
    if rules.level == "account":
        persons = _accounts(persons, rows["account"], order)
    ids = _ids(persons, rows["row_id"].to_numpy(dtype=object), order)
    pairs = pd.DataFrame({"customer": ids[at_row], "identifier": codes}).drop_duplicates()
    per_customer = pairs["customer"].value_counts()
    return Customers(ids, per_customer, reviews, _shares(ids, per_customer, reviews) | {"phones_of_several": len(shared)})


def shared_phones(lists: Sequence[Sequence[str]]) -> frozenset[str]:
    """Phones of several people: a switchboard, a household.

    `lists`: identifiers of each row. Such a phone stands with e-mail addresses or shared ids that nothing else joins. It joins no rows but
    those that know nothing else of their customer: to take two colleagues for one person would invent repeats, to take one person for two
    only hides some.
    """
    at_phone: dict[str, list[int]] = {}
    for row, identifiers in enumerate(lists):
        for one in identifiers:
            if one.startswith("phone:") and len(identifiers) > 1:
                at_phone.setdefault(one, []).append(row)
    several = {phone: rows for phone, rows in at_phone.items() if len(rows) > 1}
    if not several:
        return frozenset()
    pairs = [(row, one) for row, identifiers in enumerate(lists) for one in identifiers if not one.startswith("phone:")]
    codes, names = pd.factorize(np.array([one for _, one in pairs], dtype=object))
    person = _components(np.fromiter((row for row, _ in pairs), dtype=np.int64, count=len(pairs)), codes, len(lists), len(names))
    is_known = np.fromiter((any(one.startswith(_OF_ONE) for one in identifiers) for identifiers in lists), dtype=bool, count=len(lists))
    known = set(person[is_known].tolist())
    return frozenset(phone for phone, rows in several.items() if len({person[row] for row in rows} & known) > 1)


def joining(identifiers: Sequence[str], shared: Collection[str]) -> Sequence[str]:
    """The identifiers of a row that join it to others: phones of several people only where it holds nothing else."""
    return [one for one in identifiers if one not in shared] or identifiers


def _components(at_row: np.ndarray, codes: np.ndarray, row_count: int, name_count: int) -> np.ndarray:
    """Label of each row's component in the graph of rows and identifiers."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = row_count + name_count
    graph = coo_array((np.ones(len(codes), dtype=np.int8), (at_row, row_count + codes)), shape=(size, size))
    return connected_components(graph, directed=False)[1][:row_count] if size else np.empty(0, np.int64)


def _without_large(group, at_row, codes, names, first, counts, rows, order, rules) -> tuple[np.ndarray, pd.DataFrame]:
    """Take clusters above the limit apart, and list them."""
    pairs = pd.DataFrame({"group": group[at_row], "code": codes}).drop_duplicates()
    sizes = pairs["group"].value_counts()
    large = sizes[sizes > rules.max_identifiers]
    if large.empty:
        return group, pd.DataFrame(columns=["review_id", "identifier_count", "row_count", "kinds", "widest", "is_joined"])
    review_of = _ids(np.where(np.isin(group, large.index), group, -1), rows["row_id"].to_numpy(dtype=object), order, head="r-")
    listed, apart = [], np.zeros(len(group), dtype=bool)
    for number, size in large.items():
        mine = np.flatnonzero(group == number)
        review_id, is_joined = review_of[mine[0]], review_of[mine[0]] in rules.accept
        listed.append(_review(review_id, int(size), mine, at_row, codes, names, is_joined))
        apart[mine] = not is_joined
    kept = apart[at_row] & (np.arange(len(codes)) != first[at_row])  # of these rows the first identifier alone joins
    again = _components(at_row[~kept], codes[~kept], len(group), len(names))
    return again, pd.DataFrame(listed).sort_values("review_id", ignore_index=True)


def _review(review_id, size, mine, at_row, codes, names, is_joined) -> dict:
    inside = codes[np.isin(at_row, mine)]
    kinds = pd.Series([names[code].partition(":")[0] for code in np.unique(inside)]).value_counts().sort_index()
    found, seen = np.unique(inside, return_counts=True)
    widest = names[found[np.lexsort([names[found].astype(str), -seen])[0]]]
    return {"review_id": review_id, "identifier_count": size, "row_count": len(mine), "kinds": json.dumps(kinds.to_dict()),
            "widest": widest, "is_joined": is_joined}  # fmt: skip


def _accounts(persons: np.ndarray, accounts: pd.Series, order: np.ndarray) -> np.ndarray:
    """Accounts instead of people: a row's own account, else that of the person's latest row that states one."""
    codes, names = pd.factorize(accounts)
    latest = np.full(int(persons.max(initial=-1)) + 1, -1)
    for row in order:  # in order of time, so the latest stays
        if codes[row] >= 0 and persons[row] >= 0:
            latest[persons[row]] = codes[row]
    own = np.where(codes >= 0, codes, np.where(persons >= 0, latest[persons] if len(latest) else -1, -1))
    return np.where(own >= 0, own, np.where(persons >= 0, len(names) + persons, -1))


def _by_time(rows: pd.DataFrame) -> np.ndarray:
    """Positions by time and id."""
    return rows[["at", "row_id"]].reset_index(drop=True).sort_values(["at", "row_id"], kind="stable").index.to_numpy()


def _ids(group: np.ndarray, row_ids: np.ndarray, order: np.ndarray, head: str = "c-") -> np.ndarray:
    """An id for each row's group from the group's earliest row; None for group -1."""
    ordered = order[group[order] >= 0]
    labels, at = np.unique(group[ordered], return_index=True)
    named = {int(label): head + hashlib.sha256(str(row_ids[ordered[i]]).encode()).hexdigest()[:12]
             for label, i in zip(labels, at, strict=True)}  # fmt: skip
    return np.array([named.get(int(number)) for number in group], dtype=object)


def _shares(ids: np.ndarray, per_customer: pd.Series, reviews: pd.DataFrame) -> dict:
    known = sum(one is not None for one in ids)
    return {
        "rows_with_customer": round(known / len(ids), 4) if len(ids) else None,
        "identifiers_a_customer": round(float(per_customer.mean()), 2) if len(per_customer) else None,
        "most_identifiers": int(per_customer.max()) if len(per_customer) else 0,
        "clusters_to_review": int((~reviews["is_joined"].astype(bool)).sum()),
    }


