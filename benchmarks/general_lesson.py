"""Write the general lesson of students anew: the project's own phrases and the default embedder's vectors of them.

    python benchmarks/general_lesson.py

Phrases are every second one of those the sentiment model learns from and those of the taxonomies that ship: with all,
a student agrees little better with its teacher and takes twice as long to teach on 10,000 texts. Raise VERSION in
voc/embedders/_student.py with it, because students of the older lesson are others.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from voc.embedders import _general_lesson, minilm  # noqa: E402
from voc.sentiment.phrases import training_phrases  # noqa: E402
from voc.taxonomy import load_taxonomy  # noqa: E402


def main() -> None:
    phrases = training_phrases()
    for path in sorted((ROOT / "taxonomies").glob("*.yml")):
        reasons = load_taxonomy(str(path), ROOT).reasons
        phrases += [phrase for reason in reasons for phrase in (*reason.phrases, reason.description)]
    texts = sorted({" ".join(phrase.split()) for phrase in phrases})[::2]
    _general_lesson.write(texts, minilm.embed(texts), _general_lesson.FILE)
    print(f"{len(texts):,} sentences, {_general_lesson.FILE.stat().st_size:,} bytes in {_general_lesson.FILE}")


if __name__ == "__main__":
    main()
