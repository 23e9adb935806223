"""Who is who: customers from the identifiers of contacts and responses."""

import pandas as pd

from voc import tables
from voc.identity import Customers


def answered_contacts(responses: pd.DataFrame, contact_ids: pd.Series) -> pd.Series:
    """Contact each response answers about: a survey tool knows the ticket's number, not which source it came from."""
    if responses["contact_id"].isna().all():
        return responses["contact_id"]
    by_vendor_id: dict[str, str | None] = {}
    for contact_id in contact_ids:
        vendor_id = contact_id.partition(":")[2]
        by_vendor_id[vendor_id] = None if vendor_id in by_vendor_id else contact_id  # two sources: nobody can say
    known = set(contact_ids)
    found = [
        None if pd.isna(said) else said if said in known else own if (own := f"{source}:{said}") in known
        else by_vendor_id.get(said)
        for source, said in zip(responses["source"], responses["contact_id"], strict=True)
    ]  # fmt: skip
    return pd.Series(found, index=responses.index, dtype="str")


def customer_rows(contacts: pd.DataFrame, responses: pd.DataFrame, people: Customers) -> pd.DataFrame:
    """One row a customer; segment, organisation and revenue from the latest row that states them."""
    columns = ["customer_id", "segment", "organisation", "annual_revenue", "at", "is_contact"]
    seen = pd.concat([
        contacts.assign(at=contacts["opened_at"], is_contact=1)[columns],
        responses.assign(at=responses["responded_at"], is_contact=0, organisation=None, annual_revenue=None)[columns]
        .astype({"organisation": "str", "annual_revenue": "float64"}),
    ]).dropna(subset=["customer_id"])  # fmt: skip
    if seen.empty:
        return tables.Customer.empty()
    grouped = seen.sort_values(["at", "is_contact"], kind="stable").groupby("customer_id")
    rows = grouped.agg(
        segment=("segment", "last"), organisation=("organisation", "last"), annual_revenue=("annual_revenue", "last"),
        contact_count=("is_contact", "sum"), rows=("is_contact", "size"), first_seen_at=("at", "min"),
        last_seen_at=("at", "max"),
    ).reset_index()  # fmt: skip
    rows["response_count"] = rows["rows"] - rows["contact_count"]
    # an account may be known by its name alone
    rows["identifier_count"] = rows["customer_id"].map(people.identifiers).fillna(1).astype(int)
    rows["name"] = "Customer " + rows["customer_id"].str[2:8]
    return tables.Customer.check(rows.drop(columns="rows"))
