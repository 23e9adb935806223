"""Words that say what the number after them is: an order, a ticket, a passport, a version, a price."""

import re
from functools import lru_cache

REACH = 56  # characters before a number that are read; they end at the sentence
HIDDEN = "\x02"  # stands in for what has been found already, one sign a character

# Kind -> words before a number, in English, German, French, Spanish, Italian, Portuguese and Dutch, in small letters.
_WORDS = {
    "phone": r"(?:tele?)?phone\w*|tel|telefon\w*|t[eé]l[eé]phone|tel[eé]fono|telefone|telefoon\w*|tlf|ph|mobiles?"
    r"|mobil\w*"
    r"|m[oó]vil|telem[oó]vel|celular|cellulare|cell|handy\w*|rufnummer|r[üu]ckruf\w*|fax|whatsapp|viber|sms"
    r"|portable|gsm"
    r"|call(?:ed|ing)?|ring|reach|contact|text|dial\w*|anruf\w*|ruf\w*|erreich\w*|appel\w*|joindre|ll[aá]m\w*"
    r"|chiam\w*"
    r"|ligar|liga|bel|bellen|voicemail|hotline|landline|festnetz\w*",
    "order": r"orders?|ord|purchases?|po|bookings?|reservations?|track(?:ing)?|parcels?|shipments?|delivery"
    r"|consignment|rma"
    r"|bestell\w*|auftrag\w*|auftr[aä]ge|buchung\w*|sendung\w*|paket\w*|lieferung|commandes?|r[ée]servation|colis"
    r"|suivi"
    r"|pedidos?|encargo|reserva|env[ií]o|ordin[ei]|ordinazione|prenotazione|spedizione|encomendas?|bestelling\w*"
    r"|bestelnummer\w*|ordernummer\w*|boeking\w*|zending\w*|pakket\w*|confirmation",
    "invoice": r"invoices?|inv|bill|receipt|rechnung\w*|rechnungs-?nr|re-nr|quittung\w*|gutschrift\w*|factures?"
    r"|avoir|facturas?|recibo|fattur[ae]|ricevuta|faturas?|factu[ur]+\w*|bonnummer",
    "ticket": r"tickets?|case|cases|incidents?|requests?|issue|ref|refs|references?|claim|complaint|conversation|chat"
    r"|ticket\w*|vorgang\w*|vorgangs-?nr|fall\w*|anfrage\w*|aktenzeichen|st[öo]rung\w*|beschwerde\w*|dossier"
    r"|demande|r[ée]f"
    r"|r[ée]f[ée]rence|r[ée]clamation|caso|incidencias?|solicitud|referencia|expediente|reclamaci[óo]n|segnalazione"
    r"|pratica|richiesta|riferimento|rif|reclamo|chamados?|protocolo|solicita[çc][ãa]o|processo|refer[êe]ncia"
    r"|reclama[çc][ãa]o|melding\w*|zaak\w*|referentie\w*|aanvraag\w*|kenmerk|klacht\w*|inc|req|ritm",
    "account": r"accounts?|acct|acc|customer|client|member|membership|policy|contract|subscription|subscriber"
    r"|loyalty|meter|routing|konto\w*|kunden\w*|vertrag\w*|mitglied\w*|mitglieds-?nr|versicherungs(?:schein)?\w*"
    r"|z[äa]hler\w*|compte|contrat|adh[ée]rent|abonn[ée]\w*|cuenta|cliente|contrato|socio|p[óo]liza|conto|contratto"
    r"|polizza|tessera|conta|ap[óo]lice|s[óo]cio|rekening\w*|klant\w*|klantnummer|contract\w*|lidmaatschap\w*"
    r"|lidnummer"
    r"|polis\w*",
    "national-id": r"ssn|social|itin|taxpayer|tin|nino|nhs"
    r"|steuer-?\s?id\w*|steuer\w*nummer|steuernr|idnr|id-nr|sozialversicherung\w*|rentenversicherung\w*|sv-nummer"
    r"|\w*ausweis\w*|ausweis-?nr|nir|s[ée]curit[ée]|sociale|s[ée]cu|insee|vitale|dni|n\.?i\.?e"
    r"|n\.?i\.?f|documento|fiscale?|fisc|c\.?f|cpf|contribuinte|bsn"
    r"|burgerservicenummer|sofinummer"
    r"|identit[ée]|cni|identit[àa]|cidad[ãa]o|identiteitskaart\w*|rg",
    "passport": r"passports?|reisepass\w*|pass-?(?:nr|nummer)|passeport|pasaporte|passaporto|passaporte|paspoort\w*",
    "licence": r"dl|dvla|f[üu]hrerschein\w*|permis|conduire"
    r"|conducir|patente|guida|condu[çc][ãa]o"
    r"|cnh|habilita[çc][ãa]o|rijbewijs\w*",
    "birth-date": r"born|birth\w*|dob|d\.o\.b|geboren|geb|geburtstag|geburtsdatum"
    r"|naissance|anniversaire|nacid[oa]|nac[íi]|nacimiento|nat[oa]|nascita"
    r"|nascita|compleanno|nascid[oa]|nasci|nascimento|geboortedatum|verjaardag|cumplea[ñn]os",
    "ip": r"ips?|ip-?(?:adresse|address\w*)|ipv[46]|host\w*|server\w*"
    r"|serv(?:eur|idor)|gateway|ping\w*|router|dns|subnet|vpn|login|connect\w*|from|address|adresse"
    r"|client_ip|remote_addr",
    "version": r"v|versions?|versi[oó]n|versione|vers[ãa]o|versie|ver|release\w*|build|firmware\w*|upgrad\w*"
    r"|update\w*|updat\w*"
    r"|patch\w*|driver|treiber|sdk|api|android|ios|ipados|windows|macos|chrome|firefox|edge|safari|opera|node"
    r"|python|java"
    r"|php|app|aktualisier\w*|actualiza\w*|aggiorn\w*|atualiza\w*|bijgewerkt|software",
    "other": r"id|ids|serial|model|modell\w*|part|sku|transaction|txn|code|codes|article|artikel\w*|item|product"
    r"|size|bug"
    r"|postcode|plz|zip|isbn|ean|imei|vin|iccid|sort|pin|timestamp|pages?|port|line|zeile|error|errors|fehler\w*"
    r"|erreur"
    r"|error\w*|errore|erro|fout\w*|status|http|https|exception|errno|kb|cve|colou?r|farbe|hex|step|schritt|rows?"
    r"|hash|commit|sha|uuid|guid|serien\w*|s[ée]rie",
}  # fmt: skip
# Words that name a kind together and not alone.
_PAIRS = {
    pair: kind
    for kind, pairs in {
        "invoice": "credit note", "account": "user id,sort code",
        "national-id": "tax id,national id,id card,identity card,identity number,ni number,ni no,national "
        "insurance,social security,fiscal number",
        "licence": "licence number,license number,licence no,license no,driving licence,driving license,driver's "
        "licence,driver's license,"
        "drivers licence,drivers license,driver’s license,driver’s licence,driver licence,driver license",
        "birth-date": "né le,née le,n le",
    }.items()
    for pair in pairs.split(",")
}  # fmt: skip
_CUE = re.compile("|".join(f"(?P<{kind.replace('-', '_')}>{words})" for kind, words in _WORDS.items()))
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*|[#№]")
# What stands between "order" and its number.
_LINK = re.compile(
    r"(?:[\s:#=.,\-–_/\"'’()<>\[\]№&*º°]|" + HIDDEN
    + r"|(?<![^\W\d_])(?:no|nos|nr|num|n|n[°ºo]|number|numbers|numero|num[ée]ro|n[úu]mero|nummer|nummern|nummers"
    r"|id|ids|code|is|was|are|ist"
    r"|war|lautet|est|es|era|son|è|é|sono|the|my|our|with|with the|mit|mit der|avec|le|la|el|il|o|de|di|da|von"
    r"|van|does|and|und|et|y|e|ed|en|"
    r"or|oder|ou|of|key|reference|ref|ends|following|followed|by|td|th|b|strong|span|value|bij|te|het)(?![^\W\d_]))*"
)  # fmt: skip
_SENTENCE_END = re.compile(r"[.!?]\s|[;\n](?=.*\S)")
_ABBREVIATION = re.compile(r"(?:\b(?:no|n|tel|ref|réf|geb|acc|acct|ord|inv|cod|rif|art)|nr)\.\s\Z")


@lru_cache(maxsize=65536)
def _kind_of(word: str) -> str:
    """The kind that a word alone speaks of, or one of the words it is put together of; empty if none."""
    for part in (word, *reversed(re.split(r"['’.-]", word))):
        if found := _CUE.fullmatch(part):
            return (found.lastgroup or "").replace("_", "-")
    return ""


@lru_cache(maxsize=4096)
def cues_in(before: str) -> tuple[tuple[str, str], ...]:
    """(kind, what stands between the cue and the end) of every cue in `before`, nearest first."""
    lowered = before.lower()
    cut = 0
    for end in _SENTENCE_END.finditer(lowered):
        if end[0][0] in ";\n!?" or not _ABBREVIATION.search(lowered, max(0, end.end() - 8), end.end()):
            cut = end.end()
    lowered = lowered[cut:]
    found, previous = [], ""
    for match in _WORD.finditer(lowered):
        word = match[0]
        pair = _PAIRS.get(f"{previous} {word}")
        if kind := pair or ("hash" if word in "#№" else _kind_of(word)):
            found.append((kind, lowered[match.end() :]))
        previous = word
    return tuple(reversed(found))


def cues(text: str, start: int) -> tuple[tuple[str, str], ...]:
    """Cues of the sentence before `start`, nearest first, each with the words between."""
    return cues_in(text[max(0, start - REACH) : start])


def is_linked(between: str) -> bool:
    """Does nothing but "number", "is", ":" and the like stand between a cue and its number?"""
    return _LINK.fullmatch(between) is not None


def marked(between: str) -> bool:
    """Does a sign of a number stand between ("no.", "#", ":")?"""
    return bool(re.search(r"[#:№=°º]|\bno?\b\.?|\bnr\b|\bnum|nummer", between))
