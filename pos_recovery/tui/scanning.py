"""From keys to the redeem screen: what a scanner types is kept from every screen and waits for its turn.

The detector stands in front of the bindings (`App.on_event`, which Textual reaches before any screen, focus or priority
binding). Silence is noticed by a timer, but decided in the app's own queue, behind every key that was read before: a
busy loop is late with its timers, never out of order.

Not `App.set_timer`: in Textual 8.2.8 a timer that fires once never fires when the machine is busy for that long at the
moment it starts (`Timer._run` skips what is late, and a late first time is its last), and one of 0 s divides by zero.
The keys held back would stay there until the next one.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.events import Event, Key, Paste
from textual.message import Message

from pos_recovery.tui.scan import Detector, Scan, Stroke, Terms
from pos_recovery.tui.screens.base import AtRegister

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pos_recovery.tui.app import RegisterApp

LATER = "A slip was scanned. It comes up as soon as this is finished."
SIGNED_OUT = "A slip was scanned. It comes up once somebody has signed in."


@dataclass
class Silence(Message, bubble=False):
    """No key has come for a while."""

    strokes: int
    """How many there had been."""


class Scanning:
    """The register's end of its scanners."""

    def __init__(self, app: RegisterApp, terms: Terms) -> None:
        """`terms` say what a scan is."""
        self.waiting: deque[str] = deque()
        """Scans nobody has attended to yet, in order."""
        self._app = app
        self._detector: Detector[Event] = Detector(terms, _is_code)
        self._strokes = 0
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def undecided(self) -> bool:
        """Whether keys are held back at this moment."""
        return self._detector.patience is not None

    async def take(self, event: Key | Paste | Silence, let_through: Callable[[Event], Awaitable[None]]) -> None:
        """Something came from the keyboard, or nothing more: what a person typed goes on to the screens, in order."""
        for decided in self._decided(event):
            if isinstance(decided, Scan):
                self.received(decided.text)
            else:
                await let_through(decided)
        self._set_alarm()

    def _decided(self, event: Key | Paste | Silence) -> list[Event | Scan]:
        if isinstance(event, Silence):
            return self._detector.silence(math.inf) if event.strokes == self._strokes else []
        self._strokes += 1
        if isinstance(event, Paste) and _is_code(event.text):
            return [*self._detector.silence(math.inf), Scan(event.text)]
        character = event.character if isinstance(event, Key) else None
        return self._detector.take(Stroke(event.time, character, event))

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        patience = self._detector.patience
        if patience is not None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(patience, self._app.post_message, Silence(self._strokes))

    def received(self, text: str) -> None:
        """A scan, from wherever: to the redeem screen, or into the queue where everybody sees that it waits.

        The same text again, while it waits or is on the screen, is a scanner that sends twice.
        """
        if text in self.waiting or any(screen.shows_scan(text) for screen in self._screens):
            return
        self.waiting.append(text)
        self.proceed()
        if self.waiting:
            self._app.notify(LATER if self._app.person else SIGNED_OUT, timeout=8, markup=False)
        self._app.dress(self._app.screen)

    def proceed(self) -> None:
        """Bring up the next scan, if nothing is under way that must not lose its screen."""
        if not self.waiting or self._app.person is None or any(screen.holds_scans for screen in self._screens):
            return
        self._open(self.waiting.popleft())
        self._app.dress(self._app.screen)

    def _open(self, text: str) -> None:
        """On the redeem screen that is open already, or on one over whatever is there."""
        from pos_recovery.tui.screens.redeem import RedeemScreen

        app = self._app
        if not any(isinstance(screen, RedeemScreen) for screen in app.screen_stack):
            app.push_screen(RedeemScreen(text))
            return
        while not isinstance(app.screen, RedeemScreen):
            app.pop_screen()
        app.screen.scanned(text)

    @property
    def _screens(self) -> list[AtRegister]:
        return [screen for screen in self._app.screen_stack if isinstance(screen, AtRegister)]


def _is_code(text: str) -> bool:
    from pos_recovery.codes import read_code

    return read_code(text).code is not None
