"""Topics: known groups are found, equal texts stay together, order and process do not matter, few texts work."""

import csv
import importlib.util
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, homogeneity_score, normalized_mutual_info_score

from voc.errors import VocError
from voc.topics import LOW_CONFIDENCE, NOISE, TopicModel, TopicOptions, find_topics
from voc.topics.model import UNLIKE_OTHERS

ROOT = Path(__file__).parent.parent
PROBLEMS = (
    "parcel not arrived", "card declined", "password reset", "refund missing", "app crashing", "invoice wrong",
    "delivery address", "account closed",
)


def no_phrases(texts):
    return [[] for _ in texts]


def company(sizes, *, seed=0, spread=0.6):
    """Texts of problems 0.. in the given numbers, each distinct, with vectors around a centre per problem."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(sizes), 32))
    texts, rows, truth = [], [], []
    for problem, size in enumerate(sizes):
        for n in range(size):
            texts.append(f"{PROBLEMS[problem]} since order {n} of shop {rng.integers(1000)}")
            rows.append(centres[problem] + spread * rng.normal(size=32))
            truth.append(problem)
    vectors = np.array(rows, dtype=np.float32)
    return texts, vectors / np.linalg.norm(vectors, axis=1, keepdims=True), truth


def find(texts, vectors, **options) -> TopicModel:
    return find_topics(texts, vectors, options=TopicOptions(**options), seed=1, names_from=no_phrases)


def answers(model: TopicModel):
    """Everything a model says, in plain values that can be compared."""
    topics = [(t.number, t.name, t.size, t.words, t.phrases, t.confidence, t.centroid.tolist()) for t in model.topics]
    return topics, model.labels, model.confidence.tolist(), model.why_unassigned, model.resolution, model.notes


def test_finds_known_groups_and_orders_them_by_size():
    texts, vectors, truth = company([60, 40, 30, 20])
    model = find(texts, vectors, size=4, min_similarity=-1)
    assert [topic.size for topic in model.topics] == [60, 40, 30, 20]
    assert list(model.labels) == truth
    assert [topic.words[0][0] in PROBLEMS[topic.number].split() for topic in model.topics] == [True] * 4
    assert model.why_unassigned == (None,) * 150
    assert float(model.confidence.min()) > 0.9
    for topic in model.topics:
        centre = vectors[np.array(model.labels) == topic.number].sum(axis=0)
        np.testing.assert_allclose(topic.centroid, centre / np.linalg.norm(centre), atol=1e-5)


def test_equal_sizes_are_ordered_by_their_smallest_text():
    texts, vectors, _ = company([30, 30, 30])
    model = find(texts, vectors, size=3)
    smallest = [min(t for t, label in zip(texts, model.labels, strict=True) if label == n) for n in range(3)]
    assert smallest == sorted(smallest)


@pytest.mark.parametrize(("size", "least", "most"), [("few", 6, 14), ("normal", 14, 26), ("many", 28, 52), (9, 7, 11)])
def test_number_of_topics_follows_the_size_wanted(size, least, most):
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(400, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model = find([f"text {n}" for n in range(400)], vectors, size=size)
    assert least <= len(model.topics) <= most


def test_no_topic_is_smaller_than_asked_and_no_text_is_left_out():
    texts, vectors, _ = company([40, 30, 20, 9, 5, 2, 1, 1], spread=0.9)
    model = find(texts, vectors, min_texts=5, min_similarity=-1)
    assert min(topic.size for topic in model.topics) >= 5
    assert sum(topic.size for topic in model.topics) == len(texts)


def test_shuffled_input_gives_the_same_answers():
    texts, vectors, _ = company([50, 40, 30, 20, 10], spread=1.2)
    texts += texts[:7]
    vectors = np.vstack([vectors, vectors[:7]])
    order = np.random.default_rng(5).permutation(len(texts))
    straight = find(texts, vectors)
    mixed = find([texts[i] for i in order], vectors[order])
    back = np.argsort(order)
    assert answers(mixed)[0] == answers(straight)[0]
    assert tuple(mixed.labels[i] for i in back) == straight.labels
    np.testing.assert_array_equal(mixed.confidence[back], straight.confidence)


def test_equal_texts_share_a_topic_even_against_their_vectors():
    texts, vectors, _ = company([30, 30])
    texts[0] = texts[45] = "please call me back"
    model = find(texts, vectors, size=2)
    assert model.labels[0] == model.labels[45]


def test_repeated_texts_count_towards_the_smallest_topic():
    texts, vectors, _ = company([30, 30, 3], spread=0.3)
    assert [topic.size for topic in find(texts, vectors, size=2, min_texts=5).topics] == [33, 30]
    repeated = texts + texts[-3:] * 2
    model = find(repeated, np.vstack([vectors, vectors[-3:], vectors[-3:]]), size=3, min_texts=5)
    assert [topic.size for topic in model.topics] == [30, 30, 9]


def test_arguments_are_not_changed():
    texts, vectors, _ = company([20, 20])
    before = (list(texts), vectors.copy())
    find(texts, vectors)
    assert texts == before[0]
    np.testing.assert_array_equal(vectors, before[1])


def test_low_confidence_leaves_a_text_without_topic_and_says_why():
    texts, vectors, _ = company([40, 40, 40], spread=1.6)
    model = find(texts, vectors, size=3, min_confidence=0.7, min_similarity=-1)
    low = [float(sure) < 0.7 for sure in model.confidence]
    assert any(low) and not all(low)
    assert [label is None for label in model.labels] == low
    assert [why == LOW_CONFIDENCE for why in model.why_unassigned] == low
    assert sum(topic.size for topic in model.topics) == low.count(False)
    assert [topic.size for topic in model.topics] == sorted((t.size for t in model.topics), reverse=True)


def test_texts_unlike_all_others_are_set_aside_where_there_are_enough_to_tell():
    texts, vectors, truth = company([60, 40, 30, 20], spread=0.3)
    strangers = [vectors[n] + vectors[n + 60] + vectors[n + 100] + vectors[n + 130] for n in (0, 5)]
    strangers = np.stack([v / np.linalg.norm(v) for v in strangers]) * np.array([[1], [-1]], dtype=np.float32)
    mixed = find([*texts, "stranger one", "stranger two"], np.vstack([vectors, strangers]), size=4)
    near = mixed.nearness < mixed.fit.min_similarity
    assert [t for t, why in zip([*texts, "stranger one", "stranger two"], mixed.why_unassigned, strict=True) if why] == [
        t for t, is_far in zip([*texts, "stranger one", "stranger two"], near, strict=True) if is_far
    ]
    assert mixed.why_unassigned[-2:] == (UNLIKE_OTHERS, UNLIKE_OTHERS)
    assert mixed.labels[-2:] == (None, None)
    assert None not in mixed.closest[-2:]
    assert set(mixed.why_unassigned) == {None, UNLIKE_OTHERS}
    few = find([*texts[:97], "stranger one", "stranger two"], np.vstack([vectors[:97], strangers]))
    assert (few.why_unassigned, few.fit.min_similarity) == ((None,) * 99, -1.0)


FEW = "Only {}: the topics sort what is there, but say nothing about how common a problem is among customers at large."


def test_no_texts_no_topics():
    model = find_topics([], np.zeros((0, 5), np.float32))
    assert answers(model) == ([], (), [], (), None, ("There are no texts, so no topics.",))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 12, 19])
def test_few_texts_work_and_say_what_they_cannot_claim(count):
    texts, vectors, _ = company([count])
    model = find(texts, vectors)
    said = "1 different text" if count == 1 else f"{count} different texts"
    assert model.notes == (FEW.format(said),)
    assert sum(topic.size for topic in model.topics) == count
    assert None not in model.labels


def test_twenty_texts_need_no_excuse():
    texts, vectors, _ = company([10, 10])
    assert find(texts, vectors).notes == ()


def test_twelve_texts_about_two_problems_give_two_topics():
    texts, vectors, truth = company([7, 5], spread=0.3)
    assert list(find(texts, vectors, size=2).labels) == truth


@pytest.mark.parametrize("text", ["the parcel is late", "?", "", "[email]"])
def test_all_texts_equal(text):
    model = find([text] * 40, np.tile(np.eye(1, 8, dtype=np.float32), (40, 1)))
    assert [(topic.size, topic.confidence) for topic in model.topics] == [(40, 1.0)]
    assert model.labels == (0,) * 40


def test_vectors_of_zeros_do_not_break_it():
    model = find([f"t{n}" for n in range(30)], np.zeros((30, 8), np.float32))
    assert sum(topic.size for topic in model.topics) == 30


SHORT = ["a b", "b c", "card lost", "", "!!", "refund", "où est"]


@given(st.lists(st.sampled_from(SHORT), max_size=25), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_any_texts_are_all_accounted_for(texts, seed):
    rng = np.random.default_rng(seed)
    known = {text: rng.normal(size=6) for text in sorted(set(texts))}
    vectors = np.array([known[text] for text in texts], dtype=np.float32).reshape(len(texts), 6)
    model = find(texts, vectors)
    assert sum(topic.size for topic in model.topics) == len(texts)
    assert {text: label for text, label in zip(texts, model.labels, strict=True)} == dict(
        zip(reversed(texts), reversed(model.labels), strict=True)
    )
    assert [topic.number for topic in model.topics] == list(range(len(model.topics)))
    assert len({topic.name.lower() for topic in model.topics}) == len(model.topics)


def _output(script: str, **options) -> str:
    """What a script prints that runs in a process of its own, at the root of the repository."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, **options).stdout


FRESH = """
import sys
sys.path.insert(0, "tests")
from test_topics import answers, company
from voc.topics import find_topics
texts, vectors, _ = company([40, 30, 20, 10], spread=1.2)
print(answers(find_topics(texts, vectors, seed=7)))
"""


def test_a_fresh_process_gives_the_same_topics_whatever_the_hash_seed():
    def run(hash_seed: str) -> str:
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        return _output(FRESH, env=env)

    first = run("1")
    assert len(first) > 1000
    assert run("2") == first


def test_importing_topics_is_cheap_and_finding_them_pulls_no_compiler():
    script = (
        "import sys\nimport voc.topics\n"
        "heavy = {'numpy', 'bertopic', 'sklearn', 'spacy'}\n"
        "print(sorted((heavy - {'numpy'}) & set(sys.modules)))\n"
        "sys.path.insert(0, 'tests')\n"
        "from test_topics import company\n"
        "texts, vectors, _ = company([20, 20])\n"
        "voc.topics.find_topics(texts, vectors)\n"
        "print(sorted({'numba', 'torch', 'umap', 'hdbscan', 'sentence_transformers'} & set(sys.modules)))\n"
    )
    assert _output(script) == "[]\n[]\n"


def test_user_warnings_are_heard_after_bertopic_is_imported():
    script = (
        "import sys, warnings\nsys.path.insert(0, 'tests')\n"
        "from test_topics import company\nfrom voc.topics import find_topics\n"
        "texts, vectors, _ = company([20, 20])\nfind_topics(texts, vectors)\n"
        "print([f for f in warnings.filters if f[0] == 'ignore' and f[1] is None and f[2] is UserWarning])\n"
    )
    assert _output(script) == "[]\n"


def message(call) -> str:
    with pytest.raises(VocError) as caught:
        call()
    return str(caught.value)


def test_one_vector_a_text():
    assert message(lambda: find_topics(["a", "b"], np.zeros((3, 4), np.float32))) == (
        "Topics need one vector a text: 2 texts, vectors of shape (3, 4).\nRun the embed stage again."
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": "normale"}, "No topic size called 'normale'.\nDid you mean 'normal'? Or say how many."),
        ({"size": 0}, "Topic size is 0, which is no number of topics.\nGive 1 or more, or a word."),
        ({"engine": "leidn"}, "No topic engine called 'leidn'.\nDid you mean 'leiden'?"),
        ({"min_texts": 0}, "min_texts is 0; a topic holds at least 1 text.\nGive 1 or more."),
        ({"min_confidence": 1.5}, "min_confidence is 1.5, outside 0 to 1.\nGive a share from 0 to 1."),
        ({"min_similarity": -2}, "min_similarity is -2, outside -1 to 1.\nGive a cosine, say 0.4."),
        ({"refit": "alway"}, "refit is 'alway'.\nDid you mean 'always'?"),
        ({"lexical_share": 1.0}, "lexical_share is 1.0, outside 0 to 1.\nGive a share below 1, say 0.1."),
        ({"neighbours": 1}, "neighbours is 1; the graph needs at least 2.\nGive 2 or more, say 15."),
    ],
)
def test_options_that_make_no_sense(options, said):
    assert message(lambda: TopicOptions(**options)) == said


def _pretend(monkeypatch, *, present: bool) -> None:
    found = importlib.util.find_spec
    pretended = ("umap", "hdbscan", "evoc")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: (present or None) if name in pretended else found(name))


def test_bertopic_default_says_what_to_install(monkeypatch):
    texts, vectors, _ = company([20, 20])
    _pretend(monkeypatch, present=False)
    assert message(lambda: find(texts, vectors, engine="bertopic-default")) == (
        "The engine bertopic-default needs umap-learn and hdbscan, not installed here.\n"
        "pip install umap-learn hdbscan, or use the engine leiden, which is there already."
    )


def test_evoc_says_what_to_install(monkeypatch):
    texts, vectors, _ = company([20, 20])
    _pretend(monkeypatch, present=False)
    assert message(lambda: find(texts, vectors, engine="evoc")) == (
        "The engine evoc needs evoc, not installed here.\n"
        "pip install evoc, or use the engine leiden, which is there already."
    )


@pytest.mark.parametrize("engine", ["bertopic-default", "evoc"])
def test_engines_to_compare_with_refuse_too_few_texts(monkeypatch, engine):
    texts, vectors, _ = company([10])
    _pretend(monkeypatch, present=True)
    assert message(lambda: find(texts, vectors, engine=engine)) == (
        f"The engine {engine} needs 20 distinct texts; there are 10.\nUse the engine leiden."
    )


@pytest.mark.parametrize(("engine", "modules"), [("bertopic-default", ("umap", "hdbscan")), ("evoc", ("evoc",))])
def test_engines_to_compare_with_where_installed(engine, modules):
    for module in modules:
        pytest.importorskip(module, reason=f"{module} is not installed")
    texts, vectors, truth = company([60, 50, 40])
    model = find(texts, vectors, engine=engine)
    inside = [i for i, label in enumerate(model.labels) if label is not None]
    assert len(inside) > 75
    assert homogeneity_score([truth[i] for i in inside], [model.labels[i] for i in inside]) > 0.9
    assert [why == NOISE for why in model.why_unassigned] == [label is None for label in model.labels]


@pytest.fixture(scope="module")
def bank(real_data):
    """Every tenth query of Banking77's training part, with vectors."""
    from voc.embedders import minilm

    with (real_data("banking77-train") / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::10]
    texts = [row["text"] for row in rows]
    return texts, minilm.embed(texts), [row["category"] for row in rows]


def test_topics_of_real_queries_agree_with_their_intents(bank):
    texts, vectors, truth = bank
    models = [find_topics(texts, vectors, seed=seed, names_from=no_phrases) for seed in (0, 1)]
    assert set(models[0].why_unassigned) == {None, UNLIKE_OTHERS}
    assert models[0].labels.count(None) < 0.03 * len(texts)
    runs = [model.closest for model in models]  # with the topic that texts set aside would have
    assert 28 <= len(set(runs[0])) <= 38
    assert normalized_mutual_info_score(truth, runs[0]) > 0.72
    assert adjusted_rand_score(truth, runs[0]) > 0.33
    assert adjusted_rand_score(*runs) > 0.88


def test_names_of_real_topics_are_readable(bank):
    texts, vectors, _ = bank
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = find_topics(texts, vectors)
    names = [topic.name for topic in model.topics]
    assert len(set(names)) == len(names)
    assert sum(2 <= len(name.replace("·", "").split()) <= 5 for name in names) >= 0.85 * len(names)
    assert all(name[0].isupper() for name in names)
