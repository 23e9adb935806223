"""A student of an embedding model: ridge regression from a text's tokens to the model's vector, in closed form.

The slow model (the teacher) embeds a sample of the user's own texts (the lesson); from it a linear map is fitted that
stands for the teacher on all texts, some hundred times faster a text. What the map sees of a text:
- words: its tokens and pairs of neighbouring tokens with TF-IDF weights, as a unit row;
- meaning: the mean of its tokens' input vectors in MiniLM, rare tokens weighing more (smooth inverse frequency,
  Arora et al. 2017), less the lesson's mean, as a unit row. It carries what the lesson says about a token to tokens
  that resemble it.
Before the user's texts a student learns from a general lesson that ships: sentences customers may write, with MiniLM's
vectors. That counts less, and only where the teacher sees texts as MiniLM does. Frequencies are the lessons', so a
student is its lesson and nothing else: it maps a text of next year to the same vector as today.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from voc.embedders._general_lesson import general_lesson
from voc.embedders._minilm_files import MAX_TOKENS, token_table, tokenizer

VERSION = "student2"  # another one whenever the general lesson changes
RIDGE = 0.2  # agreement with the teacher is flat from 0.1 to 0.3 on texts of 10 to 150 words
SMOOTHING = 3e-3  # of the inverse frequency: a token of this share of all tokens weighs half
GENERAL_RIDGE = 3 * RIDGE  # sentences of other businesses bind less; flat from 3 to 5 times
ALIKE = 0.15  # least correlation of similarities at which the general lesson is the teacher's: 0.3 to 0.5, else 0
GENERAL_TOKENS = 3_000  # so many tokens of general English stand beside the lesson's own when tokens are counted
FIRST_WORD = 1_996  # in the vocabulary: "the"; before it are single characters, after it words from frequent to rare
BLOCK = 8_192  # texts held at a time while embedding
PAIR = np.int64(1 << 20)  # a pair of tokens as one number: first * PAIR + second


@dataclass(frozen=True)
class Student:
    """What a lesson teaches. `terms` are sorted; row i of `term_map` belongs to term i."""

    terms: np.ndarray  # int64: a token's id + 1, or a pair
    weights: np.ndarray  # inverse document frequency a term
    unseen_weight: float  # of a term that is not in the lesson
    token_weights: np.ndarray  # smooth inverse frequency of every token of the vocabulary
    meaning_mean: np.ndarray  # (384,) mean of the lesson's meanings
    mean: np.ndarray  # (d,) mean of the lesson's vectors
    term_map: np.ndarray  # float32 (terms, d)
    meaning_map: np.ndarray  # float32 (384, d)

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> np.ndarray:
        """float32 (n, d) unit rows; a text's row does not depend on the texts beside it."""
        rows = np.empty((len(texts), len(self.mean)), dtype=np.float32)
        for start in range(0, len(texts), BLOCK):
            tokens = Tokens.of(texts[start : start + BLOCK])
            found = self._words(tokens) @ self.term_map
            found += unit_rows(_meaning(tokens, self.token_weights) - self.meaning_mean) @ self.meaning_map
            rows[start : start + BLOCK] = unit_rows(found + self.mean)
            if progress:
                progress(min(start + BLOCK, len(texts)))
        return rows

    def _words(self, tokens: "Tokens") -> sparse.csr_matrix:
        return _term_rows(tokens, self.terms, self.weights, self.unseen_weight)


def teach(texts: Sequence[str], vectors: np.ndarray) -> Student:
    """Fit a student to a lesson: distinct texts and the teacher's vectors (m, d) of them. Needs two texts or more.

    Ridge regression in its dual form (Hoerl and Kennard 1970; Saunders et al. 1998): an m by m system by Cholesky,
    whatever the number of terms. Sorted first, so that the order of the lesson makes no difference.
    """
    order = sorted(range(len(texts)), key=lambda i: texts[i])
    own, targets = [texts[i] for i in order], np.asarray(vectors, dtype=np.float32)[order]
    token_weights = _token_weights(Tokens.of(own))
    general, general_targets = general_lesson()
    if len(general_targets[0]) == len(targets[0]):
        student, alike = _fit([*own, *general], np.concatenate([targets, general_targets]), len(own), token_weights)
        if alike > ALIKE:
            return student
    return _fit(own, targets, len(own), token_weights)[0]


def _fit(texts: Sequence[str], targets: np.ndarray, own: int, token_weights: np.ndarray) -> tuple[Student, float]:
    """A student of texts of which the first `own` are the user's, and how alike it finds the two parts as they are."""
    tokens = Tokens.of(texts)
    terms, weights = _term_weights(tokens)
    unseen = float(np.log(len(texts) + 1) + 1)
    words = _term_rows(tokens, terms, weights, unseen)
    meaning = _meaning(tokens, token_weights)
    meaning_mean = meaning[:own].mean(axis=0)
    meaning = unit_rows(meaning - meaning_mean)
    alike = (words @ words.T).toarray()
    alike += meaning @ meaning.T
    agreement = _correlation(alike[:own, own:], targets[:own] @ targets[own:].T)
    alike[np.diag_indices_from(alike)] += np.where(np.arange(len(texts)) < own, np.float32(RIDGE), np.float32(GENERAL_RIDGE))
    mean = targets[:own].mean(axis=0)
    dual = linalg.cho_solve(linalg.cho_factor(alike, overwrite_a=True), targets - mean)
    maps = words.T @ dual, meaning.T @ dual
    return Student(terms, weights, unseen, token_weights, meaning_mean, mean, *maps), agreement


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's, of all entries; 0 where one of them does not vary."""
    a, b = a - a.mean() if a.size else a, b - b.mean() if b.size else b
    size = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / size) if size > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of some texts, end to end: `ids[i]` stands in text `rows[i]` of `count`."""

    ids: np.ndarray
    rows: np.ndarray
    count: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Tokens":
        """Each distinct word goes through the tokenizer once: a space always parts tokens, so nothing else changes."""
        words: dict[str, int] = {}
        split = [text.split(" ") for text in texts]
        used = np.array([words.setdefault(word, len(words)) for text in split for word in text], dtype=np.int64)
        found = [e.ids for e in tokenizer().encode_batch_fast(list(words), add_special_tokens=False)]
        lengths = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
        flat = np.fromiter((token for word in found for token in word), dtype=np.int64, count=int(lengths.sum()))
        rows = np.repeat(np.repeat(np.arange(len(split)), [len(text) for text in split]), lengths[used])
        ids = flat[_ranges((np.cumsum(lengths) - lengths)[used], lengths[used])]
        is_kept = np.arange(len(rows)) - np.searchsorted(rows, rows) < MAX_TOKENS
        return cls(ids[is_kept], rows[is_kept], len(split))

    def terms(self) -> tuple[np.ndarray, np.ndarray]:
        """(text, term) of every token and every pair of neighbours."""
        beside = self.rows[1:] == self.rows[:-1]
        pairs = (self.ids[:-1] + 1)[beside] * PAIR + (self.ids[1:] + 1)[beside]
        return np.concatenate([self.rows, self.rows[1:][beside]]), np.concatenate([self.ids + 1, pairs])


def _term_weights(tokens: Tokens) -> tuple[np.ndarray, np.ndarray]:
    """Terms of a lesson and their inverse document frequency, smoothed as scikit-learn does it.

    A pair that only one text of the lesson holds is left out: it keeps no more neighbours, and most pairs are such.
    """
    rows, terms = tokens.terms()
    once = np.unique(np.stack([terms, rows]), axis=1)[0]
    found, documents = np.unique(once, return_counts=True)
    is_kept = (found < PAIR) | (documents > 1)
    return found[is_kept], np.log((1 + tokens.count) / (1 + documents[is_kept])) + 1


def _term_rows(tokens: Tokens, terms: np.ndarray, weights: np.ndarray, unseen: float) -> sparse.csr_matrix:
    """TF-IDF as float32 (texts, terms) unit rows; terms outside the lesson count in a row's length alone."""
    rows, found = tokens.terms()
    keys, where = np.unique(found, return_inverse=True)
    place = np.searchsorted(terms, keys).clip(max=max(len(terms) - 1, 0))
    known = terms[place] == keys if len(terms) else np.zeros(len(keys), dtype=bool)
    weight = np.where(known, weights[place], unseen) if len(terms) else np.full(len(keys), unseen)
    counts = sparse.csr_matrix((np.ones(len(rows)), (rows, where)), shape=(tokens.count, len(keys)))
    counts.sum_duplicates()
    counts.data = (1 + np.log(counts.data)) * weight[counts.indices]
    lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    counts.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(counts.indptr))
    is_known = known[counts.indices]
    starts = np.concatenate([[0], np.cumsum(is_known)])[counts.indptr]
    kept = counts.data[is_known].astype(np.float32)
    return sparse.csr_matrix((kept, place[counts.indices[is_known]], starts), shape=(tokens.count, len(terms)))


def _ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """start, start + 1, ... of every range, end to end."""
    return np.arange(lengths.sum()) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)


def _token_weights(tokens: Tokens) -> np.ndarray:
    """Smooth inverse frequency of every token; the frequencies of general English go by rank (Zipf's law)."""
    counts = np.bincount(tokens.ids, minlength=len(token_table()))
    general = np.zeros(len(counts))
    general[FIRST_WORD:] = 1 / np.arange(1, len(counts) - FIRST_WORD + 1)
    general *= GENERAL_TOKENS / general.sum()
    shares = (counts + general) / (counts.sum() + GENERAL_TOKENS)
    return (SMOOTHING / (SMOOTHING + shares)).astype(np.float32)


def _meaning(tokens: Tokens, token_weights: np.ndarray) -> np.ndarray:
    """Weighted mean of the tokens' input vectors, float32 (texts, 384) unit rows; zeros for a text without tokens."""
    used, where = np.unique(tokens.ids, return_inverse=True)
    counts = sparse.csr_matrix((token_weights[tokens.ids], (tokens.rows, where)), shape=(tokens.count, len(used)))
    return unit_rows(counts @ np.asarray(token_table()[used]))


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Scale rows to length 1 as float32; rows of zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows, dtype=np.float32), where=lengths > 0)
