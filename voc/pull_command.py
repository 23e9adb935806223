"""What `voc pull` does: finds the source in the pipeline file, and has the vendor's lists fetched into its folder."""

import importlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType
from typing import Any

from voc import config
from voc.errors import VocError, did_you_mean

VENDORS = ("freshdesk", "intercom", "salesforce", "zendesk")
_EXAMPLE = "pull: {subdomain: acme, user: me@acme.com, token_from: ZENDESK_TOKEN, since: 2026-01-01}"
_SIGNS = "*?["


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One list as the progress shows it."""

    name: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A list that is fetched, as the progress shows it."""

    rows_out: dict[str, int]
    notes: dict[str, int]
    seconds: float


def pull(
    name: str,
    pipeline: Path | None,
    *,
    is_full: bool,
    watch: Callable[[Step, int, int], Callable[[int, int], None]],
    done: Callable[[StepDone], None],
    say: Callable[[str], None],
) -> Iterator[str]:
    """Fetch what the source `name` pulls; yields lines for people, the last one with the next step.

    Raises VocError for a source, setting or variable that is missing or wrong, and for whatever stops the fetching;
    pages stored before stay.
    """
    path = pipeline or only_pipeline(Path())
    number, block = _source(path, config.load_pipeline(path), name)
    vendor = vendor_of(block.kind, path)
    options = checked(config.read_yaml(path), path, number, vendor)
    endpoints = vendor.endpoints(options)
    folder = folder_of(block, path.resolve().parent, [endpoint.name for endpoint in endpoints])
    service = vendor.service(options, _token(options.token_from, block.kind))

    from voc.pull import engine

    found = engine.pull(
        service, endpoints, folder, since=options.since_seconds, is_full=is_full, say=say,
        begin=lambda endpoint, position, total: watch(Step(name=endpoint.name, says=f"from {service.host}"), position, total),
    )  # fmt: skip
    for one in found:
        notes = {"gone_meanwhile": one.gone} if one.gone else {}
        done(StepDone(rows_out={"pages": one.pages, "objects": one.items}, notes=notes, seconds=one.seconds))
        pages = "1 page" if one.pages == 1 else f"{one.pages:,} pages"
        yield f"{one.name}: {one.items:,} new or changed in {pages}" if one.pages else f"{one.name}: nothing new"
    yield f"Stored in {block.path.rpartition('/')[0]}/. Next: voc run {path}"


def check(pipeline: config.Pipeline, raw: Any, path: Path) -> None:
    """Raise VocError for the first `pull` block that its vendor does not know so."""
    for number, block in enumerate(pipeline.sources):
        if block.pull is not None:
            vendor = vendor_of(block.kind, path)
            options = checked(raw, path, number, vendor)
            folder_of(block, path.resolve().parent, [endpoint.name for endpoint in vendor.endpoints(options)])


def only_pipeline(folder: Path) -> Path:
    """The pipeline file of a folder that has one. Raises VocError for none and for several."""
    found = []
    for path in sorted((*folder.glob("*.yml"), *folder.glob("*.yaml"))):
        try:
            data = config.read_yaml(path)
        except VocError:  # some other YAML file
            continue
        if isinstance(data, dict) and {"sources", "database"} <= set(data):
            found.append(path)
    if len(found) != 1:
        here = f"Here are: {', '.join(map(str, found))}." if found else "There is none in this folder."
        raise VocError("Which pipeline file?", f"{here} Name it: --pipeline FILE.")
    return found[0]


def vendor_of(kind: str, path: Path) -> ModuleType:
    """The module that says how a vendor is pulled. Raises VocError for a kind that has no such module."""
    plain = kind.replace("-", "_")
    if plain not in VENDORS:
        raise VocError(
            f"{path}: a source of the kind '{kind}' cannot be pulled.",
            f"Its files have to be exported. Pulled are: {', '.join(VENDORS)}.",
        )
    return importlib.import_module(f"voc.pull.{plain}")


def checked(raw: Any, path: Path, number: int, vendor: ModuleType) -> Any:
    """The checked keys of the `pull` block of a source. Raises VocError with file, line and key of what is wrong."""
    return config.validate(vendor.Options, raw, path, within=("sources", number, "pull"))


def folder_of(block: config.SourceBlock, root: Path, lists: Iterable[str]) -> Path:
    """The folder pages go to: the one that `path` names, which has to read every page of every list.

    Raises VocError for a path that would read no pages, or whose folder is not the source's own.
    """
    outer, _, last = block.path.rpartition("/")
    reads_all = all(fnmatch(f"{name}-{number}.json", last) for name in lists for number in ("000001", "123456"))
    if not reads_all or "**" in last or any(sign in outer for sign in _SIGNS):
        raise VocError(
            f"The source '{block.name or block.kind}' is pulled, and its path '{block.path}' would not read the pages.",
            f"Let path name a folder and all files in it, such as: path: raw/{block.kind}/*",
        )
    folder = (root / outer).resolve()
    if folder == root or folder in root.parents:
        raise VocError(
            f"The source '{block.name or block.kind}' is pulled into the folder of the pipeline file itself.",
            f"Give it a folder of its own, such as: path: raw/{block.kind}/*",
        )
    return folder


def _source(path: Path, pipeline: config.Pipeline, name: str) -> tuple[int, config.SourceBlock]:
    """Number and block of a source by its name, else by its kind when only one has it."""
    blocks = list(enumerate(pipeline.sources))
    named = [found for found in blocks if name == (found[1].name or found[1].kind)]
    named = named or [found for found in blocks if name.replace("-", "_") == found[1].kind.replace("-", "_")]
    if not named:
        raise VocError(f"{path} has no source called '{name}'.", did_you_mean(name, pipeline.source_names))
    if len(named) > 1:
        names = ", ".join(block.name or block.kind for _, block in named)
        raise VocError(f"{path} has {len(named)} sources of the kind '{name}'.", f"Name one: {names}.")
    number, block = named[0]
    if block.pull is None:
        vendor_of(block.kind, path)
        raise VocError(
            f"{path}: the source '{name}' does not say what to pull.", f"Give it a block such as: {_EXAMPLE}"
        )
    return number, block


def _token(variable: str, kind: str) -> str:
    """The token. Raises VocError, which never shows it, when the variable is not set or holds what no header can."""
    token = os.environ.get(variable, "").strip()
    if not token:
        raise VocError(
            f"The environment variable {variable} is not set, and token_from takes the token of {kind} from it.",
            f"Set it in your shell: export {variable}=... (docs/sources.md, Pulling from the API, says how to make one).",
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise VocError(
            f"The environment variable {variable} holds no token: letters, digits and signs only.",
            "Copy the token again.",
        )
    return token
