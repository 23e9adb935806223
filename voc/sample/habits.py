"""How people write: typing errors, contractions, lower case, regional spelling, learners' English."""

import random
import re

from voc.sample.people import Customer

_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_][\w'’]*")
_PROTECTED = re.compile(r"\S*[@/#\d_]\S*")
_FULL = {
    "can't": "cannot", "don't": "do not", "doesn't": "does not", "didn't": "did not", "isn't": "is not",
    "aren't": "are not", "wasn't": "was not", "won't": "will not", "wouldn't": "would not", "couldn't": "could not",
    "haven't": "have not", "hasn't": "has not", "I'm": "I am", "I've": "I have", "I'd": "I would", "I'll": "I will",
    "it's": "it is", "It's": "It is", "that's": "that is", "That's": "That is", "there's": "there is",
    "There's": "There is", "we're": "we are", "We're": "We are", "we've": "we have", "We've": "We have",
    "we'll": "we will", "We'll": "We will", "they're": "they are", "you've": "you have", "what's": "what is",
    "What's": "What is", "shouldn't": "should not", "It'd": "It would", "it'd": "it would", "we'd": "we would",
    "We'd": "We would", "I'd've": "I would have",
}  # fmt: skip
_PARTICIPLE = re.compile(r"\b(it|that|there|It|That|There)'s (been|become|got)\b")
_CONTRACTION = re.compile(r"\b[A-Za-z]+'[a-z]+\b")
_AMERICAN = {
    "organisation": "organization", "utilisation": "utilization", "synchron": "synchron", "colour": "color",
    "centre": "center", "apologise": "apologize", "recognise": "recognize", "anonymise": "anonymize",
    "cheque": "check", "favourite": "favorite", "grey": "gray", "programme": "program", "reorganised": "reorganized",
    "mobile phone": "cell phone", "whilst": "while", "goodwill": "goodwill",
}  # fmt: skip
_LEARNER = (
    ("information", "informations"), ("I have tried", "I tried already"), ("Could you", "Can you please"),
    ("Please", "Please kindly"), ("I can't", "I can not"), ("doesn't", "does not"), ("for a while", "since a while"),
    ("It's", "It is"), ("it's", "it is"), ("don't", "do not"), ("How do I", "How I can"), ("How can I", "How I can"),
    ("advice", "advices"), ("We've", "We have"), ("I'd like", "I want"), ("again and again", "always again"),
    ("at the moment", "in this moment"), ("Is there", "Exists there"), ("isn't", "is not"), ("until", "till"),
    ("actually", "in fact"), ("every ", "each "), ("has been", "is"), ("My colleague", "Colleague of me"),
)  # fmt: skip
_ARTICLE = re.compile(r"(?<=[a-z,]) (the|a|an) (?=[a-z])")


def in_own_way(text: str, customer: Customer, rng: random.Random) -> str:
    """The text as this customer would put it; names, numbers and addresses stay as they are."""
    if customer.language == "en":
        text = _by_style(text, customer, rng)
    if customer.is_lower_case:
        text = _lower_case(text)
    return with_typos(text, customer.typo_rate, rng)


def _by_style(text: str, customer: Customer, rng: random.Random) -> str:
    if customer.locale == "us":
        for british, american in _AMERICAN.items():
            text = text.replace(british, american)
    if customer.style == "formal":
        text = _PARTICIPLE.sub(r"\1 has \2", text)
        text = _CONTRACTION.sub(lambda match: _FULL.get(match[0], match[0]), text)
    elif customer.style == "foreign":
        text = _as_learner(text, rng)
    elif customer.style in ("casual", "terse") and rng.random() < 0.35:
        text = re.sub(r"(?<=[a-z])'(?=(t|re|ve|m|s)\b)", "", text)
    return text


def _as_learner(text: str, rng: random.Random) -> str:
    for usual, unusual in _LEARNER:
        if usual in text and rng.random() < 0.4:
            text = text.replace(usual, unusual, 1)
    return _ARTICLE.sub(lambda match: " " if rng.random() < 0.22 else match[0], text)


def _lower_case(text: str) -> str:
    return "".join(
        part if _PROTECTED.fullmatch(part) or (part.isupper() and len(part) > 1) else part.lower()
        for part in re.split(r"(\s+)", text)
    )


def with_typos(text: str, rate: float, rng: random.Random) -> str:
    """Mistype a share of the words; words with digits or signs of addresses are left alone."""
    if not rate:
        return text
    protected = [match.span() for match in _PROTECTED.finditer(text)]
    parts, last = [], 0
    for match in _WORD.finditer(text):
        is_slip = rng.random() < rate and len(match[0]) > 3 and not match[0].isupper()
        if is_slip and not any(start <= match.start() < end for start, end in protected):
            parts += [text[last : match.start()], mistyped(match[0], rng)]
            last = match.end()
    return "".join(parts) + text[last:]


def mistyped(word: str, rng: random.Random) -> str:
    """One slip of the fingers: two letters swapped, one lost, doubled or hit beside."""
    at = rng.randrange(1, len(word) - 1)
    slip = rng.choice(("swap", "swap", "drop", "drop", "double", "neighbour"))
    if slip == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if slip == "drop":
        return word[:at] + word[at + 1 :]
    if slip == "double":
        return word[: at + 1] + word[at:]
    return word[:at] + rng.choice(_NEIGHBOURS.get(word[at].lower(), word[at])) + word[at + 1 :]
