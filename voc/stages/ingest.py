"""Ingest: read every source, redact, find out who is who, and account for every row."""

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from voc import registry, tables
from voc.config import SourceBlock
from voc.context import Frames, Result, RunContext
from voc.elapsed import elapsed_share
from voc.errors import VocError
from voc.identity import customers_by_identifier, identifier_hashes
from voc.records import Answer, ContactRecord, Record, RejectRecord, ResponseRecord
from voc.schema import Table
from voc.stages.prices import refuse_gaps
from voc.text.clean import REPLY_PREFIX
from voc.text.html import html_to_text
from voc.text.redact import redact
from voc.times import days, iso

_LONG_NUMBER = re.compile(r"(?<![\w.:-])\+?\d(?:[ -]?\d){8,}(?![\w:-])")
_AUTOMATIC = re.compile(
    r"^\s*((automatic|auto)[ -]?(reply|response)\b|out of (the )?office\b|undeliverable\b|delivery status notification"
    r"|mail delivery (failed|subsystem)|abwesenheits|automatische antwort|r[ée]ponse automatique|respuesta autom)",
    re.IGNORECASE,
)


@dataclass
class _File:
    """What one input file gave."""

    block: SourceBlock
    path: Path
    file_id: str
    records: list[Record] = field(default_factory=list)

    @property
    def shown_name(self) -> str:
        """Name of the file without what it may say of a person."""
        return redact(self.path.name).text

    @property
    def row_count(self) -> int:
        """Rows or items of the file: a rated ticket is one, though it gives a contact and a response."""
        return len({record.line for record in self.records})


def ingest_sources(frames: Frames, run: RunContext) -> Result:
    """Turn every row of every source into a contact, a response or a reject.

    Reads what earlier runs stored, because a customer known from last month's file is the same person today.
    Raises VocError when a file cannot be read or more than `max_reject_share` of its rows are faulty.
    """
    with warnings_of("voc.sources") as warnings:
        files = _read_all(run)
    rejects = _Rejects(run.pipeline.max_reject_share)
    winners = _newest(files, rejects, frames)
    rejects.check(files)

    contacts = [_contact_row(file, record) for file, record in winners if isinstance(record, ContactRecord)]
    _refuse_elapsed(contacts, run)
    responses = [_response_row(file, record) for file, record in winners if isinstance(record, ResponseRecord)]
    verbatims = [row for file, record in winners for row in _verbatim_rows(file, record)]

    all_contacts = _upserted(frames["contacts"], tables.Contact.frame(contacts))
    all_responses = _upserted(frames["responses"], tables.Response.frame(responses))
    owner = customers_by_identifier([*all_contacts["identifiers"], *all_responses["identifiers"]])
    all_contacts = all_contacts.assign(customer_id=_customer_ids(all_contacts, owner))
    all_responses = all_responses.assign(customer_id=_customer_ids(all_responses, owner))
    out = {
        "files": _file_rows(files, winners, rejects),
        "customers": _customer_rows(all_contacts, all_responses, owner),
        "contacts": all_contacts,
        "responses": all_responses.assign(contact_id=_answered_contacts(all_responses, all_contacts["contact_id"])),
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


# ---------------------------------------------------------------- reading


@contextmanager
def warnings_of(logger_name: str) -> Iterator[list[str]]:
    """Collect what sources warn of (a guessed encoding, values they could not use): the run's notes keep it."""
    found: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: found.append(redact(record.getMessage()).text)
    logger = logging.getLogger(logger_name)
    logger.addHandler(handler)
    before, logger.propagate = logger.propagate, False
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


def source_paths(block: SourceBlock, folder: Path) -> list[Path]:
    """Files of a source: the path itself, or every match of a pattern, sorted by name."""
    if any(sign in block.path for sign in "*?["):
        base = Path(block.path)
        root, pattern = (Path(base.anchor), str(base.relative_to(base.anchor))) if base.is_absolute() else (folder, block.path)
        found = sorted(path for path in root.glob(pattern) if path.is_file())
        if not found:
            raise VocError(f"No file matches {block.path}.", f"The pattern is read relative to {folder}.")
        return found
    return [folder / block.path]


def _read_all(run: RunContext) -> list[_File]:
    files: list[_File] = []
    for block, options in zip(run.pipeline.sources, run.source_options, strict=True):
        for path in source_paths(block, run.folder):
            plain = f"{block.name or block.kind}/{redact(path.name).text}"
            twins = sum(file.file_id.partition("#")[0] == plain for file in files)
            file_id = f"{plain}#{twins + 1}" if twins else plain  # same name in two folders
            files.append(_read(_File(block, path, file_id), options, run))
    return files


def _read(file: _File, options: Any, run: RunContext) -> _File:
    plugin = registry.get("sources", file.block.kind)
    for count, record in enumerate(plugin.read(file.path, options), start=1):
        file.records.append(record)
        if count % 5000 == 0:
            run.progress(count, 0)
    return file


class _Rejects:
    """Rows set aside, and the rule that stops a run when there are too many of them."""

    def __init__(self, max_share: float) -> None:
        self.max_share = max_share
        self.rows: list[dict] = []
        self.faults: dict[str, list[dict]] = {}

    def add(self, file: _File, line: int, reason: str, raw: str, *, is_fault: bool) -> None:
        row = {
            "reject_id": f"{file.file_id}#{len(self.rows) + 1:07d}", "file_id": file.file_id,
            "file_name": file.shown_name, "line": line, "reason": redact(reason).text, "is_fault": is_fault,
            "raw_row": _redacted_raw(raw),
        }  # fmt: skip
        self.rows.append(row)
        if is_fault:
            self.faults.setdefault(file.file_id, []).append(row)

    def check(self, files: list[_File]) -> None:
        """Raise VocError when the faulty share of a file is above the limit; the first faults are shown."""
        for file in files:
            faults, rows = self.faults.get(file.file_id, []), file.row_count
            if rows and len(faults) / rows > self.max_share:
                first = faults[0]
                raise VocError(
                    f"{file.path} line {first['line']}: {first['reason']}.\n"
                    f"{len(faults):,} of {rows:,} rows are rejected, more than max_reject_share = {self.max_share}.",
                    "Mend the file or the source's settings, or raise max_reject_share in the pipeline file.",
                )


def _newest(files: list[_File], rejects: _Rejects, frames: Frames) -> list[tuple[_File, Record]]:
    """Keep one version of every contact and response; every other row becomes a reject with its reason."""
    best: dict[str, tuple[_File, Record]] = {}
    for file in files:
        for record in file.records:
            if isinstance(record, RejectRecord):
                rejects.add(file, record.line, record.reason, record.raw, is_fault=record.is_fault)
                continue
            key = _key(file, record)
            if key not in best:
                best[key] = (file, record)
                continue
            winner, loser, reason, is_fault = _choose(best[key], (file, record))
            best[key] = winner
            rejects.add(loser[0], loser[1].line, reason, _raw(loser[1]), is_fault=is_fault)
    stored = _stored_updates(frames)
    kept = []
    for key, (file, record) in best.items():
        updated = iso(getattr(record, "updated_at", None))
        if updated and stored.get(key, "") > updated:
            reason = "older than the version of it already in the database"
            rejects.add(file, record.line, reason, _raw(record), is_fault=False)
        else:
            kept.append((file, record))
    return kept


def _choose(old: tuple[_File, Record], new: tuple[_File, Record]):
    """(winner, loser, why the loser is set aside, is it a fault) of two rows with the same id."""
    old_time, new_time = (getattr(record, "updated_at", None) for _, record in (old, new))
    same_file = old[0] is new[0]
    versions_differ = old_time and new_time and old_time != new_time
    if versions_differ:
        winner, loser = (new, old) if new_time > old_time else (old, new)
        return winner, loser, f"an older version of the same id; the newer is in {_place(winner)}", False
    if same_file:
        # an incremental export may hold a ticket twice, word for word: said, but no fault
        is_fault = replace(old[1], line=0) != replace(new[1], line=0)
        return old, new, f"the id '{_vendor_id(new[1])}' is already in line {old[1].line}", is_fault
    return new, old, f"read again in {_place(new)}", False


def _place(found: tuple[_File, Record]) -> str:
    return f"{found[0].shown_name} line {found[1].line}"


def _vendor_id(record: Record) -> str:
    return record.contact_id if isinstance(record, ContactRecord) else record.response_id


def _key(file: _File, record: Record) -> str:
    kind = "contact" if isinstance(record, ContactRecord) else "response"
    return f"{kind}|{_prefixed(file, _vendor_id(record))}"


def _prefixed(file: _File, vendor_id: str | None) -> str | None:
    """The vendor's id under its source's name; an id that is itself an address or a number of a person is hashed."""
    if not vendor_id:
        return None
    if redact(vendor_id).text != vendor_id:
        vendor_id = f"hashed-{hashlib.sha256(vendor_id.encode()).hexdigest()[:12]}"
    return f"{file.block.name or file.block.kind}:{vendor_id}"


def _raw(record: Record) -> str:
    """A record as text, for the table of rejects; identifiers of the customer are left out."""
    fields = {name: getattr(record, name) for name in record.__slots__ if name not in ("identifiers", "answers")}
    shown = {name: str(value) for name, value in fields.items() if value not in (None, "", ())}
    if isinstance(record, ResponseRecord):
        shown |= {f"answer to {a.question}": a.text for a in record.answers}
    return json.dumps(shown, ensure_ascii=False)


def _redacted_raw(raw: str) -> str:
    """A raw row without personal data. In JSON each text is redacted by itself: an escaped line break hides a number.

    A reject keeps columns nobody mapped, so long bare numbers (phones, cards, customer numbers) go as well.
    """
    try:
        parsed = json.loads(raw)
    except ValueError:
        return _LONG_NUMBER.sub("[number]", redact(raw).text)
    return json.dumps(_redacted_leaves(parsed), ensure_ascii=False)


def _redacted_leaves(value: Any) -> Any:
    if isinstance(value, dict):
        return {redact(key).text: _redacted_leaves(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_redacted_leaves(inner) for inner in value]
    return _LONG_NUMBER.sub("[number]", redact(str(value)).text) if isinstance(value, str | int | float) else value


def _stored_updates(frames: Frames) -> dict[str, str]:
    stored = frames["contacts"].dropna(subset=["updated_at"])
    return {f"contact|{i}": at for i, at in zip(stored["contact_id"], stored["updated_at"], strict=True)}


# ---------------------------------------------------------------- rows


def _contact_row(file: _File, record: ContactRecord) -> dict:
    subject = _clean_line(record.subject)
    row = {
        "contact_id": _prefixed(file, record.contact_id), "source": file.block.name or file.block.kind,
        "customer_id": None, "identifiers": identifier_hashes(record.identifiers, source=file.block.name or file.block.kind),
        "channel": (record.channel or "unknown").strip().lower(), "site": record.site, "segment": record.segment,
        "organisation": record.organisation, "annual_revenue": record.annual_revenue,
        "opened_at": iso(record.opened_at), "closed_at": iso(record.closed_at), "updated_at": iso(record.updated_at),
        "status": record.status, "priority": record.priority, "given_topic": record.given_topic, "subject": subject,
        "handle_minutes": record.handle_minutes, "public_reply_count": record.public_reply_count,
        "reopen_count": record.reopen_count, "follow_up_of": _prefixed(file, record.follow_up_of),
        "merged_into": _prefixed(file, record.merged_into), "language": record.language,
        "tags": json.dumps(list(record.tags), ensure_ascii=False), "why_excluded": _why_excluded(record),
        "file_name": file.shown_name, "line": record.line,
    }  # fmt: skip
    return _redacted(tables.Contact, row)


def _response_row(file: _File, record: ResponseRecord) -> dict:
    row = {
        "response_id": _prefixed(file, record.response_id), "source": file.block.name or file.block.kind,
        "customer_id": None, "identifiers": identifier_hashes(record.identifiers, source=file.block.name or file.block.kind), "contact_id": record.contact_id,
        "responded_at": iso(record.responded_at), "score": record.score, "score_kind": record.score_kind,
        "score_worst": record.score_worst, "score_best": record.score_best,
        "satisfaction_share": _satisfaction(record), "channel": record.channel, "segment": record.segment,
        "site": record.site, "language": record.language, "file_name": file.shown_name, "line": record.line,
    }  # fmt: skip
    return _redacted(tables.Response, row)


def _satisfaction(record: ResponseRecord) -> float | None:
    worst, best = record.score_worst, record.score_best
    if record.score is None or worst is None or best is None or worst == best:
        return None
    return min(max((record.score - worst) / (best - worst), 0.0), 1.0)


def _verbatim_rows(file: _File, record: Record) -> list[dict]:
    """One row a text: a contact's subject and message together, or one answer of a response."""
    if isinstance(record, ContactRecord):
        subject = REPLY_PREFIX.sub("", _clean_line(record.subject) or "")
        body = html_to_text(record.text)
        text = body if body.startswith(subject) else f"{subject}\n\n{body}".strip()
        return [_verbatim(file, f"{_prefixed(file, record.contact_id)}", "contact", record, text, None)]
    return [
        _verbatim(file, f"{_prefixed(file, record.response_id)}/{number}", "answer", record, html_to_text(a.text), a)
        for number, a in enumerate(record.answers, start=1)
    ]


def _verbatim(file: _File, verbatim_id: str, kind: str, record: Record, text: str, answer: Answer | None) -> dict:
    clean = redact(text)
    said_at = record.opened_at if isinstance(record, ContactRecord) else record.responded_at
    return {
        "verbatim_id": verbatim_id, "source": file.block.name or file.block.kind, "kind": kind,
        "contact_id": _prefixed(file, record.contact_id) if kind == "contact" else None,
        "response_id": _prefixed(file, record.response_id) if kind == "answer" else None,
        "said_at": iso(said_at), "question": redact(html_to_text(answer.question)).text if answer else None,
        "text": clean.text, "redaction_count": sum(clean.counts.values()),
    }  # fmt: skip


def _clean_line(text: str | None) -> str | None:
    return " ".join(html_to_text(text).split()) or None if text else None


def _redacted(declared: Table, row: dict) -> dict:
    """The row with every declared free-text column redacted."""
    for c in declared.columns:
        if c.is_redacted and row[c.name]:
            row[c.name] = redact(str(row[c.name])).text
    return row


def _why_excluded(record: ContactRecord) -> str | None:
    if record.is_company_initiated:
        return "company_initiated"
    if record.merged_into or "closed_by_merge" in record.tags:
        return "merged"
    return "automatic" if _AUTOMATIC.match(record.subject or "") else None


# ---------------------------------------------------------------- who is who


def _customer_ids(frame: pd.DataFrame, owner: dict[str, str]) -> pd.Series:
    firsts = [json.loads(text)[:1] for text in frame["identifiers"]]
    return pd.Series([owner[first[0]] if first else None for first in firsts], index=frame.index, dtype="str")


def _answered_contacts(responses: pd.DataFrame, contact_ids: pd.Series) -> pd.Series:
    """Contact each response answers about: a survey tool knows the ticket's number, not which source it came from."""
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


def _customer_rows(contacts: pd.DataFrame, responses: pd.DataFrame, owner: dict[str, str]) -> pd.DataFrame:
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
    identifier_counts = pd.Series(owner).value_counts()
    rows = grouped.agg(
        segment=("segment", "last"), organisation=("organisation", "last"), annual_revenue=("annual_revenue", "last"),
        contact_count=("is_contact", "sum"), rows=("is_contact", "size"), first_seen_at=("at", "min"),
        last_seen_at=("at", "max"),
    ).reset_index()  # fmt: skip
    rows["response_count"] = rows["rows"] - rows["contact_count"]
    rows["identifier_count"] = rows["customer_id"].map(identifier_counts).astype(int)
    rows["name"] = "Customer " + rows["customer_id"].str[2:8]
    return tables.Customer.check(rows.drop(columns="rows"))


# ---------------------------------------------------------------- accounts


def _upserted(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """All rows there will be: the new ones, and the old ones they do not replace."""
    key = new.columns[0]
    kept = old[~old[key].isin(set(new[key]))]
    return pd.concat([kept, new], ignore_index=True) if len(kept) else new


def _file_rows(files: list[_File], winners: list[tuple[_File, Record]], rejects: _Rejects) -> pd.DataFrame:
    rejected = pd.Series([row["file_id"] for row in rejects.rows], dtype="str").value_counts()
    rows = []
    for file in files:
        mine = [record for owner, record in winners if owner is file]
        data = file.path.read_bytes()
        rows.append({
            "file_id": file.file_id, "source": file.block.name or file.block.kind, "kind": file.block.kind,
            "file_name": file.shown_name, "sha256": hashlib.sha256(data).hexdigest(), "byte_count": len(data),
            "rows_read": file.row_count, "records": len(file.records),
            "contacts": sum(isinstance(record, ContactRecord) for record in mine),
            "responses": sum(isinstance(record, ResponseRecord) for record in mine),
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
        "contacts_excluded": contacts["why_excluded"].value_counts().sort_index().to_dict(),
        "rejects_by_fault": {"faulty": int(rejects["is_fault"].sum()), "other": int((~rejects["is_fault"]).sum())},
        "redactions": int(out["verbatims"]["redaction_count"].sum()),
    }
