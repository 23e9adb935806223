"""Export: priorities as issues for Jira, as CSV for its importer and as JSON for its REST interface."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from voc.exports._issues import Issue
    from voc.exports._material import Material

DESCRIPTION = "Priorities as Jira issues: CSV for its importer, JSON for its bulk create call; nothing is sent"
TARGET = "folder"
OPTIONS = ("top", "owner", "links")
PRIORITY = {"high": "High", "medium": "Medium", "low": "Low"}
KIND = "Task"
HOW = (
    "Issues for Jira. issues.csv: map its columns in the importer; Owner is a function, not a person. issues.json: the "
    "body of POST /rest/api/2/issue/bulk once each issue's fields hold your project."
)


def write(material: "Material", path: "Path") -> list[str]:
    """issues.csv and issues.json."""
    import json

    from voc.exports._issues import issues
    from voc.exports._package import file_resource, write_csv, write_dictionary
    from voc.reports import _words as w

    found = issues(material)
    most = max(len(issue.labels) for issue in found)
    header = ["Summary", "Issue Type", "Priority", "Component", *["Labels"] * most, "Owner", "External ID", "Description"]
    write_csv(path / "issues.csv", header, (_row(issue, most) for issue in found))
    document = {"issueUpdates": [{"fields": _fields(issue)} for issue in found]}
    (path / "issues.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    files = [file_resource(path / name, HOW, name=name.replace(".", "-")) for name in ("issues.csv", "issues.json")]
    write_dictionary(path, files, material.basis, title="Priorities for Jira")
    return [f"{name}: {w.plural(len(found), 'issue')}" for name in ("issues.csv", "issues.json")]


def _row(issue: "Issue", most: int) -> list:
    labels = [*issue.labels, *[""] * (most - len(issue.labels))]
    return [issue.summary, KIND, PRIORITY[issue.urgency], issue.area or "", *labels, issue.owner or "", issue.topic_id,
            wiki(issue)]  # fmt: skip


def _fields(issue: "Issue") -> dict:
    components = {"components": [{"name": issue.area}]} if issue.area else {}
    return {
        "summary": issue.summary, "issuetype": {"name": KIND}, "priority": {"name": PRIORITY[issue.urgency]},
        **components, "labels": list(issue.labels), "description": wiki(issue),
    }  # fmt: skip


def wiki(issue: "Issue") -> str:
    """The description in Jira's wiki notation; customers' words stand in blocks in which nothing is notation."""
    lines = [escaped(issue.lead), ""]
    lines += [f"* {name}: {said if name == 'Figures' else escaped(said)}" for name, said in issue.facts]
    if issue.quotes:
        lines += ["", "h3. What customers say"]
    for quote in issue.quotes:
        where = escaped(quote.about) + (f" ({quote.link})" if quote.link else "")
        lines += [where, "{noformat}", _inert(quote.text), "{noformat}"]
    lines += ["", "h3. What this rests on"]
    lines += [f"* {escaped(line)}" for line in (*issue.basis, *issue.cautions)]
    return "\n".join(lines)


def _inert(text: str) -> str:
    """Text that cannot end the block it stands in."""
    import re

    return re.sub(r"(?i)\{(?=noformat)", "{ ", text)


def escaped(text: str) -> str:
    """Text in which Jira finds no notation: its signs after a backslash, addresses broken."""
    import re

    text = re.sub(r"([\\{}\[\]*_!|^~#@?]|(?<!\w)[+-])", r"\\\1", text)
    return text.replace("://", ":\\//")
