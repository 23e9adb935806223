"""docs/simulation.md, one section a long simulation: each run replaces its own and keeps the others."""

from pathlib import Path

REPORT = Path(__file__).parents[2] / "docs" / "simulation.md"
OPENING = "# Simulation report\n\nWritten by `make simulate`.\n"


def write_section(title: str, lines: list[str], *, report: Path = REPORT) -> None:
    """Put a section of this title into the report; what stands before a colon tells titles apart.

    Figures of the run (how many worlds, of what size) may therefore follow the colon.
    """
    sections = report.read_text(encoding="utf-8").split("\n## ")[1:] if report.exists() else []
    kept = [section.strip() for section in sections if _name(section) != _name(title)]
    kept.append("\n".join([title, "", *lines]).strip())
    text = "".join(f"\n## {section}\n" for section in sorted(kept, key=_name))
    report.write_text(OPENING + text, encoding="utf-8")


def _name(section: str) -> str:
    return section.partition("\n")[0].partition(":")[0].strip()


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table, first column to the left and numbers to the right."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in [head, marks, *rows]]
