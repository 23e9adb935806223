"""Words that name a person: they never stand in the name of a topic."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc

# What stands before a name, in the languages support is most often written in.
BEFORE_A_NAME = frozenset(
    "hi hello hey dear thanks mr mrs ms miss dr sir madam named to with by cheers regards sincerely "
    "herr frau hallo liebe lieber grüße grüßen señor señora sr sra hola estimado estimada don doña atentamente "
    "monsieur madame mme bonjour cher chère cordialement signor signora gentile caro cara saluti "
    "senhor senhora olá caro prezado prezada atenciosamente meneer mevrouw beste groet groeten pan pani".split()
)
ADDRESSED_SHARE = 0.3
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_INTRODUCED = re.compile(
    r"\b(?:name is|name's|names|named|mein name ist|ich heiße|me llamo|mi nombre es|je m'appelle|mi chiamo|"
    r"meu nome é|mijn naam is|nazywam się)[ :]+([^\W\d_]+)(?: ([^\W\d_]+))?",
    re.IGNORECASE,
)
# Given names that are common where English, Spanish, French, German, Italian or Portuguese is spoken, or in India, and
# are no ordinary word of those languages: a safety net for names typed without a capital.
GIVEN_NAMES = frozenset(
    "aaron abdul abigail adam adrian ahmed aisha alan albert alejandro alex alexander alexandra alexis alfred ali alice "
    "alicia alison allison alyssa amanda amelia amir amit amy ana andrea andreas andrew andy angela anil anita anjali "
    "anna anne annie anthony antoine antonio arjun arthur arturo ashley audrey austin barbara beatriz ben benjamin "
    "bernard beth betty bianca bob bradley brandon brenda brian bruce bryan caitlin camille carl carla carlos carol "
    "caroline catherine cecilia charles charlotte chloe chris christian christina christine christopher cindy claire "
    "clara claudia colin connor craig cynthia daniel daniela danielle darren dave david deborah debra deepak denise "
    "dennis derek diana diane diego dmitri donald donna dorothy doug douglas duncan dylan eduardo edward eileen elaine "
    "elena eleanor elizabeth ellen emily emma enrique eric erik erica erin esther ethan eugene evelyn felipe fernando "
    "fiona francesca francesco francisco franz fred frederick gabriel gareth gary geoffrey george gerald gianni gilbert "
    "giovanni giulia giuseppe gloria gordon graham greg gregory guillaume gustavo hannah hans harold harry heather hector "
    "helen helena helga henry herbert howard hugo ian ibrahim irene isaac isabel isabella ivan jacob jacqueline james "
    "jamie jane janet janice jason javier jean jeff jeffrey jennifer jenny jeremy jerry jesse jessica jessie jesus jim "
    "jimmy joan joanna joanne joe joel johann johannes john johnny jon jonathan jordan jorge jose joseph joshua joyce juan "
    "juanita judith judy julia julian julie julien justin karen karl kate katherine kathleen kathryn katie keith kelly "
    "kenneth kevin kimberly klaus kumar kyle larry laura lauren laurent lawrence leah leonard leslie liam linda lisa "
    "logan lorenzo louis louise lucas lucia lucy luis luke lydia madison manuel marcel marco marcus margaret maria marie "
    "mario marion marta martha martin mary mateo matteo matthew maureen megan melissa mia michael michel michelle miguel "
    "mike mohamed mohammed monica morgan muhammad nancy natalia natalie nathan neil nicholas nicola nicolas nicole nigel "
    "noah nora oliver olivia oscar pablo pamela patricia patrick paul paula pauline pedro peter philip philippe phillip "
    "pierre pooja priya rachel rafael rahul raj rajesh ralph ramesh randy raymond rebecca ricardo richard robert roberto "
    "rodney roger ronald rosemary roy russell ruth ryan sabrina sally samantha samuel sandra sanjay sara sarah scott sean "
    "sebastian sergio sharon shaun sheila shirley silvia simon simone sofia sonia sophia sophie spencer stefan stefano "
    "stephanie stephen steve steven stuart sunil suresh susan suzanne sven sylvia tamara tanya teresa terry thomas tiffany "
    "tim timothy tina todd tom tommy tony tracey tracy trevor tyler valerie vanessa veronica victor victoria vijay "
    "vincent virginia vivian walter wayne wendy wilhelm william wolfgang xavier yasmin yolanda yusuf yvonne zachary "
    "zoe".split()
)


def people_in_parsed(docs: Sequence["Doc"], searched: Sequence["Doc"]) -> frozenset[str]:
    """Words of parsed texts, in lower case, that mostly occur as part of a person's name.

    `searched` are those of the texts that were searched for names. The model takes many a product for a
    person ("Firefox" every second time): a word that many texts hold is a product, unless it often
    follows a greeting, a title or "spoke to".
    """
    seen, named = Counter(), Counter()
    for doc in searched:
        for token in doc:
            seen[token.lower_] += 1
            named[token.lower_] += token.ent_type_ == "PERSON"
    suspects = {word for word, count in named.items() if count > seen[word] / 2}
    return _confirmed([[token.lower_ for token in doc] for doc in docs], suspects) | _introduced(d.text for d in docs)


def people_in_texts(texts: Sequence[str]) -> frozenset[str]:
    """Words, in lower case, that are common given names, or are introduced or addressed as people are.

    Needs no language model: for texts in languages that none is installed for, and for names in small letters.
    """
    words = [_WORD.findall(text.lower()) for text in texts]
    return _confirmed(words, GIVEN_NAMES) | _introduced(texts)


def without_people(texts: Sequence[str]) -> list[str]:
    """The texts with [name] for the words that `people_in_texts` finds. Other names of people remain."""
    people = people_in_texts(texts)
    return [_WORD.sub(lambda match: "[name]" if match[0].lower() in people else match[0], text) for text in texts]


def _confirmed(texts: Sequence[Sequence[str]], suspects: Iterable[str]) -> frozenset[str]:
    """The suspects that are rare, or mostly stand where a name is expected."""
    suspects = frozenset(suspects)
    seen, addressed, held = Counter(), Counter(), Counter()
    for words in texts:
        held.update(suspects.intersection(words))
        for place, word in enumerate(words):
            if word in suspects:
                seen[word] += 1
                addressed[word] += place > 0 and words[place - 1] in BEFORE_A_NAME
    many = max(10, len(texts) / 100)
    return frozenset(w for w in held if held[w] < many or addressed[w] > ADDRESSED_SHARE * seen[w])


def _introduced(texts: Iterable[str]) -> frozenset[str]:
    """ "my name is jesse" and the like: the word that follows, and a capitalised one after it."""
    found = set()
    for text in texts:
        for match in _INTRODUCED.finditer(text):
            found.add(match[1].lower())
            if match[2] and match[2][0].isupper() and match[1][0].isupper():
                found.add(match[2].lower())
    return frozenset(found - BEFORE_A_NAME - {"on", "in", "the", "not", "a", "an", "of", "and", "for", "is", "as"})
