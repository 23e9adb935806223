"""The plug-ins of docs/recipes.md work as they stand on the page."""

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from story import context

from voc import registry, tables
from voc.context import Section
from voc.records import ContactRecord, RejectRecord

PAGE = Path(__file__).parent.parent / "docs" / "recipes.md"


@pytest.fixture
def recipe(tmp_path):
    """Loads a module of the page by its name."""

    def load(name: str, kind: str):
        blocks = re.findall(r"```python\n# my_package/(\w+)\.py\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
        path = tmp_path / f"{name}.py"
        path.write_text(dict(blocks)[name], encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert not [attribute for attribute in registry.CONTRACTS[kind] if not hasattr(module, attribute)]
        return module

    return load


def test_the_source(recipe, tmp_path):
    source = recipe("helpline", "sources")
    lines = [",".join(source.COLUMNS), "7,2026-03-01T08:00:00,2026-03-01T08:06:00,+493012345,330,No dial tone",
             "8,yesterday,2026-03-01T09:00:00,,60,Gone"]  # fmt: skip
    path = tmp_path / "calls.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert source.sniff(path, path.read_bytes()[:100]) and not source.sniff(path, b"id,text")
    call, fault = source.read(path, source.Options())
    assert call == ContactRecord(
        line=2, contact_id="7", channel="voice", text="No dial tone", opened_at=datetime(2026, 3, 1, 8, tzinfo=UTC),
        closed_at=datetime(2026, 3, 1, 8, 6, tzinfo=UTC), identifiers=(("phone", "+493012345"),), handle_minutes=5.5,
    )  # fmt: skip
    assert fault == RejectRecord(
        line=3, reason="faulty: Invalid isoformat string: 'yesterday'", raw="8,yesterday,2026-03-01T09:00:00,,60,Gone"
    )


def test_the_cost_model(recipe):
    model = recipe("flat_fee", "cost_models")
    priced = model.price(pd.DataFrame({"handle_minutes": [1.0, 2.0]}), model.Parameters(fee_per_month=500, expected_contacts=250))
    assert priced.to_dict("list") == {
        "cost_full": [2.0, 2.0], "cost_avoidable_cash": [0.0, 0.0], "cost_avoidable_capacity": [0.0, 0.0],
    }  # fmt: skip


def test_the_report(recipe):
    report = recipe("channel_mix", "reports")
    contacts = pd.DataFrame({"channel": ["email", "chat", "email", "chat"], "why_excluded": [None, None, None, "merged"]})
    frame = report.compute({"contacts": contacts}, context())
    assert frame[["channel", "contacts", "share"]].to_dict("split")["data"] == [["chat", 1, 1 / 3], ["email", 2, 2 / 3]]
    assert report.section(frame, context()) == Section(
        title="By channel", headers=("Channel", "Contacts", "Share"), rows=(("chat", "1", "33%"), ("email", "2", "67%"))
    )
    assert report.section(frame.iloc[:0], context()) is None
    assert set(report.READS) <= {t.name for t in tables.TABLES}
