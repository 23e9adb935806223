"""A real service desk through ingest: every incident a contact, every caller a customer, repeats as counted by hand."""

import gzip
import shutil
from dataclasses import replace

import pytest

from voc import flow, tables
from voc.reports import repeat_rates
from voc.stages.cost import cost_contacts
from voc.stages.episodes import find_episodes
from voc.stages.ingest import ingest_sources

PIPELINE = """\
name: desk
database: desk.db
duplicate_hours: 0
resamples: 100
sources:
  - kind: table
    name: desk
    path: incidents.csv
    columns: {id: number, customer: caller_id, opened_at: opened_at, channel: contact_type, given_topic: category, status: incident_state,
              site: assignment_group, priority: priority, text: u_symptom}
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory, real_data) -> dict:
    packed = real_data("it-service-desk-incidents") / "incidents.csv.gz"
    folder = tmp_path_factory.mktemp("desk")
    with gzip.open(packed) as source, (folder / "incidents.csv").open("wb") as target:
        shutil.copyfileobj(source, target)
    (folder / "p.yml").write_text(PIPELINE)
    run = replace(flow.check(folder / "p.yml"), run_id="r1")
    reads = flow.flow()[0].reads
    empty = {t.name: t.empty() for t in reads}
    result = ingest_sources(empty, run)
    return flow.as_stored(empty, result) | {"run": run, "notes": result.notes}


def test_every_incident_is_a_contact_and_every_caller_a_customer(desk):
    assert len(desk["contacts"]) == 20_769
    assert len(desk["rejects"]) == 0
    assert int(desk["contacts"]["customer_id"].notna().sum()) == 20_766
    assert len(desk["customers"]) == 4_828
    assert desk["notes"]["identity"] == {
        "rows_with_customer": round(20_766 / 20_769, 4), "identifiers_a_customer": 1.0, "most_identifiers": 1, "clusters_to_review": 0, "phones_of_several": 0,
    }  # fmt: skip


def test_repeats_of_any_reason_are_those_counted_by_hand(desk):
    frames = desk | {t.name: t.empty() for t in (tables.VerbatimTopic, tables.Topic, tables.TopicReason)}
    for stage in (find_episodes, cost_contacts):
        frames |= stage(frames, desk["run"]).frames
    rates = repeat_rates.compute({name: frames[name] for name in repeat_rates.READS}, desk["run"])
    found = rates.set_index(["scope", "topic_id", "window_days"])["repeats_raw"]
    assert found["any_topic", "*", 7.0] == 10_381
