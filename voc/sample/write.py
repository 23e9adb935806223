"""Writes a sample folder: tickets.json, survey.csv, sample.yml and truth/."""

import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from voc.errors import VocError
from voc.sample.company import GIVEN_TOPIC_FIELD, HANDLE_TIME_FIELD, Calendar
from voc.sample.people import Customer, make_customers
from voc.sample.process import Contact, Simulation
from voc.sample.story import story
from voc.sample.survey_file import SurveyFile
from voc.sample.truth import write_answers, write_contacts, write_reasons
from voc.sample.wording import Writer
from voc.sample.zendesk_file import TicketFile

_CUSTOMERS_A_TICKET = 0.46
_PIPELINE = """\
# An invented company: tickets of 26 weeks and a customer survey. What is planted in them stands in truth/story.md.
name: sample
database: sample.db
sources:
  - kind: zendesk
    name: zendesk
    path: tickets.json
    handle_time_field: {handle_time}
    given_topic_field: {given_topic}
    segment_field: organization.segment
    annual_revenue_field: organization.arr
    company_initiated_tags: [proactive]
  - kind: qualtrics
    name: survey
    path: survey.csv
    contact_id: TicketId
    segment: Segment
taxonomy: saas
costs: costs.yml
briefing: {{data_contact: "Mina Okafor, support analytics"}}  # whom readers ask
topics: {{size: few}}  # some thirty things go wrong in this company
window_days: 7
seed: {seed}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSummary:
    """What was written, in counts and shares (0 to 1)."""

    folder: Path
    files: tuple[Path, ...]
    tickets: int
    customers: int  # with at least one ticket
    organisations: int
    reasons: int
    answers: int  # rows of the survey
    true_repeats: int  # tickets that are true repeats, follow-up tickets included
    follow_ups: int
    reopenings: int
    coincidences: int
    double_posts: int
    merged: int
    two_problem_share: float  # of customers' tickets
    heavy_user_share: float  # of customers' tickets
    unidentified: int
    company_initiated: int
    automatic: int
    spam: int
    non_english_share: float  # of customers' tickets
    repeat_share_raw: float  # any topic within 7 days of the end of the previous contact, of customers' tickets
    repeat_share_raw_same_reason: float
    repeat_share_true: float  # true repeats within 7 days
    median_characters: int
    identical_text_share: float  # customers' tickets whose text another one has too, double posts aside


def write_sample(
    folder: Path, *, seed: int = 7, tickets: int = 5000, answers: int = 1500, weeks: int = 26
) -> SampleSummary:
    """Write the sample into `folder`, which is made when missing; the same arguments give the same bytes.

    `tickets` is aimed at within a few per cent, `answers` exact, the last day fixed (2026-06-28).
    Raises VocError when the size cannot be simulated or the folder cannot be written.
    """
    _check(tickets, answers, weeks)
    calendar = Calendar(weeks)
    rng = random.Random(f"{seed}/company")
    organisations, customers = make_customers(rng, max(40, round(tickets * _CUSTOMERS_A_TICKET)))
    simulation = Simulation(random.Random(f"{seed}/process"), customers, calendar, tickets)
    contacts = simulation.run()
    writer = Writer(seed, customers, organisations)
    folder = Path(folder)
    try:
        (folder / "truth").mkdir(parents=True, exist_ok=True)
        texts = TicketFile(writer).write(folder / "tickets.json", contacts)
        planted = SurveyFile(writer, calendar).write(folder / "survey.csv", contacts, answers)
        pipeline = _PIPELINE.format(handle_time=HANDLE_TIME_FIELD, given_topic=GIVEN_TOPIC_FIELD, seed=seed)
        (folder / "sample.yml").write_text(pipeline, encoding="utf-8", newline="\n")
        shutil.copyfile(Path(__file__).parent / "costs.yml", folder / "costs.yml")
        write_contacts(folder / "truth" / "contacts.csv", contacts, writer)
        write_answers(folder / "truth" / "answers.csv", planted)
        write_reasons(folder / "truth" / "reasons.csv", contacts, calendar, simulation.scale)
        summary = summarise(folder, contacts, texts, customers, writer, answers)
        (folder / "truth" / "story.md").write_text(
            story(contacts, customers, calendar, summary), encoding="utf-8", newline="\n"
        )
    except OSError as error:
        raise VocError(f"{folder} cannot be written: {error.strerror}.", "Name another folder.") from error
    return summary


def _check(tickets: int, answers: int, weeks: int) -> None:
    for name, value, least in (("tickets", tickets, 100), ("answers", answers, 0), ("weeks", weeks, 4)):
        if value < least:
            raise VocError(f"A sample needs at least {least} {name}; {value} were asked for.", f"Raise {name}.")


def summarise(
    folder: Path, contacts: list[Contact], texts: list[str], customers: list[Customer], writer: Writer, answers: int
) -> SampleSummary:
    """Count what is in the sample."""
    kinds = Counter(contact.kind for contact in contacts)
    own = [contact for contact in contacts if contact.is_from_customer]
    once = [contact for contact in own if contact.kind not in ("double_post", "addendum")]
    known = {contact.customer for contact in own if contact.customer is not None}
    heavy = sum(c.customer is not None and customers[c.customer].is_heavy for c in own)
    told = [
        text
        for contact, text in zip(contacts, texts, strict=True)
        if contact.is_from_customer and contact.kind != "double_post"
    ]
    copies = sum(count for count in Counter(told).values() if count > 1)
    any_reason, same_reason, true = repeats_within(once, timedelta(days=7))
    names = ("tickets.json", "survey.csv", "sample.yml", "costs.yml", "truth/contacts.csv", "truth/answers.csv",
             "truth/reasons.csv", "truth/story.md")  # fmt: skip
    return SampleSummary(
        folder=folder,
        files=tuple(folder / name for name in names),
        tickets=len(contacts),
        customers=len(known),
        organisations=len({customers[number].organisation for number in known} - {None}),
        reasons=len({contact.first.reason for contact in own}),
        answers=answers,
        true_repeats=sum(contact.is_true_repeat for contact in own),
        follow_ups=kinds["follow_up"],
        reopenings=sum(len(contact.returns) for contact in own),
        coincidences=sum(contact.coincides_with is not None for contact in own),
        double_posts=kinds["double_post"],
        merged=sum(contact.merged_into is not None for contact in contacts),
        two_problem_share=round(sum(contact.second is not None for contact in own) / len(own), 4),
        heavy_user_share=round(heavy / len(own), 4),
        unidentified=sum(contact.customer is None for contact in own),
        company_initiated=kinds["company"],
        automatic=kinds["automatic"],
        spam=kinds["spam"],
        non_english_share=round(sum(writer.language(contact) != "en" for contact in own) / len(own), 4),
        repeat_share_raw=round(any_reason / len(once), 4),
        repeat_share_raw_same_reason=round(same_reason / len(once), 4),
        repeat_share_true=round(true / len(once), 4),
        median_characters=sorted(map(len, told))[len(told) // 2],
        identical_text_share=round(copies / len(told), 4),
    )


def repeats_within(contacts: Iterable[Contact], window: timedelta) -> tuple[int, int, int]:
    """Contacts within the window of the end of an earlier one of the same customer: any reason, same reason, true."""
    last: dict[int, list[Contact]] = defaultdict(list)
    any_reason = same_reason = true = 0
    for contact in contacts:
        if contact.customer is None:
            continue
        near = [c for c in last[contact.customer] if contact.opened_at <= _ended(c, contact.opened_at) + window]
        mine = {problem.reason for problem in contact.problems}
        any_reason += bool(near)
        same_reason += any(mine & {problem.reason for problem in c.problems} for c in near)
        true += contact.is_true_repeat and contact.cause in near
        last[contact.customer].append(contact)
    return any_reason, same_reason, true


def _ended(contact: Contact, now: datetime) -> datetime:
    return now if contact.ended_at is None else contact.ended_at
