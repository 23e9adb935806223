"""`voc what-if`: saving and payback of a fix, on a database made of one topic's costs."""

import pytest
from click.testing import CliRunner

from voc import tables
from voc.cli import cli
from voc.errors import VocError
from voc.flow import report_tables
from voc.store import Store
from voc.what_if import what_if, what_if_text


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "v.db"
    blank = {c.name: None for c in tables.TopicCost.columns}
    costs = [blank | {
        "run_id": "r1", "topic_id": f"t-{n}", "topic": name, "months": 6.0, "contacts": 90, "contact_equivalents": 90.0,
        "customers": 60, "repeats_raw": 12, "repeats_linked": 0, "repeats_net": 10.0, "repeats_bound": 8.0, "duplicates": 0,
        "reopens": 0, "repeats_month_low": 5.0, "repeats_month_mid": 10.0, "repeats_month_high": 20.0, "repeats_raw_month": 12.0,
        "repeats_bound_month": 8.0, "repeat_cost_avoidable_month_low": 500.0, "repeat_cost_avoidable_month_mid": mid,
        "repeat_cost_avoidable_month_high": 2000.0, "repeat_cost_cash_month_mid": 250.0, "fix_repeats_share": 0.5,
        "fix_first_share": 0.25, "is_upper_bound": upper, "addressable_month_low": 600.0, "addressable_month_mid": 1500.0,
        "addressable_month_high": 2500.0, "is_burst": False, "is_low_volume": False,
    } for n, name, mid, upper in ((1, "Refund is late", 1000.0, False), (2, "Login fails", 1000.0, True))]  # fmt: skip
    unranked = {c.name: None for c in tables.Priority.columns} | {
        "run_id": "r1", "leads_by": "avoidable_cost", "currency": "USD", "is_illustrative": True, "repeats_month_low": 5.0,
        "repeats_month_mid": 10.0, "repeats_month_high": 20.0, "contacts": 90, "customers": 60, "customers_with_repeat": 9,
        "score": 50.0, "is_low_volume": False,
    }  # fmt: skip
    ranked = [unranked | {"rank": n, "topic_id": f"t-{n}", "topic": c["topic"]} for n, c in enumerate(costs, start=1)]
    run = {c.name: None for c in tables.Run.columns} | {"run_id": "r1", "started_at": "2026-05-01T00:00:00Z", "status": "complete"}
    with Store(path, report_tables()) as store:
        fill(store, run, costs, ranked)
    return path


def fill(store, run, costs, ranked):
    """Write rows as they are, whatever else a run has to say."""
    for table, found in ((tables.Run, [run]), (tables.TopicCost, costs), (tables.Priority, ranked)):
        for row in found:
            values = {c.name: row.get(c.name) if row.get(c.name) is not None or c.is_nullable else _filler(c) for c in table.columns}
            store.db[table.name].insert(values)
    store.db.conn.commit()


def _filler(column):
    return column.choices[0] if column.choices else {str: "x", int: 1, float: 1.0, bool: 0}[column.type]


def test_saving_and_payback_by_hand(database):
    found = what_if(database, "refund is late", fix_share=0.6, fix_first=0, effort_weeks=3, week_cost=4000)
    assert found["saving_month"] == {"low": 300.0, "mid": 600.0, "high": 1200.0}
    assert found["payback_months"] == {"low": 10.0, "mid": 20.0, "high": 40.0}  # 12,000 over what is saved
    assert found["cash_share"] == 0.25
    assert what_if_text(found) == (
        "Refund is late (rank 1)\n"
        "Its repeats cost an avoidable USD 1,000 a month (500 to 2,000); 80% range.\n"
        "A fix that saves 60% of its repeats saves USD 600 a month (300 to 1,200), 25% of it cash, the rest staff time.\n"
        "3 weeks cost USD 12k: paid back in 20.0 months (10.0 to 40).\n"
        "The share a fix saves is your assumption, not a measurement. Money is illustrative: lines of the cost file are assumptions."
    )


def test_other_contacts_count_where_somebody_has_said_so(database):
    # addressable 1,500 = .5 x 1,000 + .25 x others, so the others cost 4,000
    found = what_if(database, "1", fix_share=0.6, effort_weeks=2)
    assert found["saving_month"]["mid"] == pytest.approx(600 + 0.25 * 4000)
    assert found["week_cost_paid_back_in_a_year"]["mid"] == pytest.approx(12 * 1600 / 2)
    assert what_if(database, "t-2", fix_share=0.6)["saving_month"]["mid"] == 600  # nobody has said: repeats alone


def test_what_cannot_be_answered(database):
    with pytest.raises(VocError) as error:
        what_if(database, "Login fail", fix_share=0.6, week_cost=10)
    assert str(error.value) == "A cost a week needs the weeks.\nAdd --effort-weeks."
    result = CliRunner().invoke(cli, ["what-if", "Log in", "--fix-share", "0.6", "--database", str(database)])
    assert result.exit_code != 0
    assert result.output.splitlines()[0] == "Error: There is no topic 'Log in' in the latest run."
