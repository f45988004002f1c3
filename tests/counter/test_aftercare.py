"""Reverse, void, reprint, and how the story ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from db.tables.column_types import Ending, JobState, Kind, Role
from pos_recovery.counter.ledger import RequestReusedError
from pos_recovery.counter.outcomes import (
    AlreadyRedeemed,
    Ended,
    Expired,
    Goodwill,
    Mistyped,
    NotAllowed,
    NotRedeemed,
    Person,
    Redeemed,
    Reprinted,
    Reversed,
    Unknown,
    VoidDone,
    Voided,
)
from tests.till import BARISTA, LEAD, STRANGER, MovableClock, Till

OTHER_BARISTA = Person(3, "Cy", Role.BARISTA)


def why(answer: object) -> str:
    assert isinstance(answer, NotAllowed)
    return answer.why


# Reverse


def test_a_redemption_made_by_mistake_is_taken_back_and_the_slip_is_good_again(till: Till) -> None:
    code = till.code()
    till.redeem(code)
    done = till.reverse(code, why="wrong\x07 slip")
    assert isinstance(done, Reversed)
    assert done.story.state == "issued"
    assert [(event.n, event.kind, event.note) for event in till.story(code).events] == [
        (1, Kind.REDEEMED, None),
        (2, Kind.REVERSED, "wrong slip"),
    ]
    assert isinstance(till.redeem(code), Redeemed)
    assert isinstance(till.redeem(code), AlreadyRedeemed)


def test_the_same_reverse_again_is_the_same_answer_even_after_a_new_redemption(till: Till) -> None:
    code = till.code()
    till.redeem(code)
    till.reverse(code, request="oops")
    till.redeem(code)
    again = till.reverse(code, request="oops")
    assert isinstance(again, Reversed)
    assert again.replay
    assert till.story(code).state == "redeemed"


def test_only_a_lead_takes_a_redemption_back(till: Till) -> None:
    code = till.code()
    till.redeem(code)
    assert why(till.reverse(code, by=BARISTA)) == "role"
    assert till.story(code).state == "redeemed"


def test_a_redemption_is_taken_back_only_on_its_own_business_day(till: Till, clock: MovableClock) -> None:
    code = till.code()
    till.redeem(code)
    clock.move(hours=16)  # 02:00 at night: still Saturday's business
    assert isinstance(till.reverse(code), Reversed)
    till.redeem(code)
    clock.move(hours=2)
    assert why(till.reverse(code)) == "same_day"


@pytest.mark.parametrize("year", [1970, 2019])
def test_a_redemption_of_a_clock_that_was_behind_is_taken_back_on_the_day_of_the_records(
    till: Till, clock: MovableClock, year: int
) -> None:
    code, right = till.code(), clock()
    clock.now = datetime(year, 1, 1, tzinfo=UTC)
    till.redeem(code)
    clock.now = right + timedelta(days=1)
    assert why(till.reverse(code)) == "same_day"
    clock.now = right + timedelta(minutes=5)
    assert isinstance(till.reverse(code), Reversed)


def test_a_redemption_of_a_clock_that_was_ahead_waits_for_its_day(till: Till, clock: MovableClock) -> None:
    """Tonight's file would tell that it was taken back, and the redemption only when its day has come."""
    code = till.code()
    clock.move(days=2)
    till.redeem(code)
    clock.move(days=-2)
    assert why(till.reverse(code)) == "same_day"
    assert isinstance(till.redeem(code, goodwill=True), Goodwill)
    clock.move(days=2)
    assert isinstance(till.reverse(code), Reversed)


def test_there_is_nothing_to_take_back_of_an_unused_or_voided_slip(till: Till) -> None:
    unused, dead = till.code(), till.code()
    till.void(dead)
    assert isinstance(till.reverse(unused), NotRedeemed)
    assert isinstance(till.reverse(dead), NotRedeemed)
    assert till.reverse(STRANGER) == Unknown(STRANGER)
    assert till.reverse("nonsense") == Mistyped("nonsense")
    assert till.count("coupon_event") == 1


# Void


def test_an_unused_coupon_is_cancelled_for_good(till: Till) -> None:
    code = till.code()
    done = till.void(code, request="v", note="misprint")
    assert isinstance(done, VoidDone)
    assert (done.story.state, done.story.events[-1].note) == ("voided", "misprint")
    again = till.void(code, request="v")
    assert isinstance(again, VoidDone)
    assert again.replay
    assert isinstance(till.void(code), Voided)
    assert isinstance(till.redeem(code), Voided)


def test_void_never_means_reverse(till: Till) -> None:
    code = till.code()
    till.redeem(code)
    assert isinstance(till.void(code), AlreadyRedeemed)
    till.reverse(code)
    assert isinstance(till.void(code), VoidDone)


def test_an_expired_coupon_may_still_be_cancelled(till: Till, clock: MovableClock) -> None:
    code = till.code()
    clock.move(days=100)
    assert isinstance(till.void(code), VoidDone)


def test_strangers_slips_and_typing_errors_cannot_be_cancelled(till: Till) -> None:
    assert till.void(STRANGER) == Unknown(STRANGER)
    assert till.void("nonsense") == Mistyped("nonsense")


@pytest.mark.parametrize("deed", [Till.void, Till.reprint])
def test_a_barista_looks_after_their_own_slips_for_ten_minutes(
    till: Till, clock: MovableClock, deed: Callable[..., object]
) -> None:
    mine, later, others = till.code(), till.code(), till.code(by=LEAD)
    assert why(deed(till, others, by=BARISTA)) == "own_recent"
    assert why(deed(till, mine, by=OTHER_BARISTA)) == "own_recent"
    clock.move(minutes=10)
    assert isinstance(deed(till, mine, by=BARISTA), VoidDone | Reprinted)
    clock.move(seconds=1)
    assert why(deed(till, later, by=BARISTA)) == "own_recent"
    assert isinstance(deed(till, later, by=LEAD), VoidDone | Reprinted)


@pytest.mark.parametrize("deed", [Till.void, Till.reprint])
def test_a_clock_that_goes_back_a_little_takes_nobody_s_own_slips_away(
    till: Till, clock: MovableClock, deed: Callable[..., object]
) -> None:
    code, other = till.code(), till.code()
    clock.move(seconds=-1)
    assert isinstance(deed(till, code, by=BARISTA), VoidDone | Reprinted)
    clock.move(days=-2)
    assert why(deed(till, other, by=BARISTA)) == "own_recent"


# Reprint


def test_a_reprint_is_the_same_code_counted_as_a_copy(till: Till) -> None:
    code = till.code()
    till.print(code)
    copies = []
    for _ in range(2):
        copies.append(till.reprint(code))
        till.print(code)
    assert [(each.copy, each.replay) for each in copies if isinstance(each, Reprinted)] == [(2, False), (3, False)]
    assert [(job.copy, job.state) for job in till.story(code).jobs] == [
        (1, JobState.PRINTED),
        (2, JobState.PRINTED),
        (3, JobState.PRINTED),
    ]
    assert till.story(code).state == "issued"


def test_a_slip_of_which_no_byte_left_is_printed_for_the_first_time_and_unmarked(till: Till) -> None:
    code = till.code()
    again = till.reprint(code)
    assert isinstance(again, Reprinted)
    assert (again.job, again.copy) == (till.story(code).jobs[0].id, 1)
    assert till.count("print_job") == 1
    assert till.count("coupon_event") == 0


def test_the_same_reprint_of_a_slip_that_waited_is_the_same_paper(till: Till) -> None:
    code = till.code()
    first, other = till.reprint(code, request="one"), till.reprint(code, request="two")
    till.print(code)
    assert isinstance(first, Reprinted)
    for request in ("one", "two"):
        assert till.reprint(code, request=request) == Reprinted(till.story(code), first.job, 1, replay=True)
    assert isinstance(other, Reprinted)
    assert (other.replay, till.count("print_job"), till.count("coupon_event")) == (False, 1, 0)


def test_a_reprint_whose_request_was_not_kept_would_be_a_copy(till: Till) -> None:
    """The twin: another request, once the slip is out."""
    code = till.code()
    till.reprint(code, request="one")
    till.print(code)
    copy = till.reprint(code, request="not kept")
    assert isinstance(copy, Reprinted)
    assert (copy.copy, till.count("print_job")) == (2, 2)


def test_the_request_of_a_slip_that_waited_is_good_for_nothing_else(till: Till) -> None:
    code, other = till.code(), till.code()
    till.reprint(code, request="one")
    with pytest.raises(RequestReusedError):
        till.reprint(other, request="one")
    with pytest.raises(RequestReusedError):
        till.void(code, request="one")
    till.void(other, request="two")
    with pytest.raises(RequestReusedError):
        till.reprint(code, request="two")


def test_paper_in_doubt_is_settled_by_a_copy_that_came_out(till: Till) -> None:
    code = till.code()
    till.counter.desk.seen(till.story(code).jobs[0].id, came_out=False)
    assert [job.copy for job in till.counter.board.today(LEAD).waiting] == [1]
    till.reprint(code)
    till.print(code)
    assert till.counter.board.today(LEAD).waiting == ()


def test_the_same_reprint_again_is_the_same_copy_even_after_another(till: Till) -> None:
    code = till.code()
    till.print(code)
    first = till.reprint(code, request="one")
    till.print(code)
    till.reprint(code, request="two")
    again = till.reprint(code, request="one")
    assert isinstance(first, Reprinted)
    assert isinstance(again, Reprinted)
    assert (again.job, again.copy, again.replay) == (first.job, 2, True)
    assert till.count("print_job") == 3


def test_a_slip_that_never_went_to_paper_is_printed_unmarked(till: Till) -> None:
    from tests.till import LATE

    issued = till.counter.recovery.issue(LATE, BARISTA, "r", print_slips=False)
    code = issued.stories[0].code  # type: ignore[union-attr]  # nothing refuses the first coupon of the day
    done = till.reprint(code, request="one")
    assert isinstance(done, Reprinted)
    assert done.copy == 1
    assert till.reprint(code, request="one") == Reprinted(till.story(code), done.job, 1, replay=True)


def test_only_a_good_slip_is_printed_again(till: Till, clock: MovableClock) -> None:
    used, dead, old = till.code(), till.code(), till.code()
    till.redeem(used)
    till.void(dead)
    assert isinstance(till.reprint(used), AlreadyRedeemed)
    assert isinstance(till.reprint(dead), Voided)
    clock.move(days=91)
    assert isinstance(till.reprint(old), Expired)
    assert till.reprint(STRANGER) == Unknown(STRANGER)
    assert till.reprint("nonsense") == Mistyped("nonsense")
    assert till.count("print_job") == 3


# What goes on record of a refusal


def test_what_a_person_may_not_do_is_on_record(till: Till, clock: MovableClock) -> None:
    code = till.code()
    till.redeem(code)
    till.reverse(code, by=BARISTA)
    till.reverse(code)
    till.void(code, by=OTHER_BARISTA)
    till.reprint(code, by=OTHER_BARISTA)
    till.redeem(code)
    clock.move(days=1)
    till.reverse(f"{code[:4]} {code[4:]}".lower())
    who = (BARISTA.id, OTHER_BARISTA.id, OTHER_BARISTA.id, LEAD.id)
    assert till.refusals() == [("not_allowed", code, code, each, "command") for each in who]


@pytest.mark.parametrize("deed", [Till.reverse, Till.void, Till.reprint])
def test_a_code_that_does_not_exist_is_on_record_whatever_was_to_be_done_with_it(
    till: Till, deed: Callable[..., object]
) -> None:
    deed(till, STRANGER.lower())
    assert till.refusals() == [("unknown", STRANGER.lower(), STRANGER, LEAD.id, "command")]


def test_what_became_of_a_slip_already_is_no_refusal_of_a_guest(till: Till, clock: MovableClock) -> None:
    """The twin of keeping the two apart: were every such answer recorded, guests would seem to be refused."""
    used, dead, old = till.code(), till.code(), till.code()
    till.redeem(used)
    till.void(dead)
    for deed in (till.void, till.reprint):
        assert isinstance(deed(used), AlreadyRedeemed)
        assert isinstance(deed(dead), Voided)
    assert isinstance(till.reverse(dead), NotRedeemed)
    clock.move(days=91)
    assert isinstance(till.reprint(old), Expired)
    assert till.refusals() == []


# How the story ended


def test_how_it_ended_may_be_told_later_and_corrected(till: Till) -> None:
    code = till.code()
    assert isinstance(till.end(code, Ending.TURNED_AROUND), NotRedeemed)
    till.redeem(code)
    assert till.story(code).ending is None
    assert isinstance(till.end(code, Ending.DID_NOT_SAY), Ended)
    assert isinstance(till.end(code, Ending.TURNED_AROUND), Ended)
    assert till.story(code).ending is Ending.TURNED_AROUND
    assert till.story(code).state == "redeemed"


def test_the_same_ending_again_is_the_answer_on_record(till: Till) -> None:
    code = till.code()
    till.redeem(code)
    till.end(code, Ending.STILL_UNHAPPY, request="e")
    again = till.end(code, Ending.TURNED_AROUND, request="e")
    assert isinstance(again, Ended)
    assert again.ending is Ending.STILL_UNHAPPY


def test_a_reversed_redemption_takes_its_ending_with_it(till: Till) -> None:
    code = till.code()
    till.redeem(code)
    till.end(code, Ending.TURNED_AROUND)
    till.reverse(code)
    assert till.story(code).ending is None
    till.redeem(code)
    assert till.story(code).ending is None


def test_goodwill_and_reprints_leave_the_state_alone(till: Till) -> None:
    code = till.code()
    till.print(code)
    till.reprint(code)
    till.redeem(code)
    till.redeem(code, goodwill=True)
    story = till.story(code)
    assert [event.kind for event in story.events] == [Kind.REPRINTED, Kind.REDEEMED, Kind.GOODWILL]
    assert story.state == "redeemed"
