"""A screen as it was before some keys, to be put back when they turn out to have been a scanner's.

What letters do on a screen can be taken back: they open other screens, turn choices over and write in lines. What they
do that goes on record can not, and never happens before it is known whose they were (`scan.Terms.deed`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App

PutBack = Callable[[], None]
MOST_HOPS = 1000
"""A screen in which something always happens does not keep a guest waiting."""


@runtime_checkable
class HasChoices(Protocol):
    """A screen on which letters choose."""

    choices: object
    """All that they choose. To set it is to show it."""


class TakenBack(Message):
    """Sent after keys by the way they went; it has arrived when they have done what they do."""

    def __init__(self, put_back: PutBack, text: str, hops: int = MOST_HOPS) -> None:
        """`text` was scanned; `put_back` undoes what its letters did. It may be sent on for so many `hops`."""
        super().__init__()
        self.put_back = put_back
        self.text = text
        self._hops = hops

    def sent_on(self, app: App[None]) -> bool:
        """Once more by that way, if anything there has not been done yet: a key goes from widget to widget."""
        is_done = not any(pump.message_queue_size for pump in app.screen.walk_children(with_self=True))
        if is_done or not self._hops:
            return False
        send(TakenBack(self.put_back, self.text, self._hops - 1), app)
        return True


def send(message: Message, app: App[None]) -> None:
    """By the way that keys go."""
    (app.focused or app.screen).post_message(message)


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
