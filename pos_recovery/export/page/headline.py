"""What a night tells of the day that was closed, and what of earlier ones: the page's first sentence. Pure.

The figures of a night are of every fact it tells, late ones too. "On this day" is the closed business day and nothing
else, so wherever a figure has both, both are said: no number stands for two.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pos_recovery.export.page import formatting

Row = Mapping[str, Any]


def headline(summary: Row) -> str:
    """The day in a sentence; in two where this night tells of earlier days as well: no number stands for both."""
    of_day = summary["of_day"]
    earlier = {key: summary["figures"][key] - of_day[key] for key in of_day}
    late = _only_late(summary)
    which = "other" if dated_ahead(summary) else "earlier"
    if of_day["given"]:
        told = f"{', '.join(_happened(summary['figures']).values())}."
        came = "came late, from earlier days" if late else f"are of {which} days"
        return f"{told} Of these, {_parts(earlier)} {came}." if any(earlier.values()) else told
    told = f"{'; '.join(filter(None, ('Nothing was given on this day', _what_happened(of_day))))}."
    if any(earlier.values()):
        return f"{told} {'Come late, from' if late else 'From'} {which} days: {_what_happened(earlier)}."
    return (
        f"{told} Either every cup was right, or nobody dared to say sorry: a friendly word with the team tells which."
    )


def apart(on_this_day: int, earlier: int, which: str = "earlier") -> str:
    """How much of a figure is of the day; "" where all of it is. `which`: what to call the other days."""
    of_day = formatting.number(on_this_day) if on_this_day else "none"
    return f"{of_day} on this day, {formatting.number(earlier)} on {which} days" if earlier else ""


def dated_ahead(summary: Row) -> int:
    """Facts that a wrong clock dated far ahead. Nights of the first format told none."""
    return sum(summary.get("dated_ahead", {}).values())


def _happened(counts: Row) -> dict[str, str]:
    coupons = "coupon" if counts["given"] == 1 else "coupons"
    guests = "guest" if counts["turned_around"] == 1 else "guests"
    return {
        "given": f"{formatting.number(counts['given'])} {coupons} given",
        "came_back": f"{formatting.number(counts['came_back'])} came back",
        "turned_around": f"{formatting.number(counts['turned_around'])} {guests} turned around",
    }


def _what_happened(counts: Row) -> str:
    """Without what did not."""
    return ", ".join(words for key, words in _happened(counts).items() if counts[key])


def _parts(counts: Row) -> str:
    words = {"given": "given", "came_back": "back", "turned_around": "turned around"}
    return formatting.listed([f"{formatting.number(counts[key])} {word}" for key, word in words.items() if counts[key]])


def _only_late(summary: Row) -> bool:
    """Whether every other day had been closed: a first night, and one after days without, tell of open ones too."""
    if dated_ahead(summary):
        return False
    day, previous = summary["business_day"], summary["previous_business_day"]
    return previous is not None and date.fromisoformat(day) - date.fromisoformat(previous) == timedelta(days=1)
