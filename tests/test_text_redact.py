"""Addresses and numbers of persons go, ordinary numbers stay."""

import csv
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.redact import Redacted, redact

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
    "order 12345678", "Order number: 0612345678", "ticket #4155550132", "case 00123456789", "INV-2023-00012345",
    "2023-05-15 02:52:11 -0700", "15/05/2023 10:30", "04/10/21 1345", "from 01.02.2023 to 03.04.2023",
    "on 01 02 2023",
    "12:30:45.123456", "08:00-20:00 07:00-19:00", "20230511 - 20230611", "2023 2024 2025 2026",
    "version 113.0.1 build 20230511191846", "10.0.19045.2846", "2.0.0.1 / 1.5.0.11", "192.168.10.254",
    "$1,234,567.89", "1.234.567,89 EUR", "1 234 567 EUR", "612 345 678 EUR", "2147483648 bytes", "1684137600",
    "1684137600000", "978-3-16-148410-0", "1Z999AA10123456784", "00342-20831-73304-AAOEM",
    "0x80070005 0123456789abcdef",
    "550e8400-e29b-41d4-a716-446655440000", "4.111111111111111", "3.141592653589793", "1234 5678 9012 3456",
    "4111 1111 1111 1112", "GB29NWBK60161331926818", "GB29 NWBK 6016 1331 9268 18",
    "https://x.com/q/4155550132?id=4155550132",
    "1920 x 1080 1366 768", "score 10/10 9/10 8/10 7/10", "1-2 3-4 5-6 7-8 9-10", "call me about order 12345678",
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
    assert redact("account 07700900123").text == "account 07700900123"


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
    st.integers(0, 10**9 - 1), st.sampled_from(["order {}", "ticket {}", "{} rows", "No. {} is late", "I paid {} EUR"])
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


def test_real_texts_keep_their_numbers(real_data):
    path = real_data("nhs-fft-nhft") / "comments.csv"
    with path.open(encoding="utf-8", newline="") as file:
        comments = [row["FFT answer"] for row in csv.DictReader(file)]
    assert [comment for comment in comments if redact(comment).counts] == []  # masked by its publisher
