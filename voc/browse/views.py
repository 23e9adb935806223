"""What every page of ours needs beside its content: the template, the addresses, the query of a request."""

from urllib.parse import parse_qsl

from datasette.utils import tilde_encode


def environment(datasette):
    """Jinja's environment, by whichever name this Datasette has it."""
    return datasette.get_jinja_environment() if hasattr(datasette, "get_jinja_environment") else datasette.jinja_env


async def page(datasette, template: str, context: dict) -> str:
    """A page that stands by itself, without the menu and the crumbs."""
    return await environment(datasette).get_template(template).render_async({"urls": datasette.urls} | context)


def query(scope) -> list[tuple[str, str]]:
    """Names and values after the question mark."""
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def row_address(datasette, database: str, table: str, key: str) -> str:
    """Where the page of a row is."""
    return datasette.urls.row(database, table, tilde_encode(str(key)))


async def ensure_may_look(datasette, request, database: str) -> None:
    """Raise Datasette's own refusal where its configuration hides the database from who asks."""
    if hasattr(datasette, "ensure_permissions"):
        await datasette.ensure_permissions(request.actor, [("view-database", database), "view-instance"])
        return
    from datasette.resources import DatabaseResource

    await datasette.ensure_permission(
        action="view-database", resource=DatabaseResource(database=database), actor=request.actor
    )
