"""What a screen may ask for before there is a counter: to set one up, and to see its printer print.

The rules are those of `requests`: posted up to the app, made in a thread, answered with a message.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.message_pump import MessagePump

from pos_recovery.tui.messages import replies

if TYPE_CHECKING:
    from pos_recovery.counter.staff import Pin
    from pos_recovery.system.locations import Home
    from receipts.printers.discovery import Found
    from receipts.values.status import Condition

TEST_PATIENCE_S = 600.0
"""How long the test slip waits for paper; whoever sets up may go on without it at any time."""


class SetupRequest(Message):
    """Something that needs no counter, because there is none yet."""

    def __init__(self, asker: MessagePump) -> None:
        super().__init__()
        self.asker = asker

    def make(self, home: Home) -> Message:
        """Do it. Runs in a thread."""
        raise NotImplementedError


class Guess(SetupRequest):
    """What set-up may propose on this machine."""

    def __init__(self, asker: MessagePump, zone: str | None = None) -> None:
        """`zone` is the store's, once somebody has written it; None: the machine's."""
        super().__init__(asker)
        self.zone = zone

    def make(self, home: Home) -> Message:  # noqa: ARG002  it is not there yet
        """Look around."""
        from pos_recovery.opening.setup import guess_answers

        return replies.Guessed(guess_answers(self.zone))


class SetUp(SetupRequest):
    """Make what this register needs."""

    def __init__(self, asker: MessagePump, given: dict[str, str], pin: Pin, *, drawn: bool) -> None:
        """`given` is what stands in the form, by the name of the answer; what is empty stays as proposed."""
        super().__init__(asker)
        self.given = given
        self.pin = pin
        self.drawn = drawn

    def make(self, home: Home) -> Message:
        """Make it. A PIN that was drawn is told only where it counts."""
        from dataclasses import replace

        from pos_recovery.opening.setup import guess_answers, paper_width, set_up
        from receipts.printers.discovery import as_printer_url

        given: dict[str, Any] = {name: value for name, value in self.given.items() if value}
        if "paper" in given:
            given["paper"] = paper_width(given["paper"])
        if "printer" in given:
            given["printer"] = as_printer_url(given["printer"])
        done = set_up(home, replace(guess_answers(given.get("timezone")), **given), lambda: self.pin)
        drawn = self.pin if self.drawn and done.added_lead else None
        return replies.SetUpDone(drawn, done.added_lead, done.settings.printer)


class FindPrinters(SetupRequest):
    """The printers this machine can see."""

    def __init__(self, asker: MessagePump, find: Callable[[], tuple[Found, ...]] | None = None) -> None:
        """`find` stands in for looking at the machine itself."""
        super().__init__(asker)
        self.find = find

    def make(self, home: Home) -> Message:  # noqa: ARG002  it is not there yet
        """Look; takes up to two seconds."""
        from receipts.printers.discovery import find_printers

        return replies.PrintersFound((self.find or find_printers)())


class TestSlip(SetupRequest):
    """Print the test slip, which shows what the printer proves. Whoever wished may stop waiting for it."""

    def __init__(self, asker: MessagePump, stopped: Event) -> None:
        super().__init__(asker)
        self.stopped = stopped

    def make(self, home: Home) -> Message:
        """Print it, and remember what it proved."""
        from pos_recovery.opening.wiring import open_counter
        from pos_recovery.printing.desk import Watch
        from pos_recovery.printing.printer_care import print_test_slip

        def know(condition: Condition) -> None:
            self.asker.post_message(replies.PrinterKnown(condition))

        counter = open_counter(home)
        try:
            watch = Watch(tell=know, stop=self.stopped.is_set, patience_s=TEST_PATIENCE_S)
            return replies.TestSlipDone(print_test_slip(counter.desk, watch).result)
        finally:
            counter.close()
