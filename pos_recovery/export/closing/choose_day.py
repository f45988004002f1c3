"""What an export does: close a day, tell a closed one again, or refuse because a clock can hardly be right.

A machine's clock decides which day is over, and once in a while it is wrong: a day and a month swapped, a battery that
was empty. A night closed by such a clock cannot be taken back, because facts are told once. So a day that is far from
everything on record is not closed unasked; and where the last night is of a day that has not begun, the next one goes
back behind it once a person has named its day. Runs are still counted on then, and each names the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from db.connection.engine import reading
from db.night import extent
from pos_recovery.export.closing import planning
from pos_recovery.export.closing.outcomes import DayFarOff, DayNotBegun, NightAhead, NothingToClose
from pos_recovery.export.facts.run_inputs import FAR
from pos_recovery.rules.codes import FIRST_YEAR

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from db.night.runs import StoreRow
    from pos_recovery.export.facts.run_inputs import Basis

_LAST_YEAR = FIRST_YEAR + 85
"""Up to which a code can tell its month."""


@dataclass(frozen=True, slots=True)
class New:
    """A day is to be closed."""

    day: date


@dataclass(frozen=True, slots=True)
class Again:
    """A run is to be told once more."""

    run: int


Choice = New | Again | NothingToClose | DayNotBegun | DayFarOff | NightAhead


def choose(
    engine: Engine, runs: Sequence[Basis], stores: Sequence[StoreRow], asked: date | None, now: datetime
) -> Choice:
    """Which it is.

    Args:
        engine: Where the facts are.
        runs: All of them.
        stores: All of them.
        asked: The day that a person named; None: the last one that is over in every store.
        now: By the machine's clock.
    """
    over, today = planning.last_day_over(stores, now), planning.furthest(stores, now)
    if over is None or today is None:
        return NothingToClose()
    begun = [each for each in in_order(runs) if each.day <= today]
    if asked is not None:
        return _asked(engine, runs, begun, asked, today)
    closed, ahead = begun[-1].day if begun else None, bool(runs) and runs[-1].day > today
    if closed is None or over > closed or ahead:
        nearest = _nearest(engine, begun, over)
        if abs(over - nearest) > FAR if nearest else not FIRST_YEAR <= over.year <= _LAST_YEAR:
            return DayFarOff(over, nearest)
    if ahead:
        following = over if closed is None else max(over, closed + timedelta(days=1))
        return NightAhead(runs[-1].run, runs[-1].day, today, following)
    return New(over) if closed is None or over > closed else Again(runs[-1].run)


def in_order(runs: Sequence[Basis]) -> list[Basis]:
    """Those that no later run went back behind: each of a later day than the one before."""
    kept: list[Basis] = []
    for each in runs:
        while kept and kept[-1].day >= each.day:
            kept.pop()
        kept.append(each)
    return kept


def _asked(engine: Engine, runs: Sequence[Basis], begun: Sequence[Basis], asked: date, today: date) -> Choice:
    """A person means what they say. But no day is closed before it begins, or where nothing can be of it."""
    own = next((each for each in reversed(runs) if each.day == asked), None)
    if asked > today:
        return Again(own.run) if own else DayNotBegun(asked, today)
    is_new = not begun or asked > begun[-1].day
    if own and not is_new:
        return Again(own.run)
    first = _nearest(engine, begun, date.min)
    if min(first or today, today) - asked > FAR:
        return NothingToClose(asked, first)
    return New(asked) if is_new else Again(next(each.run for each in begun if each.day >= asked))


def _nearest(engine: Engine, begun: Sequence[Basis], day: date) -> date | None:
    """The business day on record, of a fact or a night, that is nearest to a day; None: there is none."""
    with reading(engine) as connection:
        days = [*extent.around(connection, day), *(each.day for each in begun)]
    return min(days, key=lambda each: abs(each - day), default=None)
