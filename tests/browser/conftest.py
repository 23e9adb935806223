"""The made-up company, run once and browsed; every page of a test is watched for requests to other hosts."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from runs import voc
from serving import browser, served, why_no_browser

from voc import setup


@pytest.fixture(scope="session")
def database(tmp_path_factory) -> Path:
    """The sample company's database after a run."""
    if reason := why_no_browser():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("company")
    setup.write_sample_company(folder, seed=5, tickets=700, answers=300)
    done = voc("run", "sample.yml", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "sample.db"


@pytest.fixture
def copied(database, tmp_path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copy(database, tmp_path / "sample.db"))


@pytest.fixture(scope="module")  # its driver keeps an event loop running, which tests of other files cannot stand
def chromium() -> Iterator:
    """A browser, or a skip that says why there is none."""
    if reason := why_no_browser():
        pytest.skip(reason)
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def address(database) -> Iterator[str]:
    """Where the sample is served, for reading only."""
    with served(database) as found:
        yield found


@pytest.fixture
def open_page(chromium) -> Iterator[Callable]:
    """Opens pages; at the end none of them may have asked another host for anything."""
    asked, contexts = [], []

    def opened(url: str, **options):
        context = chromium.new_context(viewport={"width": 1200, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(f"http://script-ran/{dialog.message}"))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert {urlsplit(url).hostname for url in asked} <= {"127.0.0.1", None}
