"""A declaration gives DDL, a frame check, Datasette's metadata, docs and a JSON Schema."""

import pandas as pd
import pytest

from voc.errors import VocError
from voc.schema import column, datasette_table, markdown, table


@table("visits", kind="report", grain="visit", label="name", facets=("kind",), sort="-minutes", cautions=("Made up.",))
class Visit:
    visit_id: str = column("Identifier", key=True)
    name: str | None = column("Who came", ref="people.name")
    minutes: float = column("How long", unit="minutes", low=0)
    count: int | None = column("How many", low=1, high=9)
    is_new: bool = column("First visit")
    kind: str = column("Kind", choices=("a", "b"))


GOOD = {"visit_id": "v1", "name": None, "minutes": 2.5, "count": None, "is_new": True, "kind": "a"}


def test_ddl_holds_types_checks_keys_and_references():
    assert Visit.ddl() == (
        'CREATE TABLE "visits" (\n'
        '  "visit_id" TEXT NOT NULL,\n'
        '  "name" TEXT,\n'
        '  "minutes" REAL NOT NULL CHECK ("minutes" >= 0),\n'
        '  "count" INTEGER CHECK ("count" >= 1) CHECK ("count" <= 9),\n'
        '  "is_new" INTEGER NOT NULL CHECK ("is_new" IN (0, 1)),\n'
        "  \"kind\" TEXT NOT NULL CHECK (\"kind\" IN ('a', 'b')),\n"
        '  PRIMARY KEY ("visit_id"),\n'
        '  FOREIGN KEY ("name") REFERENCES "people" ("name") DEFERRABLE INITIALLY DEFERRED\n'
        ") STRICT"
    )


def test_a_frame_is_sorted_by_key_and_typed():
    frame = Visit.frame([GOOD | {"visit_id": "v2", "count": 3}, GOOD])
    assert list(frame["visit_id"]) == ["v1", "v2"]
    assert {n: str(t) for n, t in frame.dtypes.items()} == {
        "visit_id": "str", "name": "str", "minutes": "float64", "count": "Int64", "is_new": "bool", "kind": "str",
    }  # fmt: skip


def test_an_empty_frame_has_the_columns():
    assert list(Visit.frame([]).columns) == Visit.names
    assert Visit.check(Visit.empty()).empty


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"minutes": -1}, "Table visits, column minutes: -1.0 is below 0."),
        ({"count": 10}, "Table visits, column count: 10 is above 9."),
        ({"kind": "c"}, "Table visits, column kind: 'c' is none of a, b."),
        ({"minutes": None}, "Table visits, column minutes: 1 of 1 rows are empty, and it must be filled."),
        ({"minutes": "soon"}, "Table visits, column minutes: cannot be read as float"),
    ],
)
def test_a_wrong_value_is_refused_by_name(change, says):
    with pytest.raises(VocError) as error:
        Visit.frame([GOOD | change])
    assert error.value.what.startswith(says)


def test_a_repeated_key_is_refused():
    with pytest.raises(VocError) as error:
        Visit.frame([GOOD, GOOD])
    assert error.value.what == "Table visits: 1 rows repeat a key, the first is visit_id='v1'."


def test_missing_and_unknown_columns_are_named():
    frame = pd.DataFrame([{**GOOD, "extra": 1}]).drop(columns="kind")
    with pytest.raises(VocError) as error:
        Visit.check(frame)
    assert error.value.what == "Table visits: missing columns ['kind'], unknown columns ['extra']."


def test_datasette_block():
    assert datasette_table(Visit) == {
        "title": "Visits", "description": "One row for visit. Made up.",
        "columns": {
            "visit_id": "Identifier", "name": "Who came", "minutes": "How long [minutes]", "count": "How many",
            "is_new": "First visit", "kind": "Kind",
        },
        "facets": ["kind"], "sort_desc": "minutes", "label_column": "name",
    }  # fmt: skip


def test_json_schema_and_docs_name_every_column():
    schema = Visit.json_schema()
    assert list(schema["properties"]) == Visit.names
    assert schema["properties"]["count"] == {
        "type": ["integer", "null"], "description": "How many", "minimum": 1, "maximum": 9,
    }  # fmt: skip
    assert schema["required"] == ["visit_id", "minutes", "is_new", "kind"]
    assert "| `minutes` | number | minutes | How long |" in markdown(Visit)
