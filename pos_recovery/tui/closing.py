"""How the register ends: as a person closes it, as somebody outside told it to, or by a fault. Shows nothing itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from textual.app import App, ScreenStackError
from textual.css.query import NoMatches

from pos_recovery.exits import ExitCode
from pos_recovery.tui.faults import fault_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pos_recovery.locations import Home


class ClosingApp(App[None]):
    """An app that knows how it ended."""

    home: Home
    parting_words = ""
    """What is said once the terminal is as it was."""
    leaves = False
    """Whether it is about to end."""
    exit_code = 0
    """How the program is to exit."""

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Close; the first time it is told counts."""
        if not self.exit_code:
            self.exit_code = return_code
        self.leaves = True
        super().exit(result, return_code, message)

    def _fatal_error(self) -> None:
        """The last resort. Textual's own would print a traceback with local variables, a PIN perhaps among them.

        A screen that was opening while the register closes finds nothing of itself any more; that is no fault.
        """
        error = self._exception or sys.exception() or RuntimeError("unknown")
        if not (self.leaves and isinstance(error, NoMatches | ScreenStackError)):
            self.exit_code = ExitCode.BUG
            self.parting_words = fault_of(error, self.home).sentence
        self.panic("")
