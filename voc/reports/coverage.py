"""Report: the accounting of the run: what was read, what takes no part and why, what had to be assumed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._shared import NO_TOPIC, taking_part
from voc.schema import column, table
from voc.tables import MADE_BY, NAMES_REMAIN, WHY_CONTACT_EXCLUDED, WHY_TEXT_EXCLUDED, WHY_UNASSIGNED
from voc.times import days

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "What was read, what takes no part and why, what had to be assumed: every row accounted for"
ORDER = 60
SEES_ALL = True  # to count what lies outside the run's period
READS = (
    "files",
    "rejects",
    "contacts",
    "responses",
    "customers",
    "identity_reviews",
    "verbatims",
    "cleaned_verbatims",
    "passages",
    "passage_topics",
    "episode_contacts",
    "contact_costs",
)
HANDLE_WORDS = {
    "measured": "Contacts with measured handle time",
    "imputed": "Contacts whose handle time is estimated from measured ones of the same channel, topic and site",
    "cost_file": "Contacts whose handle time is the cost file's, not measured",
    "unknown": "Contacts whose handle time is unknown",
}


@table(
    "coverage",
    kind="report",
    grain="run and measure of what the figures cover",
    facets=("step",),
    sort="position",
    cautions=("A count of 0 is stated, so that its absence is known.",),
)
class Coverage:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    measure: str = column("Identifier of the measure", key=True)
    position: int = column("Order", low=1)
    step: str = column(
        "Part of the flow it belongs to",
        choices=("reading", "contacts", "texts", "topics", "repeats", "handle time", "period"),
    )
    label: str = column("The measure in words")
    row_count: int | None = column("How many", low=0)
    share: float | None = column("How many of the base", low=0, high=1)
    share_of: str | None = column("The base of the share")
    cost_full: float | None = column("Full cost of these contacts in the period", unit="currency of the run", low=0)
    happened_on: str | None = column("Date, for measures that are one")


TABLE = Coverage


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Count everything that is in or out of the figures."""
    from voc.period import narrowed

    whole, frames = frames, narrowed(frames, run.pipeline.period)
    rows = [
        *_reading(frames),
        *_contacts(frames, whole, run),
        *_texts(frames, whole),
        *_topics(frames),
        *_repeats(frames, run),
        *_handle_time(frames),
        *_period(frames, run),
    ]
    return TABLE.frame({"run_id": run.run_id, "position": i, **row} for i, row in enumerate(rows, start=1))


def _row(
    step: str, measure: str, label: str, found: float, base: int | None = None, share_of: str | None = None, **more
) -> dict:
    return {
        "step": step,
        "measure": measure,
        "label": label,
        "row_count": int(found),
        "share": found / base if base else None,
        "share_of": share_of if base else None,
        **more,
    }


def _reading(frames: Frames) -> Iterator[dict]:
    files, rejects = frames["files"], frames["rejects"]
    read = int(files["rows_read"].sum())
    of = "rows read"
    faulty = int(rejects["is_fault"].sum())
    yield _row("reading", "files", "Input files", len(files))
    yield _row("reading", "rows_read", "Rows read from the files", read)
    yield _row("reading", "rows_contacts", "Rows that became contacts", files["contacts"].sum(), read, of)
    yield _row("reading", "rows_responses", "Rows that became survey responses", files["responses"].sum(), read, of)
    yield _row("reading", "rows_joined", "Rows joined to a contact or a customer: messages, details, people", files["joined"].sum(), read, of)
    yield _row("reading", "rejects_faulty", "Rows rejected: they could not be read", faulty, read, of)
    yield _row(
        "reading", "rejects_set_aside", "Rows set aside: previews, deleted, read again or in an older version", len(rejects) - faulty, read, of
    )


def _contacts(frames: Frames, whole: Frames, run: RunContext) -> Iterator[dict]:
    contacts, responses = frames["contacts"], frames["responses"]
    n, all_responses, part = len(whole["contacts"]), len(whole["responses"]), taking_part(contacts)
    yield _row("contacts", "contacts", "Contacts in the database", n)
    strange = int((~contacts["source"].isin(run.pipeline.source_names)).sum())
    yield _row("contacts", "contacts_of_other_sources", "Contacts of sources the pipeline no longer names", strange, n,
               "contacts")  # fmt: skip
    yield _row("contacts", "responses", "Survey responses in the database", all_responses)
    yield _row("contacts", "contacts_outside_period", "Contacts left out: outside the period", n - len(contacts), n, "contacts")
    yield _row("contacts", "responses_outside_period", "Survey responses left out: outside the period",
               all_responses - len(responses), all_responses, "responses")  # fmt: skip
    people = {*contacts["customer_id"].dropna(), *responses["customer_id"].dropna()}
    yield _row("contacts", "customers", "Customers of the contacts and responses of the period", len(people))
    reviews = whole["identity_reviews"]
    yield _row(
        "contacts", "identity_reviews", "Clusters of identifiers too large for one person: their rows count by the strongest identifier",
        (~reviews["is_joined"].astype(bool)).sum(),
    )  # fmt: skip
    most = whole["customers"]["identifier_count"].max() if len(whole["customers"]) else 0
    yield _row("contacts", "identifiers_most", "Identifiers of the customer with the most", most)
    for why in WHY_CONTACT_EXCLUDED:
        found = (contacts["why_excluded"] == why).sum()
        yield _row(
            "contacts", f"contacts_excluded_{why}", f"Contacts left out: {why.replace('_', ' ')}", found, n, "contacts"
        )
    yield _row("contacts", "contacts_taking_part", "Contacts that take part", len(part), n, "contacts")
    yield _row(
        "contacts",
        "contacts_without_customer",
        "Contacts without a customer: they never count as repeats",
        part["customer_id"].isna().sum(),
        len(part),
        "contacts that take part",
    )
    yield _row(
        "contacts",
        "responses_without_customer",
        "Survey responses without a customer",
        responses["customer_id"].isna().sum(),
        len(responses),
        "responses that count",
    )
    yield _row(
        "contacts",
        "responses_without_score",
        "Survey responses without a score",
        responses["satisfaction_share"].isna().sum(),
        len(responses),
        "responses that count",
    )


def _texts(frames: Frames, whole: Frames) -> Iterator[dict]:
    cleaned, verbatims = frames["cleaned_verbatims"], frames["verbatims"]
    n = len(whole["cleaned_verbatims"])
    part = cleaned[cleaned["why_excluded"].isna()]
    yield _row("texts", "texts", "Texts: messages and survey answers", n)
    yield _row("texts", "texts_outside_period", "Texts left out: outside the period", n - len(cleaned), n, "texts")
    for why in WHY_TEXT_EXCLUDED:
        found = (cleaned["why_excluded"] == why).sum()
        yield _row("texts", f"texts_excluded_{why}", f"Texts left out: {why.replace('_', ' ')}", found, n, "texts")
    yield _row("texts", "texts_taking_part", "Texts that take part", len(part), n, "texts")
    yield _row(
        "texts",
        "texts_cut",
        "Very long texts whose end takes no part",
        (part["uncovered_character_count"] > 0).sum(),
        len(part),
        "texts that take part",
    )
    yield _row(
        "texts",
        "texts_redacted",
        "Texts in which personal data were replaced",
        (verbatims["redaction_count"] > 0).sum(),
        len(verbatims),
        "texts",
    )
    yield _row(
        "texts",
        "redactions",
        "Personal data replaced",
        verbatims["redaction_count"].sum(),
    )
    languages = part["language"].fillna("unknown").value_counts()
    for language in sorted(languages.index, key=lambda name: (-languages[name], name)):
        yield _row(
            "texts",
            f"language_{language}",
            f"Texts in language: {language}",
            languages[language],
            len(part),
            "texts that take part",
        )


def _topics(frames: Frames) -> Iterator[dict]:
    passages, parts = frames["passage_topics"], frames["episode_contacts"]
    n = len(passages)
    yield _row("topics", "passages", "Passages: pieces of text that make one point", n)
    yield _row(
        "topics", "passages_without_topic", "Passages without a topic", passages["topic_id"].isna().sum(), n, "passages"
    )
    for why in WHY_UNASSIGNED:
        found = (passages["why_unassigned"] == why).sum()
        yield _row(
            "topics",
            f"passages_without_topic_{why}",
            f"Passages without a topic: {why.replace('_', ' ')}",
            found,
            n,
            "passages",
        )
    contacts = set(parts["contact_id"])
    without = set(parts.loc[parts["part"] == NO_TOPIC, "contact_id"])
    costs = frames["contact_costs"]
    cost = costs.loc[costs["contact_id"].isin(without), "cost_full"].sum(min_count=1)
    yield _row(
        "topics",
        "contacts_without_topic",
        "Contacts without a topic: they are in no priority",
        len(without),
        len(contacts),
        "contacts that take part",
        cost_full=None if w.is_missing(cost) else float(cost),
    )


def _repeats(frames: Frames, run: RunContext) -> Iterator[dict]:
    parts, part = frames["episode_contacts"], taking_part(frames["contacts"])
    asked_back = set(part.loc[part["is_planned"].astype(bool), "contact_id"])
    doubles = set(parts.loc[parts["is_duplicate"], "contact_id"]) - asked_back
    yield _row(
        "repeats", "double_posts", "Double posts: they are no repeats", len(doubles), len(part), "contacts that take part"
    )
    yield _row("repeats", "planned", "Customers who were asked to come back: they are no repeats", len(asked_back), len(part),
               "contacts that take part")  # fmt: skip
    for rule in MADE_BY:
        found = int((part["made_by"] == rule).sum())
        yield _row("repeats", f"made_by_{rule}", f"Contacts by the rule that made them: {rule.replace('_', ' ')}", found, len(part),
                   "contacts that take part")  # fmt: skip
    reopens = part["reopen_count"].fillna(0).sum()
    yield _row("repeats", "reopens", "Reopenings told by the source alone, as a count without messages: in no figure", reopens)
    opened = days(part["opened_at"])
    late = (opened > opened.max() - run.pipeline.window_days).sum()
    yield _row(
        "repeats",
        "contacts_provisional",
        f"Contacts of the last {w.days_text(run.pipeline.window_days)}: repeats of theirs may still come",
        late,
        len(part),
        "contacts that take part",
    )


def _handle_time(frames: Frames) -> Iterator[dict]:
    found = frames["contact_costs"]["handle_source"]
    for source, label in HANDLE_WORDS.items():
        yield _row(
            "handle time",
            f"handle_time_{source}",
            label,
            (found == source).sum(),
            len(found),
            "contacts that take part",
        )


def _period(frames: Frames, run: RunContext) -> Iterator[dict]:
    import pandas as pd

    first, last = run.pipeline.period.ends
    yield {"step": "period", "measure": "period_first_day", "label": "First day of the period asked for", "happened_on": first}
    yield {"step": "period", "measure": "period_last_day", "label": "Last day of the period asked for", "happened_on": last}

    moments = pd.concat([frames["contacts"]["opened_at"], frames["responses"]["responded_at"]])
    for measure, label, moment in (
        ("period_from", "First contact or answer", moments.min()),
        ("period_to", "Last contact or answer: the figures speak of this date", moments.max()),
    ):
        on = None if w.is_missing(moment) else str(moment)[:10]
        yield {"step": "period", "measure": measure, "label": label, "happened_on": on}


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """The accounting; reasons and languages nobody met are left out here, the table has them."""
    shown = frame[frame["happened_on"].notna() | (frame["row_count"] > 0)].sort_values("position")
    if shown.empty:
        return None
    rows = tuple(
        (
            row.step,
            row.label,
            w.day(row.happened_on) or w.count(row.row_count),
            "" if w.is_missing(row.share) else f"{w.percent(row.share)} of {row.share_of}",
            "" if w.is_missing(row.cost_full) else w.money(row.cost_full, run.currency or ""),
        )
        for row in shown.itertuples()
    )
    if not any(row[-1] for row in rows):
        rows = tuple(row[:-1] for row in rows)
    return Section(
        title="What the figures cover",
        headers=("Step", "What", "Count", "Share", "Full cost")[: len(rows[0])],
        rows=rows,
        cautions=(NAMES_REMAIN,),
    )
