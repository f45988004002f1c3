"""Puts a backup in the place of a ledger, and keeps what was there.

Nothing moves before the backup was read whole into the home and looked over there. Then, with the old ledger to
itself: the old one goes into a folder beside it with its `-wal` and `-shm`, and the new one gets its name in one step.
The trap: SQLite takes any `-wal` beside a ledger for its own, and would write the last minutes of the old one over
pages of the restored one. A crash between the steps leaves no ledger, which every command says, and never a mixed one.

Refuses while anybody has the ledger open, and to replace one that has facts, or of which nobody can tell, unless told.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from db.connection.errors import StoreBusy, StoreError, StoreTooNew
from db.upkeep import copy
from db.upkeep.copy import Contents, Kept
from db.upkeep.schema import REVISIONS
from pos_recovery.backup import backup_folder, nights_since
from pos_recovery.backup.backup_folder import LEDGER, MANIFEST, SETTINGS, Backup, FormatTooNewError, NotWholeError
from pos_recovery.backup.outcomes import (
    AnotherRegister,
    HasFacts,
    InUse,
    NoBackup,
    NotWhole,
    NotWritten,
    Outcome,
    Restored,
    TooNew,
)
from pos_recovery.rules.business_days import Clock
from pos_recovery.settings import settings_file
from pos_recovery.settings.schema import ConfigError
from pos_recovery.system.durable_files import make_folder, sync_folder, sync_tree
from pos_recovery.system.locations import Home

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, as endings of its name."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person said."""

    replace: bool = False
    """A ledger that has facts may be replaced."""
    settings: bool = False
    """The settings of the backup are wanted, though there are some."""


def restore(  # noqa: PLR0911  each refusal is one
    home: Home, place: Path, wanted: Wanted, clock: Clock, nights: Path | None
) -> Outcome:
    """Put a backup back.

    Args:
        home: Where. It may be missing.
        place: A backup, or a folder of backups: then the newest of this register.
        wanted: What a person said.
        clock: Names the folder of what was there.
        nights: The folder that nights go to; None: it is of another system.

    Raises:
        StoreError: The ledger that is there cannot be opened at all.
    """
    here = _identity(home)
    try:
        folder, backup, unread = _chosen(place, here)
        if backup.tables not in REVISIONS:
            return TooNew(str(folder))
        if here not in (None, (backup.store, backup.register)) and not wanted.settings:
            return AnotherRegister(str(folder), backup.store, backup.register)
        return _Restoring(home, folder, backup, wanted, unread).run(clock, nights)
    except _NoneError as none:
        return NoBackup(str(place), str(none))
    except FormatTooNewError:
        return TooNew(str(place))
    except NotWholeError as error:
        return NotWhole(str(place), str(error))
    except StoreBusy:
        return InUse()
    except OSError as error:
        return NotWritten(str(home.folder), os.strerror(error.errno) if error.errno else str(error))


class _NoneError(Exception):
    """There is no backup to choose. Its words go to people."""


def _identity(home: Home) -> tuple[str, str] | None:
    """Store and register of this home, as far as its settings can be read."""
    try:
        settings = settings_file.load(home.settings)
    except ConfigError:
        return None
    return settings.store_id, settings.register


def _chosen(place: Path, here: tuple[str, str] | None) -> tuple[Path, Backup, tuple[str, ...]]:
    """The backup that is meant, and the names of those that may be newer, which cannot be read here."""
    try:
        if (place / MANIFEST).exists():
            return place, backup_folder.read(place), ()
        found, unread = backup_folder.on(place), backup_folder.unread(place)
    except OSError as error:
        raise _NoneError(f"it cannot be looked into ({error.strerror})") from error
    ours = [one for one in found if here in (None, (one[1].store, one[1].register))]
    if not ours:
        none = "there is no backup of this register in it" if found else "there is no backup in it"
        raise _NoneError(f"{none} that can be read here ({', '.join(unread)} cannot)" if unread else none)
    if len({(backup.store, backup.register) for _, backup in ours}) > 1:
        raise _NoneError("backups of several registers are in it; name the one you want")
    return *ours[-1], unread


@dataclass(frozen=True, slots=True)
class _Restoring:
    home: Home
    folder: Path
    backup: Backup
    wanted: Wanted
    unread: tuple[str, ...]

    def run(self, clock: Clock, nights: Path | None) -> Outcome:
        home = self.home
        if not home.folder.exists():
            make_folder(home.folder)
            home.folder.chmod(0o700)
        with backup_folder.part_in(home.folder) as part:
            with self.old(copy.looked_into) as old:
                if (refused := self.refused(old)) is not None:
                    return refused
            found = self.brought(part)
            with ExitStack() as lock:
                old = lock.enter_context(self.old(copy.alone))
                if (refused := self.refused(old)) is not None:  # facts may have come meanwhile
                    return refused
                lost, days = self.lost(old)
                if os.name == "nt":  # which moves no file that is open, and none that others have open
                    lock.close()
                kept = home.folder / f"replaced-{clock():%Y%m%dT%H%M%SZ}-{part.name[8:16]}"
                wrote = self.swap(part, kept)
        before = old.contents.nights if old is not None else ()
        return Restored(
            folder=str(self.folder),
            backup=self.backup,
            nights=len(found.nights),
            last_night=found.nights[-1][1] if found.nights else None,
            kept=str(kept) if kept.exists() else None,
            wrote_settings=wrote,
            lost=lost,
            lost_days=days,
            unknown_nights=nights_since.unknown(found.nights, before, nights),
            nights_place=None if nights is None else str(nights),
            not_read=self.unread,
        )

    def old(self, opened: Callable[[Path], AbstractContextManager[Kept | None]]) -> AbstractContextManager[Kept | None]:
        """The ledger that is there. One of no bytes is none."""
        return opened(self.home.ledger) if self.is_there else nullcontext()

    @property
    def is_there(self) -> bool:
        """Whether there is anything that could be lost."""
        return self.home.ledger.exists() and self.home.ledger.stat().st_size > 0

    def refused(self, old: Kept | None) -> HasFacts | None:
        """Why the ledger that is there may not go."""
        may_go = self.wanted.replace or not self.is_there or (old is not None and not old.contents.facts)
        return None if may_go else HasFacts(str(self.folder), *self.lost(old))

    def brought(self, part: Path) -> Contents:
        """The files of the backup, copied into the home and looked over there. Raises NotWholeError, OSError."""
        for name in self.backup.files:
            self.bring(name, part / name)
        try:
            found = copy.examine(part / LEDGER)
        except StoreTooNew as error:
            raise FormatTooNewError from error
        except StoreError as error:
            raise NotWholeError(f"{LEDGER} is damaged") from error
        said = (self.backup.tables, dict(self.backup.rows), self.backup.lineage)
        if said != (found.revision, dict(found.rows), backup_folder.lineage_of(found.lineage)):
            raise NotWholeError(f"{MANIFEST} and {LEDGER} do not belong together")
        sync_tree(part)
        return found

    def bring(self, name: str, target: Path) -> None:
        said = self.backup.files[name]
        hashing = hashlib.sha256()
        try:
            source = backup_folder.opened(self.folder / name)
        except OSError as error:
            raise NotWholeError(f"{name} cannot be read: {error.strerror}") from error
        with source, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            while block := _read(source, name):
                hashing.update(block)
                made.write(block)
            size = made.tell()
        if (size, hashing.hexdigest()) != (said["bytes"], said["sha256"]):
            raise NotWholeError(f"{name} is not what {MANIFEST} says")

    def lost(self, old: Kept | None) -> tuple[Mapping[str, int] | None, tuple[str, ...]]:
        """What the ledger that is there has and the backup has not. Facts are only added, so counting tells."""
        if old is None:
            return None, ()
        lineages = {self.backup.lineage, backup_folder.lineage_of(old.contents.lineage)} - {None}
        if len(lineages) > 1:
            return None, ()
        rows = {table: max(0, many - self.backup.rows.get(table, 0)) for table, many in old.contents.rows.items()}
        return rows, old.days_behind(self.backup.rows)

    def swap(self, part: Path, kept: Path) -> bool:
        """Old out, new in. Returns whether the settings were written. Raises OSError; then all is as it was."""
        home = self.home
        ledger = home.ledger
        wrote = SETTINGS in self.backup.files and (self.wanted.settings or not home.settings.exists())
        old = [ledger, *(ledger.with_name(ledger.name + ending) for ending in _BESIDE)]
        old += [home.settings] if wrote else []
        with _undone_unless_whole() as moved:
            for each in old:
                if each.exists():
                    if not kept.exists():
                        kept.mkdir(mode=0o700)
                    moved.append((each, each.rename(kept / each.name)))
            if kept.exists():
                sync_folder(kept)
            for name, place in ((SETTINGS, home.settings), (LEDGER, ledger)):
                if name == LEDGER or wrote:
                    (part / name).rename(place)
            sync_folder(home.folder)
        return wrote


@contextmanager
def _undone_unless_whole() -> Iterator[list[tuple[Path, Path]]]:
    moved: list[tuple[Path, Path]] = []
    try:
        yield moved
    except BaseException:
        for whence, where in reversed(moved):
            where.rename(whence)
        raise


def _read(source: object, name: str) -> bytes:
    try:
        return source.read(_BLOCK)  # type: ignore[attr-defined, no-any-return]
    except OSError as error:
        raise NotWholeError(f"{name} cannot be read: {error.strerror}") from error
