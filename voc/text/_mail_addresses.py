"""Find e-mail addresses, also those written so that a machine would not see them: "john (at) example (dot) com"."""

import re

_SIGN = re.compile(r"@|%40")  # the second in links
_LOCAL_BACKWARDS = re.compile(r"[\w.+&'%-]{1,254}")
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?:xn--[a-z0-9-]{{2,59}}|[^\W\d_]{{2,24}})(?![^\W_])", re.IGNORECASE)
_TOP_LEVEL = (
    "com|org|net|edu|gov|info|biz|io|co|app|dev|ai|me|tv|eu|uk|us|ca|au|nz|ie|de|at|ch|fr|be|lu|es|pt|it|nl|se|no"
    "|dk|fi"
    "|pl|cz|sk|hu|ro|bg|gr|tr|ru|ua|in|cn|jp|kr|br|mx|ar|cl|za"
)
_BRACKETED = r"\s?[(\[{]\s?"
_HIDDEN_AT = rf"(?:{_BRACKETED}(?:at|@|arroba|a)\s?[)\]}}]\s?|\s@\s?|\s?@\s|\sat\s)"
_HIDDEN_DOT = rf"(?:{_BRACKETED}(?:dot|punkt|point|punto|\.)\s?[)\]}}]\s?|\sdot\s|\.)"
_HIDDEN_EMAIL = re.compile(
    rf"(?<![\w.+-])[\w+][\w.+&'-]{{0,63}}(?:{_HIDDEN_AT}|@)(?:{_LABEL}{_HIDDEN_DOT}){{1,4}}(?:{_TOP_LEVEL})"
    r"(?![\w-])(?!\.\w)",
    re.IGNORECASE,
)
# With "at" in brackets any ending will do.
_BRACKETED_EMAIL = re.compile(
    rf"(?<![^\W_])[\w+][\w.+&'-]{{0,63}}\s?[(\[{{]\s?(?:at|@|arroba)\s?[)\]}}]\s?(?:{_LABEL}{_HIDDEN_DOT}){{1,4}}[^\W\d_]{{2,24}}(?![^\W_])",
    re.IGNORECASE,
)
# "at" with a plain dot is prose ("look at example.com"): an address written out needs one of these signs.
_IS_HIDDEN_ADDRESS = re.compile(r"[@(\[{]|\sdot\s", re.IGNORECASE)
_HINT = re.compile(r"[(\[{] ?(?:at|a|arroba) ?[)\]}]")


def find_emails(text: str, lowered: str) -> list[tuple[int, int]]:
    """Return the (start, end) of every e-mail address in `text`, in order; `lowered` is the text in small letters."""
    places = []
    has_sign = "@" in text or "%40" in text
    if has_sign:
        places = [place for sign in _SIGN.finditer(text) if (place := _around(text, sign.start(), sign.end()))]
    if not places and (has_sign or " dot " in lowered or any(sign in text for sign in "([{") and _HINT.search(lowered)):
        places = [match.span() for match in _BRACKETED_EMAIL.finditer(text)]
        found = _HIDDEN_EMAIL.finditer(text) if not places else ()
        places += [match.span() for match in found if _IS_HIDDEN_ADDRESS.search(match[0])]
    return [place for n, place in enumerate(places) if n == 0 or place[0] >= places[n - 1][1]]


def _around(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The address around an "@" at start to end."""
    local = _LOCAL_BACKWARDS.match(text[max(0, start - 254) : start][::-1])
    domain = _DOMAIN.match(text, end)
    if not local or not domain:
        return None
    first = start - len(local[0].rstrip(".&'-"))
    return (first, domain.end()) if first < start else None
