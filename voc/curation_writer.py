"""Write curation files: add an edit or take one out without touching any other byte."""

import os
import shutil
import typing
from dataclasses import replace
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode

from voc.curation import Curation, Edit, Merge, SplitPart, load_curation
from voc.errors import VocError

HEADER = """\
# What people changed about the topics. Every run applies these edits, in this order.
# `voc topics rename`, `merge`, `split` ... write here; lines can be changed by hand too (`voc topics --help`).
edits:
"""


def plain(edit: Edit) -> dict[str, typing.Any]:
    """An edit as the file holds it: its own keys first, then who, when and why."""
    names = [name for name in type(edit).model_fields if name not in Edit.model_fields] + [*Edit.model_fields]
    return {name: _plain_value(value) for name in names if (value := getattr(edit, name)) not in (None, ())}


def _plain_value(value: typing.Any) -> typing.Any:
    if isinstance(value, tuple):
        return [_plain_value(item) for item in value]
    if isinstance(value, SplitPart):
        return {name: _plain_value(v) for name in type(value).model_fields if (v := getattr(value, name)) != ()}
    return value


def as_yaml(edit: Edit) -> str:
    """An edit as it stands in a file, without indentation: "- rename: ..."."""
    content = plain(edit)
    if isinstance(edit, Merge):
        content["merge"] = CommentedSeq(content["merge"])
        content["merge"].fa.set_flow_style()
    yaml = YAML()
    yaml.width = 1_000_000  # a name is never broken over lines
    out = StringIO()
    yaml.dump([content], out)
    return out.getvalue()


def append(path: Path, edit: Edit) -> Curation:
    """Add an edit at the end of a file, making the file where there is none. Every byte before it stays.

    Raises VocError for a faulty file, and for one whose layout leaves no safe place for the edit.
    """
    if not path.exists():
        return _replace(path, HEADER + _indented(as_yaml(edit), 2, "\n"), (edit,))
    before = load_curation(path)
    text = _read(path)
    found = _edits_node(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = 2
    if isinstance(found, SequenceNode) and found.value:
        indent = found.start_mark.column
    elif isinstance(found, SequenceNode):  # edits: []
        text = text[: found.start_mark.index].rstrip(" ") + text[found.end_mark.index :]
    text += "" if text.endswith(("\n", "\r")) else newline
    return _replace(path, text + _indented(as_yaml(edit), indent, newline), (*before.edits, edit))


def remove(path: Path, number: int) -> tuple[Edit, Curation]:
    """Take edit `number` (from 0) out of a file: (the edit, what is left). Comments outside of the edit stay.

    Raises VocError for a faulty file, and for one whose layout leaves no safe way to cut the edit out.
    """
    before = load_curation(path)
    text = _read(path)
    found = _edits_node(text)
    if not isinstance(found, SequenceNode) or found.flow_style:
        raise _no_place(path)
    start = _dash(text, found.start_mark.column, found.value[number].start_mark.index)
    end = max(_ends(found.value[number]))
    if text[end - 1] not in "\r\n":
        end = next((i + 1 for i in range(end, len(text)) if text[i] == "\n"), len(text))
    left = before.edits[:number] + before.edits[number + 1 :]
    return before.edits[number], _replace(path, text[:start] + text[end:], left)


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")  # keeps the ends of lines and a byte order mark as they are


def _edits_node(text: str) -> Node | None:
    """Where the value of `edits` stands; marks count characters of `text`."""
    root = YAML().compose(text)
    pairs = root.value if isinstance(root, MappingNode) else []
    return next((value for key, value in pairs if key.value == "edits"), None)


def _dash(text: str, column: int, before: int) -> int:
    """Beginning of the line on which the entry's dash stands."""
    start = text.rfind("\n", 0, before) + 1
    while start and text[start + column : start + column + 1] != "-":
        start = text.rfind("\n", 0, start - 1) + 1
    return start


def _ends(node: Node) -> typing.Iterator[int]:
    """Where the scalars and bracketed lists of a node end. A block's own mark lies behind the comments after it."""
    if not isinstance(node, CollectionNode):
        if node.value or node.style:  # the mark of an empty value lies at the next entry
            yield node.end_mark.index
        return
    if node.flow_style:
        yield node.end_mark.index
        return
    for item in node.value:
        for inner in item if isinstance(item, tuple) else (item,):
            yield from _ends(inner)


def _indented(text: str, indent: int, newline: str) -> str:
    return "".join(" " * indent + line + newline for line in text.splitlines())


def _replace(path: Path, text: str, edits: tuple[Edit, ...]) -> Curation:
    """Write a file at once, after reading from it that it holds exactly `edits`."""
    target = path.resolve()  # a link stays a link
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(text.encode("utf-8"))
        if target.exists():
            shutil.copymode(target, draft)
        found = _content(draft)
        if found is None or found.edits != edits:
            raise _no_place(path)
        os.replace(draft, target)
        return replace(found, file=path.name)
    except OSError as error:
        raise VocError(f"{path} cannot be written: {error.strerror}.", "Check the path and its permissions.") from error
    finally:
        draft.unlink(missing_ok=True)


def _content(path: Path) -> Curation | None:
    try:
        return load_curation(path)
    except (VocError, YAMLError):
        return None


def _no_place(path: Path) -> VocError:
    return VocError(
        f"{path} is laid out so that a command cannot change it safely.",
        "Begin every edit on a line of its own with '- ' and end the file after the last one, or change it by hand.",
    )
