"""What installing a timer answers: the same of every command that has one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pos_recovery.commands.answering import Options, tell
from pos_recovery.system.exits import ExitCode

if TYPE_CHECKING:
    from pos_recovery.system.systemd_units import Standing, Written


def told_of_timer(options: Options, done: Written | Standing, files: Sequence[Path], runs: str, next_step: str) -> int:
    """Tell it, and when it `runs`; the exit code."""
    from pos_recovery.system.systemd_units import Standing

    told = {"outcome": "timer_installed", "files": [str(file) for file in files]}
    if isinstance(done, Standing):
        standing = ", ".join(map(str, done.files))
        sentence = (
            f"{standing} is there already and says something else. Nothing was changed; --replace writes it anew."
        )
        tell(options, told | {"outcome": "timer_differs"}, sentence)
        return ExitCode.REFUSED
    first, written = "Written:" if done.changed else "There already, and right:", "\n".join(map(str, files))
    tell(options, told, f"{first}\n{written}\n{runs}\nNow run:\n{next_step}")
    return ExitCode.DONE
