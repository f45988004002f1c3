"""Telling a scanner from a person: both type, and what is typed is judged by its pace, its text and its place. Pure.

A keyboard-wedge scanner sends a slip as key strokes. Let through, `https://…/C/7KQ4…` presses every hot-key whose
letter is in it, and the Enter behind it does what the screen offers. Three kinds of evidence tell it from a person:

* its pace. No person types eight keys at 35 ms each. Such strokes are held from the first one on, and either all of
  them are one scan, or each is let through in order, 60 ms after it was struck at the most;
* its text. Twelve letters whose check symbol holds are no person at 150 ms each, while Bluetooth makes scanners slow (5
  to 60 ms a letter are what people report, and more). By then its first letters were let through one by one, so the
  scan says which was the first, and whoever knows the screens takes back what they did. Only a likely reading counts:
  among hundreds of keyboards there is one that makes a code of every fourth text of twelve letters;
* where it is typed. On a screen of hot-keys nobody presses eight of them at ten a second, whatever they spell.

Where the register's own scanner is known, a letter with which none of its scans begins waits for nothing, and is taken
back with the others should it turn out to have been another scanner's.

What cannot be taken back is not done before it is known: a key whose letter puts something on record waits until no
scanner can be so slow; an Enter right behind four quick hot-keys is a scanner's, of which the beginning was lost.

What is known of scanners (measured in Textual 8.2.8 on a pty, by the time an event was read): at 5 ms a character 95 %
of the gaps are below 23 ms and the longest is 61; at 20 ms 25 and 51. Of people: 60 to 140 ms. So single gaps prove
nothing, the average does. A key that is held down repeats every 33 ms and would pass for a scanner, were it not always
the same letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import groupby, pairwise
from statistics import median
from typing import Generic, TypeVar

from pos_recovery.rules.codes import LENGTH, Reading
from pos_recovery.rules.keyboard_layouts import digits_typed
from pos_recovery.scanners.detector_limits import Terms

_Event = TypeVar("_Event")
ESC = "\x1b"
_MOMENT_S = 1e-6
"""Sums of floats miss a bound they stand on by less than this."""
LONGEST_RUN = 160
"""Strokes that are looked back on. A QR of ours has fewer letters."""


class Place(Enum):
    """Where a stroke would go."""

    KEYS = auto()
    """To a screen whose keys each do something."""
    TEXT = auto()
    """Into a line of text."""
    PIN = auto()
    """To a PIN pad."""
    CHART = auto()
    """To a screen that waits for a scan, and on which letters do nothing."""


class Sort(Enum):
    """What a stroke can be to a scan."""

    LETTER = auto()
    """A character that is printed, a space too."""
    MARK = auto()
    """A control character, Esc too: some scanners send one before a scan, or STX and ETX around it."""
    END = auto()
    """Enter or Tab."""
    OTHER = auto()
    """Any other key that has no letter: an arrow, F12. Some scanners are set to end with one."""


@dataclass(frozen=True, slots=True)
class Stroke(Generic[_Event]):
    """One key."""

    at: float
    """When it was read from the keyboard, in seconds of a clock that only grows."""
    character: str | None
    """What it types, CR for Enter; None: nothing, as an arrow or F1."""
    event: _Event
    place: Place = Place.TEXT
    is_deed: bool = False
    """Whether its letter puts something on record, where it would go."""
    is_awaited: bool = False
    """Whether somebody waits for what it does, so that it is done as soon as may be."""
    is_dropped: bool = False
    """Whether it went nowhere, as a part of some scan."""

    @property
    def sort(self) -> Sort:
        """What it can be to a scan."""
        if self.character is None or len(self.character) != 1:
            return Sort.OTHER
        if self.character in "\r\n\t":
            return Sort.END
        return Sort.LETTER if self.character.isprintable() else Sort.MARK


@dataclass(frozen=True, slots=True)
class Scan(Generic[_Event]):
    """What a scanner sent, without its ending."""

    text: str
    first: _Event | None = None
    """The first of its strokes that had been let through; None: none had. What they did has to be taken back."""
    pace: float | None = field(default=None, compare=False)
    """Seconds between two of its letters, usually; None: it came whole."""
    ending: _Event | None = field(default=None, compare=False)
    """The key that ended it; None: silence did."""


Run = Sequence[Stroke[_Event]]


@dataclass(slots=True)
class Detector(Generic[_Event]):
    """Takes strokes in order; gives back scans, and the events of a person, in order."""

    terms: Terms = field(default_factory=Terms)
    read: Callable[[str], Reading] = lambda _: Reading(None, ())
    """What a text says. It tells a slow scan from typing, and lets one without an Enter be answered 65 ms sooner."""
    _passed: list[Stroke[_Event]] = field(default_factory=list)
    """Letters let through, and perhaps the beginning of a slow scan."""
    _held: list[Stroke[_Event]] = field(default_factory=list)
    _slow: Run[_Event] = ()
    """The latest strokes, some of them passed, that are a scan although they are slow."""
    _scanned_at: float = float("-inf")
    _pace: float = 0.0
    """Of the last scan: its ending comes at that pace, too."""
    _is_unread: bool = False
    """Whether the last scan may have been a person's typing."""
    _has_no_ending: bool = False
    """Whether the last scan was ended by silence, so that its ending may still come."""

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which `silence` has something to say; None: nothing is held."""
        if not self._held:
            return None
        if self._slow:
            return max(self.terms.whole, 1.6 * _pace(self._slow)) if self._is_all(self._slow) else self.terms.unfinished
        if self._is_fast:
            return self.terms.whole if self._is_all(self._held) else self.terms.unfinished
        if not _text(self._held):
            return self._lead(self._held[-1])
        if self._holds_what_stays_done:
            return self.terms.deed
        return self.terms.pause if len(self._held) >= self.terms.quick and self._is_quick else self.terms.hold

    def take(self, stroke: Stroke[_Event]) -> list[_Event | Scan[_Event]]:
        """The next stroke. Gives back what is decided by it."""
        said = self.silence(stroke.at)
        if not self._held and self._passed and not 0.0 <= stroke.at - self._passed[-1].at <= self.terms.apart:
            self._passed.clear()
        if self._held and not _text([*self._held, stroke]) and stroke.at - self._last.at > self.terms.lead:
            said += self._let_go()  # a key held down repeats
        if stroke.sort is Sort.LETTER or (stroke.sort is Sort.MARK and not self._is_late_ending(stroke)):
            self._held.append(stroke)
            self._slow = self._slow_scan()
            return said if self._may_be_a_scan and not self._begins_no_scan else [*said, *self._let_go()]
        if self._slow or self._is_fast:
            return [*said, *self._scan(stroke.at, stroke.event)]
        if self._is_late_ending(stroke):
            return said
        if self._is_a_fragment and stroke.at - self._last.at <= self.terms.deed:
            self._forget(stroke.at)
            return said
        is_behind = bool(self._passed) and stroke.at - self._passed[-1].at <= self.terms.deed + _MOMENT_S
        if is_behind or _text(self._held):
            said += [*self._let_go(), stroke.event]
            self._passed.clear()
        else:
            self._held.append(stroke)
        return said

    def _lead(self, stroke: Stroke[_Event]) -> float:
        """How long a key without a letter waits for the text that a scanner may send behind it."""
        if stroke.character == ESC or (stroke.sort is Sort.END and not stroke.is_awaited):
            return self.terms.escape
        return self.terms.hold if stroke.sort is Sort.MARK else self.terms.lead

    def silence(self, now: float) -> list[_Event | Scan[_Event]]:
        """Nothing has come until `now`. Gives back what is decided by it."""
        patience = self.patience
        if patience is None or now - self._held[-1].at <= patience + _MOMENT_S:
            return []
        if self._slow or self._is_fast:
            scanned = self._scan(self._held[-1].at)
            self._has_no_ending = True
            return scanned
        if self._is_a_fragment and any(stroke.is_deed for stroke in self._held):
            self._drop()
            return []
        return self._let_go()

    def _is_late_ending(self, stroke: Stroke[_Event]) -> bool:
        if self._held or stroke.character == ESC:
            return False
        echo = self.terms.other_echo
        if stroke.sort is not Sort.OTHER:
            echo = self.terms.unread if self._is_unread else self.terms.echo
            echo = max(echo, self.terms.late_echo) if self._has_no_ending else echo
        return 0.0 <= stroke.at - self._scanned_at <= max(echo, 2.5 * self._pace) + _MOMENT_S

    @property
    def _last(self) -> Stroke[_Event]:
        return (self._held or self._passed)[-1]

    # ------------------------------------------------------------------ known by its pace

    @property
    def _is_quick(self) -> bool:
        return _took(self._held) <= self.terms.average * (len(self._held) - 1) + _MOMENT_S

    @property
    def _is_fast(self) -> bool:
        return len(_text(self._held)) >= self.terms.least and self._is_quick and not self._is_one_key(self._held)

    @property
    def _may_be_a_scan(self) -> bool:
        """Whether what is held must stay: it is one, holds a deed, or is not behind by more than one long gap."""
        if self._slow or self._holds_what_stays_done:
            return True
        behind = _took(self._held) - self.terms.average * (len(self._held) - 1)
        return behind <= self.terms.hold + _MOMENT_S and not self._is_one_key(self._held)

    @property
    def _begins_no_scan(self) -> bool:
        """Whether what is held is one letter behind a pause, and none with which a scan begins here."""
        first = self._held[0]
        if self._slow or len(self._held) > 1 or not self.terms.beginnings or first.character in self.terms.beginnings:
            return False
        is_behind = bool(self._passed) and first.at - self._passed[-1].at <= self.terms.hold
        return first.sort is Sort.LETTER and not (is_behind or self._holds_what_stays_done)

    @property
    def _holds_what_stays_done(self) -> bool:
        """A letter that would go on record; or one comes behind Esc or Enter, and what those leave is gone."""
        return self._held[0].character in {ESC, "\r"} or any(stroke.is_deed for stroke in self._held)

    def _is_one_key(self, run: Run[_Event]) -> bool:
        return len(run) >= self.terms.repeats and len({each.character for each in run}) == 1

    # ------------------------------------------------------------------ known by its text, or its place

    def _slow_scan(self) -> Run[_Event]:
        """Said a code? Else hot-keys; but where the pace alone tells a scan, no more than what has that pace."""
        if not self._passed and self._is_quick:
            return self._behind_a_deed()
        runs = [run for run in _beginnings([*self._passed, *self._held]) if len(run) >= self.terms.least]
        codes = [run for run in runs if self._says_a_code(run)]
        if codes or self._is_fast:
            return min(codes, key=self._doubt, default=())
        return next(
            (run for run in runs if self._are_hotkeys(run) and self._presses(run)[0] > self._longest_typed(run)), ()
        )

    def _behind_a_deed(self) -> Run[_Event]:
        """A quick scan that came while a person's key still waited: the next guest, right behind an ending."""
        deed, *run = self._held
        if not run or not deed.is_deed or run[0].at - deed.at <= self.terms.average or self._is_whole(self._held):
            return ()
        return run if self._is_whole(run) else ()

    def _says_a_code(self, run: Run[_Event]) -> bool:
        text = _text(run)
        in_a_line = any(each.place is Place.TEXT for each in run)
        if len(text) < LENGTH or (in_a_line and not _is_in_one_piece(text)):
            return False
        slow = self.terms.slow if in_a_line else self.terms.slowest
        return _pace(run) <= slow + _MOMENT_S and bool(self.read(text).likely)

    def _is_whole(self, run: Run[_Event]) -> bool:
        """Whether nothing can be missing. One text in 32 says a code by chance while it is still being sent."""
        reading = self.read(_text(run))
        return reading.is_bare and bool(reading.likely)

    def _is_all(self, run: Run[_Event]) -> bool:
        """The same, of what is not behind letters that were let through a moment ago: it may have begun with those."""
        is_behind = any(0.0 < run[0].at - each.at <= self.terms.pause for each in self._passed)
        return self._is_whole(run) and not is_behind

    def _doubt(self, run: Run[_Event]) -> tuple[bool, bool]:
        """The least of which begins where the scan does, and what no other keyboard is needed to read."""
        reading = self.read(_text(run))
        return not reading.is_bare, reading.code is None

    def _are_hotkeys(self, run: Run[_Event]) -> bool:
        """Whether they would do something each, or fill in a PIN, at a pace that nobody presses such keys at."""
        if any(each.place is Place.TEXT for each in run):
            return False
        presses, took = self._presses(run)
        average = self.terms.slowest if all(each.place is Place.CHART for each in run) else self.terms.hotkeys
        return took <= average * (presses - 1) + _MOMENT_S

    def _presses(self, run: Run[_Event]) -> tuple[int, float]:
        """How many keys were pressed, and in which time; a key that is held down is one."""
        presses, took, last = 0, 0.0, run[0].at
        for _, alike in groupby(run, lambda each: each.character):
            strokes = list(alike)
            is_held = len(strokes) >= self.terms.repeats
            presses += 1 if is_held else len(strokes)
            took += strokes[0].at - last + (0.0 if is_held else _took(strokes))
            last = strokes[-1].at
        return presses, took

    def _longest_typed(self, run: Run[_Event]) -> int:
        """How many a person may type at that pace: all digits of a PIN."""
        return self.terms.least if any(each.place is Place.PIN for each in run) else self.terms.least - 1

    @property
    def _is_a_fragment(self) -> bool:
        """Whether the latest strokes are a part of some scan. Digits on a PIN pad are a PIN."""
        latest = [*self._passed, *self._held][-self.terms.few :]
        is_pin = all(each.place is Place.PIN and digits_typed(each.character or "").isdecimal() for each in latest)
        is_one_key = len({each.character for each in latest}) == 1
        return len(latest) == self.terms.few and not (is_pin or is_one_key) and self._are_hotkeys(latest)

    # ------------------------------------------------------------------ what becomes of them

    def _scan(self, at: float, ending: _Event | None = None) -> list[_Event | Scan[_Event]]:
        run = self._slow or (*self._let_through_before(self._held[0]), *self._held)
        before: list[_Event | Scan[_Event]] = [each.event for each in self._held if each.at < run[0].at]
        first = next((each.event for each in self._passed if each.at >= run[0].at and not each.is_dropped), None)
        is_unread = bool(self._slow) and any(each.place is Place.TEXT for each in run)
        self._forget(at)
        self._pace, self._is_unread = _pace(run), is_unread
        return [*before, Scan(_once(_text(run)), first, _pace(run), ending)]

    def _let_through_before(self, stroke: Stroke[_Event]) -> Run[_Event]:
        """What had not waited, and the strokes behind it showed that it was a scanner's."""
        before: list[Stroke[_Event]] = []
        for each in reversed(self._passed if self.terms.beginnings else ()):
            if (before or [stroke])[0].at - each.at > self.terms.hold:
                break
            before.insert(0, each)
        return before

    def _forget(self, at: float) -> None:
        self._held.clear()
        self._passed.clear()
        self._slow = ()
        self._scanned_at, self._pace, self._is_unread, self._has_no_ending = at, 0.0, False, False

    def _drop(self) -> None:
        """What is held presses nothing; the rest of the scan may still come, and tell what it was."""
        known = [*self._passed, *(replace(each, is_dropped=True) for each in self._held)]
        self._forget(self._held[-1].at)
        self._passed += known

    def _let_go(self) -> list[_Event | Scan[_Event]]:
        events: list[_Event | Scan[_Event]] = [each.event for each in self._held]
        for stroke in self._held:
            if stroke.sort is Sort.LETTER:
                self._passed.append(stroke)
            else:
                self._passed.clear()
        del self._passed[:-LONGEST_RUN]
        self._held.clear()
        return events


def _text(run: Run[_Event]) -> str:
    return "".join(each.character or "" for each in run if each.sort is Sort.LETTER)


def _took(run: Run[_Event]) -> float:
    return run[-1].at - run[0].at


def _gaps(run: Run[_Event]) -> list[float]:
    return [after.at - before.at for before, after in pairwise(run)]


def _pace(run: Run[_Event]) -> float:
    """The usual gap: one that a radio link or a busy machine stretched says nothing."""
    return median(_gaps(run)) if len(run) > 1 else 0.0


def _beginnings(run: Run[_Event]) -> Iterator[Run[_Event]]:
    """Where in these strokes a scan may begin: with the first one, or behind a gap that stands out."""
    usual = _pace(run)
    yield run
    for place, gap in enumerate(_gaps(run), start=1):
        if gap > 1.3 * usual:
            yield run[place:]


def _is_in_one_piece(text: str) -> bool:
    """Whether a text in a line of text can have come from a scanner.

    It has no spaces, and somewhere as many letters as a code in one case, a figure among them. Marks may differ.
    """
    pieces = (text[at : at + LENGTH] for at in range(len(text) - LENGTH + 1))
    return not any(letter.isspace() for letter in text) and any(
        piece in {piece.upper(), piece.lower()} and any(letter.isdecimal() for letter in piece) for piece in pieces
    )


def _once(text: str) -> str:
    """A scanner that sends twice without anything between sends one text twice."""
    half = len(text) // 2
    return text[:half] if half >= LENGTH and text == text[:half] * 2 else text
