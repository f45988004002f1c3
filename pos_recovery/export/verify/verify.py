"""Whether a night's folder, or a folder of nights, is what was written: asked by whoever was handed it, an auditor too.

It needs no database and believes nothing that it reads. First the files: all that the manifest names and no other, of
its size and SHA-256, so that what was damaged on the way is never unpacked. Then what is in them: both files of each
table hold the same rows, and the numbers add up. Then the chain: each night names the SHA-256 of the night before.

A SHA-256 proves a folder against its manifest, and the chain a manifest against every later night. The newest has none
after it: it could be changed with all that is said of it, or taken away. So who keeps the SHA-256 of a manifest
elsewhere has it looked for here, and with that night stand all earlier ones.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BufferedReader
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from db.night.columns import SAME_BYTES
from pos_recovery.export.counts import queries
from pos_recovery.export.facts import manifest
from pos_recovery.export.facts.flaws import AGAIN, BOTH_AGAIN, EARLIER, Flaw, listed, shown
from pos_recovery.export.facts.manifest import Link, NotOurs
from pos_recovery.export.facts.same_rows import unlike
from pos_recovery.export.facts.table_files import Written
from pos_recovery.export.verify import sandbox, workbook_check
from pos_recovery.export.verify.sums import Recount, amiss, broken_chain, opened, summary_amiss
from pos_recovery.export.verify.verdict import Problem, Verdict

_NIGHT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{6,}")
_MANIFEST_BYTES = 1 << 20
_SUMMARY_BYTES = 4 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Never through a link, and never waiting for the other end of a pipe."""
_TOO_LARGE = "To look at it takes far more memory than ours ever needs."
_MOST_ENTRIES = 100_000
"""Of a folder, ours has fewer than one for each day of a lifetime."""


Looking = Callable[[Callable[[Any], Any], Any, Callable[[Any], Any]], Iterator[Any]]
"""`sandbox.each`, or `sandbox.here`."""


@dataclass(slots=True)
class _Night:
    folder: Path
    flaws: list[Flaw] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    link: Link | None = None
    sha256: str = ""
    """Of the manifest."""
    rows: dict[str, int] = field(default_factory=dict)
    """Of the tables that are whole."""


def verify(
    folder: Path,
    recount: Recount | None = queries.recount,
    *,
    expected: str | None = None,
    each: Looking = sandbox.here,
) -> Verdict:
    """Look at one night, or at each of a folder of nights and at the chain between them.

    Args:
        folder: Either.
        recount: How `daily` follows from the facts; None: that is not checked.
        expected: The SHA-256 of a manifest, in small letters, that has to be here; None: none in particular.
        each: Who looks at one night after the other. A folder that may be hostile is for `sandbox.each`.
    """
    try:
        names = _names(folder)
    except OSError as error:
        return Verdict(0, (Problem("", "", "unreadable", f"This folder cannot be read: {error.strerror}."),), ())
    if manifest.NAME in names or _NIGHT.fullmatch(folder.absolute().name):
        (night,) = each(partial(_look, recount=recount, alone=True), [folder], _too_large)
        return _verdict([night], [*_expected([night], expected, night.notes)], night.notes)
    folders: list[Path] = []
    problems: list[Problem] = []
    notes: list[str] = []
    for name in names:
        path = folder / name
        if name.startswith(".") and ".part" in name:
            notes.append(
                f"{shown(name)} is left over from a run that was cut short. It is no night and may be deleted."
            )
        elif path.is_symlink() and _NIGHT.fullmatch(name):
            problems.append(
                Problem(name, "", "not_a_folder", f"It is a link to another place and was not followed. {AGAIN}")
            )
        elif (
            path.is_dir()
            and not path.is_symlink()
            and (_NIGHT.fullmatch(name) or os.path.lexists(path / manifest.NAME))
        ):
            folders.append(path)
        else:
            notes.append(f"{shown(name)} is no night and was not looked at.")
    nights = list(each(partial(_look, recount=recount, alone=False), folders, _too_large))
    notes += [note for night in nights for note in night.notes]
    if not nights and not problems:
        problems.append(
            Problem("", "", "no_nights", "There is no night in this folder. Name one night, or the folder they are in.")
        )
    problems += _chain(_in_order(nights), notes, each)
    problems += _expected(nights, expected, notes)
    return _verdict(nights, problems, notes)


class _Refused(Exception):
    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.sentence)
        self.flaw = flaw


def _verdict(nights: list[_Night], problems: list[Problem], notes: list[str]) -> Verdict:
    own = [
        Problem(night.folder.absolute().name, flaw.file, flaw.code, f"{flaw.sentence} {_remedy(night, flaw)}")
        for night in nights
        for flaw in night.flaws
    ]
    rows: dict[str, int] = {}
    for night in nights:
        for name, count in night.rows.items():
            rows[name] = rows.get(name, 0) + count
    names = sorted((night.folder.absolute().name for night in nights), key=_by_run)
    ends = (shown(names[0]), shown(names[-1])) if names else ("", "")
    newest = _in_order(nights)[-1:]
    return Verdict(len(nights), (*own, *problems), tuple(notes), *ends, rows, newest[0].sha256 if newest else "")


def _remedy(night: _Night, flaw: Flaw) -> str:
    is_earlier = night.link is not None and night.link.format < SAME_BYTES
    return EARLIER if is_earlier and flaw.remedy == AGAIN else flaw.remedy


def _by_run(name: str) -> tuple[str, str]:
    """A key for folders' names. Days go back where a clock was ahead, runs never do."""
    return (name[11:].zfill(20), name) if _NIGHT.fullmatch(name) else (name, "")


def _in_order(nights: list[_Night]) -> list[_Night]:
    """Those whose manifest can be read, by their runs."""
    return sorted((each for each in nights if each.link is not None), key=lambda each: _link(each).run)


def _look(folder: Path, recount: Recount | None, *, alone: bool) -> _Night:
    """At one night, without the others."""
    try:
        return _look_closely(folder, recount, alone=alone)
    except MemoryError:
        return _too_large(folder)


def _look_closely(folder: Path, recount: Recount | None, *, alone: bool) -> _Night:
    night = _Night(folder)
    try:
        names = _names(folder)
        data = _small(folder, manifest.NAME, _MANIFEST_BYTES)
        link, files = manifest.read(data)
    except OSError as error:
        night.flaws.append(Flaw("", "unreadable", f"This folder cannot be read: {error.strerror}."))
    except NotOurs as not_ours:
        night.flaws.append(Flaw(manifest.NAME, not_ours.code, str(not_ours)))
    except _Refused as refused:
        night.flaws.append(refused.flaw)
    else:
        night.link, night.sha256 = link, hashlib.sha256(data).hexdigest()
        night.flaws += _place(night, link, alone=alone)
        extra = [shown(name) for name in names if name not in files and name != manifest.NAME]
        if extra:
            sentence = f"Not in the manifest, so not from us: {listed(extra)}."
            night.flaws.append(Flaw("", "extra", sentence, "Take it out of the folder."))
        _contents(night, link, files, recount)
    return night


def _too_large(folder: Path) -> _Night:
    return _Night(folder, [Flaw("", "too_big", _TOO_LARGE)])


def _place(night: _Night, link: Link, *, alone: bool) -> Iterator[Flaw]:
    """What a night says of itself in the chain."""
    before, name = link.previous, night.folder.absolute().name
    if (before is None) != (link.run == 1) or (before is not None and before.run != link.run - 1):
        yield Flaw(manifest.NAME, "chain", "Each run but the first names the one before, and this one does not.")
    elif before is not None and before.day == link.day:
        yield Flaw(manifest.NAME, "chain", "The run before closed the same business day.")
    elif before is not None and before.day > link.day:
        night.notes.append(f"{link.name} goes back behind {before.day}, which a clock that was ahead had closed.")
    if name != link.name and (not alone or _NIGHT.fullmatch(name)):
        yield Flaw("", "name", f"By its manifest this is the night {link.name}.", "Give the folder its name back.")
    elif name != link.name:
        night.notes.append(f"By its manifest this is the night {link.name}.")
    if link.closed_as is not None:
        night.notes.append(
            f"{link.name} was closed in an earlier form, with a manifest of the SHA-256 {link.closed_as}, and written "
            "anew."
        )
    if alone and before is not None:
        night.notes.append("The chain was not looked at: for that, name the folder that the nights are in.")


def _contents(night: _Night, link: Link, files: Mapping[str, Written], recount: Recount | None) -> None:
    """The files, and once all of them are whole the numbers."""
    import duckdb

    whole = {name for name, file in files.items() if _is_whole(night, file)}
    tables = manifest.tables(link.format)
    for table in tables:
        name, rows = table[0], files[f"{table[0]}.csv"].rows or 0
        if {f"{name}.csv", f"{name}.parquet"} <= whole:
            flaw = unlike(night.folder, table, rows, link.format)
            if flaw is None:
                night.rows[name] = rows
            else:
                night.flaws.append(flaw)
    if len(night.rows) < len(tables):
        return
    if link.workbook in whole:
        flaw = workbook_check.amiss(night.folder, link.workbook, tables)
        night.flaws += [flaw] if flaw else []
    try:
        with opened(night.folder, [table[0] for table in tables]) as con:
            night.flaws += amiss(con, link, recount)
            if link.previous is None:
                night.flaws += broken_chain(con, None)
            if "summary.json" in whole:
                night.flaws += summary_amiss(con, link, _small(night.folder, "summary.json", _SUMMARY_BYTES))
    except _Refused as refused:
        night.flaws.append(refused.flaw)
    except (duckdb.Error, OSError, ValueError, OverflowError) as error:
        night.flaws.append(Flaw("", "unreadable", f"Its tables cannot be added up: {shown(error)}."))


def _chain(nights: list[_Night], notes: list[str], each: Looking) -> Iterator[Problem]:
    """Between nights in the order of their runs."""
    carried: list[tuple[_Night, _Night]] = []
    if nights and _link(nights[0]).run > 1:
        notes.append(
            f"The nights before {_link(nights[0]).name} are not here, so the chain was looked at from there on."
        )
    for one, other in pairwise(nights):
        before, after = _link(one), _link(other)
        if after.run == before.run:
            yield Problem(
                after.name, "", "twice", f"Run {after.run} is here twice. Only one of the two can be true; ask which."
            )
            continue
        if after.day == before.day and after.run == before.run + 1:
            yield Problem(after.name, "", "order", f"It closes {after.day}, as the run before had. {AGAIN}")
        if after.run > before.run + 1:
            missing = (
                f"Run {before.run + 1}" if after.run == before.run + 2 else f"Runs {before.run + 1} to {after.run - 1}"
            )
            yield Problem(
                "", "", "missing_night",
                f"{missing} between {before.name} and {after.name}: not here, or not to be read. "
                "Put it back, or ask for it again.",
            )  # fmt: skip
        elif after.previous is not None and (after.previous.day, after.previous.sha256) == (
            before.day,
            before.closed_as,
        ):
            yield Problem(
                before.name, "", "chain",
                "It was closed in an earlier form, and written anew in a later one: nothing here proves that the two "
                "tell the same. If you have the night as it was closed, put it in this one's place.",
            )  # fmt: skip
        elif after.previous is not None and (after.previous.day, after.previous.sha256) != (before.day, one.sha256):
            yield Problem(
                "", "", "chain",
                f"{before.name} is not the night that {after.name} names as the one before: "
                f"one of the two was altered. {EARLIER if before.format < SAME_BYTES else BOTH_AGAIN}",
            )  # fmt: skip
        elif "balances" in one.rows and "balances" in other.rows:
            carried.append((one, other))
    for problems in each(_carried, carried, _carried_too_large):
        yield from problems


def _expected(nights: list[_Night], sha256: str | None, notes: list[str]) -> Iterator[Problem]:
    """Whether the night whose manifest somebody kept the SHA-256 of is here. What came before it the chain proves."""
    if sha256 is None:
        return
    here = [each for each in _in_order(nights) if each.sha256 == sha256]
    if here:
        notes.append(f"{_link(here[0]).name} has the manifest that was expected.")
        return
    yield Problem(
        "", "", "expected",
        f"No night here has a manifest with the SHA-256 {sha256}: the night it was kept of is not here, or was "
        f"altered. {AGAIN}",
    )  # fmt: skip


def _carried(nights: tuple[_Night, _Night]) -> list[Problem]:
    """What the second does not open with, of what the first closed with."""
    import duckdb

    one, other = nights
    try:
        with opened(other.folder, ["balances"]) as con:
            return [
                Problem(_link(other).name, flaw.file, flaw.code, f"{flaw.sentence} {flaw.remedy}")
                for flaw in broken_chain(con, one.folder)
            ]
    except (duckdb.Error, OSError, ValueError, OverflowError) as error:
        sentence = f"Its tables cannot be added up: {shown(error)}. {AGAIN}"
        return [Problem(_link(other).name, "", "unreadable", sentence)]


def _carried_too_large(nights: tuple[_Night, _Night]) -> list[Problem]:
    return [Problem(_link(nights[1]).name, "", "too_big", f"{_TOO_LARGE} {AGAIN}")]


def _link(night: _Night) -> Link:
    """Of a night whose manifest could be read."""
    assert night.link is not None  # noqa: S101  only such nights are asked
    return night.link


def _is_whole(night: _Night, file: Written) -> bool:
    """Whether a file is there, of its size and of its hash."""
    try:
        with _opened_file(night.folder, file.name) as (there, size):
            if size != file.bytes:
                flaw = Flaw(file.name, "bytes", f"It has {size} bytes, the manifest says {file.bytes}.")
            elif hashlib.file_digest(there, "sha256").hexdigest() != file.sha256:
                flaw = Flaw(
                    file.name, "sha256", "Its SHA-256 is not what the manifest says: it was altered or damaged."
                )
            else:
                return True
    except _Refused as refused:
        flaw = refused.flaw
    night.flaws.append(flaw)
    return False


def _small(folder: Path, name: str, most: int) -> bytes:
    """A file that is read at once.

    Raises:
        _Refused: It is not there, or is no small file.
    """
    with _opened_file(folder, name) as (file, size):
        data = file.read(most + 1) if size <= most else b""
        if size > most or len(data) > most:
            raise _Refused(Flaw(name, "too_big", f"It has {size} bytes, far more than ours ever has."))
        return data


@contextmanager
def _opened_file(folder: Path, name: str) -> Iterator[tuple[BufferedReader, int]]:
    """A file of the folder itself, and its size; no link is followed, and no pipe or device waited for.

    Raises:
        _Refused: It is not there, is something else than a file or cannot be read.
    """
    path = folder / name
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise _Refused(Flaw(name, "not_a_file", "It is a link, a folder or a device, where a file has to be."))
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            yield file, os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise _Refused(Flaw(name, "missing", "It is not in the folder.")) from None
    except OSError as error:
        raise _Refused(Flaw(name, "unreadable", f"It cannot be read: {error.strerror}.")) from None


def _names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(each.name for each in islice(entries, _MOST_ENTRIES))
