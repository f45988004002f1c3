"""The end of set-up: the test slip shows that the printer prints, and what it can prove. Nobody has to wait for it."""

from __future__ import annotations

from threading import Event
from typing import ClassVar
from urllib.parse import urlsplit

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Center, Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from pos_recovery.tui.base.counter_screen import RegisterScreen
from pos_recovery.tui.base.reading_time import Reading
from pos_recovery.tui.messages import replies, setup_requests
from pos_recovery.tui.screens.sign_in import begin
from pos_recovery.tui.widgets.cup import FULL, Cup
from pos_recovery.tui.widgets.key_line import KeyLine

PRINTING = ("…", "The test slip is printing", "Look at it in a moment: edges, darkness, the QR codes, the cut.")
LATER = "Later: pos-recovery printer test"
UNREAD_S = 0.4
"""How long Enter does not close it: the Enter that closed what was on top may have bounced."""


def can_tell(url: str) -> bool:
    """Whether a printer at `url` may answer, so that a test slip shows something nobody else can know."""
    return urlsplit(url).scheme in {"tcp", "usb", "serial"}


class TestSlipScreen(RegisterScreen):
    """Prints it when it is opened, and again when asked to."""

    CSS_PATH = "../counter.tcss"
    BINDINGS = [
        Binding("enter,f10", "go_on", "Open the register", key_display="Enter", id="test.done", tooltip="Go on"),
        Binding("p", "again", "Print it again", id="test.again", tooltip="The test slip once more"),
    ]
    DEEDS: ClassVar[frozenset[str]] = frozenset({"p"})
    """A scanner prints nothing."""
    AUTO_FOCUS = ""

    def __init__(self, printer: str) -> None:
        """`printer` is the URL of the one that prints it."""
        super().__init__()
        self._printer = printer
        self._stopped = Event()
        self._reading = Reading(self)
        self._under_way = False

    def compose(self) -> ComposeResult:
        """The cup, the words, two buttons."""
        with VerticalScroll(id="paper", can_focus=False):
            with Center():
                yield Cup(id="cup")
            yield Static("", id="state", markup=False)
            yield Static("", id="what", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Print it again", id="again")
            yield Button("Open the register", id="done", variant="primary")
        yield KeyLine()

    def begin(self) -> None:
        """Buttons are for fingers. Print."""
        for button in self.query(Button):
            button.can_focus = False
        self.action_again()

    def on_screen_resume(self) -> None:
        """In front, perhaps for the second time: a PIN was on top."""
        self._reading.begin(UNREAD_S)

    def _say(self, words: tuple[str, str, str], *, level: float) -> None:
        symbol, headline, sentence = words
        self.query_one("#state", Static).update(Content(f"{symbol}  {headline}"))
        self.query_one("#what", Static).update(sentence)
        self.query_one(Cup).animate("level", level, duration=0.3)
        self.query_one("#again", Button).display = not self._under_way
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  textual names it
        """One test slip at a time; and nothing is left unread."""
        return not {"again": self._under_way, "go_on": self._reading.goes_on}.get(action, False)

    def action_again(self) -> None:
        """Print the test slip."""
        self._under_way = True
        self._say(PRINTING, level=FULL / 2)
        self.post_message(setup_requests.TestSlip(self, self._stopped))

    @on(replies.PrinterKnown)
    def _known(self, known: replies.PrinterKnown) -> None:
        from pos_recovery.tui.content.paper_words import needs

        if self._under_way:
            self._say(needs(known.condition, self._printer) or PRINTING, level=FULL / 2)

    @on(replies.TestSlipDone)
    def _tested(self, done: replies.TestSlipDone) -> None:
        from pos_recovery.tui.content.paper_words import after_test

        self._under_way = False
        symbol, headline, sentence = after_test(done.result, self._printer)
        proved = done.result.state == "printed"
        self._say(
            (symbol, headline, sentence if proved else f"{sentence}\n{LATER}"), level=FULL if proved else FULL / 2
        )

    @on(replies.Fault)
    def _fault(self, fault: replies.Fault) -> None:
        self._under_way = False
        self._say(("✘", "The test slip was not printed", f"{fault.sentence}\n{LATER}"), level=FULL / 2)

    def action_go_on(self) -> None:
        """Open the register; a test slip that waits for paper is given up."""
        if self.in_front:
            self._stopped.set()
            begin(self.app)

    @on(Button.Pressed)
    def _touched(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "done":
            self.action_go_on()
        else:
            self.action_again()
