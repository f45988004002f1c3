"""How soon the register's first screen is painted, against an empty Textual program. Ratios of one run.

Run it on a compiled install (a plain `pip install .`, without PYTHONDONTWRITEBYTECODE):

    python tests/bench/first_paint.py [ROUNDS]

Each program is started in a pseudo-terminal of 80 by 24; the time runs from the start of the process until its marker
stands in what the terminal was sent. The two take turns, and the medians are compared.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("half empty")
Empty().run()
"""
MARKER = b"half empty"
DEADLINE_S = 20.0
GOAL = 1.15


@contextmanager
def in_terminal(arguments: list[str], environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A program that runs in a terminal of its own, and our end of that; killed in the end."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    program = subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    try:
        yield program, ours
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        os.close(ours)


def paint_s(arguments: list[str], environment: dict[str, str]) -> float:
    """Seconds from the start of a program until the marker has been sent to its terminal."""
    seen = b""
    started = time.perf_counter()
    with in_terminal(arguments, environment) as (_, terminal):
        while MARKER not in seen:
            left = DEADLINE_S - (time.perf_counter() - started)
            ready, _, _ = select.select([terminal], [], [], max(0.0, left))
            if not ready:
                raise TimeoutError(f"{arguments[1:]} painted nothing: {seen[-400:]!r}")
            seen += os.read(terminal, 65536)
        return time.perf_counter() - started


def main(rounds: int) -> int:
    """Measure, print, and say by the exit code whether the goal holds."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("POS_RECOVERY")}
    environment |= {"TERM": "xterm-256color", "POS_RECOVERY_PIN": "2468"}
    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(folder) / "home")
        register = [sys.executable, "-m", "pos_recovery", "--home", home]
        subprocess.run([*register, "setup", "--defaults"], env=environment, check=True, capture_output=True)
        empty = [sys.executable, "-c", EMPTY]
        paint_s(register, environment)
        paint_s(empty, environment)
        times: dict[str, list[float]] = {"register": [], "empty": []}
        for _ in range(rounds):
            times["empty"].append(paint_s(empty, environment))
            times["register"].append(paint_s(register, environment))
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    ratio = medians["register"] / medians["empty"]
    for name, taken in times.items():
        sys.stdout.write(f"{name:<9} median {medians[name] * 1000:6.0f} ms  min {min(taken) * 1000:6.0f}\n")
    sys.stdout.write(f"ratio     {ratio:.2f}  (goal: at most {GOAL})\n")
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
