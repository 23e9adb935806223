"""What the answers to a survey question tell of it: own words or choices, a score, day or month first."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from voc.sources._values import is_nothing

_RECOMMEND = re.compile(r"recommend|empfehl|recommand|recomend|consigli|aanbevel", re.IGNORECASE)
_LABELLED = re.compile(r"\s*(\d{1,2})\s*[-–—:=(]\s*\D")  # "10 - Extremely likely"
_DAY_AND_MONTH = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})\b")
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]{2}|[^\W\d_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")
_WHO = re.compile(
    r"(?:what is |what's )?(?:please enter )?(?:your |the )?(?:full |first |last |middle |family |given |company |business "
    r"|e-?mail |postal |mailing |home |street |delivery |billing |phone |mobile |telephone |order |customer |ticket )*"
    r"(?:names?|surname|address(?: line)?(?: \d)?|e-?mail|phone|telephone|mobile|numbers?|city(?:/town)?|town"
    r"|zip(?:/postal)?(?: code)?|postal code|post ?code|state(?:/province)?|province|country|company|organi[sz]ation"
    r"|job title|signature)\W*",
    re.IGNORECASE,
)
_LIST = re.compile(r"\s*[;,|\n]\s*")


def settled_date_format(texts: Iterable[str]) -> str | None:
    """day_first or month_first where some date can be read in one way only and none in the other only, else None.

    A tool writes all dates of a file in one form, so a single date past the twelfth settles the others.
    """
    forms = set()
    for text in texts:
        if match := _DAY_AND_MONTH.match(text):
            first, second = int(match[1]), int(match[2])
            forms |= {"day_first"} if first > 12 >= second else {"month_first"} if second > 12 >= first else set()
    return forms.pop() if len(forms) == 1 else None


def is_free_text(answers: Counter[str]) -> bool:
    """Whether answers are people's own words: most of some length, and not the same few choices or lists of them."""
    wordy = Counter({text: count for text, count in answers.items() if _words(text) > 2})
    total, long = answers.total(), wordy.total()
    if long < 2 or long <= total / 4:
        return False
    parts = Counter[str]()
    for text, count in wordy.items():
        for part in _LIST.split(text):
            parts[part] += count if part else 0
    own = sum(count for text, count in wordy.items() if count == 1)
    again = sum(count for count in parts.values() if count > 1)
    return own > long / 2 and again <= parts.total() / 2


def asks_who(question: str) -> bool:
    """Whether a question, or the part behind its " - ", asks for a name, an address or the like: no opinion."""
    return bool(_WHO.fullmatch(question.rpartition(" - ")[2].strip()))


def row_id(cells: Mapping[str, str], copies: Counter[str]) -> str:
    """An id for a row without one: 16 hexadecimal digits of its filled cells, with "-2" for the second equal row."""
    filled = sorted((name, " ".join(text.split())) for name, text in cells.items() if text.strip())
    digest = hashlib.sha256(json.dumps(filled).encode()).hexdigest()[:16]
    copies[digest] += 1
    return digest if copies[digest] == 1 else f"{digest}-{copies[digest]}"


def is_nps(question: str, answers: Counter[str]) -> bool:
    """Whether a question asks for recommending and is answered by whole numbers from 0 to 10.

    One of them must be 9 or 10, so that scales of five or seven are not taken for it.
    """
    if not _RECOMMEND.search(question):
        return False
    numbers = [plain_score(text) for text in answers if not is_nothing(text)]
    return all(n.isdecimal() and n.isascii() and int(n) <= 10 for n in numbers) and bool({"9", "10"} & {*numbers})


def plain_score(text: str) -> str:
    """The number in "10 - Extremely likely"; other texts as they are."""
    match = _LABELLED.match(text)
    return match[1] if match else text


def _words(text: str) -> int:
    """Number of different words; scripts without blanks count two letters as one."""
    return len({*_WORD.findall(text)})
