"""The commands `backup` and `restore`, and the timer that backs up every night."""

from __future__ import annotations

import os
from pathlib import Path

from pos_recovery.commands.answering import Options, UsageError, tell
from pos_recovery.system.locations import OUT_VARIABLE, Home, find_home

SERVICE = "pos-recovery-backup.service"
TIMER = "pos-recovery-backup.timer"
_DESCRIPTION = "Backup of the service-recovery register"


def backup(options: Options) -> int:
    """Make a backup while the register runs."""
    from pos_recovery.backup import outcome_words
    from pos_recovery.backup.make import NoPlaceError, back_up, place_of
    from pos_recovery.rules.business_days import system_clock

    home = find_home(options.home)
    if options.replace and not options.install_timer:
        raise UsageError("--replace is for the files of --install-timer")
    try:
        place = place_of(options.folder, home)
    except NoPlaceError as error:
        raise UsageError(str(error)) from error
    if options.install_timer:
        return _install_timer(options, home, place)
    outcome = back_up(home, place, system_clock, options.keep)
    tell(options, outcome_words.as_json(outcome), outcome_words.sentence(outcome))
    return outcome_words.exit_code(outcome)


def restore(options: Options) -> int:
    """Put a backup back."""
    from pos_recovery.backup import outcome_words
    from pos_recovery.backup.restore import Wanted, restore
    from pos_recovery.rules.business_days import system_clock

    home = find_home(options.home)
    place = Path(options.folder).expanduser().absolute()
    wanted = Wanted(replace=options.replace, settings=options.settings)
    outcome = restore(home, place, wanted, system_clock, _nights(home))
    tell(options, outcome_words.as_json(outcome), outcome_words.sentence(outcome))
    return outcome_words.exit_code(outcome)


def _nights(home: Home) -> Path | None:
    """The folder that nights go to unless `export` is told; None: it is of another system, or none."""
    from pos_recovery.export.places.addresses import NoUseError, local_folder

    try:
        return local_folder(os.environ.get(OUT_VARIABLE) or str(home.nights))
    except NoUseError:
        return None


def _install_timer(options: Options, home: Home, place: Path) -> int:
    """Have systemd back up every night, an hour after the night's export: its marks are then in the backup."""
    from pos_recovery.commands.timers import told_of_timer
    from pos_recovery.rules import timer_hours
    from pos_recovery.rules.business_days import system_clock
    from pos_recovery.settings import settings_file
    from pos_recovery.system import systemd_units

    settings = settings_file.load(home.settings)
    zone, today = settings.timezone, system_clock().date()
    night = timer_hours.of_every_day(
        timer_hours.earliest_after([(zone, settings.day_starts)], zone, today), zone, today
    )
    hour = timer_hours.of_every_day(night + 1, zone, today)
    user = systemd_units.owner_of(home.folder) if systemd_units.is_root() else None
    folder = systemd_units.SYSTEM_FOLDER if systemd_units.is_root() else systemd_units.user_folder()
    keep = "" if options.keep is None else f" --keep {options.keep}"
    try:
        service = systemd_units.Service(
            description=_DESCRIPTION,
            program=systemd_units.program(),
            home=home.folder,
            words=f"backup {systemd_units.path_word(place)}{keep}",
            user=user,
            umask="0077",
            needs_network=False,
        )
        wanted = {
            folder / SERVICE: (service.text(), 0o644),
            folder / TIMER: (systemd_units.timer(_DESCRIPTION, hour, zone), 0o644),
        }
        done = systemd_units.install(wanted, folder, replace=options.replace)
    except systemd_units.TimerError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}; nothing runs at night yet") from error
    runs = timer_hours.words(hour, (night + 1) % 24, zone)
    return told_of_timer(options, done, list(wanted), runs, systemd_units.next_step(TIMER, user))
