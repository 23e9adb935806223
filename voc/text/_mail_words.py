"""The wording of mail: how programs introduce a quoted message and how people and lawyers close their own."""


def _any(*phrases: str) -> str:
    return "|".join(phrases)


# "On ... wrote:" and the separators of forwarded and answered messages.
WROTE = "wrote|writes|schrieb|schreibt|a écrit|escribió|ha scritto|schreef|escreveu"
SEPARATORS = _any(
    "original message|original appointment|forwarded message|begin forwarded message",
    "ursprüngliche nachricht|original-nachricht|weitergeleitete nachricht",
    "message d['’]origine|message original|message transféré",
    "mensaje original|mensaje reenviado",
    "messaggio originale|messaggio inoltrato",
    "oorspronkelijk bericht|doorgestuurd bericht",
    "mensagem original|mensagem encaminhada",
)
# Lines of a mail header that no timetable ("From: ... To: ...") has.
HEADER_LINES = _any(
    "sent|subject|gesendet|betreff|envoyé|objet|enviado|asunto|inviato|oggetto|verzonden|onderwerp",
    "enviada|assunto|sendt|emne|skickat|ämne|temat|wysłano|odesláno|předmět",
)
FIRST_HEADER_LINES = "from|von|de|da|van|fra|från|od"
OTHER_WROTE = "skrev|napsal|napisa|nadesła|写道|님이"  # further languages mail-parser-reply knows
OTHER_HEADERS = "发件人|发送时间|보낸"

# "Sent from my iPhone" and its like.
SENT = _any(
    "sent|gesendet|diese nachricht wurde|von meinem|envoyée?|enviado|inviato|verstuurd|verzonden|enviada|sendt|skickat",
)
GET_OUTLOOK = "(?:get|holen sie sich|obtenir|télécharger|obtener|scarica|download|obter o) outlook"
DEVICES = _any(
    r"i-?phone|i-?pad|i-?pod|android|samsung|galaxy|smart\s?phone|mobil\w*|phone|handy|tablet|blackberry|huawei|xiaomi",
    r"pixel|oneplus|outlook|yahoo|gmx|web\.de|gmail|windows|mail\b|proton\s?mail|aol|t[ée]l[ée]phone|m[óo]vil|telefon\w*",
)

# Closing formulas; a signature begins with one.
FORMULAS = _any(
    r"(?:(?:with )?(?:kind(?:est)?|best|warm(?:est)?|many|kindly)[ -])?regards|best wishes|all the best|best|rgds",
    r"(?:yours |very )?(?:sincerely|truly|faithfully)(?: yours)?|respectfully|cheers",
    r"(?:many |kind )?thanks(?: again| in advance| and (?:kind |best )?regards| so much| a lot)?",
    r"thank you(?: (?:very much|so much|in advance|again|for your (?:help|time)))?",
    r"mfg|lg|vg|mit (?:freundlichen?|besten|herzlichen|lieben) gr(?:ü|ue)(?:ß|ss)en?|mit freundlichem gru(?:ß|ss)",
    r"(?:viele|liebe|beste|schöne|herzliche|freundliche) gr(?:ü|ue)(?:ß|ss)e|gruß|grüße",
    r"(?:vielen |besten )?dank(?: im voraus)?|danke",
    r"(?:bien )?(?:cordialement|amicalement)|bien à (?:vous|toi)|(?:sincères |meilleures )?salutations",
    r"bonne journée|merci(?: d['’]avance)?",
    r"(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|(?:muchas )?gracias(?: de antemano)?",
    r"(?:cordiali|distinti|un cordiale) salut[io]|saluti|cordialmente|grazie(?: mille)?",
    r"(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|mvg|groeten|groetjes",
    r"(?:alvast )?bedankt|(?:hartelijk )?dank u(?: wel)?",
    r"atenciosamente|(?:os melhores |com os melhores )?cumprimentos|abraços?|(?:muito )?obrigad[oa]",
)
CONTACT_DETAILS = r"@|www\.|https?:|\[email\]|\[phone\]|\d{3}|[|•]|\b(?:ltd|inc|gmbh|llc|s\.?a|b\.?v|tel|fax|mob)\b"

# The first words of legal notices, security banners and advertising a mail server adds.
_MAIL = "(?:e-?mail|message|communication|transmission)"
NOTICES = _any(
    r"(?:important |legal |privacy )?(?:confidentiality|confidential|disclaimer)(?: notice| note)?[*]*\s?[:\n]",
    rf"this {_MAIL}[^\n.]{{0,80}}\b(?:confidential|intended (?:only|solely)|privileged|virus)",
    rf"the (?:information|contents?)(?: contained)? (?:in|of) this {_MAIL}",
    r"if you are not the (?:intended|named) (?:recipient|addressee)",
    rf"if you have received this {_MAIL}[^\n.]{{0,30}}in error",
    r"(?:please )?(?:consider|think of) the environment before printing|virus-free\. ?www\.",
    rf"(?:caution|warning|external)[^\n]{{0,20}}: ?this {_MAIL} (?:originated|came|was sent) from outside",
    r"diese (?:e-?mail|nachricht) (?:enthält|kann|ist)[^\n.]{0,40}\bvertraulich",
    r"ce (?:message|courriel|mail|courrier)[^\n.]{0,80}\bconfidentiel",
    r"este (?:mensaje|correo)[^\n.]{0,80}\bconfidencial|questo messaggio[^\n.]{0,80}\briservat",
    r"(?:dit|deze) (?:bericht|e-?mail)[^\n.]{0,80}\bvertrouwelijk|esta mensagem[^\n.]{0,80}\bconfidencia",
)

# In lower case: every rule above needs one of these, and most texts hold none.
SIGNS = (
    "\n>|--|__|\n—|\n–|reply above|nachricht-|<|年|보낸|发件人|写道|님이"
    "|wrote|writes|schrieb|schreibt|crit|escribi|scritto|schreef|escreveu|skrev|napsal|napisa|nades"
    "|from:|von:|de:|de :|da:|van:|fra:|från:|od:"
    "|sent from|sent via|sent with|outlook|gesendet|von meinem|envoy|enviad|inviato|verzonden|verstuurd|sendt|skickat"
    "|regards|best|rgds|sincerely|truly|faithfully|respectfully|cheers|thank"
    "|mfg|lg|vg|grü|grue|gru|dank|cordial|amical|bien à|saluta|bonne|merci|salud|atenta|gracias|salut|grazie"
    "|groet|atencios|cumprimentos|abraço|obrigad"
    "|confiden|disclaimer|recipient|in error|environment before|virus|external|from outside|vertrau"
    "|riservat|vertrouwelijk|this e|this m|this c|this t"
)
