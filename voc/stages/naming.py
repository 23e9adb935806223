"""Names by a model a person asked for: which topics are asked about, what is told, and what came back."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from voc import registry, tables
from voc.context import RunContext
from voc.topics import choose_quotes
from voc.topics.naming import NamingTask

WORDS = "words"  # the pipeline's word for "no namer": topics keep the names made of their own words
QUOTES = 3
NEIGHBOURS = 3


def namer(run: RunContext):
    """(plug-in, argument) of the pipeline's namer, or None. Raises VocError for an unknown one."""
    name, _, argument = run.pipeline.topics.namer.partition(":")
    return None if name == WORDS else (registry.get("namers", name), argument or None)


def name_by_model(
    names: Mapping[str, str],
    known: Mapping[str, str],
    *,
    passages: pd.DataFrame,
    words: Mapping[str, list[str]],
    centres: Mapping[str, np.ndarray],
    book,
    run: RunContext,
) -> tuple[dict[str, str], pd.DataFrame]:
    """(name of each topic, rows of topic_namings).

    `names` are those the run has, `known` the ones that stay: given by the taxonomy, by a person, or in an earlier
    report. Quotes are redacted passages; where the model is remote they leave the machine.
    """
    chosen = namer(run)
    if chosen is None or not names:
        return dict(names), tables.TopicNaming.empty()
    plugin, argument = chosen
    tasks = _tasks(names, passages, words, centres, book)
    found = plugin.name(tasks, argument=argument, known=known)
    rows = tables.TopicNaming.frame(
        {
            "run_id": run.run_id, "topic_id": n.topic_id, "namer": run.pipeline.topics.namer, "model": n.model,
            "prompt": n.prompt, "answer": n.answer, "name": n.name, "is_used": n.is_used, "why_not": n.why_not,
        }
        for n in found
    )  # fmt: skip
    return dict(names) | {n.topic_id: n.name for n in found}, rows


def _tasks(names, passages: pd.DataFrame, words, centres, book) -> list[NamingTask]:
    ids = [topic for topic in names if topic in centres]
    near = np.stack([centres[t] for t in ids]) @ np.stack([centres[t] for t in ids]).T
    np.fill_diagonal(near, -2)
    of_topic = dict(tuple(passages.dropna(subset=["topic_id"]).drop_duplicates("text_hash").groupby("topic_id")))
    tasks = []
    for place, topic in enumerate(ids):
        rows = of_topic[topic].sort_values("text_hash")
        quotes = choose_quotes(list(rows["text"]), book.of(rows["text_hash"]), centroid=centres[topic], count=QUOTES)
        neighbours = [names[ids[i]] for i in np.argsort(-near[place], kind="stable")[:NEIGHBOURS] if i != place]
        tasks.append(NamingTask(
            topic_id=topic, words=tuple(words.get(topic, ())), phrases=(), quotes=tuple(rows["text"].iloc[q] for q in quotes),
            neighbours=tuple(neighbours), fallback=names[topic],
        ))  # fmt: skip
    return tasks
