"""Pipeline, taxonomy and cost files: what is right is read, what is wrong is named with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc import config, costs, flow, starters, taxonomy
from voc.errors import VocError

GOOD = """\
name: demo
database: demo.db
sources:
  - kind: table
    path: a.csv
    columns: {id: id, opened_at: when, text: text}
"""


def write(folder: Path, text: str, name: str = "p.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fault(path: Path, load=config.load_pipeline) -> str:
    with pytest.raises(VocError) as error:
        load(path)
    return str(error.value)


def test_defaults(tmp_path):
    pipeline = config.load_pipeline(write(tmp_path, GOOD))
    assert (pipeline.window_days, pipeline.max_reject_share, pipeline.seed) == (7, 0.01, 1)
    assert pipeline.embed.model == "minilm"
    assert pipeline.costs is None


def test_unknown_key_has_line_and_suggestion(tmp_path):
    path = write(tmp_path, GOOD + "windw_days: 3\n")
    assert fault(path) == f"{path}:7: windw_days: unknown setting - did you mean 'window_days'?"


def test_unknown_key_in_a_block(tmp_path):
    path = write(tmp_path, GOOD + "topics:\n  sise: few\n")
    assert fault(path) == f"{path}:8: topics.sise: unknown setting - did you mean 'size'?"


def test_unknown_key_of_a_source_is_checked_by_the_source(tmp_path):
    path = write(tmp_path, GOOD.replace("columns", "colums"))
    with pytest.raises(VocError) as error:
        flow.check(path)
    assert f"{path}:6: colums: unknown setting - did you mean 'columns'?" in str(error.value)


def test_wrong_value_shows_what_it_is(tmp_path):
    path = write(tmp_path, GOOD + "window_days: 90\n")
    assert fault(path) == f"{path}:7: window_days: input should be less than or equal to 30 (it is 90)"


def test_missing_key(tmp_path):
    path = write(tmp_path, GOOD.replace("database: demo.db\n", ""))
    assert fault(path) == f"{path}:1: database: missing"


def test_broken_yaml_has_its_line(tmp_path):
    path = write(tmp_path, GOOD + "costs: [a, b\nseed: 1\n")
    assert fault(path).startswith(f"{path}:8: not valid YAML: ")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: None, "does not exist.\n"),
        (lambda p: p.mkdir(), "is a folder, not a file.\n"),
        (lambda p: p.write_bytes(b""), "holds no settings.\n"),
        (lambda p: p.write_bytes(b"\xff\xfe\x00"), "cannot be read: "),
    ],
)
def test_a_file_that_is_no_pipeline(tmp_path, make, says):
    path = tmp_path / "p.yml"
    make(path)
    assert says in fault(path)


def test_missing_file_suggests_its_neighbour(tmp_path):
    write(tmp_path, GOOD, "weekly.yml")
    assert fault(tmp_path / "wekly.yml").endswith("Did you mean 'weekly.yml'?")


def test_unknown_source_and_embedder_are_named(tmp_path):
    path = write(tmp_path, GOOD.replace("kind: table", "kind: zendsk"))
    assert fault(path, flow.check) == "No source called 'zendsk'.\nDid you mean 'zendesk'?"
    path = write(tmp_path, GOOD + "embed: {model: minilmm}\n")
    assert fault(path, flow.check) == "No embedder called 'minilmm'.\nDid you mean 'minilm'?"


@given(st.text(max_size=200))
def test_any_text_is_a_pipeline_or_a_named_fault(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "p.yml"
    path.write_bytes(text.encode("utf-8", "replace"))
    try:
        config.load_pipeline(path)
    except VocError as error:
        assert str(path) in str(error)


@pytest.mark.parametrize("name", starters.starter_names("taxonomies"))
def test_starter_taxonomies_are_real(name):
    found = taxonomy.load_taxonomy(name, Path())
    assert 25 <= len(found.reasons) <= 60
    assert len({r.label for r in found.reasons}) == len(found.reasons)
    for reason in found.reasons:
        assert reason.description
        assert len(reason.examples) >= 4
        assert reason.owner != "unrouted"


def test_there_are_the_four_starter_taxonomies():
    assert starters.starter_names("taxonomies") == ["bank", "ecommerce", "saas", "telecom"]


@pytest.mark.parametrize("name", starters.starter_names("pipelines"))
def test_starter_pipelines_are_valid(name):
    config.load_pipeline(starters.find("pipelines", name, Path()))


def test_unknown_taxonomy_is_suggested(tmp_path):
    path = write(tmp_path, GOOD + "taxonomy: telecoms\n")
    assert fault(path, flow.check) == "No starter called 'telecoms' in taxonomies.\nDid you mean 'telecom'?"
    path = write(tmp_path, GOOD + "taxonomy: mine.yml\n")
    assert "mine.yml does not exist." in fault(path, flow.check)


TAXONOMY = """\
name: mine
title: Mine
reasons:
  - {id: a, label: A, area: X, demand_type: value}
  - {id: a, label: B, area: X, demand_type: valu}
"""


def test_taxonomy_faults(tmp_path):
    path = write(tmp_path, TAXONOMY)
    assert "5: reasons.1.demand_type: should be one of value, product_defect" in fault(
        path, lambda p: taxonomy.load_taxonomy(str(p), Path())
    )
    path = write(tmp_path, TAXONOMY.replace("valu}", "value}"))
    assert "two reasons have the id 'a'" in fault(path, lambda p: taxonomy.load_taxonomy(str(p), Path()))


COSTS = """\
currency: EUR
groups:
  - name: own
    model: in_house
    channels:
      '*': {handle_minutes: {value: 5, source: ledger}}
"""


def test_a_cost_line_must_say_its_source(tmp_path):
    path = write(tmp_path, COSTS.replace(", source: ledger", ""))
    assert fault(path, lambda p: costs.load_costs(str(p), Path())) == (
        f"{path}:6: groups.0.channels.*.handle_minutes.source: missing"
    )
    path = write(tmp_path, COSTS.replace("ledger", "guess"))
    assert "input should be 'assumption', 'ledger' or 'contract' (it is 'guess')" in fault(
        path, lambda p: costs.load_costs(str(p), Path())
    )


def test_two_groups_for_one_site(tmp_path):
    path = write(tmp_path, COSTS + COSTS.partition("groups:\n")[2].replace("own", "other"))
    assert "the site '*' stands in the file twice" in fault(path, lambda p: costs.load_costs(str(p), Path()))


def test_cost_file_knows_its_groups_and_lines(tmp_path):
    found = costs.load_costs(str(write(tmp_path, COSTS)), Path())
    assert found.group_of("anywhere").name == "own"
    assert [place for place, _ in found.lines()] == ["groups.own.channels.*.handle_minutes"]
    assert not found.is_illustrative


def test_the_cost_template_is_valid_and_says_it_is_illustrative(tmp_path):
    from voc import setup

    found = costs.load_costs(str(setup.write_cost_file(tmp_path / "costs.yml")), Path())
    assert found.is_illustrative
    with pytest.raises(VocError, match="exists already"):
        setup.write_cost_file(tmp_path / "costs.yml")


def test_two_sources_of_one_name_are_refused(tmp_path):
    block = GOOD.partition("sources:\n")[2]
    path = write(tmp_path, GOOD + block.replace("a.csv", "b.csv"))
    assert fault(path) == f"{path}:3: sources: two sources are called 'table': give each a name of its own"
