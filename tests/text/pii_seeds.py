"""Made-up personal data by kind in the forms of eight countries, and the places that they turn up in."""

import random
import string
from collections.abc import Callable

# Sentences, subjects, JSON, HTML, names of files, tags.
AROUND = (
    "Please note {} and call back.", "{}", "Hello,\nit is {}.\nThanks", "Subject: RE: {} - urgent", '{{"value": "{}", "n": 3}}',
    "<p>data: <b>{}</b></p>", "see ({}), as said", "tickets_{}.csv", "export {}.xlsx", "vip_{}_late", "a;b;{};c", "'{}'",
)  # fmt: skip


def digits(rng: random.Random, count: int, first: str = string.digits) -> str:
    return rng.choice(first) + "".join(rng.choice(string.digits) for _ in range(count - 1))


def letters(rng: random.Random, count: int, of: str = string.ascii_uppercase) -> str:
    return "".join(rng.choice(of) for _ in range(count))


def luhn(number: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(number)))
    return number + str(-total % 10)


def email(rng: random.Random) -> str:
    name = rng.choice(["anna.smith", "j_doe", "x+spam", "müller", "o'neil", "A-B.c"]) + str(rng.randint(0, 99))
    sign = rng.choice(["@", "@", "@", "%40", " (at) ", "\uff20", "&#64;"])
    return f"{name}{sign}{letters(rng, 6, string.ascii_lowercase)}.{rng.choice(['com', 'de', 'co.uk', 'museum', 'fr', 'com.br'])}"


def phone(rng: random.Random) -> str:
    d = digits
    us = f"{d(rng, 3, '23456789')}", f"{d(rng, 3, '23456789')}", d(rng, 4)
    fr = [rng.choice("67")] + [d(rng, 2) for _ in range(4)]
    number = rng.choice([
        "({}) {}-{}".format(*us), "{}-{}-{}".format(*us), "{}.{}.{}".format(*us), "+1 {} {} {}".format(*us), "1-{}-{}-{}".format(*us),
        f"020 {d(rng, 4, '3789')} {d(rng, 4)}", f"07{d(rng, 3)} {d(rng, 6)}", f"+44 7{d(rng, 3)} {d(rng, 6)}", f"+447{d(rng, 9)}",
        f"0{rng.choice('1567')}{d(rng, 2, '567')} {d(rng, 8, '123456789')}", f"+49 170 {d(rng, 7)}", f"0049 30 {d(rng, 7, '123456789')}", f"030/{d(rng, 8, '123456789')}",
        "0{}".format(" ".join(fr)), "0{}".format(".".join(fr)), "+33 {}".format(" ".join(fr)), "0{}".format("".join(fr)),
        f"+34 6{d(rng, 2)} {d(rng, 3)} {d(rng, 3)}", f"6{d(rng, 2)} {d(rng, 3)} {d(rng, 3)}", f"Tel. 6{d(rng, 8)}",
        f"+39 33{rng.choice('1345689')} {d(rng, 7)}", f"33{rng.choice('1345689')} {d(rng, 7)}", f"+39 06 {d(rng, 8)}",
        f"+351 91{d(rng, 1)} {d(rng, 3)} {d(rng, 3)}", f"91{d(rng, 1)} {d(rng, 3)} {d(rng, 3)}", f"(11) 9{d(rng, 4)}-{d(rng, 4)}",
        f"06 {d(rng, 8, '123456789')}", f"06-{d(rng, 8, '123456789')}", f"+31 6 {d(rng, 8, '123456789')}", f"020-{d(rng, 7, '123456789')}",
        f"phone {d(rng, 10, '23456789')}", f"mobile: {d(rng, 10, '23456789')}",
    ])  # fmt: skip
    return _disguised(rng, number)


def _disguised(rng: random.Random, number: str) -> str:
    """Spaces that do not break, signs without width, full-width digits, a break of the line."""
    way = rng.randrange(12)
    if way == 0:
        return number.replace(" ", "\u00a0")
    if way == 1:
        return number[:-3] + "\u200b" + number[-3:]
    if way == 2:
        return "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign for sign in number)
    if way == 3:
        return number.replace(" ", "\n", 1) if number[0] in "+06" and number.count(" ") > 1 else number
    return number


def card(rng: random.Random) -> str:
    number = luhn(rng.choice(["4", "51", "55", "2300", "6011"]).ljust(5, "7") + digits(rng, 10))
    groups = [number[n : n + 4] for n in range(0, 16, 4)]
    amex = luhn("37" + digits(rng, 12))
    return _disguised(
        rng, rng.choice([number, " ".join(groups), "-".join(groups), amex, f"{amex[:4]} {amex[4:10]} {amex[10:]}"])
    )


_BBAN = {"DE": 18, "FR": 23, "ES": 20, "PT": 21, "AT": 16, "BE": 12}


def iban(rng: random.Random) -> str:
    country = rng.choice([*_BBAN, "GB", "NL", "IT"])
    bban = {
        "GB": letters(rng, 4) + digits(rng, 14), "NL": letters(rng, 4) + digits(rng, 10), "IT": letters(rng, 1) + digits(rng, 22)
    }.get(country) or digits(rng, _BBAN[country])  # fmt: skip
    check = 98 - int("".join(str(int(sign, 36)) for sign in bban + country + "00")) % 97
    value = f"{country}{check:02d}{bban}"
    return rng.choice([value, " ".join(value[n : n + 4] for n in range(0, len(value), 4)), value.lower()])


def national_id(rng: random.Random) -> str:
    d = digits
    dni = d(rng, 8)
    nie = rng.choice("XYZ") + d(rng, 7)
    nir = rng.choice("12") + f"{rng.randint(0, 99):02d}{rng.randint(1, 12):02d}{rng.randint(1, 95):02d}" + d(rng, 6)
    nir += f"{97 - int(nir) % 97:02d}"
    return rng.choice([
        f"{rng.randint(1, 665):03d}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}", f"SSN: {d(rng, 9, '12345')}",
        f"ITIN 9{d(rng, 2)}-{rng.randint(70, 88)}-{d(rng, 4, '123456789')}",
        f"{letters(rng, 1, 'ABCEJKLMPRSTW')}{letters(rng, 1, 'ABCEHLMPRSTX')}{d(rng, 2)}{d(rng, 2)}{d(rng, 2)}{rng.choice('ABCD')}",
        f"NI number {rng.choice(['AB', 'CE', 'JR'])} {d(rng, 2)} {d(rng, 2)} {d(rng, 2)} {rng.choice('ABCD')}",
        f"NHS number {d(rng, 3, '4679')} {d(rng, 3)} {d(rng, 4)}", f"NHS no: {d(rng, 10, '4679')}",
        f"Steuer-ID {d(rng, 2, '123456789')} {d(rng, 3)} {d(rng, 3)} {d(rng, 3)}", f"Steueridentifikationsnummer: {d(rng, 11, '123456789')}",
        nir, f"{nir[0]} {nir[1:3]} {nir[3:5]} {nir[5:7]} {nir[7:10]} {nir[10:13]} {nir[13:]}",
        dni + "TRWAGMYFPDXBNJZSQVHLCKE"[int(dni) % 23], f"DNI {dni}-{'TRWAGMYFPDXBNJZSQVHLCKE'[int(dni) % 23]}",
        nie + "TRWAGMYFPDXBNJZSQVHLCKE"[int(str("XYZ".index(nie[0])) + nie[1:]) % 23],
        f"codice fiscale {letters(rng, 6)}{d(rng, 2)}{rng.choice('ABCDEHLMPRST')}{rng.randint(1, 31):02d}{letters(rng, 1)}{d(rng, 3)}{letters(rng, 1)}",
        f"NIF {d(rng, 9, '12')}", f"contribuinte n.º {d(rng, 9, '12')}", _cpf(rng), f"CPF {d(rng, 11)}",
        f"BSN {d(rng, 9, '123456789')}", f"BSN: {d(rng, 4, '123456789')}.{d(rng, 2)}.{d(rng, 3)}",
    ])  # fmt: skip


def _cpf(rng: random.Random) -> str:
    number = [int(sign) for sign in digits(rng, 9)]
    for count in (9, 10):
        number.append(sum(n * w for n, w in zip(number, range(count + 1, 1, -1), strict=False)) * 10 % 11 % 10)
    text = "".join(map(str, number))
    return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"


def passport(rng: random.Random) -> str:
    word = rng.choice(
        [
            "passport number ",
            "Passport no. ",
            "Reisepass ",
            "passeport n° ",
            "pasaporte: ",
            "passaporto ",
            "passaporte n.º ",
            "paspoort ",
        ]
    )
    return word + rng.choice(
        [
            digits(rng, 9),
            f"C{digits(rng, 8)}",
            f"{digits(rng, 2)}{letters(rng, 2)}{digits(rng, 5)}",
            f"{letters(rng, 3)}{digits(rng, 6)}",
        ]
    )


def licence(rng: random.Random) -> str:
    word = rng.choice([
        "driving licence ", "driver's license: ", "Führerschein Nr. ", "permis de conduire ", "permiso de conducir ", "patente di guida ",
        "carta de condução ", "rijbewijs ",
    ])  # fmt: skip
    return word + rng.choice(
        [
            f"{letters(rng, 5)}{digits(rng, 6)}SM9IJ",
            f"{letters(rng, 1)}{digits(rng, 7)}",
            digits(rng, 10),
            f"{letters(rng, 2)}{digits(rng, 7)}{letters(rng, 1)}",
        ]
    )


def ip(rng: random.Random) -> str:
    four = f"{rng.randint(21, 255)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
    six = ":".join(f"{rng.randint(4096, 65535):x}" for _ in range(8))
    return rng.choice(
        [
            four,
            f"IP 10.0.{rng.randint(0, 255)}.{rng.randint(1, 254)}",
            six,
            f"2001:db8::{rng.randint(10, 99)}:{rng.randint(4096, 65535):x}",
        ]
    )


def birth_date(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1940, 2010)
    word, names = rng.choice([
        ("born on ", ["May", "July", "October"]), ("date of birth: ", ["March", "August", "December"]), ("geboren am ", ["März", "Juni", "Oktober"]),
        ("née le ", ["février", "août", "décembre"]), ("fecha de nacimiento ", ["de enero de", "de agosto de"]), ("nato il ", ["gennaio", "luglio"]),
        ("nascido em ", ["de fevereiro de", "de outubro de"]), ("geboren op ", ["mei", "augustus", "maart"]),
    ])  # fmt: skip
    return word + rng.choice(
        [
            f"{day:02d}.{month:02d}.{year}",
            f"{day}/{month}/{year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day} {rng.choice(names)} {year}",
        ]
    )


def address(rng: random.Random) -> str:
    n, zip5 = rng.randint(2, 250), digits(rng, 5, "123456789")
    return rng.choice([
        f"{n} {rng.choice(['Main', 'Oak Tree', 'Church', 'Elm', 'Station'])} {rng.choice(['Street', 'Road', 'Ave', 'Lane', 'Drive'])}, Springfield, IL {zip5}",
        f"{n} {rng.choice(['High', 'Mill', 'Victoria', 'Green'])} {rng.choice(['Street', 'Road', 'Close'])}, Leeds LS{rng.randint(1, 9)} {rng.randint(1, 9)}AB",
        f"Flat {rng.randint(1, 9)}, {n} {rng.choice(['Park', 'Queens'])} Road",
        f"{rng.choice(['Hauptstraße', 'Goethestr.', 'Lindenallee', 'Schillerstrasse', 'Lange Straße'])} {n}, {zip5} {rng.choice(['Berlin', 'Köln', 'Bad Homburg'])}",
        f"{n} {rng.choice(['rue de la Paix', 'avenue Victor Hugo', 'boulevard Saint-Michel', 'place du Marché'])}, {zip5} {rng.choice(['Paris', 'Lyon', 'Saint-Denis'])}",
        f"{rng.choice(['Calle Mayor', 'Avenida de la Constitución', 'C/ Gran Vía', 'Plaza de España'])} {n}, {zip5} {rng.choice(['Madrid', 'Sevilla'])}",
        f"{rng.choice(['Via Roma', 'Corso Garibaldi', 'Piazza del Duomo', 'Viale dei Mille'])} {n}, {zip5} {rng.choice(['Roma', 'Milano'])}",
        f"{rng.choice(['Rua Augusta', 'Avenida da Liberdade', 'Travessa do Carmo'])} {n}, {digits(rng, 4, '123456789')}-{digits(rng, 3)} {rng.choice(['Lisboa', 'Porto'])}",
        f"{rng.choice(['Kerkstraat', 'Dorpsstraat', 'Keizersgracht', 'Stationsplein'])} {n}, {digits(rng, 4, '123456789')} {letters(rng, 2, 'ABCDEG')} {rng.choice(['Amsterdam', 'Utrecht'])}",
    ])  # fmt: skip


def order(rng: random.Random) -> str:
    word = rng.choice(
        [
            "order ",
            "order no. ",
            "Order #",
            "order number: ",
            "Bestellnummer ",
            "Bestellung Nr. ",
            "commande n° ",
            "pedido ",
            "ordine n. ",
            "encomenda ",
            "bestelling ",
            "order_id=",
        ]
    )
    return word + rng.choice(
        [
            digits(rng, 7),
            f"{digits(rng, 3)}-{digits(rng, 7)}",
            f"{letters(rng, 2)}-{digits(rng, 6)}",
            f"{digits(rng, 4, '3456789')}",
        ]
    )


def invoice(rng: random.Random) -> str:
    word = rng.choice(
        [
            "invoice ",
            "Invoice no. ",
            "Rechnung ",
            "Rechnungsnummer: ",
            "facture n° ",
            "factura ",
            "fattura n. ",
            "fatura ",
            "factuur ",
        ]
    )
    return word + rng.choice(
        [digits(rng, 7), f"INV-{digits(rng, 6)}", f"2024-{digits(rng, 5)}", f"{letters(rng, 1)}-2024-{digits(rng, 4)}"]
    )


def ticket(rng: random.Random) -> str:
    word = rng.choice(
        [
            "ticket ",
            "ticket no. ",
            "case #",
            "#",
            "Vorgang ",
            "Ticketnummer ",
            "dossier n° ",
            "incidencia ",
            "segnalazione ",
            "chamado ",
            "zaaknummer ",
        ]
    )
    return rng.choice(
        [
            word + digits(rng, 6),
            f"INC{digits(rng, 7)}",
            f"RITM{digits(rng, 7)}",
            f"{letters(rng, 2, 'QWXZ')}-2024-{digits(rng, 4)}",
        ]
    )


def account(rng: random.Random) -> str:
    word = rng.choice(
        [
            "account ",
            "customer no. ",
            "member number ",
            "Kundennummer ",
            "Kundennr. ",
            "compte client ",
            "cuenta ",
            "numero cliente ",
            "conta ",
            "klantnummer ",
        ]
    )
    return word + rng.choice([digits(rng, 8), f"{letters(rng, 1)}-{digits(rng, 7)}"])


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "email": email, "iban": iban, "card": card, "national-id": national_id, "passport": passport, "licence": licence, "ip": ip,
    "birth-date": birth_date, "address": address, "phone": phone, "order": order, "invoice": invoice, "ticket": ticket, "account": account,
}  # fmt: skip
