"""A verbatim as the customer sees it: its text with what was cut marked and the rule named, its passages, its topics."""

from pathlib import Path

from voc import tables
from voc.config import database_of
from voc.errors import VocError, did_you_mean
from voc.reports import _words as w
from voc.store import Store

NEAR = 2000  # ids compared with one that is unknown
_READS = (tables.Verbatim, tables.CleanedVerbatim, tables.Removal, tables.Passage, tables.PassageTopic)
WHY_EXCLUDED = {
    "empty": "it is empty", "no_content": "it says nothing", "nothing_left_after_cleaning": "nothing is left of it after cleaning",
    "template": "it is a template that many customers sent", "unsupported_language": "its language is not among those taken in",
    "contact_excluded": "its contact takes no part",
}  # fmt: skip
WHY_NO_TOPIC = {
    "low_confidence": "too unsure", "unlike_others": "unlike all others", "noise": "in no group",
    "deleted_by_person": "its topic was deleted by a person", "unsupported_language": "its language is not among those taken in",
}  # fmt: skip


def show(database: Path | None, wanted: str) -> list[str]:
    """Lines about a verbatim, or about all verbatims of a contact or survey response, as the latest run left them.

    `wanted`: the id of one of these, with or without the name of the source before it. Raises VocError for an unknown
    id, one that several sources use, and a database that no current version of the program prepared.
    """
    with Store(database_of(database), is_read_only=True) as store:
        _refuse_older(store)
        found = [_verbatim_lines(store, row) for row in _find(store, wanted.strip())]
    return [line for number, lines in enumerate(found) for line in (["", *lines] if number else lines)]


def _refuse_older(store: Store) -> None:
    for declared in _READS:
        if [row["name"] for row in store.rows("SELECT name FROM pragma_table_info(?)", [declared.name])] != declared.names:
            raise VocError(
                f"{store.path} was written by an earlier version, which did not keep what it cut by rule.",
                "Run the pipeline again.",
            )


def _find(store: Store, wanted: str) -> list[dict]:
    """Rows of verbatims with this id, or of the contact or response with this id."""
    for column in ("verbatim_id", "contact_id", "response_id"):
        for where in (f"{column} = ?", f"{column} = source || ':' || ?"):
            rows = store.rows(f"SELECT * FROM verbatims WHERE {where} ORDER BY verbatim_id", [wanted])
            ids = sorted({row[column] for row in rows})
            if len(ids) > 1:
                raise VocError(f"{len(ids)} sources have '{wanted}'.", f"Say which: {', '.join(ids)}.")
            if rows:
                return rows
    raise _unknown(store, wanted)


def _unknown(store: Store, wanted: str) -> VocError:
    for table, key in (("contacts", "contact_id"), ("responses", "response_id")):
        if store.rows(f"SELECT 1 FROM {table} WHERE {key} = ? OR {key} = source || ':' || ?", [wanted, wanted]):
            return VocError(f"'{wanted}' holds no text in {store.path}.", "Nothing was written, or no column is mapped to 'text'.")
    ids = _ids_like(store, wanted)
    if not ids:
        return VocError(f"{store.path} holds no verbatims.", "Run the pipeline first: voc run PIPELINE.yml")
    near = did_you_mean(wanted, [id_ if ":" in wanted else id_.partition(":")[2] for id_ in ids])
    return VocError(
        f"There is no verbatim, contact or response '{wanted}' in {store.path}.",
        near if near.startswith("Did") else f"Ids look like '{ids[0]}'.",
    )


def _ids_like(store: Store, wanted: str) -> list[str]:
    """Ids that begin or end as the wanted one does, then any: comparing with all would take too long."""
    own = wanted.rpartition(":")[2]
    patterns = [f"%:{own[: max(len(own) * 2 // 3, 1)]}%", f"%{own[len(own) // 3 :]}", "%"]
    sql = "SELECT verbatim_id FROM verbatims WHERE verbatim_id LIKE ? ORDER BY 1 LIMIT ?"
    return list(dict.fromkeys(row["verbatim_id"] for pattern in patterns for row in store.rows(sql, [pattern, NEAR])))


# ---------------------------------------------------------------- words


def _verbatim_lines(store: Store, verbatim: dict) -> list[str]:
    key = [verbatim["verbatim_id"]]
    cleaned = next(iter(store.rows("SELECT * FROM cleaned_verbatims WHERE verbatim_id = ?", key)), None)
    removals = store.rows("SELECT * FROM removals WHERE verbatim_id = ? ORDER BY start_character, position", key)
    passages = store.rows(
        "SELECT p.*, t.topic_id, t.confidence, t.why_unassigned, n.name FROM passages p "
        "LEFT JOIN passage_topics t USING (passage_id) LEFT JOIN topics n ON n.topic_id = t.topic_id "
        "WHERE p.verbatim_id = ? ORDER BY p.position", key,
    )  # fmt: skip
    return [
        *_head(verbatim, cleaned), "", *_text_lines(verbatim["text"], removals), "",
        *(_cut_line(store, removal) for removal in removals), *(_passage_line(p) for p in passages),
        *([] if passages or cleaned is None or cleaned["why_excluded"] else ["No passage."]),
    ]  # fmt: skip


def _head(verbatim: dict, cleaned: dict | None) -> list[str]:
    belongs = f"contact {verbatim['contact_id']}" if verbatim["contact_id"] else f"response {verbatim['response_id']}"
    tokens = verbatim["redaction_count"]
    lines = [
        f"{w.line(verbatim['verbatim_id'])}, {w.line(belongs)}, source {w.line(verbatim['source'])}, {w.day(verbatim['said_at'])}, "
        f"{w.plural(tokens, 'piece')} of personal data replaced"
    ]
    if verbatim["question"]:
        lines.append(f"Question: {w.line(verbatim['question'])}")
    if cleaned is None:
        return [*lines, "It was not prepared yet: finish a run."]
    lines.append(f"Language: {cleaned['language'] or 'unknown'} (confidence {cleaned['language_confidence']:.2f})")
    if cleaned["why_excluded"]:
        lines.append(f"It takes no part in topics: {WHY_EXCLUDED[cleaned['why_excluded']]}.")
    return lines


def _text_lines(text: str, removals: list[dict]) -> list[str]:
    """The text, each part that was cut between [-number: and -]; the numbers stand in the list below it."""
    marked, position = "", 0
    for removal in removals:
        start = removal["start_character"]
        end = start + len(removal["text"])
        marked += f"{text[position:start]}[-{removal['position']}: {text[start:end]} -]"
        position = end
    # control characters of a customer's text shall not reach the terminal
    return ["  " + "".join(sign for sign in line if sign.isprintable()) for line in (marked + text[position:]).split("\n")]


def _cut_line(store: Store, removal: dict) -> str:
    what = f"Cut {removal['position']}: {removal['kind'].replace('_', ' ')}, rule {removal['rule']}"
    if not removal["template_id"]:
        return what
    template = store.rows("SELECT * FROM templates WHERE template_id = ?", [removal["template_id"]])[0]
    return (
        f"{what}, {template['template_id']}: in {w.plural(template['verbatim_count'], 'verbatim')} of "
        f"{w.plural(template['customer_count'], 'customer')}"
    )


def _passage_line(passage: dict) -> str:
    words = w.shortened(w.line(passage["text"]), 80)
    head = f"Passage {passage['position']} ({passage['language'] or 'language unknown'}) '{words}': "
    if passage["topic_id"]:
        return f"{head}topic '{w.line(passage['name'])}' ({passage['topic_id']}), confidence {passage['confidence']:.2f}"
    why = passage["why_unassigned"] or passage["why_excluded"]
    return f"{head}no topic: {WHY_NO_TOPIC[why]}" if why else f"{head}topics were not found yet"
