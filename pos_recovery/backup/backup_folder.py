"""A folder of backups: what one is called, what it says of itself, which is the newest, which are in the making.

A backup is a folder named by its time, with the ledger, the settings, and a manifest that has the SHA-256 of both. It
gets its name when it is whole; before that it is a `.part`, locked by whoever makes it, so that one whose maker was
killed is known and taken away by the next. Backups are numbered: a clock that was wrong once names one that seems to be
the newest for ever, and the number knows better. Refuses to take anything else in the folder for its own, and believes
no manifest that holds what we never write: a stick goes through many hands, and flash memory forgets.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from pos_recovery.system.durable_files import sync_folder

MANIFEST = "backup.json"
FORMAT = 1
LEDGER, SETTINGS = "ledger.sqlite", "settings.toml"
_NAME = re.compile(r"backup-[0-9]{8}T[0-9]{6}Z(-[0-9]+)?")
_PART = re.compile(r"\.backup-[0-9a-f]{8}\.part")
_LONGEST = 1 << 16
"""Bytes of a manifest; ours have a thousand."""


class NotWholeError(Exception):
    """That is no backup, or something of it is not as it was. Its words go to people."""


class FormatTooNewError(Exception):
    """A newer version of pos-recovery made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup says of itself. The fields are the keys of its manifest."""

    program: str
    """The version that made it."""
    made_at: str
    """ISO 8601, UTC: what was on record then is in it."""
    number: int
    """Counted up, whatever the clock says."""
    store: str
    register: str
    tables: str
    """The revision of its tables."""
    rows: Mapping[str, int]
    """Of each table of facts."""
    newest: str | None
    """The latest time on any fact, UTC."""
    lineage: str | None
    """A short hash of the first request on record; None: there was none yet."""
    files: Mapping[str, Mapping[str, int | str]]
    """Bytes and SHA-256 of each."""
    format: int = FORMAT

    def is_of_the_same(self, other: Backup) -> bool:
        """Whether both are of one register and one ledger."""
        return (self.store, self.register, self.lineage) == (other.store, other.register, other.lineage)


def name_at(at: datetime, which: int) -> str:
    """Of the first backup of this second, or another one."""
    return f"backup-{at:%Y%m%dT%H%M%SZ}" + ("" if which == 1 else f"-{which}")


def lineage_of(request: str | None) -> str | None:
    """How a manifest names a ledger."""
    return None if request is None else hashlib.sha256(request.encode(errors="replace")).hexdigest()[:16]


def written(backup: Backup) -> bytes:
    """The manifest of a backup."""
    return (json.dumps(asdict(backup), indent=1) + "\n").encode()


def read(folder: Path) -> Backup:
    """What the backup in `folder` says of itself.

    Raises:
        NotWholeError: It is none, or cannot be read.
        FormatTooNewError: Only a newer version can.
    """
    try:
        told = a_note(folder / MANIFEST)
    except OSError as error:
        raise NotWholeError(f"{MANIFEST} cannot be read: {error.strerror}") from error
    version = told.get("format")
    if _is_count(version) and version > FORMAT:
        raise FormatTooNewError
    if told.keys() != _KINDS.keys() or not all(_KINDS[key](value) for key, value in told.items()):
        raise NotWholeError(f"{MANIFEST} is no manifest of a backup")
    return Backup(**told)


def a_note(file: Path) -> dict[str, Any]:
    """The JSON object in a small file; an empty one where there is another thing in it. Raises OSError.

    Trap of Python's json: what is nested deep is a RecursionError.
    """
    with opened(file) as note:
        try:
            told = json.loads(note.read(_LONGEST))
        except (ValueError, RecursionError):
            return {}
    return told if isinstance(told, dict) else {}


def opened(file: Path) -> BinaryIO:
    """A file, to be read. No pipe or device is waited for. Raises OSError."""
    found = os.fdopen(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")
    if not stat.S_ISREG(os.fstat(found.fileno()).st_mode):
        found.close()
        raise OSError(errno.EINVAL, "it is no file")
    return found


def is_text(value: object) -> TypeGuard[str]:
    """Whether it can stand in a line that people read: it was written by us, or by who knows whom."""
    return isinstance(value, str) and value.isprintable()


def is_number(value: object) -> TypeGuard[int]:
    """Whether backups can be numbered by it, and counted on."""
    return _is_count(value) and value > 0


def is_moment(value: object) -> TypeGuard[str]:
    """Whether it is a time in UTC, as we write one."""
    try:
        return is_text(value) and datetime.fromisoformat(value).utcoffset() == timedelta(0)
    except ValueError:
        return False


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def _is_rows(value: object) -> bool:
    return isinstance(value, dict) and all(is_text(table) and _is_count(many) for table, many in value.items())


def _is_files(value: object) -> bool:
    return (
        isinstance(value, dict)
        and {LEDGER} <= value.keys() <= {LEDGER, SETTINGS}
        and all(
            isinstance(each, dict) and _is_count(each.get("bytes")) and is_text(each.get("sha256"))
            for each in value.values()
        )
    )


def _is_text_or_none(value: object) -> bool:
    return value is None or is_text(value)


_KINDS: dict[str, Callable[[object], bool]] = {
    "program": is_text,
    "made_at": is_moment,
    "number": is_number,
    "store": is_text,
    "register": is_text,
    "tables": is_text,
    "rows": _is_rows,
    "newest": _is_text_or_none,
    "lineage": _is_text_or_none,
    "files": _is_files,
    "format": _is_count,
}
"""What each key of a manifest may hold."""


def on(place: Path) -> list[tuple[Path, Backup]]:
    """The backups in a folder, the oldest first. What cannot be read is none. Raises OSError for the folder itself."""
    found: list[tuple[Path, Backup]] = []
    for each in place.iterdir():
        if _NAME.fullmatch(each.name):
            with suppress(NotWholeError, FormatTooNewError):
                found.append((each, read(each)))
    return sorted(found, key=lambda one: (one[1].number, one[0].name))


def unread(place: Path) -> tuple[str, ...]:
    """The names of those that are not among the backups `on` a folder, because they cannot be read here.

    Raises OSError for the folder itself.
    """
    known = {folder for folder, _ in on(place)}
    return tuple(sorted(each.name for each in place.iterdir() if _NAME.fullmatch(each.name) and each not in known))


def digest(file: Path) -> dict[str, int | str]:
    """What a manifest says of a file. Raises OSError."""
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        return {"bytes": content.tell(), "sha256": sha256}


@contextmanager
def part_in(place: Path) -> Iterator[Path]:
    """An empty folder that only its owner may enter, for what is in the making; gone at the end unless it was renamed.

    What others were killed over is taken away first. Raises OSError.
    """
    _tidy(place)
    part = place / f".backup-{secrets.token_hex(4)}.part"
    with ExitStack() as leaving:
        leaving.callback(_lock_of(part).unlink, missing_ok=True)
        _locked(part, leaving)
        part.mkdir(mode=0o700)
        leaving.callback(shutil.rmtree, part, ignore_errors=True)
        yield part


def settle(part: Path, place: Path, at: datetime) -> Path:
    """Give a finished backup its name, durably. Raises OSError."""
    which = 1
    while True:
        final = place / name_at(at, which)
        if not final.exists():  # asked first, because a rename replaces an empty folder
            try:
                part.rename(final)
            except OSError:
                if not final.exists():
                    raise
            else:
                sync_folder(place)
                return final
        which += 1


def remove(folder: Path) -> None:
    """Take a backup away, at once as far as its name goes. Raises OSError."""
    gone = folder.with_name(f".backup-{secrets.token_hex(4)}.part")
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _lock_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.lock")


def _locked(part: Path, leaving: ExitStack) -> None:
    """Where no file can be locked, as on some network drives, nobody takes a part away either."""
    from filelock import FileLock

    with suppress(NotImplementedError):
        leaving.enter_context(FileLock(_lock_of(part), timeout=0, mode=0o600))


def _tidy(place: Path) -> None:
    """Take away what nobody makes any more: whose lock is free."""
    from filelock import FileLock, Timeout

    found = {each.name.removesuffix(".lock") for each in place.iterdir()}
    for part in [place / name for name in found if _PART.fullmatch(name)]:
        lock = FileLock(_lock_of(part), timeout=0, mode=0o600)
        with suppress(Timeout, OSError, NotImplementedError):
            lock.acquire()
            shutil.rmtree(part, ignore_errors=True)
            lock.release()
            _lock_of(part).unlink(missing_ok=True)
