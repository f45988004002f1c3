"""A screen as it was before some keys, to be put back when they turn out to have been a scanner's.

What letters do on a screen can be taken back: they open other screens, turn choices over and write in lines. What they
do that goes on record can not, and never happens before it is known whose they were (`scan_terms.Terms.deed`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App

PutBack = Callable[[], None]


@runtime_checkable
class HasChoices(Protocol):
    """A screen on which letters choose."""

    choices: object
    """All that they choose. To set it is to show it."""


class TakenBack(Message):
    """Sent after keys by the way they went; it has arrived when they have done what they do."""

    def __init__(self, put_back: PutBack, text: str) -> None:
        """`text` was scanned; `put_back` undoes what its letters did."""
        super().__init__()
        self.put_back = put_back
        self.text = text


def remember(app: App[None]) -> PutBack:
    """Returns what puts the screen in front, its lines, its choices and its focus back as they are now.

    Screens opened since are closed, unless a guest is being served on one of them.
    """
    from textual.widgets import Input

    from pos_recovery.tui.widgets.pin_pad import PinPad

    stack = list(app.screen_stack)
    front = stack[-1]
    focused = front.focused
    lines = [(line, line.value, line.cursor_position) for line in front.query(Input)]
    pads = [(pad, pad.digits) for pad in front.query(PinPad)]
    choices = front.choices if isinstance(front, HasChoices) else None

    def put_back() -> None:
        opened = app.screen_stack[len(stack) :]
        if app.screen_stack[: len(stack)] != stack or any(getattr(screen, "holds_scans", False) for screen in opened):
            return
        for _ in opened:
            app.pop_screen()
        for line, value, cursor in lines:
            line.value, line.cursor_position = value, cursor
        for pad, digits in pads:
            pad.digits = digits
        if isinstance(front, HasChoices) and front.choices != choices:
            front.choices = choices
        front.set_focus(focused)

    return put_back
