"""Topics of a run against a sample that people labelled: how well they agree, precision and recall with ranges."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from voc import config
from voc.errors import VocError
from voc.labels import Located, Sample, locate, read_sample
from voc.stats import wilson
from voc.store import Store
from voc.topics.scores import Counts, Matching, homogeneity_completeness, nmi_ari, one_to_many

READS = ("verbatims", "cleaned_verbatims", "verbatim_topics", "topics", "topic_reasons", "reasons")
GOOD, USABLE = 0.8, 0.6  # micro-F1 from which topics stand for the labels, and from which they do with care
FEW = 100  # texts below which the ranges are too wide to compare two runs
_SHOWN = 15  # labels and topics printed; the JSON document holds all
_WEAK = 0.5


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 80% range (Wilson), and the counts it is made of; None where nothing was counted."""

    value: float | None
    low: float | None
    high: float | None
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of one label, or of one topic for the label it was matched with."""

    name: str
    label: str
    precision: Share
    recall: Share
    f1: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one way to give texts labels."""

    precision: Share
    recall: Share
    micro_f1: float
    macro_f1: float
    by_label: tuple[Score, ...]
    by_topic: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a labelled sample says about topics. Agreement is None where texts have several labels."""

    labelled: int
    found: int
    not_found: dict[str, int]
    labels: int
    topics: int
    has_many_labels: bool
    without_topic: Share
    nmi: float | None
    ari: float | None
    homogeneity: float | None
    completeness: float | None
    topic_scores: Scores
    reason_scores: Scores | None
    verdict: tuple[str, ...] = ()


def evaluate(
    target: Path,
    labels: Path,
    *,
    id_column: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
) -> Evaluation:
    """Compare the topics in a database (or a pipeline's database) with a labelled sample.

    Raises VocError for files that cannot be read, missing columns, a database without topics and a sample of which
    nothing is found.
    """
    database = config.database_of(target)
    sample = read_sample(labels, id_column=id_column, text_column=text_column, label_column=label_column)
    with Store(database, is_read_only=True) as store:
        frames = {name: store.read(name) for name in READS}
    if frames["verbatim_topics"].empty:
        raise VocError(f"{database} holds no topics.", "Finish a run first: voc run PIPELINE.yml")
    located = locate(sample, frames)
    if not located.verbatims:
        raise VocError(
            f"None of the {len(sample.labels):,} labelled rows of {labels} is in {database}: "
            + ", ".join(f"{reason} ({count:,})" for reason, count in located.not_found.items()) + ".",
            _how_written(sample, frames["verbatims"]),
        )  # fmt: skip
    return compare(sample, located, frames)


def _how_written(sample: Sample, verbatims: pd.DataFrame) -> str:
    if sample.is_text:
        return "Texts are compared by their words; give ids with --id-column if the texts were changed."
    shown = ", ".join(f"'{name}'" for name in sorted(verbatims["verbatim_id"])[:2])
    return f"Ids there look like {shown}; in the sample like '{next(iter(sample.labels))}'."


# ---------------------------------------------------------------- compare


def compare(sample: Sample, located: Located, frames: Mapping[str, pd.DataFrame]) -> Evaluation:
    """Score the topics of the located texts. Where every text has one label its main topic counts, else all its topics.

    Topics get labels by majority on other texts than those they are scored on (`voc.topics.scores.one_to_many`).
    """
    keys = sorted(located.verbatims)
    truth = [set(sample.labels[key]) for key in keys]
    is_many = any(len(labels) > 1 for labels in truth)
    held = _topics_of([located.verbatims[key] for key in keys], frames["verbatim_topics"], main_only=not is_many)
    matching = one_to_many(held, truth)
    names = dict(zip(frames["topics"]["topic_id"], frames["topics"]["name"], strict=True))
    single = [next(iter(labels)) for labels in truth]
    main = [min(topics) if topics else None for topics in held]
    nmi, ari = (None, None) if is_many else nmi_ari(single, main)
    pure, complete = (None, None) if is_many else homogeneity_completeness(single, main)
    found = Evaluation(
        labelled=len(sample.labels) + sample.unlabelled, found=len(keys), not_found=located.not_found,
        labels=len(matching.by_label), topics=len(matching.by_topic), has_many_labels=is_many,
        without_topic=share(matching.texts_without_topic, matching.texts), nmi=nmi, ari=ari, homogeneity=pure,
        completeness=complete, topic_scores=_scores(matching, names), reason_scores=_reasons(held, truth, frames),
    )  # fmt: skip
    return Evaluation(**{name: getattr(found, name) for name in Evaluation.__slots__} | {"verdict": verdict(found)})


def share(count: int, of: int) -> Share:
    """`count` of `of` with Wilson's 80% interval; None without any."""
    low, high = wilson(count, of)
    return Share(count / of, low, high, count, of) if of else Share(None, None, None, 0, 0)


def _topics_of(
    verbatims: list[tuple[str, ...]], verbatim_topics: pd.DataFrame, *, main_only: bool
) -> list[frozenset[str]]:
    """Topics of each labelled text; its main one is the largest share over its verbatims, ties to the first id."""
    shares = {
        verbatim_id: list(zip(rows["topic_id"], rows["share"], strict=True))
        for verbatim_id, rows in verbatim_topics.groupby("verbatim_id")
    }
    found = []
    for group in verbatims:
        sums: dict[str, float] = {}
        for topic, part in (pair for verbatim_id in group for pair in shares.get(verbatim_id, ())):
            sums[topic] = sums.get(topic, 0.0) + part
        best = sorted(sums, key=lambda topic: (-round(sums[topic], 9), topic))
        found.append(frozenset(best[:1] if main_only else best))
    return found


def _scores(matching: Matching, names: Mapping[str, str]) -> Scores:
    by_topic = [
        _score(counts, str(names.get(counts.name, counts.name)), matching.label_of.get(counts.name, ""))
        for counts in matching.by_topic
    ]
    return Scores(
        share(matching.total.both, matching.total.found), share(matching.total.both, matching.total.true),
        matching.micro_f1, matching.macro_f1, _ordered(_score(c, c.name, c.name) for c in matching.by_label),
        _ordered(by_topic, by_precision=True),
    )  # fmt: skip


def _score(counts: Counts, name: str, label: str) -> Score:
    return Score(name, label, share(counts.both, counts.found), share(counts.both, counts.true), counts.f1)


def _ordered(scores, *, by_precision: bool = False) -> tuple[Score, ...]:
    """The commonest first."""
    size = (lambda s: s.precision.of) if by_precision else (lambda s: s.recall.of)
    return tuple(sorted(scores, key=lambda s: (-size(s), s.name)))


def _reasons(
    held: list[frozenset[str]], truth: list[set[str]], frames: Mapping[str, pd.DataFrame]
) -> Scores | None:
    """Scores of the taxonomy's reasons where the labels are reasons, by id or label; nothing is matched then."""
    reasons = frames["reasons"]
    known = {str(name).casefold(): reason_id
             for column in ("label", "reason_id")
             for name, reason_id in zip(reasons[column], reasons["reason_id"], strict=True)}  # fmt: skip
    words = dict(zip(reasons["reason_id"], reasons["label"], strict=True))
    labels = {label for given in truth for label in given}
    if not labels or sum(label.casefold() in known for label in labels) < 0.5 * len(labels):
        return None
    links = frames["topic_reasons"].dropna(subset=["reason_id"])
    of_topic = dict(zip(links["topic_id"], links["reason_id"], strict=True))
    said = [frozenset(of_topic[topic] for topic in topics if topic in of_topic) for topics in held]
    meant = [frozenset(known.get(label.casefold(), label) for label in given) for given in truth]
    counts = [
        Counts(name, sum(name in m for m in meant), sum(name in s for s in said),
               sum(name in m and name in s for m, s in zip(meant, said, strict=True)))
        for name in sorted({name for names in (*meant, *said) for name in names})
    ]  # fmt: skip
    total = Counts("all", *(sum(getattr(c, part) for c in counts) for part in ("true", "found", "both")))
    true = [c for c in counts if c.true]
    return Scores(share(total.both, total.found), share(total.both, total.true), total.f1,
                  sum(c.f1 for c in true) / len(true),
                  _ordered(_score(c, words.get(c.name, c.name), c.name) for c in counts))  # fmt: skip


# ---------------------------------------------------------------- in words


def verdict(found: Evaluation) -> tuple[str, ...]:
    """What it comes to, in sentences."""
    scores = found.topic_scores
    levels = ((GOOD, "stand for"), (USABLE, "roughly stand for"), (0.0, "do not stand for"))
    level = next(words for least, words in levels if scores.micro_f1 >= least)
    said = [
        f"The topics {level} what people labelled: of 100 labels they find {100 * (scores.recall.value or 0):.0f}, and "
        f"of 100 they give {100 * (scores.precision.value or 0):.0f} are right."
    ]
    if scores.by_label and not found.has_many_labels:
        largest = scores.by_label[0]
        said.append(f"Calling every text '{largest.name}' would find {100 * largest.recall.of / found.found:.0f}.")
    if found.homogeneity is not None and max(found.homogeneity, found.completeness) >= USABLE:
        if found.completeness + 0.1 < found.homogeneity:
            said.append("They cut labels into several topics: fewer topics (topics.size) would come closer.")
        elif found.homogeneity + 0.1 < found.completeness:
            said.append("They join several labels in one topic: more topics (topics.size) would come closer.")
    mixed = [s.name for s in scores.by_topic if s.precision.high is not None and s.precision.high < _WEAK]
    if mixed:
        said.append(f"Do not trust: {_listed(mixed)} (under half of their texts have one label).")
    lost = [s.name for s in scores.by_label if s.recall.high is not None and s.recall.high < _WEAK]
    if lost:
        said.append(f"Labels without a topic of their own: {_listed(lost)}.")
    if found.found < FEW:
        said.append(f"Only {found.found} texts were compared: the ranges are wide; some 200 say much more.")
    return tuple(said)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(f"'{name}'" for name in names[:5]) + more


def evaluation_json(found: Evaluation) -> str:
    """The evaluation as one JSON document."""
    return json.dumps(asdict(found), indent=2, ensure_ascii=False)


def evaluation_text(found: Evaluation, *, width: int = 100) -> str:
    """The evaluation as lines for people; long lists are cut."""
    scores = found.topic_scores
    missing = "; ".join(f"{reason} {count:,}" for reason, count in found.not_found.items())
    lines = [
        *found.verdict, "",
        f"{found.found:,} of {found.labelled:,} labelled rows found" + (f" (not: {missing})" if missing else "")
        + f"; {found.labels} labels, {found.topics} topics.",
        f"Without a topic: {_share(found.without_topic)}",
    ]  # fmt: skip
    if found.nmi is not None:
        lines.append(
            f"NMI (V-measure) {found.nmi:.2f}, ARI {found.ari:.2f}; topics are {found.homogeneity:.2f} pure, labels "
            f"{found.completeness:.2f} whole"
        )
    lines += _score_lines("Topics, each taken for the label most of its other texts have", scores)
    if found.reason_scores:
        lines += _score_lines("Contact reasons of the taxonomy", found.reason_scores)
        lines += _table("reason", found.reason_scores.by_label, width)
    lines += _table("label", scores.by_label, width)
    lines += _table("topic", scores.by_topic, width, with_label=True)
    return "\n".join([*lines, "", "In brackets: 80% ranges. Several topics may stand for one label."])


def _score_lines(title: str, scores: Scores) -> list[str]:
    return [
        f"{title}: F1 {scores.micro_f1:.2f} (mean of labels {scores.macro_f1:.2f}), precision "
        f"{_share(scores.precision)}, recall {_share(scores.recall)}"
    ]


def _table(what: str, scores: tuple[Score, ...], width: int, *, with_label: bool = False) -> list[str]:
    name_width = max(20, width - 6 - 2 * 20)
    lines = ["", f"{what:<{name_width}} {'texts':>5} {'precision':>19} {'recall':>19}"]
    for score in scores[:_SHOWN]:
        name = f"{score.name} = {score.label}" if with_label else score.name
        texts = score.precision.of if with_label else score.recall.of
        cut = name if len(name) <= name_width else name[: name_width - 1] + "…"
        lines.append(f"{cut:<{name_width}} {texts:>5,} {_share(score.precision):>19} {_share(score.recall):>19}")
    if len(scores) > _SHOWN:
        lines.append(f"and {len(scores) - _SHOWN} more (--json lists all)")
    return lines


def _share(found: Share) -> str:
    if found.value is None:
        return "-"
    return f"{found.value:.0%} ({found.low:.0%} to {found.high:.0%})"
