"""Automatic mail is told by its subject or its first words, in seven languages; a person's mail never is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.text.automatic import is_automatic

SUBJECTS = [
    "Automatic reply: Invoice 7", "Auto-Reply: x", "Out of Office: back on Monday", "Undeliverable: hello",
    "Delivery Status Notification (Failure)", "Mail delivery failed: returning message to sender", "Abwesenheitsnotiz: Urlaub",
    "Automatische Antwort: Rechnung", "Unzustellbar: Hallo", "Réponse automatique : facture", "Respuesta automática: factura",
    "Fuera de la oficina", "Risposta automatica: fattura", "Resposta automática: fatura", "Automatisch antwoord: factuur",
    "Niet op kantoor",
]  # fmt: skip
BODIES = [
    "I am out of the office until Monday.", "Hello,\n\nI'm currently out of office with no access to mail.",
    "This is an automated message. Please do not reply.", "Your message to sales could not be delivered.",
    "Dear customer,\nThank you for contacting Acme. We have received your request.", "Your request (#77) has been received.",
    "Sehr geehrte Damen und Herren,\n\nich bin bis zum 5. Mai nicht im Büro.", "Diese E-Mail wurde automatisch erzeugt.",
    "Wir haben Ihre Anfrage erhalten.", "Bonjour,\n\nJe suis absente jusqu'au 5 mai.", "Ce message a été généré automatiquement.",
    "Nous avons bien reçu votre demande.", "Hola,\n\nEstoy fuera de la oficina hasta el lunes.", "Hemos recibido su solicitud.",
    "Buongiorno,\nsono in ferie fino al 5 maggio.", "Abbiamo ricevuto la tua richiesta.", "Impossibile recapitare il messaggio.",
    "Olá,\nEstou fora do escritório até segunda-feira.", "Recebemos sua mensagem.", "Esta é uma mensagem automática.",
    "Beste relatie,\n\nIk ben momenteel niet op kantoor.", "Wij hebben uw aanvraag ontvangen.", "Dit is een automatisch bericht.",
]  # fmt: skip
WRITTEN_BY_PEOPLE = [
    ("Invoice is wrong", "I was out of the office when the parcel came."),
    ("Your automatic reply", "I only ever get: this is an automated message."),
    ("Office chair", "I want my money back"),
    ("Re: ticket 7", "You say you have received your request but nothing happens"),
    ("Delivery failed", "The driver did not ring."),
    ("Urlaub", "Ich kann meinen Urlaub nicht eintragen, ich bin ab Montag weg."),
    ("Bestellung", "Ich bin mit dem Büro nicht zufrieden"),
    (None, ""), ("", "Hello"), (None, None),
]  # fmt: skip


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_of_automatic_mail(subject):
    assert is_automatic(subject) and is_automatic("  " + subject.upper(), "anything")


@pytest.mark.parametrize("body", BODIES)
def test_the_first_words_of_automatic_mail(body):
    assert is_automatic("Invoice 7", body) and is_automatic(None, f"*** {body}")


@pytest.mark.parametrize("subject, body", WRITTEN_BY_PEOPLE)
def test_people_are_not_programs(subject, body):
    assert not is_automatic(subject, body)


@pytest.mark.parametrize("body", BODIES)
def test_who_quotes_such_mail_wrote_something_else_first(body):
    assert not is_automatic("Invoice", f"Why did I get this from you? {body}")


@given(st.text(), st.text())
def test_any_text_is_read(subject, body):
    assert is_automatic(subject, body) in (True, False)


@pytest.mark.parametrize("piece", ["dear ", "hello, ", "[", "ich bin ", "thank you for your message "])
def test_a_long_body_takes_no_time(piece):
    begin = time.perf_counter()
    is_automatic(piece * 20_000, piece * 20_000)
    assert time.perf_counter() - begin < 1
