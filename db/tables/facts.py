"""What crosses the door of this room: rows as frozen values, detached from any connection.

Field names are the columns' names. Times are aware UTC; money is whole minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from db.connection.errors import StoreDamaged
from db.tables.column_types import Ending, Entry, JobState, Kind, Proof, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponFact:
    """A row of `coupon`."""

    code: str
    store: str
    register: str
    staff: int
    reason: str
    item: str | None
    note: str | None
    remade: bool
    noticed_first: bool
    language: str
    issued_at: datetime
    business_date: date
    expires_on: date
    cost_minor: int
    currency: str
    request_id: str
    clock_drift_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFact:
    """A row of `coupon_event`."""

    code: str
    n: int
    kind: Kind
    at: datetime
    business_date: date
    store: str
    register: str
    staff: int
    request_id: str
    ending: Ending | None = None
    note: str | None = None
    offline: bool = False
    cost_minor: int | None = None
    clock_drift_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalFact:
    """A row of `refusal`."""

    id: str
    kind: str
    raw: str
    code: str | None
    at: datetime
    business_date: date
    store: str
    register: str
    staff: int | None
    entry: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFact:
    """A row of `print_job`."""

    id: int
    code: str
    copy: int
    state: JobState
    proof: Proof | None
    attempts: int
    last_error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipFontFact:
    """A row of `slip_font`."""

    code: str
    copy: int
    place: int
    file: str
    face: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterFact:
    """A row of `printer`."""

    proof: Proof | None
    torn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFact:
    """A row of `staff`. The hash is left out of `repr`: logs and tracebacks show reprs."""

    store: str
    id: int
    name: str
    role: Role
    active: bool
    pin_hash: str

    _shown: ClassVar[tuple[str, ...]] = ("store", "id", "name", "role", "active")

    def __repr__(self) -> str:
        return "StaffFact(" + ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown) + ")"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFact:
    """A row of `sign_in_lock`."""

    failures: int
    locked_until: datetime | None


_F = TypeVar("_F", CouponFact, EventFact, JobFact, SlipFontFact, StaffFact)


_NEVER_ABSENT: dict[type[object], tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind) if "None" not in str(each.type))
    for kind in (CouponFact, EventFact, JobFact, SlipFontFact, StaffFact)
}


def made(kind: type[_F], values: Mapping[Any, Any]) -> _F:
    """The fact that was read. StoreDamaged where a value is gone that each of them has."""
    if None in map(values.__getitem__, _NEVER_ABSENT[kind]):
        raise StoreDamaged("(A value in it is gone.)")
    return kind(**values)


def params(fact: CouponFact | EventFact | RefusalFact) -> dict[str, Any]:
    """The fact as statement parameters. Not `dataclasses.asdict`, which copies every value on the hot path."""
    return {field.name: getattr(fact, field.name) for field in fields(fact)}
