"""The student: the same whatever the order, batch or process; unit rows for any text; close to its teacher."""

import random
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.embedders import _general_lesson, _student, minilm
from voc.embedders import _lessons as lessons
from voc.embedders._minilm_files import tokenizer
from voc.embedders._student import BLOCK, Tokens, teach

STARTS = ("I cannot", "Why can I not", "Please help me to", "It is impossible to", "How do I")
ACTS = ("open", "pay", "cancel", "change", "find")
THINGS = ("the invoice", "my subscription", "the mobile app", "my delivery address", "a refund", "two factor login")
TEXTS = [" ".join(words) for words in product(STARTS, ACTS, THINGS)]
random.Random(5).shuffle(TEXTS)
LESSON, REST = TEXTS[:90], TEXTS[90:]


@pytest.fixture(scope="module")
def taught():
    return minilm.embed(LESSON), teach(LESSON, minilm.embed(LESSON))


def test_a_student_is_close_to_its_teacher_on_texts_it_was_not_taught(taught):
    _, student = taught
    cosine, kept = lessons.grade(minilm.embed(REST), student.embed(REST))
    assert cosine > 0.9
    assert kept > 0.4  # by chance: 5 of 59


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=8))
@settings(max_examples=30, deadline=None)
def test_any_texts_give_unit_rows_that_do_not_depend_on_their_neighbours(taught, texts):
    _, student = taught
    together = student.embed([*texts, *REST])
    assert (together.shape, together.dtype) == ((len(texts) + len(REST), 384), np.float32)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(together[: len(texts)], student.embed(texts), atol=1e-6)


@given(st.permutations(range(len(LESSON))))
@settings(max_examples=3, deadline=None)
def test_the_order_of_the_lesson_makes_no_difference(taught, order):
    vectors, student = taught
    other = teach([LESSON[i] for i in order], vectors[list(order)])
    np.testing.assert_array_equal(other.embed(REST), student.embed(REST))


def test_more_texts_than_a_block_keep_their_order_and_tell_progress(taught):
    _, student = taught
    many = (REST * (BLOCK // len(REST) + 2))[: BLOCK + 9]
    told: list[int] = []
    rows = student.embed(many, progress=told.append)
    assert told == [BLOCK, BLOCK + 9]
    np.testing.assert_allclose(rows[BLOCK:], student.embed(many[BLOCK:]), atol=1e-6)
    assert student.embed([]).shape == (0, 384)


def test_a_teacher_of_any_width_and_texts_without_tokens():
    student = teach(["", "?", "a card"], np.array([[1, 0], [0, 1], [0, 1]]))
    rows = student.embed(["", "the card", "\N{FIRE}"])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert rows.shape == (3, 2)
    assert rows[1] @ [0, 1] > rows[0] @ [0, 1]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=5))
@settings(max_examples=100, deadline=None)
def test_tokens_are_those_of_the_whole_text(texts):
    texts = [*texts, "a [MASK] b", " two  spaces ", "\t line\nline \N{CJK UNIFIED IDEOGRAPH-4E00}x", "long word " * 200]
    whole = [e.ids for e in tokenizer().encode_batch_fast(texts, add_special_tokens=False)]
    tokens = Tokens.of(texts)
    assert [tokens.ids[tokens.rows == row].tolist() for row in range(len(texts))] == whole


def test_the_general_lesson_helps_a_student_of_minilm_and_leaves_another_alone(taught, monkeypatch):
    vectors, student = taught
    turned = vectors[:, np.random.default_rng(0).permutation(384)]  # a teacher of the same width that sees otherwise
    other = teach(LESSON, turned)
    few = teach(LESSON[:10], vectors[:10])
    monkeypatch.setattr(_student, "ALIKE", 2)
    np.testing.assert_array_equal(other.embed(REST), teach(LESSON, turned).embed(REST))
    teacher = minilm.embed(REST)
    alone = teach(LESSON[:10], vectors[:10])
    assert lessons.grade(teacher, few.embed(REST))[1] > lessons.grade(teacher, alone.embed(REST))[1] + 0.05


def test_the_general_lesson_holds_the_teachers_vectors_to_some_degree():
    texts, vectors = _general_lesson.general_lesson()
    assert (len(texts) == len(vectors) == len(set(texts)), vectors.dtype) == (True, np.float32)
    some = minilm.embed(texts[:40])
    assert (some * vectors[:40]).sum(axis=1).min() > 0.8


def test_a_general_lesson_is_read_as_it_was_written(tmp_path, monkeypatch):
    vectors = np.random.default_rng(3).normal(size=(30, 8)).astype(np.float32)
    texts = [f"sentence {number} \N{EURO SIGN}" for number in range(30)]
    monkeypatch.setattr(_general_lesson, "FILE", tmp_path / "lesson.npz")
    _general_lesson.write(texts, vectors, _general_lesson.FILE)
    found, rows = _general_lesson.general_lesson.__wrapped__()
    assert found == texts
    np.testing.assert_allclose(rows, vectors, atol=0.03)


def test_a_fresh_process_gives_the_same_vectors():
    script = (
        "import sys, hashlib; sys.path.insert(0, 'tests')\n"
        "import numpy as np\n"
        "from test_embed_student import LESSON, REST, teach\n"
        "vectors = np.random.default_rng(1).normal(size=(len(LESSON), 16))\n"
        "print(hashlib.sha256(teach(LESSON, vectors).embed(REST).round(4).tobytes()).hexdigest())"
    )
    root = Path(__file__).parent.parent
    run = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root,
                       env={"PYTHONHASHSEED": seed, "PATH": ""})
        for seed in ("1", "2")
    ]  # fmt: skip
    assert run[0].stdout == run[1].stdout != ""


# ---------------------------------------------------------------- lessons

KEYS = [f"{number:05d}" for number in range(30_000)]


@pytest.mark.parametrize(("texts", "taught"), [(3_000, 300), (10_000, 300), (30_000, 900)])
def test_a_lesson_is_a_small_part_of_the_texts_within_bounds(texts, taught):
    lesson = lessons.choose_lesson(KEYS[:texts][::-1])
    assert lesson == KEYS[:taught]
    assert lessons.choose_exam(set(KEYS[:texts]), lesson) == KEYS[taught : taught + 100]


def test_a_large_lesson_stops_at_4000():
    assert len(lessons.choose_lesson([str(number) for number in range(250_000)])) == 4_000


def test_a_student_serves_until_texts_grow_by_a_quarter_or_its_lesson_is_gone():
    keys = KEYS[:4_000]
    name = lessons.student_id("teacher", keys[:600], 4_000)
    assert name == lessons.student_id("teacher", keys[:600][::-1], 4_000)
    kept = {lessons.lesson_name(name): set(keys[:600]), name: set(keys), "teacher": set(keys)}
    assert lessons.known_student(kept, "teacher", keys) == name
    assert lessons.known_student(kept, "teacher", KEYS[:5_000]) == name
    assert lessons.known_student(kept, "teacher", KEYS[:5_001]) is None
    assert lessons.known_student(kept, "teacher", KEYS[1:4_000]) is None
    assert lessons.known_student(kept, "teacher", KEYS[:699]) is None
    assert lessons.known_student(kept, "another", keys) is None
    larger = lessons.student_id("teacher", keys[:601], 4_500)
    kept[lessons.lesson_name(larger)] = set(keys[:601])
    assert lessons.known_student(kept, "teacher", keys) == larger


def test_grades_by_hand():
    rows = np.array([[1, 0], [0.8, 0.6], [0, 1]])
    assert lessons.grade(rows, rows) == (pytest.approx(1), 1)
    # neighbours: all others count where there are fewer than six
    assert lessons.grade(rows, rows[[0, 2, 1]]) == (pytest.approx((1 + 0.6 + 0.6) / 3), 1)
    line = np.array([[np.cos(a), np.sin(a)] for a in np.radians([0, 1, 3, 6, 10, 15, 21, 28])])
    swapped = line[[7, 1, 2, 3, 4, 5, 6, 0]]
    cosine, kept = lessons.grade(line, swapped)
    assert cosine == pytest.approx((6 + 2 * np.cos(np.radians(28))) / 8)
    assert kept == pytest.approx(0.8)  # each of the eight leaves out two others, one of them another than before
