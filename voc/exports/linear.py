"""Export: priorities as issues for Linear, as CSV in the columns of its own export and as JSON for its interface."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from voc.exports._issues import Issue
    from voc.exports._material import Material

DESCRIPTION = "Priorities as Linear issues: CSV in the columns of Linear's own export, and JSON; nothing is sent"
TARGET = "folder"
OPTIONS = ("top", "owner", "links")
PRIORITY = {"high": ("High", 2), "medium": ("Medium", 3), "low": ("Low", 4)}
STATUS = "Backlog"
HEADER = ["Id", "Title", "Description", "Status", "Estimate", "Priority", "Assignee", "Labels"]
HOW = (
    "Issues for Linear. issues.csv: for its CSV importer. issues.json: inputs of the mutation issueCreate once each holds "
    "your teamId; labels, owner and topic_id are for your own script."
)


def write(material: "Material", path: "Path") -> list[str]:
    """issues.csv and issues.json."""
    import json

    from voc.exports._issues import issues
    from voc.exports._package import file_resource, write_csv, write_dictionary
    from voc.reports import _words as w

    found = issues(material)
    write_csv(path / "issues.csv", HEADER, (_row(issue) for issue in found))
    document = {"issues": [_input(issue) for issue in found]}
    (path / "issues.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    files = [file_resource(path / name, HOW, name=name.replace(".", "-")) for name in ("issues.csv", "issues.json")]
    write_dictionary(path, files, material.basis, title="Priorities for Linear")
    return [f"{name}: {w.plural(len(found), 'issue')}" for name in ("issues.csv", "issues.json")]


def labels(issue: "Issue") -> list[str]:
    """Labels, the area among them; a comma would part one into two."""
    return [label.replace(",", " ") for label in (*issue.labels, *([issue.area] if issue.area else []))]


def _row(issue: "Issue") -> list:
    named = PRIORITY[issue.urgency][0]
    return [issue.topic_id, issue.summary, markdown(issue), STATUS, "", named, "", ", ".join(labels(issue))]


def _input(issue: "Issue") -> dict:
    return {
        "input": {"title": issue.summary, "description": markdown(issue), "priority": PRIORITY[issue.urgency][1]},
        "labels": labels(issue), "owner": issue.owner, "topic_id": issue.topic_id,
    }  # fmt: skip


def markdown(issue: "Issue") -> str:
    """The description in Markdown; whatever customers wrote is text."""
    from voc.briefing.markup import escape_markdown as escaped

    lines = [escaped(issue.lead), ""]
    lines += [f"- {name}: {f'<{said}>' if name == 'Figures' else escaped(said)}" for name, said in issue.facts]
    if issue.quotes:
        lines += ["", "### What customers say"]
    for quote in issue.quotes:
        where = escaped(quote.about)
        lines += ["", f"> {escaped(quote.text)}", "", f"[{where}](<{quote.link}>)" if quote.link else where]
    lines += ["", "### What this rests on", ""]
    lines += [f"- {escaped(line)}" for line in (*issue.basis, *issue.cautions)]
    return "\n".join(lines)
