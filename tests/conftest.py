"""Shared fixtures: real data where it is present, a small run, frames made by hand."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says nothing about it on a machine that does other work beside
settings.register_profile("voc", deadline=None)
settings.load_profile("voc")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Folder of a real data set; the test is skipped, with the reason, where the set is absent."""
    base = Path(os.environ.get("VOC_REAL_DATA", ROOT.parent / "shared" / "data"))

    def folder(name: str) -> Path:
        path = base / name
        if not path.is_dir():
            pytest.skip(f"real data '{name}' is not at {base} (set VOC_REAL_DATA)")
        return path

    return folder
