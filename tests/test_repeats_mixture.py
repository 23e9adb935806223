"""The parts of the mixture against hand-made cases and slow loops; the bound, the permutation test, the burst flag."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.repeats import mixture as mix
from voc.repeats.background import MANY, _rates, _weights_of_priors, count_issues, shrunk
from voc.repeats.bursts import burst_topics
from voc.repeats.knox import knox
from voc.repeats.layout import EDGES, lay_out, sum_up
from voc.repeats.mixture import Groups, fit_mixture, within
from voc.repeats.spacing import spacing_excess

UNTIL = 60.0
# customer, topic, start, days open, linked
CONTACTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.floats(0, 59), st.sampled_from([0.0, 0.0, 1.5, 40.0]), st.booleans()),
    min_size=1, max_size=30,
)  # fmt: skip


def groups(rows, *, window: float = 7.0, until: float = UNTIL) -> Groups:
    """Rows of (customer, topic, start, days open, linked) as groups."""
    rows = sorted(rows)
    keys = sorted({row[:2] for row in rows})
    number = {key: place for place, key in enumerate(keys)}
    group = np.array([number[row[:2]] for row in rows])
    start = np.array([row[2] for row in rows], dtype=float)
    end = np.minimum(start + np.array([row[3] for row in rows]), until)
    for place in range(1, len(rows)):
        if group[place] == group[place - 1]:
            end[place] = max(end[place], end[place - 1])
    linked = np.array([row[4] for row in rows], dtype=bool)
    customers, topics = (np.array(column) for column in zip(*keys, strict=True))
    return Groups(group, topics, start, end, linked, until, window, customers, 0.0)


def world(seed: int, customers: int = 200) -> Groups:
    """Customers who write now and then about one of three things; half of all contacts are repeated two days later."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        for _ in range(rng.poisson(3)):
            day, topic = rng.uniform(0, UNTIL), int(rng.integers(3))
            while day < UNTIL:
                rows.append((customer, topic, day, 0.0, False))
                if rng.random() < 0.5:
                    break
                day += rng.exponential(2)
    return groups(rows)


def days_in_bins(begin: float, finish: float) -> np.ndarray:
    return np.array(
        [max(min(finish, high) - max(begin, low), 0.0) for low, high in zip(EDGES[:-1], EDGES[1:], strict=True)]
    )


def test_the_first_of_a_group_has_no_probability_and_a_linked_one_is_certain():
    found = fit_mixture(groups([(0, 0, 1.0, 0.0, False), (0, 0, 3.0, 0.0, True), (0, 0, 55.0, 0.0, False), (1, 1, 2.0, 0.0, False)]),
                        topics=2)  # fmt: skip
    # the third comes 52 days later, beyond the longest wait for a repeat
    assert found.probability.tolist() == pytest.approx([np.nan, 1.0, 0.0, np.nan], nan_ok=True)
    assert found.background.shape == (2,) and found.hazard.shape == found.exposure.shape == (2, 11)


def test_one_step_by_hand():
    """Chances are shares of the three rates at which the contact may have come."""
    layout = lay_out(groups([(0, 0, 1.0, 0.0, False), (0, 0, 3.0, 0.0, False), (0, 1, 3.5, 0.0, False)]), 2)
    sums = sum_up(layout, np.ones(2))
    chances = mix.Chances(np.array([0.4]), np.array([0.0, 0.3]))
    new = mix._iterate(layout, sums, chances)
    prior = mix.fit_prior(layout, sums, mix.count_issues(layout, sums, np.array([0.4, 0.3])), np.array([0.4, 0.3]))
    background = mix.background(
        layout, mix.count_issues(layout, sums, np.array([0.4, 0.3])), prior, np.array([0.4, 0.3])
    )
    # topic 0: 2 days at risk until the repeat (0.4) or 59 (0.6), and 57 days of the second; the bin from 1 to 2 days
    exposure = mix._exposure(layout, sums, chances.pair)
    assert exposure[0, 0] == pytest.approx(0.4 * days_in_bins(0, 2) + 0.6 * days_in_bins(0, 59) + days_in_bins(0, 57))
    hazard = mix._hazard(layout, sums, chances.pair, exposure)
    assert hazard[0, 0, 2] == pytest.approx(
        0.4 / 3.0
    )  # 1 + 1 + 1 topic 1's day: all share it, with nothing to tell apart
    repeat = hazard[0, 0, 2]
    assert new.pair == pytest.approx([repeat / (repeat + background[0])])
    # the customer's contact before was half a day earlier, about topic 0; three contacts were at risk in that bin
    other = 0.3 / (3 * 0.5) * prior.shares[1] / (1 - prior.shares[0])
    assert new.other == pytest.approx([0.0, other / (other + background[1])])


@given(CONTACTS, st.randoms(use_true_random=False))
def test_exposure_agrees_with_loops(rows, random):
    data = groups(rows)
    layout = lay_out(data, 3)
    pair = np.array([random.random() / 3 for _ in layout.pairs.later])
    slow = np.zeros((3, 2, len(EDGES) - 1))
    for place, (start, end) in enumerate(zip(data.start, data.end, strict=True)):
        ends = [(data.start[later], chance) for later, earlier, chance in
                zip(layout.pairs.later, layout.pairs.earlier, pair, strict=True) if earlier == place]  # fmt: skip
        for finish, chance in [*ends, (UNTIL, 1 - sum(chance for _, chance in ends))]:
            slow[layout.topic[place], 0] += chance * days_in_bins(0, finish - end)
            is_open = chance * days_in_bins(0, min(finish, end) - start)
            is_open[-1] += chance * max(min(finish, end) - start - 30, 0)  # the last bin of open ones has no end
            slow[layout.topic[place], 1] += is_open
    found = mix._exposure(layout, sum_up(layout, np.ones(len(data.topic))), pair)
    assert found == pytest.approx(np.maximum(slow, 0), abs=1e-9)


@given(CONTACTS, st.randoms(use_true_random=False))
def test_chance_of_no_repeat_yet_agrees_with_loops(rows, random):
    pairs = lay_out(groups(rows), 3).pairs
    pair = np.array([random.random() for _ in pairs.later])
    chance = {(later, earlier): p for later, earlier, p in zip(pairs.later, pairs.earlier, pair, strict=True)}
    slow = [
        max(1 - sum(chance.get((between, earlier), 0.0) for between in range(earlier + 1, later)), 0.0)
        for later, earlier in zip(pairs.later, pairs.earlier, strict=True)
    ]
    assert mix._alive(pairs, pair) == pytest.approx(np.array(slow))


@settings(deadline=None, max_examples=25)
@given(CONTACTS)
def test_chances_are_chances_whatever_the_contacts(rows):
    data = groups(rows)
    before = [np.copy(values) for values in data[:5]]
    found = fit_mixture(data, topics=3)
    is_first = np.diff(data.group, prepend=-1) != 0
    assert (np.isnan(found.probability) == (is_first & ~data.is_linked)).all()
    chances = np.nan_to_num(found.probability)
    assert ((0 <= chances) & (chances + found.other <= 1 + 1e-9)).all()
    assert (chances[data.is_linked] == 1).all()
    for values in (found.background, found.hazard, found.exposure, found.open_repeats):
        assert np.isfinite(values).all() and (values >= 0).all()
    assert all((old == new).all() for old, new in zip(before, data[:5], strict=True))


def test_order_of_customers_does_not_matter():
    data = world(1)
    renamed = data._replace(customer=(data.customer.max() - data.customer) * 3 + 1)
    assert fit_mixture(renamed, topics=3).probability == pytest.approx(
        fit_mixture(data, topics=3).probability, nan_ok=True
    )


def test_a_weight_is_a_number_of_copies():
    data = world(2, customers=60)
    count = np.random.default_rng(0).integers(0, 4, data.customer.max() + 1)
    rows = [
        (copy * 1000 + customer, data.topic[group], start, 0.0, False)
        for group, start, customer in zip(data.group, data.start, data.customer[data.group], strict=True)
        for copy in range(count[customer])
    ]  # fmt: skip
    copied = groups(rows)
    weighted = fit_mixture(data, topics=3, weights=count[data.customer])
    # copies of a contact on its day do not vouch for each other under weights, as they do when they are customers
    assert within(weighted, 7.0) == pytest.approx(within(fit_mixture(copied, topics=3), 7.0), abs=0.05)


def test_a_refit_starts_where_the_fit_ended():
    data = world(3)
    full = fit_mixture(data, topics=3)
    drawn = np.random.default_rng(1).poisson(1, data.customer.max() + 1)[data.customer]
    cold = fit_mixture(data, topics=3, weights=drawn)
    warm = fit_mixture(data, topics=3, weights=drawn, start_from=full)
    assert np.nansum(warm.probability * drawn[data.group]) == pytest.approx(
        np.nansum(cold.probability * drawn[data.group]), rel=0.01
    )


def test_probability_is_the_share_of_its_rate():
    found = fit_mixture(world(7), topics=3)
    rates = np.stack([found.repeat_rate, found.other_rate, found.issue_rate])
    known = ~np.isnan(rates).any(axis=0)
    share = rates[:, known] / rates[:, known].sum(axis=0)
    # the first of a group may have been set off by something else, but repeats nothing
    assert np.nan_to_num(found.probability)[known] == pytest.approx(share[0])
    assert found.other[known] == pytest.approx(share[1])
    assert (np.nan_to_num(found.probability)[~known] == 0).all()


def test_probability_within_a_window_by_hand():
    found = fit_mixture(world(4), topics=3)
    found = found._replace(hazard=np.full((3, 11), 0.1), open_repeats=np.array([0.0, 0.2, 0.0]))
    # the window of 6 days ends in the middle of the bin from 5 to 7
    assert within(found, 6.0) == pytest.approx(1 - np.exp([-0.6, -0.8, -0.6]))


def test_half_of_all_contacts_are_repeated():
    assert within(fit_mixture(world(5, customers=800), topics=3), 30.0) == pytest.approx(0.5, abs=0.03)


def test_contacts_while_one_is_open_have_a_hazard_of_their_own():
    rows = [(c, 0, 10.0 + c / 4, 20.0, False) for c in range(100)] + [
        (c, 0, 12.0 + c / 4, 0.0, False) for c in range(50)
    ]
    found = fit_mixture(groups(rows), topics=1)
    assert found.hazard.sum() == 0
    # 50 of 150 contacts came two days after one that was still open, all but certainly because of it
    assert found.open_repeats == pytest.approx(1 / 3, abs=0.05)


def test_a_window_beyond_the_bins_gets_one_of_its_own():
    data = groups([(0, 0, 1.0, 0.0, False), (0, 0, 41.0, 0.0, False)], window=45.0)
    assert fit_mixture(data, topics=1).edges.tolist() == [*EDGES, 45.0]


def test_nothing_comes_of_nothing():
    nothing = np.zeros(0)
    data = Groups(nothing.astype(int), nothing.astype(int), nothing, nothing, nothing > 0, 10.0, 7.0)
    found = fit_mixture(data, topics=2)
    assert found.probability.shape == (0,) and within(found, 7.0).tolist() == [0.0, 0.0]
    assert spacing_excess(data).shape == (0,)


def test_shrinkage_by_hand():
    # deviations 4 and -4, noise 4 each: excess 32 - 8 = 24; squares 72; shape 3
    assert shrunk(np.array([10.0, 2.0]), np.array([6.0, 6.0]), np.array([4.0, 4.0]), axis=0) == pytest.approx(
        [13 / 9, 5 / 9]
    )
    # no more than noise: all alike
    assert shrunk(np.array([7.0, 5.0]), np.array([6.0, 6.0]), np.array([7.0, 5.0]), axis=0) == pytest.approx(
        [1, 1], abs=1e-4
    )


def test_rates_of_customers_who_are_all_alike():
    rng = np.random.default_rng(0)
    issues = rng.poisson(5.0, 20_000).astype(float)
    rates = _rates(issues, np.ones(len(issues)))
    assert rates[[2, 5, 8]] == pytest.approx(5.0, rel=0.1)


def test_rates_of_exponential_customers():
    # a customer with n others of exponential rate of mean 2 can be expected to have (n + 1) / (1 + 1/2)
    rng = np.random.default_rng(0)
    issues = rng.poisson(rng.exponential(2.0, 100_000)).astype(float)
    rates = _rates(issues, np.ones(len(issues)))
    assert rates[[1, 2, 3, 5]] == pytest.approx(np.array([2, 3, 4, 6]) / 1.5, rel=0.05)
    assert len(rates) == MANY + 1


def test_weights_of_priors_find_what_the_customers_were_made_of():
    """Topics by Dirichlet of concentration 4, blocks of days by Gamma of shape 2."""
    rng = np.random.default_rng(0)
    customers, topics, blocks, each = 3000, 8, 9, 6
    topic = np.stack([rng.choice(topics, each, p=rng.dirichlet(np.full(topics, 0.5))) for _ in range(customers)])
    rates = rng.gamma(2.0, 1.0, (customers, blocks))
    block = np.stack([rng.choice(blocks, each, p=rate / rate.sum()) for rate in rates])
    rows = np.column_stack(
        [np.repeat(np.arange(customers), each), topic.ravel(), block.ravel() * 30 + rng.uniform(0, 30, topic.size)]
    )
    layout = lay_out(groups([(int(c), int(t), day, 0.0, False) for c, t, day in rows], until=blocks * 30.0), topics)
    sums = sum_up(layout, np.ones(len(layout.topic_of_group)))
    no_issue = np.zeros(len(layout.candidates.place))
    focus, steadiness = _weights_of_priors(
        layout, sums, count_issues(layout, sums, no_issue), no_issue, 1 / topics, 1 / blocks
    )
    assert (focus, steadiness) == (pytest.approx(4.0, rel=0.1), pytest.approx(2.0, rel=0.25))


def test_spacing_by_hand():
    rows = [(0, 0, 0.0, 0.0, False), (0, 0, 10.0, 2.0, False), (0, 0, 30.0, 0.0, False), (1, 0, 5.0, 0.0, False)]
    # three points in 60 days; the second was open for two days more
    expected = [0, 1 - (1 - 7 / 60) ** 3, 1 - (1 - 9 / 60) ** 3, 0]
    assert spacing_excess(groups(rows)) == pytest.approx(expected)
    linked = [(*row[:4], row[2] == 30.0) for row in rows]
    assert spacing_excess(groups(linked)) == pytest.approx([0, 1 - (1 - 7 / 60) ** 2, 0, 0])


def test_spacing_of_points_thrown_evenly():
    rng = np.random.default_rng(0)
    points = np.sort(rng.uniform(0, UNTIL, (1000, 5)), axis=1)
    data = groups([(c, 0, day, 0.0, False) for c, days in enumerate(points) for day in days])
    close = (np.diff(points, axis=1) <= 7).sum()
    assert spacing_excess(data).sum() == pytest.approx(close, rel=0.05)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 40)), min_size=1, max_size=20))
def test_close_pairs_agree_with_loops(rows):
    customer, topic, start = (np.array(column) for column in zip(*rows, strict=True))
    slow = np.zeros(3)
    for a in range(len(rows)):
        for b in range(a):
            if customer[a] == customer[b] and topic[a] == topic[b] and abs(start[a] - start[b]) <= 7:
                slow[topic[a]] += 1
    assert knox(customer, topic, start, topics=3, window=7, draws=1, seed=0).observed.tolist() == slow.tolist()


def test_knox_tells_repeats_from_chance():
    data = world(6)
    customer, topic = data.customer[data.group], data.topic[data.group]
    found = knox(customer, topic, data.start, topics=3, window=7, seed=0)
    assert found.p_value == 0.01 and found.ratio > 2
    shuffled = np.random.default_rng(0).permutation(topic)
    chance = knox(customer, shuffled, data.start, topics=3, window=7, seed=0)
    assert chance.p_value > 0.05 and chance.ratio == pytest.approx(1, abs=0.15)
    assert found.expected.shape == (3,)
    alone = knox(np.arange(3), np.arange(3), np.zeros(3), topics=3, window=7, seed=0)
    assert np.isnan(alone.ratio) and alone.p_value == 1


def test_a_week_far_above_the_usual_is_a_burst():
    start = np.concatenate(
        [np.arange(0, 70, 0.5), np.arange(0, 70, 0.5), np.full(80, 30.0), np.arange(0, 70, 7), np.full(8, 30.0)]
    )
    topic = np.repeat([0, 1, 1, 2, 2], [140, 140, 80, 10, 8])
    # topic 1: 94 contacts instead of 14, five deviations being 29; topic 2: nine instead of one are too few
    assert burst_topics(start, topic, topics=3, since=0.0, until=70.0).tolist() == [False, True, False]
    assert burst_topics(start, topic, topics=3, since=0.0, until=55.0).tolist() == [False, False, False]
