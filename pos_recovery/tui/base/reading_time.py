"""Time to read: Enter closes nothing as it appears, it may have bounced, or been meant for what was there before."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.screen import Screen


class Reading:
    """Whether what stands on a screen can have been read yet. By the clock: a timer may be late, or never come."""

    def __init__(self, screen: Screen[Any]) -> None:
        """Nothing is there to be read yet."""
        self._screen = screen
        self._ends = 0.0

    def begin(self, seconds: float) -> None:
        """Something new stands there; the key line follows."""
        self._ends = monotonic() + seconds
        self._screen.set_timer(seconds, self._screen.refresh_bindings)

    @property
    def goes_on(self) -> bool:
        """Not over yet."""
        return monotonic() < self._ends
