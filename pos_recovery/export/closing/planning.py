"""Which business day a run closes, and what it rests on. Reads the ledger and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from db.connection.engine import reading
from db.night import extent as extents
from db.night import marks
from db.night import runs as records
from db.night.span import FIRST_DAY, Span
from db.night.told_facts import Offset
from db.statements import currencies as counted
from db.statements import reference
from pos_recovery.counter import currency_decimals
from pos_recovery.export.facts.run_inputs import FAR, Basis, StoreShown, known_at
from pos_recovery.export.facts.zone_offsets import BEGINNING, END, offsets
from pos_recovery.export.page.money_formats import forms
from pos_recovery.rules import time_zones
from pos_recovery.rules.business_days import Calendar

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from db.night.runs import RunFact, StoreRow

_BEFORE, _BEHIND = timedelta(days=2 * 366), timedelta(days=2)
"""How much further than the facts of a run its clocks are written down: an event tells when its coupon was given."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings say: what a person may give in a day, and whether nights name people."""

    allowance: int
    cap: int
    names: bool = False


def last_day_over(stores: Sequence[StoreRow], now: datetime) -> date | None:
    """The last business day that is over in every store; None: there is no store."""
    days = [_calendar(store).business_date(now) for store in stores]
    return min(days) - timedelta(days=1) if days else None


def furthest(stores: Sequence[StoreRow], now: datetime) -> date | None:
    """The last business day that has begun in any store; None: there is no store.

    One that runs may be closed: what comes then is told as late.
    """
    return max((_calendar(store).business_date(now) for store in stores), default=None)


def runs_until(stores: Sequence[StoreRow], day: date, now: datetime) -> datetime | None:
    """When a business day is over in the last store that it still runs in, on its clocks; None: it is over in all."""
    ends = []
    for store in stores:
        calendar = _calendar(store)
        if calendar.business_date(now) <= day:
            following = calendar.begins(day + timedelta(days=1))
            ends.append((following, calendar.local(following)))
    return max(ends)[1] if ends else None


def _calendar(store: StoreRow) -> Calendar:
    return Calendar(time_zones.zone(store.timezone), time.fromisoformat(store.day_starts))


def begin(
    engine: Engine,
    runs: Sequence[Basis],
    last: RunFact | None,
    day: date,
    limits: Limits,
    now: datetime,
    language: str = "en",
) -> Basis:
    """What a new run rests on. Its mark is taken here: what is recorded from now on is of the next run.

    Everything else is read after the mark: so there is a store for every fact, and there may be one without any.
    """
    before = runs[-1] if runs else None
    known = known_at(runs)
    with reading(engine) as connection:
        until = marks.take(connection)
        beyond, early = (before.beyond_it, before.early_by_it) if before else ((), ())
        stores = records.stores(connection)
        begun = furthest(stores, now) or day
        far = min(begun, date.max - FAR) + FAR
        after, after_day = (before.until, before.day) if before else (None, FIRST_DAY)
        extent = extents.extent(connection, Span(after, after_day, until, day, beyond, far, early))
        reasons = reference.reasons(connection)
        decided = counted.decided(connection)
        people = reference.people(connection) if limits.names else {}
    shown = {store.id: StoreShown(store.name, store.timezone, store.currency) for store in stores}
    running = runs_until(stores, day, now) is not None
    currencies = sorted(extent.currencies | {store.currency for store in stores})
    decimals = {
        each: decided[each].decimals if each in decided else currency_decimals.decimals_of(each) for each in currencies
    }
    written = forms(currencies, stores, language)
    return Basis(
        run=before.run + 1 if before else 1,
        day=day,
        until=until,
        previous_day=before.day if before else None,
        after=after,
        beyond=beyond,
        far=far if extent.far else None,
        early=early,
        previous_manifest=last.manifest_sha256 if last else None,
        stores={store: each for store, each in sorted(shown.items()) if known.stores.get(store) != each},
        reasons={reason: name for reason, name in sorted(reasons.items()) if known.reasons.get(reason) != name},
        people={person: name for person, name in people.items() if known.people.get(person) != name},
        names=limits.names,
        scales={each: 10**places for each, places in decimals.items() if known.scales.get(each) != 10**places},
        forms={each: form for each, form in written.items() if known.forms.get(each) != form},
        offsets=_clocks({each.timezone for each in shown.values()}, extent, day),
        allowance=limits.allowance,
        cap=limits.cap,
        over=not running,
        furthest=begun,
        zone_rules=time_zones.in_use().version,
    )


def _clocks(zones: set[str], extent: extents.Extent, day: date) -> tuple[Offset, ...]:
    some = datetime.combine(day, time(), UTC)
    pairs = [(extent.first or some, extent.last or some)]
    pairs += [(datetime.combine(each, time(), UTC), datetime.combine(each, time.max, UTC)) for each in extent.far]
    first, *later = _apart(pairs)
    return tuple(stretch for zone in sorted(zones) for stretch in offsets(zone, *first, *later))


def _apart(pairs: Sequence[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """With what is written down before and behind; those that touch are one. Without zone."""
    begun = reached = None
    for first, last in sorted(pairs):
        since = max(first.replace(tzinfo=None), BEGINNING + _BEFORE) - _BEFORE
        until = min(last.replace(tzinfo=None), END - _BEHIND) + _BEHIND
        if begun is None or reached is None:
            begun, reached = since, until
        elif since <= reached:
            reached = max(reached, until)
        else:
            yield begun, reached
            begun, reached = since, until
    if begun is not None and reached is not None:
        yield begun, reached
