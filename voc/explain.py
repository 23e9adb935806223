"""Why a contact counts as a repeat or does not, with its probability and its cost, in words."""

import json
from pathlib import Path

from voc import tables
from voc.config import database_of
from voc.errors import VocError, did_you_mean
from voc.reports import _words as w
from voc.store import Store

NO_TOPIC = "-"
NEAR = 2000  # ids compared with one that is unknown
MINUTES_FROM = {
    "measured": "measured", "imputed": "estimated from measured contacts of the same cost group",
    "cost_file": "the cost file's figure", "unknown": "not known",
}  # fmt: skip
WHY_EXCLUDED = {
    "company_initiated": "the company wrote first", "merged": "it was merged into another contact",
    "automatic": "it was written by a machine", "internal": "it came from the company itself",
    "acknowledgement": "it only says thanks, and nobody had to answer",
    "superseded": "its thread was read again and holds fewer contacts now",
}  # fmt: skip


# ---------------------------------------------------------------- reading


def explain(database: Path | None, contact: str) -> dict:
    """Everything known about how a contact was counted, by the latest run, and `says`: the same in words.

    `contact`: its id, with or without the name of the source before it. Raises VocError for an unknown id, one that
    several sources use, and a database without repeats.
    """
    with Store(database_of(database), is_read_only=True) as store:
        return explained(facts(store, find_contact(store, contact)))


def find_contact(store: Store, wanted: str) -> str:
    """The full id of a contact. Raises VocError with what was perhaps meant."""
    wanted = wanted.strip()
    found = store.rows("SELECT contact_id FROM contacts WHERE contact_id = ?", [wanted])
    found = found or store.rows(
        "SELECT contact_id FROM contacts WHERE contact_id = source || ':' || ? ORDER BY 1", [wanted])  # fmt: skip
    if len(found) == 1:
        return found[0]["contact_id"]
    if found:
        ids = [row["contact_id"] for row in found]
        raise VocError(f"{len(ids)} sources have a contact '{wanted}'.", f"Say which: {', '.join(ids)}.")
    ids = _ids_like(store, wanted)
    if not ids:
        raise VocError(f"{store.path} holds no contacts.", "Run the pipeline first: voc run PIPELINE.yml")
    near = did_you_mean(wanted, [id_ if ":" in wanted else id_.partition(":")[2] for id_ in ids])
    raise VocError(
        f"There is no contact '{wanted}' in {store.path}.",
        near if near.startswith("Did") else f"Ids look like '{ids[0]}'.",
    )


def _ids_like(store: Store, wanted: str) -> list[str]:
    """Ids that begin or end as the wanted one does, then any: comparing with all would take too long."""
    own = wanted.rpartition(":")[2]
    patterns = [f"%:{own[: max(len(own) * 2 // 3, 1)]}%", f"%{own[len(own) // 3 :]}", "%"]
    found = [
        row["contact_id"]
        for pattern in patterns
        for row in store.rows("SELECT contact_id FROM contacts WHERE contact_id LIKE ? ORDER BY 1 LIMIT ?", [pattern, NEAR])
    ]  # fmt: skip
    return list(dict.fromkeys(found))


def facts(store: Store, contact_id: str) -> dict:
    """Rows about one contact: contact, parts (each with its repeat, if any), any_topic, cost, names, run."""
    _refuse_older(store)
    run = store.latest_run("complete")
    if run is None or not store.rows("SELECT 1 FROM episodes LIMIT 1"):
        raise VocError(f"{store.path} holds no complete run with contacts.", "Finish one first: voc run PIPELINE.yml")

    def rows(sql: str) -> list[dict]:
        return store.rows(sql, [contact_id])

    repeats = rows("SELECT * FROM repeats WHERE contact_id = ?")
    parts = rows(
        "SELECT e.*, l.repeat_weight, l.cost_full, l.cost_avoidable_cash, l.cost_avoidable_capacity, p.first_contact_id, "
        "a.found_share FROM episode_contacts e JOIN episodes p USING (episode_id) "
        "LEFT JOIN ledger_lines l ON l.contact_id = e.contact_id AND l.part = e.part "
        "LEFT JOIN label_agreements a ON a.topic_id = e.part WHERE e.contact_id = ? ORDER BY e.share DESC, e.part"
    )
    same = {row["part"]: row for row in repeats if row["scope"] == "same_topic"}
    contact = rows("SELECT * FROM contacts WHERE contact_id = ?")[0]
    first, last = run["first_day"], run["last_day"]
    customer = rows("SELECT u.name FROM contacts c JOIN customers u USING (customer_id) WHERE c.contact_id = ?")
    return {
        "contact": contact, "period": (first, last),
        "is_outside": not (first or "") <= contact["opened_at"][:10] <= (last or "~"),
        "customer": customer[0]["name"] if customer else None,
        "parts": [part | {"repeat": same.get(part["part"])} for part in parts],
        "any_topic": next((row for row in repeats if row["scope"] == "any_topic"), None),
        "cost": next(iter(rows("SELECT * FROM contact_costs WHERE contact_id = ?")), None),
        "names": {row["topic_id"]: row["name"] for row in store.rows("SELECT topic_id, name FROM topics")},
        "currency": run["currency"], "window": float(json.loads(run["settings"])["window_days"]),
    }  # fmt: skip


def _refuse_older(store: Store) -> None:
    for declared in (tables.Run, tables.EpisodeContact, tables.Repeat, tables.LabelAgreement, tables.LedgerLine, tables.ContactCost):
        columns = [row["name"] for row in store.rows("SELECT name FROM pragma_table_info(?)", [declared.name])]
        if columns != declared.names:
            raise VocError(
                f"{store.path} was written by an earlier version, which did not estimate coincidences.",
                "Run the pipeline again.",
            )


# ---------------------------------------------------------------- words


def explained(known: dict) -> dict:
    """What `facts` found, with `says`: lines of text."""
    contact = known["contact"]
    lines = [_title(contact, known["customer"])]
    if known["is_outside"]:
        lines.append(f"It takes no part in repeats and cost: the latest run counts {w.period(*known['period'])} alone.")
    elif contact["why_excluded"]:
        lines.append(_excluded(contact))
    for part in known["parts"]:
        lines += ["", *_part_lines(part, known)]
    if known["parts"]:
        lines += ["", *_cost_lines(known["cost"], known["currency"])]
    return {
        "contact_id": contact["contact_id"], "subject": _subject(contact), "why_excluded": contact["why_excluded"],
        "parts": known["parts"], "any_topic": known["any_topic"], "cost": known["cost"],
        "currency": known["currency"], "window_days": known["window"], "says": lines,
    }  # fmt: skip


def _subject(contact: dict) -> str:
    return w.shortened(w.line(contact["subject"]), 80)


def _title(contact: dict, customer: str | None) -> str:
    subject = f" '{_subject(contact)}'" if _subject(contact) else ""
    who = f"by {w.line(customer)}" if customer else "by somebody the source does not name"
    return f"{contact['contact_id']}{subject}, {w.line(contact['channel'])}, {w.day(contact['opened_at'])}, {who}"


def _excluded(contact: dict) -> str:
    why = WHY_EXCLUDED[contact["why_excluded"]]
    into = f" ({contact['merged_into']})" if contact["merged_into"] else ""
    return f"It takes no part in repeats and cost: {why}{into}."


def _part_lines(part: dict, known: dict) -> list[str]:
    """About what, whether it is a repeat, why, and to what it is charged."""
    if part["part"] == NO_TOPIC:
        about = "About no topic: its texts fit none."
        return [about, *_without_topic(known)]
    share = "" if part["share"] > 0.9995 else f" ({w.percent(part['share'])} of it)"
    lines = [f"About '{_name(known, part['part'])}'{share}: {_verdict(part)}.", *_why(part, known)]
    if part["is_repeat"] or part["labelled_topic_id"] != part["topic_id"]:
        lines.append(_charge(part, known))
    return lines + _weight(part, known["currency"])


def _name(known: dict, topic: str | None) -> str:
    return w.line(known["names"].get(topic, topic or "no topic"))


def _verdict(part: dict) -> str:
    if part["is_duplicate"]:
        return "a double post, no repeat"
    if part["is_linked"]:
        return "a repeat for certain"
    return f"counts as a repeat, probability {w.chance(part['repeat_probability'])}" if part["is_repeat"] else "no repeat"


def _without_topic(known: dict) -> list[str]:
    before = known["any_topic"]
    if before is None:
        return ["No repeat: without a topic nothing says what it repeats."]
    return [f"No repeat about a topic. About anything: {_after(before)}."]


def _why(part: dict, known: dict) -> list[str]:
    """The contact before it, the pause, the window, the link, the two rates."""
    repeat, window = part["repeat"], w.days_text(known["window"])
    if known["contact"]["customer_id"] is None:
        return ["Nobody knows who made it, so it repeats nothing that is known."]
    if repeat is None:
        return ["The customer had not written about it in the 30 days before."]
    before, pause = repeat["previous_contact_id"], _pause(repeat["gap_days"])
    if part["is_duplicate"]:
        return [f"The same words or subject as {before} shortly before: it belongs to that contact."]
    if repeat["match_level"] == "vendor_link":
        return [f"The source itself says that it follows {known['contact']['follow_up_of']}; {_after(repeat)}."]
    if not repeat["is_in_window"]:
        return [f"{before} about it had ended {pause} before: longer than the window of {window}."]
    theme = ""
    if repeat["match_level"] == "same_theme":
        theme = " It is about another topic of the theme, but their labels cannot be told apart, so they count as one."
    return [f"{_after(repeat)}, within the window of {window}.{theme}", *_rates(repeat)]


def _after(repeat: dict) -> str:
    before = repeat["previous_contact_id"]
    if repeat["gap_days"] <= 0:
        return f"{before} or one before that was not yet solved when it came"
    return f"{before} had ended {_pause(repeat['gap_days'])} before"


def _rates(repeat: dict) -> list[str]:
    hazard, background, probability = (repeat[k] for k in ("repeat_hazard", "background_rate", "repeat_probability"))
    if hazard is None or background is None:
        return []
    return [
        f"Such contacts come back at {w.percent(hazard)} a day after this pause; this customer writes about it at "
        f"{w.percent(background)} a day anyway: {w.chance(probability)} that it is no coincidence."
    ]


def _charge(part: dict, known: dict) -> str:
    own = part["labelled_topic_id"]
    whose = f"Charged to '{_name(known, part['part'])}', the topic of {part['first_contact_id']}, which it goes back to"
    if own == part["topic_id"]:
        return f"{whose}."
    return f"{whose}; its own words " + (f"are about '{_name(known, own)}'." if own else "fit no topic.")


def _weight(part: dict, currency: str | None) -> list[str]:
    """Repeats that the part counts for, and what these cost."""
    weight, found = part["repeat_weight"], part["found_share"]
    if not weight:
        return []
    price = ""
    if part["cost_full"] is not None:
        full, cash, capacity = (part[f"cost_{name}"] * weight / part["share"]
                                for name in ("full", "avoidable_cash", "avoidable_capacity"))  # fmt: skip
        price = f", {_money(cash + capacity, currency)} of avoidable and {_money(full, currency)} of full cost"
    missed = ""
    if not part["is_linked"] and found is not None and found < 0.9995:
        missed = f": labels let {w.percent(1 - found)} of the repeats about it go unseen, which is counted in"
    return [f"It stands for {weight:.2f} repeats{price}{missed}."]


def _pause(days: float) -> str:
    if days < 1 / 12:
        return w.plural(days * 1440, "minute")
    return w.plural(days * 24, "hour") if days < 2 else f"{w.amount(days)} days"


def _cost_lines(cost: dict | None, currency: str | None) -> list[str]:
    """Minutes and where they come from; cost in full and avoidable."""
    if cost is None:
        return ["It was not handled, so it cost nothing."]
    where = MINUTES_FROM.get(cost["handle_source"], w.line(cost["handle_source"]))
    time = f"Handled in {cost['handle_minutes']:.1f} minutes ({where})" if cost["handle_minutes"] is not None else (
        f"Handle time {where}")  # fmt: skip
    if cost["cost_full"] is None:
        return [f"{time}. Without a cost file it has no price."]
    cash, capacity = cost["cost_avoidable_cash"], cost["cost_avoidable_capacity"]
    return [
        f"{time}; priced as '{w.line(cost['cost_group'])}'. Full cost {_money(cost['cost_full'], currency)}; avoidable "
        f"{_money(cash + capacity, currency)}, of which {_money(cash, currency)} is cash and {_money(capacity, currency)} staff time."
    ]  # fmt: skip


def _money(value: float, currency: str | None) -> str:
    return f"{currency or ''} {value:,.2f}".strip()
