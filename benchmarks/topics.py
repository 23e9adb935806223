"""Compare our topics with BERTopic's default and EVoC: every labelled set, the same vectors, one run, one table.

    python benchmarks/topics.py [--sets NAME ...] [--engines NAME ...] [--seeds 2] [--size normal]
                                [--vectors-cache FOLDER] [--markdown FILE]

The sets are read from $VOC_REAL_DATA or ../shared/data. Engines to compare with need `pip install umap-learn hdbscan
evoc`; where one is missing its row says so. No engine sees a label, and none is tuned to a set. Each engine runs in a
process of its own on each set, so that "s first" includes imports and compiling and the peak memory is its own.

NMI and ARI count texts without a topic as one group; "in" looks at the others only. F1: each topic gets the label most
of its texts have (several topics may get one label), from other texts than those it is scored on; micro-averaged over
all (text, label) decisions, so a text without a topic costs recall. Sets with several labels a text have F1 only.
Figures are means over seeds. Nothing is written but what the options name.
"""

import argparse
import importlib.metadata
import itertools
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from _sets import DATA, SETS, Labelled, read, vectors_file  # noqa: E402

from voc.errors import VocError  # noqa: E402
from voc.topics import TopicOptions, find_topics  # noqa: E402
from voc.topics.scores import nmi_ari, one_to_many  # noqa: E402

OURS, OURS_SURE, OURS_DEFAULT = "ours, every text", "ours, 12 % set aside", "ours, as it comes"
PEERS = ("bertopic-default", "evoc")
LEAST_SURE = 0.12
COLUMNS = ("set", "engine", "k", "no topic", "NMI", "ARI", "NMI in", "ARI in", "F1", "ARI between seeds",
           "s first", "s best", "peak MB")  # fmt: skip

Found = list[int | None]


@dataclass(frozen=True, slots=True)
class Runs:
    """What one engine gave for one set: topic and confidence of each text, one of each a seed."""

    found: list[Found]
    confidence: list[np.ndarray]
    seconds: list[float]
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table; None where a figure does not apply."""

    set: str
    engine: str
    k: list[int]
    none: float
    nmi: float | None
    ari: float | None
    nmi_in: float | None
    ari_in: float | None
    f1: float
    between: float | None
    seconds: list[float]
    peak_mb: float

    def __str__(self) -> str:
        scores = (self.nmi, self.ari, self.nmi_in, self.ari_in, self.f1, self.between)
        return _line(
            self.set, self.engine, "/".join(map(str, self.k)), f"{self.none:.1%}",
            *("-" if score is None else f"{score:.3f}" for score in scores),
            f"{self.seconds[0]:.1f}", f"{min(self.seconds):.1f}", f"{self.peak_mb:,.0f}",
        )  # fmt: skip


def main() -> None:
    options = _arguments()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.vectors_cache or Path(temporary)
        lines = []
        for line in itertools.chain(_head(), _table(options, folder)):
            print(line, flush=True)
            lines.append(line)
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS), metavar="SET")
    parser.add_argument("--engines", nargs="+", choices=("ours", *PEERS), default=["ours", *PEERS], metavar="ENGINE")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--size", default="normal", help="few, normal, many or a number, for our engine")
    parser.add_argument("--vectors-cache", type=Path, metavar="FOLDER", help="keep vectors here, and use those there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    options = parser.parse_args()
    if not DATA.is_dir():
        parser.error(f"{DATA} does not exist; set VOC_REAL_DATA to the folder of the labelled sets")
    return options


def _head() -> Iterator[str]:
    yield ", ".join(f"{package} {_version(package)}" for package in ("bertopic", "umap-learn", "hdbscan", "evoc"))
    yield f"{os.cpu_count()} processors, Python {sys.version.split()[0]}\n"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _table(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    sets = [read(name) for name in options.sets]
    for one in sets:
        yield f"- {one.name}: {len(one.texts):,} texts, {len(frozenset().union(*one.labels))} labels"
    yield "\n" + _line(*COLUMNS) + "\n" + _line(*("---",) * len(COLUMNS))
    rows: dict[tuple[str, str], Row] = {}
    for one in sets:
        file = vectors_file(one, folder)
        for engine in options.engines:
            for row in _rows(one, engine, file, options):
                if isinstance(row, Row):
                    rows[row.set, row.engine] = row
                yield str(row)
    yield ""
    yield from (f"- {line}" for one in sets for line in _bars(one.name, rows))


def _rows(labelled: Labelled, engine: str, file: Path, options: argparse.Namespace) -> Iterator[Row | str]:
    size = int(options.size) if options.size.isdigit() else options.size
    try:
        if engine != "ours":
            yield _row(labelled, engine, _run(labelled, file, TopicOptions(engine=engine), options.seeds))
            return
        runs = _run(labelled, file, TopicOptions(size=size, min_similarity=-1), options.seeds)
        yield _row(labelled, OURS, runs)
        yield _row(labelled, OURS_SURE, _without_least_sure(runs))
        yield _row(labelled, OURS_DEFAULT, _run(labelled, file, TopicOptions(size=size), options.seeds))
    except VocError as error:
        yield _line(labelled.name, engine, error.what, *("",) * (len(COLUMNS) - 3))


def _run(labelled: Labelled, vectors: Path, options: TopicOptions, seeds: int) -> Runs:
    """Run in a new process, one seed after the other."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        runs = pool.submit(_runs, labelled.texts, vectors, options, seeds).result()
    if isinstance(runs, tuple):
        raise VocError(*runs)
    return runs


def _runs(texts: Sequence[str], vectors: Path, options: TopicOptions, seeds: int) -> Runs | tuple[str, str]:
    rows = np.load(vectors)["vectors"]
    found, confidence, seconds = [], [], []
    for seed in range(seeds):
        started = time.perf_counter()
        try:  # without names: no other engine makes any
            model = find_topics(texts, rows, options=options, seed=seed, names_from=_no_phrases)
        except VocError as error:  # cannot be sent between processes
            return error.what, error.fix
        seconds.append(time.perf_counter() - started)
        found.append(list(model.labels))
        confidence.append(model.confidence)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Runs(found, confidence, seconds, peak / (2**20 if sys.platform == "darwin" else 2**10))


def _no_phrases(texts: Sequence[str]) -> list[list[str]]:
    return [[] for _ in texts]


def _without_least_sure(runs: Runs) -> Runs:
    """The same with the least sure 12 % of the texts set aside."""
    found = []
    for one, confidence in zip(runs.found, runs.confidence, strict=True):
        aside = set(np.argsort(confidence, kind="stable")[: round(LEAST_SURE * len(one))].tolist())
        found.append([None if i in aside else topic for i, topic in enumerate(one)])
    return Runs(found, runs.confidence, runs.seconds, runs.peak_mb)


def _row(labelled: Labelled, engine: str, runs: Runs) -> Row:
    nmi = ari = nmi_in = ari_in = None
    if labelled.has_one_label_a_text:
        truth = [label for labels in labelled.labels for label in labels]
        nmi, ari = np.mean([nmi_ari(truth, found) for found in runs.found], axis=0)
        nmi_in, ari_in = np.mean([_inside(truth, found) for found in runs.found], axis=0)
    pairs = list(itertools.combinations(runs.found, 2))
    return Row(
        labelled.name,
        engine,
        k=[len(set(found) - {None}) for found in runs.found],
        none=float(np.mean([found.count(None) / len(found) for found in runs.found])),
        nmi=nmi, ari=ari, nmi_in=nmi_in, ari_in=ari_in,
        f1=float(np.mean([one_to_many(found, labelled.labels).micro_f1 for found in runs.found])),
        between=float(np.mean([nmi_ari(one, other)[1] for one, other in pairs])) if pairs else None,
        seconds=runs.seconds,
        peak_mb=runs.peak_mb,
    )  # fmt: skip


def _inside(truth: Sequence[str], found: Found) -> tuple[float, float]:
    kept = [(label, topic) for label, topic in zip(truth, found, strict=True) if topic is not None]
    return nmi_ari(*zip(*kept, strict=True)) if kept else (0.0, 0.0)


BARS = {"banking77": (0.83, 0.59, 0.87), "clinc150": (0.90, 0.70, 0.93)}  # NMI, ARI of all; NMI of the 88 % surest
TIMES_DEFAULT = 3
SAME_AGAIN = 0.95


def _bars(name: str, rows: dict[tuple[str, str], Row]) -> Iterator[str]:
    """What was asked for on this set, whether it holds, and the figures."""
    ours, sure, comes = (rows.get((name, engine)) for engine in (OURS, OURS_SURE, OURS_DEFAULT))
    if not (ours and sure and comes):
        return
    if name in BARS:
        nmi, ari, nmi_sure = BARS[name]
        yield _bar(name, f"NMI at least {nmi} with every text in a topic", ours.nmi >= nmi, f"{ours.nmi:.3f}")
        yield _bar(name, f"ARI at least {ari} with every text in a topic", ours.ari >= ari, f"{ours.ari:.3f}")
        yield _bar(name, f"NMI at least {nmi_sure} of the rest with {LEAST_SURE:.0%} set aside",
                   sure.nmi_in >= nmi_sure, f"{sure.nmi_in:.3f}")  # fmt: skip
        if default := rows.get((name, "bertopic-default")):
            yield _bar(name, f"ARI at least {TIMES_DEFAULT} times BERTopic's default",
                       ours.ari >= TIMES_DEFAULT * default.ari,
                       f"{ours.ari:.3f} against {default.ari:.3f}")  # fmt: skip
    for peer in PEERS:
        if (name, peer) in rows:
            yield _better(name, comes, rows[name, peer])
    if ours.between is not None:
        worst = min(ours.between, comes.between)
        yield _bar(name, f"ARI between seeds at least {SAME_AGAIN}", worst >= SAME_AGAIN, f"{worst:.3f}")


def _better(name: str, ours: Row, peer: Row) -> str:
    """Better by both NMI and ARI over all texts, or by F1; the sentence says by which."""
    by = [("F1", ours.f1, peer.f1)]
    if ours.nmi is not None:
        by = [("NMI", ours.nmi, peer.nmi), ("ARI", ours.ari, peer.ari), *by]
    wins = {measure for measure, mine, theirs in by if mine > theirs}
    said = ", ".join(f"{measure} {mine:.3f} against {theirs:.3f}" for measure, mine, theirs in by)
    return _bar(name, f"as it comes better than {peer.engine}", "F1" in wins or {"NMI", "ARI"} <= wins, said)


def _bar(name: str, wanted: str, holds: bool, said: str) -> str:
    return f"{'pass' if holds else 'FAIL'}: {name}, {wanted}: {said}"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
