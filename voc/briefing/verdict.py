"""The verdict: what to fix first, what it costs and how sure that is, in two sentences."""

from voc.briefing.facts import FEW_ANSWERS, FEW_TEXTS, Material
from voc.reports import _words as w

LONGEST_NAME = 60  # characters of a topic in a sentence
UNSURE = 0.5  # a leader that is among the first three in fewer resamples does not lead


def verdict(m: Material) -> tuple[str, tuple[str, ...]]:
    """(headline, sentences after it). Claims nothing the data do not support."""
    return {"repeats": _repeats, "contacts": _contacts, "answers": _answers, "few": _few, "nothing": _nothing}[m.kind](
        m
    )


def name(row: dict) -> str:
    """A topic's name in quotation marks, on one line and of bounded length."""
    return f"“{w.shortened(w.line(row['topic']), LONGEST_NAME)}”"


# ---------------------------------------------------------------- contacts that come back


def _repeats(m: Material) -> tuple[str, tuple[str, ...]]:
    claimable = [p for p in m.priorities if not p["is_low_volume"] and (m.lead.figures[p["topic_id"]][1] or 0) > 0]
    if not claimable:
        first = m.priorities[0]
        leads = (
            f"The list leads with {name(first)}: {w.plural(first['contacts'], 'contact')} of "
            f"{w.plural(first['customers'], 'customer')}, which supports no claim about its rank."
        )
        return "Customers come back, but on too few contacts to say what to fix first", (leads, _all_repeats(m))
    first = claimable[0]
    tied = tied_with(first, m.priorities)
    if tied and (first["p_top_3"] or 0) < UNSURE:
        leads = (
            f"{name(first)} leads them: its repeats {_price(m, first)} and come from "
            f"{w.plural(first['customers_with_repeat'], 'customer')}, and it is among the top three in "
            f"{w.chance(first['p_top_3'] or 0)} of resamples."
        )
        title = f"No topic stands out: ranks {first['rank']} to {tied[-1]['rank']} cannot be told apart"
        return title, (leads, _all_repeats(m))
    return f"Fix {name(first)} first: its repeats {_price(m, first)}", (
        f"{_reach(m, first)}.",
        f"{_sureness(m, first, tied)}.",
        *([f"Owner: {w.line(first['owner'])}."] if first.get("owner") else []),
        *_doubt(m, first),
    )


def _doubt(m: Material, row: dict) -> tuple[str, ...]:
    """A word of warning where the topic itself may not hold."""
    if not m.is_doubtful(row["topic_id"]):
        return ()
    return (f"Read its texts before acting: as a topic it is doubtful ({m.quality[row['topic_id']]['why_doubtful']}).",)


def _price(m: Material, row: dict) -> str:
    """What the repeats of a topic take a month, in the leading measure, with range and basis."""
    low, mid, high = m.lead.figures[row["topic_id"]]
    if row["leads_by"] == "avoidable_cost":
        basis = ", illustrative" if row["is_illustrative"] else ""
        return f"cost an avoidable {m.lead.say(mid)} a month ({m.lead.range(row['topic_id'])}{basis})"
    if row["leads_by"] == "repeat_hours":
        return f"take {w.amount(mid)} hours a month ({w.between(low, high)})"
    return f"are {w.amount(mid)} {'contact' if w.amount(mid) == '1' else 'contacts'} a month ({w.between(low, high)})"


def _reach(m: Material, row: dict) -> str:
    """Who is behind it, how often, and where it is going."""
    everyone = m.score("customers") or 0
    share = f" ({w.percent(row['customers_with_repeat'] / everyone)} of all)" if everyone else ""
    going = {
        "rising": "contacts about it are rising",
        "falling": "contacts about it are falling",
        "steady": "contacts about it hold steady",
        "cannot tell": "",
    }[w.trend_words(row)]
    often = (
        ""
        if row["leads_by"] == "repeat_contacts"
        else f", in {w.amount(row['repeats_month_mid'])} repeat contacts a month"
    )
    who = f"{w.plural(row['customers_with_repeat'], 'customer')}{share}"
    return f"{who} came back about it{often}" + (f", and {going}" if going else "")


def _sureness(m: Material, row: dict, tied: list[dict]) -> str:
    rank, above = row["rank"], m.priorities.index(row)
    ahead = "" if not above else f"{_leaders(above)} above it in the table but on too few contacts for a claim; "
    if row["p_top_3"] is None:
        chance = ""
    elif len(m.priorities) <= 3:  # each is among the first three
        chance = f"it leads in {w.chance(row['p_top_1'])} of resamples"
    else:
        chance = f"it is among the top three in {w.chance(row['p_top_3'])} of resamples"
    if len(tied) == 1:
        others = f"it cannot be told apart from {name(tied[0])} (rank {tied[0]['rank']})"
    elif tied:
        others = f"ranks {rank} to {tied[-1]['rank']} cannot be told apart, {name(tied[0])} among them"
    else:
        others = ""
    text = ahead + ("; ".join(part for part in (chance, others) if part) or "how sure the order is cannot be said")
    return _begun(text)


def _leaders(above: int) -> str:
    return "one topic stands" if above == 1 else f"{above} topics stand"


def tied_with(first: dict, rows: list[dict]) -> list[dict]:
    """The topics right after `first` that cannot be told apart from it, nor from each other (`priorities.tied_high`)."""
    return [row for row in rows if first["rank"] < row["rank"] <= (first["tied_high"] or 0)]


def _all_repeats(m: Material) -> str:
    share, row = m.score("net_repeat_share"), m.scores["net_repeat_share"]
    if share is None:
        return "No customer is identified, so nobody can be seen to come back."
    spread = "" if row["low"] is None else f" ({w.between(row['low'], row['high'], w.percent)})"
    return (
        f"{_begun(w.percent(share))} of contacts{spread} came back about the same topic within "
        f"{w.days_text(m.run.pipeline.window_days)}, coincidences taken out."
    )


# ---------------------------------------------------------------- no repeats to speak of


def _contacts(m: Material) -> tuple[str, tuple[str, ...]]:
    largest = max(m.priorities, key=lambda p: (p["contacts"], -p["rank"]))
    share = largest["contacts"] / max(m.score("contacts") or 1, 1)
    most = (
        f"{name(largest)} is the largest topic: {w.plural(largest['contacts'], 'contact')}, {w.percent(share)} of all."
    )
    if not m.score("customers"):
        return "Nobody can be seen to come back: no contact names its customer", (
            most,
            "Map the column that says who wrote to 'customer', and repeats and their cost can be counted.",
        )
    within = w.days_text(m.run.pipeline.window_days)
    if back := m.score("same_topic_repeat_share"):
        return "No topic brings customers back more often than chance would", (most, _taken_for_chance(m, back, within))
    # same-topic repeats are all charged to topics, so here every repeat is about something else
    share_any = m.score("any_topic_repeat_share") or 0
    about_else = (
        f"{w.percent(share_any)} of contacts came back about something else."
        if share_any
        else "Nobody came back about anything."
    )
    return f"Nobody came back about the same topic within {within}", (most, about_else)


def _taken_for_chance(m: Material, back: float, within: str) -> str:
    """Repeats were counted and the model leaves none of them; the conservative bound says so where it disagrees."""
    said = f"{_begun(w.percent(back))} of contacts came back about the same topic within {within}, all of them taken for coincidence."
    if m.money is None or m.money.bound < 1:
        return said
    return f"{said} The conservative bound keeps {w.amount(m.money.bound)} a month: read them (voc explain) before you believe either."


def _begun(text: str) -> str:
    """Text at the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def _answers(m: Material) -> tuple[str, tuple[str, ...]]:
    """Survey answers only: satisfaction and volume, no word about repeats."""
    total = m.score("responses") or 1
    no_repeats = "These are survey answers alone: nothing here can tell who came back, or what that costs."
    hurting = [
        p
        for p in m.priorities
        if (p["satisfaction_impact_high"] or 0) < 0 and m.answers.get(p["topic_id"], 0) >= FEW_ANSWERS
    ]
    if hurting:
        worst = hurting[0]
        size = m.answers[worst["topic_id"]]
        low, high = worst["satisfaction_impact_low"], worst["satisfaction_impact_high"]
        pull = f"{w.amount(-worst['satisfaction_impact'])} points of 100 ({w.between(-high, -low)})"
        return f"Look at {name(worst)} first: it pulls mean satisfaction down by {pull}", (
            f"{w.plural(size, 'answer')} speak of it, {w.percent(size / total)} of all.",
            no_repeats,
        )
    most = max(m.priorities, key=lambda p: (m.answers.get(p["topic_id"], 0), -p["rank"]))
    size = m.answers.get(most["topic_id"], 0)
    if m.score("satisfaction_mean") is None:
        why = "No answer has a score, so no effect on satisfaction can be told."
    else:
        why = "No topic lowers mean satisfaction by more than chance could."
    return f"Customers speak most of {name(most)}: {w.plural(size, 'answer')}, {w.percent(size / total)} of all", (
        why,
        no_repeats,
    )


def _few(m: Material) -> tuple[str, tuple[str, ...]]:
    n = m.counted("texts_taking_part")
    second = f" {_all_repeats(m)}" if m.score("contacts") else ""
    return f"Only {w.plural(n, 'text')}: read them rather than count them", (
        f"A ranking needs at least {FEW_TEXTS} texts, so the order below is a list and no finding.{second}",
    )


def _nothing(m: Material) -> tuple[str, tuple[str, ...]]:
    n = m.counted("texts_taking_part")
    return "No topic was found", (
        f"{w.plural(n, 'text')} took part, and no group of them was alike enough to be a topic.",
        "The accounting below says what was read and what was left out.",
    )
