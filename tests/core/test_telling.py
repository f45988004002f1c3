"""What outcomes are called in words, where a wrong word would cost a drink or send somebody the wrong way."""

from __future__ import annotations

from pos_recovery import telling
from pos_recovery.codes import printed
from pos_recovery.outcomes import Redeemed
from tests.till import MovableClock, Till


def said(till: Till, answer: object) -> str:
    """The outcome in words, as the command line tells it."""
    return telling.sentence(answer, till.counter.ledger.house.calendar.zone, till.clock())


def test_a_request_whose_redemption_was_taken_back_promises_no_drink(till: Till, clock: MovableClock) -> None:
    code = till.code()
    till.redeem(code, "q1")
    till.reverse(code)
    answer = till.redeem(code, "q1")
    assert isinstance(answer, Redeemed)
    before = f"This very request redeemed {printed(code)} before; the redemption was taken back since, and "
    assert said(till, answer) == before + "the slip is good. To serve the drink, redeem it as a new request."
    told = telling.as_json(answer)
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
