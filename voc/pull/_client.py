"""One request to a vendor's API, made again where that helps: rate limits, faults of the service, cut-off answers."""

import json
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import stamina
import stamina.instrumentation

from voc import __version__
from voc.errors import VocError
from voc.pull._paging import Ask
from voc.pull._settings import Service
from voc.text.redact import redact

RUN_AGAIN = "Run the same command again later: it goes on where it stopped."
_REMAINING = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
_RESET = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_EPOCH = 1_000_000_000  # a larger number is a moment, a smaller one is seconds from now
_SAYS_WHY = ("description", "message", "detail", "error", "errorCode", "code", "title")
_LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a request is made, the first and longest wait between two (seconds, doubling, with jitter), the longest
    wait a vendor may ask for, and when an answer is overdue."""

    attempts: int = 8
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked: float = 900.0
    timeout: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A good answer: the JSON and the bytes it came as."""

    data: Any
    raw: bytes


class Refused(Exception):
    """An answer that another try would not change: the HTTP status and what the vendor says, without personal data."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{status} {detail}")
        self.status = status
        self.detail = detail


class _Again(Exception):
    """A request worth making again; `wait` is what the vendor asks for, in seconds."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Client:
    """Requests to one host, with the token in a header and nowhere else."""

    def __init__(self, service: Service, *, patience: Patience, say: Callable[[str], None]) -> None:
        self.service = service
        self.patience = patience
        self._say = say
        self._not_before = 0.0
        # its own hook would log every retry as a warning; what matters of them is said below
        stamina.instrumentation.set_on_retry_hooks([])
        is_remote = service.address.startswith(
            "https:"
        )  # plain http is for this machine alone: no proxy, no certificates
        # a redirect could carry the token to another host
        self._http = httpx2.Client(
            headers={"User-Agent": f"voc/{__version__}", "Accept": "application/json", **service.headers},
            timeout=httpx2.Timeout(patience.timeout, connect=min(20, patience.timeout)),
            follow_redirects=False,
            verify=is_remote,
            trust_env=is_remote,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self._http.close()

    def get(self, ask: Ask) -> Answer:
        """The answer to a request.

        Raises Refused for a 4xx that stays one, and VocError where the host cannot be reached, answers with no JSON, or
        keeps failing.
        """
        if not ask.path.startswith("/") or ask.path.startswith("//"):
            raise VocError(
                f"{self.service.host} names a next page on another host.", "Check the address in the pull block."
            )
        p = self.patience
        try:
            for attempt in stamina.retry_context(
                on=self._wait_of, attempts=p.attempts, timeout=None, wait_initial=p.first_wait, wait_max=p.longest_wait,
                wait_jitter=p.first_wait,
            ):  # fmt: skip
                with attempt:
                    self._keep_pace()
                    return self._once(ask)
        except _Again as fault:
            raise VocError(f"{self.service.host}: {fault}, {p.attempts} times in a row.", RUN_AGAIN) from None
        raise AssertionError("a retried request either answers or raises")

    def _wait_of(self, error: Exception) -> bool | float:
        """Whether a fault is worth another try, and after what wait if the vendor says so."""
        if not isinstance(error, _Again):
            return False
        if error.wait is None:
            return True
        if error.wait > self.patience.longest_asked:
            raise VocError(
                f"{self.service.host} asks to wait {error.wait / 60:,.0f} minutes (rate limit).",
                "Run the same command after that: it goes on where it stopped.",
            )
        self._tell_wait(error.wait)
        return error.wait

    def _keep_pace(self) -> None:
        wait = self._not_before - time.monotonic()
        if 0 < wait <= self.patience.longest_asked:
            self._tell_wait(wait)
            time.sleep(wait)
        self._not_before = 0.0

    def _tell_wait(self, wait: float) -> None:
        if wait >= 5:
            self._say(f"rate limit of {self.service.host}: waiting {wait:,.0f} s")

    def _once(self, ask: Ask) -> Answer:
        method = "GET" if ask.body is None else "POST"
        params = dict(ask.params) or None  # none, not {}: a path that has a query of its own would lose it
        try:
            response = self._http.request(method, self.service.address + ask.path, params=params, json=ask.body)
        except httpx2.TimeoutException:
            raise _Again(f"no answer within {self.patience.timeout:g} s") from None
        except httpx2.ConnectError as error:
            raise self._unreachable(error) from None
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise _Again(f"the answer broke off ({type(error).__name__})") from None
        return self._judged(response)

    def _unreachable(self, error: Exception) -> Exception:
        if _is_unknown_host(error):
            return VocError(
                f"There is no host {self.service.host}, or this machine has no network.",
                "Check the address in the pull block, the network, and HTTPS_PROXY if you go through a proxy.",
            )
        return _Again(f"cannot be reached ({self._clean(str(error))})")

    def _judged(self, response: httpx2.Response) -> Answer:
        status, headers = response.status_code, response.headers
        if status in (408, 429) or status >= 500:
            what = "the rate limit is reached" if status == 429 else f"the service answers with a fault ({status})"
            raise _Again(what, asked_wait(headers, is_limited=status == 429))
        if 300 <= status < 400:
            raise VocError(
                f"{self.service.host} redirects to another address ({status}), and the token is not sent on.",
                "Check the address in the pull block: an account that was renamed has a new one.",
            )
        if status >= 400:
            raise Refused(status, self._detail(response))
        self._not_before = time.monotonic() + _pause(headers)
        try:
            return Answer(data=json.loads(response.content), raw=response.content)
        except (ValueError, RecursionError):
            if "html" in headers.get("content-type", ""):
                what = f"{self.service.host} answers with a web page instead of data."
                raise VocError(
                    what, "Check the address in the pull block, and whether a proxy or a login stands in between."
                ) from None
            raise _Again("the answer is no whole JSON") from None

    def _detail(self, response: httpx2.Response) -> str:
        """What an error answer says of itself: a few known keys, so that no text of a customer comes through."""
        try:
            found = json.loads(response.content)
        except (ValueError, RecursionError):
            return ""
        return self._clean("; ".join(dict.fromkeys(_reasons(found))))

    def _clean(self, text: str) -> str:
        for secret in self.service.secrets:
            text = text.replace(secret, "[hidden]")
        text = re.sub(r"\s+", " ", redact(text).text)
        return text if len(text) <= _LONGEST_DETAIL else f"{text[:_LONGEST_DETAIL]}..."


def asked_wait(headers: Mapping[str, str], *, is_limited: bool) -> float | None:
    """Seconds to wait by Retry-After (seconds, or a date, held against the server's own clock), else by the time the
    rate limit is reset; None where nothing is said."""
    text = (headers.get("retry-after") or "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    moment = _http_date(text)
    if moment is not None:
        now = _http_date(headers.get("date") or "") or datetime.now(UTC)
        return max(0.0, (moment - now).total_seconds())
    return _until_reset(headers) if is_limited else None


def _pause(headers: Mapping[str, str]) -> float:
    """Seconds to wait before the next request: until the reset, when this was the last one allowed."""
    remaining = _first(headers, _REMAINING)
    return (_until_reset(headers) or 0.0) if remaining == 0 else 0.0


def _until_reset(headers: Mapping[str, str]) -> float | None:
    reset = _first(headers, _RESET)
    if reset is None:
        return None
    return max(0.0, reset - time.time()) if reset > _EPOCH else reset


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    texts = (headers.get(name, "").strip() for name in names)
    return next((float(text) for text in texts if re.fullmatch(r"\d{1,12}(\.\d+)?", text)), None)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _reasons(found: Any) -> list[str]:
    if isinstance(found, list):
        return [reason for one in found[:3] for reason in _reasons(one)]
    if not isinstance(found, dict):
        return []
    inner = [reason for key in ("errors", "error") for reason in _reasons(found.get(key))]
    return inner + [found[key] for key in _SAYS_WHY if isinstance(found.get(key), str)]


def _is_unknown_host(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, socket.gaierror):
            return True
        error = error.__cause__ or error.__context__
    return False
