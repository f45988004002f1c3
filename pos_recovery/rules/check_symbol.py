"""The twelve letters of a coupon code and the check symbol among them: arithmetic over GF(32). Pure.

The polynomial is x^5 + x^2 + 1; the check symbol is chosen so that sum(d[i] * a**i) = 0 over i = 0..11. Because every
position has its own weight, one wrong symbol, two neighbours swapped, and two symbols swapped around a third are always
caught (proved over all of them in the tests).
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
VALUE = {letter: number for number, letter in enumerate(ALPHABET)}


def _powers_of_alpha() -> tuple[int, ...]:
    powers = [1]
    for _ in range(30):
        doubled = powers[-1] << 1
        powers.append(doubled ^ 0b100101 if doubled & 0b100000 else doubled)
    return tuple(powers)


_POWER = _powers_of_alpha()
_LOG = {value: exponent for exponent, value in enumerate(_POWER)}
_WEIGHTED = tuple(
    {letter: _POWER[(_LOG[value] + position) % 31] if value else 0 for letter, value in VALUE.items()}
    for position in range(LENGTH)
)
"""What each letter adds to the sum at each place."""
_SYMBOLS = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def _weighted_sum(symbols: str) -> int:
    total = 0
    for weighted, letter in zip(_WEIGHTED, symbols, strict=False):  # eleven letters while one is being drawn
        total ^= weighted[letter]
    return total


def check_symbol(first_eleven: str) -> str:
    """The twelfth letter for eleven letters of the alphabet."""
    rest = _weighted_sum(first_eleven)
    return ALPHABET[0] if rest == 0 else ALPHABET[_POWER[(_LOG[rest] - (LENGTH - 1)) % 31]]


def is_code(text: str) -> bool:
    """Whether `text` is exactly a code as kept in the tables: twelve letters, no hyphens, check symbol right."""
    return _SYMBOLS.fullmatch(text) is not None and _weighted_sum(text) == 0
