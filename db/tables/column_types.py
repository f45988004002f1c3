"""Column types that keep what SQLModel and SQLite would lose, and take nothing else for it.

Traps fenced here: SQLite hands aware times back naive; SQLAlchemy stores an enum by its name, not its value; a
table model of SQLModel validates nothing, so a CHECK constraint has to. SQLite keeps any kind of value in any column:
where one bit of a file is wrong a number comes back as text and a text as bytes, and would break whoever works with it
far from here. What cannot have been written by us is a StoreDamaged when it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, DateTime, Dialect, Integer, String, TypeDecorator
from sqlalchemy.types import TypeEngine

from db.connection.errors import StoreDamaged

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)
_Process = Callable[[Any], Any]
FIRST_YEAR, LAST_YEAR = 1900, 2299
"""What a register's clock may ever have shown, wrong ones included: a dead battery shows 1970 or 2000, and Python's own
clock ends in 2262 (CPython 3.11: 2^63 nanoseconds). Of a year outside, nothing could be worked out without leaving what
Python's calendar can say."""
MOST = 2**53
"""What a whole number may be, either way. No sum of ours comes near it, and no arithmetic on it runs over."""


class _Checked(TypeDecorator[_T]):
    """What was put in comes out, or a StoreDamaged does. NULL passes: an outer join has it where there is no row."""

    what = "value"

    @staticmethod
    def holds(value: Any) -> bool:  # noqa: ANN401  whatever a file holds
        """Whether a value that was read can be one of these."""
        raise NotImplementedError

    def result_processor(self, dialect: Dialect, coltype: object) -> _Process:
        """The base's own way, fenced."""
        parse, holds, what = super().result_processor(dialect, coltype), self.holds, self.what

        def as_it_is(value: Any) -> Any:  # noqa: ANN401  whatever a file holds
            if value is None or holds(value):
                return value
            raise StoreDamaged(f"(A {what} in it is none.)")

        if parse is None:
            return as_it_is

        def read(value: Any) -> Any:  # noqa: ANN401  whatever a file holds
            if value is None:
                return None
            try:
                return as_it_is(parse(value))
            except (ValueError, TypeError):
                raise StoreDamaged(f"(A {what} in it is none.)") from None

        return read


class Text(_Checked[str]):
    """Text. Where a file is damaged it may be bytes, or a number."""

    impl = String
    cache_ok = True
    what = "text"

    def __init__(self, length: int | None = None) -> None:
        """`length` in characters, for the table; None: any."""
        super().__init__(length)

    @staticmethod
    def holds(value: Any) -> bool:  # noqa: ANN401  see above
        """Text, and nothing else."""
        return type(value) is str


class Whole(_Checked[int]):
    """A whole number."""

    impl = Integer
    cache_ok = True
    what = "number"

    @staticmethod
    def holds(value: Any) -> bool:  # noqa: ANN401  see above
        """No text, no fraction, no number that nobody counts to."""
        return type(value) is int and -MOST <= value <= MOST


class Large(Whole):
    """A whole number that PostgreSQL keeps in eight bytes."""

    impl = BigInteger
    cache_ok = True


class Flag(_Checked[bool]):
    """Yes or no; SQLite's 1 or 0. SQLAlchemy alone would take any text for a yes."""

    impl = Boolean
    cache_ok = True
    what = "yes or no"

    def result_processor(self, dialect: Dialect, coltype: object) -> _Process:
        """As it is kept: the base's way makes a yes of nearly anything."""
        del dialect, coltype

        def read(value: Any) -> bool | None:  # noqa: ANN401  see above
            if value is None:
                return None
            if type(value) not in {int, bool} or value not in {0, 1}:
                raise StoreDamaged(f"(A {self.what} in it is neither.)")
            return bool(value)

        return read


class Day(_Checked[date]):
    """A day of the calendar."""

    impl = Date
    cache_ok = True
    what = "day"

    @staticmethod
    def holds(value: Any) -> bool:  # noqa: ANN401  see above
        """One that a clock may have shown."""
        return type(value) is date and FIRST_YEAR <= value.year <= LAST_YEAR


class UtcDateTime(_Checked[datetime]):
    """An aware instant, stored in UTC, aware again when read. Refuses a naive one with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True
    what = "time"

    @staticmethod
    def holds(value: Any) -> bool:  # noqa: ANN401  see above
        """One that a clock may have shown."""
        return type(value) is datetime and FIRST_YEAR <= value.year <= LAST_YEAR

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


def checked(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type of a column, so that what is read of it can be nothing else."""
    if isinstance(kind, _Checked):
        return kind
    if isinstance(kind, Boolean):
        return Flag()
    if isinstance(kind, Integer):
        return Large() if isinstance(kind, BigInteger) else Whole()
    if isinstance(kind, Date):
        return Day()
    return Text(getattr(kind, "length", None))


def member(kind: type[_E], value: str) -> _E:
    """Which of the enum's a value from the database is. StoreDamaged where it is none: a CHECK let nothing else in."""
    try:
        return kind(value)
    except ValueError:
        raise StoreDamaged(f"({kind.__name__} is kept as one of {len(kind)} words, and this is none.)") from None


def one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    """A CHECK that holds the column to the enum's values (NULL passes where the column allows it)."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=column)
