"""Which contacts happen: new issues, their true repeats, coincidences, double posts and what no customer started."""

import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from voc.sample import company
from voc.sample.company import BY_REASON, PROCESSES, Calendar, Process
from voc.sample.grammar import cases
from voc.sample.people import SEGMENTS, Customer

_CHANNEL_SHARES = (0.35, 0.25, 0.17, 0.12, 0.11)  # of company.CHANNELS
_SITE_SHARES = {
    "email": (0.40, 0.32, 0.28), "web": (0.40, 0.32, 0.28), "voice": (0.45, 0.40, 0.15),
    "chat": (0.18, 0.17, 0.65), "messaging": (0.18, 0.17, 0.65),
}  # fmt: skip
_HOURS = (1, 3, 7, 10, 10, 8, 6, 8, 9, 8, 6, 4, 2, 1, 1)  # weights of the local hours from 7 to 21
_DAYS = (1.25, 1.1, 1.05, 1.0, 0.9, 0.18, 0.14)  # weights of Monday to Sunday
_ANSWER_MINUTES = {"email": (420, 0.9), "web": (400, 0.9), "chat": (18, 0.5), "voice": (9, 0.5), "messaging": (95, 0.8)}
_WINDOW = timedelta(days=7)


@dataclass(slots=True, kw_only=True)
class Problem:
    """One issue of one customer: what it is about, and the key its invented details hang on."""

    key: str
    reason: str
    case: str


@dataclass(slots=True, kw_only=True)
class Return:
    """The customer came back on the same ticket after it was solved."""

    at: datetime
    answered_at: datetime | None


@dataclass(slots=True, kw_only=True, eq=False)
class Contact:
    """One ticket of the export with the truth about it."""

    kind: str  # issue, repeat, follow_up, double_post, addendum, company, automatic, spam
    customer: int | None
    opened_at: datetime
    channel: str
    site: str
    first: Problem | None = None
    second: Problem | None = None
    ended_at: datetime | None = None  # when it was (last) solved; None while open
    cause: "Contact | None" = None  # the contact a true repeat, double post or addendum belongs to
    position: int = 1  # in the chain of contacts about one issue, reopenings included
    returns: list[Return] = field(default_factory=list)
    merged_into: "Contact | None" = None
    coincides_with: "Contact | None" = None
    ticket: int = 0

    @property
    def problems(self) -> list[Problem]:
        return [problem for problem in (self.first, self.second) if problem]

    @property
    def is_true_repeat(self) -> bool:
        return self.kind in ("repeat", "follow_up")

    @property
    def is_from_customer(self) -> bool:
        return self.kind not in ("company", "automatic", "spam")


class Simulation:
    """Draws all contacts of a period; the same seed gives the same contacts."""

    def __init__(self, rng: random.Random, customers: list[Customer], calendar: Calendar, tickets: int) -> None:
        self.rng, self.customers, self.calendar = rng, customers, calendar
        self.contacts: list[Contact] = []
        self.issues = 0
        self._who = _choosers(rng, customers)
        self.scale = _scale(calendar, tickets)

    def run(self) -> list[Contact]:
        """All contacts in the order of their opening, numbered as tickets."""
        for week in range(self.calendar.weeks):
            for process in PROCESSES:
                expected = company.weekly_rate(process, week, self.calendar) * self.scale
                for _ in range(_poisson(self.rng, expected)):
                    self._issue(process, week)
        self._double_posts()
        self._from_elsewhere()
        self.contacts.sort(key=lambda contact: (contact.opened_at, contact.customer or -1, contact.kind))
        _mark_coincidences(self.contacts)
        ticket = 61_200
        for contact in self.contacts:
            ticket += self.rng.choice((1, 1, 1, 2, 3))
            contact.ticket = ticket
        return self.contacts

    def _issue(self, process: Process, week: int) -> None:
        rng = self.rng
        anonymous = rng.random() < company.UNIDENTIFIED_SHARE
        customer = rng.choices(range(len(self.customers)), cum_weights=self._who[process.reason])[0]
        channel = rng.choices(("voice", "messaging", "chat"), (5, 3, 2))[0] if anonymous else self._channel()
        opened_at = self._moment(process, week, self.customers[customer].utc_offset)
        contact = Contact(
            kind="issue",
            customer=None if anonymous else customer,
            opened_at=opened_at,
            channel=channel,
            site=self._site(channel, process),
            first=self._problem(process.reason),
            second=self._second(process.reason, company.SECOND_REASON_SHARE),
        )
        self._finish(contact, process)

    def _finish(self, contact: Contact, process: Process) -> None:
        """Answer a contact, keep it, and let its repeats follow."""
        contact.ended_at = self._answered(contact.opened_at, contact.channel, process)
        self.contacts.append(contact)
        while contact.ended_at and contact.customer is not None:
            if not self._comes_back(contact, process):
                break
        if contact.second and contact.ended_at and contact.customer is not None:
            self._repeat_of(contact, contact.second)

    def _comes_back(self, contact: Contact, process: Process) -> bool:
        """Perhaps a true repeat of the first problem; True when it reopened the ticket, so that it may come again."""
        rng, ended = self.rng, contact.ended_at
        may_reopen = contact.channel in ("email", "web") and not contact.second
        lag = self._lag(contact, process)
        if lag is None:
            return False
        if may_reopen and lag < company.CLOSE_AFTER and rng.random() < company.REOPEN_SHARE:
            answered = self._answered(ended + lag, contact.channel, process)
            contact.returns.append(Return(at=ended + lag, answered_at=answered))
            contact.ended_at = answered
            return True
        self._new_ticket(contact, contact.first, process, lag)
        return False

    def _repeat_of(self, contact: Contact, problem: Problem) -> None:
        process = BY_REASON[problem.reason]
        lag = self._lag(contact, process)
        if lag is not None:
            self._new_ticket(contact, problem, process, lag)

    def _lag(self, contact: Contact, process: Process) -> timedelta | None:
        """Time from the end of a contact to its true repeat; None when there is none within the data."""
        rng, ended = self.rng, contact.ended_at
        if rng.random() >= company.repeat_probability(process, ended, self.calendar):
            return None
        drawn = timedelta(days=process.lag_days * math.exp(process.lag_sigma * rng.gauss(0, 1)))
        back_at = _waking(rng, ended + max(drawn, timedelta(minutes=40)), self.customers[contact.customer].utc_offset)
        return back_at - ended if back_at < self.calendar.end else None

    def _new_ticket(self, cause: Contact, problem: Problem, process: Process, lag: timedelta) -> None:
        rng = self.rng
        is_follow_up = cause.channel in ("email", "web") and lag >= company.CLOSE_AFTER and rng.random() < 0.4
        stays = is_follow_up or rng.random() < 0.68
        channel = cause.channel if stays else self._channel()
        contact = Contact(
            kind="follow_up" if is_follow_up else "repeat",
            customer=cause.customer,
            opened_at=cause.ended_at + lag,
            channel="email" if is_follow_up else channel,
            site=cause.site if rng.random() < 0.45 and channel == cause.channel else self._site(channel, process),
            first=problem,
            second=self._second(problem.reason, company.SECOND_REASON_SHARE_OF_REPEATS),
            cause=cause,
            position=cause.position + 1 + len(cause.returns),
        )
        self._finish(contact, process)

    def _problem(self, reason: str) -> Problem:
        self.issues += 1
        return Problem(key=f"issue {self.issues}", reason=reason, case=self.rng.choice(cases(reason)))

    def _second(self, reason: str, share: float) -> Problem | None:
        if self.rng.random() >= share:
            return None
        others = [p for p in PROCESSES if p.reason != reason and p.trend == "flat"]
        return self._problem(self.rng.choices(others, [p.weekly for p in others])[0].reason)

    def _channel(self) -> str:
        return self.rng.choices(company.CHANNELS, _CHANNEL_SHARES)[0]

    def _site(self, channel: str, process: Process) -> str:
        shares = _SITE_SHARES[channel]
        sites, shares = (company.SITES[:2], shares[:2]) if process.technical else (company.SITES, shares)
        return self.rng.choices(sites, shares)[0]

    def _moment(self, process: Process, week: int, utc_offset: int) -> datetime:
        """When in a week a new issue is reported; the outage has its own two hours and their aftermath."""
        rng = self.rng
        monday = self.calendar.start + timedelta(weeks=week)
        if process.trend == "outage" and week == self.calendar.week(company.OUTAGE_WEEK):
            return monday + timedelta(days=2, hours=9.2 + min(rng.expovariate(0.45), 30), seconds=rng.randrange(3600))
        weights = list(_DAYS)
        for day in range(7):
            if (monday + timedelta(days=day + 2)).day <= 5:
                weights[day] *= process.month_end
        if process.trend == "emerging" and week == self.calendar.week(company.EMERGING_WEEK):
            weights[0] = 0.0  # the release went out on its Monday evening
        day = rng.choices(range(7), weights)[0]
        local = rng.choices(range(7, 22), _HOURS)[0] + rng.random()
        moment = monday + timedelta(days=day, hours=local - utc_offset)
        return min(max(moment, self.calendar.start), self.calendar.end - timedelta(minutes=5)).replace(microsecond=0)

    def _answered(self, at: datetime, channel: str, process: Process) -> datetime | None:
        median, sigma = _ANSWER_MINUTES[channel]
        slow = (
            1.8 if process.demand_type in ("operations_delay", "product_gap") and channel in ("email", "web") else 1.0
        )
        minutes = median * slow * math.exp(sigma * self.rng.gauss(0, 1))
        answered = (at + timedelta(minutes=max(minutes, 2))).replace(microsecond=0)
        return answered if answered < self.calendar.end else None

    def _double_posts(self) -> None:
        """The same text again within the hour, and addenda in a second ticket that agents merge into the first."""
        rng = self.rng
        for original in list(self.contacts):
            if original.channel not in ("email", "web", "messaging") or original.customer is None:
                continue
            draw = rng.random()
            if draw >= company.DOUBLE_POST_SHARE + company.ADDENDUM_SHARE:
                continue
            is_double = draw < company.DOUBLE_POST_SHARE
            opened_at = original.opened_at + timedelta(minutes=rng.randint(2, 52 if is_double else 110))
            if opened_at >= self.calendar.end:
                continue
            copy = Contact(
                kind="double_post" if is_double else "addendum",
                customer=original.customer,
                opened_at=opened_at,
                channel=original.channel,
                site=original.site,
                first=original.first,
                second=original.second if is_double else None,
                ended_at=min(opened_at + timedelta(minutes=rng.randint(20, 300)), self.calendar.end),
                cause=original,
                position=original.position,
            )
            if not is_double or rng.random() < 0.45:
                copy.merged_into = original
            self.contacts.append(copy)

    def _from_elsewhere(self) -> None:
        """Tickets no customer started: by the company itself, by machines, by spammers."""
        rng, count = self.rng, len(self.contacts)
        shares = (
            ("company", company.PROACTIVE_SHARE),
            ("automatic", company.AUTOMATIC_SHARE),
            ("spam", company.SPAM_SHARE),
        )
        for kind, share in shares:
            for _ in range(round(count * share)):
                customer = None if kind == "spam" else rng.randrange(len(self.customers))
                at = self._moment(PROCESSES[0], rng.randrange(self.calendar.weeks), 0)
                channel = "voice" if kind == "company" and rng.random() < 0.4 else "email"
                ended = min(at + timedelta(minutes=rng.randint(3, 2000)), self.calendar.end)
                site = rng.choice(company.SITES[:2])
                self.contacts.append(
                    Contact(kind=kind, customer=customer, opened_at=at, channel=channel, site=site, ended_at=ended)
                )


def _poisson(rng: random.Random, mean: float) -> int:
    """A Poisson draw by counting exponential waiting times."""
    count, waited = 0, rng.expovariate(1.0)
    while waited < mean:
        count, waited = count + 1, waited + rng.expovariate(1.0)
    return count


def _scale(calendar: Calendar, tickets: int) -> float:
    """Factor on all rates that brings about `tickets` tickets: repeats, second reasons and copies included."""
    expected = 0.0
    for week in range(calendar.weeks):
        ended_at = calendar.start + timedelta(weeks=week)
        for process in PROCESSES:
            again = company.repeat_probability(process, ended_at, calendar) * 0.96
            reopened = again * 0.6 * company.REOPEN_SHARE * 0.75
            expected += company.weekly_rate(process, week, calendar) / (1 - again + reopened) * 1.015
    elsewhere = company.PROACTIVE_SHARE + company.AUTOMATIC_SHARE + company.SPAM_SHARE + 0.011
    return tickets / (expected * (1 + elsewhere))


def _choosers(rng: random.Random, customers: list[Customer]) -> dict[str, list[float]]:
    """Cumulative weights of customers by reason: segment affinity for all, favourite reasons for heavy users."""
    total = sum(process.weekly for process in PROCESSES)
    heavy = [customer for customer in customers if customer.is_heavy]
    favourites = {customer.number: _favourites(rng) for customer in heavy}
    vigour = {customer.number: 0.5 + rng.gammavariate(2.0, 0.25) for customer in heavy}
    per_heavy = company.HEAVY_VOLUME_SHARE * total / sum(vigour.values())
    chosen = {}
    for process in PROCESSES:
        rate = max(process.weekly, 5.0)
        weights = [0.0 if c.is_heavy else c.weight * _affinity(process, c) for c in customers]
        own = {n: per_heavy * vigour[n] * favourites[n].get(process.reason, 0.1 * rate / total) for n in favourites}
        share = min(sum(own.values()) / rate, 0.45)
        factor = sum(weights) * share / (1 - share) / sum(own.values())
        for number, weight in own.items():
            weights[number] = weight * factor
        running, sums = 0.0, []
        for weight in weights:
            running += weight
            sums.append(running)
        chosen[process.reason] = sums
    return chosen


def _favourites(rng: random.Random) -> dict[str, float]:
    """A concentrated mix of two to four reasons, 90 % of all a heavy user writes about."""
    flat = [process for process in PROCESSES if process.trend != "outage" and process.weekly]
    drawn: dict[str, float] = {}
    for share in rng.choice(((0.6, 0.3), (0.45, 0.3, 0.15), (0.4, 0.2, 0.15, 0.15))):
        reason = rng.choices(flat, [process.weekly**0.7 for process in flat])[0].reason
        drawn[reason] = drawn.get(reason, 0.0) + share
    return drawn


def _affinity(process: Process, customer: Customer) -> float:
    return process.segments[SEGMENTS.index(customer.segment)] if customer.segment else 0.8


def _waking(rng: random.Random, at: datetime, utc_offset: int) -> datetime:
    """The moment itself, or the next morning when people sleep or, mostly, when it is a weekend."""
    local = at + timedelta(hours=utc_offset)
    if local.weekday() >= 5 and rng.random() < 0.7:
        local = local.replace(hour=8) + timedelta(days=7 - local.weekday(), minutes=rng.randint(0, 200))
    elif not 7 <= local.hour < 21:
        day = local if local.hour < 7 else local + timedelta(days=1)
        local = day.replace(hour=7) + timedelta(minutes=rng.randint(20, 240))
    return (local - timedelta(hours=utc_offset)).replace(microsecond=0)


def _mark_coincidences(contacts: list[Contact]) -> None:
    """A new issue that falls within 7 days of the end of another contact of the customer about the same reason."""
    seen: dict[tuple[int, str], list[Contact]] = {}
    for contact in contacts:
        if contact.customer is None or not contact.first or contact.kind in ("double_post", "addendum"):
            continue
        for problem in contact.problems:
            earlier = seen.setdefault((contact.customer, problem.reason), [])
            if contact.kind == "issue":
                near = [c for c in earlier if c.ended_at is None or contact.opened_at <= c.ended_at + _WINDOW]
                if near and contact.coincides_with is None:
                    contact.coincides_with = near[-1]
            earlier.append(contact)
