"""Export: what the help centre lacks, topic by topic, with customers' own questions and what to write."""

from typing import TYPE_CHECKING

from voc.schema import column, table
from voc.tables import DEMAND_TYPES, NAMES_REMAIN

if TYPE_CHECKING:
    from pathlib import Path

    from voc.exports._material import Material

DESCRIPTION = "Topics that words could settle, with customers' questions and what to write, for the help centre's editors"
TARGET = "folder"
OPTIONS = ("owner", "top")
QUOTES, LONGEST = 3, 600
WHAT_TO_WRITE = {
    "instruction_unclear": "Write the article, or write it anew: the steps in the order customers take them, in their words.",
    "wrong_answer": "Correct the article, macro or bot answer that sends customers the wrong way, and say what it said before.",
    "policy_friction": "State the rule where customers meet it, before it holds: what it is, why, and what they can do.",
    "product_gap": "Say plainly that it is not possible, what comes nearest to it, and where to ask for it.",
    "operations_delay": "Say how long it takes, where to see how far it is, and from when on to get in touch.",
    "chaser": "Say when an answer comes and where to see how far it is, in the first reply and on the contact page.",
    "access": "Describe the way to do it without us: who may, where, step by step, and what to do when it fails.",
}  # fmt: skip
NO_ARTICLES = "The list knows nothing of the articles there are: look for one first."


@table("knowledge_gaps", kind="report", grain="topic that words could settle, most costly first",
       cautions=(NO_ARTICLES, NAMES_REMAIN))  # fmt: skip
class KnowledgeGap:
    rank: int = column("Place among the priorities", key=True, low=1)
    topic_id: str = column("The topic")
    topic: str = column("Name of the topic")
    theme: str | None = column("The theme it belongs to")
    demand_type: str = column("Kind of demand", choices=DEMAND_TYPES)
    owner: str | None = column("Who should act")
    contacts: int = column("Contacts in the period", unit="contacts", low=0)
    repeats_month_low: float = column("Repeat contacts a month, low", unit="contacts a month")
    repeats_month_mid: float = column("Repeat contacts a month", unit="contacts a month")
    repeats_month_high: float = column("Repeat contacts a month, high", unit="contacts a month")
    repeat_hours_month_mid: float | None = column("Agent hours on repeats a month", unit="hours a month")
    what_to_write: str = column("What an article would have to do")
    words: str | None = column("Leading words: titles and search words customers would use")
    quote_1: str | None = column("A customer's words, redacted")
    quote_2: str | None = column("A second one's")
    quote_3: str | None = column("A third one's")
    is_low_volume: bool = column("Fewer than 20 contacts or 10 customers: no claim about its rank")


def write(material: "Material", path: "Path") -> list[str]:
    """knowledge_gaps.csv, the same to read (knowledge_gaps.md) and the dictionary."""
    from voc.exports._package import write_tables

    rows = material.priorities()
    found = gaps(rows, material)[: material.options.top or None]
    frame = KnowledgeGap.frame(found)
    said = write_tables(path, (KnowledgeGap,), lambda name: frame, material.basis, title="Knowledge gaps")
    (path / "knowledge_gaps.md").write_text(as_markdown(found, material), encoding="utf-8")
    unknown = sum(row["demand_type"] is None for row in rows)
    if unknown:
        said.append(f"not in it: {unknown} topics whose kind of demand nobody has said (voc topics link --demand-type)")
    return [*said, "knowledge_gaps.md: the same to read"]


def gaps(priorities: list[dict], material: "Material") -> list[dict]:
    """Rows of the list: topics of a kind that words could settle, in the order of the priorities."""
    from collections import defaultdict

    from voc.reports import _words as w

    versions = {row["topic_id"]: row for row in material.rows("topic_versions")}
    quotes = defaultdict(list)
    for row in sorted(material.rows("evidence"), key=lambda row: row["position"]):
        quotes[row["topic_id"]].append(w.shortened(w.line(row["text"]), LONGEST))
    found = []
    for row in priorities:
        if row["demand_type"] not in WHAT_TO_WRITE:
            continue
        said = [*quotes[row["topic_id"]], *[None] * QUOTES][:QUOTES]
        version = versions.get(row["topic_id"], {})
        found.append(
            {name: row[name] for name in KnowledgeGap.names if name in row}
            | {"theme": version.get("theme"), "words": version.get("words"), "what_to_write": WHAT_TO_WRITE[row["demand_type"]]}
            | {f"quote_{number}": text for number, text in enumerate(said, start=1)}
        )  # fmt: skip
    return found


def as_markdown(found: list[dict], material: "Material") -> str:
    """The list to read, a section a topic; customers' words are text, whatever they hold."""
    from voc.briefing.markup import escape_markdown as escaped
    from voc.reports import _words as w

    lines = ["# Knowledge gaps", "", *(f"{escaped(line)}  " for line in material.basis.lines), "", NO_ARTICLES]
    for row in found:
        low, mid, high = (row[f"repeats_month_{end}"] for end in ("low", "mid", "high"))
        lines += [
            "", f"## {escaped(row['topic'])}", "",
            f"{w.plural(row['contacts'], 'contact')} in the period, {w.amount(mid)} repeats a month ({w.between(low, high)}); "
            f"{w.DEMAND_WORDS[row['demand_type']]}. Owner: {escaped(row['owner']) or 'nobody yet'}.", "",
            f"**To write:** {row['what_to_write']}", "", f"**Words customers use:** {escaped(row['words'])}",
        ]  # fmt: skip
        for number in range(1, QUOTES + 1):
            if row[f"quote_{number}"]:
                lines += ["", f"> {escaped(row[f'quote_{number}'])}"]
    return "\n".join(lines) + "\n"
