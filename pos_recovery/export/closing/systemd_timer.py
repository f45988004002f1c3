"""Unit files that let systemd export every night: a oneshot service, its timer, and a file that names the destination.

The destination and the address of a chain's database may hold a password, so they stand in neither unit nor command
line: `systemctl show` tells everybody what a unit says, whatever mode its file has (systemd warns of units that are not
world-readable, for that reason), and `ps` shows command lines. They stand in a file of mode 0600 beside them, which
systemd reads as EnvironmentFile= and hands on as POS_RECOVERY_OUT and POS_RECOVERY_DATABASE.

Deliberately no PrivateTmp: nights exported to /tmp would be gone with the run. What any unit of ours has is in
`systemd_units`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pos_recovery.system import systemd_units
from pos_recovery.system.locations import DATABASE_VARIABLE, OUT_VARIABLE
from pos_recovery.system.systemd_units import SYSTEM_FOLDER, Standing, TimerError, Written, user_folder

__all__ = [
    "DESTINATION",
    "SERVICE",
    "SYSTEM_FOLDER",
    "TIMER",
    "Nightly",
    "Standing",
    "TimerError",
    "Written",
    "destination_text",
    "install",
    "next_step",
    "service_text",
    "timer_text",
    "user_folder",
]
SERVICE = "pos-recovery-export.service"
TIMER = "pos-recovery-export.timer"
DESTINATION = "pos-recovery-export.env"
_DESCRIPTION = "Night file of the service-recovery register"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nightly:
    """What is to run each night, and when."""

    program: Path
    """The `pos-recovery` program, absolute."""
    home: Path
    """The register's home, absolute."""
    out: str
    """The destination: a folder, absolute, or a URL."""
    hour: int
    """0 to 23, of `zone`; see `timer_hours`."""
    zone: str | None = None
    """The store's time zone; None: the machine's."""
    database: str | None = None
    """The URL of a chain's database; None: the register's own."""
    user: str | None = None
    """Who runs it, as a timer of the system: the owner of the home, by name or number. None: a timer of the user who
    installs it."""


def service_text(nightly: Nightly, folder: Path) -> str:
    """The service, for a `folder` in which the file with the destination stands too. Raises TimerError."""
    return systemd_units.Service(
        description=_DESCRIPTION,
        program=nightly.program,
        home=nightly.home,
        words="export",
        environment=folder / DESTINATION,
        user=nightly.user,
        umask="0027",
        needs_network=True,
    ).text()


def timer_text(nightly: Nightly) -> str:
    """The timer. Raises TimerError."""
    return systemd_units.timer(_DESCRIPTION, nightly.hour, nightly.zone)


def destination_text(nightly: Nightly) -> str:
    """The file with the destination, quoted as systemd.exec(5) says of EnvironmentFile=. Raises TimerError."""
    if "://" not in nightly.out and not Path(nightly.out).is_absolute():
        raise TimerError("the destination is no absolute folder and no URL")
    lines = ["# Where the night file goes, and comes from. It may hold a password: keep it from others."]
    for variable, value in ((OUT_VARIABLE, nightly.out), (DATABASE_VARIABLE, nightly.database)):
        if value is not None:
            quoted = re.sub(r'(["\\`$])', r"\\\1", systemd_units.printable(value))
            lines.append(f'{variable}="{quoted}"')
    return "\n".join(lines) + "\n"


def install(nightly: Nightly, folder: Path, *, replace: bool = False) -> Written | Standing:
    """Write the three files into `folder`, each whole or not at all.

    Args:
        nightly: What is to run.
        folder: `user_folder()` or SYSTEM_FOLDER; made when missing.
        replace: Whether files that say something else may go.

    Raises:
        TimerError: It cannot be said in a unit file; nothing is written.
        OSError: It cannot be written.
    """
    wanted = {
        folder / DESTINATION: (destination_text(nightly), 0o600),
        folder / SERVICE: (service_text(nightly, folder), 0o644),
        folder / TIMER: (timer_text(nightly), 0o644),
    }
    done = systemd_units.install(wanted, folder, replace=replace)
    if isinstance(done, Written):
        (folder / DESTINATION).chmod(0o600)
    return done


def next_step(nightly: Nightly) -> str:
    """What a person does now, one command a line."""
    return systemd_units.next_step(TIMER, nightly.user)
