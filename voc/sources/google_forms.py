"""Google Forms responses: CSV of the form itself or of its sheet, or the sheet as a workbook."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from voc.errors import VocError
from voc.records import Record
from voc.sources._headers import find_standard, header_of, plain_name
from voc.sources._surveys import Survey, SurveyOptions, open_survey, read_survey
from voc.sources._values import parse_time

DESCRIPTION = "Google Forms responses: CSV of the form or of its sheet, Timestamp first"

# The first column in the languages forms are made in
_TIMESTAMPS = (
    "Timestamp", "Zeitstempel", "Horodateur", "Marca temporal", "Informazioni cronologiche", "Carimbo de data/hora",
    "Tijdstempel", "Tidsstempel", "Tidstämpel", "Tidsmerke", "Aikaleima", "Sygnatura czasowa", "Časové razítko",
    "Zaman damgası", "Отметка времени", "Позначка часу", "タイムスタンプ", "타임스탬프", "时间戳记", "時間戳記",
)  # fmt: skip
_STANDARD = {
    "email": (
        "Email Address",
        "Username",
        "Email",
        "E-Mail-Adresse",
        "Adresse e-mail",
        "Dirección de correo electrónico",
    ),
    "quiz": ("Score", "Total score"),
}
_QUESTION = re.compile(r"\?\s*$|\w+\W+\w+\W+\w+")
_OFFSET = re.compile(r"\s(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d{2}))?$")
_ABBREVIATION = re.compile(r"\s([A-Z]{3,4})$")
# Hours from UTC of the zones that the form's own CSV writes as letters
_ZONES = {
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4,
    "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip
_HALVES = re.compile(r"\b([ap])[\s.\u00a0\u202f]*m\b\.?", re.IGNORECASE)


class Options(SurveyOptions):
    """Keys of a `kind: google_forms` source; columns are named by their questions."""


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a Google Forms export: a timestamp first, and beside it columns that read like questions."""
    first, *others = header_of(path, head) or [""]
    return _is_timestamp(first) and any(_QUESTION.search(name) for name in others)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read an export, a response a row; see `read_survey` for how text and score are found.

    Responses have no id: one is made from the row's cells. Raises VocError when the first column is no timestamp.
    """
    table = open_survey(path, options, "Google Forms")
    first, *others = table.columns
    if not _is_timestamp(first):
        raise VocError(
            f"{path}: the first column is '{first}', not the Timestamp of Google Forms.",
            "Export the responses again with all columns, or read the file with kind: table.",
        )
    standard = find_standard(others, _STANDARD)
    asked = tuple(column for column in others if column not in standard.values())
    survey = Survey(table=table, standard=standard, times=(first,), doubtful=asked)
    return read_survey(survey, options, parse=_moment)


def _is_timestamp(name: str) -> bool:
    return plain_name(name) in {plain_name(known) for known in _TIMESTAMPS}


def _moment(text: str, *, date_format: str | None, zone: ZoneInfo) -> datetime:
    """A time as the sheet writes it, or as the form does: 2026/04/22 7:57:50 PM GMT+2. Raises ValueError."""
    plain = _HALVES.sub(r"\1m", text.strip())
    if match := _OFFSET.search(plain):
        plain = f"{plain[: match.start()]}{match[1]}{int(match[2]):02}:{match[3] or '00'}"
    elif (match := _ABBREVIATION.search(plain)) and match[1] in _ZONES:
        plain = f"{plain[: match.start()]}{_ZONES[match[1]]:+03}:00"
    return parse_time(plain, date_format=date_format, zone=zone)
