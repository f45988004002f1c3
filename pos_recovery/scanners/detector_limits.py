"""What makes strokes a scan: how fast, how many, and how long each kind of key waits to be known. Numbers only."""

from __future__ import annotations

from dataclasses import dataclass, replace

SHORTEST_HOLD_S = 0.025
"""95 % of the gaps of a scanner that types at 5 ms a letter are shorter (measured, see `scan_detector`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What makes strokes a scan. Times in seconds."""

    least: int = 8
    """Characters; a code has twelve, and nobody's PIN is longer."""
    average: float = 0.035
    """Between two strokes of a scanner that is known by its pace alone."""
    hold: float = 0.06
    """The longest gap between two strokes while it may still be a person, and so the longest that a key waits."""
    quick: int = 3
    """Strokes from which it may look like a scanner; people roll over two keys at a time."""
    pause: float = 0.1
    """The longest gap once it looks like a scanner."""
    whole: float = 0.035
    """The same where a code is whole: few texts go on behind one, and at 20 ms a character one gap in 50 is longer."""
    echo: float = 0.3
    """How long after a scan an Enter or an ETX may still be its ending: CR and LF, or one after the pause."""
    late_echo: float = 0.35
    """The same behind a scan that had no ending yet: a radio link may have stalled there."""
    unread: float = 0.7
    """The same where a person may have typed a code fast: their Enter must not redeem what has just come up."""
    other_echo: float = 0.05
    """The same of an arrow or F12. Never of Esc: whoever sees the answer may want to leave it at once."""
    late: float = 0.01
    """How late silence may be noticed. Later than that, the program stood still and could read no keys either."""
    grace: float = 0.02
    """How long it is then given to read them."""
    repeats: int = 6
    """As many of one letter are a key held down. Codes with four alike in a row are one in a million."""
    slow: float = 0.19
    """Between most strokes of a scanner that is known by its text, in a line where a person may type a code, too. In
    kitty's protocol a Shift of its own before each letter makes it twice as slow."""
    slowest: float = 0.2
    """The same anywhere else."""
    hotkeys: float = 0.095
    """Between two strokes, on average, of a scanner that is known because nobody presses hot-keys so fast."""
    few: int = 3
    """Hot-keys at that pace, and an Enter behind them, are the rest of a scan whose beginning was lost."""
    apart: float = 2.0
    """A gap behind which a scanner, too, has begun anew. A radio link, or a busy machine, may stall for shorter."""
    unfinished: float = 0.6
    """The longest gap in a scan that is none of our codes yet; it ends one that no Enter ends."""
    deed: float = 0.2
    """How long a key waits that puts something on record: longer than between two letters of any scanner."""
    escape: float = 0.11
    """How long an Esc waits that a terminal tells by itself, and an Enter that nobody waits for: a slow scanner may
    send one before its text. Where no terminal does, Textual has waited for 100 ms to know that Esc begins nothing."""
    lead: float = 0.012
    """How long a key without a letter waits, as an Enter that a scanner sends before its text."""

    beginnings: frozenset[str] = frozenset()
    """With what a scan begins at this register; a letter that is none of them waits for nothing. Empty: not known."""

    def at_pace(self, every_s: float, beginnings: frozenset[str]) -> Terms:
        """The same where the register's own scanner is known to have `every_s` seconds between two letters; 0: not.

        A person's key then waits only as long as that scanner may pause, and not at all where no scan begins with it.
        What a busy machine reads later, or another scanner sends, is known by its text, as that of any slow scanner.
        """
        if not every_s:
            return self
        hold = min(self.hold, max(SHORTEST_HOLD_S, 2 * every_s + 0.01))
        return replace(self, hold=hold, beginnings=beginnings)
