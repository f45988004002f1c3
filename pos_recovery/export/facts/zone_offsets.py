"""What the clocks of a zone show, stretch by stretch. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from db.night.told_facts import Offset
from pos_recovery.rules import time_zones
from pos_recovery.rules.business_days import change_of_offset

_STEP = timedelta(hours=12)
"""No zone has changed its clocks twice within so short a time."""
BEGINNING, END = datetime(1, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001  UTC without zone, as the SQL wants it


def offsets(zone: str, since: datetime, until: datetime, *later: tuple[datetime, datetime]) -> Iterator[Offset]:
    """The stretches between two instants (UTC, without zone); the first and the last reach to the ends of time.

    Whole minutes: no zone in use has had others since 1972.

    Args:
        zone: Its name.
        since: From when on.
        until: Up to when.
        later: Further such pairs, in order and apart. What lies between is not looked at: the last stretch before goes
            on until then.
    """
    info = time_zones.zone(zone)
    begun, at = BEGINNING, since
    for first, last in ((since, until), *later):
        if _minutes(info, first) != _minutes(info, at):
            yield Offset(zone, begun, first, _minutes(info, at))
            begun = first
        at = first
        while at < last:
            following = min(at + _STEP, last)
            if _minutes(info, following) != _minutes(info, at):
                change = _change(info, at, following)
                yield Offset(zone, begun, change, _minutes(info, at))
                begun = change
            at = following
    yield Offset(zone, begun, END, _minutes(info, at))


def _minutes(zone: ZoneInfo, at: datetime) -> int:
    offset = at.replace(tzinfo=UTC).astimezone(zone).utcoffset()
    return round(offset.total_seconds() / 60) if offset is not None else 0


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    return change_of_offset(zone, before.replace(tzinfo=UTC), after.replace(tzinfo=UTC)).replace(tzinfo=None)
