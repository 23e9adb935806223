"""The notebooks run on a small database, draw their chart and say what it shows; they are committed without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from voc import tables
from voc.store import Store

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
PARETO = Path(__file__).parent.parent / "notebooks" / "pareto_of_avoidable_cost.ipynb"
COSTS = {"refund not arrived": (500.0, 600.0, 900.0), "export $x$ fails": (100.0, 300.0, 400.0), "login": (0.0, 100.0, 150.0)}


def run_row(status: str = "running") -> dict:
    return {"run_id": "r1", "pipeline": "p", "status": status, "started_at": "2026-06-01T08:00:00Z", "finished_at": None,
            "as_of": None, "seed": 1, "settings": "{}", "versions": "{}", "inputs": "{}", "currency": "EUR"}  # fmt: skip


def priority(rank: int, topic: str, *, has_money: bool) -> dict:
    low, mid, high = COSTS[topic]
    money = (low, mid, high) if has_money else (None, None, None)
    return {c.name: None for c in tables.Priority.columns} | {
        "run_id": "r1", "rank": rank, "topic_id": f"t{rank}", "topic": topic, "contacts": 40, "customers": 30,
        "leads_by": "avoidable_cost" if has_money else "repeat_contacts", "currency": "EUR" if has_money else None,
        "avoidable_cost_month_low": money[0], "avoidable_cost_month_mid": money[1], "avoidable_cost_month_high": money[2],
        "repeats_month_low": low / 100, "repeats_month_mid": mid / 100, "repeats_month_high": high / 100,
        "customers_with_repeat": 5, "score": 50.0, "p_top_3": 0.9, "is_illustrative": has_money, "is_low_volume": rank == 3,
    }  # fmt: skip


def database(folder: Path, *, has_money: bool = True, is_complete: bool = True) -> Path:
    path = folder / "small.db"
    with Store(path) as store:
        store.start_run(run_row())
        rows = [priority(rank, topic, has_money=has_money) for rank, topic in enumerate(COSTS, start=1)]
        stage = {"run_id": "r1", "stage": "rank", "position": 8, "rows_in": "{}", "rows_out": "{}", "notes": "{}", "seconds": 0.1}
        store.write_stage({"priorities": tables.Priority.frame(rows)}, stage)
        if is_complete:
            store.finish_run("r1", "complete", None)
    return path


def executed(database: Path, monkeypatch) -> nbformat.NotebookNode:
    monkeypatch.setenv("VOC_DATABASE", str(database))
    notebook = nbformat.read(PARETO, as_version=4)
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(PARETO.parent)}})
    return client.execute()


def outputs(notebook, kind: str) -> list[str]:
    return [o["data"][kind] for c in notebook.cells for o in c.get("outputs", []) if kind in o.get("data", {})]


def printed(notebook) -> str:
    return "".join(o["text"] for c in notebook.cells for o in c.get("outputs", []) if o.get("name") == "stdout")


def test_the_pareto_is_drawn_and_told(tmp_path, monkeypatch):
    done = executed(database(tmp_path), monkeypatch)
    assert len(outputs(done, "image/png")) == 1
    (table,) = outputs(done, "text/html")
    for cell in ("refund not arrived", "600.0", "500.0", "900.0", "60.0%", "90.0%", "100.0%"):
        assert f">{cell}</td>" in table
    assert printed(done) == (
        "Avoidable cost a month: 1,000 EUR over 3 topics.\n"
        "1 of them make up half of it, 2 make up 80%.\n"
        "'refund not arrived' leads with 60%, 600 (500 to 900); it is among the first three in 90% of resamples.\n"
        "The cost file rests on assumptions: the sums are illustrative, their order less so.\n"
    )


def test_without_money_repeats_take_its_place(tmp_path, monkeypatch):
    done = executed(database(tmp_path, has_money=False), monkeypatch)
    assert len(outputs(done, "image/png")) == 1
    assert printed(done).splitlines()[:2] == [
        "Repeat contacts a month: 10 repeat contacts over 3 topics.", "1 of them make up half of it, 2 make up 80%.",
    ]  # fmt: skip


def test_a_missing_or_unfinished_database_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    first = next(c.source for c in nbformat.read(PARETO, as_version=4).cells if c.cell_type == "code")
    said = []
    for path in (tmp_path / "none.db", database(tmp_path, is_complete=False)):
        monkeypatch.setenv("VOC_DATABASE", str(path))
        with pytest.raises(SystemExit) as caught:
            exec(first, {})
        said.append(str(caught.value).replace(str(tmp_path), "F"))
    assert said == [
        "F/none.db does not exist. Make it with 'make demo', or set VOC_DATABASE to a database of yours.",
        "F/small.db holds no complete run yet. Make one with: voc run PIPELINE.yml",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebooks_are_committed_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert [(c.outputs, c.execution_count) for c in code] == [([], None)] * len(code)
