"""The real program in a real terminal: a pseudo-terminal, a process, and a terminal emulator that reads its screen."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

COLUMNS, ROWS = 80, 24
DEADLINE_S = 30.0
SPIN_S = 0.001
"""How late a process may come back from waiting; for as long before a key is due, the clock is watched instead."""
_NOT_FOR_PYTE = re.compile(rb"\x1b\[(?:[<>=][0-9;]*u|\?[0-9;]*\$p|>[0-9;]*q)")
"""Questions and settings newer than the emulator, which would print their tails."""
_BEGUN = re.compile(rb"\x1b(?:\[[0-9;?<>=$]*)?$")


class Terminal:
    """One process in one terminal."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, slave: int) -> None:
        self.process = process
        self.written = b""
        """Every byte the program sent to its terminal."""
        self._master, self._slave = master, slave
        self._ends: tuple[int, ...] = (master, slave)
        self._held = b""
        self._unseen = b""
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, keys: str) -> None:
        """Keys, as a keyboard sends them."""
        os.write(self._master, keys.encode())

    def type_at(self, strokes: Iterable[tuple[str, float]]) -> None:
        """Each key so many seconds after the one before it, to a tenth of a millisecond; what is shown meanwhile is
        kept, and looked at afterwards."""
        due = time.monotonic()
        for key, after_s in strokes:
            due += after_s
            self._keep(due - SPIN_S)
            while time.monotonic() < due:
                pass
            os.write(self._master, key.encode())

    def follow_until_quiet(self, seconds: float, *, starts_within: float = 0.0) -> None:
        """Read until nothing has come for this long; it may take a while before anything comes."""
        self._read(time.monotonic() + starts_within)
        while self._read(time.monotonic() + seconds):
            pass

    def follow(self, seconds: float) -> None:
        """Read for this long."""
        ends = time.monotonic() + seconds
        while self._read(ends):
            pass

    def wait_for(self, words: str) -> None:
        """Read until these words are on the screen."""
        self.wait_until(lambda: words in self.text, repr(words))

    def wait_until(self, claim: Callable[[], bool], what: str) -> None:
        """Read until this is true of the screen."""
        ends = time.monotonic() + DEADLINE_S
        while not claim():
            if not self._read(ends):
                pytest.fail(f"{what} never came; on the screen:\n{self.text}")

    def type_until(self, keys: str, words: str) -> None:
        """Keys again and again, each answered before the next, until these words are on the screen."""
        for _ in range(20):
            self.type(keys)
            while self._read(time.monotonic() + 0.3):
                pass
            if words in self.text:
                return
        pytest.fail(f"{words!r} never came; on the screen:\n{self.text}")

    @property
    def said(self) -> str:
        """Everything the program wrote, as text; lines are not broken where the terminal breaks them."""
        return self.written.decode(errors="replace")

    def exit_code(self) -> int:
        """Read until the program has left, and say how it did."""
        ends = time.monotonic() + DEADLINE_S
        while self.process.poll() is None:
            if time.monotonic() > ends:
                pytest.fail(f"it never left; on the screen:\n{self.text}")
            self._read(time.monotonic() + 0.05)
        while self._read(time.monotonic()):
            pass
        return self.process.returncode

    def hang_up(self) -> None:
        """The terminal is gone, and no signal says so: no session has it for its own."""
        for end in self._ends:
            os.close(end)
        self._ends = ()

    def modes(self) -> list[object]:
        """How the terminal treats what is typed: echo, line by line, and so on."""
        return list(termios.tcgetattr(self._slave))

    def _keep(self, ends: float) -> None:
        """Read without looking: emulating a terminal takes longer than a scanner waits between two keys."""
        while (left := ends - time.monotonic()) > 0 and select.select([self._master], [], [], left)[0]:
            self._unseen += os.read(self._master, 65536)

    def _read(self, ends: float) -> bool:
        fresh, self._unseen = self._unseen, b""
        if not fresh:
            left = max(0.0, ends - time.monotonic())
            if not select.select([self._master], [], [], left)[0]:
                return False
            fresh = os.read(self._master, 65536)
        self.written += fresh
        whole = _NOT_FOR_PYTE.sub(b"", self._held + fresh)
        begun = _BEGUN.search(whole)
        cut = begun.start() if begun else len(whole)
        self._held = whole[cut:]
        self._stream.feed(whole[:cut])
        return True


@contextmanager
def terminal(home: Path, *arguments: str, module: str = "pos_recovery") -> Iterator[Terminal]:
    """`pos-recovery` with this home, or what another module makes of it, in a terminal of its own."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV") if name in os.environ}
    environment = {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "Europe/Prague", "LOGNAME": "robin"}
    environment |= {"TEXTUAL_ANIMATIONS": "none", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-W", "error", "-m", module, "--home", str(home), *arguments]
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True, close_fds=True
    )
    shown = Terminal(process, master, slave)
    try:
        yield shown
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        shown.hang_up()
