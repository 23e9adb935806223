"""The notebooks run, draw their charts and say what they show; they are committed without outputs."""

from datetime import date, timedelta
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from runs import voc

from voc import flow, setup, tables
from voc.store import Store

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
NOTEBOOK = {path.stem: path for path in NOTEBOOKS}
PARETO = NOTEBOOK["pareto_of_avoidable_cost"]
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


def executed(database: Path, monkeypatch, path: Path = PARETO) -> nbformat.NotebookNode:
    monkeypatch.setenv("VOC_DATABASE", str(database))
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
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


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.name)
def test_a_missing_or_unfinished_database_is_said(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    first = next(c.source for c in nbformat.read(notebook, as_version=4).cells if c.cell_type == "code")
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


# ---------------------------------------------------------------- on one run of the sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A small made-up company, run once for all notebooks."""
    folder = tmp_path_factory.mktemp("sample")
    setup.write_sample_company(folder, seed=7, tickets=250, answers=40)
    done = voc("run", folder / "sample.yml", "--quiet", timeout=500)
    assert done.returncode == 0, done.stderr
    return folder / "sample.db"


def rows_of(database: Path, sql: str) -> list[dict]:
    with Store(database, flow.report_tables(), is_read_only=True) as store:
        return store.rows(sql)


def test_the_first_look_shows_coverage_priorities_quotes_and_weeks(sample, monkeypatch):
    done = executed(sample, monkeypatch, NOTEBOOK["first_look"])
    first = rows_of(sample, "SELECT topic, words FROM latest_priorities JOIN topics USING (topic_id) ORDER BY rank LIMIT 1")[0]
    text = printed(done).splitlines()
    days = rows_of(sample, "SELECT min(happened_on) AS first, max(happened_on) AS last FROM coverage")[0]
    assert text[0] == f"Contacts and answers from {days['first']} to {days['last']}."
    assert text[1] == f"{first['topic']}: {first['words']}"
    assert len(outputs(done, "text/html")) == 2
    assert len(outputs(done, "image/png")) == 1


def test_the_cost_of_a_topic_adds_up_to_the_published_figure(sample, monkeypatch):
    for row in rows_of(sample, """SELECT c.* FROM topic_costs c JOIN priorities p USING (run_id, topic_id)
                               WHERE repeats_raw > 0 ORDER BY p.rank LIMIT 2"""):  # fmt: skip
        monkeypatch.setenv("VOC_TOPIC", row["topic_id"])
        done = executed(sample, monkeypatch, NOTEBOOK["cost_of_a_topic"])
        low, mid, high = (f"{row[f'repeat_cost_avoidable_month_{end}']:,.2f}" for end in ("low", "mid", "high"))
        lines = printed(done).splitlines()
        assert lines[0].startswith(f"{row['topic']} (rank ") and lines[0].endswith(f"): USD {mid} a month ({low} to {high})")
        assert lines[1].endswith(f"rows of repeats add up to USD {mid} a month over {row['months']:.2f} months: the published figure.")
        assert f">{mid}</td>" in outputs(done, "text/html")[1]  # the last step


def test_a_sum_that_does_not_add_up_stops_the_notebook(sample, tmp_path, monkeypatch):
    import shutil
    import sqlite3

    copy = Path(shutil.copy(sample, tmp_path / "copy.db"))
    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE topic_costs SET repeat_cost_avoidable_month_mid = repeat_cost_avoidable_month_mid + 1")
    with pytest.raises(CellExecutionError, match="is not the published"):
        executed(copy, monkeypatch, NOTEBOOK["cost_of_a_topic"])


def test_the_fix_notebook_runs_on_the_sample(sample, monkeypatch):
    (largest,) = rows_of(sample, "SELECT topic_id, topic FROM latest_priorities ORDER BY contacts DESC LIMIT 1")
    monkeypatch.setenv("VOC_TOPIC", largest["topic_id"])
    done = executed(sample, monkeypatch, NOTEBOOK["is_the_fix_working"])
    assert " weeks before, 11 after; " in printed(done).splitlines()[0]
    assert printed(done).splitlines()[0].endswith(f" contacts a week about '{largest['topic']}'.")
    assert len(outputs(done, "image/png")) == 1


# ---------------------------------------------------------------- is the fix working, where the answer is known

FIX_ON = date(2026, 4, 6)
WAVE = (1.1, 0.9, 1.0, 1.05, 0.95)  # weeks differ, and add up to the same


def fixed_database(folder: Path, mine: list[float], others: float = 1.0) -> Path:
    """24 weeks, 12 on either side of the fix: contacts about 'Password reset' and about ten other topics."""
    path = folder / "weeks.db"
    weekly = flow.registry.get("reports", "topic_weeks").TABLE
    rows = []
    for week in range(24):
        on = (FIX_ON + timedelta(weeks=week - 12)).isoformat()
        counts = {"mine": mine[week]} | {f"t{n}": 30 * WAVE[(week + n) % 5] * (others if week >= 12 else 1) for n in range(10)}
        rows += [
            {"run_id": "r1", "topic_id": t, "week_on": on, "topic": "Password reset" if t == "mine" else f"Topic {t}",
             "contact_equivalents": c, "contacts": round(c), "customers": 1, "repeats_raw": 0, "responses": 0, "is_complete": True}
            for t, c in counts.items()
        ]  # fmt: skip
    with Store(path, flow.report_tables()) as store:
        store.start_run(run_row())
        stage = {"run_id": "r1", "stage": "report", "position": 11, "rows_in": "{}", "rows_out": "{}", "notes": "{}", "seconds": 0.1}
        store.write_stage({"topic_weeks": weekly.frame(rows)}, stage)
        store.finish_run("r1", "complete", None)
    return path


def told(folder: Path, monkeypatch, mine: list[float], others: float = 1.0) -> list[str]:
    monkeypatch.setenv("VOC_TOPIC", "Password reset")
    monkeypatch.setenv("VOC_FIX_ON", FIX_ON.isoformat())
    done = executed(fixed_database(folder, mine, others), monkeypatch, NOTEBOOK["is_the_fix_working"])
    return printed(done).splitlines()


def test_a_fix_that_works_is_told_with_what_would_have_been(tmp_path, monkeypatch):
    lines = told(tmp_path, monkeypatch, [20.0] * 12 + [5.0] * 12, others=1.2)
    assert lines[0] == "12 weeks before, 11 after; 20.0 and 5.0 contacts a week about 'Password reset'."
    assert lines[1].startswith("Expected without the fix: 24.0 a week; seen: 5.0, that is -79% (")
    assert lines[3:] == [
        "0 of 10 other topics changed as much or more.",
        "Contacts fell further than the other topics and chance explain. That speaks for the fix.",
    ]


def test_the_usual_after_a_peak_is_not_called_a_success(tmp_path, monkeypatch):
    lines = told(tmp_path, monkeypatch, [20.0] * 8 + [60.0] * 4 + [20.0] * 12)
    assert lines[2].startswith("Without the last four weeks before it: +0% (")
    assert lines[-1] == "Contacts fell, but the fix is not the only explanation: a peak before it."


def test_no_change_and_a_rise(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    assert told(tmp_path / "a", monkeypatch, [20.0, 21.0] * 12)[-1] == "Cannot tell: the range holds no change at all."
    rise = told(tmp_path, monkeypatch, [20.0] * 12 + [40.0] * 12)[-1]
    assert rise == "Contacts rose against the other topics: if the fix did anything, something else did more."


def test_questions_that_cannot_be_answered_are_said(tmp_path, monkeypatch):
    path = fixed_database(tmp_path, [20.0] * 24)
    said = []
    for topic, day in (("No such", "2026-04-06"), ("Password reset", "2026-01-20")):
        monkeypatch.setenv("VOC_TOPIC", topic)
        monkeypatch.setenv("VOC_FIX_ON", day)
        with pytest.raises(CellExecutionError) as caught:
            executed(path, monkeypatch, NOTEBOOK["is_the_fix_working"])
        said.append(caught.value.evalue)
    assert said == [
        "There is no topic 'No such'. Set VOC_TOPIC to one of: Password reset, Topic t0, Topic t1, Topic t2, Topic t3 ...",
        "1 whole weeks before 2026-01-20 and 22 after: too few to say anything (4 each).",
    ]
