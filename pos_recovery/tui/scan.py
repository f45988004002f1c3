"""Telling a scanner from a person: both type, one of them faster. Pure; knows no screen and no clock.

A keyboard-wedge scanner sends a slip as key strokes. Let through, `HTTPS://…/C/7KQ4…` presses every hot-key whose
letter is in it: a text with six p fired a `p` binding six times. So every stroke is held until it is known whose it
was, for 60 ms at the most where somebody types, and then either all of them are one scan, or each is let through in
order.

What is known of scanners (measured in Textual 8.2.8 on a pty, by the time an event was read): at 5 ms a character 95 %
of the gaps are below 23 ms and the longest is 61; at 20 ms 25 and 51. Of people: 60 to 140 ms. So single gaps prove
nothing, the average does. A key that is held down repeats every 33 ms and would pass for a scanner, were it not always
the same letter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

_Event = TypeVar("_Event")
_MOMENT_S = 1e-6
"""Sums of floats miss a bound they stand on by less than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What makes a burst of keys a scan. Times in seconds."""

    least: int = 8
    """Characters; a code has twelve, and nobody's PIN is so long."""
    average: float = 0.035
    hold: float = 0.06
    """The longest gap between two strokes while it may still be a person, and so the longest that a key waits."""
    quick: int = 3
    """Strokes from which it may look like a scanner; people roll over two keys at a time."""
    pause: float = 0.1
    """The longest gap once it looks like a scanner: it ends a scan that no Enter ends."""
    whole: float = 0.035
    """The same where a code is whole: few texts go on behind one, and at 20 ms a character one gap in 50 is longer."""
    echo: float = 0.3
    """How long after a scan its ending may still come: CR and LF, or an Enter after the pause."""
    late: float = 0.01
    """How late silence may be noticed. Later than that, the program stood still and could read no keys either."""
    grace: float = 0.02
    """How long it is then given to read them."""
    repeats: int = 6
    """As many of one letter are a key held down. Codes with four alike in a row are one in a million."""


class Sort(Enum):
    """What a stroke can be to a scan."""

    LETTER = auto()
    """A character that is printed, a space too."""
    END = auto()
    """CR, LF or TAB."""
    MARK = auto()
    """Another control character: some scanners send STX and ETX around a scan."""
    OTHER = auto()
    """A key no scanner has: an arrow, F1, Esc."""


@dataclass(frozen=True, slots=True)
class Stroke(Generic[_Event]):
    """One key."""

    at: float
    """When it was read from the keyboard, in seconds of a clock that only grows."""
    character: str | None
    event: _Event

    @property
    def sort(self) -> Sort:
        """What it can be to a scan."""
        if self.character is None or len(self.character) != 1 or self.character == "\x1b":
            return Sort.OTHER
        if self.character in "\r\n\t":
            return Sort.END
        return Sort.LETTER if self.character.isprintable() else Sort.MARK


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner sent, without its ending."""

    text: str


@dataclass(slots=True)
class Detector(Generic[_Event]):
    """Takes strokes in order; gives back scans, and the events of a person, in order."""

    terms: Terms = field(default_factory=Terms)
    is_code: Callable[[str], bool] = lambda _: False
    """Whether a text is a whole code. It lets a scan without an Enter be answered 65 ms sooner."""
    _held: list[Stroke[_Event]] = field(default_factory=list)
    _scanned_at: float = float("-inf")

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which `silence` has something to say; None: nothing is held."""
        if not self._held:
            return None
        if len(self._held) < self.terms.quick or not self._is_quick:
            return self.terms.hold
        return self.terms.whole if self._is_a_scan and self.is_code(self._text) else self.terms.pause

    def take(self, stroke: Stroke[_Event]) -> list[_Event | Scan]:
        """The next stroke. Gives back what is decided by it."""
        said = self.silence(stroke.at)
        sort = stroke.sort
        if sort is Sort.LETTER or (sort is Sort.MARK and self._held):
            self._held.append(stroke)
            return said if self._may_be_a_scan else [*said, *self._let_go()]
        if sort is Sort.END and self._is_a_scan:
            return [*said, self._scan(stroke.at)]
        if sort is Sort.END and not self._held and stroke.at - self._scanned_at <= self.terms.echo:
            return said
        return [*said, *self._let_go(), stroke.event]

    def silence(self, now: float) -> list[_Event | Scan]:
        """Nothing has come until `now`. Gives back what is decided by it."""
        patience = self.patience
        if patience is None or now - self._held[-1].at <= patience + _MOMENT_S:
            return []
        return [self._scan(self._held[-1].at)] if self._is_a_scan else self._let_go()

    @property
    def _text(self) -> str:
        return "".join(each.character or "" for each in self._held if each.sort is Sort.LETTER)

    @property
    def _took(self) -> float:
        return self._held[-1].at - self._held[0].at

    @property
    def _is_quick(self) -> bool:
        return self._took <= self.terms.average * (len(self._held) - 1) + _MOMENT_S

    @property
    def _is_one_key(self) -> bool:
        return len(self._held) >= self.terms.repeats and len({each.character for each in self._held}) == 1

    @property
    def _is_a_scan(self) -> bool:
        return len(self._text) >= self.terms.least and self._is_quick and not self._is_one_key

    @property
    def _may_be_a_scan(self) -> bool:
        """Whether it can still become one: not when it is behind by more than one long gap."""
        behind = self._took - self.terms.average * (len(self._held) - 1)
        return behind <= self.terms.hold + _MOMENT_S and not self._is_one_key

    def _scan(self, at: float) -> Scan:
        scan = Scan(self._text)
        self._held.clear()
        self._scanned_at = at
        return scan

    def _let_go(self) -> list[_Event | Scan]:
        events: list[_Event | Scan] = [each.event for each in self._held]
        self._held.clear()
        return events
