"""What a reader must know before using the figures, and what the page's terms mean."""

from voc.briefing import facts
from voc.briefing.verdict import name
from voc.reports import _words as w

NAMED = 3  # doubtful topics named in a caveat: the page is one page


def caveats(m: facts.Material) -> list[str]:
    """What a reader must know before using the figures; each with its count."""
    found = [_period_words(m), _coverage_words(m), *_doubts(m), *_repeat_caveats(m), *_cost_caveats(m)]
    strange = m.counted("contacts_of_other_sources")
    if strange:
        found.append(f"{w.plural(strange, 'contact')} of sources the pipeline no longer names are counted as well.")
    without = m.coverage.get("contacts_without_topic", {})
    if without.get("row_count"):
        cost = without.get("cost_full")
        priced = f" (full cost {w.money(cost, m.run.currency or '')} in the period)" if cost is not None else ""
        found.append(
            f"{w.plural(without['row_count'], 'contact')} ({w.percent(without['share'] or 0)}) "
            f"{'has no topic and is' if without['row_count'] == 1 else 'have no topic and are'} "
            f"in no priority{priced}."
        )
    if m.has_satisfaction or m.lead.unit == "points of 100":
        found.append("What a topic does to mean satisfaction is descriptive: it does not show what a fix would do.")
    found.append("Personal data is taken out of the texts; of ten names of people one may remain.")
    return [text for text in found if text]


def _period_words(m: facts.Material) -> str:
    """What a period leaves out."""
    outside = (m.counted("contacts_outside_period"), "contact"), (m.counted("responses_outside_period"), "survey response")
    said = " and ".join(w.plural(number, what) for number, what in outside if number) or "no contact"
    asked = facts.asked_period(m)
    return f"All figures are of the period asked for, {asked}; {said} outside it left out; topics are found in all data." if asked else ""


def _coverage_words(m: facts.Material) -> str:
    aside = (
        (m.counted("rejects_faulty"), "row", "rejected"),
        (m.counted("rejects_set_aside"), "row", "set aside"),
        (m.counted("contacts") - m.counted("contacts_outside_period") - m.counted("contacts_taking_part"), "contact", "left out"),
        (m.counted("texts") - m.counted("texts_outside_period") - m.counted("texts_taking_part"), "text", "left out"),
    )
    if not facts.period(m):
        return ""
    said = [f"{w.plural(number, what)} {how}" for number, what, how in aside if number]
    return (
        f"{facts.period(m)}: {w.plural(m.counted('rows_read'), 'row')} read, "
        f"{', '.join(said) + ' (reasons below)' if said else 'all of them used'}."
    )


def _doubts(m: facts.Material) -> list[str]:
    """Topics on the page not to be trusted, and those whose repeats are better counted by theme."""
    shown = m.priorities[: facts.SHOWN]
    doubtful = [p for p in shown if m.is_doubtful(p["topic_id"])]
    rolled = [p for p in shown if m.quality.get(p["topic_id"], {}).get("is_roll_up_advised")]
    found = []
    if doubtful:
        why = [f"{name(p)} ({m.quality[p['topic_id']]['why_doubtful']})" for p in doubtful]
        found.append(
            f"{len(doubtful)} of the first {w.plural(len(shown), 'topic')} {'is' if len(doubtful) == 1 else 'are'} "
            f"doubtful: {_first(why)}."
        )
    if rolled:
        found.append(
            f"Count repeats by theme, not by topic, for {_first([name(p) for p in rolled])}: contacts known to be about "
            "one problem lie in different topics."
        )
    return found


def _first(items: list[str]) -> str:
    """The first few, and how many more."""
    more = len(items) - NAMED
    return ", ".join(items[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _repeat_caveats(m: facts.Material) -> list[str]:
    if m.kind == "answers" or not m.score("contacts"):
        return []
    unknown = m.counted("contacts_without_customer")
    late = m.counted("contacts_provisional")
    found = []
    if m.score("customers"):
        found.append(
            "Repeats are net: those that chance alone gives, most of all with customers who often write, are taken out by "
            f"probability (as counted: {w.percent(m.score('same_topic_repeat_share') or 0)} of contacts). "
            f"{w.plural(m.counted('double_posts'), 'double post')} not counted."
        )
        found.append(
            f"The last {w.days_text(m.run.pipeline.window_days)} ({w.plural(late, 'contact')}) cannot have shown their "
            "repeats yet."
        )
    if unknown:
        found.append(
            f"{w.plural(unknown, 'contact')} ({w.percent(1 - facts.identified_share(m))}) without a customer: "
            "never counted as repeats."
        )
    return found


def _cost_caveats(m: facts.Material) -> list[str]:
    if not m.score("contacts"):
        return []
    found = []
    untimed = m.coverage.get("handle_time_unknown", {})
    if m.lead.unit == "hours a month" and untimed.get("row_count"):
        found.append(
            f"Handle time of {w.percent(untimed['share'] or 0)} of contacts is unknown: their hours are missing."
        )
    imputed = m.coverage.get("handle_time_imputed", {})
    if imputed.get("row_count"):
        found.append(f"Handle time of {w.percent(imputed['share'] or 0)} of contacts is estimated from measured ones.")
    if m.run.costs is None:
        return [*found, "No cost file: repeats are counted, not priced (voc cost init writes one)."]
    assumed = m.coverage.get("handle_time_cost_file", {})
    if assumed.get("row_count"):
        found.append(f"Handle time of {w.percent(assumed['share'] or 0)} of contacts is the cost file's, not measured.")
    if m.run.costs.is_illustrative:
        found.append("Money is illustrative: lines of the cost file are assumptions.")
    return found


def definitions(m: facts.Material) -> list[str]:
    """The terms of the page in words."""
    if m.kind == "nothing":
        return []
    window = w.days_text(m.run.pipeline.window_days)
    found = []
    if m.kind in ("repeats", "few") and m.score("customers"):
        found.append(
            f"Repeat: a contact of the same customer about the same topic within {window} of the end of the one before."
        )
    if m.run.costs and m.score("contacts"):
        found.append(
            "Avoidable cost: cash and paid staff time that would be free without the repeats. Full cost: what the "
            "budget shows, overhead included."
        )
    found.append("Range: the middle 80% of results when customers are drawn again.")
    if m.has_certainty:
        found.append("In top 3: share of such draws in which the topic is among the first three.")
    if m.has_satisfaction or m.lead.unit == "points of 100":
        found.append(
            f"{'Satisfaction' if m.has_satisfaction else 'Pull on mean satisfaction'}: the mean of all scores minus "
            "the mean without the topic, in points of 100"
            f"{'; – where it may be chance' if m.has_satisfaction else ''}."
        )
    if m.lead.unit == "points of the composite score":
        found.append("Composite score: the weighted sum of the components listed in the table priority_components.")
    if m.has_trend:
        found.append("Trend: contacts a week, last 4 weeks against the 13 before; steady where the 80% range holds no change.")
    return found
