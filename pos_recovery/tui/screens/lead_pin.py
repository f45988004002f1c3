"""A shift lead's word, asked for on top of whatever is on the screen; what was entered there stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from pos_recovery.tui.widgets.pin_pad import PinPad

if TYPE_CHECKING:
    from pos_recovery.staff import Pin

    LeadsWord = tuple[int, Pin] | None
else:
    LeadsWord = object


class LeadPinScreen(ModalScreen[LeadsWord]):
    """Answers with a lead's number and PIN, or None."""

    BINDINGS = [
        Binding(
            "escape", "dismiss(None)", "Back", key_display="Esc", id="back", tooltip="Without a lead; nothing is issued"
        )
    ]

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        """The sentence, the lead's number, and the pad."""
        with Vertical(id="dialog"):
            yield Static(self._sentence, id="question", markup=False)
            with Horizontal(classes="field"):
                yield Static("Lead's number  ", classes="field-label")
                yield Input("1", id="number", type="integer", max_length=4, compact=True)
            yield PinPad()

    def on_mount(self) -> None:
        """The pad listens."""
        self.query_one(PinPad).focus()

    @on(PinPad.Entered)
    def _entered(self, entered: PinPad.Entered) -> None:
        from pos_recovery.staff import Pin

        number = self.query_one("#number", Input).value
        self.dismiss((int(number), Pin(entered.digits)) if number.isdigit() else None)
