"""Every bad day a printer can have, as one small vocabulary; the console, the command line and tests speak it.

A fault is a word and sometimes a number: `paper-out`, `paper-out 60`, `cut-cable 5000`, `late 2.5`. Refuses to know
what a fault does: that is the machine's part.
"""

import math
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What goes wrong. The number that may follow, and what it means without one, stands beside each."""

    PAPER_OUT = "paper-out"
    """After that many mm of paper; else at once. Printing stops where it is, and goes on there after a reload."""
    NEAR_END = "near-end"
    """The sensor sees the end of the roll, after that many mm; else at once. Printing goes on."""
    COVER_OPEN = "open"
    """After that many mm; else at once."""
    JAM = "jam"
    """The cutter sticks at that many cuts from now; else at the next."""
    OFFLINE = "offline"
    """Offline without a cause, after that many mm; else at once."""
    HOT = "hot"
    """The head is too hot: an error that ends by itself. After that many mm; else at once."""
    BROKEN = "broken"
    """An error that only switching off and on ends. After that many mm; else at once."""
    MUTE = "mute"
    """It prints and never answers, after that many received bytes; else at once."""
    LATE = "late"
    """Every answer comes that many seconds late; else 2."""
    GARBAGE = "garbage"
    """That many bytes of noise come before every answer; else 3."""
    GARBLED = "garbled"
    """Every answer is noise of the same length."""
    DROP = "drop"
    """The next that many answers are lost; else 1."""
    CUT_CABLE = "cut-cable"
    """The connection breaks after that many received bytes; else at once."""
    POWER_CUT = "power-cut"
    """The power fails after that many received bytes; else at once. The connection breaks when it is back."""
    BLACKOUT = "blackout"
    """As a power cut, on a line that stays open: a serial adapter takes what is sent meanwhile, and it is lost."""
    BUSY = "busy"
    """Another host has it: it accepts a connection, takes nothing and says nothing."""


PAPER_SIDE = frozenset(
    {Kind.PAPER_OUT, Kind.NEAR_END, Kind.COVER_OPEN, Kind.OFFLINE, Kind.HOT, Kind.BROKEN},
)
"""Kinds that a printer says of itself, and whose number is in mm of paper."""
BYTE_SIDE = frozenset({Kind.MUTE, Kind.CUT_CABLE, Kind.POWER_CUT, Kind.BLACKOUT})
"""Kinds whose number is in received bytes."""
_WITHOUT_NUMBER = frozenset({Kind.GARBLED, Kind.BUSY})
_DEFAULTS = {Kind.JAM: 1.0, Kind.LATE: 2.0, Kind.GARBAGE: 3.0, Kind.DROP: 1.0}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, and its number in the unit its `Kind` names: mm, cuts, bytes, answers or seconds; never negative."""

    kind: Kind
    number: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind} {self.number:g}" if self.number else str(self.kind)


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person at the printer would notice."""

    at_s: float
    what: str
    """`connected`, `disconnected`, `cut`, `torn`, `reloaded`, `power-on`, a fault's word, or `no ` and that word."""


def parse(text: str) -> Fault:
    """`text` as a fault: a word, then perhaps a number.

    Raises:
        ValueError: no such word, or not a number it can have; the message is fit for a person.
    """
    word, _, rest = text.strip().partition(" ")
    try:
        kind = Kind(word)
    except ValueError:
        raise ValueError(f"no such fault: {word!r}; there are {', '.join(Kind)}") from None
    rest = rest.strip()
    if not rest:
        return Fault(kind, _DEFAULTS.get(kind, 0.0))
    if kind in _WITHOUT_NUMBER:
        raise ValueError(f"{kind} takes no number")
    try:
        number = float(rest)
    except ValueError:
        raise ValueError(f"{kind} takes a number, not {rest!r}") from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{kind} takes a number from 0 up, not {rest!r}")
    return Fault(kind, number)
