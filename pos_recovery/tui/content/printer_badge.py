"""How the printer is, in a symbol and a word or two, for the status line: it stands there before the ledger is open.

Knows nothing of slips, and so loads nothing of the database.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from receipts.values.status import Condition


@dataclass(frozen=True, slots=True)
class Badge:
    """How the printer is: a symbol and a word or two, and their colour."""

    words: str = ""
    kind: str = ""
    """`well`, `soon` or `trouble`; empty: it says nothing of itself."""


_BADGES = {
    Condition.NOT_ASKED: Badge("○ printer cannot tell"),
    Condition.READY: Badge("● printer ready", "well"),
    Condition.NEAR_END: Badge("◔ roll nearly used up", "soon"),
    Condition.NO_PAPER: Badge("▲ no paper", "trouble"),
    Condition.COVER_OPEN: Badge("▲ cover open", "trouble"),
    Condition.CUTTER: Badge("▲ cutter stuck", "trouble"),
    Condition.TROUBLE: Badge("▲ printer fault", "trouble"),
    Condition.OFFLINE: Badge("▲ printer offline", "trouble"),
    Condition.NOT_ANSWERING: Badge("✘ printer not answering", "trouble"),
    Condition.NO_PRINTER: Badge("✘ no printer there", "trouble"),
    Condition.NO_ROOM: Badge("▲ disk full", "trouble"),
    Condition.NOT_WRITABLE: Badge("▲ slip not written", "trouble"),
}


def badge(condition: Condition | None, url: str) -> Badge:
    """How the printer at `url` is, for the status line; None: nobody has asked it yet."""
    if urlsplit(url).scheme == "preview" and condition not in {Condition.NO_ROOM, Condition.NOT_WRITABLE}:
        return Badge("○ preview, no printer")
    return Badge("○ printer not asked yet") if condition is None else _BADGES[condition]
