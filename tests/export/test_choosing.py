"""A wrong clock stops no night: what it would close is doubted, and what it closed is gone back behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from db.engine import transaction
from db.nights import FIRST_DAY, Span
from pos_recovery.export.basis import Basis
from pos_recovery.export.choosing import FAR, in_order
from pos_recovery.export.outcomes import DayFarOff, DayNotBegun, Exported, NightAhead, NothingToClose
from pos_recovery.export.telling import sentence
from pos_recovery.export.verify import verify
from tests.export.offices import FACTS, HeadOffice, content, keys, rows
from tests.till import OPENING, MovableClock, Till

DAY = timedelta(days=1)
SATURDAY = date(2026, 11, 14)
SUNDAY, MONDAY, TUESDAY = (SATURDAY + each * DAY for each in (1, 2, 3))
SWAPPED = datetime(2027, 5, 11, 9, tzinfo=UTC)
"""Half a year ahead."""
AHEAD = date(2027, 5, 10)


def closed_ahead(till: Till, office: HeadOffice) -> Path:
    """Saturday is closed as it should be; then once more, on Sunday, by a clock that is half a year ahead."""
    till.code()
    till.clock.move(days=1)
    office.night()
    till.code()
    return replace(office, clock=MovableClock(SWAPPED)).night(AHEAD)


def told_once(till: Till, nights: list[Path]) -> None:
    """All nights together are the ledger."""
    for table, in_ledger in (("coupons", "coupon"), ("events", "coupon_event"), ("refusals", "refusal")):
        told = [key for night in nights for key in keys(night, table)]
        assert len(told) == len(set(told)) == till.count(in_ledger), table


def test_a_day_far_from_everything_on_record_is_not_closed_unasked(till: Till, office: HeadOffice) -> None:
    till.code()
    till.clock.move(days=1)
    office.night()
    ahead = replace(office, clock=MovableClock(SWAPPED))
    assert ahead.close() == DayFarOff(AHEAD, SATURDAY)
    assert till.count("export_run") == 1
    till.clock.move(days=1)
    assert office.night().name == "2026-11-15_000002"


def test_a_clock_is_far_from_facts_where_there_is_no_night_yet(till: Till, office: HeadOffice) -> None:
    till.code()
    for year in (1970, 2019, 2027, 2066):
        wrong = datetime(year, 11, 15, 9, tzinfo=UTC)
        outcome = replace(office, clock=MovableClock(wrong)).close()
        assert outcome == DayFarOff(date(year, 11, 14), SATURDAY)
    assert till.count("export_run") == 0


def test_a_clock_that_no_code_knows_is_doubted_though_nothing_is_on_record(till: Till, office: HeadOffice) -> None:
    assert replace(office, clock=MovableClock(datetime(1970, 1, 1, 1, tzinfo=UTC))).close() == DayFarOff(
        date(1969, 12, 30), None
    )
    assert replace(office, clock=MovableClock(datetime(9999, 12, 31, 1, tzinfo=UTC))).close() == DayFarOff(
        date(9999, 12, 29), None
    )


def test_a_quiet_shop_that_exports_every_night_is_believed(till: Till, office: HeadOffice) -> None:
    till.code()
    for _ in range(3 * FAR.days):
        till.clock.move(days=1)
        office.file, office.out = office.file, office.out
    # every night would be one; each third week is enough to be near
    till.clock.now = OPENING
    for _ in range(3):
        till.clock.move(days=FAR.days)
        assert isinstance(office.close(), Exported)


def test_a_shop_that_opens_again_needs_one_word_or_its_first_coupon(till: Till, office: HeadOffice) -> None:
    till.code()
    till.clock.move(days=1)
    office.night()
    till.clock.move(days=120)
    far = office.close()
    assert far == DayFarOff(SATURDAY + 120 * DAY, SATURDAY)
    assert f"--day {SATURDAY + 120 * DAY}" in sentence(far)
    till.code()
    assert isinstance(office.close(), Exported), "its first coupon"
    till.clock.move(days=120)
    assert isinstance(office.close(SATURDAY + 240 * DAY), Exported), "one word"
    till.clock.move(days=1)
    assert isinstance(office.close(), Exported)


def test_behind_a_night_of_a_day_that_has_not_begun_telling_goes_on_and_nothing_is_told_twice(
    till: Till, office: HeadOffice
) -> None:
    ahead = closed_ahead(till, office)
    first, code = sorted(office.nights())[0], till.code()
    till.clock.move(days=1)
    till.redeem(code)
    refused = office.close()
    assert refused == NightAhead(2, AHEAD, MONDAY, SUNDAY)
    assert "run this export once with --day 2026-11-15" in sentence(refused)
    back = office.night(SUNDAY)
    assert back.name == "2026-11-15_000003"
    assert keys(back, "coupons") == [(f"{code[:4]}-{code[4:8]}-{code[8:]}",)]
    till.clock.move(days=1)
    following = office.night()
    assert following.name == "2026-11-16_000004"
    told_once(till, [first, ahead, back, following])
    verdict = verify(office.folder / "nights")
    assert verdict.is_verified, verdict.problems
    assert verdict.notes == ("2026-11-15_000003 goes back behind 2027-05-10, which a clock that was ahead had closed.",)
    assert (verdict.first, verdict.last) == (first.name, following.name)


def test_coupons_that_a_wrong_clock_took_for_expired_are_open_again(till: Till, office: HeadOffice) -> None:
    ahead = closed_ahead(till, office)
    till.clock.move(days=1)
    sums = {name: rows(night, "balances")[0] for name, night in (("ahead", ahead), ("back", office.night(SUNDAY)))}
    assert [(each["Opening"], each["Issued"], each["Expired"], each["Closing"]) for each in sums.values()] == [
        (1, 1, 2, 0),
        (0, 0, -2, 2),
    ]


class ByTheLastDayAlone(Basis):
    """What the twin does: a run knows the run before it, and no earlier one."""

    @property
    def span(self) -> Span:
        return Span(self.after, self.previous_day or FIRST_DAY, self.until, self.day)


def test_by_the_run_before_alone_what_was_told_ahead_would_be_told_twice(
    till: Till, office: HeadOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: a coupon that is dated ahead by the same clock is told with that night, and again when its day comes."""

    def nights(office: HeadOffice) -> list[Path]:
        till.clock.now = SWAPPED - DAY
        till.code()
        till.clock.now = OPENING + DAY
        told = [replace(office, clock=MovableClock(SWAPPED)).night(AHEAD)]
        till.code()
        told.append(office.night(SATURDAY))
        till.clock.now = SWAPPED + DAY
        return [*told, office.night(AHEAD + DAY)]

    told = nights(office)
    told_once(till, told)
    assert [len(keys(night, "coupons")) for night in told] == [1, 0, 1]
    span = Span("{}", SATURDAY, "{}", AHEAD, ((AHEAD, '{"coupon": 1}'),))
    assert "rowid <= 1" in span.waited("coupon", "c")
    assert "rowid" not in replace(span, beyond=()).waited("coupon", "c"), "the twin"


@pytest.mark.parametrize("where", ["file", "server"])
def test_every_kind_of_wrong_clock_ends_with_all_told_once(
    till: Till, office: HeadOffice, moved: Callable[[Till], Engine], tmp_path: Path, where: str
) -> None:
    """Days, a year, decades; ahead and behind; one night or several: the word of a person, then nights as ever."""
    if where == "server":
        office = HeadOffice(moved(till), None, tmp_path / "hub", till.clock)
        till = Till.open(till.counter.home, till.clock, engine=office.engine, seed=2)
    told: list[Path] = []

    def trade() -> None:
        code = till.code()
        till.redeem(code)
        till.code()

    def by_itself() -> None:
        till.clock.move(days=1)
        told.append(office.night())
        trade()

    trade()
    by_itself()
    for wrong in (2, 20, 365, 18_000, -5, -2_500):
        trade()
        right = till.clock.now
        till.clock.move(days=wrong)
        if wrong != 20:  # the register is of the same machine
            trade()
        outcome = office.close()
        if isinstance(outcome, Exported) and not outcome.again:
            told.append(Path(outcome.folder))
        till.clock.now = right + DAY
        trade()
        outcome = office.close()
        if isinstance(outcome, NightAhead):
            told.append(office.night(outcome.go_on_with))
        elif isinstance(outcome, Exported):
            told.append(Path(outcome.folder))
        else:
            pytest.fail(str(outcome))
        by_itself()
    by_itself()
    till.clock.now = datetime(2100, 1, 2, tzinfo=UTC)  # all that is dated ahead has come by then
    told.append(office.night(date(2100, 1, 1)))
    told_once(till, told)
    assert [int(night.name[-6:]) for night in told] == list(range(1, len(told) + 1))
    verdict = verify(office.folder / "nights")
    assert verdict.is_verified, verdict.problems
    again = content(office.night(SATURDAY, tmp_path / "again"))
    assert again == content(told[0])


def test_a_closed_day_is_told_again_though_a_wrong_clock_came_after_it(till: Till, office: HeadOffice) -> None:
    ahead = closed_ahead(till, office)
    till.clock.move(days=2)
    back = office.night(MONDAY)
    for day, night in ((SATURDAY, "2026-11-14_000001"), (AHEAD, ahead.name), (MONDAY, back.name), (SUNDAY, back.name)):
        outcome = office.close(day, office.folder / "again")
        assert isinstance(outcome, Exported)
        assert (outcome.again, Path(outcome.folder).name) == (True, night)
    assert office.close(AHEAD - DAY) == DayNotBegun(AHEAD - DAY, TUESDAY)
    till.clock.now = SWAPPED
    true = office.night(AHEAD)
    assert true.name == "2027-05-10_000004"
    outcome = office.close(AHEAD, office.folder / "both")
    assert isinstance(outcome, Exported)
    assert (Path(outcome.folder).name, [Path(each).name for each in outcome.made_up_for]) == (true.name, [ahead.name])


def test_a_day_that_has_begun_in_one_store_is_not_ahead(till: Till, office: HeadOffice) -> None:
    """On Saturday evening in Prague it is Sunday in Apia, whose day a person may close."""
    till.code()
    with transaction(till.counter.engine) as connection:
        connection.execute(text("INSERT INTO store SELECT 'apia', 'Apia', 'Pacific/Apia', 'USD', '00:00' FROM store"))
    till.clock.now = datetime(2026, 11, 14, 20, tzinfo=UTC)
    office.night(SUNDAY)
    outcome = office.close()
    assert isinstance(outcome, Exported)
    assert (outcome.again, outcome.business_day) == (True, SUNDAY)
    till.clock.move(days=-1)
    assert office.close() == NightAhead(1, SUNDAY, SATURDAY, FRIDAY)


FRIDAY = SATURDAY - DAY


def test_a_clock_that_jumps_while_an_export_runs_changes_nothing_of_it(till: Till, office: HeadOffice) -> None:
    till.code()
    till.clock.move(days=1)
    jumps = iter([till.clock.now])
    night = replace(office, clock=lambda: next(jumps, SWAPPED)).night()
    assert night.name == "2026-11-14_000001"
    till.clock.move(days=1)
    assert office.night().name == "2026-11-15_000002"


@pytest.mark.parametrize("day", [date.min, date(1970, 1, 1), date(2019, 12, 31), SATURDAY - FAR - DAY])
@pytest.mark.parametrize("nights", [False, True])
def test_a_day_long_before_the_ledger_is_refused(till: Till, office: HeadOffice, day: date, nights: bool) -> None:
    assert office.close(day) == NothingToClose(day, None)
    till.code()
    if nights:
        office.night(SATURDAY)
    assert office.close(day) == NothingToClose(day, SATURDAY)
    assert till.count("export_run") == nights


def test_the_last_day_of_all_has_not_begun(till: Till, office: HeadOffice) -> None:
    assert office.close(date.max) == DayNotBegun(date.max, SATURDAY)


def test_runs_stand_in_order_but_for_those_that_a_later_one_went_back_behind() -> None:
    def basis(run: int, day: date) -> Basis:
        return Basis(run=run, day=day, until="{}", allowance=1, cap=1, over=True, furthest=day)

    runs = [basis(1, SATURDAY), basis(2, AHEAD), basis(3, AHEAD + DAY), basis(4, SUNDAY), basis(5, MONDAY)]
    assert [each.run for each in in_order(runs)] == [1, 4, 5]
    assert FACTS
