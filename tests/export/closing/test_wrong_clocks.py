"""Nights of a register whose clock was wrong for a while: each fact is told once, and the sums prove."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pos_recovery.counter.outcomes import NotAllowed, Reversed
from tests.export.offices import HeadOffice, rows
from tests.till import Till


def told(office: HeadOffice, till: Till, nights: int) -> list[str]:
    """Close so many nights, each of which proves itself. Returns the codes and kinds they tell, in order."""
    found = []
    for _ in range(nights):
        till.clock.move(days=1)
        night = office.night()
        found += ["issued"] * len(rows(night, "coupons"))
        found += [row["EventType"] for row in rows(night, "events")]
    return sorted(found)


def test_a_redemption_of_a_clock_that_was_behind_is_told_with_what_took_it_back(till: Till, office: HeadOffice) -> None:
    code, right = till.code(), till.clock()
    till.clock.now = datetime(1970, 1, 1, tzinfo=UTC)
    behind = till.code()
    till.redeem(code)
    till.clock.now = right + timedelta(minutes=5)
    assert isinstance(till.reverse(code), Reversed)
    till.redeem(behind)
    assert told(office, till, 2) == ["issued", "issued", "redeemed", "redeemed", "reversed"]


def test_what_was_dated_ahead_is_told_when_its_day_has_come(till: Till, office: HeadOffice) -> None:
    code = till.code()
    till.clock.move(days=2)
    ahead = till.code()
    till.redeem(code)
    till.clock.move(days=-2)
    assert isinstance(till.reverse(code), NotAllowed)
    till.redeem(ahead)
    till.redeem(code, goodwill=True)
    assert told(office, till, 1) == ["goodwill", "issued", "redeemed"]
    till.clock.move(days=1)
    assert isinstance(till.reverse(code), Reversed)
    assert told(office, till, 1) == ["issued", "redeemed", "reversed"]
