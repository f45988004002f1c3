"""Business days, last days, and clocks that were wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_recovery.rules import time_zones
from pos_recovery.rules.business_days import (
    FIRST_RUN,
    KINDNESS,
    LAST_RUN,
    Calendar,
    counted_from,
    drift_s,
    system_clock,
)
from tests.zone_files import old_zone

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
        [
            "Europe/Prague",
            "America/New_York",
            "Australia/Lord_Howe",
            "America/Havana",
            "Africa/Cairo",
            "Asia/Beirut",
            "America/Santiago",
            "Antarctica/Troll",
            "America/Vancouver",
        ]
    ),
    st.times(),
    st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1)),  # noqa: DTZ001  hypothesis wants them without zone
    st.integers(1, 72 * 60),
)
def test_business_days_never_run_backwards(zone: str, starts: time, at: datetime, minutes: int) -> None:
    calendar = Calendar(ZoneInfo(zone), starts)
    instant = at.replace(tzinfo=UTC)
    assert calendar.business_date(instant) <= calendar.business_date(instant + MINUTE * minutes)


CASABLANCA_2025 = old_zone("Africa/Casablanca")
"""As it was until September 2026: back an hour when Ramadan begins, and forth again when it ends."""


@pytest.mark.parametrize(
    ("zone", "starts", "day", "begins"),
    [
        # Clocks skip the hour: the day begins when they do.
        ("Europe/London", "01:30", "2027-03-28", "2027-03-28T01:00"),
        ("America/New_York", "02:00", "2027-03-14", "2027-03-14T07:00"),
        ("Australia/Lord_Howe", "02:10", "2026-10-04", "2026-10-03T15:30"),
        ("Africa/Cairo", "00:00", "2026-04-24", "2026-04-23T22:00"),
        ("Africa/Cairo", "00:59", "2026-04-24", "2026-04-23T22:00"),
        ("Asia/Beirut", "00:30", "2026-03-29", "2026-03-28T22:00"),
        ("America/Havana", "00:30", "2026-03-08", "2026-03-08T05:00"),
        ("America/Santiago", "00:15", "2026-09-06", "2026-09-06T04:00"),
        ("Antarctica/Troll", "02:30", "2026-03-29", "2026-03-29T01:00"),  # two hours are skipped
        (CASABLANCA_2025, "02:30", "2026-03-22", "2026-03-22T02:00"),
        ("Pacific/Apia", "04:00", "2011-12-30", "2011-12-30T10:00"),  # the whole day is
        # They show it twice: it begins the first time.
        ("Europe/London", "01:30", "2026-10-25", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "01:40", "2027-04-04", "2027-04-03T14:40"),
        ("Africa/Cairo", "23:30", "2026-10-29", "2026-10-29T20:30"),  # from midnight back to 23:00
        ("Asia/Beirut", "23:30", "2026-10-24", "2026-10-24T20:30"),
        ("America/Havana", "00:30", "2026-11-01", "2026-11-01T04:30"),
        ("America/Santiago", "23:30", "2026-04-04", "2026-04-05T02:30"),
        ("Antarctica/Troll", "01:30", "2026-10-25", "2026-10-24T23:30"),
        (CASABLANCA_2025, "02:30", "2026-02-15", "2026-02-15T01:30"),
        # Neither.
        ("America/Vancouver", "02:30", "2027-03-14", "2027-03-14T09:30"),
        ("Africa/Cairo", "00:00", "2026-10-30", "2026-10-29T22:00"),
    ],
)
def test_a_day_begins_at_one_instant_whatever_clocks_do_to_its_hour(
    zone: str | ZoneInfo, starts: str, day: str, begins: str
) -> None:
    zone = zone if isinstance(zone, ZoneInfo) else time_zones.zone(zone)
    calendar, named = Calendar(zone, time.fromisoformat(starts)), date.fromisoformat(day)
    begun = calendar.begins(named)
    assert begun == utc(begins)
    assert calendar.business_date(begun) == named
    assert calendar.business_date(begun - timedelta(seconds=1)) == named - timedelta(days=1)


def test_python_s_own_reading_of_a_skipped_hour_would_begin_the_day_late() -> None:
    """The twin: half past one in London, on the night on which one o'clock is two o'clock."""
    skipped = datetime(2027, 3, 28, 1, 30, tzinfo=ZoneInfo("Europe/London"))
    assert skipped.astimezone(UTC) == utc("2027-03-28T01:30")


ST_JOHNS = Calendar(ZoneInfo("America/St_Johns"), time(0))
"""Set its clocks back at 00:01, to the evening before (until 2011)."""


def test_a_day_that_has_begun_does_not_end_when_clocks_go_back_across_midnight() -> None:
    begun, back = utc("2010-11-07T02:30"), utc("2010-11-07T02:31")
    assert [ST_JOHNS.business_date(each) for each in (begun, back)] == [date(2010, 11, 7)] * 2


def test_the_date_of_the_wall_clock_would_end_it() -> None:
    """The twin."""
    assert ST_JOHNS.local(utc("2010-11-07T02:31")).date() == date(2010, 11, 6)


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
