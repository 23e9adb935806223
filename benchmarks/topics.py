"""Compare our topics with BERTopic's own default on the same vectors of labelled texts.

    python benchmarks/topics.py [FILE.csv --text COLUMN --label COLUMN] [--seeds 2] [--size normal]

Without a file: Banking77's training part, from $VOC_REAL_DATA or ../shared/data. The BERTopic default needs
`pip install umap-learn hdbscan`; where they are missing its row says so. NMI and ARI "all" count texts
without a topic as one group, "in" look at the others only. Nothing is written.
"""

import argparse
import csv
import os
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from voc.embedders import minilm  # noqa: E402
from voc.errors import VocError  # noqa: E402
from voc.topics import TopicOptions, find_topics  # noqa: E402

COLUMNS = (
    "engine", "k", "outliers", "NMI all", "ARI all", "NMI in", "ARI in", "ARI between seeds", "s first", "s best"
)


def main() -> None:
    options = _arguments()
    rows = list(csv.DictReader(options.file.open(encoding="utf-8", newline="")))
    texts, truth = [row[options.text] for row in rows], [row[options.label] for row in rows]
    started = time.perf_counter()
    vectors = minilm.embed(texts)
    spent = time.perf_counter() - started
    print(f"{options.file.name}: {len(texts)} texts, {len(set(truth))} labels, embedded in {spent:.0f} s\n")
    print("| " + " | ".join(COLUMNS) + " |\n|" + " --- |" * len(COLUMNS))
    for engine in ("leiden", "bertopic-default"):
        try:
            print(_row(engine, texts, vectors, truth, options), flush=True)
        except VocError as error:
            print(f"| {engine} | {error.what} {error.fix} |")


def _arguments() -> argparse.Namespace:
    data = Path(os.environ.get("VOC_REAL_DATA", ROOT / "../shared/data"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=data / "banking77-train/train.csv")
    parser.add_argument("--text", default="text")
    parser.add_argument("--label", default="category")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--size", default="normal", help="few, normal, many or a number")
    options = parser.parse_args()
    if not options.file.exists():
        parser.error(f"{options.file} does not exist; give a labelled CSV file, or set VOC_REAL_DATA")
    return options


def _row(engine: str, texts: list[str], vectors: np.ndarray, truth: list[str], options: argparse.Namespace) -> str:
    size = int(options.size) if options.size.isdigit() else options.size
    runs, seconds = [], []
    for seed in range(options.seeds):
        started = time.perf_counter()
        model = find_topics(  # without names: spaCy's work is not BERTopic's
            texts, vectors, options=TopicOptions(engine=engine, size=size), seed=seed, names_from=_no_phrases
        )
        seconds.append(time.perf_counter() - started)
        runs.append(np.array([-1 if label is None else label for label in model.labels]))
    scores = np.array([_scores(run, np.array(truth)) for run in runs]).mean(axis=0)
    between = [adjusted_rand_score(runs[0], run) for run in runs[1:]]
    agreement = f"{np.mean(between):.2f}" if between else "-"
    k = "/".join(str(len(set(run.tolist()) - {-1})) for run in runs)
    figures = [f"{scores[0]:.1%}", *(f"{score:.3f}" for score in scores[1:]), agreement]
    return "| " + " | ".join([engine, k, *figures, f"{seconds[0]:.0f}", f"{min(seconds):.0f}"]) + " |"


def _scores(found: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    """Share without topic; NMI and ARI over all texts; NMI and ARI over texts with a topic."""
    inside = found >= 0
    return (
        float(1 - inside.mean()),
        normalized_mutual_info_score(truth, found),
        adjusted_rand_score(truth, found),
        normalized_mutual_info_score(truth[inside], found[inside]),
        adjusted_rand_score(truth[inside], found[inside]),
    )


def _no_phrases(texts: list[str]) -> list[list[str]]:
    return [[] for _ in texts]


if __name__ == "__main__":
    main()
