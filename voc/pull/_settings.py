"""Keys of a `pull` block that every vendor has, and how a vendor's own keys become an address and a header."""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from voc.config import Settings

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")


class PullOptions(Settings):
    """Keys that all vendors share."""

    token_from: str = Field(description="Name of the environment variable that holds the token; never the token itself")
    since: date = Field(description="Day (UTC) from which changes are fetched, such as 2026-01-01")
    base_url: str | None = Field(
        None,
        description="Another address of the API, on this machine alone (http://127.0.0.1:PORT), for trying things out",
    )

    @model_validator(mode="before")
    @classmethod
    def _names_a_variable(cls, values: object) -> object:
        # here and not on the field: the message about a field shows its value, which may be a pasted token
        name = values.get("token_from") if isinstance(values, dict) else None
        if name is not None and not (isinstance(name, str) and _VARIABLE.fullmatch(name) and len(name) <= 60):
            raise ValueError(
                "token_from should be the name of an environment variable, such as ZENDESK_TOKEN, not the token"
            )
        return values

    @field_validator("since", mode="before")
    @classmethod
    def _is_a_day(cls, value: object) -> object:
        # a bare number would be taken for seconds since 1970
        if not (type(value) is date or isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
            raise ValueError("should be a day such as 2026-01-01")
        return value

    @field_validator("since")
    @classmethod
    def _is_past(cls, day: date) -> date:
        if day > datetime.now(UTC).date():
            raise ValueError("should not be in the future")
        return day

    @field_validator("base_url")
    @classmethod
    def _is_local(cls, address: str | None) -> str | None:
        if address is None:
            return None
        parts = urlsplit(address)
        is_plain = parts.path in ("", "/") and not parts.query and not parts.fragment and parts.username is None
        if parts.scheme not in ("http", "https") or parts.hostname not in LOCAL_HOSTS or not is_plain:
            raise ValueError(
                "should be an address on this machine, such as http://127.0.0.1:8080: the token goes there"
            )
        return address.rstrip("/")

    @model_validator(mode="after")
    def _fetches_something(self) -> Self:
        if not getattr(self, "what", True):
            raise ValueError("what should name something to fetch")
        return self

    @property
    def since_seconds(self) -> int:
        """`since` as seconds since 1970."""
        return int(datetime.combine(self.since, time(), UTC).timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where an API is and what it is told about the caller. `account` is the vendor's own name of the account's host.

    `headers` and `secrets` hold the token: they are never shown and never written. `asks` says how the vendor gives out
    a token, `rights` what it must be allowed to read; both for error messages.
    """

    account: str
    address: str
    headers: dict[str, str]
    secrets: tuple[str, ...]
    asks: str
    rights: str

    def __repr__(self) -> str:
        return f"Service({self.account}, {self.address})"

    @property
    def host(self) -> str:
        """Host name, with the port where one is named."""
        return urlsplit(self.address).netloc


def subdomain(name: str, suffix: str) -> str:
    """The part before `suffix` of a host name, whether written alone or in full.

    Raises ValueError for anything that would be another host.
    """
    short = name.removeprefix("https://").rstrip("/").removesuffix(suffix)
    if not _LABEL.fullmatch(short):
        raise ValueError(f"should be the name before {suffix} in your address")
    return short.lower()


def basic(user: str, password: str) -> str:
    """Value of an Authorization header, as RFC 7617 has it."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
