"""A cost file explained line by line: what each figure is, where it comes from, and what a contact costs by it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from voc import currencies, flow
from voc.cost_lines import PlacedLine, channel_parameters, ledger_total, lines_of, load_checked, model_of, unit_of
from voc.costs import EVERY, CostFile, CostGroup, Line
from voc.stages.credits import read_credits
from voc.stages.prices import Priced, price_contacts

if TYPE_CHECKING:
    import pandas as pd

# Published cost of one contact, least and most of several surveys, all in USD: Gartner 2019 (live channels 8.01),
# ContactBabel about 2015 to 2018 (call 6.69 and 5.25, e-mail 4.42, chat 3.82). For the order of magnitude, no default.
PUBLISHED = {
    "phone": (5.25, 8.01),
    "voice": (5.25, 8.01),
    "call": (5.25, 8.01),
    "email": (4.42, 8.01),
    "chat": (3.82, 8.01),
}
PUBLISHED_OTHER, PUBLISHED_CURRENCY = (3.82, 8.01), "USD"
FAR = 2.0  # below half the least, or above twice the most: worth a second look
_STATUS = {
    "reconciles": "The cost file reconciles with the books.",
    "scaled": "It nearly does: every cost of a run is multiplied by that ratio (ledger.scale).",
    "does_not_reconcile": "The cost file does not reconcile with the books: the ratio should be between 0.80 and 1.25.",
    "period_not_covered": "The data begin later or end earlier than the ledger's period: nothing can be concluded.",
}


def explain(path: Path, pipeline: Path | None = None) -> Iterator[str]:
    """Lines that explain a cost file; with a pipeline, also what it makes of the pipeline's contacts.

    Raises VocError with every fault of the file by itself, then with the first one against the data.
    """
    costs = load_checked(path.name, path.parent)
    credits = read_credits(path.parent / costs.credits, costs) if costs.credits else []
    yield f"{path}: costs in {costs.currency}, {len(costs.groups)} group{'s' * (len(costs.groups) != 1)}."
    for rate in costs.fx:
        yield f"  1 {rate.from_} = {rate.rate:g} {rate.to} ({rate.on.isoformat()}, {rate.source})"
    for group in costs.groups:
        yield ""
        yield from _group(costs, group)
    yield from _finance(costs)
    if costs.credits:
        total = sum(credit.amount for credit in credits)
        yield f"\nCredits: {len(credits):,} lines, {total:,.2f} {costs.currency}; kept apart from handling cost."
    if pipeline is not None:
        yield ""
        yield from _against_data(costs, pipeline)
    yield ""
    found = list(warnings(costs))
    yield from (f"Warning: {warning}" for warning in found)
    yield f"{path} is fine." if not found else f"{path} can be used; warnings: {len(found)}."


# ---------------------------------------------------------------- lines in words


def _group(costs: CostFile, group: CostGroup) -> Iterator[str]:
    named = [site for site in group.sites if site != EVERY]
    sites = ", ".join([*named, *(["every site no other group names"] if EVERY in group.sites else [])])
    yield f"Group '{group.name}' ({sites}): {group.model}. {model_of(group).DESCRIPTION}."
    lines = lines_of(costs, group, next(iter(group.channels)))
    for name, line in group.parameters.items():
        placed = lines[name] if lines[name].line is line else None
        yield "  " + _line(costs, group, name, line, placed)
    for channel, own in group.channels.items():
        yield f"  Channel {'every other' if channel == EVERY else repr(channel)}:"
        lines = lines_of(costs, group, channel)
        for name, line in own.items():
            instead = " (instead of the group's)" if name in group.parameters else ""
            yield "    " + _line(costs, group, name, line, lines[name]) + instead
        yield from (f"      {step}" for step in _worked(costs, group, channel))


def _line(costs: CostFile, group: CostGroup, name: str, line: Line, placed: PlacedLine | None) -> str:
    field = model_of(group).Parameters.model_fields[name]
    unit = unit_of(group, name)
    currency = line.currency or group.currency or costs.currency
    value = f"{line.value:g} {unit.replace('money', currency)}".rstrip()
    if placed is not None and placed.factor != 1:
        value += f" = {placed.value:.4g} {costs.currency}"
    span = f"from {line.low:g} to {line.high:g}" if line.has_range else "no range"
    note = f"; {line.note}" if line.note else ""
    return f"{name}: {value}, {line.source}, {span}. {field.description or ''}{note}"


def _worked(costs: CostFile, group: CostGroup, channel: str) -> list[str]:
    parameters = channel_parameters(costs, group, channel)
    model = model_of(group)
    if not hasattr(model, "worked"):
        return [f"a contact costs what the cost model '{group.model}' makes of it"]
    steps = list(model.worked(parameters))
    if getattr(model, "NEEDS_MINUTES", False) and parameters.handle_minutes is None:
        steps.append("no handle_minutes: that was one minute; contacts without measured time need 50 measured ones")
    return steps


def _finance(costs: CostFile) -> Iterator[str]:
    if costs.finance:
        line = costs.finance.paid_hours_month
        yield f"\nFull-time person: {line.value:g} paid hours a month, {line.source}. Paid staff time over it is FTE."
    if costs.ledger:
        block = costs.ledger
        yield (
            f"\nBooks: {ledger_total(costs):,.2f} {costs.currency} from {block.first_day} to {block.last_day}, "
            f"{block.total_cost.source}; costs are "
            f"{'scaled to it where they nearly agree' if block.scale else 'not scaled'}."
        )


# ---------------------------------------------------------------- warnings


def warnings(costs: CostFile) -> Iterator[str]:
    """What a reader of the figures should know, a sentence each; none of it stops a run."""
    lines = costs.lines()
    assumed = [(path, line) for path, line in lines if line.source == "assumption"]
    if assumed:
        are = "are assumptions" if len(assumed) > 1 else "is an assumption"
        yield f"{len(assumed)} of {len(lines)} lines {are}: every report says that its money is illustrative."
    exact = [path for path, line in assumed if not line.has_range]
    if exact:
        more = f" and {len(exact) - 3} more" if len(exact) > 3 else ""
        yield (
            f"assumptions without low and high: {len(exact)} ({', '.join(exact[:3])}{more}). The ranges of the reports "
            "take them as exact."
        )
    yield from _far_from_published(costs)
    if costs.ledger is None:
        yield "no ledger block: nothing shows whether the costs add up to the budget."
    if costs.finance is None and any(hasattr(model_of(group), "paid_minutes") for group in costs.groups):
        yield "no finance block: hours of own staff are not turned into full-time people (FTE)."


def _far_from_published(costs: CostFile) -> Iterator[str]:
    for group in costs.groups:
        model = model_of(group)
        for channel in group.channels:
            parameters = channel_parameters(costs, group, channel)
            cost = _cost_of_one(group, parameters)
            rate = _in_published_currency(costs)
            if cost is None or rate is None or group.model == "bot_per_session":
                continue
            low, high = PUBLISHED.get(channel.strip().casefold().replace("-", ""), PUBLISHED_OTHER)
            if not low / FAR <= cost * rate <= high * FAR:
                way = "less than half of the least" if cost * rate < low else "more than twice the most"
                yield (
                    f"groups.{group.name}.channels.{channel}: {cost:.2f} {costs.currency} a contact is {way} of what "
                    f"surveys found ({low} to {high} {PUBLISHED_CURRENCY}). Is a unit wrong?"
                )
        wage = group.parameters.get("wage_per_hour")
        if wage is not None and hasattr(model, "paid_minutes"):
            parameters = channel_parameters(costs, group, next(iter(group.channels)))
            loaded = (1 + parameters.on_cost_share) * (1 + parameters.support_overhead_share)
            if loaded < 1.3:
                yield (
                    f"groups.{group.name}: a paid hour costs {loaded:.2f} times the wage with on-cost and overhead; "
                    "employers mostly find more than twice. Is something left out?"
                )


def _cost_of_one(group: CostGroup, parameters) -> float | None:
    """Full cost of a contact at the given handle time; None where it needs one that is not given."""
    import pandas as pd

    minutes = getattr(parameters, "handle_minutes", None)
    model = model_of(group)
    if minutes is None and getattr(model, "NEEDS_MINUTES", False):
        return None
    frame = pd.DataFrame({"handle_minutes": [minutes]}, dtype=float)
    return float(model.price(frame, parameters)["cost_full"].iloc[0])


def _in_published_currency(costs: CostFile) -> float | None:
    """Factor from the report's currency into that of the published figures; None without a rate."""
    known = {frozenset((rate.from_, rate.to)) for rate in costs.fx}
    if costs.currency != PUBLISHED_CURRENCY and frozenset((costs.currency, PUBLISHED_CURRENCY)) not in known:
        return None
    return currencies.factor(costs.fx, costs.currency, PUBLISHED_CURRENCY, "published figures")


# ---------------------------------------------------------------- data


def _against_data(costs: CostFile, pipeline: Path) -> Iterator[str]:
    """What the file makes of the contacts of a pipeline: by group and channel, in total, and against the books."""
    contacts, priced = _priced(costs, pipeline)
    rows = priced.contact_costs.merge(contacts[["contact_id", "channel"]], on="contact_id")
    yield f"Contacts of {pipeline}: {len(rows):,}, cost in full {rows['cost_full'].sum():,.2f} {costs.currency}."
    for (name, channel), mine in rows.groupby(["cost_group", "channel"]):
        minutes = mine["handle_minutes"].mean()
        said = "" if minutes != minutes else f", {minutes:.1f} minutes"
        yield (
            f"  {name}, {channel}: {len(mine):,} contacts{said}, {mine['cost_full'].mean():.2f} {costs.currency} "
            f"a contact ({_sources(mine['handle_source'])})"
        )
    found = priced.reconciliation
    if found is not None:
        ratio = "" if found.ratio is None else f", ratio {found.ratio:.2f}"
        yield f"  Books {found.ledger:,.2f}, cost file {found.cost_file:,.2f} for {found.contacts:,} contacts{ratio}."
        yield f"  {_STATUS[found.status]}"
    yield from (f"Warning: {warning}." for warning in priced.notes.get("cost_file_warnings", []))


def _sources(found: "pd.Series") -> str:
    words = {"measured": "measured", "imputed": "estimated from measured ones", "cost_file": "time from this file",
             "unknown": "time unknown"}  # fmt: skip
    counts = found.value_counts(normalize=True)
    return ", ".join(f"{counts[key]:.0%} {word}" for key, word in words.items() if counts.get(key, 0) > 0)


def _priced(costs: CostFile, pipeline: Path) -> tuple["pd.DataFrame", Priced]:
    """Contacts as a run of the pipeline would read them, priced by this file in place of the pipeline's own."""
    context = replace(flow.check(pipeline), costs=costs)
    contacts = flow.read_contacts(context)
    return contacts, price_contacts(contacts, context)
