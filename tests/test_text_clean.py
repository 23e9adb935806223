"""Quoted replies, signatures and notices are taken out and kept; the customer's message never is."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.clean import RULES, Cleaned, clean

NOTICE = "This email and any attachments are confidential and intended solely for the addressee."
QUOTES = {
    "> lines": "> hello\n> there",
    "apple": "On Mon, 5 Jan 2026 at 10:00, Ann <a@b.c> wrote:\n> hello\n>\n> there",
    "header over two lines": "On Mon, 5 Jan 2026 at 10:00, Ann <a@b.c>\nwrote:\n\n> hello",
    "not marked": "On Mon, 5 Jan 2026 at 10:00, Ann <a@b.c> wrote:\nhello",
    "german": "Am 05.01.2026 um 10:00 schrieb Ann <a@b.c>:\nhallo",
    "french": "Le lun. 5 janv. 2026 à 10:00, Ann <a@b.c> a écrit :\nbonjour",
    "spanish": "El lun, 5 ene 2026 a las 10:00, Ann (<a@b.c>) escribió:\nhola",
    "italian": "Il giorno lun 5 gen 2026 alle ore 10:00 Ann <a@b.c> ha scritto:\nciao",
    "dutch": "Op ma 5 jan 2026 om 10:00 schreef Ann <a@b.c>:\nhallo",
    "portuguese": "Em seg., 5 de jan. de 2026 às 10:00, Ann <a@b.c> escreveu:\nolá",
    "danish": "Den 5. jan. 2026 kl. 10.00 skrev Ann <a@b.c>:\nhej",
    "outlook": "From: Ann <a@b.c>\nSent: Monday 10:00\nTo: Bob\nSubject: x\n\nhello",
    "outlook with a rule": "________________________________\nFrom: Ann <a@b.c>\nSent: Monday\nSubject: x\n\nhello",
    "outlook in german": "Von: Ann <a@b.c>\nGesendet: Montag\nAn: Bob\nBetreff: x\n\nhallo",
    "separator": "-----Original Message-----\nhello",
    "forwarded": "---------- Forwarded message ---------\nFrom: Ann\nhello",
    "german separator": "-----Ursprüngliche Nachricht-----\nhallo",
}


def said(text: str) -> tuple[str, list[tuple[str, str]]]:
    """What is left of a text, and what was taken out, as (kind, text)."""
    cleaned = clean(text)
    return cleaned.text, [(removal.kind, removal.text) for removal in cleaned.removals]


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES.keys())
def test_a_quoted_reply_is_taken_out_and_kept(quote):
    text = f"It still fails.\n\n{quote}"
    assert said(text) == ("It still fails.", [("quoted_reply", quote)])


def test_a_header_inside_a_flattened_text():
    text = "It still fails. On Mon, Jan 5, 2026 at 3:00 PM Bob <b@x.y> wrote: hello there"
    header = "On Mon, Jan 5, 2026 at 3:00 PM Bob <b@x.y> wrote: hello there"
    assert said(text) == ("It still fails.", [("quoted_reply", header)])


def test_answers_between_quoted_lines_stay():
    text = "On 5 Jan 2026, Ann <a@b.c> wrote:\n> Which version?\nThe newest.\n> Since when?\nMonday."
    assert said(text) == (
        "The newest.\nMonday.",
        [
            ("quoted_reply", "On 5 Jan 2026, Ann <a@b.c> wrote:\n> Which version?"),
            ("quoted_reply", "> Since when?"),
        ],
    )


SIGNATURES = {
    "phone": "Sent from my iPhone",
    "outlook": "Get Outlook for iOS",
    "german phone": "Von meinem iPhone gesendet",
    "french phone": "Envoyé de mon iPhone",
    "dutch phone": "Verzonden vanaf mijn Samsung",
    "delimiter": "--\nAnn\nacme limited",
    "formula": "Kind regards,\nAnn Smith\nHead of Operations\nAcme Ltd | +44 20 7946 0958",
    "formula in the line": "Best regards, Ann",
    "thanks": "Thanks!\nAnn",
    "two formulas": "Thank you\n\nKind regards\nAnn",
    "german": "Mit freundlichen Grüßen\nAnn Beispiel",
    "french": "Cordialement,\nAnn",
    "spanish": "Un saludo,\nAnn",
    "italian": "Cordiali saluti\nAnn",
    "dutch": "Met vriendelijke groet,\nAnn",
    "portuguese": "Atenciosamente,\nAnn",
}


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_a_signature_is_taken_out_and_kept(signature):
    text = f"The bill is wrong.\n\n{signature}"
    assert said(text) == ("The bill is wrong.", [("signature", signature)])


NOTICES = [
    f"{NOTICE} If you have received this email in error, delete it.",
    "CONFIDENTIALITY NOTICE: for the addressee only.",
    "If you are not the intended recipient, please delete this.",
    "Please consider the environment before printing this email.",
    "CAUTION: This email originated from outside the organization.",
    "Diese E-Mail enthält vertrauliche Informationen.",
    "Ce message et ses pièces jointes sont confidentiels.",
    "##- Please type your reply above this line -##",
    "[EXTERNAL]",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_is_taken_out_and_kept(notice):
    cleaned = clean(f"{notice}\n\nThe bill is wrong.")
    assert cleaned.text == "The bill is wrong." and [r.text for r in cleaned.removals] == [notice]
    assert cleaned.removals[0].kind in ("boilerplate", "quoted_reply")


def test_everything_at_once():
    text = f"It fails.\n\nKind regards,\nAnn\n\n{NOTICE}\n\nOn 5 Jan 2026, Bob <b@x.y> wrote:\n> hello"
    assert said(text) == (
        "It fails.",
        [
            ("quoted_reply", "On 5 Jan 2026, Bob <b@x.y> wrote:\n> hello"),
            ("boilerplate", NOTICE),
            ("signature", "Kind regards,\nAnn"),
        ],
    )


KEPT = [
    "Nothing to take out here.",
    "Thanks, but it does not work",
    "Thanks,\nAlso it crashes when I open the account page",
    "It fails.\nThanks\nand by the way the other page fails too when I click on it",
    "It fails.\nBest, Ann\n\n[1] https://example.com/a [2] https://example.com/b",
    "Best\nproduct ever",
    "Kind regards,\nAnn",  # nothing but courtesy: kept whole
    NOTICE,
    "I sent from my account to my wife's phone and it fails\nok",
    "Trip\nFrom: London\nTo: Paris\nIt was late",
    "On the first page he wrote: hello",
    "From: Ann <a@b.c>\nSent: Monday 10:00\nSubject: x\n\nonly a forwarded message",
    "> 3 hours waiting",
    ">>> import x\n>>> y\nfails",
    "I got a confidential letter meant for a neighbour",
    "Items:\n- one\n- two\n-- three",
    "Merci de me rappeler",
]


@pytest.mark.parametrize("text", KEPT)
def test_a_message_is_never_thrown_away(text):
    assert clean(text) == Cleaned(text, ())


def test_nothing_but_quotes_is_an_empty_message():
    assert said("> only\n> quotes") == ("", [("quoted_reply", "> only\n> quotes")])
    assert said("> quote\nKind regards,\nAnn") == ("Kind regards,\nAnn", [("quoted_reply", "> quote")])


@pytest.mark.parametrize(
    "piece", ["\n", "On a b 1 ", "On a 1 b\n", "Thanks\n", "> a\n", "From: a\n", "-- \n", "this email ", "--", ">",
    "x\nOn Mon 1, a wrote:\n"]
)  # fmt: skip
def test_a_very_long_text_takes_no_more_than_seconds(piece):
    begin = time.perf_counter()
    clean("x" + piece * (200_000 // len(piece)))
    assert time.perf_counter() - begin < 4  # 0.3 s at most on an idle machine


BY_RULE = {
    "quoted_line": "It fails.\n> quote",
    "wrote_line": "It fails.\nOn 5 Jan 2026, Bob <b@x.y> wrote:\nhello",
    "mail_header": "It fails.\n\nFrom: Ann <a@b.c>\nSent: Monday 10:00\nSubject: x\n\nhello",
    "separator_line": "It fails.\n-----Original Message-----\nhello",
    "reply_above_line": "It fails.\nPlease type your reply above this line\nhello",
    "closing_formula": "It fails.\nKind regards,\nAnn",
    "dash_line": "It fails.\n--\nAnn",
    "sent_from_line": "It fails.\nSent from my iPhone",
    "legal_notice": f"It fails.\n\n{NOTICE}",
    "security_banner": "[EXTERNAL]\nIt fails.",
}


@pytest.mark.parametrize("rule, text", BY_RULE.items())
def test_what_is_cut_names_its_rule_and_its_place(rule, text):
    cleaned = clean(text)
    assert cleaned.text == "It fails."
    [removal] = cleaned.removals
    assert removal.rule == rule and rule in RULES[removal.kind]
    assert text[removal.start :].startswith(removal.text)


def test_a_signature_around_a_quote_is_told_piece_by_piece():
    cleaned = clean("It fails.\nKind regards,\n> quote\nAnn")
    assert (cleaned.text, [(r.rule, r.text, r.start) for r in cleaned.removals]) == (
        "It fails.",
        [("quoted_line", "> quote", 24), ("closing_formula", "Kind regards,", 10), ("closing_formula", "Ann", 32)],
    )


def test_templates_are_cut_from_what_is_left_and_tell_where_they_stood():
    cleaned = clean("> quote\nForm 7. It fails.\n--\nAnn").without_templates([(0, 7, "repeated_block", "tpl-1")])
    assert cleaned.text == "It fails."
    assert cleaned.removals[-1] == ("template", "Form 7.", "repeated_block", 8, "tpl-1")


lines = st.sampled_from([*QUOTES.values(), *SIGNATURES.values(), *NOTICES, "It fails.", "", "> q", "Why?", "Ann"])


@given(st.lists(lines | st.text(max_size=30)).map("\n".join))
@settings(deadline=None)
def test_every_word_is_either_kept_or_recorded(text):
    cleaned = clean(text)
    left = sorted(" ".join([cleaned.text, *(removal.text for removal in cleaned.removals)]).split())
    assert left == sorted(text.split())
    assert all(removal.text for removal in cleaned.removals)


@given(st.lists(lines | st.text(max_size=30)).map("\n".join), st.lists(st.integers(0, 200), max_size=6))
@settings(deadline=None)
def test_every_character_stands_once_among_what_is_kept_and_what_was_cut(text, borders):
    cleaned = clean(text)
    borders = sorted({min(border, len(cleaned.text)) for border in borders})
    places = [(a, b, "repeated_block", "tpl-1") for a, b in zip(borders[::2], borders[1::2], strict=False)]
    cleaned = cleaned.without_templates(places)
    assert all(text[r.start : r.start + len(r.text)] == r.text for r in cleaned.removals)
    seen = [False] * len(text)
    for r in cleaned.removals:
        assert not any(seen[r.start : r.start + len(r.text)])
        seen[r.start : r.start + len(r.text)] = [True] * len(r.text)
    kept = "".join(sign for sign, is_cut in zip(text, seen, strict=True) if not is_cut)
    assert "".join(kept.split()) == "".join(cleaned.text.split())
