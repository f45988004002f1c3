"""The PIN pad: digits by keys, by mouse or by touch. The digits leave it inside its message, and to be put back.

What a key of the row of digits types without Shift is kept as it came: which digit it is, the others with it tell.
"""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid, Vertical
from textual.events import Key
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, Static

from pos_recovery.rules.keyboard_layouts import digits_typed

SHORTEST, LONGEST = 4, 8


def dots(entered: int) -> str:
    """A dot a digit, and circles up to the shortest PIN."""
    return ("● " * entered + "○ " * max(0, SHORTEST - entered)).strip()


class PinPad(Vertical, can_focus=True):
    """Collects 4 to 8 digits and hands them over."""

    BINDINGS = [
        Binding("enter,ctrl+j", "hand_over", "Sign in", key_display="Enter", id="pin.enter", tooltip="Use this PIN"),
        Binding("backspace", "erase", "Erase", id="pin.erase", tooltip="Take back the last digit", show=False),
        Binding("delete", "clear", "Clear", id="pin.clear", tooltip="Take back all digits", show=False),
    ]

    entered: reactive[int] = reactive(0)
    """How many digits there are; the only thing about them that is ever shown."""

    class Entered(Message):
        """A PIN of allowed length. Not a dataclass: its repr would show the digits in a log."""

        def __init__(self, digits: str) -> None:
            super().__init__()
            self.digits = digits

    @dataclass
    class TooShort(Message):
        """Enter was pressed before there were four digits."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  textual's own name
        super().__init__(id=id)
        self._digits = ""

    def compose(self) -> ComposeResult:
        """The dots, and twelve keys."""
        yield Static(dots(0), id="dots")
        with Grid(id="pad"):
            for digit in "123456789":
                yield Button(digit, id=f"digit-{digit}")
            yield Button("⌫", id="erase")
            yield Button("0", id="digit-0")
            yield Button("↵", id="enter", variant="primary")

    def on_mount(self) -> None:
        """Buttons are for fingers; the keyboard goes to the pad as soon as there is one."""
        for button in self.query(Button):
            button.can_focus = False
        self.focus()

    def watch_entered(self, entered: int) -> None:
        """One dot a digit."""
        for shown in self.query("#dots").results(Static):
            shown.update(dots(entered))

    def on_key(self, event: Key) -> None:
        """A digit from the keyboard, of whatever script; or its key without Shift, where digits need one."""
        if event.character and digits_typed(event.character).isdecimal():
            event.stop()
            event.prevent_default()
            self._add(event.character)

    @on(Button.Pressed)
    def _touched(self, event: Button.Pressed) -> None:
        event.stop()
        name = event.button.id or ""
        if name == "erase":
            self.action_erase()
        elif name == "enter":
            self.action_hand_over()
        else:
            self._add(name.removeprefix("digit-"))
        self.focus()

    def _add(self, digit: str) -> None:
        if len(self._digits) < LONGEST:
            self.digits += digit

    @property
    def digits(self) -> str:
        """What has been entered, for whoever puts it back as it was."""
        return self._digits

    @digits.setter
    def digits(self, digits: str) -> None:
        self._digits = digits
        self.entered = len(digits)

    def action_erase(self) -> None:
        """Take back the last digit."""
        self.digits = self._digits[:-1]

    def action_clear(self) -> None:
        """Take back all digits."""
        self.digits = ""

    def action_hand_over(self) -> None:
        """Post the PIN and forget it."""
        if len(self._digits) < SHORTEST:
            self.post_message(self.TooShort())
            return
        digits = digits_typed(self._digits)
        if not digits.isdecimal():  # of more than one keyboard
            digits = "".join(map(digits_typed, digits))
        self.action_clear()
        self.post_message(self.Entered(digits))
