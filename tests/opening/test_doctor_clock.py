"""What the doctor says of the machine's clock: a record that is dated ahead of it, and by how much."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pos_recovery.opening.doctor import _time_zones, clock_beside, examine
from pos_recovery.rules import time_zones
from pos_recovery.system.health import Finding
from pos_recovery.system.locations import Home
from tests.till import OPENING, MovableClock, Till, settings


@pytest.mark.parametrize(
    ("ahead", "symbol", "words"),
    [
        (timedelta(days=-4000), "✔", "T"),  # an idle shop
        (timedelta(seconds=30), "✔", "T"),
        (timedelta(minutes=5), "✘", "300 s ahead of it"),
        (timedelta(days=1), "✘", "1 day ahead of it, 2026-11-15T09:00:00+00:00. Set this machine's clock"),
        (timedelta(days=7), "✘", "7 days ahead of it"),
        (timedelta(days=30), "▲", "30 days ahead of it"),
        (
            timedelta(days=40 * 365),
            "▲",
            "14600 days ahead of it, 2066-11-04T09:00:00+00:00. Set this machine's clock if",
        ),
    ],
)
def test_the_doctor_says_how_far_the_newest_record_lies_ahead(ahead: timedelta, symbol: str, words: str) -> None:
    found = clock_beside(OPENING + ahead, OPENING)
    assert (found.symbol, words in found.detail) == (symbol, True)


def test_where_nothing_is_on_record_it_is_only_shown() -> None:
    assert clock_beside(None, OPENING).detail == "2026-11-14T09:00:00+00:00"


def test_a_clock_that_was_never_set_is_not_well(till: Till, home: Home) -> None:
    till.issue()
    in_1970 = MovableClock(datetime(1970, 1, 1, tzinfo=UTC))
    found = next(each for each in examine(home, in_1970) if each.part == "clock")
    assert (found.symbol, "20771 days ahead of it" in found.detail) == ("✘", True)


# Rules of time zones, and the hour that the machine's own clock shows

InZone = Callable[..., Finding]


@pytest.fixture
def in_zone() -> Iterator[InZone]:
    """What is found on a machine that is set to a zone, as the C library understands TZ."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system's clock cannot be set to a zone for one process")
    with pytest.MonkeyPatch.context() as environment:

        def find(zone: str, now: datetime = OPENING, **changes: object) -> Finding:
            environment.setenv("TZ", zone)
            time.tzset()
            (found,) = _time_zones(settings(**changes), MovableClock(now))
            return found

        yield find
    time.tzset()


def test_the_doctor_says_which_rules_are_used(in_zone: InZone) -> None:
    found = in_zone("XXX-1")
    assert (found.part, found.symbol, found.detail) == ("time zones", "✔", f"{time_zones.in_use().words}.")


@pytest.mark.parametrize(
    ("machine", "shop", "now", "words"),
    [
        ("PST8PDT,M3.2.0,M11.1.0", "America/Vancouver", "2026-11-30T11:30", "shows 03:30 when it is 04:30"),  # of 2025
        ("UTC0", "America/Vancouver", "2026-11-30T11:30", "shows 11:30 when it is 04:30"),
        ("XXX-5:30", "Asia/Kathmandu", "2026-11-30T11:30", "shows 17:00 when it is 17:15"),
        ("GMT0", "Europe/London", "2026-07-01T12:00", "shows 12:00 when it is 13:00"),
    ],
)
def test_the_doctor_warns_when_the_machine_shows_another_hour_than_the_shop_has(
    in_zone: InZone, machine: str, shop: str, now: str, words: str
) -> None:
    found = in_zone(machine, datetime.fromisoformat(now).replace(tzinfo=UTC), timezone=shop)
    assert (found.symbol, found.well) == ("▲", True)
    assert f"This machine's own clock {words} in {shop}." in found.detail
    assert "Do not turn its clock by hand" in found.detail


def test_it_does_not_where_another_zone_has_the_same_hour(in_zone: InZone) -> None:
    """The twin: it is the hour that counts, and no name; in summer London's is another."""
    assert in_zone("UTC0", timezone="Europe/London").symbol == "✔"


@pytest.mark.parametrize(("years", "symbol"), [(0, "✔"), (1, "✔"), (2, "▲"), (10, "▲")])
def test_rules_of_long_ago_are_worth_a_look(in_zone: InZone, years: int, symbol: str) -> None:
    newest = int((time_zones.in_use().version or "")[:4])
    found = in_zone("XXX-1", datetime(newest + years, 1, 15, tzinfo=UTC))
    assert (found.symbol, "pip install --upgrade tzdata" in found.detail) == (symbol, symbol == "▲")
