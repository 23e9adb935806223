"""Cells as values: what is a time, a number, a duration, a list, an identifier, and the words for what is none."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.sources import _values as values


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-05-15T10:11:12Z", "2026-05-15 10:11:12"),
        ("2026-05-15 10:11:12 -0700", "2026-05-15 17:11:12"),
        ("2026-05-15 10:11:12 +02:00", "2026-05-15 08:11:12"),
        ("2026-05-15 10:11:12 UTC", "2026-05-15 10:11:12"),
        ("2026-05-15 10:11:12 UTC+02:00", "2026-05-15 08:11:12"),
        ("2026-05-15 10:11:12.123456789", "2026-05-15 10:11:12.123456"),
        ("2026-05-15", "2026-05-15 00:00:00"),
        ("20260515", "2026-05-15 00:00:00"),
        ("2026/5/5 9:05", "2026-05-05 09:05:00"),
        ("31.05.2026 14:30", "2026-05-31 14:30:00"),
        ("5/31/2026 2:30 PM", "2026-05-31 14:30:00"),
        ("5/31/26, 12:05 a.m.", "2026-05-31 00:05:00"),
        ("31/5/2026 10:00:00+02:00", "2026-05-31 08:00:00"),
        ("04/04/2026", "2026-04-04 00:00:00"),
    ],
)
def test_times_without_a_format(text, utc):
    assert values.parse_time(text) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "date_format", "utc"),
    [
        ("03/04/2026", "day_first", "2026-04-03"),
        ("03/04/2026", "month_first", "2026-03-04"),
        ("2026-03-04", "day_first", "2026-03-04"),
        ("1777777777", "epoch", "2026-05-03T03:09:37"),
        ("1777777777123", "epoch_ms", "2026-05-03T03:09:37.123"),
        ("15 May 2026 10:11", "%d %B %Y %H:%M", "2026-05-15T10:11"),
    ],
)
def test_times_with_a_format(text, date_format, utc):
    assert values.parse_time(text, date_format=date_format) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_times_without_an_offset_are_in_the_zone():
    zone = ZoneInfo("Europe/Berlin")
    assert values.parse_time("2026-07-01 10:00", zone=zone) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert values.parse_time("2026-01-01 10:00", zone=zone) == datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert values.parse_time("2026-01-01 10:00Z", zone=zone) == datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "date_format", "why"),
    [
        ("31/31/2026", None, "not a date"),
        ("14/2021", None, "not a date"),
        ("1777777777", None, "not a date"),
        ("yesterday", None, "not a date"),
        ("31/02/2026", "day_first", "not a date written as day_first"),
        ("13:61 1/31/2026", None, "not a date"),
        ("1/31/2026 13:00 PM", None, "not a date"),
        ("1/31/2026 25:00", None, "not a date"),
        ("soon", "epoch", "not a date written as epoch"),
        ("1e400", "epoch", "not a date written as epoch"),
        ("2026-05-15", "%d/%m/%Y", "not a date written as %d/%m/%Y"),
        ("0202-01-01", None, "not a date between 1970 and 2100"),
        ("9999-12-31", None, "not a date between 1970 and 2100"),
        ("03/04/2026", None, "which may be 3 April or 4 March 2026: set date_format to day_first or month_first"),
        ("0/4/2026", None, "which may be either way 2026: set date_format to day_first or month_first"),
    ],
)
def test_what_is_no_time(text, date_format, why):
    with pytest.raises(ValueError) as caught:
        values.parse_time(text, date_format=date_format)
    assert str(caught.value) == why


@given(st.text(), st.sampled_from([None, *values.FORMAT_WORDS, "%Y %j", "%c"]))
def test_any_text_is_a_time_or_a_value_error(text, date_format):
    try:
        moment = values.parse_time(text, date_format=date_format)
    except ValueError as error:
        assert str(error)
    else:
        assert moment.tzinfo is UTC and 1970 <= moment.year <= 2100


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2099, 1, 1)), st.timezones())
def test_iso_times_come_back(moment, zone):
    aware = moment.replace(tzinfo=zone)
    assert values.parse_time(aware.isoformat()) == aware.astimezone(UTC)
    assert values.parse_time(moment.strftime("%Y-%m-%d %H:%M:%S +0000")) == moment.replace(tzinfo=UTC, microsecond=0)


@pytest.mark.parametrize(
    ("text", "decimal_comma", "number"),
    [("12", False, 12), (" -1.5 ", False, -1.5), ("1,234,567.8", False, 1234567.8), ("€ 1.234,50", True, 1234.5),
     ("$1,000", False, 1000), ("1\u202f000", False, 1000), ("1'000.5", False, 1000.5), ("1e3", False, 1000),
     (".5", False, 0.5), ("5.", False, 5)],
)  # fmt: skip
def test_numbers(text, decimal_comma, number):
    assert values.parse_number(text, decimal_comma=decimal_comma) == number


@pytest.mark.parametrize(
    "text", ["", "12,5", "1.234,50", "12 %", "1,23,4", "inf", "nan", "0x1", "1_000", "٣", "9" * 400, "."]
)
def test_what_is_no_number(text):
    with pytest.raises(ValueError, match="^not a number$"):
        values.parse_number(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back(number):
    assert values.parse_number(f"{number:.6f}") == float(f"{number:.6f}")


@pytest.mark.parametrize("text", ["-1", "1.5", "x", "1e99"])
def test_what_is_no_count(text):
    with pytest.raises(ValueError, match="^not a count$"):
        values.parse_count(text)
    assert values.parse_count("3.0") == 3


def test_durations():
    assert values.parse_duration("90", seconds_a_unit=1) == 1.5
    assert values.parse_duration("1,5", seconds_a_unit=60, decimal_comma=True) == 1.5
    assert values.parse_duration("1:02:30", seconds_a_unit=1) == 62.5
    for text in ("-1", "12:30", "long"):
        with pytest.raises(ValueError, match="^not a duration$"):
            values.parse_duration(text, seconds_a_unit=60)


def test_booleans():
    assert [values.parse_boolean(text) for text in ("Yes", "1", "TRUE", "no", "0", " f ")] == [True] * 3 + [False] * 3
    with pytest.raises(ValueError, match="^neither yes nor no$"):
        values.parse_boolean("perhaps")


def test_tags():
    assert values.parse_tags("a; b,c|a;\n;") == ("a", "b", "c")
    assert values.parse_tags("a b", " ") == ("a", "b")
    assert values.parse_tags('["a", 1, null, ["x"]]') == ("a", "1")
    assert values.parse_tags("[not json; b]") == ("[not json", "b]")
    assert values.parse_tags("") == ()


@given(st.text(), st.sampled_from([None, ";", " "]))
def test_any_text_gives_distinct_tags(text, separator):
    tags = values.parse_tags(text, separator)
    assert all(tags) and len(set(tags)) == len(tags)


def test_identifiers_leave_nobody_out():
    assert values.identifiers(id=" 7 ", external="N/A", email="ana@customer.example", phone=None) == (
        ("id", "7"), ("email", "ana@customer.example"),
    )  # fmt: skip
    assert values.identifiers(id="Anonymous", email="none given") == ()


def test_losses_are_counted_once_a_column(tmp_path, caplog):
    losses = values.Losses(tmp_path / "may.csv")
    for line, text in ((3, "never"), (9, "x" * 100)):
        assert values.optional(text, "Solved at", line, values.parse_time, losses) is None
    assert values.optional(" - ", "Solved at", 10, values.parse_time, losses) is None
    assert values.optional("2026-01-01", "Solved at", 11, values.parse_time, losses) == datetime(2026, 1, 1, tzinfo=UTC)
    losses.report()
    assert caplog.messages == [
        f"{tmp_path}/may.csv: values of 'Solved at' left out: 2, not a date; the first is 'never' on line 3."
    ]


def test_required_time_names_column_and_value():
    with pytest.raises(values.RowFault, match="^'Created time' is '31/31/2026', not a date$"):
        values.required_time("31/31/2026", "Created time", values.parse_time)
    with pytest.raises(values.RowFault, match="^'Created time' is empty, so the row has no date$"):
        values.required_time(" null ", "Created time", values.parse_time)


def test_long_values_are_shown_short():
    assert values.short("a\n b " + "c" * 100) == "a b " + "c" * 73 + "..."
