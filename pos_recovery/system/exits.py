"""Exit codes, and the only writer to stderr. Stdout is for answers and nothing else."""

from __future__ import annotations

import secrets
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from enum import IntEnum

from pos_recovery.system.locations import Home
from pos_recovery.system.ownership import private


class ExitCode(IntEnum):
    """What the shell sees. Scripts rely on these; they never change their meaning."""

    DONE = 0
    REFUSED = 1
    """The outcome says why."""
    USAGE = 2
    """Wrong usage."""
    PAPER_UNPROVEN = 3
    """Done and on record, but nothing proves the paper; of a printer that is asked: it cannot print now."""
    UNAVAILABLE = 4
    """The database (in a chain, the hub; for a virtual printer, its port) or stdout cannot be used now."""
    CONFIGURATION = 5
    """The settings are wrong."""
    BUG = 70
    """Ours (EX_SOFTWARE of sysexits.h). Logged under a reference number."""
    STOPPED = 130
    """By Ctrl-C. What is on record is safe, and a coupon that was made is told first."""
    HUNG_UP = 129
    """By SIGHUP; otherwise as above."""
    TERMINATED = 143
    """By SIGTERM; otherwise as above."""


class Stopped(KeyboardInterrupt):
    """Ctrl-C, or a signal that is to end the program as Ctrl-C does: on its way out everything is put right."""

    def __init__(self, code: int = ExitCode.STOPPED) -> None:
        super().__init__()
        self.code = code


def say(sentence: str) -> None:
    """One line to stderr, or to nobody where that is closed or full: there is no third place."""
    with suppress(OSError):
        sys.stderr.write(sentence.rstrip() + "\n")


def _log_bug(error: BaseException, home: Home, now: datetime, reference: str) -> bool:
    """Write the traceback to the log of this home, or nowhere when that cannot be written. Returns whether it was.

    A traceback shows source lines, never values, so no PIN can get in. A home that is not there is not made.
    """
    entry = "".join(traceback.format_exception(error))
    try:
        with open(home.log, "a", encoding="utf-8", opener=private) as log:
            log.write(f"--- {reference} {now.isoformat(timespec='seconds')}\n{entry}\n")
    except OSError:
        return False
    return True


def explain_bug(error: BaseException, home: Home, now: datetime | None = None) -> str:
    """Log something of ours that broke, and what a person reads of it. `now` is the present, unless told otherwise."""
    now = now or datetime.now(UTC)
    reference = secrets.token_hex(4)
    where = f" The details are in {home.log}." if _log_bug(error, home, now, reference) else ""
    return (
        "Something in pos-recovery broke. What was on record before is safe; please try once more. "
        f"If it happens again, send us the reference {reference}.{where}"
    )
