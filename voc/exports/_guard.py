"""Text that a spreadsheet would run as a formula is made harmless in CSV files."""

# What a spreadsheet takes for the begin of a formula, in ASCII and as full-width signs, and the blanks it may skip.
_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BLANKS = " \t\r\n\v\f\0\u00a0\ufeff"
MARK = "'"
SAYS = (
    "Text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line break) stands after an "
    "apostrophe; take that one away to have the text itself. Numbers are untouched."
)


def guarded(text: str) -> str:
    """`text`, after an apostrophe where a spreadsheet would take it for a formula.

    One apostrophe is added to text whose own begin with one before such a sign too, so that nothing is lost: whoever
    takes away one apostrophe before such a sign has the text again. A sign that stands alone ('-') is no formula.
    """
    return MARK + text if is_formula(text.lstrip(MARK)) else text


def is_formula(text: str) -> bool:
    """Whether a cell that begins so could be run: a sign of a formula with something after it, a tab, a line break."""
    if text[:1] in ("\t", "\r", "\n"):
        return True
    return len(text) > 1 and text.lstrip(_BLANKS).startswith(_STARTS)
