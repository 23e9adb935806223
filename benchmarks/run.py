"""Time a whole run on a made-up company, stage by stage: first with nothing embedded, then with all vectors there.

    python benchmarks/run.py [--tickets 7600] [--answers 1500] [--folder FOLDER]

The defaults give some 10,000 verbatims that take part. Also printed: `voc --help` beside a bare interpreter (best of
five), and the peak memory of the process. There is no peer that does the whole job, so the second run is compared
with the first. Writes the company into a temporary folder unless told otherwise.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from voc.sample import write_sample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=7600)
    parser.add_argument("--answers", type=int, default=1500)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        write_sample(folder, tickets=options.tickets, answers=options.answers)
        first, first_seconds = _run(folder)
        second, second_seconds = _run(folder)
    cleaned = next(s for s in first if s["stage"] == "prepare")
    taking_part = cleaned["rows_out"]["cleaned_verbatims"] - sum(cleaned["notes"]["excluded"].values())
    print(f"{taking_part:,} verbatims take part, {cleaned['rows_out']['passages']:,} passages\n")
    print("| stage | first run, s | again, s |\n| --- | --- | --- |")
    for one, two in zip(first, second, strict=True):
        print(f"| {one['stage']} | {one['seconds']:.1f} | {two['seconds']:.1f} |")
    print(f"| whole process | {first_seconds:.1f} | {second_seconds:.1f} |")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\npeak memory {peak:,.0f} MB")
    print(f"voc --help {_best('-m', 'voc', '--help'):.2f} s, bare interpreter {_best('-c', 'pass'):.2f} s")


def _run(folder: Path) -> tuple[list[dict], float]:
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "voc", "run", str(folder / "sample.yml"), "--json"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    return json.loads(done.stdout)["stages"], time.perf_counter() - started


def _best(*command: str) -> float:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, *command], capture_output=True, check=True)
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    main()
