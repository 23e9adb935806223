"""Export: every table as tidy CSV with a data dictionary, for Tableau, R, pandas and whoever counts on."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from voc.exports._material import Material

DESCRIPTION = "A folder of tidy CSV files, one a table, with a Frictionless data dictionary (datapackage.json)"
TARGET = "folder"
OPTIONS = ("tables", "texts")


def write(material: "Material", path: "Path") -> list[str]:
    """Write the folder's files."""
    from voc.exports._material import chosen, exported
    from voc.exports._package import write_tables

    tables = [exported(declared) for declared in chosen(material)]
    return write_tables(path, tables, material.read, material.basis, title="Tables of voc")
