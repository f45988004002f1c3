"""The register learns its scanner: a square to scan, and what the scan taught.

Letters do nothing here, so a scanner of any pace is told from a person. Esc and the mouse leave.
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pos_recovery.scanners.keyboard_wedge import Learned, Lesson
from pos_recovery.tui.base.counter_screen import CounterScreen
from pos_recovery.tui.messages import replies, requests

TO_DO = (
    "Scan this square with your scanner, once. The register then knows how its keys arrive on this machine, how fast "
    "it types and how it ends; your own keys are answered sooner."
)
NO_PICTURE = "This terminal shows no picture. The square is on the test slip, too: pos-recovery printer test"


class ScannerScreen(CounterScreen):
    """Teach the register its scanner."""

    AWAITS_CHART = True

    def __init__(self, lesson: Lesson | None = None) -> None:
        """`lesson` is what a scan taught that was made on another screen."""
        super().__init__()
        self._lesson = lesson

    def compose_body(self) -> ComposeResult:
        """The square beside the words."""
        with Horizontal(id="made"):
            with VerticalScroll(id="paper", can_focus=False):
                yield Static("", id="state", markup=False)
                yield Static(TO_DO, id="what", markup=False)
                yield Static("", id="codes", markup=False)
            with VerticalScroll(id="qr-side", can_focus=False):
                yield Static("", id="qr", markup=False)

    def begin(self) -> None:
        """Draw the square; say how the scanner is known so far."""
        super().begin()
        self._say_state("▣", "Learn the scanner")
        self.post_message(requests.Chart(self))
        if self._lesson is not None:
            self.taught(self._lesson)

    def taught(self, lesson: Lesson) -> None:
        """A scan came. What it taught is kept before it is said."""
        self._lesson = lesson
        if isinstance(lesson, Learned):
            self.post_message(requests.KeepScanner(self, lesson.habits))
        else:
            self._tell(lesson)

    def _tell(self, lesson: Lesson) -> None:
        from pos_recovery.scanners.scanner_words import lesson_words

        self.set_class(isinstance(lesson, Learned), "-good")
        self._say_state(*(("✔", "Learned") if isinstance(lesson, Learned) else ("▲", "Not learned")))
        self.query_one("#what", Static).update(lesson_words(lesson))
        self.query_one("#codes", Static).update("")

    def _say_state(self, symbol: str, headline: str) -> None:
        self.query_one("#state", Static).update(Content(f"{symbol}  {headline}"))

    @on(replies.ChartReady)
    def _chart(self, ready: replies.ChartReady) -> None:
        self.query_one("#qr", Static).update(ready.blocks if self.session.abilities.pictures else NO_PICTURE)
        if ready.known and self._lesson is None:
            self.query_one("#codes", Static).update(ready.known)

    @on(replies.ScannerKept)
    def _kept(self) -> None:
        self.app.post_message(requests.UseScannerHabits())
        if self._lesson is not None:
            self._tell(self._lesson)
