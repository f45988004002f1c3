"""One question before something that cannot be undone at the counter."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from pos_recovery.tui.base.composed_screen import ComposedScreen


class AskScreen(ModalScreen[bool], ComposedScreen[bool]):
    """Yes or no. Enter alone does nothing, so that a stray Enter confirms nothing."""

    CSS_PATH = "../counter.tcss"
    BINDINGS = [
        Binding("y", "dismiss(True)", "Yes", id="ask.yes", tooltip="Do it"),
        Binding("n,escape", "dismiss(False)", "No", id="ask.no", tooltip="Leave everything as it is"),
    ]
    DEEDS: ClassVar[frozenset[str]] = frozenset({"y"})
    """Keys that put something on record: they wait until it is certain that no scanner pressed them."""

    AUTO_FOCUS = ""

    def __init__(self, question: str, yes: str, no: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The question and two buttons."""
        with Vertical(id="dialog"):
            yield Static(self._question, id="question", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(f"y  {self._yes}", id="yes", variant="warning")
                yield Button(f"n  {self._no}", id="no")

    def begin(self) -> None:
        """Buttons are for fingers."""
        for button in self.query(Button):
            button.can_focus = False

    @on(Button.Pressed)
    def _touched(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
