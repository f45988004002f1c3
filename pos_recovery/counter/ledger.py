"""The ledger as the use cases see it: stories read and events made, for one store and one register.

Shared by `recovery` (issue, redeem) and `aftercare` (reverse, void, reprint, end). Opens no transaction; every
method works inside the one it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from db.statements import coupons, print_jobs
from db.statements import staff as staff_rows
from db.tables.column_types import Ending, Entry, Kind
from db.tables.facts import CouponFact, EventFact, RefusalFact
from pos_recovery.counter.outcomes import (
    AlreadyRedeemed,
    Expired,
    Mistyped,
    Person,
    Refusal,
    SlipRefusal,
    Story,
    TypingLocked,
    Unknown,
    Voided,
)
from pos_recovery.rules import codes
from pos_recovery.rules.business_days import Calendar, Clock, drift_s
from pos_recovery.rules.lockout_times import Rests
from pos_recovery.rules.text_cleaning import RAW_LIMIT, clean
from pos_recovery.scanners.keyboard_wedge import Scanner

JUST_NOW = timedelta(minutes=2)
MOST_GUESSES, GUESSES_WITHIN, TYPING_RESTS = 5, timedelta(minutes=10), timedelta(minutes=5)
"""Five codes that do not exist, typed at one register within ten minutes, rest its typing for five. Nobody misreads
five slips so that the check symbol still holds (1 in 32 each); a guess hits one of a million live coupons once in
3.6e10 tries, so this is for the peace of the counter and for the list head office reads."""
_TYPING = "typing"
"""Whose rest it is, of this register."""
LOST_RACES = 8
"""Tries before a deed gives up: whoever loses that often is not racing, something is broken."""


class RequestReusedError(Exception):
    """The request id belongs to another coupon or another deed: the caller mixed up its requests."""


@dataclass(frozen=True, slots=True)
class House:
    """What the use cases need to know of the store, taken from its settings."""

    store: str
    store_name: str
    register: str
    calendar: Calendar
    currency: str
    cost_minor: int
    reasons: frozenset[str]
    allowance: int
    cap: int
    goodwill_cap: int
    baristas_may_redeem: bool
    decimals: Mapping[str, int] = field(default_factory=dict)
    """Decimal places of each currency that this ledger knows, the house's own among them."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One register's view of what is on record."""

    engine: Engine
    house: House
    clock: Clock
    random_bits: Callable[[int], int]
    rests: Rests = field(default_factory=Rests)
    scanner: Scanner = field(default_factory=Scanner)

    def read(self, raw: str) -> codes.Reading:
        """What was typed or scanned, as codes."""
        return self.scanner.habits.read(raw)

    def story(self, connection: Connection, coupon: CouponFact) -> Story:
        """The coupon with everything that became of it."""
        return self.stories(connection, [coupon])[0]

    def stories(self, connection: Connection, found: Sequence[CouponFact]) -> list[Story]:
        """Several coupons with everything that became of each: three statements, however many there are."""
        now = self.clock()
        codes_found = [coupon.code for coupon in found]
        names = {person.id: person.name for person in staff_rows.everyone(connection, self.house.store)}
        events = coupons.events(connection, codes_found)
        papers = print_jobs.of_codes(connection, codes_found)
        return [
            Story(
                coupon,
                events.get(coupon.code, ()),
                papers.get(coupon.code, ()),
                names,
                self.house.store_name,
                expired=self.house.calendar.is_expired(coupon.expires_on, now),
                decimals=self.house.decimals.get(coupon.currency),
            )
            for coupon in found
        ]

    def find_bare(
        self, connection: Connection, raw: str, reading: codes.Reading
    ) -> tuple[Story | Unknown | Mistyped, datetime | None]:
        """`find` in one statement, for the way a guest waits for: without print jobs, which redeeming never asks.

        Beside it the latest time on any fact; None when no coupon was found.
        """
        found = coupons.find_story(connection, reading.candidates) if reading.candidates else None
        if found is None:
            return (Unknown(reading.code) if reading.code else Mistyped(clean(raw, RAW_LIMIT))), None
        coupon, events, names, newest = found
        expired = self.house.calendar.is_expired(coupon.expires_on, self.clock())
        decimals = self.house.decimals.get(coupon.currency)
        return Story(coupon, events, (), names, self.house.store_name, expired=expired, decimals=decimals), newest

    def find(self, connection: Connection, raw: str, reading: codes.Reading) -> Story | Unknown | Mistyped:
        """The coupon a reading means. A doubtful reading counts only when such a coupon exists."""
        coupon = coupons.find(connection, reading.candidates) if reading.candidates else None
        if coupon is not None:
            return self.story(connection, coupon)
        return Unknown(reading.code) if reading.code else Mistyped(clean(raw, RAW_LIMIT))

    def refusal(self, found: Story | Unknown | Mistyped | TypingLocked, now: datetime) -> SlipRefusal | None:
        """Why the slip is not good; None when it is."""
        if not isinstance(found, Story):
            return found
        last = found.deciding
        if found.state == Kind.REDEEMED and last is not None:
            here = (last.store, last.register) == (self.house.store, self.house.register)
            return AlreadyRedeemed(found, last, here, just_now=abs(now - last.at) < JUST_NOW)
        if found.state == Kind.VOIDED and last is not None:
            return Voided(found, last)
        if found.expired:
            return Expired(found, found.coupon.expires_on)
        return None

    def event(  # noqa: PLR0913  (what an event is made of)
        self,
        connection: Connection,
        code: str,
        n: int,
        kind: Kind,
        by: Person,
        request_id: str,
        now: datetime,
        *,
        ending: Ending | None = None,
        note: str | None = None,
        cost_minor: int | None = None,
        newest: datetime | None = None,
    ) -> EventFact:
        """An event of this register, not yet appended. `newest` is the latest time on any fact; None: look it up."""
        return EventFact(
            code=code,
            n=n,
            kind=kind,
            at=now,
            business_date=self.house.calendar.business_date(now),
            store=self.house.store,
            register=self.house.register,
            staff=by.id,
            request_id=request_id,
            ending=ending,
            note=note,
            cost_minor=cost_minor,
            clock_drift_s=drift_s(now, newest or coupons.newest_instant(connection)),
        )

    def typing_locked(self, connection: Connection, raw: str, now: datetime) -> TypingLocked | None:
        """Whether too many codes that do not exist were typed at this register, and until when it takes no more.

        Guesses that lie after `now` were made while the clock was ahead, and hide none that is made now.
        """
        since = now - GUESSES_WITHIN - TYPING_RESTS
        guesses = coupons.guesses(connection, self.house.store, self.house.register, since, now, MOST_GUESSES)
        if len(guesses) < MOST_GUESSES or guesses[0] - guesses[-1] > GUESSES_WITHIN:
            return None
        if self.rests.is_over(_TYPING, guesses[0], TYPING_RESTS, now):
            return None
        return TypingLocked(guesses[0] + TYPING_RESTS, clean(raw, RAW_LIMIT))

    def goodwill_today(self, connection: Connection, by: Person, now: datetime) -> int:
        """Drinks this person has given as goodwill on this business day."""
        given = coupons.events_of_day(connection, self.house.calendar.business_date(now))
        mine = (event for event in given if (event.store, event.staff) == (self.house.store, by.id))
        return sum(event.kind is Kind.GOODWILL for event in mine)

    def record_refusal(
        self,
        connection: Connection,
        refused: Refusal,
        raw: str,
        by: Person,
        now: datetime,
        entry: Entry | None,
        *,
        is_code: bool = True,
    ) -> None:
        """Append that this was tried and not allowed. Where `raw` is not a code, it is not read as one."""
        reads_as = self.read(raw).code if is_code else None
        fact = RefusalFact(
            id=f"{self.random_bits(128):032x}",
            kind=refused.outcome,
            raw=clean(raw, RAW_LIMIT),
            code=reads_as,
            at=now,
            business_date=self.house.calendar.business_date(now),
            store=self.house.store,
            register=self.house.register,
            staff=by.id,
            entry=entry,
        )
        coupons.add_refusal(connection, fact)
        if isinstance(refused, Unknown) and entry is not Entry.SCANNED:
            self.rests.know(_TYPING, now)  # it may have been the fifth
