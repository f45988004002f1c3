"""Business days, last days, and clocks that were wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_recovery.business import (
    FIRST_RUN,
    KINDNESS,
    LAST_RUN,
    Calendar,
    counted_from,
    drift_s,
    system_clock,
)

PRAGUE = Calendar(ZoneInfo("Europe/Prague"))
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(calendar: Calendar, text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone, fold=fold).astimezone(UTC)


def length(calendar: Calendar, day: date) -> timedelta:
    """How long a business day lasts, found by asking minute by minute."""
    instant = wall(calendar, f"{day}T00:00") - timedelta(hours=4)
    minutes = [instant + MINUTE * minute for minute in range(60 * 60)]
    return MINUTE * sum(calendar.business_date(each) == day for each in minutes)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-14T04:00", "2026-11-14"),
        ("2026-11-14T23:59", "2026-11-14"),
        ("2026-11-15T03:59:59", "2026-11-14"),
        ("2026-11-15T04:00", "2026-11-15"),
        ("2027-01-01T00:30", "2026-12-31"),
    ],
)
def test_a_drink_after_midnight_belongs_to_the_evening_before(at: str, day: str) -> None:
    assert PRAGUE.business_date(wall(PRAGUE, at)).isoformat() == day


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Prague", date(2026, 3, 28), 23),  # clocks go forward at 02:00 on the 29th, before 04:00
        ("Europe/Prague", date(2026, 3, 29), 24),
        ("Europe/Prague", date(2026, 10, 24), 25),
        ("America/New_York", date(2026, 3, 7), 23),
        ("America/New_York", date(2026, 10, 31), 25),
        ("Australia/Lord_Howe", date(2026, 10, 3), 23.5),  # the one zone that moves by half an hour
        ("Asia/Kolkata", date(2026, 3, 29), 24),
    ],
)
def test_a_business_day_has_23_or_25_hours_when_clocks_change(zone: str, day: date, hours: float) -> None:
    assert length(Calendar(ZoneInfo(zone)), day) == timedelta(hours=hours)


def test_the_same_instant_is_another_day_in_another_zone() -> None:
    instant = utc("2026-11-14T02:30")
    days = {
        zone: Calendar(ZoneInfo(zone)).business_date(instant).isoformat() for zone in ("Asia/Tokyo", "Europe/London")
    }
    assert days == {"Asia/Tokyo": "2026-11-14", "Europe/London": "2026-11-13"}


REPEATED = Calendar(ZoneInfo("America/New_York"), time(1, 30))
"""Starts its day inside the hour that is lived twice when summer time ends."""


def test_a_day_that_begins_in_the_repeated_hour_begins_once() -> None:
    before, first, again, second = (
        wall(REPEATED, "2026-11-01T01:29"),
        wall(REPEATED, "2026-11-01T01:30"),
        wall(REPEATED, "2026-11-01T01:00", fold=1),
        wall(REPEATED, "2026-11-01T01:30", fold=1),
    )
    assert [REPEATED.business_date(each).isoformat() for each in (before, first, again, second)] == [
        "2026-10-31",
        "2026-11-01",
        "2026-11-01",
        "2026-11-01",
    ]


def test_the_wall_clock_alone_would_begin_it_twice() -> None:
    """The twin: the hands show 01:30, then 01:00 again, half an hour later."""
    hands = [
        REPEATED.local(wall(REPEATED, "2026-11-01T01:30")),
        REPEATED.local(wall(REPEATED, "2026-11-01T01:00", fold=1)),
    ]
    assert [each.time() >= REPEATED.day_starts for each in hands] == [True, False]


@given(
    st.sampled_from(
        ["Europe/Prague", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca"]
    ),
    st.times(),
    st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1)),  # noqa: DTZ001  hypothesis wants them without zone
    st.integers(1, 72 * 60),
)
def test_business_days_never_run_backwards(zone: str, starts: time, at: datetime, minutes: int) -> None:
    calendar = Calendar(ZoneInfo(zone), starts)
    instant = at.replace(tzinfo=UTC)
    assert calendar.business_date(instant) <= calendar.business_date(instant + MINUTE * minutes)


def test_a_coupon_is_good_through_the_end_of_its_last_business_day() -> None:
    last = PRAGUE.expires_on(date(2026, 11, 14))
    assert last == date(2027, 2, 12)
    assert not PRAGUE.is_expired(last, wall(PRAGUE, "2027-02-13T03:59:59"))
    assert PRAGUE.is_expired(last, wall(PRAGUE, "2027-02-13T04:00"))


def test_by_the_bare_date_the_late_shift_would_refuse_it() -> None:
    """The twin: at one in the morning the calendar page has turned and the business day has not."""
    assert PRAGUE.local(wall(PRAGUE, "2027-02-13T01:00")).date() > date(2027, 2, 12)


def test_the_store_that_redeems_decides_when_its_day_is_over() -> None:
    instant = utc("2027-02-13T05:00")
    assert PRAGUE.is_expired(date(2027, 2, 12), instant)
    assert not Calendar(ZoneInfo("America/New_York")).is_expired(date(2027, 2, 12), instant)


@pytest.mark.parametrize(
    ("now", "newest", "drift"),
    [
        ("2026-11-14T10:00:00", None, 0),
        ("2026-11-14T10:00:00", "2026-11-14T10:00:00", 0),
        ("2026-11-14T10:00:01", "2026-11-14T10:00:00", 0),
        ("2026-11-14T09:00:00", "2026-11-14T10:00:00", 3600),
        ("2000-01-01T00:00:00", "2026-11-14T10:00:00", 847_965_600),
    ],
)
def test_a_clock_behind_the_newest_record_is_measured(now: str, newest: str | None, drift: int) -> None:
    assert drift_s(utc(now), utc(newest) if newest else None) == drift


def test_the_system_s_clock_is_aware_and_in_utc() -> None:
    assert system_clock().utcoffset() == timedelta(0)


# Which of the two is wrong


NOW, YEARS_AHEAD = utc("2026-11-14T10:00:00"), utc("2066-11-14T10:00:00")


@pytest.mark.parametrize(
    ("now", "newest", "counted"),
    [
        (NOW, None, NOW),
        (NOW, NOW - timedelta(days=4000), NOW),
        (NOW, NOW + timedelta(hours=14), NOW + timedelta(hours=14)),
        (NOW, NOW + KINDNESS, NOW + KINDNESS),
        (NOW, NOW + KINDNESS + timedelta(seconds=1), NOW),
        (NOW, NOW + timedelta(days=300), NOW),
        (NOW, YEARS_AHEAD, NOW),
        (utc("1970-01-01T00:00:00"), NOW, NOW),
        (utc("2019-06-01T12:00:00"), NOW, NOW),
        (utc("1970-01-01T00:00:00"), utc("1970-01-05T00:00:00"), utc("1970-01-05T00:00:00")),
        (utc("1970-01-01T00:00:00"), utc("2019-06-01T12:00:00"), utc("1970-01-01T00:00:00")),
        (utc("1970-01-01T00:00:00"), YEARS_AHEAD, utc("1970-01-01T00:00:00")),
    ],
)
def test_days_are_counted_from_a_newer_record_only_where_the_clock_is_surely_behind(
    now: datetime, newest: datetime | None, counted: datetime
) -> None:
    assert counted_from(now, newest) == counted


@given(*[st.integers(0, int(utc("2200-01-01T00:00:00").timestamp()))] * 2)
def test_no_clock_that_was_ever_set_gives_more_than_a_week(now_s: int, newest_s: int) -> None:
    now, newest = datetime.fromtimestamp(now_s, UTC), datetime.fromtimestamp(newest_s, UTC)
    kind = counted_from(now, newest) - now
    assert timedelta(0) <= kind <= (KINDNESS if now >= FIRST_RUN else LAST_RUN - now)
