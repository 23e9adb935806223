"""Views: the questions people ask the database, answered with names instead of ids."""

from dataclasses import dataclass

from voc import tables
from voc.schema import Table


@dataclass(frozen=True)
class View:
    """A stored query, what it means, and how a page of it opens."""

    name: str
    title: str
    description: str
    sql: str
    columns: dict[str, str]  # what each column means, in the order of the query
    facets: tuple[str, ...] = ()
    sort: str | None = None  # "column" or "-column"; small views are ordered by their own query instead
    search: tuple[str, str] | None = None  # a full-text index and the view's column that holds its row number


def _said(declared: Table, *names: str) -> dict[str, str]:
    """What the declaration says of columns that a view passes on unchanged."""
    known = {c.name: f"{c.description} [{c.unit}]" if c.unit else c.description for c in declared.columns}
    return {name: known[name] for name in names}


LATEST = "(SELECT run_id FROM runs WHERE status = 'complete' ORDER BY started_at DESC, rowid DESC LIMIT 1)"


def inside(moment: str) -> str:
    """Whether a column of times lies in the period the latest complete run was asked for."""
    day = f"substr({moment}, 1, 10)"
    return f"""coalesce((SELECT {day} >= coalesce(r.first_day, '') AND {day} <= coalesce(r.last_day, '~')
  FROM runs r WHERE r.run_id = {LATEST}), 1)"""


_WEEK = "date(c.opened_at, 'weekday 0', '-6 days')"  # the Monday on or before it

_TOPIC = {"topic": "Name of the topic"}
_TOPIC_ID = {"topic_id": "The topic's identifier"}
_CUSTOMER = {"customer": "A neutral name of the customer; empty when the source does not say who it was"}
_CUSTOMER_ID = {"customer_id": "The customer's identifier"}
_CONTACT_ID = {"contact_id": "The contact's identifier"}
_OPENED = _said(tables.Contact, "opened_at")
_REPEATS = {
    "contacts": "Contacts, double posts included; one about two topics counts once under each",
    "repeats": "Those that came back about the same topic within the run's window; double posts are none",
    "repeat_percent": "Repeats over contacts of identified customers, in percent",
}  # fmt: skip
_REPEAT_SUMS = """count(*) AS contacts, sum(e.is_repeat) AS repeats,
  round(100.0 * sum(e.is_repeat) / nullif(count(c.customer_id), 0), 1) AS repeat_percent"""
_TOPIC_CONTACTS = """episode_contacts e JOIN contacts c ON c.contact_id = e.contact_id
JOIN topics t ON t.topic_id = e.topic_id"""


def _step(step: str, why: str, table: str, where: str) -> str:
    return f"SELECT '{step}' AS step, {why} AS why, count(*) AS row_count FROM {table} WHERE {where} GROUP BY 2"


_PRIORITIES = View(
    "latest_priorities", "Priorities",
    "What to mend first: the topics of the latest complete run, most costly first. Money and hours are a month; low "
    "and high are an 80% range; repeats are net of coincidence.",
    f"""SELECT rank, topic, round(avoidable_cost_month_mid) AS avoidable_cost_month,
  round(avoidable_cost_month_low) AS avoidable_cost_month_low,
  round(avoidable_cost_month_high) AS avoidable_cost_month_high,
  currency, round(repeats_month_mid, 1) AS repeats_month, round(repeats_month_low, 1) AS repeats_month_low,
  round(repeats_month_high, 1) AS repeats_month_high, round(repeat_hours_month_mid, 1) AS repeat_hours_month,
  contacts, customers, customers_with_repeat, round(100 * repeat_share, 1) AS repeat_percent,
  round(100 * p_top_3) AS p_top_3_percent, rank_low, rank_high, owner, reason, demand_type, round(score, 1) AS score,
  round(satisfaction_impact, 1) AS satisfaction_impact, round(trend_ratio, 2) AS trend_ratio, is_low_volume,
  is_illustrative, topic_id
FROM priorities WHERE run_id = {LATEST} ORDER BY rank""",
    _said(tables.Priority, "rank", "topic") | {
        "avoidable_cost_month": "Avoidable cost of repeats a month [currency of the run]",
        **_said(tables.Priority, "avoidable_cost_month_low", "avoidable_cost_month_high", "currency"),
        "repeats_month": "Repeat contacts a month [contacts a month]",
        **_said(tables.Priority, "repeats_month_low", "repeats_month_high"),
        "repeat_hours_month": "Agent hours on repeats a month [hours a month]",
        **_said(tables.Priority, "contacts", "customers", "customers_with_repeat"),
        "repeat_percent": "Repeats over contacts of identified customers, in percent",
        "p_top_3_percent": "Percent of resamples in which it is among the first three: how sure its place is",
        **_said(tables.Priority, "rank_low", "rank_high", "owner", "reason", "demand_type", "score",
                "satisfaction_impact", "trend_ratio", "is_low_volume", "is_illustrative"),
        **_TOPIC_ID,
    },
    facets=("owner", "demand_type"),
)  # fmt: skip

_OVERVIEW = View(
    "topic_overview", "Topics", "What customers speak of: every topic of the latest run with its theme, its contact "
    "reason, its owner, its size and its leading words. Topics and their sizes are of all data, whatever the run's period.",
    """SELECT t.name AS topic, h.name AS theme, t.contact_count, t.response_count, r.label AS reason, m.owner, m.demand_type,
  m.status, round(m.score, 2) AS match_score, n.label AS nearest_reason, m.matched_by, t.passage_count,
  round(t.confidence, 2) AS confidence, t.words, t.topic_id
FROM topics t LEFT JOIN themes h ON h.theme_id = t.theme_id LEFT JOIN topic_reasons m USING (topic_id)
LEFT JOIN reasons r ON r.reason_id = m.reason_id LEFT JOIN reasons n ON n.reason_id = m.nearest_reason_id ORDER BY t.passage_count DESC, t.topic_id""",
    {
        **_TOPIC, "theme": "The theme it belongs to: an area of the taxonomy, or what its topics have in common",
        **_said(tables.Topic, "contact_count", "response_count"),
        "reason": "Contact reason of the taxonomy; empty when none is near enough",
        **_said(tables.TopicReason, "owner", "demand_type"), "status": "Whether a contact reason was found",
        "match_score": "Similarity to the nearest reason, -1 to 1",
        "nearest_reason": "The most similar reason, matched or not",
        **_said(tables.TopicReason, "matched_by"), **_said(tables.Topic, "passage_count", "confidence", "words"),
        **_TOPIC_ID,
    },
    facets=("theme", "owner", "status"),
)  # fmt: skip

_WEEKS = View(
    "weeks_by_topic", "Topics by week", "Contacts and repeats of every topic in every week (Monday to Sunday, UTC). "
    "Weeks without a contact have no row; the first and the last week may be cut short.",
    f"""SELECT t.name AS topic, {_WEEK} AS week_starts_on, {_REPEAT_SUMS},
  count(DISTINCT c.customer_id) AS customers, t.topic_id
FROM {_TOPIC_CONTACTS} GROUP BY t.topic_id, week_starts_on""",
    {**_TOPIC, "week_starts_on": "Monday of the week (date)", **_REPEATS,
     "customers": "Distinct identified customers", **_TOPIC_ID},
    facets=("topic",), sort="-week_starts_on",
)  # fmt: skip

_CONTACTS = View(
    "topic_contacts", "Contacts by topic", "Every contact with its topics, its place in the episode and its words. A "
    "contact about two topics stands here twice, with the shares of each.",
    """SELECT t.name AS topic, c.opened_at, u.name AS customer, c.channel, c.site, c.segment, c.subject,
  (SELECT group_concat(v.text, char(10)) FROM verbatims v WHERE v.contact_id = c.contact_id) AS text,
  e.position, e.is_repeat, e.is_duplicate, round(e.share, 2) AS share, c.handle_minutes, c.contact_id, c.customer_id,
  e.topic_id
FROM contacts c JOIN episode_contacts e ON e.contact_id = c.contact_id LEFT JOIN topics t ON t.topic_id = e.topic_id
LEFT JOIN customers u ON u.customer_id = c.customer_id""",
    {"topic": "Name of the topic; empty for a contact without one", **_OPENED, **_CUSTOMER,
     **_said(tables.Contact, "channel", "site", "segment", "subject"), "text": "The customer's words, redacted",
     **_said(tables.EpisodeContact, "position", "is_repeat", "is_duplicate", "share"),
     **_said(tables.Contact, "handle_minutes"), **_CONTACT_ID, **_CUSTOMER_ID, **_TOPIC_ID},
    facets=("topic", "channel", "is_repeat"), sort="-opened_at",
)  # fmt: skip

_REPEAT_CONTACTS = View(
    "repeat_contacts", "Repeat contacts", "Contacts that came back about the same topic within the run's window, "
    "beside the contact before. Double posts are listed as such and are no repeats.",
    """SELECT t.name AS topic, u.name AS customer, round(r.gap_days, 1) AS gap_days, r.repeat_type,
  p.opened_at AS before_opened_at, p.subject AS before_subject, c.opened_at, c.channel, c.subject, r.match_level,
  c.contact_id, r.previous_contact_id, r.customer_id, r.topic_id
FROM repeats r JOIN contacts c ON c.contact_id = r.contact_id JOIN contacts p ON p.contact_id = r.previous_contact_id
LEFT JOIN customers u ON u.customer_id = r.customer_id LEFT JOIN topics t ON t.topic_id = r.topic_id
WHERE r.scope = 'same_topic' AND r.is_in_window""",
    {**_TOPIC, **_CUSTOMER, **_said(tables.Repeat, "gap_days", "repeat_type"),
     "before_opened_at": "When the contact before it was made, UTC",
     "before_subject": "Subject line of the contact before it",
     **_OPENED, **_said(tables.Contact, "channel", "subject"), **_said(tables.Repeat, "match_level"), **_CONTACT_ID,
     **_said(tables.Repeat, "previous_contact_id"), **_CUSTOMER_ID, **_TOPIC_ID},
    facets=("topic", "repeat_type"), sort="-opened_at",
)  # fmt: skip

_WORDS = View(
    "what_was_said", "What customers said", "Customers' own words, redacted, with the topics found in them. Search "
    "them by any word. " + tables.NAMES_REMAIN,
    """SELECT v.said_at, (SELECT group_concat(t.name, ' | ') FROM verbatim_topics x
    JOIN topics t ON t.topic_id = x.topic_id WHERE x.verbatim_id = v.verbatim_id) AS topics, v.text, v.kind,
  (SELECT u.name FROM customers u WHERE u.customer_id = coalesce(c.customer_id, s.customer_id)) AS customer,
  coalesce(c.channel, s.channel) AS channel, v.question, s.score, v.contact_id, v.response_id, v.verbatim_id,
  coalesce(c.customer_id, s.customer_id) AS customer_id, v.rowid AS search_number
FROM verbatims v LEFT JOIN contacts c ON c.contact_id = v.contact_id
LEFT JOIN responses s ON s.response_id = v.response_id""",
    {**_said(tables.Verbatim, "said_at"),
     "topics": "Names of the topics found in it, with a bar between; empty when none",
     **_said(tables.Verbatim, "text", "kind"), **_CUSTOMER, "channel": "Channel of the contact or the survey",
     **_said(tables.Verbatim, "question"), **_said(tables.Response, "score"),
     **_said(tables.Verbatim, "contact_id", "response_id", "verbatim_id"), **_CUSTOMER_ID,
     "search_number": "Row number in the search index"},
    facets=("kind",), sort="-said_at", search=("verbatims_fts", "search_number"),
)  # fmt: skip

_CUSTOMERS = View(
    "returning_customers", "Customers who came back", "Customers with at least one repeat about the same topic, those "
    "with the most first, and what they came back about.",
    """SELECT u.name AS customer, count(DISTINCT c.contact_id) AS contacts,
  count(DISTINCT CASE WHEN e.is_repeat THEN c.contact_id END) AS repeat_contacts,
  group_concat(DISTINCT CASE WHEN e.is_repeat THEN t.name END) AS came_back_about, u.segment, u.organisation,
  min(c.opened_at) AS first_opened_at, max(c.opened_at) AS last_opened_at, u.customer_id
FROM episode_contacts e JOIN contacts c ON c.contact_id = e.contact_id JOIN customers u ON u.customer_id = c.customer_id
LEFT JOIN topics t ON t.topic_id = e.topic_id
GROUP BY u.customer_id HAVING sum(e.is_repeat) > 0 ORDER BY repeat_contacts DESC, contacts DESC, u.customer_id""",
    {"customer": "A neutral name of the customer", "contacts": "Contacts, double posts included",
     "repeat_contacts": "Contacts that came back about the same topic within the run's window",
     "came_back_about": "Names of the topics of those repeats", **_said(tables.Customer, "segment", "organisation"),
     "first_opened_at": "First contact, UTC", "last_opened_at": "Last contact, UTC", **_CUSTOMER_ID},
    facets=("segment",),
)  # fmt: skip

_SURVEY = View(
    "survey_topics", "Survey answers by topic", "How satisfied people are who speak of a topic in a survey: scores on "
    "a scale from 0 (worst) to 100 (best), whatever the survey's own scale, in the period of the latest run. Small counts "
    "say little.",
    f"""SELECT t.name AS topic, count(DISTINCT s.response_id) AS responses,
  count(DISTINCT CASE WHEN s.satisfaction_share IS NOT NULL THEN s.response_id END) AS scored_responses,
  round(100 * avg(s.satisfaction_share)) AS satisfaction_mean,
  round(100.0 * avg(s.satisfaction_share < 0.5)) AS unhappy_percent, t.topic_id
FROM verbatim_topics x JOIN responses s ON s.response_id = x.response_id JOIN topics t ON t.topic_id = x.topic_id
WHERE {inside("s.responded_at")} GROUP BY t.topic_id ORDER BY responses DESC, t.topic_id""",
    {**_TOPIC, "responses": "Survey responses that speak of it", "scored_responses": "Those with a score",
     "satisfaction_mean": "Mean score of their answers, 0 (worst) to 100 (best)",
     "unhappy_percent": "Percent of scored answers in the lower half of the scale", **_TOPIC_ID},
)  # fmt: skip

_HISTORY = View(
    "priority_history", "Priorities over the runs", "Each topic's place and figures in every complete run, latest run "
    "first. A topic keeps its place here under the name it had in that run.",
    """SELECT r.started_at AS run_started_at, r.as_of, r.first_day, r.last_day, p.rank, p.topic, p.owner,
  round(p.avoidable_cost_month_mid) AS avoidable_cost_month, p.currency, round(p.repeats_month_mid, 1) AS repeats_month,
  p.contacts, p.run_id
FROM priorities p JOIN runs r USING (run_id) WHERE r.status = 'complete'
ORDER BY r.started_at DESC, p.run_id, p.rank""",
    {"run_started_at": "When the run started, UTC", **_said(tables.Run, "as_of", "first_day", "last_day"),
     **_said(tables.Priority, "rank", "topic", "owner"),
     "avoidable_cost_month": "Avoidable cost of repeats a month [currency of the run]",
     **_said(tables.Priority, "currency"), "repeats_month": "Repeat contacts a month [contacts a month]",
     **_said(tables.Priority, "contacts", "run_id")},
    facets=("topic", "run_started_at"),
)  # fmt: skip

_ASSUMPTIONS = View(
    "cost_assumptions", "What the money rests on", "Every value of the cost file in the latest complete run, with "
    "where it comes from. Lines that say 'assumption' make the money illustrative.",
    f"""SELECT path, value, line_source, note FROM cost_parameters WHERE run_id = {LATEST} ORDER BY path""",
    _said(tables.CostParameter, "path", "value", "line_source", "note"),
    facets=("line_source",),
)  # fmt: skip

_SET_ASIDE = View(
    "set_aside", "What takes no part, and why", "Counts of rows that are in none of the figures, by step and reason. Texts and passages are those of all data, "
    "whatever the run's period.",
    f"""{_step("row rejected at import", "reason", "rejects", "true")}
UNION ALL {_step("contact outside the period asked for", "'before or after'", "contacts", f"NOT {inside('opened_at')}")}
UNION ALL {_step("response outside the period asked for", "'before or after'", "responses", f"NOT {inside('responded_at')}")}
UNION ALL {_step("contact excluded", "why_excluded", "contacts", f"why_excluded IS NOT NULL AND {inside('opened_at')}")}
UNION ALL {_step("text excluded", "why_excluded", "cleaned_verbatims", "why_excluded IS NOT NULL")}
UNION ALL {_step("passage without topic", "why_unassigned", "passage_topics", "why_unassigned IS NOT NULL")}
UNION ALL {_step("contact without customer (never a repeat)", "'no identifier'", "contacts",
                 f"customer_id IS NULL AND why_excluded IS NULL AND {inside('opened_at')}")}
ORDER BY 1, 3 DESC""",
    {"step": "Where in the flow it was set aside", "why": "The reason", "row_count": "Rows set aside for it [rows]"},
)  # fmt: skip

_STEPS = View(
    "latest_steps", "Steps of the latest run", "What each step of the run started last read, wrote and set aside, and "
    "how long it took.",
    """SELECT s.position, s.stage, r.status AS run_status, round(s.seconds, 1) AS seconds, s.rows_in, s.rows_out,
  s.notes FROM run_stages s JOIN runs r USING (run_id)
WHERE s.run_id = (SELECT run_id FROM runs ORDER BY started_at DESC, rowid DESC LIMIT 1) ORDER BY s.position""",
    {**_said(tables.RunStage, "position", "stage"), "run_status": "Where the run ended",
     **_said(tables.RunStage, "seconds", "rows_in", "rows_out", "notes")},
)  # fmt: skip

VIEWS: tuple[View, ...] = (
    _PRIORITIES, _OVERVIEW, _WEEKS, _REPEAT_CONTACTS, _CONTACTS, _WORDS, _CUSTOMERS, _SURVEY, _HISTORY,
    _ASSUMPTIONS, _SET_ASIDE, _STEPS,
)  # fmt: skip
