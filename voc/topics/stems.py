"""Crude stems of words: good enough to see that two phrases say the same."""

import re

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
NOT = "not"
_DENIALS = frozenset(
    "not no never cannot cant dont didnt doesnt isnt wasnt wont couldnt hasnt havent hadnt arent unable without".split()
)
_IRREGULAR = {
    form: base
    for base, forms in {
        "break": "broke broken", "buy": "bought", "choose": "chose chosen", "find": "found", "forget": "forgot forgotten",
        "freeze": "froze frozen", "get": "got gotten", "give": "gave given", "lose": "lost", "pay": "paid",
        "send": "sent", "spend": "spent", "steal": "stole stolen", "stick": "stuck", "swallow": "swallowed", "take": "took taken",
        "tell": "told", "transfer": "transferred transferring", "cancel": "cancelled cancelling", "withdraw": "withdrew withdrawn",
        "withdrawal": "withdrawals", "write": "wrote written", "speak": "spoke spoken", "say": "said", "keep": "kept",
        "leave": "left", "hold": "held", "feel": "felt", "make": "made", "show": "shown", "stop": "stopped stopping",
        "log": "logged logging", "plug": "plugged", "block": "blocked", "refer": "referred", "drop": "dropped",
    }.items()
    for form in forms.split()
}  # fmt: skip
# Words that say nothing about the topic beside those that do.
STOP = frozenset(
    "a an the i my me you your it its we our they their this that these those is are was were be been being am do does did "
    "has have had having will would can could should may might of for on from to with at in about by into during after "
    "before and or but if so as how what who when where why which there here just up out off 's s t m re ve ll d i'm i've "
    "it's what's who's where's please still yet".split()
)


def stem(word: str) -> str:
    """A crude stem that joins plural, -ed and -ing forms; every word that denies becomes "not"."""
    word = word.lower().replace("’", "'")
    if word in _DENIALS or word.endswith("n't"):
        return NOT
    word = word.removesuffix("'s")
    if word in STOP:
        return word
    word = _IRREGULAR.get(word, word)
    for ending, least in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            word = word.removesuffix(ending) + ("y" if ending == "ies" else "")
            break
    return word.removesuffix("e") if len(word) > 3 else word


def stems_of(text: str) -> frozenset[str]:
    """The stems of a text's words."""
    return frozenset(stem(word) for word in _WORD.findall(text))
