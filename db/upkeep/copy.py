"""A whole copy of the ledger while others write to it, and what is in one.

The rows of the last minutes stand in the `-wal` file beside the ledger until SQLite carries them over, so a copy of the
one file lacks them, and a copy of both made while somebody writes may fit together in no way. SQLite's online backup
copies pages as one reader sees them. Its trap: it begins anew whenever another program has written between two steps
(SQLite 3.40: of 750 steps of 400 KB beside a writer that commits every 2 ms, 748 were beginnings). A transaction for
reading that is open on the source keeps its view the same: 41 steps, no beginning, and in WAL mode no writer waits for
it (each of 5,062 commits beside it took 6 ms or less).

Deliberately not VACUUM INTO: by its documentation it may number the rows of tables without an INTEGER PRIMARY KEY anew,
and the marks of the nights are those numbers (`db.night.marks`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from db.connection.errors import (
    StoreBroken,
    StoreBusy,
    StoreDamaged,
    StoreMissing,
    StoreNotOurs,
    StoreTooNew,
    translate,
    translated,
)
from db.night.marks import FACTS
from db.upkeep import integrity
from db.upkeep.schema import REVISIONS, unknown

PAGES = 1000
"""Of 4 KB, in one step. Between two of them Ctrl-C is heard, and what was written is brought to the disk: all of it at
the end would hold up the commit of a register for as long as that takes."""
COUNTED = (*FACTS, "export_run")
_BUSY_TIMEOUT_S = 5.0
_IS_OURS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
_NEWEST = (("coupon", "issued_at"), ("coupon_event", "at"), ("refusal", "at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a ledger, as far as two of them are told apart by it."""

    revision: str
    rows: Mapping[str, int]
    """Of each table of facts, and of the nights on record."""
    newest: str | None
    """The latest time on any fact, UTC, as it is kept; None: there are none."""
    lineage: str | None
    """The request id of its first coupon: all copies of one ledger have the same. None: no coupon was given yet."""
    nights: tuple[tuple[int, str, str], ...]
    """Of each on record: its run, its business day, the SHA-256 of its manifest."""

    @property
    def facts(self) -> int:
        """How many, with the nights: what would be lost with it."""
        return sum(self.rows.values())


def copy(source: Path, target: Path) -> Contents:
    """Make `target`, a file that is there and empty, a whole copy of a ledger as it is now. Others may write meanwhile.

    Returns:
        What is in the ledger at that moment.

    Raises:
        StoreError: The ledger cannot be read.
        CopyFailedError: The copy could not be written.
    """
    if not source.exists():
        raise StoreMissing(f"({source})")
    with translated(), closing(_open(source, "rw")) as ledger:
        ledger.execute("BEGIN")
        before = contents(ledger)
        _copy(ledger, target)
        return before


class CopyFailedError(Exception):
    """The copy could not be written: no room, or a disk that does not do its part. Its words go to people."""


_OF_THE_COPY = {
    sqlite3.SQLITE_FULL: "no space is left there",
    sqlite3.SQLITE_IOERR: "the disk did not do its part: it may be full, or failing",
    sqlite3.SQLITE_READONLY: "nothing may be written there",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
}
"""The source is only read, so these are the copy's."""


def _copy(ledger: sqlite3.Connection, target: Path) -> None:
    try:
        with target.open("rb+") as disk, closing(_open(target, "rw")) as made:
            made.execute("PRAGMA synchronous=OFF")
            ledger.backup(made, pages=PAGES, progress=lambda *_: os.fsync(disk.fileno()))
            made.execute("PRAGMA journal_mode=DELETE")  # one file, and nothing beside it
    except OSError as error:
        raise CopyFailedError(error.strerror) from error
    except sqlite3.Error as error:
        words = _OF_THE_COPY.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if words is None:
            raise
        raise CopyFailedError(words) from error


def contents(ledger: sqlite3.Connection) -> Contents:
    """What is in a ledger, of any revision.

    Raises:
        StoreDamaged: It is empty, or cannot be read.
        StoreNotOurs: It is of another program.
        StoreTooNew: Of a newer version of this one.
    """
    try:
        with translated():
            return _contents(ledger)
    except StoreBroken as error:  # a table or a column that each of ours has
        raise StoreDamaged(error.detail) from error


def _contents(ledger: sqlite3.Connection) -> Contents:
    tables = {name for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not ledger.execute(_IS_OURS).fetchone():
        raise StoreNotOurs if tables else StoreDamaged("(It is empty.)")
    row = ledger.execute("SELECT version_num FROM alembic_version").fetchone()
    revision = row[0] if row else None
    if revision not in REVISIONS:
        raise unknown(revision)
    rows = {
        table: int(ledger.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  ours
        for table in COUNTED
        if table in tables
    }
    times = [ledger.execute(f"SELECT max({at}) FROM {table}").fetchone()[0] for table, at in _NEWEST]  # noqa: S608  ours
    first = ledger.execute("SELECT request_id FROM coupon ORDER BY rowid LIMIT 1").fetchone()
    asked = "SELECT run, business_day, manifest_sha256 FROM export_run ORDER BY run"
    nights = tuple(ledger.execute(asked)) if "export_run" in tables else ()
    return Contents(
        revision=revision,
        rows=rows,
        newest=max((str(at) for at in times if at is not None), default=None),
        lineage=first[0] if first else None,
        nights=nights,
    )


def examine(file: Path) -> Contents:
    """Look at all of a copy that nobody else has open, and make nothing beside it.

    Raises:
        StoreError: It is no whole ledger of ours.
    """
    with translated(), closing(_open(file, "ro", "&immutable=1")) as ledger:
        found = contents(ledger)
        integrity.check(ledger)
        return found


def check(file: Path) -> None:
    """Look at all of a ledger that others may have open. Raises StoreError."""
    with translated(), closing(_open(file, "rw")) as ledger:
        integrity.check(ledger)


@dataclass(frozen=True, slots=True)
class Kept:
    """A ledger that one has to oneself."""

    contents: Contents
    _connection: sqlite3.Connection

    def days_behind(self, rows: Mapping[str, int]) -> tuple[str, ...]:
        """The business days of facts behind the first so many of each table, in order. Raises StoreError.

        Facts are only added, so their row numbers count them.
        """
        days: set[str] = set()
        with translated():
            for table in self.contents.rows.keys() & set(FACTS):
                asked = f"SELECT DISTINCT business_date FROM {table} WHERE rowid > ?"  # noqa: S608  ours
                days |= {str(day) for (day,) in self._connection.execute(asked, (rows.get(table, 0),))}
        return tuple(sorted(days))


@contextmanager
def looked_into(file: Path) -> Iterator[Kept | None]:
    """A ledger that others may have open; nothing of it is changed.

    Yields:
        The ledger; None: what is in it cannot be known, because it is damaged, empty, or none of this version.

    Raises:
        StoreError: It cannot be opened.
    """
    with translated(), closing(_open(file, "rw")) as ledger:
        yield _known(ledger)


def _known(ledger: sqlite3.Connection) -> Kept | None:
    try:
        return Kept(contents(ledger), ledger)
    except (StoreDamaged, StoreNotOurs, StoreTooNew):
        return None


@contextmanager
def alone(file: Path) -> Iterator[Kept | None]:
    """Keep a ledger to oneself: nobody else has it open, nobody can open it before the end. It becomes one file.

    Yields:
        As `looked_into`.

    Raises:
        StoreBusy: Somebody has it open.
        StoreError: It cannot be opened, or changed.
    """
    with translated(), closing(_open(file, "rw", timeout_s=0)) as ledger:
        try:
            ledger.execute("PRAGMA locking_mode=EXCLUSIVE")
            # It leaves WAL only when no other connection has the file open, an idle register's included.
            ledger.execute("PRAGMA journal_mode=DELETE")
            ledger.execute("BEGIN EXCLUSIVE")
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if not isinstance(translate(error), StoreDamaged):
                raise
        if ledger.in_transaction:
            yield _known(ledger)
            return
    with _locked(file):
        yield None


_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510
"""The bytes that everybody who reads a file keeps locked, whatever is in it: SQLite's file format, "The Lock-Byte
Page", and os.h."""


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """As `alone`, of a file that SQLite itself will not open. Windows lets no file be moved that somebody has open."""
    if os.name == "nt":
        yield
        return
    import fcntl

    descriptor = os.open(file, os.O_RDWR)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        except OSError:
            raise StoreBusy from None
        yield
    finally:
        os.close(descriptor)


def _open(file: Path, mode: str, more: str = "", timeout_s: float = _BUSY_TIMEOUT_S) -> sqlite3.Connection:
    uri = f"file:{quote(str(file))}?mode={mode}{more}"
    return sqlite3.connect(uri, uri=True, timeout=timeout_s, isolation_level=None)
