"""When a rest after too many wrong tries is over, whatever becomes of the clock. Refuses to wait for the future.

A rest is on record with the times the machine's clock showed, so that no restart ends it. Somebody may set that clock
meanwhile; nobody who guesses at the counter can. So a rest that begins after the present was recorded by a clock that
has been set back since, and is over. Beside it runs a clock nobody sets, from when this program first knew of the rest:
it ends one that begins again, or does not end, because the machine's clock goes back and forth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic


@dataclass(frozen=True, slots=True)
class Rests:
    """What one program knows of them. For any number of threads."""

    seconds: Callable[[], float] = monotonic
    """A clock that only ever grows. One that stands still while the machine sleeps will do."""
    _known: dict[object, tuple[datetime, float]] = field(default_factory=dict)
    """Whose rest, when it began by the record, and when it was first known of. One for each person or register."""

    def know(self, whose: object, began: datetime) -> float:
        """A rest has begun, or is on record. Returns the seconds since it was first known of."""
        known = self._known.get(whose)
        if known is None or known[0] != began:
            known = self._known[whose] = (began, self.seconds())
        return self.seconds() - known[1]

    def is_over(self, whose: object, began: datetime, length: timedelta, now: datetime) -> bool:
        """Whether nobody need wait any more: by one clock or the other, or because it begins only after `now`."""
        rested_s = self.know(whose, began)
        return not began <= now < began + length or rested_s >= length.total_seconds()
