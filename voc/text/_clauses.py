"""Phrases of a parsed English text: noun phrases, verbs with their objects, what happened to what, short questions."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from voc.text._verbs import base_form, ing_form, participle

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

MAX_WORDS = 6
MAX_WHOLE = 4  # words of a text that may be a name as it is

# Said by everybody about everything: they name no problem.
EMPTY_NOUNS = frozenset(
    "thing something anything nothing everything someone anyone way time day week month year hour minute lot bit kind "
    "sort type one ones problem issue question help reason case fact example idea thank thanks hello hi hey morning "
    "afternoon evening regard regards please people person guy guys team advice solution answer matter stuff moment "
    "while today yesterday tomorrow tonight point part couple amount end start beginning trouble need impression "
    "option difficulty way ways place multiple showing work wish sense sake bunch piece attempt purpose possibility "
    "fact basis chance clue feeling hope kind regard circumstance situation none plenty half everyone anybody "
    "difference use total previous sir madam ok okay yes no lol guidance assistance".split()
)
EMPTY_VERBS = frozenset(
    "be have do need want like know think see get try help tell say ask let make go look seem happen mean guess hope "
    "wonder thank find give take come use keep start appreciate explain understand feel wish suggest advise show "
    "believe suppose figure would can could will should may might must please provide hear believe notice realize "
    "realise learn inform talk speak recommend pend pende".split()
)
EMPTY_MODIFIERS = frozenset(
    "same other such many much more most few several own certain different new good great possible sure able recent "
    "current only last next first second third whole entire various particular specific exact actual little big "
    "following above below whole right further additional multiple numerous couple previous".split()
)
PREPOSITIONS = frozenset("of for on from to with at in about by without after into during".split())
PARTICLES = frozenset({"on", "off", "up", "down", "out"})
LINK_VERBS = frozenset({"keep", "stop", "start"})  # "app keeps crashing", "sound stopped working"
MISHAPS = frozenset("lose forget break damage delete misplace miss drop crack".split())  # "card lost" of "I lost my card"
HOW_OFTEN = frozenset({"twice", "thrice", "double", "repeatedly", "incorrectly", "wrongly", "late"})  # "charged twice"
QUESTION_WORDS = frozenset("what how who when where why which".split())
ALL_OR_NONE = frozenset({"nothing", "none", "everything"})  # "nothing at all": some questions of a survey ask for it
HOW_TO = frozenset("do can to could would should does will did ca come".split())  # "how do I ...": the verb names it better
_WORD = re.compile(r"^[^\W\d_](?:[^\W\d_]|['’+-](?=[^\W\d_])){0,19}$")
_NO_WORD = re.compile(r"^[xX]{2,}$|[a-z][A-Z].*[a-z][A-Z]|^.*[a-z].*[A-Z].{12,}$")  # masks; names of program parts
_CONTRACTED = re.compile(r"^(?:['’](?:s|re)|n['’]t)$")
_VERSION = re.compile(r"^\d{1,4}$")  # "Windows 10"
_NOUNS = ("NOUN", "PROPN")
_IN_NOUN_PHRASE = (*_NOUNS, "ADJ", "VERB", "NUM")

Words = list["Token | str"]


def clause_phrases(doc: "Doc", people: frozenset[str]) -> Iterator[str]:
    """Phrases of up to six words, in lower case, in order of occurrence; none holds a word of `people`."""
    for words in _all_phrases(doc):
        if _is_name(words, people):
            yield " ".join(word if isinstance(word, str) else word.lower_ for word in words)
    yield from _questions(doc, people)
    yield from _whole_text(doc, people)


def _all_phrases(doc: "Doc") -> Iterator[Words]:
    for chunk in doc.noun_chunks:
        words = _noun_words(chunk)
        if all(word.pos_ in _IN_NOUN_PHRASE for word in words):
            yield words
    for token in doc:
        if token.dep_ == "prep" and token.lower_ in PREPOSITIONS and token.head.pos_ in _NOUNS:
            yield from _noun_with_noun(token)
        if token.tag_ in ("VBN", "VBD") and token.lemma_.lower() not in EMPTY_VERBS:
            yield from ([token, child] for child in token.children if child.lower_ in HOW_OFTEN)
        if token.pos_ in ("VERB", "AUX"):
            yield from _verb_and_object(token)
            yield from _what_happened(token)


def _is_name(words: Words, people: frozenset[str]) -> bool:
    """Could these words stand in a name: no person, at least one word that says something, not too long?"""
    tokens = [word for word in words if not isinstance(word, str)]
    nouns = [word for word in tokens if word.pos_ in _NOUNS and word.lemma_.lower() not in EMPTY_NOUNS]
    verbs = [word for word in tokens if word.pos_ == "VERB" and word.lemma_.lower() not in EMPTY_VERBS]
    last = words[-1] if words else None
    return (
        0 < len(words) <= MAX_WORDS
        and all(_is_word(word.text) for word in tokens)
        and not any(word.lower_ in people for word in tokens)
        and bool(nouns or (verbs and len(words) > 1))
        and (isinstance(last, str) or (last.pos_ not in _NOUNS or last.lemma_.lower() not in EMPTY_NOUNS))
    )


def _is_word(text: str) -> bool:
    return bool((_WORD.match(text) or _VERSION.match(text)) and not _NO_WORD.search(text))


def _noun_words(tokens: "Sequence[Token]") -> list["Token"]:
    """The words of a noun chunk from its first meaningful one on: no article, owner, number or empty modifier."""
    words = list(tokens)
    while words and (
        words[0].pos_ in ("DET", "PRON", "NUM", "PUNCT", "ADV", "SYM", "CCONJ", "INTJ", "ADP", "PART", "X")
        or {words[0].lemma_.lower(), words[0].lower_} & EMPTY_MODIFIERS
        or (len(words) > 1 and words[0].lemma_.lower() in EMPTY_NOUNS)
        or words[0].is_stop
    ):
        words.pop(0)
    return words


def _noun_with_modifiers(noun: "Token") -> list["Token"]:
    """A noun with the nouns and adjectives right before it: "card payment", "virtual card"."""
    first = noun.i
    while first > noun.sent.start and noun.doc[first - 1].dep_ in ("compound", "amod") and noun.i - first < 2:
        first -= 1
    return _noun_words(noun.doc[first : noun.i + 1])


def _noun_with_noun(prep: "Token") -> Iterator[Words]:
    """ "source of funds", "fee for cash withdrawal"."""
    if prep.head.lemma_.lower() in EMPTY_NOUNS or prep.head.i > prep.i:
        return
    for child in prep.children:
        if child.dep_ == "pobj" and child.pos_ in _NOUNS and child.lemma_.lower() not in EMPTY_NOUNS:
            first, second = _noun_with_modifiers(prep.head), _noun_with_modifiers(child)
            if first and second:
                yield [*first, prep.lower_, *second]


def _verb_and_object(verb: "Token") -> Iterator[Words]:
    """ "reset password", "pay with credit card", "cannot log in", "refund not received"."""
    denied, unable = _is_denied(verb), _is_unable(verb)
    if verb.pos_ != "VERB" or (verb.lemma_.lower() in EMPTY_VERBS and not (denied and verb.lemma_ == "get")):
        return
    particle: Words = _particle(verb)
    is_passive = any(child.dep_ == "auxpass" for child in verb.children) or verb.head.lemma_ == "get" != verb.lemma_
    said: Words = [verb if is_passive and verb.tag_ == "VBN" else base_form(verb), *particle]  # "charged extra fee"
    if unable and particle:
        yield ["cannot", verb, *particle]
    for child in verb.children:
        if child.dep_ in ("dobj", "obj") and child.pos_ in _NOUNS and child.i > verb.i:
            noun = _noun_with_modifiers(child)
            if not noun:
                continue
            if unable:
                yield ["cannot", *said, *noun]
                yield from (["cannot", *said, *noun, *more] for more in _with_preposition(verb, after=child.i))
            elif denied:
                yield [*noun, "not", participle(verb), *particle]
            elif base_form(verb) in MISHAPS and verb.tag_ in ("VBD", "VBN"):
                yield [*noun, participle(verb), *particle]
            else:
                yield [*said, *noun]
                yield from ([*said, *noun, *more] for more in _with_preposition(verb, after=child.i))
        elif child.dep_ == "prep" and child.i == verb.i + 1 + len(particle) and not denied:
            yield from (["cannot"] * unable + said + more for more in _with_preposition(verb, after=verb.i))


def _particle(verb: "Token") -> Words:
    """ "on" of "turn on the light" and "turn the light on"."""
    return [
        child.lower_ for child in verb.children
        if child.dep_ == "prt" or (child.lower_ in PARTICLES and child.i > verb.i and not list(child.children))
    ][:1]  # fmt: skip


def _with_preposition(verb: "Token", *, after: int) -> Iterator[Words]:
    """ "with credit card" right behind the verb or its object."""
    for prep in verb.children:
        if prep.dep_ == "prep" and prep.lower_ in PREPOSITIONS and after < prep.i <= after + 3:
            for child in prep.children:
                if child.dep_ == "pobj" and child.pos_ in _NOUNS and child.lemma_.lower() not in EMPTY_NOUNS:
                    noun = _noun_with_modifiers(child)
                    if noun:
                        yield [prep.lower_, *noun]


def _is_denied(word: "Token") -> bool:
    return any(child.dep_ == "neg" for child in word.children)


def _is_unable(verb: "Token") -> bool:
    """ "can't open", "unable to open", "not able to open"."""
    can = any(child.dep_ == "aux" and child.lower_ in ("can", "ca", "could") for child in verb.children)
    if (can and _is_denied(verb)) or any(child.lower_ in ("cannot", "cant") for child in verb.children):
        return True
    head = verb.head
    if verb.dep_ != "xcomp" or head.lower_ not in ("able", "unable"):
        return False
    return head.lower_ == "unable" or _is_denied(head) or _is_denied(head.head)


def _what_happened(verb: "Token") -> Iterator[Words]:
    """ "card not working", "card has not arrived", "payment declined", "app keeps crashing", "balance wrong"."""
    subjects = [child for child in verb.children if child.dep_ in ("nsubj", "nsubjpass") and child.pos_ in _NOUNS]
    if not subjects:
        return
    for subject in subjects:
        noun = _noun_with_modifiers(subject)
        if noun and subject.lemma_.lower() not in EMPTY_NOUNS:
            yield from ([*noun, *state] for state in _states(verb))


def _states(verb: "Token") -> Iterator[Words]:
    """What is said of a subject, in the words of a headline."""
    denied = ["not"] if _is_denied(verb) else []
    if verb.lemma_ == "be":
        yield from ([*denied, child] for child in verb.children
                    if child.dep_ == "acomp" and child.pos_ == "ADJ" and child.lower_ not in EMPTY_MODIFIERS)
    elif verb.lemma_.lower() in LINK_VERBS:
        yield from ([verb, child] for child in verb.children if child.dep_ == "xcomp" and child.tag_ == "VBG")
    elif verb.lemma_.lower() not in EMPTY_VERBS or (verb.lemma_ == "show" and denied):
        yield from _event(verb, denied)


def _event(verb: "Token", denied: Words) -> Iterator[Words]:
    helpers = {child.lemma_.lower(): child for child in verb.children if child.dep_ in ("aux", "auxpass")}
    has_object = any(child.dep_ in ("dobj", "obj", "ccomp", "xcomp") for child in verb.children)
    particle: Words = [child.lower_ for child in verb.children if child.dep_ == "prt"]
    if has_object or _is_unable(verb) or {"will", "would", "can", "could", "should", "may", "might"} & set(helpers):
        return
    if denied and "have" in helpers and "be" not in helpers and verb.tag_ in ("VBN", "VBD"):
        yield [_full(helpers["have"]), *denied, verb, *particle]
    elif denied and "do" in helpers:
        yield [_full(helpers["do"]), *denied, verb, *particle]
    elif verb.tag_ in ("VBN", "VBG", "VBD"):
        yield [*denied, verb, *particle]
    elif verb.tag_ in ("VBZ", "VBP"):
        yield [ing_form(verb), *particle]


def _full(helper: "Token") -> str:
    """ "does" for "doesnt" and the like, which the tokenizer cuts into "does" and "nt"."""
    return helper.lower_.replace("’", "'")


def _questions(doc: "Doc", people: frozenset[str]) -> Iterator[str]:
    """Short questions as they were asked: "how old are you", "what is the meaning of life"."""
    for sentence in doc.sents:
        words = [token for token in sentence if not token.is_punct and not token.is_space]
        if len(words) < 3 or not _is_question(words):
            continue
        for length in range(3, min(len(words), MAX_WORDS + 1) + 1):
            run = words[:length]
            if _is_whole(words, length) and all(
                (_is_word(w.text) or _CONTRACTED.match(w.lower_)) and w.lower_ not in people for w in run
            ):
                yield re.sub(r" (?=(?:['’](?:s|re)|n['’]t)\b)", "", " ".join(w.lower_ for w in run))


def _whole_text(doc: "Doc", people: frozenset[str]) -> Iterator[str]:
    """A very short text as it is: "flip a coin", "everything was fine"."""
    words = [token for token in doc if not token.is_punct and not token.is_space]
    says = [w for w in words if w.pos_ in (*_NOUNS, "VERB", "ADJ") and w.lemma_.lower() not in EMPTY_NOUNS | EMPTY_VERBS]
    if (
        2 <= len(words) <= MAX_WHOLE
        and len(words) == words[-1].i - words[0].i + 1
        and not (words[0].lower_ in ALL_OR_NONE and words[1].pos_ in ("ADJ", "DET", "PRON", "NOUN"))
        and (says or words[0].lower_ in ALL_OR_NONE)
        and (words[0].lower_ in ALL_OR_NONE or words[0].pos_ not in ("PRON", "DET", "CCONJ", "INTJ", "AUX", "PART"))
        and words[0].lower_ not in QUESTION_WORDS
        and words[0].lemma_.lower() not in EMPTY_VERBS
        and not {"please", "thanks", "thank", "hi", "hello"} & {w.lower_ for w in words}
        and (words[-1].pos_ in (*_NOUNS, "VERB", "ADJ") or words[0].lower_ in ALL_OR_NONE)
        and all(_is_word(w.text) and w.lower_ not in people for w in words)
    ):
        yield " ".join(w.lower_ for w in words)


def _is_question(words: Sequence["Token"]) -> bool:
    """ "what is ...", "how old are ...", "which card can ..."; no "how do I ...", whose verb names it better."""
    first, second = words[0].lower_, words[1]
    follows = {"how": ("AUX", "ADJ", "ADV"), "what": ("AUX", "NOUN", "PROPN"), "which": ("AUX", "NOUN", "PROPN")}
    kinds = [word.pos_ for word in words[1:4]]
    asked = "AUX" in kinds and "PRON" not in kinds[: kinds.index("AUX")] or (first == "who" and kinds[0] == "VERB")
    return asked and second.pos_ in follows.get(first, ("AUX",)) and first in QUESTION_WORDS and second.lower_ not in HOW_TO


def _is_whole(words: Sequence["Token"], length: int) -> bool:
    """Is the question whole after so many words: at its end, or before a preposition, its verb behind it?"""
    last, rest = words[length - 1], words[length:]
    if rest and words[0].lower_ == "why":
        return False
    if not rest:
        return last.pos_ in (*_NOUNS, "VERB", "ADJ", "ADV", "AUX", "ADP") or last.lower_ == "you"
    if not list(rest[0].children):  # "who do you work for": the preposition belongs to it
        return False
    inside = {word.i for word in words[:length]}
    return (
        rest[0].dep_ in ("prep", "advcl", "cc", "mark")
        and words[0].sent.root.i in inside
        and last.pos_ in (*_NOUNS, "VERB")
        and not any(child.i not in inside and child.dep_ in ("dobj", "obj", "nsubj", "pobj") for child in last.children)
    )
