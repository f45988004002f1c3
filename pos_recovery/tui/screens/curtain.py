"""The first thing anybody sees: the cup, where it will stay, while everything else is loaded behind it.

It holds nothing but the cup, so that the first paint takes as long as an empty program's (`tests/bench/first_paint.py`
holds it against one). Whatever else a screen needs, styles included, is read by the screen that replaces it.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.screen import Screen

from pos_recovery.tui.widgets.cup import Cup

MOTTO = "A cup should never\nbe half empty"


class CurtainScreen(Screen[None]):
    """The cup alone."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: list[Key] = []
        """By somebody who is faster."""

    def compose(self) -> ComposeResult:
        """One widget."""
        with Horizontal(id="curtain"):
            yield Cup(MOTTO, id="welcome")

    def on_key(self, event: Key) -> None:
        """Nothing to press here; it is meant for the screen that comes."""
        self._typed.append(event)

    def on_screen_suspend(self) -> None:
        """It has come: once it stands, press there what was pressed here, at the pace at which it was."""
        for event in self._typed:
            again = Key(event.key, event.character)
            again.time = event.time
            self.app.call_after_refresh(self.app.post_message, again)
        self._typed.clear()
