"""The top line: where this is, who has signed in, what waits, how the printer is, and the time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import Static

from pos_recovery.tui.content.printer_badge import Badge, badge

if TYPE_CHECKING:
    from pos_recovery.tui.content.session import Session


class StatusBar(Horizontal):
    """One line. Everything on it is text from people or machines, shown literally."""

    place: reactive[str] = reactive("")
    """Store and register."""
    person: reactive[str] = reactive("")
    """Who has signed in; empty: nobody."""
    waiting_scans: reactive[int] = reactive(0)
    """Scanned slips that wait for their turn."""
    scanner_lost: reactive[bool] = reactive(False)
    """Whether there is a serial scanner that cannot be heard."""
    printer: reactive[Badge] = reactive(Badge())
    """How the printer is."""
    clock: reactive[datetime | None] = reactive(None)
    """The store's wall clock."""

    def compose(self) -> ComposeResult:
        """Five pieces."""
        yield Static("", id="place", markup=False)
        yield Static("", id="person", markup=False)
        yield Static("", id="scans", markup=False)
        yield Static("", id="printer", markup=False)
        yield Static("", id="clock", markup=False)

    def show(self, session: Session) -> None:
        """Bring it up to date."""
        if session.counter is None:
            return
        settings = session.counter.settings
        self.place = f"{settings.store_name} · register {settings.register}"
        self.person = session.person.name if session.person else ""
        self.waiting_scans = len(session.waiting_scans)
        self.scanner_lost = session.scanner_lost
        self.printer = badge(session.printer, settings.printer)
        self.clock = session.now().astimezone(session.zone)

    def _show(self, piece: str, text: str) -> None:
        for shown in self.query(f"#{piece}").results(Static):
            shown.update(text)

    def on_mount(self) -> None:
        """Show what was set before there was anything to show it on."""
        self.watch_place(self.place)
        self.watch_person(self.person)
        self.watch_waiting_scans()
        self.watch_printer(self.printer)
        self.watch_clock(self.clock)

    def watch_place(self, place: str) -> None:
        """New place."""
        self._show("place", place)

    def watch_person(self, person: str) -> None:
        """Somebody else."""
        self._show("person", person)

    def watch_waiting_scans(self) -> None:
        """A slip was scanned, or had its turn."""
        pieces = ["✘ scanner"] * self.scanner_lost + [f"▣ {self.waiting_scans} scanned"] * (self.waiting_scans > 0)
        self._show("scans", "  ".join(pieces))

    def watch_scanner_lost(self) -> None:
        """The scanner was unplugged, or is back."""
        self.watch_waiting_scans()

    def watch_printer(self, printer: Badge) -> None:
        """The printer changed."""
        self._show("printer", printer.words)
        for shown in self.query("#printer"):
            shown.set_classes([f"-{printer.kind}"] if printer.kind else [])

    def watch_clock(self, clock: datetime | None) -> None:
        """A minute passed."""
        self._show("clock", f"{clock:%H:%M}" if clock else "")
