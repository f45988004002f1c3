"""What the register shows of the day: the numbers beside the grid, and the list of slips. Reads only."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from db.connection.engine import reading
from db.statements import coupons, print_jobs
from db.tables.column_types import Ending, Kind
from db.tables.facts import CouponFact, EventFact, JobFact
from pos_recovery.counter.ledger import Ledger
from pos_recovery.counter.outcomes import Person, Story
from pos_recovery.rules.codes import ALPHABET, MONTH_LETTERS, issued_within, month_prefix, symbols_in

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

PAGE = 200
"""Slips a list shows at most; a till never needs a thousand rows, and a terminal takes seconds to draw them."""
OLDER = 50
"""Of slips of other days, found by their code."""
ENOUGH_LETTERS = 3
"""To look for among the good slips of any day: fewer are in too many codes to be of use."""


@dataclass(frozen=True, slots=True)
class Today:
    """One business day at one store, so far."""

    given: int
    """Coupons issued, voided ones included."""
    by_hour: tuple[int, ...]
    """Coupons by hour of the wall clock, from the hour the business day starts: 24 numbers."""
    first_hour: int
    came_back: int
    """Redemptions that still stand."""
    turned_around: int
    noticed_first: int
    mine: int
    """Given by the person asking."""
    allowance: int
    cap: int
    waiting: tuple[JobFact, ...]
    """Print jobs whose paper is in doubt, oldest first."""


def _standing(events: Iterable[EventFact]) -> dict[str, Ending | None]:
    """The redemptions that still stand, by code, and how each story ended: a reversed slip may be redeemed again.

    In the order of n, not of time: a clock that was set back puts a reverse before what it reversed.
    """
    came: dict[str, Ending | None] = {}
    for event in sorted(events, key=lambda event: event.n):
        if event.kind is Kind.REDEEMED or (event.kind is Kind.ENDED and event.code in came):
            came[event.code] = event.ending
        elif event.kind is Kind.REVERSED:
            came.pop(event.code, None)
    return came


@dataclass(frozen=True, slots=True)
class Board:
    """The day as one register sees it."""

    ledger: Ledger

    def today(self, person: Person) -> Today:
        """The numbers of the running business day."""
        house = self.ledger.house
        day = house.calendar.business_date(self.ledger.clock())
        with reading(self.ledger.engine) as connection:
            given = coupons.of_day(connection, day, limit=100_000)
            events = coupons.events_of_day(connection, day)
            mine = coupons.count_given(connection, day, house.store, person.id)
            waiting = print_jobs.unsettled(connection)
        hours = Tally(house.calendar.local(coupon.issued_at).hour for coupon in given)
        first = house.calendar.day_starts.hour
        came = _standing(events)
        return Today(
            given=len(given),
            by_hour=tuple(hours[(first + hour) % 24] for hour in range(24)),
            first_hour=first,
            came_back=len(came),
            turned_around=sum(ending is Ending.TURNED_AROUND for ending in came.values()),
            noticed_first=sum(coupon.noticed_first for coupon in given),
            mine=mine,
            allowance=house.allowance,
            cap=house.cap,
            waiting=waiting,
        )

    def slips(self, part: str = "") -> tuple[Story, ...]:
        """Today's slips, newest first; with part of a code, also older ones whose code begins with it.

        Where that finds none, any slip that is still good and has the part anywhere in its code: of a creased slip
        often only the end can be read. Among a million coupons that takes 130 ms.

        Slips whose paper is in doubt come before all others; without a part, those of any day.
        """
        house = self.ledger.house
        wanted = "".join(letter for letter in symbols_in(part) if letter in ALPHABET)
        day = house.calendar.business_date(self.ledger.clock())
        with reading(self.ledger.engine) as connection:
            found = list(coupons.of_day(connection, day, containing=wanted, limit=PAGE))
            if wanted:
                here = {coupon.code for coupon in found}
                found += [each for each in self._beginning(connection, wanted) if each.code not in here]
            if not found and len(wanted) >= ENOUGH_LETTERS:
                found += self._still_good(connection, wanted, day)
            doubtful = {job.code for job in print_jobs.unsettled(connection)}
            if not wanted:
                found += coupons.of_codes(connection, doubtful - {coupon.code for coupon in found})
            stories = self.ledger.stories(connection, found)
        return tuple(sorted(stories, key=lambda story: story.code not in doubtful))

    def again(self, stories: Iterable[Story]) -> tuple[Story, ...]:
        """The same stories as they stand now, with their paper."""
        with reading(self.ledger.engine) as connection:
            return tuple(self.ledger.stories(connection, [story.coupon for story in stories]))

    def _beginning(self, connection: Connection, wanted: str) -> tuple[CouponFact, ...]:
        """The newest coupons whose code begins so. The first two letters tell the month and nothing more."""
        if len(wanted) > MONTH_LETTERS:
            return coupons.matching(connection, wanted, limit=OLDER)
        return coupons.of_months(connection, wanted, *issued_within(wanted), limit=OLDER)

    def _still_good(self, connection: Connection, wanted: str, day: date) -> tuple[CouponFact, ...]:
        """The newest coupons that are good on `day` with this in their code.

        From the month on in which the oldest of them was given; where the store's days have been cut short since, one
        of before can be older, and is found by its beginning.
        """
        oldest = day - timedelta(days=self.ledger.house.calendar.valid_days)
        return coupons.good_containing(connection, wanted, month_prefix(oldest), day, limit=OLDER)
