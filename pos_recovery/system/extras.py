"""What is installed beside the counter, by what a person does (`night`, `cloud`, `sftp`, `chain`), and what is wrong.

Which packages an extra has stands in pyproject.toml and nowhere else: it is read from there in a checkout, else from
what was installed. Asked for before a command begins, so that nothing is half done for want of a library. A package is
judged by its version and the record of its files; only where that leaves a doubt it is imported, by another process.
Refuses to load any of them into this one.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution

PROGRAM = "pos-recovery"
NEEDED_FOR = {
    "night": "`export` and `verify`",
    "cloud": "nights that go to s3://, abfs:// or gs://",
    "sftp": "nights that go to sftp://",
    "chain": "a chain's PostgreSQL",
}
"""Each extra, and what a person does with it."""
BY_SCHEME = {
    **dict.fromkeys(("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl"), "cloud"),
    **dict.fromkeys(("sftp", "ssh"), "sftp"),
}
"""The extra that brings all that addresses of a kind need, by what they begin with."""
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*(?:\[([^]]*)])?\s*\(?([^;()]*)\)?\s*(?:;\s*(.*))?")
_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")
_VERSION = re.compile(r"v?(?:\d+!)?(\d+(?:\.\d+)*)(.*)")
_CODE = frozenset({".py", ".so", ".pyd", ".dll", ".dylib"})
_TRIAL_S = 120.0
"""For one import by another process, from a cold and slow disk."""


class LackingError(Exception):
    """A command needs extras that are not here, or not whole. One sentence: what, that nothing was done, what to type.

    Attributes:
        extras: Those it needs and lacks.
        command: What to type.
    """

    def __init__(self, deed: str, lacks: Iterable[Lack]) -> None:
        lacks = tuple(lacks)
        self.extras = tuple(dict.fromkeys(each.extra for each in lacks))
        self.command = remedy(lacks)
        several = len(self.extras) > 1
        needed = f"{'extras' if several else 'extra'} {_listed(self.extras)}"
        if all(map(is_absent, self.extras)):
            why = f"which {'are' if several else 'is'} not installed here"
        else:
            why = f"of which {in_words(lacks)}"
        super().__init__(
            f"`{f'{PROGRAM} {deed}'.strip()}` needs the {needed}, {why}; nothing was done; "
            f"type this, then try again: {self.command}"
        )


@dataclass(frozen=True, slots=True)
class Lack:
    """One package of an extra that cannot be used."""

    extra: str
    package: str
    why: str
    """What is wrong, behind the package's name: `is not installed`."""
    is_damage: bool = False
    """It is there and broken, so that an installer would let it be."""


@dataclass(frozen=True, slots=True)
class _Requirement:
    name: str
    extras: frozenset[str]
    """Of that package."""
    versions: str
    """As `>=2,<3`."""
    marker: str


def of_export(out: str, database: str | None) -> tuple[str, ...]:
    """What an export needs that goes to `out` and comes from `database` (None: the register's own ledger)."""
    by_place = BY_SCHEME.get(out.partition("://")[0].lower()) if "://" in out else None
    by_database = "chain" if database and database.lower().startswith("postgres") else None
    return tuple(filter(None, ("night", by_place, by_database)))


def require(deed: str, *extras: str) -> None:
    """Refuse a command, named `deed`, for which extras are lacking. Raises LackingError."""
    lacks = [lack for extra in extras for lack in lacking(extra)]
    if lacks:
        raise LackingError(deed, lacks)


def met(deed: str, error: BaseException) -> LackingError | None:
    """What an import that failed while a command ran means, where it was of an extra's package; None: it was not.

    A file that is damaged and as long as it was says nothing of which package it is of, so each is tried.
    """
    if not isinstance(error, ImportError | SyntaxError | ValueError):
        return None
    named = error.name if isinstance(error, ImportError) else None
    wanted = _plain((named or "").partition(".")[0])
    for extra in NEEDED_FOR if wanted else ():
        if wanted in {_plain(each.name) for each in _requirements(extra)}:
            known = [lack for lack in lacking(extra) if _plain(lack.package) == wanted]
            return LackingError(deed, known or [Lack(extra, wanted, f"is not whole ({error})", is_damage=True)])
    broken = [
        Lack(extra, each.name, f"is not whole ({why})", is_damage=True)
        for extra in NEEDED_FOR
        if not is_absent(extra)
        for each in _requirements(extra)
        if (why := _tried(each.name))
    ]
    return LackingError(deed, broken) if broken else None


def lacking(extra: str) -> tuple[Lack, ...]:
    """What is wrong with the packages of an extra; empty: all of them are here."""
    if not _requirements(extra):
        return (Lack(extra, PROGRAM, "is not whole (what it says of itself is missing)", is_damage=True),)
    found = ((each.name, _wrong(each)) for each in _requirements(extra))
    return tuple(Lack(extra, name, *wrong) for name, wrong in found if wrong)


def is_absent(extra: str) -> bool:
    """Whether nothing is here of what only this extra has."""
    return not any(_found(each.name) for each in _requirements(extra) if _is_its_own(each))


def remedy(lacks: Iterable[Lack]) -> str:
    """What to type, for the way in which this copy was installed."""
    from pos_recovery.system.install_command import command

    lacks = tuple(lacks)
    return command({each.extra for each in lacks}, _here(), anew=any(each.is_damage for each in lacks))


def remedy_beside(packages: Sequence[str]) -> str:
    """The same for packages that no extra brings: those that are not here, or all of them anew."""
    from pos_recovery.system.install_command import beside

    lacking = [each for each in packages if _found(each) is None]
    return beside(lacking or packages, _here(), anew=not lacking)


def _here() -> tuple[str, ...]:
    return tuple(extra for extra in NEEDED_FOR if not is_absent(extra))


def in_words(lacks: Iterable[Lack]) -> str:
    """`duckdb and jinja2 are not installed, xlsxwriter is of version 3.2.0 and ==3.3.1 is needed`."""
    together: dict[str, list[str]] = {}
    for each in lacks:
        names = together.setdefault(each.why, [])
        names += [] if each.package in names else [each.package]
    return ", ".join(_clause(names, why) for why, names in together.items())


def _clause(names: list[str], why: str) -> str:
    return f"{_listed(names)} {why if len(names) == 1 else why.replace('is ', 'are ', 1)}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _is_its_own(requirement: _Requirement) -> bool:
    """Whether a package tells that its extra was installed: of one extra only."""
    return sum(requirement in _requirements(each) for each in NEEDED_FOR) == 1


@cache
def _requirements(extra: str) -> tuple[_Requirement, ...]:
    checkout = Path(__file__).parent.parent.parent / "pyproject.toml"
    if checkout.is_file():
        import tomllib

        listed = tomllib.loads(checkout.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
        return tuple(map(_parsed, listed[extra]))
    own = _found(PROGRAM)
    requires = [] if own is None else [_parsed(each) for each in own.requires or ()]
    return tuple(each for each in requires if _EXTRA.findall(each.marker) == [extra])


def _parsed(text: str) -> _Requirement:
    match = _REQUIREMENT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no requirement")
    name, extras, versions, marker = match.groups()
    return _Requirement(name, frozenset(re.findall(r"[\w.-]+", extras or "")), versions.strip(), marker or "")


def _found(name: str) -> Distribution | None:
    """What is installed under a name; None: nothing, or what is left of it has no version."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        found = distribution(name)
        return found if found.metadata["Version"] else None
    except (PackageNotFoundError, KeyError, TypeError, OSError, ValueError):
        return None


def _wrong(requirement: _Requirement) -> tuple[str, bool] | None:
    """Why a package cannot be used, and whether it is broken."""
    found = _found(requirement.name)
    if found is None:
        return "is not installed", False
    if not fits(found.version, requirement.versions):
        return f"is of version {found.version} and {requirement.versions} is needed", False
    doubtful = False
    for each in (found, *_behind(found, requirement.extras, {_plain(requirement.name)})):
        if each is None:
            doubtful = True
            continue
        for name, there in _changed_files(each):
            if not there:
                return f"is not whole ({name} is missing)", True
            doubtful = True
    why = _tried(requirement.name) if doubtful else ""
    return (f"is not whole ({why})", True) if why else None


def _behind(found: Distribution, extras: frozenset[str], seen: set[str]) -> Iterator[Distribution | None]:
    """What a package is built on, in turn; None for what is not here. What depends on the machine is left out."""
    for each in map(_parsed, found.requires or ()):
        if _plain(each.name) in seen or (each.marker and not extras.intersection(_EXTRA.findall(each.marker))):
            continue
        seen.add(_plain(each.name))
        there = _found(each.name)
        yield there
        if there is not None:
            yield from _behind(there, each.extras, seen)


def _changed_files(found: Distribution) -> Iterator[tuple[str, bool]]:
    """The files of code that are not as they were installed, and whether each is still there. Tests may be left out.

    Where no record of them is kept, as by Debian's own packages, any may be another.
    """
    record = found.read_text("RECORD")
    if record is None:
        yield "", True
        return
    for line in record.splitlines():
        name, _, size = line.rsplit(",", 2) if line.count(",") > 1 else ("", "", "")
        path = name.strip('"')
        if not size or path.startswith("..") or Path(path).suffix not in _CODE or "test" in path:
            continue
        try:
            if os.stat(str(found.locate_file(path))).st_size != int(size):  # noqa: PTH116  thousands of them
                yield path, True
        except OSError:
            yield path, False


def _tried(name: str) -> str:
    """Why another process cannot import a package, in Python's words; empty: it can."""
    from subprocess import TimeoutExpired, run

    asked = [sys.executable, "-P", "-c", f"import {name.replace('-', '_')}"]
    try:
        done = run(asked, capture_output=True, text=True, errors="replace", timeout=_TRIAL_S, check=False)  # noqa: S603  ourselves, and a name of pyproject's
    except TimeoutExpired:
        return "importing it does not end"
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else "importing it breaks the program off")[:200]


def fits(version: str, versions: str) -> bool:
    """Whether a version is one of `>=2,<3`; of PEP 440 what pyproject.toml uses. Raises ValueError for the rest."""
    return all(_fits(version, each.strip()) for each in versions.split(",") if each.strip())


def _fits(version: str, wanted: str) -> bool:
    match = re.fullmatch(r"(==|>=|<)\s*(\S+)", wanted)
    if match is None:
        raise ValueError(f"{wanted!r} is no bound that is understood")
    sign, bound = match.groups()
    (have, early), (ends, _) = _ordered(version), _ordered(bound)
    if sign == "==":
        return have == ends and not early
    if sign == "<":
        return have < ends
    return have > ends or (have == ends and not early)


def _ordered(version: str) -> tuple[tuple[int, ...], bool]:
    """The numbers of a version without zeros at their end, and whether it comes before them (a2, rc1, .dev3)."""
    match = _VERSION.match(version.strip())
    if match is None:
        return (), True
    numbers = [int(each) for each in match[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers), re.match(r"[._-]?(a|b|c|rc|alpha|beta|pre|preview|dev)", match[2].lower()) is not None


def _plain(name: str) -> str:
    """Names of packages and of modules, made alike."""
    return re.sub("[-_.]+", "-", name).lower()
