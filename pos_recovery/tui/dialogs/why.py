"""A question before a redemption is taken back: why? The answer goes on record with it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from pos_recovery.tui.base.composed_screen import ComposedScreen

REASONS = ("scanned by mistake", "the wrong slip", "the drink was not served")


class WhyScreen(ModalScreen[str | None], ComposedScreen[str | None]):
    """Answers with one of the reasons, or None. Enter alone does nothing, so that a stray Enter confirms nothing."""

    CSS_PATH = "../counter.tcss"
    BINDINGS: ClassVar = [
        *(
            Binding(str(number), f"answer({number})", why.capitalize(), id=f"why.{number}", tooltip="Take it back")
            for number, why in enumerate(REASONS, start=1)
        ),
        Binding("n,escape", "dismiss(None)", "Leave it", id="why.no", tooltip="Leave everything as it is"),
    ]
    DEEDS: ClassVar[frozenset[str]] = frozenset({"1", "2", "3"})
    """Keys that put something on record: they wait until it is certain that no scanner pressed them."""
    AUTO_FOCUS = ""

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question, and a button for each answer."""
        with Vertical(id="dialog"):
            yield Static(self._question, id="question", markup=False)
            with Vertical(classes="choices"):
                for number, why in enumerate(REASONS, start=1):
                    yield Button(f"{number}  {why.capitalize()}", id=f"why-{number}", variant="warning")
                yield Button("n  Leave it", id="why-0")

    def begin(self) -> None:
        """Buttons are for fingers."""
        for button in self.query(Button):
            button.can_focus = False

    def action_answer(self, number: int) -> None:
        """One of the reasons; 0 is none."""
        self.dismiss(REASONS[number - 1] if number else None)

    @on(Button.Pressed)
    def _touched(self, event: Button.Pressed) -> None:
        self.action_answer(int((event.button.id or "").removeprefix("why-")))
