"""Export: one row a customer for the customer success platform: repeats, long episodes, scores, revenue, risk signals."""

from typing import TYPE_CHECKING

from voc.schema import column, table
from voc.tables import ASSUMPTIONS, RAW_COUNTS

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from voc.exports._material import Material

DESCRIPTION = "Customers with their repeats, long episodes, last scores, revenue and risk signals, for the CS platform"
TARGET = "folder"
OPTIONS = ()
LONG = 3  # contacts of a long episode
RECENT_DAYS, LATELY_DAYS, MONTH_DAYS = 90, 14, 30
DROP, LOWER_HALF = 25.0, 50.0  # points of 100
RISING, RISING_LEAST = 2.0, 3  # times the rate before; contacts in the last 30 days
SIGNALS = {
    "long_episode": f"an episode of {LONG} or more contacts ended in the last {RECENT_DAYS} days",
    "came_back": f"came back about the same topic in the last {LATELY_DAYS} days",
    "score_dropped": f"the last score is {DROP:g} points of 100 or more below the one before",
    "low_score": "the last score is in the lower half of its scale",
    "rising": f"{RISING_LEAST} or more contacts in the last {MONTH_DAYS} days, over {RISING:g} times the rate of the {RECENT_DAYS} before",
}  # fmt: skip
PSEUDONYM = "Customers are named by hashed identifiers; the identifiers themselves are not kept."
FACTS = "Signals are facts to look into, not a forecast of churn."


@table("accounts", kind="report", grain="customer, most signals first", cautions=(PSEUDONYM, FACTS, RAW_COUNTS, ASSUMPTIONS))
class Account:
    position: int = column("Place: by signals, then revenue, then repeats", key=True, low=1)
    customer_id: str = column("The customer, from hashed identifiers; the same in every run")
    organisation: str | None = column("Organisation, redacted")
    segment: str | None = column("Segment")
    annual_revenue: float | None = column("Yearly revenue of the account", unit="a year")
    contacts: int = column("Contacts in the period", unit="contacts", low=0)
    contacts_last_90_days: int = column("Contacts in the last 90 days of the period", unit="contacts", low=0)
    repeats_raw: int = column("Contacts that came back about the same topic, as counted", unit="contacts", low=0)
    repeats_net: float = column("The same net: coincidences taken out, those missed by a wrong topic added", unit="contacts", low=0)
    long_episodes: int = column("Episodes of 3 or more contacts", unit="episodes", low=0)
    came_back_about: str | None = column("Names of the topics of the repeats, with a bar between")
    last_contact_at: str | None = column("Last contact, UTC")
    cost_full: float | None = column("Full cost of its contacts in the period", unit="currency of the run")
    revenue_exposed: float | None = column("Its yearly revenue where it came back at least once: exposure, not loss", unit="a year")
    responses: int = column("Scored survey responses", unit="responses", low=0)
    last_score: float | None = column("Last score, 0 (worst) to 100 (best) whatever its scale", unit="points of 100", low=0, high=100)
    last_score_kind: str | None = column("What the last score is: nps, csat, ces, rating")
    last_score_at: str | None = column("When it was given, UTC")
    score_change: float | None = column("Last score less the one before", unit="points of 100")
    signal_count: int = column("Risk signals", low=0)
    signals: str | None = column("Risk signals, with a bar between. " + "; ".join(f"{k}: {v}" for k, v in SIGNALS.items()))


def write(material: "Material", path: "Path") -> list[str]:
    """accounts.csv and the dictionary."""
    from voc.exports._package import write_tables

    frame = Account.frame(accounts(material))
    said = write_tables(path, (Account,), lambda name: frame, material.basis, title="Accounts")
    return [*said, f"with a signal: {int((frame['signal_count'] > 0).sum()):,}"]


def accounts(material: "Material") -> list[dict]:
    """Rows of the list, in its order."""
    import pandas as pd

    contacts = material.read("contacts")
    counted = set(material.read("contact_costs")["contact_id"])  # those that take part, of the run's period
    contacts = contacts[contacts["contact_id"].isin(counted) & contacts["customer_id"].notna()]
    as_of = pd.Timestamp(material.basis.as_of) if material.basis.as_of else pd.Timestamp(0, tz="UTC")
    parts = _contact_figures(contacts, material, as_of)
    scores = _score_figures(_counted(material.read("responses"), material))
    joined = material.read("customers").set_index("customer_id").join(parts).join(scores).reset_index()
    joined = joined.drop(columns=["contact_count", "response_count", "name", "identifier_count"])
    rows = [_account(row) for row in joined.astype(object).where(joined.notna(), None).to_dict("records")]
    rows.sort(key=lambda r: (-r["signal_count"], -(r["annual_revenue"] or 0.0), -r["repeats_raw"], r["customer_id"]))
    return [{name: row.get(name) for name in Account.names} | {"position": n} for n, row in enumerate(rows, start=1)]


def _counted(responses: "pd.DataFrame", material: "Material") -> "pd.DataFrame":
    """Responses of the run's period: from the first day of what it counts to the moment its figures speak of."""
    basis = material.basis
    if not basis.period_from or not basis.as_of:
        return responses
    return responses[(responses["responded_at"] >= basis.period_from) & (responses["responded_at"] <= basis.as_of)]


def _contact_figures(contacts: "pd.DataFrame", material: "Material", as_of: "pd.Timestamp") -> "pd.DataFrame":
    """One row a customer with contacts: counts, repeats, cost, and what happened lately."""
    import pandas as pd

    opened = pd.to_datetime(contacts["opened_at"], utc=True)
    age = (as_of - opened).dt.total_seconds() / 86400
    of = contacts.set_index("contact_id")["customer_id"]
    costs = material.read("contact_costs").set_index("contact_id")["cost_full"]
    by = contacts.assign(
        n=1, recent=age < RECENT_DAYS, lately=age < MONTH_DAYS,
        before=(age >= MONTH_DAYS) & (age < MONTH_DAYS + RECENT_DAYS), cost=contacts["contact_id"].map(costs),
    ).groupby("customer_id")  # fmt: skip
    found = pd.DataFrame({
        "contacts": by["n"].sum(), "contacts_last_90_days": by["recent"].sum(), "lately": by["lately"].sum(),
        "before": by["before"].sum(), "last_contact_at": by["opened_at"].max(), "cost_full": by["cost"].sum(min_count=1),
    })  # fmt: skip
    lines = material.read("ledger_lines")
    found["repeats_net"] = lines.groupby(lines["contact_id"].map(of))["repeat_weight"].sum()
    parts = material.read("episode_contacts")
    again = parts[parts["is_repeat"]].assign(customer_id=parts["contact_id"].map(of)).dropna(subset=["customer_id"])
    found["repeats_raw"] = again.groupby("customer_id")["contact_id"].nunique()
    days = again["contact_id"].map(pd.Series(age.to_numpy(), index=contacts["contact_id"]))
    found["came_back"] = (days < LATELY_DAYS).groupby(again["customer_id"]).any()
    names = material.read("topics").set_index("topic_id")["name"]
    topics = again.assign(topic=again["topic_id"].map(names)).dropna(subset=["topic"])
    found["came_back_about"] = topics.groupby("customer_id")["topic"].agg(lambda t: " | ".join(sorted(set(t))))
    return found.join(_long_episodes(material.read("episodes"), as_of))


def _long_episodes(episodes: "pd.DataFrame", as_of: "pd.Timestamp") -> "pd.DataFrame":
    import pandas as pd

    long = episodes[(episodes["contact_count"] >= LONG) & episodes["topic_id"].notna()].dropna(subset=["customer_id"])
    ended = (as_of - pd.to_datetime(long["ended_at"], utc=True)).dt.total_seconds() / 86400
    by = long.assign(is_recent=ended < RECENT_DAYS).groupby("customer_id")
    return pd.DataFrame({"long_episodes": by.size(), "long_episode": by["is_recent"].any()})


def _score_figures(responses: "pd.DataFrame") -> "pd.DataFrame":
    """One row a customer with scores: the last one, and the change from the one before of the same kind."""
    import pandas as pd

    scored = responses[responses["satisfaction_share"].notna() & responses["customer_id"].notna()]
    scored = scored.sort_values(["responded_at", "response_id"]).assign(points=100 * scored["satisfaction_share"])
    before = scored.groupby(["customer_id", scored["score_kind"].fillna("")])["points"].shift()
    by = scored.assign(change=scored["points"] - before).groupby("customer_id")
    last = by.tail(1).set_index("customer_id")
    return pd.DataFrame({
        "responses": by.size(), "last_score": last["points"], "last_score_kind": last["score_kind"],
        "last_score_at": last["responded_at"], "score_change": last["change"],
    })  # fmt: skip


def _account(row: dict) -> dict:
    """A joined row with its counts filled and its signals said."""
    counts = ("contacts", "contacts_last_90_days", "repeats_raw", "long_episodes", "responses", "lately", "before", "repeats_net")
    row |= {name: row[name] or 0 for name in counts}
    score, change = row["last_score"], row["score_change"]
    is_so = {
        "long_episode": bool(row["long_episode"]), "came_back": bool(row["came_back"]),
        "score_dropped": change is not None and change <= -DROP, "low_score": score is not None and score < LOWER_HALF,
        "rising": row["lately"] >= RISING_LEAST and row["lately"] > RISING * row["before"] * MONTH_DAYS / RECENT_DAYS,
    }  # fmt: skip
    signals = [name for name in SIGNALS if is_so[name]]
    return row | {
        "signals": " | ".join(signals) or None, "signal_count": len(signals),
        "revenue_exposed": row["annual_revenue"] if row["repeats_raw"] else None,
    }  # fmt: skip
