"""What key strokes become on a machine set to another layout than the scanner, undone. Pure, but for its one table.

The table is made from xkeyboard-config (`tests/keyboard_tables.py` says how and of which releases): every layout and
variant, both ways round, with and without Caps Lock. It is loaded when the first text is read, 1 ms, and what a
character means in all of its lines when that character is first seen.

A code read through each of some seven hundred keyboards by itself would take milliseconds at every key. So all of them
are read at once: what a character adds to the check sum stands for all keyboards in one integer, five planes of a bit a
keyboard, and a whole code is twelve of them, added up.

It refuses to read what only a part of a keyboard explains: every letter must be one that keyboard types. A sign that it
does not type stays itself.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pos_recovery.check_symbol import LENGTH, VALUE

SLIP_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-./:"
"""All that a slip's QR can hold: a code, and the address before it."""
FOLD = str.maketrans("OILoil", "011011")
"""Letters that a code does not have, as the digits they are taken for."""
COMMON = 16
"""So many of the first tables are those of keyboards that many have."""
_FEWEST_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Table:
    """One keyboard's accident."""

    scanner: str
    """In plain English, as "US"."""
    machine: str
    arrived: str
    sent: str
    """What was sent for each character of `arrived`, in capitals. Where one stands there twice it may be either."""

    def undo(self, text: str) -> str:
        """What was sent, the likeliest where symbols are not kept apart."""
        return text.translate(_undoing(self))

    @property
    def alike(self) -> tuple[str, ...]:
        """Symbols of a code that this keyboard does not keep apart, as ("SW",)."""
        many = [arrived for arrived, times in Counter(self.arrived).items() if times > 1]
        return tuple("".join(sorted(self.meanings(each))) for each in many)

    def meanings(self, character: str) -> str:
        """Everything that may have been sent where `character` arrived."""
        return "".join(sent for arrived, sent in zip(self.arrived, self.sent, strict=True) if arrived == character)


@cache
def tables() -> tuple[Table, ...]:
    """All there are, the commonest first."""
    import pkgutil

    content = pkgutil.get_data("pos_recovery", "layouts/keyboards.bin")
    assert content is not None  # noqa: S101  it stands in the package
    _, *lines = zlib.decompress(content).decode().split("\n")
    return tuple(Table(*line.split("\t")) for line in lines)


@cache
def _undoing(table: Table) -> dict[int, str]:
    return dict(reversed([(ord(arrived), sent) for arrived, sent in zip(table.arrived, table.sent, strict=True)]))


def described(table: Mapping[int, str]) -> tuple[str, str] | None:
    """Which scanner and which machine explain a learned table best, by name, as ("US", "Czech").

    None: no pair explains nine tenths of it, or every character arrives as itself.
    """
    learned = {(chr(arrived), sent.upper()) for arrived, sent in table.items()}
    if all(arrived.upper() == sent for arrived, sent in learned):
        return None
    fitting = [(len(learned & set(zip(each.arrived, each.sent, strict=True))), each) for each in tables()]
    most, best = max(fitting, key=lambda fit: fit[0])
    return (best.scanner, best.machine) if most >= _FEWEST_ALIKE * len(learned) else None


# ------------------------------------------------------------------ all keyboards at once


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


_NONE = " "
_PRINTED = "".join(map(chr, range(33, 127)))


def _flags(those: Collection[str]) -> Mapping[int, str]:
    """For `str.translate`: 1 for each character that is one of `those`, 0 for any other."""
    return {ord(each): "01"[each in those] for each in _NONE + _PRINTED}


_VALUES = {letter: VALUE[letter.translate(FOLD)] for letter in SLIP_SYMBOLS if letter.translate(FOLD) in VALUE}
_KNOWN, _SYMBOL = _flags(_PRINTED), _flags(_VALUES)
_SIGNS = "".join(each for each in _PRINTED if not each.isalnum())
_SIGN = _flags(_SIGNS)
_SLASH, _C = _flags("/"), _flags("C")
_PLANES = [_flags([each for each, value in _VALUES.items() if value >> plane & 1]) for plane in range(5)]


@cache
def _meaning(character: str) -> _Meaning:
    """Some 0.2 ms; two thousand characters arrive on any keyboard at all."""
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
    return int(_meaning(character).sent.translate(_flags(sent)), 2)


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


def is_typed(character: str) -> bool:
    """Whether any keyboard types it."""
    return _meaning(character).known != 0


@dataclass(frozen=True, slots=True)
class Undone:
    """What a text may have been."""

    number: int
    """Of the first table that says so."""
    text: str
    code: str


def explaining(text: str, known: Collection[str] = (), *, prefix: str = "", suffix: str = "") -> Iterator[Undone]:
    """What `text` was on the keyboards that explain all of it, wherever that holds a code, the commonest first.

    A code may stand at the end of the text or right before `suffix`, and there at its beginning or behind a sign or
    `prefix`; or behind `/C/`; with a sign between its fours, or none. What is `known` is not told again.
    """
    meanings = [_meaning(character) for character in text]
    whole = -1
    for each in meanings:
        whole &= each.known
        if not whole:
            return
    for places, before in _windows(text, meanings, prefix, suffix):
        holding = before & whole and before & whole & _hold([meanings[place] for place in places])
        letters = "".join([text[place] for place in places]) if holding else ""
        while holding:
            number = (holding & -holding).bit_length() - 1
            table = tables()[number]
            undone = table.undo(letters)
            holding &= ~_reading_alike(letters, undone)
            code = undone.translate(FOLD)
            if code not in known:
                yield Undone(number, undone if letters == text else table.undo(text), code)


_ADDRESS = re.compile("/C/(?:[0-9A-Z]{4}-?){3}", re.IGNORECASE)
_UNBROKEN = range(LENGTH)
_IN_FOURS = (0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13)


def _windows(text: str, meanings: Sequence[_Meaning], prefix: str, suffix: str) -> Iterator[tuple[Sequence[int], int]]:
    """Where a code may stand: its places, and the tables of which what is around it says so."""
    size = len(text)
    if size == LENGTH:
        yield _UNBROKEN, -1
        return
    addressed = 0
    for start in range(3, size - LENGTH + 1):
        if text[start - 3] == text[start - 1] != text[start - 2]:
            address = meanings[start - 1].slash & meanings[start - 2].c
            addressed |= address
            yield from _shapes(meanings, start, size, address)
    believed = (1 << COMMON) - 1 if _ADDRESS.search(text) else -1
    for end in sorted({size, size - 1, size - len(suffix)}):
        for start in (end - LENGTH - 2, end - LENGTH):
            if start >= 0:
                before = -1 if start == 0 or prefix else meanings[start - 1].sign | meanings[0].sign
                yield from _shapes(meanings, start, end, before & believed & ~addressed)


def _shapes(meanings: Sequence[_Meaning], start: int, end: int, before: int) -> Iterator[tuple[Sequence[int], int]]:
    """A code that begins there, unbroken and in fours, as far as there is room for it."""
    if not before:
        return
    if start + LENGTH <= end:
        yield range(start, start + LENGTH), before
    if start + LENGTH + 2 <= end:
        between = meanings[start + 4].sign & meanings[start + 9].sign
        yield [start + place for place in _IN_FOURS], before & between
