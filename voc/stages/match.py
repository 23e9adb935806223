"""Match: clusters become topics - reasons of the taxonomy first, then what people decided, then what was found."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.curation import Curation, Link
from voc.stages import topic_rows
from voc.stages.embed import vector_book
from voc.stages.prepare import text_hash
from voc.stages.topics import centre
from voc.topics.curate import Curated, apply
from voc.topics.lineage import Event, events, kept_share

REASON = "r-"  # before a reason's id: the id of its topic
SPEAKERS = 40  # passages nearest to a cluster's centre that speak for it
WRITES = (
    tables.Theme, tables.Topic, tables.TopicCluster, tables.TopicWord, tables.PassageTopic, tables.VerbatimTopic,
    tables.LatestNaming, tables.TopicReason, tables.TopicChange,
)  # fmt: skip


@dataclass(frozen=True)
class Joined:
    """The topic of each cluster before people's edits."""

    topic_of: dict[str, str]  # cluster -> topic
    by: dict[str, str]  # cluster -> itself, reason or person
    scores: dict[str, float]  # cluster -> similarity to its nearest reason; empty without taxonomy


def match_topics(frames: Frames, run: RunContext) -> Result:
    """Make topics of clusters.

    Clusters whose similarity to a reason of the taxonomy reaches the threshold are joined into that reason's topic;
    so are those a person linked to it. Clusters people's edits speak of are left to the edits. All others are
    topics of their own, unmatched: proposals for a new reason. Then the edits of `curation.yml` apply in their order.
    Score: cosine between the mean vector of the most central passages and the mean of the reason's label and examples.
    """
    reasons = _reason_rows(run)
    if frames["passages"].empty:
        return Result({table.name: table.empty() for table in WRITES} | {"reasons": reasons}, {"topics": 0})
    book = vector_book(frames, run)
    passages = frames["passages"].merge(frames["passage_clusters"], on="passage_id", validate="one_to_one")
    curation = run.curation
    joined = join_clusters(frames, passages, book, run)
    curation = _without_applied_links(curation, joined)
    before = previous_topics(frames)
    names = topic_rows.names_before_edits(frames, joined, run, before)
    curated = _curate(curation, passages, book, joined, names, before, run)
    passages = passages.assign(topic_id=curated.topic_ids)
    passages["why_unassigned"] = _why(passages, curated)
    ids = sorted(set(passages["topic_id"].dropna()))
    centres = topic_rows.centres(passages, book, ids)
    statuses = _reason_statuses(frames, passages, curated, joined, book, ids, run)
    out = topic_rows.build(
        frames, passages, book, curated=curated, joined=joined, names=names, centres=centres, statuses=statuses, before=before,
        run=run,
    )  # fmt: skip
    changes, kept = _changes(passages, out["topics"], before, book)
    out |= {
        "reasons": reasons,
        "topic_reasons": _status_rows(statuses, ids, reasons, run),
        "topic_changes": tables.TopicChange.frame(
            event.row() | {"previous_run_id": before.run_id} for event in changes
        ),
    }
    return Result(out, _notes(frames, out, curated, kept, changes, before, run))


# ---------------------------------------------------------------- clusters and reasons


def join_clusters(frames: Frames, passages: pd.DataFrame, book, run: RunContext) -> Joined:
    """The topic of each cluster by the taxonomy and by people's links, before all other edits."""
    clusters = list(frames["clusters"]["cluster_id"])
    linked = _linked_reasons(frames, run)
    if run.taxonomy is None or not clusters:
        return Joined({c: c for c in clusters}, dict.fromkeys(clusters, "itself"), {})
    scores = _scores(_speakers(passages, "cluster_id", clusters), book, run)
    spoken_of = {topic for edit in run.curation.edits if not isinstance(edit, Link) for topic in edit.topics}
    topic_of, by = {}, {}
    for place, cluster in enumerate(clusters):
        best = int(scores[place].argmax())
        reason = None if cluster in spoken_of else linked.get(cluster)
        by[cluster] = "person" if reason else "itself"
        is_free = cluster not in spoken_of and cluster not in linked
        if is_free and scores[place, best] >= threshold(run):
            reason, by[cluster] = run.taxonomy.reasons[best].id, "reason"
        topic_of[cluster] = REASON + reason if reason else cluster
    return Joined(topic_of, by, {c: float(s.max()) for c, s in zip(clusters, scores, strict=True)})


def _linked_reasons(frames: Frames, run: RunContext) -> dict[str, str]:
    """Topic or cluster -> reason a person chose that the taxonomy has; the file wins over the table."""
    known = {reason.id for reason in run.taxonomy.reasons} if run.taxonomy else set()
    decided = frames["topic_decisions"].dropna(subset=["reason_id"])
    found = dict(zip(decided["topic_id"], decided["reason_id"], strict=True))
    found |= {edit.link: edit.reason for edit in run.curation.edits if isinstance(edit, Link) and edit.reason}
    return {topic: reason for topic, reason in found.items() if reason in known}


def _without_applied_links(curation: Curation, joined: Joined) -> Curation:
    """Links that joined a cluster to a reason are done; what else they say is then said of the joined topic."""
    edits, lines = [], []
    for number, edit in enumerate(curation.edits):
        topic = joined.topic_of.get(edit.link) if isinstance(edit, Link) else None
        if topic is not None and topic != edit.link:
            edit = edit.model_copy(update={"link": topic, "reason": None})
            if not edit.chosen:
                continue
        edits.append(edit)
        lines += curation.lines[number : number + 1]
    return Curation(edits=tuple(edits), lines=tuple(lines), file=curation.file)


def threshold(run: RunContext) -> float:
    """The pipeline's threshold, else the one measured for the embedder (DECISIONS.md, "Match")."""
    if run.pipeline.match.threshold is not None:
        return run.pipeline.match.threshold
    return 0.35 if run.pipeline.embed.model == "tfidf" else 0.60


def _speakers(passages: pd.DataFrame, column: str, ids: list[str]) -> list[pd.Series]:
    """For each cluster or topic the text hashes of its most central passages."""
    ordered = passages[passages["why_unassigned"].isna()]
    ordered = ordered.sort_values(["centrality", "passage_id"], ascending=[False, True], kind="stable")
    found = dict(tuple(ordered.dropna(subset=[column]).groupby(column)["text_hash"]))
    return [found[i].head(SPEAKERS) for i in ids]


def _scores(speakers: list[pd.Series], book, run: RunContext) -> np.ndarray:
    """Cosine of every cluster or topic (rows) with every reason (columns)."""
    means = np.stack([centre(book, hashes) for hashes in speakers])
    reasons = [centre(book, [text_hash(p) for p in reason.phrases]) for reason in run.taxonomy.reasons]
    return means @ np.stack(reasons).T


def _reason_rows(run: RunContext) -> pd.DataFrame:
    if run.taxonomy is None:
        return tables.Reason.empty()
    return tables.Reason.frame(
        {
            "reason_id": r.id, "taxonomy": run.taxonomy.name, "label": r.label, "area": r.area,
            "description": r.description, "demand_type": r.demand_type, "owner": r.owner,
        }
        for r in run.taxonomy.reasons
    )  # fmt: skip


# ---------------------------------------------------------------- people's edits


@dataclass(frozen=True)
class Before:
    """Topics at the end of the last complete run."""

    run_id: str | None
    members: dict[str, str | None]  # text hash -> topic
    names: dict[str, str]
    found_names: dict[str, str]  # of these, those no person gave
    themes: dict[str, str]  # topic -> theme


def previous_topics(frames: Frames) -> Before:
    """Topics of the last complete run; nothing for the first."""
    members, versions = frames["topic_members"], frames["topic_versions"]
    if members.empty:
        return Before(None, {}, {}, {}, {})
    run_id = members["run_id"].iloc[0]
    mine = versions[versions["run_id"] == run_id]
    themed = mine.dropna(subset=["theme_id"])
    return Before(
        run_id,
        {k: None if pd.isna(t) else t for k, t in zip(members["text_hash"], members["topic_id"], strict=True)},
        dict(zip(mine["topic_id"], mine["name"], strict=True)),
        {row.topic_id: row.name for row in mine.set_index("run_id").itertuples() if row.named_by != "person"},
        dict(zip(themed["topic_id"], themed["theme_id"], strict=True)),
    )


def _curate(
    curation: Curation, passages: pd.DataFrame, book, joined: Joined, names: Mapping[str, str], before: Before,
    run: RunContext,
) -> Curated:  # fmt: skip
    found = passages["cluster_id"].map(joined.topic_of)
    found = found.where(passages["why_unassigned"].isna(), None)
    phrases = list(curation.phrases)
    return apply(
        curation.edits, keys=list(passages["text_hash"]), passage_ids=list(passages["passage_id"]),
        texts=list(passages["text"]), vectors=book.of(passages["text_hash"]),
        topic_ids=[None if pd.isna(topic) else topic for topic in found], names=names,
        phrase_vectors=dict(zip(phrases, book.of(map(text_hash, phrases)), strict=True)) if phrases else {},
        previous={key: topic for key, topic in before.members.items() if topic}, previous_names=before.names,
        reasons={r.id for r in run.taxonomy.reasons} if run.taxonomy else None, places=curation.places,
    )  # fmt: skip


def _why(passages: pd.DataFrame, curated: Curated) -> list[str | None]:
    """Why a passage has no topic: an edit's reason, else the engine's; None where it has one."""
    return [
        None if topic is not None else edited or (None if pd.isna(found) else found)
        for topic, edited, found in zip(
            curated.topic_ids, curated.why_unassigned, passages["why_unassigned"], strict=True
        )
    ]


# ---------------------------------------------------------------- reasons of the topics


@dataclass(frozen=True)
class Status:
    """What a topic's reason is, and who says so."""

    reason_id: str | None
    nearest: str | None
    score: float | None
    matched_by: str
    owner: str | None
    said: Link | None = None  # what else a person said of the topic


def _reason_statuses(
    frames: Frames, passages: pd.DataFrame, curated: Curated, joined: Joined, book, ids: list[str], run: RunContext
) -> dict[str, Status]:
    owned = frames["topic_decisions"].dropna(subset=["owner"]).sort_values("topic_id")
    owners = dict(zip(owned["topic_id"], owned["owner"], strict=True))
    owners = {joined.topic_of.get(t, t): owner for t, owner in owners.items()} | owners
    linked = _linked_reasons(frames, run) | {t: link.reason for t, link in curated.links.items() if link.reason}
    known = {reason.id: reason for reason in run.taxonomy.reasons} if run.taxonomy else {}
    scores = _scores(_speakers(passages, "topic_id", ids), book, run) if known and ids else None
    by_hand = {topic for cluster, topic in joined.topic_of.items() if joined.by[cluster] == "person"}
    found = {}
    for place, topic in enumerate(ids):
        nearest, score = None, None
        if scores is not None:
            best = int(scores[place].argmax())
            nearest, score = run.taxonomy.reasons[best].id, float(np.clip(scores[place, best], -1, 1))
        reason, by = linked.get(topic), "person"
        if reason is None and topic.startswith(REASON) and topic.removeprefix(REASON) in known:
            reason, by = topic.removeprefix(REASON), "person" if topic in by_hand else "similarity"
        if reason is None and score is not None and score >= threshold(run):
            reason, by = nearest, "similarity"
        owner = known[reason].owner if reason in known else None
        owner = owners.get(topic, owner)
        said = curated.links.get(topic)
        if said and said.owner:
            owner = said.owner
        found[topic] = Status(reason, nearest, score, by if reason else "nobody", owner, said)
    return found


def _status_rows(
    statuses: Mapping[str, Status], ids: list[str], reasons: pd.DataFrame, run: RunContext
) -> pd.DataFrame:
    demand = dict(zip(reasons["reason_id"], reasons["demand_type"], strict=True))
    known = {reason.id: reason for reason in run.taxonomy.reasons} if run.taxonomy else {}

    def chosen(s: Status, ours: str, theirs: str) -> tuple[object, str | None]:
        """(value, who says so): a person's word, else the taxonomy's."""
        value = getattr(s.said, ours) if s.said else None
        if value is not None:
            return value, "person"
        value = getattr(known.get(s.reason_id), theirs, None)
        return value, None if value is None else "taxonomy"

    rows = []
    for topic in ids:
        s = statuses[topic]
        demand_type, demand_by = chosen(s, "demand_type", "demand_type")
        if demand_type is None and s.reason_id in demand:
            demand_type, demand_by = demand[s.reason_id], "taxonomy"
        rows.append({
            "topic_id": topic, "reason_id": s.reason_id, "nearest_reason_id": s.nearest, "score": s.score,
            "threshold": threshold(run), "status": "matched" if s.reason_id else "unmatched",
            "matched_by": s.matched_by, "owner": s.owner, "demand_type": demand_type, "demand_by": demand_by,
            "fix_repeats_share": chosen(s, "fix_repeats", "fix_repeats")[0],
            "fix_first_share": chosen(s, "fix_first", "fix_first")[0],
        })  # fmt: skip
    return tables.TopicReason.frame(rows)


# ---------------------------------------------------------------- what became of the last run's topics


def _changes(
    passages: pd.DataFrame, topics: pd.DataFrame, before: Before, book
) -> tuple[list[Event], float | None]:
    """(what became of every topic, share of passages that kept their topic's id where it lives on)."""
    now = {k: None if pd.isna(t) else t for k, t in zip(passages["text_hash"], passages["topic_id"], strict=True)}
    weights = passages["text_hash"].value_counts().to_dict()
    old, new = _text_centres(before.members, book), _text_centres(now, book)
    similarity = {
        (one, other): round(float(np.clip(was @ here, -1, 1)), 6)
        for one, was in old.items()
        for other, here in new.items()
    }
    found = events(
        before.members, now, weights=weights, similarity=similarity, names_before=before.names,
        names_now=dict(zip(topics["topic_id"], topics["name"], strict=True)),
    )  # fmt: skip
    return found, kept_share(before.members, now, weights=weights)


def _text_centres(topic_of: Mapping[str, str | None], book) -> dict[str, np.ndarray]:
    """Mean vector of each topic's texts at length 1, of those whose vectors are kept."""
    rows = pd.DataFrame({"key": sorted(topic_of)})
    rows["topic"] = rows["key"].map(topic_of)
    rows = rows[rows["key"].isin(book.places.keys())].dropna()
    return {topic: centre(book, keys) for topic, keys in rows.groupby("topic")["key"]}


def _notes(
    frames: Frames, out: dict, curated: Curated, kept: float | None, changes: list[Event], before: Before, run: RunContext
) -> dict:
    statuses, topics = out["topic_reasons"], out["topics"]
    notes = {
        "topics": len(topics), "matched": int((statuses["status"] == "matched").sum()),
        "passages_without_topic": out["passage_topics"]["why_unassigned"].value_counts().sort_index().to_dict(),
    }  # fmt: skip
    if run.taxonomy is not None and len(topics):
        matched = set(statuses.loc[statuses["status"] == "matched", "topic_id"])
        covered = out["passage_topics"]["topic_id"].isin(matched).mean()
        notes["taxonomy_coverage_share"] = round(float(covered), 4)
    if before.run_id is not None:
        kinds = pd.Series([event.event for event in changes]).value_counts().sort_index().to_dict()
        notes |= {"changes_since_last_run": kinds, "passages_kept_topic_share": None if kept is None else round(kept, 4)}
    edits = len(run.curation.edits)
    notes |= {"edits": edits} if edits else {}
    cautions = list(curated.strays)
    known = {*topics["topic_id"], *frames["clusters"]["cluster_id"]}
    decided = frames["topic_decisions"]
    stray = sorted(set(decided["topic_id"]) - known)
    if stray:
        cautions.append(f"The table topic_decisions speaks of topics that are not there: {', '.join(stray)}.")
    unknown = sorted(set(decided["reason_id"].dropna()) - set(out["reasons"]["reason_id"]))
    if unknown:
        cautions.append(f"The table topic_decisions names reasons the taxonomy does not have: {', '.join(unknown)}.")
    return notes | ({"cautions": cautions} if cautions else {})


