"""Topics: group passages into clusters that keep their identity from run to run."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.stages.embed import vector_book
from voc.topics import TopicModel, TopicOptions, find_topics
from voc.topics.lineage import inherit, new_id
from voc.topics.model import Previous

APART = "apart"
FEW_OF_A_LANGUAGE = 30  # passages below which a language has no topics of its own


def find_clusters(frames: Frames, run: RunContext) -> Result:
    """Group passages by meaning. Every passage keeps its row, with a cluster or the reason it is set aside.

    Passages the last complete run knew keep their cluster while little is new; otherwise all are grouped anew, and
    clusters inherit the ids of those they continue. Passages prepare excluded are in no cluster.
    """
    every = frames["passages"]
    passages = every[every["why_excluded"].isna()].reset_index(drop=True)
    frames = {**frames, "passages": passages}
    book = vector_book(frames, run)
    vectors = book.of(passages["text_hash"])
    settings = settings_hash(run, book.model)
    steps: list[str] = []

    def tell(step: str) -> None:
        steps.append(step)
        run.progress(len(steps), 0)

    model = find_topics(
        list(passages["text"]), vectors, options=topic_options(run), seed=run.pipeline.seed, progress=tell,
        previous=_previous(frames, settings), kinds=_kinds(frames, run),
    )  # fmt: skip
    ids = cluster_ids(frames, model, book)
    out = {
        "clusters": _cluster_rows(model, ids),
        "cluster_words": _word_rows(model, ids),
        "passage_clusters": tables.PassageCluster.check(pd.concat(
            [_passage_rows(passages, vectors, model, ids), _excluded_rows(every)], ignore_index=True)),
        "latest_fit": _fit_row(frames, model, run, book.model, settings),
    }
    return Result(out, _notes(model, out, run))


def topic_options(run: RunContext) -> TopicOptions:
    """The pipeline's `topics` block as the engine's options."""
    known = {f.name for f in fields(TopicOptions)}
    return TopicOptions(**{k: v for k, v in run.pipeline.topics.model_dump().items() if k in known})


def settings_hash(run: RunContext, model: str) -> str:
    """Hash of what topics depend on beside the texts; other settings ask for a fit anew."""
    settings = run.pipeline.topics.model_dump(exclude={"namer", "refit"}) | {"seed": run.pipeline.seed, "model": model}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


def _previous(frames: Frames, settings: str) -> Previous | None:
    """What the last complete run knew of the passages; None for the first run, or when it knew none of them."""
    members, fits = frames["topic_members"], frames["topic_fits"]
    if members.empty or fits.empty:
        return None
    fit = fits[fits["run_id"] == members["run_id"].iloc[0]].iloc[0]
    known = members.set_index("text_hash")
    hashes = frames["passages"]["text_hash"]
    ids = hashes.map(known["cluster_id"])
    return Previous(
        ids=[None if pd.isna(value) else value for value in ids],
        is_fitted=hashes.map(known["is_fitted"]).fillna(False).astype(bool).tolist(),
        fitted_count=int(fit["distinct_texts"]),
        min_similarity=float(fit["min_similarity"]),
        resolution=None if pd.isna(fit["resolution"]) else float(fit["resolution"]),
        is_comparable=fit["settings_hash"] == settings,
    )


def _kinds(frames: Frames, run: RunContext) -> list[str] | None:
    """Language of each passage where the pipeline keeps languages apart; unknown and rare ones count as the commonest.

    Equal texts have one: that of most passages that read so.
    """
    if run.pipeline.topics.languages != APART:
        return None
    language = frames["passages"]["language"]
    counts = language.value_counts()
    if counts.empty:
        return None
    common = set(counts[counts >= FEW_OF_A_LANGUAGE].index)
    language = language.where(language.isin(common), sorted(counts[counts == counts.max()].index)[0])
    hashes = frames["passages"]["text_hash"]
    said = pd.DataFrame({"text": hashes, "language": language}).value_counts().reset_index()
    said = said.sort_values(["count", "language"], ascending=[False, True]).drop_duplicates("text")
    return hashes.map(said.set_index("text")["language"]).tolist()


def cluster_ids(frames: Frames, model: TopicModel, book) -> list[str]:
    """One lasting id a cluster, by `Topic.number`: inherited from the last complete run, or new and never used before."""
    hashes = list(frames["passages"]["text_hash"])
    members = frames["topic_members"]
    previous = {key: None if pd.isna(value) else value
                for key, value in zip(members["text_hash"], members["cluster_id"], strict=True)}  # fmt: skip
    current = {key: -1 if group is None else group for key, group in zip(hashes, model.closest, strict=True)}
    if model.fit.mode == "assigned":  # groups are those of the last run, however few of their old texts are left
        known = ((group, previous.get(key)) for key, group in current.items() if group >= 0)
        heirs = {group: name for group, name in known if name is not None}
    else:
        heirs = inherit(previous, current, weights=_weights(hashes), similarity=_similarity(members, model, book))
    taken = ids_ever_used(frames)
    ids = []
    for topic in model.topics:
        found = heirs.get(topic.number) or new_id([word for word, _ in topic.words] or [topic.name], taken)
        taken.add(found)
        ids.append(found)
    return ids


def ids_ever_used(frames: Frames) -> set[str]:
    """Ids of topics and clusters of all runs that are remembered."""
    versions, members = frames["topic_versions"], frames["topic_members"]
    used = {*versions["topic_id"], *members["cluster_id"].dropna(), *members["topic_id"].dropna()}
    return used.union(*(json.loads(text) for text in versions["cluster_ids"]))


def _weights(hashes: Sequence[str]) -> dict[str, int]:
    """Passages of each text."""
    return pd.Series(hashes).value_counts().to_dict()


def _similarity(members: pd.DataFrame, model: TopicModel, book) -> dict[tuple[str, int], float]:
    """Cosine between the centre of each old cluster and of each new one, where the old texts' vectors are kept."""
    known = members[members["text_hash"].isin(book.places.keys())].dropna(subset=["cluster_id"])
    if known.empty or not model.topics:
        return {}
    old = dict(tuple(known.groupby("cluster_id")["text_hash"]))
    centres = np.stack([centre(book, hashes) for hashes in old.values()])
    cosines = centres @ np.stack([topic.centroid for topic in model.topics]).T
    return {(name, topic.number): float(cosines[row, topic.number])
            for row, name in enumerate(old) for topic in model.topics}  # fmt: skip


def unit(vector: np.ndarray) -> np.ndarray:
    """The vector at length 1; zeros stay zeros."""
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


def centre(book, hashes: Iterable[str]) -> np.ndarray:
    """Unit mean (d,) of the texts' vectors, summed in one order, so that the order of the rows does not matter."""
    return unit(book.of(sorted(hashes)).mean(axis=0))


def _cluster_rows(model: TopicModel, ids: list[str]) -> pd.DataFrame:
    return tables.Cluster.frame(
        {
            "cluster_id": ids[topic.number], "name": topic.name, "words": ", ".join(word for word, _ in topic.words),
            "passage_count": topic.size, "confidence": min(max(float(topic.confidence), 0.0), 1.0),
        }
        for topic in model.topics
    )  # fmt: skip


def _word_rows(model: TopicModel, ids: list[str]) -> pd.DataFrame:
    return tables.ClusterWord.frame(
        {"cluster_id": ids[topic.number], "position": position, "word": word, "weight": float(weight)}
        for topic in model.topics
        for position, (word, weight) in enumerate(topic.words, start=1)
    )


def _passage_rows(passages: pd.DataFrame, vectors: np.ndarray, model: TopicModel, ids: list[str]) -> pd.DataFrame:
    centres = np.stack([topic.centroid for topic in model.topics]) if model.topics else np.zeros((1, vectors.shape[1]))
    labels = np.array([0 if label is None else label for label in model.closest], dtype=int)
    centrality = np.einsum("ij,ij->i", vectors, centres[labels]).clip(-1, 1)
    return tables.PassageCluster.check(pd.DataFrame({
        "passage_id": passages["passage_id"],
        "cluster_id": [None if label is None else ids[label] for label in model.closest],
        "confidence": np.asarray(model.confidence, dtype=float).clip(0, 1),
        "nearness": np.asarray(model.nearness, dtype=float).clip(-1, 1),
        "centrality": [0.0 if label is None else float(c) for label, c in zip(model.closest, centrality, strict=True)],
        "why_unassigned": list(model.why_unassigned),
    }))  # fmt: skip


def _excluded_rows(passages: pd.DataFrame) -> pd.DataFrame:
    """Rows of the passages that prepare left out, with its reason."""
    out = passages[passages["why_excluded"].notna()]
    return tables.PassageCluster.frame(
        {"passage_id": passage, "cluster_id": None, "confidence": 0.0, "nearness": 0.0, "centrality": 0.0, "why_unassigned": why}
        for passage, why in zip(out["passage_id"], out["why_excluded"], strict=True)
    )


def _fit_row(frames: Frames, model: TopicModel, run: RunContext, vectors: str, settings: str) -> pd.DataFrame:
    fit, before = model.fit, None
    if fit.mode == "assigned":
        runs = frames["topic_fits"]
        before = runs[runs["run_id"] == frames["topic_members"]["run_id"].iloc[0]].iloc[0]
    share = fit.agreement.share if fit.agreement else None
    chosen = run.pipeline.topics.min_similarity
    return tables.LatestFit.frame([{
        "run_id": run.run_id, "mode": fit.mode, "why": fit.why,
        "fitted_run_id": run.run_id if before is None else before["fitted_run_id"], "engine": model.engine,
        "model": vectors, "settings_hash": settings,
        "distinct_texts": fit.distinct_count if before is None else int(before["distinct_texts"]),
        "resolution": model.resolution if before is None else before["resolution"],
        "min_similarity": fit.min_similarity if chosen is None else chosen,  # a person's choice is what was used
        "recall": fit.recall, "new_text_count": fit.new_count, "novel_share": fit.novel_share, "agreement_share": share,
        "agreement_low": fit.agreement.low if share is not None else None,
        "agreement_high": fit.agreement.high if share is not None else None,
        "kept_id_share": None,  # known once people's edits are applied: the stage report fills it
    }])  # fmt: skip


def _notes(model: TopicModel, out: dict[str, pd.DataFrame], run: RunContext) -> dict:
    cautions, wanted, fit = list(model.notes), run.pipeline.topics.size, model.fit
    if isinstance(wanted, int) and abs(len(model.topics) - wanted) > max(1, 0.2 * wanted):
        cautions.append(f"{wanted} topics were asked for; the texts fall into {len(model.topics)}.")
    unassigned = out["passage_clusters"]["why_unassigned"].value_counts().sort_index().to_dict()
    notes = {
        "clusters": len(model.topics), "passages_set_aside": unassigned,
        "min_similarity": round(float(out["latest_fit"]["min_similarity"].iloc[0]), 3),
        "engine": model.engine, "mode": fit.mode, "why": fit.why, "resolution": model.resolution,
    }  # fmt: skip
    if fit.recall is not None:
        notes["neighbours_found_share"] = round(fit.recall, 4)
    if fit.agreement is not None and fit.agreement.share is not None:
        notes["agreement"] = agreement_text(fit.mode, fit.agreement)
    return notes | {"cautions": cautions}


def agreement_text(mode: str, agreement) -> str:
    """How far assigning and fitting agree, in words."""
    share = f"{agreement.share:.1%} (80% range {agreement.low:.1%} to {agreement.high:.1%}, {agreement.n:,} passages)"
    if mode == "refit":
        return f"of passages new since the last fit, {share} went where assigning them would have put them"
    return f"of known passages, {share} are assigned where the fit put them when a tenth of them is hidden"
