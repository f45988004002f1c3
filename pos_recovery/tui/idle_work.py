"""What is done while nobody waits: the screens that come up most are laid out, and garbage is collected.

Both would otherwise come in the middle of what somebody waits for. Making a screen of Textual's from nothing is more
than half of what lies between a scan and its answer; Python's full collection stops a register for a tenth of a second,
and scans brought it on themselves, every fifth of them.
"""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from pos_recovery.tui.content.session import Session

IDLE_S = 0.3
"""Without a key. The time between two keys of one thought is shorter."""
LONG_IDLE_S = 1.5
SELDOM = (10_000, 10, 70)
"""New objects before the youngest are looked at, such looks before the older ones are, and those before a full
collection, should it never be quiet. CPython 3.11 has 700, 10 and 10."""


def collect_when_idle() -> None:
    """Tell Python that this program knows when to collect. For a process that is a register and nothing else."""
    gc.set_threshold(*SELDOM)


def _often() -> tuple[type[Screen[Any]], ...]:
    """The screens a guest waits for."""
    from pos_recovery.tui.screens.card import CardScreen
    from pos_recovery.tui.screens.redeem import RedeemScreen

    return RedeemScreen, CardScreen


class IdleWork:
    """Notices that nobody waits."""

    def __init__(self, app: App[None], session: Session) -> None:
        self._app = app
        self._session = session
        self._begun: Screen[Any] | None = None
        """In the making."""
        self._next: asyncio.TimerHandle | None = None
        self._is_frozen = False
        self.is_done = False
        """Whether everything has been done since the last touch."""

    @property
    def is_ready(self) -> bool:
        """Whether a screen is laid out for the next slip, and one for the next reason."""
        return len(self._session.spares) == len(_often())

    def touched(self) -> None:
        """Somebody touched the register."""
        self.is_done = False
        self._wait(IDLE_S, self._lay_out)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = asyncio.get_running_loop().call_later(seconds, then)

    def _lay_out(self) -> None:
        self._wait(LONG_IDLE_S, self._collect)
        missing = next((kind for kind in _often() if kind not in self._session.spares), None)
        if missing is not None and self._begun is None and self._session.person is not None:
            self._begun = missing()
            # What is public would show it as well; mounting it and putting its widgets in their places is all we want.
            self._app._get_screen(self._begun)  # noqa: SLF001
            self._begun.call_after_refresh(self._laid_out, self._begun)

    def _laid_out(self, screen: Screen[Any]) -> None:
        """Only now: whatever is shown on a screen that is not mounted yet, its mounting would take away again."""
        screen._refresh_layout(self._app.size)  # noqa: SLF001
        self._begun, self._session.spares[type(screen)] = None, screen
        self._wait(IDLE_S, self._lay_out)  # the next one

    def _collect(self) -> None:
        self.is_done = True
        if gc.get_threshold() != SELDOM:
            return  # this process is not only ours
        gc.collect()
        if not self._is_frozen and self._session.person is not None:
            gc.freeze()  # what is loaded by now stays, and need not be looked at again
            self._is_frozen = True
