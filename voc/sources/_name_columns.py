"""Columns that hold the name of a person, told by their headers or questions, and the names in a row of such a table."""

import re
from collections.abc import Callable, Iterable, Mapping

from voc.sources._people import shown
from voc.sources._values import is_nothing

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIGNS = re.compile(r"[\W_]+")
_OPTIONAL = re.compile(r"\s*(?:\((?:optional|required|freiwillig|facultatif|opcional)\)|\*)\s*$", re.IGNORECASE)
# What stands before the last point of a key whose last part is a name: of an object, of hidden fields, of variables
_OF_A_PERSON = re.compile(
    r"(?:hidden|variables|properties|attributes|customer|contact|person|recipient|respondent|caller|user|agent|requester)$", re.IGNORECASE
)
_LEAD = re.compile(
    r"(?:please |kindly )?(?:enter |tell us |provide |what is |what s |whats |may we have )?(?:your |the |my )?"
    r"(?:wie (?:ist|lautet) |bitte geben sie |quel est |cu[aá]l es |come ti chiami )?(?:ihr(?:en)? |dein(?:en)? |votre |su |tu |il tuo |o seu |uw |je )?"
    r"(?:(?:recipient|respondent|customer|client|contact|person|participant|user|guest|caller|requester|agent|employee|properties) )?"
)
# As asked in forms, in words without signs
_FIRST = frozenset(("first name", "given name", "forename", "christian name", "vorname", "prénom", "primer nombre", "voornaam", "firstname", "fname"))
_LAST = frozenset((
    "last name", "surname", "family name", "nachname", "familienname", "nom de famille", "apellido", "apellidos", "cognome", "sobrenome", "apelido",
    "achternaam", "lastname", "lname",
))  # fmt: skip
_WHOLE = frozenset((
    "name", "full name", "fullname", "display name", "displayname", "first and last name", "first name and last name", "name and surname",
    "vor und nachname", "vollständiger name", "name vorname", "nom", "nom complet", "nom et prénom", "prénom et nom", "nombre", "nombre completo",
    "nombre y apellidos", "nombre y apellido", "nome", "nome completo", "nome e cognome", "naam", "volledige naam",
))  # fmt: skip

Groups = tuple[tuple[str, ...], ...]


def name_columns(columns: Iterable[str], question: Callable[[str], str] = lambda column: column) -> Groups:
    """The columns whose cells together make the name of one person, group by group.

    A first name goes with the last name of the same number. `question` gives the wording of a column; names of the
    company, the product and the like are none of a person.
    """
    kinds = {column: next(filter(None, map(_kind, (column, question(column)))), "") for column in columns}
    first, last, whole = ([column for column, kind in kinds.items() if kind == wanted] for wanted in ("first", "last", "whole"))
    if len(whole) == len(last) and not first:  # Nombre and Apellidos, Nome and Cognome
        first, whole = whole, []
    both = list(zip(first, last, strict=False))
    alone = [(column,) for column in (*first[len(both) :], *last[len(both) :], *whole)]
    return (*both, *alone)


def names_in(cells: Mapping[str, str], groups: Groups) -> tuple[str, ...]:
    """The names in a row, each once: one to five words, no address, no number and nothing that stands for none."""
    found: dict[str, None] = {}
    for group in groups:
        parts = [text for column in group if not is_nothing(text := cells.get(column, ""))]
        found.update(dict.fromkeys(shown(" ".join(parts), least=1)))
    return tuple(found)


def _kind(text: str) -> str:
    """first, last, whole, or "" for what asks for no name of a person."""
    text = _OPTIONAL.sub("", text)
    outer, _, inner = text.rpartition(".")
    labels = (text, text.rpartition(" - ")[2], text.partition(":")[0], inner if _OF_A_PERSON.search(outer) else "")
    for label in dict.fromkeys(labels):
        words = _SIGNS.sub(" ", _CAMEL.sub(" ", label)).casefold().strip()
        asked = words[_LEAD.match(words).end() :]
        for kind, known in (("first", _FIRST), ("last", _LAST), ("whole", _WHOLE)):
            if asked in known or words in known:
                return kind
    return ""
