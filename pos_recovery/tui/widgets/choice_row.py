"""One line of the card: a key, what it changes, and what it stands at now. A key or a touch changes it."""

from dataclasses import dataclass

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class ChoiceRow(Widget):
    """Shows a choice; whoever holds it decides what it becomes."""

    value: reactive[str] = reactive("")
    """What it stands at, in words."""

    @dataclass
    class Touched(Message):
        """Change me."""

        row: "ChoiceRow"

        @property
        def control(self) -> "ChoiceRow":
            """The row, so that selectors work."""
            return self.row

    def __init__(self, key: str, label: str, *, id: str | None = None) -> None:  # noqa: A002  textual's own name
        super().__init__(id=id)
        self._key = key
        self._label = label

    def render(self) -> Content:
        """Key, label, value."""
        return Content.assemble((f" {self._key} ", "reverse"), f" {self._label:<15}", (self.value, "bold $accent"))

    def on_click(self, event: Click) -> None:
        """A touch changes it."""
        event.stop()
        self.post_message(self.Touched(self))
