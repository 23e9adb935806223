"""The comparison of two runs in words."""

from voc.reports import _words as w

LISTED = 12  # rows of a list


def diff_text(found: dict, *, width: int = 100) -> str:
    """The comparison as text: the runs, why, totals, what moved, entered and left."""
    parts = [_runs(found), _why(found), _totals(found, width), _moved(found, width), _lists(found, width), _assigned(found)]
    return "\n\n".join(part for part in parts if part)


def _runs(found: dict) -> str:
    lines = []
    for side in ("from", "to"):
        run = found[side]
        period = f"{w.day(run['period_from'])} to {w.day(run['period_to'])}" if run["period_from"] else "no contacts"
        if run["first_day"] or run["last_day"]:
            period += f"; period asked for: {w.period(run['first_day'], run['last_day'])}"
        lines.append(f"{side + ':':<6}{run['run_id']}  {w.line(run['pipeline'])}, {w.day(run['started_at'])}; data of {period}")
    return "\n".join(lines)


def _why(found: dict) -> str:
    if not found["why"]:
        return "Why: nothing differs but the time: data, settings, costs and versions are the same."
    wide = max(len(reason["kind"]) for reason in found["why"])
    more = len(found["why"]) - 2 * LISTED
    lines = [f"  {reason['kind']:<{wide}}  {reason['says']}" for reason in found["why"][: 2 * LISTED]]
    if more > 0:
        lines.append(f"  and {w.plural(more, 'more difference')} (--json has all)")
    return "\n".join(["Why (what differs between the runs):", *lines])


def _totals(found: dict, width: int) -> str:
    name_width = max(24, width - 66)
    lines = [
        f"  {w.shortened(row['measure'].replace('_', ' '), name_width):<{name_width}} {_figure(row['from'], row['unit']):>22} "
        f"{_figure(row['to'], row['unit']):>22}  {_verdict(row, found['is_same_data'])}"
        for row in found["totals"]
    ]  # fmt: skip
    return "\n".join([f"{'All topics':<{name_width + 2}} {'from':>22} {'to':>22}", *lines]) if lines else ""


def _moved(found: dict, width: int) -> str:
    head = f"Topics that moved ({found['measure']['unit']}). {found['rule']}"
    rest = f"{w.plural(found['unmoved_count'], 'topic')} of both runs did not."
    if not found["moved"]:
        return f"{head}\n  none; {rest}"
    lines = []
    for row in found["moved"][:LISTED]:
        lines.append(f"  {w.shortened(w.line(row['topic']), width - 50)} (rank {row['rank_from']} → {row['rank_to']})")
        because = f"; mainly: {row['mainly']}" if row["mainly"] else ""
        sure = f"; P {w.chance(row['probability'])}" if row["probability"] is not None else ""
        few = "; few contacts" if row["is_low_volume"] else ""
        lines.append(f"      {_figure(row['from'])} → {_figure(row['to'])}{sure}{because}{few}")
    more = len(found["moved"]) - LISTED
    if more > 0:
        lines.append(f"  and {w.plural(more, 'more topic')} (--json has all)")
    return "\n".join([head, *lines, f"  {rest}"])


def _lists(found: dict, width: int) -> str:
    parts = []
    for key, head in (("entered", "Entered the list"), ("left", "Left the list")):
        rows = found[key]
        lines = [
            f"  {w.shortened(w.line(r['topic']), width - 40)} (rank {r['rank']}, {w.plural(r['contacts'], 'contact')}): {r['what']}"
            for r in rows[:LISTED]
        ]
        more = [f"  and {w.plural(len(rows) - LISTED, 'more topic')} (--json has all)"] if len(rows) > LISTED else []
        parts.append("\n".join([f"{head}: {w.plural(len(rows), 'topic')}", *lines, *more]))
    came, went = found["first_five"]["came"], found["first_five"]["went"]
    if came or went:
        lines = [f"  {_place(row, 'came in')}" for row in came] + [f"  {_place(row, 'went out')}" for row in went]
        parts.append("\n".join(["The first five:", *lines]))
    return "\n\n".join(parts)


def _place(row: dict, what: str) -> str:
    chance = "; their places may differ by chance" if row["may_be_chance"] else ""
    ranks = f"rank {row['rank_from'] or 'none'} → {row['rank_to'] or 'none'}"
    return f"{w.shortened(w.line(row['topic']), 60)} {what} ({ranks}{chance})"


def _assigned(found: dict) -> str:
    rows = found["reassigned"]
    words = {"topic": "name", "demand_type": "kind of demand"}
    lines = [
        f"  {w.shortened(w.line(row['topic']), 50)}: {words.get(row['what'], row['what'])} {_said(row['from'])} → {_said(row['to'])}"
        for row in rows[:LISTED]
    ]
    if len(rows) > LISTED:
        lines.append(f"  and {len(rows) - LISTED} more (--json has all)")
    return "\n".join(["Named or assigned otherwise:", *lines]) if rows else ""


def _said(value: object) -> str:
    return w.line(value) or "none"


def _figure(three: dict, unit: str = "") -> str:
    """A figure with its range, shares as percentages."""
    low, mid, high = (three[end] for end in ("low", "mid", "high"))
    if mid is None:
        return "-"
    said = w.percent(mid) if unit == "share" else w.compact(mid)
    if low is None or low == high:
        return said
    return f"{said} ({w.between(low, high, w.percent) if unit == 'share' else w.spread(low, mid, high)})"


def _verdict(row: dict, is_same_data: bool) -> str:
    """What to make of a change: up or down, or not to be told from chance; counts have no noise."""
    if not row["change"]:
        return "same"
    is_count = row["from"]["low"] is None
    if not row["is_beyond_noise"] and not is_count:
        return "little changed" if is_same_data else "within noise"
    return "up" if row["change"] > 0 else "down"
