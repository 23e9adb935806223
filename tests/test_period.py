"""A run of a period: the figures of a database that never held anything else, over topics found in all data."""

import json
import re
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_help import story
from runs import differences, dump, voc

from voc import brief, compare, config, flow, setup
from voc.config import Period
from voc.errors import VocError
from voc.explain import explain
from voc.period import is_inside, narrowed, overridden
from voc.store import Store

FIRST, LAST = "2026-04-01", "2026-05-31"
PERIOD = Period(first_day=FIRST, last_day=LAST)
OUTSIDE = f"substr({{}}, 1, 10) NOT BETWEEN '{FIRST}' AND '{LAST}'"


def go(folder: Path, **options) -> flow.RunSummary:
    return flow.run(folder / "sample.yml", watch=lambda *_: lambda *_: None, done=lambda _: None, **options)


def copied(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target)
    return target


def piped(folder: Path, block: str) -> Path:
    """The pipeline file with more settings."""
    path = folder / "sample.yml"
    path.write_text(path.read_text(encoding="utf-8") + block, encoding="utf-8")
    return path


def rows(folder: Path, sql: str, values: tuple = ()) -> list[tuple]:
    with sqlite3.connect(folder / "sample.db") as conn:
        return conn.execute(sql, values).fetchall()


def of_run(folder: Path, run_id: str, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple]]:
    """What a run left: working tables as they stand, report tables of the run, without what names a run or its clock."""
    found = {name: table for name, table in dump(folder / "sample.db").items() if name not in without}
    with sqlite3.connect(folder / "sample.db") as conn:
        for declared in flow.report_tables() + tuple(t for s in flow.flow() for t in s.writes if t.kind == "report"):
            if declared.name in found:
                listed = ", ".join(f'"{n}"' for n in declared.names if n not in ("run_id", "fitted_run_id", "previous_run_id"))
                query = f'SELECT {listed} FROM "{declared.name}" WHERE run_id = ?'
                found[declared.name] = sorted(conn.execute(query, [run_id]).fetchall(), key=repr)
    return found


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> tuple[Path, str]:
    """A small made-up company, run over all its data: its folder and the run."""
    folder = tmp_path_factory.mktemp("period") / "whole"
    setup.write_sample_company(folder, seed=5, tickets=160, answers=80)
    piped(folder, "resamples: 100\n")
    return folder, go(folder).run_id


@pytest.fixture(scope="module")
def spring(company, tmp_path_factory) -> tuple[Path, str]:
    """The same, and then a run of the period from the stage episodes on."""
    folder = copied(company[0], tmp_path_factory.mktemp("period") / "spring")
    return folder, go(folder, start="episodes", first_day=FIRST, last_day=LAST).run_id


# ---------------------------------------------------------------- the figures


def without_outside(folder: Path) -> None:
    """Take contacts and responses outside the period out of a database, with all that hangs on them; topics stay."""
    with sqlite3.connect(folder / "sample.db") as conn:
        conn.execute("PRAGMA foreign_keys = OFF")
        for name in ("episodes", "episode_contacts", "repeats", "contact_costs", "ledger_lines", "handle_time_draws"):
            conn.execute(f'DELETE FROM "{name}"')
        conn.execute(f"DELETE FROM contacts WHERE {OUTSIDE.format('opened_at')}")
        conn.execute(f"DELETE FROM responses WHERE {OUTSIDE.format('responded_at')}")
        conn.execute("DELETE FROM verbatims WHERE coalesce(contact_id, '') NOT IN (SELECT contact_id FROM contacts)"
                     " AND coalesce(response_id, '') NOT IN (SELECT response_id FROM responses)")  # fmt: skip
        for name in ("cleaned_verbatims", "removals", "passages", "verbatim_topics"):
            conn.execute(f'DELETE FROM "{name}" WHERE verbatim_id NOT IN (SELECT verbatim_id FROM verbatims)')
        for name in ("passage_topics", "passage_clusters", "passage_sentiments"):
            conn.execute(f'DELETE FROM "{name}" WHERE passage_id NOT IN (SELECT passage_id FROM passages)')
        conn.execute("DELETE FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM contacts WHERE customer_id"
                     " IS NOT NULL UNION SELECT customer_id FROM responses WHERE customer_id IS NOT NULL)")  # fmt: skip


# what hangs on sizes of topics and texts in the whole database, which the cut one no longer has
OF_ALL_DATA = (
    "contacts", "responses", "verbatims", "customers", "cleaned_verbatims", "removals", "passages", "passage_topics",
    "passage_clusters", "verbatim_topics", "passage_sentiments", "coverage", "topic_members", "topic_fits", "topic_checks",
    "topic_quality", "reason_proposals", "_voc_migrations",
)  # fmt: skip


def test_a_period_has_the_figures_of_a_database_that_holds_nothing_else(company, spring, tmp_path):
    folder = copied(company[0], tmp_path / "cut")
    without_outside(folder)
    cut = of_run(folder, go(folder, start="episodes").run_id, without=OF_ALL_DATA)
    assert differences(of_run(*spring, without=OF_ALL_DATA), cut) == {}
    for name in ("episodes", "repeats", "ledger_lines", "topic_costs", "priorities", "scorecard", "metrics", "topic_weeks"):
        assert cut[name], name


def test_a_period_leaves_fewer_contacts_and_every_topic(company, spring):
    (whole,) = rows(company[0], "SELECT count(*), count(DISTINCT contact_id) FROM episode_contacts")
    (part,) = rows(spring[0], "SELECT count(*), count(DISTINCT contact_id) FROM episode_contacts")
    inside = f"why_excluded IS NULL AND NOT ({OUTSIDE.format('opened_at')})"
    assert rows(spring[0], f"SELECT count(*) FROM contacts WHERE {inside}") == [(part[1],)]
    assert 0 < part[1] < whole[1]
    empty = rows(
        spring[0], "SELECT contacts, repeats_month_low, repeats_month_mid, repeats_month_high, is_low_volume FROM priorities"
        " p WHERE run_id = ? AND topic_id NOT IN (SELECT topic_id FROM topic_costs c WHERE c.run_id = p.run_id)", (spring[1],)
    )  # fmt: skip
    assert rows(spring[0], "SELECT count(*) FROM priorities WHERE run_id = ?", (spring[1],)) == rows(
        spring[0], "SELECT count(*) FROM topics")
    assert set(empty) <= {(0, 0.0, 0.0, 0.0, 1)}


def test_topics_their_memory_and_their_quality_are_of_all_data(company, spring):
    names = ("topics", "passage_topics", "verbatim_topics", "passages", "topic_members", "topic_versions", "themes")
    before, after = of_run(*company), of_run(*spring)
    for name in names:
        assert after[name] == before[name], name
    measures = "SELECT topic_id, distinct_text_count, stability, separation, coherence, confidence FROM topic_checks ORDER BY 1"
    assert rows(spring[0], measures) == rows(company[0], measures)


def test_a_run_without_period_afterwards_is_as_before(company, spring, tmp_path):
    folder = copied(spring[0], tmp_path / "again")
    again = of_run(folder, go(folder, start="episodes").run_id, without=("topic_fits",))
    assert differences(of_run(*company, without=("topic_fits",)), again) == {}


def test_the_run_says_its_period(company, spring):
    said = "SELECT first_day, last_day, as_of FROM runs WHERE run_id = ?"
    last = f"SELECT max(at) FROM (SELECT opened_at AS at FROM contacts UNION ALL SELECT responded_at FROM responses) WHERE NOT ({OUTSIDE.format('at')})"
    assert rows(spring[0], said, (spring[1],)) == [(FIRST, LAST, rows(spring[0], last)[0][0])]
    assert rows(company[0], said, (company[1],))[0][:2] == (None, None)
    settings = json.loads(rows(spring[0], "SELECT settings FROM runs WHERE run_id = ?", (spring[1],))[0][0])
    assert settings["period"] == {"first_day": FIRST, "last_day": LAST}


def test_coverage_accounts_for_every_row(spring):
    found = dict(rows(spring[0], "SELECT measure, row_count FROM coverage WHERE run_id = ?", (spring[1],)))
    assert found["contacts"] == rows(spring[0], "SELECT count(*) FROM contacts")[0][0]
    outside = rows(spring[0], f"SELECT count(*) FROM contacts WHERE {OUTSIDE.format('opened_at')}")[0][0]
    assert found["contacts_outside_period"] == outside > 0
    excluded = sum(n for name, n in found.items() if name.startswith("contacts_excluded_"))
    assert found["contacts"] == outside + excluded + found["contacts_taking_part"]
    answered = rows(spring[0], f"SELECT count(*) FROM responses WHERE NOT ({OUTSIDE.format('responded_at')})")[0][0]
    assert found["responses"] - found["responses_outside_period"] == answered
    texts = sum(n for name, n in found.items() if name.startswith("texts_excluded_"))
    assert found["texts"] == found["texts_outside_period"] + texts + found["texts_taking_part"]
    days = dict(rows(spring[0], "SELECT measure, happened_on FROM coverage WHERE run_id = ? AND step = 'period'", (spring[1],)))
    assert (days["period_first_day"], days["period_last_day"]) == (FIRST, LAST)
    assert FIRST <= days["period_from"] <= days["period_to"] <= LAST
    aside = dict(rows(spring[0], "SELECT step, row_count FROM set_aside WHERE step LIKE '%outside%'"))
    assert aside == {"contact outside the period asked for": outside,
                     "response outside the period asked for": found["responses_outside_period"]}  # fmt: skip


# ---------------------------------------------------------------- words


def test_the_briefing_names_both_periods(spring):
    html, _ = brief.brief(spring[0] / "sample.db", None, "html")
    text, _ = brief.brief(spring[0] / "sample.db", None, "markdown")
    for page in (html, text):
        assert "period asked for: 1 Apr 2026 to 31 May 2026" in page
        assert "Two periods are compared: this briefing is of 1 Apr 2026 to 31 May 2026, the last one of all days of the data." in page
        assert "All figures are of the period asked for, 1 Apr 2026 to 31 May 2026; " in page
        assert "outside it left out; topics are found in all data." in page
        assert "- New: " not in page and ">New: " not in page  # what became of topics was told by the run before
    written_anew, _ = brief.brief(spring[0] / "sample.db", None, "markdown", brief.wanted(audience="product"))
    assert "period asked for: 1 Apr 2026 to 31 May 2026" in written_anew


def test_leading_topics_without_a_contact_in_a_short_period_are_no_fault(company, tmp_path):
    folder = copied(company[0], tmp_path / "short")
    run_id = go(folder, start="episodes", first_day="2026-03-02", last_day="2026-03-12").run_id
    leading = rows(folder, "SELECT contacts FROM priorities WHERE run_id = ? ORDER BY rank LIMIT 10", (run_id,))
    assert leading[0] > (0,) and (0,) in leading
    for form in ("html", "markdown"):
        page, _ = brief.brief(folder / "sample.db", run_id, form)
        assert re.findall(r"\b(?:nan|NaN|None|<NA>)\b", re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)) == []


def test_a_comparison_names_the_period_instead_of_the_data(company, spring):
    found = compare.diff(spring[0] / "sample.db")
    assert {reason["kind"] for reason in found["why"]} == {"period"}
    assert found["why"][0]["says"] == "period changed: all days of the data → 1 Apr 2026 to 31 May 2026"
    assert (found["is_same_data"], found["to"]["first_day"], found["to"]["last_day"]) == (False, FIRST, LAST)
    said = voc("diff", spring[0] / "sample.db").stdout
    assert "; period asked for: 1 Apr 2026 to 31 May 2026" in said
    assert "period  period changed: all days of the data → 1 Apr 2026 to 31 May 2026" in said


def test_a_contact_outside_is_explained(spring):
    ((outside,),) = rows(spring[0], f"SELECT contact_id FROM contacts WHERE {OUTSIDE.format('opened_at')} ORDER BY 1 LIMIT 1")
    found = explain(spring[0] / "sample.db", outside)
    assert found["says"][1:] == ["It takes no part in repeats and cost: the latest run counts 1 Apr 2026 to 31 May 2026 alone."]


# ---------------------------------------------------------------- asking for a period


@pytest.fixture
def files(company, tmp_path) -> Path:
    """The company's input files alone."""
    folder = tmp_path / "files"
    shutil.copytree(company[0], folder, ignore=shutil.ignore_patterns("*.db*"))
    return folder


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("period: {first_day: 2026-06-30, last_day: 2026-04-01}", "period: first_day 2026-06-30 is after last_day 2026-04-01"),
        ("period: {first_day: 20260401}", "period.first_day: should be a day such as 2026-04-01 (it is 20260401)"),
        ("period: {last_day: June}", "period.last_day: should be a day such as 2026-04-01 (it is 'June')"),
        ("period: {last_day: 2026-04-01T10:00:00}", "period.last_day: should be a day such as 2026-04-01"),
        ("period: {last_dai: 2026-04-01}", "period.last_dai: unknown setting - did you mean 'last_day'?"),
    ],
)
def test_a_wrong_period_is_named_with_its_line(files, block, message):
    path = piped(files, f"{block}\n")
    line = len(path.read_text(encoding="utf-8").splitlines())
    with pytest.raises(VocError) as error:
        config.load_pipeline(path)
    assert str(error.value).startswith(f"{path}:{line}: {message}")


def test_an_empty_period_is_refused_before_anything_is_counted(files, company, tmp_path):
    path = piped(files, "period: {first_day: 2031-01-01}\n")
    line = len(path.read_text(encoding="utf-8").splitlines())
    ((first, last),) = rows(company[0], "SELECT min(at), max(at) FROM (SELECT opened_at AS at FROM contacts UNION ALL"
                                        " SELECT responded_at FROM responses)")  # fmt: skip
    expected = f"period: no contact and no survey response lies in the period from 2031-01-01 on.\nThe data run from {first[:10]} to {last[:10]}."
    for run in (lambda: go(files), lambda: flow.dry_run(path, watch=lambda *_: lambda *_: None, done=lambda _: None)):
        with pytest.raises(VocError) as error:
            run()
        assert str(error.value) == f"{path}:{line}: {expected}"
    assert [s[0] for s in rows(files, "SELECT stage FROM run_stages")] == ["ingest"]
    whole = copied(company[0], tmp_path / "late")
    before = dump(whole / "sample.db")
    with pytest.raises(VocError, match="^--first-day, --last-day: no contact .* lies in the period up to 2001-01-01"):
        go(whole, start="episodes", last_day="2001-01-01")
    assert (differences(before, dump(whole / "sample.db")), rows(whole, "SELECT count(*) FROM runs")) == ({}, [(1,)])


def test_each_option_stands_for_its_own_day():
    assert overridden(PERIOD, None, None) == PERIOD
    assert overridden(PERIOD, "2026-05-01", None).ends == ("2026-05-01", LAST)
    assert overridden(PERIOD, None, "2026-04-30").ends == (FIRST, "2026-04-30")
    assert overridden(Period(), None, "2026-04-30").ends == (None, "2026-04-30")
    with pytest.raises(VocError, match="^--last-day: '2026-02-30' is no day.\nGive it as 2026-04-01.$"):
        overridden(PERIOD, None, "2026-02-30")
    with pytest.raises(VocError, match="^The period would begin on 2026-06-01 and end on 2026-05-31.\nThe first day must not "):
        overridden(PERIOD, "2026-06-01", None)


def test_the_command_line_overrides_the_file_and_a_dry_run_counts(files):
    piped(files, f"period: {{first_day: {FIRST}, last_day: {LAST}}}\n")
    done = voc("run", files / "sample.yml", "--dry-run", "--last-day", "2026-04-30", "--json")
    assert done.returncode == 0, done.stderr
    notes = json.loads(done.stdout)[0]["notes"]
    assert 0 < notes["contacts_in_period"] < 160 and notes["responses_in_period"] < 80
    wider = flow.dry_run(files / "sample.yml", watch=lambda *_: lambda *_: None, done=lambda _: None)[0].notes
    assert wider["contacts_in_period"] > notes["contacts_in_period"]
    assert not (files / "sample.db").exists()
    wrong = voc("run", files / "sample.yml", "--first-day", "June")
    assert (wrong.returncode, wrong.stderr) == (1, "Error: --first-day: 'June' is no day.\nGive it as 2026-04-01.\n")


def test_tables_of_another_period_are_not_gone_on_with(spring, tmp_path):
    folder = copied(spring[0], tmp_path / "late")
    with pytest.raises(VocError) as error:
        go(folder, start="rank")
    assert str(error.value) == (
        f"The tables in {folder / 'sample.db'} were counted for another period than the one asked for.\n"
        "Start earlier: --from episodes"
    )


# ---------------------------------------------------------------- the narrowing itself


def test_narrowed_keeps_what_hangs_on_the_period_alone():
    frames, _ = story()
    period = Period(first_day="2026-01-12", last_day="2026-01-20")
    found = narrowed(frames, period)
    contacts = {c for c, at in frames["contacts"][["contact_id", "opened_at"]].to_numpy() if "2026-01-12" <= at[:10] <= "2026-01-20"}
    assert set(found["contacts"]["contact_id"]) == contacts and 0 < len(contacts) < len(frames["contacts"])
    assert set(found["verbatims"]["contact_id"].dropna()) == contacts
    said = set(found["verbatims"]["verbatim_id"])
    for name in ("cleaned_verbatims", "passages", "verbatim_topics"):
        expected = frames[name][frames[name]["verbatim_id"].isin(said)].reset_index(drop=True)
        pd.testing.assert_frame_equal(found[name], expected)
    assert set(found["passage_topics"]["passage_id"]) <= set(found["passages"]["passage_id"])
    labels = found["verbatim_topics"]
    counted = labels.groupby("topic_id")["contact_id"].nunique()
    assert dict(zip(found["topics"]["topic_id"], found["topics"]["contact_count"], strict=True)) == {
        t: counted.get(t, 0) for t in frames["topics"]["topic_id"]
    }
    assert found["rejects"] is frames["rejects"]
    assert narrowed(frames, Period())["contacts"] is frames["contacts"]


@given(
    st.lists(st.datetimes(min_value=pd.Timestamp("2025-01-01"), max_value=pd.Timestamp("2027-01-01"))),
    st.none() | st.dates(date(2025, 6, 1), date(2026, 1, 1)), st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 1)),
)  # fmt: skip
def test_both_days_are_part_of_the_period(moments, first, last):
    series = pd.Series([m.strftime("%Y-%m-%dT%H:%M:%SZ") for m in moments], dtype="str")
    expected = [(not first or m.date() >= first) and (not last or m.date() <= last) for m in moments]
    assert list(is_inside(series, Period(first_day=first, last_day=last))) == expected


def test_the_views_count_the_period_alone(spring):
    with Store(spring[0] / "sample.db", flow.report_tables(), is_read_only=True) as store:
        responses = store.rows("SELECT sum(responses) AS n FROM survey_topics")[0]["n"]
        counted = store.rows(
            "SELECT count(DISTINCT x.response_id || x.topic_id) AS n FROM verbatim_topics x JOIN responses s USING (response_id)"
            f" WHERE NOT ({OUTSIDE.format('s.responded_at')})"
        )[0]["n"]
        assert responses == counted
        days = store.rows("SELECT min(opened_at) AS first, max(opened_at) AS last FROM topic_contacts")[0]
    assert FIRST <= days["first"][:10] and days["last"][:10] <= LAST
