"""Quoted replies, signatures and notices are taken out and kept; the customer's message never is."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.clean import Cleaned, Removal, clean

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


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES.keys())
def test_a_quoted_reply_is_taken_out_and_kept(quote):
    text = f"It still fails.\n\n{quote}"
    assert clean(text) == Cleaned("It still fails.", (Removal("quoted_reply", quote),))


def test_a_header_inside_a_flattened_text():
    text = "It still fails. On Mon, Jan 5, 2026 at 3:00 PM Bob <b@x.y> wrote: hello there"
    header = "On Mon, Jan 5, 2026 at 3:00 PM Bob <b@x.y> wrote: hello there"
    assert clean(text) == Cleaned("It still fails.", (Removal("quoted_reply", header),))


def test_answers_between_quoted_lines_stay():
    text = "On 5 Jan 2026, Ann <a@b.c> wrote:\n> Which version?\nThe newest.\n> Since when?\nMonday."
    assert clean(text) == Cleaned(
        "The newest.\nMonday.",
        (
            Removal("quoted_reply", "On 5 Jan 2026, Ann <a@b.c> wrote:\n> Which version?"),
            Removal("quoted_reply", "> Since when?"),
        ),
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
    assert clean(text) == Cleaned("The bill is wrong.", (Removal("signature", signature),))


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
    assert clean(text) == Cleaned(
        "It fails.",
        (
            Removal("quoted_reply", "On 5 Jan 2026, Bob <b@x.y> wrote:\n> hello"),
            Removal("boilerplate", NOTICE),
            Removal("signature", "Kind regards,\nAnn"),
        ),
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
    assert clean("> only\n> quotes") == Cleaned("", (Removal("quoted_reply", "> only\n> quotes"),))
    assert clean("> quote\nKind regards,\nAnn") == Cleaned("Kind regards,\nAnn", (Removal("quoted_reply", "> quote"),))


@pytest.mark.parametrize(
    "piece", ["\n", "On a b 1 ", "On a 1 b\n", "Thanks\n", "> a\n", "From: a\n", "-- \n", "this email ", "--", ">",
    "x\nOn Mon 1, a wrote:\n"]
)  # fmt: skip
def test_a_very_long_text_takes_no_more_than_seconds(piece):
    begin = time.perf_counter()
    clean("x" + piece * (200_000 // len(piece)))
    assert time.perf_counter() - begin < 4  # 0.3 s at most on an idle machine


lines = st.sampled_from([*QUOTES.values(), *SIGNATURES.values(), *NOTICES, "It fails.", "", "> q", "Why?", "Ann"])


@given(st.lists(lines | st.text(max_size=30)).map("\n".join))
@settings(deadline=None)
def test_every_word_is_either_kept_or_recorded(text):
    cleaned = clean(text)
    left = sorted(" ".join([cleaned.text, *(removal.text for removal in cleaned.removals)]).split())
    assert left == sorted(text.split())
    assert all(removal.text for removal in cleaned.removals)
