"""Where the starter files are: inside the installed package, or at the top of a checkout."""

from pathlib import Path

from voc.errors import VocError, did_you_mean

_PACKAGED = Path(__file__).parent / "starter_files"
_CHECKOUT = Path(__file__).parent.parent


def starter_folder(kind: str) -> Path:
    """Folder of the starter files of a kind: "taxonomies" or "pipelines"."""
    packaged = _PACKAGED / kind
    return packaged if packaged.is_dir() else _CHECKOUT / kind


def starter_names(kind: str) -> list[str]:
    """Names of the starter files of a kind, without their ending."""
    return sorted(path.stem for path in starter_folder(kind).glob("*.yml"))


def find(kind: str, wanted: str, base: Path) -> Path:
    """Path of a file named in a pipeline: a path relative to `base`, or the name of a starter.

    Raises VocError with a suggestion when there is neither.
    """
    if wanted.endswith((".yml", ".yaml")):
        path = base / wanted
        if path.is_file():
            return path
        raise VocError(f"{path} does not exist.", f"The pipeline file names it under '{kind}'.")
    packaged = starter_folder(kind) / f"{wanted}.yml"
    if packaged.is_file():
        return packaged
    raise VocError(f"No starter called '{wanted}' in {kind}.", did_you_mean(wanted, starter_names(kind)))


def title(kind: str, name: str) -> str:
    """One line about a starter file: its `title`, else the comment it opens with."""
    for line in (starter_folder(kind) / f"{name}.yml").read_text(encoding="utf-8").splitlines():
        if line.startswith("title:"):
            return line.removeprefix("title:").strip()
        if line.startswith("# "):
            return line.removeprefix("# ").strip()
    return ""
