"""A text read through every keyboard at once. Pure.

A code read through each of some seven hundred keyboards by itself would take milliseconds at every key. So all of them
are read at once: what a character adds to the check sum stands for all keyboards in one integer, five planes of a bit a
keyboard, and a whole code is twelve of them, added up. What a character means is worked out when it is first seen.

It refuses to read what only a part of a keyboard explains: every letter must be one that keyboard types. A sign that it
does not type stays itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import prod

from pos_recovery.rules.check_symbol import LENGTH, VALUE, is_code
from pos_recovery.rules.keyboard_layouts import tables

COMMON = 27
"""So many of the first tables are those of keyboards that many have."""
MOST_WAYS, MOST_IN_DOUBT = 64, 6
"""Ways to read one text through a keyboard that does not keep all symbols apart: six that are one of two. Through so
many such keyboards."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What one character can have been, on every keyboard at once: a bit a table, the first table the lowest."""

    sent: str
    """A character a table, the first table the last."""
    known: int
    sign: int
    """Neither letter nor figure."""
    slash: int
    c: int
    doubtful: int
    """More than one character."""
    symbol: int
    """A symbol of a code."""
    added: tuple[int, ...]
    """What it adds to the sum at each place: five planes, each of a bit a table."""


_NOTHING = _Meaning("", 0, 0, 0, 0, 0, 0, (0,) * LENGTH)
_NONE = " "
_PRINTED = "".join(map(chr, range(33, 127)))


def _flags(those: Collection[str]) -> Mapping[int, str]:
    """For `str.translate`: 1 for each character that is one of `those`, 0 for any other."""
    return {ord(each): "01"[each in those] for each in _NONE + _PRINTED}


_KNOWN, _SYMBOL = _flags(_PRINTED), _flags(VALUE)
_SIGNS = "".join(each for each in _PRINTED if not each.isalnum())
_SIGN = _flags(_SIGNS)
_SLASH, _C = _flags("/"), _flags("C")
_PLANES = [_flags([each for each, value in VALUE.items() if value >> plane & 1]) for plane in range(5)]


class _Meanings(dict[str, "_Meaning"]):
    """By character, each worked out when it is first asked for."""

    def __missing__(self, character: str) -> _Meaning:
        """What no keyboard types means nothing, and is not kept."""
        if character not in _arriving():
            return _NOTHING
        self[character] = meaning = _worked_out(character)
        return meaning


_MEANINGS = _Meanings()


@cache
def _arriving() -> frozenset[str]:
    """Two thousand characters: all that any keyboard types, and signs, which stay what they are where none does."""
    return frozenset(_SIGNS).union(*(table.arrived for table in tables()))


def _worked_out(character: str) -> _Meaning:
    """In 0.2 ms, and 7 kB."""
    backwards = tables()[::-1]
    places = [table.arrived.find(character) for table in backwards]
    itself = character if character in _SIGNS else _NONE
    sent = "".join([table.sent[at] if at >= 0 else itself for table, at in zip(backwards, places, strict=True)])
    again = [
        at >= 0 and table.arrived.find(character, at + 1) >= 0 for table, at in zip(backwards, places, strict=True)
    ]

    def bits(flags: Mapping[int, str]) -> int:
        return int(sent.translate(flags), 2)

    return _Meaning(
        sent=sent,
        known=bits(_KNOWN),
        sign=bits(_SIGN),
        slash=bits(_SLASH),
        c=bits(_C),
        doubtful=int("".join("01"[each] for each in again), 2),
        symbol=bits(_SYMBOL),
        added=tuple(_added([bits(plane) for plane in _PLANES])),
    )


@cache
def _reading_so(character: str, sent: str) -> int:
    """The tables in which `sent` was sent where `character` arrived."""
    return int(_MEANINGS[character].sent.translate(_flags(sent)), 2)


def _reading_alike(text: str, undone: str) -> int:
    """The tables that make `undone` of `text`."""
    alike = -1
    for character, sent in zip(text, undone, strict=True):
        alike &= _reading_so(character, sent)
    return alike


def _added(planes: Sequence[int]) -> Iterator[int]:
    """The planes at each place: at each they are those of the place before, multiplied by x modulo x^5 + x^2 + 1."""
    ones, twos, fours, eights, sixteens = planes
    width = len(tables())
    for _ in range(LENGTH):
        yield ones | twos << width | fours << 2 * width | eights << 3 * width | sixteens << 4 * width
        ones, twos, fours, eights, sixteens = sixteens, ones, twos ^ sixteens, fours, eights


def _hold(window: Sequence[_Meaning]) -> int:
    """The tables through which these twelve characters are a code."""
    total, holding = 0, -1
    for place, each in enumerate(window):
        total ^= each.added[place]
        holding &= each.symbol
    if not holding:
        return 0
    width = len(tables())
    total |= total >> 2 * width | total >> 4 * width
    total |= total >> width
    return holding & ~total


def in_doubt(text: str) -> tuple[str, ...]:
    """Symbols in `text` that the keyboard it came through does not keep apart, as ("SW",). Of ASCII alone: none."""
    whole = 0 if text.isascii() else -1
    for character in text:
        whole &= _MEANINGS[character].known
    if not whole:
        return ()
    number = (whole & -whole).bit_length() - 1
    return tuple(dict.fromkeys(ways for ways in (_symbols(number, each) for each in text) if len(ways) > 1))


@dataclass(frozen=True, slots=True)
class Undone:
    """What a text may have been."""

    number: int
    """Of the first table that says so."""
    text: str
    code: str
    start: int
    """Where in the text it begins."""
    is_behind_address: bool


@dataclass(frozen=True, slots=True)
class _Window:
    """Twelve characters that may be a code."""

    start: int
    places: Sequence[int]
    tables: int
    """Those of which what is around it says so."""
    is_behind_address: bool = False


def explaining(text: str, known: Collection[str] = (), *, prefix: str = "", suffix: str = "") -> Iterator[Undone]:
    """What `text` was on the keyboards that explain all of it, wherever that holds a code, the commonest first.

    A code may stand behind `/C/`; else at the end of the text or right before `suffix`, and there at its beginning or
    behind a sign or `prefix`. A sign may stand between its fours. What is `known` is not told again, but for more than
    one place.
    """
    meanings = [_MEANINGS[character] for character in text]
    whole = -1
    for each in meanings:
        whole &= each.known
        if not whole:
            return
    for window in _windows(text, meanings, known, prefix, suffix):
        fitting = window.tables & whole
        if not fitting:
            continue
        letters = [meanings[place] for place in window.places]
        doubtful = 0
        for each in letters:
            doubtful |= each.doubtful
        if doubtful & fitting:
            yield from _in_doubt(text, window, doubtful & fitting)
        holding = fitting & _hold(letters)
        if holding:
            yield from _apart(text, window, holding, known)


def _apart(text: str, window: _Window, holding: int, known: Collection[str]) -> Iterator[Undone]:
    """Each code that the tables make of it, by the first of them; of an address, by one that makes it begin as ours."""
    before = "" if window.is_behind_address else text[: window.start]
    letters = before + "".join([text[place] for place in window.places])
    if letters in known:
        holding &= ~_reading_alike(letters, letters)
    best = _reading_alike(text[:4], "HTTP") if window.is_behind_address else -1
    while holding:
        first = holding & best or holding
        number = (first & -first).bit_length() - 1
        undone = tables()[number].undo(letters)
        holding &= ~_reading_alike(letters, undone)
        code = undone[len(before) :]
        if code not in known:
            yield Undone(number, tables()[number].undo(text), code, window.start, window.is_behind_address)


def _in_doubt(text: str, window: _Window, doubtful: int) -> Iterator[Undone]:
    """The same through keyboards that do not keep all symbols apart: each way to read it, where those are few."""
    seen: set[tuple[str, ...]] = set()
    while doubtful and len(seen) < MOST_IN_DOUBT:
        number = (doubtful & -doubtful).bit_length() - 1
        doubtful &= doubtful - 1
        ways = tuple(_symbols(number, text[place]) for place in window.places)
        if ways in seen or not 1 < prod(map(len, ways)) <= MOST_WAYS:
            continue
        seen.add(ways)
        for symbols in product(*ways):
            code = "".join(symbols)
            if is_code(code):
                yield Undone(number, tables()[number].undo(text), code, window.start, window.is_behind_address)


@cache
def _symbols(number: int, character: str) -> str:
    """The symbols of a code that may have been sent for it."""
    return "".join(sent for sent in tables()[number].meanings(character) if sent in VALUE)


OUR_ADDRESS = re.compile("HTTPS?://[^/]+/C/(?:[0-9A-Z]{4}-?){3}", re.IGNORECASE)
"""As it is where no keyboard has changed it, and a code or what was to be one."""
_SHORTEST_MARK, _SHORTEST_ADDRESS = 3, len("HTTPSC")
"""Characters: `]Q1`; an address of which a keyboard types no sign."""
_IN_FOURS = (0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13)
_BARE = _Window(0, range(LENGTH), -1)


def _windows(
    text: str, meanings: Sequence[_Meaning], known: Collection[str], prefix: str, suffix: str
) -> Iterator[_Window]:
    """Where a code may stand."""
    if len(text) <= LENGTH:
        if len(text) == LENGTH:
            yield _BARE
        return
    addressed = 0
    for start in range(3, len(text) - LENGTH + 1):
        if text[start - 3] == text[start - 1] != text[start - 2]:
            address = meanings[start - 1].slash & meanings[start - 2].c
            addressed |= address
            yield from _shapes(text, meanings, start, address, is_behind_address=True)
    if not OUR_ADDRESS.search(text):
        yield from _at_the_end(text, meanings, ~addressed, prefix, suffix)
    elif not known:
        yield from _at_the_end(text, meanings, (1 << COMMON) - 1, prefix, suffix)


def _at_the_end(text: str, meanings: Sequence[_Meaning], those: int, prefix: str, suffix: str) -> Iterator[_Window]:
    """At the end, or with one sign or `suffix` behind it."""
    for end in sorted({len(text), len(text) - 1, len(text) - len(suffix)}):
        for start in (end - LENGTH - 2, end - LENGTH):
            if start == 0 or (start > 0 and prefix):
                yield from _shapes(text[:end], meanings, start, those)
            elif start > 0:
                yield from _shapes(text[:end], meanings, start, _before(text, meanings, start) & those)
            if start > _SHORTEST_ADDRESS:
                behind = _reading_alike(text[:4], "HTTP") & meanings[start - 1].c & those
                yield from _shapes(text[:end], meanings, start, behind, is_behind_address=True)


def _before(text: str, meanings: Sequence[_Meaning], start: int) -> int:
    """The tables by which a code may begin there: a sign is before it, or a mark, which begins with one."""
    sign = meanings[start - 1].sign if not (text[start - 1].isascii() and text[start - 1].isalnum()) else 0
    return sign | meanings[0].sign if start >= _SHORTEST_MARK else sign


def _shapes(
    text: str, meanings: Sequence[_Meaning], start: int, those: int, *, is_behind_address: bool = False
) -> Iterator[_Window]:
    """A code that begins there, unbroken and in fours, as far as there is room for it."""
    if not those:
        return
    if start + LENGTH <= len(text):
        yield _Window(start, range(start, start + LENGTH), those, is_behind_address)
    if start + LENGTH + 2 <= len(text) and text[start + 4] == text[start + 9]:
        in_fours = [start + place for place in _IN_FOURS]
        yield _Window(start, in_fours, those & meanings[start + 4].sign, is_behind_address)


def is_typed(character: str) -> bool:
    """Whether any keyboard types it."""
    return _MEANINGS[character].known != 0
