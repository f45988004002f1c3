"""What outcomes are called in words, where a wrong word would cost a drink or send somebody the wrong way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from db.tables.column_types import Entry
from pos_recovery.counter import outcome_words
from pos_recovery.counter.outcomes import LockedOut, Redeemed, TypingLocked
from pos_recovery.rules.codes import printed
from tests.till import MovableClock, Till


def said(till: Till, answer: object) -> str:
    """The outcome in words, as the command line tells it."""
    house = till.counter.ledger.house
    return outcome_words.sentence(answer, house.calendar.zone, till.clock(), house.store)


def test_a_request_whose_redemption_was_taken_back_promises_no_drink(till: Till, clock: MovableClock) -> None:
    code = till.code()
    till.redeem(code, "q1")
    till.reverse(code)
    answer = till.redeem(code, "q1")
    assert isinstance(answer, Redeemed)
    before = f"This very request redeemed {printed(code)} before; the redemption was taken back since, and "
    assert said(till, answer) == before + "the slip is good. To serve the drink, redeem it as a new request."
    told = outcome_words.as_json(answer)
    assert (told["outcome"], told["replay"], told["state"]) == ("redeemed", True, "issued")
    clock.move(days=91)
    remedy = "A lead can still give the drink as goodwill."
    assert said(till, till.redeem(code, "q1")) == f"{before}the last day of the slip was 2027-02-12. {remedy}"
    till.void(code)
    assert said(till, till.redeem(code, "q1")) == f"{before}the slip is void. {remedy}"


def test_a_request_whose_redemption_stands_is_told_as_good_again(till: Till) -> None:
    """The twin: where nothing was taken back, a retry is the same success."""
    code = till.code()
    till.redeem(code, "q1")
    good = f"Good. One drink on the house for {printed(code)} (this very request had redeemed it already)."
    assert said(till, till.redeem(code, "q1")) == good


def test_a_used_slip_is_told_with_the_register_and_with_the_store_where_it_is_another(
    till: Till, open_till: Callable[..., Till]
) -> None:
    code = till.code()
    till.redeem(code)
    rest = "The slip was good once and has been served; a lead can still give the drink as goodwill."
    assert said(till, till.redeem(code)) == f"Already used: today 10:00, at this register, by Ana. {rest}"
    next_to_it, far = open_till(register="2"), open_till(store_id="airport", store_name="Airport")
    assert said(next_to_it, next_to_it.redeem(code)) == f"Already used: today 10:00, at register 1, by Ana. {rest}"
    refused = far.counter.recovery.examine(code, Entry.SCANNED)
    assert said(far, refused).startswith("Already used: today 10:00, at store harbour, register 1, by ")


def test_a_void_slip_is_told_as_on_the_screen(till: Till) -> None:
    code = till.code()
    till.void(code)
    words = "Voided today 10:00, before it was used. A lead can still give the drink as goodwill."
    assert said(till, till.redeem(code)) == words


def test_a_wait_ends_at_an_hour_and_names_the_day_only_when_it_is_another(till: Till, clock: MovableClock) -> None:
    soon, tomorrow = clock() + timedelta(minutes=5), clock() + timedelta(days=1)
    assert "or type it again after 10:05. A lead" in said(till, TypingLocked(soon, "2ABC"))
    assert "try again after 10:05, or ask" in said(till, LockedOut(soon))
    assert "try again after 10:06, or ask" in said(till, LockedOut(soon + timedelta(seconds=1)))
    assert "try again after Sun 15 Nov 10:00, or ask" in said(till, LockedOut(tomorrow))


def test_a_script_can_tell_a_keyboard_that_rests_from_a_person_who_is_locked_out(clock: MovableClock) -> None:
    until = clock().isoformat()
    assert outcome_words.as_json(TypingLocked(clock(), "2ABC")) == {
        "outcome": "locked_out",
        "until": until,
        "why": "typing",
    }
    assert outcome_words.as_json(LockedOut(clock())) == {"outcome": "locked_out", "until": until, "why": "pin"}
