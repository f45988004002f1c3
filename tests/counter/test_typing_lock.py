"""Guessing by hand rests the keyboard of one register for a while. Scanning goes on, and so does goodwill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text

from db.statements import coupons
from db.tables.column_types import Entry, Kind
from pos_recovery.counter.ledger import GUESSES_WITHIN, MOST_GUESSES, TYPING_RESTS, RequestReusedError
from pos_recovery.counter.outcomes import (
    AlreadyRedeemed,
    Found,
    Goodwill,
    Mistyped,
    NotAllowed,
    Redeemed,
    TypingLocked,
    Unknown,
)
from pos_recovery.counter.recovery import Recovery
from pos_recovery.rules.codes import draw_code
from pos_recovery.rules.lockout_times import Rests
from tests.till import BARISTA, LEAD, MovableClock, StillClock, Till

OF_A_STRANGER = Random(7).getrandbits  # noqa: S311  a test's codes come from a seed
APART = timedelta(minutes=2)


def guess(till: Till, entry: Entry = Entry.TYPED, times: int = MOST_GUESSES) -> list[object]:
    """Codes whose check symbol holds and that nobody gave, some minutes apart."""
    said: list[object] = []
    for _ in range(times):
        said.append(look(till, draw_code(till.clock().date(), OF_A_STRANGER), entry))
        till.clock.move(seconds=APART.total_seconds())
    return said


def look(till: Till, raw: str, entry: Entry = Entry.TYPED) -> object:
    """As the redeem screen does: what is refused goes on record behind the answer."""
    answer = till.counter.recovery.examine(raw, entry)
    if not isinstance(answer, Found):
        till.counter.recovery.record(answer, raw, LEAD, entry)
    return answer


def test_five_codes_that_do_not_exist_rest_the_keyboard_for_five_minutes(till: Till) -> None:
    code = till.code()
    assert [type(each) for each in guess(till)] == [Unknown] * MOST_GUESSES
    locked = look(till, code.lower())
    assert isinstance(locked, TypingLocked)
    assert locked.raw == code.lower()
    assert locked.until - till.clock() == TYPING_RESTS - APART
    till.clock.now = locked.until
    assert isinstance(look(till, code), Found)


def test_while_typing_rests_a_scanner_reads_on(till: Till) -> None:
    code = till.code()
    guess(till)
    assert isinstance(look(till, code, Entry.SCANNED), Found)
    assert isinstance(till.counter.recovery.redeem(code, LEAD, "r", entry=Entry.SCANNED), Redeemed)
    assert isinstance(look(till, code, Entry.SCANNED), AlreadyRedeemed)


def test_four_are_too_few(till: Till) -> None:
    guess(till, times=MOST_GUESSES - 1)
    assert isinstance(look(till, till.code()), Found)


def test_five_in_more_than_ten_minutes_are_bad_luck(till: Till) -> None:
    guess(till, times=MOST_GUESSES - 1)
    till.clock.move(seconds=(GUESSES_WITHIN - 3 * APART).total_seconds())
    guess(till, times=1)
    assert isinstance(look(till, till.code()), Found)


def test_one_more_guess_after_the_rest_rests_it_again(till: Till) -> None:
    for _ in range(MOST_GUESSES):
        look(till, draw_code(till.clock().date(), OF_A_STRANGER))
    till.clock.move(minutes=6)
    assert isinstance(guess(till, times=1)[0], Unknown)
    assert isinstance(look(till, till.code()), TypingLocked)


def test_slips_of_strangers_that_are_scanned_lock_nobody_out(till: Till) -> None:
    """The twin of telling the two apart: were every refusal counted, a handful of old slips would stop the typing."""
    guess(till, Entry.SCANNED)
    assert till.count("refusal") == MOST_GUESSES
    assert isinstance(look(till, till.code()), Found)


def test_what_is_only_misread_locks_nobody_out(till: Till) -> None:
    for _ in range(MOST_GUESSES):
        assert isinstance(look(till, "nothing like a code"), Mistyped)
    assert till.count("refusal") == MOST_GUESSES
    assert isinstance(look(till, till.code()), Found)


def test_another_register_types_on(till: Till, open_till: Callable[..., Till]) -> None:
    guess(till)
    assert isinstance(look(open_till(register="2"), till.code()), Found)


def test_goodwill_for_a_good_code_that_was_locked_out_redeems_it(till: Till) -> None:
    """One coupon is one drink: a slip that was left good would be served again as soon as it is scanned."""
    code = till.code()
    guess(till)
    assert isinstance(till.counter.recovery.redeem(code, BARISTA, "b", goodwill=True, entry=Entry.TYPED), NotAllowed)
    given = till.counter.recovery.redeem(code, LEAD, "r", goodwill=True, entry=Entry.TYPED)
    assert isinstance(given, Redeemed)
    assert [event.kind for event in till.story(code).events] == [Kind.REDEEMED]


def test_goodwill_for_any_other_code_that_was_locked_out_tells_nobody_what_it_was(till: Till) -> None:
    code = till.code()
    till.redeem(code)
    guess(till)
    for raw, request in ((code, "r"), (draw_code(till.clock().date(), OF_A_STRANGER), "s")):
        given = till.counter.recovery.redeem(raw, LEAD, request, goodwill=True, entry=Entry.TYPED)
        assert isinstance(given, Goodwill)
        assert isinstance(given.refused, TypingLocked)
        assert (given.event.kind, given.event.note) == (Kind.GOODWILL, f"locked_out: {raw}")


def test_the_same_goodwill_again_is_the_same_drink_and_another_slip_s_is_not(till: Till) -> None:
    used, other = till.code(), till.code()
    till.redeem(used)
    till.redeem(other)
    guess(till)
    stranger = draw_code(till.clock().date(), OF_A_STRANGER)

    def give(raw: str, request: str) -> object:
        return till.counter.recovery.redeem(raw, LEAD, request, goodwill=True, entry=Entry.TYPED)

    for raw, request in ((used, "r"), (stranger, "s")):
        first, again = give(raw, request), give(raw, request)
        assert isinstance(first, Goodwill)
        assert isinstance(again, Goodwill)
        assert (first.replay, again.replay, again.event) == (False, True, first.event)
    for raw, request in ((other, "r"), (draw_code(till.clock().date(), OF_A_STRANGER), "s"), (used, "s")):
        with pytest.raises(RequestReusedError):
            give(raw, request)


def test_the_command_line_which_may_be_a_scanner_s_refuses_only_codes_that_do_not_exist(till: Till) -> None:
    code, recovery = till.code(), till.counter.recovery
    strangers = [draw_code(till.clock().date(), OF_A_STRANGER) for _ in range(MOST_GUESSES + 1)]
    said = [recovery.redeem(each, LEAD, f"r{n}") for n, each in enumerate(strangers)]
    assert [type(each) for each in said] == [Unknown] * MOST_GUESSES + [TypingLocked]
    assert isinstance(recovery.redeem(code, LEAD, "r"), Redeemed)


def test_how_a_code_came_in_is_on_record(till: Till) -> None:
    guess(till, Entry.TYPED, 1)
    guess(till, Entry.SCANNED, 1)
    till.redeem(draw_code(till.clock().date(), OF_A_STRANGER))
    with till.reading() as connection:
        entries = connection.execute(text("SELECT kind, entry FROM refusal ORDER BY rowid")).all()
    assert [tuple(each) for each in entries] == [("unknown", "typed"), ("unknown", "scanned"), ("unknown", "command")]


@pytest.mark.parametrize("back", [timedelta(hours=5), timedelta(days=2), timedelta(days=365 * 40)], ids=str)
def test_guesses_made_while_the_clock_was_ahead_are_waited_for_by_nobody(
    till: Till, clock: MovableClock, back: timedelta
) -> None:
    """And hide none that is made now: five more rest the keyboard as ever, for five minutes."""
    guess(till)
    clock.now -= back
    assert isinstance(look(till, till.code()), Found)
    guess(till)
    locked = look(till, till.code())
    assert isinstance(locked, TypingLocked)
    clock.now = locked.until
    assert isinstance(look(till, till.code()), Found)


def test_a_rest_by_the_newest_record_alone_would_last_as_long_as_the_clock_was_wrong(
    till: Till, clock: MovableClock
) -> None:
    """The twin: what was asked before."""
    guess(till)
    clock.move(days=-2)
    with till.reading() as connection:
        newest = coupons.guesses(connection, "harbour", "1", clock(), clock() + timedelta(days=9), MOST_GUESSES)
    assert newest[0] + TYPING_RESTS - clock() > timedelta(days=1)


def test_a_rest_is_over_after_five_minutes_of_a_clock_that_nobody_sets(till: Till, clock: MovableClock) -> None:
    """The machine's goes back and forth in the middle of the rest; in the same program it rests no longer for that."""
    still = StillClock()
    ledger = replace(till.counter.ledger, rests=Rests(still))
    till = Till(replace(till.counter, ledger=ledger, recovery=Recovery(ledger)), clock)
    guess(till)
    assert isinstance(look(till, till.code()), TypingLocked)
    for _ in range(4):
        still.seconds += TYPING_RESTS.total_seconds() / 4
        clock.move(minutes=-3)
        look(till, till.code())
        clock.move(minutes=3)
    assert isinstance(look(till, till.code()), Found)
    guess(till, times=1)
    assert isinstance(look(till, till.code()), TypingLocked)


def test_a_program_that_starts_anew_is_given_no_guess_more(till: Till, open_till: Callable[..., Till]) -> None:
    guess(till)
    assert isinstance(look(open_till(), till.code()), TypingLocked)
