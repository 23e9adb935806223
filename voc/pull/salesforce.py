"""Salesforce Service Cloud: cases with their e-mails, comments and history, by one SOQL query."""

import re
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field, field_validator

from voc.pull._paging import Ask, CursorList, Item
from voc.pull._settings import PullOptions, Service
from voc.pull.engine import Endpoint, Fetch

_VERSION = "v61.0"
_SUFFIX = ".my.salesforce.com"
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.(?:sandbox|develop|scratch|demo|patch|trailblaze|free))?")
_FIELD = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*){0,3}", re.ASCII)
_FIELDS = (
    "Id", "CaseNumber", "CreatedDate", "ClosedDate", "Status", "IsDeleted", "MasterRecordId", "ParentId", "Origin",
    "Reason", "Type", "Priority", "Subject", "Description", "ContactId", "SuppliedEmail", "SuppliedPhone",
    "Contact.Email", "Contact.Phone", "Account.Name", "Owner.Name", "Owner.Type", "LastModifiedDate", "SystemModstamp",
)  # fmt: skip
_INSIDE = {
    "emails": "(SELECT Incoming, Subject, TextBody, HtmlBody, Headers, MessageDate, Status FROM EmailMessages)",
    "comments": "(SELECT CommentBody, IsPublished, CreatedDate, CreatedBy.UserType FROM CaseComments)",
    "history": "(SELECT Field, OldValue, NewValue, CreatedDate FROM Histories)",
}
_SUBQUERIES = ("EmailMessages", "CaseComments", "Histories")


class Options(PullOptions):
    """Keys of `pull` in a `kind: salesforce` source."""

    domain: str = Field(description="The name before .my.salesforce.com, such as acme or acme--uat.sandbox")
    fields: tuple[str, ...] = Field((), description="More fields of cases by API name, such as Plan__c or Account.Type")
    what: tuple[Literal["cases", "emails", "comments", "history"], ...] = Field(
        ("cases", "emails", "comments", "history"),
        description="cases always; emails, comments, history: those of the cases, where your organisation has them",
    )

    @field_validator("domain")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        short = name.removeprefix("https://").rstrip("/").lower().removesuffix(_SUFFIX)
        if not _DOMAIN.fullmatch(short):
            raise ValueError(f"should be the name before {_SUFFIX} in your address")
        return short

    @field_validator("fields")
    @classmethod
    def _are_names(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in fields if not _FIELD.fullmatch(name)]
        if wrong:
            raise ValueError(f"'{wrong[0]}' should be an API name, such as Plan__c or Account.Type")
        return fields


def service(options: Options, token: str) -> Service:
    """Where the organisation's API is, and the header that lets us in."""
    host = f"{options.domain}{_SUFFIX}"
    return Service(
        account=host,
        address=options.base_url or f"https://{host}",
        headers={"Authorization": f"Bearer {token}"},
        secrets=(token,),
        asks="Access tokens last some hours; get a new one, such as with: sf org display --verbose --target-org ORG.",
        rights="Its user needs API Enabled and the right to read cases, e-mails, comments and contacts.",
    )


def endpoints(options: Options) -> tuple[Endpoint, ...]:
    """The one list of cases, with what is asked for inside them."""

    def request(since: int, cursor: str | None) -> Ask:
        if cursor:
            return Ask(path=cursor)
        return Ask(path=f"/services/data/{_VERSION}/queryAll", params={"q": query(options, since)})

    paging = CursorList(request=request, cursor=_next)
    times = ("SystemModstamp", "LastModifiedDate")
    return (Endpoint(name="cases", items="records", paging=paging, times=times, id_key="Id", complete=_whole),)


def query(options: Options, since: int) -> str:
    """The SOQL query for all cases changed since then, oldest change first; deleted and merged ones among them."""
    inside = [_INSIDE[name] for name in _INSIDE if name in options.what]
    selected = ", ".join([*dict.fromkeys((*_FIELDS, *options.fields)), *inside])
    moment = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"SELECT {selected} FROM Case WHERE SystemModstamp >= {moment} ORDER BY SystemModstamp, Id"


def _next(data: dict) -> str | None:
    following = data.get("nextRecordsUrl")
    return following if isinstance(following, str) and data.get("done") is not True else None


def _whole(fetch: Fetch, item: Item) -> Item:
    """A case with all its e-mails, comments and history: a case with many has pages of its own inside."""
    whole = dict(item)
    for name in _SUBQUERIES:
        inside = whole.get(name)
        if not isinstance(inside, dict):
            continue
        records, following, asked = _records(inside), _next(inside), set()
        while following and following not in asked:
            asked.add(following)
            page = fetch(Ask(path=following), dict)
            records += _records(page)
            following = _next(page)
        whole[name] = {"totalSize": len(records), "done": True, "records": records}
    return whole


def _records(data: dict) -> list[Item]:
    found = data.get("records")
    return list(found) if isinstance(found, list) else []
