"""How the register ends: as a person closes it, as somebody outside told it to, or by a fault. Shows nothing itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from textual.app import App, ScreenStackError
from textual.binding import Binding
from textual.css.query import NoMatches

from pos_recovery.system.exits import ExitCode
from pos_recovery.tui.base.counter_screen import RegisterScreen
from pos_recovery.tui.faults import fault_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pos_recovery.system.locations import Home


class ClosingApp(App[None]):
    """An app that knows how it ended."""

    BINDINGS = [
        Binding("ctrl+q", "close", "Close", id="close", tooltip="Leave pos-recovery", show=False, priority=True),
        # What Textual shows here is for programs that Ctrl+Q ends. It is also the ETX that scanners send.
        Binding("ctrl+c", "stay", "Stay", id="stay", tooltip="The register stays open", show=False),
    ]
    home: Home
    parting_words = ""
    """What is said once the terminal is as it was."""
    leaves = False
    """Whether it is about to end."""
    exit_code = 0
    """How the program is to exit."""

    @property
    def is_busy(self) -> bool:
        """Whether something is under way that must not lose its screen: a coupon on its way to paper."""
        return any(isinstance(screen, RegisterScreen) and screen.busy for screen in self.screen_stack)

    def action_close(self) -> None:
        """Leave pos-recovery, after one question: keys bounce, and a guest may be served."""
        from pos_recovery.tui.dialogs.ask import AskScreen

        if any(isinstance(screen, AskScreen) for screen in self.screen_stack):
            return
        if self.is_busy:
            self.notify("One moment: what was begun is finished first.", timeout=4, markup=False)
            return
        self.push_screen(AskScreen("Close the register? Everything is on record.", "Close it", "Stay"), self._leave)

    def _leave(self, yes: bool | None) -> None:
        if yes:
            self.exit()

    def action_stay(self) -> None:
        """Nothing."""

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
