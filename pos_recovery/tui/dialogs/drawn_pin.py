"""A PIN that was drawn, shown this one time. Closed by whoever has read it, never by the Enter that came before."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from pos_recovery.tui.base.composed_screen import ComposedScreen
from pos_recovery.tui.base.reading_time import Reading
from pos_recovery.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from pos_recovery.counter.staff import Pin

UNREAD_S = 1.0
"""How long Enter does not close it: set-up takes a moment, and Enter may have been pressed once more meanwhile."""


class DrawnPinScreen(ModalScreen[None], ComposedScreen[None]):
    """Has a key line of its own: that of the screen behind it would name keys that do nothing here."""

    CSS_PATH = "../counter.tcss"
    BINDINGS = [
        Binding("enter,y", "have_it", "I have it", key_display="Enter", id="pin.done", tooltip="It is written down"),
    ]
    DEEDS: ClassVar[frozenset[str]] = frozenset({"y"})
    """A scanner does not close what is shown this once."""
    AUTO_FOCUS = ""

    def __init__(self, pin: Pin) -> None:
        super().__init__()
        self._pin = pin
        self._reading = Reading(self)

    def compose(self) -> ComposeResult:
        """The PIN and one button."""
        with Vertical(id="dialog"):
            text = f"Your PIN is {self._pin.digits}. It is shown only now; please write it down."
            yield Static(text, id="question", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("I have it", id="yes", variant="primary")
        yield KeyLine()

    def begin(self) -> None:
        """Buttons are for fingers."""
        self.query_one(Button).can_focus = False
        self._reading.begin(UNREAD_S)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  textual names it
        """Not before it can have been read."""
        return action != "have_it" or not self._reading.goes_on

    def action_have_it(self) -> None:
        """It is written down."""
        self.dismiss()

    @on(Button.Pressed)
    def _touched(self) -> None:
        self.dismiss()
