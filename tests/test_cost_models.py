"""Cost models, prices and their draws against figures worked out by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from story import contact, context, rows
from test_handle_times import world

from voc import registry, tables
from voc.costs import CostFile
from voc.errors import VocError
from voc.stages import minutes as minutes_of
from voc.stages import prices


def line(value: float, source: str = "ledger", **more) -> dict:
    return {"value": value, "source": source, **more}


STAFF = {
    "wage_per_hour": line(20.60), "on_cost_share": line(1 / 0.70 - 1), "support_overhead_share": line(0.45),
    "shrinkage_share": line(0.30), "occupancy_share": line(0.80),
}  # fmt: skip


def group(name: str = "own", model: str = "in_house", sites: tuple = ("*",), parameters: dict | None = None, **channels):
    return {"name": name, "model": model, "sites": list(sites), "parameters": parameters or {},
            "channels": {"*" if key == "every" else key: lines for key, lines in channels.items()}}  # fmt: skip


def costs(*groups: dict, **more) -> dict:
    return {"currency": "USD", "groups": list(groups), **more}


def priced(contacts: list[dict], costs: dict | None, **more) -> prices.Priced:
    return prices.price_contacts(tables.Contact.frame(contacts), context(costs), **more)


def spread(count: int, **more) -> list[dict]:
    """Contacts evenly over one month of 365.25 / 12 days, both ends included."""
    days = np.linspace(0, 365.25 / 12, count)
    moments = pd.Timestamp("2026-05-01T00:00:00Z") + pd.to_timedelta(days, unit="D")
    return [contact(f"c{i:04}", None, f"{m:%Y-%m-%dT%H:%M:%SZ}", **more) for i, m in enumerate(moments)]


def cost_of(model: str, minutes: float | None = None, ratio: float | None = None, **values) -> tuple[float, float, float]:
    """(full, cash, capacity) of one contact, rounded to a hundredth of a cent."""
    plugin = registry.get("cost_models", model)
    more = {} if ratio is None else {"commitment_ratio": ratio}
    frame = plugin.price(pd.DataFrame({"handle_minutes": [minutes]}, dtype=float), plugin.Parameters(**values), **more)
    return tuple(frame.iloc[0].round(4))


# ---------------------------------------------------------------- models


@pytest.mark.parametrize(
    ("minutes", "concurrency", "other", "full"), [(6, 1, 0.35, 7.97), (5, 1, 0.10, 6.45), (9, 2, 0.05, 5.76)]
)
def test_the_worked_check_of_own_staff(minutes, concurrency, other, full):
    """20.60 / 0.70 = 29.43; x 1.45 = 42.67 a paid hour; / (60 x 0.56) = 1.27 a handled minute; x 6 + 0.35 = 7.97."""
    values = {key: entry["value"] for key, entry in STAFF.items()}
    found = cost_of("in_house", minutes, **values, concurrency=concurrency, other_cost=other)
    assert round(found[0], 2) == full
    minute = 20.60 / 0.70 / (60 * 0.56)
    assert found == pytest.approx((minute * 1.45 * minutes / concurrency + other, other, minute * minutes / concurrency), abs=1e-4)


def test_a_transfer_costs_the_next_tiers_minutes_at_its_own_rate():
    """One in five is passed on for 10 minutes at 60 an hour: 0.2 x 10 = 2 more, on 5 minutes at 30 an hour = 2.50."""
    values = {"wage_per_hour": 30, "shrinkage_share": 0, "occupancy_share": 1}
    transfers = {"transfer_share": 0.2, "transfer_minutes": 10, "transfer_wage_per_hour": 60}
    assert cost_of("in_house", 5, **values) == (2.5, 0, 2.5)
    assert cost_of("in_house", 5, **values, **transfers) == (4.5, 0, 4.5)
    assert cost_of("bpo_per_contact", price_per_contact=3, transfer_share=0.2, price_per_transfer=5) == (4, 4, 0)
    tier = {"transfer_share": 0.2, "transfer_minutes": 9.5, "transfer_price_per_minute": 1, "billing_increment_seconds": 60}
    assert cost_of("bpo_per_minute", 5, price_per_minute=0.5, **tier) == (4.5, 4.5, 0)


@pytest.mark.parametrize("model", ["in_house", "bpo_per_contact", "bpo_per_minute"])
def test_a_transfer_without_its_price_is_refused(model):
    values = {"wage_per_hour": 30, "shrinkage_share": 0, "occupancy_share": 1, "price_per_contact": 3, "price_per_minute": 1}
    parameters = registry.get("cost_models", model).Parameters
    with pytest.raises(ValueError, match="transfer_share needs .* beside it: what a transfer costs"):
        parameters(**{k: v for k, v in values.items() if k in parameters.model_fields}, transfer_share=0.1)


@pytest.mark.parametrize(
    ("minutes", "increment", "least", "billed"),
    [
        (2.10, 0, 0, 2.10), (2.10, 60, 0, 3.0), (2.10, 6, 0, 2.1), (2.11, 6, 0, 2.2), (2.0, 60, 0, 2.0), (2.0, 30, 3, 3.0),
        (0.2, 1, 0.5, 0.5), (0.0, 60, 0, 0.0), (0.0, 60, 1, 1.0),
    ],
)  # fmt: skip
def test_minutes_are_billed_in_whole_increments_and_not_below_the_minimum(minutes, increment, least, billed):
    found = cost_of("bpo_per_minute", minutes, price_per_minute=2, billing_increment_seconds=increment, minimum_minutes=least,
                    other_cost=0.25)  # fmt: skip
    assert found == pytest.approx((2 * billed + 0.25, 2 * billed + 0.25, 0))


def test_an_outsourcer_by_the_hour_costs_the_hours_on_its_invoice():
    """12 an hour, three quarters of it handling: 16 a handled hour; half an hour with two chats at a time is a quarter."""
    values = {"price_per_hour": 12, "productive_share": 0.75, "concurrency": 2, "other_cost": 0.1}
    assert cost_of("bpo_per_hour", 30, **values) == (4.1, 4.1, 0)


def test_a_bots_licence_counts_in_the_full_cost_alone():
    assert cost_of("bot_per_session", price_per_session=0.5, licence_per_session=0.2, other_cost=0.05) == (0.75, 0.55, 0)
    assert cost_of("bot_per_session", price_per_session=0, licence_per_session=0.2) == (0.2, 0, 0)


@pytest.mark.parametrize(
    ("ratio", "full", "cash"), [(0.0, 3.2, 3.2), (0.99, 3.2, 3.2), (1.0, 3.2, 0.2), (1.5, 4.7, 0.2)]
)
def test_below_its_commitment_a_contact_saves_no_cash_but_the_telephone(ratio, full, cash):
    """At one and a half times the volume there is, each contact carries half a price of what was paid for nothing."""
    assert cost_of("bpo_per_contact", ratio=ratio, price_per_contact=3, other_cost=0.2) == (full, cash, 0)


def test_paid_staff_time_is_what_fte_are_counted_from():
    plugin = registry.get("cost_models", "in_house")
    values = {"wage_per_hour": 30, "shrinkage_share": 0.3, "occupancy_share": 0.8, "concurrency": 2, "transfer_share": 0.5,
              "transfer_minutes": 4, "transfer_wage_per_hour": 30}  # fmt: skip
    paid = plugin.paid_minutes(pd.DataFrame({"handle_minutes": [9.0]}), plugin.Parameters(**values))
    assert paid.tolist() == pytest.approx([(4.5 + 2) / 0.56])


# ---------------------------------------------------------------- prices


def test_a_commitment_is_held_against_all_channels_of_the_group():
    """300 contacts in one month over two channels against 400 committed: 4/3 of the price, and no cash but the telephone."""
    contacts = spread(200, channel="phone") + [c | {"contact_id": "e" + c["contact_id"], "channel": "email"} for c in spread(100)]
    parameters = {"committed_contacts_month": line(400, "contract")}
    lines = {"price_per_contact": line(3), "other_cost": line(0.2)}
    found = priced(contacts, costs(group("bpo", "bpo_per_contact", parameters=parameters, phone=lines, email=lines)))
    assert set(rows(found.contact_costs.round(6), *prices.COSTS)) == {(4.2, 0.2, 0.0)}
    assert found.notes["cost_file_warnings"] == [
        "groups.bpo: the volume is 75% of what is committed: no contact less saves its price"]  # fmt: skip
    above = parameters | {"committed_contacts_month": line(250, "contract")}
    found = priced(contacts, costs(group("bpo", "bpo_per_contact", parameters=above, phone=lines, email=lines)))
    assert set(rows(found.contact_costs.round(6), *prices.COSTS)) == {(3.2, 3.2, 0.0)}
    assert found.notes["cost_file_warnings"] == [
        "groups.bpo: 83% of the volume is committed: no more than 17% of it can save cash"]  # fmt: skip


def test_channels_are_found_whatever_their_capitals_and_unused_ones_are_told():
    contacts = [contact("a", None, "01 09:00", channel="phone"), contact("b", None, "02 09:00", channel="chat")]
    own = group("own", "bpo_per_contact", ("*", "Leeds"), Phone={"price_per_contact": line(5)}, every={"price_per_contact": line(2)},
                fax={"price_per_contact": line(9)})  # fmt: skip
    found = priced(contacts, costs(own))
    assert rows(found.contact_costs, "contact_id", "cost_full") == [("a", 5.0), ("b", 2.0)]
    assert found.notes == {"cost_file_warnings": [
        "groups.own: no contact has the site 'Leeds'",
        "groups.own.channels.fax: no contact of the group has the channel 'fax'",
    ]}  # fmt: skip


def test_amounts_in_another_currency_are_converted_and_shares_are_not():
    rates = [{"from": "PHP", "to": "USD", "rate": 0.02, "date": "2026-05-31", "source": "central bank"},
             {"from": "USD", "to": "EUR", "rate": 0.8, "date": "2026-05-31", "source": "central bank"}]  # fmt: skip
    values = {"wage_per_hour": line(300), "on_cost_share": line(1.0), "shrinkage_share": line(0), "occupancy_share": line(1),
              "handle_minutes": line(10), "other_cost": line(0.4, currency="EUR")}  # fmt: skip
    found = priced([contact("a", None, "01 09:00")], costs({**group(every=values), "currency": "PHP"}, fx=rates))
    # 300 pesos are 6 dollars, doubled 12 an hour, 2 for ten minutes; 0.40 euros are 0.50 dollars
    assert rows(found.contact_costs.round(6), *prices.COSTS) == [(2.5, 0.5, 2.0)]


def measured(count: int, minutes: float, **more) -> list[dict]:
    return [contact(f"m{i:03}-{more.get('channel', '')}", None, f"{1 + i % 28:02d} 09:00", handle_minutes=minutes, **more)
            for i in range(count)]  # fmt: skip


RATE = {"wage_per_hour": line(60), "shrinkage_share": line(0), "occupancy_share": line(1)}  # one a minute


def test_missing_times_come_from_fifty_measured_ones_else_from_the_cost_file():
    given = group(parameters=RATE, every={"handle_minutes": line(7)})
    gaps = [contact("gap", None, "03 09:00"), contact("call", None, "03 09:00", channel="phone")]
    few = priced(measured(49, 12.0) + gaps, costs(given)).contact_costs.set_index("contact_id")
    assert few.loc[["gap", "call"], ["handle_source", "handle_minutes"]].to_numpy().tolist() == [["cost_file", 7.0]] * 2
    enough = priced(measured(50, 12.0) + gaps, costs(given)).contact_costs.set_index("contact_id")
    assert rows(enough.loc[["gap", "call"]].round(3), "handle_source", "handle_minutes", "cost_full", "paid_minutes") == [
        ("imputed", 12.0, 12.0, 12.0), ("cost_file", 7.0, 7.0, 7.0),  # nobody measured a call: the file speaks for it
    ]  # fmt: skip
    nothing_given = group(parameters=RATE, every={})
    alone = priced(measured(50, 12.0) + gaps, costs(nothing_given)).contact_costs.set_index("contact_id")
    assert rows(alone.loc[["call"]].round(3), "handle_source", "handle_minutes") == [("imputed", 12.0)]
    without = priced(measured(50, 12.0) + gaps, None).contact_costs.set_index("contact_id")
    assert rows(without.loc[["gap"]].round(3), "handle_source", "handle_minutes") == [("imputed", 12.0)]


@pytest.mark.parametrize("model", ["in_house", "bpo_per_minute", "bpo_per_hour"])
def test_models_that_need_minutes_say_so_and_those_by_the_contact_do_not(model):
    values = {"in_house": RATE, "bpo_per_minute": {"price_per_minute": line(1)},
              "bpo_per_hour": {"price_per_hour": line(12), "productive_share": line(0.7)}}[model]  # fmt: skip
    with pytest.raises(VocError) as error:
        priced([contact("a", None, "01 09:00")], costs(group("g", model, parameters=values, every={})))
    assert str(error.value) == (
        "1 contacts of the channel 'email' have no measured handle time, and the cost file's group 'g' gives no "
        "handle_minutes for it.\nAdd handle_minutes under groups.g.channels.email. Elapsed time is not handle time."
    )
    by_contact = group("g", "bpo_per_contact", every={"price_per_contact": line(3)})
    assert rows(priced([contact("a", None, "01 09:00")], costs(by_contact)).contact_costs, "handle_source") == [("unknown",)]


def test_the_cost_of_all_contacts_is_right_though_most_times_are_estimated():
    """Within 2 % of what the expected minutes cost, over three worlds in which dear contacts are measured less often."""
    ratios = []
    for seed in range(3):
        expected, known, channel, (_, topic, site) = world(seed, n=6000)
        contacts = [
            contact(f"c{i:05}", None, "01 09:00", handle_minutes=None if np.isnan(known[i]) else known[i],
                    channel=f"channel {channel[i]}", site=f"site {site[i]}")
            for i in range(len(known))
        ]  # fmt: skip
        parts = pd.DataFrame({"contact_id": [c["contact_id"] for c in contacts], "part": "t", "share": 1.0,
                              "topic_id": [f"t{t}" for t in topic], "is_repeat": False})  # fmt: skip
        found = priced(contacts, costs(group(parameters=RATE, every={})), parts=parts).contact_costs
        is_estimated = found["handle_source"] == "imputed"
        assert 0.5 < is_estimated.mean() < 0.7
        ratios.append(found.loc[is_estimated, "cost_full"].sum() / expected[is_estimated].sum())
    assert np.mean(ratios) == pytest.approx(1, abs=0.02)


def test_repeats_are_dearer_when_they_were_measured_dearer():
    contacts = measured(60, 5.0) + [c | {"contact_id": "r" + c["contact_id"], "handle_minutes": 15.0} for c in measured(60, 0)]
    contacts += [contact("gap-first", None, "03 09:00"), contact("gap-repeat", None, "04 09:00")]
    parts = pd.DataFrame({"contact_id": [c["contact_id"] for c in contacts], "part": "A", "topic_id": "A", "share": 1.0})
    parts["is_repeat"] = parts["contact_id"].str.startswith("r") | parts["contact_id"].eq("gap-repeat")
    found = priced(contacts, costs(group(parameters=RATE, every={})), parts=parts).contact_costs.set_index("contact_id")
    first, repeat = found.loc["gap-first", "cost_full"], found.loc["gap-repeat", "cost_full"]
    assert (first, repeat) == (pytest.approx(5, rel=0.1), pytest.approx(15, rel=0.1))


# ---------------------------------------------------------------- ledger


@pytest.mark.parametrize(
    ("ledger", "scale", "status", "ratio", "each"),
    [
        (1100, False, "reconciles", 1.1, 10.0), (1100, True, "scaled", 1.1, 11.0), (800, True, "scaled", 0.8, 8.0),
        (1250, False, "reconciles", 1.25, 10.0), (1260, True, "does_not_reconcile", 1.26, 10.0),
        (790, False, "does_not_reconcile", 0.79, 10.0),
    ],
)  # fmt: skip
def test_the_file_is_held_against_the_books(ledger, scale, status, ratio, each):
    block = {"total_cost": line(ledger), "first_day": date(2026, 5, 1), "last_day": date(2026, 5, 31), "scale": scale}
    file = costs(group("g", "bpo_per_contact", every={"price_per_contact": line(10)}), ledger=block)
    contacts = spread(100) + [contact("late", None, "2026-06-02T09:00:00Z")]
    found = priced(contacts, file)
    assert found.reconciliation == prices.Reconciliation(ledger, 1000.0, 100, pytest.approx(ratio), status)
    assert found.notes == {"ledger": {"ratio": ratio, "status": status}}
    (row,) = prices.reconciliation_rows(found, context(file)).to_dict("records")
    assert row == {"run_id": "r1", "first_day": "2026-05-01", "last_day": "2026-05-31", "ledger_cost": ledger,
                   "cost_full": 1000.0, "contacts": 100, "ratio": pytest.approx(ratio), "status": status}  # fmt: skip
    assert set(found.contact_costs["cost_full"].round(6)) == {each}
    assert set(found.contact_costs["cost_avoidable_cash"].round(6)) == {each}


def test_a_period_the_data_do_not_cover_proves_nothing():
    block = {"total_cost": line(1000), "first_day": "2026-04-01", "last_day": "2026-05-31", "scale": True}
    file = costs(group("g", "bpo_per_contact", every={"price_per_contact": line(10)}), ledger=block)
    found = priced(spread(100), file).reconciliation
    assert (found.status, found.factor) == ("period_not_covered", 1.0)


# ---------------------------------------------------------------- draws


def drawn(contacts: list[dict], file: dict, draws: int = 400) -> tuple[pd.DataFrame, prices.PriceDraws]:
    frame = tables.Contact.frame(contacts)
    run = context(file)
    found = prices.price_contacts(frame, run).contact_costs
    return found, prices.price_draws(found, frame, run, draws=draws)


def test_drawn_lines_move_every_cost_as_pricing_with_them_would():
    """Each draw's total equals that of a cost file which holds the drawn values."""
    parameters = RATE | {"wage_per_hour": line(60, low=50, high=80), "support_overhead_share": line(0.4)}
    own = group(parameters=parameters, phone={"other_cost": line(0.5, low=0.2, high=0.6), "handle_minutes": line(6, low=4, high=9)},
                every={"handle_minutes": line(5)})  # fmt: skip
    contacts = [contact(f"p{i}", None, "01 09:00", channel="phone", handle_minutes=float(i)) for i in range(1, 31)]
    contacts += [contact("guess", None, "02 09:00", channel="phone"), contact("mail", None, "03 09:00")]
    found, factors = drawn(contacts, costs(own))
    assert factors.cells == (("own", "email", "cost_file"), ("own", "phone", "cost_file"), ("own", "phone", "measured"))
    lines = prices.line_draws(CostFile.model_validate(costs(own)), draws=400, seed=1)
    assert sorted(lines) == ["groups.own.channels.phone.handle_minutes", "groups.own.channels.phone.other_cost",
                             "groups.own.wage_per_hour"]  # fmt: skip
    for draw in (0, 7, 399):
        value = {path.rpartition(".")[2]: float(values[draw]) for path, values in lines.items()}
        again = group(parameters=RATE | {"wage_per_hour": line(value["wage_per_hour"]), "support_overhead_share": line(0.4)},
                      phone={"other_cost": line(value["other_cost"]), "handle_minutes": line(value["handle_minutes"])},
                      every={"handle_minutes": line(5)})  # fmt: skip
        exact = priced(contacts, costs(again)).contact_costs
        for column, factor in (("cost_full", factors.full), ("cost_avoidable_cash", factors.cash),
                               ("cost_avoidable_capacity", factors.capacity), ("handle_minutes", factors.minutes)):  # fmt: skip
            moved = found[column] * factor[draw, factors.cell]
            for number in range(len(factors.cells)):
                mine = factors.cell == number
                assert moved[mine].sum() == pytest.approx(exact[column][mine].sum(), rel=2e-3)


def test_missing_times_are_drawn_from_what_measured_ones_allow():
    """At a dollar a minute and three a contact, two thirds of the cost of six minutes move with the time."""
    minutes = np.random.default_rng(2).gamma(9, 6 / 9, 80)
    contacts = [contact(f"m{i:02}", None, f"{1 + i % 28:02d} 09:00", handle_minutes=float(m)) for i, m in enumerate(minutes)]
    contacts += [contact(f"gap{i}", None, "03 09:00") for i in range(5)]
    file = costs(group(parameters=RATE, every={"other_cost": line(3)}))
    found = prices.price_contacts(tables.Contact.frame(contacts), context(file))
    table = found.time_draws
    assert rows(table[:1], "cost_group", "channel", "topic_id") == [("own", "email", "-")]
    assert table["imputation"].tolist() == list(range(minutes_of.IMPUTATIONS))
    assert table["factor"].mean() == pytest.approx(1)
    assert table["factor"].std() == pytest.approx(np.log(minutes).std() / np.sqrt(80), rel=0.5)
    costed, factors = drawn(contacts, file, draws=5)
    imputed = factors.cells.index(("own", "email", "imputed"))
    gap = costed["handle_minutes"].iloc[0]
    assert factors.of_time[:, imputed] == pytest.approx([gap / (gap + 3), 0.0, 1.0])


def test_draws_are_triangular_the_same_every_time_and_one_line_does_not_move_another():
    one = costs(group(parameters=RATE | {"wage_per_hour": line(60, low=45, high=90)}, every={"handle_minutes": line(5)}))
    two = costs(group(parameters=RATE | {"wage_per_hour": line(60, low=45, high=90)},
                      every={"handle_minutes": line(5), "other_cost": line(1, low=0, high=2)}))  # fmt: skip
    files = [CostFile.model_validate(file) for file in (one, two)]
    values = [prices.line_draws(file, draws=20000, seed=4)["groups.own.wage_per_hour"] for file in files]
    assert np.array_equal(*values)
    assert values[0].mean() == pytest.approx((45 + 60 + 90) / 3, rel=0.005)
    assert (values[0].min() >= 45, values[0].max() <= 90) == (True, True)
    other = prices.line_draws(files[0], draws=20000, seed=5)["groups.own.wage_per_hour"]
    assert not np.array_equal(values[0], other)


def test_without_ranges_or_a_cost_file_every_factor_is_one():
    contacts = [contact("a", None, "01 09:00", handle_minutes=5.0), contact("b", None, "02 09:00", channel="chat")]
    for file in (costs(group("g", "bpo_per_contact", every={"price_per_contact": line(3)})), None):
        found, factors = drawn(contacts, file, draws=10)
        assert len(factors.cell) == len(found) == 2
        assert all((array == 1).all() and array.shape == (10, 2) for array in factors[2:6])
        assert (factors.of_time == 0).all()
