"""The story in words: what is planted in a sample, with the numbers of this draw."""

from collections import Counter
from typing import TYPE_CHECKING

from voc.sample import company
from voc.sample.company import PROCESSES, PRODUCT, Calendar
from voc.sample.people import Customer
from voc.sample.process import Contact

if TYPE_CHECKING:
    from voc.sample.write import SampleSummary

_FIXED, _EMERGING, _OUTAGE = "login-password-reset", "product-broken-after-update", "reliability-outage"


def story(contacts: list[Contact], customers: list[Customer], calendar: Calendar, summary: "SampleSummary") -> str:
    """Markdown; every figure is of this draw unless it is called planned."""
    own = [contact for contact in contacts if contact.first and contact.kind not in ("double_post", "addendum")]
    parts = (
        _opening(calendar, summary),
        _repeats(own, summary),
        _changes(own, calendar),
        _sites(own),
        _noise(summary, customers),
    )
    return "\n\n".join(parts) + "\n"


def _opening(calendar: Calendar, summary: "SampleSummary") -> str:
    return f"""# What is planted in this sample

{PRODUCT} is an invented company that sells a planning and time tracking tool.
The sample holds {summary.tickets:,} tickets of
{summary.customers:,} customers in {summary.organisations:,} organisations over {calendar.weeks} weeks
({calendar.start:%Y-%m-%d} to {company.LAST_DAY:%Y-%m-%d}), and {summary.answers:,} rows of a survey. Everybody in it is
invented. Contacts are about {summary.reasons} reasons of the taxonomy `saas`: `contacts.csv` says which ticket is about
what, `answers.csv` the same of survey answers, `reasons.csv` how each reason behaves."""


def _repeats(own: list[Contact], summary: "SampleSummary") -> str:
    contacts, again = _counts(own)
    ranked = sorted(contacts, key=lambda reason: (-again[reason], reason))[:6]
    rows = "\n".join(f"| {r} | {contacts[r]} | {again[r]} | {again[r] / contacts[r]:.1%} |" for r in ranked)
    lowest, highest = min(p.repeat for p in PROCESSES), max(p.repeat for p in PROCESSES)
    return f"""## Repeats

After each solved contact the customer comes back about the same issue with the probability of its reason, planned from
{lowest:.0%} to {highest:.0%}, after a log-normal lag: hours for logins and imports, a week and more for refunds. A
repeat may be repeated. It is a new ticket on any channel, a reopening of the same ticket, or a Zendesk follow-up.

- {summary.true_repeats} tickets are true repeats ({summary.follow_ups} of them follow-up tickets).
  Tickets were reopened {summary.reopenings} more times.
- Within 7 days of the end of an earlier contact: {summary.repeat_share_raw:.1%} of contacts on any topic,
  {summary.repeat_share_raw_same_reason:.1%} about the same reason, {summary.repeat_share_true:.1%} true repeats.
- {summary.coincidences} new issues look like repeats and are not: the same customer, the same reason, another issue.
  Heavy users ({company.HEAVY_CUSTOMER_SHARE:.0%} of customers, {summary.heavy_user_share:.1%} of contacts),
  each with a few
  favourite reasons, bring most of them.
- {summary.double_posts} double posts (the same text within the hour) and some addenda are no repeats either;
  {summary.merged} tickets were merged into another one.

Most true repeats, reopenings included:

| reason | contacts | true repeats | share |
| --- | --- | --- | --- |
{rows}"""


def _counts(own: list[Contact]) -> tuple[Counter, Counter]:
    contacts, again = Counter(), Counter()
    for contact in own:
        contacts[contact.first.reason] += 1 + len(contact.returns)
        again[contact.first.reason] += contact.is_true_repeat + len(contact.returns)
    return contacts, again


def _changes(own: list[Contact], calendar: Calendar) -> str:
    fix, start, outage = (
        calendar.week_start(week) for week in (company.FIX_WEEK, company.EMERGING_WEEK, company.OUTAGE_WEEK)
    )
    resets = [contact for contact in own if contact.first.reason == _FIXED]
    before = sum(contact.opened_at < fix for contact in resets) / max((fix - calendar.start).days / 7, 1)
    after = sum(contact.opened_at >= fix for contact in resets) / max((calendar.end - fix).days / 7, 1)
    weekly = Counter((c.opened_at - calendar.start).days // 7 for c in own if c.first.reason == _EMERGING)
    first = calendar.week(company.EMERGING_WEEK)
    rising = ", ".join(str(weekly[week]) for week in range(first, calendar.weeks))
    down = sum(c.first.reason == _OUTAGE and 0 <= (c.opened_at - outage).days < 7 for c in own)
    return f"""## Changes over time

- **Fixed**: `{_FIXED}`. A correction shipped on {fix:%Y-%m-%d}: {before:.1f} contacts a week before, {after:.1f} after;
  planned repeat probability {company.BY_REASON[_FIXED].repeat:.0%} before,
  {company.FIXED_REPEAT_PROBABILITY:.0%} after.
- **Emerging**: `{_EMERGING}`. A release of {start:%Y-%m-%d} broke the timeline. Contacts a week from
  then on: {rising}; none before. Planned repeat probability {company.BY_REASON[_EMERGING].repeat:.0%}.
- **Outage**: `{_OUTAGE}`, in the week of {outage:%Y-%m-%d}: {down} contacts, most within hours.
- Billing questions, exports and reports peak around the turn of the month. Volume grows by about 0.5 % a week."""


def _sites(own: list[Contact]) -> str:
    rows = []
    for site in company.SITES:
        there = [contact for contact in own if contact.site == site]
        share = sum(contact.is_true_repeat for contact in there) / max(len(there), 1)
        rows.append(f"| {site} | {len(there)} | {share:.1%} |")
    table = "\n".join(rows)
    return f"""## Sites

The outsourcer gets most chats and messages and none of the technical reasons (single sign-on, webhooks, slowness, lost
data, reports). No site is better or worse at the same reason: whatever differs between sites is the mix of their work.

| site | contacts | of which true repeats |
| --- | --- | --- |
{table}"""


def _noise(summary: "SampleSummary", customers: list[Customer]) -> str:
    phones = sum(customer.locale == "us" for customer in customers) / len(customers)
    return f"""## What makes it hard

- {summary.two_problem_share:.1%} of customers' tickets hold two problems, each with its own repeats.
- {summary.unidentified} contacts have no customer; {summary.company_initiated} tickets were opened by the company,
  {summary.automatic} are automatic replies, {summary.spam} are advertising.
- {summary.non_english_share:.1%} of customers' tickets are German, Spanish or French.
- E-mails quote the agent's earlier answer, carry signatures and disclaimers, and some are HTML. Some texts hold pasted
  logs. Median length {summary.median_characters} characters.
- E-mail addresses (only example domains), phone numbers (only ranges kept free for fiction; {phones:.0%} American),
  card numbers (a range for tests, right check digit) and IBANs (a bank that does not exist) stand in texts.
- Handle time is missing on one ticket in nine; the agents' own category is coarse and wrong on one ticket in five.
- The survey holds previews, unfinished rows, empty answers and answers that say nothing.
  Scores fall with every repeat."""
