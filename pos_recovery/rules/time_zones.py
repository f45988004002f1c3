"""Which rules of time zones are used: the newer of the system's files and the package tzdata, by their own version.

Python alone takes the system's first, however old they are: with 2025b of a Debian 12, Vancouver is an hour wrong since
1 November 2026. Everything of ours that needs a zone asks here. The variable PYTHONTZPATH says where the system's files
are, and no more than that. Nothing is read before the first zone is asked for.

Files that do not say how new they are count as older than any that do. Where both are equally new it is the system's,
which may have been mended since.

The traps of zoneinfo (CPython 3.11 to 3.14): a zone that was read once is kept, so other files show only after
`clear_cache`; one that is read by `from_file` is not kept, and cannot be pickled. And the package can be imported, and
tells a version, also where somebody who packs it for a system has taken its zones out.
"""

from __future__ import annotations

import os
import re
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

_SYSTEM = zoneinfo.TZPATH
"""The system's folders, as Python has found them or was told."""
_TELL = ("tzdata.zi", "+VERSION")
"""Files whose first line tells the version: the tz distribution's own since 2017c; that of macOS and the BSDs."""
_VERSION = re.compile(r"([0-9]{4})([a-z]{0,3})(?:-([0-9]{1,4})-g[0-9a-f]+)?[0-9A-Za-z.+-]{0,30}")
"""2025b; of the 27th release in a year 2025za; 2025b-12-g3f1c0de is twelve changes later. Makefile and NEWS of tz."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Those in use, and what there was to choose from."""

    folders: tuple[str, ...]
    """Of the system's, those that are not older than the package: looked in before it."""
    system: str | None
    """The version of the system's newest; "": they do not say. None: it has none."""
    package: str | None
    """The version of the package; "": it does not say. None: it is not there, or holds no zones."""

    @property
    def version(self) -> str | None:
        """Of the rules in use; None: nobody knows."""
        return (self.system if self.folders else self.package) or None

    @property
    def words(self) -> str:
        """Which they are and where from, beside what is not used."""
        told = self.version or "a version that nobody tells"
        if not self.folders:
            beside = "there are none" if self.system is None else self.system or "a version that nobody tells"
            return f"{told}, of the package tzdata; on this system: {beside}"
        if self.system == self.package:
            return f"{told}, of this system and of the package tzdata alike"
        beside = "is missing" if self.package is None else f"has {self.package or 'a version that nobody tells'}"
        return f"{told}, of this system; the package tzdata {beside}"


def zone(name: str) -> ZoneInfo:
    """A zone by the rules in use. Raises what ZoneInfo does where there is none of that name."""
    in_use()
    return ZoneInfo(name)


def names() -> set[str]:
    """Every zone there is. Looks into each file of the system's, six hundred; `is_name` seldom has to."""
    in_use()
    return zoneinfo.available_timezones()


def is_name(name: str) -> bool:
    """Whether there is a zone of that name, written like that."""
    return name in _listed() or name in names()


@cache
def in_use() -> Rules:
    """The rules in use. The first call chooses them, for the whole process."""
    rules = choose(_SYSTEM, _of_package())
    zoneinfo.reset_tzpath(to=rules.folders)
    ZoneInfo.clear_cache()
    return rules


def choose(folders: Sequence[str], package: str | None) -> Rules:
    """Between the folders that the system may have zones in, as Python would look into them, and a package."""
    there = filter(os.path.isdir, folders)  # Path.is_dir raises where the folder above may not be searched
    versions = {folder: version_of(Path(folder)) for folder in there}
    newest_first = sorted(versions, key=lambda folder: _order(versions[folder]), reverse=True)
    used = [each for each in newest_first if package is None or _order(versions[each]) >= _order(package)]
    return Rules(tuple(used), versions[newest_first[0]] if newest_first else None, package)


def is_version(told: object) -> bool:
    """Whether this is a version as rules have it."""
    return isinstance(told, str) and _VERSION.fullmatch(told) is not None


def version_of(folder: Path) -> str:
    """What the zones in a folder say of themselves; "": nothing."""
    for name in _TELL:
        try:
            with (folder / name).open("rb") as file:
                told = file.readline(100).decode("ascii", "replace").removeprefix("# version ").strip()
        except OSError:
            continue
        if is_version(told):
            return told
    return ""


def of_system(name: str) -> ZoneInfo | None:
    """A zone as other programs of this system know it, which take no package; None: there is none of that name."""
    for folder in _SYSTEM:
        try:
            with Path(folder, name).open("rb") as file:
                return ZoneInfo.from_file(file, key=name)
        except (OSError, ValueError):
            continue
    return None


def _order(version: str) -> tuple[int, str, int]:
    told = _VERSION.fullmatch(version)
    return (int(told[1]), told[2], int(told[3] or 0)) if told else (0, "", 0)


def _listed() -> frozenset[str]:
    """The zones that the package lists, which are among `names` whether or not the system has them."""
    try:
        import tzdata

        return frozenset(Path(tzdata.__path__[0], "zones").read_text("ascii").split())
    except (ImportError, OSError):
        return frozenset()


def _of_package() -> str | None:
    try:
        import tzdata
    except ImportError:
        return None
    zones = Path(tzdata.__path__[0], "zoneinfo")
    if not (zones / "UTC").is_file():
        return None
    said = getattr(tzdata, "IANA_VERSION", None)
    return version_of(zones) or (said if is_version(said) else "")
