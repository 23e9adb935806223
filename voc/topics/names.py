"""Readable names: for each topic the phrase of its central texts that says best what sets it apart."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from voc.topics.stems import STOP, stem, stems_of

COUNTED = 40  # central texts of a topic that its phrases are counted in
COUNTED_ALL = 20_000  # all topics together
PARSED_TEXTS = 2_000  # of them that are searched for phrases, all topics together
PARSED = (6, 20)  # of them per topic, at least and at most
PARSED_ALL = 6_000  # all topics together: beyond a thousand topics the search would take longer than finding them
FEWEST_PARSED = 2  # per topic, however many topics there are
COUNTED_CHARACTERS = 400  # of a text: the problem stands at its beginning
LATER_WORDS = 0.6  # how much less each further word of a phrase counts
LENGTH = {1: 0.4, 2: 0.95, 3: 1.05, 4: 1.05, 5: 1.0, 6: 0.9}  # words; longer ones: 0.7
COVERAGE = 0.35  # how much it counts in how many of the topic's texts the phrase's words occur together
WORDING = 0.15  # how much it counts that customers use this very wording
PRECISION = 0.4  # how much it counts that the phrase's words occur together in no other topic
QUESTION = (0.85, 0.65)  # how much a question counts beside a plain phrase; one in the first person
SPECIFIC = 0.5  # a phrase that holds a single best word replaces it from this share of its weight on
OFTEN, OWN = 0.5, 0.7  # a single word is name enough that this share of the topic's texts hold, mostly only they
GOOD_ENOUGH = 0.45  # a phrase is given up for a free one from this share of its weight on; else it is told apart
RUNNERS_UP = 4
QUESTIONS = frozenset("what how who when where why which".split())
UNNAMED = "Unnamed topic"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase in its commonest wording, the stems it consists of, and its weight."""

    phrase: str
    key: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted over all topics: stems of each text, as bits of one number a topic and stem."""

    holders: list[dict[str, int]]  # per topic: stem -> bit i is set where text i holds it
    sizes: list[int]  # texts counted per topic
    weights: list[dict[str, float]]  # per topic: distinctiveness of stems

    def share(self, topic: int, key: frozenset[str]) -> float:
        """Share of the topic's texts that hold all stems of the key."""
        bits = -1
        for each in key:
            bits &= self.holders[topic].get(each, 0)
            if not bits:
                return 0.0
        return bits.bit_count() / self.sizes[topic] if key else 0.0


def name_topics(
    central: Sequence[Sequence[str]],
    words: Sequence[Sequence[str]],
    find: Callable[[Sequence[str]], list[list[str]]],
    *,
    taken: Collection[str] = (),
) -> list[tuple[str, tuple[str, ...]]]:
    """Name topics, each by (name, further phrases); names are unique, larger topics choose first.

    `central` holds each topic's most central texts (`texts_per_topic` says how many are of use), most
    central first; `words` its heaviest words (the last resort); topics largest first. `find` gives the
    phrases of each text; no topic gets one of the names `taken` (of reasons, or given by people). A phrase
    weighs more the more its words set the topic apart (c-TF-IDF), the more of the topic's texts and the
    fewer of others they occur in together, and the commoner the wording.
    """
    parsed = _parsed_per_topic(len(central))
    found = find([text for texts in central for text in texts[:parsed]])
    counts = _count(central)
    spelling = _spelling(central)
    everywhere: dict[frozenset[str], float] = {}
    candidates, start = [], 0
    for topic, texts in enumerate(central):
        end = start + len(texts[:parsed])
        candidates.append(_candidates(topic, found[start:end], counts, everywhere))
        start = end
    chooser = _Chooser(candidates, [list(w) for w in words], counts, spelling, taken)
    result = []
    for topic in range(len(central)):
        name = chooser.choose(topic)
        others = dict.fromkeys(_spell(c.phrase, spelling) for c in candidates[topic])
        result.append((name, tuple(other for other in others if other != name)[:RUNNERS_UP]))
    return result


def texts_per_topic(topic_count: int) -> int:
    """How many central texts of each topic are of use: phrases are searched in some, counted in all of them."""
    return max(PARSED[0], min(COUNTED, COUNTED_ALL // max(topic_count, 1)))


def _parsed_per_topic(topic_count: int) -> int:
    least, most = PARSED
    least = max(FEWEST_PARSED, min(least, PARSED_ALL // max(topic_count, 1)))
    return max(least, min(most, PARSED_TEXTS // max(topic_count, 1)))


def _count(central: Sequence[Sequence[str]]) -> Counts:
    """Stems of all texts, and for each topic and stem its distinctiveness.

    That is the share of the topic's texts that hold the stem times log(1 + topics / sum of shares):
    c-TF-IDF (Grootendorst 2022) with document shares for term frequencies, so that a long text
    weighs no more than a short one.
    """
    holders, total = [], Counter()
    for texts in central:
        held: dict[str, int] = defaultdict(int)
        for place, text in enumerate(texts):
            for each in stems_of(text[:COUNTED_CHARACTERS]):
                held[each] |= 1 << place
        holders.append(dict(held))
        total.update({each: bits.bit_count() / len(texts) for each, bits in held.items()})
    weights = [
        {each: bits.bit_count() / len(texts) * float(np.log1p(len(central) / total[each])) for each, bits in held.items()}
        for texts, held in zip(central, holders, strict=True)
    ]
    return Counts(holders, [len(texts) for texts in central], weights)


def _candidates(
    topic: int, found: Sequence[Sequence[str]], counts: Counts, everywhere: dict[frozenset[str], float]
) -> list[Candidate]:
    """A topic's phrases, best first. `everywhere` remembers each key's sum of shares over all topics."""
    least = 2 if counts.sizes[topic] >= 5 else 1
    scored = []
    for key, wordings in _wordings(found).items():
        share = counts.share(topic, key)
        if not share:  # words the phrase finder itself made ("not received" of "haven't received")
            share = 1 / counts.sizes[topic]
        if key not in everywhere:
            everywhere[key] = sum(counts.share(other, key) for other in range(len(counts.sizes)))
        said = sum(wordings.values())
        phrase = _wording(wordings)
        weight = _weight(key, counts.weights[topic]) * _shape(phrase)
        weight *= share**COVERAGE * (said / max(len(found), 1)) ** WORDING
        weight *= (share / max(everywhere[key], share)) ** PRECISION
        is_rare = max(share * counts.sizes[topic], said) < least - 1e-9
        scored.append((is_rare, -weight, phrase, key))
    return [Candidate(phrase, key, -weight) for _, weight, phrase, key in sorted(scored, key=lambda c: c[:3])]


def _wordings(found: Sequence[Sequence[str]]) -> dict[frozenset[str], Counter[str]]:
    """Phrases of one topic by their stems: wordings of the same stems count together."""
    wordings: dict[frozenset[str], Counter[str]] = defaultdict(Counter)
    for phrases in found:
        for phrase in phrases:
            wordings[_key(phrase)][phrase] += 1
    return wordings


def _key(phrase: str) -> frozenset[str]:
    """The stems that say something; all of them where none does ("who are you")."""
    stems = stems_of(phrase)
    return frozenset(stems - STOP) or stems


def _wording(wordings: Counter[str]) -> str:
    """The commonest wording; rather than a bare word a phrase of the same meaning that occurs twice."""
    longer = [p for p in wordings if " " in p and wordings[p] >= 2]
    best = min(wordings, key=lambda p: (-wordings[p], len(p), p))
    return best if " " in best or not longer else min(longer, key=lambda p: (-wordings[p], len(p), p))


def _shape(phrase: str) -> float:
    """How well a phrase reads as a name, whatever it says."""
    words = phrase.split()
    value = LENGTH.get(len(words), 0.7)
    if words[0] in QUESTIONS:
        value *= QUESTION["i" in words or "my" in words or "we" in words]
    return value


def _weight(key: frozenset[str], weights: dict[str, float]) -> float:
    """Distinctiveness of the words together, the strongest first, each further one counting less."""
    ordered = sorted((weights.get(s, 0.0) for s in key), reverse=True)
    return sum(weight * LATER_WORDS**place for place, weight in enumerate(ordered))


class _Chooser:
    """Gives each topic in turn the best phrase that no earlier one has; what is alike is told apart in brackets."""

    def __init__(
        self,
        candidates: list[list[Candidate]],
        words: list[list[str]],
        counts: Counts,
        spelling: dict[str, str],
        taken: Collection[str],
    ) -> None:
        self.candidates, self.words, self.counts, self.spelling = candidates, words, counts, spelling
        self.keys = {_key(name) for name in taken}
        self.names = {name.lower() for name in taken}

    def choose(self, topic: int) -> str:
        ranked = _widened(self.candidates[topic])
        free = next((c for c in ranked if c.key not in self.keys and not self._is_taken(c.phrase)), None)
        best = ranked[0] if ranked else None
        if free and best and (free is best or free.weight >= GOOD_ENOUGH * best.weight):
            self.keys.add(free.key)
            name = free.phrase
            if _is_one_word(free) and not self._says_enough(topic, free):
                name = self._with_detail(topic, free) or name
        elif best:
            name = self._with_detail(topic, best) or (free.phrase if free else best.phrase)
        else:
            name = ", ".join(self.words[topic][:2]) or UNNAMED
        return self._unique(topic, name)

    def _says_enough(self, topic: int, candidate: Candidate) -> bool:
        """Does a single word occur in most of the topic's texts, and hardly in others'?"""
        share = self.counts.share(topic, candidate.key)
        return share >= OFTEN and share >= OWN * sum(
            self.counts.share(other, candidate.key) for other in range(len(self.counts.sizes))
        )

    def _is_taken(self, name: str) -> bool:
        return _spell(name, self.spelling).lower() in self.names

    def _with_detail(self, topic: int, candidate: Candidate) -> str | None:
        """ "Refund (missing)": the phrase, and behind it the best of the topic's phrases or words it does not hold."""
        others = [c for c in self.candidates[topic] if not c.key & candidate.key]
        for detail in [c.phrase for c in others[:3]] + self.words[topic][:3]:
            name = f"{candidate.phrase} ({detail})"
            if not _overlap(detail, candidate.phrase) and not self._is_taken(name):
                return name
        return None

    def _unique(self, topic: int, name: str) -> str:
        wanted = _spell("".join(c for c in name if c.isprintable()).strip(), self.spelling) or UNNAMED
        spare = [word for word in self.words[topic] if word.strip().isprintable() and word not in wanted.lower()]
        for more in ("", *spare, *(str(number) for number in range(2, len(self.names) + 3))):
            full = f"{wanted} ({more})" if more else wanted
            if full.lower() not in self.names:
                break
        self.names.add(full.lower())
        return full


def _widened(candidates: list[Candidate]) -> list[Candidate]:
    """The candidates, the best one behind a longer phrase that holds it where it is a single word."""
    if not candidates or not _is_one_word(candidates[0]):
        return candidates
    best = candidates[0]
    wider = [c for c in candidates[1:] if c.key > best.key and c.weight >= SPECIFIC * best.weight]
    return wider[:1] + candidates


def _is_one_word(candidate: Candidate) -> bool:
    return " " not in candidate.phrase


def _overlap(one: str, other: str) -> bool:
    """Do two phrases share a word, or words that begin alike ("delivered" beside "delivery")?"""
    heads = [{word[:5] for word in phrase.lower().split()} | {stem(w) for w in phrase.split()} for phrase in (one, other)]
    return bool(heads[0] & heads[1])


def _spelling(central: Sequence[Sequence[str]]) -> dict[str, str]:
    """Words mostly written with capitals inside sentences, in that spelling: "Firefox", "PIN", "Windows"."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for texts in central:
        for text in texts:
            text = text[:COUNTED_CHARACTERS]
            if text.upper() == text:  # shouting says nothing about spelling
                continue
            for match in re.finditer(r"(?<=[\w,;] )[^\W\d_][\w'’]*", text):
                seen[match.group().lower()][match.group()] += 1
    usual = {word: min(forms, key=lambda f, forms=forms: (-forms[f], f)) for word, forms in seen.items()}
    return {word: form for word, form in usual.items() if form != word and seen[word][form] >= 2}


def _spell(phrase: str, spelling: dict[str, str]) -> str:
    words = re.sub(r"[^\s()]+", lambda match: spelling.get(match[0], match[0]), phrase)
    return words[:1].upper() + words[1:]
