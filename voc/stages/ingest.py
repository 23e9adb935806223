"""Ingest: read every source, redact, find out who is who, and account for every row."""

import hashlib
from collections.abc import Iterator

import pandas as pd

from voc import tables
from voc.compute import batches_of, map_in_processes
from voc.context import Frames, Result, RunContext
from voc.elapsed import elapsed_share
from voc.errors import VocError
from voc.identity import Customers, join_customers
from voc.stages.customers import answered_contacts, customer_rows
from voc.stages.intake_rows import Rows, upserted
from voc.stages.prices import refuse_gaps
from voc.stages.reading import Intake, SourceFile, warnings_of
from voc.stages.record_rows import Origin, RowRules, rows_of
from voc.stages.spool import Spool, packed
from voc.times import days

BATCH = 500  # records
IN_THIS_PROCESS = 20  # batches, before further processes are worth their start


def ingest_sources(frames: Frames, run: RunContext) -> Result:
    """Turn every row of every source into a contact, a response or a reject.

    Reads what earlier runs stored, because a customer known from last month's file is the same person today. Files are read as streams
    and texts pass through a spool, so memory holds rows without their texts.
    Raises VocError when a file cannot be read or more than `max_reject_share` of its rows are faulty.
    """
    stored, forgotten = frames["contacts"], _forgotten(frames)
    with warnings_of("voc.sources") as warnings:
        intake = Intake(run, dict(stored[["contact_id", "updated_at"]].dropna().itertuples(index=False, name=None)))
        spool = _spooled(intake, run, forgotten)
    intake.check()
    rows = Rows(spool, intake.lost, intake.files, forgotten=forgotten, key=run.key)
    _refuse_elapsed(rows.contacts, run)
    before = _without_superseded(stored, rows.contacts["contact_id"])
    responses = upserted(frames["responses"], rows.responses())
    contacts = pd.concat([before, rows.contacts[[*tables.KNOWN_OF_CONTACTS]]], ignore_index=True) if len(before) else rows.contacts.drop(columns="closed_at")
    people = join_customers(_identified(contacts, responses), run.pipeline.identity)
    contacts = contacts.assign(customer_id=_text(people.of_row[: len(contacts)]))
    responses = responses.assign(customer_id=_text(people.of_row[len(contacts) :]))
    out = {
        "files": _file_rows(intake.files, rows),
        "customers": customer_rows(contacts, responses, people),
        "contacts": rows.contact_chunks(contacts["customer_id"].to_numpy(dtype=object)[len(before) :]),
        "responses": responses.assign(contact_id=answered_contacts(responses, contacts["contact_id"])),
        "verbatims": rows.verbatim_chunks(),
        "rejects": rows.reject_chunks(),
        "identity_reviews": tables.IdentityReview.check(people.reviews),
    }
    if run.costs:
        # said here and not after an hour of embedding
        refuse_gaps(contacts[contacts["why_excluded"].isna()], run.costs)
    notes = _notes(contacts, rows, people) | _of_other_sources(contacts, run)
    return Result(
        out,
        notes | ({"source_warnings": warnings} if warnings else {}),
        patches={"contacts": _changed(stored, contacts, len(before))},
        raw=rows.raw_chunks() if run.pipeline.keep_raw else None,
    )


def _spooled(intake: Intake, run: RunContext, forgotten: frozenset[str]) -> Spool:
    """Everything read, as redacted rows. What a batch needs of the files is known when it is cut."""
    identity = run.pipeline.identity.without(run.pipeline.contacts.own_domains)
    rules = RowRules(
        run.pipeline.contacts, identity, run.key, run.pipeline.redact.names, keeps_raw=bool(run.pipeline.keep_raw), forgotten=forgotten
    )
    spool = Spool(run.folder)
    for heads, texts in map_in_processes(_work, _batches(intake, rules), here=IN_THIS_PROCESS):
        spool.add(heads, texts)
    return spool


def _batches(intake: Intake, rules: RowRules) -> Iterator[tuple]:
    for batch in batches_of(intake.records(), BATCH):
        origins = [Origin(file.source, file.file_id, file.shown_name) for file in intake.files]
        yield [tuple(read) for read in batch], origins, rules


def _work(task: tuple) -> tuple[bytes, bytes]:
    heads, texts = rows_of(*task)
    return packed(heads), packed(texts)


def _forgotten(frames: Frames) -> frozenset[str]:
    return frozenset(frames["forgotten"]["identifier"]) if "forgotten" in frames else frozenset()


def _identified(contacts: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Contacts, then responses, as rows of (row_id, at, identifiers, account)."""
    names = {"contact_id": "row_id", "response_id": "row_id", "opened_at": "at", "responded_at": "at"}
    parts = [
        contacts[["contact_id", "opened_at", "identifiers", "account"]].rename(columns=names),
        responses[["response_id", "responded_at", "identifiers"]].assign(account=None).rename(columns=names),
    ]
    return pd.concat([part.astype("str") for part in parts], ignore_index=True)


def _text(ids) -> pd.Series:
    return pd.Series(ids, dtype="str")


# ---------------------------------------------------------------- what was stored before


def _without_superseded(stored: pd.DataFrame, new_ids: pd.Series) -> pd.DataFrame:
    """Stored contacts that no new row replaces. Parts of a thread that was read again and has fewer parts now take no part."""
    if stored.empty:
        return stored
    kept = stored[~stored["contact_id"].isin(set(new_ids))]
    threads = set(new_ids.str.partition("#")[0]) if len(new_ids) else set()
    is_part = kept["contact_id"].str.contains("#", regex=False)
    is_stale = is_part & kept["contact_id"].str.rpartition("#")[0].isin(threads) if len(kept) else is_part
    return kept.assign(why_excluded=kept["why_excluded"].mask(is_stale.astype(bool), "superseded")).reset_index(drop=True)


def _changed(stored: pd.DataFrame, contacts: pd.DataFrame, count: int) -> pd.DataFrame:
    """Stored contacts whose customer is another now, or which take no part any more: key and new values."""
    names = ["contact_id", "customer_id", "why_excluded"]
    now, then = contacts.iloc[:count][names], stored[names]
    both = now.merge(then, on="contact_id", how="left", suffixes=("", "_then"))
    is_other = pd.Series(False, index=both.index)
    for name in names[1:]:
        is_other |= both[name].fillna("") != both[f"{name}_then"].fillna("")
    return both.loc[is_other, names].reset_index(drop=True)


# ---------------------------------------------------------------- accounts


def _refuse_elapsed(contacts: pd.DataFrame, run: RunContext) -> None:
    """Raise VocError for a source whose handle time is the time from opening to closing."""
    for block in run.pipeline.sources:
        name = block.name or block.kind
        mine = contacts[contacts["source"] == name]
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


def _file_rows(files: list[SourceFile], rows: Rows) -> pd.DataFrame:
    found = []
    for file in files:
        with file.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        found.append({
            "file_id": file.file_id, "source": file.source, "kind": file.block.kind,
            "file_name": file.shown_name, "sha256": digest, "byte_count": file.path.stat().st_size,
            "rows_read": file.rows, "records": file.records, "contacts": rows.threads[file.number],
            "responses": rows.answered[file.number], "joined": file.sides - file.orphans,
            "rejects": rows.rejected[file.number],
        })  # fmt: skip
    return tables.File.frame(found)


def _of_other_sources(contacts: pd.DataFrame, run: RunContext) -> dict:
    """Contacts that earlier runs stored under names this pipeline does not know: they are in the figures all the same."""
    strange = contacts.loc[~contacts["source"].isin(run.pipeline.source_names), "source"].value_counts().sort_index()
    return {"contacts_of_sources_not_in_the_pipeline": strange.to_dict()} if len(strange) else {}


def _notes(contacts: pd.DataFrame, rows: Rows, people: Customers) -> dict:
    return {
        "contacts_without_customer": int(contacts["customer_id"].isna().sum()),
        "identity": people.shares,
        "contacts_made_by": contacts["made_by"].value_counts().sort_index().to_dict(),
        "contacts_excluded": contacts["why_excluded"].value_counts().sort_index().to_dict(),
        "rejects_by_fault": {"faulty": rows.faulty, "other": sum(rows.rejected.values()) - rows.faulty},
        "redactions": rows.redactions,
    }
