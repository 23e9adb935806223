"""Reports on the taxonomy: every given reason with what falls under it, and topics proposed as new ones."""

import json

import pandas as pd
import pytest
from report_help import WORDS, story

from voc import tables
from voc.context import Section
from voc.reports import reason_coverage, reason_proposals
from voc.reports._quotes import RULE
from voc.tables import NAMES_REMAIN


@pytest.fixture(scope="module")
def told():
    return story()


def computed(plugin, frames, run) -> pd.DataFrame:
    return plugin.TABLE.check(plugin.compute({name: frames[name] for name in plugin.READS}, run))


def without_taxonomy(frames) -> dict:
    unmatched = {"reason_id": None, "nearest_reason_id": None, "score": None, "status": "unmatched"}
    return {
        **frames, "reasons": tables.Reason.empty(), "topic_reasons": frames["topic_reasons"].assign(**unmatched),
    }  # fmt: skip


def shares(*rows: tuple[str, str, str | None, str | None]) -> pd.DataFrame:
    """Topics of texts: text, topic, contact, response."""
    return tables.VerbatimTopic.frame(
        dict(zip(tables.VerbatimTopic.names, (*row, 0.5, True, None), strict=True)) for row in rows
    )


# ---------------------------------------------------------------- coverage


def test_every_reason_is_there_also_without_a_text(told):
    found = computed(reason_coverage, *told)
    assert found.to_dict("records") == [
        {"run_id": "run-1", "reason_id": "access", "label": "Cannot sign in", "area": "Access",
         "owner": "Identity engineering", "status": "matched", "topic_count": 1, "passage_count": 28,
         "contact_count": 20, "response_count": 8, "all_passage_count": 66},
        {"run_id": "run-1", "reason_id": "invoice", "label": "Invoice is wrong", "area": "Billing", "owner": "Billing",
         "status": "no_texts", "topic_count": 0, "passage_count": 0, "contact_count": 0, "response_count": 0,
         "all_passage_count": 66},
    ]  # fmt: skip


def test_a_contact_about_two_topics_of_a_reason_counts_once(told):
    frames, run = told
    reason_of = {"login": "access", "refund": "access"}
    both = frames["topic_reasons"].assign(reason_id=frames["topic_reasons"]["topic_id"].map(reason_of))
    said = shares(("v1", "login", "c1", None), ("v1", "refund", "c1", None), ("v2", "refund", "c1", None),
                  ("v3", "refund", None, "r1"), ("v4", "export", "c2", None))  # fmt: skip
    found = computed(reason_coverage, {**frames, "topic_reasons": both, "verbatim_topics": said}, run)
    counts = ["reason_id", "topic_count", "passage_count", "contact_count", "response_count"]
    assert found[counts].to_numpy().tolist() == [["access", 2, 28 + 24, 1, 1], ["invoice", 0, 0, 0, 0]]


def test_coverage_is_said_against_the_target_with_its_base(told):
    _, run = told
    assert reason_coverage.section(computed(reason_coverage, *told), run) == Section(
        title="How far the given reasons cover what is said",
        paragraphs=(
            "42% of passages fall under a given reason: 28 of 66, all passages with content, those without a topic "
            "among them. The target is 80%, what the best comparable product aims for. 1 of 2 reasons has no text.",
        ),
        headers=("Area", "Reasons with texts", "Passages", "Share of all passages"),
        rows=(("Access", "1 of 1", "28", "42%"), ("Billing", "0 of 1", "0", "0%")),
        cautions=(reason_coverage.BY_THRESHOLD,),
    )


def test_nothing_is_said_of_reasons_without_a_taxonomy(told):
    frames, run = told
    for plugin in (reason_coverage, reason_proposals):
        found = computed(plugin, without_taxonomy(frames), run)
        assert (found.to_dict("records"), plugin.section(found, run)) == ([], None)


def test_coverage_when_every_reason_has_texts_or_there_are_no_passages(told):
    frames, run = told
    found = computed(reason_coverage, {**frames, "reasons": frames["reasons"].head(1)}, run)
    assert reason_coverage.section(found, run).paragraphs[0].endswith("Each of 1 reason has texts.")
    silent = {name: frames[name].head(0) for name in ("topic_reasons", "passage_topics", "verbatim_topics")}
    found = computed(reason_coverage, {**frames, **silent}, run)
    assert list(found["status"]) == ["no_texts", "no_texts"]
    assert reason_coverage.section(found, run) is None


# ---------------------------------------------------------------- proposals


def test_topics_without_a_reason_are_proposed(told):
    found = computed(reason_proposals, *told)
    quotes = [json.loads(text) for text in found["quotes"]]
    assert found.drop(columns="quotes").to_dict("records") == [
        {"run_id": "run-1", "topic_id": "export", "topic": "export to csv", "passage_count": 13, "contact_count": 5,
         "nearest_reason_id": "access", "nearest_reason": "Cannot sign in", "score": 0.7},
        {"run_id": "run-1", "topic_id": "refund", "topic": "refund not arrived", "passage_count": 24,
         "contact_count": 16, "nearest_reason_id": "access", "nearest_reason": "Cannot sign in", "score": 0.7},
    ]  # fmt: skip
    # the story's texts of a topic are nearly alike: one quote each
    assert quotes == [[WORDS["export"] + " (case 5 of contact t:003)"], [WORDS["refund"] + " (case 3 of contact t:001)"]]


def test_up_to_three_quotes_that_differ(told):
    frames, run = told
    own = {
        "v contact t:001:1": "where is my money, I was told it would come weeks ago",
        "v contact t:004:1": "nobody repays what they owe me after my cancellation",
        "v contact t:006:1": "still nothing on the account, please send it at last",
    }
    texts = frames["passages"].assign(text=frames["passages"]["passage_id"].map(own).fillna(frames["passages"]["text"]))
    topic = frames["passage_topics"]
    is_refund = topic["passage_id"].isin(own)
    topic = topic.assign(topic_id=topic["topic_id"].where(topic["topic_id"] != "refund", None))
    topic["topic_id"] = topic["topic_id"].mask(is_refund, "refund")
    found = computed(reason_proposals, {**frames, "passages": texts, "passage_topics": topic}, run)
    assert json.loads(found.set_index("topic_id").loc["refund", "quotes"]) == list(own.values())


def test_the_briefing_asks_for_new_reasons_with_a_quote(told):
    frames, run = told
    assert reason_proposals.section(computed(reason_proposals, frames, run), run) == Section(
        title="New reasons?",
        paragraphs=(
            "2 topics with 37 passages match no reason of the taxonomy. Each is a new reason to add, or to be linked to "
            "a given one.",
        ),
        headers=("Topic", "Passages", "Contacts", "Nearest reason (similarity)", "Quote"),
        rows=(
            ("refund not arrived", "24", "16", "Cannot sign in (0.70)",
             f"“{WORDS['refund']} (case 3 of contact t:001)”"),
            ("export to csv", "13", "5", "Cannot sign in (0.70)", f"“{WORDS['export']} (case 5 of contact t:003)”"),
        ),
        cautions=(NAMES_REMAIN,),
    )  # fmt: skip
    assert reason_proposals.TABLE.cautions == (RULE, NAMES_REMAIN)


def test_the_briefing_shows_the_five_largest():
    rows = reason_proposals.TABLE.frame(
        {"run_id": "run-1", "topic_id": f"t{n}", "topic": f"Topic {n}", "passage_count": 10 - n, "contact_count": n,
         "nearest_reason_id": None, "nearest_reason": None, "score": None, "quotes": "[]"}
        for n in range(7)
    )  # fmt: skip
    section = reason_proposals.section(rows, None)
    assert section.paragraphs == (
        "7 topics with 49 passages match no reason of the taxonomy. Each is a new reason to add, or to be linked to a "
        "given one. The 5 largest are below, the others in the table reason_proposals.",
    )
    assert section.rows == tuple((f"Topic {n}", str(10 - n), str(n), "", "") for n in range(5))
