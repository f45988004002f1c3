"""Remembers the last backup in the home of its register, so that somebody can be told how old it is.

A note, not a record: where it cannot be read there is none, and no backup fails because it could not be written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pos_recovery.backup import backup_folder
from pos_recovery.export.page.formatting import shown
from pos_recovery.rules.business_days import Clock
from pos_recovery.system.durable_files import write_whole
from pos_recovery.system.locations import Home

if TYPE_CHECKING:
    from pos_recovery.system.health import Finding

OLD = timedelta(days=7)
"""From when on somebody should know."""
_LONGEST = 1000
"""Characters of a folder's name that are shown."""


@dataclass(frozen=True, slots=True)
class Last:
    """The last backup."""

    folder: str
    made_at: str
    """ISO 8601, UTC."""
    number: int


def keep(home: Home, folder: Path, backup: backup_folder.Backup) -> None:
    """Write it down, if that can be."""
    note = json.dumps(asdict(Last(str(folder), backup.made_at, backup.number)), indent=1) + "\n"
    with suppress(OSError):
        write_whole(home.last_backup, note.encode(), 0o600)


def last(home: Home) -> Last | None:
    """What is known of the last backup; None: there was none, or nobody knows."""
    try:
        told = backup_folder.a_note(home.last_backup)
    except OSError:
        return None
    is_ours = (
        told.keys() == {each.name for each in fields(Last)}
        and isinstance(told["folder"], str)
        and backup_folder.is_moment(told["made_at"])
        and backup_folder.is_number(told["number"])
    )
    return Last(**told) if is_ours else None


def _age(found: Last, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(found.made_at)


def findings(home: Home, clock: Clock) -> Iterator[Finding]:
    """What the doctor says of it."""
    from pos_recovery.system.health import Finding

    found = last(home)
    if found is None:
        yield Finding("backup", "none that is known of: `pos-recovery backup DIR` makes one", worth_a_look=True)
        return
    age = _age(found, clock())
    told = f"the last one is {_in_words(age)} old, {shown(found.folder, _LONGEST)}"
    try:
        there = backup_folder.read(Path(found.folder)).number == found.number
    except (backup_folder.NotWholeError, backup_folder.FormatTooNewError):
        there = False
    if not there:
        told += "; it is not there now: is that drive plugged in?"
    elif age < timedelta(0):
        told += "; it was made by a clock that was ahead"
    yield Finding("backup", told, worth_a_look=not there or not timedelta(0) <= age < OLD)


def _in_words(age: timedelta) -> str:
    hours = int(abs(age).total_seconds()) // 3600
    if hours < 1:
        return "less than an hour"
    if hours < 48:  # noqa: PLR2004  hours in two days
        return f"{hours} hour{'s' if hours > 1 else ''}"
    return f"{hours // 24} days"
