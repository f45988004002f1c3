"""The commands of head office: close a business day, and check a folder that somebody else wrote."""

from __future__ import annotations

import os
import re
import stat
import sys
from contextlib import ExitStack
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING

from pos_recovery.commands.answering import Options, UsageError, tell
from pos_recovery.system.exits import ExitCode
from pos_recovery.system.locations import DATABASE_VARIABLE, OUT_VARIABLE, Home, find_home

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import TaskID
    from sqlalchemy import Engine

    from pos_recovery.export.closing.close_day import Office


def export(options: Options) -> int:
    """Close a business day and write its night."""
    from pos_recovery.export.closing import outcome_words
    from pos_recovery.export.closing.close_day import close_day
    from pos_recovery.export.closing.outcomes import ExportRunning, Outcome
    from pos_recovery.export.places.addresses import NoUseError
    from pos_recovery.system import extras, locks

    home = find_home(options.home)
    extras.require("export", *extras.of_export(_out(options, home), _database(options)))
    if options.install_timer:
        return _install_timer(options, home)
    day = _day(options.day)
    with ExitStack() as closing:
        office = _office(options, home, closing)
        try:
            with locks.alone(home.exporting) as alone:
                outcome: Outcome = close_day(office, day) if alone else ExportRunning()
        except NoUseError as error:
            raise UsageError(f"--out: {error}") from error
    tell(options, outcome_words.as_json(outcome), outcome_words.sentence(outcome))
    return outcome_words.exit_code(outcome)


def _day(given: str | None) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise UsageError(f"--day: {given[:20]!r} is no day; write it like 2026-11-21") from None


def _office(options: Options, home: Home, closing: ExitStack) -> Office:
    from pos_recovery.counter import currency_decimals
    from pos_recovery.export.closing.close_day import Office
    from pos_recovery.export.closing.planning import Limits
    from pos_recovery.opening.wiring import bring_up_to_date, scales_told
    from pos_recovery.rules.business_days import system_clock
    from pos_recovery.settings import settings_file

    settings = settings_file.load(home.settings)
    engine, file = _ledger(_database(options), home)
    closing.callback(engine.dispose)
    bring_up_to_date(engine)
    currency_decimals.settle(engine, settings, system_clock, scales_told, its_own=_database(options) is None)
    progress, arriving = _bar(closing)
    return Office(
        engine=engine,
        file=file,
        spool=home.on_their_way,
        out=_out(options, home),
        limits=Limits(settings.allowance, settings.cap, settings.names_in_nights),
        clock=system_clock,
        progress=progress,
        arriving=arriving,
        language=settings.language,
    )


def _out(options: Options, home: Home) -> str:
    """What is given, even if it is nothing: a variable of cron's that is not set is told, not guessed around."""
    if options.out is not None:
        return str(options.out)
    return os.environ.get(OUT_VARIABLE) or str(home.nights)


def _database(options: Options) -> str | None:
    """As given, like the destination; None: the register's own."""
    if options.database is not None:
        return str(options.database)
    return os.environ.get(DATABASE_VARIABLE) or None


def _install_timer(options: Options, home: Home) -> int:
    """Have systemd close a day every night. What would fail each night is refused now, and nothing is written."""
    from pos_recovery.commands.timers import told_of_timer
    from pos_recovery.export.closing import systemd_timer
    from pos_recovery.rules import timer_hours
    from pos_recovery.rules.business_days import system_clock
    from pos_recovery.settings import settings_file
    from pos_recovery.system import systemd_units

    if options.day is not None:
        raise UsageError("--day closes one day, a timer each night the last one that is over; leave out one of the two")
    settings = settings_file.load(home.settings)
    out = _lasting_out(options, home)
    database, ends = _lasting_database(options, home)
    ends.add((settings.timezone, settings.day_starts))
    zone, today = settings.timezone, system_clock().date()
    wanted = timer_hours.earliest_after(ends, zone, today)
    hour = timer_hours.of_every_day(wanted, zone, today)
    nightly = systemd_timer.Nightly(
        program=systemd_units.program(),
        home=home.folder,
        out=out,
        hour=hour,
        zone=zone,
        database=database,
        user=systemd_units.owner_of(home.folder) if systemd_units.is_root() else None,
    )
    folder = systemd_timer.SYSTEM_FOLDER if systemd_units.is_root() else systemd_timer.user_folder()
    try:
        done = systemd_timer.install(nightly, folder, replace=options.replace)
    except systemd_timer.TimerError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}; nothing runs at night yet") from error
    files = [folder / name for name in (systemd_timer.SERVICE, systemd_timer.TIMER, systemd_timer.DESTINATION)]
    return told_of_timer(options, done, files, timer_hours.words(hour, wanted, zone), systemd_timer.next_step(nightly))


def _lasting_out(options: Options, home: Home) -> str:
    """The destination as it can be reached from any folder, at any time."""
    from pos_recovery.export.places.addresses import NoUseError, local_folder
    from pos_recovery.export.places.open_place import check_place

    out = _out(options, home)
    try:
        check_place(out)
        folder = local_folder(out)
    except NoUseError as error:
        raise UsageError(f"--out: {error}") from error
    return out if folder is None else str(folder)


def _lasting_database(options: Options, home: Home) -> tuple[str | None, set[tuple[str, time]]]:
    """The same of the database, and when business days end in its stores. It is read, so that it can be."""
    from db.connection.engine import reading, sqlite_url
    from db.night import runs
    from db.upkeep import schema

    url = _database(options)
    engine, file = _ledger(url, home)
    try:
        if url is not None and file is not None and not file.is_file():
            raise UsageError(f"--database: there is no file {file}")
        schema.require_current(engine)
        with reading(engine) as connection:
            ends = {(each.timezone, time.fromisoformat(each.day_starts)) for each in runs.stores(connection)}
    finally:
        engine.dispose()
    return sqlite_url(file.absolute()) if url is not None and file is not None else url, ends


def _ledger(url: str | None, home: Home) -> tuple[Engine, Path | None]:
    """The database that nights are told from: a chain's hub, or this register's own. Raises StoreError: it was lost."""
    from db.connection.engine import open_engine, sqlite_path, sqlite_url
    from pos_recovery.system import new_ledger

    if url is None:
        new_ledger.require_none_lost(home)
        url = sqlite_url(home.ledger)
    try:
        engine = open_engine(url)
    except ValueError as error:
        raise UsageError(f"--database: {error}") from error
    return engine, sqlite_path(url) if engine.dialect.name == "sqlite" else None


def _bar(closing: ExitStack) -> tuple[Callable[[str, str], object], Callable[[str, int, int], object]]:
    """A bar on a terminal; nothing where nobody looks, as in cron. What moves it by steps, and within the last one."""
    if not sys.stderr.isatty():
        return (lambda _night, _step: None), (lambda _night, _bytes, _of: None)
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from pos_recovery.export.closing.write_night import STEPS

    step = TextColumn("{task.fields[step]}")

    class CursorStays(Console):
        """A hidden cursor would stay so after a signal."""

        def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002  rich's own
            return False

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), step, TimeElapsedColumn())
    bar = closing.enter_context(Progress(*columns, console=CursorStays(stderr=True), transient=True))
    tasks: dict[str, TaskID] = {}

    def at(night: str, step: str) -> None:
        if night not in tasks:
            tasks[night] = bar.add_task(night, total=len(STEPS), step=step)
        bar.update(tasks[night], completed=STEPS.index(step), step=step)

    def arriving(night: str, done: int, total: int) -> None:
        bar.update(tasks[night], completed=len(STEPS) - 1 + done / total)

    return at, arriving


def _sha256(given: str | None) -> str | None:
    """As people keep one: in large letters too, and with the name of the kind before it, as a manifest has it."""
    if given is None:
        return None
    plain = given.strip().lower().removeprefix("sha256:")
    if not re.fullmatch("[0-9a-f]{64}", plain):
        raise UsageError("--expect: a SHA-256 has 64 digits and letters from a to f, as `verify` tells it")
    return plain


def verify(options: Options) -> int:
    """Check a night, or a folder of nights, without any database."""
    from pos_recovery.export.verify import sandbox, verdict
    from pos_recovery.export.verify import verify as checking
    from pos_recovery.system import extras

    extras.require("verify", "night")
    folder = Path(options.folder)
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        is_folder = False
    except OSError as error:
        raise UsageError(f"{options.folder[:200]!r} cannot be looked into: {error.strerror}") from error
    if not is_folder:
        raise UsageError(f"{options.folder!r} is no folder; name a night, or the folder that nights are in")
    found = checking.verify(folder, expected=_sha256(options.expect), each=sandbox.each)
    tell(options, verdict.told(found), "\n".join(verdict.in_words(found)))
    return ExitCode.DONE if found.is_verified else ExitCode.REFUSED
