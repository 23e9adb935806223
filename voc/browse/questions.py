"""Questions in plain words: stored queries with a form for what is asked about; an empty field asks about all."""

from dataclasses import dataclass, field

from voc.views import LATEST


@dataclass(frozen=True)
class Question:
    """A stored query. `parameters` are the names of its form's fields, with a hint for each."""

    name: str
    title: str
    description: str
    parameters: dict[str, str]
    sql: str
    columns: dict[str, str] = field(default_factory=dict)  # what columns mean that no view and no table has


def _is_like(column: str, parameter: str) -> str:
    """Whether a column contains the field's text; an empty field matches every row, also an empty one."""
    return f"instr(lower(coalesce({column}, '')), lower(trim(:{parameter}))) > 0"


# the few topics of that name are looked up first, so that a large database is not read through
_OF_TOPIC = f"topic_id IN (SELECT topic_id FROM topics WHERE {_is_like('name', 'topic')})"
_TOPIC = {"topic": "Name of the topic, or a part of it"}
# two double quotes are a search for nothing: an empty field must not be a syntax error
_FOUND = """iif(trim(:search_words) = '', '""', escape_fts(:search_words))"""

QUESTIONS: tuple[Question, ...] = (
    Question(
        "contacts_of_a_customer", "Contacts of one customer",
        "Everything one customer contacted us about, in order of time.",
        {"customer": "Name such as 'Customer 3fa9c1', or the identifier"},
        f"""SELECT customer, opened_at, channel, topic, is_repeat, is_duplicate, subject, text, contact_id,
  customer_id, topic_id FROM topic_contacts WHERE customer_id IN
  (SELECT customer_id FROM customers WHERE {_is_like("name", "customer")} OR customer_id = trim(:customer))
ORDER BY customer, opened_at, contact_id""",
    ),
    Question(
        "what_was_said_about", "What was said about something",
        "Customers' words that contain all the search words, newest first. The field for the topic narrows it down.",
        {"search_words": "One or more words; endings do not matter", **_TOPIC},
        f"""SELECT said_at, topics, text, kind, customer, channel, score, contact_id, response_id,
  customer_id FROM what_was_said
WHERE search_number IN (SELECT rowid FROM verbatims_fts WHERE verbatims_fts MATCH {_FOUND})
  AND {_is_like("topics", "topic")} ORDER BY said_at DESC""",
    ),
    Question(
        "repeats_of_a_topic", "Repeat contacts of a topic",
        "Contacts that came back about a topic, each beside the contact before it: what was not solved the first time?",
        _TOPIC,
        f"""SELECT topic, customer, before_opened_at, before_subject, gap_days, opened_at, subject, repeat_type,
  channel, contact_id, previous_contact_id, customer_id, topic_id
FROM repeat_contacts WHERE {_OF_TOPIC} ORDER BY opened_at DESC""",
    ),
    Question(
        "weeks_of_a_topic", "How a topic's weeks went",
        "Contacts and repeats of a topic week by week, newest first. The first and the last week may be cut short.",
        _TOPIC,
        f"""SELECT topic, week_starts_on, contacts, repeats, repeat_percent, customers, topic_id
FROM weeks_by_topic WHERE {_OF_TOPIC} ORDER BY topic, week_starts_on DESC""",
    ),
    Question(
        "what_changed", "What changed between two periods",
        "Contacts and repeats by topic between two dates, beside the equally long time just before. Without dates: "
        "the last 28 days. Contacts outside the run's period count for nothing. The change of a small topic is mostly chance.",
        {"from_date": "First day, such as 2026-05-01", "to_date": "Last day, such as 2026-05-31"},
        f"""WITH asked AS (
  SELECT date(coalesce(nullif(trim(:to_date), ''),
    (SELECT max(opened_at) FROM contacts WHERE opened_at <= (SELECT as_of FROM runs WHERE run_id = {LATEST})),
    (SELECT max(opened_at) FROM contacts)), '+1 day') AS until_on
), period AS (
  SELECT until_on, date(coalesce(nullif(trim(:from_date), ''), date(until_on, '-28 days'))) AS since_on FROM asked
), span AS (
  SELECT *, date(since_on, '-' || cast(julianday(until_on) - julianday(since_on) AS INTEGER) || ' days') AS before_on
  FROM period
)
SELECT t.name AS topic, sum(c.opened_at >= since_on) AS contacts, sum(c.opened_at < since_on) AS contacts_before,
  sum(c.opened_at >= since_on) - sum(c.opened_at < since_on) AS contacts_change,
  sum(c.opened_at >= since_on AND e.is_repeat) AS repeats,
  sum(c.opened_at < since_on AND e.is_repeat) AS repeats_before,
  before_on AS before_from_date, since_on AS from_date, date(until_on, '-1 day') AS to_date, t.topic_id
FROM span JOIN contacts c ON c.opened_at >= before_on AND c.opened_at < until_on
JOIN episode_contacts e ON e.contact_id = c.contact_id JOIN topics t ON t.topic_id = e.topic_id
GROUP BY t.topic_id ORDER BY contacts_change DESC, topic""",
        {"contacts_before": "Contacts in the time before", "contacts_change": "Contacts less those in the time before",
         "repeats_before": "Repeats in the time before", "before_from_date": "First day of the time before",
         "from_date": "First day asked about", "to_date": "Last day asked about"},
    ),
    Question(
        "rows_set_aside", "What was set aside, and why",
        "The rows themselves that are in none of the figures: rejected at import, excluded contacts, excluded texts.",
        {"why": "A part of the reason, such as 'date' or 'merged'"},
        f"""SELECT * FROM (
  SELECT 'row rejected at import' AS step, reason AS why, file_name || ', line ' || line AS place, raw_row AS content
  FROM rejects
  UNION ALL SELECT 'contact excluded', why_excluded, contact_id, subject FROM contacts WHERE why_excluded IS NOT NULL
  UNION ALL SELECT 'text excluded', x.why_excluded, v.verbatim_id, v.text FROM cleaned_verbatims x
    JOIN verbatims v ON v.verbatim_id = x.verbatim_id WHERE x.why_excluded IS NOT NULL
) WHERE {_is_like("why", "why")} ORDER BY step, why, place""",
        {"place": "File and line, or identifier, where it can be found", "content": "What was set aside, redacted"},
    ),
    Question(
        "topics_without_reason", "Topics that match no contact reason",
        "Topics of the latest run for which the taxonomy has no near reason, largest first: is a reason missing?",
        {},
        """SELECT topic, contact_count, response_count, nearest_reason, match_score, words, topic_id
FROM topic_overview WHERE status = 'unmatched' ORDER BY contact_count + response_count DESC""",
    ),
    Question(
        "reasons_without_texts", "Contact reasons nobody wrote about",
        "Reasons of the taxonomy under which no text of the latest complete run falls: are they gone, or named in words "
        "no customer uses?",
        {"area": "Area of the taxonomy, or a part of it"},
        f"""SELECT area, label AS reason, owner, reason_id FROM reason_coverage
WHERE run_id = {LATEST} AND status = 'no_texts' AND {_is_like("area", "area")} ORDER BY area, reason""",
    ),
    Question(
        "doubtful_topics", "Topics not to trust, and why",
        "Topics of the latest complete run whose measures say not to build on them, the most costly first.",
        _TOPIC,
        f"""SELECT rank, topic, why_doubtful, is_roll_up_advised, distinct_text_count, round(stability, 2) AS stability,
  round(separation, 2) AS separation, round(coherence, 2) AS coherence, round(confidence, 2) AS confidence, topic_id
FROM topic_quality WHERE run_id = {LATEST} AND topic_id <> '*' AND (is_doubtful OR is_roll_up_advised)
  AND {_is_like("topic", "topic")} ORDER BY rank IS NULL, rank, topic_id""",
    ),
    Question(
        "fate_of_topics", "What became of the last report's topics",
        "Topics of the latest complete run and of the one before it: continued, new, merged, split or retired.",
        _TOPIC,
        f"""SELECT topic, topic_before, event, passage_count_before, passage_count, from_topics, into_topics,
  round(shared_share, 2) AS shared_share, round(similarity, 2) AS similarity, topic_id
FROM topic_lineage WHERE run_id = {LATEST} AND previous_run_id IS NOT NULL
  AND ({_is_like("topic", "topic")} OR {_is_like("topic_before", "topic")})
ORDER BY event = 'continued', max(passage_count_before, passage_count) DESC, topic_id""",
    ),
    Question(
        "place_of_a_topic", "A topic's place over the runs",
        "Where a topic stood in each complete run, newest first, under the name it had then.",
        _TOPIC,
        f"""SELECT run_started_at, as_of, first_day, last_day, rank, topic, owner, avoidable_cost_month, currency, repeats_month,
  contacts, run_id FROM priority_history WHERE {_is_like("topic", "topic")} ORDER BY run_started_at DESC, rank""",
    ),
)  # fmt: skip
