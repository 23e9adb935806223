"""Contracts of the plug-ins, one a kind, over everything the registry finds."""

from importlib.metadata import EntryPoint

import numpy as np
import pandas as pd
import pytest
from story import context

from voc import registry
from voc.config import Settings
from voc.errors import VocError
from voc.schema import Table

OWN_SOURCES = [
    "alchemer", "app_store", "delighted", "freshdesk", "front", "genesys", "google_forms", "google_play", "helpscout",
    "hubspot", "intercom", "jira", "qualtrics", "salesforce", "servicenow", "surveymonkey", "table", "typeform", "zendesk",
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(registry.CONTRACTS))
def test_every_plugin_keeps_its_contract_and_describes_itself(kind):
    found = registry.load_all(kind)
    assert found
    for name, plugin in found.items():
        assert plugin.DESCRIPTION.strip() == plugin.DESCRIPTION, name
        assert len(plugin.DESCRIPTION) > 20, name


def test_what_there_is():
    assert registry.names("sources") == OWN_SOURCES
    assert registry.names("embedders") == ["minilm", "sentence_transformers", "tfidf", "use_multilingual"]
    assert registry.names("cost_models") == [
        "bot_per_session", "bpo_per_contact", "bpo_per_hour", "bpo_per_minute", "in_house",
    ]  # fmt: skip


def test_dashes_and_underscores_are_the_same():
    assert registry.get("embedders", "sentence-transformers") is registry.get("embedders", "sentence_transformers")


@pytest.mark.parametrize("name", registry.names("sources"))
def test_sources_refuse_unknown_options(name):
    assert issubclass(registry.get("sources", name).Options, Settings)
    with pytest.raises(ValueError, match="nonsense"):
        registry.get("sources", name).Options(nonsense=1)


@pytest.mark.parametrize("name", ["minilm", "tfidf"])
def test_embedders_give_unit_rows_in_order(name):
    plugin = registry.get("embedders", name)
    texts = ["The invoice is wrong", "I cannot log in", "The invoice is wrong", ""]
    vectors = plugin.embed(texts, argument=None, progress=None)
    assert vectors.dtype == np.float32
    assert len(vectors) == 4
    assert np.array_equal(vectors[0], vectors[2])
    assert np.linalg.norm(vectors[:3], axis=1) == pytest.approx(1, abs=1e-5)
    assert plugin.model_id(None, texts) == plugin.model_id(None, texts)


VALUES = {
    "wage_per_hour": 20, "shrinkage_share": 0.3, "occupancy_share": 0.8, "price_per_contact": 3, "other_cost": 0.1,
    "price_per_minute": 0.5, "billing_increment_seconds": 30, "price_per_hour": 12, "productive_share": 0.7,
    "price_per_session": 0.4,
}  # fmt: skip


@pytest.mark.parametrize("name", registry.names("cost_models"))
def test_cost_models_price_every_contact_and_never_avoid_more_than_all(name):
    plugin = registry.get("cost_models", name)
    parameters = plugin.Parameters(**{k: v for k, v in VALUES.items() if k in plugin.Parameters.model_fields})
    contacts = pd.DataFrame({"handle_minutes": [1.0, 10.0]}, index=[7, 9])
    before = contacts.copy()
    priced = plugin.price(contacts, parameters)
    assert contacts.equals(before)
    assert list(priced.columns) == ["cost_full", "cost_avoidable_cash", "cost_avoidable_capacity"]
    assert list(priced.index) == [7, 9]
    assert (priced["cost_avoidable_cash"] + priced["cost_avoidable_capacity"] <= priced["cost_full"] + 1e-9).all()
    assert (priced > -1e-9).all().all()
    # the draws behind intervals give every parameter as an array, one value a row
    many = parameters.model_copy(update={name: np.full(2, value) for name, value in parameters if value is not None})
    assert np.allclose(plugin.price(contacts, many), priced)


@pytest.mark.parametrize("name", registry.names("reports"))
def test_reports_declare_a_report_table_with_its_run(name):
    plugin = registry.get("reports", name)
    assert isinstance(plugin.TABLE, Table)
    assert plugin.TABLE.kind == "report"
    assert plugin.TABLE.key[0] == "run_id"
    assert all(c.description for c in plugin.TABLE.columns)
    empty = plugin.TABLE.empty()
    plugin.section(empty, context())


def test_a_plugin_of_another_package_comes_through_the_same_door(tmp_path, monkeypatch):
    (tmp_path / "stranger.py").write_text(
        '"""A source."""\nDESCRIPTION = "From another package"\nclass Options: ...\ndef sniff(p, h): ...\ndef read(p, o): ...\n'
    )
    (tmp_path / "half.py").write_text('DESCRIPTION = "x"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    points = [EntryPoint("my-source", "stranger", "voc.sources"), EntryPoint("half", "half", "voc.sources")]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == "voc.sources" else [])
    assert registry.names("sources") == sorted([*OWN_SOURCES, "half", "my_source"])
    assert registry.get("sources", "my-source").DESCRIPTION == "From another package"
    with pytest.raises(VocError, match="The source 'half' .* lacks Options, sniff, read"):
        registry.get("sources", "half")


def test_view_names_differ_from_table_names():
    from voc.flow import report_tables
    from voc.tables import TABLES
    from voc.views import VIEWS

    names = [t.name for t in (*TABLES, *report_tables())] + [view.name for view in VIEWS]
    assert len(set(names)) == len(names)
