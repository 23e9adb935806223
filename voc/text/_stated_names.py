"""Find every place of the names that a row states: of its customer, of agents."""

from collections.abc import Iterable

from voc.text._name_lists import AMBIGUOUS, NOT_A_NAME, folded
from voc.text._names import WORD, Place, apart


def find_people(text: str, lowered: str, people: Iterable[str]) -> list[Place]:
    """Return every place of the given names of people: the whole name, and each part of it that is no ordinary word.

    Parts in small letters count from four letters on, and where no list of words holds them.
    """
    if len(lowered) != len(text):
        lowered = text
    found: list[Place] = []
    for person in people:
        name = " ".join(person.split())
        if len(name) < 2 or "@" in name or any(map(str.isdigit, name)):
            continue
        found += (
            _occurrences(lowered, name.lower())
            if len(name) > 2 and (" " in name or name.lower() not in NOT_A_NAME)
            else []
        )
        for part in WORD.findall(name):
            is_word = part.lower() in NOT_A_NAME or folded(part) in AMBIGUOUS
            if len(part) < 3 or (is_word and part.lower() != "martin"):
                continue
            any_case = len(part) > 3
            found += _occurrences(lowered if any_case else text, part.lower() if any_case else part)
    joined: list[Place] = []
    for start, end in apart(sorted(found, key=lambda place: (place[0], -place[1])), []):
        if joined and text[joined[-1][1] : start] in (" ", "-"):  # given name and surname
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


def _occurrences(text: str, word: str) -> list[Place]:
    places, start = [], text.find(word)
    while start >= 0:
        end = start + len(word)
        if not text[start - 1 : start].isalpha() and not text[end : end + 1].isalpha():
            places.append((start, end))
        start = text.find(word, end)
    return places
