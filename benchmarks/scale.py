"""Time the topic engine on 10,000, 100,000 and 500,000 passages: every step's seconds and memory, topics, recall.

    python benchmarks/scale.py [SIZE ...] [--peer] [--cache FOLDER] [--seed 0]

The texts are real passages from $VOC_REAL_DATA or ../shared/data (Firefox questions, bank and assistant queries,
dialogues, complaints, patients' comments), each as it is; beyond their number they come again in other words, with
vectors of their own (benchmarks/reworded.py). Each size runs in a process of its own
whose peak memory is printed, its corpus included. A step's seconds leave out the steps inside it. NMI and ARI compare
topics with what the sources call them, on the bank and assistant queries. With --peer BERTopic's default runs on the
same texts up to 100,000, where umap-learn and hdbscan are installed. Vectors of real passages are kept in the cache.
"""

import argparse
import hashlib
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from reworded import Passage, corpus, real_passages  # noqa: E402

from voc.embedders import minilm  # noqa: E402
from voc.errors import VocError  # noqa: E402

SIZES = (10_000, 100_000, 500_000)
PEER_UP_TO = 100_000
LABELLED = ("bank:", "assistant:")
# step: the functions whose time it is; those of an engine without them take no time and are left out
STEPS = {
    "features": ["features.with_words"],
    "neighbours": ["neighbours.find_neighbours"],
    "graph": ["graph.fuzzy_graph"],
    "resolution search and partition": ["cluster.partition", "cluster.consensus"],
    "confidence": ["cluster.inside_share"],
    "words": ["bertopic_model._fit", "bertopic_model.topic_words"],
    "names": ["names.name_topics"],
}


def main() -> None:
    options = _arguments()
    if options.child:
        print(json.dumps(_measure(options.child, options.engine, options.seed)))
        return
    passages = real_passages(options.data)
    vectors = _vectors([p.text for p in passages], options)
    words = np.mean([len(p.text.split()) for p in passages])
    print(f"{len(passages)} real passages of {words:.0f} words, {len({p.topic for p in passages})} topics\n")
    print("| texts | reworded | engine | topics | NMI | ARI | recall | seconds | CPU seconds | peak GB | steps |")
    print("|" + " --- |" * 11)
    for size in options.sizes:
        for engine in ("leiden", *(("bertopic-default",) if options.peer and size <= PEER_UP_TO else ())):
            print(_row(passages, vectors, size, engine, options.seed), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "voc-scale")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--engine", default="leiden", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.data = Path(os.environ.get("VOC_REAL_DATA", ROOT / "../shared/data"))
    if not options.data.is_dir():
        parser.error(f"no real data at {options.data}; set VOC_REAL_DATA")
    return options


def _vectors(texts: list[str], options: argparse.Namespace) -> np.ndarray:
    """Vectors of the real passages, from the cache where it has them."""
    key = hashlib.sha256("\0".join([minilm.model_id(None, texts, quality="balanced"), *texts]).encode()).hexdigest()[:16]
    path = options.cache / f"{key}.npy"
    if not path.exists():
        print(f"embedding {len(texts)} real passages ...", file=sys.stderr)
        found = minilm.embed(texts, quality="balanced")
        options.cache.mkdir(parents=True, exist_ok=True)
        np.save(path, found)
    return np.load(path)


def _row(passages: list[Passage], vectors: np.ndarray, size: int, engine: str, seed: int) -> str:
    """One line of the table, measured in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        made = corpus(passages, vectors, size=size, seed=seed)
        np.save(Path(folder, "vectors.npy"), made.vectors)
        Path(folder, "texts.json").write_text(json.dumps([made.texts, made.topics]), encoding="utf-8")
        reworded = made.reworded
        del made
        command = [sys.executable, __file__, "--child", folder, "--engine", engine, "--seed", str(seed)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return f"| {size} | {reworded} | {engine} | failed with code {done.returncode} |"
    found = json.loads(done.stdout.splitlines()[-1])
    if "skipped" in found:
        return f"| {size} | {reworded} | {engine} | {found['skipped']} |"
    steps = "; ".join(
        f"{step} {s['wall']:.1f} s ({s['cpu']:.1f} CPU, {s['gigabytes']:.1f} GB)" for step, s in found["steps"].items()
    )
    figures = [found[key] for key in ("topics", "nmi", "ari", "recall", "wall", "cpu", "gigabytes")]
    return "| " + " | ".join([str(size), str(reworded), engine, *map(str, figures), steps]) + " |"


def _measure(folder: Path, engine: str, seed: int) -> dict[str, object]:
    """Run the engine on the corpus in `folder`; all figures as the table has them."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    from voc.topics import TopicOptions, find_topics

    texts, truth = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    vectors = np.load(folder / "vectors.npy")
    clock, recall = Clock(), []
    clock.watch(STEPS, lambda step, result: recall.append(getattr(result, "recall", None)))
    try:
        with clock.step("rest"):
            model = find_topics(texts, vectors, options=TopicOptions(engine=engine), seed=seed)
    except VocError as error:
        return {"skipped": f"{error.what} {error.fix}"}
    found = np.array([-1 if label is None else label for label in model.labels])
    known = np.array([topic.startswith(LABELLED) for topic in truth])
    named = np.array(truth)[known]
    return {
        "topics": len(model.topics),
        "nmi": round(normalized_mutual_info_score(named, found[known]), 3),
        "ari": round(adjusted_rand_score(named, found[known]), 3),
        "recall": next((round(r, 3) for r in recall if r is not None), "exact"),
        "wall": round(sum(s["wall"] for s in clock.steps.values()), 1),
        "cpu": round(sum(s["cpu"] for s in clock.steps.values()), 1),
        "gigabytes": _gigabytes(),
        "steps": clock.steps,
    }


class Clock:
    """Wall and CPU seconds of named steps, each without the steps inside it, and the peak memory at their end."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = defaultdict(lambda: {"wall": 0.0, "cpu": 0.0, "gigabytes": 0.0})
        self._open: list[str] = []
        self._since = (0.0, 0.0)

    def step(self, name: str) -> "Clock":
        self._next = name
        return self

    def __enter__(self) -> None:
        self._account()
        self._open.append(self._next)

    def __exit__(self, *error: object) -> None:
        self._account()
        name = self._open.pop()
        step = self.steps[name]
        step["gigabytes"] = _gigabytes()
        figures = f"{step['wall']:.1f} s, {step['cpu']:.1f} CPU, {step['gigabytes']:.1f} GB"
        print(f"  {name}: {figures}", file=sys.stderr, flush=True)

    def _account(self) -> None:
        """Give the time since the last change to the innermost open step."""
        now = (time.perf_counter(), time.process_time())
        if self._open:
            step = self.steps[self._open[-1]]
            step["wall"] += now[0] - self._since[0]
            step["cpu"] += now[1] - self._since[1]
        self._since = now

    def watch(self, steps: dict[str, list[str]], tell: Callable[[str, object], None]) -> None:
        """Time the functions of voc.topics named in `steps` wherever they have been imported."""
        modules = {name: importlib.import_module(f"voc.topics.{name}") for name in _module_names()}
        for step, places in steps.items():
            for module, _, function in (place.partition(".") for place in places):
                original = getattr(modules.get(module), function, None)
                if original is not None:
                    timed = self._timed(step, original, tell)
                    for other in modules.values():
                        for name in [n for n, value in vars(other).items() if value is original]:
                            setattr(other, name, timed)

    def _timed(self, step: str, function: Callable, tell: Callable[[str, object], None]) -> Callable:
        @wraps(function)
        def timed(*args: object, **options: object) -> object:
            with self.step(step):
                result = function(*args, **options)
            tell(step, result)
            return result

        return timed


def _module_names() -> list[str]:
    return sorted(path.stem for path in (ROOT / "voc/topics").glob("*.py") if path.stem != "__init__")


def _gigabytes() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)


if __name__ == "__main__":
    main()
