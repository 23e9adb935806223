"""The documentation builds as a site without a warning, names every source, and loads nothing from another host."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from voc import registry

ROOT = Path(__file__).parent.parent
OTHER_HOST = re.compile(r"""<(?:script|link|img|iframe|source)[^>]*?(?:src|href)=["']?(?:https?:)?//[^"'> ]+""")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    if importlib.util.find_spec("sphinx") is None:
        pytest.skip("Sphinx is not installed: requirements/docs.txt")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", ROOT / "docs", folder]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder


def test_pages_load_nothing_from_another_host(site):
    pages = sorted(site.rglob("*.html"))
    assert {page.name for page in pages} >= {"index.html", "method.html", "tables.html", "recipes.html", "sources.html"}
    found = {page.name: OTHER_HOST.findall(page.read_text(encoding="utf-8")) for page in pages}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_style_sheets_load_nothing_from_another_host(site):
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name


@pytest.mark.parametrize("name", registry.names("sources"))
def test_every_source_has_a_section(name):
    assert f"\n## {name}\n" in (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
