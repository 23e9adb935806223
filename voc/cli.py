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


@cli.command("inspect")
@click.argument("file", type=FILE)
@click.option("--kind", metavar="KIND", help="Read it as this kind; told from the file when not given (voc list sources).")
@_examples("voc inspect exports/tickets.csv\nvoc inspect answers.csv --kind google_forms")
def inspect_file(file: Path, kind: str | None) -> None:
    """Say what a file is: its format, fields, first rows as they would be read (redacted), and a pipeline snippet."""
    from voc import inspection

    found = inspection.inspect(file, kind)
    click.echo(f"{file.name}: {found.kind}")
    for name, example in found.fields:
        click.echo(f"  {name:<32} {example}")
    for line in (*found.read, *found.missing):
        click.echo(line)
    click.echo(f"For the pipeline file:\nsources:\n{found.snippet}")


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
@click.option("--first-day", metavar="DAY", help="First day whose contacts and answers count, such as 2026-04-01.")
@click.option("--last-day", metavar="DAY", help="Last day that counts. Topics are still found in all data.")
@click.option("--dry-run", is_flag=True, help="Read and prepare, count, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@_examples("voc run weekly.yml\nvoc run weekly.yml --dry-run\nvoc run weekly.yml --from topics --json\n"
           "voc run weekly.yml --from episodes --first-day 2026-06-01 --last-day 2026-06-30")  # fmt: skip
def run(pipeline: Path, start: str | None, dry_run: bool, as_json: bool, quiet: bool, **days: str | None) -> None:
    """Run a pipeline file and write its tables, reports and briefing."""
    from voc import flow, terminal

    with terminal.Progress(is_quiet=quiet or as_json) as progress:
        if dry_run:
            found = terminal.stages_json(flow.dry_run(pipeline, **days, watch=progress.watch, done=progress.done))
            click.echo(json.dumps(found, indent=2) if as_json else terminal.dry_run_text(found))
            return
        summary = flow.run(pipeline, start=start, **days, watch=progress.watch, done=progress.done)
    click.echo(terminal.run_json(summary) if as_json else terminal.run_text(summary, width=click_width()))


def click_width() -> int:
    """Columns of the terminal, 100 where there is none."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


@cli.command()
@click.argument("name")
@click.option("--pipeline", type=FILE, help="The pipeline file; the only one of the folder if not given.")
@click.option("--full", "is_full", is_flag=True, help="Start again; pages are replaced once all is fetched.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@_examples("voc pull zendesk\nvoc pull helpdesk --pipeline weekly.yml --full")
def pull(name: str, pipeline: Path | None, is_full: bool, quiet: bool) -> None:
    """Fetch from a vendor's API what is new since the last pull; NAME is the source with a 'pull' block, or its kind."""
    from voc import pull_command, terminal

    with terminal.Progress(is_quiet=quiet) as progress:
        lines = pull_command.pull(
            name, pipeline, is_full=is_full, watch=progress.watch, done=progress.done, say=progress.say
        )
        said = list(lines)
    _say(said)


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


@cost.command("check")
@click.argument("path", type=FILE, metavar="FILE")
@click.option("--pipeline", type=FILE, help="Also price the contacts of this pipeline by the file.")
@_examples("voc cost check costs.yml\nvoc cost check costs.yml --pipeline weekly.yml")
def cost_check(path: Path, pipeline: Path | None) -> None:
    """Explain a cost file line by line, with the arithmetic of a contact on every channel, and warn of what looks odd."""
    from voc import cost_check as check

    for line in check.explain(path, pipeline):
        click.echo(line)


@cli.group()
def topics() -> None:
    """Topics: see them, and change them by edits that every later run applies.

    \b
    Edits stand in a file beside the pipeline file (curation.yml, or the one its key 'curation' names), a few lines
    each, to be reviewed and kept like code. TOPIC is an id (t-1a2b3c4d) or a name that only one topic has.
    """


def _edit(function: Callable) -> Callable:
    """The options of every command that writes an edit."""
    function = click.option("--note", help="Why, kept with the edit.")(function)
    return click.option("--by", help="Who decides, kept with the edit.")(function)


def _say(lines: list[str]) -> None:
    click.echo("\n".join(lines))


@topics.command("list")
@click.argument("pipeline", type=FILE)
@click.option("--search", metavar="WORD", help="Only topics whose id, name, words, theme or reason holds it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples("voc topics list weekly.yml\nvoc topics list weekly.yml --search refund")
def topics_list(pipeline: Path, search: str | None, as_json: bool) -> None:
    """List the topics of the last run with their ids, largest first."""
    from voc import topic_listing

    found = topic_listing.topics(pipeline, search)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        click.echo(topic_listing.topics_text(found, width=click_width()))


@topics.command("show")
@click.argument("pipeline", type=FILE)
@click.argument("topic")
@click.option("--search", metavar="WORD", help="Only passages that hold it.")
@click.option("--count", default=5, show_default=True, help="Passages to show.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples("voc topics show weekly.yml 'Refund late'\nvoc topics show weekly.yml t-1a2b3c4d --search card --count 20")
def topics_show(pipeline: Path, topic: str, search: str | None, count: int, as_json: bool) -> None:
    """Show a topic: words, passages with their ids, edits, history."""
    from voc import topic_listing

    found = topic_listing.topic(pipeline, topic, search=search, count=count)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else topic_listing.topic_text(found))


@topics.command("rename")
@click.argument("pipeline", type=FILE)
@click.argument("topic")
@click.argument("name")
@_edit
@_examples("voc topics rename weekly.yml t-1a2b3c4d 'Password reset mail does not arrive' --by ana")
def topics_rename(pipeline: Path, topic: str, name: str, by: str | None, note: str | None) -> None:
    """Give a topic another name."""
    from voc import topic_commands

    _say(topic_commands.rename(pipeline, topic, name, by=by, note=note))


@topics.command("merge")
@click.argument("pipeline", type=FILE)
@click.argument("topics", nargs=-1, required=True, metavar="TOPIC...")
@click.option("--into", metavar="TOPIC", help="The topic that survives; the first one when not given.")
@_edit
@_examples("voc topics merge weekly.yml 'Refund late' 'Money back late'\nvoc topics merge weekly.yml t-aa --into t-bb")
def topics_merge(pipeline: Path, topics: tuple[str, ...], into: str | None, by: str | None, note: str | None) -> None:
    """Make one topic of several; it keeps the survivor's id and name."""
    from voc import topic_commands

    _say(topic_commands.merge(pipeline, topics, into, by=by, note=note))


@topics.command("split")
@click.argument("pipeline", type=FILE)
@click.argument("topic")
@click.option("--like", nargs=2, multiple=True, metavar="NAME PHRASE", help="An example phrase of the part NAME.")
@click.option("--words", nargs=2, multiple=True, metavar="NAME WORD", help="A word of the part NAME; 'refund*' too.")
@_edit
@_examples(
    "voc topics split weekly.yml Refunds --like 'Refund late' 'still waiting for my money'\n"
    "voc topics split weekly.yml Refunds --words 'Refund in part' partial --words 'Refund in part' 'half of'"
)
def topics_split(pipeline: Path, topic: str, like: tuple, words: tuple, by: str | None, note: str | None) -> None:
    """Take parts out of a topic: passages like these phrases, or with these words. The rest stays."""
    from voc import topic_commands

    _say(topic_commands.split(pipeline, topic, like, words, by=by, note=note))


@topics.command("move")
@click.argument("pipeline", type=FILE)
@click.argument("passage")
@click.argument("topic")
@_edit
@_examples("voc topics move weekly.yml helpdesk:4711:1 'Refund late'")
def topics_move(pipeline: Path, passage: str, topic: str, by: str | None, note: str | None) -> None:
    """Put a passage, with all texts equal to it, into another topic."""
    from voc import topic_commands

    _say(topic_commands.move(pipeline, passage, topic, by=by, note=note))


@topics.command("pin")
@click.argument("pipeline", type=FILE)
@click.argument("topic")
@_edit
@_examples("voc topics pin weekly.yml 'Refund late' --by ana --note 'in the board report'")
def topics_pin(pipeline: Path, topic: str, by: str | None, note: str | None) -> None:
    """Keep id, name and passages of a topic, whatever a later run finds."""
    from voc import topic_commands

    _say(topic_commands.pin(pipeline, topic, by=by, note=note))


@topics.command("unpin")
@click.argument("pipeline", type=FILE)
@click.argument("topic")
@_edit
@_examples("voc topics unpin weekly.yml 'Refund late'")
def topics_unpin(pipeline: Path, topic: str, by: str | None, note: str | None) -> None:
    """Let a pinned topic go with the texts again."""
    from voc import topic_commands

    _say(topic_commands.unpin(pipeline, topic, by=by, note=note))


@topics.command("delete")
@click.argument("pipeline", type=FILE)
@click.argument("topic")
@_edit
@_examples("voc topics delete weekly.yml 'Thank you notes'")
def topics_delete(pipeline: Path, topic: str, by: str | None, note: str | None) -> None:
    """Make a topic none; its passages have no topic and say why."""
    from voc import topic_commands

    _say(topic_commands.delete(pipeline, topic, by=by, note=note))


@topics.command("link")
@click.argument("pipeline", type=FILE)
@click.argument("topic")
@click.option("--reason", metavar="REASON_ID", help="Contact reason of the taxonomy; wins over the match.")
@click.option("--owner", metavar="NAME", help="Who should act; wins over the taxonomy's owner.")
@click.option("--demand-type", metavar="KIND", help="Kind of demand, such as wrong_answer; wins over the reason's.")
@click.option("--fix-repeats", type=click.FloatRange(0, 1), help="Share of its repeats a fix would save.")
@click.option("--fix-first", type=click.FloatRange(0, 1), help="Share of its other contacts a fix would save.")
@_edit
@_examples(
    "voc topics link weekly.yml t-1a2b3c4d --reason login-password-reset --owner 'Identity engineering'\n"
    "voc topics link weekly.yml t-1a2b3c4d --demand-type wrong_answer --fix-repeats 0.6 --fix-first 0"
)
def topics_link(pipeline: Path, topic: str, by: str | None, note: str | None, **says: object) -> None:
    """Say what a topic is: its contact reason, owner, kind of demand, what a fix would save."""
    from voc import topic_commands

    _say(topic_commands.link(pipeline, topic, says, by=by, note=note))


@topics.command("edits")
@click.argument("pipeline", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples("voc topics edits weekly.yml")
def topics_edits(pipeline: Path, as_json: bool) -> None:
    """List the edits with their numbers and lines."""
    from voc import topic_listing

    found = topic_listing.edits(pipeline)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else topic_listing.edits_text(found))


@topics.command("undo")
@click.argument("pipeline", type=FILE)
@click.option("--edit", "number", type=int, metavar="NUMBER", help="Another edit than the last, by its number.")
@_examples("voc topics undo weekly.yml\nvoc topics undo weekly.yml --edit 3")
def topics_undo(pipeline: Path, number: int | None) -> None:
    """Take the last edit back; again, the one before it."""
    from voc import topic_commands

    _say(topic_commands.undo(pipeline, number))


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
@click.option(
    "--format", "format_", type=click.Choice(["html", "markdown", "pdf", "pptx", "docx", "json"]),
    help="By the ending of --output, else html.",
)
@click.option("--output", "-o", type=FILE, help="File to write; '-' for stdout.")
@click.option("--for", "audience", type=click.Choice(["product", "operations", "support"]), help="Only kinds of demand they can act on.")
@click.option("--owner", help="Only topics of an owner whose name holds this.")
@click.option("--demand-type", "demand_types", multiple=True, metavar="KIND", help="Only this kind of demand; may be given again.")
@click.option("--segment", help="Only topics surely over-represented in this segment; costs stay those of all customers.")
@click.option("--links", metavar="URL", help="Address of the database in Datasette: figures of the page lead to their rows.")
@_examples(
    "voc brief demo/sample.db\nvoc brief demo/sample.db --format markdown -o -\n"
    "voc brief demo/sample.db --for product --owner identity -o product.pptx\n"
    "voc brief demo/sample.db --links http://127.0.0.1:8001/sample -o page.html"
)
def brief(
    database: Path, run_id: str | None, format_: str | None, output: Path | None, links: str | None, **narrowed: object
) -> None:
    """Write the briefing of a run to a file: HTML, Markdown, PDF, slides or Word. Another period needs a run of its own: voc run --first-day."""
    from voc import brief as briefing

    form = briefing.format_of(format_, output)
    content, title = briefing.brief(database, run_id, form, briefing.wanted(**narrowed), address=links)
    if output == Path("-"):
        click.echo(content)
        return
    path = output or database.with_suffix(briefing.FORMATS[form])
    briefing.write(path, content)
    click.echo(f"{title}\nWrote {path}")


@cli.command()
@click.argument("database", metavar="PIPELINE_OR_DATABASE", type=FILE)
@click.option("--labels", required=True, type=FILE, help="The labelled sample: CSV, JSON lines, Excel or Parquet.")
@click.option("--id-column", help="Column with the id of a contact, response or verbatim; contact_id, id ... if not given.")
@click.option("--text-column", help="Column with the text itself, where there is no id.")
@click.option("--label-column", help="Column with the label, several parted by ';'; label, topic ... if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples(
    "voc evaluate weekly.yml --labels checked.csv\n"
    "voc evaluate voc.db --labels checked.xlsx --id-column Ticket --label-column Category --json"
)
def evaluate(
    database: Path,
    labels: Path,
    id_column: str | None,
    text_column: str | None,
    label_column: str | None,
    as_json: bool,
) -> None:
    """Compare the topics with a sample that people labelled: agreement, precision and recall with ranges."""
    from voc import evaluate as check

    found = check.evaluate(
        database, labels, id_column=id_column, text_column=text_column, label_column=label_column
    )
    click.echo(check.evaluation_json(found) if as_json else check.evaluation_text(found, width=click_width()))


@cli.command()
@click.argument("contact")
@click.option("--database", metavar="PIPELINE_OR_DATABASE", type=FILE, help="The only *.db of the folder if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples("voc explain helpdesk:4711 --database weekly.yml\nvoc explain 4711 --database voc.db --json")
def explain(contact: str, database: Path | None, as_json: bool) -> None:
    """Say why a contact counts as a repeat or does not: with its probability, its topic and its cost."""
    from voc import explain as reasons

    found = reasons.explain(database, contact)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else "\n".join(found["says"]))


@cli.command("show")
@click.argument("verbatim")
@click.option("--database", metavar="PIPELINE_OR_DATABASE", type=FILE, help="The only *.db of the folder if not given.")
@_examples("voc show helpdesk:4711 --database weekly.yml\nvoc show survey:81/2 --database voc.db")
def show_verbatim(verbatim: str, database: Path | None) -> None:
    """Show a text as the customer wrote it (redacted): what was cut and by which rule, its passages and their topics."""
    from voc import show

    for line in show.show(database, verbatim):
        click.echo(line)


@cli.command("what-if")
@click.argument("topic")
@click.option("--database", metavar="PIPELINE_OR_DATABASE", type=FILE, help="The only *.db of the folder if not given.")
@click.option("--fix-share", type=click.FloatRange(0, 1), required=True, help="Share of its repeats a fix would save.")
@click.option("--fix-first", type=click.FloatRange(0, 1), help="Share of its other contacts a fix would save.")
@click.option("--effort-weeks", type=click.FloatRange(min=0), help="Weeks of work the fix takes.")
@click.option("--week-cost", type=click.FloatRange(min=0), help="What such a week costs, in the currency of the run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples(
    "voc what-if 'Password reset does not work' --fix-share 0.6 --effort-weeks 3 --database weekly.yml\n"
    "voc what-if 1 --fix-share 0.6 --effort-weeks 3 --week-cost 4000 --database voc.db"
)
def what_if(topic: str, database: Path | None, as_json: bool, **assumed: float | None) -> None:
    """Say what fixing a topic would save a month, and when the effort is paid back, with ranges."""
    from voc import what_if as case

    found = case.what_if(database, topic, **assumed)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else case.what_if_text(found))


@cli.command()
@click.argument("database", metavar="PIPELINE_OR_DATABASE", type=FILE)
@click.argument("runs", nargs=-1, metavar="[RUN [RUN]]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples("voc diff demo/sample.db\nvoc diff weekly.yml 20260601T080000000-abc123 --json")
def diff(database: Path, runs: tuple[str, ...], as_json: bool) -> None:
    """Say what changed between two runs, what of it is beyond noise, and why; the latest two when none is named."""
    from voc import compare, compare_text

    found = compare.diff(database, runs)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else compare_text.diff_text(found, width=click_width()))


@cli.command()
@click.argument("database", metavar="PIPELINE_OR_DATABASE", type=FILE)
@click.option("--as", "kind", required=True, metavar="KIND", help="What to write; all kinds: voc list exports.")
@click.option("--output", "-o", metavar="PLACE", help="Folder, file or database URL; '-' or none: a text to stdout.")
@click.option("--run", "run_id", help="Figures of this run; the latest complete one when not given.")
@click.option("--top", type=click.IntRange(min=1), help="Only so many topics (digest, jira, linear, knowledge-gaps).")
@click.option("--owner", help="Only topics of this owner (digest, jira, linear, wfm, knowledge-gaps).")
@click.option("--links", metavar="URL", help="Address of the database in Datasette, for links to the evidence.")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Only this table; may be given again.")
@click.option("--texts", is_flag=True, help="Customers' whole texts as well, redacted (csv, parquet, sql).")
@click.option("--webhook-json", is_flag=True, help="The digest as the body of a webhook; it is not sent.")
@_examples(
    "voc export demo/sample.db --as csv -o tables\n"
    "voc export demo/sample.db --as excel -o figures.xlsx\n"
    "voc export demo/sample.db --as jira -o issues --owner 'Identity engineering'\n"
    "voc export demo/sample.db --as digest --top 3\n"
    "voc export demo/sample.db --as sql -o postgresql+psycopg://me@host/database"
)
def export(database: Path, kind: str, output: str | None, run_id: str | None, **chosen: object) -> None:
    """Hand a run's figures on: tables, a workbook, issues, lists, a message. Only redacted text leaves."""
    from voc import export_commands

    _say(export_commands.export(database, kind, output, run_id=run_id, options=export_commands.Options(**chosen)))


_DATABASE = click.option("--database", metavar="PIPELINE_OR_DATABASE", type=FILE, help="The only *.db of the folder if not given.")


@cli.group()
def identity() -> None:
    """Who is who: what made one customer of several rows, and what was not joined.

    \b
    CUSTOMER is an id (c-...), its beginning, the shown name ("Customer 1a2b3c"), or an identifier: an e-mail
    address, a phone number, a vendor's id. Identifiers are hashed with the database's key and looked up by hash.
    """


@identity.command("explain")
@click.argument("customer")
@_DATABASE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples("voc identity explain ann@example.com --database weekly.yml\nvoc identity explain c-1a2b3c --database voc.db --json")
def identity_explain(customer: str, database: Path | None, as_json: bool) -> None:
    """Say how a customer came to be: rows, identifiers, and which of them tied what."""
    from voc import identity_explain as ties

    found = ties.explain(database, customer)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else "\n".join(found["says"]))


@identity.command("reviews")
@_DATABASE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
@_examples("voc identity reviews --database weekly.yml")
def identity_reviews(database: Path | None, as_json: bool) -> None:
    """List clusters of identifiers too large to be one person, and how to accept one."""
    from voc import identity_explain as ties

    found = ties.reviews(database)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else "\n".join(ties.reviews_text(found)))


@cli.command("export-customer")
@click.argument("customer")
@_DATABASE
@click.option("--output", "-o", type=FILE, help="File to write, readable by its owner alone; '-' or none: stdout.")
@_examples("voc export-customer ann@example.com --database weekly.yml -o ann.json")
def export_customer(customer: str, database: Path | None, output: Path | None) -> None:
    """Hand over everything the database holds about one customer, as one JSON document."""
    from voc import person_export

    _say(person_export.write_document(database, customer, output))


@cli.command()
@click.argument("customer")
@_DATABASE
@click.option("--yes", is_flag=True, help="Do not ask.")
@_examples("voc forget ann@example.com --database weekly.yml\nvoc forget c-1a2b3c4d5e6f --database voc.db --yes")
def forget(customer: str, database: Path | None, yes: bool) -> None:
    """Erase one customer from every table, index and side file; later runs do not take them in again.

    \b
    CUSTOMER as for: voc identity. It cannot be undone. Input files, copies and exports are out of reach.
    """
    from voc import forget as erasing

    _say(list(erasing.plan(database, customer).lines))
    if not yes:
        click.confirm("Erase this for good?", abort=True)
    _say(erasing.forget(database, customer))


@cli.command()
@click.argument("database", type=FILE)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
@click.option("--dashboard", "dashboards", type=FILE, multiple=True, help="YAML file of a dashboard; may be repeated.")
@click.option("--password", envvar="VOC_PASSWORD", help="Ask for it on a login page; better set in VOC_PASSWORD.")
@click.option("--token", envvar="VOC_TOKEN", help="Let programs in that send it as a bearer token; better set in VOC_TOKEN.")
@click.option("--edit", "can_edit", is_flag=True, help="Let people write status, owner and note of a topic.")
@_examples("voc browse demo/sample.db\nvoc browse demo/sample.db --port 9000 --open\n"
           "VOC_PASSWORD=... voc browse demo/sample.db --host 0.0.0.0 --edit")  # fmt: skip
def browse(database: Path, host: str, port: int, **how) -> None:
    """Browse a database with Datasette, read-only unless --edit is given."""
    from voc.browse import server

    click.echo(f"http://{host}:{port}/  (Ctrl-C stops)", err=True)
    server.serve(database, host=host, port=port, **how)


def main() -> None:
    """Entry point."""
    cli(prog_name="voc")
