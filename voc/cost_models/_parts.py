"""What several cost models share: commitments, transfers, billing increments, and figures in words."""

from voc.config import Settings


def under_commitment(billed, ratio):
    """(full cost, avoidable cash) of what is billed a contact, under a commitment.

    `ratio` is committed volume over the volume there is (0 without a commitment). Up to the commitment the whole of it
    is paid, used or not: what was not used is spread over the contacts there are, and one contact less saves no cash.
    Above it every contact is billed and saved at its price. Numbers, arrays or series alike.
    """
    is_saved = (ratio < 1) * 1.0
    unused = (ratio - 1) * (1 - is_saved)
    return billed * (1 + unused), billed * is_saved


def check_transfers(parameters: Settings, *needed: str) -> None:
    """Raise ValueError when contacts are passed on but what that costs is not said."""
    missing = [name for name in needed if getattr(parameters, name) is None]
    if parameters.transfer_share > 0 and missing:
        raise ValueError(f"transfer_share needs {' and '.join(missing)} beside it: what a transfer costs")


def in_increments(minutes, seconds, least):
    """Minutes as billed: whole increments of `seconds` (0: to the second's fraction), at least `least` minutes."""
    import numpy as np

    step = np.maximum(seconds, 1e-9) / 60
    whole = np.ceil(minutes / step - 1e-6) * step
    return np.maximum(np.where(np.asarray(seconds) > 0, whole, minutes), least)


def said(number: float) -> str:
    """A figure of a worked example, to four places that count."""
    return f"{number:.0f}" if number == int(number) or abs(number) >= 1000 else f"{number:.4g}"


def amount(number: float) -> str:
    """An amount of money at the end of a worked example."""
    return f"{number:.2f}" if abs(number) >= 0.1 or number == 0 else f"{number:.3g}"
