"""Rows of the topic tables: names, words, themes, shares of a text, from passages whose topic is settled."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, RunContext
from voc.stages.naming import name_by_model
from voc.stages.topics import centre
from voc.topics.curate import Curated
from voc.topics.themes import find_themes, name_themes

if TYPE_CHECKING:
    from voc.stages.match import Before, Joined, Status

# A topic that fills less of a text than this is folded into the text's other topics: one stray sentence of a long
# message should not make it a contact about something else.
MIN_SHARE = 0.25
WORDS = 10  # leading words of a topic
SAME_THEME = 0.5  # of a theme's old topics: from here on it keeps its id


def build(
    frames: Frames,
    passages: pd.DataFrame,
    book,
    *,
    curated: Curated,
    joined: "Joined",
    names: Mapping[str, str],
    centres: Mapping[str, np.ndarray],
    statuses: Mapping[str, "Status"],
    before: "Before",
    run: RunContext,
) -> dict[str, pd.DataFrame]:
    """Tables themes, topics, topic_clusters, topic_words, passage_topics and verbatim_topics.

    `passages` has one row a passage with `topic_id`, `cluster_id`, `why_unassigned`, `confidence`; `centres` a unit
    vector a topic.
    """
    passage_topics = _passage_rows(passages, book, centres)
    verbatim_topics = _verbatim_rows(passages, frames["verbatims"])
    settled = passages.dropna(subset=["topic_id"])
    clusters = _cluster_rows(settled, joined)
    words = _word_rows(frames["cluster_words"], clusters)
    topics = _topic_rows(settled, verbatim_topics, clusters, words, curated, names)
    namings = _name_by_model(topics, settled, words, centres, curated, before, book, run)
    themes, of_topic = _themes(topics, words, centres, statuses, before, run)
    topics["theme_id"] = topics["topic_id"].map(of_topic)
    return {
        "themes": themes, "topics": tables.Topic.check(topics[tables.Topic.names]),
        "topic_clusters": tables.TopicCluster.check(clusters[tables.TopicCluster.names]), "topic_words": words,
        "passage_topics": passage_topics, "verbatim_topics": verbatim_topics, "latest_namings": namings,
    }  # fmt: skip


def centres(passages: pd.DataFrame, book, ids: Iterable[str]) -> dict[str, np.ndarray]:
    """Unit mean vector of each topic's passages."""
    of_topic = dict(tuple(passages.dropna(subset=["topic_id"]).groupby("topic_id")["text_hash"]))
    return {topic: centre(book, of_topic[topic]) for topic in ids}


# ---------------------------------------------------------------- names


def names_before_edits(frames: Frames, joined: "Joined", run: RunContext, before: "Before") -> dict[str, str]:
    """Name of each topic as the run finds it: the reason's label, else the name it had, else its cluster's.

    A topic keeps the name of the last report as long as its id lives on; a name another topic holds already gets
    one of the cluster's leading words beside it.
    """
    labels = {f"r-{reason.id}": reason.label for reason in run.taxonomy.reasons} if run.taxonomy else {}
    clusters = frames["clusters"].sort_values(["passage_count", "cluster_id"], ascending=[False, True])
    topics = dict.fromkeys(joined.topic_of[cluster] for cluster in clusters["cluster_id"])
    names = {topic: labels[topic] for topic in topics if topic in labels}
    names |= {t: before.found_names[t] for t in topics if t not in names and t in before.found_names}
    used = {name.lower() for name in names.values()}
    for row in clusters.itertuples():
        topic = joined.topic_of[row.cluster_id]
        if topic not in names:
            names[topic] = _free(row.name, row.words.split(", "), used)
            used.add(names[topic].lower())
    return names


def _free(name: str, words: list[str], used: set[str]) -> str:
    if name.lower() not in used:
        return name
    said = name.lower()
    tries = [f"{name} ({word})" for word in words if word and word not in said]
    tries += [f"{name} ({number})" for number in range(2, len(used) + 3)]
    return next(t for t in tries if t.lower() not in used)


# ---------------------------------------------------------------- passages and texts


def _passage_rows(passages: pd.DataFrame, book, centres_: Mapping[str, np.ndarray]) -> pd.DataFrame:
    places = {topic: place for place, topic in enumerate(centres_)}
    rows = passages["topic_id"].map(places)
    found = rows.notna().to_numpy()
    centrality = np.zeros(len(passages))
    if found.any():
        mean = np.stack(list(centres_.values()))[rows[found].astype(int)]
        centrality[found] = np.einsum("ij,ij->i", book.of(passages.loc[found, "text_hash"]), mean).clip(-1, 1)
    return tables.PassageTopic.check(pd.DataFrame({
        "passage_id": passages["passage_id"], "topic_id": passages["topic_id"], "confidence": passages["confidence"],
        "centrality": centrality,
        "why_unassigned": passages["why_unassigned"],
    }))  # fmt: skip


def _verbatim_rows(passages: pd.DataFrame, verbatims: pd.DataFrame) -> pd.DataFrame:
    """Shares of a verbatim's topics: its passages count alike; small topics are folded into the others."""
    found = passages.dropna(subset=["topic_id"])
    if found.empty:
        return tables.VerbatimTopic.empty()
    counted = found.groupby(["verbatim_id", "topic_id"]).agg(
        n=("position", "size"), first=("position", "min"), confidence=("confidence", "mean")
    )  # fmt: skip
    counted = counted.reset_index()
    counted["share"] = counted["n"] / counted.groupby("verbatim_id")["n"].transform("sum")
    largest = counted.groupby("verbatim_id")["share"].transform("max")
    counted = counted[(counted["share"] >= MIN_SHARE) | (counted["share"] == largest)]
    counted["share"] = counted["share"] / counted.groupby("verbatim_id")["share"].transform("sum")
    counted = counted.sort_values(["verbatim_id", "share", "first"], ascending=[True, False, True], kind="stable")
    counted["is_main"] = ~counted.duplicated("verbatim_id")
    owners = verbatims[["verbatim_id", "contact_id", "response_id"]]
    rows = counted.merge(owners, on="verbatim_id", how="left", validate="many_to_one")
    return tables.VerbatimTopic.check(rows[tables.VerbatimTopic.names])


# ---------------------------------------------------------------- topics


def _cluster_rows(settled: pd.DataFrame, joined: "Joined") -> pd.DataFrame:
    """Clusters of each topic. Passages a person moved count for their topic under the cluster they came from."""
    counted = settled.dropna(subset=["cluster_id"]).groupby(["topic_id", "cluster_id"]).size()
    rows = counted.rename("passage_count").reset_index()
    is_as_found = rows["cluster_id"].map(joined.topic_of) == rows["topic_id"]
    rows["joined_by"] = rows["cluster_id"].map(joined.by).where(is_as_found, "person")
    rows["score"] = rows["cluster_id"].map(joined.scores).astype(float).clip(-1, 1)
    return rows.sort_values(["topic_id", "passage_count", "cluster_id"], ascending=[True, False, True], kind="stable")


def _word_rows(cluster_words: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """Leading words of each topic: those of its clusters, weighted by their passages."""
    if clusters.empty or cluster_words.empty:
        return tables.TopicWord.empty()
    part = clusters["passage_count"] / clusters.groupby("topic_id")["passage_count"].transform("sum")
    rows = clusters.assign(part=part)[["topic_id", "cluster_id", "part"]].merge(cluster_words, on="cluster_id")
    rows["weight"] = rows["weight"] * rows["part"]
    summed = rows.groupby(["topic_id", "word"], as_index=False)["weight"].sum()
    summed["weight"] = summed["weight"].round(9)  # sums of the same weights in another order tie
    summed = summed.sort_values(["topic_id", "weight", "word"], ascending=[True, False, True], kind="stable")
    summed["position"] = summed.groupby("topic_id").cumcount() + 1
    return tables.TopicWord.check(summed[summed["position"] <= WORDS][tables.TopicWord.names])


def _topic_rows(
    settled: pd.DataFrame, verbatim_topics: pd.DataFrame, clusters: pd.DataFrame, words: pd.DataFrame, curated: Curated,
    names: Mapping[str, str],
) -> pd.DataFrame:  # fmt: skip
    rows = settled.groupby("topic_id").agg(passage_count=("passage_id", "size"), confidence=("confidence", "mean"))
    rows = rows.reset_index()
    ids = rows["topic_id"]
    said = verbatim_topics.groupby("topic_id").agg(c=("contact_id", "nunique"), r=("response_id", "nunique"))
    rows["contact_count"] = ids.map(said["c"]).fillna(0).astype(int)
    rows["response_count"] = ids.map(said["r"]).fillna(0).astype(int)
    rows["words"] = ids.map(words.groupby("topic_id")["word"].agg(", ".join)).fillna("")
    rows["cluster_count"] = ids.map(clusters.groupby("topic_id").size()).fillna(0).astype(int)
    rows["name"] = [curated.names.get(topic) or names.get(topic, topic) for topic in ids]
    rows["named_by"] = [
        "person" if topic in curated.named_by_person else "taxonomy" if topic.startswith("r-") else "words"
        for topic in ids
    ]
    rows["confidence"] = rows["confidence"].clip(0, 1)
    rows["is_pinned"] = ids.isin(curated.pinned)
    return rows.sort_values(["passage_count", "topic_id"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _name_by_model(
    topics: pd.DataFrame, settled: pd.DataFrame, words: pd.DataFrame, centres_: Mapping[str, np.ndarray], curated: Curated,
    before: "Before", book, run: RunContext,
) -> pd.DataFrame:  # fmt: skip
    """Put the names a model gives into `topics`; those of people, of the taxonomy and of earlier reports stay."""
    names = dict(zip(topics["topic_id"], topics["name"], strict=True))
    stay = topics["named_by"].ne("words") | topics["topic_id"].isin(list(before.found_names))
    found, rows = name_by_model(
        names, {topic: names[topic] for topic in topics.loc[stay, "topic_id"]}, passages=settled,
        words=words.groupby("topic_id")["word"].agg(list).to_dict(), centres=centres_, book=book, run=run,
    )  # fmt: skip
    topics["name"] = topics["topic_id"].map(found)
    by_model = set(rows.loc[rows["is_used"].astype(bool), "topic_id"])
    topics.loc[topics["topic_id"].isin(by_model), "named_by"] = "model"
    return rows


# ---------------------------------------------------------------- themes


def _themes(
    topics: pd.DataFrame, words: pd.DataFrame, centres_: Mapping[str, np.ndarray], statuses: Mapping[str, "Status"],
    before: "Before", run: RunContext,
) -> tuple[pd.DataFrame, dict[str, str]]:  # fmt: skip
    """(themes, theme of each topic): areas of the taxonomy, and groups of the topics without a reason."""
    ids = list(topics["topic_id"])
    if not ids:
        return tables.Theme.empty(), {}
    area_of = {reason.id: reason.area for reason in run.taxonomy.reasons} if run.taxonomy else {}
    areas = [area_of.get(statuses[topic].reason_id) for topic in ids]
    sizes = [int(n) for n in topics["passage_count"]]
    group = find_themes(
        np.stack([centres_[topic] for topic in ids]), sizes, areas=areas, before=[before.themes.get(t) for t in ids]
    )
    phrases = words.groupby("topic_id")["word"].agg(list)
    name = name_themes(
        group, list(topics["name"]), [phrases.get(topic, []) for topic in ids], sizes, areas=areas,
        taken=area_of.values(),
    )  # fmt: skip
    theme_ids = _theme_ids(group, ids, areas, sizes, before)
    rows = pd.DataFrame({"group": group, "passage_count": sizes, "is_area": [area is not None for area in areas]})
    rows = rows.groupby("group").agg(
        topic_count=("passage_count", "size"), passage_count=("passage_count", "sum"), is_area=("is_area", "any")
    )
    frame = tables.Theme.frame(
        {"theme_id": theme_ids[g], "name": name[g], "is_area": bool(row.is_area), "topic_count": int(row.topic_count),
         "passage_count": int(row.passage_count)}
        for g, row in rows.iterrows()
    )  # fmt: skip
    return frame, {topic: theme_ids[g] for topic, g in zip(ids, group, strict=True)}


def _theme_ids(
    group: list[int], ids: list[str], areas: list[str | None], sizes: list[int], before: "Before"
) -> dict[int, str]:
    """An area's id comes of its name; another theme keeps the id most of its passages' topics had, or gets a new one."""
    found: dict[int, str] = {}
    for number in sorted(set(group)):
        members = [i for i, g in enumerate(group) if g == number]
        area = next((areas[i] for i in members if areas[i]), None)
        if area:
            found[number] = "a-" + _hash(area)
            continue
        had = Counter()
        for i in members:
            had[before.themes.get(ids[i])] += sizes[i]
        had.pop(None, None)
        best = min(had, key=lambda theme: (-had[theme], theme), default=None)
        total = sum(sizes[i] for i in members)
        if best and had[best] >= SAME_THEME * total and best not in found.values() and not best.startswith("a-"):
            found[number] = best
        else:
            new = "h-" + _hash("|".join(sorted(ids[i] for i in members)))
            found[number] = new if new not in found.values() else f"{new}-{number}"
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
