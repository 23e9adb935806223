"""Who may look: a password with a login page and a cookie, or a token for programs; one check before every request."""

import asyncio
import hashlib
import hmac
import secrets
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, urlsplit

COOKIE = "voc_session"
SESSION_SECONDS = 12 * 3600
WRONG_SECONDS = 1.0  # a wrong password costs this much time, so that trying many is slow
LOGIN, LOGOUT = "/-/voc/login", "/-/voc/logout"
MOST_BYTES = 65_536


@dataclass(frozen=True)
class Access:
    """What lets a person or a program in. `key` signs the sessions of this process: a restart ends them all."""

    password: str | None = None
    token: str | None = None
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def allows(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers of a request (names in lower case) carry a session, the token or the password."""
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return _same(given.strip(), self.token)
        if kind.lower() == "basic":
            return _same(_basic_password(given), self.password)
        return self._is_session(_cookie(headers.get("cookie", "")))

    def opens(self, password: str) -> bool:
        """Whether this is the password."""
        return _same(password, self.password)

    def session(self) -> str:
        """A value for the cookie: until when it holds, signed."""
        until = str(int(time.time()) + SESSION_SECONDS)
        return f"{until}.{self._sign(until)}"

    def _is_session(self, value: str) -> bool:
        until, _, signature = value.partition(".")
        return until.isdigit() and _same(signature, self._sign(until)) and int(until) > time.time()

    def _sign(self, until: str) -> str:
        return hmac.new(self.key, until.encode(), hashlib.sha256).hexdigest()


def cookie_header(value: str, *, is_https: bool) -> str:
    """A Set-Cookie header that scripts and other sites cannot use; an empty value ends the session."""
    age = SESSION_SECONDS if value else 0
    return f"{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax" + ("; Secure" if is_https else "")


def is_same_site(headers: Mapping[str, str]) -> bool:
    """Whether a request that changes something comes from one of our own pages (or from no browser at all).

    Browsers say so in Sec-Fetch-Site, older ones in Origin; a page of another site cannot forge either.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def login_address(path: str) -> str:
    """Where to log in, and come back to `path`."""
    return f"{LOGIN}?next={quote(path)}"


def safe_path(path: str) -> str:
    """A path on this server; anything else becomes the first page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


async def form(receive) -> dict[str, str]:
    """The fields of a posted form; empty when it is larger than any of ours."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return {}
        if not message.get("more_body"):
            break
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


async def wait_after_wrong() -> None:
    """Make guessing slow."""
    await asyncio.sleep(WRONG_SECONDS)


def _same(given: str, expected: str | None) -> bool:
    """Equal, in a time that does not tell how much of it is; nothing equals what is not set."""
    return expected is not None and hmac.compare_digest(given.encode(), expected.encode())


def _basic_password(given: str) -> str:
    try:
        return b64decode(given, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
