"""Stands by while a command prints: says once what a printer waits for, knows its latest word, hears a wish to stop.

A job that has begun waits for paper and goes on by itself, so the person at the terminal must be told while it waits; a
job that has not begun ends at once and is told of by its outcome. Hence the second that passes before anything is said.
A printer that does not answer at first may be printing for somebody else: there is nothing to do about that yet.

Ctrl-C while a slip prints must not lose its code, nor leave its paper unrecorded. So it is a wish, granted at once by
the desk, and the command then says what it did.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from pos_recovery.printing.desk import COMMAND_PATIENCE_S, Watch
from pos_recovery.printing.printer_words import what_it_needs
from pos_recovery.system.exits import ExitCode, say
from receipts.values.status import Condition

_LONG_ENOUGH_S = 1.0


class Stopping:
    """While it is entered, Ctrl-C and SIGTERM end nothing by themselves; the first one is remembered.

    A second one acts as it did before. A signal that this process was told to ignore stays ignored. For the main
    thread only: no other one may listen for signals.
    """

    def __init__(self) -> None:
        self.code: ExitCode | None = None
        """How the program is to exit for it; None while nobody wants it to stop."""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Listen."""
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if before not in {signal.SIG_IGN, None}:
                self._before[number] = before
                signal.signal(number, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more."""
        self._let_go()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self.code = ExitCode.STOPPED if number == signal.SIGINT else ExitCode.TERMINATED
        self._let_go()

    def _let_go(self) -> None:
        while self._before:
            signal.signal(*self._before.popitem())


class PrintWatcher:
    """One for each job, or for several in a row."""

    def __init__(self, stopping: Stopping | None = None, seconds: Callable[[], float] = time.monotonic) -> None:
        """`stopping` may end the waiting; `seconds` is a clock that only ever grows."""
        self._stopping = stopping
        self._seconds = seconds
        self._since: float | None = None
        self.condition = Condition.NOT_ASKED
        """The printer's latest word."""

    @property
    def watch(self) -> Watch:
        """What the desk wants."""
        return Watch(tell=self._know, stop=self._look, patience_s=COMMAND_PATIENCE_S)

    def _know(self, condition: Condition) -> None:
        self.condition = condition
        needs_nothing = condition.can_print or condition in {Condition.NOT_ASKED, Condition.NOT_ANSWERING}
        self._since = None if needs_nothing else self._seconds()

    def _look(self) -> bool:
        """Asked several times a second while a job is under way; ends it when somebody wants to stop."""
        if self._stopping is not None and self._stopping.code is not None:
            return True
        if self._since is not None and self._seconds() - self._since >= _LONG_ENOUGH_S:
            self._since = None
            say(f"{what_it_needs(self.condition)} The slip goes on by itself.")
        return False
