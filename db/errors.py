"""What can go wrong with the store of facts, as one tree, translated here and nowhere else.

    StoreError                  nothing was half-written; the sentence says what to do
      StoreMissing              there is no database yet
      StoreShut                 it is there, or its folder is, but it cannot be opened
      StoreBusy                 somebody else held the lock for longer than the waiting time
      StoreFull                 the disk is full
      StoreDiskTrouble          the disk refused a read or a write
      StoreReadOnly             the file or its folder may not be written
      StoreDamaged              the file is no database, or its pages are torn
      StoreTooNew               a newer version of the program wrote it
      StoreOutdated             an older version wrote it, and it has not been upgraded
      StoreBroken               anything else the database could not do
    FactExists                  a row with this key is there already: somebody else was first

SQLite's own message ("database disk image is malformed") is for engineers; it stays in `__cause__`.
"""

from __future__ import annotations

import sqlite3
from types import TracebackType

from sqlalchemy.exc import DBAPIError


class StoreError(Exception):
    """The database cannot be used now. Nothing was half-written."""

    what = "The database could not do that."
    safe = "Nothing was half-written."
    remedy = "Try again; if it happens again, run `pos-recovery doctor`."

    def __init__(self, detail: str = "") -> None:
        super().__init__(" ".join(part for part in (self.what, detail, self.safe, self.remedy) if part))
        self.detail = detail


class StoreMissing(StoreError):
    """There is no database where one was expected."""

    what = "There is no database yet."
    safe = "Nothing was changed."
    remedy = "Run `pos-recovery setup`."


class StoreShut(StoreError):
    """The file cannot be opened: no right to, or something else stands in its place."""

    what = "The database file cannot be opened."
    safe = "Nothing was changed."
    remedy = "Give this user the right to read and write the file and its folder, then try again."


class StoreBusy(StoreError):
    """The lock was held for longer than the waiting time."""

    what = "The database is busy: another program held it for too long."
    remedy = "Close other programs that have it open, then try again."


class StoreFull(StoreError):
    """The disk is full."""

    what = "The disk is full."
    safe = "Nothing was half-written, and everything recorded before is safe."
    remedy = "Free some space, then try again."


class StoreDiskTrouble(StoreError):
    """The disk refused a read or a write. A full disk can look like this too, when SQLite's side files stop first."""

    what = "The disk did not do its part: it may be full, or failing."
    safe = "Nothing was half-written, and everything recorded before is safe."
    remedy = "Free some space or have the disk looked at, then try again."


class StoreReadOnly(StoreError):
    """The file or its folder may not be written."""

    what = "The database may be read but not written."
    safe = "Everything recorded before is safe."
    remedy = "Give this user the right to write the file and its folder, then try again."


class StoreDamaged(StoreError):
    """The file is not a database, or pages of it are torn."""

    what = "The database file is damaged."
    safe = "It was left exactly as it is."
    remedy = "Keep a copy of it, then put back the newest backup."


class StoreTooNew(StoreError):
    """A newer version of the program wrote this database."""

    what = "The database was written by a newer version of pos-recovery."
    safe = "It was left exactly as it is."
    remedy = "Install that version or a later one."


class StoreOutdated(StoreError):
    """The database has not been upgraded to this version's tables."""

    what = "The database was written by an older version of pos-recovery."
    safe = "Everything recorded before is safe."
    remedy = "Run `pos-recovery setup`; it upgrades the tables and keeps a copy of what was."


class StoreBroken(StoreError):
    """Anything else the database could not do."""


class FactExists(Exception):
    """A row with this key exists. In a race this is how the loser learns that it lost."""


_BY_SQLITE_CODE = {
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_IOERR: StoreDiskTrouble,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
    sqlite3.SQLITE_PERM: StoreReadOnly,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
    sqlite3.SQLITE_CANTOPEN: StoreShut,
}


_KEY_TAKEN = "UNIQUE constraint failed"
"""How SQLite's keys and our triggers begin to say so. A broken foreign key or CHECK, or a try to change a fact, is a
fault of the program, not a lost race."""


def translate(error: BaseException | None) -> StoreError | FactExists:
    """What an error of the sqlite3 module means. Extended codes carry the plain code in their low byte."""
    if isinstance(error, sqlite3.IntegrityError) and str(error).startswith(_KEY_TAKEN):
        return FactExists(str(error))
    code = getattr(error, "sqlite_errorcode", None)
    kind = StoreBroken if code is None else _BY_SQLITE_CODE.get(code & 0xFF, StoreBroken)
    return kind("" if kind is not StoreBroken else f"({error})")


def retell(error: BaseException | None) -> None:
    """Raise a foreign database error, SQLAlchemy's or the driver's own, as one of this tree. Lets any other pass."""
    if isinstance(error, DBAPIError):
        raise translate(error.orig) from error
    if isinstance(error, sqlite3.Error):
        raise translate(error) from error


class translated:  # noqa: N801  used as a function is: `with translated():`
    """Retell every foreign database error that leaves the block."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        retell(error)
