"""Report: every report plug-in computes its table, and the briefing is written from all of them."""

import json

import pandas as pd

from voc import registry, tables
from voc.briefing import render
from voc.context import Frames, Result, RunContext
from voc.period import narrowed
from voc.topics.lineage import kept_share


def write_reports(frames: Frames, run: RunContext) -> Result:
    """Compute each report in the order of its `ORDER`, then render the briefing from the same frames.

    They see the rows of the run's period, a plug-in that says `SEES_ALL` all rows; what is remembered of the topics is
    of all data, as the topics are.
    """
    plugins = sorted(registry.load_all("reports").values(), key=lambda plugin: (getattr(plugin, "ORDER", 100), plugin.__name__))
    counted = narrowed(frames, run.pipeline.period)
    out = {}
    for plugin in plugins:
        seen = frames if getattr(plugin, "SEES_ALL", False) else counted
        needed = {name: seen[name] for name in plugin.READS}
        out[plugin.TABLE.name] = plugin.TABLE.check(plugin.compute(needed, run))
    sections = [s for plugin in plugins if (s := plugin.section(out[plugin.TABLE.name], run))]
    out |= remember_topics(frames, run)
    out["briefings"] = render.briefing_rows({**counted, **out}, sections, run)
    return Result(out, {"reports": [plugin.TABLE.name for plugin in plugins], "sections": len(sections)})


def remember_topics(frames: Frames, run: RunContext) -> dict[str, pd.DataFrame]:
    """What the next run must know of this one: which topic each text had, how topics stood, how they were fitted."""
    passages = frames["passages"][["passage_id", "text_hash"]]
    passages = passages.merge(frames["passage_clusters"][["passage_id", "cluster_id"]], on="passage_id")
    passages = passages.merge(frames["passage_topics"][["passage_id", "topic_id"]], on="passage_id")
    members = passages.drop_duplicates("text_hash").drop(columns="passage_id")
    fit = frames["latest_fit"].iloc[0] if len(frames["latest_fit"]) else None
    known = frames["topic_members"]
    fitted = set(known.loc[known["is_fitted"].astype(bool), "text_hash"])
    is_assigned = fit is not None and fit["mode"] == "assigned"
    members = members.assign(
        run_id=run.run_id, is_fitted=members["text_hash"].isin(fitted) if is_assigned else True
    )
    return {
        "topic_members": tables.TopicMember.check(members[tables.TopicMember.names]),
        "topic_versions": _versions(frames, run),
        "topic_fits": _fits(frames, members, run),
        "topic_namings": tables.TopicNaming.check(frames["latest_namings"].assign(run_id=run.run_id)),
    }


def _versions(frames: Frames, run: RunContext) -> pd.DataFrame:
    parts = frames["topic_clusters"].groupby("topic_id")["cluster_id"].agg(lambda ids: json.dumps(sorted(ids)))
    theme = frames["themes"].set_index("theme_id")["name"]
    topics = frames["topics"]
    return tables.TopicVersion.check(topics.assign(
        run_id=run.run_id, cluster_ids=topics["topic_id"].map(parts).fillna("[]"), theme=topics["theme_id"].map(theme)
    )[tables.TopicVersion.names])  # fmt: skip


def _fits(frames: Frames, members: pd.DataFrame, run: RunContext) -> pd.DataFrame:
    """The fit of the topics at hand under this run's id, with how many passages kept their topic."""
    weights = frames["passages"]["text_hash"].value_counts().to_dict()
    kept = kept_share(_topic_of(frames["topic_members"]), _topic_of(members), weights=weights)
    return tables.TopicFit.check(frames["latest_fit"].assign(run_id=run.run_id, kept_id_share=kept))


def _topic_of(members: pd.DataFrame) -> dict[str, str | None]:
    return {k: None if pd.isna(t) else t for k, t in zip(members["text_hash"], members["topic_id"], strict=True)}
