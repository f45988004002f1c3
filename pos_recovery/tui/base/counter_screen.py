"""What every screen of the register has: the status line, the key line, and a way to say what went wrong."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding

from pos_recovery.tui.base.composed_screen import ComposedScreen
from pos_recovery.tui.content.session import Session
from pos_recovery.tui.messages import replies, requests
from pos_recovery.tui.widgets.key_line import KeyLine
from pos_recovery.tui.widgets.status_bar import StatusBar


class RegisterScreen(ComposedScreen[None]):
    """A screen that knows of which register it is part."""

    @property
    def session(self) -> Session:
        """What is known of the register."""
        return Session.of(self.app)

    @property
    def busy(self) -> bool:
        """Whether something is under way here that must not lose its screen."""
        return False

    @property
    def holds_scans(self) -> bool:
        """Whether a scanned slip has to wait until something here is finished."""
        return self.busy

    def shows_scan(self, text: str) -> bool:  # noqa: ARG002  for the screen that attends to slips
        """Whether this is the slip being attended to here."""
        return False

    @property
    def in_front(self) -> bool:
        """Whether keys come here. Not `is_current`, which is also true of the screen just behind."""
        return self.app.screen is self


class CounterScreen(RegisterScreen):
    """A screen at the counter. Subclasses give their middle with `compose_body`."""

    CSS_PATH: ClassVar[str] = "../counter.tcss"
    AUTO_FOCUS = ""
    """Each screen says itself what has the focus: a field that takes it unasked would swallow the keys."""
    BINDINGS = [
        Binding("f1", "app.help", "Help", key_display="F1", id="help", tooltip="What the keys do"),
        Binding("escape", "back", "Back", key_display="Esc", id="back", tooltip="Go back; nothing is lost"),
    ]

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name=name)
        self._awaited: requests.Request | None = None

    def compose(self) -> ComposeResult:
        """Status line, body, key line."""
        yield StatusBar()
        yield from self.compose_body()
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """The middle of the screen."""
        yield from ()

    def begin(self) -> None:
        """Show who and where."""
        self.show_status()

    def on_screen_resume(self) -> None:
        """Back in front: who and where may have changed, and a scanned slip may have waited for it."""
        self.show_status()
        self.call_after_refresh(self.app.post_message, requests.CameToFront())

    def show_status(self) -> None:
        """Bring the status line up to date."""
        for bar in self.query(StatusBar):
            bar.show(self.session)

    def action_back(self) -> None:
        """Leave this screen. Only from the front: `dismiss` closes whatever is there."""
        if self.in_front:
            self.dismiss()

    def request_once(self, request: requests.Request) -> bool:
        """Post a request, unless the last one is unanswered: keys bounce under wet fingers. Returns whether it was."""
        if self._awaited is not None:
            return False
        self._awaited = request
        self.post_message(request)
        return True

    @on(replies.Answered)
    def _was_answered(self, answer: replies.Answered) -> None:
        if answer.to is self._awaited:
            self._awaited = None

    def hear(self, news: replies.PaperNews) -> bool:  # noqa: ARG002  for those who show paper
        """News of the printer. Returns whether this screen shows the slip they are about, so that nobody else need."""
        return False

    def say(self, sentence: str, *, severity: str = "warning") -> None:
        """A notice, shown literally."""
        level = severity if severity in {"information", "warning", "error"} else "warning"
        self.notify(sentence, severity=level, timeout=8, markup=False)  # type: ignore[arg-type]  # checked above

    @on(replies.Fault)
    def _fault(self, fault: replies.Fault) -> None:
        if fault.to is self._awaited:
            self._awaited = None
        self.say(fault.sentence, severity="error")


def show_status(app: App[None]) -> None:
    """Bring the status line in front up to date."""
    if isinstance(app.screen, CounterScreen):
        app.screen.show_status()
