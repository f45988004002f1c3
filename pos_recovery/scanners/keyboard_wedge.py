"""What a scanner that types makes of a text on this very machine: which keys, how fast, what before and after. Pure.

It is learned from one scan of `CHART`, which holds every symbol that a slip can hold, twice, in two orders. What is the
same in it arrives as the same, whatever keyboard either side is set to, and that tells where the chart begins in what
arrived; what stands before and after it is what the scanner sends by itself. Nothing is guessed: where the two halves
do not agree nothing is learned, and where two symbols arrive as one, that is said.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property, partial
from itertools import combinations

from pos_recovery.rules.check_symbol import ALPHABET
from pos_recovery.rules.codes import Reading, month_prefix, read_code, without_marks
from pos_recovery.rules.keyboard_layouts import SLIP_SYMBOLS

_SMALL = "htps"
"""As an address begins."""
CHART = (
    SLIP_SYMBOLS + _SMALL + "".join(SLIP_SYMBOLS[place * 7 % len(SLIP_SYMBOLS)] for place in range(len(SLIP_SYMBOLS)))
)
AS_SENT = SLIP_SYMBOLS + _SMALL
"""What arrives where both sides are set to the same keyboard."""
_FEWEST_DIFFERENT = 24
"""Characters. A text of few letters agrees with itself by chance; keyboards that make many of them alike leave 30."""
_LONGEST_MARK = 20
"""Characters of a mark on either side of the chart, as the settings take them."""
_MOST_LOST = 2
"""Symbols that type nothing, up to which it is found out which: a keyboard has few dead keys."""
_CASES = (str, str.swapcase)


@dataclass(frozen=True)
class Habits:
    """How one scanner types. The empty ones are of a scanner that nothing was learned of."""

    keys: str = ""
    """What arrives for each of `SLIP_SYMBOLS` and the four small letters, in their order; empty: not learned."""
    prefix: str = ""
    """What it sends before a text."""
    suffix: str = ""
    """What it sends after a text, before its ending."""
    pace_ms: float = 0.0
    """Between two letters, usually; 0: not known."""
    ending: str = ""
    """`enter`, `tab`, `none`, or `other` for another key; empty: not known."""

    @cached_property
    def table(self) -> dict[int, str] | None:
        """Undoes the keyboard: what arrived to what was sent, for `str.translate`. None: not learned.

        Also what Caps Lock makes of it, and what is left of a wide or a raised figure once it is read as a plain one.
        """
        if not self.keys:
            return None
        table: dict[int, str] = {}
        for form in (*_CASES, partial(unicodedata.normalize, "NFKC")):
            for arrived, sent in zip(self.keys, AS_SENT, strict=True):
                if len(form(arrived)) == 1:
                    table.setdefault(ord(form(arrived)), sent)
        return table

    def beginnings(self, today: date) -> frozenset[str]:
        """What the first letter of a scan arrives as, of the slips of today's month; empty: not known."""
        if not self.table:
            return frozenset()
        first = set(self.prefix[:1] or f"hH{month_prefix(today)[0]}")
        return frozenset(form(chr(arrived)) for arrived, sent in self.table.items() if sent in first for form in _CASES)

    @staticmethod
    def can_be_keys(keys: str) -> bool:
        """Whether a text can be `keys`, and tells the symbols of a code apart."""
        return len(keys) == len(AS_SENT) and not _groups(keys)

    def read(self, raw: str) -> Reading:
        """What a text says that came from a person or from this scanner."""
        return read_code(raw, prefix=self.prefix, suffix=self.suffix, learned=self.table)


@dataclass
class Scanner:
    """What is known of this register's scanner now. Replaced whole when it is learned anew."""

    habits: Habits = Habits()


@dataclass(frozen=True, slots=True)
class Learned:
    """The chart was read, and each symbol of a code can be told from every other one."""

    habits: Habits


@dataclass(frozen=True, slots=True)
class FallTogether:
    """The chart was read, but symbols of a code arrive as the same character: its keys cannot be undone."""

    groups: tuple[str, ...]
    """The symbols of each such character."""


@dataclass(frozen=True, slots=True)
class TypeNothing:
    """The chart is there but for these symbols: their keys are dead on this machine."""

    symbols: str


@dataclass(frozen=True, slots=True)
class NotTheChart:
    """What arrived is something else, or a part of it is missing."""


Lesson = Learned | FallTogether | TypeNothing | NotTheChart


def written(habits: Habits) -> dict[str, str | float]:
    """As `Settings.scanner_habits` reads them: the lines of a settings file."""
    return {f"scanner_{name}": value for name, value in asdict(habits).items()}


def learn(text: str, *, pace_ms: float = 0.0, ending: str = "") -> Lesson:
    """What one scan of the chart teaches.

    Args:
        text: What arrived, without its ending.
        pace_ms: Between two of its letters, usually; 0: not known.
        ending: As in `Habits`.
    """
    start = _begins(text, CHART)
    if start is None:
        lost = _lost(text)
        return TypeNothing(lost) if lost else NotTheChart()
    keys = text[start : start + len(AS_SENT)]
    before, after = text[:start], text[start + len(CHART) :]
    if len(after) > _LONGEST_MARK:
        return NotTheChart()
    if groups := _groups(keys):
        return FallTogether(groups)
    table = Habits(keys).table or {}
    return Learned(Habits(keys, without_marks(before.translate(table)), after.translate(table), pace_ms, ending))


def holds_chart(text: str) -> bool:
    """Whether a scan is one of the chart. Quick: it is asked of every scan."""
    return _begins(text, CHART) is not None


def _groups(keys: str) -> tuple[str, ...]:
    """Symbols that arrive as one character, those of them that a code or the way to it in an address needs apart."""
    needed = set(ALPHABET) | {"/"}
    together: dict[str, str] = {}
    for arrived, sent in zip(keys, SLIP_SYMBOLS, strict=False):
        together[arrived] = together.get(arrived, "") + sent
    groups = ("".join(symbol for symbol in group if symbol in needed) for group in together.values())
    return tuple(group for group in groups if len(group) > 1)


def _begins(text: str, chart: str, loose: frozenset[int] = frozenset()) -> int | None:
    """Where in `text` the chart begins: where all that is the same in it has arrived as the same.

    `loose` are places in it of which nothing is known.
    """
    if len(text) < len(chart):
        return None
    pairs = [
        (first, chart.rindex(symbol))
        for first, symbol in enumerate(chart)
        if chart.rindex(symbol) > first and not loose & {first, chart.rindex(symbol)}
    ]
    for start in range(min(len(text) - len(chart), _LONGEST_MARK) + 1):
        window = text[start : start + len(chart)]
        if all(window[first] == window[second] for first, second in pairs) and len(set(window)) >= _FEWEST_DIFFERENT:
            return start
    return None


def _lost(text: str) -> str:
    """The fewest symbols that explain `text` by having typed nothing; empty: none do, or too many."""
    for lost in _few_of(SLIP_SYMBOLS):
        chart = "".join(symbol for symbol in CHART if symbol not in lost)
        if len(chart) <= len(text) <= len(chart) + _LONGEST_MARK and _begins(text, chart, _behind(lost)) is not None:
            return lost
    return ""


def _few_of(symbols: str) -> Iterator[str]:
    for number in range(1, _MOST_LOST + 1):
        yield from map("".join, combinations(symbols, number))


def _behind(lost: str) -> frozenset[int]:
    """Where what is left stands right behind a dead key, which may change it: an accent over the next letter."""
    places, left = set(), 0
    for symbol in CHART:
        if symbol in lost:
            places.add(left)
        else:
            left += 1
    return frozenset(places)
