"""How messages open and close, and how people begin a second problem, in seven languages."""

import re


def _any(*phrases: str) -> str:
    return "|".join(phrases)


_GREETING_WORDS = _any(
    r"hi+|hello|hey+|hiya|dear|greetings|good (?:morning|afternoon|evening|day)|g'day",
    r"hallo|guten (?:tag|morgen|abend)|moin|servus|liebes?r?|sehr geehrter?s?",
    r"bonjour|bonsoir|salut|buongiorno|buonasera|salve|ciao|gentil[ei]",
    r"hola|buen(?:os|as) (?:días|tardes|noches)|estimad[oa]s?",
    r"olá|oi|bom dia|boa (?:tarde|noite)|prezad[oa]s?",
    r"goede(?:morgen|middag|navond|ndag)|beste|geachte|dag",
)
_GREETED = _any(
    r"there|all|everyone|everybody|team|support|folks|guys|sirs?|madams?|ma'?am|or|and|dear|again|friends?",
    r"zusammen|liebes|damen|und|herren|à tous|tous|a todos|todos|a tutti|tutti|allemaal|equipe|équipe",
)
_NAME = r"[A-Z][\w'’-]{1,20}"
_HOPE = (
    r"(?:i )?hope (?:you are|you're|you’re|all is|everyone is|this (?:e-?mail|message|finds))\b"
    r"[^.!?\n]{0,40}\b(?:well|fine|great day|good day)[.!,]+\s*"
)
# A greeting of a few words, closed by a comma, a stop or the end of the line.
GREETING = re.compile(
    rf"\s*(?i:{_GREETING_WORDS})(?:[ /]+(?:(?i:{_GREETED})|{_NAME})){{0,4}}(?:\s*[,.!:;–-]+(?=\s|$)\s*|\s*\n\s*)"
    rf"|\s*(?i:{_HOPE})"
)

_HELP = _any(
    "help|time|support|assistance|attention|reply|response|answers?|advice|suggestions?|consideration|input|patience",
    "understanding|work",
)
_FOR_HELP = (
    rf"for (?:any |all |your |the |all your |reading)?(?:kind )?(?:{_HELP})?"
    r"(?: (?:and|with|in|on) [^.!?\n]{0,30})?"
)
_THANKS_WORDS = _any(
    r"(?:many |kind |much |big )?(?:thanks|thank you|thx|ty|cheers)"
    rf"(?: (?:you|so much|very much|a lot|again|a million|guys|all|everyone|in advance|and regards|{_FOR_HELP}))*",
    rf"any (?:{_HELP})[^.!?\n]{{0,20}}appreciated",
    r"please (?:help|advise|assist)(?: me)?(?: (?:asap|urgently|with this))?",
    r"(?:(?:i am|i'm) )?looking forward to (?:hear|your|a (?:quick |prompt )?(?:reply|response|answer))[^.!?\n]{0,40}",
    r"have a (?:nice|great|good|lovely) (?:day|one|week|weekend|evening)",
    r"(?:kind |best |warm )?regards|best wishes|sincerely",
    r"(?:vielen |besten |herzlichen )?danke?(?: im voraus| für [^.!?\n]{0,30})?|mfg",
    r"(?:viele|liebe|beste|schöne) grü(?:ß|ss)e|mit freundlichen grü(?:ß|ss)en",
    r"merci(?: (?:beaucoup|d['’]avance|bien|pour [^.!?\n]{0,30}))*|cordialement|bonne journée",
    r"(?:muchas |mil )?gracias(?: (?:de antemano|por [^.!?\n]{0,30}))*|(?:un )?saludos?",
    r"grazie(?: (?:mille|in anticipo|per [^.!?\n]{0,30}))*|(?:cordiali )?saluti",
    r"(?:muito )?obrigad[oa](?: (?:desde já|pela [^.!?\n]{0,30}))*|cumprimentos",
    r"(?:alvast |hartelijk )?(?:bedankt|dank(?: u| je)?(?: wel)?)|(?:met )?vriendelijke groet(?:en)?",
)
_THANKS = re.compile(rf"(?i:{_THANKS_WORDS})(?:[\s,!]+[A-Z][\w'’-]{{0,20}}){{0,3}}[\s.!,;:)]*")
_SENTENCE_BORDER = re.compile(r"[.!?…)\]]\s+|\n\s*")
_REACH = 160  # characters from the end


def last_thanks(text: str, start: int, end: int) -> int:
    """Return where text[start:end] ends without the courtesy it closes with; 0 if it closes with none."""
    for border in _SENTENCE_BORDER.finditer(text, max(start, end - _REACH), end):
        if _THANKS.fullmatch(text, border.end(), end):
            return border.start() + len(border[0].rstrip())
    return 0


_THING = "(?:thing|issue|problem|question|point|concern|bug|complaint|request|topic|matter)s?"
# "Also tried restarting" and "Also, it's an old phone" go on about the same problem.
_SAME_PROBLEM = (
    r",? (?:(?:i(?:'ve|’ve| have)? )?(?:(?:just|already|have) )?(?:tried|trying|checked|attached|did|know)"
    r"|please note|note|make sure|it(?:'s|’s| is)|a)\b"
)
_MARKERS = _any(
    rf"also\b(?!{_SAME_PROBLEM})",
    rf"(?:and )?(?:another|one (?:more|other|last)|a (?:second|further|different)) {_THING}\b",
    rf"(?:and )?(?:(?:my|the) (?:second|other|next)|second|other) {_THING}\b",
    r"second(?:ly)?[,:]|thirdly\b|on top of (?:that|this|it)|separately,|unrelated(?:ly)?\b",
    r"(?:oh,? (?:and )?)?(?:by the way|btw)\b|p\.? ?s\.?[:., ](?=\s?\w)",
    r"au(?:ß|ss)erdem\b|zweitens\b|noch (?:eine (?:frage|sache)|etwas|ein problem)\b|ein weiteres problem|übrigens\b",
    r"(?:une )?autre (?:chose|problème|question)|deuxièmement|par ailleurs|d['’]autre part|au fait,",
    r"otr[oa] (?:cosa|pregunta|problema)|además,|por otr[oa] (?:lado|parte)|en segundo lugar|por cierto",
    r"(?:un['’])?altr[oa] (?:cosa|domanda|problema)|inoltre,|in secondo luogo",
    r"outr[oa] (?:coisa|questão|pergunta|problema)|além disso|em segundo lugar",
    r"nog (?:iets|een (?:vraag|probleem))\b|daarnaast\b|ten tweede|bovendien\b",
)
_NUMBER = r"\(?[2-9][.)]\s|#\s?[2-9]\b|\(?(?:b|c|d)\)\s"
# Only after something: at the start of a text there is no first problem yet. "2)" counts in the middle of a line too.
SECOND_PROBLEM = re.compile(
    rf"(?:(?<=[.!?)\]]\s)|(?<=\n)|(?<=\s\s))[ \t*•-]*(?:{_MARKERS}|{_NUMBER})|(?<=\s)(?:\([2-9]\)|[2-9]\)|#[2-9])\s",
    re.IGNORECASE,
)
_LIST_START = re.compile(r"\(?1[.)]\s|#\s?1\s")
_LISTED = re.compile(r"(?<=\s)(?:\(?([1-9])[.)]|#\s?([1-9]))(?=\s\S)")


def numbered_items(text: str, start: int, end: int) -> list[int]:
    """Return where the second and later items of a numbered list that runs through text[start:end] begin."""
    items: list[int] = []
    expected = 2 if _LIST_START.match(text, start, end) else 0
    for number in _LISTED.finditer(text, start, end):
        value = int(number[1] or number[2])
        if value == 1:
            expected = 2
        elif value == expected:
            items.append(number.start())
            expected += 1
    return items
