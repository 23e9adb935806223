"""Where an export is put: beside its place first, and there in one step when everything is written."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voc.errors import VocError
from voc.exports._package import DICTIONARY


@contextmanager
def placed(target: Path, *, is_folder: bool) -> Iterator[Path]:
    """A place beside the target to write to; it takes the target's name when everything is written.

    A reader never meets a half-written export, and a failed one leaves the one before. Raises VocError for a folder
    that holds other things than an export, and a place that cannot be written to.
    """
    _refuse_strange(target, is_folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except (FileExistsError, NotADirectoryError) as error:
        raise VocError(f"{target.parent} is no folder, so nothing can be put there.", "Name another place.") from error
    except OSError as error:
        raise VocError(f"{target} cannot be written: {error.strerror}.", "Check the path and its permissions.") from error
    try:
        made = work / target.name
        if is_folder:
            made.mkdir()
        try:
            yield made
            _swap(made, target, work / "before")
        except OSError as error:
            raise VocError(f"{target} cannot be written: {error.strerror}.", "Check the disk and its permissions.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _swap(made: Path, target: Path, aside: Path) -> None:
    if target.is_dir():  # a folder that is not empty cannot be replaced in one step
        target.rename(aside)
    os.replace(made, target)


def _refuse_strange(target: Path, is_folder: bool) -> None:
    if is_folder and target.exists() and not target.is_dir():
        raise VocError(f"{target} is a file; this export is a folder.", "Name another folder.")
    if not is_folder and target.is_dir():
        raise VocError(f"{target} is a folder; this export is a file.", "Name a file in it.")
    if is_folder and target.is_dir() and any(target.iterdir()) and not (target / DICTIONARY).exists():
        raise VocError(
            f"{target} holds files that are not an export of voc.", "Name an empty or a new folder; nothing was written.")  # fmt: skip
