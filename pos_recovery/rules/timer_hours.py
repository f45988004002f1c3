"""The hour at which a timer runs: after all business days have ended, and one that every day has. Knows no systemd.

The trap: on a day on which clocks skip the hour that a calendar expression names, it does not come at all (systemd 252:
01:00 of Europe/London, 02:00 of Europe/Berlin and America/New_York, in March). systemd reads zones from the system's
files, which may be older than our rules, so an hour has to hold by both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pos_recovery.rules import time_zones
from pos_recovery.rules.business_days import Calendar

DAYS = 3653
"""How far ahead is looked: ten years. Not every zone changes its clocks on the same days and at the same hours of each
year, and nobody writes a timer anew in every one."""
_HOUR = _AFTER = timedelta(hours=1)


def earliest_after(ends: Iterable[tuple[str, time]], zone: str, today: date) -> int:
    """The first whole hour on the clocks of `zone` that comes an hour or more after all stores' business day has ended.

    Some days may not have it: see `of_every_day`.

    Args:
        ends: Of each store, its zone and the time at which its business day ends.
        zone: The timer's.
        today: From when on.
    """
    stores, clocks = [Calendar(time_zones.zone(name), at) for name, at in ends], _clocks(zone)
    latest = timedelta.min
    for day in _days(today):
        midnight = datetime.combine(day, time())
        for end in {store.begins(day) for store in stores}:
            latest = max(latest, *(end.astimezone(here).replace(tzinfo=None) - midnight for here in clocks))
    return -(-(latest + _AFTER) // _HOUR) % 24


def of_every_day(hour: int, zone: str, today: date) -> int:
    """That hour, or the first one after it that the clocks of `zone` show once on every day, and not twice on any."""
    clocks = _clocks(zone)
    following = (each % 24 for each in range(hour, hour + 24))
    return next(each for each in following if all(_is_once(each, day, here) for here in clocks for day in _days(today)))


def words(hour: int, wanted: int, zone: str) -> str:
    """When a timer runs; and why not at the hour that was wanted, where it is another."""
    runs = f"It runs at {hour:02}:00 by the clocks of {zone}"
    return f"{runs}." if hour == wanted else f"{runs}: on some days they skip {wanted:02}:00, or show it twice."


def _days(today: date) -> Iterator[date]:
    return (today + timedelta(days=number) for number in range(DAYS))


def _clocks(zone: str) -> tuple[ZoneInfo, ...]:
    """By our rules, and by those of the system."""
    return tuple(filter(None, (time_zones.zone(zone), time_zones.of_system(zone))))


def _is_once(hour: int, day: date, here: ZoneInfo) -> bool:
    """Whether both readings of that time are the same instant; where clocks skip it or show it twice, they are two."""
    wall = datetime.combine(day, time(hour), here)
    return wall.utcoffset() == wall.replace(fold=1).utcoffset()
