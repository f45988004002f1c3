"""Unit files that let systemd export every night: a oneshot service, its timer, and a file that names the destination.

The destination and the address of a chain's database may hold a password, so they stand in neither unit nor command
line: `systemctl show` tells everybody what a unit says, whatever mode its file has (systemd warns of units that are not
world-readable, for that reason), and `ps` shows command lines. They stand in a file of mode 0600 beside them, which
systemd reads as EnvironmentFile= and hands on as POS_RECOVERY_OUT and POS_RECOVERY_DATABASE.

Only hardening that old kernels and the systemd of a user without privileges can do; what they do not know they skip
with a warning. Deliberately no PrivateTmp: nights exported to /tmp would be gone with the run. Refuses paths systemd
has no way to write, and to replace a file that somebody has changed, unless told to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pos_recovery.export.durable import make_folder, write_whole
from pos_recovery.locations import DATABASE_VARIABLE, OUT_VARIABLE

SERVICE = "pos-recovery-export.service"
TIMER = "pos-recovery-export.timer"
DESTINATION = "pos-recovery-export.env"

SYSTEM_FOLDER = Path("/etc/systemd/system")
"""Where units of the whole system stand; systemd.unit(5)."""

_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*|[0-9]+")
"""A name, or the number of a user who has none just now; systemd.exec(5). By the time it starts there has to be one."""
_HOUR = _AFTER = timedelta(hours=1)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")

_FOR_THE_SYSTEM = """\
ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
PrivateDevices=yes
RestrictNamespaces=yes
"""
"""What only systemd as root can do everywhere."""


class TimerError(ValueError):
    """Something cannot be written into a unit file. One line."""


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
    """0 to 23, of `zone`; see `hour_after`."""
    zone: str | None = None
    """The store's time zone; None: the machine's."""
    database: str | None = None
    """The URL of a chain's database; None: the register's own."""
    user: str | None = None
    """Who runs it, as a timer of the system: the owner of the home, by name or number. None: a timer of the user who
    installs it."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files are in place."""

    changed: tuple[Path, ...]
    """Those that were not there before or said something else; empty when all were right."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Files that say something else are there. Nothing was written."""

    files: tuple[Path, ...]


def hour_after(ends: Iterable[tuple[str, time]], zone: str, today: date) -> int:
    """The first whole hour on the clocks of `zone` that comes an hour or more after all stores' business day has ended.

    Clocks are not changed everywhere on the same day, so a year is looked at.

    Args:
        ends: Of each store, its zone and the time at which its business day ends.
        zone: The timer's.
        today: From when on.
    """
    here, stores = ZoneInfo(zone), [(ZoneInfo(name), at) for name, at in ends]
    latest = timedelta.min
    for day in (today + timedelta(days=number) for number in range(366)):
        for there, at in stores:
            end = datetime.combine(day, at, there).astimezone(here).replace(tzinfo=None)
            latest = max(latest, end - datetime.combine(day, time()))
    return -(-(latest + _AFTER) // _HOUR) % 24


def user_folder() -> Path:
    """Where a user's own units stand; systemd.unit(5)."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(config) if config.startswith("/") else Path.home() / ".config") / "systemd" / "user"


def service_text(nightly: Nightly, folder: Path) -> str:
    """The service, for a `folder` in which the file with the destination stands too. Raises TimerError."""
    program, home, destination = _path(nightly.program), _path(nightly.home), _path(folder / DESTINATION)
    if re.search(r"[$\"'\\]", program):  # it starts none with quotes, and $$ becomes one $ in arguments only
        raise TimerError(f"{program} has one of $ \" ' \\ in its name; systemd cannot be told of such a program")
    if re.search(r"[*?\[\\]", destination):  # EnvironmentFile= takes wildcards and no quotes
        raise TimerError(f"{destination} has one of * ? [ \\ in its name; systemd cannot be told of such a file")
    network = user = hardening = ""
    if nightly.user is not None:
        if not _USER.fullmatch(nightly.user):
            raise TimerError(f"{nightly.user!r} is no user's name")
        network = "Wants=network-online.target\nAfter=network-online.target\n"
        user, hardening = f"User={nightly.user}\n", _FOR_THE_SYSTEM
    return f"""\
[Unit]
Description=Night file of the service-recovery register
{network}
[Service]
Type=oneshot
{user}EnvironmentFile={_escaped(destination)}
ExecStart={_quoted(program)} --home {_quoted(home).replace("$", "$$")} export
TimeoutStartSec=6h
UMask=0027
Nice=10
IOSchedulingClass=idle
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
{hardening}"""


def timer_text(nightly: Nightly) -> str:
    """The timer: a night the machine slept through is caught up with, and stores do not all come at once.

    Raises:
        TimerError: No such hour or zone.
    """
    if not 0 <= nightly.hour <= 23:  # noqa: PLR2004  hours of a day
        raise TimerError(f"{nightly.hour} is no hour from 0 to 23")
    if nightly.zone is not None and not _ZONE.fullmatch(nightly.zone):
        raise TimerError(f"{nightly.zone!r} is no time zone such as Europe/Berlin")
    zone = f" {nightly.zone}" if nightly.zone is not None else ""
    return f"""\
[Unit]
Description=Night file of the service-recovery register, every night

[Timer]
OnCalendar=*-*-* {nightly.hour:02}:00:00{zone}
RandomizedDelaySec=15min
Persistent=yes

[Install]
WantedBy=timers.target
"""


def destination_text(nightly: Nightly) -> str:
    """The file with the destination, quoted as systemd.exec(5) says of EnvironmentFile=. Raises TimerError."""
    if "://" not in nightly.out and not Path(nightly.out).is_absolute():
        raise TimerError("the destination is no absolute folder and no URL")
    lines = ["# Where the night file goes, and comes from. It may hold a password: keep it from others."]
    for variable, value in ((OUT_VARIABLE, nightly.out), (DATABASE_VARIABLE, nightly.database)):
        if value is not None:
            quoted = re.sub(r'(["\\`$])', r"\\\1", _printable(value))
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
    there = {path: path.read_bytes() for path in wanted if path.exists()}
    other = tuple(path for path, content in there.items() if content != wanted[path][0].encode())
    if other and not replace:
        return Standing(other)
    make_folder(folder)
    changed = tuple(path for path in wanted if path not in there or path in other)
    for path in changed:
        text, mode = wanted[path]
        write_whole(path, text.encode(), mode)
    (folder / DESTINATION).chmod(0o600)
    return Written(changed)


def next_step(nightly: Nightly) -> str:
    """What a person does now, one command a line."""
    if nightly.user is not None:
        named = f"id {nightly.user}    # has to know that number: systemd starts nothing as a user it cannot find\n"
        commands = f"sudo systemctl daemon-reload\nsudo systemctl enable --now {TIMER}"
        return f"{named if nightly.user.isdecimal() else ''}{commands}"
    return (
        f"systemctl --user daemon-reload\nsystemctl --user enable --now {TIMER}\n"
        "loginctl enable-linger    # so that it runs when nobody is signed in"
    )


def _path(path: Path) -> str:
    if not path.is_absolute():
        raise TimerError(f"{path} is not absolute; systemd starts programs from the root folder")
    return _printable(str(path))


def _printable(text: str) -> str:
    """What fits on one line of UTF-8."""
    if not text.isprintable() or text != text.strip():
        raise TimerError("a name with control characters, or with a space at an end, cannot stand in a unit file")
    return text


def _escaped(text: str) -> str:
    """A % begins a specifier everywhere in a unit; systemd.unit(5)."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """One word of a command line; systemd.syntax(7)."""
    return '"' + _escaped(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
