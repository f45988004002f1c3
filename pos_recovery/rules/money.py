"""Money: a decimal text to whole minor units and back. Pure, and the same in every country.

An amount is an `int` of the currency's minor units (cents, yen, thousandths of a dinar). How many make one unit is
ISO 4217's (`currencies`), or what a ledger was begun with (`currency_decimals`).

What is typed is a plain number: digits, a point, no finer than the currency goes. Anything else is refused, because
what is a decimal point to one person groups thousands for another (`45.000` dong are 45,000), and a price that is read
a thousand times too small is noticed by nobody. The refusal says how the number that was meant is written.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from pos_recovery.rules.currencies import places

_PLAIN = re.compile(r"[0-9]+(\.([0-9]+))?")
_NOTHING = re.compile(r"0+(\.0+)?")
_SHOWN = 40
"""Characters of what was typed that are repeated."""
_NAME = r"(?:[^\W\d_]+\.?)?[^\w\s.,'()+-]?"
_PRICE = re.compile(rf"{_NAME} ?([0-9](?:[., '_]?[0-9])*)(?:[.,]?-+|[.,]| ?(?![km]$){_NAME})", re.IGNORECASE)
"""A number with a currency's name or sign before or behind it, or a dash where cents would be. A k is a thousand."""
_GROUPED = re.compile(r"([0-9]{1,3}([., '_])(?:[0-9]{2,3}\2)*[0-9]{3})(?:(?!\2)([.,])([0-9]+))?")
_DECIMAL = re.compile(r"[0-9]+([.,][0-9]+)?")
_SAME = str.maketrans(
    {
        **dict.fromkeys("\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}", "-"),
        **dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}`", "'"),
        **dict.fromkeys("\N{MODIFIER LETTER APOSTROPHE}\N{ACUTE ACCENT}\N{ARABIC THOUSANDS SEPARATOR}", "'"),
        "\N{ARABIC DECIMAL SEPARATOR}": ",",
        "\N{MIDDLE DOT}": ".",
    }
)
LARGEST_MINOR = 10**9
"""A promise above this is a typing error: ten million of anything is no drink."""


class MoneyError(ValueError):
    """The text is no amount of this currency. The message says why, in one line."""


def from_text(text: str, currency: str, digits: int | None = None) -> int:
    """Minor units of a decimal text such as "1.20".

    Args:
        text: As it was typed.
        currency: Of ISO 4217.
        digits: Decimal places that a ledger counts it in; None: ISO 4217's.

    Raises:
        MoneyError: No plain number (nor 1e3, 1_000 or NaN), negative, too large, or finer than the currency.
    """
    fine = places(currency) or 0
    kept = fine if digits is None else digits
    said = text.strip()
    plain = _PLAIN.fullmatch(said)
    if not plain or (len(plain[2] or "") > fine and not _NOTHING.fullmatch(said)):
        what = f"finer than {currency} goes" if plain else "not an amount"
        raise MoneyError(f"{text[:_SHOWN]!r} is {what}; write {_meant(said, fine) or f'it like {_text(120, fine)}'}")
    amount = Decimal(said).scaleb(kept)
    if amount > LARGEST_MINOR:
        raise MoneyError(f"{text[:_SHOWN]!r} must lie between 0 and {_text(LARGEST_MINOR, kept)}")
    if amount != amount.to_integral_value():
        whole = amount.to_integral_value(ROUND_HALF_UP)
        raise MoneyError(f"{text!r} is finer than this ledger counts {currency}; write {_text(int(whole), kept)}")
    return int(amount)


def _text(minor: int, digits: int) -> str:
    """Plain decimal text without a symbol."""
    return str(Decimal(minor).scaleb(-digits))


def _meant(said: str, digits: int) -> str:
    """How the number is written that somebody may have meant; of two readings both. "" where there is no telling."""
    text = unicodedata.normalize("NFKC", said[:_SHOWN]).translate(_SAME)
    text = "".join(" " if char.isspace() else str(unicodedata.decimal(char, char)) for char in text)
    found = _PRICE.fullmatch(text.strip())
    readings = _readings(found[1]) if found else []
    if not digits:
        readings = readings[:1]
    return ", or ".join(dict.fromkeys(_written(each, digits) for each in readings))


def _readings(number: str) -> list[str]:
    """A number with marks between its digits, as plain numbers: those that group first."""
    grouped = _GROUPED.fullmatch(number)
    if grouped and not number.startswith("0"):
        whole = re.sub("[^0-9]", "", grouped[1]) + (f".{grouped[4]}" if grouped[4] else "")
        either = number.count(grouped[2]) == 1 and grouped[2] in ".," and not grouped[4]
        return [whole, number.replace(",", ".")] if either else [whole]
    return [number.replace(",", ".")] if _DECIMAL.fullmatch(number) else []


def _written(number: str, digits: int) -> str:
    if "." not in number:
        return str(int(number))
    return str(Decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
