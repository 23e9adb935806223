"""A server on this machine that plays the vendors' APIs, with the faults they show."""

import base64
import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "s3cr3t-T0ken-of-the-account"
T0 = 1_767_225_600  # 2026-01-01


@dataclass
class Seen:
    """A request as the server got it."""

    method: str
    path: str
    params: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class Reply:
    """An answer: JSON, or bytes as they are. `cut`: close the connection after half of it; `hang`: seconds before it."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hang: float = 0.0

    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class FakeServer(ThreadingHTTPServer):
    """Answers by `play`; `faults` maps the number of a request (from 1) to the answer it gets instead."""

    daemon_threads = True

    def __init__(self, play: Callable[[Seen], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.play = play
        self.seen: list[Seen] = []
        self.times: list[float] = []
        self.faults: dict[int, Reply] = {}
        self.before: Callable[[int], None] = lambda number: None
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, seen: Seen) -> Reply:
        with self.lock:
            self.seen.append(seen)
            self.times.append(time.monotonic())
            number = len(self.seen)
            self.before(number)
            return self.faults.pop(number) if number in self.faults else self.play(seen)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        size = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        params = {key: values[0] for key, values in parse_qs(parts.query).items()}
        headers = {key.lower(): value for key, value in self.headers.items()}
        reply = self.server.answer(Seen(self.command, parts.path, params, body, headers))
        time.sleep(reply.hang)
        raw = reply.raw()
        try:
            self.send_response(reply.status)
            for key, value in ({"Content-Type": "application/json"} | reply.headers).items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw[: len(raw) // 2] if reply.cut else raw)
            self.wfile.flush()
        except OSError:  # the client is gone, as it should be when it was killed
            pass
        self.close_connection = reply.cut

    do_POST = do_GET

    def log_message(self, *_) -> None:
        pass


@contextmanager
def serving(play: Callable[[Seen], Reply]):
    """A running server; stops with the block."""
    server = FakeServer(play)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def iso(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


class Zendesk:
    """Tickets, events, ratings, calls and users of an account, served as Zendesk serves them, in small pages."""

    def __init__(self, count: int = 45, size: int = 10) -> None:
        self.size = size
        self.tickets = {number: self.ticket(number, T0 + 600 * number) for number in range(1, count + 1)}
        self.events = [
            {"id": 9000 + n, "ticket_id": n, "timestamp": T0 + 60 * n, "child_events": []} for n in range(1, 26)
        ]
        self.ratings = [
            {"id": 500 + n, "ticket_id": n, "score": "good", "created_at": iso(T0 + n), "updated_at": iso(T0 + n)}
            for n in range(1, 13)
        ]
        self.known_cursors: set[str] | None = None  # None: all are known

    def ticket(self, number: int, moment: int) -> dict:
        return {
            "id": number, "requester_id": 100 + number % 7, "submitter_id": 100 + number % 7, "status": "solved",
            "subject": f"Ticket {number}", "description": f"The words of ticket {number}", "via": {"channel": "email"},
            "created_at": iso(T0 + number), "updated_at": iso(moment), "generated_timestamp": moment,
        }  # fmt: skip

    def touch(self, number: int) -> None:
        """A ticket that changes (or is new) moves to the end of the export."""
        newest = max(ticket["generated_timestamp"] for ticket in self.tickets.values())
        self.tickets[number] = self.ticket(number, newest + 30)

    def __call__(self, seen: Seen) -> Reply:
        wanted = base64.b64encode(f"me@acme.com/token:{TOKEN}".encode()).decode()
        if seen.headers.get("authorization") != f"Basic {wanted}":
            return Reply({"error": "Couldn't authenticate you"}, status=401)
        kind = seen.path.removesuffix(".json").removesuffix("/cursor").rpartition("/")[2]
        if kind == "tickets":
            return self._cursor(seen, list(self.tickets.values()))
        if kind == "ticket_events":
            return self._by_time(seen, self.events)
        if kind == "satisfaction_ratings":
            return self._ratings(seen)
        return Reply({"error": "InvalidEndpoint"}, status=404)

    def _cursor(self, seen: Seen, tickets: list[dict]) -> Reply:
        cursor = seen.params.get("cursor")
        if cursor and self.known_cursors is not None and cursor not in self.known_cursors:
            return Reply({"error": "InvalidValue", "description": "cursor has expired"}, status=400)
        after = (
            tuple(map(int, base64.b64decode(cursor).decode().split("|")))
            if cursor
            else (int(seen.params["start_time"]), -1)
        )
        in_order = sorted((ticket["generated_timestamp"], ticket["id"]) for ticket in tickets)
        left = [key for key in in_order if (key > after if cursor else key >= after)]
        page = [self.tickets[number] for _, number in left[: self.size]]
        last = left[: self.size][-1] if page else after
        following = base64.b64encode(f"{last[0]}|{last[1]}".encode()).decode()
        if self.known_cursors is not None:
            self.known_cursors.add(following)
        users = [{"id": one, "email": f"c{one}@example.com"} for one in sorted({t["requester_id"] for t in page})]
        ends = len(left) <= self.size
        return Reply({"tickets": page, "users": users, "after_cursor": following, "end_of_stream": ends})

    def _by_time(self, seen: Seen, events: list[dict]) -> Reply:
        left = [event for event in events if event["timestamp"] >= int(seen.params["start_time"])]
        page = left[: self.size]
        end = page[-1]["timestamp"] if page else None
        return Reply(
            {"ticket_events": page, "count": len(page), "end_time": end, "end_of_stream": len(left) <= self.size}
        )

    def _ratings(self, seen: Seen) -> Reply:
        first = int(seen.params.get("page[after]") or 0)
        left = [one for one in self.ratings if one["created_at"] >= iso(int(seen.params["start_time"]))][first:]
        more = len(left) > self.size
        meta = {"has_more": more, "after_cursor": str(first + self.size) if more else None}
        return Reply({"satisfaction_ratings": left[: self.size], "meta": meta})
