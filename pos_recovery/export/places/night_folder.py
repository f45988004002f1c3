"""A night's folder on disk: what its manifest says of it, and how it gets its name, durably, whole or not at all.

Whoever writes a night writes it into `open_part(final)` and hands that to `settle`. Refuses to touch a night of the
same name that says something else. Only one part of a run may be open: who calls holds the lock of the run.

Nobody else on the machine may read a night, whatever the umask: it has the codes of coupons that are good. Its group
may where the folder that it goes to was made for a group: whoever set up the place meant that.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from pos_recovery.export.places.addresses import NoUseError, plain
from pos_recovery.system.durable_files import held, make_folder, sync_folder, sync_tree

MARKER = "datapackage.json"
"""The manifest. Where it is, the night is whole."""

_NIGHT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{6}")
_PART = re.compile(rf"\.{_NIGHT.pattern}\.part-[0-9a-f]{{8}}")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Delivered:
    """The night is there now."""

    where: str
    """Without name and password, like every `where`."""


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The same night was there before."""

    where: str


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """It is not there, or nobody can tell. Another try may do."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Differs:
    """Something else is there under the night's name. It was not touched; a person has to look."""

    where: str
    why: str


Delivery = Delivered | AlreadyThere | NotDelivered | Differs


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the manifest lists it."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Night:
    """A folder with the files of one day and run, as its manifest lists them. Nothing says yet that it is right."""

    folder: Path
    manifest: bytes
    files: tuple[Listed, ...]

    @property
    def size(self) -> int:
        """Bytes of everything that is to arrive."""
        return sum(each.size for each in self.files) + len(self.manifest)


def check_name(name: str) -> None:
    """Refuse what is no night's name, and with it every path that leads elsewhere. Raises ValueError."""
    if not _NIGHT.fullmatch(name):
        raise ValueError(f"{name!r} is no night's name, such as 2026-11-21_000012")


def open_part(final: Path) -> Path:
    """A new, empty folder to write the night `final` in, beside it; what crashes left of the same run is removed.

    Of the run, whatever its day: one that is not on record yet is begun again, and perhaps not before another day.

    Raises:
        ValueError: `final` has no night's name.
        OSError: It cannot be made.
    """
    check_name(final.name)
    make_folder(final.parent)
    clear_parts(final.parent, final.name[10:])
    part = final.with_name(f".{final.name}.part-{secrets.token_hex(4)}")
    part.mkdir(0o700)
    return part


def clear_parts(folder: Path, run: str = "*") -> None:
    """Remove what runs that were killed have left in a folder: codes that are good, in a place where nobody looks.

    Only what bears the name of a part, and is not held by whoever still writes into it (`durable_files.held`).

    Args:
        folder: Where nights go; it may be missing.
        run: Of one run only, as it ends a night's name: _000012.
    """
    for left_over in folder.glob(f".????-??-??{run}.part-*"):
        if _PART.fullmatch(left_over.name) and not left_over.is_symlink():
            with held(left_over) as free:
                if free:
                    shutil.rmtree(left_over, ignore_errors=True)


def settle(part: Path, final: Path) -> Delivered | AlreadyThere | Differs:
    """Give a finished `part` its name, durably and at once. Where the same night stands whole, `part` is removed.

    Raises:
        ValueError: `part` does not come from `open_part(final)`.
        OSError: It cannot be synced or renamed.
    """
    check_name(final.name)
    if part.parent != final.parent or not part.name.startswith(f".{final.name}.part-"):
        raise ValueError(f"{part.name!r} is no part of {final.name}")
    _close_to_others(part)
    sync_tree(part)
    if not os.path.lexists(final):  # asked first, because a rename replaces an empty folder
        try:
            part.rename(final)
        except OSError:
            if not os.path.lexists(final):
                raise
        else:
            sync_folder(final.parent)
            return Delivered(str(final))
    answer = compared((part / MARKER).read_bytes(), final)
    if isinstance(answer, AlreadyThere):
        shutil.rmtree(part)
    return answer


def _close_to_others(part: Path) -> None:
    """A group is meant by a folder that lets its group in and nobody else, or that hands its group on."""
    above = part.parent.stat().st_mode
    for_group = above & stat.S_IXGRP and (above & stat.S_ISGID or not above & stat.S_IRWXO)
    for each in part.iterdir():
        each.chmod(0o640 if for_group else 0o600)
    part.chmod(0o750 if for_group else 0o700)


def read_night(folder: Path) -> Night:
    """The night in `folder`, as its manifest tells."""
    try:
        manifest = (folder / MARKER).read_bytes()
        resources = json.loads(manifest)["resources"]
        files = tuple(
            Listed(each["path"], int(each["bytes"]), each["hash"].removeprefix("sha256:")) for each in resources
        )
        safe = all(_FILE.fullmatch(each.name) and each.name != MARKER for each in files)
    except OSError as error:
        raise NoUseError(f"{MARKER} cannot be read: {plain(error)}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoUseError(f"{MARKER} is no manifest of a night") from error
    if not safe:
        raise NoUseError(f"{MARKER} names a file that is not in its folder")
    return Night(folder, manifest, files)


def amiss(night: Night) -> str | None:
    """The first file that is not what the manifest says; None when all are."""
    for each in night.files:
        try:
            with (night.folder / each.name).open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == each.sha256
                same = same and file.tell() == each.size
        except OSError as error:
            return f"{each.name} cannot be read: {plain(error)}"
        if not same:
            return f"{each.name} is not what the manifest says"
    return None


def compared(manifest: bytes, final: Path) -> AlreadyThere | Differs:
    """Whether what has the name `final` is the night with that manifest, byte for byte."""
    try:
        there = read_night(final)
        problem = "its manifest says something else" if there.manifest != manifest else amiss(there)
    except NoUseError as error:
        problem = str(error)
    return Differs(str(final), problem) if problem else AlreadyThere(str(final))
