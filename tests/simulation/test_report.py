"""A section of the simulation report replaces the one of its name and leaves the others."""

from report import table, write_section


def test_sections_are_replaced_by_name(tmp_path):
    report = tmp_path / "simulation.md"
    write_section("Coverage: 10 worlds", ["One.", "", *table(["topic", "covered"], [["A", "80%"]])], report=report)
    write_section("Bias: 10 worlds", ["Two."], report=report)
    write_section("Coverage: 300 worlds", ["Three."], report=report)
    assert report.read_text(encoding="utf-8") == (
        "# Simulation report\n\nWritten by `make simulate`.\n\n## Bias: 10 worlds\n\nTwo.\n\n## Coverage: 300 worlds\n\nThree.\n"
    )
    assert table(["topic", "covered"], [["A", "80%"]]) == ["| topic | covered |", "| --- | ---: |", "| A | 80% |"]
