"""`voc cost check` and `voc cost init`: a cost file in words, with its arithmetic and its warnings."""

import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from voc import cost_check, cost_lines, registry
from voc.cli import cli
from voc.errors import VocError

FILE = """\
currency: USD
groups:
  - name: own
    model: in_house
    parameters:
      wage_per_hour:          {value: 20, low: 18, high: 25, source: ledger, note: payroll of May}
      on_cost_share:          {value: 0.4, source: ledger}
      support_overhead_share: {value: 0.5, source: ledger}
      shrinkage_share:        {value: 0.3, source: assumption}
      occupancy_share:        {value: 0.8, source: ledger}
    channels:
      phone: {handle_minutes: {value: 6, source: ledger}, other_cost: {value: 0.25, source: contract}}
  - name: bpo
    sites: [Manila]
    model: bpo_per_contact
    currency: PHP
    channels:
      '*': {price_per_contact: {value: 250, source: contract}}
fx:
  - {from: PHP, to: USD, rate: 0.02, date: 2026-06-30, source: central bank}
ledger: {total_cost: {value: 900, source: ledger}, first_day: 2026-05-01, last_day: 2026-05-31}
finance: {paid_hours_month: {value: 160, source: ledger}}
"""
EXPLAINED = """\
costs.yml: costs in USD, 2 groups.
  1 PHP = 0.02 USD (2026-06-30, central bank)

Group 'own' (every site no other group names): in_house. Own staff: cost per handled minute from wage, on-cost, overhead, shrinkage and occupancy.
  wage_per_hour: 20 USD an hour, ledger, from 18 to 25. Gross wage of a paid hour; payroll of May
  on_cost_share: 0.4, ledger, no range. Benefits and payroll taxes, as a share of the wage
  support_overhead_share: 0.5, ledger, no range. Supervision, tools, premises, as a share of wage + on-cost
  shrinkage_share: 0.3, assumption, no range. Share of paid time not available for contacts
  occupancy_share: 0.8, ledger, no range. Share of available time spent on contacts
  Channel 'phone':
    handle_minutes: 6, ledger, no range. Used where a contact's own time is not known
    other_cost: 0.25 USD a contact, contract, no range. Telecom or licence cost a contact
      20 x (1 + 0.4) = 28 a paid hour, x (1 + 0.5) = 42 with overhead
      60 x (1 - 0.3) x 0.8 = 33.6 handled minutes in a paid hour: 1.25 a minute
      1.25 x 6 + 0.25 = 7.75 in full
      without it: 0.25 less cash, and 5.00 of staff time free (no overhead)

Group 'bpo' (Manila): bpo_per_contact. Outsourcer paid by the contact: the price is cash not spent when the contact does not come.
  Channel every other:
    price_per_contact: 250 PHP a contact = 5 USD, contract, no range. Price of one contact
      5 + 0 = 5.00 in full, all of it cash

Full-time person: 160 paid hours a month, ledger. Paid staff time over it is FTE.

Books: 900.00 USD from 2026-05-01 to 2026-05-31, ledger; costs are not scaled.

Warning: 1 of 10 lines is an assumption: every report says that its money is illustrative.
Warning: assumptions without low and high: 1 (groups.own.shrinkage_share). The ranges of the reports take them as exact.
costs.yml can be used; warnings: 2.
"""


def run(folder: Path, *arguments: str):
    return CliRunner().invoke(cli, ["cost", *arguments], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("costs.yml").write_text(FILE, encoding="utf-8")
    return tmp_path


def test_every_line_is_explained_with_the_arithmetic_it_leads_to(folder):
    found = run(folder, "check", "costs.yml")
    assert found.output == EXPLAINED
    assert found.exit_code == 0


def test_a_file_with_faults_is_refused(folder):
    Path("costs.yml").write_text(FILE.replace("value: 20,", "value: -20,").replace("low: 18, ", "low: -30, "), encoding="utf-8")
    found = run(folder, "check", "costs.yml")
    assert found.exit_code == 1
    assert found.output == (
        "Error: costs.yml:6: groups.own.wage_per_hour: input should be greater than 0 (it is -20.0)\n"
        "costs.yml:6: groups.own.wage_per_hour.low: input should be greater than 0 (it is -30.0)\n"
    )


def test_the_starter_can_be_used_and_says_what_it_is(folder):
    assert run(folder, "init", "mine.yml").exit_code == 0
    found = run(folder, "check", "mine.yml")
    assert found.exit_code == 0
    assert found.output.splitlines()[-4:] == [
        "Warning: 12 of 12 lines are assumptions: every report says that its money is illustrative.",
        "Warning: no ledger block: nothing shows whether the costs add up to the budget.",
        "Warning: no finance block: hours of own staff are not turned into full-time people (FTE).",
        "mine.yml can be used; warnings: 3.",
    ]
    assert "1.271 x 6 + 0.35 = 7.98 in full" in found.output


def test_the_starters_commented_blocks_are_valid(folder):
    run(folder, "init", "mine.yml")
    text = re.sub(r"^( *)# (?=( *)(- name|- \{|fx:|ledger:|finance:|sites|model|parameters|channels|currency|[a-z_]+: *\{|"
                  r"[a-z_]+: (20|false)|'\*'|phone:))", r"\1", Path("mine.yml").read_text(encoding="utf-8"), flags=re.MULTILINE)  # fmt: skip
    Path("all.yml").write_text(text, encoding="utf-8")
    found = cost_lines.load_checked("all.yml", folder)
    assert [g.model for g in found.groups] == ["in_house", "bpo_per_contact", "bpo_per_minute", "bpo_per_hour", "bot_per_session"]
    assert (found.ledger is None, found.finance is None, len(found.fx)) == (False, False, 1)
    assert "transfer_share" in found.groups[0].channels["*"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value: 6,", "value: 60,", "groups.own.channels.phone: 75.25 USD a contact is more than twice the most of what surveys "
         "found (5.25 to 8.01 USD). Is a unit wrong?"),
        ("value: 250,", "value: 5,", "groups.bpo.channels.*: 0.10 USD a contact is less than half of the least of what surveys "
         "found (3.82 to 8.01 USD). Is a unit wrong?"),
        ("value: 0.5,", "value: 0,", None),
    ],
)  # fmt: skip
def test_far_from_published_figures_is_worth_a_second_look(folder, old, new, says):
    Path("costs.yml").write_text(FILE.replace(old, new, 1), encoding="utf-8")
    found = [w for w in cost_check.warnings(cost_lines.load_checked("costs.yml", folder)) if "a unit wrong" in w]
    assert found == ([says] if says else [])


def test_a_wage_without_what_comes_on_top_is_worth_a_second_look(folder):
    bare = FILE.replace("value: 0.4,", "value: 0.1,").replace("value: 0.5,", "value: 0,")
    Path("costs.yml").write_text(bare, encoding="utf-8")
    found = [w for w in cost_check.warnings(cost_lines.load_checked("costs.yml", folder)) if "left out" in w]
    assert found == ["groups.own: a paid hour costs 1.10 times the wage with on-cost and overhead; employers mostly find more "
                     "than twice. Is something left out?"]  # fmt: skip


def test_no_published_figures_in_a_currency_without_a_rate(folder):
    text = FILE.replace("USD", "EUR").replace("value: 6,", "value: 60,")
    Path("costs.yml").write_text(text, encoding="utf-8")
    assert not [w for w in cost_check.warnings(cost_lines.load_checked("costs.yml", folder)) if "surveys" in w]


PIPELINE = """\
name: shop
database: shop.db
sources:
  - kind: table
    path: a.csv
    columns: {id: Id, opened_at: Opened, text: Text, channel: Channel, site: Site, handle_minutes: Minutes}
"""


def test_what_the_file_makes_of_a_pipelines_contacts(folder):
    lines = "".join(f"{i},2026-05-{1 + i % 31:02d},words {i},phone,,{8 if i % 2 else ''}\n" for i in range(62))
    lines += "".join(f"m{i},2026-05-{1 + i % 31:02d},words m{i},email,Manila,\n" for i in range(62))
    Path("a.csv").write_text("Id,Opened,Text,Channel,Site,Minutes\n" + lines, encoding="utf-8")
    Path("p.yml").write_text(PIPELINE, encoding="utf-8")
    found = run(folder, "check", "costs.yml", "--pipeline", "p.yml")
    assert found.exit_code == 0
    # 31 calls of 8 minutes cost 10.25, 31 of 6 minutes 7.75, 62 contacts in Manila 5 each
    start = found.output.index("Contacts of")
    assert found.output[start:].splitlines()[:6] == [
        "Contacts of p.yml: 124, cost in full 868.00 USD.",
        "  bpo, email: 62 contacts, 5.00 USD a contact (100% time unknown)",
        "  own, phone: 62 contacts, 7.0 minutes, 9.00 USD a contact (50% measured, 50% time from this file)",
        "  Books 900.00, cost file 868.00 for 124 contacts, ratio 1.04.",
        "  The cost file reconciles with the books.",
        "",
    ]
    assert not Path("shop.db").exists()
    Path("a.csv").write_text("Id,Opened,Text,Channel,Site,Minutes\n1,2026-05-01,words,fax,,\n", encoding="utf-8")
    found = run(folder, "check", "costs.yml", "--pipeline", "p.yml")
    assert found.exit_code == 1
    assert "The cost file's group 'own' has no channel 'fax' (1 contacts)." in found.output


@pytest.mark.parametrize(
    ("model", "values"),
    [
        ("in_house", {"wage_per_hour": 21, "on_cost_share": 0.4, "support_overhead_share": 0.5, "shrinkage_share": 0.3,
                      "occupancy_share": 0.8, "handle_minutes": 7, "concurrency": 2, "other_cost": 0.2, "transfer_share": 0.1,
                      "transfer_minutes": 12, "transfer_wage_per_hour": 33}),
        ("in_house", {"wage_per_hour": 21, "shrinkage_share": 0.3, "occupancy_share": 0.8}),
        ("bpo_per_contact", {"price_per_contact": 3.1, "other_cost": 0.2, "transfer_share": 0.1, "price_per_transfer": 6,
                             "committed_contacts_month": 100}),
        ("bpo_per_minute", {"price_per_minute": 0.6, "billing_increment_seconds": 30, "minimum_minutes": 1, "handle_minutes": 6.2,
                            "other_cost": 0.1, "transfer_share": 0.1, "transfer_minutes": 9.1, "transfer_price_per_minute": 1.1,
                            "committed_minutes_month": 10}),
        ("bpo_per_hour", {"price_per_hour": 12, "productive_share": 0.62, "handle_minutes": 9, "concurrency": 2, "other_cost": 0.1,
                          "committed_hours_month": 5}),
        ("bot_per_session", {"price_per_session": 0.35, "licence_per_session": 0.12, "other_cost": 0.03,
                             "committed_sessions_month": 5}),
    ],
)  # fmt: skip
def test_the_arithmetic_in_words_ends_in_the_price(model, values):
    plugin = registry.get("cost_models", model)
    parameters = plugin.Parameters(**values)
    steps = plugin.worked(parameters)
    minutes = parameters.handle_minutes if parameters.handle_minutes is not None else 1.0
    priced = plugin.price(pd.DataFrame({"handle_minutes": [minutes]}), parameters).iloc[0]
    said = re.search(r"= ([\d.]+) in full", " ".join(steps))
    assert float(said[1]) == pytest.approx(priced["cost_full"], abs=0.006)
    assert ("month" in steps[-1]) == any(name.startswith("committed") for name in values)


def test_a_missing_file_is_said(folder):
    with pytest.raises(VocError, match="nothing.yml does not exist"):
        list(cost_check.explain(Path("nothing.yml")))
