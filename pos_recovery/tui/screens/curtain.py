"""The first thing anybody sees: the cup, where it will stay, while everything else is loaded behind it.

It holds nothing but the cup, so that the first paint takes as long as an empty program's (`tests/bench/first_paint.py`
holds it against one). Whatever else a screen needs, styles included, is read by the screen that replaces it.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen

from pos_recovery.tui.widgets.cup import Cup

MOTTO = "A cup should never\nbe half empty"


class CurtainScreen(Screen[None]):
    """The cup alone."""

    def compose(self) -> ComposeResult:
        """One widget."""
        with Horizontal(id="curtain"):
            yield Cup(MOTTO, id="welcome")
