"""What CUPS' own commands say, in the locale whose words are fixed. Refuses to understand it."""

from __future__ import annotations

import os
import shutil
import subprocess


def told(command: tuple[str, ...], deadline_s: float) -> str:
    """What `command` writes; empty where there is no such command, or it complains.

    Raises:
        subprocess.TimeoutExpired: It did not end within the deadline, and has been ended.
        OSError: It could not be started.
    """
    program = shutil.which(command[0])
    if program is None:
        return ""
    return subprocess.run(  # noqa: S603  (found on the path, names that CUPS gave or that were checked, no shell)
        [program, *command[1:]],
        capture_output=True,
        check=False,
        env=os.environ | {"LC_ALL": "C"},
        errors="replace",
        stdin=subprocess.DEVNULL,
        timeout=deadline_s,
    ).stdout
