"""What every screen of the register has: the status line, the key line, and a way to say what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from pos_recovery.tui import answers, wishes
from pos_recovery.tui.widgets.key_line import KeyLine
from pos_recovery.tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from pos_recovery.tui.app import RegisterApp


class AtRegister(Screen[None]):
    """A screen that knows which app it is part of."""

    @property
    def register(self) -> RegisterApp:
        """The app, typed. Not `textual.getters.app`: that would import the app while the app imports this."""
        return cast("RegisterApp", self.app)

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


class CounterScreen(AtRegister):
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
        self._awaited: wishes.Wish | None = None

    def compose(self) -> ComposeResult:
        """Status line, body, key line."""
        yield StatusBar()
        yield from self.compose_body()
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """The middle of the screen."""
        yield from ()

    def on_mount(self) -> None:
        """Show who and where."""
        self.register.dress(self)

    def on_screen_resume(self) -> None:
        """Back in front: who and where may have changed, and a scanned slip may have waited for it."""
        self.register.dress(self)
        self.call_after_refresh(self.register.scanning.proceed)

    def action_back(self) -> None:
        """Leave this screen. Only from the front: `dismiss` closes whatever is there."""
        if self.in_front:
            self.dismiss()

    def wish_once(self, wish: wishes.Wish) -> bool:
        """Post a wish, unless the last one is unanswered: keys bounce under wet fingers. Returns whether it was."""
        if self._awaited is not None:
            return False
        self._awaited = wish
        self.post_message(wish)
        return True

    @on(answers.Answered)
    def _was_answered(self, answer: answers.Answered) -> None:
        if answer.to is self._awaited:
            self._awaited = None

    def hear(self, news: answers.PaperNews) -> bool:  # noqa: ARG002  for those who show paper
        """News of the printer. Returns whether this screen shows the slip they are about, so that nobody else need."""
        return False

    def say(self, sentence: str, *, severity: str = "warning") -> None:
        """A notice, shown literally."""
        level = severity if severity in {"information", "warning", "error"} else "warning"
        self.notify(sentence, severity=level, timeout=8, markup=False)  # type: ignore[arg-type]  # checked above

    @on(answers.Fault)
    def _fault(self, fault: answers.Fault) -> None:
        if fault.to is self._awaited:
            self._awaited = None
        self.say(fault.sentence, severity="error")
