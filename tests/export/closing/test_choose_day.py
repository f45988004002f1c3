"""A wrong clock stops no night: what it would close is doubted, and what it closed is gone back behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from db.connection.engine import transaction
from db.night import runs
from db.night.span import FIRST_DAY, Span
from pos_recovery.export.closing.choose_day import Again, Choice, New, choose, in_order
from pos_recovery.export.closing.outcome_words import sentence
from pos_recovery.export.closing.outcomes import (
    DayFarOff,
    DayNotBegun,
    DoesNotProve,
    Exported,
    NightAhead,
    NothingToClose,
)
from pos_recovery.export.facts.run_inputs import FAR, Basis
from pos_recovery.export.verify.verify import verify
from tests.export.offices import HeadOffice, content, keys, rows, told_once
from tests.till import OPENING, MovableClock, Till

DAY = timedelta(days=1)
SATURDAY = date(2026, 11, 14)
FRIDAY = SATURDAY - DAY
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
    first, code = min(office.nights()), till.code()
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


@pytest.mark.parametrize("knows", [True, False])
def test_what_was_told_ahead_is_not_told_again_when_its_day_comes(
    till: Till, office: HeadOffice, monkeypatch: pytest.MonkeyPatch, knows: bool
) -> None:
    """Twin: a run that knows the one before it, and no earlier one, tells a coupon that is dated ahead once more."""
    if not knows:
        monkeypatch.setattr(Basis, "span", ByTheLastDayAlone.span)
    till.clock.now = SWAPPED - DAY
    till.code()
    till.clock.now = OPENING + DAY
    told = [replace(office, clock=MovableClock(SWAPPED)).night(AHEAD), office.night(SATURDAY)]
    till.clock.now = SWAPPED
    outcome = office.close(AHEAD)
    if knows:
        assert isinstance(outcome, Exported)
        told_once(till, [*told, Path(outcome.folder)])
    else:
        assert isinstance(outcome, DoesNotProve)


def test_from_a_server_telling_goes_on_behind_such_a_night_too(
    till: Till, moved: Callable[[Till], Engine], tmp_path: Path
) -> None:
    codes = [till.code(), till.code()]
    hub = HeadOffice(moved(till), None, tmp_path / "hub", till.clock)
    assert keys(replace(hub, clock=MovableClock(SWAPPED)).night(AHEAD), "coupons") != []
    columns = "store, register, staff, reason, remade, noticed_first, language, issued_at"
    with transaction(hub.engine) as connection:
        connection.execute(
            text(
                f"INSERT INTO coupon (code, request_id, business_date, expires_on, {columns}, cost_minor, currency,"  # noqa: S608  ours
                f" clock_drift_s) SELECT '2JJ000000001', 'next', '{SUNDAY}', expires_on, {columns}, cost_minor,"
                f" currency, 0 FROM coupon WHERE code = '{codes[0]}'"
            )
        )
    till.clock.move(days=2)
    assert hub.close() == NightAhead(1, AHEAD, MONDAY, SUNDAY)
    assert keys(hub.night(SUNDAY), "coupons") == [("2JJ0-0000-0001",)]
    till.clock.move(days=1)
    assert keys(hub.night(), "coupons") == []


def test_every_kind_of_wrong_clock_ends_with_all_told_once(till: Till, office: HeadOffice, tmp_path: Path) -> None:
    """Days, years; ahead and behind. At most a word of a person, and then nights as ever."""
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
    for wrong in (365, -2_500):
        trade()
        right = till.clock.now
        till.clock.move(days=wrong)
        trade()
        outcome = office.close()
        if isinstance(outcome, Exported) and not outcome.again:
            told.append(Path(outcome.folder))
        till.clock.now = right + DAY
        trade()
        outcome = office.close()
        if isinstance(outcome, NightAhead):
            told.append(office.night(outcome.go_on_with))
        else:
            assert isinstance(outcome, Exported), outcome
            told += [] if outcome.again else [Path(outcome.folder)]
    by_itself()
    till.clock.now = datetime(2100, 1, 2, tzinfo=UTC)  # all that is dated ahead has come by then
    told.append(office.night(date(2100, 1, 1)))
    told_once(till, told)
    assert [int(night.name[-6:]) for night in told] == list(range(1, len(told) + 1))
    verdict = verify(office.folder / "nights")
    assert verdict.is_verified, verdict.problems
    again = content(office.night(SATURDAY, tmp_path / "again"))
    assert again == content(told[0])


def basis(run: int, day: date) -> Basis:
    return Basis(run=run, day=day, until="{}", allowance=1, cap=1, over=True, furthest=day)


RUNS = [basis(1, SATURDAY), basis(2, AHEAD), basis(3, AHEAD + DAY), basis(4, SUNDAY), basis(5, TUESDAY)]
"""The second and third by a clock that was ahead."""


def test_runs_stand_in_order_but_for_those_that_a_later_one_went_back_behind() -> None:
    assert [each.run for each in in_order(RUNS)] == [1, 4, 5]


@pytest.mark.parametrize(
    ("asked", "choice"),
    [
        (SATURDAY, Again(1)),
        (AHEAD, Again(2)),
        (SUNDAY, Again(4)),
        (MONDAY, Again(5)),
        (TUESDAY + DAY, New(TUESDAY + DAY)),
        (AHEAD - DAY, DayNotBegun(AHEAD - DAY, TUESDAY + 2 * DAY)),
    ],
)
def test_a_closed_day_is_told_again_though_a_wrong_clock_came_after_it(till: Till, asked: date, choice: Choice) -> None:
    till.code()
    till.clock.move(days=5)
    with till.reading() as connection:
        stores = runs.stores(connection)
    assert choose(till.counter.engine, RUNS, stores, asked, till.clock()) == choice
    assert choose(till.counter.engine, RUNS, stores, AHEAD, SWAPPED) == New(AHEAD), "its day has come"


def test_of_two_nights_of_one_day_both_are_brought(till: Till, office: HeadOffice) -> None:
    till.code()
    ahead = replace(office, clock=MovableClock(OPENING + 3 * DAY)).night(MONDAY)
    office.night(SATURDAY)
    till.clock.move(days=3)
    true = office.night()
    outcome = office.close(MONDAY, office.folder / "both")
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
    assert office.close() == NightAhead(1, SUNDAY, SATURDAY, FRIDAY - DAY)


def test_a_clock_that_jumps_while_an_export_runs_changes_nothing_of_it(till: Till, office: HeadOffice) -> None:
    till.code()
    till.clock.move(days=1)
    jumps = iter([till.clock.now])
    night = replace(office, clock=lambda: next(jumps, SWAPPED)).night()
    assert night.name == "2026-11-14_000001"
    till.clock.move(days=1)
    assert office.night().name == "2026-11-15_000002"


@pytest.mark.parametrize(
    ("day", "nights"),
    [(date.min, True), (date.min, False), (date(1970, 1, 1), False), (SATURDAY - FAR - DAY, False)],
)
def test_a_day_long_before_the_ledger_is_refused(till: Till, office: HeadOffice, day: date, nights: bool) -> None:
    assert office.close(day) == NothingToClose(day, None)
    till.code()
    if nights:
        office.night(SATURDAY)
    assert office.close(day) == NothingToClose(day, SATURDAY)
    assert till.count("export_run") == nights


def test_the_last_day_of_all_has_not_begun(till: Till, office: HeadOffice) -> None:
    assert office.close(date.max) == DayNotBegun(date.max, SATURDAY)
