"""The bottom line: the keys that mean something now. A touch on one presses it.

One widget, where Textual's own footer makes one for every key, and all of them anew whenever a screen comes up or a
key gets or loses its meaning. That was half of what a scan waited for before its answer stood there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget


class Shown(NamedTuple):
    """One key of the line."""

    key: str
    name: str
    """As it stands on the key."""
    does: str
    tooltip: str

    @property
    def width(self) -> int:
        """Cells, blanks included."""
        return cell_len(self.name) + cell_len(self.does) + 3


class KeyLine(Widget):
    """One line."""

    keys: reactive[tuple[Shown, ...]] = reactive(())
    """From left to right."""

    def on_mount(self) -> None:
        """Hear of every change."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[Any]) -> None:
        first: dict[str, Shown] = {}
        for _, binding, enabled, tooltip in screen.active_bindings.values():
            if binding.show and enabled:
                name = self.app.get_key_display(binding)
                first.setdefault(binding.action, Shown(binding.key, name, binding.description, tooltip))
        self.keys = tuple(first.values())

    def render(self) -> Content:
        """Every key and what it does."""
        pieces = [((f" {each.name} ", "bold $footer-key-foreground"), f"{each.does} ") for each in self.keys]
        return Content.assemble(*(part for piece in pieces for part in piece))

    def _at(self, x: int) -> Shown | None:
        for each in self.keys:
            if 0 <= x < each.width:
                return each
            x -= each.width
        return None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say more about the key under the mouse."""
        pointed = self._at(event.x)
        self.tooltip = pointed.tooltip if pointed else None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the finger."""
        touched = self._at(event.x)
        if touched is not None:
            self.app.simulate_key(touched.key)
