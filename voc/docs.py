"""The generated pages of the documentation: tables, commands, settings and plug-ins, from the declarations themselves.

`python -m voc.docs docs` writes them; a test fails when they are out of date.
"""

import sys
from pathlib import Path

from voc import config, costs, curation, currencies, flow, pull_command, registry, schema, starters
from voc.tables import TABLES
from voc.views import VIEWS

_KINDS = {
    "report": ("Reports", "Written by every complete run with its run_id, and kept."),
    "source": ("What came in", "Updated by key: a row that is read again replaces what it was."),
    "working": ("Working tables", "What the latest run made on the way; replaced by each run."),
    "person": ("Decisions", "Written by people and never by a run."),
    "cache": ("Caches", "In the side file `<database>.vectors`; safe to delete."),
}
_NOTE = "<!-- Written by `make docs` from the code. Edit the code, not this page. -->\n"


def pages() -> dict[str, str]:
    """File name and content of every generated page."""
    return {"tables.md": tables_page(), "settings.md": settings_page(), "commands.md": commands_page(),
            "plugins.md": plugins_page()}  # fmt: skip


def tables_page() -> str:
    """Every table and view with every column."""
    declared = (*TABLES, *flow.report_tables())
    lines = [_NOTE, "# Tables and views", ""]
    for kind, (title, says) in _KINDS.items():
        lines += [f"## {title}", "", says, "", *(schema.markdown(t) for t in declared if t.kind == kind)]
    lines += ["## Views", "", "Questions asked often, over the tables of the latest run.", ""]
    for view in VIEWS:
        lines += [f"### {view.name}", "", f"*view.* {view.description}", ""]
        lines += [f"- `{name}`: {meaning}" for name, meaning in view.columns.items()] + [""]
    return "\n".join(lines)


def settings_page() -> str:
    """Keys of the pipeline file, of every source, of the cost file and of the curation file."""
    lines = [_NOTE, "# Settings", "", "## Pipeline file", "", *_fields(config.Pipeline)]
    for title, model in (("sources", config.SourceBlock), ("texts", config.TextsBlock), ("embed", config.EmbedBlock), ("topics", config.TopicsBlock),
                         ("match", config.MatchBlock), ("weights", config.RankWeights)):  # fmt: skip
        lines += ["", f"### {title}", "", *_fields(model)]
    for name, plugin in registry.load_all("sources").items():
        lines += ["", f"### Keys of the source `{name}`", "", plugin.DESCRIPTION, "", *_fields(plugin.Options)]
    for kind in pull_command.VENDORS:
        options = pull_command.vendor_of(kind, Path()).Options
        lines += ["", f"### Keys of `pull` in a source `{kind}`", "", *_fields(options)]
    lines += ["", "## Cost file", "", *_fields(costs.CostFile), "", "### groups", "", *_fields(costs.CostGroup)]
    for title, model in (("A line", costs.Line), ("fx", currencies.Rate), ("ledger", costs.Ledger), ("finance", costs.Finance),
                         ("exposure", costs.Exposure)):
        lines += ["", f"### {title}", "", *_fields(model)]
    for name, plugin in registry.load_all("cost_models").items():
        lines += ["", f"### Lines of the cost model `{name}`", "", plugin.DESCRIPTION, "", *_fields(plugin.Parameters)]
    lines += ["", "## Curation file", "", "People's edits of topics, under `edits`, applied in their order."]
    for edit in (curation.Rename, curation.Merge, curation.Split, curation.SplitPart, curation.Move, curation.Pin,
                 curation.Unpin, curation.Delete, curation.Link):  # fmt: skip
        lines += ["", f"### {edit.__name__}", "", *_fields(edit)]
    return "\n".join(lines) + "\n"


def _fields(model) -> list[str]:
    lines = ["| key | default | meaning |", "| --- | --- | --- |"]
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else _shown(field.get_default(call_default_factory=True))
        lines.append(f"| `{field.alias or name}` | {default} | {field.description or ''} |")
    return lines


def _shown(value) -> str:
    if hasattr(value, "model_dump"):
        return "see below"
    return "" if value in (None, "", (), {}, []) else f"`{value}`"


def commands_page() -> str:
    """Help of every command."""
    import click

    from voc.cli import cli

    lines = [_NOTE, "# Commands", ""]
    for path, command in [("voc", cli), *_commands(cli, "voc")]:
        context = click.Context(command, info_name=path, max_content_width=100, terminal_width=100)
        lines += [f"## {path}", "", "```", command.get_help(context), "```", ""]
    return "\n".join(lines)


def _commands(group, path: str):
    for name, command in sorted(group.commands.items()):
        yield f"{path} {name}", command
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")


def plugins_page() -> str:
    """Every stage, plug-in and starter, and what a plug-in must offer."""
    lines = [_NOTE, "# Plug-ins", "", "A plug-in is a module with these names; see `voc/registry.py`.", ""]
    for kind, names in registry.CONTRACTS.items():
        lines += [f"## {kind}", "", f"Offers: {', '.join(f'`{n}`' for n in names)}.", ""]
        lines += [f"- `{name}`: {plugin.DESCRIPTION}" for name, plugin in registry.load_all(kind).items()] + [""]
    lines += ["## Starter taxonomies", ""]
    lines += [f"- `{name}`: {starters.title('taxonomies', name)}" for name in starters.starter_names("taxonomies")]
    lines += ["", "## Stages", ""]
    lines += [f"{n}. `{stage.name}`: {stage.says}" for n, stage in enumerate(flow.flow(), start=1)]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
