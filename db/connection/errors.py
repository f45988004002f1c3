"""What can go wrong with the store of facts, as one tree, translated here and nowhere else.

    StoreError                  nothing was half-written; the sentence says what to do
      StoreMissing              there is no database yet
        StoreMoved              there was one until now: its folder was moved, deleted or unmounted
        ServerLacksIt           the server has no database of that name
        ServerEmpty             the server's database holds no tables of ours
      StoreReplaced             another file has its name since it was opened, or a part of it was taken away
      StoreShut                 it is there, or its folder is, but it cannot be opened
        ServerShut              the server does not let us in, or not at this table
      ServerSilent              the server does not answer, or the line to it broke
      StoreBusy                 somebody else held the lock for longer than the waiting time
        ServerBusy              the server is full, or others were at the same rows
      StoreFull                 the disk is full
      StoreDiskTrouble          the disk refused a read or a write
      StoreReadOnly             the file or its folder may not be written
        ServerReadOnly          the server only gives: a copy, or a transaction for reading
      StoreDamaged              the file is no database, its pages are torn, or what it holds cannot be ours
      StoreNotOurs              the file is a good database, of another program
      StoreTooNew               a newer version of the program wrote it
      StoreOutdated             an older version wrote it, and it has not been upgraded
        ServerOutdated          the same of a server's database, which others upgrade
      StoreBroken               anything else the database could not do
    FactExists                  a row with this key is there already: somebody else was first

SQLite's own message ("database disk image is malformed") is for engineers; it stays in `__cause__`. PostgreSQL's does
not: its second line repeats the whole row, with notes and PIN hashes, and a log prints every cause. What is kept of it
is its first line and its SQLSTATE, in the sentence itself.
"""

from __future__ import annotations

import errno
import re
import sqlite3
import sys
from types import TracebackType
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    import psycopg


class StoreError(Exception):
    """The database cannot be used now. Nothing was half-written."""

    what = "The database could not do that."
    safe = "Nothing was half-written."
    remedy = "Try again; if it happens again, run `pos-recovery doctor`."

    def __init__(self, detail: str = "") -> None:
        super().__init__(" ".join(part for part in (self.what, detail, self.safe, self.remedy) if part))
        self.detail = detail

    def __reduce__(self) -> tuple[type[StoreError], tuple[str]]:
        """By its detail: read from its words, as exceptions are, another process would say them all twice."""
        return type(self), (self.detail,)


class StoreMissing(StoreError):
    """There is no database where one was expected."""

    what = "There is no database yet."
    safe = "Nothing was changed."
    remedy = "Run `pos-recovery setup`."


class StoreMoved(StoreMissing):
    """It was open, and its name leads nowhere any more."""

    what = "The ledger is no longer where it was: moved, deleted or unmounted."
    safe = "Nothing was recorded or printed just now."
    remedy = "Put its folder back and try again, or start pos-recovery anew."


class ServerLacksIt(StoreMissing):
    """The server answers and has no database of that name."""

    what = "The server has no database of that name."
    remedy = "Correct the name at the end of its URL, or have the database made."


class ServerEmpty(StoreMissing):
    """The server's database holds none of our tables."""

    what = "The database on the server holds none of our tables."
    remedy = "Correct the name at the end of its URL, or have the tables made."


class StoreReplaced(StoreError):
    """It was open, and its name leads to another file now."""

    what = "A file of the ledger was replaced or taken away meanwhile."
    safe = "Nothing was recorded or printed just now."
    remedy = "Close pos-recovery wherever it runs on this ledger, then start it again."


class StoreShut(StoreError):
    """The file cannot be opened: no right to, or something else stands in its place."""

    what = "The database file cannot be opened."
    safe = "Nothing was changed."
    remedy = "Give this user the right to read and write the file and its folder, then try again."


class ServerShut(StoreShut):
    """The server refuses this user: an unknown name, a wrong password, a right that was not given."""

    what = "The database server does not let us in."
    remedy = "Check user and password in its URL, or have the right given to that user, then try again."


class ServerSilent(StoreError):
    """The server cannot be reached, does not answer, or went away. A commit asked for just then may have held."""

    what = "The database server does not answer."
    safe = "Nothing was half-written; a change it was asked for just now may have been made as a whole."
    remedy = "Check the host in its URL and the network, then try again."


class StoreBusy(StoreError):
    """The lock was held for longer than the waiting time."""

    what = "The database is busy: another program held it for too long."
    remedy = "Close other programs that have it open, then try again."


class ServerBusy(StoreBusy):
    """Too many connections, a lock held too long, or a transaction that others came before. Trying again is right."""

    what = "The database server is busy: others came first."
    remedy = "Try again in a moment."


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


class ServerReadOnly(StoreReadOnly):
    """A standby, or a transaction that is for reading only."""

    remedy = "Give the URL of the server that may be written, then try again."


class StoreDamaged(StoreError):
    """The file is not a database, pages of it are torn, or a value in it is none that was ever put in."""

    what = "The database file is damaged."
    safe = "It was left exactly as it is."
    remedy = "Keep a copy of it, then put back the newest backup: `pos-recovery restore DIR --replace`."


class StoreNotOurs(StoreError):
    """The file is a whole database, and holds none of our tables."""

    what = "The database file is another program's: it holds none of our tables."
    safe = "It was left exactly as it is."
    remedy = "Name the register's own; if that was here, keep a copy of this file, then put back the newest backup."


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


class ServerOutdated(StoreOutdated):
    """The same of a server's database."""

    remedy = "Have whoever keeps the server upgrade its tables."


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


_NO_TEXT = "Could not decode to UTF-8"
_DAMAGE = re.compile("unsupported file format|no such (table|column|index)|has no column named")
"""Damage that has no code of its own. Of a table or column that each ledger has the schema was damaged, or somebody has
taken it away. `_NO_TEXT` is said by Python's sqlite3 module, and repeats the text. Its trap: where SQLite's own message
is not UTF-8, because it quotes what is damaged, the module raises a UnicodeDecodeError (Python 3.11)."""


def translate(error: BaseException | None) -> StoreError | FactExists:
    """What an error of the sqlite3 module means. Extended codes carry the plain code in their low byte."""
    if isinstance(error, sqlite3.IntegrityError) and str(error).startswith(_KEY_TAKEN):
        return FactExists(str(error))
    if isinstance(error, UnicodeDecodeError) or str(error).startswith(_NO_TEXT):
        return StoreDamaged("(A text in it is none.)")
    if _DAMAGE.search(str(error)):
        return StoreDamaged(f"({error})")
    code = getattr(error, "sqlite_errorcode", None)
    kind = StoreBroken if code is None else _BY_SQLITE_CODE.get(code & 0xFF, StoreBroken)
    return kind("" if kind is not StoreBroken else f"({error})")


_BY_ERRNO: dict[int, type[StoreError]] = {
    errno.ENOENT: StoreMoved,
    errno.ENOTDIR: StoreMoved,
    errno.ENOSPC: StoreFull,
    errno.EDQUOT: StoreFull,
    errno.EROFS: StoreReadOnly,
    errno.EACCES: StoreReadOnly,
    errno.EPERM: StoreReadOnly,
}


def of_file(error: OSError, name: object, otherwise: type[StoreError] = StoreDiskTrouble) -> StoreError:
    """What the operating system's word on a file beside the ledger means."""
    return _BY_ERRNO.get(error.errno or 0, otherwise)(f"({name}: {error.strerror or error})")


_BY_SQLSTATE: dict[str, type[StoreError]] = {
    "3D000": ServerLacksIt,
    "42501": ServerShut,
    "28": ServerShut,
    "08": ServerSilent,
    "57P": ServerSilent,
    "53100": StoreFull,
    "53": ServerBusy,
    "40": ServerBusy,
    "55P03": ServerBusy,
    "57014": ServerBusy,
    "25006": ServerReadOnly,
    "58030": StoreDiskTrouble,
    "XX001": StoreDamaged,
    "XX002": StoreDamaged,
}
"""By a whole SQLSTATE or by how it begins. PostgreSQL's documentation, appendix A."""
_UNIQUE_VIOLATION = "23505"
_BY_WORDS: tuple[tuple[re.Pattern[str], type[StoreError]], ...] = (
    (re.compile(r'database "[^"]*" does not exist'), ServerLacksIt),
    (re.compile(r'authentication failed|no password supplied|no pg_hba\.conf entry|role "[^"]*" '), ServerShut),
    (re.compile(r"permission denied for database"), ServerShut),
    (re.compile(r"too many connections|remaining connection slots"), ServerBusy),
)
"""Of a connection that was never made the driver keeps no SQLSTATE, only words. A server that speaks another language
than English is a ServerSilent then, with its own words."""


def translate_psycopg(error: psycopg.Error, *, is_lost: bool) -> StoreError | FactExists:
    """What an error of PostgreSQL's driver means. Never says more of it than its first line.

    Args:
        error: What the driver raised.
        is_lost: Whether an error without a SQLSTATE is one of the connection; else it is one of the driver's user.
    """
    state = error.sqlstate
    if state is None:
        words = " ".join(str(error).split())  # it comes in several lines
        if not is_lost:
            return StoreBroken(f"({words})")
        return next((kind for pattern, kind in _BY_WORDS if pattern.search(words)), ServerSilent)(f"({words})")
    said = f"({error.diag.message_primary}; {state})"
    if state == _UNIQUE_VIOLATION:
        return FactExists(said)
    kind = next((_BY_SQLSTATE[state[:n]] for n in (5, 3, 2) if state[:n] in _BY_SQLSTATE), StoreBroken)
    return kind(said)


def retell(error: BaseException | None) -> None:
    """Raise a foreign database error, SQLAlchemy's or a driver's own, as one of this tree. Lets any other pass."""
    foreign = error.orig if isinstance(error, DBAPIError) else error
    driver = sys.modules.get("psycopg")  # never imported for its errors' sake: who has one of them has the module
    if driver is not None and isinstance(foreign, driver.Error):
        raise translate_psycopg(foreign, is_lost=isinstance(foreign, driver.OperationalError)) from None
    if isinstance(error, DBAPIError | UnicodeDecodeError) or isinstance(foreign, sqlite3.Error):
        raise translate(foreign) from error


class translated:  # noqa: N801  used as a function is: `with translated():`
    """Retell every foreign database error that leaves the block."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        retell(error)
