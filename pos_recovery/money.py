"""Money: whole minor units and a currency, to text and back. Pure.

An amount is an `int` of the currency's minor units (cents, yen, thousandths of a dinar). How many there are in one
unit, and how a country writes an amount, comes from Babel (CLDR data); it is imported when asked for, because it takes
longer to load than the register takes to paint.
"""

from __future__ import annotations

import re
from decimal import Decimal

_AMOUNT = re.compile(r"[0-9]+(\.[0-9]{1,9})?")

LARGEST_MINOR = 10**9
"""A promise above this is a typing error: ten million of anything is no drink."""


class MoneyError(ValueError):
    """The text is no amount of this currency. The message says why, in one line."""


def minor_digits(currency: str) -> int:
    """Decimal places of the currency: 2 for EUR, 0 for JPY, 3 for KWD."""
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency)


def currencies() -> set[str]:
    """Every ISO 4217 code CLDR knows, upper case."""
    from babel.numbers import list_currencies

    return set(list_currencies())


def is_currency(code: str) -> bool:
    """Whether `code` is one of them."""
    return code in currencies()


def from_text(text: str, currency: str) -> int:
    """Minor units of a decimal text such as "1.20".

    Raises:
        MoneyError: No plain number (nor 1e3, 1_000 or NaN), negative, too large, or finer than the currency.
    """
    digits = minor_digits(currency)
    if not _AMOUNT.fullmatch(text.strip()):
        raise MoneyError(f"{text[:40]!r} is not an amount; write it like {to_text(120, currency)}")
    amount = Decimal(text.strip()).scaleb(digits)
    if amount > LARGEST_MINOR:
        raise MoneyError(f"{text[:40]!r} must lie between 0 and {to_text(LARGEST_MINOR, currency)}")
    if amount != amount.to_integral_value():
        raise MoneyError(f"{text!r} is finer than {currency} goes ({digits} decimal places)")
    return int(amount)


def to_text(minor: int, currency: str) -> str:
    """Plain decimal text without a symbol, for files: 120 EUR cents are "1.20"."""
    return str(Decimal(minor).scaleb(-minor_digits(currency)))
