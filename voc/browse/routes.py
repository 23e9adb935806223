"""Pages that are no table: search, dashboards, the briefing, decisions, and the style and script of all pages."""

from pathlib import Path
from urllib.parse import urlencode

from datasette import NotFound, Response

from voc.browse import access, dashboards, decisions, guard, pages, search, views
from voc.browse.csv_cells import as_csv
from voc.browse.served import first, options
from voc.errors import VocError
from voc.views import LATEST

HERE = Path(__file__).parent
BRIEFING_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)
_TYPES = {"browse.css": "text/css; charset=utf-8", "browse.js": "text/javascript; charset=utf-8"}


async def asset(request):
    """The style and the script, from this package."""
    name = request.url_vars["name"]
    text = (HERE / "static" / name).read_text(encoding="utf-8")
    return Response(text, headers={"cache-control": "max-age=300"}, content_type=_TYPES[name])


async def briefing(datasette, request):
    """The briefing of a run (the latest complete one if none is named), as HTML or as Markdown."""
    _, db = await _ours(datasette, request)
    run, form = request.args.get("run"), request.args.get("format") or "html"
    where = "run_id = :run" if run else f"run_id = {LATEST}"
    found = await pages.rows(
        db, f"SELECT content FROM briefings WHERE {where} AND format = :form", {"run": run, "form": form}
    )
    if not found:
        return Response.text("There is no briefing of this run here: a run writes it when it completes.", status=404)
    body = found[0]["content"]
    answer = Response.html(body) if form == "html" else Response.text(body)
    answer.headers["content-security-policy"] = BRIEFING_POLICY
    return answer


async def first_page(datasette, request):
    """The home page. Datasette's own would first count every table and ask who may see it."""
    ours, _ = await _ours(datasette, request)
    context = {"database": ours.database, "asked_db": None}
    page = await datasette.render_template("index.html", context, request=request, view_name="index")
    return Response.html(page)


async def search_page(datasette, request):
    """Texts with the words asked for, as a page or as JSON."""
    ours, db = await _ours(datasette, request)
    words, before = request.args.get("q") or "", request.args.get("before") or ""
    found = await search.search(
        db, words, topic_id=request.args.get("topic") or None, before=int(before) if before.isdigit() else None
    )
    return await _shown(datasette, request, ours, "voc_search.html", {"found": found})


async def dashboard_list(datasette, request):
    """Every dashboard there is."""
    ours, _ = await _ours(datasette, request)
    return await _shown(datasette, request, ours, "voc_dashboards.html", {"dashboards": options(datasette).dashboards})


async def dashboard(datasette, request):
    """One dashboard, its charts drawn from whole answers."""
    ours, db = await _ours(datasette, request)
    found, given = _dashboard(datasette, request)
    said = await dashboards.drawn(db, found, given)
    asked = urlencode({key: value for key, value in {**given, "db": request.args.get("db")}.items() if value})
    return await _shown(datasette, request, ours, "voc_dashboard.html", said | {"asked": f"?{asked}" if asked else ""})


async def dashboard_figures(datasette, request):
    """The rows of one chart of a dashboard, as CSV."""
    _, db = await _ours(datasette, request)
    found, given = _dashboard(datasette, request)
    number = int(request.url_vars["number"])
    if not 1 <= number <= len(found.charts):
        raise NotFound(f"The dashboard '{found.name}' has {len(found.charts)} charts.")
    try:
        body = as_csv(*await dashboards.answer(db, found, number, given))
    except VocError as error:
        return Response.text(str(error), status=400)
    return Response(body, headers={"content-disposition": f'attachment; filename="{found.name}-{number}.csv"'},
                    content_type="text/csv; charset=utf-8")  # fmt: skip


def _dashboard(datasette, request) -> tuple[dashboards.Dashboard, dict[str, str]]:
    """(the dashboard asked for, what its filters were given)."""
    named = {d.name: d for d in options(datasette).dashboards}
    name = request.url_vars["name"]
    if name not in named:
        raise NotFound(f"There is no dashboard '{name}'.")
    return named[name], {key: request.args.get(key) or "" for key in named[name].filters}


async def decide(datasette, request, receive, scope):
    """Write a decision from the topic's page, where that was asked for when serving."""
    ours, db = await _ours(datasette, request)
    how = options(datasette)
    if not how.can_edit:
        return Response.text("Decisions are not open here. Serve with: voc browse DATABASE --edit", status=403)
    if request.method != "POST":
        return Response.text("Decisions are sent from a topic's page.", status=405)
    try:
        topic_id = await decisions.save(db, await access.form(receive))
    except VocError as error:
        return Response.text(str(error), status=400)
    return guard.back_to(datasette, ours.database, topic_id, "yes")


async def _ours(datasette, request):
    """The database asked for (?db=) or the first of ours, which who asks must be allowed to see."""
    found = first(datasette, request.args.get("db"))
    if found is None:
        raise NotFound("There is no database of voc here by that name.")
    await views.ensure_may_look(datasette, request, found.database)
    return found, datasette.get_database(found.database)


async def _shown(datasette, request, ours, template: str, said: dict):
    context = {"database": ours.database, "asked_db": request.args.get("db")} | said
    return Response.html(await datasette.render_template(template, context, request=request))


ROUTES = [
    (r"^/$", first_page), (r"^/-/briefing$", briefing), (r"^/-/voc/search$", search_page), (r"^/-/voc/dashboards$", dashboard_list),
    (r"^/-/voc/dashboards/(?P<name>[\w-]+)$", dashboard),
    (r"^/-/voc/dashboards/(?P<name>[\w-]+)/(?P<number>\d{1,4})\.csv$", dashboard_figures), (r"^/-/voc/decide$", decide),
    (r"^/-/voc/(?P<name>browse\.(css|js))$", asset),
]  # fmt: skip
