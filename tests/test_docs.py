"""The documentation names everything there is, and its generated pages are current."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from voc import docs
from voc.cli import cli

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", sorted(docs.pages()))
def test_generated_pages_are_current(name):
    committed = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert committed == docs.pages()[name], "run: make docs"


def test_every_command_has_an_example_in_its_help():
    for path, command in docs._commands(cli, "voc"):
        if not hasattr(command, "commands"):
            assert f"  {path}" in command.help, path


def test_every_setting_says_what_it_means():
    for line in docs.settings_page().splitlines():
        if line.startswith("| `"):
            assert line.split(" | ")[-1].strip(" |"), line


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path, command in docs._commands(cli, "voc"):
        if not hasattr(command, "commands"):
            assert f"`{path}" in readme, path


def test_help_of_a_command_shows_its_examples_line_by_line():
    shown = CliRunner().invoke(cli, ["run", "--help"], prog_name="voc").output
    assert "  voc run weekly.yml --dry-run\n" in shown
