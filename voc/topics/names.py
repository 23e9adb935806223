"""Readable names: for each topic the phrase of its central texts that says best what sets it apart."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

PARSED_TEXTS = 2_000  # central texts that are searched for phrases, all topics together
PER_TOPIC = (6, 25)  # of them per topic, at least and at most
LATER_WORDS = 0.6  # how much less each further word of a phrase counts
LENGTH = {1: 0.45, 2: 1.0, 3: 1.05, 4: 0.95}  # longer ones: 0.75
COVERAGE = 0.35  # how much it counts in how many texts the phrase occurs; its words' own shares count besides
ELSEWHERE = 0.25  # how much a phrase loses by being said about other topics too
SPECIFIC = 0.5  # a phrase that holds a single best word replaces it from this share of its weight on
RUNNERS_UP = 4
UNNAMED = "Unnamed topic"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase in its commonest wording, the stems it consists of, and its weight."""

    phrase: str
    key: frozenset[str]
    weight: float


def name_topics(
    central: Sequence[Sequence[str]], words: Sequence[Sequence[str]], find: Callable[[Sequence[str]], list[list[str]]]
) -> list[tuple[str, tuple[str, ...]]]:
    """Name topics, each by (name, further phrases); names are unique, larger topics choose first.

    `central` holds each topic's most central texts, `words` its heaviest words (the last resort),
    topics largest first; `find` gives the phrases of each text.
    """
    flat = find([text for texts in central for text in texts])
    wordings, start = [], 0
    for texts in central:
        wordings.append(_wordings(flat[start : start + len(texts)]))
        start += len(texts)
    common: Counter[frozenset[str]] = Counter()
    for texts, found in zip(central, wordings, strict=True):
        common.update({key: sum(counter.values()) / len(texts) for key, counter in found.items()})
    distinct = _distinctiveness(central)
    spelling = _spelling(central)
    taken: set[frozenset[str]] = set()
    taken_names: set[str] = set()
    result = []
    for texts, found, weights, fallback in zip(central, wordings, distinct, words, strict=True):
        candidates = _candidates(found, len(texts), weights, common)
        name = _choose(candidates, fallback, taken, taken_names, spelling)
        others = [_spell(c.phrase, spelling) for c in candidates]
        result.append((name, tuple(other for other in others if other != name)[:RUNNERS_UP]))
    return result


def texts_per_topic(topic_count: int) -> int:
    """How many central texts of each topic to search for phrases."""
    least, most = PER_TOPIC
    return max(least, min(most, PARSED_TEXTS // max(topic_count, 1)))


def stem(word: str) -> str:
    """A crude stem that joins plural, -ed and -ing forms; good enough to see that two phrases say the same."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    for ending, least in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            word = word.removesuffix(ending) + ("y" if ending == "ies" else "")
            break
    return word.removesuffix("e") if len(word) > 3 else word


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _WORD.findall(text))


def _distinctiveness(central: Sequence[Sequence[str]]) -> list[dict[str, float]]:
    """For each topic and stem: share of its texts that hold the stem, times log(1 + topics / sum of shares).

    This is c-TF-IDF (Grootendorst 2022) with document shares for term frequencies, so that a long
    text weighs no more than a short one.
    """
    shares = []
    for texts in central:
        held = Counter(s for text in texts for s in _stems(text))
        shares.append({s: count / len(texts) for s, count in held.items()})
    total = Counter()
    for share in shares:
        total.update(share)
    return [{s: value * float(np.log1p(len(central) / total[s])) for s, value in share.items()} for share in shares]


def _wordings(found: Sequence[Sequence[str]]) -> dict[frozenset[str], Counter[str]]:
    """Phrases of one topic by their stems: wordings of the same stems count together."""
    wordings: dict[frozenset[str], Counter[str]] = defaultdict(Counter)
    for phrases in found:
        for phrase in phrases:
            wordings[_stems(phrase)][phrase] += 1
    return wordings


def _candidates(
    wordings: dict[frozenset[str], Counter[str]], text_count: int, weights: dict[str, float], common: Counter
) -> list[Candidate]:
    """A topic's phrases, best first. `common` is each phrase's sum of shares over all topics."""
    least = 2 if text_count >= 5 else 1
    scored = []
    for key, counter in wordings.items():
        count = sum(counter.values())
        phrase = min(counter, key=lambda p: (-counter[p], len(p), p))
        weight = _weight(key, weights) * LENGTH.get(len(phrase.split()), 0.75)
        weight *= (count / text_count) ** COVERAGE / (1 + common[key]) ** ELSEWHERE
        scored.append((count < least, -weight, phrase, key))
    return [Candidate(phrase, key, -weight) for _, weight, phrase, key in sorted(scored, key=lambda c: c[:3])]


def _weight(key: frozenset[str], weights: dict[str, float]) -> float:
    """Distinctiveness of the words together, the strongest first, each further one counting less."""
    ordered = sorted((weights.get(s, 0.0) for s in key), reverse=True)
    return sum(weight * LATER_WORDS**place for place, weight in enumerate(ordered))


def _choose(
    candidates: Sequence[Candidate],
    fallback: Sequence[str],
    taken: set[frozenset[str]],
    taken_names: set[str],
    spelling: dict[str, str],
) -> str:
    """The best candidate not taken by another topic; one word alone becomes a longer phrase, or two parts."""
    free = [c for c in candidates if c.key not in taken]
    if free and _is_one_word(free[0]):
        wider = [c for c in free[1:] if c.key > free[0].key and c.weight >= SPECIFIC * free[0].weight]
        free = wider[:1] + free
    parts = [c.phrase for c in free[:1]] or list(fallback[:2]) or [UNNAMED]
    if free and _is_one_word(free[0]):
        beside = [c.phrase for c in free[1:] if not _is_one_word(c)] + list(fallback)
        parts += [phrase for phrase in beside if not _overlap(phrase, parts[0])][:1]
    if free:
        taken.add(free[0].key)
    name = _spell(" · ".join(parts), spelling)
    for more in [*fallback, *(str(number) for number in range(2, len(taken_names) + 3))]:
        if name.lower() not in taken_names:
            break
        if more not in name.lower():
            name = _spell(" · ".join([*parts, more]), spelling)
    taken_names.add(name.lower())
    return name


def _is_one_word(candidate: Candidate) -> bool:
    return " " not in candidate.phrase


def _overlap(phrase: str, word: str) -> bool:
    """Does the phrase hold the word, or one that begins like it ("delivered" beside "delivery")?"""
    return any(other[:5] == word[:5] or stem(other) == stem(word) for other in _WORD.findall(phrase.lower()))


def _spelling(central: Sequence[Sequence[str]]) -> dict[str, str]:
    """Words mostly written with capitals inside sentences, in that spelling: "Firefox", "PIN", "Windows"."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for texts in central:
        for text in texts:
            if text.upper() == text:  # shouting says nothing about spelling
                continue
            for match in re.finditer(r"(?<=[\w,;] )[^\W\d_][\w'’]*", text):
                seen[match.group().lower()][match.group()] += 1
    usual = {word: min(forms, key=lambda f, forms=forms: (-forms[f], f)) for word, forms in seen.items()}
    return {word: form for word, form in usual.items() if form != word and seen[word][form] >= 2}


def _spell(phrase: str, spelling: dict[str, str]) -> str:
    words = " ".join(spelling.get(word, word) for word in phrase.split())
    return words[:1].upper() + words[1:]
