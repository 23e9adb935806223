"""How automatic mail begins, in seven languages: its subjects, and the first words of its bodies."""

# At the head of a subject line.
SUBJECTS = (
    r"(?:automatic|automated|auto)[ -]?(?:reply|response|answer)\b|out of (?:the )?office\b|ooo\s*:|autoreply\b",
    r"undeliver(?:able|ed)\b|delivery status notification|mail delivery (?:failed|failure|subsystem)|returned mail\b"
    r"|(?:message )?delivery (?:failure|has failed)|failure notice\b|mail system error",
    r"abwesenheits|automatische (?:antwort|r[üu]ckantwort)|abwesend\s*:|unzustellbar|nicht im b[üu]ro\b|empfangsbest[äa]tigung\b",
    r"r[ée]ponse automatique|absence du bureau|absent du bureau|message automatique|non remis\b|[ée]chec de (?:la )?remise"
    r"|accus[ée] de r[ée]ception\b",
    r"respuesta autom[áa]tica|fuera de (?:la )?oficina|no se puede entregar|no entregado|error de entrega|acuse de recibo\b",
    r"risposta automatica|fuori (?:sede|ufficio)\b|mancato recapito|non recapitabile|ricevuta di ritorno\b",
    r"resposta autom[áa]tica|fora do escrit[óo]rio|aus[êe]ncia tempor[áa]ria|n[ãa]o foi poss[íi]vel entregar|falha na entrega",
    r"automatisch (?:antwoord|bericht)|afwezigheids|niet op kantoor\b|afwezig\s*:|onbestelbaar|ontvangstbevestiging\b",
)

_NOW = r"(?:currently |presently |now )?"
# At the head of a body, after a greeting.
OPENINGS = (
    # English: absence, failure, receipt
    rf"(?:thank you for your (?:e-?mail|message)[.,!]? )?(?:i am|i'm|i will be|i'll be) {_NOW}(?:out of (?:the |my )?office|on (?:annual |parental "
    r"|maternity |sick )?leave until|away from (?:the office|my desk) until|on (?:vacation|holiday) until)",
    r"this is an? (?:automatic|automated|auto)(?:ally)?[ -]?(?:generated )?(?:reply|response|message|e-?mail|notification)\b",
    r"this (?:message|e-?mail) (?:was|is|has been) (?:created|generated|sent) automatically",
    r"(?:your message (?:to [^\n]{1,80} )?(?:couldn't|could not|wasn't|was not) (?:be )?delivered|delivery has failed to these"
    r"|this is the mail (?:system|delivery agent)|your message wasn't delivered|the following message to [^\n]{1,80}was undeliverable)",
    r"(?:thank you for (?:contacting|writing to|your (?:e-?mail|message|request|enquiry|inquiry))[^\n]{0,60}[.!,] ?)?"
    r"(?:we have|we've) received your (?:request|message|e-?mail|enquiry|inquiry|ticket)",
    r"your (?:request|ticket|case) (?:\S{1,20} )?has been (?:received|created|logged|registered)",
    # German
    r"(?:vielen dank f[üu]r (?:ihre|deine) (?:e-?mail|nachricht)[.,!]? )?ich bin (?:derzeit |zurzeit |momentan |aktuell |ab |vom |bis |am )?"
    r"[^\n]{0,50}?(?:nicht im (?:b[üu]ro|hause)|au(?:ß|ss)er haus|abwesend|im urlaub)",
    r"(?:dies|das) ist eine automatisch(?:e| erzeugte| generierte| erstellte) (?:antwort|nachricht|e-?mail|mitteilung)",
    r"diese (?:nachricht|e-?mail|mail) wurde automatisch (?:erzeugt|generiert|erstellt|versendet)",
    r"(?:ihre|deine) nachricht (?:konnte nicht|wurde nicht) zugestellt",
    r"(?:vielen dank f[üu]r (?:ihre|deine) (?:anfrage|nachricht|e-?mail)[.,!]? )?wir haben (?:ihre|deine) (?:anfrage|nachricht|e-?mail) erhalten",
    # French
    r"(?:je suis|je serai) (?:actuellement )?(?:absente?|en cong[ée]s?|hors du bureau)",
    r"(?:ceci est|il s['’]agit d['’]) ?une? (?:r[ée]ponse|message|courriel|e-?mail|notification) (?:automatique|g[ée]n[ée]r[ée]e? automatiquement)",
    r"ce (?:message|courriel|mail) (?:a [ée]t[ée]|est) (?:g[ée]n[ée]r[ée]|envoy[ée]) automatiquement",
    r"votre message n['’]a pas (?:pu [êe]tre|[ée]t[ée]) (?:remis|distribu[ée])",
    r"nous avons bien re[çc]u votre (?:demande|message|courriel|e-?mail)",
    # Spanish
    r"(?:actualmente )?(?:estoy|estar[ée]|me encuentro) (?:actualmente )?(?:fuera de (?:la )?oficina|de vacaciones|ausente)",
    r"(?:este|esta) es una? (?:respuesta|mensaje|correo|notificaci[óo]n) (?:autom[áa]tic[oa]|generad[oa] autom[áa]ticamente)",
    r"este (?:mensaje|correo) (?:ha sido|fue|se ha) (?:generado|enviado) autom[áa]ticamente",
    r"(?:su|tu) mensaje no (?:se ha podido entregar|pudo ser entregado|se pudo entregar)",
    r"hemos recibido (?:su|tu) (?:solicitud|mensaje|consulta|correo)",
    # Italian
    r"(?:sono|sar[òo]) (?:attualmente )?(?:fuori (?:sede|ufficio)|in ferie|assente)",
    r"quest[oa] [èe] una? (?:risposta|messaggio|e-?mail|notifica) (?:automatic[oa]|generat[oa] automaticamente)",
    r"questo messaggio [èe] stato (?:generato|inviato) automaticamente",
    r"(?:il (?:tuo|suo) messaggio non [èe] stato (?:recapitato|consegnato)|impossibile recapitare il messaggio)",
    r"abbiamo ricevuto la (?:tua|sua|vostra) (?:richiesta|e-?mail|segnalazione)",
    # Portuguese
    r"(?:estou|estarei) (?:atualmente )?(?:fora do escrit[óo]rio|de f[ée]rias|ausente)",
    r"esta [ée] uma (?:resposta|mensagem|notifica[çc][ãa]o) (?:autom[áa]tica|gerada automaticamente)",
    r"esta mensagem foi (?:gerada|enviada) automaticamente",
    r"(?:a )?sua mensagem n[ãa]o (?:p[ôo]de ser|foi) entregue",
    r"recebemos (?:a )?(?:sua|o seu) (?:solicita[çc][ãa]o|mensagem|pedido|e-?mail)",
    # Dutch
    r"ik ben (?:momenteel |op dit moment |tot [^\n.]{0,30}|van [^\n.]{0,40})?(?:niet (?:op kantoor|aanwezig)|afwezig|met (?:verlof|vakantie))",
    r"dit is een (?:automatisch(?: gegenereerd)?e?|automatische) (?:bericht|antwoord|e-?mail|melding)",
    r"(?:dit bericht|deze e-?mail) (?:is|werd) automatisch (?:gegenereerd|verzonden|verstuurd)",
    r"uw bericht (?:kon niet worden|is niet) (?:bezorgd|afgeleverd)",
    r"(?:wij|we) hebben (?:uw|je) (?:aanvraag|bericht|e-?mail|verzoek) (?:goed )?ontvangen",
)
