"""What closing a day answers, told to people and to scripts; and the README knows every answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest

from pos_recovery.export.closing.outcome_words import as_json, exit_code, sentence
from pos_recovery.export.closing.outcomes import (
    DayFarOff,
    DayNotBegun,
    DoesNotProve,
    Exported,
    ExportRunning,
    FactsGone,
    InTheWay,
    NightAhead,
    NotDelivered,
    NothingToClose,
    NotTheSame,
    NotWritten,
    Outcome,
    TooNew,
)
from pos_recovery.system.exits import ExitCode

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
DAY, BEFORE = date(2026, 11, 21), date(2026, 11, 20)
SHA256 = "0123456789abcdef" * 4
EXPORTED = Exported(
    run=12, business_day=DAY, folder="/srv/nights/2026-11-21_000012", manifest_sha256=SHA256, again=False,
    rows={"coupons": 2, "events": 1, "refusals": 0, "exceptions": 0}, late={"coupons": 0},
)  # fmt: skip
NOTHING = {"coupons": 0, "events": 0, "refusals": 0, "exceptions": 0}
NOT_DELIVERED = NotDelivered(11, BEFORE, "sftp://host/nights/2026-11-20_000011", "nobody answers there")
OUTCOMES: list[tuple[Outcome, int]] = [
    (EXPORTED, 0),
    (DayNotBegun(DAY, BEFORE), 1),
    (DayFarOff(DAY, BEFORE), 1),
    (DayFarOff(DAY, None), 1),
    (NightAhead(11, DAY, BEFORE, BEFORE), 1),
    (DoesNotProve(BEFORE, (), ("7KQ4-M2XD-9RTC",), {"coupons": 1}), 1),
    (NotTheSame(11, BEFORE), 1),
    (InTheWay("/srv/nights/2026-11-20_000011"), 1),
    (InTheWay("/srv/nights/2026-11-20_000011", unknown=True), 1),
    (NOT_DELIVERED, 4),
    (replace(NOT_DELIVERED, again=True), 4),
    (NotWritten(BEFORE, "/srv/nights/2026-11-20_000011", "No space left on device"), 4),
    (TooNew(13), 1),
    (NothingToClose(), 1),
    (NothingToClose(BEFORE), 1),
    (NothingToClose(BEFORE, DAY), 1),
    (FactsGone(DAY), 1),
    (ExportRunning(), 4),
]
each_outcome = pytest.mark.parametrize(("outcome", "code"), OUTCOMES, ids=lambda each: type(each).__name__)


def test_there_is_a_sample_of_every_outcome() -> None:
    assert {type(outcome) for outcome, _ in OUTCOMES} == set(get_args(Outcome))


@each_outcome
def test_every_outcome_is_said_and_told_and_stands_in_the_readme_beside_its_code(outcome: Outcome, code: int) -> None:
    assert exit_code(outcome) == code
    assert sentence(outcome).endswith((".", SHA256))
    told = json.loads(json.dumps(as_json(outcome)))
    row = next(line for line in README.splitlines() if line.startswith(f"| {code} |"))
    assert told["outcome"] == "exported" or f"`{told['outcome']}`" in row


def test_a_night_tells_its_hash_to_people_too() -> None:
    assert sentence(EXPORTED).splitlines() == [
        "2026-11-21 is closed: 2 coupons given, 1 event, 0 refusals, 0 exceptions. The sums prove.",
        "The night is in /srv/nights/2026-11-21_000012; its page is report.html.",
        f"SHA-256 of its manifest, to keep elsewhere: {SHA256}",
    ]
    assert as_json(EXPORTED)["manifest_sha256"] == SHA256


# A day that was told with another


def test_a_day_without_a_night_of_its_own_is_told_with_which_it_came() -> None:
    outcome = replace(EXPORTED, asked=date(2026, 11, 19), again=True)
    first, *rest = sentence(outcome).splitlines()
    assert first == (
        "2026-11-19 has no night of its own: what was recorded of it by then came with the night of 2026-11-21."
    )
    assert rest == sentence(replace(outcome, asked=None)).splitlines()
    assert as_json(outcome)["asked"] == "2026-11-19"
    assert as_json(EXPORTED)["asked"] is None


# An empty night


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("until", [None, datetime(2026, 11, 22, 4, tzinfo=UTC)])
def test_an_empty_night_says_nothing_of_what_is_on_record_by_now(again: bool, until: datetime | None) -> None:
    said = sentence(replace(EXPORTED, rows=NOTHING, again=again, runs_until=until))
    assert "It is empty: when it was closed, nothing up to that day was left to tell." in said
    assert "was on record" not in said
    assert "today" not in said
    assert "It is empty" not in sentence(replace(EXPORTED, again=again, runs_until=until))


# A night that is there, and an earlier one that is not


@pytest.mark.parametrize(
    "earlier",
    [each for each, _ in OUTCOMES if isinstance(each, NotDelivered | NotWritten | NotTheSame | DoesNotProve)]
    + [InTheWay("/srv/nights/2026-11-20_000011")],
    ids=lambda each: type(each).__name__,
)
def test_a_night_is_told_in_full_though_an_earlier_one_is_not_there(earlier: Outcome) -> None:
    outcome = replace(EXPORTED, not_made_up=earlier)
    assert exit_code(outcome) == exit_code(earlier)
    said = sentence(outcome)
    assert "Nothing was published" not in said, "one was"
    assert said.startswith(sentence(EXPORTED) + "\n")
    assert said.endswith(f"\nBut an earlier night is still not there. {sentence(earlier)}")
    assert as_json(outcome) == as_json(EXPORTED) | {"not_made_up": as_json(earlier)}


def test_where_all_is_made_up_for_the_code_is_that_of_a_good_night() -> None:
    assert as_json(EXPORTED)["not_made_up"] is None
    assert exit_code(EXPORTED) == ExitCode.DONE


# What was not delivered, and what is in the way


def test_only_a_night_that_never_arrived_comes_by_itself() -> None:
    assert sentence(NOT_DELIVERED) == (
        "The night of 2026-11-20 (run 11) is closed and on record, but could not be brought to "
        "sftp://host/nights/2026-11-20_000011: nobody answers there. Nothing is lost; the next export delivers it."
    )
    again = replace(NOT_DELIVERED, again=True)
    assert "delivered before" in sentence(again)
    assert "No export brings it here by itself: export the day again with this --out." in sentence(again)
    assert "the next export" not in sentence(again)
    assert [as_json(each)["again"] for each in (NOT_DELIVERED, again)] == [False, True]


def test_a_night_that_this_ledger_did_not_tell_is_not_to_be_moved() -> None:
    folder = "/srv/nights/2026-11-20_000011"
    unknown, other = InTheWay(folder, unknown=True), InTheWay(folder)
    assert sentence(unknown).startswith(f"Nothing was closed. {folder} is by its name a night of this run, ")
    assert "Do not move or remove it: it may be the only record." in sentence(unknown)
    assert "move it away" not in sentence(unknown)
    assert "move it away and keep it" in sentence(other)
    assert [as_json(each)["unknown"] for each in (unknown, other)] == [True, False]
