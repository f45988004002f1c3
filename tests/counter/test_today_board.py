"""The numbers beside the grid, and the list of slips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from db.connection.engine import transaction
from db.statements import coupons, print_jobs
from db.tables.column_types import Ending, JobState, Kind, Proof
from pos_recovery.counter import today_board
from pos_recovery.rules.codes import ALPHABET, check_symbol
from tests.till import BARISTA, LEAD, MovableClock, Till


def test_the_day_is_counted_as_people_would_count_it(till: Till, clock: MovableClock) -> None:
    first, second = till.code(), till.code(noticed_first=False)
    clock.move(hours=2)
    third = till.code(by=LEAD)
    till.redeem(first)
    till.end(first, Ending.TURNED_AROUND)
    till.redeem(second)
    till.end(second, Ending.STILL_UNHAPPY)
    till.void(third)
    today = till.counter.board.today(BARISTA)
    assert (today.given, today.came_back, today.turned_around, today.noticed_first, today.mine) == (3, 2, 1, 2, 2)
    assert (today.first_hour, today.by_hour[6], today.by_hour[8], sum(today.by_hour)) == (4, 2, 1, 3)
    assert (today.allowance, today.cap) == (10, 40)
    assert today.waiting == ()  # nobody needs the paper of a slip that is used or void
    fourth = till.code()
    assert [job.code for job in till.counter.board.today(BARISTA).waiting] == [fourth]


def test_a_slip_reversed_and_redeemed_again_came_back_once(till: Till, clock: MovableClock) -> None:
    code = till.code()
    till.redeem(code)
    till.end(code, Ending.TURNED_AROUND)
    till.reverse(code)
    assert till.counter.board.today(LEAD).came_back == 0
    assert till.counter.board.today(LEAD).turned_around == 0
    clock.move(minutes=-1)  # even on a clock that was set back
    till.redeem(code)
    assert till.counter.board.today(LEAD).came_back == 1
    assert till.counter.board.today(LEAD).turned_around == 0


def test_yesterday_is_not_today(till: Till, clock: MovableClock) -> None:
    till.issue()
    clock.move(days=1)
    today = till.counter.board.today(BARISTA)
    assert (today.given, today.mine, sum(today.by_hour)) == (0, 0, 0)
    assert len(today.waiting) == 1  # paper in doubt is never forgotten


def test_slips_are_listed_newest_first_and_those_in_doubt_before_all(till: Till, clock: MovableClock) -> None:
    issued = []
    for _ in range(3):
        issued.append(till.issue())
        clock.move(minutes=1)
    with transaction(till.counter.engine) as connection:
        for each in issued[1:]:
            print_jobs.settle(
                connection, each.jobs[0], JobState.PRINTED, proof=Proof.CONFIRMED, error=None, now=till.clock()
            )
    codes = [each.stories[0].code for each in issued]
    assert [story.code for story in till.counter.board.slips()] == [codes[0], codes[2], codes[1]]


def test_paper_in_doubt_is_listed_whatever_its_day_and_what_is_settled_only_today(
    open_till: Callable[..., Till], clock: MovableClock
) -> None:
    till = open_till()
    doubtful, settled = till.code(), till.code()
    with transaction(till.counter.engine) as connection:
        print_jobs.settle(
            connection,
            till.story(settled).jobs[0].id,
            JobState.PRINTED,
            proof=Proof.CONFIRMED,
            error=None,
            now=till.clock(),
        )
    clock.move(days=2)
    today = till.code()
    assert [story.code for story in till.counter.board.slips()] == [today, doubtful]


def test_a_slip_is_found_by_part_of_its_code_and_an_old_one_by_its_beginning(till: Till, clock: MovableClock) -> None:
    old = till.code()
    clock.move(days=3)
    new = till.code()
    assert [story.code for story in till.counter.board.slips(new[5:9].lower())] == [new]
    assert [story.code for story in till.counter.board.slips(old[:6])] == [old]
    assert [story.code for story in till.counter.board.slips(f"{old[:4]}-{old[4:6]}")] == [old]
    assert till.counter.board.slips("ZZZZZZ") == ()
    assert till.counter.board.slips("%_'\x1b") == till.counter.board.slips()  # nothing of a code in it


def test_a_creased_slip_of_a_month_ago_is_found_by_its_end(till: Till, clock: MovableClock) -> None:
    older = till.code()
    clock.move(days=60)
    old = till.code()
    clock.move(days=30)
    till.code()

    def found(part: str) -> list[str]:
        return [story.code for story in till.counter.board.slips(part)]

    assert found(f"{older[-4:-3]}-{older[-3:]}".lower()) == [older]  # on its last day
    assert found(old[-3:]) == found(old[3:7]) == [old]
    assert found(old[-2:]) == []  # two letters are in too many codes
    clock.move(days=1)
    assert found(older[-4:]) == []
    assert found(older[:4]) == [older]  # expired, and found by its beginning
    till.redeem(old)
    assert found(old[-4:]) == [old]  # used, and not expired: the guest asks why


def test_of_good_slips_that_are_alike_the_newest_are_listed(
    till: Till, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(today_board, "OLDER", 3)
    like = till.story(till.code()).coupon
    with transaction(till.counter.engine) as connection:
        for day in range(8):
            at = clock() + timedelta(days=day)
            code = f"{like.code[:6]}{ALPHABET[day]}WXYZ"
            made = replace(like, code=code + check_symbol(code), request_id=str(day), issued_at=at)
            coupons.add(connection, replace(made, business_date=at.date()))
    clock.move(days=30)
    found = till.counter.board.slips("WXYZ")
    assert [story.coupon.request_id for story in found] == ["7", "6", "5"]


@pytest.mark.parametrize("letters", [1, 2, 3])
def test_letters_that_tell_no_more_than_the_month_find_the_newest_of_it(
    till: Till, clock: MovableClock, letters: int
) -> None:
    old = till.code()
    clock.move(days=3)
    newer = till.code()
    clock.move(days=60)  # of another month
    found = [story.code for story in till.counter.board.slips(old[:letters])]
    assert found == [code for code in (newer, old) if code.startswith(old[:letters])]


def test_each_listed_slip_tells_its_story(open_till: Callable[..., Till]) -> None:
    till = open_till()
    code = till.code()
    till.redeem(code)
    (story,) = till.counter.board.slips()
    assert (story.state, story.name_of(2), [event.kind for event in story.events]) == (
        "redeemed",
        "Ben",
        [Kind.REDEEMED],
    )
    assert story == till.story(code)
