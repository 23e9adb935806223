"""Find dates of birth: a date after a word that says so."""

import re
from collections.abc import Sequence

from voc.text._signs import near

_HINTS = ("birth", "born", "dob", "d.o.b", "gebor", "geb.", "geburt", "naissance", "né le", "née le", "né(e) le", "nacid",
          "nacimiento", "nací", "cumplea", "nato il", "nata il", "nato/a", "nascita", "compleanno", "nascid", "nascimento", "nasci ",
          "anivers", "geboorte", "verjaardag", "anniversaire")  # fmt: skip
_MONTH = (
    r"(?:jan|ene|gen|feb|f[ée]v|febb|m[aä]r|mrz|mars|maa|apr|abr|avr|ma[iyjg]|mei|jun|jui|giu|jul|lug|aug|ago"
    r"|ao[uû]|sep|set|"
    r"okt|oct|out|ott|nov|dez|dec|d[ée]c|dic)[a-zéûçäà]{0,8}\.?"
)
_DATE = (
    r"(?:\d{1,4}\s?[-./ ]\s?\d{1,2}\s?[-./ ]\s?\d{2,4}|\d{8}(?!\d)"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th|er|º|°)?[ -]?(?:(?:of|de|di|van) )?{_MONTH},?[ -]?(?:(?:de|del|of|do) )?(?:19"
    rf"|20)?\d\d"
    rf"|{_MONTH} ?\d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d)"
)
_BORN = re.compile(rf"[^.;\d\n]{{0,28}}?[:\s.=\"'>\n]{{0,4}}({_DATE})(?!\d)")
_YEAR = re.compile(r"[12][09][0-9][0-9]|[0-9][-./ ]{1,3}[0-9]")
_BEFORE = re.compile(rf"(?<!\d)({_DATE}) \Z")  # "am 3.5.1961 geboren"
_REACH = 80  # characters between the first letter of a hint and the digits of its date


def find_birth_dates(text: str, lowered: str, runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the (start, end) of every date of birth; `lowered` is `text` in small letters; `runs` of digits in order."""
    if len(lowered) != len(text) or not any(_YEAR.search(lowered, start, end + 4) for start, end in runs):
        return []
    places = set()
    for low, high in near(runs, _REACH, 40):
        for hint in _HINTS:
            start = lowered.find(hint, low, high)
            while start >= 0:
                if found := _BORN.match(lowered, start + len(hint)):
                    places.add(found.span(1))
                if before := _BEFORE.search(lowered, max(0, start - 40), start):
                    places.add(before.span(1))
                start = lowered.find(hint, start + 1, high)
    return sorted(places)
