"""Compare the qualities of embedding, best, balanced and fast, in time and in the topics found from their vectors.

    python benchmarks/embedding.py [--sets banking77 clinc150 all] [--best-texts 5000] [--seeds 2] [--no-topics]
                                   [--onnxruntime]

Sets are those of benchmarks/topics.py, read from $VOC_REAL_DATA or ../shared/data; "all" is every distinct passage of all
of them. Each quality runs as the stage `embed` in a process of its own, from loading the model to the last vector: the
student's time holds its teaching and its exam. Wall time on a shared machine is noisy, so the ratio is also given in
processor time. Where a set has more than --best-texts distinct texts and no labels, best and balanced embed a random
sample of that size and their times are scaled up. "kept": of the 10 nearest texts by best, the share that is among the
10 nearest by this quality, over 2,000 texts (for a scaled set: within the sample). Nothing is written.
"""

import argparse
import importlib.util
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from _sets import DATA, SETS, read  # noqa: E402
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score  # noqa: E402

from voc.topics import TopicOptions, find_topics  # noqa: E402

QUALITIES = ("best", "balanced", "fast")
ONNXRUNTIME = "best, onnxruntime"
COLUMNS = ("set", "texts", "quality", "wall s", "CPU s", "texts/s", "faster (wall)", "faster (CPU)", "cosine", "kept",
           "NMI", "ARI", "of best's ARI")  # fmt: skip
NEIGHBOURS, QUERIES = 10, 2_000


@dataclass(frozen=True, slots=True)
class Timed:
    """Vectors of some texts and what they took, scaled to all texts of the set."""

    vectors: np.ndarray
    wall: float
    cpu: float
    notes: dict


def main() -> None:
    options = _arguments()
    print("| " + " | ".join(COLUMNS) + " |\n|" + " --- |" * len(COLUMNS), flush=True)
    for name in options.sets:
        texts, labels = _texts(name)
        few = _sample(texts, options.best_texts) if not labels and len(texts) > options.best_texts else texts
        best = None
        for quality in (*QUALITIES, *([ONNXRUNTIME] if options.onnxruntime else [])):
            run = _timed(quality, texts if quality == "fast" else few, len(texts))
            place = {text: i for i, text in enumerate(texts)}
            rows = run.vectors[[place[text] for text in few]] if quality == "fast" else run.vectors
            scores = None if options.no_topics or not labels else _topics(texts, rows, labels, options.seeds)
            best = best or (run, scores)
            print(_row(name, len(texts), quality, run, rows, scores, *best), flush=True)
            if run.notes:
                print(f"<!-- {run.notes} -->", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["banking77", "clinc150", "all"], choices=[*SETS, "all"])
    parser.add_argument("--best-texts", type=int, default=5_000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--no-topics", action="store_true", help="leave out NMI and ARI")
    parser.add_argument("--onnxruntime", action="store_true", help="also best on onnxruntime, which is slow")
    options = parser.parse_args()
    if options.onnxruntime and importlib.util.find_spec("onnxruntime") is None:
        parser.error("onnxruntime is not installed: pip install onnxruntime")
    if not DATA.is_dir():
        parser.error(f"{DATA} does not exist; set VOC_REAL_DATA")
    return options


def _texts(name: str) -> tuple[list[str], list[str]]:
    """Distinct texts with one label each; of the set "all" every distinct passage, without labels."""
    if name == "all":
        return sorted({passage for one in SETS for passages in read(one).passages for passage in passages}), []
    found = read(name)
    if not found.has_one_label_a_text:
        return sorted({passage for passages in found.passages for passage in passages}), []
    labels = {text: min(labels) for text, labels in zip(found.texts, found.labels, strict=True)}
    return list(labels), list(labels.values())


def _sample(texts: list[str], count: int) -> list[str]:
    chosen = np.random.default_rng(0).choice(len(texts), count, replace=False)
    return [texts[i] for i in sorted(chosen)]


def _timed(quality: str, texts: list[str], all_texts: int) -> Timed:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        vectors, wall, cpu, notes = pool.submit(_embed, quality, texts).result()
    scale = all_texts / len(texts)
    return Timed(vectors, wall * scale, cpu * scale, notes if quality == "fast" else {})


def _embed(quality: str, texts: list[str]) -> tuple[np.ndarray, float, float, dict]:
    """(vectors, wall seconds, processor seconds, notes) of the stage `embed`, in a process of its own."""
    from voc import tables
    from voc.config import Pipeline
    from voc.context import RunContext
    from voc.embedders import minilm
    from voc.stages import embed as stage
    from voc.stages.prepare import text_hash

    stage.training_phrases = list  # some hundred phrases of the project's own would blur the comparison
    if quality == ONNXRUNTIME:
        minilm._openvino = minilm._onnxruntime
    settings = {"name": "b", "database": "b.db", "sources": [{"kind": "table", "path": "b.csv"}]}
    pipeline = Pipeline.model_validate(settings | {"embed": {"quality": quality.split(",")[0]}})
    run = RunContext(pipeline=pipeline, folder=Path(), run_id="b")
    passages = tables.Passage.frame(
        {"passage_id": str(n), "verbatim_id": str(n), "position": 1, "start_character": 0, "end_character": len(text),
         "text": text, "text_hash": text_hash(text)}
        for n, text in enumerate(texts)
    )  # fmt: skip
    wall, cpu = time.perf_counter(), time.process_time()
    result = stage.embed_passages({"passages": passages, "vectors": tables.Vector.empty()}, run)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    book = stage.vector_book({"passages": passages, "vectors": result.frames["vectors"]}, run)
    return book.of(text_hash(text) for text in texts), wall, cpu, result.notes


def _topics(texts: list[str], vectors: np.ndarray, labels: list[str], seeds: int) -> np.ndarray:
    """(NMI, ARI) with every text in a topic, mean over seeds."""
    scores = []
    for seed in range(seeds):
        model = find_topics(texts, vectors, options=TopicOptions(min_similarity=-1), seed=seed, names_from=_no_phrases)
        found = [-1 if label is None else label for label in model.labels]
        scores.append((normalized_mutual_info_score(labels, found), adjusted_rand_score(labels, found)))
    return np.mean(scores, axis=0)


def _no_phrases(texts: list[str]) -> list[list[str]]:
    return [[] for _ in texts]


def _kept(best: np.ndarray, other: np.ndarray) -> float:
    queries = np.random.default_rng(0).choice(len(best), min(QUERIES, len(best)), replace=False)
    near = [_nearest(rows, queries) for rows in (best, other)]
    return float(np.mean([len(set(a) & set(b)) / NEIGHBOURS for a, b in zip(*near, strict=True)]))


def _nearest(rows: np.ndarray, queries: np.ndarray) -> list[list[int]]:
    alike = rows[queries] @ rows.T
    alike[np.arange(len(queries)), queries] = -2
    return np.argpartition(-alike, NEIGHBOURS, axis=1)[:, :NEIGHBOURS].tolist()


def _row(name, count, quality, run: Timed, rows, scores, best: Timed, best_scores) -> str:
    figures = [
        f"{count:,}", quality, f"{run.wall:.1f}", f"{run.cpu:.1f}", f"{count / run.wall:,.0f}",
        f"{best.wall / run.wall:.1f}", f"{best.cpu / run.cpu:.1f}",
        f"{(best.vectors * rows).sum(axis=1).mean():.4f}", f"{_kept(best.vectors, rows):.3f}",
    ]  # fmt: skip
    figures += ["-"] * 3 if scores is None else [
        f"{scores[0]:.3f}", f"{scores[1]:.3f}", f"{scores[1] / best_scores[1]:.1%}"
    ]  # fmt: skip
    return "| " + " | ".join([name, *figures]) + " |"


if __name__ == "__main__":
    main()
