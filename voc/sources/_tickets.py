"""Zendesk tickets of all export forms in one shape, that of the JSON export, with what their page side-loads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voc.sources._files import Table
from voc.sources._json import as_text, read_items
from voc.sources._tables import require_columns
from voc.sources._values import some

# Kinds of objects that pages of the API carry beside the tickets, and the key that links them to a ticket.
_SIDES = {"users": "id", "groups": "id", "organizations": "id", "metric_sets": "ticket_id"}
# Where a column of the CSV export (in lower case) stands in the JSON export; other columns are custom fields.
_CSV_PATHS = {
    "id": "id",
    "requester id": "requester_id",
    "requester external id": "requester.external_id",
    "requester email": "requester.email",
    "requester phone": "requester.phone",
    "group": "group.name",
    "organization": "organization.name",
    "subject": "subject",
    "description": "description",
    "tags": "tags",
    "status": "status",
    "priority": "priority",
    "via": "via.channel",
    "created at": "created_at",
    "updated at": "updated_at",
    "solved at": "metric_set.solved_at",
    "reopens": "metric_set.reopens",
    "replies": "metric_set.replies",
    "satisfaction score": "satisfaction_rating.score",
    "satisfaction comment": "satisfaction_rating.comment",
}
_FIELD_TYPE = re.compile(r"\s*\[\w+\]$")  # the CSV export ends names of custom fields with [list], [txt], [int] ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket; `names` gives the file's own names for messages, `sides` the objects of its page by kind and id."""

    line: int
    raw: str
    data: Mapping[str, Any]
    sides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None

    def get(self, path: str) -> Any:
        """The value at a dotted path, None where any part of it is missing or no object."""
        return _at(self.data, path)

    def text(self, path: str) -> str | None:
        return scalar(self.get(path))

    def name(self, path: str) -> str:
        return self.names.get(path, path)

    def beside(self, kind: str, link: str, *keys: str) -> Mapping[str, Any]:
        """An object embedded under one of `keys`, or side-loaded under `kind` with the id that stands at `link`."""
        for key in keys:
            if isinstance(self.data.get(key), dict):
                return self.data[key]
        return self.sides.get(kind, {}).get(self.text(link) or "", {})

    def fields(self) -> dict[str, str]:
        """Custom fields by id (CSV: by name), fields of the organisation and of the customer with their prefix."""
        found = {}
        for entry in items(self.get("custom_fields")) or items(self.get("fields")):
            key = scalar(_at(entry, "id"))
            if key:
                found[key] = _joined(_at(entry, "value"))
        organisation = self.beside("organizations", "organization_id", "organization")
        customer = self.beside("users", "requester_id", "requester")
        for prefix, values in (
            ("organization", _at(organisation, "organization_fields")),
            ("user", _at(customer, "user_fields")),
        ):
            if isinstance(values, dict):
                found |= {f"{prefix}.{key}": _joined(value) for key, value in values.items()}
        return found


def scalar(value: Any) -> str | None:
    """A JSON value as trimmed text; None for null, "", lists and objects."""
    if isinstance(value, (list, dict)):
        return None
    return some(as_text(value))


def items(value: Any) -> list[Any]:
    """A JSON list, or [] for anything else."""
    return value if isinstance(value, list) else []


def json_tickets(path: Path, *, encoding: str | None) -> Iterator[Ticket]:
    """Tickets of JSON lines, of a list, or of pages of the API; in pages `line` is the position among the tickets."""
    number = 0
    for item in read_items(path, encoding=encoding):
        page = item.value if isinstance(item.value, dict) else {}
        if isinstance(page.get("tickets"), list):
            sides = {kind: _by_link(page.get(kind), link) for kind, link in _SIDES.items()}
            for data in page["tickets"]:
                number += 1
                yield _ticket(number, as_text(data), data, sides)
        elif item.fault:
            yield Ticket(line=item.line, raw=item.raw, data={}, fault=item.fault)
        else:
            yield _ticket(item.line, item.raw, page.get("ticket", item.value), {})


def csv_tickets(table: Table) -> Iterator[Ticket]:
    """Tickets of the CSV export. Raises VocError when it has no column for the id or the time."""
    columns = {column.lower(): column for column in table.columns or ()}
    require_columns(
        table.path,
        table.columns or (),
        {"the export's id": columns.get("id", "Id"), "the export's time": columns.get("created at", "Created at")},
    )
    names = {path: columns[lower] for lower, path in _CSV_PATHS.items() if lower in columns}
    for row in table.rows():
        yield Ticket(line=row.line, raw=row.raw, data=_nested(row.cells), names=names, fault=row.fault)


def _ticket(line: int, raw: str, data: Any, sides: Mapping[str, Mapping[str, Any]]) -> Ticket:
    if not isinstance(data, dict):
        return Ticket(line=line, raw=raw, data={}, fault="not a Zendesk ticket")
    return Ticket(line=line, raw=raw, data=data, sides=sides)


def _nested(cells: Mapping[str, str]) -> dict[str, Any]:
    """A CSV row in the shape of the JSON export; "-" is how the CSV writes nothing."""
    data: dict[str, Any] = {"custom_fields": []}
    for column, text in cells.items():
        value = None if text.strip() in ("", "-") else text
        path = _CSV_PATHS.get(column.lower())
        if path is None:
            for name in dict.fromkeys((column, _FIELD_TYPE.sub("", column))):
                data["custom_fields"].append({"id": name, "value": value})
            continue
        *outer, key = path.split(".")
        place = data
        for step in outer:
            place = place.setdefault(step, {})
        place[key] = value
    return data


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _by_link(objects: Any, link: str) -> dict[str, Any]:
    return {scalar(one.get(link)) or "": one for one in items(objects) if isinstance(one, dict)}


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(scalar, value)))
    return scalar(value) or ""
