"""Export: the verdict and the first topics as a message for a chat channel; printed or written, never sent."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from voc.exports._material import Material

DESCRIPTION = "The verdict and the first five topics as a chat message (Slack's mrkdwn), or as a webhook's JSON; nothing is sent"
TARGET = "text"
OPTIONS = ("top", "owner", "links", "webhook_json")
TOP = 5
LONGEST_SECTION = 3000  # characters of a block in a Slack message
LONGEST_NAME = 80


def write(material: "Material", path: "Path") -> list[str]:
    """The message, as text or as the body of a webhook."""
    import json

    sections = message(material)
    if not material.options.webhook_json:
        path.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
        return [f"message of {len(sections)} paragraphs"]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in packed(sections)]
    body = {"text": sections[0], "blocks": blocks, "unfurl_links": False}
    path.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [f"webhook body of {len(blocks)} blocks"]


def message(material: "Material") -> list[str]:
    """Paragraphs in Slack's mrkdwn: verdict, first topics, what they rest on."""
    from voc.exports._issues import link_base

    rows = material.priorities(default_top=TOP)
    base = link_base(material.options.links)
    parts = [f"*{escaped(headline(material))}*"]
    if rows:
        parts.append("\n".join(_topic(row, base) for row in rows))
    cautions = [c for c in material.basis.cautions if c.startswith("Money")]
    notes = [*material.basis.lines, *cautions, "Ranges are the middle 80% of results when customers are drawn again."]
    parts.append("_" + escaped(" ".join(notes)).replace("_", "-") + "_")
    return parts


def packed(sections: list[str]) -> list[str]:
    """The paragraphs again, those too long for one block of a Slack message parted between lines."""
    found = []
    for section in sections:
        block = ""
        for line in section.split("\n"):
            if block and len(block) + 1 + len(line) > LONGEST_SECTION:
                found.append(block)
                block = ""
            block = f"{block}\n{line}" if block else line
        found.append(block)
    return found


def headline(material: "Material") -> str:
    """The briefing's headline; of the run's own tables where it has no briefing."""
    from voc.reports import _words as w

    found = [row["title"] for row in material.rows("briefings")]
    return w.line(found[0]) if found else "What customers say"


def _topic(row: dict, base: str | None) -> str:
    from voc.exports._issues import price, tilde
    from voc.reports import _words as w

    name = escaped(w.shortened(w.line(row["topic"]), LONGEST_NAME))
    if base:
        name = f"<{base}/latest_priorities?topic_id={tilde(row['topic_id'])}|{name.replace('|', '/')}>"
    says = price(row).partition(". Ranges")[0].removesuffix(".")
    few = "; few contacts, no claim about its rank" if row["is_low_volume"] else ""
    return f"{row['rank']}. {name}: {escaped(says)}{few}. Owner: {escaped(w.line(row['owner'])) or 'nobody yet'}."


def escaped(text: str) -> str:
    """Text in which Slack finds no mention, link or formatting."""
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, entity)
    # A word joiner before a sign keeps it from opening or closing bold, italic, struck or code text.
    return "".join(f"\u2060{c}" if c in "*_~`" else c for c in text)
