"""What comes back to a screen that wished for something. Values only; the screen decides what to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from db.facts import JobFact, StaffFact
    from pos_recovery.board import Today
    from pos_recovery.bootstrap import Counter
    from pos_recovery.outcomes import Story
    from pos_recovery.setup import Answers
    from pos_recovery.staff import Pin
    from pos_recovery.tui.drawing import Cells


@dataclass
class Answered(Message, bubble=False):
    """An outcome of the core; match on it."""

    outcome: object


@dataclass
class Fault(Message, bubble=False):
    """The world is broken for a moment: the sentence says what happened, what is safe and what to do."""

    sentence: str
    field: str | None = None
    """The answer that will not do, where there was a form."""
    ours: bool = False
    """Whether it is a bug, and in the log."""


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
    """What is known of the paper of these jobs."""

    jobs: tuple[JobFact, ...]


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


@dataclass
class SetUpDone(Message, bubble=False):
    """The register is set up."""

    drawn: Pin | None
    """The PIN, where one was drawn and counts; it is shown once and forgotten."""
    added_lead: bool
    """False: there are people already, and the name and PIN given now were not used."""


@dataclass
class Guessed(Message, bubble=False):
    """What set-up proposes on this machine."""

    answers: Answers
