"""Maps that the documentation gives for tools without a source of their own read what those tools export."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from source_help import written

from voc import config
from voc.records import Answer, RejectRecord, ResponseRecord
from voc.sources import table

DOCS = Path(__file__).parents[2] / "docs" / "sources.md"
NPS = {"score_kind": "nps", "score_worst": 0.0, "score_best": 10.0}
MEDALLIA = """\
Survey ID,Response Date,Likelihood to Recommend,Likelihood to Recommend Comment,Customer ID,Customer Email,Segment,Unit
s1,03/31/2026 09:04:30,3,The courier never rang,crm-17,ana@customer.example,Plus,Lisbon
s2,04/01/2026,10,,,,,
"""
AGENT_CONNECT = """\
request_id,request_sent_at,request_delivery_status,response_received_at,star_rating,comments,channel,request_sent_to,brand
r1,2026-03-30T09:00:00Z,Sent,2026-03-31T09:04:30Z,2,The courier never rang,email,ana@customer.example,Shop
r2,2026-03-30T09:00:00Z,Sent,,,,email,ben@customer.example,Shop
"""
ASKNICELY = """\
response_id,person_id,contact_id,name,email,answer,answerlabel,comment,status,sent,opened,responded,segment,question_type
54120,7,7,Ana,ana@customer.example,8,8,The courier never rang,,1774947000,1774947800,1774947870,Plus,nps
54121,8,8,Ben,,10,10,,,1774947000,1774947800,1774947870,,nps
"""


def snippets(section: str) -> list[str]:
    """The YAML blocks of a section of the documentation."""
    found = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if not found:
        pytest.skip(f"docs/sources.md has no section {section}")
    return re.findall(r"^```yaml\n(.*?)^```", found[1], re.MULTILINE | re.DOTALL)


def read(tmp_path, section, number, content):
    """What the map reads of a made-up file."""
    pipeline = written(tmp_path / "pipeline.yml", snippets(section)[number])
    (block,) = config.read_yaml(pipeline)["sources"]
    assert block["kind"] == "table"
    path = tmp_path / block["path"].replace("*", "2026-03")
    path.parent.mkdir()
    options = config.source_options(table.Options, block, pipeline)
    return list(table.read(written(path, content), options))


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_medallia(tmp_path):
    question = "Likelihood to Recommend Comment"
    assert read(tmp_path, "medallia", 0, MEDALLIA) == [
        ResponseRecord(
            line=2,
            response_id="s1",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question=question, text="The courier never rang"),),
            identifiers=(("external", "crm-17"), ("email", "ana@customer.example")),
            segment="Plus",
            site="Lisbon",
            score=3.0,
            **NPS,
        ),
        ResponseRecord(
            line=3,
            response_id="s2",
            responded_at=utc(2026, 4, 1),
            answers=(Answer(question=question, text=""),),
            score=10.0,
            **NPS,
        ),
    ]


def test_medallia_agent_connect(tmp_path):
    assert read(tmp_path, "medallia", 1, AGENT_CONNECT) == [
        ResponseRecord(
            line=2,
            response_id="r1",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question="comments", text="The courier never rang"),),
            identifiers=(("email", "ana@customer.example"),),
            channel="email",
            site="Shop",
            score=2.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=5.0,
        ),
        RejectRecord(
            line=3,
            reason="'response_received_at' is empty, so the row has no date",
            raw=AGENT_CONNECT.splitlines()[2],
        ),
    ]


def test_asknicely(tmp_path):
    assert read(tmp_path, "asknicely", 0, ASKNICELY) == [
        ResponseRecord(
            line=2,
            response_id="54120",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question="comment", text="The courier never rang"),),
            identifiers=(("id", "7"), ("email", "ana@customer.example")),
            segment="Plus",
            score=8.0,
            **NPS,
        ),
        ResponseRecord(
            line=3,
            response_id="54121",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question="comment", text=""),),
            identifiers=(("id", "8"),),
            score=10.0,
            **NPS,
        ),
    ]
