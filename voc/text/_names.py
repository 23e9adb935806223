"""Find names of people by rules: lists of names, and the words around them, in seven languages."""

import re
import string
from collections.abc import Iterable, Iterator
from functools import lru_cache

from voc.text._cues import HIDDEN
from voc.text._name_lists import AMBIGUOUS, FAMILY, GIVEN, NOT_A_NAME, SURNAMES, folded
from voc.text._name_words import (
    CLOSINGS,
    FROM_TEAM,
    GERMAN_ROLES,
    GREETINGS,
    INTRODUCED,
    LEAD_ENDS,
    NAME_END,
    NAME_HINTS,
    NO_PERSON_AFTER,
    PHONED,
    PLACE_NAMES,
    PLACES_BEFORE,
    ROLES,
    SAID,
    SELF,
    SMALL_INTRODUCED,
    SPEECH,
    SPOKEN_HINTS,
    SURE,
    TITLES,
)
from voc.text._signs import UPPER, shapes

Place = tuple[int, int]

_CAP = rf"[{UPPER}][^\W\d_]*(?:['’-][^\W\d_]+)*"
_PARTICLE = r"(?:van|von|de|da|del|della|dello|di|do|dos|das|du|der|den|ten|ter|la|le|el|al|bin|ibn|zu|y|e|vom|zum|af|av|'t|op|het|te)"
_PARTICLES = frozenset(_PARTICLE.strip("(?:)").split("|")) | {"lo", "san", "mac", "st", "o"}
_RUN = re.compile(rf"[{UPPER}](?<![^\W_].)[^\W\d_]*(?:['’-][^\W\d_]+)*(?:\.?[ ](?:{_PARTICLE} ){{0,3}}{_CAP}){{0,5}}")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LONGEST_GAP = 24  # characters between two words of a run: a full stop and three particles
_SPACE = ord(" ")
_SENTENCE_ENDS = (". ", "! ", "? ", "; ")
_AROUND = ".,:;!\"'()*-–—>"  # signs around a word that are no part of it
_ONLY_SMALL = bytes(code if chr(code) in string.ascii_lowercase else _SPACE for code in range(256))


def find_names(text: str, lowered: str) -> list[Place]:
    """Return the (start, end) of every name of a person that the rules are sure of, in order."""
    places: list[Place] = []
    for run in _runs(text):
        if run[0] in _PLAIN_WORDS or "XX" in run[0]:  # masked by whoever published the text
            continue
        places += _names_in_run(text, run.start(), run[0])
    return places + _small_names(text, lowered, places)


def _runs(text: str) -> Iterator[re.Match[str]]:
    """Runs of capitalised words; most that are one plain word, at the beginning of a sentence, are passed over without a look."""
    shape = shapes(text)
    if shape is None:
        yield from _RUN.finditer(text)
        return
    before, *parts = shape.split(b"A")
    start, done = len(before), 0  # of the next capital; of the last run
    for part in parts:
        if start >= done and before[-1:] in (b" ", b""):
            length = part.find(b" ") + 1  # of the word; none ends where the next capital comes first
            is_last = start + 1 + len(part) == len(shape)
            is_alone = length and (is_last or len(part) - length > _LONGEST_GAP) and text[start + length] not in "'’-"
            if not is_alone or ((word := text[start : start + length]) not in _PLAIN_WORDS and (_is_listed(word) or not _begins_plainly(text, start))):
                run = _RUN.match(text, start)
                done = run.end()
                yield run
        start, before = start + 1 + len(part), part or b"A"  # two capitals in a row leave nothing between them


@lru_cache(maxsize=16384)
def _is_listed(word: str) -> bool:
    key = folded(word)
    return key in GIVEN or key in AMBIGUOUS or key in SURNAMES


def _begins_plainly(text: str, start: int) -> bool:
    """Does a new sentence begin there, after a word that leads to no name? `_lead` would say so at greater length."""
    if text[start - 2 : start] not in _SENTENCE_ENDS:
        return False
    word = text[max(0, start - 24) : start].split()[-1].lower().strip(_AROUND)
    return word != "" and word not in TITLES and word not in CLOSINGS


def undecided(text: str) -> list[Place]:
    """Return the runs of capitalised words that no list knows and no rule decided: what a model may judge."""
    found = []
    for run in _RUN.finditer(text):
        words = [word for word in WORD.findall(run[0]) if len(word) > 1]
        unknown = [w for w in words if not w.isupper() and folded(w) not in NOT_A_NAME and w.lower() not in NOT_A_NAME]
        if unknown and not (len(words) == 1 and _begins_sentence(text, run.start())):
            found.append(run.span())
    return found


def _begins_sentence(text: str, start: int) -> bool:
    return (
        text[max(0, start - 3) : start].rstrip(" \n\t\"'(*-")[-1:] in ("", ".", "!", "?", ":", ";")
        or text[start - 1 : start] == "\n"
    )


_PLAIN_WORDS = frozenset(word[:1].upper() + word[1:] for word in NOT_A_NAME | {"i"} if word not in AMBIGUOUS)


def _names_in_run(text: str, start: int, run: str) -> list[Place]:
    """Names in a run of capitalised words; several words of a run may be no part of the name."""
    words, keys, plain = _read_run(run)
    places, n = [], 0
    while n < len(words):
        if words[n][1][0].islower() or plain[n] and keys[n] not in AMBIGUOUS:
            n += 1
            continue
        lead = _lead(text, start + words[n][0], words, keys, n)
        last = _name_from(text, start, words, keys, plain, n, lead)
        if last >= n:
            end = words[last][0] + len(words[last][1])
            places.append((start + words[n][0], start + end))
            n = last
        n += 1
    return places


@lru_cache(maxsize=16384)
def _read_run(run: str) -> tuple[list[tuple[int, str]], list[str], list[bool]]:
    """Words of a run with their places in it, as the lists hold them, and which of them are no part of a name."""
    words = [(found.start(), found[0]) for found in WORD.finditer(run)]
    keys = [folded(word) for _, word in words]
    plain = [
        key in NOT_A_NAME or word.lower() in NOT_A_NAME or _is_acronym(word, run)
        for (_, word), key in zip(words, keys, strict=True)
    ]
    for n in range(len(words) - 2, -1, -1):  # a particle belongs to the name that follows
        if keys[n] in _PARTICLES and not plain[n + 1]:
            plain[n] = False
    for n in range(1, len(words)):
        if keys[n - 1] in GIVEN and (keys[n] in FAMILY or keys[n] in AMBIGUOUS):
            plain[n] = False
    return words, keys, plain


def _is_acronym(word: str, run: str) -> bool:
    """ "VPN" in a text that is not all in capitals."""
    return word.isupper() and len(word) <= 5 and not (run.isupper() and len(run) > 5) and folded(word) not in GIVEN


def _name_from(text: str, start: int, words: list, keys: list[str], plain: list[bool], n: int, lead: str) -> int:
    """The last word of a name that begins with word n; n - 1 if none begins there."""
    last, count = n, len(words)
    while last + 1 < count and last - n < 4 and not plain[last + 1]:
        last += 1
    while words[last][1][0].islower():  # a particle needs its name
        last -= 1
    after = start + words[last][0] + len(words[last][1])
    if keys[n] not in GIVEN and keys[n] not in AMBIGUOUS:
        return _unknown(text, words, keys, n, last, after, lead)
    following = keys[last + 1] if last + 1 < count else _next_word(text, after)
    if keys[n] in GIVEN:
        if following in NO_PERSON_AFTER or _follows_place(text, start, words, keys, n):
            return n - 1
        if (
            lead == "closing"
            and last == n
            and count == n + 2
            and NAME_END.match(text, start + words[-1][0] + len(words[-1][1]))
        ):
            return n + 1  # "Regards, John Doe": any word
        return _reach(words, keys, n, last)
    if last > n and (keys[n + 1] in SURNAMES or _has_surname(keys, n, last)) and following not in NO_PERSON_AFTER:
        return last
    strong = lead in (*SURE, "closing") and not (lead == "closing" and not NAME_END.match(text, after))
    return (
        _reach(words, keys, n, last)
        if strong
        or (lead == "self" and NAME_END.match(text, after))
        or (SAID.match(text, after) and keys[n] not in PLACE_NAMES and lead != "in")
        else n - 1
    )


def _unknown(text: str, words: list, keys: list[str], n: int, last: int, after: int, lead: str) -> int:
    """A capitalised word that is on no list: a name where what stands before or after says so."""
    if lead in ("title", "name"):
        return min(last, n + 3)
    if lead in ("greeting", "closing") and last - n < 4 and NAME_END.match(text, after):
        return last
    if lead in ("role", "role-de", "speech") and last - n < 3 and not words[n][1].isupper():
        return (
            last
            if last > n or lead != "role-de" or NAME_END.match(text, after) or FROM_TEAM.match(text, after)
            else n - 1
        )
    if last > n and PHONED.match(text, after):
        return last
    if (
        last > n
        and keys[last] in SURNAMES
        and last - n < 3
        and not words[n][1].isupper()
        and keys[n] not in NO_PERSON_AFTER
    ):
        return last
    if last > n and lead == "self" and NAME_END.match(text, after):
        return last
    if (
        keys[n] in SURNAMES
        and re.match(r", [^\W\d_]+", text[after : after + 20])
        and folded(_next_word(text, after)) in GIVEN
    ):
        return last
    if len(words[n][1]) == 1 and last > n and keys[n + 1] in SURNAMES:
        return last
    return n - 1


def _reach(words: list, keys: list[str], n: int, last: int) -> int:
    """How far a name reaches after a given name: surnames, further given names, and one or two words on no list."""
    if words[n][1].isupper() and len(words[n][1]) > 1:  # all in capitals: any word would follow
        while last > n and keys[last] not in SURNAMES and keys[last] not in GIVEN:
            last -= 1
    return min(last, n + 4)


def _has_surname(keys: list[str], n: int, last: int) -> bool:
    return any(key in SURNAMES for key in keys[n + 1 : last + 1])


def _follows_place(text: str, start: int, words: list, keys: list[str], n: int) -> bool:
    before = keys[n - 1] if n else _last_word(text, start + words[n][0])
    return before in PLACES_BEFORE


def _next_word(text: str, position: int) -> str:
    found = WORD.search(text, position, position + 24)
    return found[0].lower() if found and not text[position : found.start()].strip(" ,") else ""


def _last_word(text: str, position: int) -> str:
    parts = text[max(0, position - 24) : position].split()
    return parts[-1].lower().strip(".,:;!\"'()") if parts else ""


def _lead(text: str, position: int, words: list, keys: list[str], n: int) -> str:
    """What the words before say of the next one: greeting, closing, title, role, speech, name, self or nothing."""
    near = text[max(0, position - 24) : position]
    parts = near.split()
    if not parts or HIDDEN in parts[-1]:
        return ""
    last = parts[-1].lower()
    word = last.strip(_AROUND)
    gap = near[len(near.rstrip()) :]
    sentence_ended = last[-1] in ".!?;" and word not in TITLES
    is_line = "\n" in gap
    if word in TITLES and not is_line and last[-1] not in ",!:;":
        return (
            "title"
            if word not in ("m", "fr", "ing", "don", "sir", "heer") or last.endswith(".") or word in ("don", "heer")
            else ""
        )
    if word in GREETINGS and not sentence_ended and not is_line and last[-1] != ":":
        return "greeting"
    if word in CLOSINGS and (is_line or last[-1] in ",!.-–—" or word not in ("you", "vast", "best", "love", "voraus")):
        return "closing"
    if is_line and last[-1] in ",!.-–" and _closed_above(text, position):
        return "closing"
    if word in ("", "-", "--", "—", "–") and _closed_above(text, position):
        return "closing"
    if sentence_ended or (is_line and last[-1] not in ":"):
        return ""
    if word in ROLES and last[-1] not in ",":
        return "role-de" if word in GERMAN_ROLES else "role"
    return _phrase_lead(text, position, word)


def _phrase_lead(text: str, position: int, word: str) -> str:
    before = text[max(0, position - 36) : position].lower()
    if word in LEAD_ENDS or before.rstrip().endswith(":"):
        if INTRODUCED.search(before):
            return "name"
        if (
            SPEECH.search(before)
            and not re.search(r"(?:\bvon|\bmit)\W*\Z", before)
            or re.search(
                r"(?:gesprochen|telefoniert|kontakt|gespräch|anruf|beraten|gechattet|geschrieben) (?:mit|von)\W*\Z",
                before,
            )
        ):
            return "speech"
    if SELF.search(before):
        return "self"
    return "in" if word in ("in", "at", "to", "from", "near", "nach", "à", "en", "a", "em", "te") else ""


def _closed_above(text: str, position: int) -> bool:
    """Does the line before the one at `position` close a letter ("Best regards,", "Vielen Dank und Gruß")?"""
    lines = [line for line in text[max(0, position - 120) : position].lower().split("\n")[:-1] if line.strip()]
    if not lines or not text[max(0, position - 40) : position].count("\n"):
        return False
    words = WORD.findall(lines[-1])
    return 0 < len(words) <= 7 and any(
        word in CLOSINGS and word not in ("you", "vast", "best", "love") for word in words
    )


def _small_names(text: str, lowered: str, places: list[Place]) -> list[Place]:
    """Names in small letters after a greeting, a closing or "my name is"."""
    if len(lowered) != len(text):
        return []
    found = []
    for low, high in _where_small_names_stand(lowered):
        words = text[low:high].encode("ascii", "replace").translate(_ONLY_SMALL).split()
        for word in sorted(found.decode() for found in _SMALL_GIVEN.intersection(words)):
            for match in re.finditer(rf"(?<![^\W_]){word}(?![^\W_])", text):
                if low <= match.start() < high and _is_small_name(text, lowered, match.start(), match.end(), word):
                    found.append(match.span())
    for match in _introductions(lowered):
        if match[1] not in NOT_A_NAME and text[match.start(1)].islower():
            end = (
                match.end(2)
                if match[2]
                and match[2] not in NOT_A_NAME
                and text[match.end(2) : match.end(2) + 1] in ("", ",", ".", "\n", "!")
                else match.end(1)
            )
            found.append((match.start(1), end))
    return apart(found, places)


def _introductions(lowered: str) -> Iterator[re.Match[str]]:
    for hint in NAME_HINTS:
        start = lowered.find(hint) if hint in lowered else -1  # `in` is the faster of the two, and nearly always says no
        while start >= 0:
            if match := SMALL_INTRODUCED.search(lowered, max(0, start - 10), start + 100):
                yield match
            start = lowered.find(hint, start + len(hint))


def _where_small_names_stand(lowered: str) -> list[Place]:
    """The beginning and the end of a text, and what follows the words that a name may follow."""
    if len(lowered) <= 240:
        return [(0, len(lowered))]
    spans = [(0, 80), (len(lowered) - 80, len(lowered))]
    for hint in SPOKEN_HINTS:
        start = lowered.find(hint) if hint in lowered else -1
        while start >= 0:
            spans.append((start, start + 40))
            start = lowered.find(hint, start + 40)
    return spans


_SMALL_GIVEN = frozenset(word.encode() for word in GIVEN if len(word) > 2 and word not in NOT_A_NAME and word.isascii())


def _is_small_name(text: str, lowered: str, start: int, end: int, word: str) -> bool:
    lead = _lead(text, start, [(0, word)], [word], 0)
    if lead in SURE:
        return True
    is_alone = not text[end : end + 1].strip(" \n.,!") or not text[end:].strip()
    return (lead == "closing" and bool(NAME_END.match(text, end))) or (lead == "self" and is_alone)


def apart(found: Iterable[Place], places: list[Place]) -> list[Place]:
    """Those places, in order, that meet neither each other nor any in `places`."""
    taken = sorted(places)
    chosen: list[Place] = []
    for start, end in sorted(found):
        if all(end <= a or start >= b for a, b in taken) and (not chosen or start >= chosen[-1][1]):
            chosen.append((start, end))
    return chosen
