"""What the doctor says of the machine's clock: a record that is dated ahead of it, and by how much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pos_recovery.doctor import clock_beside, examine
from pos_recovery.locations import Home
from tests.till import OPENING, MovableClock, Till


@pytest.mark.parametrize(
    ("ahead", "symbol", "words"),
    [
        (timedelta(days=-4000), "✔", "T"),  # an idle shop
        (timedelta(seconds=30), "✔", "T"),
        (timedelta(minutes=5), "✘", "300 s ahead of it"),
        (timedelta(days=1), "✘", "1 day ahead of it, 2026-11-15T09:00:00+00:00. Set this machine's clock"),
        (timedelta(days=7), "✘", "7 days ahead of it"),
        (timedelta(days=30), "▲", "30 days ahead of it"),
        (
            timedelta(days=40 * 365),
            "▲",
            "14600 days ahead of it, 2066-11-04T09:00:00+00:00. Set this machine's clock if",
        ),
    ],
)
def test_the_doctor_says_how_far_the_newest_record_lies_ahead(ahead: timedelta, symbol: str, words: str) -> None:
    found = clock_beside(OPENING + ahead, OPENING)
    assert (found.symbol, words in found.detail) == (symbol, True)


def test_where_nothing_is_on_record_it_is_only_shown() -> None:
    assert clock_beside(None, OPENING).detail == "2026-11-14T09:00:00+00:00"


def test_a_clock_that_was_never_set_is_not_well(till: Till, home: Home) -> None:
    till.issue()
    in_1970 = MovableClock(datetime(1970, 1, 1, tzinfo=UTC))
    found = next(each for each in examine(home, in_1970) if each.part == "clock")
    assert (found.symbol, "20771 days ahead of it" in found.detail) == ("✘", True)
