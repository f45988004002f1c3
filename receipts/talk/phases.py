"""The parts of a conversation with a printer, in their order. Names only; `session` goes from one to the next."""

from enum import Enum, auto


class Phase(Enum):
    """Where a print job is."""

    PREFLIGHT = auto()
    """DLE EOT 1, 4 (and 2, 3 when something is wrong): is the printer there, and well?"""
    CALL = auto()
    """On a printer that others print on too: what proves a job is asked for before there is one. No answer means that
    somebody's job broke off and swallows ours, so the flush cuts that piece off, too."""
    FLUSH = auto()
    """After a job that broke off: enough white bytes to fill whatever command it left half sent, then reset and cut; a
    printer swallowed the next coupon otherwise, and still confirmed it. A few of them come before the first question,
    which would else be taken for the size of a picture four megabytes long."""
    SETTLE = auto()
    """Late answers to the broken job go by."""
    MARK = auto()
    """A mark is made that a printer loses with its power (see `proof`), and the kind of its answers is seen."""
    BODY = auto()
    """Reset, automatic status on, the slip with its questions, as fast as the printer takes it."""
    PROOF = auto()
    """Process ID (GS ( H): this very job is on paper. Else GS r 1, answered in order: every byte was worked through."""
    REST = auto()
    """An answer in order comes before the last cut: the paper is given the time for it."""
    SEEN = auto()
    """The mark is still there: one life of the printer has heard everything."""
    CHECK = auto()
    """And a clean status after that. Where there is neither, a person looks."""
    HAND_OVER = auto()
    """Everything is sent to a printer that says nothing; the line finishes."""
    OVER = auto()


LISTENING = frozenset({Phase.PROOF, Phase.REST, Phase.SEEN, Phase.CHECK})
"""Everything is sent; only questions are still asked."""

TOLD_TO_SPEAK = frozenset({Phase.BODY, *LISTENING, Phase.HAND_OVER})
"""The printer has been told to say unasked how it is; what seems to say so before is of somebody else."""
