"""What comes back to a screen that wished for something. Values only; the screen decides what to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from db.tables.facts import JobFact, StaffFact
    from pos_recovery.counter.outcomes import Story
    from pos_recovery.counter.staff import Pin
    from pos_recovery.counter.today_board import Today
    from pos_recovery.opening.setup import Answers
    from pos_recovery.opening.wiring import Counter
    from pos_recovery.tui.content.slip_pictures import Cells
    from receipts.printers.discovery import Found
    from receipts.values.result import PrintResult
    from receipts.values.status import Condition


@dataclass
class Answered(Message, bubble=False):
    """An outcome of the core; match on it."""

    outcome: object
    to: Message | None = None
    """The request it answers: a screen that has gone on to another slip must not take it for that one's."""
    goodwill_given: int | None = None
    """With a refusal: drinks this lead has given as goodwill today. None: this person gives none, or nobody knows."""


@dataclass
class GoodwillKnown(Message, bubble=False):
    """Drinks this lead has given as goodwill today. None: this person gives none, or nobody knows."""

    given: int | None


@dataclass
class Fault(Message, bubble=False):
    """The world is broken for a moment: the sentence says what happened, what is safe and what to do."""

    sentence: str
    field: str | None = None
    """The answer that will not do, where there was a form."""
    ours: bool = False
    """Whether it is a bug, and in the log."""
    to: Message | None = None
    """The request that could not be granted."""


def address(answer: Message, to: Message | None) -> None:
    """Say which request this answers, where the screen that asked may wait for another by now."""
    if isinstance(answer, Answered | Fault | Slips):
        answer.to = to


@dataclass
class CounterReady(Message, bubble=False):
    """The counter is open."""

    counter: Counter


@dataclass
class PeopleKnown(Message, bubble=False):
    """Those who can sign in."""

    people: tuple[StaffFact, ...]


@dataclass
class TodayKnown(Message, bubble=False):
    """The numbers of the day."""

    today: Today


@dataclass
class PreviewReady(Message, bubble=False):
    """A slip, shrunk to the screen."""

    reason: str
    language: str
    cells: Cells


@dataclass
class PaperKnown(Message, bubble=False):
    """What a person said of the paper of these jobs is on record."""

    jobs: tuple[JobFact, ...]


class PaperNews(Message, bubble=False):
    """Something happened in the print queue; nobody asked. The app spreads it to every screen (`hear`)."""


@dataclass
class JobKnown(PaperNews, bubble=False):
    """A job was tried, and this is how it stands."""

    job: JobFact
    remark: str = ""
    """What else a person should know of its paper."""


@dataclass
class PrinterKnown(PaperNews, bubble=False):
    """The printer's condition has changed."""

    condition: Condition


@dataclass
class PrintTrouble(PaperNews, bubble=False):
    """What became of these jobs could not be recorded; none: the printer could not be looked at."""

    sentence: str
    jobs: tuple[int, ...]


@dataclass
class QrReady(Message, bubble=False):
    """A QR in half blocks."""

    code: str
    blocks: str


@dataclass
class Slips(Message, bubble=False):
    """The slips that were looked for."""

    part: str
    stories: tuple[Story, ...]
    to: Message | None = None
    """Which look this is of: of two at once the older may be answered last."""


@dataclass
class SetUpDone(Message, bubble=False):
    """The register is set up."""

    drawn: Pin | None
    """The PIN, where one was drawn and counts; it is shown once and forgotten."""
    added_lead: bool
    """False: there are people already, and the name and PIN given now were not used."""
    printer: str
    """The URL of the printer."""


@dataclass
class Guessed(Message, bubble=False):
    """What set-up proposes on this machine."""

    answers: Answers


@dataclass
class PrintersFound(Message, bubble=False):
    """Printers that this machine can see, the likeliest first; perhaps none."""

    printers: tuple[Found, ...]


@dataclass
class TestSlipDone(Message, bubble=False):
    """What became of the test slip."""

    result: PrintResult


@dataclass
class ChartReady(Message, bubble=False):
    """The square that teaches the scanner, and what is known of it; empty: nothing yet."""

    blocks: str
    known: str


@dataclass
class ScannerKept(Message, bubble=False):
    """How the scanner types is in the settings."""
