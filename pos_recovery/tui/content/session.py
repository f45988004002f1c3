"""What every screen of one register may look at: who has signed in, the open counter, what is known of its devices.

Handed down by the app, which fills it in; a screen that wants something done posts a message instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pos_recovery.counter.outcomes import Person
    from pos_recovery.opening.wiring import Counter
    from pos_recovery.system.locations import Home
    from pos_recovery.system.terminal import Abilities
    from receipts.values.status import Condition

_Kind = TypeVar("_Kind")


class _HasSession(Protocol):
    session: Session


@dataclass
class Session:
    """One running register, as its screens know it."""

    home: Home
    abilities: Abilities
    """What the terminal can show."""
    counter: Counter | None = None
    """None: not open yet."""
    person: Person | None = None
    """Who has signed in; None: nobody."""
    last_code: str | None = None
    """Of the coupon given last since somebody signed in."""
    printer: Condition | None = None
    """The printer's latest word; None: before the first look."""
    waiting_scans: dict[str, float] = field(default_factory=dict)
    """Scans nobody has attended to yet, in order, and when each was made."""
    scanner_lost: bool = False
    """Whether there is a serial scanner that cannot be heard, or not be understood."""
    spares: dict[type[object], object] = field(default_factory=dict)
    """Screens that are laid out already, one of a kind, and shown by nobody yet."""

    @staticmethod
    def of(app: object) -> Session:
        """That of the app which a screen or a widget is part of."""
        return cast("_HasSession", app).session

    @property
    def zone(self) -> ZoneInfo:
        """The store's time zone; UTC until it is known."""
        from pos_recovery.rules import time_zones

        return self.counter.ledger.house.calendar.zone if self.counter else time_zones.zone("UTC")

    @property
    def only_previews(self) -> bool:
        """Whether there is no printer, only pictures of slips."""
        return self.counter is not None and self.counter.settings.printer == "preview:"

    def now(self) -> datetime:
        """The present instant by the counter's clock."""
        return self.counter.clock() if self.counter else datetime.now(UTC)

    def sentence(self, outcome: object) -> str:
        """An outcome in words."""
        from pos_recovery.counter.outcome_words import sentence

        return sentence(outcome, self.zone, self.now(), self.counter.settings.store_id if self.counter else "")

    def take_spare(self, kind: type[_Kind]) -> _Kind | None:
        """A screen of this kind that nobody has written on, if there has been time to lay one out."""
        return cast("_Kind | None", self.spares.pop(kind, None))
