"""The survey as Qualtrics exports it: CSV with three header rows, a score and two open questions."""

import csv
import json
import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from voc.sample.company import PROCESSES, PRODUCT, Calendar, weekly_rate
from voc.sample.details import facts
from voc.sample.grammar import FOREIGN, capital, cases, expand, load, pool, reasons
from voc.sample.habits import in_own_way
from voc.sample.people import Customer
from voc.sample.process import Contact
from voc.sample.wording import Writer
from voc.sample.zendesk_file import external_id

_COLUMNS = (
    ("StartDate", "Start Date", "startDate"),
    ("EndDate", "End Date", "endDate"),
    ("Status", "Response Type", "status"),
    ("IPAddress", "IP Address", "ipAddress"),
    ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"),
    ("Finished", "Finished", "finished"),
    ("RecordedDate", "Recorded Date", "recordedDate"),
    ("ResponseId", "Response ID", "_recordId"),
    ("RecipientLastName", "Recipient Last Name", "recipientLastName"),
    ("RecipientFirstName", "Recipient First Name", "recipientFirstName"),
    ("RecipientEmail", "Recipient Email", "recipientEmail"),
    ("ExternalReference", "External Data Reference", "externalDataReference"),
    ("LocationLatitude", "Location Latitude", "locationLatitude"),
    ("LocationLongitude", "Location Longitude", "locationLongitude"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"),
    ("UserLanguage", "User Language", "userLanguage"),
    ("Q1_NPS_GROUP", f"How likely are you to recommend {PRODUCT} to a friend or colleague? - Group", "QID1_NPS_GROUP"),
    ("Q1", f"How likely are you to recommend {PRODUCT} to a friend or colleague?", "QID1"),
    ("Q2", "What is the main reason for your score?", "QID2_TEXT"),
    ("Q3", "What is the one thing we should improve?", "QID3_TEXT"),
    ("Segment", "Segment", "Segment"),
    ("TicketId", "TicketId", "TicketId"),
)
_ZONED = ("StartDate", "EndDate", "RecordedDate")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_REQUESTS = ("subscription-cancel", "product-how-to", "security-data-deletion", "billing-invoice-copy")
_EMPTY_SHARE, _NOTHING_SHARE = 0.17, 0.07


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedAnswer:
    """What an answer is about: a reason, or None for praise, generalities and nothing."""

    response_id: str
    question: str
    customer: int | None
    reason: str | None
    score: int | None


class SurveyFile:
    """Builds the survey from the customers and what happened to them."""

    def __init__(self, writer: Writer, calendar: Calendar) -> None:
        self.writer, self.calendar = writer, calendar
        self.planted: list[PlantedAnswer] = []

    def write(self, path: Path, contacts: list[Contact], rows: int) -> list[PlantedAnswer]:
        """Write `rows` rows under the three header rows; returns what was planted in the finished ones."""
        rng = self.writer.rng("survey")
        known: dict[int, list[Contact]] = {}
        for contact in contacts:
            if contact.customer is not None and contact.kind in ("issue", "repeat", "follow_up"):
                known.setdefault(contact.customer, []).append(contact)
        moments = sorted(self._moment(rng) for _ in range(rows))
        seen = sorted(known)
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow([name for name, _, _ in _COLUMNS])
            table.writerow([question for _, question, _ in _COLUMNS])
            table.writerow([_import_id(name, key) for name, _, key in _COLUMNS])
            for number, at in enumerate(moments):
                customer = rng.choice(seen) if rng.random() < 0.68 else rng.randrange(len(self.writer.customers))
                earlier = [c for c in known.get(customer, ()) if c.ended_at and c.ended_at < at]
                row = self._row(self.writer.rng("answer", number), customer, at, earlier)
                table.writerow([row[name] for name, _, _ in _COLUMNS])
        return self.planted

    def _moment(self, rng: random.Random) -> datetime:
        seconds = (self.calendar.end - self.calendar.start).total_seconds()
        return (self.calendar.start + timedelta(seconds=rng.random() * seconds)).replace(microsecond=0)

    def _row(self, rng: random.Random, number: int, at: datetime, earlier: list[Contact]) -> dict[str, object]:
        customer = self.writer.customers[number]
        kind = rng.choices(("answer", "preview", "unfinished", "anonymous"), (0.925, 0.008, 0.025, 0.042))[0]
        recent = [c for c in earlier if at - c.ended_at < timedelta(days=75)]
        score = self._score(rng, recent)
        response_id = "R_" + "".join(rng.choice(_LETTERS) for _ in range(15))
        reason_q2, q2, reason_q3, q3 = self._answers(rng, customer, at, score, recent)
        duration = rng.randint(25, 400)
        row: dict[str, object] = {name: "" for name, _, _ in _COLUMNS}
        row |= {
            "StartDate": _stamp(at - timedelta(seconds=duration)),
            "EndDate": _stamp(at),
            "RecordedDate": _stamp(at + timedelta(seconds=1)),
            "Status": "IP Address",
            "IPAddress": f"{rng.choice(('203.0.113', '198.51.100', '192.0.2'))}.{rng.randint(1, 254)}",
            "Progress": 100,
            "Duration (in seconds)": duration,
            "Finished": "True",
            "ResponseId": response_id,
            "DistributionChannel": "email",
            "UserLanguage": customer.language.upper(),
            "Q1_NPS_GROUP": "Detractor" if score < 7 else "Passive" if score < 9 else "Promoter",
            "Q1": score, "Q2": q2, "Q3": q3,
            "Segment": customer.segment or "",
        }  # fmt: skip
        if kind == "preview":
            row |= {
                "Status": "Survey Preview",
                "DistributionChannel": "preview",
                "Q2": "test",
                "Q3": rng.choice(("test", "asdf")),
            }
        elif kind == "unfinished":
            row |= {"Progress": rng.choice((0, 33, 50, 67)), "Finished": "False", "Q3": ""}
            if row["Progress"] == 0:
                row |= {"Q1": "", "Q1_NPS_GROUP": "", "Q2": ""}
        elif kind == "anonymous":
            row |= {"DistributionChannel": "anonymous", "Segment": ""}
        if kind in ("answer", "unfinished"):
            row |= {"RecipientLastName": customer.last, "RecipientFirstName": customer.first,
                    "RecipientEmail": customer.email, "ExternalReference": external_id(number)}  # fmt: skip
            if recent and rng.random() < 0.4:
                row["TicketId"] = recent[-1].ticket
        if kind in ("answer", "anonymous"):
            who = number if kind == "answer" else None
            for question, reason in (("Q2", reason_q2), ("Q3", reason_q3)):
                self.planted.append(
                    PlantedAnswer(response_id=response_id, question=question, customer=who, reason=reason, score=score)
                )
        return row

    def _score(self, rng: random.Random, recent: list[Contact]) -> int:
        """0 to 10: contacts cost a little, repeats of the same issue cost much."""
        again = sum(contact.is_true_repeat + len(contact.returns) for contact in recent)
        latent = rng.gauss(8.5, 1.7) - 0.35 * min(len(recent), 4) - 1.7 * min(again, 3)
        return min(10, max(0, round(latent)))

    def _answers(
        self, rng: random.Random, customer: Customer, at: datetime, score: int, recent: list[Contact]
    ) -> tuple[str | None, str, str | None, str]:
        """Reason and text of both open answers. Those who needed help lately tend to write about it."""
        talk = load("common")["survey"]
        reason = self._reason(rng, at, recent)
        organisation = None if customer.organisation is None else self.writer.organisations[customer.organisation]
        slots = facts(rng, customer, organisation, at, product=PRODUCT, language=customer.language)
        slots["score9"] = rng.choice(("9", "10", "nine"))

        def say(lines: tuple[str, ...], frame: str = "") -> str:
            words = expand(rng.choice(lines), rng, slots)
            other = expand(rng.choice(lines), rng, slots)
            return expand(rng.choice(talk[frame]), rng, slots | {"x": words, "y": other}) if frame else words

        def complaint(about: str) -> str:
            kind = "survey" if about in _REQUESTS else "problem"  # a request to support is no answer to a survey
            problem = rng.choice(pool(about, rng.choice(cases(about)), kind))
            slots["more"] = capital(expand(problem, rng, slots))
            return in_own_way(_tidy(say(reasons()[about]["survey"], "frame")), customer, rng)

        if customer.language != "en" and rng.random() < 0.6:
            own = load(FOREIGN[customer.language])["survey"]
            return None, say(own["positive" if score > 7 else "negative"]), None, ""
        about_q2 = about_q3 = None
        if score >= 9 or (score >= 7 and rng.random() < 0.5):
            praise = say(talk["positive"], "frame_positive")
            if rng.random() < 0.4:
                praise = f"{praise}. {say(talk['positive_tail'])}"
            q2 = in_own_way(_tidy(praise), customer, rng)
        elif rng.random() < 0.72:
            about_q2, q2 = reason, complaint(reason)
        else:
            q2 = in_own_way(say(talk["neutral" if score > 4 else "negative"], "frame_neutral"), customer, rng)
        if score >= 9 and rng.random() < 0.4:
            q3 = say(talk["improve_positive"])
        else:
            about_q3 = reason if about_q2 is None or rng.random() < 0.35 else self._reason(rng, at, recent)
            q3 = complaint(about_q3)
        if rng.random() < _EMPTY_SHARE:
            about_q2, q2 = None, "" if rng.random() < 0.7 else say(talk["nothing"])
        if rng.random() < _EMPTY_SHARE + _NOTHING_SHARE:
            about_q3, q3 = None, "" if rng.random() < 0.65 else say(talk["nothing"])
        return about_q2, q2, about_q3, q3

    def _reason(self, rng: random.Random, at: datetime, recent: list[Contact]) -> str:
        if recent and rng.random() < 0.75:
            return rng.choice(recent).first.reason
        week = min(int((at - self.calendar.start).days // 7), self.calendar.weeks - 1)
        weights = [weekly_rate(process, week, self.calendar) ** 0.8 for process in PROCESSES]
        return rng.choices(PROCESSES, weights)[0].reason


def _tidy(text: str) -> str:
    """One mark at the end of a sentence, a capital after it."""
    text = re.sub(r"([.!?])[.,!]+(?!\.)", r"\1", text) if "..." not in text else text
    return re.sub(r"([.!?] )([a-z])", lambda match: match[1] + match[2].upper(), text)


def _import_id(name: str, key: str) -> str:
    entry = {"ImportId": key}
    return json.dumps(entry | {"timeZone": "Z"} if name in _ZONED else entry)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
