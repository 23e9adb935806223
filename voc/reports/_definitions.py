"""The metric family: every figure about repeats and first-contact resolution with its definition in words."""

from collections.abc import Iterator
from typing import NamedTuple

from voc.reports._words import days_text

WINDOWS = (1.0, 3.0, 7.0, 14.0, 30.0)  # days; the run's own window is added
ANY_TOPIC_DAYS = 7.0  # fixed by those who publish the figure
APART = 0.15  # contacts per resolution and 1/FCR further apart than this are worth a look

CLOCK = "From the end of the contact (solved, else opened; the latest end while several are open) to the next one"
IDENTIFIED = "Contacts of identified customers that have a topic"
DOUBLES = "Double posts, merged, automatic and company-initiated contacts"
NO_CLOSING = "No source says when accounts close, so leaving customers are not told from satisfied ones (no competing risk)"
UPPER_BOUND = "A share of resolved cases is an upper bound: customers who gave up do not come back either"


class Definition(NamedTuple):
    """One metric in words."""

    definition_id: str
    name: str
    formula: str
    unit: str  # share or number
    per: str  # what one case is
    window_days: float | None
    clock: str
    population: str
    exclusions: str
    used_by: str
    better: str  # lower, higher or neither
    caution: str


def windows(own: float) -> tuple[float, ...]:
    """The usual windows and the run's own, from the shortest on."""
    return tuple(sorted({*WINDOWS, float(own)}))


def identifier(kind: str, window: float) -> str:
    """`repeat_rate_7d`: a metric at a window."""
    return f"{kind}_{window:g}d"


def definitions(own: float) -> list[Definition]:
    """Every metric for a run whose window is `own` days."""
    return [*_by_window(windows(own)), *_of_episodes(own), *_of_tickets(), *_elsewhere(own)]


def _by_window(ends: tuple[float, ...]) -> Iterator[Definition]:
    for end in ends:
        yield Definition(
            identifier("repeat_rate", end), f"Repeat rate within {days_text(end)}",
            f"Share of contacts after which the same customer comes back about the same topic within {days_text(end)}",
            "share", "contact", end, CLOCK, IDENTIFIED, DOUBLES, "Customer care in general; the window varies", "lower",
            f"Returns by chance are in it. Mature contacts only: fewer of those that were open for long, which come back "
            f"more often. {NO_CLOSING}",
        )  # fmt: skip
    for end in ends:
        yield Definition(
            identifier("net_repeat_rate", end), f"Net repeat rate within {days_text(end)}",
            f"As repeat_rate_{end:g}d, each return counted by its probability of being no coincidence "
            "(repeats.repeat_probability), not corrected for wrong topics",
            "share", "contact", end, CLOCK, IDENTIFIED, DOUBLES,
            "Own: what chance returns of frequent writers leave", "lower", NO_CLOSING,
        )  # fmt: skip
    for end in ends:
        yield Definition(
            identifier("fcr", end), f"First-contact resolution within {days_text(end)}",
            f"1 less the share of first contacts of an episode that come back about the same topic within {days_text(end)}",
            "share", "episode", end, CLOCK,
            f"{IDENTIFIED}, none about the topic in the {days_text(end)} before; the first {days_text(end)} of the "
            "data supply none, because what went before them is not known",
            DOUBLES, "Most dashboards, with windows of 1 to 30 days", "higher", f"{UPPER_BOUND}. {NO_CLOSING}",
        )  # fmt: skip


def _of_episodes(own: float) -> Iterator[Definition]:
    yield Definition(
        "nca_7d_any_topic", "Next contact avoided within 7 days, any topic",
        "Share of contacts after which the same customer makes no contact at all within 7 days", "share", "contact",
        ANY_TOPIC_DAYS, CLOCK, "Contacts of identified customers, with or without a topic", DOUBLES,
        "Genesys Cloud, Next Contact Avoidance (there double posts count, and unlinked channels are other customers)",
        "higher", "What the contact was about does not matter, so this is no measure of resolution",
    )  # fmt: skip
    yield Definition(
        "contacts_per_resolution", "Contacts per resolution", "Contacts over episodes", "number", "episode", own,
        f"An episode ends when {days_text(own)} pass without a contact about the topic",
        f"Episodes of identified customers with a topic that began after the first {days_text(own)} of the data and "
        f"whose last contact ended {days_text(own)} before its end, or earlier",
        DOUBLES, "SQM Group, as calls per resolution", "lower",
        "A vendor's own follow-up joins its episode after any pause",
    )  # fmt: skip
    yield Definition(
        "fcr_check", "Contacts per resolution against 1/FCR",
        f"contacts_per_resolution x fcr_{own:g}d; 1 when every contact of a chain has the same chance to resolve",
        "number", "episode", own, CLOCK, IDENTIFIED, DOUBLES, "Own: a check of the others", "neither",
        f"More than {APART:.0%} from 1: customers or topics may be joined or split wrongly, or few customers write on and on",
    )  # fmt: skip
    yield Definition(
        "repeat_share", "Share of contacts that are repeats",
        f"Contacts that are repeats within {days_text(own)} over contacts; 1 - 1/contacts per resolution in the long run",
        "share", "contact", own, CLOCK,
        f"{IDENTIFIED}, opened after the first {days_text(own)} of the data", DOUBLES,
        "Workload planning", "lower", "Returns by chance are in it",
    )  # fmt: skip


def _of_tickets() -> Iterator[Definition]:
    solved = "Solved contacts whose source counts public agent replies"
    yield Definition(
        "one_touch", "One-touch, exactly one public reply", "Solved contacts with exactly one public agent reply over solved contacts",
        "share", "contact", None, "None: a return on a new ticket is not seen", solved, "Merged and automatic contacts",
        "Zendesk (one wording of its help pages); Fivetran's dbt_zendesk", "higher", UPPER_BOUND,
    )  # fmt: skip
    yield Definition(
        "one_touch_under_2", "One-touch, fewer than two public replies", "Solved contacts with no or one public agent reply over solved contacts",
        "share", "contact", None, "None: a return on a new ticket is not seen", solved, "Merged and automatic contacts",
        "Zendesk (the other wording: tickets solved without a reply count)", "higher", UPPER_BOUND,
    )  # fmt: skip
    yield Definition(
        "zero_customer_reply", "Solved without a further message of the customer",
        "Solved contacts on which the customer wrote nothing after the first message over solved contacts",
        "share", "contact", None, "None", "Solved contacts whose source counts the customer's messages",
        "Merged and automatic contacts", "Freshservice, FCR%", "higher", UPPER_BOUND,
    )  # fmt: skip


def _elsewhere(own: float) -> Iterator[Definition]:
    yield Definition(
        "fcr_strict", "First-contact resolution, strict",
        f"fcr_{own:g}d of contacts that were neither escalated nor called back", "share", "episode", own, CLOCK,
        IDENTIFIED, DOUBLES, "HDI, ICMI", "higher", UPPER_BOUND,
    )  # fmt: skip
    yield Definition(
        "chaser_rate", "Chasers", "Messages that ask for an answer not given yet, as contacts, over contacts", "share",
        "contact", None, "From the customer's last message without an answer", "Contacts that take part",
        "Merged and automatic contacts", "Own: demand caused by slow answers", "lower", "",
    )  # fmt: skip
    yield Definition(
        "fcr_survey", "First-contact resolution, as customers say",
        "Answers yes to a survey question whether the matter was resolved, over answers yes or no", "share", "response",
        None, "When the customer answers", "Survey responses with such a question", "Other answers than yes or no",
        "SQM Group and others who accept no other basis for comparison", "higher",
        "Who answers is not who wrote: response rates differ",
    )  # fmt: skip
