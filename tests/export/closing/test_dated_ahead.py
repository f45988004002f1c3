"""A fact that a wrong clock dated weeks ahead is told by the next night, once, whatever comes of its day."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pos_recovery.export.closing import planning
from pos_recovery.export.closing.outcomes import DoesNotProve, Exported
from pos_recovery.export.facts import manifest
from pos_recovery.export.facts.run_inputs import FAR, Basis
from pos_recovery.export.verify.verify import verify
from pos_recovery.rules.codes import printed
from tests.export.offices import HeadOffice, content, keys, rows, told_once
from tests.till import LEAD, OPENING, STRANGER, Till

DAY = timedelta(days=1)
AWAY = datetime(2089, 1, 1, 9, tzinfo=UTC)
"""Drift is counted in whole seconds, of which PostgreSQL's column holds 68 years."""


def dated(till: Till, at: datetime) -> str:
    """A coupon that is given by a clock which shows that time, as on its slip."""
    right, till.clock.now = till.clock.now, at
    code = till.code()
    till.clock.now = right
    return printed(code)


def exceptions(night: Path, code: str) -> list[dict[str, object]]:
    return [row for row in rows(night, "exceptions") if row["ExceptionCode"] == code]


def test_a_coupon_dated_years_ahead_is_told_by_the_next_night_and_never_again(till: Till, office: HeadOffice) -> None:
    ahead, honest = dated(till, AWAY), printed(till.code())
    till.redeem(ahead)
    till.clock.move(days=1)
    first = office.night()
    flags = {row["CouponCode"]: (row["DatedAheadFlag"], row["LateFlag"]) for row in rows(first, "coupons")}
    assert flags == {ahead: (True, False), honest: (False, False)}
    (told,) = exceptions(first, "dated_ahead")
    assert (told["BusinessDayDate"], told["Count"]) == (AWAY.date(), 1)
    assert "this night tells them, marked by DatedAheadFlag, and no other will" in str(told["Detail"])
    page = (first / "report.html").read_text(encoding="utf-8")
    assert "dated far ahead, by a wrong clock" in page
    assert "are of other days" in page
    assert json.loads((first / "summary.json").read_text())["dated_ahead"] == {"coupons": 1, "events": 0, "refusals": 0}
    till.clock.move(days=1)
    second = office.night()
    assert exceptions(second, "dated_ahead") == []
    till.clock.now = AWAY + DAY
    nights = [first, second, office.night(AWAY.date())]
    told_once(till, nights)
    assert keys(nights[-1], "coupons") == []
    verdict = verify(office.folder / "nights")
    assert verdict.is_verified, verdict.problems


def test_from_a_server_it_is_told_once_as_well(till: Till, moved: Callable[[Till], Engine], tmp_path: Path) -> None:
    ahead, honest = dated(till, AWAY), printed(till.code())
    till.redeem(ahead)
    till.clock.move(days=1)
    hub = HeadOffice(moved(till), None, tmp_path / "hub", till.clock)
    nights = [hub.night()]
    assert sorted(keys(nights[0], "coupons")) == sorted([(ahead,), (honest,)])
    till.clock.now = AWAY + DAY
    nights.append(hub.night(AWAY.date()))
    told_once(till, nights)
    verdict = verify(hub.folder / "nights")
    assert verdict.is_verified, verdict.problems


def test_three_weeks_ahead_a_fact_waits_for_its_day_and_a_day_more_is_told_at_once(
    till: Till, office: HeadOffice
) -> None:
    begun = OPENING + DAY
    till.redeem(STRANGER)
    waits, told = dated(till, begun + FAR), dated(till, begun + FAR + DAY)
    till.clock.now = begun
    assert keys(office.night(), "coupons") == [(told,)]
    till.clock.now = begun + FAR + DAY
    assert keys(office.night(), "coupons") == [(waits,)]


def test_a_day_of_which_some_came_before_it_is_counted_with_the_others(till: Till, office: HeadOffice) -> None:
    """Eleven coupons by one person, above the allowance of ten: six told before their day, five when it comes."""
    till.code(LEAD)
    far = OPENING + 60 * DAY
    for _ in range(6):
        dated(till, far)
    till.clock.move(days=1)
    first = office.night()
    till.clock.now = far + DAY
    for _ in range(5):
        dated(till, far)
    second = office.night(far.date())
    assert [len(keys(night, "coupons")) for night in (first, second)] == [1 + 6, 5]
    (over,) = exceptions(second, "over_allowance")
    assert over["Count"] == 11
    told = json.loads((second / "summary.json").read_text())
    assert (told["of_day"]["given"], told["trend"][-1]["given"], told["figures"]["given"]) == (5, 11, 5)
    told_once(till, [first, second])


def test_what_is_kept_of_a_clock_that_stays_wrong_does_not_grow_with_the_nights() -> None:
    """Each night tells some: of what was told after a day that has come, the newest mark says all."""
    early: tuple[tuple[date, str], ...] = ()
    for run in range(1, 101):
        day = OPENING.date() + run * DAY
        basis = Basis(
            run=run, day=day, until=f'{{"coupon":{run}}}', far=day + FAR + DAY, early=early, allowance=1, cap=1,
            over=True, furthest=day,
        )  # fmt: skip
        early = basis.early_by_it
    assert len(early) == FAR.days + 2
    assert list(early) == sorted(early)
    assert early[0][0] == basis.day
    assert replace(basis, far=early[0][0]).early_by_it == ((basis.day, basis.until),), "a clock that went back"


def every_fact_waits_for_its_day(patch: pytest.MonkeyPatch) -> None:
    """What the first twin does."""
    patch.setattr(planning, "FAR", 1_000 * 365 * DAY)


def no_run_knows_what_was_told_before_its_day(patch: pytest.MonkeyPatch) -> None:
    """What the second twin does."""
    right = Basis.span.fget  # type: ignore[attr-defined]  # a property has it
    patch.setattr(Basis, "span", property(lambda basis: replace(right(basis), early=())))


@pytest.mark.parametrize("twin", [every_fact_waits_for_its_day, no_run_knows_what_was_told_before_its_day])
def test_by_its_day_alone_it_would_wait_for_years_and_without_memory_be_told_twice(
    till: Till, office: HeadOffice, monkeypatch: pytest.MonkeyPatch, twin: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """The twins."""
    waits = twin is every_fact_waits_for_its_day
    ahead = dated(till, AWAY)
    till.redeem(STRANGER)
    till.clock.move(days=1)
    twin(monkeypatch)
    assert keys(office.night(), "coupons") == ([] if waits else [(ahead,)])
    till.clock.now = AWAY + DAY
    assert isinstance(office.close(AWAY.date()), Exported if waits else DoesNotProve)


def test_a_night_of_the_first_format_stays_as_it_is_and_the_next_one_goes_on(
    till: Till, office: HeadOffice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It was closed before the program was upgraded, and what was dated ahead waited for its day."""
    ahead = dated(till, AWAY)
    till.redeem(till.code())
    till.clock.move(days=1)
    with monkeypatch.context() as before:
        before.setattr(planning, "Basis", partial(Basis, format=1))
        before.setattr(planning, "FAR", 200 * 365 * DAY)
        old = office.night()
    kept = content(old)
    assert "DatedAheadFlag" not in rows(old, "coupons")[0]
    assert json.loads(kept["summary.json"])["format"] == 1
    assert "dated_ahead" not in json.loads(kept["summary.json"])
    till.clock.move(days=1)
    new = office.night()
    assert keys(new, "coupons") == [(ahead,)]
    anew = content(office.night(OPENING.date(), tmp_path / "again"))
    assert {name for name in kept if anew[name] != kept[name]} == {manifest.NAME}, "which says that it was told anew"
    told_once(till, [old, new])
    verdict = verify(office.folder / "nights")
    assert verdict.is_verified, verdict.problems
