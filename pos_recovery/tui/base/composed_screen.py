"""A screen that is left in the instant it opens: somebody was quicker than the machine.

The trap (Textual 8.2.8): such a screen composes only a part of itself, but is told that it was mounted all the same. So
what a screen does first stands in `begin`. In `on_mount` it would look for widgets that never were.
"""

from __future__ import annotations

from textual.screen import Screen, ScreenResultType


class ComposedScreen(Screen[ScreenResultType]):
    """A screen that begins once its widgets are there, or not at all."""

    @property
    def is_whole(self) -> bool:
        """Whether its widgets are there. Of a screen that is being taken away some are not: it is not displayed."""
        return self.display and self.is_attached

    def on_mount(self) -> None:
        """Begin."""
        if self.is_whole:
            self.begin()

    def begin(self) -> None:
        """Do what the screen does first."""
