"""Cost files with faults: each is said with file, line and key before anything is read or embedded."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import contact, context, frames, rows

from voc import cost_lines, costs, currencies, elapsed, flow, tables
from voc.errors import VocError
from voc.records import ContactRecord
from voc.stages import credits, ingest, prices

GOOD = """\
currency: USD
groups:
  - name: own
    model: in_house
    parameters:
      wage_per_hour:   {value: 20, source: ledger}
      shrinkage_share: {value: 0.3, source: ledger}
      occupancy_share: {value: 0.8, source: ledger}
    channels:
      phone: {handle_minutes: {value: 6, source: ledger}}
      '*':   {handle_minutes: {value: 5, source: ledger}}
  - name: bpo
    sites: [Manila]
    model: bpo_per_contact
    channels:
      '*': {price_per_contact: {value: 3, source: contract}}
"""
FX = "fx:\n  - {from: PHP, to: USD, rate: 0.02, date: 2026-06-30, source: central bank}\n"


def write(folder: Path, text: str, name: str = "costs.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fault(path: Path) -> str:
    with pytest.raises(VocError) as error:
        cost_lines.load_checked(path.name, path.parent)
    return str(error.value)


def test_a_good_file_has_no_fault(tmp_path):
    found = cost_lines.load_checked(write(tmp_path, GOOD + FX).name, tmp_path)
    assert [group.name for group in found.groups] == ["own", "bpo"]
    assert currencies.factor(found.fx, "PHP", "USD", "x") == 0.02
    assert currencies.factor(found.fx, "USD", "PHP", "x") == pytest.approx(50)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("value: 20,", "value: -20,", 6, "groups.own.wage_per_hour: input should be greater than 0 (it is -20.0)"),
        ("value: 20,", "value: 0,", 6, "groups.own.wage_per_hour: input should be greater than 0 (it is 0.0)"),
        ("value: 0.8,", "value: 0,", 8, "groups.own.occupancy_share: input should be greater than 0 (it is 0.0)"),
        ("value: 0.8,", "value: 80,", 8, "groups.own.occupancy_share: input should be less than or equal to 1 (it is 80.0)"),
        ("value: 0.3,", "value: 1,", 7, "groups.own.shrinkage_share: input should be less than 1 (it is 1.0)"),
        ("value: 6,", "value: -6,", 10, "groups.own.channels.phone.handle_minutes: input should be greater than 0 (it is -6.0)"),
        ("value: 3,", "value: -3,", 16, "groups.bpo.channels.*.price_per_contact: input should be greater than 0 (it is -3.0)"),
        ("value: 0.8,", "value: 0.8, low: 0.5, high: 1.2,", 8,
         "groups.own.occupancy_share.high: input should be less than or equal to 1 (it is 1.2)"),
        ("value: 20,", "value: 20, low: -1, high: 30,", 6,
         "groups.own.wage_per_hour.low: input should be greater than 0 (it is -1.0)"),
        ("wage_per_hour: ", "wage_per_houre:", 6,
         "groups.own.wage_per_houre: the cost model 'in_house' has no such line. Did you mean 'wage_per_hour'?"),
        ("model: in_house", "model: in_hause", 4, "groups.own.model: No cost model called 'in_hause'. Did you mean 'in_house'?"),
        ("{handle_minutes: {value: 6, source: ledger}}",
         "{handle_minutes: {value: 6, source: ledger}, transfer_share: {value: 0.1, source: ledger}}", 10,
         "groups.own.channels.phone: transfer_share needs transfer_minutes and transfer_wage_per_hour beside it: what a transfer "
         "costs"),
        ("value: 20,", "value: .nan,", 6, "groups.0.parameters.wage_per_hour.value: input should be a finite number (it is nan)"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_with_its_line(tmp_path, old, new, line, says):
    path = write(tmp_path, GOOD.replace(old, new, 1))
    assert fault(path) == f"{path}:{line}: {says}"


def test_a_line_the_model_needs_is_missed(tmp_path):
    path = write(tmp_path, GOOD.replace("      occupancy_share: {value: 0.8, source: ledger}\n", ""))
    assert fault(path) == (
        f"{path}:9: groups.own.channels.phone.occupancy_share: missing\n"
        f"{path}:10: groups.own.channels.*.occupancy_share: missing"
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("      '*':   {h", "      Phone: {handle_minutes: {value: 7, source: ledger}}\n      '*':   {h",
         "10: groups.0.channels: the channel 'Phone' stands in the file twice (as 'phone' and as 'Phone'): a channel has one rate"),
        ("      '*':   {h", "      phone: {handle_minutes: {value: 7, source: ledger}}\n      '*':   {h",
         "11: the key 'phone' stands there twice.\nKeep one of the two."),
        ("sites: [Manila]", "sites: [Manila, 'manila ']",
         "1: settings: the site 'manila ' stands in the file twice (as 'Manila' and as 'manila '): a site has one rate"),
        ("sites: [Manila]", "sites: ['*']", "1: settings: the site '*' stands in the file twice: a site has one rate"),
        ("name: bpo", "name: OWN", "1: settings: the group 'OWN' stands in the file twice (as 'own' and as 'OWN')"),
    ],
)  # fmt: skip
def test_two_rates_for_one_channel(tmp_path, old, new, says):
    text = GOOD.replace(old, new, 1)
    path = write(tmp_path, text)
    line = 9 if says.startswith("10: groups") else None
    assert fault(path) == f"{path}:{says if line is None else says.replace('10:', '9:', 1)}"


def test_two_groups_for_one_site_by_capitals(tmp_path):
    path = write(tmp_path, GOOD.replace("  - name: own\n", "  - name: own\n    sites: ['*', MANILA]\n"))
    assert "the site 'Manila' stands in the file twice (as 'MANILA' and as 'Manila'): a site has one rate" in fault(path)


LINES = st.fixed_dictionaries(
    {"value": st.floats() | st.text(max_size=3), "source": st.sampled_from(["ledger", "contract", "guess"])},
    optional={"low": st.floats(), "high": st.floats(), "currency": st.sampled_from(["EUR", "USD", "xx"])},
)


@given(st.dictionaries(st.sampled_from(["wage_per_hour", "shrinkage_share", "occupancy_share", "x"]), LINES), st.text(max_size=5))
def test_any_cost_file_is_read_or_has_a_named_fault(tmp_path_factory, parameters, channel):
    import json

    group = {"name": "g", "model": "in_house", "parameters": parameters, "channels": {channel: {}}}
    path = write(tmp_path_factory.mktemp("any"), json.dumps({"currency": "USD", "groups": [group]}))
    try:
        assert cost_lines.load_checked(path.name, path.parent).groups[0].name == "g"
    except VocError as error:
        assert str(path) in str(error)


# ---------------------------------------------------------------- currencies


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("USD", "USX"), "1: currency: no currency code of ISO 4217. Did you mean 'USD'? (it is 'USX')"),
        (GOOD.replace("USD", "dollars"), "1: currency: no currency code of ISO 4217. Did you mean 'USD'? (it is 'dollars')"),
        (GOOD.replace("USD", "usd"), "1: currency: no currency code of ISO 4217. Did you mean 'USD'? (it is 'usd')"),
        (GOOD.replace("value: 3,", "value: 3, currency: PHX,"),
         "16: groups.1.channels.*.price_per_contact.currency: no currency code of ISO 4217. Did you mean 'PHP'? (it is 'PHX')"),
        (GOOD + FX.replace("PHP", "P1P"), "18: fx.0.from: no currency code of ISO 4217. An example is EUR. (it is 'P1P')"),
        (GOOD + FX.replace("0.02", "-0.02"), "18: fx.0.rate: input should be greater than 0 (it is -0.02)"),
        (GOOD + FX.replace("PHP", "USD"), "18: fx.0: a rate from USD to itself"),
        (GOOD + FX + "  - {from: USD, to: PHP, rate: 57, date: 2026-06-30, source: me}\n",
         "17: fx: two rates between PHP and USD: keep one"),
    ],
)  # fmt: skip
def test_currencies_and_rates_that_cannot_be(tmp_path, text, says):
    path = write(tmp_path, text)
    assert fault(path).rstrip() == f"{path}:{says}"


def test_a_currency_without_a_rate(tmp_path):
    path = write(tmp_path, GOOD.replace("    model: bpo_per_contact\n", "    model: bpo_per_contact\n    currency: PHP\n"))
    assert fault(path) == (
        f"{path}:17: groups.bpo.channels.*.price_per_contact: the amount is in PHP, the report in USD, and there is no rate "
        "between them.\nAdd it under fx: {from: PHP, to: USD, rate: ..., date: ..., source: ...}."
    )
    path = write(tmp_path, GOOD.replace("value: 20,", "value: 20, currency: EUR,") + FX)
    assert fault(path).startswith(f"{path}:10: groups.own.wage_per_hour: the amount is in EUR, the report in USD, and ")


def test_what_is_no_money_has_no_currency(tmp_path):
    path = write(tmp_path, GOOD.replace("value: 0.8,", "value: 0.8, currency: USD,"))
    assert fault(path) == f"{path}:10: groups.own.occupancy_share: is no amount of money, so it has no currency.\nTake the currency out."


@given(st.text(max_size=4))
def test_any_text_is_a_currency_or_is_refused(text):
    if text in currencies.CODES:
        assert currencies.currency_code(text) == text
    else:
        with pytest.raises(ValueError, match="no currency code of ISO 4217"):
            currencies.currency_code(text)


# ---------------------------------------------------------------- ranges, ledger, finance


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value: 20,", "value: 20, low: 10,", "6: groups.0.parameters.wage_per_hour: a range needs both low and high"),
        ("value: 20,", "value: 20, low: 21, high: 30,",
         "6: groups.0.parameters.wage_per_hour: the value 20 is not between low 21 and high 30"),
        ("currency: USD", "currency: USD\nfinance: {paid_hours_month: {value: 0, source: ledger}}",
         "2: finance.paid_hours_month: a month has more than 0 and at most 744 hours"),
        ("currency: USD", "currency: USD\nledger: {total_cost: {value: 9, source: ledger}, first_day: 2026-05-02, last_day: 2026-05-01}",
         "2: ledger: the period ends before it begins"),
        ("currency: USD", "currency: USD\nledger: {total_cost: {value: 0, source: ledger}, first_day: 2026-05-01, last_day: 2026-05-01}",
         "2: ledger: total_cost should be greater than 0"),
        ("currency: USD",
         "currency: USD\nledger: {total_cost: {value: 9, source: ledger, currency: EUR}, first_day: 2026-05-01, last_day: 2026-05-31}",
         "2: ledger.total_cost: the amount is in EUR, the report in USD, and there is no rate between them.\n"
         "Add it under fx: {from: EUR, to: USD, rate: ..., date: ..., source: ...}."),
    ],
)  # fmt: skip
def test_ranges_and_blocks_that_cannot_be(tmp_path, old, new, says):
    path = write(tmp_path, GOOD.replace(old, new, 1))
    assert fault(path) == f"{path}:{says}"


# ---------------------------------------------------------------- against the data, before anything is embedded

PIPELINE = """\
name: shop
database: shop.db
sources:
  - kind: table
    path: a.csv
    columns: {id: Id, opened_at: Opened, closed_at: Closed, text: Text, channel: Channel, site: Site, handle_minutes: Minutes}
costs: costs.yml
"""
HEAD = "Id,Opened,Closed,Text,Channel,Site,Minutes\n"


def ingested(folder: Path, lines: str, pipeline: str = PIPELINE, file: str = GOOD):
    write(folder, file)
    write(folder, HEAD + lines, "a.csv")
    run = flow.check(write(folder, pipeline, "p.yml"))
    return ingest.ingest_sources({"contacts": tables.Contact.empty(), "responses": tables.Response.empty()}, run)


@pytest.mark.parametrize(
    ("line", "file", "says"),
    [
        ("1,2026-05-01,,hello,fax,Manila,\n", GOOD.replace("'*': {price", "phone: {price"),
         "The cost file's group 'bpo' has no channel 'fax' (1 contacts).\nAdd 'fax' or '*' under its channels; it has phone."),
        ("1,2026-05-01,,hello,fax,Leeds,\n", GOOD.replace("  - name: own\n", "  - name: own\n    sites: [Cork]\n"),
         "The cost file has no group for the site 'Leeds' (1 contacts).\nAdd the site to a group, or a group with sites: ['*']."),
        ("1,2026-05-01,,hello,fax,,\n", GOOD.replace("  - name: own\n", "  - name: own\n    sites: [Cork]\n"),
         "The cost file has no group for contacts that state no site (1 contacts).\n"
         "Add the site to a group, or a group with sites: ['*']."),
        ("1,2026-05-01,,hello,fax,Leeds,\n", GOOD.replace("'*':   {handle_minutes: {value: 5, source: ledger}}", "'*':   {}"),
         "1 contacts of the channel 'fax' have no measured handle time, and the cost file's group 'own' gives no handle_minutes "
         "for it.\nAdd handle_minutes under groups.own.channels.fax. Elapsed time is not handle time."),
    ],
)  # fmt: skip
def test_what_the_file_leaves_out_stops_the_run_while_reading(tmp_path, line, file, says):
    with pytest.raises(VocError) as error:
        ingested(tmp_path, line, file=file)
    assert str(error.value) == says


def test_channels_and_sites_nobody_wrote_from_are_a_warning():
    file = costs.CostFile.model_validate_json(
        '{"currency": "USD", "groups": [{"name": "g", "model": "bpo_per_contact", "sites": ["*", "Cork"], "channels": {"fax": '
        '{"price_per_contact": {"value": 1, "source": "ledger"}}, "*": {"price_per_contact": {"value": 1, "source": "ledger"}}}}]}'
    )
    handled = tables.Contact.frame([contact("a", None, "01 09:00")])
    assert prices.unused_lines(handled, file) == [
        "groups.g: no contact has the site 'Cork'",
        "groups.g.channels.fax: no contact of the group has the channel 'fax'",
    ]


# ---------------------------------------------------------------- elapsed time


@pytest.mark.parametrize(
    "name",
    [
        "full_resolution_time_in_minutes", "time_to_last_close", "timeToLastClose", "Resolution time", "Resolution Time (Hours)",
        "closed minus opened", "open_to_close_minutes", "minutes_to_close", "calendar_stc", "first_reply_time", "ticket age",
        "elapsed", "time_open_minutes", "MTTR", "Turnaround time", "statistics.time_to_first_close",
    ],
)  # fmt: skip
def test_names_of_elapsed_time_are_known(name):
    assert elapsed.is_elapsed_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "handle_minutes", "Average handle time", "tHandle", "adjusted_handling_time", "Total time spent (sec)", "talk_time",
        "After call work time", "agent_work_minutes", "duration", "AHT", "call_seconds", "billable minutes",
    ],
)  # fmt: skip
def test_names_of_agent_time_pass(name):
    assert not elapsed.is_elapsed_name(name)


@given(st.text(max_size=60))
def test_any_name_is_one_or_the_other(name):
    assert elapsed.is_elapsed_name(name) in (True, False)


def test_elapsed_time_mapped_as_handle_time_by_its_name(tmp_path):
    write(tmp_path, GOOD)
    text = PIPELINE.replace("Minutes}", "full_resolution_time_in_minutes}")
    path = write(tmp_path, text, "p.yml")
    with pytest.raises(VocError) as error:
        flow.check(path)
    assert str(error.value) == (
        f"{path}:6: sources.0.columns.handle_minutes: 'full_resolution_time_in_minutes' is the time a contact was open or "
        "waited, by its name, and that is not handle time: nobody works on it all the while.\n"
        "Map agent time, or leave it out and give handle_minutes in the cost file; where the name misleads, set "
        "handle_time_is_effort: true for the source."
    )
    zendesk = "name: z\ndatabase: z.db\nsources:\n  - {kind: zendesk, path: t.csv, handle_time_field: Full resolution time (min)}\n"
    with pytest.raises(VocError, match="sources.0.handle_time_field: 'Full resolution time \\(min\\)' is the time"):
        flow.check(write(tmp_path, zendesk, "z.yml"))
    flow.check(write(tmp_path, text.replace("    path: a.csv\n", "    path: a.csv\n    handle_time_is_effort: true\n"), "p.yml"))


def worked(hours: list[float], minutes: list[float]) -> str:
    """Rows of tickets open for so many hours, with so many minutes of handle time."""
    lines = []
    for i, (h, m) in enumerate(zip(hours, minutes, strict=True)):
        closed = np.datetime64("2026-05-01T08:00:00") + np.timedelta64(round(h * 3600), "s")
        lines.append(f"{i},2026-05-01T08:00:00Z,{closed}Z,words number {i},email,,{m}\n")
    return "".join(lines)


def test_elapsed_time_mapped_as_handle_time_by_the_data(tmp_path):
    hours = [3.0 + i for i in range(20)]
    is_open = worked(hours, [h * 60 if i % 4 else 12.0 for i, h in enumerate(hours)])
    with pytest.raises(VocError) as error:
        ingested(tmp_path, is_open)
    assert str(error.value) == (
        "The source 'table': handle time is the time from opening to closing for 75% of the 20 contacts that have both. "
        "Elapsed time is not handle time: nobody works on a contact all the while.\n"
        "Map agent time, or leave it out and give handle_minutes in the cost file; where it is agent time, set "
        "handle_time_is_effort: true for the source."
    )
    said = PIPELINE.replace("    path: a.csv\n", "    path: a.csv\n    handle_time_is_effort: true\n")
    assert len(ingested(tmp_path, is_open, said).frames["contacts"]) == 20


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        ([3.0 + i for i in range(20)], [12.0] * 20),  # agent time beside elapsed time
        ([0.1 + 0.01 * i for i in range(20)], [6 + 0.6 * i for i in range(20)]),  # calls: all the time there was
        ([5.0] * 9, [300.0] * 9),  # too few to tell
    ],
)
def test_agent_time_is_not_taken_for_elapsed_time(tmp_path, hours, minutes):
    assert len(ingested(tmp_path, worked(hours, minutes)).frames["contacts"]) == len(hours)


def test_a_record_without_times_says_nothing():
    record = ContactRecord(line=1, contact_id="a", opened_at=datetime(2026, 5, 1, tzinfo=UTC), text="x")
    assert record.handle_minutes is None
    nothing = np.full(30, np.nan)
    assert elapsed.elapsed_share(nothing, nothing, nothing) == (0, 0.0)


# ---------------------------------------------------------------- refunds and credits


def credited(folder: Path, text: str, costs_text: str = GOOD + FX):
    write(folder, text, "credits.csv")
    return credits.read_credits(folder / "credits.csv", costs.load_costs(write(folder, costs_text).name, folder))


def test_credits_are_read_and_converted(tmp_path):
    found = credited(tmp_path, "Contact_ID,Amount,Currency,Kind\na,10,,Refund\nb,\"1,000\",php,\n")
    assert found == [credits.Credit("a", 10.0, "refund"), credits.Credit("b", 20.0, "credit")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("contact_id,sum\na,1\n", ": no column 'amount'.\nIt has: contact_id, sum."),
        ("contact_id,amount\n,1\n", " line 2: no contact_id.\nMend the row, or take it out; the file stands under 'credits' in the cost file."),
        ("contact_id,amount\na,ten\n", " line 2: the amount 'ten' is not a number.\nMend the row, or take it out; the file stands under 'credits' in the cost file."),
        ("contact_id,amount\na,-5\n", " line 2: the amount -5 is negative.\nGive what customers received as positive amounts."),
        ("contact_id,amount,currency\na,5,XXQ\n",
         " line 2: 'XXQ' is no currency code of ISO 4217. An example is EUR.\nMend the row, or take it out; the file stands under 'credits' in the cost file."),
        ("contact_id,amount,currency\na,5,GBP\n",
         " line 2: the amount is in GBP, the report in USD, and there is no rate between them.\n"
         "Add it under fx: {from: GBP, to: USD, rate: ..., date: ..., source: ...}."),
    ],
)  # fmt: skip
def test_credits_with_faults(tmp_path, text, says):
    with pytest.raises(VocError) as error:
        credited(tmp_path, text)
    assert str(error.value) == f"{tmp_path / 'credits.csv'}{says}"


def test_credits_go_to_the_topic_of_their_contact_and_add_up(tmp_path):
    write(tmp_path, "contact_id,amount,kind\ns:a1,10,refund\na2,20,refund\nb1,5,voucher\nnobody,7,refund\n", "credits.csv")
    path = write(tmp_path, GOOD + "credits: credits.csv\n")
    contacts = [contact("s:a1", "ann", "01 09:00"), contact("s:a2", "ann", "03 09:00"), contact("s:b1", "bob", "04 09:00")]
    topics = {"s:a1": {"A": 1.0}, "s:a2": {"A": 0.5, "B": 0.5}}
    run = replace(context(costs=None), costs=cost_lines.load_checked(path.name, tmp_path), folder=tmp_path)
    run = replace(run, pipeline=run.pipeline.model_copy(update={"costs": "costs.yml"}))
    parts = [{"contact_id": c, "topic_id": t, "share": share} for c, shares in topics.items() for t, share in shares.items()]
    parts.append({"contact_id": "s:b1", "topic_id": None, "share": 1.0})
    found = credits.topic_credits(frames(contacts, topics) | {"episode_contacts": pd.DataFrame(parts)}, run)
    assert rows(found, "topic_id", "kind", "topic", "credits", "amount") == [
        ("-", "voucher", "(no topic)", 1.0, 5.0), ("?", "refund", "(contact not in the data)", 1.0, 7.0),
        ("A", "refund", "Topic A", 1.5, 20.0), ("B", "refund", "Topic B", 0.5, 10.0),
    ]  # fmt: skip


def test_faults_of_the_credits_are_found_by_the_check(tmp_path):
    write(tmp_path, GOOD + "credits: credits.csv\n")
    write(tmp_path, "contact_id,amount\na,-5\n", "credits.csv")
    path = write(tmp_path, PIPELINE, "p.yml")
    with pytest.raises(VocError, match="credits.csv line 2: the amount -5 is negative."):
        flow.check(path)
