"""Seeded personal data in every place an export has for it: none of the structured kinds is left in the bytes of the database."""

import csv
import random
import re
import sys
from pathlib import Path

import pytest
from runs import voc

sys.path.insert(0, str(Path(__file__).parent / "text"))
from pii_seeds import MAKERS  # noqa: E402
from test_pii import plain  # noqa: E402

SEEDS = 200  # of each kind
PLACES = ("body", "subject", "tags", "answer", "reject")
WORDS = ("The parcel has not come", "I cannot log in", "The refund is late", "The page stays white", "The app closes by itself")
NAMES = [f"{first} {last}" for first in ("Dalbir", "Aylin", "Joost", "Chinwe", "Marta", "Sven", "Priya", "Tomasz", "Inês", "Kwame")
         for last in ("Tripathi", "Yılmaz", "van Dijk", "Okafor", "Kowalska", "Lindqvist", "Iyer", "Ferreira", "Mensah", "Novák")]  # fmt: skip
SAID = ("Hello, my name is {}. {}.", "{1}. Kind regards,\n{0}", "I spoke to {} yesterday. {}.", "Please ask {} about it. {}.", "{1}, says {0}.")
PIPELINE = """\
name: seeded
database: seeded.db
max_reject_share: 1.0
resamples: 100
embed: {model: tfidf}
keep_raw: raw.db
sources:
  - kind: table
    name: desk
    path: "desk/*.csv"
    columns: {id: id, opened_at: when, subject: subject, text: body, tags: tags, customer: who, email: mail}
  - kind: table
    name: poll
    path: poll.csv
    records: responses
    columns: {id: id, responded_at: when, text: answer, customer: who}
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory) -> tuple[Path, dict[str, list[str]]]:
    folder = tmp_path_factory.mktemp("seeded")
    (folder / "desk").mkdir()
    values: dict[str, list[str]] = {kind: [] for kind in MAKERS}
    desk, poll = [], []
    for kind, make in MAKERS.items():
        for number in range(SEEDS):
            rng = random.Random(f"database {kind} {number}")
            values[kind].append(value := make(rng))
            place, words = PLACES[number % len(PLACES)], WORDS[number % 5]
            row = {"id": f"{kind}{number}", "when": f"2026-05-{number % 28 + 1:02} 09:00", "subject": words, "body": f"{words} again.",
                   "tags": "vip", "who": f"u{number % 60}", "mail": f"u{number % 60}@example.com"}  # fmt: skip
            if place == "answer":
                poll.append({"id": row["id"], "when": row["when"], "answer": f"{words}, {value}.", "who": row["who"]})
                continue
            row |= {"body": {"body": f"{words}.\n{value}\nPlease help."}, "subject": {"subject": f"{words} {value}"}, "tags": {"tags": f"vip_{value}"},
                    "reject": {"body": f"{words} {value}", "when": "never"}}[place]  # fmt: skip
            desk.append(row)
    for number, name in enumerate(NAMES * 2):
        desk.append(desk[0] | {"id": f"name{number}", "when": "2026-05-04 10:00", "subject": "", "body": SAID[number % len(SAID)].format(name, WORDS[number % 5])})
    for kind in MAKERS:  # each kind in the name of a file
        in_name = next(v for v in values[kind] if not re.search(r"[/\n\0]", v) and len(v.encode()) < 150)
        mine = [row for row in desk if row["id"].startswith(kind)]
        _write(folder / "desk" / f"export of {in_name}.csv", mine)
    _write(folder / "desk" / "names.csv", [row for row in desk if row["id"].startswith("name")])
    _write(folder / "poll.csv", poll)
    (folder / "p.yml").write_text(PIPELINE, encoding="utf-8")
    done = voc("run", folder / "p.yml")
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    return folder, values


def _write(path: Path, rows: list[dict]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def signs_of(value: str) -> set[str]:
    """What gives a value away: its long numbers, together and apart; the whole of it where it has none."""
    value = plain(value)
    numbers = {n for n in re.findall(r"\d+", value) if len(n) >= 6} | {d for d in [re.sub(r"\D", "", value)] if len(d) >= 7}
    return numbers or {value}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("name", ["seeded.db", "seeded.db.vectors", "said.txt"])
def test_nothing_of_a_structured_kind_is_left_in_the_bytes(seeded, kind, name):
    folder, values = seeded
    data = (folder / name).read_bytes()
    for journal in ("-wal", "-shm"):
        if (folder / f"{name}{journal}").exists():
            data += (folder / f"{name}{journal}").read_bytes()
    text = data.decode("utf-8", "replace")
    numbers = set(re.findall(r"(?<![0-9a-f])\d{6,}(?![0-9a-f])", text))  # not inside a hash
    left = [v for v in values[kind] if any(sign in numbers if sign.isdigit() else sign in text for sign in signs_of(v))]
    assert left == []


def test_the_raw_file_alone_holds_them(seeded):
    folder, values = seeded
    text = plain((folder / "raw.db").read_bytes().decode("utf-8", "replace"))
    assert sum(any(sign in text for sign in signs_of(v)) for v in values["email"]) > SEEDS / 2


def test_most_names_are_gone_and_the_share_is_printed(seeded, capsys):
    folder, _ = seeded
    text = (folder / "seeded.db").read_bytes().decode("utf-8", "replace")
    left = [name for name in NAMES if name in text]
    with capsys.disabled():
        print(f"\nnames of people in a database: {1 - len(left) / len(NAMES):.0%} of {len(NAMES)} gone wherever they stood; left: {left}")
    assert len(left) <= 0.25 * len(NAMES)
