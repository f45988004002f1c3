"""The first ledger of a home: made whole under another name, then put in its place. Refuses where one was lost.

A ledger that has its name has its tables, so a set-up that was stopped leaves none or a whole one, and an empty file of
that name is no half set-up: somebody has emptied it. Settings alone are no trace of a ledger: a chain may lay them
there before the first set-up.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from db.connection.engine import open_engine, sqlite_url
from db.connection.errors import StoreMissing
from db.upkeep.schema import upgrade
from pos_recovery.system.durable_files import sync_folder
from pos_recovery.system.locations import Home
from pos_recovery.system.ownership import hand_over, is_ours, private

_PART = "ledger.part"
_NO_TRACE = ("settings.", "setup.lock", "pos-recovery.log", _PART)
_SIDES = ("", "-wal", "-shm", "-journal")
_MOST_NAMED = 3


class LedgerLostError(StoreMissing):
    """A register has worked here, and its ledger is gone."""

    what = "The ledger of this register is missing."
    safe = "Nothing was changed."
    remedy = (
        "Put the newest backup back: `pos-recovery restore DIR`; or copy one that lies in the home to the ledger's "
        "name, with its `-wal` where there is one. To begin anew with no coupon on record: `pos-recovery setup "
        "--new-ledger`."
    )


def require_none_lost(home: Home) -> None:
    """Check that a ledger is there, or that there has never been one.

    Raises:
        LedgerLostError: It is missing. Names the copies that lie in the home.
    """
    if _has_worked(home) and not home.ledger.exists():  # in this order: another set-up may make it meanwhile
        copies = ", ".join(_copies(home))
        raise LedgerLostError(f"({home.ledger}{'; a copy may be ' if copies else ''}{copies})")


def _has_worked(home: Home) -> bool:
    try:
        names = [path.name for path in home.folder.iterdir()]
    except OSError:
        return False
    return any(is_ours(name) and not name.startswith(_NO_TRACE) for name in names)


def _copies(home: Home) -> list[str]:
    """Databases that lie in the home or in a folder of it, the newest first."""
    found = [path for pattern in ("*.sqlite*", "*/*.sqlite*") for path in home.folder.glob(pattern) if path.is_file()]
    whole = [path for path in found if not any(side in path.name for side in _SIDES[1:])]
    newest = sorted(whole, key=lambda path: path.stat().st_mtime, reverse=True)
    return [str(path.relative_to(home.folder)) for path in newest[:_MOST_NAMED]]


def make(home: Home) -> None:
    """Make the ledger, with all tables and no rows. The caller holds the lock of set-up and knows that there is none.

    Side files that a lost ledger left behind are kept under another name: SQLite would read them into the new one.

    Raises:
        StoreError: It cannot be made.
        OSError: The folder cannot be written.
    """
    part = home.folder / _PART
    for side in _SIDES:
        part.with_name(part.name + side).unlink(missing_ok=True)  # of a set-up that was stopped
    os.close(private(str(part), os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # SQLite gives its side files the same rights
    engine = open_engine(sqlite_url(part), create=True)
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    for side in _SIDES[1:]:
        _set_aside(home.ledger.with_name(home.ledger.name + side))
    hand_over(part)
    part.rename(home.ledger)
    sync_folder(home.folder)


def _set_aside(left: Path) -> None:
    number = 1
    while (aside := left.with_name(f"ledger.lost-{number}{left.name.removeprefix('ledger')}")).exists():
        number += 1
    with suppress(FileNotFoundError):
        left.rename(aside)
