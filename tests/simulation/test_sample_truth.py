"""Does the whole program find the repeats that the made-up company truly had: from its exports to the published tables?

`make simulate` writes companies of several seeds, runs each from end to end, and writes its section of docs/simulation.md.
"""

import os
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
from report import table, write_section  # noqa: E402
from runs import voc  # noqa: E402
from story import contact, context, frames  # noqa: E402

from voc.sample import write_sample  # noqa: E402
from voc.stages.cost import cost_contacts  # noqa: E402
from voc.stages.episodes import find_episodes  # noqa: E402

WINDOW = 7.0
MANY = 30  # true repeats of a reason, all companies together, from which its figure says something


def company(folder: Path, seed: int) -> tuple[pd.Series, pd.DataFrame]:
    """True repeats within the window by reason; and the published ones by topic with the reason it was matched to."""
    for command in (("sample", folder, "--seed", seed), ("run", folder / "sample.yml")):
        done = voc(*command)
        assert done.returncode == 0, done.stderr
    truth = pd.read_csv(folder / "truth" / "contacts.csv")
    truth = truth[(truth["is_true_repeat"] == 1) & (truth["lag_days"] <= WINDOW)]
    with sqlite3.connect(folder / "sample.db") as conn:
        found = pd.read_sql(
            "SELECT coalesce(r.reason_id, '-') AS reason_id, c.repeats_raw, c.repeats_net, c.repeats_bound "
            "FROM topic_costs c LEFT JOIN topic_reasons r USING (topic_id)", conn,
        )  # fmt: skip
    conn.close()
    return truth.groupby("reason_id").size(), found


def given_reasons(folder: Path, seed: int) -> tuple[pd.Series, pd.DataFrame]:
    """True repeats by reason, and the published ones where the true reasons are the topics."""
    write_sample(folder, seed=seed)
    truth = pd.read_csv(folder / "truth" / "contacts.csv", dtype={"contact_id": str, "repeats_contact_id": str, "customer": str})
    no_contact = ["is_double_post", "is_addendum", "is_merged", "is_company_initiated", "is_automatic", "is_spam"]
    truth = truth[(truth[no_contact] == 0).all(axis=1)]
    rows = truth.astype(object).where(truth.notna(), None).to_dict("records")
    contacts = [
        contact(r["contact_id"], r["customer"], r["opened_at"], closed_at=r["ended_at"], handle_minutes=6.0,
                follow_up_of=r["repeats_contact_id"] if r["is_follow_up"] else None)
        for r in rows
    ]  # fmt: skip
    reasons = {r["contact_id"]: [r[name] for name in ("reason_id", "second_reason_id") if r[name]] for r in rows}
    made = frames(contacts, {key: {reason: 1 / len(said) for reason in said} for key, said in reasons.items() if said})
    run = context(resamples=100)
    made |= find_episodes(made, run).frames
    is_repeat = (truth["is_true_repeat"] == 1) & (truth["lag_days"] <= WINDOW)
    return truth[is_repeat].groupby("reason_id").size(), cost_contacts(made, run).frames["topic_costs"]


def test_published_repeats_are_the_true_ones_where_reasons_are_known(tmp_path):
    whole = []
    for seed in (7, 8):
        truth, found = given_reasons(tmp_path / str(seed), seed)
        whole.append([truth.sum(), found["repeats_net"].sum(), found["repeats_raw"].sum(), found["repeats_bound"].sum()])
        net = found.set_index("topic_id")["repeats_net"]
        assert net.reindex(truth.index).fillna(0.0).corr(truth, method="spearman") > 0.9
    true, net, raw, bound = np.sum(whole, axis=0)
    assert net == pytest.approx(true, rel=0.06)  # 1,200 repeats; `make simulate` averages more
    assert bound < true < 0.85 * raw


@pytest.mark.simulation
def test_published_repeats_of_made_up_companies_are_the_true_ones(tmp_path):
    number = min(int(os.environ.get("VOC_SIMULATIONS", "8")), 20)
    totals, truths, founds = [], [], []
    for seed in range(1, number + 1):
        truth, found = company(tmp_path / str(seed), seed)
        totals.append([seed, int(truth.sum()), *(found[name].sum() for name in ("repeats_raw", "repeats_net", "repeats_bound"))])
        truths.append(truth), founds.append(found.groupby("reason_id")[["repeats_raw", "repeats_net"]].sum())
    frame = pd.DataFrame(totals, columns=["seed", "true", "raw", "net", "bound"])
    frame["error"] = frame["net"] / frame["true"] - 1
    reasons = pd.concat(founds).groupby(level=0).sum().join(pd.concat(truths).groupby(level=0).sum().rename("true"), how="inner")
    reasons = reasons[reasons["true"] >= MANY].sort_values("true", ascending=False)
    whole = frame["net"].sum() / frame["true"].sum() - 1
    write_section(f"The made-up company end to end: seeds 1 to {number}", [
        "`voc sample` and `voc run`, some 5,000 contacts each: repeats within 7 days as they truly were, and as published in",
        "`topic_costs`, where topics are found, not given, and label agreement is measured on some 30 to 60 linked pairs.", "",
        *table(["seed", "true", "raw", "net", "bound", "net over true"], [
            [f"{r.seed:.0f}", f"{r.true:.0f}", f"{r.raw:.0f}", f"{r.net:.0f}", f"{r.bound:.0f}", f"{r.error:+.1%}"] for r in frame.itertuples()
        ]), "",
        f"All together {whole:+.1%}; a company, mean absolute error, {frame['error'].abs().mean():.1%}. By reason, all companies",
        "together, where a topic was matched to it (a topic that takes in a second reason carries that one's repeats too):", "",
        *table(["reason", "true", "raw", "net"], [
            [reason, f"{r.true}", f"{r.repeats_raw:.0f}", f"{r.repeats_net:.0f}"] for reason, r in zip(reasons.index, reasons.itertuples(), strict=True)
        ]),
    ])  # fmt: skip
    assert abs(whole) <= 0.03
    assert frame["error"].abs().max() <= 0.12  # one company: some 570 repeats and 40 linked pairs
