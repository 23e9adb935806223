"""What the small commands do: starter files, the sample company, checking a pipeline, handing out a briefing."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from voc import registry, starters
from voc.context import RunContext
from voc.curation import curation_of
from voc.errors import VocError
from voc.records import ContactRecord, Record, RejectRecord, ResponseRecord
from voc.sources._files import check_file, read_head
from voc.stages.reading import source_paths, warnings_of
from voc.store import Store
from voc.text.redact import redact

_COSTS = Path(__file__).parent / "starter_costs.yml"


def write_text(path: Path, text: str) -> None:
    """Write a text file, making its folder. Raises VocError when that is not allowed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise VocError(f"{path} cannot be written: {error.strerror}.", "Check the path and its permissions.") from error


def _write_new(path: Path, text: str) -> Path:
    if path.exists():
        raise VocError(f"{path} exists already.", "Delete it or name another file; nothing was overwritten.")
    write_text(path, text)
    return path


def write_starter(folder: Path) -> list[Path]:
    """Write pipeline.yml into a folder."""
    text = starters.find("pipelines", "csv", folder).read_text(encoding="utf-8")
    return [_write_new(folder / "pipeline.yml", text)]


def write_cost_file(path: Path) -> Path:
    """Write the cost file template."""
    return _write_new(path, _COSTS.read_text(encoding="utf-8"))


def write_sample_company(folder: Path, *, seed: int, tickets: int, answers: int) -> list[str]:
    """Write the made-up company; returns lines that say what is in it."""
    from voc.sample import write_sample

    s = write_sample(folder, seed=seed, tickets=tickets, answers=answers)
    return [
        f"Wrote {s.tickets:,} tickets of {s.customers:,} customers and {s.answers:,} survey answers into {folder}.",
        f"Planted: {s.true_repeats:,} true repeats, {s.coincidences:,} coincidences, {s.double_posts:,} double posts; "
        f"truth/story.md tells the rest.",
    ]


HEAD = 200  # rows of a file that `voc check` reads


def check_lines(context: RunContext) -> Iterator[str]:
    """Say what the first rows of every source look like, a line each.

    Raises VocError for a file that cannot be read, and at the end when a run would stop for its faulty rows.
    """
    stops = []
    edits = curation_of(context.pipeline, context.folder)
    if edits.edits:
        yield f"{edits.file}: edits of topics: {len(edits.edits)}"
    for block, options in zip(context.pipeline.sources, context.source_options, strict=True):
        plugin = registry.get("sources", block.kind)
        for path in source_paths(block, context.folder):
            with warnings_of("voc.sources") as warnings:
                records = _head(plugin, block.kind, path, options)
            good = [r for r in records if isinstance(r, ContactRecord | ResponseRecord)]
            rejects = [r for r in records if isinstance(r, RejectRecord)]
            known = sum(bool(r.identifiers) for r in good)
            yield (
                f"{path.name}: first {len(records)} rows: {len(good)} read, {known} with a customer, "
                f"{len(rejects)} set aside"
            ) if records else f"{path.name}: no rows"
            if good and not any(_has_text(r) for r in good):
                yield "  none of them holds text: topics are made of words, so a run needs some"
            yield from (f"  line {r.line}: {redact(r.reason).text}" for r in rejects[:3])
            yield from (f"  {warning}" for warning in warnings)
            faults = sum(r.is_fault for r in rejects)
            if records and faults / len(records) > context.pipeline.max_reject_share:
                stops.append(f"{path.name}: {faults} of {len(records)} rows are faulty")
    if stops:
        limit = context.pipeline.max_reject_share
        raise VocError(
            f"A run would stop: {'; '.join(stops)}, more than max_reject_share = {limit}.",
            "Mend the file or the source's settings, or raise max_reject_share in the pipeline file.",
        )


def _head(plugin: Any, kind: str, path: Path, options: Any) -> list[Record]:
    """The first records of a file. Raises VocError, with what the file looks like where that is another kind."""
    try:
        return list(islice(plugin.read(path, options), HEAD))
    except VocError as error:
        check_file(path)
        if plugin.sniff(path, read_head(path)) or kind == "table":
            raise
        raise VocError(
            f"{error.what} It does not look like the kind '{kind}'.", f"voc inspect {path.name} says what it is. {error.fix or ''}".strip()
        ) from error


def _has_text(record: ContactRecord | ResponseRecord) -> bool:
    if isinstance(record, ResponseRecord):
        return bool(record.answers)
    return bool(record.text or record.subject or record.messages)


def read_briefing(database: Path, run_id: str | None, format_: str) -> tuple[str, str]:
    """(text, headline) of a stored briefing. Raises VocError when there is none."""
    with Store(database, is_read_only=True) as store:
        latest = store.latest_run("complete")
        wanted = run_id or (latest["run_id"] if latest else None)
        found = store.rows("SELECT content, title FROM briefings WHERE run_id = ? AND format = ?", [wanted, format_])
        known = [row["run_id"] for row in store.rows("SELECT run_id FROM runs WHERE status = 'complete' ORDER BY 1")]
    if not found:
        fix = f"Complete runs: {', '.join(known[-5:])}." if known else "Finish a run first: voc run PIPELINE.yml"
        raise VocError(f"{database} holds no briefing of run '{wanted}'." if wanted else f"{database} holds no complete run.", fix)
    return found[0]["content"], found[0]["title"]
