"""A pull that is killed at any moment and started again ends with exactly the tickets there are."""

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from pull_help import T0, TOKEN, Reply, Seen, Zendesk, serving

from voc import pull_command, registry
from voc.cli import cli
from voc.config import Pipeline, SourceBlock
from voc.context import RunContext
from voc.errors import VocError
from voc.pull import _landing, engine, zendesk
from voc.pull._client import Patience
from voc.records import ContactRecord
from voc.stages.reading import Intake, source_paths

QUICK = Patience(attempts=4, first_wait=0.01, longest_wait=0.02, timeout=0.4)


def pull(server, folder: Path, **options) -> list[engine.Pulled]:
    what, subdomain = options.pop("what", ("tickets",)), options.pop("subdomain", "acme")
    chosen = zendesk.Options(
        subdomain=subdomain, user="me@acme.com", token_from="T", since="2026-01-01", base_url=server.address, what=what
    )
    return list(
        engine.pull(
            zendesk.service(chosen, TOKEN), zendesk.endpoints(chosen), folder, since=chosen.since_seconds,
            **({"patience": QUICK} | options),
        )
    )  # fmt: skip


def ingested(folder: Path) -> dict[str, str]:
    """Id and last change of every ticket, as the source reads them and ingest keeps them."""
    block = {"kind": "zendesk", "path": f"{folder.name}/tickets-*"}
    pipeline = Pipeline.model_validate({"name": "t", "database": "t.db", "sources": [block], "max_reject_share": 0.0})
    options = (registry.get("sources", "zendesk").Options(),)
    intake = Intake(RunContext(pipeline, folder.parent, "r1", options), {})
    found = [one for one in intake.records() if isinstance(one.record, ContactRecord)]
    intake.check()
    return {r.record.contact_id: f"{r.record.updated_at:%Y-%m-%dT%H:%M:%SZ}" for r in found if r.number not in intake.lost}


def there(vendor: Zendesk) -> dict[str, str]:
    return {str(number): ticket["updated_at"] for number, ticket in vendor.tickets.items()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_pull_gives_every_ticket_in_order_of_pages(tmp_path):
    vendor = Zendesk(count=45)
    with serving(vendor) as server:
        (done,) = pull(server, tmp_path / "raw")
    assert (done.name, done.pages, done.items, done.gone) == ("tickets", 5, 45, 0)
    pages = [f"tickets-{number:06d}.json" for number in range(1, 6)]
    assert names(tmp_path / "raw") == [".pull-lock", ".pull-state.json", *pages]
    assert ingested(tmp_path / "raw") == there(vendor)
    assert [seen.params.get("include") for seen in server.seen] == ["users,groups,organizations,metric_sets"] * 5


def test_a_second_pull_fetches_only_what_changed(tmp_path):
    vendor = Zendesk(count=20)
    with serving(vendor) as server:
        pull(server, tmp_path / "raw")
        assert [(one.pages, one.items) for one in pull(server, tmp_path / "raw")] == [(0, 0)]
        vendor.touch(3)
        vendor.touch(21)
        before = len(server.seen)
        assert [(one.pages, one.items) for one in pull(server, tmp_path / "raw")] == [(1, 2)]
        assert len(server.seen) == before + 1
    assert ingested(tmp_path / "raw") == there(vendor)


def test_a_change_in_the_same_second_and_objects_without_a_time_are_news(tmp_path):
    vendor, raw = Zendesk(count=5), tmp_path / "raw"
    with serving(vendor) as server:
        pull(server, raw)
        vendor.tickets[5] = vendor.tickets[5] | {"subject": "Changed at once"}
        serve, first = vendor._cursor, {"start_time": str(T0 + 600 * 5)}  # whatever the cursor
        vendor._cursor = lambda seen, tickets: serve(Seen("GET", seen.path, first, None, {}), tickets)
        assert [(one.pages, one.items) for one in pull(server, raw)] == [(1, 1)]
        first["start_time"] = "0"
        vendor.tickets = {n: t | {"generated_timestamp": 0, "updated_at": None} for n, t in vendor.tickets.items()}
        assert [(one.pages, one.items) for one in pull(server, raw)] == [(1, 5)]
        vendor.tickets[2]["subject"] = "Changed"
        assert [(one.pages, one.items) for one in pull(server, raw)] == [(1, 5)]
    assert '"Changed"' in (raw / "tickets-000004.json").read_text()


class Killed(BaseException):
    """Stands for the end of the process: no handler of the program catches it."""


def disk_steps(monkeypatch, stop_at: int | None) -> list[str]:
    """Count what is done to the disk, and stop before step number `stop_at`."""
    steps: list[str] = []

    def counted(name, function):
        def call(*arguments, **named):
            steps.append(name)
            if len(steps) == stop_at:
                raise Killed(name)
            return function(*arguments, **named)

        return call

    monkeypatch.setattr(_landing.os, "open", counted("open", os.open))
    monkeypatch.setattr(_landing.os, "fsync", counted("fsync", os.fsync))
    monkeypatch.setattr(Path, "replace", counted("replace", Path.replace))
    return steps


def changing(server, vendor: Zendesk) -> None:
    """Tickets change and come while pages are fetched."""
    server.before = lambda number: (vendor.touch(number), vendor.touch(100 + number)) if number in (2, 3) else None


def test_stopped_before_any_step_on_the_disk_it_ends_with_the_tickets_there_are(tmp_path):
    with pytest.MonkeyPatch.context() as patch, serving(Zendesk(count=15)) as server:
        changing(server, server.play)
        steps = disk_steps(patch, None)
        pull(server, tmp_path / "whole")
    # a page, then the state that counts it: file, its bytes, its name, its folder
    assert steps == ["open", *["open", "fsync", "replace", "open", "fsync"] * 2 * 2]
    for stop_at in range(1, len(steps) + 1):
        folder, vendor = tmp_path / f"raw{stop_at}", Zendesk(count=15)
        with serving(vendor) as server:
            changing(server, vendor)
            with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
                disk_steps(patch, stop_at)
                pull(server, folder)
            pull(server, folder)
        assert ingested(folder) == there(vendor), stop_at
        assert not [name for name in names(folder) if name.endswith(".part")]


PIPELINE = """
name: demo
database: voc.db
sources:
  - kind: zendesk
    path: raw/zendesk/*
    pull: {{subdomain: acme, user: me@acme.com, token_from: ZENDESK_TOKEN, since: 2026-01-01, what: [tickets], base_url: "{address}"}}
"""
# The program, ended by the system right before the state of page k is written
KILLED_BEFORE_STATE = """
import os, signal
from voc.cli import cli
from voc.pull._landing import Landing
calls, write = [], Landing._write_state
def counted(self):
    calls.append(1)
    if len(calls) == {page}:
        os.kill(os.getpid(), signal.SIGKILL)
    write(self)
Landing._write_state = counted
cli(["pull", "zendesk"])
"""


def start(folder: Path, *command: str) -> subprocess.Popen:
    environment = os.environ | {"ZENDESK_TOKEN": TOKEN}
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(folder: Path) -> str:
    process = start(folder, "-m", "voc", "pull", "zendesk")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out + err


@pytest.mark.parametrize("page", range(1, 5))
def test_killed_while_a_page_is_on_its_way(tmp_path, page):
    """`voc pull zendesk` as people run it, ended by SIGKILL at page k (no answer yet for odd k, half of one for even)."""
    vendor = Zendesk(count=35)
    with serving(vendor) as server:
        (tmp_path / "weekly.yml").write_text(PIPELINE.format(address=server.address))
        process = start(tmp_path, "-m", "voc", "pull", "zendesk")

        def kill(number: int) -> None:
            if number == page:
                if page % 2 == 0:
                    server.faults[number] = Reply(server.play(server.seen[-1]).raw(), cut=True)
                process.send_signal(signal.SIGKILL)
                process.wait()

        server.before = kill
        out, err = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        stored = [name for name in names(tmp_path / "raw/zendesk") if name.startswith("tickets")]
        assert stored == [f"tickets-{number:06d}.json" for number in range(1, page)]
        said = finish(tmp_path)
    assert ingested(tmp_path / "raw/zendesk") == there(vendor)
    assert_token_nowhere(tmp_path, out + err + said)


@pytest.mark.parametrize("page", range(1, 5))
def test_killed_between_a_page_and_its_state(tmp_path, page, monkeypatch):
    vendor = Zendesk(count=35)
    with serving(vendor) as server:
        (tmp_path / "weekly.yml").write_text(PIPELINE.format(address=server.address))
        process = start(tmp_path, "-c", KILLED_BEFORE_STATE.format(page=page))
        out, err = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, err
        stored = [name for name in names(tmp_path / "raw/zendesk") if name.startswith("tickets")]
        assert stored == [f"tickets-{number:06d}.json" for number in range(1, page + 1)]
        vendor.touch(page)  # and the world goes on meanwhile
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("ZENDESK_TOKEN", TOKEN)
        result = CliRunner().invoke(cli, ["pull", "zendesk"])
        assert result.exit_code == 0
        said = result.output
    assert ingested(tmp_path / "raw/zendesk") == there(vendor)
    assert_token_nowhere(tmp_path, out + err + said)


def assert_token_nowhere(folder: Path, said: str) -> None:
    """Neither as it is nor as the header carries it, in any file or in what was printed."""
    encoded = base64.b64encode(f"me@acme.com/token:{TOKEN}".encode())
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    for secret in (TOKEN.encode(), encoded):
        assert not [path for path in files if secret in path.read_bytes()]
        assert secret.decode() not in said


def test_folder_and_files_are_the_owners_alone(tmp_path):
    (tmp_path / "raw").mkdir(mode=0o755)
    with serving(Zendesk(count=5)) as server:
        pull(server, tmp_path / "raw")
    assert oct((tmp_path / "raw").stat().st_mode & 0o777) == "0o700"
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "raw").iterdir()} == {"0o600"}


def test_full_fetches_all_again_and_replaces_the_pages_only_when_it_is_through(tmp_path):
    vendor, raw = Zendesk(count=35), tmp_path / "raw"
    with serving(vendor) as server:
        pull(server, raw)
        del vendor.tickets[7]  # gone for good: no export tells of it
        assert "7" in ingested(raw)
        server.faults = {len(server.seen) + 3: Reply({}, status=403)}
        with pytest.raises(VocError):
            pull(server, raw, is_full=True)
        assert "7" in ingested(raw)
        pull(server, raw)
    assert names(raw)[2:] == [f"tickets-{number:06d}.json" for number in range(5, 9)]
    assert ingested(raw) == there(vendor)


def test_an_expired_cursor_begins_anew_from_the_last_known_time(tmp_path):
    vendor = Zendesk(count=45)
    vendor.known_cursors, notes = set(), []
    with serving(vendor) as server:
        server.before = lambda number: vendor.known_cursors.clear() if number == 4 else None
        pull(server, tmp_path / "raw", say=notes.append)
    # 30 tickets were there, the newest of 2026-01-01 05:00; five minutes before it
    assert notes == ["tickets: the cursor has expired, going on from 2026-01-01 04:55:00 UTC"]
    assert server.seen[4].params["start_time"] == str(T0 + 600 * 30 - 300)
    assert ingested(tmp_path / "raw") == there(vendor)


def test_cursors_that_always_expire_end_in_an_error(tmp_path):
    vendor = Zendesk(count=45)
    vendor.known_cursors = set()
    with serving(vendor) as server:
        server.before = lambda number: vendor.known_cursors.clear()
        vendor.tickets = {n: t | {"generated_timestamp": T0 + 600} for n, t in vendor.tickets.items()}
        with pytest.raises(VocError) as error:
            pull(server, tmp_path / "raw")
    assert error.value.what == (
        f"127.0.0.1:{server.server_port} refuses the request for tickets (400). "
        "It says: cursor has expired; InvalidValue."
    )
    assert error.value.fix == "Check the pull block; docs/sources.md says what each key does."


def test_damaged_state_is_said_and_full_starts_again(tmp_path):
    vendor, raw = Zendesk(count=15), tmp_path / "raw"
    with serving(vendor) as server:
        pull(server, raw)
        (raw / ".pull-state.json").write_text('{"version": 1, "acc')
        with pytest.raises(VocError) as error:
            pull(server, raw)
        assert error.value.what == f"{raw / '.pull-state.json'} is damaged: it does not say how far the pull has come."
        assert error.value.fix == "Start again with --full, or give the source a folder of its own."
        pull(server, raw, is_full=True)
    assert names(raw)[2:] == ["tickets-000003.json", "tickets-000004.json"]
    assert ingested(raw) == there(vendor)


def test_another_account_in_the_same_folder_is_refused(tmp_path):
    with serving(Zendesk(count=5)) as server:
        pull(server, tmp_path / "raw")
        with pytest.raises(VocError) as error:
            pull(server, tmp_path / "raw", subdomain="other")
    assert error.value.what == (
        f"{tmp_path / 'raw'} holds pages of acme.zendesk.com, and other.zendesk.com is asked for."
    )
    assert error.value.fix == "Give the source a folder of its own: two accounts in one would be read as one."


def test_an_earlier_since_needs_a_full_pull(tmp_path):
    with serving(Zendesk(count=5)) as server:
        pull(server, tmp_path / "raw")
        earlier = zendesk.Options(
            subdomain="acme",
            user="me@acme.com",
            token_from="T",
            since="2025-06-01",
            base_url=server.address,
            what=("tickets",),
        )
        with pytest.raises(VocError) as error:
            list(
                engine.pull(
                    zendesk.service(earlier, TOKEN),
                    zendesk.endpoints(earlier),
                    tmp_path / "raw",
                    since=earlier.since_seconds,
                )
            )
    assert error.value.what == f"{tmp_path / 'raw'} holds tickets from 2026-01-01 on, and since asks for more."
    assert error.value.fix == "Fetch everything again with --full, or put since back."


def test_two_pulls_at_once_are_refused(tmp_path):
    with serving(Zendesk(count=5)) as server, _landing.Landing(tmp_path / "raw", account="x").opened():
        with pytest.raises(VocError) as error:
            pull(server, tmp_path / "raw")
    assert error.value.what == f"Another pull is writing into {tmp_path / 'raw'}."
    assert error.value.fix == "Wait until it is done, or stop it."


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "raw").write_text("a file")
    with serving(Zendesk(count=5)) as server, pytest.raises(VocError) as error:
        pull(server, tmp_path / "raw")
    assert error.value.what == f"{tmp_path / 'raw'} cannot be written: File exists."


def test_a_state_that_cannot_be_read(tmp_path):
    (tmp_path / "raw/.pull-state.json").mkdir(parents=True)
    with serving(Zendesk(count=5)) as server, pytest.raises(VocError) as error:
        pull(server, tmp_path / "raw")
    assert error.value.what == f"{tmp_path / 'raw/.pull-state.json'} cannot be read: Is a directory."
    assert error.value.fix == "Check its permissions."


def test_hidden_files_are_no_files_of_a_source(tmp_path):
    (tmp_path / "raw").mkdir()
    for name in ("tickets-000001.json", ".pull-state.json", ".tickets-000002.json.part"):
        (tmp_path / "raw" / name).write_text("{}")
    assert source_paths(SourceBlock(kind="zendesk", path="raw/*"), tmp_path) == [tmp_path / "raw/tickets-000001.json"]
    assert pull_command.VENDORS == ("freshdesk", "intercom", "salesforce", "zendesk")
