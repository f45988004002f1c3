"""How amounts of money are written on the page: as the people of the store write them, and the same for ever.

A Briton reads £38.40, a German 38,40 €, an Indian ₹1,23,456.00. Where, in which sign and with which marks is CLDR's, by
Babel, and CLDR changes its mind; so a run takes it down once for each currency (`Basis.forms`) and the page is written
from that. The number of places is the ledger's, whatever CLDR thinks.

The traps: `en` alone is American English, so a language is asked for with its territory, and English without one as
`en_001`. Babel leaves out the space that CLDR puts between letters and digits (`KWD38.400`), does not ask for a mark
that is of money alone (in fr_CH the point), and Babel 2.19 takes the apostrophes of a Swiss million for quotes and
drops them (`1'234'567` comes out as `1234567`). So it names the parts here, and does not write the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pos_recovery.rules.currencies import country_of

if TYPE_CHECKING:
    from babel import Locale

    from db.night.runs import StoreRow
    from pos_recovery.export.facts.run_inputs import Form

_MINUS = "\N{MINUS SIGN}"
_SPACE = "\N{NO-BREAK SPACE}"
_PAGE = "en"
"""What the page speaks."""
_LETTER_BEFORE, _LETTER_BEHIND = re.compile(r"(?<=[^\W\d_])\{"), re.compile(r"\}(?=[^\W\d_])")


def forms(currencies: Iterable[str], stores: Iterable[StoreRow], language: str) -> Mapping[str, Form]:
    """How each currency is written.

    Args:
        currencies: Of which.
        stores: Of the ledger: of several with one currency, the first says how it is written.
        language: What the register speaks first (BCP 47). Of one that nobody speaks there, the page's own.
    """
    countries: dict[str, str | None] = {}
    for store in sorted(stores):
        countries.setdefault(store.currency, country_of(store.timezone))
    return {each: _form(each, _locale(language, countries.get(each))) for each in currencies}


def _locale(language: str, country: str | None) -> Locale:
    from babel import Locale, UnknownLocaleError

    spoken, *_ = language.split("-")
    for name in (f"{spoken}_{country}", f"{_PAGE}_{country}", f"{_PAGE}_001"):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel has English")


def _form(currency: str, locale: Locale) -> Form:
    """In words: what stands around the digits, and the marks between them."""
    from babel.numbers import get_currency_symbol

    pattern = locale.currency_formats["standard"]
    sign = get_currency_symbol(currency, locale)
    around = zip(pattern.prefix, pattern.suffix, strict=True)
    positive, negative = (_spaced(f"{before}{{}}{behind}".replace("¤", sign)) for before, behind in around)
    marks = locale.number_symbols["latn"]
    return {
        "positive": positive,
        "negative": negative.replace("-", _MINUS),
        "decimal": marks.get("currencyDecimal", marks["decimal"]),
        "group": marks.get("currencyGroup", marks["group"]),
        "groups": list(pattern.grouping),
    }


def _spaced(around: str) -> str:
    return _LETTER_BEHIND.sub(f"}}{_SPACE}", _LETTER_BEFORE.sub(f"{_SPACE}{{", around))


def written(minor: int, digits: int, form: Form) -> str:
    """An amount in that form. Isolated where it is written from right to left, so that it turns nothing around it."""
    whole, part = divmod(abs(minor), 10**digits)
    number = f"{_grouped(str(whole), form)}{form['decimal']}{part:0{digits}}" if digits else _grouped(str(whole), form)
    told = str(form["negative" if minor < 0 else "positive"]).replace("{}", number)
    return f"\u2068{told}\u2069" if _is_right_to_left(told) else told


def _grouped(whole: str, form: Form) -> str:
    last, others = form["groups"]
    parts = [whole[-last:]]
    rest = whole[:-last]
    while rest:
        parts.append(rest[-others:])
        rest = rest[:-others]
    return str(form["group"]).join(reversed(parts))


def _is_right_to_left(told: str) -> bool:
    return any("\u0590" <= char <= "\u08ff" or char == "\u200f" for char in told)
