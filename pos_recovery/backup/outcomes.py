"""What backing up and putting back answer; frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pos_recovery.backup.backup_folder import Backup


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """The backup is there, and was looked over."""

    folder: str
    backup: Backup
    nights: int
    """How many are on record in it."""
    last_night: str | None
    """The business day of the last of them."""
    same_disk: bool
    """It lies on the disk that the register is on, and is lost with it."""
    others_may_read: bool
    """The drive keeps no rights."""
    removed: tuple[str, ...] = ()
    """Older backups that were taken away for it."""
    not_removed: tuple[str, ...] = ()
    """Those that could not be."""


@dataclass(frozen=True, slots=True)
class NotWritten:
    """There is no way to write there. What was there before is as it was."""

    place: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The ledger of the backup is in its place."""

    folder: str
    backup: Backup
    nights: int
    """How many are on record in it."""
    last_night: str | None
    kept: str | None
    """Where the ledger lies that was there before; None: there was none."""
    wrote_settings: bool
    """False: there were some, and they were left as they are."""
    lost: Mapping[str, int] | None
    """Rows that were on record and are not in the backup, by table; None: nobody can tell."""
    lost_days: tuple[str, ...]
    """The business days they are of."""
    unknown_nights: tuple[str, ...]
    """Nights that were told and that the ledger now does not know, by the names of their folders."""
    nights_place: str | None
    """The folder that was looked through for them; None: nights go where they cannot be looked for from here."""
    not_read: tuple[str, ...] = ()
    """Backups beside this one that cannot be read here: one of them may be newer."""


@dataclass(frozen=True, slots=True)
class NoBackup:
    """Nothing was changed: there is no backup that could be put back."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class NotWhole:
    """Nothing was changed: the backup is not as it was made."""

    folder: str
    why: str


@dataclass(frozen=True, slots=True)
class TooNew:
    """Nothing was changed: a newer version of pos-recovery made the backup."""

    folder: str


@dataclass(frozen=True, slots=True)
class AnotherRegister:
    """Nothing was changed: the backup is of another register than the settings here name."""

    folder: str
    store: str
    register: str


@dataclass(frozen=True, slots=True)
class HasFacts:
    """Nothing was changed: there is a ledger, and nobody said that it may be replaced."""

    folder: str
    lost: Mapping[str, int] | None
    """Rows that are on record and not in the backup, by table; None: nobody can tell."""
    lost_days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InUse:
    """Nothing was changed: a register or a command has the ledger open."""


Outcome = BackedUp | NotWritten | Restored | NoBackup | NotWhole | TooNew | AnotherRegister | HasFacts | InUse
