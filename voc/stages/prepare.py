"""Prepare: clean every verbatim, say what was removed, find its language, cut it into passages."""

import hashlib

import pandas as pd

from voc import tables
from voc.compute import map_batches
from voc.context import Frames, Result, RunContext
from voc.text.clean import Cleaned, clean
from voc.text.content import why_no_content
from voc.text.language import detect_language
from voc.text.passages import Passages, split_passages
from voc.text.redact import redact

# Below this the detector is guessing between neighbours; "unknown" is the honest answer.
SURE_OF_LANGUAGE = 0.5


def text_hash(text: str) -> str:
    """Key of a text's vector."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def prepare_verbatims(frames: Frames, run: RunContext) -> Result:
    """Clean verbatims and cut them into passages; what takes no part keeps its row and says why."""
    verbatims = frames["verbatims"].merge(
        frames["contacts"][["contact_id", "why_excluded"]], on="contact_id", how="left", validate="many_to_one"
    )
    texts = list(verbatims["text"])
    cleaned = map_batches(lambda batch: [_clean(text) for text in batch], texts, progress=run.progress)
    languages = map_batches(detect_language, [c.text for c in cleaned], size=2048)
    reasons = [
        _why_excluded(before, after.text, contact_excluded)
        for before, after, contact_excluded in zip(texts, cleaned, verbatims["why_excluded"].notna(), strict=True)
    ]
    kept = [i for i, reason in enumerate(reasons) if reason is None]
    spans: list[Passages] = [Passages() for _ in texts]
    for i, found in zip(kept, map_batches(split_passages, [cleaned[i].text for i in kept]), strict=True):
        spans[i] = found
        if not found:
            reasons[i] = "no_content"
    ids = list(verbatims["verbatim_id"])
    out = {
        "cleaned_verbatims": _cleaned_rows(ids, texts, cleaned, languages, reasons, spans),
        "removals": _removal_rows(ids, cleaned),
        "passages": _passage_rows(ids, spans),
    }
    return Result(out, _notes(out))


def _clean(text: str) -> Cleaned:
    cleaned = clean(text)
    # joining lines can make a number whole again that a line break had cut in two
    return Cleaned(redact(cleaned.text).text, cleaned.removals)


def _why_excluded(before: str, after: str, is_contact_excluded: bool) -> str | None:
    if is_contact_excluded:
        return "contact_excluded"
    if why := why_no_content(before):
        return why
    return "nothing_left_after_cleaning" if why_no_content(after) else None


def _cleaned_rows(ids, texts, cleaned, languages, reasons, spans) -> pd.DataFrame:
    return tables.CleanedVerbatim.frame(
        {
            "verbatim_id": verbatim_id, "text": after.text,
            "language": language if confidence >= SURE_OF_LANGUAGE else None,
            "language_confidence": min(max(confidence, 0.0), 1.0), "word_count": len(after.text.split()),
            "removed_character_count": sum(len(r.text) for r in after.removals),
            "uncovered_character_count": len(after.text[found[-1].end:].strip()) if found and found.is_truncated else 0,
            "why_excluded": reason,
        }
        for verbatim_id, after, (language, confidence), reason, found
        in zip(ids, cleaned, languages, reasons, spans, strict=True)
    )  # fmt: skip


def _removal_rows(ids, cleaned) -> pd.DataFrame:
    return tables.Removal.frame(
        {"verbatim_id": verbatim_id, "position": position, "kind": removal.kind, "text": removal.text}
        for verbatim_id, after in zip(ids, cleaned, strict=True)
        for position, removal in enumerate(after.removals, start=1)
    )


def _passage_rows(ids, spans) -> pd.DataFrame:
    return tables.Passage.frame(
        {
            "passage_id": f"{verbatim_id}#{position:02d}", "verbatim_id": verbatim_id, "position": position,
            "start_character": span.start, "end_character": span.end, "text": span.text,
            "text_hash": text_hash(span.text),
        }
        for verbatim_id, found in zip(ids, spans, strict=True)
        for position, span in enumerate(found, start=1)
    )  # fmt: skip


def _notes(out: dict[str, pd.DataFrame]) -> dict:
    cleaned = out["cleaned_verbatims"]
    taking_part = cleaned[cleaned["why_excluded"].isna()]
    return {
        "excluded": cleaned["why_excluded"].value_counts().sort_index().to_dict(),
        "removals": out["removals"]["kind"].value_counts().sort_index().to_dict(),
        "languages": taking_part["language"].fillna("unknown").value_counts().sort_index().to_dict(),
        "passages_a_verbatim": round(len(out["passages"]) / max(len(taking_part), 1), 2),
    }
