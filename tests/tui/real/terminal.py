"""The real program in a real terminal: a pseudo-terminal, a process, and a terminal emulator that reads its screen."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest
from PIL import Image

COLUMNS, ROWS = 80, 24
DEADLINE_S = 30.0
MODES = tuple(f"\x1b[?{mode}" for mode in (1000, 1003, 1015, 1006, 1016, 1004, 2004, 2048, 1049))
"""Mouse, focus, paste, sizes, the other screen."""
LIGHTNESS = {"white": 255, "brightwhite": 255, "ffffff": 255, "black": 0, "000000": 0}
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
        self.type_bytes(keys.encode())

    def type_bytes(self, sent: bytes) -> None:
        """What a keyboard of another kind sends."""
        os.write(self._master, sent)

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

    def resize(self, columns: int, rows: int) -> None:
        """Another size of window, which the program is told of."""
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)
        self.process.send_signal(signal.SIGWINCH)

    def wipe(self) -> None:
        """As a shell does that has the terminal meanwhile."""
        self._screen.reset()

    def picture(self, columns: range) -> Image.Image:
        """These columns of the screen as a camera sees them, on a terminal whose ground is dark."""
        image = Image.new("L", (len(columns), 2 * ROWS))
        for row, line in self._screen.buffer.items():
            for x, column in enumerate(columns):
                cell = line[column]
                letters, ground = LIGHTNESS.get(cell.fg, 255), LIGHTNESS.get(cell.bg, 0)
                if cell.reverse:
                    letters, ground = ground, letters
                image.putpixel((x, 2 * row), letters if cell.data in "▀█" else ground)
                image.putpixel((x, 2 * row + 1), letters if cell.data in "▄█" else ground)
        return image.resize((image.width * 8, image.height * 8), Image.Resampling.NEAREST)

    def cell(self, words: str) -> pyte.screens.Char:
        """The first cell of these words, with its style."""
        row, line = next((row, line) for row, line in enumerate(self._screen.display) if words in line)
        return self._screen.buffer[row][line.index(words)]

    def leftovers(self) -> list[str]:
        """What the program has switched on in its terminal and not off again."""
        left = [
            mode for mode in MODES if self.written.rfind(f"{mode}h".encode()) > self.written.rfind(f"{mode}l".encode())
        ]
        if self.written.rfind(b"\x1b[?25l") > self.written.rfind(b"\x1b[?25h"):
            left.append("a hidden cursor")
        if self.written.rfind(b"\x1b[?7l") > self.written.rfind(b"\x1b[?7h"):
            left.append("one long line")
        if self.written.count(b"\x1b[>") > self.written.count(b"\x1b[<u"):
            left.append("kitty's keys")
        return left

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
def terminal(
    home: Path, *arguments: str, module: str = "pos_recovery", kind: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """`pos-recovery` with this home, or what another module makes of it, in a terminal of its own.

    `kind` is what the terminal says of itself where it is not a usual one; what is empty is not set at all.
    """
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV") if name in os.environ}
    environment = {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "Europe/Prague", "LOGNAME": "robin"}
    environment |= {"TEXTUAL_ANIMATIONS": "none", "PYTHONPATH": str(Path(__file__).parents[3])}
    environment = {name: value for name, value in (environment | dict(kind or {})).items() if value}
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
