"""The tables. No method here touches a session, and no row leaves the core: callers get frozen dataclasses.

`coupon`, `coupon_event`, `refusal`, `conflict`, `currency`, `slip_font` and the three tables of exports are facts:
triggers in the migrations refuse to change or delete them. On PostgreSQL the first four have one column more,
`recorded_tx` (see `db.night.marks`), which the models leave out: no row is made or read by it, and a column that one of
two databases lacks cannot be in a SELECT for both. `print_job`, `print_request`, `printer` and `sign_in_lock` belong to
one register. The others are reference.

A SQLModel table validates nothing when a row is made. Rows are therefore made only from values the core has
already checked, and the database holds the last word (keys, CHECKs, triggers).

Who builds them waits a quarter of a second, so statements do not: they name the tables as `core_tables` has them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from db.tables.column_types import Ending, Entry, JobState, Kind, Proof, Role, UtcDateTime, checked, one_of

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_HAS_ERROR = text("last_error IS NOT NULL")
"""Of the jobs that are printed nearly none: what the register asks for all day must not pass by all the others."""


class Table(SQLModel):
    """Base of all tables: its own metadata, with names for constraints so that migrations can find them."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class Store(Table, table=True):
    """One shop."""

    __tablename__ = "store"
    id: str = Field(primary_key=True, max_length=32)
    name: str
    timezone: str
    currency: str = Field(max_length=3)
    day_starts: str = Field(default="04:00", max_length=5, sa_column_kwargs={"server_default": "04:00"})
    """HH:MM on its clocks."""


class Register(Table, table=True):
    """One terminal of a store."""

    __tablename__ = "register"
    __table_args__ = (ForeignKeyConstraint(["store"], ["store.id"]),)
    store: str = Field(primary_key=True, max_length=32)
    id: str = Field(primary_key=True, max_length=32)


class Staff(Table, table=True):
    """A person. Ids are small integers, counted per store and never given twice."""

    __tablename__ = "staff"
    __table_args__ = (ForeignKeyConstraint(["store"], ["store.id"]), one_of("role", Role))
    store: str = Field(primary_key=True, max_length=32)
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str
    role: str = Field(max_length=16)
    pin_hash: str
    active: bool = True


class Reason(Table, table=True):
    """What went wrong, by id; the playbooks live in files."""

    __tablename__ = "reason"
    id: str = Field(primary_key=True, max_length=24)
    name: str


class Currency(Table, table=True):
    """How a currency is counted here: decided once, when it first came, and never again."""

    __tablename__ = "currency"
    __table_args__ = (CheckConstraint("decimals BETWEEN 0 AND 4", name="decimals"),)
    code: str = Field(primary_key=True, max_length=3)
    decimals: int
    """Decimal places of one minor unit: an amount is its `cost_minor` divided by ten to the power of this."""
    evidence: str = Field(max_length=200)
    """By what it was decided, in the words of whoever did."""
    at: datetime = Field(sa_type=UtcDateTime)


class Coupon(Table, table=True):
    """A promise of one free drink. Written once."""

    __tablename__ = "coupon"
    __table_args__ = (
        ForeignKeyConstraint(["store", "register"], ["register.store", "register.id"]),
        ForeignKeyConstraint(["store", "staff"], ["staff.store", "staff.id"]),
        ForeignKeyConstraint(["reason"], ["reason.id"]),
        UniqueConstraint("request_id"),
        CheckConstraint("length(code) = 12", name="code"),
        CheckConstraint("cost_minor >= 0", name="cost_minor"),
        Index("ix_coupon_business_date", "business_date"),
        Index("ix_coupon_issued_at", "issued_at"),
    )
    code: str = Field(sa_column=Column(String(12), primary_key=True))
    store: str = Field(max_length=32)
    register_id: str = Field(max_length=32, sa_column_kwargs={"name": "register"})
    """Column `register`; the attribute would hide one of the base class."""
    staff: int
    reason: str = Field(max_length=24)
    item: str | None = None
    note: str | None = None
    remade: bool
    noticed_first: bool
    """True: the store offered before the guest complained. False: the guest asked."""
    language: str = Field(max_length=35)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    business_date: date
    expires_on: date
    cost_minor: int
    currency: str = Field(max_length=3)
    request_id: str = Field(max_length=80)
    clock_drift_s: int = 0
    """Seconds by which the clock lay before the newest fact when this was written; 0 is a clock that runs on."""


class CouponEvent(Table, table=True):
    """What became of a coupon. Whoever writes (code, n) first has won."""

    __tablename__ = "coupon_event"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("ending", Ending),
        UniqueConstraint("request_id"),
        CheckConstraint("n >= 1", name="n"),
        Index("ix_coupon_event_business_date", "business_date"),
        Index("ix_coupon_event_at", "at"),
    )
    code: str = Field(sa_column=Column(String(12), primary_key=True))
    n: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(max_length=16)
    at: datetime = Field(sa_type=UtcDateTime)
    business_date: date
    store: str = Field(max_length=32)
    register_id: str = Field(max_length=32, sa_column_kwargs={"name": "register"})
    """Column `register`; the attribute would hide one of the base class."""
    staff: int
    request_id: str = Field(max_length=80)
    ending: str | None = Field(default=None, max_length=16)
    note: str | None = None
    offline: bool = False
    cost_minor: int | None = None
    clock_drift_s: int = 0


class Refusal(Table, table=True):
    """Something that was tried and not allowed, and why."""

    __tablename__ = "refusal"
    __table_args__ = (
        one_of("entry", Entry),
        Index("ix_refusal_business_date", "business_date"),
        Index("ix_refusal_at", "at"),
    )
    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=24)
    raw: str
    code: str | None = Field(default=None, max_length=12)
    at: datetime = Field(sa_type=UtcDateTime)
    business_date: date
    store: str = Field(max_length=32)
    register_id: str = Field(max_length=32, sa_column_kwargs={"name": "register"})
    """Column `register`; the attribute would hide one of the base class."""
    staff: int | None = None
    entry: str | None = Field(default=None, max_length=8)
    """How the code came in; NULL: no code did, or this was not asked yet."""


class ExportRun(Table, table=True):
    """One night file: written when the folder stands, never changed."""

    __tablename__ = "export_run"
    __table_args__ = (
        CheckConstraint("run >= 1", name="run"),
        CheckConstraint("length(manifest_sha256) = 64", name="manifest_sha256"),
    )
    run: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """1, 2, 3 …: of two runs at once one writes the next number first, and the other has lost."""
    business_day: date
    marks: str
    """JSON, from `db.night.marks`: up to where the facts are told in this run and those before."""
    manifest_sha256: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)


class ExportBalance(Table, table=True):
    """What was open at the end of a run, of one store and currency; no row: nothing."""

    __tablename__ = "export_balance"
    __table_args__ = (ForeignKeyConstraint(["run"], ["export_run.run"]),)
    run: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    store: str = Field(primary_key=True, max_length=32)
    currency: str = Field(primary_key=True, max_length=3)
    coupons: int = Field(sa_type=BigInteger)
    cost_minor: int = Field(sa_type=BigInteger)


class ExportDelivery(Table, table=True):
    """A night file has reached the place it was written for."""

    __tablename__ = "export_delivery"
    __table_args__ = (ForeignKeyConstraint(["run"], ["export_run.run"]),)
    run: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)


class Conflict(Table, table=True):
    """A redemption that was made without the hub and lost against another one of the same coupon."""

    __tablename__ = "conflict"
    __table_args__ = (CheckConstraint("winner_n >= 1", name="winner_n"),)
    code: str = Field(sa_column=Column(String(12), primary_key=True))
    request_id: str = Field(primary_key=True, max_length=80)
    kind: str = Field(max_length=16)
    at: datetime = Field(sa_type=UtcDateTime)
    business_date: date
    store: str = Field(max_length=32)
    register_id: str = Field(max_length=32, sa_column_kwargs={"name": "register"})
    """Column `register`; the attribute would hide one of the base class."""
    staff: int
    offline: bool
    cost_minor: int | None = None
    winner_n: int
    """The event of the coupon that was there first."""


class PrintJob(Table, table=True):
    """One attempt to bring a slip to paper, as far as this register knows."""

    __tablename__ = "print_job"
    __table_args__ = (
        one_of("state", JobState),
        one_of("proof", Proof),
        UniqueConstraint("code", "copy"),
        Index("ix_print_job_state", "state"),
        Index("ix_print_job_held_up", "state", "last_error", sqlite_where=_HAS_ERROR, postgresql_where=_HAS_ERROR),
    )
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=12)
    copy_no: int = Field(sa_column_kwargs={"name": "copy"})
    """1 is the slip itself; above it is a reprint of the same code."""
    state: str = Field(default=JobState.PENDING.value, max_length=16)
    proof: str | None = Field(default=None, max_length=16)
    attempts: int = 0
    last_error: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class PrintRequest(Table, table=True):
    """A request to print again that found the slip still waiting: it added neither a job nor a fact."""

    __tablename__ = "print_request"
    __table_args__ = (ForeignKeyConstraint(["job"], ["print_job.id"], name="fk_print_request_job"),)
    request_id: str = Field(primary_key=True, max_length=80)
    job: int


class SlipFont(Table, table=True):
    """A font of the machine that drew a slip, as it was then. Written once; a slip that shipped faces drew has none."""

    __tablename__ = "slip_font"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="sha256"),)
    code: str = Field(sa_column=Column(String(12), primary_key=True))
    copy_no: int = Field(primary_key=True, sa_column_kwargs={"name": "copy", "autoincrement": False})
    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """In the order in which they were tried: text and strong in turn."""
    file: str
    face: int
    """Which font of a collection; 0 in any other file."""
    sha256: str = Field(max_length=64)


class PrinterRow(Table, table=True):
    """What this register knows of one printer."""

    __tablename__ = "printer"
    __table_args__ = (one_of("proof", Proof),)
    url: str = Field(primary_key=True, max_length=255)
    proof: str | None = Field(default=None, max_length=16)
    """The best proof it has shown that it can give; NULL: not known yet."""
    torn: bool
    """A job was begun on it and never proved: the next one begins with a flush."""
    updated_at: datetime = Field(sa_type=UtcDateTime)


class PrinterLettersRow(Table, table=True):
    """Which of a printer's own letters a person has found right on its test slip; no row: nobody has looked."""

    __tablename__ = "printer_letters"
    url: str = Field(primary_key=True, max_length=255)
    pages: str = Field(max_length=255)
    """Code pages, as `receipts` writes them; empty: only what every printer has."""
    updated_at: datetime = Field(sa_type=UtcDateTime)


class SignInLock(Table, table=True):
    """Wrong PINs since the last right one. Local to a register; no row means none."""

    __tablename__ = "sign_in_lock"
    __table_args__ = (ForeignKeyConstraint(["store", "staff"], ["staff.store", "staff.id"]),)
    store: str = Field(primary_key=True, max_length=32)
    staff: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    failures: int
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


for _table in Table.metadata.tables.values():
    for _column in _table.columns:
        _column.type = checked(_column.type)  # here, and not in each field, so that none is forgotten
