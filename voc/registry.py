"""Plug-ins by kind and name: our own files and other packages' entry points come through the same door.

A plug-in is a module. Ours are the files of voc/sources, voc/embedders, voc/cost_models, voc/namers, voc/reports
and voc/exports whose name does not begin with an underscore; another package offers one through an entry point in the
group "voc.<kind>":

    [project.entry-points."voc.sources"]
    gorgias = "my_package.gorgias"
"""

import importlib
import pkgutil
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from voc.errors import VocError, did_you_mean

# What each kind of plug-in must offer; the contract tests go through this list.
CONTRACTS = {
    "sources": ("DESCRIPTION", "Options", "sniff", "read"),
    "embedders": ("DESCRIPTION", "model_id", "embed"),
    "cost_models": ("DESCRIPTION", "Parameters", "price"),
    "namers": ("DESCRIPTION", "name"),
    "reports": ("DESCRIPTION", "TABLE", "READS", "compute", "section"),
    "exports": ("DESCRIPTION", "TARGET", "OPTIONS", "write"),
}


def names(kind: str) -> list[str]:
    """Names of the plug-ins of a kind, ours and others', sorted."""
    return sorted(_paths(kind))


def get(kind: str, name: str) -> ModuleType:
    """Import a plug-in. Dashes and underscores are the same.

    Raises VocError for an unknown name (with a suggestion) and for a plug-in that breaks its contract.
    """
    paths = _paths(kind)
    wanted = name.replace("-", "_")
    if wanted not in paths:
        raise VocError(f"No {_singular(kind)} called '{name}'.", did_you_mean(wanted, paths))
    module = importlib.import_module(paths[wanted])
    missing = [attribute for attribute in CONTRACTS[kind] if not hasattr(module, attribute)]
    if missing:
        raise VocError(f"The {_singular(kind)} '{name}' ({paths[wanted]}) lacks {', '.join(missing)}.")
    return module


def load_all(kind: str) -> dict[str, ModuleType]:
    """Every plug-in of a kind by name."""
    return {name: get(kind, name) for name in names(kind)}


def _paths(kind: str) -> dict[str, str]:
    package = importlib.import_module(f"voc.{kind}")
    own = {m.name: f"voc.{kind}.{m.name}" for m in pkgutil.iter_modules(package.__path__) if m.name[0] != "_"}
    others = {_plain(point): point.value for point in entry_points(group=f"voc.{kind}")}
    return {**others, **own}


def _plain(point: EntryPoint) -> str:
    return point.name.replace("-", "_")


def _singular(kind: str) -> str:
    return kind.removesuffix("s").replace("_", " ")
