"""Lines of a cost file as their cost models take them: checked, in the report's currency, one set a channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from voc import currencies, registry
from voc.config import line_of, read_yaml, validate, validate_values, value_faults
from voc.costs import CostFile, CostGroup, Line, channel_key
from voc.errors import VocError, did_you_mean


@dataclass(frozen=True)
class PlacedLine:
    """A line that holds for a channel, with its place in the file and the factor into the report's currency."""

    path: str  # "groups.own.parameters" lines are "groups.own.wage_per_hour"
    where: tuple  # the same as keys and numbers of the file
    line: Line
    factor: float  # 1 for what is no amount of money

    @property
    def value(self) -> float:
        """The value in the report's currency."""
        return self.line.value * self.factor


def model_of(group: CostGroup) -> ModuleType:
    """The group's cost model. Raises VocError for an unknown one."""
    return _model(group.model)


@cache
def _model(name: str) -> ModuleType:
    return registry.get("cost_models", name)  # looks through all installed packages, every time


def lines_of(costs: CostFile, group: CostGroup, channel: str) -> dict[str, PlacedLine]:
    """Lines of a channel by key: the group's own, and over them the channel's. Raises VocError for a missing rate."""
    model, number = model_of(group), costs.groups.index(group)
    key = channel_key(group, channel)
    own = {} if key is None else group.channels[key]
    found = {}
    for name, line in {**group.parameters, **own}.items():
        path = f"groups.{group.name}.channels.{key}.{name}" if name in own else f"groups.{group.name}.{name}"
        where = ("groups", number, "channels", key, name) if name in own else ("groups", number, "parameters", name)
        found[name] = PlacedLine(path, where, line, _factor(costs, group, model, name, line, path))
    return found


def channel_parameters(costs: CostFile, group: CostGroup, channel: str, drawn: Mapping[str, Any] | None = None):
    """The cost model's checked parameters for a channel, in the report's currency.

    `drawn` gives arrays by line path in the file's currency; they take the place of the checked values.
    """
    lines = lines_of(costs, group, channel)
    values = {name: placed.value for name, placed in lines.items()}
    place = f"cost file, group '{group.name}', channel '{channel}'"
    parameters = validate_values(model_of(group).Parameters, values, place)
    arrays = {name: drawn[p.path] * p.factor for name, p in lines.items() if drawn and p.path in drawn}
    return parameters.model_copy(update=arrays) if arrays else parameters


def unit_of(group: CostGroup, name: str) -> str:
    """Unit of a line as its cost model says it: "money an hour"; empty where its name says it."""
    field = model_of(group).Parameters.model_fields.get(name)
    extra = field.json_schema_extra if field is not None else None
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def load_checked(wanted: str, base: Path) -> CostFile:
    """Read a cost file, path relative to `base`, and check it against itself and its cost models.

    Raises VocError with file, line and key of every fault: unknown models and lines, values that cannot be (a negative
    wage, an occupancy of 0 or above 1), ends of ranges that cannot be, currencies without a rate.
    """
    path = base / wanted
    data = read_yaml(path)
    costs = validate(CostFile, data, path)
    faults = [
        fault for number, group in enumerate(costs.groups) for fault in _group_faults(costs, group, number, data, path)
    ]
    faults += [f"{path}:{line_of(data, where)}: {error.what}\n{error.fix}" for where, error in _finance_faults(costs)]
    if faults:
        raise VocError("\n".join(dict.fromkeys(faults)))
    return costs


def _factor(costs: CostFile, group: CostGroup, model: ModuleType, name: str, line: Line, path: str) -> float:
    is_money = unit_of(group, name).startswith("money")
    if line.currency is not None and not is_money:
        raise VocError(f"{path}: is no amount of money, so it has no currency.", "Take the currency out.")
    currency = line.currency or group.currency or costs.currency
    if currency != costs.currency and not any(
        unit_of(group, n).startswith("money") for n in model.Parameters.model_fields
    ):
        raise VocError(
            f"{path}: the cost model '{group.model}' does not say which of its lines are money.",
            f"Give its amounts in {costs.currency}.",
        )
    return currencies.factor(costs.fx, currency, costs.currency, path) if is_money else 1.0


def _group_faults(costs: CostFile, group: CostGroup, number: int, data: Any, path: Path) -> list[str]:
    """Faults of one group, each with file, line and key; those of the group's own lines once, not once a channel."""
    try:
        model = model_of(group)
    except VocError as error:
        line = line_of(data, ("groups", number, "model"))
        return [f"{path}:{line}: groups.{group.name}.model: {error.what} {error.fix}"]
    unknown = _unknown_lines(group, model, number, data, path)
    if unknown:
        return unknown
    found = []
    for channel in group.channels:
        try:
            lines = lines_of(costs, group, channel)
        except VocError as error:
            if not any(error.what in fault for fault in found):  # a line of the whole group, met again at every channel
                place = line_of(data, ("groups", number, "channels", channel))
                found.append(f"{path}:{place}: {error.what}\n{error.fix}")
            continue
        for end in ("value", "low", "high"):
            values = {
                n: p.line.value if getattr(p.line, end) is None else getattr(p.line, end) for n, p in lines.items()
            }
            for key, message in value_faults(model.Parameters, values):
                if end != "value" and not (key in lines and lines[key].line.has_range):
                    continue
                where = lines[key].where if key in lines else ("groups", number, "channels", channel)
                shown = lines[key].path if key in lines else f"groups.{group.name}.channels.{channel}"
                shown += "" if key in lines or key == "settings" else f".{key}"
                shown += "" if end == "value" else f".{end}"
                found.append(f"{path}:{line_of(data, where)}: {shown}: {message}")
    return list(dict.fromkeys(found))


def _unknown_lines(group: CostGroup, model: ModuleType, number: int, data: Any, path: Path) -> list[str]:
    known = list(model.Parameters.model_fields)
    places = [(("groups", number, "parameters", key), key, f"groups.{group.name}.{key}") for key in group.parameters]
    places += [
        (("groups", number, "channels", channel, key), key, f"groups.{group.name}.channels.{channel}.{key}")
        for channel, lines in group.channels.items() for key in lines
    ]  # fmt: skip
    return [
        f"{path}:{line_of(data, where)}: {shown}: the cost model '{group.model}' has no such line. "
        f"{did_you_mean(key, known)}"
        for where, key, shown in places if key not in known
    ]  # fmt: skip


def _finance_faults(costs: CostFile) -> list[tuple[tuple, VocError]]:
    if costs.ledger is None:
        return []
    try:
        ledger_total(costs)
    except VocError as error:
        return [(("ledger", "total_cost"), error)]
    return []


def ledger_total(costs: CostFile) -> float | None:
    """The books' cost of the period in the report's currency; None without a ledger block."""
    if costs.ledger is None:
        return None
    line = costs.ledger.total_cost
    return line.value * currencies.factor(
        costs.fx, line.currency or costs.currency, costs.currency, "ledger.total_cost"
    )
