"""Find street addresses with their postcodes in the forms of eight countries."""

import re
from collections.abc import Sequence

from voc.text._cues import HIDDEN
from voc.text._name_lists import NOT_A_NAME
from voc.text._signs import near

_CAP = r"[^\W\d_a-zà-ÿ][\w'’.-]*"
_SMALL = r"(?:(?:de la|de las|de los|dela|della|delle|dello|degli|del|dei|des|de|du|da|das|do|dos|di|la|las|le|les|los|el|l['’]|d['’]|et|e|y|i|van|van den|der|den|the|saint|sainte|san|santa|são) ?)"
# English: "12 Main Street", "221B Baker St", "1600 N Pennsylvania Ave NW".
_ENGLISH_TYPES = (
    r"Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Close|Crescent|Cres|Terrace|Place|Pl|Square|Sq"
    r"|Parkway|Pkwy|Highway|Hwy|Circle|Cir|Gardens|Mews|Grove|Row|Walk|Way|Trail|Trl|Green|Hill"
)
_ENGLISH = re.compile(
    rf"\d{{1,5}}[A-Za-z]?(?:[-/]\d{{1,5}}[A-Za-z]?)?,?[ \n](?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.? )?"
    rf"(?:(?:{_CAP}|\d{{1,3}}(?:st|nd|rd|th))[ \n]){{1,3}}?(?:{_ENGLISH_TYPES})(?![\w-])\.?(?: (?:NW|NE|SW|SE|N|S|E|W)\b)?"
    r"|\d{1,5}[a-z]? (?:[a-z]{3,} ){1,2}(?:street|road|avenue|lane|boulevard)\b"
)
_CAPITAL = re.compile(r"[A-Z]|[^\x00-\x7f]")
_SMALL_STREET = re.compile(r"(?:street|road|avenue|lane|boulevard)\b")
_NOT_STREETS = re.compile(r"(?:Google|google|One|one|Hard|USB|Flash|[Ww]ay|two|high|in|on|the|Hours?|hours?|of)")
_FRENCH = re.compile(
    r"\d{1,4}(?: ?(?:bis|ter|quater|[A-D]))?,? ?(?i:rue|avenue|av\.|boulevard|bd\.?|blvd|place|chemin|all[ée]e|impasse|route|quai|cours"
    rf"|square|passage|faubourg|ruelle|sentier|villa)\s(?:{_SMALL})*[\w'’-]+(?:[ ](?:{_SMALL})*{_CAP}){{0,3}}"
)
# Where the number follows the street.
_ENDINGS = (
    r"stra(?:ß|ss)e|str\.|str|allee|gasse|chaussee|damm|ufer|stieg|straat|laan|plein|gracht|kade|singel|dijk|steeg|dreef|weg|platz"
    r"|ring|promenade|graben|winkel|pfad|hof|markt|wall"
)
_LATIN_TYPES = (
    r"calle|c/|avenida|avda\.?|av\.?|plaza|pza\.?|paseo|camino|carretera|ronda|traves[íi]a|glorieta|via|viale|v\.le|piazza|p\.zza|corso|largo"
    r"|vicolo|strada|piazzale|lungomare|rua|r\.|travessa|pra[çc]a|alameda|estrada|rodovia"
)
_STREET_BEFORE = re.compile(
    rf"(?:(?<![^\W_])(?:[^\W\d_][\w.-]{{2,24}}?(?i:{_ENDINGS})|{_CAP}(?:[ -]{_CAP}){{0,2}}[ -](?:Stra(?:ß|ss)e|Str\.|Allee|Weg|Platz|Ring|Damm|Ufer|Straat|Laan|Gasse)"
    rf"|(?:Am|An der|An den|Auf dem|Auf der|Im|In der|Zum|Zur|Unter den|Hinter der|Beim|Aan de|Op de) {_CAP}(?: {_CAP})?)"
    rf"|(?<![^\W_])(?i:{_LATIN_TYPES}) ?(?:{_SMALL})*{_CAP}(?: (?:{_SMALL})*{_CAP}){{0,4}})"
    r"(?:,? ?(?i:n[º°o]?\.?|nr\.?|n[úu]mero|no\.))?,? ?\Z"
)
_WEAK_ENDINGS = re.compile(
    r"(?:weg|platz|ring|hof|markt|wall|winkel|graben|pfad|kade|damm|promenade|str)\.?,? ?(?:nr\.? ?)?\Z", re.IGNORECASE
)
_NOT_ENDINGS = re.compile(
    r"(?:arbeits|park|speicher|sitz|steck|liege|stell|lager|schreib)platz|\b\w*(?:er|or|ur|tr|ir|ar|st|sp|b|p)ring\b|(?:bahn|fried|kranken)hof\b|super\w*markt|(?:firew|fire|pay|w)all\b"
    r"|(?:unter|um|aus|hin|durch)weg|\bweg\b|\bring\b|datei\w*pfad",
    re.IGNORECASE,
)
_HOUSE_NUMBER = re.compile(r"\d{1,4}(?: ?[a-hA-H](?![^\W_]))?(?:[-/]\d{1,4}[a-hA-H]?)?(?![^\W_]|[.,:]\d)")
_PREPOSITION = re.compile(r"(?<![^\W_])(?:Am|An|Auf|Im|In|Zum|Zur|Unter|Hinter|Beim|Aan|Op)\b")
# After a street: the flat, then postcode and town.
_UNIT = (
    r"(?:[ ,\n]{1,3}(?:(?:Flat|Apt\.?|Apartment|Unit|Suite|Ste\.?|Room|Floor|Wohnung|Whg\.?|Hinterhaus|appt\.?|appartement|b[âa]t(?:iment|\.)?|[ée]tage"
    r"|piso|puerta|planta|esc\.?|interno|int\.|scala|andar|apto\.?|apartamento|bus|verdieping|flat|apt|unit)\.? ?[\w#-]{1,5}|#\d{1,5}|\d{1,2} ?[ºª°o]\.?(?: ?(?:izq|izda|dcha|esq|dto|dir|fte|[A-Z])\.?(?!\w))?|\d{1,2}\. ?OG))"
)
_UK = r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})"
_TOWN = (
    r"[^\W\d_a-zà-ÿ][\w'’.-]*(?:[ -](?:am|an der|sur|sous|la|le|les|de|del|di|da|do|upon|[^\W\d_a-zà-ÿ][\w'’-]*)){0,3}"
)
_TOWN_CODE = (
    rf"(?:[ ,\n]{{1,3}}(?:(?:[A-Z]{{1,2}}-)?(?:\d{{5}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{5}}(?:-\d{{4}})?|\d{{4}} ?[A-Z]{{2}}|\d{{4}}(?=[ ,][^\W\d_a-z])|{_UK})(?![^\W_])(?:[ ,]{{1,2}}{_TOWN})?"
    rf"|{_TOWN}[, \n]{{1,3}}(?:[A-Z]{{2}}[ ,]{{1,2}})?(?:\d{{5}}(?:-\d{{4}})?|{_UK}|\d{{4}}-\d{{3}})(?![^\W_])))"
)
_TAIL = re.compile(rf"(?:{_UNIT}){{0,2}}(?:{_TOWN_CODE})?")
_FLAT_BEFORE = re.compile(r"(?:Flat|Apartment|Apt\.?|Unit|Suite|Room) ?[\dA-Z]{1,4},? ?\n?\Z")
# Alone: what only a postal address has.
_UK_AREAS = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD "
    "HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG "
    "RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
).split()
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN"
    "|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_UK_ALONE = re.compile(rf"(?:{'|'.join(_UK_AREAS)})\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{{2}}(?![^\W_])(?<!\d[GT]B)")
_US_BEFORE = re.compile(rf"{_CAP}(?: {_CAP})?, (?:{_STATES}),? \Z")
_US_CODE = re.compile(r"\d{5}(?:-\d{4})?(?!\d)")
_CODED_ALONE = re.compile(rf"\d{{4}} [A-Z]{{2}},? {_TOWN}|\d{{4}}-\d{{3}} {_TOWN}")
_COUNTRY_BEFORE = re.compile(r"(?<![^\W_])[ADFIELPN][A-Z]?-\Z")
_CODE_TOWN = re.compile(rf"\d{{4,5}} {_TOWN}")
_CODE_WORD = re.compile(
    r"(?<![^\W_])(?:post ?code|zip(?: ?code)?|plz|postleitzahl|code postal|c[óo]digo postal|c\.p\.|cp|cap|cep|c\.a\.p\.)(?![^\W_])"
    r"(?: (?:is|ist|est|es|è|é))?[:\s.=]{1,3}(\d{5}-\d{3}|\d{4}-\d{3}|\d{5}(?:-\d{4})?|\d{4} ?[a-z]{2}(?![^\W_])|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})(?![^\W_])",
    re.IGNORECASE,
)


def find_addresses(text: str, lowered: str, runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the (start, end) of every street address or line of postcode and town; `runs` of digits in order."""
    places: list[tuple[int, int]] = []
    for start, end in runs:
        if (
            text[start] == HIDDEN
            or end - start > 5
            or (places and start < places[-1][1])
            or text[start - 1 : start].isalnum()
        ):
            continue
        place = _street_at(text, start)
        if place and (not places or place[0] >= places[-1][1]):
            places.append(place)
    return _without_overlap(text, places + _postal_lines(text, lowered, runs))


def _street_at(text: str, start: int) -> tuple[int, int] | None:
    """The address whose house number stands at `start`."""
    found = _french(text, start) or _english(text, start)
    if found:
        before = _FLAT_BEFORE.search(text, max(0, start - 20), start)
        first, end = (before.start() if before else start), found
    else:
        number = _HOUSE_NUMBER.match(text, start)
        first = _street_start(text, start, number.end()) if number else -1
        if number is None or first < 0:
            return None
        end = number.end()
    tail = _TAIL.match(text, end)
    return first, tail.end() if tail else end


def _english(text: str, start: int) -> int:
    is_named = _CAPITAL.search(text, start, start + 14) or _SMALL_STREET.search(text, start, start + 48)
    found = _ENGLISH.match(text, start) if is_named else None
    if not found or text[max(0, start - 1) : start] in ("$", "€", "£", "."):
        return 0
    words = found[0].split()
    return 0 if any(_NOT_STREETS.fullmatch(word) for word in words[1:-1]) else found.end()


def _french(text: str, start: int) -> int:
    found = _FRENCH.match(text, start)
    return found.end() if found else 0


def _street_start(text: str, start: int, end: int) -> int:
    """Where the street before a house number begins; -1 if there is none."""
    low = max(0, start - 64)
    if text[start - 1 : start].strip(" ,.°º\n"):
        return -1
    before = text[low:start]
    words = before.rsplit(None, 2)
    while words and words[-1].lower().strip(".,:") in _NUMBER_WORDS:
        words.pop()
    if not words or not (words[-1][0].isupper() or words[-1].lower().strip(".,").endswith(_STREET_ENDINGS)):
        return -1
    found = _STREET_BEFORE.search(before)
    if not found:
        return -1
    street = found[0]
    words = street.replace(",", " ").split()
    has_code = _TOWN_CODE_ONLY.match(text, end) is not None
    if _WEAK_ENDINGS.search(street) and (not words[0][:1].isupper() or _NOT_ENDINGS.search(street)):
        return -1
    if words[0].lower() in _LATIN and not has_code and not _is_latin_street(words):
        return -1
    if _PREPOSITION.match(street) and len(words) > 1 and not has_code:
        return -1
    return low + found.start()


_NUMBER_WORDS = frozenset(("n", "no", "nr", "nº", "n°", "número", "numero"))
_STREET_ENDINGS = tuple(_ENDINGS.replace("\\.", "").replace("stra(?:ß|ss)e", "straße|strasse").split("|"))
_TOWN_CODE_ONLY = re.compile(rf"(?:{_UNIT})?{_TOWN_CODE}")
_LATIN = frozenset(
    "calle c/ avenida avda avda. av av. plaza pza pza. paseo camino carretera ronda via viale v.le piazza p.zza corso largo vicolo strada piazzale "
    "rua r. travessa praça praca alameda estrada".split()
)


def _is_latin_street(words: Sequence[str]) -> bool:
    """ "Via Roma" is a street, "via Chrome" and "via API" are ways."""
    names = [word for word in words[1:] if word[:1].isupper()]
    return bool(names) and not any(
        name.lower().strip(".") in NOT_A_NAME or (name.isupper() and len(name) < 5) for name in names
    )


def _postal_lines(text: str, lowered: str, runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    places = []
    for start, end in runs:
        if text[start] != HIDDEN and (end - start in (4, 5) or (end - start < 3 and text[start - 1 : start].isupper())):
            places += [place for place in (_postal_code(text, start, end),) if place]
    for low, high in near(runs, _CODE_REACH, 0) if len(lowered) == len(text) else ():
        for hint in _CODE_HINTS:
            start = lowered.find(hint, low, high)
            while start >= 0:
                if found := _CODE_WORD.match(lowered, start):
                    places.append(found.span(1))
                start = lowered.find(hint, start + 1, high)
    return places


_CODE_REACH = 40  # characters between the first letter of a hint and the first digit of its code
_CODE_HINTS = (
    "post",
    "zip",
    "plz",
    "code postal",
    "código postal",
    "codigo postal",
    "c.p.",
    "cp ",
    "cp:",
    "cap ",
    "cap:",
    "c.a.p",
    "cep",
)


def _postal_code(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A postcode and town that need no street before them."""
    if end - start < 3:
        for first in (start - 1, start - 2):
            found = _UK_ALONE.match(text, first) if first >= 0 and not text[first - 1 : first].isalnum() else None
            if found:
                return found.span()
        return None
    before = text[max(0, start - 40) : start]
    if end - start == 5 and (state := _US_BEFORE.search(before)) and (code := _US_CODE.match(text, start)):
        return start - len(before) + state.start(), code.end()
    if before[-1:].isalnum():
        return None
    country = _COUNTRY_BEFORE.search(before)
    is_line = end - start == 5 and (not before or before[-1] == "\n")
    is_apart = not before.strip() or before.rstrip(" ")[-1] in ",\n:;(\"'>"
    pattern = _CODE_TOWN if country or is_line else _CODED_ALONE
    found = pattern.match(text, start) if country or is_apart else None
    if not found or not _is_town(found[0]) or (is_line and text[found.end() : found.end() + 1].strip(" \n")):
        return None
    return start - (len(country[0]) if country else 0), found.end()


def _is_town(found: str) -> bool:
    return not any(word.lower() in NOT_A_NAME for word in re.findall(r"[^\W\d_]{3,}", found))


def _without_overlap(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    chosen: list[tuple[int, int]] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not chosen or start >= chosen[-1][1]:
            chosen.append((start, start + len(text[start:end].rstrip(" .,'’-"))))
    return chosen
