"""Turn the HTML of an export into plain text a person could have typed, and leave plain text as it is."""

import re
import unicodedata
from html import unescape
from typing import Any

_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p",
    "pre", "section", "select", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
))  # fmt: skip
_CELLS = frozenset(("td", "th"))
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "caption", "cite", "code", "col", "colgroup",
    "data", "del", "dfn", "em", "font", "i", "img", "input", "ins", "kbd", "label", "link", "map", "mark", "meta",
    "meter", "nobr", "output", "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "small", "source",
    "span", "strike", "strong", "sub", "sup", "svg", "time", "tt", "u", "var", "wbr",
))  # fmt: skip
# Their content is read as raw text or is not for readers. A stray "<script>" in a sentence would swallow all that
# follows, so they count as tags only where the closing tag is there too.
_UNREAD = frozenset((
    "head", "iframe", "noembed", "noframes", "noscript", "object", "script", "style", "template", "title",
    "textarea", "xmp",
))  # fmt: skip
# Never nested deep.
_FLAT = frozenset((
    "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option", "p", "source", "td", "th",
    "tr", "wbr",
))  # fmt: skip
_KNOWN = _BLOCKS | _CELLS | _INLINE | _UNREAD

_OPENING = re.compile(
    r"<(?:(/?)([a-zA-Z][a-zA-Z0-9]*|[ovwx]:[a-z]+)(?=[\s/>])|(!--|!doctype\b|!\[|\?xml))", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_ESCAPED_DOCUMENT = re.compile(r"\s*&lt;(?:!doctype|html|body|div|p|table|span|br|ul|ol|h[1-6])\b", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"\s*/?>|\s+[a-zA-Z_:@][\w:.-]*\s*=")
_PRE = re.compile(r"(<pre\b[^>]*>)(.*?)(</pre\s*>)", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<[^<>]*>")

# Characters that can stand in no cleaned text mark the structure until the text is laid out.
_BREAK, _QUOTE, _UNQUOTE, _LESS = "\x01", "\x02", "\x03", "\x04"
_MARKS = re.compile(f"([{_BREAK}{_QUOTE}{_UNQUOTE}])")
_QUOTED = "blockquote, div.gmail_quote, div.yahoo_quoted"
_DEEPEST = 500  # levels of nesting; the parser's time grows with their square

_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2064\u2066-\u2069"
    "\u3000\ufeff\ud800-\udfff\ufff9-\ufffb]"
)
_PLAIN_ASCII = bytes([9, 10, *range(32, 127)])
_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# What UTF-8 looks like when it was read as Latin-1 or Windows-1252: a lead byte's letter, then a trail byte's sign.
_MOJIBAKE = re.compile(
    "[\xc2-\xf4][\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201e"
    "\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)


def html_to_text(text: str) -> str:
    """Return `text` without markup, control characters, odd spaces and wrongly decoded letters.

    Blocks and list items become lines, inline tags vanish without breaking a word, quoted blocks become lines that
    begin with "> ". Plain text comes back as it was: "a < b", "<john@x.com>" and "<placeholder>" are not markup.
    """
    text = _normalise(_mend_mojibake(_mend_surrogates(text)))
    if "&" in text and "<" not in text and _ESCAPED_DOCUMENT.match(text):
        text = _ENTITY.sub(lambda entity: unescape(entity.group()), text)
    if "<" in text and (names := _tags(text)):
        text = _from_html(text, names)
    elif "&" in text:
        text = _ENTITY.sub(lambda entity: unescape(entity.group()), text)
    return _normalise(text)


def _mend_surrogates(text: str) -> str:
    """Join halves of a character that a JSON export left apart; a half alone becomes U+FFFD, so UTF-8 can hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _mend_mojibake(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252, line by line; nothing else, least of all the customer's quotes."""
    if text.isascii() or not _MOJIBAKE.search(text):
        return text
    from ftfy import TextFixerConfig, fix_encoding

    config = TextFixerConfig(uncurl_quotes=False, unescape_html=False)
    lines = text.split("\n")
    return "\n".join(fix_encoding(line, config) if _MOJIBAKE.search(line) else line for line in lines)


def _normalise(text: str) -> str:
    """Bring line ends, spaces and combined letters to one form and drop what cannot be seen."""
    if text.isascii():
        if not text.encode().translate(None, _PLAIN_ASCII):  # many times faster than the pattern
            return text
    else:
        text = unicodedata.normalize("NFC", text)
    if _ODD.search(text):
        text = _ODD.sub("", _SPACES.sub(" ", _LINE_ENDS.sub("\n", text)))
    return text


def _tags(text: str) -> frozenset[str]:
    """Return the names of the HTML tags in `text`, in lower case; "!" stands for comments and declarations."""
    names = {(found[1] or "!").lower() for found in _OPENING.findall(text)}
    return frozenset(name for name in names if _is_tag(name, text))


def _is_tag(name: str, text: str) -> bool:
    if name in _UNREAD:
        return f"</{name}" in text.lower()
    return name in _KNOWN or name == "!" or ":" in name


def _from_html(text: str, names: frozenset[str]) -> str:
    """Lay out the text of an HTML fragment; `names` are the tags known to be in it."""
    text, depth = _escape_strays(text, names)
    if not names & _BLOCKS:
        text = text.replace("\n", _BREAK * 2)  # inline tags only: the line ends are the customer's own
    elif "pre" in names:
        text, names = _PRE.sub(lambda pre: pre[1] + pre[2].replace("\n", "<br>") + pre[3], text), names | {"br"}
    flat = _flatten(text) if depth > _DEEPEST else _parse(text, names)
    return _lay_out(_SPACES.sub(" ", flat.replace(_LESS, "<")))


def _escape_strays(text: str, names: frozenset[str]) -> tuple[str, int]:
    """Return `text` with every "<" that opens no known tag out of the parser's sight, and the deepest nesting."""
    parts, position, depth, deepest = [], 0, 0, 0
    last, last_comment = text.rfind(">"), text.rfind("-->")
    tags = {tag.start(): tag for tag in _OPENING.finditer(text) if _is_whole(tag, names, last_comment)}
    while (start := text.find("<", position)) >= 0:
        tag = tags.get(start) if start < last else None
        parts.append(text[position:start] + ("<" if tag else _LESS))
        position = start + 1
        if tag and tag[2] and tag[2].lower() not in _FLAT:
            depth = max(0, depth + (-1 if tag[1] else 1))
            deepest = max(deepest, depth)
    return "".join(parts) + text[position:], deepest


def _is_whole(tag: re.Match[str], names: frozenset[str], last_comment: int) -> bool:
    """Say whether an opening is one of the known tags and not the "<b" of a comparison or a comment without end."""
    if tag[3]:
        return tag[3] != "!--" or tag.end() <= last_comment
    return tag[2].lower() in names and (len(tag[2]) > 1 or _ATTRIBUTES.match(tag.string, tag.end()) is not None)


def _parse(text: str, names: frozenset[str]) -> str:
    """Return the text of an HTML fragment, its structure told by marks."""
    from selectolax.lexbor import LexborHTMLParser

    text = re.sub(r"[ \t\r\n\f]+", " ", text)
    body = LexborHTMLParser(f"<body>{text}").body
    for node in _select(body, names & (_UNREAD - {"head", "noscript", "textarea", "xmp"})):
        node.decompose()
    for node in _select(body, names & _CELLS):
        node.insert_after(" ")
    for node in _select(body, names & (_BLOCKS - {"body", "html"})):
        marks = _BREAK * 2 if node.tag == "p" else _BREAK  # a paragraph stands apart by an empty line
        node.insert_before(marks)
        node.insert_after(marks)
    for node in body.css(_QUOTED) if names & {"blockquote", "div"} else ():
        node.insert_before(_QUOTE)
        node.insert_after(_UNQUOTE)
    return body.text(deep=True, separator="")


def _select(body: Any, names: frozenset[str]) -> list[Any]:
    """Return the nodes under `body` with one of these tag names, in document order."""
    return body.css(", ".join(sorted(names))) if names else []


def _flatten(text: str) -> str:
    """Replace tags by line ends without reading their structure: for nesting no real message has."""
    return unescape(_ANY_TAG.sub(_BREAK, re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", " ", text)))


def _lay_out(flat: str) -> str:
    """Turn marks into lines: at most one empty line in a row, quoted lines begin with "> " once per level."""
    lines: list[str] = []
    current, level, breaks = "", 0, 0
    for piece in _MARKS.split(flat + _BREAK):
        if not _MARKS.fullmatch(piece):
            current += piece
            continue
        if line := re.sub(r" {2,}", " ", current).strip(" "):
            if lines and breaks > 2:
                lines.append(">" if level and lines[-1].startswith("> ") else "")
            lines.append("> " * level + line)
            breaks = 0
        current = ""
        breaks += piece == _BREAK
        level = max(0, level + (piece == _QUOTE) - (piece == _UNQUOTE))
    return "\n".join(lines)
