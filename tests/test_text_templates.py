"""Boilerplate is found as what many people sent word for word; what many people say is not."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.near import near_groups
from voc.text.templates import Template, find_templates, normal_form

LETTER = (
    "I am writing to dispute the entry in my file. Under the law you have thirty days to show me the signed contract, and "
    "I ask you to delete the entry if you cannot. Please confirm in writing once that is done."
)
NOTICE = "Do not answer to this address because nobody reads the mails that arrive there at any time of the day."
WORDS = "lamp door parcel card page invoice screen window report user phone battery cable order refund label printer key".split()


def own_texts(count: int, seed: int = 1) -> list[str]:
    """Different sentences of nine words."""
    generator = random.Random(seed)
    return [" ".join(generator.choice(WORDS) for _ in range(9)).capitalize() + "." for _ in range(count)]


def found(texts, people=None, sources=None, **options):
    people = people or [f"p{i}" for i in range(len(texts))]
    return find_templates(texts, people, sources or ["s"] * len(texts), **options)


def cut(texts, **kwargs) -> list[list[str]]:
    """What each text would lose."""
    return [[text[p.start : p.end] for p in places] for text, places in zip(texts, found(texts, **kwargs).places, strict=True)]


def test_letters_that_differ_in_names_and_numbers_are_one_template():
    letters = [f"Dear {name}, case {i}.\n\n{LETTER}" for i, name in enumerate(("Ann", "Bob", "Cy", "Di", "Ed", "Flo"))]
    result = found(own_texts(10) + letters)
    assert [t.rule for t in result.templates] == ["repeated_text"]
    assert result.templates[0].example in letters
    assert cut(own_texts(10) + letters) == [[]] * 10 + [[letter] for letter in letters]


def test_one_person_or_few_people_make_no_template():
    texts = own_texts(10) + [LETTER] * 6
    assert cut(texts, people=[f"p{i}" for i in range(10)] + ["q"] * 6) == [[]] * 16
    assert cut(own_texts(10) + [LETTER] * 4) == [[]] * 14
    assert cut(own_texts(10) + [LETTER] * 4, min_customers=4) == [[]] * 10 + [[LETTER]] * 4


def test_a_notice_below_what_people_wrote_is_cut_and_they_stay():
    own = own_texts(30)
    texts = [f"{text}\n{NOTICE}" for text in own[:6]] + own[6:]
    assert cut(texts) == [[NOTICE]] * 6 + [[]] * 24
    flat = [f"{NOTICE} {text}" for text in own[:6]] + own[6:]
    assert cut(flat) == [[NOTICE]] * 6 + [[]] * 24


def test_labels_of_a_form_are_cut_and_what_stands_behind_them_stays():
    texts = [f"Order number: {i}\nWhat happened: {text}" for i, text in enumerate(own_texts(30))]
    assert cut(texts) == [["Order number:", "What happened:"]] * 30
    assert {t.rule for t in found(texts).templates} == {"form_label"}


@pytest.mark.parametrize("text", ["I forgot my password.", "I would like to cancel my plan and get my money back for this month"])
def test_the_same_short_thing_said_by_many_is_no_template(text):
    assert cut(own_texts(100) + [text] * 60) == [[]] * 160


def test_sentences_from_a_stock_that_all_draw_from_are_no_templates():
    stock = [text + " " + other for text, other in zip(own_texts(40), own_texts(40, seed=2), strict=True)]
    generator = random.Random(3)
    texts = [f"{generator.choice(stock)}\n\n{generator.choice(stock)}" for _ in range(300)]
    assert cut(texts) == [[]] * 300


def test_a_source_of_presets_is_named_and_left_alone_and_others_are_not():
    texts = [LETTER] * 8 + own_texts(30) + [LETTER] * 6
    result = found(texts, sources=["form"] * 8 + ["mail"] * 36)
    assert result.preset_sources == ("form",)
    assert [bool(places) for places in result.places] == [False] * 38 + [True] * 6


def test_ids_last_and_the_order_of_texts_does_not_matter():
    texts = own_texts(20) + [f"{LETTER} {i}" for i in range(5)] + [f"{text}\n{NOTICE}" for text in own_texts(6, seed=5)]
    order = list(range(len(texts)))
    random.Random(4).shuffle(order)
    one, two = found(texts), found([texts[i] for i in order])
    assert one.templates == two.templates and [one.places[i] for i in order] == two.places
    assert found(texts + own_texts(9, seed=8)).templates == one.templates


def test_nothing_in_nothing_out():
    empty = found([])
    assert (empty.templates, empty.places, empty.preset_sources) == ((), [], ())
    assert found(["", " ", "a"]).places == [(), (), ()]


def test_the_normal_form():
    assert normal_form("Your ORDER,\nno. 4711-2 -- [email]!") == "your order no 0 0 email"


def test_near_groups_join_the_most_frequent_wording():
    import numpy as np

    base = LETTER.lower().split()
    documents = [base[:-1] + ["x"], base, base[:20], own_texts(1)[0].split()]

    def read(numbers):
        return [documents[i] for i in numbers]

    groups = near_groups(read, np.array([1, 7, 1, 1]), np.array([4, 3, 2, 1]), similarity=0.8)
    assert list(groups) == [1, 1, 2, 3]


pieces = st.sampled_from([LETTER, NOTICE, "Order number: 7", "Hello", "", "\n\n", *own_texts(5)])


@given(st.lists(st.lists(pieces | st.text(max_size=20), max_size=5).map("\n".join), max_size=20))
@settings(deadline=None, max_examples=50)
def test_places_lie_inside_their_texts_in_order_and_apart(texts):
    result = found(texts, min_customers=2)
    assert len(result.places) == len(texts)
    for text, places in zip(texts, result.places, strict=True):
        borders = [border for p in places for border in (p.start, p.end)]
        assert borders == sorted(borders) and all(0 <= border <= len(text) for border in borders)
        assert all(text[p.start : p.end].strip() and isinstance(result.templates[p.template], Template) for p in places)
