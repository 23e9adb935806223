"""What is planted: the invented company, its sites and channels, and the contact process of every reason."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PRODUCT = "Quillmoor"
SUPPORT_EMAIL = "support@quillmoor.example.com"
CHANNELS = ("email", "web", "chat", "voice", "messaging")
SITES = ("Dublin support", "Toronto support", "Tarrowgate Manila (BPO)")
BPO = SITES[2]
LAST_DAY = datetime(2026, 6, 28, tzinfo=UTC)  # a Sunday; data ends at its midnight
HANDLE_TIME_FIELD = 360021549012  # custom field "Total time spent (sec)"
GIVEN_TOPIC_FIELD = 360021549033  # custom field "Contact reason", chosen by agents, coarse and at times wrong

FIX_WEEK, EMERGING_WEEK, OUTAGE_WEEK = 15, 21, 11  # of 26; for other lengths at the same share of the period
FIX_RATE_FACTOR, FIXED_REPEAT_PROBABILITY = 0.35, 0.07
EMERGING_WEEKLY = (6.0, 12.0, 20.0, 29.0, 38.0, 46.0)  # contacts a week from its start on, before scaling
OUTAGE_CONTACTS = 140.0
HEAVY_CUSTOMER_SHARE, HEAVY_VOLUME_SHARE = 0.02, 0.21
SECOND_REASON_SHARE, SECOND_REASON_SHARE_OF_REPEATS = 0.085, 0.055
DOUBLE_POST_SHARE, ADDENDUM_SHARE = 0.009, 0.005  # of customers' e-mails, web and messaging contacts
UNIDENTIFIED_SHARE, PROACTIVE_SHARE, AUTOMATIC_SHARE, SPAM_SHARE = 0.028, 0.010, 0.009, 0.005
REOPEN_SHARE = 0.35  # of e-mail and web repeats while the ticket is not closed yet
CLOSE_AFTER = timedelta(days=4)  # solved tickets close then; later answers become follow-up tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """How one reason brings contacts: new issues a week, and repeats after each contact about it."""

    reason: str
    weekly: float  # new issues a week at the size of 5,000 tickets, before scaling
    repeat: float  # probability that a solved contact is followed by another about the same issue
    lag_days: float  # median of the log-normal lag from the end of a contact to its repeat
    lag_sigma: float
    demand_type: str
    handle: float = 1.0  # factor on handle time
    technical: bool = False  # not handled by the outsourcer
    segments: tuple[float, float, float] = (1.0, 1.0, 1.0)  # weight of enterprise, mid-market, small business
    month_end: float = 1.0  # factor on the last two and first three days of a month
    trend: str = "flat"


def _process(reason: str, weekly: float, repeat: float, lag: tuple[float, float], demand: str, **more) -> Process:
    return Process(
        reason=reason, weekly=weekly, repeat=repeat, lag_days=lag[0], lag_sigma=lag[1], demand_type=demand, **more
    )


_FAST, _SOON, _MEDIUM, _SLOW, _REFUND = (0.6, 0.7), (1.3, 0.8), (2.2, 0.8), (4.0, 0.6), (7.5, 0.3)

PROCESSES: tuple[Process, ...] = (
    _process("product-how-to", 26, 0.07, _MEDIUM, "instruction_unclear", segments=(0.8, 1, 1.2)),
    _process("login-password-reset", 21, 0.24, _FAST, "product_defect", handle=0.7, trend="fixed"),
    _process("integration-sync-stops", 15, 0.25, _SOON, "product_defect", handle=1.5),
    _process("users-permissions", 10, 0.10, _MEDIUM, "access"),
    _process("billing-payment-failed", 9, 0.17, _SOON, "product_defect", segments=(0.3, 1, 1.4)),
    _process("reliability-slow", 9, 0.12, _SLOW, "product_defect", segments=(1.6, 1, 0.7), technical=True),
    _process("product-mobile-app", 9, 0.15, _MEDIUM, "product_defect"),
    _process("billing-wrong-charge", 8, 0.20, _SLOW, "product_defect", handle=1.3, month_end=2.0),
    _process("data-import-fails", 7.5, 0.19, _FAST, "product_defect", handle=1.6),
    _process("product-feature-request", 7, 0.05, _SLOW, "product_gap", handle=0.6),
    _process("product-notifications", 6.5, 0.11, _MEDIUM, "product_defect", handle=0.8),
    _process("billing-invoice-copy", 6.5, 0.05, _MEDIUM, "instruction_unclear", handle=0.5, month_end=2.2),
    _process("login-two-factor", 6, 0.14, _SOON, "access", handle=1.1),
    _process("billing-charge-unclear", 6, 0.12, _MEDIUM, "instruction_unclear", month_end=2.0),
    _process("data-lost", 5.5, 0.18, _SOON, "product_defect", handle=1.7, technical=True),
    _process("login-invite-link", 5.5, 0.13, _FAST, "access", handle=0.7),
    _process("reliability-save-error", 5, 0.15, _FAST, "product_defect", handle=1.2),
    _process("subscription-cancel", 5, 0.09, _SLOW, "value", handle=0.9, segments=(0.1, 0.7, 1.6)),
    _process("data-report-numbers", 4.5, 0.16, _MEDIUM, "product_defect", handle=1.8, month_end=2.0, technical=True),
    _process("billing-refund-late", 4.5, 0.26, _REFUND, "operations_delay", handle=1.2, segments=(0.3, 0.9, 1.4)),
    _process("billing-invoice-details", 4, 0.13, _SLOW, "product_gap", month_end=1.6, segments=(1.5, 1.2, 0.8)),
    _process("data-export-fails", 3.5, 0.12, _FAST, "product_defect", handle=1.2, month_end=2.0),
    _process("login-sso", 3.5, 0.22, _SOON, "access", handle=2.4, segments=(8, 1.5, 0.05), technical=True),
    _process("subscription-price-increase", 3, 0.07, _SLOW, "policy_friction", segments=(0.3, 1, 1.5)),
    _process("data-restore", 2.5, 0.10, _SOON, "product_gap", handle=1.4),
    _process(
        "integration-webhooks", 2, 0.18, _SOON, "product_defect", handle=2.2, segments=(4, 2, 0.4), technical=True
    ),
    _process("security-data-deletion", 1.5, 0.08, _REFUND, "value", handle=1.1),
    _process("reliability-outage", 1.2, 0.12, _FAST, "product_defect", handle=0.5, trend="outage"),
    _process("product-broken-after-update", 0, 0.24, _SOON, "product_defect", handle=1.4, trend="emerging"),
)
BY_REASON = {process.reason: process for process in PROCESSES}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The period in weeks, and the days on which planted changes happen."""

    weeks: int

    @property
    def start(self) -> datetime:
        return LAST_DAY + timedelta(days=1) - timedelta(weeks=self.weeks)

    @property
    def end(self) -> datetime:
        return LAST_DAY + timedelta(days=1)

    def week(self, of_26: int) -> int:
        """The 0-based week of an event planned for a 26-week period."""
        return min(self.weeks - 1, round((of_26 - 1) * self.weeks / 26))

    def week_start(self, of_26: int) -> datetime:
        return self.start + timedelta(weeks=self.week(of_26))


def weekly_rate(process: Process, week: int, calendar: Calendar) -> float:
    """Expected new issues of a reason in a 0-based week, before scaling to the wanted number of tickets."""
    rate = process.weekly * (1 + 0.005 * week)
    if process.trend == "fixed":
        weeks_fixed = week - calendar.week(FIX_WEEK)
        rate *= 1.0 if weeks_fixed < 0 else 0.65 if weeks_fixed == 0 else FIX_RATE_FACTOR
    elif process.trend == "outage" and week == calendar.week(OUTAGE_WEEK):
        rate += OUTAGE_CONTACTS
    elif process.trend == "emerging" and week >= calendar.week(EMERGING_WEEK):
        rate += EMERGING_WEEKLY[min(week - calendar.week(EMERGING_WEEK), len(EMERGING_WEEKLY) - 1)]
    return rate


def repeat_probability(process: Process, ended_at: datetime, calendar: Calendar) -> float:
    """Probability of a true repeat after a contact about the reason that ended then."""
    if process.trend == "fixed" and ended_at >= calendar.week_start(FIX_WEEK):
        return FIXED_REPEAT_PROBABILITY
    return process.repeat
