"""Export: every table as Parquet with a data dictionary; types, units and meaning stand in the files too."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from voc.exports._material import Material
    from voc.schema import Table

DESCRIPTION = "A folder of Parquet files, one a table, with types, units and a Frictionless data dictionary"
TARGET = "folder"
OPTIONS = ("tables", "texts")


def write(material: "Material", path: "Path") -> list[str]:
    """Write the folder's files. Raises VocError where pyarrow is not installed."""
    from voc.exports._arrow import arrow_table
    from voc.exports._material import chosen, exported
    from voc.exports._package import write_files

    parquet = _pyarrow()

    def write_table(file: "Path", declared: "Table", frame: "pd.DataFrame") -> None:
        parquet.write_table(arrow_table(declared, frame), file, compression="zstd")

    tables = [exported(declared) for declared in chosen(material)]
    return write_files(
        path, tables, material.read, material.basis, title="Tables of voc", suffix=".parquet", write=write_table
    )


def _pyarrow():
    from voc.errors import VocError

    try:
        import pyarrow.parquet
    except ImportError as error:
        raise VocError("Parquet needs the package pyarrow.", "pip install pyarrow, or export --as csv.") from error
    return pyarrow.parquet
