"""Every keyboard there is: what its keys type where a scanner means another one, and what that undone is. Pure.

The table is made from xkeyboard-config (`tests/keyboard_tables.py` says how and of which releases): every layout and
variant, both ways round, with and without Caps Lock. It is loaded when it is first asked for, which takes 2 ms.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pos_recovery.rules.check_symbol import VALUE

SLIP_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-./:"
"""All that a slip's QR can hold: a code, and the address before it."""
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
def _lines() -> list[str]:
    import pkgutil

    content = pkgutil.get_data("pos_recovery", "rules/layouts/keyboards.bin")
    assert content is not None  # noqa: S101  it stands in the package
    return zlib.decompress(content).decode().split("\n")


@cache
def tables() -> tuple[Table, ...]:
    """All there are, the commonest first."""
    return tuple(Table(*line.split("\t")) for line in _lines()[1:])


def releases() -> str:
    """What they were made from, as "xkeyboard-config 2.48"."""
    return _lines()[0]


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


def digits_typed(text: str) -> str:
    """`text` with what the row of digits types read as digits, each ASCII's; anything else stays as it is.

    Decimals of any script are digits, full-width ones too. So is what a keyboard types there without Shift, as AZERTY
    and the Czech one do: signs of one keyboard are read together, since é is a 2 on the first and a 0 on the other.
    """
    plain = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)
    signs = {each for each in plain if each not in "0123456789"}
    if not signs:
        return plain
    row = next((row for row in _digit_rows() if signs <= row.keys()), {})
    return "".join(row.get(each, each) for each in plain)


@cache
def _digit_rows() -> tuple[Mapping[str, str], ...]:
    """What each keyboard types for digits, where that is neither a digit nor a letter of ASCII."""
    first = {table.machine: table for table in reversed(tables()) if table.scanner == "US"}
    rows = (
        {
            arrived: sent
            for arrived, sent in zip(table.arrived, table.sent, strict=True)
            if sent.isdecimal() and not arrived.isdecimal() and not (arrived.isascii() and arrived.isalpha())
        }
        for table in tables()
        if table.scanner == "US" and "5" not in first[table.machine].meanings("5")
    )
    return tuple(row for row in rows if row)


# ------------------------------------------------------------------ keys


_ACCENTS = frozenset(map(chr, range(0x300, 0x329)))
_LIGATURES = {"\u0644\u0627": "\ufefb", "\u0644\u0622": "\ufef5", "\u0644\u0623": "\ufef7", "\u0644\u0625": "\ufef9"}
"""One key of an Arabic keyboard each: lam and an alef, which Windows types as two letters."""
_ALONE = dict(zip("`\u00b4'^~\u00a8\u02dd\u02c7", "\u0300\u0301\u0301\u0302\u0303\u0308\u030b\u030c", strict=True))
"""What a dead key types where no letter comes behind it that goes with it."""
_HAS_ACCENT = re.compile("[`\u00b4'^~\u00a8\u02dd\u02c7\u00c0-\u017f\u1e00-\u1eff\u0644]")


def keys_of(text: str) -> Iterator[str]:
    """`text` with a character for each key that typed it, in the ways it may have come about; itself first.

    A dead key and a letter arrive as one character, and the accent was struck first. Where they do not go together
    Windows, macOS and GTK type both, Xlib neither: what is lost so is not read.
    """
    yield text
    if not _HAS_ACCENT.search(text):
        return
    others = [text]
    if "\u0644" in text:
        joined = text
        for two, one in _LIGATURES.items():
            joined = joined.replace(two, one)
        others.append(joined)
    others += ["".join([_struck(character, dead) for character in text]) for dead in _dead_keys()]
    yield from list(dict.fromkeys(others))[1:]


def _struck(character: str, dead: Collection[str]) -> str:
    """What was struck for it where these accents are dead keys."""
    alone = _ALONE.get(character, "")
    if alone in dead:
        return alone
    apart = unicodedata.normalize("NFD", character)
    letter, accents = apart[0], apart[1:]
    struck = "".join(accent for accent in accents if accent in dead)
    if not struck:
        return character
    return struck + unicodedata.normalize("NFC", letter + "".join(each for each in accents if each not in dead))


@cache
def _dead_keys() -> tuple[frozenset[str], ...]:
    """The accents that stand for symbols of a code, keyboard by keyboard."""
    dead = (
        frozenset(
            arrived
            for arrived, sent in zip(table.arrived, table.sent, strict=True)
            if sent in VALUE and arrived in _ACCENTS
        )
        for table in tables()
    )
    return tuple(each for each in dict.fromkeys(dead) if each)
