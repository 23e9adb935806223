"""Prepare: clean every verbatim, say what was removed, find languages, cut it into passages."""

import hashlib
from collections.abc import Sequence

import pandas as pd

from voc import registry
from voc.compute import map_batches
from voc.context import Frames, Result, RunContext
from voc.stages import prepared_rows as rows
from voc.stats import speakers
from voc.text.clean import Cleaned, clean
from voc.text.content import why_no_content
from voc.text.language import SUPPORTED, SURE, detect_language
from voc.text.marks import bare
from voc.text.passages import Passages, split_passages
from voc.text.redact import redact
from voc.text.templates import Templates, find_templates


def text_hash(text: str) -> str:
    """Key of a text's vector."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def prepare_verbatims(frames: Frames, run: RunContext) -> Result:
    """Clean verbatims and cut them into passages; what takes no part keeps its row and says why.

    Boilerplate that many customers sent is cut like a signature. Passages surely written in a language that is not
    taken in keep their row and say so; verbatims that hold no other passage take no part.
    """
    verbatims = frames["verbatims"].merge(
        frames["contacts"][["contact_id", "why_excluded"]], on="contact_id", how="left", validate="many_to_one"
    )
    texts = list(verbatims["text"])
    cleaned = map_batches(lambda batch: [clean(text) for text in batch], texts, progress=run.progress)
    reasons = [
        _why_excluded(before, after.text, contact_excluded)
        for before, after, contact_excluded in zip(texts, cleaned, verbatims["why_excluded"].notna(), strict=True)
    ]
    people = speakers(frames["verbatims"], frames["contacts"], frames["responses"])
    templates, cleaned, reasons = _without_templates(verbatims, people, cleaned, reasons, run)
    # joining lines can make a number whole again that a line break had cut in two
    # (tokens stay in the verbatims: in topics an order is an order, and a database's key must not decide what is near)
    said = [bare(redact(after.text, names=run.pipeline.redact.names).text) for after in cleaned]
    languages = map_batches(detect_language, said, size=2048)
    spans = _passages(said, reasons)
    spoken = _passage_languages(said, spans, languages)
    taken = languages_taken(run)
    is_foreign = [_foreign(found, taken) for found in spoken]
    for i, foreign in enumerate(is_foreign):
        if foreign and all(foreign):
            reasons[i], spans[i] = "unsupported_language", Passages()
    ids = list(verbatims["verbatim_id"])
    out = {
        "cleaned_verbatims": rows.cleaned_rows(ids, said, cleaned, languages, reasons, spans),
        "templates": rows.template_rows(verbatims, people, templates, reasons),
        "removals": rows.removal_rows(ids, cleaned),
        "passages": rows.passage_rows(ids, spans, spoken, is_foreign, text_hash),
    }
    return Result(out, _notes(out, templates, run))


def languages_taken(run: RunContext) -> frozenset[str] | None:
    """Codes of the languages whose passages can be in topics; None for all.

    By default those cleaning knows and those the embedder says it was made for.
    """
    wanted = run.pipeline.texts.languages
    if wanted == "all":
        return None
    if wanted != "supported":
        return frozenset(wanted)
    plugin = registry.get("embedders", run.pipeline.embed.model.partition(":")[0])
    made_for = getattr(plugin, "LANGUAGES", ())
    return None if made_for is None else frozenset({*SUPPORTED, *made_for})


def _why_excluded(before: str, after: str, is_contact_excluded: bool) -> str | None:
    if is_contact_excluded:
        return "contact_excluded"
    if why := why_no_content(before):
        return why
    return "nothing_left_after_cleaning" if why_no_content(after) else None


def _without_templates(
    verbatims: pd.DataFrame, people: dict[str, str], cleaned: list[Cleaned], reasons: list[str | None], run: RunContext
) -> tuple[Templates, list[Cleaned], list[str | None]]:
    """The templates (with places a verbatim), texts without them, and why what then says nothing takes no part."""
    settings = run.pipeline.texts
    none = Templates((), [()] * len(cleaned), ())
    if not settings.templates:
        return none, cleaned, reasons
    part = [i for i, reason in enumerate(reasons) if reason is None]
    ids, sources = list(verbatims["verbatim_id"]), list(verbatims["source"])
    found = find_templates(
        [cleaned[i].text for i in part], [people[ids[i]] for i in part], [sources[i] for i in part],
        min_customers=settings.min_customers, similarity=settings.similarity,
    )  # fmt: skip
    places, cleaned, reasons = list(none.places), list(cleaned), list(reasons)
    for i, mine in zip(part, found.places, strict=True):
        if mine:
            told = [(p.start, p.end, found.templates[p.template]) for p in mine]
            places[i] = mine
            cleaned[i] = cleaned[i].without_templates([(a, b, t.rule, t.template_id) for a, b, t in told])
            reasons[i] = "template" if why_no_content(cleaned[i].text) else None
    return Templates(found.templates, places, found.preset_sources), cleaned, reasons


def _passages(said: list[str], reasons: list[str | None]) -> list[Passages]:
    """Passages of each text; a text that turns out to hold none gets its reason."""
    kept = [i for i, reason in enumerate(reasons) if reason is None]
    spans = [Passages() for _ in said]
    for i, found in zip(kept, map_batches(split_passages, [said[i] for i in kept]), strict=True):
        spans[i] = found
        if not found:
            reasons[i] = "no_content"
    return spans


def _passage_languages(said: list[str], spans: list[Passages], languages) -> list[list[str | None]]:
    """Language of each passage of each text: its own where it is sure, else that of the whole text, else None."""
    sure = [language if confidence >= SURE else None for language, confidence in languages]
    parts = [(i, span.text) for i, found in enumerate(spans) for span in found if len(found) > 1]
    detected = iter(map_batches(detect_language, [text for _, text in parts], size=2048))
    found: list[list[str | None]] = [[sure[i]] if len(spans[i]) == 1 else [] for i in range(len(said))]
    for i, _ in parts:
        language, confidence = next(detected)
        found[i].append(language if confidence >= SURE else sure[i])
    return found


def _foreign(spoken: Sequence[str | None], taken: frozenset[str] | None) -> list[bool]:
    return [taken is not None and language is not None and language not in taken for language in spoken]


def _notes(out: dict[str, pd.DataFrame], templates: Templates, run: RunContext) -> dict:
    cleaned, passages = out["cleaned_verbatims"], out["passages"]
    part = cleaned[cleaned["why_excluded"].isna()]
    foreign = cleaned.loc[cleaned["why_excluded"] == "unsupported_language", "language"]
    notes = {
        "excluded": _counted(cleaned["why_excluded"].dropna()),
        "removals": _counted(out["removals"]["kind"]),
        "languages": _counted(part["language"].fillna("unknown")),
        "languages_not_supported": _counted(foreign.fillna("several")),
        "passages_not_supported": _counted(passages.loc[passages["why_excluded"].notna(), "language"]),
        "templates": len(out["templates"]),
        "passages_a_verbatim": round(len(passages) / max(len(part), 1), 2),
    }
    if templates.preset_sources:
        named = ", ".join(templates.preset_sources)
        notes["cautions"] = [f"Most texts of {named} are word for word those of many customers: presets, left as they are."]
    return notes


def _counted(series: pd.Series) -> dict[str, int]:
    return series.value_counts().sort_index().to_dict()
