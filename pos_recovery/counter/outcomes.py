"""What a use case answers: values to match on, for good days and for refusals alike.

Every class names its `outcome`, the word scripts see in `--json`. Refusals share one vocabulary and are never
merged; a fault of the system is an exception (`db.connection.errors.StoreError`), never one of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from db.tables.column_types import Ending, Kind, Role
from db.tables.facts import CouponFact, EventFact, JobFact


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in."""

    id: int
    name: str
    role: Role

    @property
    def leads(self) -> bool:
        """Whether this is a shift lead."""
        return self.role is Role.SHIFT_LEAD


@dataclass(frozen=True, slots=True)
class Story:
    """A coupon with everything that became of it."""

    coupon: CouponFact
    events: tuple[EventFact, ...] = ()
    jobs: tuple[JobFact, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    """Names of this store's people by id."""
    store_name: str = ""
    expired: bool = False
    """Whether its last business day is over, at the moment of asking."""
    decimals: int | None = None
    """Decimal places that its cost is counted in; None: in a currency that came in since this register began."""

    @property
    def code(self) -> str:
        """The twelve letters."""
        return self.coupon.code

    @property
    def deciding(self) -> EventFact | None:
        """The event that gives the coupon its state; None while it is as issued."""
        counting = (Kind.REDEEMED, Kind.REVERSED, Kind.VOIDED)
        return next((event for event in reversed(self.events) if event.kind in counting), None)

    @property
    def state(self) -> str:
        """`issued`, `redeemed`, `voided` or `expired`."""
        last = self.deciding
        if last is not None and last.kind is not Kind.REVERSED:
            return last.kind.value
        return "expired" if self.expired else "issued"

    @property
    def ending(self) -> Ending | None:
        """How the story ended, once somebody said."""
        since = self.deciding.n if self.deciding else 0
        return next((event.ending for event in reversed(self.events) if event.n >= since and event.ending), None)

    @property
    def next_n(self) -> int:
        """The number the next event of this coupon will carry."""
        return self.events[-1].n + 1 if self.events else 1

    def name_of(self, staff: int) -> str:
        """The person's name, or their number when the name is not known here."""
        return self.names.get(staff, f"no. {staff}")


@dataclass(frozen=True, slots=True)
class Issued:
    """Coupons are on record. Their paper is another matter."""

    outcome: ClassVar[str] = "issued"
    stories: tuple[Story, ...]
    jobs: tuple[int, ...]
    """Print jobs waiting for the desk, one a coupon; empty when no paper was asked for."""
    replay: bool
    """True: this request had been served before, and this is the same answer again."""
    given_today: int
    """Coupons this person has given on this business day, these included."""


@dataclass(frozen=True, slots=True)
class Found:
    """The coupon exists; its state says the rest."""

    outcome: ClassVar[str] = "found"
    story: Story


@dataclass(frozen=True, slots=True)
class Redeemed:
    """One drink is owed, now."""

    outcome: ClassVar[str] = "redeemed"
    story: Story
    replay: bool


@dataclass(frozen=True, slots=True)
class Goodwill:
    """The coupon stays refused; a drink was given all the same, and both are on record."""

    outcome: ClassVar[str] = "goodwill"
    refused: Refusal
    event: EventFact
    given_today: int
    """Drinks this lead has given as goodwill on this business day, this one included."""
    replay: bool


@dataclass(frozen=True, slots=True)
class Reversed:
    """The redemption was taken back; the coupon is good again."""

    outcome: ClassVar[str] = "reversed"
    story: Story
    replay: bool


@dataclass(frozen=True, slots=True)
class VoidDone:
    """The coupon is dead."""

    outcome: ClassVar[str] = "voided"
    story: Story
    replay: bool


@dataclass(frozen=True, slots=True)
class Reprinted:
    """The same code again, marked as a copy."""

    outcome: ClassVar[str] = "reprinted"
    story: Story
    job: int
    copy: int
    replay: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """How the story ended is on record."""

    outcome: ClassVar[str] = "ended"
    story: Story
    ending: Ending


@dataclass(frozen=True, slots=True)
class AlreadyRedeemed:
    """It was good once and has been served."""

    outcome: ClassVar[str] = "already_redeemed"
    story: Story
    redeemed: EventFact
    here: bool
    """Whether this very register did it."""
    just_now: bool
    """Whether it was less than two minutes ago."""


@dataclass(frozen=True, slots=True)
class Voided:
    """It was killed before it was used."""

    outcome: ClassVar[str] = "voided"
    story: Story
    voided: EventFact


@dataclass(frozen=True, slots=True)
class Expired:
    """Its last business day is over."""

    outcome: ClassVar[str] = "expired"
    story: Story
    expired_on: date


@dataclass(frozen=True, slots=True)
class Unknown:
    """Well-formed, and not ours."""

    outcome: ClassVar[str] = "unknown"
    code: str


@dataclass(frozen=True, slots=True)
class Mistyped:
    """The check symbol fails. No database was asked."""

    outcome: ClassVar[str] = "mistyped"
    raw: str
    """What was typed, cleaned and bounded."""


@dataclass(frozen=True, slots=True)
class TypingLocked:
    """Too many codes that do not exist were typed here. A scanner still reads good slips."""

    outcome: ClassVar[str] = "locked_out"
    until: datetime
    raw: str
    """What was typed, cleaned and bounded."""


@dataclass(frozen=True, slots=True)
class NotRedeemed:
    """There is no redemption to take back."""

    outcome: ClassVar[str] = "not_redeemed"
    story: Story


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """This person may not do that."""

    outcome: ClassVar[str] = "not_allowed"
    why: str
    """`role`, `own_recent`, `same_day`, `cap`, `goodwill_cap`, `wrong_pin`, `no_such_person` or `last_lead`."""
    sentence: str
    tries_left: int | None = None
    """After a wrong PIN: tries before a wait."""


@dataclass(frozen=True, slots=True)
class LockedOut:
    """Too many wrong PINs."""

    outcome: ClassVar[str] = "locked_out"
    until: datetime


SignInRefusal = NotAllowed | LockedOut
SlipRefusal = AlreadyRedeemed | Voided | Expired | Unknown | Mistyped | TypingLocked
Refusal = SlipRefusal | NotAllowed
