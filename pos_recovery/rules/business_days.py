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

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
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
        """The business day `instant` (aware) falls in: the last that has begun."""
        wall = instant.astimezone(self.zone)
        day = wall.date()
        if wall.fold and instant >= self.begins(day + _DAY):  # set back to the evening before, and it had begun
            return day + _DAY
        return day if instant >= self.begins(day) else day - _DAY

    def begins(self, day: date) -> datetime:
        """The instant, in UTC, at which a business day begins: the first at which clocks show its hour, or a later one.

        So it is the moment of the change where clocks skip that hour, and the first of two where they show it twice.
        """
        start = datetime.combine(day, self.day_starts, self.zone)
        first, second = start.astimezone(UTC), start.replace(fold=1).astimezone(UTC)
        return first if first <= second else change_of_offset(self.zone, second, first)

    def expires_on(self, business_date: date) -> date:
        """The last business day on which a coupon issued on `business_date` is good."""
        return business_date + timedelta(days=self.valid_days)

    def is_expired(self, expires_on: date, instant: datetime) -> bool:
        """Whether the coupon's last business day is over, by the day of the store that redeems."""
        return self.business_date(instant) > expires_on

    def local(self, instant: datetime) -> datetime:
        """`instant` on the store's wall clock."""
        return instant.astimezone(self.zone)


def change_of_offset(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second, in UTC, of the offset that `zone` has at `after`: between two instants of one change."""
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


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
