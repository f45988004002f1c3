"""Makes a backup of a register while it runs: the ledger as one moment saw it, and the settings.

Called done only when it was read again from where it lies: SQLite's check, each row, the counts of what was on record
at that moment, and a SHA-256 of each file. The pictures of slips and the nights stay out: the first are drawn from the
ledger, the second have a place of their own, and the ledger knows which were told and up to where.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from db.connection.errors import StoreDamaged
from db.upkeep import copy
from pos_recovery import __version__
from pos_recovery.backup import backup_folder, last_backup
from pos_recovery.backup.backup_folder import LEDGER, SETTINGS, Backup
from pos_recovery.backup.outcomes import BackedUp, NotWritten
from pos_recovery.rules.business_days import Clock
from pos_recovery.settings import settings_file
from pos_recovery.system import new_ledger
from pos_recovery.system.durable_files import make_folder, sync_tree
from pos_recovery.system.locations import Home


class NoPlaceError(Exception):
    """No backup goes there, whatever is done. Its words go to people."""


def place_of(given: str, home: Home) -> Path:
    """The folder that is meant, absolute.

    Raises:
        NoPlaceError: It is none, or would be lost with the register.
    """
    if "://" in given or not given.strip():
        raise NoPlaceError(f"{given!r} is no folder of this machine; name one, as of a drive that is plugged in")
    place = Path(given).expanduser().absolute()
    home_folder = home.folder.resolve()
    if home_folder in (place.resolve(), *place.resolve().parents):
        raise NoPlaceError("a backup inside the home folder is lost with it; name a folder elsewhere")
    return place


def back_up(home: Home, place: Path, clock: Clock, keep: int | None = None) -> BackedUp | NotWritten:
    """Make a backup in `place`, which is made where it is missing.

    Args:
        home: Of which register.
        place: From `place_of`.
        clock: Names the backup.
        keep: So many of this register's stay, the new one among them; None: all.

    Raises:
        ConfigError: The settings cannot be used.
        StoreError: The ledger cannot be read, or is damaged: then there is no backup, and the older ones stay.
    """
    settings = settings_file.load(home.settings)
    new_ledger.require_none_lost(home)
    at = clock()
    try:
        if not place.exists():
            make_folder(place.parent)
            place.mkdir(mode=0o700)
        with backup_folder.part_in(place) as part:
            found = _copied(home, part)
            backup = Backup(
                program=__version__,
                made_at=at.isoformat(timespec="seconds"),
                number=_next_number(home, place),
                store=settings.store_id,
                register=settings.register,
                tables=found.revision,
                rows=found.rows,
                newest=found.newest,
                lineage=backup_folder.lineage_of(found.lineage),
                files={name: backup_folder.digest(part / name) for name in (LEDGER, SETTINGS)},
            )
            _write(part / backup_folder.MANIFEST, backup_folder.written(backup))
            sync_tree(part)
            final = backup_folder.settle(part, place, at)
    except copy.CopyFailedError as error:
        return NotWritten(str(place), str(error))
    except OSError as error:
        return NotWritten(str(place), os.strerror(error.errno) if error.errno else str(error))
    last_backup.keep(home, final, backup)
    done = BackedUp(
        folder=str(final),
        backup=backup,
        nights=len(found.nights),
        last_night=found.nights[-1][1] if found.nights else None,
        same_disk=final.stat().st_dev == home.ledger.stat().st_dev,
        others_may_read=os.name != "nt" and bool((final / LEDGER).stat().st_mode & 0o077),
    )
    return done if keep is None else _pruned(done, place, keep)


def _copied(home: Home, part: Path) -> copy.Contents:
    ledger = part / LEDGER
    _write(ledger, b"")
    before = copy.copy(home.ledger, ledger)
    _write(part / SETTINGS, home.settings.read_bytes())
    try:
        found = copy.examine(ledger)
    except StoreDamaged:
        copy.check(home.ledger)
        raise copy.CopyFailedError("what was written there reads otherwise: that disk is failing") from None
    if found != before:
        raise copy.CopyFailedError("what was written there reads otherwise: that disk is failing")
    return before


def _write(file: Path, content: bytes) -> None:
    """A new file that only its owner may read: a umask takes rights away and gives none.

    Deliberately no chmod after it, which the file system of most sticks refuses (FAT keeps no rights).
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as new:
        new.write(content)


def _next_number(home: Home, place: Path) -> int:
    last = last_backup.last(home)
    known = [0 if last is None else last.number, *(backup.number for _, backup in backup_folder.on(place))]
    return max(known) + 1


def _pruned(done: BackedUp, place: Path, keep: int) -> BackedUp:
    """Take the oldest away, of this register only."""
    ours = [folder for folder, backup in backup_folder.on(place) if backup.is_of_the_same(done.backup)]
    old = [folder for folder in ours[:-keep] if str(folder) != done.folder]
    removed = [folder for folder in old if _removed(folder)]
    return replace(done, removed=_names(removed), not_removed=_names(set(old) - set(removed)))


def _removed(folder: Path) -> bool:
    try:
        backup_folder.remove(folder)
    except OSError:
        return False
    return True


def _names(folders: Iterable[Path]) -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in folders))
