"""The ledger as the use cases see it: stories read and events made, for one store and one register.

Shared by `recovery` (issue, redeem) and `aftercare` (reverse, void, reprint, end). Opens no transaction; every
method works inside the one it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from db import coupons, jobs
from db import staff as staff_rows
from db.facts import CouponFact, EventFact, RefusalFact
from db.types import Kind
from pos_recovery import codes
from pos_recovery.business import Calendar, Clock, drift_s
from pos_recovery.outcomes import (
    AlreadyRedeemed,
    Expired,
    Mistyped,
    Person,
    Refusal,
    SlipRefusal,
    Story,
    Unknown,
    Voided,
)
from pos_recovery.texts import RAW_LIMIT, clean

JUST_NOW = timedelta(minutes=2)
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
    scanner_prefix: str = ""
    scanner_suffix: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One register's view of what is on record."""

    engine: Engine
    house: House
    clock: Clock
    random_bits: Callable[[int], int]

    def read(self, raw: str) -> codes.Reading:
        """What was typed or scanned, as codes."""
        return codes.read_code(raw, prefix=self.house.scanner_prefix, suffix=self.house.scanner_suffix)

    def story(self, connection: Connection, coupon: CouponFact) -> Story:
        """The coupon with everything that became of it."""
        return self.stories(connection, [coupon])[0]

    def stories(self, connection: Connection, found: Sequence[CouponFact]) -> list[Story]:
        """Several coupons with everything that became of each: three statements, however many there are."""
        now = self.clock()
        codes_found = [coupon.code for coupon in found]
        names = {person.id: person.name for person in staff_rows.everyone(connection, self.house.store)}
        events = coupons.events(connection, codes_found)
        papers = jobs.of_codes(connection, codes_found)
        return [
            Story(
                coupon,
                events.get(coupon.code, ()),
                papers.get(coupon.code, ()),
                names,
                self.house.store_name,
                expired=self.house.calendar.is_expired(coupon.expires_on, now),
            )
            for coupon in found
        ]

    def find_bare(self, connection: Connection, raw: str, reading: codes.Reading) -> Story | Unknown | Mistyped:
        """`find` in one statement, for the way a guest waits for: without print jobs, which redeeming never asks."""
        found = coupons.find_story(connection, reading.candidates) if reading.candidates else None
        if found is None:
            return Unknown(reading.code) if reading.code else Mistyped(clean(raw, RAW_LIMIT))
        coupon, events, names = found
        expired = self.house.calendar.is_expired(coupon.expires_on, self.clock())
        return Story(coupon, events, (), names, self.house.store_name, expired=expired)

    def find(self, connection: Connection, raw: str, reading: codes.Reading) -> Story | Unknown | Mistyped:
        """The coupon a reading means. A doubtful reading counts only when such a coupon exists."""
        coupon = coupons.find(connection, reading.candidates) if reading.candidates else None
        if coupon is not None:
            return self.story(connection, coupon)
        return Unknown(reading.code) if reading.code else Mistyped(clean(raw, RAW_LIMIT))

    def refusal(self, found: Story | Unknown | Mistyped, now: datetime) -> SlipRefusal | None:
        """Why the slip is not good; None when it is."""
        if not isinstance(found, Story):
            return found
        last = found.deciding
        if found.state == Kind.REDEEMED and last is not None:
            here = (last.store, last.register) == (self.house.store, self.house.register)
            return AlreadyRedeemed(found, last, here, just_now=timedelta(0) <= now - last.at < JUST_NOW)
        if found.state == Kind.VOIDED and last is not None:
            return Voided(found, last)
        if found.expired:
            return Expired(found, found.coupon.expires_on)
        return None

    def event(
        self, connection: Connection, code: str, n: int, kind: Kind, by: Person, request_id: str, now: datetime
    ) -> EventFact:
        """An event of this register, not yet appended."""
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
            clock_drift_s=drift_s(now, coupons.newest_instant(connection)),
        )

    def record_refusal(self, connection: Connection, refused: Refusal, raw: str, by: Person, now: datetime) -> None:
        """Append that this was tried and not allowed."""
        reading = self.read(raw)
        fact = RefusalFact(
            id=f"{self.random_bits(128):032x}",
            kind=refused.outcome,
            raw=clean(raw, RAW_LIMIT),
            code=reading.code,
            at=now,
            business_date=self.house.calendar.business_date(now),
            store=self.house.store,
            register=self.house.register,
            staff=by.id,
        )
        coupons.add_refusal(connection, fact)
