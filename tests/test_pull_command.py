"""`voc pull` at the command line: which source, which settings, which variable, and what is said."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pull_help import TOKEN, Reply, Zendesk, serving

from voc import config, flow, pull_command
from voc.cli import cli
from voc.errors import VocError

SOURCE = """  - kind: zendesk
    path: raw/zendesk/*
    pull:
      subdomain: acme
      user: me@acme.com
      token_from: ZENDESK_TOKEN
      since: 2026-01-01
      what: [tickets]
"""


def pipeline(folder: Path, sources: str = SOURCE, name: str = "weekly.yml") -> Path:
    path = folder / name
    path.write_text(f"name: demo\ndatabase: voc.db\nsources:\n{sources}", encoding="utf-8")
    return path


def at(server, sources: str = SOURCE) -> str:
    return sources.replace("subdomain: acme\n", f"subdomain: acme\n      base_url: {server.address}\n")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZENDESK_TOKEN", TOKEN)
    return tmp_path


def run(*arguments: str):
    result = CliRunner().invoke(cli, ["pull", *arguments])
    assert TOKEN not in result.output
    return result


def said(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 1
    return result.stderr


def test_pull_then_a_dry_run_gives_the_contacts(here):
    with serving(Zendesk(count=25)) as server:
        path = pipeline(here, at(server))
        result = run("zendesk")
    assert result.exit_code == 0
    assert result.stdout == "tickets: 25 new or changed in 3 pages\nStored in raw/zendesk/. Next: voc run weekly.yml\n"
    progress = result.stderr.splitlines()
    assert len(progress) == 1
    assert progress[0].startswith(f"[1/1] tickets   from 127.0.0.1:{server.server_port}: 3 pages, 25 objects (")
    dry = CliRunner().invoke(cli, ["run", str(path), "--dry-run", "--json"])
    rows = next(stage["rows_out"] for stage in json.loads(dry.stdout) if stage["stage"] == "ingest")
    assert (rows["contacts"], rows["rejects"], rows["customers"]) == (25, 0, 7)


def test_a_run_before_the_first_pull_says_what_to_do(here):
    result = CliRunner().invoke(
        cli, ["run", str(pipeline(here, SOURCE.replace("path:", "name: desk\n    path:"))), "--dry-run"]
    )
    assert result.stderr.endswith("Error: No file matches raw/zendesk/*.\nFetch its pages first: voc pull desk\n")


def test_the_users_mail_and_the_variable_do_not_reach_the_stored_settings(here):
    stored = config.load_pipeline(pipeline(here)).model_dump_json()
    assert "acme" not in stored and "ZENDESK_TOKEN" not in stored


def test_quiet_and_full(here):
    with serving(Zendesk(count=5)) as server:
        pipeline(here, at(server))
        assert run("zendesk", "--quiet").stderr == ""
        assert run("zendesk", "-q").stdout.startswith("tickets: nothing new\n")
        assert run("zendesk", "-q", "--full").stdout.startswith("tickets: 5 new or changed in 1 page\n")
    assert sorted(path.name for path in (here / "raw/zendesk").glob("[!.]*")) == ["tickets-000002.json"]


def test_waits_and_expired_cursors_are_said(here):
    vendor = Zendesk(count=25)
    vendor.known_cursors = set()
    with serving(vendor) as server:
        pipeline(here, at(server))
        server.before = lambda number: vendor.known_cursors.clear() if number == 2 else None
        lines = run("zendesk").stderr.splitlines()
    assert lines[0] == "      tickets: the cursor has expired, going on from 2026-01-01 01:35:00 UTC"


def test_a_refused_token_is_said_without_it(here):
    with serving(lambda seen: Reply({"error": f"no {TOKEN}"}, status=401)) as server:
        pipeline(here, at(server))
        assert said("zendesk") == (
            f"Error: 127.0.0.1:{server.server_port} does not accept the token (401). It says: no [hidden].\n"
            "Make an API token in Admin Center, Apps and integrations, APIs, and name its agent's e-mail in user. "
            "Then set the variable again.\n"
        )
    assert not [path for path in here.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]


def test_a_missing_variable(here, monkeypatch):
    pipeline(here)
    monkeypatch.delenv("ZENDESK_TOKEN")
    assert said("zendesk") == (
        "Error: The environment variable ZENDESK_TOKEN is not set, and token_from takes the token of zendesk from it.\n"
        "Set it in your shell: export ZENDESK_TOKEN=... (docs/sources.md, Pulling from the API, says how to make one).\n"
    )
    assert not (here / "raw").exists()


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "töken"])
def test_a_variable_that_holds_no_token(here, monkeypatch, value):
    pipeline(here)
    monkeypatch.setenv("ZENDESK_TOKEN", value)
    assert said("zendesk") == (
        "Error: The environment variable ZENDESK_TOKEN holds no token: letters, digits and signs only.\nCopy the token again.\n"
    )


# ---------------------------------------------------------------- which pipeline, which source


def test_the_only_pipeline_of_the_folder_is_taken(here):
    (here / "costs.yml").write_text("currency: EUR\n")
    (here / "broken.yml").write_text("a: [\n")
    assert said("zendesk") == "Error: Which pipeline file?\nThere is none in this folder. Name it: --pipeline FILE.\n"
    path = pipeline(here)
    assert pull_command.only_pipeline(Path()) == Path(path.name)
    pipeline(here, name="daily.yaml")
    assert said("zendesk") == (
        "Error: Which pipeline file?\nHere are: daily.yaml, weekly.yml. Name it: --pipeline FILE.\n"
    )


TWO = SOURCE + SOURCE.replace("path:", "name: uk\n    path:").replace("raw/zendesk", "raw/uk")


def test_a_source_goes_by_its_name_else_by_its_kind(here):
    with serving(Zendesk(count=5)) as server:
        pipeline(here, at(server, TWO))
        assert run("uk").stdout.endswith("Stored in raw/uk/. Next: voc run weekly.yml\n")
        pipeline(here, at(server, SOURCE.replace("path:", "name: desk\n    path:")))
        assert run("Zendesk".lower()).exit_code == 0


@pytest.mark.parametrize(
    ("sources", "name", "message"),
    [
        (SOURCE, "zendsk", "Error: weekly.yml has no source called 'zendsk'.\nDid you mean 'zendesk'?\n"),
        (TWO.replace("path: raw/zendesk", "name: us\n    path: raw/zendesk"), "zendesk",
         "Error: weekly.yml has 2 sources of the kind 'zendesk'.\nName one: us, uk.\n"),
        ("  - {kind: zendesk, path: raw/*}\n", "zendesk",
         "Error: weekly.yml: the source 'zendesk' does not say what to pull.\n"
         "Give it a block such as: pull: {subdomain: acme, user: me@acme.com, token_from: ZENDESK_TOKEN, since: 2026-01-01}\n"),
        ("  - {kind: table, path: raw/*}\n", "table",
         "Error: weekly.yml: a source of the kind 'table' cannot be pulled.\n"
         "Its files have to be exported. Pulled are: freshdesk, intercom, salesforce, zendesk.\n"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_pulled(here, sources, name, message):
    pipeline(here, sources)
    assert said(name) == message


# ---------------------------------------------------------------- settings


def fault(here, sources: str) -> str:
    path = pipeline(here, sources)
    with pytest.raises(VocError) as pulled:
        list(pull_command.pull("zendesk", path, is_full=False, watch=None, done=None, say=None))
    with pytest.raises(VocError) as checked:
        flow.check(path)
    assert checked.value.what == pulled.value.what
    return pulled.value.what.replace(f"{path}:", "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("subdomain", "subdomian",
         "7: sources.0.pull.subdomian: unknown setting - did you mean 'subdomain'?"),
        ("      since: 2026-01-01\n", "", "6: sources.0.pull.since: missing"),
        ("2026-01-01", "yesterday", "10: sources.0.pull.since: should be a day such as 2026-01-01 (it is 'yesterday')"),
        ("2026-01-01", "20260101", "10: sources.0.pull.since: should be a day such as 2026-01-01 (it is 20260101)"),
        ("2026-01-01", "2999-01-01", "10: sources.0.pull.since: should not be in the future (it is datetime.date(2999, 1, 1))"),
        ("acme\n", "evil.com/\n", "7: sources.0.pull.subdomain: should be the name before .zendesk.com in your address (it is 'evil.com/')"),
        ("acme\n", "evil.com#\n", "7: sources.0.pull.subdomain: should be the name before .zendesk.com in your address (it is 'evil.com#')"),
        ("[tickets]", "[]", "6: sources.0.pull: what should name something to fetch"),
        ("ZENDESK_TOKEN", "aB3-secret.token", "6: sources.0.pull: token_from should be the name of an environment variable, "
         "such as ZENDESK_TOKEN, not the token"),
        ("subdomain: acme", "subdomain: acme\n      base_url: http://example.com", "8: sources.0.pull.base_url: should be an "
         "address on this machine, such as http://127.0.0.1:8080: the token goes there (it is 'http://example.com')"),
        ("subdomain: acme", "subdomain: acme\n      base_url: http://127.0.0.1@example.com", "8: sources.0.pull.base_url: should "
         "be an address on this machine, such as http://127.0.0.1:8080: the token goes there (it is 'http://127.0.0.1@example.com')"),
    ],
)  # fmt: skip
def test_a_setting_that_is_wrong(here, old, new, message):
    lines = fault(here, SOURCE.replace(old, new, 1)).splitlines()
    assert message in lines


def test_an_unknown_list(here):
    assert (
        "sources.0.pull.what.0: input should be 'tickets', 'ticket_events', 'satisfaction_ratings', 'calls' or 'users'"
        in fault(here, SOURCE.replace("[tickets]", "[ticket]"))
    )


@pytest.mark.parametrize(
    ("path", "what", "fix"),
    [
        ("tickets.json", "The source 'zendesk' is pulled, and its path 'tickets.json' would not read the pages.",
         "Let path name a folder and all files in it, such as: path: raw/zendesk/*"),
        ("raw/ratings*", "The source 'zendesk' is pulled, and its path 'raw/ratings*' would not read the pages.",
         "Let path name a folder and all files in it, such as: path: raw/zendesk/*"),
        ("*/all/*", "The source 'zendesk' is pulled, and its path '*/all/*' would not read the pages.",
         "Let path name a folder and all files in it, such as: path: raw/zendesk/*"),
        ("*.json", "The source 'zendesk' is pulled into the folder of the pipeline file itself.",
         "Give it a folder of its own, such as: path: raw/zendesk/*"),
        ("../*", "The source 'zendesk' is pulled into the folder of the pipeline file itself.",
         "Give it a folder of its own, such as: path: raw/zendesk/*"),
    ],
)  # fmt: skip
def test_a_path_that_is_no_folder_of_pages(here, path, what, fix):
    place = pipeline(here, SOURCE.replace("raw/zendesk/*", f'"{path}"'))
    with pytest.raises(VocError) as error:
        flow.check(place)
    assert (error.value.what, error.value.fix) == (what, fix)


def test_the_other_vendors_settings(here):
    for kind, own, what in (
        (
            "freshdesk",
            "domain: a.b",
            "sources.0.pull.domain: should be the name before .freshdesk.com in your address (it is 'a.b')",
        ),
        (
            "salesforce",
            "domain: acme.evil",
            "sources.0.pull.domain: should be the name before .my.salesforce.com in your address",
        ),
        (
            "salesforce",
            "domain: acme\n      fields: ['Id FROM User']",
            "sources.0.pull.fields: 'Id FROM User' should be an API name",
        ),
        ("intercom", "region: mars", "sources.0.pull.region: input should be 'us', 'eu' or 'au' (it is 'mars')"),
    ):
        path = pipeline(
            here,
            f"  - kind: {kind}\n    path: raw/*\n    pull:\n      {own}\n      token_from: T\n      since: 2026-01-01\n",
        )
        with pytest.raises(VocError) as error:
            flow.check(path)
        assert what in error.value.what


def test_hosts_are_the_vendors_own():
    found = {}
    for kind, own in (("zendesk", {"subdomain": "Acme.zendesk.com"}), ("freshdesk", {"domain": "acme"}),
                      ("intercom", {"region": "eu"}), ("salesforce", {"domain": "acme"})):  # fmt: skip
        vendor = pull_command.vendor_of(kind, Path("weekly.yml"))
        service = vendor.service(vendor.Options(token_from="T", since="2026-01-01", **own), TOKEN)
        found[kind] = (service.address, service.headers["Authorization"].partition(" ")[0])
        assert TOKEN in service.secrets and TOKEN not in repr(service)
    assert found == {
        "zendesk": ("https://acme.zendesk.com", "Bearer"),
        "freshdesk": ("https://acme.freshdesk.com", "Basic"),
        "intercom": ("https://api.eu.intercom.io", "Bearer"),
        "salesforce": ("https://acme.my.salesforce.com", "Bearer"),
    }


def test_help_says_where_to_go_on():
    result = CliRunner().invoke(cli, ["pull", "--help"])
    assert "voc pull zendesk" in result.output and "--full" in result.output
