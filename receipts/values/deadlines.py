"""What is agreed before a job: how well the printer is known, and how long each thing may take. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from receipts.values.result import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """All in seconds."""

    answer: float = 1.0
    """For a status request before the job."""
    lost: float = 2.0
    """After which an answer is not late any more, but lost, while paper is awaited."""
    turn: float = 6.0
    """For the first answer of a printer that may be printing for somebody else: about two slips."""
    held: float = 2.0
    """Without a byte taken of a slip that has begun: the printer has stopped half-way, and may have been opened."""
    stall: float = 6.0
    """Without a byte taken or a word from the printer."""
    proof: float = 45.0
    """From the last byte to the proof, from a printer that is well and still answers."""
    patience: float = 900.0
    """With a printer that has said what it needs: paper, its cover closed."""
    grace: float = 2.0
    """For the better proof, when a printer we do not know yet has given the weaker one."""
    poll: float = 1.0
    """Between two looks at a printer whose proof is awaited."""
    beat: float = 0.05
    """Between two questions in order while a printer that keeps no mark cuts; none starts again in so short a time."""
    quiet: float = 0.4
    """After a broken job: how long nothing may come in before answers are believed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is known of the printer, and how far to go with it."""

    reads_back: bool
    level: Proof | None = None
    """The best proof it is known to give; None: not known, so it is asked for everything and shows."""
    torn: bool = False
    """Our last job broke off: begin with a flush, cut the torn piece off, and let late answers pass."""
    shared: bool = False
    """Other hosts print on it too, and theirs may have broken off: find out, or begin with a flush."""
    proof_id: bytes = b"QSUW"
    """Four of `replies.PROOF_LETTERS`, drawn anew for every job."""
    deadlines: Deadlines = Deadlines()
