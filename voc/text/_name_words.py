"""Words around the name of a person: greetings, closings, titles, roles and phrases, in seven languages."""

import re

GREETINGS = frozenset(
    "abend afternoon beste bonjour bonsoir buenas buonasera buongiorno cara caro cher chere chère ciao coucou dag "
    "dear dia días egregia egregio estimada estimado evening geachte gentile goedemiddag goedemorgen goedenavond "
    "gott hallo hello hey hi hiya hoi hola liebe lieber liebes lieve moin morgen morning noches noite oi ola olá "
    "prezada prezado querida querido salut salve servus tag tarde tardes".split()
)
CLOSINGS = frozenset(
    "abraço abraços advance amicalement antecipadamente antemano anticipo appreciated atenciosamente atentamente "
    "atte avance bedankt best bientôt bises cheers ciao cordial cordialement cordialmente cumprimentos dank danke "
    "distinguées distingués faithfully gracias grazie groet groeten groetjes gruss grusse gruß grüssen grüße "
    "grüßen hoogachtend kisses lg love merci mfg mvg obrigada obrigado regards respectfully saludo saludos "
    "salutations saluti sincerely thank thanks truly vast vg voraus wishes xx you yours".split()
)
TITLES = frozenset(
    "dhr don dona dott dottor dottoressa doña dr drs fr frau fräulein heer herr herrn hr ing m madame "
    "mademoiselle meneer mevr mevrouw miss mlle mme monsieur mr mrs ms mw mx prof senhor senhora señor señora sig "
    "signor signora signore sigra sir sr sra srta".split()
)
# What stands right before a person's name and nothing else: who helped, who was spoken to.
ROLES = frozenset(
    "adviser advisor agent agente ami amico amie amiga amigo assistant atendente attention attn berater beraterin "
    "boss broer brother bruder buddy buurman chef chefin colleague collega collègue compañera compañero "
    "conseiller conseillère coworker daughter dochter engineer esposa esposo father femme figlia figlio filha "
    "filho fille fils fratello freund freundin friend frère gestora hermana hermano hija hijo husband irmã irmão "
    "kollege kollegen kollegin llamada llamado man manager mann mari marido marito medewerker medewerkster "
    "mitarbeiter mitarbeiterin moglie mother mujer mulher mutter mère nachbar nachbarin named namens neighbor "
    "neighbour nommé nommée operador operadora operator operatore operatrice père rep representative "
    "sachbearbeiter sachbearbeiterin schwester sister soeur sohn son sorella supervisor sœur teammate technician "
    "technicien techniker technikers tecnico tochter técnico vater vecina vecino vicino vizinho vrouw wife zoon "
    "zus".split()
)
# In German other nouns have a capital too: "Mitarbeiter Rabatt".
GERMAN_ROLES = frozenset(
    "agent agente berater beraterin bruder chef chefin freund freundin kollege kollegen kollegin mann mitarbeiter "
    "mitarbeiterin mutter nachbar nachbarin sachbearbeiter sachbearbeiterin schwester sohn techniker technikers "
    "tochter vater".split()
)
SURE = ("greeting", "title", "name", "role", "role-de", "speech")
SPEECH = re.compile(
    r"(?:(?:spoke|speak|speaking|spoken|talked|talking|chatted|chatting) (?:to|with)|(?:contacted|told|helped"
    r"|assisted|handled|signed|answered|served|informed|advised|assigned|escalated) (?:by|to)"
    r"|on behalf of|cc|c/o|for the attention of"
    r"|(?:gesprochen|telefoniert|geschrieben|gechattet|kontakt) mit|gespräch mit|mit|von|vertreten durch|beraten "
    r"von|anruf von|parlé (?:à|avec)|discuté avec|contacté par|reçu de|de la part de|appel de"
    r"|(?:hablé|hablado|hablar|contacté|chateé|llamada) (?:con|de)|atendió|atendid[oa] por|(?:parlato|parlare"
    r"|contattat[oa]|scritto) (?:con|da|a)|chiamata di|(?:falei|falado|falar|atendid[oa]|contactad[oa]) (?:com"
    r"|por|pela|pelo)"
    r"|(?:gesproken|contact|gebeld|gechat) met|geholpen door|telefoontje van|namens)\W*\Z"
)
INTRODUCED = re.compile(
    r"(?:name is|name's|named|full name|first name|last name|surname|mein name ist|ich hei(?:ß|ss)e|je "
    r"m['’]appelle|mon nom est|prénom:?|me llamo|mi nombre es|apellidos?:?|mi chiamo"
    r"|il mio nome è|cognome:?|chamo-me|me chamo|(?:o )?meu nome é|mijn naam is|ik heet|name of|vorname:?"
    r"|nachname:?|kundenname:?|cardholder|account holder|kontoinhaber(?:in)?|titulaire|titular|intestatario"
    r"|rekeninghouder|passenger|passagier|requester|requested by|reported by|opened by|op naam van|auf den namen"
    r"|au nom de|a nombre de|a nome di|em nome de|in the name of|under the name(?: of)?)"
    r"[\s:\"'>]*\Z"
)
SELF = re.compile(
    r"(?:(?<!\w)(?:i am|i'm|i’m|this is|it's|it is|ich bin|hier ist|hier spricht|je suis|ici|soy|aquí|sono|qui"
    r"|sou|sou o|sou a|aqui é|ik ben|met|hier)),? \Z"
)
LEAD_ENDS = frozenset(
    "a apellido apellidos appelle atendió avec by c/o cardholder cc chamo chamo-me chiamo cognome com con da de "
    "door durch es est for from heet heisse heiße holder intestatario is ist kontoinhaber kontoinhaberin "
    "kundenname la llamo m'appelle met mit m’appelle naam nachname name name's named namens nom nom: nombre nome "
    "of par passagier passenger pela pelo por prénom rekeninghouder requester surname titulaire titular to van "
    "von vorname with à è é".split()
)
PLACES_BEFORE = frozenset("el fort lake las los mount new port saint sainte san sankt santa santo sao st são".split())
NO_PERSON_AFTER = frozenset(
    "ag airlines airport allee app avenue award awards bank beach browser center centre chase church city college "
    "company corp county cup day days edition gmbh group hospital hotel house inc insurance island lane llc lodge "
    "ltd mode museum office park platz plc release road school stanley station store strasse straße street theme "
    "unit university update version ward weg wing".split()
)
NAME_END = re.compile(r"\s*(?:[,.!:;)\-–—|/\n\x02\"<]|\Z)")
SAID = re.compile(
    r"\s(?:from (?:your|the|support|billing|sales|customer)|here\b|speaking|wrote|told|said|says|promised|replied"
    r"|called me|helped me|again[,.]|sagte|m'a|a dit|me dijo|dijo|mi ha|ha detto|disse|zei)"
)
PHONED = re.compile(
    r" (?:telefoniert|gesprochen|geschrieben|signed for|called me|hat mir|firm[óo]|a signé|ha firmato|assinou"
    r"|heeft getekend)\b"
)
FROM_TEAM = re.compile(
    r"\s(?:from|in|at|of|aus|vom|von der|du|de la|del|della|do|da|van de|here|hier|speaking|ici|wrote|schrieb"
    r"|told|said|says|asked|promised|answered|replied|called|helped|again|hat|sagte|meinte|m'a|a dit|me dijo|dijo"
    r"|mi ha|ha detto|disse|zei|heeft)\b"
)
PLACE_NAMES = frozenset(
    "alexa alexandria april august austin barbara brooklyn carolina charlotte chase chelsea claude dallas "
    "florence georgia guadalupe houston israel jordan june lincoln lourdes madison may mercedes milan orlando "
    "paris phoenix roma sage salvador santiago savannah sydney victoria virginia zara".split()
)
# A word of each beginning in SMALL_INTRODUCED, and of each in SPOKEN: looked for first, because that is fast.
NAME_HINTS = ("name", "nom", "llamo", "chiamo", "chamo", "naam", "ik heet", "ich hei", "appelle")
SPOKEN_HINTS = ("spok", "talked to", "agent", "olleg", "gespro", "parl", "hablé", "falei", "edewerk", "told by")
SMALL_INTRODUCED = re.compile(
    r"(?<![^\W_])(?:my name is|name's|mein name ist|ich hei(?:ß|ss)e|je m['’]appelle|mon nom est|me llamo|mi "
    r"nombre es|mi chiamo|il mio nome è|chamo-me|me chamo|meu nome é|mijn naam is|ik heet)"
    r"[ :]+([^\W\d_]{3,})(?: ([^\W\d_]{3,}))?"
)
