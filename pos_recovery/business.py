"""Business days, expiry, time zones, and the clock that is passed in. Pure.

A business day belongs to a store: it starts at a set hour of the store's own wall clock (04:00 unless the store
says otherwise) and is named by the date on which it started. It is worked out once, when a fact is written, and
stored with it; nothing recomputes it later. On the days when clocks change it has 23 or 25 hours, because it runs
from wall-clock hour to wall-clock hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the present instant, aware, in UTC."""

DRIFT_SHOWN_S = 30
"""Seconds. A clock may be set back this far by ordinary time keeping without anybody being told."""


KINDNESS = timedelta(days=7)
"""So far a newer record than this machine's clock shows is believed: a zone, a noon or a date was mistaken. Months and
years say as well that the record was made while a clock was ahead, and one such record would make every later coupon
good until then."""
FIRST_RUN = datetime(2026, 1, 1, tzinfo=UTC)
"""No register ran before: a clock that shows less was never set (1970; the year its board was made)."""
LAST_RUN = FIRST_RUN.replace(year=2046)
"""What is dated later is no help to a clock that was never set: no register runs so long without a new version."""


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A store's way of telling days apart."""

    zone: ZoneInfo
    day_starts: time = time(4)
    """Wall-clock time at which a new business day begins."""
    valid_days: int = 90
    """Days from the business day of issue to the last day of the coupon."""

    def business_date(self, instant: datetime) -> date:
        """The business day `instant` (aware) falls in."""
        wall = instant.astimezone(self.zone)
        begun = wall.time() >= self.day_starts or (wall.fold == 1 and self._starts_twice(wall.date()))
        return wall.date() if begun else wall.date() - timedelta(days=1)

    def _starts_twice(self, day: date) -> bool:
        """Whether clocks are set back across the start of `day`. It begins the first time and never ends twice."""
        start = datetime.combine(day, self.day_starts, self.zone)
        return start.utcoffset() != start.replace(fold=1).utcoffset()

    def expires_on(self, business_date: date) -> date:
        """The last business day on which a coupon issued on `business_date` is good."""
        return business_date + timedelta(days=self.valid_days)

    def is_expired(self, expires_on: date, instant: datetime) -> bool:
        """Whether the coupon's last business day is over, by the day of the store that redeems."""
        return self.business_date(instant) > expires_on

    def local(self, instant: datetime) -> datetime:
        """`instant` on the store's wall clock."""
        return instant.astimezone(self.zone)


def drift_s(now: datetime, last_fact: datetime | None) -> int:
    """Whole seconds by which `now` lies before the newest fact on record; 0 when time runs forward.

    A register never refuses to work because of its clock. It writes down how far the clock was behind.
    """
    if last_fact is None or now >= last_fact:
        return 0
    return int((last_fact - now).total_seconds())


def is_behind(now: datetime, drift: int) -> bool:
    """Whether a clock that shows `now`, so many seconds before the newest record, is what is wrong of the two.

    Where it is not, or cannot be told, the clock is believed. The seconds are on record either way.
    """
    newest = now + timedelta(seconds=drift)
    return drift > 0 and (newest - now <= KINDNESS or now < FIRST_RUN <= newest < LAST_RUN)


def counted_from(now: datetime, newest: datetime | None) -> datetime:
    """From when a coupon's days are counted: a clock that is behind is our fault, not the guest's."""
    return newest if newest is not None and is_behind(now, drift_s(now, newest)) else now
