"""The weeks before are those that had been told by then, on either database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, insert, select, text

from db.connection.engine import reading, transaction
from db.night import history, marks
from db.night.history import Ahead, Given, Heard, History, Lost, Usual
from db.night.span import FIRST_DAY, Span
from db.tables import models
from db.tables.models import Table
from tests.export.night_folders import DAY, SHOWN, mark, weeks_before
from tests.till import BARISTA, LEAD, STRANGER, Till

YESTERDAY = DAY - timedelta(days=1)
FACTS = ("coupon", "coupon_event")


def told_by(hub: Engine, span: Span, limit: int = 10, furthest: date = DAY) -> History:
    with reading(hub) as connection:
        return history.before(connection, span, SHOWN, limit=limit, furthest=furthest)


def lose(till: Till, code: str, winner_n: int, at: datetime, day: date) -> None:
    with transaction(till.counter.engine) as connection:
        row = {
            "code": code, "request_id": f"lost {code}", "kind": "redeemed", "at": at, "business_date": day,
            "store": "harbour", "register": "1", "staff": 2, "offline": True, "winner_n": winner_n,
        }  # fmt: skip
        connection.execute(insert(models.Conflict.__table__), row)  # type: ignore[attr-defined]


def nine_weeks(till: Till) -> None:
    """From 11 September on: a morning coupon each day but one Saturday; others as below."""
    clock = till.clock
    clock.now = datetime(2026, 9, 11, 8, 59, tzinfo=UTC)  # 10:59 in summer: morning
    for day in range(64):  # to 13 November, a Friday; the first Saturday is of a week before the eight
        if clock.now.date() != date(2026, 10, 10):
            till.code()
        clock.move(days=1)
        if day == 43:
            clock.move(hours=1)  # clocks change on 25 October: still 10:59
    clock.now = datetime(2026, 11, 7, 15, 59, tzinfo=UTC)
    till.code(LEAD)  # 16:59 on a Saturday, midday
    clock.move(minutes=1)
    till.issue(LEAD, count=2)  # 17:00, evening
    till.code(BARISTA)
    clock.now = datetime(2026, 11, 8, 2, 59, tzinfo=UTC)  # 03:59 of business day 7
    till.code(LEAD)
    clock.now = datetime(2026, 11, 14, 3, 0, tzinfo=UTC)


def test_the_usual_is_counted_by_the_stores_own_hours_on_the_same_day_of_the_week(till: Till) -> None:
    nine_weeks(till)
    before = mark(till)
    till.code()  # 04:00 of the day that is closed now
    told = weeks_before(till, Span(before, YESTERDAY, mark(till), DAY))
    assert told.usual == (
        Usual("harbour", 6, "evening", coupons=4, person_shifts=2),
        Usual("harbour", 6, "midday", coupons=1, person_shifts=1),
        Usual("harbour", 6, "morning", coupons=7, person_shifts=7),
    )
    assert told.trading_days == (("harbour", 6, 7),)
    assert told.heard == (Heard("harbour", "1", YESTERDAY),)


def test_a_run_that_closes_more_days_than_one_has_the_usual_of_each(till: Till) -> None:
    nine_weeks(till)
    thursday, told = date(2026, 11, 12), mark(till)
    after = weeks_before(till, Span(told, thursday, mark(till), DAY))
    assert [(each.weekday, each.coupons) for each in after.usual if each.shift == "morning"] == [(5, 8), (6, 7)]
    assert after.trading_days == (("harbour", 5, 8), ("harbour", 6, 7))
    a_month = weeks_before(till, Span(told, thursday, mark(till), DAY + timedelta(days=30)))
    assert [weekday for _, weekday, _ in a_month.trading_days] == [1, 2, 3, 4, 5, 6, 7]
    again = weeks_before(till, Span(told, DAY, mark(till), DAY))
    assert (again.usual, again.trading_days) == ((), ())  # all that it tells is late


def test_what_is_told_only_now_is_not_of_the_weeks_before(till: Till) -> None:
    till.clock.now -= timedelta(days=7)
    till.code()
    before = mark(till)
    till.code()  # comes late
    span = Span(before, YESTERDAY, mark(till), DAY)
    told = weeks_before(till, span)
    assert [each.coupons for each in told.usual] == [1]
    till.clock.now += timedelta(days=1)
    for _ in range(3):
        till.code()
    assert weeks_before(till, span) == told


def test_a_register_is_missed_on_days_of_the_week_on_which_it_is_heard(till: Till) -> None:
    opened = till.clock.now
    for days_before in (28, 7, 6):
        till.clock.now = opened - timedelta(days=days_before)
        till.code()
    told = mark(till)

    def heard(day: date) -> Sequence[Heard]:
        return weeks_before(till, Span(told, day - timedelta(days=1), told, day)).heard

    last = (Heard("harbour", "1", DAY - timedelta(days=6)),)
    assert [heard(DAY + timedelta(days=day)) for day in (0, 1, 2, 7, 22, 29)] == [last, last, (), last, last, ()]


def test_a_store_that_only_refused_was_open_but_no_register_gave(till: Till) -> None:
    till.clock.now -= timedelta(days=7)
    till.redeem(STRANGER)
    told = weeks_before(till, Span(mark(till), YESTERDAY, mark(till), DAY))
    assert (told.usual, told.heard) == ((), ())
    assert told.trading_days == (("harbour", 6, 1),)


def test_a_redemption_that_lost_knows_the_winner_even_of_a_later_day(till: Till) -> None:
    code, other = till.code(), till.code()
    till.redeem(other)
    before = mark(till)
    till.clock.move(days=1)
    till.redeem(code)
    won_at = till.clock.now
    lose(till, code, 1, won_at - timedelta(hours=20), DAY)
    span = Span(before, YESTERDAY, mark(till), DAY)
    lose(till, other, 1, won_at, DAY)  # recorded after the run
    (lost,) = weeks_before(till, span).lost
    assert lost == Lost(
        code, "harbour", "1", 2, DAY, won_at - timedelta(hours=20), 1, "harbour", "1", 1, won_at
    )  # fmt: skip
    assert lost.at.tzinfo is UTC


def test_a_winner_that_is_not_on_record_is_absent(till: Till) -> None:
    lose(till, "7KQ4M2XD9RTC", 3, till.clock.now, DAY)
    (lost,) = weeks_before(till, Span(None, FIRST_DAY, mark(till), DAY)).lost
    assert (lost.winner_n, lost.winner_store, lost.winner_staff, lost.winner_at) == (3, None, None, None)


def test_only_people_and_days_that_come_late_and_may_be_over_are_counted(till: Till) -> None:
    """By both runs together, without what is voided in either of them."""
    voided = till.code(LEAD), till.code(LEAD)
    till.issue(LEAD, count=3)
    till.issue(BARISTA, count=1)
    till.void(voided[0])
    till.clock.move(days=1)
    till.issue(LEAD, count=4)  # not late in the run after
    before = mark(till)
    till.clock.move(days=-1)
    till.void(voided[1])
    till.issue(LEAD, count=2)
    for count in (4, 1):
        till.issue(BARISTA, count=count)
    span = Span(before, DAY, mark(till), DAY + timedelta(days=1))
    till.void(till.code(LEAD))  # behind the mark
    assert weeks_before(till, span, limit=5).given == (Given("harbour", 1, DAY, 3), Given("harbour", 2, DAY, 1))
    assert weeks_before(till, span, limit=6).given == (Given("harbour", 1, DAY, 3),)  # 7 as far as is known at first
    assert weeks_before(till, span, limit=7).given == ()
    early = Span(before, YESTERDAY, mark(till), DAY)
    assert weeks_before(till, early, limit=0).given == ()  # of a day that had not been closed nothing is late


def test_a_voiding_that_was_told_before_its_coupon_is_known(till: Till) -> None:
    voided = till.code()
    till.void(voided)
    till.code()
    until = mark(till)
    assert weeks_before(till, Span(until, DAY, until, DAY)).voided == ()
    events_only = json.dumps({**json.loads(until), "coupon": 0})
    assert weeks_before(till, Span(events_only, DAY, until, DAY)).voided == (voided,)


def test_a_voiding_of_a_coupon_that_was_dated_ahead_is_known_when_its_day_comes(till: Till) -> None:
    till.clock.move(days=1)
    voided = till.code()
    till.clock.move(days=-1)
    till.void(voided)
    told = mark(till)
    tomorrow = DAY + timedelta(days=1)
    assert weeks_before(till, Span(told, DAY, mark(till), tomorrow)).voided == (voided,)
    assert weeks_before(till, Span(told, YESTERDAY, mark(till), DAY)).voided == ()


def test_only_what_is_reprinted_again_is_counted_as_copied(till: Till) -> None:
    both, only_before, only_now = till.code(), till.code(), till.code()
    for code in (both, both, only_before):
        till.print(code)
        till.reprint(code)
    before = mark(till)
    for code in (both, only_now):
        till.print(code)
        till.reprint(code)
    assert weeks_before(till, Span(before, DAY, mark(till), DAY + timedelta(days=1))).copied == ((both, 2),)


def test_what_is_dated_ahead_is_told_until_its_day_comes(till: Till) -> None:
    start = mark(till)
    till.clock.move(days=200)
    till.redeem(till.code())
    till.redeem(STRANGER)
    ahead = till.clock.now.date()
    lose(till, STRANGER, 1, till.clock.now, ahead + timedelta(days=1))
    till.clock.move(days=-200)
    till.code()
    first = Span(None, FIRST_DAY, mark(till), DAY)
    told = (Ahead("harbour", "1", ahead, 3), Ahead("harbour", "1", ahead + timedelta(days=1), 1))
    assert weeks_before(till, first).ahead == told
    assert weeks_before(till, Span(first.until, DAY, mark(till), DAY + timedelta(days=1))).ahead == told
    assert weeks_before(till, first, furthest=ahead).ahead == told[1:]
    assert weeks_before(till, replace(first, until=start)).ahead == ()  # recorded behind the mark


def test_both_databases_tell_the_same(till: Till, moved: Callable[[Till], Engine]) -> None:
    nine_weeks(till)
    till.redeem(till.code())
    lose(till, till.code(), 1, till.clock.now, DAY)
    hub = moved(till)
    here = weeks_before(till, Span(mark(till), YESTERDAY, mark(till), DAY), furthest=YESTERDAY)
    with reading(hub) as connection:
        there = marks.take(connection)
    assert here == told_by(hub, Span(there, YESTERDAY, there, DAY), furthest=YESTERDAY)
    assert all((here.usual, here.trading_days, here.heard, here.ahead))
    lost = told_by(hub, Span(None, FIRST_DAY, there, DAY)).lost
    assert lost == weeks_before(till, Span(None, FIRST_DAY, mark(till), DAY)).lost
    assert len(lost) == 1


def test_a_server_counts_what_comes_late_as_a_file_does(till: Till, moved: Callable[[Till], Engine]) -> None:
    """What is recorded between two marks is recorded there once more, in a transaction of its own."""
    voided, copied = till.code(), till.code()
    till.issue(BARISTA, count=4)
    till.void(voided)
    till.print(copied)
    till.reprint(copied)
    hub, first = moved(till), mark(till)
    with reading(hub) as connection:
        first_there = marks.take(connection)
    with till.reading() as connection:
        rows, steps = (connection.execute(text(f"SELECT max(rowid) FROM {table}")).scalar_one() for table in FACTS)  # noqa: S608
    till.issue(BARISTA, count=2)
    till.print(copied)
    till.reprint(copied)
    with till.reading() as here, transaction(hub) as connection:
        for name, known in zip(FACTS, (rows, steps), strict=True):
            table = Table.metadata.tables[name]
            new = here.execute(select(table).where(text(f"rowid > {known}")))
            connection.execute(insert(table), [dict(row._mapping) for row in new])
    with reading(hub) as connection:
        until = marks.take(connection)
    here_told = weeks_before(till, Span(first, DAY, mark(till), DAY + timedelta(days=1)), limit=6)
    assert here_told == told_by(hub, Span(first_there, DAY, until, DAY + timedelta(days=1)), limit=6)
    assert (here_told.given, here_told.copied) == ((Given("harbour", 2, DAY, 5),), ((copied, 1),))
