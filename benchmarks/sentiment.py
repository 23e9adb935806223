"""Measure sentiment against people's verdicts: the base model, the lexicon alone, VADER and the majority class.

    python benchmarks/sentiment.py

NHS comments: a person's verdict on each comment (1, 2 praise; 4, 5 complaint), and the respondent's score (4, 5 low).
Clothing reviews: stars (1, 2 complaint; 4, 5 praise). Both from $VOC_REAL_DATA or ../shared/data; every text is taken
whole. VADER's row needs `pip install vaderSentiment`. AUC with a 95% interval from resampled people; ECE is the
expected calibration error (ten bins). Nothing is written.
"""

import csv
import os
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from voc.embedders import minilm  # noqa: E402
from voc.sentiment.measures import auc, quality  # noqa: E402
from voc.sentiment.model import feature_rows, fit_base, probability  # noqa: E402
from voc.sentiment.own_scores import predict_own_scores  # noqa: E402
from voc.sentiment.phrases import training_set  # noqa: E402

DATA = Path(os.environ.get("VOC_REAL_DATA", ROOT.parent / "shared" / "data"))
DRAWS = 500


def read(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file in the data folder."""
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def interval(is_true: np.ndarray, scores: np.ndarray, people: np.ndarray, other: np.ndarray | None = None) -> str:
    """95% interval of the AUC, or of what it gains on that of `other`, with people resampled."""
    codes = np.unique(people, return_inverse=True)[1]
    rng, found = np.random.default_rng(0), []
    for _ in range(DRAWS):
        times = np.bincount(rng.integers(0, codes.max() + 1, codes.max() + 1), minlength=codes.max() + 1)[codes]
        less = 0.0 if other is None else auc(is_true, other, times)
        found.append(auc(is_true, scores, times) - less)
    low, high = np.quantile(found, [0.025, 0.975])
    return f"({low:.3f} to {high:.3f})"


def line(name: str, is_true: np.ndarray, scores: np.ndarray, people: np.ndarray, *, is_probability: bool = True) -> str:
    """A row of the table."""
    cells = [name, f"{auc(is_true, scores):.3f} {interval(is_true, scores, people)}"]
    if is_probability:
        told = quality(is_true, scores)
        right = np.mean((scores > 0.5) == is_true)
        cells += [f"{told['brier']:.3f}", f"{told['calibration_error']:.3f}", f"{right:.3f}"]
    else:
        cells += ["", "", ""]
    return "| " + " | ".join(cells) + " |"


def vader(texts: list[str]) -> np.ndarray | None:
    """VADER's compound score turned round; None where it is not installed."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        return None
    analyzer = SentimentIntensityAnalyzer()
    return -np.array([analyzer.polarity_scores(text)["compound"] for text in texts])


def main() -> None:
    """Print the tables."""
    training = training_set()
    phrases = minilm.embed(list(training.texts))
    models = {
        "base model": fit_base(training, phrases),
        "vectors alone": fit_base(training, phrases, uses_lexicon=False),
        "lexicon alone": fit_base(training, None),
    }
    nhs = [row for row in read("nhs-fft-nhft/comments.csv") if len(row["FFT answer"]) > 10]
    verdict = np.array([float(row["Comment sentiment"] or 3) for row in nhs])
    score = np.array([float(row["FFT categorical answer"] or 7) for row in nhs])
    reviews = [row for row in read("womens-clothing-reviews/reviews.csv") if row["Review Text"] not in ("", "null")]
    stars = np.array([float(row["Rating"]) for row in reviews])
    sets = {
        "NHS comments, a person's verdict": (nhs, "FFT answer", "Respondent ID", verdict != 3, verdict >= 4),
        "Clothing reviews, stars": (reviews, "Review Text", "Review ID", stars != 3, stars <= 2),
    }
    logits, vectors = {}, {}
    for name, (rows, column, person, used, is_negative) in sets.items():
        texts, people = [row[column] for row in rows], np.array([row[person] for row in rows])
        vectors[name] = minilm.embed(texts)
        print(f"\n{name}: {used.sum()} texts, {is_negative[used].mean():.1%} complaints\n")
        print("| model | AUC | Brier | ECE | right |\n| --- | --- | --- | --- | --- |")
        for label, model in models.items():
            logits[name, label] = model.logits(texts, vectors[name])
            found = probability(logits[name, label][0])
            print(line(label, is_negative[used], found[used], people[used]), flush=True)
        if (found := vader(texts)) is not None:
            print(line("VADER", is_negative[used], found[used], people[used], is_probability=False))
            ours = logits[name, "base model"][0][used]
            print(f"| gain on VADER | {interval(is_negative[used], ours, people[used], found[used])} | | | |")
        share = is_negative[used].mean()
        print(f"| majority class | .5 | {share * (1 - share):.3f} | 0 | {max(share, 1 - share):.3f} |")
    name = next(iter(sets))
    own_scores(nhs, vectors[name], logits[name, "base model"][0], score, verdict)
    effort(nhs, {label: logits[name, label][1] for label in models}, verdict)


def own_scores(nhs: list[dict], vectors: np.ndarray, base: np.ndarray, score: np.ndarray, verdict: np.ndarray) -> None:
    """The model of the respondents' own scores: against the scores, and against the verdict on the comment."""
    texts, people = [row["FFT answer"] for row in nhs], [row["Respondent ID"] for row in nhs]
    scored = [who if value <= 5 else None for who, value in zip(people, score, strict=True)]
    own = predict_own_scores(
        lambda places: feature_rows([texts[i] for i in places], vectors[places], uses_lexicon=True), base,
        responses=scored, is_low=(score >= 4) & (score <= 5), people=people, seed=1)  # fmt: skip
    print(f"\nNHS, respondents' scores, cross-fitted by respondent: {own.notes}")
    used = verdict != 3
    print(f"The same against the verdict on the comment: AUC {auc(verdict[used] >= 4, own.probabilities[used]):.3f}")


def effort(nhs: list[dict], logits: dict[str, np.ndarray], verdict: np.ndarray) -> None:
    """A stand-in for effort: complaints labelled as timeliness of care or contacting services."""
    labelled = np.array([bool(row["Timeliness of care"] or row["Contacting services"]) for row in nhs])
    is_effort = labelled & (verdict >= 4)
    print(f"\nNHS, effort: {is_effort.sum()} complaints about waiting; AUC among all, among complaints")
    for label, found in logits.items():
        among = verdict >= 4
        print(f"| {label} | {auc(is_effort, found):.3f} | {auc(labelled[among], found[among]):.3f} |")


if __name__ == "__main__":
    main()
