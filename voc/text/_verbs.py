"""Forms of English verbs that a name needs: base form, participle, -ing."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Token

IRREGULAR = {
    "become": "become", "begin": "begun", "bind": "bound", "break": "broken", "bring": "brought", "build": "built",
    "buy": "bought", "catch": "caught", "choose": "chosen", "cut": "cut", "deal": "dealt", "do": "done", "drive": "driven",
    "eat": "eaten", "fall": "fallen", "find": "found", "forget": "forgotten", "get": "received", "give": "given",
    "go": "gone", "hear": "heard", "hold": "held", "keep": "kept", "know": "known", "lay": "laid", "leave": "left",
    "lend": "lent", "lose": "lost", "make": "made", "meet": "met", "pay": "paid", "put": "put", "read": "read",
    "run": "run", "see": "seen", "sell": "sold", "send": "sent", "set": "set", "show": "shown", "shut": "shut",
    "speak": "spoken", "spend": "spent", "steal": "stolen", "swipe": "swiped", "take": "taken", "teach": "taught",
    "tell": "told", "think": "thought", "throw": "thrown", "understand": "understood", "win": "won", "withdraw": "withdrawn",
    "write": "written", "wear": "worn", "upload": "uploaded", "reset": "reset", "let": "let", "hit": "hit", "draw": "drawn",
}  # fmt: skip
_DOUBLED = re.compile(r"[^aeiou][aeiou][bdgmnprt]$")


def base_form(verb: "Token") -> str:
    """The verb's base form: as written where it is one, else the lemma, less the "e" it invents ("uninstalle")."""
    if verb.tag_ in ("VB", "VBP") and verb.lower_[0] not in "'’":
        return verb.lower_
    lemma = verb.lemma_.lower()
    doubled = re.search(r"([bdglmnprt])\1e$", lemma)
    return lemma[: -1 if doubled[1] == "l" else -2] if doubled else lemma


def ing_form(verb: "Token") -> str:
    """The -ing form: "crashes" -> "crashing"."""
    base = base_form(verb)
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "ye", "oe")):
        return base[:-1] + "ing"
    return base + (base[-1] if _doubles(base) else "") + "ing"


def participle(verb: "Token") -> str:
    """The past participle: "receive" -> "received", "send" -> "sent"."""
    if verb.tag_ == "VBN":
        return verb.lower_
    base = base_form(verb)
    if base in IRREGULAR:
        return IRREGULAR[base]
    if base.endswith("e"):
        return base + "d"
    if re.search(r"[^aeiou]y$", base):
        return base[:-1] + "ied"
    return base + (base[-1] if _doubles(base) else "") + "ed"


def _doubles(base: str) -> bool:
    return bool(_DOUBLED.search(base)) and len(base) <= 4
