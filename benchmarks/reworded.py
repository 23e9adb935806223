"""Real passages with their topics, and as many more as wanted: the same passages said in other words."""

import csv
import gzip
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

csv.field_size_limit(sys.maxsize)

LESSON = 4000  # passages that teach the student
BLOCK = 50_000  # texts embedded at a time

# Words that stand in for each other without changing what the customer wants.
ALIKE = """
can't cannot|cant|can not|am unable to;need want|would like|have;help assist|support;fix solve|repair|resolve;problem
issue|trouble|fault;how in what way;find locate|see;show tell me|display;delete remove|erase;get receive|obtain;buy
purchase|order;money funds|cash;account profile;change modify|update|alter;start begin|open;stop prevent|end;phone
mobile|cell phone;computer laptop|pc|machine;card debit card|credit card;payment transaction;charge fee|cost;website
site|page;browser web browser;working functioning|running;broken not working|faulty;slow sluggish|very slow;quickly
fast|soon;wrong incorrect|not right;old previous|former;new recent|latest;really truly|very;good great|nice|excellent;
bad poor|terrible;staff team|people;doctor gp|clinician;appointment visit|booking;wait queue|delay;waiting queueing;
friendly kind|welcoming;helpful supportive|useful;asked requested;told informed;called phoned|rang;call phone|ring;
said stated;try attempt;tried attempted;keeps continues|goes on;happens occurs;happened occurred;why for what reason;
because since|as;but however|though;also too|as well;always every time|all the time;never not once;often frequently;
sometimes at times|now and then;today this morning|this afternoon;yesterday last night|the day before;month four weeks;
week seven days;company firm|business;letter notice;report file|record;debt balance;bank my bank;please kindly;sure
certain;know understand;think believe|feel;use utilise|work with;tab window;windows tabs;password login|passcode;email
mail|e-mail;message note|text;bookmarks favourites;update upgrade|new version;install set up|load;settings options|
preferences;travel trip|journey;flight plane;weather forecast;book reserve;cancel call off;restaurant place to eat;
song track|tune;make create|prepare;big large|huge;small little|tiny;thing item;send transfer|forward;transfer send;
check verify|look at;long lengthy;ago back;about regarding|concerning
"""
FILLERS = frozenset("just really actually very please so still also then well now basically simply quite".split())
OPENINGS = (
    "hi, ", "hello, ", "hi there, ", "good morning, ", "so ", "ok, ", "well, ", "since yesterday: ", "as of this week ",
    "a quick question: ", "i hope you can help. ", "not sure whom to ask, but ", "again: ", "on my phone, ",
    "on my work laptop, ", "my partner asks: ", "for my mother: ", "third time now. ", "to be honest ", "sorry to ask, ",
)  # fmt: skip
ENDINGS = (
    " please", " thanks", " thank you", " asap", " what now", " any ideas", " this is urgent", " can you help",
    " it worked last week", " this started on monday", " i have tried twice", " i already restarted", " same as before",
    " it is very annoying", " i need it by friday", " my reference is {number}", " order {number}", " since {number} days",
    " it happened {number} times", " as i said", " for two people", " in the evening", " if possible", " at home",
)  # fmt: skip


class Passage(NamedTuple):
    """A passage and the topic its source gives it, prefixed by the set."""

    topic: str
    text: str


class Corpus(NamedTuple):
    """Distinct texts, their topics, the passages they say in other words, and unit vectors (n, d)."""

    texts: list[str]
    topics: list[str]
    reworded: int
    vectors: np.ndarray


def real_passages(folder: Path) -> list[Passage]:
    """Distinct passages of the sets in `folder`, cut as the pipeline cuts them; sets that are absent give none."""
    from voc.text.html import html_to_text
    from voc.text.passages import split_passages

    topics, texts = zip(*_documents(folder), strict=True)
    found: dict[str, str] = {}
    for topic, passages in zip(topics, split_passages([html_to_text(text) for text in texts]), strict=True):
        for passage in passages:
            found.setdefault(passage.text, topic)
    return [Passage(topic, text) for text, topic in found.items()]


def _documents(folder: Path) -> Iterator[tuple[str, str]]:
    for row in _rows(folder / "banking77-train/train.csv"):
        yield f"bank:{row['category']}", row["text"]
    for row in _rows(folder / "clinc150-train/train.csv"):
        yield f"assistant:{row['intent']}", row["text"]
    for row in _rows(folder / "multidogo-intents/sentences.csv"):
        if len(row["utterance"].split()) > 3:
            yield f"dialogue:{row['intent']}", row["utterance"]
    for row in _rows(folder / "cfpb-complaints/complaints.csv"):
        yield f"finance:{row['Issue']}", row["Consumer complaint narrative"]
    for row in _rows(folder / "nhs-fft-nhft/comments.csv"):
        yield f"health:{row['Service type 1']}", row["FFT answer"]
    for row in _rows(folder / "firefox-support-2023/questions-2023.csv.gz"):
        if row["locale"].startswith("en"):
            yield f"browser:{row['topic']}", f"{row['title']}. {row['content']}"


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.exists():
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def corpus(passages: list[Passage], vectors: np.ndarray, *, size: int, seed: int) -> Corpus:
    """`size` distinct texts: real passages as far as they go (in random order), then rewordings, equally many of each.

    `vectors` (n, d) are the passages', by the embedding model. A rewording's vector is its passage's plus the
    difference between the two that a student of the model sees (`embed.quality: fast`): what the words lost,
    gained and turned about are worth.
    """
    draw = random.Random(seed)
    order = draw.sample(range(len(passages)), len(passages))
    kept = order[:size]
    seen = {passages[i].text for i in kept}
    texts, sources = [passages[i].text for i in kept], list(kept)
    alike = _alike()
    while len(texts) < size:
        source = order[len(texts) % len(order)]
        text = reword(passages[source].text, draw, alike)
        if text not in seen:
            seen.add(text)
            texts.append(text)
            sources.append(source)
        else:  # too short to say otherwise: another passage takes its place
            order[len(texts) % len(order)] = draw.choice(order)
    made = texts[len(kept) :]
    moved = _moved(made, [passages[i] for i in sources[len(kept) :]], passages, vectors, sources[len(kept) :])
    return Corpus(texts, [passages[i].topic for i in sources], len(made), np.vstack([vectors[kept], moved]))


def reword(text: str, draw: random.Random, alike: dict[str, list[str]]) -> str:
    """Say a passage in other words: two to four small edits that leave what the customer wants alone."""
    edits = draw.choices(EDITS, weights=WEIGHTS, k=draw.randint(2, 4))
    for edit in dict.fromkeys(edits):
        text = edit(text, draw, alike)
    return text


def _alike() -> dict[str, list[str]]:
    entries = (entry.strip().split(" ", 1) for entry in ALIKE.replace("\n", " ").split(";"))
    return {word: [other.strip() for other in others.split("|")] for word, others in entries}


def _swap_words(text: str, draw: random.Random, alike: dict[str, list[str]]) -> str:
    def other(match: re.Match[str]) -> str:
        others = alike.get(match[0].lower())
        return draw.choice(others) if others and draw.random() < 0.6 else match[0]

    return re.sub(r"[A-Za-z']+", other, text)


def _drop_fillers(text: str, draw: random.Random, alike: dict[str, list[str]]) -> str:
    words = text.split(" ")
    kept = [word for word in words if word.lower().strip(",.") not in FILLERS or draw.random() < 0.3]
    if len(kept) > 8:
        del kept[draw.randrange(len(kept))]
    return " ".join(kept)


def _turn_clauses(text: str, draw: random.Random, alike: dict[str, list[str]]) -> str:
    places = [match for match in re.finditer(r", | and | but | because |\. ", text) if 10 < match.start() < len(text) - 15]
    if not places:
        return text
    cut = draw.choice(places)
    return f"{text[cut.end() :].rstrip('.?! ')}{cut[0] if cut[0] != ' because ' else ', '}{text[: cut.start()]}"


def _mistype(text: str, draw: random.Random, alike: dict[str, list[str]]) -> str:
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if long:
        i = draw.choice(long)
        at = draw.randrange(1, len(words[i]) - 2)
        words[i] = words[i][:at] + words[i][at + 1] + words[i][at] + words[i][at + 2 :]
    return " ".join(words)


def _open(text: str, draw: random.Random, alike: dict[str, list[str]]) -> str:
    return draw.choice(OPENINGS) + text[:1].lower() + text[1:]


def _end(text: str, draw: random.Random, alike: dict[str, list[str]]) -> str:
    ending = draw.choice(ENDINGS).format(number=draw.randint(2, 99_999))
    return text.rstrip(".?! ") + draw.choice((",", ".", "")) + ending


Edit = Callable[[str, random.Random, dict[str, list[str]]], str]
EDITS: tuple[Edit, ...] = (_swap_words, _drop_fillers, _turn_clauses, _mistype, _open, _end)
WEIGHTS = (4, 2, 3, 1, 2, 3)


def _moved(
    made: list[str], sources: list[Passage], passages: list[Passage], vectors: np.ndarray, places: list[int]
) -> np.ndarray:
    """The passages' vectors moved by the student's opinion of the other words, scaled to length 1."""
    from voc.embedders._student import teach

    if not made:
        return np.zeros((0, vectors.shape[1]), np.float32)
    lesson = range(0, len(passages), max(1, len(passages) // LESSON))
    student = teach([passages[i].text for i in lesson], vectors[lesson])
    moved = vectors[places]
    for start in range(0, len(made), BLOCK):
        rows = slice(start, start + BLOCK)
        moved[rows] += student.embed(made[rows]) - student.embed([source.text for source in sources[rows]])
        moved[rows] /= np.linalg.norm(moved[rows], axis=1, keepdims=True)
    return moved
