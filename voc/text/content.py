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
        "|keine weiteren|keine weiteren angaben|keine weiteren anmerkungen|keine weiteren kommentare"
        "|kein weiterer kommentar|keine anregungen|keine wunsche|keine fragen|keine verbesserungsvorschlage"
        "|keine meinung dazu|keine aussage|keine aussage moglich|ohne kommentar|ohne angabe|nichts neues"
        "|nichts mehr|sonst nichts|sonst nichts weiter|weiter nichts|nichts anzumerken|nichts zu erganzen"
        "|nichts zu ergaenzen|nichts hinzuzufuegen|habe nichts hinzuzufugen|ich habe nichts hinzuzufugen"
        "|ich habe nichts hinzuzufuegen|ich habe nichts zu sagen|dazu kann ich nichts sagen"
        "|kann ich nichts zu sagen|kann dazu nichts sagen|kann ich nicht sagen|kann ich nicht beurteilen"
        "|mir fallt gerade nichts ein|mir fallt nichts weiter ein|mir fallt dazu nichts ein"
        "|fallt mir gerade nichts ein|fallt mir nicht ein|mir faellt nichts ein|faellt mir nichts ein"
        "|mir faellt gerade nichts ein|ueberhaupt nichts|wuesste nichts|wusste nichts|ich wusste nichts"
        "|nicht dass ich wusste|aktuell nichts|im moment nichts|im augenblick nichts|bis jetzt nichts"
        "|noch nichts|noch nicht|noch keine|im moment keine|momentan keine|aktuell keine|derzeit keine"
        "|bisher keine|weiss es nicht|weiss nix|weis nicht|weis ich nicht|kein plan|keinen plan|nicht bekannt"
        "|bin mir nicht sicher|ich bin mir nicht sicher|ich bin nicht sicher|weiss ich nicht mehr"
        "|weiss ich nicht genau|ich erinnere mich nicht|egal|ist mir egal|nicht relevant|nicht anwendbar"
        "|betrifft mich nicht|mochte ich nicht sagen|mochte ich nicht beantworten|enthaltung|dito|das gleiche"
        "|dasselbe|siehe vorher|siehe vorherige antwort|siehe letzte antwort|wie vorher|wie bereits erwahnt"
        "|wie schon erwahnt|wie gesagt|bereits beantwortet|schon beantwortet|sonstiges"
    ),
    "fr": (
        "rien|rien du tout|rien de special|rien de particulier|rien a signaler|ras|r a s|rien a dire"
        "|rien a ajouter|rien d autre|rien de plus|rien pour le moment|rien pour l instant|absolument rien|non"
        "|oui|aucun|aucune|aucun commentaire|aucune idee|aucun avis|aucune suggestion|aucune remarque"
        "|pas de commentaire|pas de commentaires|pas d avis|pas d idee|pas de remarque|pas de suggestion"
        "|sans avis|sans opinion|sans objet|s o|nsp|ne sait pas|ne sais pas|je ne sais pas|je sais pas"
        "|non applicable|pas applicable|neant|non concerne|idem|voir ci dessus|comme ci dessus"
        "|rien dautre|rien d autre a dire|rien dautre a dire|rien d autre a ajouter|rien dautre a ajouter"
        "|rien a declarer|rien a mentionner|rien a rajouter|rien a commenter|rien a preciser|rien de plus a dire"
        "|rien de plus a ajouter|rien de precis|rien en particulier|rien de nouveau|rien actuellement"
        "|rien a ce jour|rien jusqu a present|rien jusqua present|rien ne me vient|rien ne me vient a lesprit"
        "|rien ne me vient a l esprit|rien ne me vient en tete|pour le moment rien|pour linstant rien"
        "|pour l instant rien|rien pour linstant|pas pour le moment|pas pour linstant|pas pour l instant"
        "|pas encore|aucun pour le moment|aucune pour le moment|aucun pour linstant|aucune pour linstant"
        "|pas vraiment|pas specialement|pas particulierement|pas grand chose|pas davis|pas didee|pas d opinion"
        "|pas dopinion|aucune opinion|aucune observation|aucun souvenir|je nai pas didee|je n ai pas d idee"
        "|je nai pas davis|je n ai pas d avis|je nai pas dopinion|je nai rien a dire|je n ai rien a dire"
        "|je nai rien a ajouter|je n ai rien a ajouter|je nai pas de commentaire|je nai pas de commentaires"
        "|je nen sais rien|je n en sais rien|aucune idee precise|je ne sais plus|je sais plus|j sais pas"
        "|chais pas|jsp|sais pas|je ne me souviens pas|je ne me souviens plus|je ne me rappelle plus|pas sur"
        "|pas sure|je ne suis pas sur|je ne suis pas sure|inconnu|ne se prononce pas|nspp|non renseigne"
        "|non precise|sans commentaire|sans commentaires|pas concerne|pas concernee|non concernee"
        "|je ne suis pas concerne|je ne suis pas concernee|deja repondu|deja dit|voir plus haut"
        "|voir reponse precedente|comme precedemment|meme chose|la meme chose|meme reponse|autre|autres"
        "|peu importe|je prefere ne pas repondre|je ne souhaite pas repondre|je passe|ouais"
    ),
    "es": (
        "nada|nada en absoluto|nada mas|nada en especial|nada en particular|nada que decir|nada que anadir"
        "|nada que agregar|nada por ahora|nada de momento|absolutamente nada|ninguno|ninguna|ningun comentario"
        "|ninguna sugerencia|ninguna idea|si|sin comentario|sin comentarios|sin opinion|no se|no lo se|no sabe"
        "|no sabria decir|ns nc|nsnc|n c|no aplica|no procede|no tengo|no tengo comentarios|no hay"
        "|no hay comentarios|lo mismo|idem|igual que arriba|ver arriba|no corresponde"
        "|nada por el momento|por el momento nada|por ahora nada|de momento nada|nada hasta ahora"
        "|hasta ahora nada|nada hasta el momento|nada aun|nada todavia|todavia no|aun no|nada nuevo"
        "|nada importante|nada especial|nada de especial|nada concreto|nada en concreto|nada relevante"
        "|nada que comentar|nada que aportar|nada que reportar|nada que declarar|nada que senalar"
        "|nada que mencionar|nada mas que decir|nada mas que anadir|nada mas que agregar|nada realmente"
        "|realmente nada|la verdad nada|no tengo nada que decir|no tengo nada que anadir"
        "|no tengo nada que agregar|no tengo nada que comentar|no tengo ninguno|no tengo ninguna"
        "|no tengo ninguna sugerencia|no tengo sugerencias|no tengo opinion|no tengo idea|no tengo ni idea"
        "|ni idea|ninguna opinion|ninguna observacion|ninguno en particular|ninguna en particular"
        "|ninguna por ahora|ninguno por ahora|ninguna por el momento|ninguno por el momento|ninguna de momento"
        "|ningun otro comentario|sin sugerencias|sin observaciones|sin mas comentarios|no sabria|no estoy seguro"
        "|no estoy segura|no recuerdo|no lo recuerdo|no me acuerdo|no se me ocurre nada|no se me ocurre"
        "|no se me ocurre nada ahora|ahora no se me ocurre nada|no me viene nada a la mente|no puedo decir"
        "|no puedo opinar|no sabe no contesta|prefiero no decir|prefiero no decirlo|prefiero no contestar"
        "|prefiero no responder|no aplicable|no es aplicable|desconocido|desconozco|lo desconozco|otro|otra"
        "|otros|otras|lo mismo que arriba|como arriba|ya lo dije|ya respondi|ya respondido|ya contestado"
        "|no por ahora|no por el momento|no mucho|no realmente|da igual|me da igual"
    ),
    "it": (
        "niente|nulla|niente di particolare|nulla di particolare|niente di che|niente da dire|nulla da dire"
        "|niente da aggiungere|nulla da aggiungere|niente altro|nient altro|nessuno|nessuna|nessun commento"
        "|nessuna idea|nessun suggerimento|si|non so|non lo so|boh|non saprei|non applicabile|non pertinente"
        "|senza commenti|non sa non risponde|come sopra|vedi sopra|idem|per ora niente|per ora nulla|al momento nulla"
        "|al momento niente"
        "|niente al momento|niente per ora|nulla per ora|nulla al momento|niente per il momento"
        "|per il momento niente|per il momento nulla|niente finora|finora niente|finora nulla"
        "|niente in particolare|nulla in particolare|niente di speciale|nulla di speciale|niente di nuovo"
        "|niente di rilevante|nulla da segnalare|niente da segnalare|nulla da dichiarare|niente da dichiarare"
        "|niente da commentare|nulla da commentare|nulla da riferire|niente da riferire|non ho niente da dire"
        "|non ho nulla da dire|non ho niente da aggiungere|non ho nulla da aggiungere|non ho commenti"
        "|non ho suggerimenti|non ho idea|non ne ho idea|non ne ho|non ho opinioni|non ho unopinione"
        "|nessuna opinione|nessuna osservazione|nessun parere|nessun altro commento|nessuno in particolare"
        "|nessuna in particolare|nessuno al momento|nessuna al momento|assolutamente niente|assolutamente nulla"
        "|proprio niente|nientaltro|null altro|nullaltro|nulla di piu|niente di piu|altro|altri|non ricordo"
        "|non mi ricordo|non lo ricordo|non mi viene in mente nulla|non mi viene in mente niente"
        "|non mi viene nulla in mente|non mi viene niente in mente|non sono sicuro|non sono sicura"
        "|non saprei dire|non saprei cosa dire|non so cosa dire|non so rispondere|non sa"
        "|preferisco non rispondere|preferisco non dirlo|sconosciuto|non rilevante|non si applica"
        "|non specificato|senza commento|senza opinione|gia detto|come gia detto|gia risposto|lo stesso"
        "|la stessa cosa|stessa cosa|stessa risposta|non ancora|ancora niente|ancora nulla|non per ora"
        "|non al momento|non proprio|fa lo stesso|boh non so"
    ),
    "pt": (
        "nada a dizer|nada a acrescentar|nada a declarar|nada de especial|nada em especial|nada em particular"
        "|nada por enquanto|nenhum|nenhuma|nenhum comentario|nenhuma sugestao|nenhuma ideia|nao|sim"
        "|sem comentario|sem comentarios|sem opiniao|nao sei|nao aplicavel|nao se aplica|nao tenho"
        "|nao tenho comentarios|ns nr|o mesmo|idem|ver acima|nao ha"
        "|nada mesmo|nada a comentar|nada a reportar|nada a relatar|nada a adicionar|nada a mencionar"
        "|nada a informar|nada para dizer|nada para acrescentar|nada mais|nada mais a dizer"
        "|nada mais a acrescentar|nada de mais|nada demais|nada de novo|nada no momento|no momento nada"
        "|no momento nao|por enquanto nada|por enquanto nao|por agora nada|nada por agora|nada ate agora"
        "|ate agora nada|nada ate o momento|ate o momento nada|nada ainda|ainda nada|ainda nao"
        "|absolutamente nada|nada especifico|nada em concreto|nenhum por enquanto|nenhuma por enquanto"
        "|nenhum no momento|nenhuma no momento|nenhum em particular|nenhuma em particular|nenhuma opiniao"
        "|nenhuma observacao|sem sugestao|sem sugestoes|sem observacoes|sem mais comentarios|sem ideia"
        "|nao tenho nada a dizer|nao tenho nada a acrescentar|nao tenho nada a declarar|nao tenho nenhum"
        "|nao tenho nenhuma|nao tenho sugestao|nao tenho sugestoes|nao tenho opiniao|nao tenho ideia"
        "|nao faco ideia|nao sei dizer|nao sei informar|nao sei responder|nao sabe|nao saberia dizer"
        "|nao tenho certeza|nao me lembro|nao lembro|nao me recordo|nao me ocorre nada|nao me vem nada a cabeca"
        "|nao posso opinar|prefiro nao responder|prefiro nao dizer|prefiro nao opinar"
        "|nao informado|desconheco|desconhecido|outro|outra|outros|outras|a mesma coisa|mesma coisa"
        "|mesma resposta|ja respondi|ja respondido|ja disse|como acima|idem acima|ver resposta anterior"
        "|tanto faz|n sei|nao muito|nao ha nada|nao ha comentarios|nao aplica|nda|nenhuma das anteriores"
    ),
    "nl": (
        "niets|niks|nee|neen|geen|geen idee|geen commentaar|geen opmerking|geen opmerkingen|geen mening"
        "|geen suggestie|geen suggesties|helemaal niets|helemaal niks|niets bijzonders|niks bijzonders"
        "|niets te melden|niets toe te voegen|nvt|n v t|niet van toepassing|weet niet|weet ik niet"
        "|ik weet het niet|weet het niet|geen van alle|zie boven|zie hierboven|idem"
        "|niets speciaals|niks speciaals|niets anders|niks anders|niets meer|niks meer|verder niets|verder niks"
        "|niets verder|niets nieuws|niets in het bijzonder|niks in het bijzonder|niets te zeggen|niks te zeggen"
        "|niets aan toe te voegen|niks toe te voegen|niets op te merken|niets om toe te voegen"
        "|op dit moment niets|op dit moment niet|op dit moment geen|momenteel niets|momenteel niet"
        "|momenteel geen|voorlopig niets|voorlopig niet|nu niets|nu even niet|tot nu toe niets|tot nu toe niet"
        "|tot nu toe geen|nog niets|nog niet|nog geen|eigenlijk niets|eigenlijk niks|eigenlijk niet"
        "|absoluut niets|echt niets|echt niks|geen bijzonderheden|geen verdere opmerkingen"
        "|geen verder commentaar|geen aanvulling|geen aanvullingen|geen toevoegingen|geen tips|geen ideeen"
        "|geen flauw idee|geen voorkeur|ik heb geen idee|heb geen idee|ik heb geen mening"
        "|ik heb geen opmerkingen|ik heb geen commentaar|ik heb niets toe te voegen|ik heb niks toe te voegen"
        "|ik heb niets te zeggen|kan ik niet zeggen|kan ik niet beoordelen|kan niets bedenken|kan niks bedenken"
        "|ik kan niets bedenken|ik kan niks bedenken|ik zou het niet weten|zou het niet weten|zou ik niet weten"
        "|er schiet me niets te binnen|niet zeker|ik weet niet|ik weet het niet zeker|weet het niet zeker"
        "|weet ik niet zeker|weet ik niet meer|weet niet meer|k weet niet|k weet het niet|kweet het niet|herinner ik me niet"
        "|onbekend|niet bekend|niet relevant|zeg ik liever niet|wil ik niet zeggen|overig|overige|hetzelfde"
        "|zelfde antwoord|idem dito|zie vorige|zie vorig antwoord|zie eerder|zie eerder antwoord|al beantwoord"
        "|reeds beantwoord|zoals hierboven|ja|jawel|maakt niet uit|maakt me niet uit|overgeslagen|niet ingevuld"
    ),
}
_NO_CONTENT = frozenset(phrase for phrases in _PHRASES.values() for phrase in phrases.split("|"))
_LONGEST = max(len(phrase.split()) for phrase in _NO_CONTENT) + 4  # words; longer texts need no look-up

# Courtesy and filler that add nothing at either end of such a phrase.
_COURTESY = re.compile(
    r"^(?:(?:sorry|um|uh|erm|hmm|well|honestly|just|really|oh|eh|hm|also|naja|ahm|ehrlich gesagt|euh|ben|bah|pues|bueno|beh|mah|bom|bem"
    r"|nou|tja)\s)+"
    r"|(?:\s(?:thanks|thank you|thx|ty|sorry|danke|danke schon|vielen dank|merci|merci beaucoup|gracias|muchas gracias|grazie|grazie mille"
    r"|obrigado|obrigada|muito obrigado|muito obrigada|bedankt|dank u|dank u wel|dank je|dank je wel|dankjewel|please|really|tbh|honestly|lol"
    r"|so far|ehrlich gesagt|svp|por favor|per favore))+$"
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
