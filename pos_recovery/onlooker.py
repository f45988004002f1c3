"""Stands by while a command prints: says once what a printer waits for, and knows its latest word.

A job that has begun waits for paper and goes on by itself, so the person at the terminal must be told while it waits; a
job that has not begun ends at once and is told of by its outcome. Hence the second that passes before anything is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pos_recovery.desk import COMMAND_PATIENCE_S, Watch
from pos_recovery.exits import say
from pos_recovery.printer_words import how_it_is
from receipts.status import Condition

_LONG_ENOUGH_S = 1.0


class Onlooker:
    """One for each job, or for several in a row."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        """`seconds` is a clock that only ever grows."""
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
        well = condition.can_print or condition is Condition.NOT_ASKED
        self._since = None if well else self._seconds()

    def _look(self) -> bool:
        """Asked several times a second while a job is under way; never ends it."""
        if self._since is not None and self._seconds() - self._since >= _LONG_ENOUGH_S:
            self._since = None
            say(f"{how_it_is(self.condition)} The slip goes on by itself.")
        return False
