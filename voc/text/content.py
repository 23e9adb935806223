"""Tell answers that say nothing ("n/a", "no comment", "...") from feedback, however short."""

import re
import unicodedata
from typing import Literal

# Phrases as they stand after `_bare`: lower case, no accents, no punctuation, courtesy taken off at both ends.
# One list a language; a phrase is here only if it says nothing whatever the question was.
_PHRASES = {
    "en": (
        "na|n a|none|nil|null|nan|no|nope|nah|yes|yep|yeah|ok|okay|nothing|nothin|nuthin|nowt|noth|no thing|x|xx"
        "|idk|dk|dunno|tbd|tba|test|testing|asdf|same|ditto|see above|as above|same as above|same as before"
        "|as before|as stated above|as mentioned above|already answered|see previous|no comment|no comments"
        "|no opinion|no feedback|no idea|no ideas|no suggestion|no suggestions|no preference|no remarks"
        "|no further comment|no further comments|no other comments|no additional comments|nothing at all"
        "|absolutely nothing|nothing really|not really|nothing to add|nothing else|nothing else to add"
        "|nothing more|nothing more to add|nothing further|nothing further to add|nothing to say"
        "|nothing to report|nothing to note|nothing to mention|nothing to declare|nothing to comment"
        "|nothing special|nothing specific|nothing particular|nothing in particular|nothing comes to mind"
        "|nothing springs to mind|nothing i can think of|nothing that i can think of|nothing so far|nothing yet"
        "|nothing for now|nothing right now|nothing at the moment|nothing at this time|nothing at present"
        "|nothing at this point|nothing to improve|nothing to change|nothing needed|nothing new|none at all"
        "|none so far|none yet|none at the moment|none at this time|none for now|none that i can think of"
        "|none really|none to report|none to add|none in particular|theres nothing|there is nothing"
        "|there isnt anything|i have nothing to add|i have nothing to say|i have no comment|i have no comments"
        "|i have none|i have nothing|i have no idea|i have no opinion|have none|no i dont|no i do not"
        "|no not really|not much|not a lot|dont know|do not know|i dont know|i do not know|i dont really know"
        "|i really dont know|dont really know|didnt know|not sure|im not sure|i am not sure|really not sure"
        "|not sure really|not certain|unsure|unknown|undecided|cant think of anything|cannot think of anything"
        "|cant think of any|cannot think of any|i cant think of anything|i cannot think of anything"
        "|i cant think of any|cant say|cannot say|cant comment|cannot comment|cant remember|cannot remember"
        "|dont remember|i dont remember|dont recall|dont wish to say|prefer not to say|prefer not to answer"
        "|rather not say|not applicable|not aplicable|non applicable|doesnt apply|does not apply|not relevant"
        "|not answered|not provided|not specified|not stated|not given|not asked|not yet|did not answer"
        "|didnt answer|did not respond|no answer given|not responded|skip|skipped|pass|left blank"
        "|declined to answer|refused to answer|other|others|not at this time|not at the moment|not right now"
        "|not that i can think of|not that i know of|not that i am aware of|anything|whatever"
    ),
    "de": (
        "nichts|nix|nein|ne|nee|ja|keine|keiner|keines|kein|k a|ka|keine angabe|keine angaben|keine ahnung"
        "|keine meinung|kein kommentar|keine kommentare|keine anmerkung|keine anmerkungen|keine vorschlage"
        "|keine ideen|keine idee|nichts besonderes|nichts bestimmtes|nichts weiter|nichts weiteres|gar nichts"
        "|garnichts|uberhaupt nichts|eigentlich nichts|nichts hinzuzufugen|nicht zutreffend|trifft nicht zu"
        "|entfallt|weiss nicht|weiss ich nicht|ich weiss nicht|ich weiss es nicht|nicht sicher|unbekannt"
        "|siehe oben|s o|wie oben|mir fallt nichts ein|fallt mir nichts ein|bisher nichts|momentan nichts"
        "|derzeit nichts|zur zeit nichts|nichts zu sagen"
    ),
    "fr": (
        "rien|rien du tout|rien de special|rien de particulier|rien a signaler|ras|r a s|rien a dire"
        "|rien a ajouter|rien d autre|rien de plus|rien pour le moment|rien pour l instant|absolument rien|non"
        "|oui|aucun|aucune|aucun commentaire|aucune idee|aucun avis|aucune suggestion|aucune remarque"
        "|pas de commentaire|pas de commentaires|pas d avis|pas d idee|pas de remarque|pas de suggestion"
        "|sans avis|sans opinion|sans objet|s o|nsp|ne sait pas|ne sais pas|je ne sais pas|je sais pas"
        "|non applicable|pas applicable|neant|non concerne|idem|voir ci dessus|comme ci dessus"
    ),
    "es": (
        "nada|nada en absoluto|nada mas|nada en especial|nada en particular|nada que decir|nada que anadir"
        "|nada que agregar|nada por ahora|nada de momento|absolutamente nada|ninguno|ninguna|ningun comentario"
        "|ninguna sugerencia|ninguna idea|si|sin comentario|sin comentarios|sin opinion|no se|no lo se|no sabe"
        "|no sabria decir|ns nc|nsnc|n c|no aplica|no procede|no contesta|no tengo|no tengo comentarios|no hay"
        "|no hay comentarios|lo mismo|idem|igual que arriba|ver arriba|no corresponde"
    ),
    "it": (
        "niente|nulla|niente di particolare|nulla di particolare|niente di che|niente da dire|nulla da dire"
        "|niente da aggiungere|nulla da aggiungere|niente altro|nient altro|nessuno|nessuna|nessun commento"
        "|nessuna idea|nessun suggerimento|si|non so|non lo so|boh|non saprei|non applicabile|non pertinente"
        "|senza commenti|non risponde|come sopra|vedi sopra|idem|per ora niente|per ora nulla|al momento nulla"
        "|al momento niente"
    ),
    "pt": (
        "nada a dizer|nada a acrescentar|nada a declarar|nada de especial|nada em especial|nada em particular"
        "|nada por enquanto|nenhum|nenhuma|nenhum comentario|nenhuma sugestao|nenhuma ideia|nao|sim"
        "|sem comentario|sem comentarios|sem opiniao|nao sei|nao aplicavel|nao se aplica|nao tenho"
        "|nao tenho comentarios|ns nr|o mesmo|idem|ver acima|nao ha"
    ),
    "nl": (
        "niets|niks|nee|neen|geen|geen idee|geen commentaar|geen opmerking|geen opmerkingen|geen mening"
        "|geen suggestie|geen suggesties|helemaal niets|helemaal niks|niets bijzonders|niks bijzonders"
        "|niets te melden|niets toe te voegen|nvt|n v t|niet van toepassing|weet niet|weet ik niet"
        "|ik weet het niet|weet het niet|geen van alle|zie boven|zie hierboven|idem"
    ),
}
_NO_CONTENT = frozenset(phrase for phrases in _PHRASES.values() for phrase in phrases.split("|"))
_LONGEST = max(len(phrase.split()) for phrase in _NO_CONTENT) + 4  # words; longer texts need no look-up

# Courtesy and filler that add nothing at either end of such a phrase.
_COURTESY = re.compile(
    r"^(?:(?:sorry|um|uh|erm|hmm|well|honestly|just|really|oh|eh)\s)+"
    r"|(?:\s(?:thanks|thank you|thx|ty|sorry|danke|merci|gracias|grazie|obrigado|obrigada|bedankt|please|really"
    r"|tbh|honestly|lol|so far))+$"
)
_APOSTROPHES = re.compile("['’‘`´\u02bc]")
_NOT_WORD = re.compile(r"[\W_]+")


def why_no_content(text: str) -> Literal["empty", "no_content"] | None:
    """Return why a text takes no part: "empty", "no_content" (says nothing), or None if it is feedback.

    Case, accents, punctuation, spaces and courtesy do not matter. A text without a letter or digit (emoji, dots) and a
    single letter typed several times say nothing too. Known phrases: English, German, French, Spanish, Italian,
    Portuguese, Dutch. "slow", "too expensive" and "nothing works" are feedback.
    """
    if not text or text.isspace():
        return "empty"
    if len(text) > 40 * _LONGEST:
        return None if _NOT_WORD.sub("", text) else "no_content"
    bare = _bare(text)
    if not bare or bare in _NO_CONTENT or _COURTESY.sub("", bare) in _NO_CONTENT or _is_keyboard_noise(bare):
        return "no_content"
    halves = bare.split(" ")
    if len(halves) <= _LONGEST and _says_it_twice(halves):
        return "no_content"
    return None


def _bare(text: str) -> str:
    """Return the words of a text in lower case without accents and punctuation, one space between them."""
    text = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)) if not text.isascii() else text.replace("'", "")
    text = "".join(sign for sign in text if not unicodedata.combining(sign)) if not text.isascii() else text
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def _is_keyboard_noise(bare: str) -> bool:
    """One letter several times ("xxx", "aaaa") or keys in a row."""
    letters = bare.replace(" ", "")
    return len(letters) > 1 and len(set(letters)) == 1 and letters.isalpha() or letters in ("asdf", "asdfgh", "qwerty")


def _says_it_twice(words: list[str]) -> bool:
    """Two such phrases in a row ("No, nothing", "N/A. None")."""
    return any(
        " ".join(words[:cut]) in _NO_CONTENT and " ".join(words[cut:]) in _NO_CONTENT for cut in range(1, len(words))
    )
