"""Language files and their grammar: [a|b] is a choice, {slot} a detail, "case> line" a line for one case."""

import random
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from voc.errors import VocError

AREAS = ("access", "billing", "data", "product")
FOREIGN = {"de": "german", "es": "spanish", "fr": "french"}
_TAG = re.compile(r"^([a-z][\w,-]*)> ")
_CHOICE = re.compile(r"\[([^\[\]|]*\|[^\[\]]*)\]")
_A_VOWEL = re.compile(r"(^|\s)a (?=i[PO]|[AEIO][a-z]|error|unexpected)")
_SLOT = re.compile(r"\{(\w+)\}")


@cache
def load(name: str) -> dict:
    """A language file with each text block split into its lines."""
    text = resources.files("voc.sample").joinpath("language", f"{name}.toml").read_text(encoding="utf-8")
    return _split(tomllib.loads(text))


@cache
def reasons() -> dict[str, dict]:
    """Fragments of every reason of all areas; sub-tables are its cases."""
    return {reason: block for area in AREAS for reason, block in load(area).items()}


@cache
def cases(reason: str) -> tuple[str, ...]:
    """The cases of a reason: variants whose problem and attempts belong together."""
    return tuple(name for name, block in reasons()[reason].items() if isinstance(block, dict))


@cache
def pool(reason: str, case: str, kind: str) -> tuple[str, ...]:
    """The lines of a kind that fit a case: its own, and those of the reason without a tag or tagged with the case."""
    block = reasons()[reason]
    if kind in block[case]:
        return block[case][kind]
    fitting = []
    for line in block[kind]:
        tag = _TAG.match(line)
        if not tag or case in tag[1].split(","):
            fitting.append(line[tag.end() :] if tag else line)
    return tuple(fitting)


def _split(node: dict | str):
    if isinstance(node, dict):
        return {key: _split(value) for key, value in node.items()}
    return tuple(line.strip() for line in node.strip().splitlines() if line.strip())


def expand(fragment: str, rng: random.Random, slots: Mapping[str, str]) -> str:
    """Choose among alternatives, innermost first, then fill the slots. A capital slot name capitalises its value."""
    while True:
        chosen = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), fragment)
        if chosen == fragment:
            break
        fragment = chosen
    filled = _SLOT.sub(lambda match: _fill(match[1], slots), fragment)
    return " ".join(_A_VOWEL.sub(r"\1an ", filled).split())


def _fill(name: str, slots: Mapping[str, str]) -> str:
    if name in slots:
        return slots[name]
    lower = name[0].lower() + name[1:]
    if lower in slots:
        return capital(slots[lower])
    raise VocError(f"The sample's language files use the unknown slot '{{{name}}}'.", "Correct its name.")


def capital(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]
