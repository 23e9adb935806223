"""A row of a table as its reject shows it: with its columns where one of them may name a person, so that names can be hidden."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from voc.sources._name_columns import name_columns

# Columns that may hold a name; ingest hides what stands under such a key, which it cannot do in a bare line of a CSV
NAMES_A_PERSON = re.compile(r"name|author|requester|submitter|assignee|agent|caller|contact|customer|recipient", re.IGNORECASE)
_OF_NO_NAME = re.compile(
    r"(user agent|ids?|e?-?mail|email address|phone|number|[\W_](no|nr|code|key|ref)|type|language|locale|time ?zone|segment|link|url)\W*$", re.IGNORECASE
)
_NAME_LIKE = re.compile(r"(?=.*[^\W\d_]{2})[^@\d]{2,100}", re.DOTALL)
_HIDDEN = "[name]"
_OR = " / "  # between the columns to which a value may belong


def raw_of(cells: Mapping[str, str], raw: str, *, names: Iterable[str] = ()) -> str:
    """The text of a row for its reject, from `raw` as it stood in the file and its cells (column -> text).

    Tables of which no column may name a person keep their lines; of others it is a JSON object, in which cells of
    columns that surely hold a name are hidden already: those of `names`, and those that say so themselves. Objects of
    JSON files stay as they are.
    """
    names = tuple(names)
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        parsed = None
    if not any(cells.values()):  # what is no row of the table, such as a number among the objects of a page
        return raw
    if not isinstance(parsed, dict):
        return shown_row(tuple(cells), tuple(cells.values()), raw, names=names)
    if not all(isinstance(value, str) for value in parsed.values()):
        return raw
    return shown_row(tuple(parsed), tuple(parsed.values()), raw, names=names)


def shown_row(columns: Sequence[str], values: Sequence[str], raw: str, *, names: tuple[str, ...] = (), shift: int = 0) -> str:
    """As `raw_of`, for values that may stand up to `shift` columns off: too few or too many for the header.

    Each then stands under all the columns it may belong to.
    """
    sure, may = _naming(tuple(columns), names)
    if not may:
        return raw
    shown: dict[str, str] = {}
    for number, value in enumerate(values):
        near = columns[max(0, number - shift) : number + shift + 1] or columns[-1:]
        is_name = not sure.isdisjoint(near) and _NAME_LIKE.fullmatch(value.strip())
        shown[_unused(_OR.join(near), shown)] = _HIDDEN if is_name else value
    return json.dumps(shown, ensure_ascii=False)


@lru_cache(maxsize=64)
def _naming(columns: tuple[str, ...], names: tuple[str, ...]) -> tuple[frozenset[str], bool]:
    """Columns that surely hold names of people, and whether any may. Of a row that does not fit, columns stand together."""
    sure = {column for group in name_columns(columns) for column in group}
    sure |= {column for column in columns if not {column, *column.split(_OR)}.isdisjoint(names)}
    return frozenset(sure), bool(sure) or any(NAMES_A_PERSON.search(column) and not _OF_NO_NAME.search(column) for column in columns)


def _unused(name: str, taken: Iterable[str]) -> str:
    unique, copy = name, 1
    while unique in taken:
        copy += 1
        unique = f"{name} ({copy})"
    return unique
