"""Setting up a register: a folder, the settings, the ledger, the first person. The same for screen and commands.

Safe to run again: what is there is never overwritten, what is missing is made. A set-up that was stopped half-way is
finished by the next one.
"""

from __future__ import annotations

import errno
import getpass
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any

from db.connection.engine import open_engine, reading, sqlite_url, transaction
from db.connection.errors import StoreBusy
from db.statements import staff
from db.tables.column_types import Role
from db.upkeep.schema import require_current
from pos_recovery.counter import currency_decimals
from pos_recovery.counter.staff import Pin, hash_pin
from pos_recovery.opening import wiring
from pos_recovery.rules.business_days import Clock, system_clock
from pos_recovery.rules.text_cleaning import NAME_LIMIT, clean
from pos_recovery.settings import settings_file
from pos_recovery.settings.schema import KEYS, PREFIX, ConfigError, Settings
from pos_recovery.system import locks, new_ledger, ownership
from pos_recovery.system.locations import Home

LOCK_WAIT_S = 60.0
"""How long one set-up waits for others; each holds the lock for a second or two, and for nobody's typing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What set-up asks. Every field has a default that a person can accept with Enter."""

    lead: str
    """Name of the first person, who is a shift lead."""
    store_id: str = "1"
    store_name: str = "Our café"
    timezone: str = "UTC"
    currency: str = "EUR"
    register: str = "1"
    printer: str = "preview:"
    paper: int = 58
    language: str = "en"
    fonts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetUp:
    """How it went."""

    settings: Settings
    wrote_settings: bool
    """False: there was a settings file, and it was left as it is."""
    added_lead: bool
    """False: there are people already; the name and PIN given now were not used."""
    lead_id: int
    lead_name: str
    """As it is on record."""
    decimals: int
    """Decimal places that the ledger counts the settings' currency in."""


def guess_answers(zone: str | None = None) -> Answers:
    """The defaults on this machine: its user, its time zone, and that zone's currency. Never raises.

    What the environment says stands before them: it stands in for the settings, so what is proposed, what is written
    and what is used are one.

    Args:
        zone: The store's, where somebody has named it: it says what is paid with, wherever this machine is. None: as
            the environment or the machine has it.
    """
    said: dict[str, Any] = _said_by_environment()
    zone_said = said.pop("timezone", None)
    zone = zone or zone_said or _zone_here()
    language = (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "en")[:2]
    from pos_recovery.rules.currencies import of_zone
    from pos_recovery.slip_texts.slip_words import SHIPPED

    guessed = Answers(
        lead=_login_name(),
        timezone=zone,
        currency=of_zone(zone),
        language=language if language in SHIPPED else "en",
    )
    return replace(guessed, **said)


def _said_by_environment() -> dict[str, Any]:
    """What the variables of settings say of the answers, unchecked. A width that is no number is left for the check."""
    answers = {each.name for each in fields(Answers)} & set(KEYS)
    said: dict[str, Any] = {key: os.environ.get(f"{PREFIX}{key.upper()}", "") for key in answers}
    said["paper"] = int(said["paper"]) if said["paper"].isdecimal() else 0
    said["fonts"] = tuple(filter(None, said["fonts"].split(os.pathsep)))
    return {key: value for key, value in said.items() if value}


def _login_name() -> str:
    try:
        return clean(getpass.getuser(), NAME_LIMIT) or "Lead"
    except (OSError, KeyError, ImportError):
        return "Lead"


def _zone_here() -> str:
    from tzlocal import get_localzone_name

    from pos_recovery.rules import time_zones

    try:
        zone = get_localzone_name()
    except (OSError, LookupError, ValueError):
        return "UTC"
    return zone if time_zones.is_name(zone) else "UTC"


def check_answers(answers: Answers) -> Settings:
    """The settings these answers make. Raises ConfigError naming the answer that will not do."""
    written = {key: getattr(answers, key) for key in KEYS if hasattr(answers, key)}
    return settings_file.check(written, "set-up", {})


def paper_width(said: str) -> int:
    """The width of a roll in millimetres, as people say it: "80 mm", "80".

    Raises:
        ConfigError: It is no number.
    """
    digits = said.casefold().removesuffix("mm").strip()
    if not digits.isdecimal():
        raise ConfigError("set-up", "paper", f"{said!r} is not a width; a roll is 58 mm or 80 mm wide")
    return int(digits)


def set_up(
    home: Home, answers: Answers, pin: Callable[[], Pin], *, begin_anew: bool = False, clock: Clock = system_clock
) -> SetUp:
    """Make what is missing. Several at once on one home are one set-up, and the others find it done.

    Args:
        home: Where. The folder is made.
        answers: Used only for what is not there yet.
        pin: Asked for the first person's PIN, only when there is nobody yet.
        begin_anew: Whether a new ledger is made where one was lost.
        clock: Told apart in tests.

    Raises:
        ConfigError: An answer will not do, the folder cannot be written or is open to others, or the settings found
            there are wrong.
        StoreError: The ledger cannot be made or opened, is no ledger of ours, or was lost.
    """
    is_there = os.path.exists(home.settings)  # noqa: PTH110  Path.exists raises where the folder may not be searched
    checked = settings_file.load(home.settings) if is_there else check_answers(answers)
    store = os.environ.get(f"{PREFIX}STORE_ID") or checked.store_id
    if not begin_anew:
        new_ledger.require_none_lost(home)
    _make_folder(home)
    given = None if _works_here(home, store) else pin()  # a person may take their time: no lock is held yet
    with locks.alone(home.setting_up, LOCK_WAIT_S) as alone:
        if not alone:
            raise StoreBusy
        return _make(home, answers, given, clock)


def _make(home: Home, answers: Answers, pin: Pin | None, clock: Clock) -> SetUp:
    """Whatever is missing: the ledger before the settings, so that settings without a ledger mean that it was lost."""
    try:
        if not os.path.lexists(home.ledger):
            new_ledger.make(home)
        wrote = _write_settings(home, answers)
        home.slips.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _not_written(home, error) from error
    settings = settings_file.load(home.settings)
    engine = open_engine(sqlite_url(home.ledger))
    try:
        require_current(engine)
        decimals = currency_decimals.settle(engine, settings, clock, wiring.scales_told)
        wiring.remember(wiring.build(home, settings, engine, decimals=decimals, clock=clock))
        with reading(engine) as connection:
            people = staff.everyone(connection, settings.store_id)
        if people or pin is None:  # whoever was there before is there still: nobody is ever taken out
            return SetUp(settings, wrote, False, people[0].id, people[0].name, decimals[settings.currency])
        pin_hash = hash_pin(pin)
        name = clean(answers.lead, NAME_LIMIT) or "Lead"
        with transaction(engine) as connection:
            lead = staff.add(connection, settings.store_id, name, Role.SHIFT_LEAD, pin_hash)
        return SetUp(settings, wrote, True, lead, name, decimals[settings.currency])
    finally:
        engine.dispose()


def _works_here(home: Home, store: str) -> bool:
    """Whether there is a first person already. Brings a ledger of an older version up to date."""
    if not os.path.lexists(home.ledger):
        return False
    engine = open_engine(sqlite_url(home.ledger))
    try:
        wiring.bring_up_to_date(engine)
        with reading(engine) as connection:
            return bool(staff.everyone(connection, store))
    finally:
        engine.dispose()


def _make_folder(home: Home) -> None:
    """The home, for its owner alone. Raises ConfigError when it cannot be written, or would not be private."""
    is_new = not os.path.lexists(home.folder)
    try:
        home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_new:
            ownership.hand_over(home.folder)
        if not os.access(home.folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        ownership.tighten(home)
        is_open = ownership.is_wide(home) and not os.path.lexists(home.ledger)
    except OSError as error:
        raise _not_written(home, error) from error
    if is_open:
        raise ConfigError(
            str(home.folder),
            None,
            "others may look into this folder, and it cannot be closed to them: it is somebody else's, or holds other "
            f"things as well. Nothing was made; name a folder of its own, like --home {home.folder / 'pos-recovery'}",
        )


def _not_written(home: Home, error: OSError) -> ConfigError:
    reason = error.strerror or str(error)
    return ConfigError(str(home.folder), None, f"cannot be written ({reason}); name another folder with --home")


def _write_settings(home: Home, answers: Answers) -> bool:
    """Write the settings file unless one is there. Whole or not at all. Returns whether it was written."""
    unfinished = home.settings.with_suffix(".part")
    try:
        if os.path.lexists(home.settings):
            return False
        unfinished.unlink(missing_ok=True)  # of a set-up that was stopped
        with open(unfinished, "x", encoding="utf-8", opener=ownership.private) as file:
            file.write(settings_text(answers))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(unfinished, home.settings)  # unlike a rename, this never replaces a file that is there
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            unfinished.rename(home.settings)
        return True
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def settings_text(answers: Answers) -> str:
    """A whole settings file with these answers and a comment for every key."""
    from tomlkit import item

    def value(given: str | int | list[str]) -> str:
        return item(given).as_string()

    return f"""\
# Settings of one pos-recovery register. Change a line, start the register again.
# A variable POS_RECOVERY_<KEY> in the environment stands in for a line here.

# The shop. Its name stands on every slip; its number on every record.
store_id = {value(answers.store_id)}
store_name = {value(answers.store_name)}
timezone = {value(answers.timezone)}
currency = {value(answers.currency)}
# The wall-clock time at which a new business day begins.
day_starts = "04:00"

# This terminal.
register = {value(answers.register)}
# Its printer, as one of:
#   "preview:" (none; a picture in the folder slips/)    "tcp://192.0.2.7:9100"        "usb://04b8:0e28"
#   "serial:///dev/ttyUSB0?baud=115200"                  "serial:///COM3?baud=19200"   "file:///dev/usb/lp0"
#   "cups://queue"                                       "windows://name"
# `pos-recovery printer find` lists what is plugged in; after a change, `pos-recovery printer test`.
printer = {value(answers.printer)}
# Width of the roll in millimetres: 58 or 80.
paper = {value(answers.paper)}

# What the guest reads. The language offered first: ar, cs, de, en, es, fr, hi, ja, or one of your own below.
language = {value(answers.language)}
# Letters that the program brings no font for are drawn by this machine's own. Which of those before others, if it
# matters: families, or whole paths of files, like ["Noto Sans Thai", "/srv/fonts/OurHouse-Bold.ttf"].
fonts = {value(list(answers.fonts))}
# Customer relations: a phone number and a web site for the second part of the slip. The QR then holds
# https://<WEB SITE>/C/<CODE>, so a guest's phone opens your feedback page and the till reads the code.
phone = ""
web_site = ""

# The promise. Days a coupon is good for, and what a drink costs you (for the reports, in your currency).
valid_days = 90
drink_cost = "0"

# Trust. The allowance is shown to each person and never blocks. Above the cap a shift lead's PIN is asked for.
allowance = 10
cap = 40
# Drinks one lead may give as goodwill in a day when a slip is refused.
goodwill_cap = 5
baristas_may_redeem = false
# Nights tell people by their number. true: by their name, too. A night that is closed keeps the names it was told with.
names_in_nights = false
# Seconds without a key after which the register signs out.
sign_out_after_s = 180

# The answer to a scan for the ears as well: one tone is good, two are not. Your terminal must let its bell sound.
sound = false

# A scanner that types like a keyboard works as it is. One on a serial port stands here, as one of:
#   "serial:///dev/ttyACM0" (9600 baud)    "serial:///dev/ttyUSB0?baud=115200"    "serial://COM3"
scanner = ""
# What a scanner is set to send before and after a code; most send nothing.
scanner_prefix = ""
scanner_suffix = ""
# What was learned of a scanner that types (F8, `pos-recovery scanner learn`). The register writes these lines itself.
scanner_keys = ""
scanner_pace_ms = 0.0
scanner_ending = ""

# Say a reason your own way, hide one, or add one:
# [reasons.late]
# say = "I'm so sorry you waited. It's on its way, and the next one is on us."
# [reasons.sold_out]
# hidden = true

# Say a line of the slip your own way, or add a language:
# [words.en]
# offer = "Your next drink is on the house."
"""
