"""What the briefing says, before any markup: this run's figures gathered from the report tables, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from voc.briefing import curves
from voc.briefing import money as money_facts
from voc.briefing.changes import Changes
from voc.briefing.money import Money, rows_of
from voc.briefing.plots import Plot
from voc.briefing.scorecard import Score, scores
from voc.briefing.sheets import Sheet
from voc.context import Frames, RunContext, Section
from voc.reports import _words as w

# repeats: some customer came back. contacts: nobody did, or nobody can be told. answers: there are only survey
# answers. few: too few texts for a ranking. nothing: no topic was found.
Kind = Literal["repeats", "contacts", "answers", "few", "nothing"]
SHOWN, NEXT = 5, 25
FEW_TEXTS = 20  # with fewer texts there is no ranking to speak of
FEW_ANSWERS = 20  # fewer answers about a topic support no claim


@dataclass(frozen=True)
class Lead:
    """The measure the ranking goes by: its three figures by topic, its name, and how a value is said."""

    heading: str
    unit: str
    figures: dict[str, tuple[float | None, float | None, float | None]]  # topic id -> low, mid, high
    say: Callable[[float], str]  # with its unit
    ends: Callable[[float, float | None, float], str]  # low, mid, high -> low to high, without its unit

    def said(self, topic_id: str) -> str:
        """The figure of a topic, with its range where there is one."""
        low, mid, high = self.figures[topic_id]
        if mid is None:
            return "unknown"
        return self.say(mid) if low is None or high is None else f"{self.say(mid)} ({self.range(topic_id)})"

    def range(self, topic_id: str) -> str:
        """Low to high."""
        low, mid, high = self.figures[topic_id]
        return "" if low is None or high is None else self.ends(low, mid, high)


@dataclass(frozen=True)
class Material:
    """This run's rows of the tables the briefing rests on."""

    run: RunContext
    kind: Kind
    priorities: list[dict]  # by rank
    lead: Lead
    scores: dict[str, dict]  # scorecard by measure
    coverage: dict[str, dict]  # coverage by measure
    quotes: dict[str, list[dict]]  # evidence by topic id
    answers: dict[str, int]  # survey responses by topic id
    quality: dict[str, dict]  # how far each topic can be trusted, by topic id
    money: Money | None = None
    curves: tuple[dict, ...] = ()  # repeat_curves
    costs: Mapping[str, dict] = field(default_factory=dict)  # topic_costs by topic id
    weeks: Mapping[str, list[dict]] = field(default_factory=dict)  # topic_weeks by topic id
    segments: Mapping[str, list[dict]] = field(default_factory=dict)  # topic_segments by topic id
    monthly: tuple[dict, ...] = ()  # monthly_scores
    metrics: tuple[dict, ...] = ()  # metrics over everything and by month
    is_narrowed: bool = False  # the priorities are not all of the run's

    def score(self, measure: str) -> float | None:
        """A headline figure, None when it cannot be known."""
        return self.scores.get(measure, {}).get("value")

    def counted(self, measure: str) -> int:
        """A count of the accounting; 0 when it is not there."""
        return int(self.coverage.get(measure, {}).get("row_count") or 0)

    def is_doubtful(self, topic_id: str) -> bool:
        """Whether the topic's measures say not to trust it."""
        return bool(self.quality.get(topic_id, {}).get("is_doubtful"))

    @property
    def has_trend(self) -> bool:
        """Whether any topic's trend can be told."""
        return any(p["trend_ratio"] is not None for p in self.priorities)

    @property
    def has_satisfaction(self) -> bool:
        """Whether satisfaction is known for a topic on the page and does not lead the table anyway."""
        return self.lead.unit != "points of 100" and any(
            p["satisfaction_impact"] is not None for p in self.priorities[:SHOWN]
        )

    @property
    def has_certainty(self) -> bool:
        """Whether the order was tried on resampled customers, and there are topics enough for it to mean something."""
        return len(self.priorities) > 3 and any(p["p_top_3"] is not None for p in self.priorities)


def gather(frames: Frames, run: RunContext) -> Material:
    """This run's rows from the report tables, and which kind of briefing they support."""
    priorities = _rows(frames["priorities"], run, "rank")
    scores = {row["measure"]: row for row in _rows(frames["scorecard"], run, "position")}
    coverage = {row["measure"]: row for row in _rows(frames["coverage"], run, "position")}
    quotes: dict[str, list[dict]] = {}
    for row in _rows(frames["evidence"], run, "position"):
        quotes.setdefault(row["topic_id"], []).append(row)
    weeks = _by_topic(rows_of(frames, "topic_weeks", run.run_id))
    kind = _kind(priorities, scores, coverage)
    return Material(
        run=run,
        kind=kind,
        priorities=priorities,
        lead=_lead(kind, priorities, frames, run),
        scores=scores,
        coverage=coverage,
        quotes=quotes,
        answers={topic: sum(row["responses"] for row in rows) for topic, rows in weeks.items()},
        quality={row["topic_id"]: row for row in _rows(frames["topic_quality"], run, "topic_id")},
        money=money_facts.gather(frames, run, scores, priorities),
        curves=tuple(sorted(rows_of(frames, "repeat_curves", run.run_id), key=lambda row: row["day"])),
        costs={row["topic_id"]: row for row in rows_of(frames, "topic_costs", run.run_id)},
        weeks=weeks,
        segments=_by_topic(rows_of(frames, "topic_segments", run.run_id)),
        monthly=tuple(rows_of(frames, "monthly_scores", run.run_id)),
        metrics=tuple(row for row in rows_of(frames, "metrics", run.run_id) if row["by"] in ("all", "month")),
    )


def _by_topic(rows: list[dict]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in rows:
        found.setdefault(row["topic_id"], []).append(row)
    return found


def _rows(frame: pd.DataFrame, run: RunContext, order: str) -> list[dict]:
    mine = frame[frame["run_id"] == run.run_id].sort_values(order, kind="stable")
    return [{k: None if w.is_missing(v) else v for k, v in row.items()} for row in mine.to_dict("records")]


def _kind(priorities: list[dict], scores: Mapping[str, dict], coverage: Mapping[str, dict]) -> Kind:
    if not priorities:
        return "nothing"
    if (coverage.get("texts_taking_part", {}).get("row_count") or 0) < FEW_TEXTS:
        return "few"
    if not scores.get("contacts", {}).get("value"):
        return "answers"
    return "contacts" if priorities[0]["leads_by"] == "composite_score" else "repeats"


def _lead(kind: Kind, priorities: list[dict], frames: Frames, run: RunContext) -> Lead:
    leads_by = priorities[0]["leads_by"] if priorities else "composite_score"
    if leads_by == "avoidable_cost":
        return Lead(
            "Avoidable cost of repeats a month",
            f"{run.currency} a month",
            _three(priorities, "avoidable_cost_month"),
            _money_of(run),
            w.spread,
        )
    if leads_by == "repeat_hours":
        costs = _rows(frames["topic_costs"], run, "topic_id")
        figures = _three(costs, "repeat_hours_month")
        return Lead(
            "Agent hours on repeats a month",
            "hours a month",
            {p["topic_id"]: figures[p["topic_id"]] for p in priorities},
            lambda v: f"{w.amount(v)} h",
            _plain(w.amount),
        )
    if leads_by == "repeat_contacts":
        return Lead(
            "Repeat contacts a month", "repeats a month", _three(priorities, "repeats_month"), w.amount, _plain(w.amount)
        )
    if kind == "answers" or (priorities and not any(p["contacts"] for p in priorities)):
        figures = {
            p["topic_id"]: (p["satisfaction_impact_low"], p["satisfaction_impact"], p["satisfaction_impact_high"])
            for p in priorities
        }
        return Lead("Pull on mean satisfaction, points of 100", "points of 100", figures, points, _plain(points))
    figures = {p["topic_id"]: (None, p["score"], None) for p in priorities}
    return Lead("Composite score, 0 to 100", "points of the composite score", figures, w.count, _plain(w.count))


def _plain(say: Callable[[float], str]) -> Callable[[float, float | None, float], str]:
    return lambda low, _, high: w.between(low, high, say)


def _money_of(run: RunContext) -> Callable[[float], str]:
    return lambda value: w.money(value, run.currency or "")


def _three(rows: Sequence[dict], stem: str) -> dict[str, tuple[float | None, float | None, float | None]]:
    return {row["topic_id"]: (row[f"{stem}_low"], row[f"{stem}_mid"], row[f"{stem}_high"]) for row in rows}


def points(value: float) -> str:
    """Points with their sign: -3.2, +1.1, 0."""
    text = f"{value:+.1f}".replace("-", "−")  # a minus sign, not a hyphen
    return "0" if text[1:] == "0.0" else text


# ---------------------------------------------------------------- scorecard


def scorecard(m: Material) -> list[Score]:
    """Figures held against their targets; none without contacts or answers."""
    pipeline = m.run.pipeline
    first, last = (str(m.coverage.get(name, {}).get("happened_on") or "") for name in ("period_from", "period_to"))
    return scores(
        list(m.monthly), list(m.metrics), pipeline.briefing.targets, window=pipeline.window_days, currency=m.run.currency,
        first=first, last=last,
    )  # fmt: skip


def identified_share(m: Material) -> float:
    """Share of the contacts that take part whose customer is known."""
    contacts = m.counted("contacts_taking_part")
    return 1 - m.counted("contacts_without_customer") / contacts if contacts else 0.0


def period(m: Material) -> str:
    """From which date to which the data that count run; empty when there is none."""
    first, last = (w.day(m.coverage.get(name, {}).get("happened_on")) for name in ("period_from", "period_to"))
    return first if first == last else f"{first} to {last}"


def asked_period(m: Material) -> str:
    """The period the run was asked for; empty where it counts all data."""
    asked = m.run.pipeline.period
    return w.period(*asked.ends) if asked.is_set else ""


def carried(m: Material) -> str:
    """How much of the leading measure the topics on the page carry, and how many more there are."""
    more = len(m.priorities) - SHOWN
    if more <= 0:
        return ""
    rest = f"{w.plural(more, 'more topic')}{' of them' if m.is_narrowed else ''} in the table priorities"
    figures = [m.lead.figures[p["topic_id"]][1] or 0.0 for p in m.priorities]
    if m.kind != "repeats" or sum(figures) <= 0:
        return f"{rest}."
    of = "what the topics asked for take" if m.is_narrowed else "the total"
    return f"These {SHOWN} carry {w.percent(sum(figures[:SHOWN]) / sum(figures))} of {of}; {rest}."


# ---------------------------------------------------------------- the list behind the page


def next_priorities(m: Material) -> Section | None:
    """The topics after those on the first page."""
    following = m.priorities[SHOWN : SHOWN + NEXT]
    if not following:
        return None
    is_answers, has_owner = m.kind == "answers", any(p["owner"] for p in following)
    rows = tuple(
        (
            w.count(p["rank"]),
            w.line(p["topic"]),
            m.lead.said(p["topic_id"]),
            w.count(m.answers.get(p["topic_id"], 0) if is_answers else p["contacts"]),
            f"{p['score']:.0f}",
            *((w.line(p["owner"]),) if has_owner else ()),
        )
        for p in following
    )
    rest = len(m.priorities) - SHOWN - len(following)
    return Section(
        title=f"Priorities {SHOWN + 1} to {SHOWN + len(following)}",
        paragraphs=((f"{w.plural(rest, 'more topic')} in the table priorities.",) if rest else ()),
        headers=(
            *("Rank", "Topic", m.lead.heading, "Answers" if is_answers else "Contacts", "Composite score"),
            *(("Owner",) if has_owner else ()),
        ),
        rows=rows,
    )


CURVES = "How soon customers come back about the same topic"


def plots(m: Material) -> dict[str, Plot]:
    """Charts drawn larger than their report can: by the title of their section."""
    found = curves.plot(m.curves, [p["topic_id"] for p in m.priorities[:SHOWN]], has_bands=False)
    return {CURVES: found} if found else {}


# ---------------------------------------------------------------- what the page holds


@dataclass(frozen=True)
class Page:
    """Everything the templates show."""

    title: str
    sentences: tuple[str, ...]
    material: Material
    scores: list[Score]
    rising: list[str]
    changes: Changes
    ask_whom: str
    narrowed: tuple[str, ...]  # what the page is narrowed to, and what it cannot be
    caveats: list[str]
    sheets: tuple[Sheet, ...]
    sections: tuple[Section, ...]
    plots: dict[str, Plot]  # drawn in the section of that title, instead of its own chart
