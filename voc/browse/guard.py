"""The wrapper around every request: who may look, that nothing is written, that no asset comes from elsewhere,
and that no cell of a CSV file is run as a formula."""

from urllib.parse import urlencode

from datasette import Response
from datasette.utils import tilde_decode

from voc.browse import access, views
from voc.browse.csv_cells import harmless
from voc.browse.served import Options, options, served

# Nothing is loaded from anywhere else, whatever text a customer wrote; the briefing carries its own style and pictures.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
READ_ONLY = "This database can only be read here."
DECIDE = "/-/voc/decide"
OPEN_PATHS = ("/-/voc/browse.css",)


def wrap(datasette, app):
    """`app` behind our checks; untouched where no database is ours."""

    async def guarded(scope, receive, send):
        if scope["type"] != "http" or not served(datasette):
            await app(scope, receive, send)
            return
        how = options(datasette)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        answer = await _before(datasette, how, scope, receive, headers)
        if answer is not None:
            await answer.asgi_send(_with_headers(send))
            return
        sending = _with_headers(send)
        await app(scope, receive, harmless(sending) if _is_our_csv(datasette, scope["path"]) else sending)

    return guarded


def _is_our_csv(datasette, path: str) -> bool:
    """Whether a path, behind whatever prefix, is a CSV file of one of our databases."""
    parts = {tilde_decode(part.removesuffix(".csv")) for part in path.split("/")}
    return path.endswith(".csv") and not parts.isdisjoint(served(datasette))


async def _before(datasette, how: Options, scope, receive, headers) -> Response | None:
    """The answer that ends the request here; None lets it through."""
    path, is_reading = scope["path"], scope["method"] in ("GET", "HEAD")
    if not is_reading and not access.is_same_site(headers):
        return Response.text("This was sent from a page of another site, so nothing was done.", status=403)
    if how.access is not None:
        if path == access.LOGIN and how.access.password is not None:
            return await _login(datasette, how.access, scope, receive)
        if path == access.LOGOUT:
            return _to(access.LOGIN, access.cookie_header("", is_https=scope["scheme"] == "https"))
        if path not in OPEN_PATHS and not how.access.allows(headers):
            return _refused(how.access, scope, headers)
    if how.is_read_only and not is_reading and not (how.can_edit and path == DECIDE):
        return Response.text(READ_ONLY, status=405)
    return None


def _refused(given: access.Access, scope, headers) -> Response:
    """The login page for a person, 401 for a program."""
    if given.password is not None and "text/html" in headers.get("accept", "") and scope["method"] == "GET":
        query = scope["query_string"].decode("latin-1")
        return _to(access.login_address(scope["path"] + (f"?{query}" if query else "")))
    kind = "Basic" if given.password is not None else "Bearer"
    return Response.text("A password or a token is needed here.", status=401,
                         headers={"www-authenticate": f'{kind} realm="voc"'})  # fmt: skip


async def _login(datasette, given: access.Access, scope, receive) -> Response:
    """The login page, and what is typed into it."""
    fields = await access.form(receive) if scope["method"] == "POST" else {}
    asked = dict(views.query(scope))
    target = access.safe_path(fields.get("next") or asked.get("next") or "/")
    if scope["method"] == "POST":
        if given.opens(fields.get("password", "")):
            return _to(target, access.cookie_header(given.session(), is_https=scope["scheme"] == "https"))
        await access.wait_after_wrong()
    wrong = scope["method"] == "POST"
    await datasette.invoke_startup()  # this may be the first request of all, and templates are set up by the first
    page = await views.page(datasette, "voc_login.html", {"next": target, "is_wrong": wrong, "action": access.LOGIN})
    return Response.html(page, status=401 if wrong else 200)


def _to(path: str, cookie: str | None = None) -> Response:
    return Response.text("", status=303, headers={"location": path} | ({"set-cookie": cookie} if cookie else {}))


def _with_headers(send):
    async def sending(message):
        if message["type"] == "http.response.start":
            message = {**message, "headers": _with_policy(message.get("headers") or [])}
        await send(message)

    return sending


def _with_policy(headers) -> list:
    named = {name.lower() for name, _ in headers}
    ours = [(b"content-security-policy", PAGE_POLICY.encode()), (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff")]  # fmt: skip
    return [*headers, *((name, value) for name, value in ours if name not in named)]


def back_to(datasette, database: str, topic_id: str, said: str) -> Response:
    """The topic's page after a decision."""
    address = views.row_address(datasette, database, "topics", topic_id)
    return _to(f"{address}?{urlencode({'saved': said})}#decision")
