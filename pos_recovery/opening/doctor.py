"""Looks a register over: what it stands on, and whether each part is well. Changes nothing."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

from pos_recovery import __version__
from pos_recovery.rules.business_days import DRIFT_SHOWN_S, Clock, drift_s, is_behind, system_clock
from pos_recovery.settings import settings_file
from pos_recovery.settings.schema import ConfigError, Settings
from pos_recovery.system.exits import ExitCode
from pos_recovery.system.health import Finding
from pos_recovery.system.locations import DATABASE_VARIABLE, OUT_VARIABLE, Home

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOOK_S = 20
"""Seconds that looking through the ledger may take: half a million coupons and what became of them."""


def examine(home: Home, clock: Clock = system_clock) -> list[Finding]:
    """Every part, in the order a person would look. A part that cannot be looked at is not well."""
    findings = [Finding("program", f"pos-recovery {__version__} on Python {platform.python_version()}, {sys.platform}")]
    findings.extend(_extras())
    try:
        settings = settings_file.load(home.settings)
    except ConfigError as error:
        return [*findings, Finding("settings", str(error), ExitCode.CONFIGURATION)]
    findings.append(Finding("settings", f"{home.settings}: {settings.store_name}, {settings.timezone}"))
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "home": lambda: _home(home),
        "database": lambda: _database(home, settings, clock),
        "time zones": lambda: _time_zones(settings, clock),
        "nights": lambda: _nights(home, clock),
        "backup": lambda: _backup(home, clock),
        "fonts": lambda: _fonts(settings),
        "printer": lambda: _printer(home, settings, clock),
        "scanner": lambda: _scanner(settings),
    }
    for part, check in checks.items():
        try:
            findings.extend(check())
        except Exception as error:  # noqa: BLE001  a doctor reports what hurts, whatever it is
            findings.append(Finding(part, str(error), _code_of(error)))
    return findings


def _code_of(error: Exception) -> ExitCode:
    from db.connection.errors import StoreError
    from receipts.values.errors import ReceiptError

    if isinstance(error, StoreError):
        return ExitCode.UNAVAILABLE
    return ExitCode.CONFIGURATION if isinstance(error, ReceiptError) else ExitCode.BUG


def _extras() -> Iterator[Finding]:
    """What is installed beside the counter, which needs none of it.

    Amiss is what is there in pieces, and what is away where nights are to go to a place that only it reaches.
    """
    from pos_recovery.system import extras

    here, away = [], []
    out, database = os.environ.get(OUT_VARIABLE, ""), os.environ.get(DATABASE_VARIABLE)
    asked_for = extras.of_export(out, database) if out or database else ()
    for extra, needed_for in extras.NEEDED_FOR.items():
        lacks = extras.lacking(extra)
        if not lacks:
            here.append(extra)
        elif extras.is_absent(extra) and extra not in asked_for:
            away += [f"{extra} ({needed_for})"]
        else:
            detail = f"{extra}, for {needed_for}: {extras.in_words(lacks)}; type {extras.remedy(lacks)}"
            broken = ExitCode.DONE if extras.is_absent(extra) else ExitCode.CONFIGURATION
            yield Finding("extras", detail, broken, worth_a_look=True)
    others = f"{'; ' if here else ''}not installed: {', '.join(away)}" if away else ""
    if here or others:
        yield Finding("extras", f"{', '.join(here)}{others}")


def _home(home: Home) -> Iterator[Finding]:
    """Whose it is, and whether others may look into it."""
    from pos_recovery.system import ownership

    whose = ownership.words(home)
    if whose:
        yield Finding("home", whose, ExitCode.UNAVAILABLE)
    elif ownership.is_wide(home):
        detail = (
            f"others on this machine may look into {home.folder}; slips' codes and PIN hashes are in it. Move other "
            f"things out of it, then close it: `chmod 700 {shlex.quote(str(home.folder))}`"
        )
        yield Finding("home", detail, worth_a_look=True)
    else:
        yield Finding("home", f"{home.folder}: its owner's alone")


def _database(home: Home, settings: Settings, clock: Clock) -> Iterator[Finding]:
    from sqlalchemy import text

    from db.connection.engine import open_engine, reading, sqlite_url
    from db.connection.prepared import driver_of
    from db.statements import coupons, print_jobs, staff
    from db.tables.column_types import Role
    from db.upkeep import integrity, schema
    from pos_recovery.system import new_ledger

    new_ledger.require_none_lost(home)
    engine = open_engine(sqlite_url(home.ledger))
    try:
        schema.require_current(engine)
        with reading(engine) as connection:
            whole = integrity.check(driver_of(connection), LOOK_S)
            journal = connection.execute(text("PRAGMA journal_mode")).scalar()
            waiting = len(print_jobs.unsettled(connection))
            people = [each for each in staff.everyone(connection, settings.store_id) if each.active]
            newest = coupons.newest_instant(connection)
            counted = list(_money(connection))
        if not os.access(home.ledger, os.W_OK) or not os.access(home.ledger.parent, os.W_OK):
            detail = f"{home.ledger} can be read, and not written: give this user the right to, and to its folder"
            yield Finding("database", detail, ExitCode.UNAVAILABLE)
        looked = "whole" if whole else f"sound as far as {LOOK_S} s of looking go; `pos-recovery backup` looks at all"
        yield Finding(
            "database", f"{home.ledger}: {looked}, tables {schema.HEAD}, journal {journal}; {integrity.UNSEEN}"
        )
        leads = sum(person.role is Role.SHIFT_LEAD for person in people)
        yield Finding(
            "people",
            f"{len(people)} can sign in; shift leads among them: {leads}",
            ExitCode.DONE if leads else ExitCode.CONFIGURATION,
        )
        yield from counted
        doubt = (
            f"{waiting} to settle: F4 at the register shows them first" if waiting else "every slip is accounted for"
        )
        yield Finding("paper", doubt, worth_a_look=bool(waiting))
        yield clock_beside(newest, clock())
    finally:
        engine.dispose()


def _money(connection: Connection) -> Iterator[Finding]:
    """How each currency is counted, and by what that was decided."""
    from db.statements import currencies
    from pos_recovery.counter import currency_decimals

    for code, fact in currencies.decided(connection).items():
        iso = currency_decimals.decimals_of(code)
        told = f"{code} is counted with {_places(fact.decimals)}"
        if fact.evidence == currency_decimals.ISO:
            yield Finding("money", f"{told}, as {currency_decimals.ISO} has it")
            continue
        other = "" if fact.decimals == iso else f"; {currency_decimals.ISO} has {iso}"
        yield Finding("money", f"{told}, {fact.evidence}{other}. It stays so, and stands beside every amount")
        for few, many in currency_decimals.counted_twice(connection, code):
            detail = (
                f"{code}: {few.cost_minor} ({few.times}×, {few.first} to {few.last}) and {many.cost_minor} "
                f"({many.times}×, {many.first} to {many.last}) look like one price that two versions of a library "
                f"counted differently. Both are told with {_places(fact.decimals)}, so count one of the two anew"
            )
            yield Finding("money", detail, worth_a_look=True)


def _places(decimals: int) -> str:
    return f"{decimals} decimal place{'' if decimals == 1 else 's'}"


def clock_beside(newest: datetime | None, now: datetime) -> Finding:
    """Whether a record is dated ahead of this machine's clock. That all are long past tells of an idle shop as well."""
    shown = now.isoformat(timespec="seconds")
    drift = drift_s(now, newest)
    if newest is None or drift <= DRIFT_SHOWN_S:
        return Finding("clock", shown)
    days, seconds = divmod(drift, 86400)
    ahead = f"{days} {'day' if days == 1 else 'days'}" if days else f"{seconds} s"
    detail = f"{shown}; the newest record is dated {ahead} ahead of it, {newest.isoformat(timespec='seconds')}. "
    if is_behind(now, drift):
        return Finding("clock", f"{detail}Set this machine's clock", ExitCode.CONFIGURATION)
    detail += "Set this machine's clock if it is wrong; if it is right, a clock was ahead when that was recorded"
    return Finding("clock", detail, worth_a_look=True)


def _time_zones(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Which rules of time zones are in use, and whether this machine's own clock shows the store's hour."""
    from pos_recovery.rules import time_zones

    rules, now = time_zones.in_use(), clock()
    told = [f"{rules.words}."]
    if rules.version is None or now.year - int(rules.version[:4]) > 1:
        told.append("Countries have changed their clocks since: update this system, or `pip install --upgrade tzdata`.")
    here, store = now.astimezone(), now.astimezone(time_zones.zone(settings.timezone))
    if here.utcoffset() != store.utcoffset():
        told.append(
            f"This machine's own clock shows {here:%H:%M} when it is {store:%H:%M} in {settings.timezone}. Records and "
            "slips go by the store's time. If this machine is in the store, its time zone is wrong or its system out "
            "of date: mend that. Do not turn its clock by hand, or records are wrong by as much."
        )
    yield Finding("time zones", " ".join(told), worth_a_look=len(told) > 1)


def _nights(home: Home, clock: Clock) -> Iterator[Finding]:
    from pos_recovery.export.closing.next_night import outlook

    told = outlook(home, clock)
    if told is not None:
        yield Finding("nights", *told)


def _backup(home: Home, clock: Clock) -> Iterator[Finding]:
    from pos_recovery.backup import last_backup

    yield from last_backup.findings(home, clock)


def _fonts(settings: Settings) -> Iterator[Finding]:
    """Draw one slip in every language it can speak; a missing font or shaper shows here, not at the counter."""
    from datetime import date

    from pos_recovery.printing.desk import PAPERS
    from pos_recovery.printing.slips import EXAMPLE_CODE, compose
    from pos_recovery.slip_texts import slip_fonts
    from pos_recovery.slip_texts.slip_words import load_words
    from receipts.drawing.page import lay_out
    from receipts.text_flow import word_breaks as words_of_scripts

    known = slip_fonts.spoken(settings.words)
    served: list[slip_fonts.Served] = []
    lacks_dictionary = False
    for language in known:
        words = load_words(language, settings.words, own_reasons=tuple(settings.reasons))
        slip = compose(settings, words, reason="other", code=EXAMPLE_CODE, expires_on=date(2030, 1, 31))
        slip = slip_fonts.with_fonts(slip, settings.fonts)
        lay_out(slip, PAPERS[settings.paper])
        served += slip_fonts.served(slip.texts, language, slip.behind)
        lacks_dictionary |= any(map(words_of_scripts.lacks_dictionary, slip.texts))
    yield Finding("fonts", f"slips can be drawn in {', '.join(known)}")
    if not slip_fonts.shapes():
        yield Finding("fonts", slip_fonts.UNSHAPED, worth_a_look=True)
    for each in slip_fonts.together(served):
        yield Finding("fonts", f"this machine's own draw {each.words}")
    if lacks_dictionary:
        detail = "this machine has no ICU, which knows where words end: lines may break inside one. Install libicu"
        yield Finding("fonts", detail, worth_a_look=True)
    for absent in slip_fonts.missing(settings.fonts):
        yield Finding("fonts", f"{absent}; correct the line `fonts` in the settings, or install it", worth_a_look=True)


def _printer(home: Home, settings: Settings, clock: Clock) -> Iterator[Finding]:
    """What the printer says of itself. A trouble is worth a look: paper can be put in, coupons are safe."""
    from db.connection.engine import open_engine, sqlite_url
    from db.connection.errors import StoreError
    from pos_recovery.opening import wiring
    from pos_recovery.printing import printer_care
    from pos_recovery.printing.printer_words import PROOFS, how_it_is, how_it_is_meanwhile
    from receipts.values.status import Condition

    chosen = f"{settings.printer}, {settings.paper} mm"
    lacking = printer_care.missing_part(home, settings)
    if lacking:
        yield Finding("printer", f"{chosen}: {lacking}", ExitCode.CONFIGURATION)
        return
    engine = open_engine(sqlite_url(home.ledger))
    try:
        counter = wiring.build(home, settings, engine, clock=clock)
        look = printer_care.look_at(counter.desk)
        known = counter.desk.known().proof if look.answers else None
    except StoreError:
        yield Finding("printer", f"{chosen}: not asked, because the database comes first", worth_a_look=True)
        return
    finally:
        engine.dispose()
    if not look.answers:
        yield Finding("printer", chosen if settings.printer == "preview:" else f"{chosen}: it cannot be asked")
    elif look.busy:
        in_need = not look.condition.can_print and look.condition is not Condition.NOT_ASKED
        yield Finding("printer", f"{chosen}: {how_it_is_meanwhile(look.condition)}", worth_a_look=in_need)
    else:
        told = f"{chosen}: {how_it_is(look.condition, look.why)} Proof of paper: {PROOFS[known]}."
        yield Finding("printer", told, worth_a_look=not look.condition.can_print or known is None)


def _scanner(settings: Settings) -> Iterator[Finding]:
    """Whether its port opens, and no noise comes in; of one that types, what was learned of it.

    Harmless beside a register that hears it: the port is locked before it is set up or emptied, so it stays as it was.
    """
    from pos_recovery.scanners.keyboard_wedge import Habits

    habits = settings.scanner_habits
    if habits != Habits():
        from pos_recovery.scanners.scanner_words import types_like

        yield Finding("scanner", types_like(habits))
    if not settings.scanner:
        return
    from pos_recovery.rules.codes import read_code
    from pos_recovery.scanners.noise import Sieve
    from pos_recovery.scanners.scanner_url import check_scanner_url
    from pos_recovery.scanners.scanner_words import NOISE, how_it_is
    from pos_recovery.scanners.serial_port import SerialPort, Why, hears_noise, why_not_open

    why, noise = None, False
    try:
        with closing(SerialPort(check_scanner_url(settings.scanner))) as port:
            noise = hears_noise(port, Sieve(lambda text: read_code(text).code is not None))
    except OSError as error:
        why = why_not_open(error)
    lasting = why in {Why.NOT_ALLOWED, Why.NOT_A_PORT}
    code = ExitCode.CONFIGURATION if lasting else ExitCode.DONE
    yield Finding(
        "scanner",
        f"{settings.scanner}: {NOISE if noise else how_it_is(why)}",
        code,
        worth_a_look=noise or (why is not None and not lasting),
    )
