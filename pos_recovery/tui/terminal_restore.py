"""Whatever ends the register, its terminal is left as it was found: echo, cursor, mouse and all.

A signal would end the process where it stands, and the terminal would stay raw. So it is a request to close, as a
person closes the register: what is on record stays, what prints is let go, and the exit code says which signal it was.
After a second one, or when it does not close in time, it ends at once; the terminal is put right first all the same.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pos_recovery.tui.shutdown import ClosingApp

LEFT = "Stopped. What was on record before is safe."
PATIENCE_S = 5
"""The print queue takes up to two seconds to let go of a printer; docker's patience ends after ten."""
_NAMES = ("HUP", "INT", "QUIT", "TERM", "ABRT", "USR1", "USR2", "ALRM", "VTALRM", "PROF", "XCPU", "BREAK")
FATAL = tuple(getattr(signal, f"SIG{name}") for name in _NAMES if hasattr(signal, f"SIG{name}"))
"""Every signal that ends a process and can be heard."""
_OFF = "".join(f"\x1b[?{mode}l" for mode in (1000, 1003, 1015, 1006, 1016, 1004, 2004, 2048))
ALL_OFF = f"{_OFF}\x1b[?7h\x1b]22;\x07\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
"""What Textual 8.2.8 switches on in a terminal, off: mouse, focus, paste and size reports, one long line, pointer,
kitty's keys, the other screen, a cursor that is hidden, colours."""


class TerminalRestore:
    """While it is entered, no signal that can be heard leaves a terminal raw. For the main thread only."""

    def __init__(self, program: ClosingApp) -> None:
        """`program` is what the terminal shows."""
        self._program = program
        self._before: dict[int, Any] = {}
        self._found: list[Any] | None = None
        self.code: int | None = None
        """How the program is to exit for a signal; None while there was none."""

    def __enter__(self) -> Self:
        """Look at the terminal, and listen. What this process was told to ignore stays ignored."""
        self._found = _attributes()
        for number in FATAL:
            if signal.getsignal(number) not in {signal.SIG_IGN, None}:
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put right what is not, and listen no more."""
        if self.code is not None and hasattr(signal, "alarm"):
            signal.alarm(0)
        self._put_right()
        while self._before:
            signal.signal(*self._before.popitem())

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        """Comes between any two steps, so nothing here takes a lock that one of them may hold."""
        if self.code is not None:
            self._end()
        self.code = 128 + number
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # not begun, or over: nothing is to be closed
            raise SystemExit(self.code) from None
        if hasattr(signal, "alarm"):
            signal.alarm(PATIENCE_S)
        self._program.leaves, self._program.parting_words = True, LEFT
        loop.call_soon_threadsafe(lambda: self._program.exit(return_code=self.code or 0))

    def _end(self) -> None:
        """In the middle of closing: how the terminal treats what is typed may be right already, and nothing else."""
        self._put_right(is_sure=False)
        os._exit(self.code or 1)

    def _put_right(self, *, is_sure: bool = True) -> None:
        """Nothing to do where the register closed as it should. In the background the terminal is somebody else's."""
        now = _attributes()
        if sys.platform == "win32" or self._found is None or now is None or (is_sure and now == self._found):
            return
        import termios

        terminal = sys.__stdin__.fileno() if sys.__stdin__ else 0
        if not _is_ours(terminal):
            return
        try:
            termios.tcsetattr(terminal, termios.TCSANOW, self._found)
            # A descriptor of its own, which never waits: whoever reads this terminal may have stopped reading.
            outlet = os.open(os.ttyname(terminal), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
            os.write(outlet, ALL_OFF.encode())
            os.close(outlet)
        except (OSError, termios.error):  # it is gone
            return


def _is_ours(terminal: int) -> bool:
    """Whether this process stands in the foreground, or there is no background: no session has it for its own."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True


def _attributes() -> list[Any] | None:
    """How the terminal treats what is typed; None where there is none."""
    if sys.platform == "win32" or sys.__stdin__ is None:
        return None
    import termios

    try:
        return termios.tcgetattr(sys.__stdin__.fileno())
    except (OSError, termios.error):
        return None
