"""Whose the things in a home are, and who may read them: its owner, and nobody else. Nothing of it on Windows.

A home holds PIN hashes and codes that are good for a drink. Files are made 0600 and folders 0700, and what is wider is
narrowed when a register is opened. A folder in which other things lie as well (`~`, a shared one) is not narrowed:
those things may be meant for others. Set-up refuses such a folder, and the doctor tells of it.

Root may work in somebody's home (`sudo pos-recovery printer status`). What it leaves there is given to the home's
owner, who could not open it otherwise; SQLite does the same for its side files. Only what is root's own file or folder
is given away, never what a link leads to: whoever owns the home could have put one there.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from pos_recovery.system.locations import Home

if TYPE_CHECKING:
    from db.connection.errors import StoreError

_OURS = (
    "settings.*", "ledger.*", "replaced-*", "last-backup.json", ".*.part", "slips", "nights", "nights-on-their-way",
    "*.lock", "printing.*", "pos-recovery.log",
)  # fmt: skip
_HARMLESS = {"lost+found", ".DS_Store"}
"""What file systems put into a folder by themselves."""
_OTHERS = 0o077
_MOST_NAMED = 4


def is_ours(name: str) -> bool:
    """Whether a home's entry of this name is one of a register's."""
    return any(fnmatchcase(name, each) for each in _OURS)


def private(path: str, flags: int) -> int:
    """An `opener` for `open`: a file that is made is for its owner alone."""
    return os.open(path, flags, 0o600)


def is_root() -> bool:
    """Whether this program may do everything."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def name_of(uid: int) -> str:
    """A user's name; the number where there is none."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


# --- who may read -----------------------------------------------------------------------------------------------------


def tighten(home: Home) -> None:
    """Shut everybody else out of what is ours, where this user may. What cannot be done is the doctor's to tell."""
    if os.name == "nt":
        return
    with suppress(OSError):
        entries = _entries(home)
        for path, seen in entries:
            if is_ours(path.name):
                _narrow(path, seen)
        if holds_only_ours(home):
            _narrow(home.folder, home.folder.stat())


def holds_only_ours(home: Home) -> bool:
    """Whether nothing but a register's things lie in the folder, and it is no public one (as /tmp is)."""
    is_public = home.folder.stat().st_mode & stat.S_ISVTX
    return not is_public and all(is_ours(path.name) or path.name in _HARMLESS for path, _ in _entries(home))


def is_wide(home: Home) -> bool:
    """Whether others may look into the folder."""
    return os.name != "nt" and bool(home.folder.stat().st_mode & _OTHERS)


def _entries(home: Home) -> list[tuple[Path, os.stat_result]]:
    with os.scandir(home.folder) as found:
        return sorted((Path(each.path), each.stat(follow_symlinks=False)) for each in found)


def _narrow(path: Path, seen: os.stat_result) -> None:
    """Only what is this user's own: root would follow a link that somebody puts there meanwhile."""
    if seen.st_mode & _OTHERS and seen.st_uid == os.geteuid() and not stat.S_ISLNK(seen.st_mode):
        with suppress(OSError):
            path.chmod(stat.S_IMODE(seen.st_mode) & ~_OTHERS)


# --- whose it is ------------------------------------------------------------------------------------------------------


def hand_over(path: Path) -> None:
    """As root: what was just made belongs to the owner of the folder it is in."""
    if is_root():
        with suppress(OSError):
            owner = path.parent.stat()
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def give_back(home: Home) -> None:
    """As root: everything of ours in the home that is root's, to the home's owner. Nothing in it may be open."""
    if not is_root():
        return
    with suppress(OSError):
        owner = home.folder.stat()
        if owner.st_uid == 0:
            return
        for root, folders, files, folder in os.fwalk(home.folder):
            if Path(root) == home.folder:
                folders[:] = [name for name in folders if is_ours(name)]
                files = [name for name in files if is_ours(name)]  # noqa: PLW2901  of the home itself only these
            for name in (*folders, *files):
                with suppress(OSError):
                    _give(name, folder, owner)


def _give(name: str, folder: int, owner: os.stat_result) -> None:
    if os.stat(name, dir_fd=folder, follow_symlinks=False).st_uid != 0:
        return
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    try:
        seen = os.fstat(descriptor)
        is_alone = stat.S_ISDIR(seen.st_mode) or (stat.S_ISREG(seen.st_mode) and seen.st_nlink == 1)
        if seen.st_uid == 0 and is_alone:
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
    finally:
        os.close(descriptor)


def strangers(home: Home) -> Iterator[tuple[Path, int]]:
    """What is ours and belongs to somebody else than the folder, with its owner's number. Raises OSError."""
    if os.name == "nt":
        return
    owner = home.folder.stat().st_uid
    for path, seen in _entries(home):
        if not is_ours(path.name):
            continue
        if seen.st_uid != owner:
            yield path, seen.st_uid
        elif stat.S_ISDIR(seen.st_mode):
            with os.scandir(path) as within:
                found = next((each for each in within if each.stat(follow_symlinks=False).st_uid != owner), None)
            if found is not None:
                yield path, found.stat(follow_symlinks=False).st_uid


def words(home: Home) -> str:
    """What somebody else's things in the home are, and the command that mends it; empty when all is well."""
    if os.name == "nt":
        return ""
    try:
        owner, found = home.folder.stat().st_uid, list(strangers(home))
    except OSError:
        return ""
    if not found:
        me = os.geteuid()
        is_mine = me in {0, owner}
        return "" if is_mine else f"The folder {home.folder} belongs to {name_of(owner)}: run this as that user."
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    names = ", ".join(path.name for path, _ in found[:_MOST_NAMED])
    whose = " and ".join(sorted({name_of(uid) for _, uid in found}))
    paths = " ".join(shlex.quote(str(path)) for path, _ in found[:_MOST_NAMED])
    if more and holds_only_ours(home):
        paths = shlex.quote(str(home.folder))
    return (
        f"In {home.folder}, {names}{more} belong{'s' if len(found) == 1 else ''} to {whose} and not to "
        f"{name_of(owner)}. Give back what is {name_of(owner)}'s: `sudo chown -R {name_of(owner)} {paths}`"
    )


def explained(error: StoreError, home: Home) -> str:
    """The error's sentence; where a file could not be opened or written, also whose it is."""
    from db.connection.errors import StoreReadOnly, StoreShut

    whose = words(home) if isinstance(error, StoreReadOnly | StoreShut) else ""
    return f"{error} {whose}".rstrip()
