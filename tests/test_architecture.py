"""The rooms keep their order: imports point upward, and each library lives in one room."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "voc"

# From the bottom of the imports to the top; a module may import rooms that stand before it.
ROOMS = [
    "errors", "records", "schema", "times", "elapsed", "stats", "handle_times", "repeats", "tables", "views", "starters", "config", "secret", "identity", "period", "taxonomy",
    "curation", "curation_writer", "currencies", "costs", "registry", "cost_lines", "compute", "context", "sources", "embedders", "cost_models",
    "text", "pull", "pull_command", "threads", "sentiment", "topics", "namers", "reports", "briefing", "exports", "sample", "stages", "migrations", "store", "labels", "flow", "cost_check", "evaluate", "what_if", "explain", "show", "browse", "setup", "inspection", "brief", "persons", "forget_traces", "forget", "person_export", "identity_explain", "export_commands", "compare", "compare_text", "taken_in", "terminal",
    "topic_commands", "topic_listing", "cli", "__main__", "docs",
]  # fmt: skip
PLUGIN_FOLDERS = ("sources", "embedders", "cost_models", "namers", "reports", "exports")
OWNERS = {
    "click": {"cli", "docs"}, "sqlite3": {"store"}, "sqlite_utils": {"store", "migrations"}, "bertopic": {"topics"},
    "spacy": {"text"}, "datasette": {"browse"}, "llm": {"namers"}, "jinja2": {"briefing", "browse"}, "torch": set(),
    "httpx2": {"pull"}, "stamina": {"pull"},
}  # fmt: skip
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py" or p.parent != PACKAGE)


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{a.name}" for a in node.names] if node.module == "voc" else [node.module]
    return found


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_room_is_in_the_list():
    assert {room(p) for p in MODULES} <= set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_upward(path):
    mine = ROOMS.index(room(path))
    wrong = [
        module for module in imports(path)
        if module.startswith("voc.") and (other := module.split(".")[1]) in ROOMS and ROOMS.index(other) > mine
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_libraries_stay_in_their_room(path):
    wrong = [
        module for module in imports(path)
        if (owners := OWNERS.get(module.split(".")[0])) is not None and room(path) not in owners
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) in PLUGIN_FOLDERS], ids=name)
def test_plugins_of_one_folder_do_not_import_each_other(path):
    wrong = [
        module for module in imports(path)
        if module.startswith(f"voc.{room(path)}.") and not module.split(".")[2].startswith("_")
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_prints_or_exits_but_the_command_line(path):
    calls = [
        node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]  # fmt: skip
    assert room(path) == "cli" or not {"print", "exit"} & set(calls)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_help_loads_nothing_heavy():
    code = "import sys, voc.cli; print(sorted(set(m.split('.')[0] for m in sys.modules)))"
    loaded = ast.literal_eval(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
    assert not {"pandas", "numpy", "spacy", "bertopic", "sqlite_utils", "pydantic", "jinja2", "openvino"} & set(loaded)
