"""How fast the pages answer in a database of a million texts: builds one of made-up rows, then times ours beside plain
Datasette. Two cores are enough; building takes some minutes and 3 GB.

    python benchmarks/browse.py --texts 1000000 --folder /tmp/browse
"""

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path

from voc import tables
from voc.flow import report_tables
from voc.reports import (
    coverage,
    evidence,
    repeat_curves,
    scorecard,
    topic_lineage,
    topic_places,
    topic_quality,
    topic_weeks,
)
from voc.schema import Table
from voc.store import Store

RUN, EARLIER = "20260601T080000000-bench1", "20260501T080000000-bench0"
TOPICS, WEEKS, CHUNK = 150, 104, 50_000
CHANNELS, SITES, SEGMENTS = ("email", "chat", "phone", "web"), ("North", "South", "Partner"), ("small", "mid", "large")
DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30)
FIRST_DAY = 739_000  # as date.toordinal counts
random.seed(7)
WORDS = [
    "".join(random.choice("bcdfglmnprstv") + random.choice("aeiou") for _ in range(random.randint(2, 4))) for _ in range(20_000)
]
COMMON = ["refund", "invoice", "password", "delivery", "account", "order", "late", "broken", "cancel", "support"]


def main() -> None:
    """Build the database if it is not there, time the pages, print a table."""
    asked = _arguments()
    path = asked.folder / f"bench{asked.texts}.db"
    asked.folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        started = time.perf_counter()
        build(path, asked.texts)
        print(f"built {path.name}: {path.stat().st_size / 1e9:.2f} GB in {time.perf_counter() - started:.0f} s")
    subjects = _subjects(path)
    print("page".ljust(52), "voc browse: median and worst of", asked.times, "| plain Datasette")
    ours = measure([sys.executable, "-m", "voc", "browse", str(path), "--port", "{port}"], pages(path.stem, subjects), asked.times)
    plain = measure([sys.executable, "-m", "datasette", str(path), "--port", "{port}"], plain_pages(path.stem, subjects),
                    asked.times, plugins="")  # fmt: skip
    for name, seconds in ours.items():
        beside = f"{1000 * statistics.median(plain[name]):7.0f} ms" if name in plain else ""
        print(f"{name:52} {1000 * statistics.median(seconds):7.0f} {1000 * max(seconds):7.0f} ms  {beside}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/browse"))
    return parser.parse_args()


# ---------------------------------------------------------------- the pages


def pages(name: str, subjects: dict[str, str]) -> dict[str, str]:
    """What is timed, by its name."""
    return {
        "home": "/", "all tables": f"/{name}",
        "topic, the largest": f"/{name}/topics/{subjects['large']}", "topic, a middling one": f"/{name}/topics/{subjects['middle']}",
        "customer with the most contacts": f"/{name}/customers/{subjects['customer']}",
        "contact": f"/{name}/contacts/bench~3A1000",
        "search, a common word": "/-/voc/search?q=refund", "search, two words": "/-/voc/search?q=refund+password",
        "search, a rare word": f"/-/voc/search?q={subjects['rare']}", "search, nothing found": "/-/voc/search?q=zzzzzz",
        "search, a common word in one topic": f"/-/voc/search?q=refund&topic={subjects['middle']}",
        "dashboard": "/-/voc/dashboards/overview",
        "question: repeats of a topic": f"/{name}/repeats_of_a_topic?topic={subjects['name']}",
        "question: what was said about": f"/{name}/what_was_said_about?search_words=refund+password&topic=",
        "question: contacts of a customer": f"/{name}/contacts_of_a_customer?customer={subjects['customer']}",
        "table: priorities": f"/{name}/latest_priorities", "table: contacts of a topic": f"/{name}/topic_contacts?topic_id={subjects['middle']}",
        "table: what was said": f"/{name}/what_was_said", "table: verbatims": f"/{name}/verbatims",
    }  # fmt: skip


def plain_pages(name: str, subjects: dict[str, str]) -> dict[str, str]:
    """The nearest pages of Datasette alone."""
    return {
        "home": "/", "all tables": f"/{name}", "topic, the largest": f"/{name}/topics/{subjects['large']}",
        "customer with the most contacts": f"/{name}/customers/{subjects['customer']}",
        "search, a common word": f"/{name}/verbatims?_search=refund", "search, two words": f"/{name}/verbatims?_search=refund+password",
        "search, a rare word": f"/{name}/verbatims?_search={subjects['rare']}",
        "table: verbatims": f"/{name}/verbatims", "table: what was said": f"/{name}/what_was_said",
    }  # fmt: skip


def measure(command: list[str], asked: dict[str, str], times: int, *, plugins: str | None = None) -> dict[str, list[float]]:
    """Seconds a page, `times` each after one that is not counted, from a server of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | ({} if plugins is None else {"DATASETTE_LOAD_PLUGINS": plugins})
    server = subprocess.Popen([part.format(port=port) for part in command], env=env, stderr=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}"
        _until_it_answers(base)
        return {name: _timed(base + path, times) for name, path in asked.items()}
    finally:
        server.terminate()
        server.wait()


def _until_it_answers(base: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(base + "/-/versions.json", timeout=5).read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The server does not answer.")


def _timed(url: str, times: int) -> list[float]:
    found = []
    for _ in range(times + 1):
        started = time.perf_counter()
        try:
            urllib.request.urlopen(url, timeout=120).read()
        except OSError as error:
            print(f"{url}: {error}")
            return [float("nan")]
        found.append(time.perf_counter() - started)
    return found[1:]


def _subjects(path: Path) -> dict[str, str]:
    with Store(path, report_tables(), is_read_only=True) as store:
        topics = store.rows("SELECT topic_id, name FROM topics ORDER BY passage_count DESC")
        top = store.rows("SELECT customer_id FROM customers ORDER BY contact_count DESC LIMIT 1")
    middle = topics[len(topics) // 2]
    return {"large": topics[0]["topic_id"], "middle": middle["topic_id"], "name": middle["name"].replace(" ", "+"),
            "customer": top[0]["customer_id"], "rare": WORDS[-1]}  # fmt: skip


# ---------------------------------------------------------------- the database


def build(path: Path, texts: int) -> None:
    """Fill every table the pages read, in one transaction a table."""
    world = World(texts)
    with Store(path, report_tables()) as store:
        conn = store.db.conn
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("PRAGMA cache_size = -500000")  # 500 MB: rows come in an order that has nothing to do with the indexes
        for declared, rows in world.tables():
            started = time.perf_counter()
            fill(conn, declared, rows)
            print(f"  {declared.name}: {time.perf_counter() - started:.0f} s", flush=True)
        with conn:
            conn.execute("INSERT INTO verbatims_fts (verbatims_fts) VALUES ('rebuild')")


def fill(conn, declared: Table, rows: Iterable[dict]) -> None:
    """Insert rows given by the columns that matter; the others are empty, or the least they may hold."""
    least = {str: "", int: 1, float: 0.0, bool: 0}
    blank = {c.name: None if c.is_nullable else c.choices[0] if c.choices else least[c.type] for c in declared.columns}
    names = ", ".join(f'"{n}"' for n in blank)
    sql = f'INSERT INTO "{declared.name}" ({names}) VALUES ({", ".join(":" + n for n in blank)})'
    with conn:
        conn.executemany(sql, (blank | row for row in rows))


class World:
    """Made-up rows that refer to one another: sizes of topics and customers fall off as they do in life."""

    def __init__(self, texts: int) -> None:
        self.contacts, self.responses = texts * 9 // 10, texts - texts * 9 // 10
        self.customers = max(texts // 5, 10)
        weights = [1 / (n + 3) for n in range(TOPICS)]
        self.topic_of = random.choices(range(TOPICS), weights, k=self.contacts)
        self.customer_of = [int(self.customers * random.random() ** 2.5) for _ in range(self.contacts)]
        self.day_of = [n * WEEKS * 7 // self.contacts for n in range(self.contacts)]
        self.repeat = [random.random() < 0.15 for _ in range(self.contacts)]
        self.of_topic, self.of_customer = [0] * TOPICS, [0] * self.customers
        for topic, customer in zip(self.topic_of, self.customer_of, strict=True):
            self.of_topic[topic] += 1
            self.of_customer[customer] += 1
        self.names = [" ".join(random.sample(WORDS[:3000], 3)) for _ in range(TOPICS)]
        weights = list(accumulate(1 / (n + 20) for n in range(len(WORDS))))
        self.pool = random.choices(WORDS, cum_weights=weights, k=2_000_000)  # texts are stretches of it: drawing each is slow

    def tables(self) -> Iterator[tuple[Table, Iterator[dict]]]:
        """Each table with its rows."""
        yield tables.Run, self._runs()
        yield tables.Theme, ({"theme_id": f"h{n}", "name": f"Area {n}"} for n in range(12))
        yield tables.Topic, self._topics()
        yield tables.Customer, self._customers()
        yield tables.Contact, self._contacts()
        yield tables.Response, self._responses()
        yield tables.Verbatim, self._verbatims()
        yield tables.CleanedVerbatim, ({"verbatim_id": f"bench:{n}", "text": "see the text", "word_count": 40, "language": "en"} for n in range(self.contacts))
        yield tables.Removal, ({"verbatim_id": f"bench:{n}", "position": 1, "kind": "signature", "text": "Kind regards"} for n in range(0, self.contacts, 3))
        yield tables.Passage, ({"passage_id": f"bench:{n}#01", "verbatim_id": f"bench:{n}", "text": "a passage of the text", "text_hash": "h"} for n in range(self.contacts))
        yield tables.PassageTopic, ({"passage_id": f"bench:{n}#01", "topic_id": self._t(n), "confidence": 0.9, "centrality": (n * 7919 % 1000) / 1000} for n in range(self.contacts))
        yield tables.VerbatimTopic, ({"verbatim_id": f"bench:{n}", "topic_id": self._t(n), "contact_id": f"bench:{n}", "share": 1.0, "is_main": 1} for n in range(self.contacts))
        yield tables.Episode, ({"episode_id": f"e{n}", "customer_id": f"c-{self.customer_of[n]}", "topic_id": self._t(n), "first_contact_id": f"bench:{n}", "started_at": self._at(n), "ended_at": self._at(n), "window_days": 7.0} for n in range(self.contacts))
        yield tables.EpisodeContact, self._episode_contacts()
        yield tables.Repeat, self._repeats()
        yield tables.LedgerLine, ({"contact_id": f"bench:{n}", "part": self._t(n), "topic_id": self._t(n), "share": 1.0, "repeat_weight": float(self.repeat[n]), "cost_full": 5.0, "cost_avoidable_cash": 1.0, "cost_avoidable_capacity": 2.0, "minutes": 9.0} for n in range(self.contacts))
        yield from self._reports()

    def _t(self, n: int) -> str:
        return f"t{self.topic_of[n]}"

    def _at(self, n: int) -> str:
        return _iso(self.day_of[n]) + "T09:30:00Z"

    def _runs(self) -> Iterator[dict]:
        for run_id, at in ((EARLIER, "2026-05-01"), (RUN, "2026-06-01")):
            yield {"run_id": run_id, "pipeline": "Bench", "status": "complete", "started_at": f"{at}T08:00:00Z",
                   "as_of": _iso(WEEKS * 7) + "T00:00:00Z", "currency": "EUR", "settings": "{}", "inputs": "[]"}  # fmt: skip

    def _topics(self) -> Iterator[dict]:
        for n in range(TOPICS):
            yield {"topic_id": f"t{n}", "name": self.names[n], "theme_id": f"h{n % 12}", "words": self.names[n], "passage_count": max(self.of_topic[n], 1), "contact_count": self.of_topic[n], "confidence": 0.9}

    def _customers(self) -> Iterator[dict]:
        for n in range(self.customers):
            yield {"customer_id": f"c-{n}", "name": f"Customer {n:06x}", "contact_count": self.of_customer[n], "segment": SEGMENTS[n % 3], "organisation": f"{WORDS[n % 20_000]} Ltd", "annual_revenue": 1000.0 + n % 9000}

    def _contacts(self) -> Iterator[dict]:
        for n in range(self.contacts):
            yield {"contact_id": f"bench:{n}", "source": "bench", "customer_id": f"c-{self.customer_of[n]}", "identifiers": "[]", "channel": CHANNELS[n % 4], "site": SITES[n % 3],
                   "segment": SEGMENTS[self.customer_of[n] % 3], "opened_at": self._at(n), "closed_at": self._at(n), "subject": f"{WORDS[n % 997]} {WORDS[n % 1999]}", "handle_minutes": 9.0, "tags": "[]", "made_by": "thread", "is_planned": False, "is_bot_only": False}  # fmt: skip

    def _responses(self) -> Iterator[dict]:
        for n in range(self.responses):
            yield {"response_id": f"poll:{n}", "source": "poll", "customer_id": f"c-{n % self.customers}", "identifiers": "[]", "responded_at": _iso(n * WEEKS * 7 // self.responses) + "T10:00:00Z", "score": float(n % 11), "score_kind": "nps", "score_worst": 0.0, "score_best": 10.0, "satisfaction_share": n % 11 / 10}

    def _verbatims(self) -> Iterator[dict]:
        for n in range(self.contacts):
            yield {"verbatim_id": f"bench:{n}", "source": "bench", "kind": "contact", "contact_id": f"bench:{n}", "said_at": self._at(n), "text": self._text()}
        for n in range(self.responses):
            yield {"verbatim_id": f"poll:{n}:why", "source": "poll", "kind": "answer", "response_id": f"poll:{n}", "said_at": _iso(n * WEEKS * 7 // self.responses) + "T10:00:00Z", "question": "Why?", "text": self._text()}

    def _text(self) -> str:
        start = random.randrange(len(self.pool) - 60)
        return " ".join([*self.pool[start : start + random.randint(8, 60)], random.choice(COMMON), random.choice(COMMON)])

    def _episode_contacts(self) -> Iterator[dict]:
        for n in range(self.contacts):
            yield {"contact_id": f"bench:{n}", "part": self._t(n), "topic_id": self._t(n), "labelled_topic_id": self._t(n), "episode_id": f"e{n}", "position": 1 + self.repeat[n], "share": 1.0, "is_repeat": int(self.repeat[n]), "repeat_probability": 0.8 * self.repeat[n]}

    def _repeats(self) -> Iterator[dict]:
        for n in range(1, self.contacts):
            if self.repeat[n]:
                yield {"contact_id": f"bench:{n}", "scope": "same_topic", "part": self._t(n), "topic_id": self._t(n), "customer_id": f"c-{self.customer_of[n]}", "previous_contact_id": f"bench:{n - 1}", "index_contact_id": f"bench:{n - 1}", "gap_days": 3.0, "repeat_type": "new_thread_same_channel", "match_level": "same_topic", "is_in_window": 1, "share": 1.0}

    def _reports(self) -> Iterator[tuple[Table, Iterator[dict]]]:
        order = sorted(range(TOPICS), key=lambda n: -self.of_topic[n])
        both = [(run, rank, n) for run in (EARLIER, RUN) for rank, n in enumerate(order, 1)]
        named = {run_rank: {"run_id": run_rank[0], "topic_id": f"t{run_rank[2]}", "topic": self.names[run_rank[2]]} for run_rank in both}
        yield tables.Priority, ({**named[k], "rank": k[1], "leads_by": "avoidable_cost", "avoidable_cost_month_low": 900.0, "avoidable_cost_month_mid": 30_000 / k[1], "avoidable_cost_month_high": 40_000 / k[1], "currency": "EUR", "contacts": self.of_topic[k[2]], "customers": 100, "trend_ratio": 1.3, "trend_low": 1.1, "trend_high": 1.6, "contacts_week_recent": 9.0, "contacts_week_before": 7.0, "p_top_3": 0.5, "owner": f"Team {k[1] % 9}", "score": 50.0} for k in both)
        yield tables.TopicCost, ({**named[k], "contacts": self.of_topic[k[2]], "repeat_cost_avoidable_month_mid": 100.0} for k in both)
        yield topic_weeks.TABLE, ({**named[k], "week_on": _iso(7 * w), "contacts": self.of_topic[k[2]] // WEEKS, "contact_equivalents": self.of_topic[k[2]] / WEEKS, "repeats_raw": 3, "is_complete": 1} for k in both for w in range(WEEKS))
        yield repeat_curves.TABLE, ({**named[k], "day": float(d), "came_back_share": d / 100, "came_back_share_low": d / 120, "came_back_share_high": d / 80, "net_share": d / 150} for k in both for d in DAYS)
        yield topic_places.TABLE, ({**named[k], "dimension": d, "value": v, "contacts": 9} for k in both for d, values in (("channel", CHANNELS), ("site", SITES), ("segment", SEGMENTS)) for v in values)
        yield evidence.TABLE, ({**named[k], "position": p, "rank": k[1], "text": "a passage of the text", "said_at": self._at(k[2] + p), "verbatim_id": f"bench:{k[2] + p}", "customer_id": f"c-{k[2]}", "contact_id": f"bench:{k[2] + p}", "passage_id": f"bench:{k[2] + p}#01"} for k in both for p in (1, 2, 3))
        yield scorecard.TABLE, ({"run_id": RUN, "measure": m, "value": 10.0, "unit": "contacts"} for m in ("contacts", "repeats_month"))
        yield coverage.TABLE, ({"run_id": RUN, "measure": m, "label": m, "row_count": 10} for m in ("contacts_taking_part", "responses", "contacts_without_topic", "rejects_faulty"))
        yield topic_quality.TABLE, (named[k] for k in both)
        yield topic_lineage.TABLE, ({**named[k], "event": "continued", "from_topic_ids": "[]", "from_topics": "[]", "into_topic_ids": "[]", "into_topics": "[]", "previous_run_id": EARLIER if k[0] == RUN else None} for k in both)


def _iso(day: int) -> str:
    from datetime import date

    return date.fromordinal(FIRST_DAY + day).isoformat()


if __name__ == "__main__":
    main()
