"""Closes a business day: writes its night, puts the run on record, and brings the folder to its place.

In this order, so that a crash at any point leaves the whole night or none, and the next export gets it right:

1. The folder is written under a name that nobody takes for a night, to the disk.
2. The run goes on record with the SHA-256 of its manifest. Of two exports at once one is first; the other finds the
   day closed.
3. The folder gets its name; to a remote place it is uploaded, manifest last.
4. That it arrived goes on record. Whatever did not is written again and delivered by the next export.

A night on record is never changed. Written again it has to come out the same, or nothing is published. One that an
earlier version closed, in a form that this one does not write any more, is left where it stands. Elsewhere it is
written anew: with the same facts, as far as its sums on record tell, and a manifest that says as what it was closed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from db.connection.engine import reading, transaction
from db.connection.errors import FactExists
from db.night import runs as records
from db.night.columns import SAME_BYTES
from db.night.marks import NotOneDatabaseError
from db.night.runs import RunFact, StoreRow
from db.statements import currencies
from pos_recovery.counter import currency_decimals
from pos_recovery.export.closing import planning
from pos_recovery.export.closing import write_night as nights
from pos_recovery.export.closing.choose_day import Again, New, choose
from pos_recovery.export.closing.outcomes import (
    DoesNotProve,
    Exported,
    FactsGone,
    InTheWay,
    NotDelivered,
    NotTheSame,
    NotWritten,
    Outcome,
    TooNew,
)
from pos_recovery.export.closing.planning import Limits
from pos_recovery.export.closing.write_night import Ledger, Night
from pos_recovery.export.facts.run_inputs import Basis, FormatTooNewError, from_rows
from pos_recovery.export.places.addresses import local_folder, plain, spoken
from pos_recovery.export.places.night_folder import (
    MARKER,
    AlreadyThere,
    Delivered,
    Delivery,
    Differs,
    clear_parts,
    open_part,
    settle,
)
from pos_recovery.export.places.night_folder import NotDelivered as SettledNot
from pos_recovery.export.places.open_place import check_place
from pos_recovery.export.places.upload import deliver
from pos_recovery.system.durable_files import held

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from pos_recovery.rules.business_days import Clock


def _nobody(_night: str, _bytes: int, _of: int) -> None:
    """Is told how far an upload is."""


@dataclass(frozen=True, slots=True)
class Office:
    """Where facts come from, where nights go, and by what rules."""

    engine: Engine
    file: Path | None
    """The file of the database, where it is one."""
    spool: Path
    """Where a night is written that goes to another system."""
    out: str
    """A folder, or the URL of another system."""
    limits: Limits
    clock: Clock
    progress: Callable[[str, str], object]
    """Told the name of a night and what is being done for it."""
    arriving: Callable[[str, int, int], object] = _nobody
    """Told how many bytes of a night have arrived in another system, of how many. From another thread."""
    language: str = "en"
    """What the register speaks first: amounts on the page are written as its people write them."""


@dataclass(frozen=True, slots=True)
class _Books:
    """What is on record of earlier runs."""

    rows: tuple[RunFact, ...]
    runs: list[Basis]
    stores: tuple[StoreRow, ...]
    delivered: frozenset[int]


def close_day(office: Office, day: date | None) -> Outcome:
    """Close a business day, or write one again that is closed. Makes up for what earlier runs could not deliver.

    Args:
        office: Of whom.
        day: Which; None: the last one that is over in every store.

    Raises:
        StoreError: The database cannot be used now.
        NoUseError: There is no such place.
    """
    check_place(office.out)  # a misspelt place is said before anything is done
    _clear(office)
    try:
        books = _read(office)
    except FormatTooNewError as error:
        return TooNew(error.run)
    now = office.clock()  # read once: it may jump while we work
    match choose(office.engine, books.runs, books.stores, day, now):
        case New(wanted):
            outcome = _made_up(office, books, _new(office, books, wanted, now))
            until = planning.runs_until(books.stores, wanted, now)
            return replace(outcome, runs_until=until) if isinstance(outcome, Exported) else outcome
        case Again(run):
            told = books.runs[run - 1].day
            outcome = _made_up(office, books, _again(office, books, run), told)
            return replace(outcome, asked=day) if isinstance(outcome, Exported) and day not in (None, told) else outcome
        case refusal:
            return refusal


def _clear(office: Office) -> None:
    """Take away what exports that were killed have left: it holds codes that are good."""
    local = local_folder(office.out)
    if local is not None:
        with suppress(OSError):  # a folder that nobody may look into: said as soon as something is to be written there
            clear_parts(local)
    if office.spool != local:  # what is there may be half removed, and would stand in the way
        shutil.rmtree(office.spool, ignore_errors=True)


def _read(office: Office) -> _Books:
    with reading(office.engine) as connection:
        rows = records.every(connection)
        return _Books(rows, from_rows(rows), records.stores(connection), records.delivered(connection))


def _made_up(office: Office, books: _Books, outcome: Outcome, again: date | None = None) -> Outcome:
    """Deliver what earlier runs could not, too; and a night of the same day `again`, which a clock had made of it."""
    if not isinstance(outcome, Exported):
        return outcome
    names: list[str] = []
    for run in books.runs:
        if (run.run not in books.delivered or run.day == again) and run.run != outcome.run:
            late = _again(office, books, run.run)
            if not isinstance(late, Exported):
                return replace(outcome, made_up_for=tuple(names), not_made_up=late)
            names.append(late.folder)
    return replace(outcome, made_up_for=tuple(names))


def _new(office: Office, books: _Books, day: date, now: datetime) -> Outcome:
    last = books.rows[-1] if books.rows else None
    try:
        basis = planning.begin(office.engine, books.runs, last, day, office.limits, now, office.language)
        return _first_time(office, books, basis)
    except NotOneDatabaseError:
        return FactsGone(day)
    except OSError as error:
        return NotWritten(day, spoken(office.out, basis.name), plain(error))


def _first_time(office: Office, books: _Books, basis: Basis) -> Outcome:
    with _Part(office, basis.name) as part:
        stranger = part.of_another_ledger()
        if stranger is not None:
            return InTheWay(str(stranger), unknown=True)
        night = part.write([*books.runs, basis])
        if isinstance(night, DoesNotProve):
            return night
        fact = RunFact(
            run=basis.run, business_day=basis.day, marks=night.basis.to_json(), manifest_sha256=night.manifest_sha256,
            at=office.clock(),
        )  # fmt: skip
        try:
            with transaction(office.engine) as connection:
                records.add(connection, fact, night.closing)
                for code in basis.scales.keys() - currencies.decided(connection).keys():
                    currencies.decide(connection, currency_decimals.as_iso(code, office.clock))
        except FactExists:  # somebody else closed a day meanwhile: what this run took is theirs
            return close_day(office, basis.day)
        return part.bring(night)


def _again(office: Office, books: _Books, run: int) -> Outcome:
    try:
        return _once_more(office, books, run)
    except OSError as error:
        basis = books.runs[run - 1]
        return NotWritten(basis.day, spoken(office.out, basis.name), plain(error))


def _once_more(office: Office, books: _Books, run: int) -> Outcome:
    row, runs = books.rows[run - 1], books.runs[:run]
    closed_as = row.manifest_sha256 if runs[-1].format < SAME_BYTES else None
    with _Part(office, runs[-1].name) as part:
        night = part.write(runs, closed_as)
        if isinstance(night, DoesNotProve):
            return night
        if closed_as is None and night.manifest_sha256 != row.manifest_sha256:
            return NotTheSame(run, row.business_day)
        if closed_as is not None and not _tells_the_same(office, night, runs[-1]):
            return NotTheSame(run, row.business_day)
        return part.bring(night, again=True, delivered=run in books.delivered, closed_as=closed_as)


def _tells_the_same(office: Office, night: Night, basis: Basis) -> bool:
    """As much of it as is on record, where nothing is kept of a store with nothing open."""
    closing = {key: sums for key, sums in night.closing.items() if any(sums)}
    with reading(office.engine) as connection:
        return night.basis.days == basis.days and closing == records.closing_of(connection, basis.run)


class _Part:
    """A night's folder from its first file to its place; what is left of it otherwise goes."""

    def __init__(self, office: Office, name: str) -> None:
        self.office, self.name = office, name
        self.local = local_folder(office.out)
        self.final = (self.local or office.spool) / name
        above = (self.final.parent, *self.final.parent.parents)
        self.made = [folder for folder in above if not os.path.lexists(folder)]
        """Folders that are there for this night alone."""
        self.folder = open_part(self.final)
        self.holding = ExitStack()

    def __enter__(self) -> Self:
        self.holding.enter_context(held(self.folder))
        return self

    def __exit__(self, *_: object) -> None:
        self.holding.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.local is None:
            shutil.rmtree(self.final, ignore_errors=True)
        with suppress(OSError):  # from the innermost on, as long as nothing is in them
            for folder in self.made:
                folder.rmdir()

    def of_another_ledger(self) -> Path | None:
        """A night of the run that is not on record yet: this ledger did not tell it, or was put back from a copy.

        In a remote place it is found when the night is there already, and the run on record.
        """
        found = self.local.glob(f"????-??-??{self.name[10:]}/{MARKER}") if self.local else ()
        return next((manifest.parent for manifest in found), None)

    def write(self, runs: list[Basis], closed_as: str | None = None) -> Night | DoesNotProve:
        engine = self.office.engine
        with reading(engine) as connection:
            opening = records.closing_of(connection, runs[-1].run - 1)
            zones = {store.id: (store.timezone, store.currency) for store in records.stores(connection)}
        ledger = Ledger(engine, self.office.file, zones)
        progress = partial(self.office.progress, self.name)
        return nights.write(ledger, runs, opening, self.folder, progress, closed_as)

    def bring(
        self, night: Night, *, again: bool = False, delivered: bool = False, closed_as: str | None = None
    ) -> Outcome:
        out = spoken(self.office.out, self.name)
        try:
            there: Delivery = settle(self.folder, self.final)
        except OSError as error:
            there = SettledNot(out, plain(error))
        if self.local is None and isinstance(there, Delivered | AlreadyThere):
            self.office.progress(self.name, "delivery")
            there = deliver(self.final, self.office.out, progress=partial(self.office.arriving, self.name))
        sha256 = night.manifest_sha256
        if isinstance(there, Differs):
            if closed_as is None or self.local is None or _manifest_sha256(self.final) != closed_as:
                return InTheWay(out, earlier=closed_as is not None)
            there, sha256 = AlreadyThere(out), closed_as
        basis = night.basis
        if not isinstance(there, Delivered | AlreadyThere):
            return NotDelivered(basis.run, basis.day, out, there.why, delivered)
        self.remember(basis.run)
        return Exported(
            run=basis.run, business_day=basis.day, folder=out, manifest_sha256=sha256,
            again=again, rows=night.rows, late=night.late, closed_as=closed_as,
        )  # fmt: skip

    def remember(self, run: int) -> None:
        with reading(self.office.engine) as connection:
            if run in records.delivered(connection):
                return
        try:
            with transaction(self.office.engine) as connection:
                records.add_delivery(connection, run, self.office.clock())
        except FactExists:
            return


def _manifest_sha256(folder: Path) -> str | None:
    """None: it cannot be read."""
    try:
        return hashlib.sha256((folder / MARKER).read_bytes()).hexdigest()
    except OSError:
        return None
