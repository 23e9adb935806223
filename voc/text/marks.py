"""The marks that stand in a text for what was taken out of it, such as [email] or [order 3f9a1c07]."""

import re

# Kinds that may carry a token: the same number gives the same token, so that contacts can still be told to speak of it.
REFERENCES = ("order", "invoice", "ticket", "account")
# Every kind of personal data that redaction replaces, in the order in which the kinds are looked for.
KINDS = (
    "email", "iban", "card", "national-id", "passport", "licence", "ip", "birth-date", "address", "phone",
    *REFERENCES, "name",
)  # fmt: skip
TOKEN_LENGTH = 8  # hexadecimal digits of a token; 32 bits: of a million numbers some hundred pairs share one

_PLAIN = "|".join(kind for kind in (*KINDS, "number") if kind not in REFERENCES)
# Matches every mark; no capturing group, so that it can stand inside other patterns.
MARK_PATTERN = rf"\[(?:{_PLAIN}|(?:{'|'.join(REFERENCES)})(?: [0-9a-f]{{{TOKEN_LENGTH}}})?)\]"
MARK = re.compile(MARK_PATTERN)
_TOKENED = re.compile(rf"\[({'|'.join(REFERENCES)}) [0-9a-f]{{{TOKEN_LENGTH}}}\]")


def mark(kind: str, token: str = "") -> str:
    """The mark of a kind, with the token of a number where there is one: "[email]", "[order 3f9a1c07]"."""
    return f"[{kind} {token}]" if token else f"[{kind}]"


def bare(text: str) -> str:
    """The text with marks without their tokens: what is said is the same whichever number it is said of."""
    return _TOKENED.sub(r"[\1]", text) if "[" in text else text
