"""The command line: parse, call, print. Everything heavy is imported inside the commands."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

from voc import __version__
from voc.errors import VocError

FILE = click.Path(path_type=Path)


class _Group(click.Group):
    """Prints a VocError as what is wrong and the next move, and exits with 1."""

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except VocError as error:
            if ctx.params.get("verbose"):
                raise
            click.echo(f"Error: {error.what}", err=True)
            if error.fix:
                click.echo(error.fix, err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("Stopped. What was finished is kept; run again to go on.", err=True)
            sys.exit(130)
        except BrokenPipeError:
            sys.exit(0)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            if ctx.params.get("verbose"):
                raise
            click.echo(f"Error: a fault in voc itself: {type(error).__name__}: {error}", err=True)
            click.echo("Please report it with the output of: voc --verbose " + " ".join(sys.argv[1:]), err=True)
            sys.exit(1)


def _examples(text: str) -> Callable:
    """Add examples to a command's help, before everything else that follows its first sentence."""

    def decorate(function: Callable) -> Callable:
        lines = "\n".join(f"  {line}" for line in text.strip().splitlines())
        function.__doc__ = f"{function.__doc__.strip()}\n\n\b\nExamples:\n{lines}\n"
        return function

    return decorate


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="voc")
@click.option("--verbose", is_flag=True, help="Show the traceback of an error.")
def cli(verbose: bool) -> None:
    """What customers say, sorted into topics, and what each topic costs in repeat contacts.

    \b
    Start here:
      voc sample demo && voc run demo/sample.yml     a made-up company, end to end
      voc init                                       a pipeline file for your own exports
    """


@cli.command()
@click.argument("folder", type=FILE, default=Path("."))
@_examples("voc init\nvoc init weekly")
def init(folder: Path) -> None:
    """Write a commented pipeline file to start from."""
    from voc import setup

    for path in setup.write_starter(folder):
        click.echo(f"Wrote {path}")
    click.echo("Next: put your export's file name and columns into it, then: voc check " + str(folder / "pipeline.yml"))


@cli.command()
@click.argument("pipeline", type=FILE)
@_examples("voc check weekly.yml")
def check(pipeline: Path) -> None:
    """Check a pipeline file and everything it names, and read the first rows of each source."""
    from voc import flow, setup

    context = flow.check(pipeline)
    for line in setup.check_lines(context):
        click.echo(line)
    click.echo(f"{pipeline} is fine. Next: voc run {pipeline}")


@cli.command()
@click.argument("pipeline", type=FILE)
@click.option("--from", "start", metavar="STAGE", help="Start at this stage, on the tables the last run left.")
@click.option("--dry-run", is_flag=True, help="Read and prepare, count, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@_examples("voc run weekly.yml\nvoc run weekly.yml --dry-run\nvoc run weekly.yml --from topics --json")
def run(pipeline: Path, start: str | None, dry_run: bool, as_json: bool, quiet: bool) -> None:
    """Run a pipeline file and write its tables, reports and briefing."""
    from voc import flow, terminal

    with terminal.Progress(is_quiet=quiet or as_json) as progress:
        if dry_run:
            found = terminal.stages_json(flow.dry_run(pipeline, watch=progress.watch, done=progress.done))
            click.echo(json.dumps(found, indent=2) if as_json else terminal.dry_run_text(found))
            return
        summary = flow.run(pipeline, start=start, watch=progress.watch, done=progress.done)
    click.echo(terminal.run_json(summary) if as_json else terminal.run_text(summary, width=click_width()))


def click_width() -> int:
    """Columns of the terminal, 100 where there is none."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


@cli.command("list")
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples("voc list\nvoc list sources")
def list_plugins(kind: str | None, as_json: bool) -> None:
    """List stages, sources, embedders, cost models, reports and starter taxonomies."""
    from voc import terminal

    found = terminal.inventory(kind)
    click.echo(json.dumps(found, indent=2) if as_json else terminal.inventory_text(found))


@cli.command()
@click.argument("database", type=FILE, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples("voc tables\nvoc tables demo/sample.db")
def tables(database: Path | None, as_json: bool) -> None:
    """Describe every table, with row counts when a database is named."""
    from voc import terminal

    found = terminal.table_list(database)
    click.echo(json.dumps(found, indent=2) if as_json else terminal.table_text(found))


@cli.group()
def cost() -> None:
    """Cost files: what a contact costs, with the source of every value."""


@cost.command("init")
@click.argument("path", type=FILE, default=Path("costs.yml"))
@_examples("voc cost init\nvoc cost init weekly/costs.yml")
def cost_init(path: Path) -> None:
    """Write a cost file to fill in."""
    from voc import setup

    setup.write_cost_file(path)
    click.echo(f"Wrote {path}. Replace its values by your own and say where each comes from; then name it under 'costs'.")


@cli.command()
@click.argument("folder", type=FILE)
@click.option("--seed", default=7, show_default=True, help="Another seed is another company.")
@click.option("--tickets", default=5000, show_default=True, help="Tickets to write, about.")
@click.option("--answers", default=1500, show_default=True, help="Survey answers to write, about.")
@_examples("voc sample demo\nvoc sample demo --seed 11 --tickets 2000")
def sample(folder: Path, seed: int, tickets: int, answers: int) -> None:
    """Write a made-up company: tickets, survey answers, a pipeline, a cost file, and the truth behind them."""
    from voc import setup

    for line in setup.write_sample_company(folder, seed=seed, tickets=tickets, answers=answers):
        click.echo(line)
    click.echo(f"Next: voc run {folder / 'sample.yml'}")


@cli.command()
@click.argument("database", type=FILE)
@click.option("--run", "run_id", help="Briefing of this run; the latest complete one when not given.")
@click.option("--format", "format_", type=click.Choice(["html", "markdown"]), default="html", show_default=True)
@click.option("--output", "-o", type=FILE, help="File to write; '-' for stdout.")
@_examples("voc brief demo/sample.db\nvoc brief demo/sample.db --format markdown -o -")
def brief(database: Path, run_id: str | None, format_: str, output: Path | None) -> None:
    """Write the briefing of a run to a file."""
    from voc import setup

    text, title = setup.read_briefing(database, run_id, format_)
    if output == Path("-"):
        click.echo(text)
        return
    path = output or database.with_suffix(".html" if format_ == "html" else ".md")
    setup.write_text(path, text)
    click.echo(f"{title}\nWrote {path}")


@cli.command()
@click.argument("database", type=FILE)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
@_examples("voc browse demo/sample.db\nvoc browse demo/sample.db --port 9000 --open")
def browse(database: Path, host: str, port: int, open_browser: bool) -> None:
    """Browse a database with Datasette, read-only."""
    from voc.browse import server

    click.echo(f"http://{host}:{port}/  (Ctrl-C stops)", err=True)
    server.serve(database, host=host, port=port, open_browser=open_browser)


def main() -> None:
    """Entry point."""
    cli(prog_name="voc")
