"""The one exception a person sees: what is wrong, and the next move."""

import difflib
from collections.abc import Iterable


class VocError(Exception):
    """A fault the user can mend.

    `what` says what is wrong and where; `fix` says the next move. The command line
    prints both, one under the other, and exits with 1.
    """

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what}\n{fix}" if fix else what)
        self.what = what
        self.fix = fix


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "Did you mean 'x'?" for the nearest known word, or the list of known words."""
    known = sorted(known)
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{by_lower[near[0]]}'?"
    return f"There are: {', '.join(known)}." if known else ""
