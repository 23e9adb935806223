"""Zendesk tickets of all export forms in one shape, that of the JSON export, with what their page side-loads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voc.sources._files import Table
from voc.sources._json import as_text
from voc.sources._tables import require_columns

# Where a column of the CSV export (in lower case) stands in the JSON export; other columns are custom fields.
CSV_PATHS = {
    "id": "id",
    "requester id": "requester_id",
    "requester": "requester.name",
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
# The same for the table of tickets that a warehouse loader writes.
WAREHOUSE_PATHS = {
    name: name
    for name in (
        "id", "requester_id", "submitter_id", "assignee_id", "group_id", "organization_id", "subject", "description", "status",
        "priority", "created_at", "updated_at", "via_followup_source_id", "followup_ids", "merged_ticket_ids",
    )
} | {
    "via_channel": "via.channel",
    "via_source_rel": "via.source.rel",
    "_fivetran_deleted": "is_deleted",
}  # fmt: skip
_FIELD_TYPE = re.compile(r"\s*\[\w+\]$")  # the CSV export ends names of custom fields with [list], [txt], [int] ...
_NO_OBJECT: Mapping[str, Any] = {}


@dataclass(slots=True, kw_only=True)
class Layout:
    """Where the columns of a table of tickets belong; made once a file, since a file may hold millions of rows."""

    steps: tuple[tuple[str, tuple[str, ...], str], ...]  # column, the objects it stands in, its key there
    names: Mapping[str, str]  # the file's own names, for messages
    fields: Mapping[str, str]  # columns of custom fields by their names, with and without their type


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One ticket: `data` as in the JSON export, `sides` the objects of its page by kind and id."""

    line: int
    data: Mapping[str, Any]
    raw_text: str | None = None
    sides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    layout: Layout | None = None
    cells: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None

    @property
    def raw(self) -> str:
        """The ticket as it stood in the file."""
        return as_text(self.data) if self.raw_text is None else self.raw_text

    def text(self, key: str) -> str | None:
        """The text of a field of the ticket itself."""
        return scalar(self.data.get(key))

    def inner(self, key: str) -> Mapping[str, Any]:
        """An object inside the ticket; an empty one where it has none."""
        value = self.data.get(key)
        return value if isinstance(value, dict) else _NO_OBJECT

    def name(self, path: str) -> str:
        """What the file calls the value at a dotted path."""
        return path if self.layout is None else self.layout.names.get(path, path)

    def beside(self, kind: str, link: str, *keys: str) -> Mapping[str, Any]:
        """An object embedded under one of `keys`, or side-loaded under `kind` with the id that stands at `link`."""
        for key in keys:
            value = self.data.get(key)
            if isinstance(value, dict):
                return value
        found = self.sides.get(kind)
        return found.get(self.text(link) or "", _NO_OBJECT) if found else _NO_OBJECT

    def fields(self) -> dict[str, str]:
        """Custom fields by id (tables: by name), fields of the organisation and of the customer with their prefix."""
        if self.layout is not None:
            return {name: filled(self.cells.get(column, "")) or "" for name, column in self.layout.fields.items()}
        found = {}
        for entry in items(self.data.get("custom_fields")) or items(self.data.get("fields")):
            key = scalar(entry.get("id")) if isinstance(entry, dict) else None
            if key:
                found[key] = joined(entry.get("value"))
        organisation = self.beside("organizations", "organization_id", "organization")
        customer = self.beside("users", "requester_id", "requester")
        for prefix, values in (
            ("organization", organisation.get("organization_fields")),
            ("user", customer.get("user_fields")),
        ):
            if isinstance(values, dict):
                found |= {f"{prefix}.{key}": joined(value) for key, value in values.items()}
        return found


def scalar(value: Any) -> str | None:
    """A JSON value as trimmed text; None for null, "", lists and objects."""
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, (list, dict)):
        return None
    return as_text(value)


def items(value: Any) -> list[Any]:
    """A JSON list, or [] for anything else."""
    return value if isinstance(value, list) else []


def joined(value: Any) -> str:
    """The value of a custom field as text; several choices with commas between them."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(scalar, value)))
    return scalar(value) or ""


def filled(text: str) -> str | None:
    """A cell; None for "-", which is how the CSV export writes nothing."""
    text = text.strip()
    return None if text in ("", "-") else text


def layout_of(path: Path, columns: tuple[str, ...], paths: Mapping[str, str]) -> Layout:
    """How the columns of a table of tickets lie. Raises VocError when it has none for the id or the time."""
    by_lower = {column.lower(): column for column in columns}
    by_path = {place: lower for lower, place in paths.items()}
    needed = {"the export's id": by_path["id"], "the export's time": by_path["created_at"]}
    require_columns(path, columns, {what: by_lower.get(low, low.capitalize()) for what, low in needed.items()})
    steps, names, fields = [], {}, {}
    for column in columns:
        place = paths.get(column.lower())
        if place is None:
            fields |= dict.fromkeys((column, _FIELD_TYPE.sub("", column)), column)
            continue
        *outer, key = place.split(".")
        steps.append((column, tuple(outer), key))
        names.setdefault(place, column)
    return Layout(steps=tuple(steps), names=names, fields=fields)


def table_tickets(table: Table, paths: Mapping[str, str]) -> Iterator[Ticket]:
    """Tickets of a table, one a row. Raises VocError when it has no column for the id or the time."""
    layout = layout_of(table.path, table.columns or (), paths)
    for row in table.rows():
        cells = row.cells
        yield Ticket(
            line=row.line, raw_text=row.raw, data=_nested(cells, layout), layout=layout, cells=cells, fault=row.fault
        )


def _nested(cells: Mapping[str, str], layout: Layout) -> dict[str, Any]:
    """A row in the shape of the JSON export, without what is empty."""
    data: dict[str, Any] = {}
    for column, outer, key in layout.steps:
        text = cells[column].strip()
        if not text or text == "-":  # which is how the CSV export writes nothing
            continue
        place = data
        for step in outer:
            place = place.setdefault(step, {})
        place[key] = text
    return data
