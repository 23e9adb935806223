"""Ingest: read every source, redact, find out who is who, and account for every row."""

import hashlib

import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.elapsed import elapsed_share
from voc.errors import VocError
from voc.identity import customers_by_identifier
from voc.records import ContactRecord, Record, ResponseRecord
from voc.stages.customers import answered_contacts, customer_ids, customer_rows
from voc.stages.prices import refuse_gaps
from voc.stages.reading import SIDE, Rejects, SourceFile, joined_and_cut, newest, read_all, warnings_of
from voc.stages.record_rows import contact_row, response_row, verbatim_rows
from voc.times import days

BEGINS = ("thread", "answer_to_outreach")  # what the first contact of a thread is made by


def ingest_sources(frames: Frames, run: RunContext) -> Result:
    """Turn every row of every source into a contact, a response or a reject.

    Reads what earlier runs stored, because a customer known from last month's file is the same person today.
    Raises VocError when a file cannot be read or more than `max_reject_share` of its rows are faulty.
    """
    with warnings_of("voc.sources") as warnings:
        files = read_all(run)
    rejects = Rejects(run.pipeline.max_reject_share)
    winners = joined_and_cut(files, newest(files, rejects, frames), run.pipeline.contacts, rejects)
    rejects.check(files)

    contacts = [contact_row(file, record, run.pipeline.contacts) for file, record in winners if isinstance(record, ContactRecord)]
    _refuse_elapsed(contacts, run)
    responses = [response_row(file, record) for file, record in winners if isinstance(record, ResponseRecord)]
    verbatims = [row for file, record in winners for row in verbatim_rows(file, record)]

    all_contacts = _upserted(frames["contacts"], tables.Contact.frame(contacts))
    all_responses = _upserted(frames["responses"], tables.Response.frame(responses))
    owner = customers_by_identifier([*all_contacts["identifiers"], *all_responses["identifiers"]])
    all_contacts = all_contacts.assign(customer_id=customer_ids(all_contacts, owner))
    all_responses = all_responses.assign(customer_id=customer_ids(all_responses, owner))
    out = {
        "files": _file_rows(files, winners, rejects),
        "customers": customer_rows(all_contacts, all_responses, owner),
        "contacts": all_contacts,
        "responses": all_responses.assign(contact_id=answered_contacts(all_responses, all_contacts["contact_id"])),
        "verbatims": tables.Verbatim.frame(verbatims),
        "rejects": tables.Reject.frame(rejects.rows),
    }
    if run.costs:
        # said here and not after an hour of embedding
        refuse_gaps(all_contacts[all_contacts["why_excluded"].isna()], run.costs)
    notes = _notes(out) | _of_other_sources(out, run)
    return Result(out, notes | ({"source_warnings": warnings} if warnings else {}))


def _refuse_elapsed(contacts: list[dict], run: RunContext) -> None:
    """Raise VocError for a source whose handle time is the time from opening to closing."""
    frame = pd.DataFrame(contacts, columns=["source", "handle_minutes", "opened_at", "closed_at"])
    for block in run.pipeline.sources:
        name = block.name or block.kind
        mine = frame[frame["source"] == name]
        if block.handle_time_is_effort or mine["handle_minutes"].isna().all():
            continue
        count, share = elapsed_share(
            mine["handle_minutes"].to_numpy(dtype=float), days(mine["opened_at"]).to_numpy(), days(mine["closed_at"]).to_numpy()
        )
        if share > 0.5:
            raise VocError(
                f"The source '{name}': handle time is the time from opening to closing for {share:.0%} of the {count:,} "
                "contacts that have both. Elapsed time is not handle time: nobody works on a contact all the while.",
                "Map agent time, or leave it out and give handle_minutes in the cost file; where it is agent time, set "
                "handle_time_is_effort: true for the source.",
            )


# ---------------------------------------------------------------- accounts


def _upserted(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """All rows there will be: the new ones, and the old ones they do not replace."""
    key = new.columns[0]
    kept = old[~old[key].isin(set(new[key]))]
    return pd.concat([kept, new], ignore_index=True) if len(kept) else new


def _file_rows(files: list[SourceFile], winners: list[tuple[SourceFile, Record]], rejects: Rejects) -> pd.DataFrame:
    orphans = rejects.orphans
    rejected = pd.Series([row["file_id"] for row in rejects.rows], dtype="str").value_counts()
    rows = []
    for file in files:
        mine = [record for owner, record in winners if owner is file]
        data = file.path.read_bytes()
        rows.append({
            "file_id": file.file_id, "source": file.source, "kind": file.block.kind,
            "file_name": file.shown_name, "sha256": hashlib.sha256(data).hexdigest(), "byte_count": len(data),
            "rows_read": file.row_count, "records": len(file.records),
            "contacts": sum(isinstance(record, ContactRecord) and record.made_by in BEGINS for record in mine),
            "responses": sum(isinstance(record, ResponseRecord) for record in mine),
            "joined": sum(isinstance(record, SIDE) for record in file.records) - orphans.get(file.file_id, 0),
            "rejects": int(rejected.get(file.file_id, 0)),
        })  # fmt: skip
    return tables.File.frame(rows)


def _of_other_sources(out: dict[str, pd.DataFrame], run: RunContext) -> dict:
    """Contacts that earlier runs stored under names this pipeline does not know: they are in the figures all the same."""
    is_strange = ~out["contacts"]["source"].isin(run.pipeline.source_names)
    strange = out["contacts"].loc[is_strange, "source"].value_counts().sort_index()
    return {"contacts_of_sources_not_in_the_pipeline": strange.to_dict()} if len(strange) else {}


def _notes(out: dict[str, pd.DataFrame]) -> dict:
    contacts, rejects = out["contacts"], out["rejects"]
    return {
        "contacts_without_customer": int(contacts["customer_id"].isna().sum()),
        "contacts_made_by": contacts["made_by"].value_counts().sort_index().to_dict(),
        "contacts_excluded": contacts["why_excluded"].value_counts().sort_index().to_dict(),
        "rejects_by_fault": {"faulty": int(rejects["is_fault"].sum()), "other": int((~rejects["is_fault"]).sum())},
        "redactions": int(out["verbatims"]["redaction_count"].sum()),
    }
