"""How the report page writes numbers, money, days and names. Pure, and the same on every machine.

Deliberately not by locale, and not by this Python's Unicode tables: a night that is written again must have the same
bytes after an upgrade. Decimal places come from the summary, which froze them, not from today's CLDR.
"""

from __future__ import annotations

import re
from datetime import date, datetime

_GROUP = "\u202f"  # a thin space that does not break
MINUS = "\u2212"
NAME_LIMIT = 60
"""Characters of a name that are shown."""

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""What steers a terminal or a line of text, or cannot be seen. The joiners U+200C and U+200D are words' own."""


def shown(text: object, limit: int = NAME_LIMIT) -> str:
    """Text from people, harmless: what cannot be seen is told by its number, and what is long is cut."""
    told = _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", str(text))
    return told if len(told) <= limit else told[: limit - 1] + "…"


def number(value: int) -> str:
    """A whole number with thin grouping."""
    return f"{value:,}".replace(",", _GROUP).replace("-", MINUS)


def money(minor: int, currency: str, minor_units: int) -> str:
    """Minor units as "EUR 12.40"; `minor_units` is how many make one: 100, or 1 for yen."""
    whole, part = divmod(abs(minor), minor_units)
    digits = len(str(minor_units)) - 1
    cents = f".{part:0{digits}}" if digits else ""
    return f"{shown(currency)}\u00a0{MINUS if minor < 0 else ''}{number(whole)}{cents}"


def percent(part: int, whole: int) -> str:
    """A share of 1 % steps, half up; a dash where there is nothing to share."""
    return f"{(200 * part + whole) // (2 * whole)}\u202f%" if whole else "–"


def day(value: date | str, pattern: str = "EEEE, d MMMM y") -> str:
    """A business day in English words, "Saturday, 21 November 2026"; `pattern` is CLDR's."""
    from babel.dates import format_date

    return str(format_date(date.fromisoformat(str(value)), pattern, locale="en"))


def moment(value: datetime | str | None) -> str:
    """A time with its offset, to the second: what an auditor looks for in the files. "" for none."""
    if not value:
        return ""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at.isoformat(sep=" ", timespec="seconds")


def odds(probability: object) -> str:
    """A probability as "1 in 4 000"; "" for none. As far as it is given: 0 is less than 1 in 10¹²."""
    from decimal import ROUND_HALF_UP, Decimal

    if probability is None or probability == "":
        return ""
    chance = Decimal(str(probability))
    if chance <= 0:
        return "less than 1 in 10¹²"
    return f"1 in {number(int((1 / chance).to_integral_value(ROUND_HALF_UP)))}"


def decimal(value: object) -> str:
    """An expected number, "6.4" for 6.400; "" for none."""
    from decimal import Decimal

    return "" if value is None or value == "" else format(Decimal(str(value)).normalize(), "f")


def listed(names: list[str]) -> str:
    """Words in a row: "Late", "Late and Spilled", "Late, Spilled and Forgotten"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
