"""The pinned files hold everything the light install needs, and nothing of what it leaves out."""

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
# Named by the metadata of packages we install, and not needed for what we use of them.
LEFT_OUT = {
    "sentence-transformers", "umap-learn", "hdbscan", "llvmlite", "numba", "openvino-telemetry",  # engines, telemetry
    "pip", "setuptools",  # named by tools at run time, there in every environment
}  # fmt: skip


def pinned(name: str) -> set[str]:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    assert all("==" in line for line in lines if line and not line.startswith("#"))
    return {normal(line.split("==")[0]) for line in lines if line and not line.startswith("#")}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needs(name: str) -> set[str]:
    try:
        listed = [Requirement(text) for text in requires(name) or []]
    except PackageNotFoundError:  # onnxruntime's place is taken by openvino where only the light files are installed
        return set()
    return {normal(r.name) for r in listed if r.marker is None or r.marker.evaluate({"extra": ""})}


def test_everything_needed_is_pinned():
    base = pinned("base.txt")
    missing = {f"{name} needs {other}" for name in base for other in needs(name) - base - LEFT_OUT}
    assert missing == set()


def test_what_we_ask_for_is_pinned():
    base = pinned("base.txt") | {"onnxruntime"}  # openvino is there instead
    assert needs("voc") - base == set()


def test_no_torch():
    assert not {"torch", "transformers", *LEFT_OUT} & (pinned("base.txt") | pinned("test.txt"))
