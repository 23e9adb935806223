"""The stage prepare: what is cut, what takes no part and why, languages of passages, templates with their counts."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc import tables
from voc.config import Pipeline
from voc.context import RunContext
from voc.errors import VocError
from voc.stages.prepare import languages_taken, prepare_verbatims
from voc.text.redact import redact

MACRO = (
    "Thank you for calling the Acme hotline today. The agent has opened this record for you and will come back as soon as "
    "the second line has looked into the matter."
)
FOOTER = "This record was opened through the form on the customers' own pages of the Acme portal in the north."
OWN = ["The parcel is late.", "My card was charged twice by mistake.", "I cannot change the address.", "Nobody answers the phone here.",
       "The lid of the box is broken.", "How can I add a second user?", "It rains into the cellar again.", "Please send the manual once more."]  # fmt: skip
OTHERS = ["The lamp in the hall flickers at night.", "I was promised a call on Monday.", "The export holds last year's prices.",
          "Two of the five screws are missing.", "Can I pay by the quarter?", "The door of the new fridge squeaks."]  # fmt: skip
CZECH = "Dobrý den, nejde mi spustit hra a nevím, co mám dělat, děkuji za pomoc."
GERMAN = "Ich kann mich seit gestern nicht mehr anmelden, bitte helfen Sie mir."


def pipeline(**texts) -> RunContext:
    given = {"name": "p", "database": "p.db", "sources": [{"kind": "table", "path": "x.csv", "name": "s"}], "texts": texts}
    return RunContext(Pipeline.model_validate(given), Path(), "r1")


def contacts_of(texts: list[str], customers: list[str | None] | None = None) -> dict[str, pd.DataFrame]:
    """Frames of one contact a text, each of a customer of its own if none are named."""
    customers = customers or [f"c{i}" for i in range(len(texts))]
    rows = [{c.name: None for c in tables.Contact.columns} | {
        "contact_id": f"s:{i}", "source": "s", "customer_id": who, "identifiers": "[]", "channel": "email",
        "opened_at": f"2026-05-{i % 28 + 1:02d}T09:00:00Z", "tags": "[]", "made_by": "thread", "is_planned": False, "is_bot_only": False,
        "file_name": "x.csv", "line": i + 1,
    } for i, who in enumerate(customers)]  # fmt: skip
    verbatims = tables.Verbatim.frame(
        {"verbatim_id": f"s:{i}", "source": "s", "kind": "contact", "contact_id": f"s:{i}", "response_id": None,
         "said_at": f"2026-05-{i % 28 + 1:02d}T09:00:00Z", "question": None, "text": text, "redaction_count": 0}
        for i, text in enumerate(texts))  # fmt: skip
    return {"verbatims": verbatims, "contacts": tables.Contact.frame(rows), "responses": tables.Response.empty()}


def prepared(texts: list[str], customers=None, **settings_) -> tuple[dict[str, pd.DataFrame], dict]:
    result = prepare_verbatims(contacts_of(texts, customers), pipeline(**settings_))
    return result.frames, result.notes


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    return [tuple(None if pd.isna(v) else v for v in row) for row in frame[list(columns)].itertuples(index=False)]


def test_a_macro_is_a_template_and_a_footer_is_cut_from_what_people_wrote():
    texts = [*OWN, *(f"{MACRO} Case {i}." for i in range(6)), *(f"{text}\n\n{FOOTER}" for text in OTHERS)]
    frames, notes = prepared(texts)
    cleaned = frames["cleaned_verbatims"].set_index("verbatim_id")
    assert [cleaned.loc[f"s:{i}", "why_excluded"] for i in range(8, 14)] == ["template"] * 6
    assert [cleaned.loc[f"s:{i}", "text"] for i in range(14, 20)] == OTHERS
    assert rows(frames["templates"].sort_values("rule"), "rule", "example", "verbatim_count", "whole_count", "customer_count", "share",
                "first_seen_at", "last_seen_at") == [
        ("repeated_block", FOOTER, 6, 0, 6, 0.3, "2026-05-15T09:00:00Z", "2026-05-20T09:00:00Z"),
        ("repeated_text", f"{MACRO} Case 0.", 6, 6, 6, 0.3, "2026-05-09T09:00:00Z", "2026-05-14T09:00:00Z"),
    ]  # fmt: skip
    removals = frames["removals"]
    assert set(rows(removals, "kind", "rule")) == {("template", "repeated_block"), ("template", "repeated_text")}
    assert set(removals["template_id"]) == set(frames["templates"]["template_id"])
    assert notes["excluded"] == {"template": 6} and notes["templates"] == 2
    assert not frames["passages"]["text"].str.contains("Acme").any()


@pytest.mark.parametrize("case", ["off", "few customers", "one customer"])
def test_what_is_no_template_stays(case):
    texts = [*OWN, *([MACRO] * 4 if case == "few customers" else [MACRO] * 6)]
    customers = [f"c{i}" for i in range(8)] + ["c9"] * 6 if case == "one customer" else None
    frames, notes = prepared(texts, customers, **({"templates": False} if case == "off" else {}))
    assert frames["templates"].empty and frames["removals"].empty and notes["excluded"] == {}


def test_many_people_who_say_the_same_short_thing_are_no_template():
    texts = [*OWN, *["I forgot my password and cannot get into my account any more"] * 40]
    frames, notes = prepared(texts)
    assert frames["templates"].empty and len(frames["passages"]) == 48


def test_a_source_of_presets_is_left_alone_and_named():
    frames, notes = prepared([MACRO] * 20 + OWN)
    assert frames["templates"].empty
    assert notes["cautions"] == ["Most texts of s are word for word those of many customers: presets, left as they are."]


def test_a_language_is_found_a_passage_and_foreign_ones_are_counted_not_mixed_in():
    long_english = " ".join(["The page stays white after the last update and I cannot work with it at all."] * 3)
    texts = ["The password reset does not work on my phone.", GERMAN, CZECH, f"{long_english}\n\n{' '.join([CZECH] * 3)}", "slow"]
    frames, notes = prepared(texts)
    assert rows(frames["cleaned_verbatims"], "verbatim_id", "why_excluded") == [
        ("s:0", None), ("s:1", None), ("s:2", "unsupported_language"), ("s:3", None), ("s:4", None)]  # fmt: skip
    assert rows(frames["passages"], "passage_id", "language", "why_excluded") == [
        ("s:0#01", "en", None), ("s:1#01", "de", None), ("s:3#01", "en", None), ("s:3#02", "cs", "unsupported_language"),
        ("s:4#01", None, None)]  # fmt: skip
    assert notes["languages_not_supported"] == {"cs": 1} and notes["passages_not_supported"] == {"cs": 1}


@pytest.mark.parametrize(
    "languages, model, kept", [
        ("all", "minilm", {"de", "cs", "en"}), (["en", "cs"], "minilm", {"cs", "en"}), ("supported", "minilm", {"de", "en"}),
        ("supported", "sentence-transformers:x", {"de", "cs", "en"}),
    ]  # fmt: skip
)
def test_which_languages_take_part_is_a_setting(languages, model, kept):
    run = pipeline(languages=languages)
    embed = run.pipeline.embed.model_copy(update={"model": model})
    run = RunContext(run.pipeline.model_copy(update={"embed": embed}), Path(), "r1")
    found = prepare_verbatims(contacts_of(["The password reset does not work on my phone.", GERMAN, CZECH]), run)
    assert set(found.frames["passages"]["language"]) == kept


def test_the_multilingual_embedder_brings_its_own_languages():
    run = pipeline()
    embed = run.pipeline.embed.model_copy(update={"model": "use-multilingual"})
    found = languages_taken(RunContext(run.pipeline.model_copy(update={"embed": embed}), Path(), "r1"))
    assert {"ja", "pl", "en"} <= found and "cs" not in found


def test_a_wrong_language_code_is_named(tmp_path):
    from voc.config import load_pipeline

    path = tmp_path / "p.yml"
    path.write_text("name: p\ndatabase: p.db\nsources:\n- {kind: table, path: x.csv}\ntexts:\n  languages: [English]\n")
    with pytest.raises(VocError, match="'English' is no language code such as en, de or sv"):
        load_pipeline(path)


pieces = st.sampled_from([*OWN, MACRO, FOOTER, CZECH, "> quoted", "Kind regards,\nAnn", "Order number: 77", "", "\n"])


@given(st.lists(st.lists(pieces | st.text(max_size=20), max_size=5).map("\n".join), min_size=1, max_size=25))
@settings(deadline=None, max_examples=40)
def test_no_character_is_lost_between_cleaned_texts_and_removals(texts):
    texts = [redact(text).text for text in texts]  # as ingest leaves them: what is then lost was lost by cleaning
    frames, _ = prepared(texts, min_customers=2)
    cut = {key: list(part.itertuples()) for key, part in frames["removals"].groupby("verbatim_id")}
    for row in frames["cleaned_verbatims"].itertuples():
        text = texts[int(row.verbatim_id[2:])]
        spans = [(r.start_character, r.start_character + len(r.text), r.text) for r in cut.get(row.verbatim_id, [])]
        assert all(text[a:b] == piece for a, b, piece in spans)
        assert spans == sorted(spans) and all(b <= c for (_, b, _), (c, _, _) in zip(spans, spans[1:], strict=False))
        kept = "".join(text[a:b] for a, b in zip([0, *(b for _, b, _ in spans)], [*(a for a, _, _ in spans), len(text)], strict=True))
        assert "".join(kept.split()) == "".join(row.text.split())
