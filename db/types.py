"""Column types that keep what SQLModel and SQLite would lose.

Traps fenced here: SQLite hands aware times back naive; SQLAlchemy stores an enum by its name, not its value; a
table model of SQLModel validates nothing, so a CHECK constraint has to.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Dialect, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC, aware again when read. Refuses a naive one with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC on the way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be recorded")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  the base class names it
        """Aware on the way out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Role(StrEnum):
    """What a person may do."""

    BARISTA = "barista"
    SHIFT_LEAD = "shift_lead"


class Kind(StrEnum):
    """What became of a coupon. Only REDEEMED, REVERSED and VOIDED change its state."""

    REDEEMED = "redeemed"
    REVERSED = "reversed"
    VOIDED = "voided"
    GOODWILL = "goodwill"
    REPRINTED = "reprinted"
    ENDED = "ended"
    """How the story ended, when it was told after the redemption was already on record."""


class Ending(StrEnum):
    """How the story ended."""

    TURNED_AROUND = "turned_around"
    STILL_UNHAPPY = "still_unhappy"
    DID_NOT_SAY = "did_not_say"


class Entry(StrEnum):
    """How a code came in: the entry method of ARTS POSLog."""

    TYPED = "typed"
    """By hand, at the counter."""
    SCANNED = "scanned"
    """By a scanner, or from a list: nobody guesses like that."""
    COMMAND = "command"
    """On the command line, which cannot tell the two apart."""


class JobState(StrEnum):
    """Where a print job stands."""

    PENDING = "pending"
    SENDING = "sending"
    PRINTED = "printed"
    UNKNOWN = "unknown"
    FAILED = "failed"


HELD_UP = "stopped half-way for paper: the slip may be in two pieces"
"""The last error of a job that was printed all the same, until a person has seen that the slip will do."""


class Proof(StrEnum):
    """How a printed job is known to be on paper, the surest first."""

    CONFIRMED = "confirmed"
    PROCESSED = "processed"
    HANDED_OVER = "handed_over"
    BY_PERSON = "by_person"


def one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    """A CHECK that holds the column to the enum's values (NULL passes where the column allows it)."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=column)
