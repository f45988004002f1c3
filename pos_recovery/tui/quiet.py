"""What is done while nobody waits: the screens that come up most are laid out, and garbage is collected.

Both would otherwise come in the middle of what somebody waits for. Making a screen of Textual's from nothing is more
than half of what lies between a scan and its answer; Python's full collection stops a register for a tenth of a second,
and scans brought it on themselves, every fifth of them.
"""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from pos_recovery.tui.app import RegisterApp

_Kind = TypeVar("_Kind", bound=Screen[Any])

QUIET_S = 0.3
"""Without a key. The time between two keys of one thought is shorter."""
LONG_QUIET_S = 1.5
SELDOM = 70
"""Collections of the younger objects, each of 100,000 (see `__main__`), before a full one, should it never be quiet.
Python's own is 10."""


def collect_when_quiet() -> None:
    """Tell Python that this program knows when to collect. For a process that is a register and nothing else."""
    gc.set_threshold(*gc.get_threshold()[:2], SELDOM)


def _often() -> tuple[type[Screen[Any]], ...]:
    """The screens a guest waits for."""
    from pos_recovery.tui.screens.card import CardScreen
    from pos_recovery.tui.screens.redeem import RedeemScreen

    return RedeemScreen, CardScreen


class Quiet:
    """Notices that nobody waits."""

    def __init__(self, app: RegisterApp) -> None:
        self._app = app
        self._begun: Screen[Any] | None = None
        """In the making."""
        self._spares: dict[type[Screen[Any]], Screen[Any]] = {}
        """Laid out, and shown by nobody yet."""
        self._next: asyncio.TimerHandle | None = None
        self._is_frozen = False
        self.has_had_its_moment = False
        """Whether everything has been done since the last touch."""

    @property
    def is_ready(self) -> bool:
        """Whether a screen is laid out for the next slip, and one for the next reason."""
        return len(self._spares) == len(_often())

    def broken(self) -> None:
        """Somebody touched the register."""
        self.has_had_its_moment = False
        self._wait(QUIET_S, self._lay_out)

    def take(self, kind: type[_Kind]) -> _Kind | None:
        """A screen of this kind that nobody has written on, if there has been time to lay one out."""
        return cast("_Kind | None", self._spares.pop(kind, None))

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = asyncio.get_running_loop().call_later(seconds, then)

    def _lay_out(self) -> None:
        self._wait(LONG_QUIET_S, self._collect)
        missing = next((kind for kind in _often() if kind not in self._spares), None)
        if missing is not None and self._begun is None and self._app.person is not None:
            self._begun = missing()
            # What is public would show it as well; mounting it and putting its widgets in their places is all we want.
            self._app._get_screen(self._begun)  # noqa: SLF001
            self._begun.call_after_refresh(self._laid_out, self._begun)

    def _laid_out(self, screen: Screen[Any]) -> None:
        """Only now: whatever is shown on a screen that is not mounted yet, its mounting would take away again."""
        screen._refresh_layout(self._app.size)  # noqa: SLF001
        self._begun, self._spares[type(screen)] = None, screen
        self._wait(QUIET_S, self._lay_out)  # the next one

    def _collect(self) -> None:
        self.has_had_its_moment = True
        if gc.get_threshold()[2] != SELDOM:
            return  # this process is not only ours
        gc.collect()
        if not self._is_frozen and self._app.person is not None:
            gc.freeze()  # what is loaded by now stays, and need not be looked at again
            self._is_frozen = True
