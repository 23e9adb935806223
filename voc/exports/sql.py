"""Export: every table into a DuckDB file, or into Postgres and other databases, for Looker, Power BI and dbt."""

from typing import TYPE_CHECKING

from voc.schema import column, table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from voc.exports._material import Material
    from voc.schema import Column, Table

DESCRIPTION = "Every table into a DuckDB file, or by SQLAlchemy into Postgres and others (-o postgresql+psycopg://...)"
TARGET = "database"
OPTIONS = ("tables", "texts")
SCHEMA = "voc"  # where the database knows schemas; elsewhere the tables' names begin with it
PREFIX = "voc_"
NO_SCHEMAS = ("sqlite", "mysql", "mariadb", "oracle")
ROWS_AT_ONCE = 5_000
_DUCKDB = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
           "datetime": "TIMESTAMPTZ"}  # fmt: skip


@table("export_basis", kind="report", grain="thing the tables rest on: run, period, currency, cautions")
class ExportBasis:
    position: int = column("Order", key=True, low=1)
    name: str = column("What it is: run_id, period_from, currency, caution ...")
    value: str | None = column("What it says")


def write(material: "Material", target: str) -> list[str]:
    """Write the tables, replacing those an earlier export left there; all of them or none.

    `target`: a file name (DuckDB), or the URL of a database with its driver. Raises VocError where the library or the
    driver is missing, and for what the database itself says. A password in the URL is never shown.
    """
    from voc.exports._material import chosen, exported

    tables = [ExportBasis, *(exported(declared) for declared in chosen(material))]
    if "://" in target and not target.startswith("duckdb:///"):
        return _to_server(material, tables, target)
    return _to_duckdb(material, tables, target.removeprefix("duckdb:///"))


# ---------------------------------------------------------------- DuckDB


def _to_duckdb(material: "Material", tables: "list[Table]", target: str) -> list[str]:
    """A new file beside the target, which takes its name when it is whole."""
    from pathlib import Path

    from voc.errors import VocError
    from voc.exports._place import placed
    from voc.reports import _words as w

    duckdb = _imported("duckdb", "A DuckDB file")
    if Path(target).exists() and not _is_duckdb(Path(target)):
        raise VocError(f"{target} is not a DuckDB file.", "Name another file; nothing was written.")
    said = []
    with placed(Path(target), is_folder=False) as path:
        connection = duckdb.connect(str(path))
        try:
            connection.execute("BEGIN")
            connection.execute(f"CREATE SCHEMA {SCHEMA}")
            for declared in tables:
                count = _fill(connection, declared, _frame(material, declared), said_of(declared, material))
                said.append(f"  {SCHEMA}.{declared.name}: {w.plural(count, 'row')}")
            connection.execute("COMMIT")
        except duckdb.Error as error:
            raise VocError(f"DuckDB cannot write {target}: {_first_line(error)}", "Nothing was written.") from error
        finally:
            connection.close()
    return [*said, f"Wrote {target}", *material.basis.lines]


def _is_duckdb(path: "Path") -> bool:
    with path.open("rb") as handle:
        head = handle.read(12)
    return head[8:] == b"DUCK" or not head


def _fill(connection, declared: "Table", frame: "pd.DataFrame", says: str) -> int:
    """Create a table with its comments and fill it; returns its rows."""
    from voc.exports._arrow import arrow_table
    from voc.exports._package import field_type

    name = f"{SCHEMA}.{_quoted(declared.name)}"
    columns = ", ".join(
        f"{_quoted(c.name)} {_DUCKDB[field_type(c)]}{'' if c.is_nullable else ' NOT NULL'}" for c in declared.columns
    )
    connection.execute(f"CREATE TABLE {name} ({columns})")
    connection.execute(f"COMMENT ON TABLE {name} IS {_literal(says)}")
    for c in declared.columns:
        connection.execute(f"COMMENT ON COLUMN {name}.{_quoted(c.name)} IS {_literal(meaning(c))}")
    connection.register("rows_to_write", arrow_table(declared, frame))
    connection.execute(f"INSERT INTO {name} SELECT * FROM rows_to_write")
    connection.unregister("rows_to_write")
    return len(frame)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# ---------------------------------------------------------------- a server


def _to_server(material: "Material", tables: "list[Table]", target: str) -> list[str]:
    """Into a database by SQLAlchemy, in one transaction."""
    from voc.errors import VocError
    from voc.reports import _words as w

    sa = _imported("sqlalchemy", "A database URL")
    try:
        url = sa.make_url(target)
        engine = sa.create_engine(url)
    except sa.exc.ArgumentError as error:
        raise VocError(f"The database URL cannot be read: {_first_line(error)}", "Write it as postgresql+psycopg://USER@HOST/DATABASE.") from error
    except ImportError as error:
        raise VocError(f"The driver of {url.drivername} is not installed: {error.name}.", f"pip install {error.name}") from error
    shown = url.render_as_string(hide_password=True)
    said = []
    try:
        with engine.begin() as connection:
            made = server_tables(sa, tables, engine.dialect.name, material)
            if made[0].schema:
                connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
            for declared, table in zip(tables, made, strict=True):
                table.drop(connection, checkfirst=True)
                table.create(connection)
                count = _insert(connection, table, declared, _frame(material, declared))
                said.append(f"  {table.fullname}: {w.plural(count, 'row')}")
    except sa.exc.SQLAlchemyError as error:
        why = _first_line(getattr(error, "orig", None) or error)
        raise VocError(f"{shown} cannot be written: {why}", "Nothing was written.") from error
    finally:
        engine.dispose()
    return [*said, f"Wrote {shown}", *material.basis.lines]


def server_tables(sa, tables: "list[Table]", dialect: str, material: "Material") -> list:
    """Tables for SQLAlchemy with types, keys and comments; in a schema of their own where there are schemas."""
    from voc.exports._package import field_type

    kinds = {
        "string": sa.Text, "integer": sa.BigInteger, "number": sa.Double, "boolean": sa.Boolean, "date": sa.Date,
        "datetime": lambda: sa.DateTime(timezone=True),
    }  # fmt: skip
    has_schemas = dialect not in NO_SCHEMAS
    metadata = sa.MetaData(schema=SCHEMA if has_schemas else None)
    return [
        sa.Table(
            declared.name if has_schemas else PREFIX + declared.name, metadata,
            *(sa.Column(c.name, kinds[field_type(c)](), nullable=c.is_nullable, comment=meaning(c)) for c in declared.columns),
            comment=said_of(declared, material),
        )
        for declared in tables
    ]  # fmt: skip


def _insert(connection, table, declared: "Table", frame: "pd.DataFrame") -> int:
    from voc.exports._arrow import plain_rows

    rows = plain_rows(declared, frame)
    while batch := [row for _, row in zip(range(ROWS_AT_ONCE), rows, strict=False)]:
        connection.execute(table.insert(), batch)
    return len(frame)


# ---------------------------------------------------------------- both


def _frame(material: "Material", declared: "Table") -> "pd.DataFrame":
    """Rows of a table; those of the basis come from the material itself."""
    if declared is not ExportBasis:
        return material.read(declared.name)
    told = material.basis.document()
    pairs = [(name, value) for name, value in told.items() if name != "cautions"]
    pairs += [("caution", value) for value in told["cautions"]]
    return ExportBasis.frame({"position": n, "name": k, "value": v} for n, (k, v) in enumerate(pairs, start=1))


def meaning(c: "Column") -> str:
    """What a column means, with its unit."""
    return f"{c.description} [{c.unit}]" if c.unit else c.description


def said_of(declared: "Table", material: "Material") -> str:
    """What a table holds, and the run it comes from."""
    return " ".join([declared.description, *material.basis.lines])


def _imported(name: str, what: str):
    from importlib import import_module

    from voc.errors import VocError

    try:
        return import_module(name)
    except ImportError as error:
        raise VocError(f"{what} needs the package {name}.", f"pip install {name}, or export --as csv.") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].removesuffix(".") + "."
