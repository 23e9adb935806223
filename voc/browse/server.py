"""Start Datasette on a voc database, read-only and in this process."""

import asyncio
import contextlib
import errno
import os
import socket
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from voc.browse.access import Access
from voc.browse.dashboards import read_all
from voc.browse.served import Options
from voc.errors import VocError
from voc.store import Store

if TYPE_CHECKING:
    from datasette.app import Datasette

LEAST_CHARACTERS = 8
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SETTINGS = {
    "sql_time_limit_ms": 5000,  # a busy machine, and a person who waits
    "facet_time_limit_ms": 400,  # counting a million rows by value is not worth more of a reader's time
    "default_page_size": 50,
    "truncate_cells_html": 400,
    "suggest_facets": False,  # the declarations name the facets worth having; others are in each column's menu
    "allow_download": False,
    "max_csv_mb": 0,
}


def app(
    database: Path,
    *,
    password: str | None = None,
    token: str | None = None,
    can_edit: bool = False,
    dashboards: tuple[Path, ...] = (),
) -> "Datasette":
    """Datasette on one database, described from the declarations, for reading (and for decisions if `can_edit`).

    Raises VocError when Datasette is not installed, the file is missing, of another program or cannot be read, a
    dashboard's file has a fault, or decisions cannot be written.
    """
    try:
        from datasette.app import Datasette
    except ModuleNotFoundError as error:
        raise VocError("Browsing needs Datasette, which is not installed.", "pip install 'voc[serve]'") from error
    for name, given in (("password", password), ("token", token)):
        if given is not None and len(given) < LEAST_CHARACTERS:
            raise VocError(f"The {name} has fewer than {LEAST_CHARACTERS} characters.", "Choose a longer one.")
    _register()
    # Store refuses a folder, a missing file and another program's database, in words; its own way of closing would
    # touch the log beside the file
    Store(database, is_read_only=True).db.close()
    path = str(database.resolve())
    is_frozen = _is_frozen(database)
    if can_edit:
        _refuse_editing(database, is_frozen)
    found = Datasette(
        files=[] if is_frozen else [path], immutables=[path] if is_frozen else [], settings=SETTINGS
    )  # fmt: skip
    found.voc_options = Options(
        is_read_only=True, can_edit=can_edit, dashboards=read_all(dashboards),
        access=Access(password, token) if password or token else None,
    )  # fmt: skip
    return found


def _register() -> None:
    """Our plug-in, where no entry point has brought it yet, in place of Datasette's own handler of faults."""
    from datasette.plugins import pm

    from voc.browse import plugin

    if not pm.is_registered(plugin):
        pm.register(plugin, name="voc")
    # beside ours it would still run, and print its variables, customers' words among them, to the terminal
    if pm.has_plugin("datasette.handle_exception"):
        pm.unregister(name="datasette.handle_exception")


def _refuse_editing(database: Path, is_frozen: bool) -> None:
    if is_frozen or not os.access(database, os.W_OK):
        raise VocError(
            f"{database} is read-only, so no decision can be written.", "Change its permissions (chmod u+w)."
        )
    store = Store(database, is_read_only=True)
    tables = store.db.table_names()
    store.db.close()
    if "priority_decisions" not in tables:
        raise VocError(f"{database} has no place for decisions yet.", "Run its pipeline again with this release.")


def _is_frozen(database: Path) -> bool:
    """Whether the file must be opened as immutable: its folder is read-only, so SQLite cannot put its log beside it.

    Elsewhere the file is opened read-only and a run that finishes meanwhile is seen at once. Raises VocError for an
    empty file, and for a log that was not folded in and cannot be read here: as immutable, the newest rows would be
    missing without a word.
    """
    log = database.with_name(database.name + "-wal")
    has_log = log.exists() and log.stat().st_size > 0
    if database.stat().st_size == 0 and not has_log:
        raise VocError(f"{database} is empty.", "Make it with: voc run PIPELINE.yml")
    if os.access(database.resolve().parent, os.W_OK):
        return False
    if has_log:
        raise VocError(
            f"{database} has changes in {log.name} that were not folded in, and its folder is read-only.",
            f"Copy {database.name} and {log.name} together to a folder you can write, and browse the copy.",
        )
    return True


def serve(database: Path, *, host: str = "127.0.0.1", port: int = 8001, open_browser: bool = False, **how) -> None:
    """Serve a database until Ctrl-C; `how` is what `app` takes.

    Raises VocError as `app` does, and for a host or port that cannot be had.
    """
    if how.get("can_edit") and host not in LOOPBACK and not (how.get("password") or how.get("token")):
        raise VocError(
            f"On {host} anybody could write decisions.", "Set a password in VOC_PASSWORD, or leave out --host."
        )
    served = app(database, **how)
    import uvicorn

    listening = _listen(host, port)
    server = uvicorn.Server(uvicorn.Config(served.app(), log_level="warning", lifespan="on"))
    with listening, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_until_stopped(server, listening, f"http://{host}:{port}/" if open_browser else None))


async def _until_stopped(server, listening: socket.socket, address: str | None) -> None:
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not (server.started or running.done()):
        await asyncio.sleep(0.05)
    if address and not running.done():
        webbrowser.open(address)
    await running


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, taken before the server starts, so that a port in use is said in words."""
    if not 0 < port < 65536:  # the system would take the remainder without a word
        raise VocError(f"{port} is not a port.", "Choose one from 1024 to 65535: --port 8001")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except socket.gaierror as error:
        raise VocError(f"There is no host '{host}'.", "Choose 127.0.0.1 (this machine) or 0.0.0.0 (all).") from error
    except OSError as error:
        listening.close()
        raise _not_to_be_had(error, host, port) from error
    return listening


def _not_to_be_had(error: OSError, host: str, port: int) -> VocError:
    if error.errno == errno.EADDRINUSE:
        return VocError(f"Port {port} is in use.", f"Stop what uses it, or choose another: --port {_next_port(port)}")
    if error.errno == errno.EACCES:
        return VocError(f"Port {port} is not open to you.", "Choose one above 1023: --port 8001")
    return VocError(f"{host}:{port} cannot be listened on: {error.strerror}.", "Choose 127.0.0.1, or another port.")


def _next_port(port: int) -> int:
    return port + 1 if port < 65535 else 8001
