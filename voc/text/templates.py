"""Find boilerplate that nobody wrote for the occasion: long texts, and blocks of texts, that come from many people."""

import hashlib
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from voc.text.marks import bare
from voc.text.near import near_groups

Rule = Literal["repeated_text", "repeated_block", "form_label"]

LONG_TEXT = 20  # words; shorter texts stay whoever sends them: many people who say the same are what topics are for
LONG_BLOCK = 12  # words of a line or sentence that people do not hit upon independently
BLOCK_SHARE = 0.002  # of all texts: fewer people than this share a long block by pasting the same error message ...
MOST_NEEDED = 50  # ... but no more people than these are asked for, however many texts there are
SHORT_BLOCK = 5  # words; shorter lines are never cut: many people greet, thank and ask in the same few words
COMMON_SHARE = 0.05  # of a source's texts: from here on a short line or a label of a form is boilerplate
MOSTLY_WHOLE = 0.1  # share of a block's places at which it is all that was said: then it is people's own wording
# Share of the different blocks of 5 to 19 words that two people used: 0.2 to 3% in real texts, a quarter in made-up ones
FORMULAIC = 0.1
FEW_SHARED, FEW_SHARED_SHARE = 20, 0.3  # up to so many shared blocks, a source may have that share of them
MOST_CUT = 0.5  # share of a source's texts: where more would go whole, people choose among presets there, and all stay

_TEXT, _PARAGRAPH, _LINE, _SENTENCE, _LABEL = range(5)  # from the largest unit to the smallest
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_LINES = re.compile(r"\n\s*")
_SENTENCES = re.compile(r"(?<=[.!?])[ \t]+")
_LABEL_START = re.compile(r"[ \t*•-]*([^\W\d_][^\n:?!.]{0,38}[^\W_]\*{0,2}:)(?=\s|$)")
_NUMBER = re.compile(r"\d+")
_NO_SIGNS = str.maketrans(dict.fromkeys("!\"#$%&()*+,-./:;<=>?@[\\]^_{|}~", " "))
_MOST_WORDS = 3000  # of a text compared with others; what stands beyond decides nothing
_REACH = 50_000  # characters of a text in which blocks are looked for


class Place(NamedTuple):
    """Characters `start` to `end` of a text, which are (an instance of) the template of that number."""

    start: int
    end: int
    template: int


@dataclass(frozen=True, slots=True)
class Template:
    """One piece of boilerplate: its lasting id, by which rule it was found, and how it mostly reads."""

    template_id: str
    rule: Rule
    example: str


@dataclass(frozen=True, slots=True)
class Templates:
    """All templates of a collection; the places of them in each text, in order and without overlap; sources left alone."""

    templates: tuple[Template, ...]
    places: list[tuple[Place, ...]]
    preset_sources: tuple[str, ...]


def normal_form(text: str) -> str:
    """Words of a text in lower case without punctuation, one blank between them; every number reads 0."""
    return _NUMBER.sub("0", " ".join(bare(text).lower().translate(_NO_SIGNS).split()))


def find_templates(
    texts: Sequence[str], people: Sequence[str], sources: Sequence[str], *,
    min_customers: int = 5, similarity: float = 0.8,
) -> Templates:  # fmt: skip
    """Find what stands (nearly) word for word in the texts of many people; case, blanks and numbers do not matter.

    - Long: a whole text of at least 20 words that `min_customers` different people sent, or a block (paragraph, line or
      sentence) of as many words whose people are also a five-hundredth of all texts, or 50. Whole texts, paragraphs and
      lines need only resemble each other: Jaccard similarity of their three-word runs with the commonest wording of at
      least `similarity`.
    - Short: blocks of 12 to 19 words of as many people; blocks from 5 words on and labels of form fields
      ("Order number:") in a twentieth of a source's texts. Not where they are all that was said (many people who say
      the same short thing are what topics are for), and not in a source whose people share their sentences anyway.

    The larger unit wins. A source of whose texts more than half would go whole is left alone and named. `people`, `sources`:
    who wrote each text and where it came from. The order of the texts changes nothing.
    """
    units = _Units.of(texts)
    person, source = pd.factorize(np.asarray(people, dtype=object))[0], pd.factorize(np.asarray(sources, dtype=object))[0]
    needed = max(min_customers, min(int(BLOCK_SHARE * len(texts)), MOST_NEEDED))
    group_of = {
        **_long_templates(units, texts, person, (min_customers, needed), similarity),
        **_short_templates(units, person, source, (min_customers, needed)),
    }
    keys = np.array(sorted(group_of), dtype=np.uint64)
    chosen = np.flatnonzero(np.isin(units.key, keys))
    found = _largest_first(units, chosen, len(texts))
    presets = _preset_sources(found, texts, sources)
    found = [() if source in presets else places for places, source in zip(found, sources, strict=True)]
    return _numbered(found, units, texts, group_of, tuple(sorted(presets)))


# ---------------------------------------------------------------- units


@dataclass(frozen=True, slots=True)
class _Units:
    """All units of all texts as parallel arrays, in the order of the texts, larger ones first."""

    key: np.ndarray  # uint64, hash of the normal form
    text: np.ndarray  # number of the text
    level: np.ndarray
    words: np.ndarray
    start: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, texts: Sequence[str]) -> "_Units":
        columns = array("Q"), array("l"), array("b"), array("l"), array("l"), array("l")
        for number, text in enumerate(texts):
            for level, start, end in _units(text):
                normal = normal_form(text[start:end])
                count = normal.count(" ") + 1
                if level == _LABEL or count >= SHORT_BLOCK:
                    key = _hash(f":{normal}" if level == _LABEL else normal)
                    for column, value in zip(columns, (key, number, level, count, start, end), strict=True):
                        column.append(value)
        return cls(*(np.frombuffer(c, dtype=c.typecode) if len(c) else np.zeros(0, dtype=c.typecode) for c in columns))


def _hash(normal: str) -> int:
    return int.from_bytes(hashlib.blake2b(normal.encode("utf-8", "replace"), digest_size=8).digest())


def _units(text: str) -> Iterator[tuple[int, int, int]]:
    """(level, start, end) of a text and its parts; a part that is all of the larger one is not said twice."""
    yield from ((_TEXT, *place) for place in _parts(text, 0, len(text), None))
    paragraphs = list(_parts(text, 0, min(len(text), _REACH), _PARAGRAPHS))
    for paragraph in paragraphs:
        if len(paragraphs) > 1:
            yield _PARAGRAPH, *paragraph
        lines = list(_parts(text, *paragraph, _LINES))
        for line in lines:
            if len(lines) > 1:
                yield _LINE, *line
            if label := _LABEL_START.match(text, *line):
                yield _LABEL, label.start(1), label.end(1)
            sentences = list(_parts(text, *line, _SENTENCES))
            if len(sentences) > 1:
                yield from ((_SENTENCE, *sentence) for sentence in sentences)


def _parts(text: str, start: int, end: int, border: re.Pattern[str] | None) -> Iterator[tuple[int, int]]:
    """Places between borders, without blanks at their ends."""
    at = start
    for stop, following in [*(b.span() for b in border.finditer(text, start, end)), (end, end)] if border else [(end, end)]:
        piece = text[at:stop]
        if stripped := piece.strip():
            first = at + len(piece) - len(piece.lstrip())
            yield first, first + len(stripped)
        at = following


# ---------------------------------------------------------------- which units are templates


def _long_templates(units, texts, person, needed: tuple[int, int], similarity: float) -> dict[int, int]:
    """Key -> key of the group's commonest wording, for long units from enough people (of a whole text, of a block)."""
    places = np.flatnonzero((units.words >= LONG_TEXT) & (units.level != _LABEL))
    group = _groups(units, texts, places, similarity)
    people = person[units.text[places]]
    whole = units.level[places] == _TEXT
    senders, all_people = _people_of(group[whole], people[whole]), _people_of(group, people)
    enough = {*senders.index[senders >= needed[0]], *all_people.index[all_people >= needed[1]]}
    return {int(k): int(g) for k, g in zip(units.key[places], group, strict=True) if g in enough}


def _groups(units, texts: Sequence[str], places: np.ndarray, similarity: float) -> np.ndarray:
    """For each unit the key of the commonest wording it resembles; its own key where it resembles none."""
    resembling = places[units.level[places] != _SENTENCE]
    keys, first, counts = np.unique(units.key[resembling], return_index=True, return_counts=True)
    at = resembling[first]

    def read(numbers: np.ndarray) -> list[list[str]]:
        return [
            normal_form(texts[units.text[i]][units.start[i] : units.end[i]]).split(" ", _MOST_WORDS)[:_MOST_WORDS]
            for i in at[numbers]
        ]

    leaders = near_groups(read, counts, keys, similarity=similarity)
    group = units.key[places].copy()
    place = np.searchsorted(keys, group)
    known = (place < len(keys)) & (keys[np.minimum(place, len(keys) - 1)] == group) if len(keys) else np.zeros(len(group), bool)
    group[known] = keys[leaders[place[known]]]
    return group


def _people_of(groups: np.ndarray, people: np.ndarray) -> pd.Series:
    """Different people of each group."""
    return pd.DataFrame({"group": groups, "person": people}).drop_duplicates()["group"].value_counts()


def _short_templates(units, person, source, needed: tuple[int, int]) -> dict[int, int]:
    """Key -> itself, for short blocks and labels from enough people or in a large share of a source's texts."""
    places = np.flatnonzero((units.words < LONG_TEXT) | (units.level == _LABEL))
    rows = pd.DataFrame({
        "key": units.key[places], "text": units.text[places], "person": person[units.text[places]],
        "source": source[units.text[places]], "is_whole": units.level[places] == _TEXT,
        "is_label": units.level[places] == _LABEL, "words": units.words[places],
    }).drop_duplicates(["key", "text"])  # fmt: skip
    rows = rows[~rows["source"].isin(_formulaic(rows))]
    seen = rows.groupby("key", sort=False).agg(
        people=("person", "nunique"), whole=("is_whole", "mean"), words=("words", "first"), is_label=("is_label", "first"))  # fmt: skip
    seen = seen[(seen["people"] >= needed[0]) & (seen["whole"] <= MOSTLY_WHOLE)]
    share = rows[rows["key"].isin(seen.index)].groupby(["key", "source"], sort=False).size().reset_index(name="count")
    share["share"] = share["count"] / share["source"].map(pd.Series(source).value_counts())
    common = share.loc[share["share"] >= COMMON_SHARE, "key"]
    improbable = seen.index[(seen["words"] >= LONG_BLOCK) & (seen["people"] >= needed[1]) & ~seen["is_label"]]
    return {int(key): int(key) for key in {*common, *improbable}}


def _formulaic(rows: pd.DataFrame) -> set[int]:
    """Sources whose people share their sentences: the texts are put together from a stock of them."""
    said = rows[~rows["is_label"]].groupby(["source", "key"], sort=False)["person"].nunique()
    shared = (said > 1).groupby(level="source").agg(["sum", "size"])
    # a footer and a macro are a large share of few sentences: among few, more of them must be shared
    allowed = np.maximum(FORMULAIC * shared["size"], np.minimum(FEW_SHARED, FEW_SHARED_SHARE * shared["size"]))
    return set(shared.index[shared["sum"] > allowed])


# ---------------------------------------------------------------- where they stand


def _largest_first(units, chosen: np.ndarray, count: int) -> list[tuple[tuple[int, int, int], ...]]:
    """(start, end, number of the unit) of each text, in order; a unit inside a larger one that was taken is left."""
    found: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]
    for i in chosen[np.lexsort((units.start[chosen], units.level[chosen], units.text[chosen]))]:
        start, end = int(units.start[i]), int(units.end[i])
        taken = found[units.text[i]]
        if all(end <= a or b <= start for a, b, _ in taken):
            taken.append((start, end, int(i)))
    return [tuple(sorted(places)) for places in found]


def _preset_sources(found, texts: Sequence[str], sources: Sequence[str]) -> set[str]:
    """Sources of whose texts more than half would be cut whole."""
    is_whole = [_is_all(text, places) for text, places in zip(texts, found, strict=True)]
    share = pd.Series(is_whole, dtype=float).groupby(np.asarray(sources, dtype=object)).mean()
    return set(share.index[share > MOST_CUT])


def _is_all(text: str, places) -> bool:
    """Whether no word stands outside the places."""
    borders = [0, *(border for start, end, _ in places for border in (start, end)), len(text)]
    return bool(places) and not any(map(str.isalnum, "".join(text[a:b] for a, b in zip(borders[::2], borders[1::2], strict=True))))


def _numbered(found, units, texts, group_of: dict[int, int], presets: tuple[str, ...]) -> Templates:
    """Templates in the order of their ids, each with its commonest wording as example."""
    wordings: dict[int, dict[str, int]] = {}
    smallest: dict[int, int] = {}
    for text, places in zip(texts, found, strict=True):
        for start, end, unit in places:
            group = group_of[int(units.key[unit])]
            seen = wordings.setdefault(group, {})
            seen[text[start:end]] = seen.get(text[start:end], 0) + 1
            smallest[group] = min(smallest.get(group, _LABEL), int(units.level[unit]))
    ids = {group: f"tpl-{group:016x}"[:14] for group in wordings}
    order = sorted(ids, key=ids.get)
    number = {group: place for place, group in enumerate(order)}
    rules: dict[int, Rule] = {_TEXT: "repeated_text", _LABEL: "form_label"}
    return Templates(
        tuple(
            Template(ids[g], rules.get(smallest[g], "repeated_block"), min(wordings[g], key=lambda t: (-wordings[g][t], t)))
            for g in order
        ),
        [
            tuple(Place(start, end, number[group_of[int(units.key[unit])]]) for start, end, unit in places)
            for places in found
        ],
        presets,
    )  # fmt: skip
