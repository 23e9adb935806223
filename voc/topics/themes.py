"""Themes: the five to twelve groups above the topics that a director thinks in, and their names."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from voc.topics.stems import stem

BOUNDS = (5, 12)  # themes, when nobody says how many; never more than half the topics
KEPT = 0.25  # how much more alike two topics count that had the same theme before
PAIR = 1.1  # how much more a pair of words says than one of them
TRIED = 4  # words to make a theme's name of
OTHER = "Other topics"
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Words that name topics, but are too general to name what several topics share.
TOO_GENERAL = frozenset(
    stem(word) for word in "get use need want problem issue question help thing way work working new old time make add "
    "receive show check change number type information request good great need different many much long".split()
)


def find_themes(
    centroids: np.ndarray,
    sizes: Sequence[float],
    *,
    areas: Sequence[str | None] | None = None,
    before: Sequence[object | None] | None = None,
    wanted: int | None = None,
) -> list[int]:
    """Group topics into themes; returns each topic's theme, numbered by size of the theme (0 = largest).

    `centroids` (k, d) has unit rows; `sizes` (k,) are texts. Topics of one of the `areas` (of the taxonomy;
    None = no area) form one theme; the others are joined two by two, by the average link, until about
    sqrt(2 k) themes are left, 5 to 12, or `wanted`. `before` says which theme each topic had (None = it is
    new): topics that were together tend to stay so. A topic without an area never joins an area's theme:
    people set those borders. The result does not depend on the order of the topics.
    """
    k = len(sizes)
    if not k:
        return []
    areas = list(areas) if areas is not None else [None] * k
    named = sorted({area for area in areas if area is not None})
    free = [i for i in range(k) if areas[i] is None]
    groups = np.array([named.index(area) if area is not None else -1 for area in areas])
    if free:
        room = (wanted or _usual_count(k)) - len(named)
        count = max(1, min(len(free), room if wanted else max(room, _usual_count(len(free)) // 2)))
        order = _canonical(centroids, sizes, free)
        likeness = (_likeness(centroids, sizes) + KEPT * _together(before, k))[np.ix_(order, order)]
        groups[order] = len(named) + _agglomerate(likeness, np.asarray(sizes, float)[order], count)
    return _by_size(groups, np.asarray(sizes, float), centroids)


def _usual_count(topics: int) -> int:
    least, most = BOUNDS
    return max(1, min(max(least, min(most, round((2 * topics) ** 0.5))), topics // 2))


def _canonical(centroids: np.ndarray, sizes: Sequence[float], members: Sequence[int]) -> np.ndarray:
    """The members in an order that depends on what they are, not on where they stand."""
    rounded = np.round(np.asarray(centroids, float)[list(members)], 5)
    keys = [rounded[:, column] for column in range(min(4, rounded.shape[1]))][::-1]
    return np.asarray(members)[np.lexsort((*keys, -np.asarray(sizes, float)[list(members)]))]


def _likeness(centroids: np.ndarray, sizes: Sequence[float]) -> np.ndarray:
    """Cosines (k, k) of the centroids, less what all topics share."""
    rows = np.asarray(centroids, dtype=float)
    rows = rows - np.average(rows, axis=0, weights=np.asarray(sizes, float))
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rows @ rows.T


def _together(before: Sequence[object | None] | None, k: int) -> np.ndarray:
    if before is None:
        return np.zeros((k, k))
    return np.array([[a is not None and a == b for b in before] for a in before], dtype=float)


def _agglomerate(likeness: np.ndarray, sizes: np.ndarray, count: int) -> np.ndarray:
    """Average linkage down to `count` groups.

    Averages are over pairs of topics. A pair of large groups counts as less alike (by a tenth for every
    doubling beyond the mean size), or one theme would swallow most and leave the others with a topic each.
    """
    n = len(sizes)
    groups = [[i] for i in range(n)]
    sums = likeness.copy()
    even = max(n / count, 1.0)
    while len(groups) > count:
        lengths = np.array([len(g) for g in groups], float)
        average = sums / np.outer(lengths, lengths)
        crowd = np.log2(np.maximum((lengths[:, None] + lengths[None, :]) / even, 1.0))
        score = np.round(average - 0.1 * crowd, 9)
        np.fill_diagonal(score, -np.inf)
        a, b = np.unravel_index(int(score.argmax()), score.shape)
        a, b = int(min(a, b)), int(max(a, b))
        groups[a] += groups.pop(b)
        sums[a] += sums[b]
        sums[:, a] += sums[:, b]
        sums = np.delete(np.delete(sums, b, axis=0), b, axis=1)
    result = np.empty(n, dtype=int)
    for number, members in enumerate(groups):
        result[members] = number
    return result


def _by_size(groups: np.ndarray, sizes: np.ndarray, centroids: np.ndarray) -> list[int]:
    """Number the groups by their texts, most first; ties by the groups' first topics in canonical order."""
    order = _canonical(centroids, sizes, range(len(groups)))
    first = {int(groups[i]): place for place, i in reversed(list(enumerate(order)))}
    totals = {group: float(sizes[groups == group].sum()) for group in first}
    place = {group: i for i, group in enumerate(sorted(first, key=lambda g: (-totals[g], first[g])))}
    return [place[int(group)] for group in groups]


def name_themes(
    themes: Sequence[int],
    names: Sequence[str],
    phrases: Sequence[Sequence[str]],
    sizes: Sequence[float],
    *,
    areas: Sequence[str | None] | None = None,
    taken: Collection[str] = (),
    nouns: Callable[[Sequence[str]], Collection[str]] | None = None,
) -> dict[int, str]:
    """Name each theme: the area of its topics, else the one or two nouns that say best what they share.

    `themes`, `names`, further `phrases` or words (best first), `sizes` and `areas` are those of the topics.
    `nouns` tells which words of phrases are nouns (default: `voc.text.phrases.nouns`). Names are unique,
    and differ from those of topics and those `taken`.
    """
    areas = list(areas) if areas is not None else [None] * len(themes)
    said = _said_by_topics(names, phrases, nouns or _default_nouns())
    used = {name.lower() for name in (*names, *taken)}
    members: dict[int, list[int]] = defaultdict(list)
    for topic, theme in enumerate(themes):
        members[theme].append(topic)
    given: dict[int, str] = {}
    for theme, topics in sorted(members.items()):
        found = Counter(areas[i] for i in topics if areas[i])
        if found:
            given[theme] = min(found, key=lambda a: (-found[a], a))
    used |= {name.lower() for name in given.values()}
    for theme in sorted(set(members) - set(given), key=lambda t: (-sum(sizes[i] for i in members[t]), t)):
        given[theme] = _free_name(_leading(members[theme], said, sizes), used)
        used.add(given[theme].lower())
    return dict(sorted(given.items()))


def _default_nouns() -> Callable[[Sequence[str]], Collection[str]]:
    from voc.text.phrases import nouns

    return nouns


Said = dict[str, tuple[float, list[str]]]  # what a topic says of itself: stems -> (weight, spellings)


def _said_by_topics(
    names: Sequence[str], phrases: Sequence[Sequence[str]], nouns: Callable[[Sequence[str]], Collection[str]]
) -> list[Said]:
    """Nouns, and pairs of words that end in one, of each topic's name (weight 1) and further phrases (less and less)."""
    known = nouns([*names, *(phrase for own in phrases for phrase in own)])
    result = []
    for name, own in zip(names, phrases, strict=True):
        said: Said = {}
        for place, phrase in enumerate((name, *own)):
            for key, spelling in _nouns_of(phrase, known):
                said.setdefault(key, (0.7**place, []))[1].append(spelling)
        result.append(said)
    return result


def _nouns_of(phrase: str, known: Collection[str]) -> Iterator[tuple[str, str]]:
    words = _WORD.findall(phrase)
    words = [w if place or w[1:] != w[1:].lower() else w.lower() for place, w in enumerate(words)]
    stems = [stem(word) for word in words]
    plain = phrase.lower()
    for place, word in enumerate(words):
        if word.lower() not in known or stems[place] in TOO_GENERAL or len(word) < 3 or set(word.lower()) == {"x"}:
            continue
        yield stems[place], word
        before = words[place - 1] if place else ""
        if before.lower() in known and stems[place - 1] not in TOO_GENERAL and f"{before} {word}".lower() in plain:
            yield f"{stems[place - 1]} {stems[place]}", f"{before} {word}"


def _leading(members: Sequence[int], said: Sequence[Said], sizes: Sequence[float]) -> list[str]:
    """Words the theme's topics share, best first; each further one is the best of those for topics without the ones before.

    A word's worth: share of the theme's texts that its topics hold, times the share of its topics that lie inside.
    """
    weight = [size**0.5 for size in sizes]
    everywhere: Counter[str] = Counter()
    for topic, own in enumerate(said):
        everywhere.update({key: value * weight[topic] for key, (value, _) in own.items()})
    chosen: list[str] = []
    left = list(members)
    while left and len(chosen) < TRIED:
        inside: Counter[str] = Counter()
        for topic in left:
            inside.update({key: value * weight[topic] for key, (value, _) in said[topic].items()})
        inside = Counter({k: v for k, v in inside.items() if not any(set(k.split()) & set(c.split()) for c in chosen)})
        if not inside:
            break
        total = sum(weight[i] for i in members)
        best = min(inside, key=lambda k: (-round((inside[k] / total) ** 0.7 * _precision(k, members, said, weight, everywhere)
                                                 * (PAIR if " " in k else 1), 9), k))  # fmt: skip
        chosen.append(best)
        left = [topic for topic in left if best not in said[topic]]
    return [_spelling(key, members, said) for key in chosen]


def _precision(
    key: str, members: Sequence[int], said: Sequence[Said], weight: Sequence[float], everywhere: Counter[str]
) -> float:
    return sum(said[i][key][0] * weight[i] for i in members if key in said[i]) / everywhere[key]


def _spelling(key: str, members: Sequence[int], said: Sequence[Said]) -> str:
    """The plural where some topic uses it, else the commonest spelling."""
    forms = Counter(spelling for i in members if key in said[i] for spelling in said[i][key][1])
    return min(forms, key=lambda w: (not w.endswith("s"), -forms[w], w))


def _free_name(words: Sequence[str], used: set[str]) -> str:
    """ "Cards and payments": the first two words, or the first ones whose name is free."""
    pairs = [f"{words[0]} and {second}" for second in words[1:]]
    numbers = [f"{OTHER} ({number})" for number in range(2, len(used) + 3)]
    tried = (_title(name) for name in (*pairs, *words, *(f"{word} and more" for word in words), OTHER, *numbers))
    return next(name for name in tried if name.lower() not in used)


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]
