"""Unit files that let systemd run a command of ours every night: quoting, hardening, writing them. Knows no command.

Only hardening that old kernels and the systemd of a user without privileges can do; what they do not know they skip
with a warning. Refuses paths systemd has no way to write, and to replace a file that somebody has changed, unless told.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pos_recovery.system.durable_files import make_folder, write_whole

SYSTEM_FOLDER = Path("/etc/systemd/system")
"""Where units of the whole system stand; systemd.unit(5)."""

SYSTEM_ZONES = Path("/usr/share/zoneinfo")
"""Where systemd looks zones up. A timer of one that is not there it refuses (`systemd-analyze calendar`, 252)."""

_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*|[0-9]+")
"""A name, or the number of a user who has none just now; systemd.exec(5). By the time it starts there has to be one."""
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


@dataclass(frozen=True, slots=True)
class Written:
    """The files are in place."""

    changed: tuple[Path, ...]
    """Those that were not there before or said something else; empty when all were right."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Files that say something else are there. Nothing was written."""

    files: tuple[Path, ...]


def user_folder() -> Path:
    """Where a user's own units stand; systemd.unit(5)."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(config) if config.startswith("/") else Path.home() / ".config") / "systemd" / "user"


def is_root() -> bool:
    """Whether units are to be of the whole system."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def program() -> Path:
    """The `pos-recovery` that runs now, absolute."""
    started = Path(sys.argv[0]).absolute()
    return started if started.name == "pos-recovery" else Path(sys.executable).with_name("pos-recovery")


def owner_of(folder: Path) -> str:
    """Whose register it is: a timer of the system works as that user, by number where there is no name."""
    try:
        return folder.owner()
    except KeyError:
        return str(folder.stat().st_uid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is run."""

    description: str
    program: Path
    """Absolute."""
    home: Path
    """The register's, absolute."""
    words: str
    """The command and what follows it, quoted by `quoted` where it is not plain."""
    environment: Path | None = None
    """A file with variables, absolute."""
    user: str | None = None
    """Who runs it, as a service of the system; None: of the user who installs it."""
    umask: str
    needs_network: bool
    """As a service of the system: a user's cannot wait for one."""

    def text(self) -> str:
        """The unit. Raises TimerError."""
        program, home = _path(self.program), _path(self.home)
        if re.search(r"[$\"'\\]", program):  # it starts none with quotes, and $$ becomes one $ in arguments only
            raise TimerError(f"{program} has one of $ \" ' \\ in its name; systemd cannot be told of such a program")
        network = user = hardening = ""
        if self.user is not None:
            if not _USER.fullmatch(self.user):
                raise TimerError(f"{self.user!r} is no user's name")
            network = "Wants=network-online.target\nAfter=network-online.target\n" if self.needs_network else ""
            user, hardening = f"User={self.user}\n", _FOR_THE_SYSTEM
        return f"""\
[Unit]
Description={self.description}
{network}
[Service]
Type=oneshot
{user}{self._environment()}ExecStart={quoted(program)} --home {as_word(home)} {self.words}
TimeoutStartSec=6h
UMask={self.umask}
Nice=10
IOSchedulingClass=idle
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
{hardening}"""

    def _environment(self) -> str:
        if self.environment is None:
            return ""
        file = _path(self.environment)
        if re.search(r"[*?\[\\]", file):  # EnvironmentFile= takes wildcards and no quotes
            raise TimerError(f"{file} has one of * ? [ \\ in its name; systemd cannot be told of such a file")
        return f"EnvironmentFile={_escaped(file)}\n"


def timer(description: str, hour: int, zone: str | None) -> str:
    """The timer: a night the machine slept through is caught up with, and stores do not all come at once.

    Raises:
        TimerError: No such hour or zone, or one that this system does not know.
    """
    if not 0 <= hour <= 23:  # noqa: PLR2004  hours of a day
        raise TimerError(f"{hour} is no hour from 0 to 23")
    if zone is not None and not _ZONE.fullmatch(zone):
        raise TimerError(f"{zone!r} is no time zone such as Europe/Berlin")
    if zone is not None and SYSTEM_ZONES.is_dir() and not (SYSTEM_ZONES / zone).is_file():
        raise TimerError(
            f"systemd would refuse a timer for {zone}: {SYSTEM_ZONES} does not have that zone. Update this system's "
            "time zones, or write the name that they have for it into the settings"
        )
    of_zone = f" {zone}" if zone is not None else ""
    return f"""\
[Unit]
Description={description}, every night

[Timer]
OnCalendar=*-*-* {hour:02}:00:00{of_zone}
RandomizedDelaySec=15min
Persistent=yes

[Install]
WantedBy=timers.target
"""


def install(wanted: Mapping[Path, tuple[str, int]], folder: Path, *, replace: bool = False) -> Written | Standing:
    """Write files into `folder`, each whole or not at all.

    Args:
        wanted: What each is to say, and its mode.
        folder: `user_folder()` or SYSTEM_FOLDER; made when missing.
        replace: Whether files that say something else may go.

    Raises:
        OSError: It cannot be written.
    """
    there = {path: path.read_bytes() for path in wanted if path.exists()}
    other = tuple(path for path, content in there.items() if content != wanted[path][0].encode())
    if other and not replace:
        return Standing(other)
    make_folder(folder)
    changed = tuple(path for path in wanted if path not in there or path in other)
    for path in changed:
        text, mode = wanted[path]
        write_whole(path, text.encode(), mode)
    return Written(changed)


def next_step(timer_name: str, user: str | None) -> str:
    """What a person does now, one command a line."""
    if user is not None:
        named = f"id {user}    # has to know that number: systemd starts nothing as a user it cannot find\n"
        commands = f"sudo systemctl daemon-reload\nsudo systemctl enable --now {timer_name}"
        return f"{named if user.isdecimal() else ''}{commands}"
    return (
        f"systemctl --user daemon-reload\nsystemctl --user enable --now {timer_name}\n"
        "loginctl enable-linger    # so that it runs when nobody is signed in"
    )


def printable(text: str) -> str:
    """What fits on one line of UTF-8. Raises TimerError."""
    if not text.isprintable() or text != text.strip():
        raise TimerError("a name with control characters, or with a space at an end, cannot stand in a unit file")
    return text


def quoted(text: str) -> str:
    """One word of a command line; systemd.syntax(7)."""
    return '"' + _escaped(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_word(text: str) -> str:
    """As `quoted`, of an argument: a $ would begin a variable there."""
    return quoted(text).replace("$", "$$")


def path_word(path: Path) -> str:
    """A path as an argument. Raises TimerError."""
    return as_word(_path(path))


def _path(path: Path) -> str:
    if not path.is_absolute():
        raise TimerError(f"{path} is not absolute; systemd starts programs from the root folder")
    return printable(str(path))


def _escaped(text: str) -> str:
    """A % begins a specifier everywhere in a unit; systemd.unit(5)."""
    return text.replace("%", "%%")
