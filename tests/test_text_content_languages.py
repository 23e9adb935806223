"""Answers that say nothing, in the six languages beside English: everyday wording is known, praise and complaint never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.text.content import why_no_content

NOTHING = {
    "de": ["Mir fällt gerade nichts ein.", "mir faellt nichts ein", "Fällt mir nichts ein, sorry", "Keine weiteren Anmerkungen!", "Keine Anregungen", "Ohne Angabe", "Nichts zu ergänzen",
           "Überhaupt nichts", "Aktuell nichts", "Bis jetzt nichts", "Noch nicht", "Kein Plan", "Ich bin mir nicht sicher", "Dazu kann ich nichts sagen", "Kann ich nicht beurteilen",
           "Egal", "Betrifft mich nicht", "Siehe vorherige Antwort", "wie bereits erwähnt", "Nichts, vielen Dank", "Nein danke", "Ehrlich gesagt nichts", "weiß nix", "Dito", "Nein, nichts mehr"],
    "fr": ["Rien d'autre", "Rien d’autre à ajouter", "Pas d'idée", "Je n'ai pas d'avis", "Je n’ai rien à dire", "Rien pour l'instant", "Rien jusqu'à présent", "Rien ne me vient à l'esprit",
           "Pas vraiment", "Aucune observation", "Je n'en sais rien", "jsp", "Euh, je sais pas", "Pas sûre", "Ne se prononce pas", "Sans commentaire", "Déjà répondu", "Voir réponse précédente",
           "Même chose", "Peu importe", "Non, merci beaucoup", "Non renseigné", "Pas concernée", "Pas grand-chose", "Ouais"],
    "es": ["Nada por el momento", "De momento nada", "Nada que señalar", "No tengo nada que añadir", "Ni idea", "No tengo ninguna sugerencia", "No se me ocurre nada", "Pues nada", "No estoy segura",
           "No me acuerdo", "Prefiero no contestar", "No sabe / no contesta", "Sin observaciones", "Ya respondí", "Lo mismo que arriba", "Da igual", "Nada, muchas gracias", "Todavía no", "Otros",
           "Desconozco", "La verdad, nada", "Ninguno en particular", "No por ahora", "No mucho", "¡Nada más!"],
    "it": ["Niente per ora", "Nulla al momento", "Nulla da segnalare", "Non ho niente da aggiungere", "Nient'altro", "Null'altro", "Non ho idea", "Non mi viene in mente nulla", "Non sono sicuro",
           "Non ricordo", "Beh, niente", "Nessuna opinione", "Nessun parere", "Preferisco non rispondere", "Come già detto", "La stessa cosa", "Non si applica", "Non ancora", "Niente, grazie mille",
           "Assolutamente nulla", "Boh, non so", "Altro", "Fa lo stesso", "Non saprei cosa dire", "Non ho un'opinione"],
    "pt": ["Nada a comentar", "Nada no momento", "Por enquanto nada", "Nada demais", "Não tenho nada a acrescentar", "Não tenho sugestões", "Não faço ideia", "Não sei dizer", "Sem sugestões",
           "Não me lembro", "Não posso opinar", "Prefiro não responder", "Tanto faz", "A mesma coisa", "Já respondi", "Ainda não", "Nada, muito obrigada", "Outros", "NDA", "Bom, nada",
           "Nenhuma no momento", "Não informado", "Ver resposta anterior", "Não há nada", "Nada mais"],
    "nl": ["Verder niets", "Niks speciaals", "Niets aan toe te voegen", "Geen bijzonderheden", "Geen verdere opmerkingen", "Ik heb geen idee", "Kan niets bedenken", "Ik zou het niet weten",
           "Weet ik niet meer", "Tot nu toe niet", "Momenteel geen", "Nog niet", "Eigenlijk niks", "Echt niks", "Nee, dank je wel", "Tja, geen idee", "Zie vorig antwoord", "Al beantwoord",
           "Hetzelfde", "Maakt niet uit", "Onbekend", "Ja", "Zeg ik liever niet", "Geen tips", "'k Weet het niet"],
}  # fmt: skip
FEEDBACK = {
    "de": ["Weiter so", "Passt so", "Alles gut", "Alles ok", "Keine Antwort", "Keine Antwort erhalten", "Nichts geht", "Nichts funktioniert mehr", "Nie wieder", "Leider nein, zu teuer",
           "Keine Wartezeit", "Kein Empfang", "Noch nicht geliefert", "Unbekannter Fehler", "Egal was ich mache", "Gleicher Fehler wie vorher", "Bin unsicher im Umgang", "Schnell"],
    "fr": ["Rien à redire", "Tout va bien", "Rien ne fonctionne", "Pas de réponse", "Aucune réponse", "Pas encore livré", "Pas sûr du prix", "Aucun suivi", "Bof", "Parfait", "Même problème",
           "Pas de connexion", "Je ne vois rien", "Personne ne répond", "Rien à changer", "Inconnu au bataillon"],
    "es": ["Todo bien", "Nada funciona", "Sin respuesta", "No hay señal", "No contestan", "Nada que reprochar", "Todavía no llega", "Otra vez lo mismo", "Lento", "Igual de malo", "Excelente",
           "No me acuerdo de la clave", "Ninguna solución", "Nadie contesta", "No sirve", "No contesta ninguno", "No contesta"],
    "it": ["Tutto bene", "Niente funziona", "Nessuna risposta", "Nulla da ridire", "Non disponibile", "Non ancora arrivato", "Lo stesso problema", "Nessun segnale", "Per niente", "Lento",
           "Ottimo", "Non risponde nessuno", "Non risponde", "Altro che servizio", "Va bene così"],
    "pt": ["Tudo bem", "Nada funciona", "Sem resposta", "Sem sinal", "Não funciona", "Ainda não chegou", "O mesmo problema", "Nada a reclamar", "Ótimo", "Não atendem", "Caro",
           "Não sei a senha", "Nenhuma solução", "Outra cobrança", "Não responde"],
    "nl": ["Alles goed", "Prima zo", "Niets werkt", "Geen antwoord", "Geen reactie", "Nog niet geleverd", "Geen klachten", "Hetzelfde probleem", "Traag", "Niet bereikbaar", "Ga zo door",
           "Geen internet", "Weet niet meer hoe ik moet inloggen", "Nooit meer"],
}  # fmt: skip


def pairs(listed: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language, texts in listed.items() for text in texts]


def test_what_says_nothing_is_known():
    assert [(language, text) for language, text in pairs(NOTHING) if why_no_content(text) != "no_content"] == []


def test_praise_and_complaint_are_feedback():
    assert [(language, text) for language, text in pairs(FEEDBACK) if why_no_content(text)] == []


@given(st.sampled_from(pairs(NOTHING)), st.sampled_from(pairs(FEEDBACK)))
def test_feedback_beside_nothing_is_feedback(nothing, feedback):
    assert why_no_content(f"{nothing[1]}. {feedback[1]}.") is None


@pytest.mark.parametrize("word", ["leider", "helaas", "bof"])
def test_words_that_judge_are_no_filler(word):
    assert why_no_content(f"{word} ja") is None
