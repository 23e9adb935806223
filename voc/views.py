"""Views: the questions people ask the database, answered with names instead of ids."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class View:
    """A stored query with what it means."""

    name: str
    title: str
    description: str
    sql: str
    columns: dict[str, str] = field(default_factory=dict)


LATEST = "(SELECT run_id FROM runs WHERE status = 'complete' ORDER BY started_at DESC, rowid DESC LIMIT 1)"

VIEWS: tuple[View, ...] = (
    View(
        "latest_priorities", "Priorities", "The priorities of the latest complete run, most costly first. Money and "
        "hours are a month; low and high are an 80% range; repeats are raw counts, chance not taken out.",
        f"""SELECT rank, topic, reason, owner, demand_type,
  round(avoidable_cost_month_mid) AS avoidable_cost_month, round(avoidable_cost_month_low) AS avoidable_cost_month_low,
  round(avoidable_cost_month_high) AS avoidable_cost_month_high, currency, is_illustrative,
  round(repeats_month_mid, 1) AS repeats_month, round(repeats_month_low, 1) AS repeats_month_low,
  round(repeats_month_high, 1) AS repeats_month_high, round(repeat_hours_month_mid, 1) AS repeat_hours_month,
  contacts, customers, customers_with_repeat, round(100 * repeat_share, 1) AS repeat_percent,
  round(100 * p_top_3) AS p_top_3_percent, rank_low, rank_high, round(score, 1) AS score,
  round(satisfaction_impact, 1) AS satisfaction_impact, round(trend_ratio, 2) AS trend_ratio, is_low_volume, topic_id
FROM priorities WHERE run_id = {LATEST} ORDER BY rank""",
    ),
    View(
        "topic_contacts", "Contacts by topic", "Every contact with its topics, its place in the episode and its words.",
        """SELECT t.name AS topic, c.contact_id, u.name AS customer, c.opened_at, c.channel, c.site,
  e.position, e.is_repeat, e.is_duplicate, round(e.share, 2) AS share, c.subject, v.text
FROM episode_contacts e JOIN contacts c USING (contact_id) LEFT JOIN topics t ON t.topic_id = e.topic_id
LEFT JOIN customers u ON u.customer_id = c.customer_id LEFT JOIN verbatims v ON v.contact_id = c.contact_id""",
    ),
    View(
        "repeat_contacts", "Repeat contacts", "Contacts that came back about the same topic within the run's window, "
        "beside the contact before. Double posts are listed and are no repeats.",
        """SELECT t.name AS topic, u.name AS customer, round(r.gap_days, 2) AS gap_days, r.repeat_type, r.match_level,
  p.opened_at AS before_opened_at, p.subject AS before_subject, c.opened_at, c.channel, c.subject, c.contact_id,
  r.previous_contact_id
FROM repeats r JOIN contacts c USING (contact_id) JOIN contacts p ON p.contact_id = r.previous_contact_id
JOIN customers u ON u.customer_id = r.customer_id JOIN topics t ON t.topic_id = r.topic_id
WHERE r.scope = 'same_topic' AND r.is_in_window""",
    ),
    View(
        "set_aside", "What takes no part, and why", "Counts of rows that are in none of the figures, by step and reason.",
        """SELECT 'row rejected at import' AS step, reason AS why, count(*) AS row_count FROM rejects GROUP BY reason
UNION ALL SELECT 'contact excluded', why_excluded, count(*) FROM contacts WHERE why_excluded IS NOT NULL GROUP BY 2
UNION ALL SELECT 'text excluded', why_excluded, count(*) FROM cleaned_verbatims WHERE why_excluded IS NOT NULL GROUP BY 2
UNION ALL SELECT 'passage without topic', why_unassigned, count(*) FROM passage_topics
  WHERE why_unassigned IS NOT NULL GROUP BY 2
UNION ALL SELECT 'contact without customer (never a repeat)', 'no identifier', count(*) FROM contacts
  WHERE customer_id IS NULL AND why_excluded IS NULL HAVING count(*) > 0
ORDER BY 1, 3 DESC""",
    ),
    View(
        "topic_overview", "Topics", "Topics of the latest run with their reason, owner and size.",
        """SELECT t.name AS topic, r.label AS reason, n.label AS nearest_reason, round(m.score, 2) AS match_score,
  m.status, m.matched_by, m.owner, m.demand_type, t.contact_count, t.response_count, t.passage_count,
  round(t.confidence, 2) AS confidence, t.words, t.topic_id
FROM topics t LEFT JOIN topic_reasons m USING (topic_id) LEFT JOIN reasons r ON r.reason_id = m.reason_id
LEFT JOIN reasons n ON n.reason_id = m.nearest_reason_id ORDER BY t.passage_count DESC""",
    ),
)  # fmt: skip
