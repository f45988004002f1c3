"""Issue, look up, redeem, and the drink as goodwill: every outcome, every replay, every clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from db.tables.column_types import Ending, Entry, JobState, Kind
from pos_recovery.counter.ledger import RequestReusedError
from pos_recovery.counter.outcome_words import sentence
from pos_recovery.counter.outcomes import (
    AlreadyRedeemed,
    Expired,
    Found,
    Goodwill,
    Issued,
    Mistyped,
    NotAllowed,
    Redeemed,
    Unknown,
    Voided,
)
from pos_recovery.counter.recovery import MOST_AT_ONCE, Order, Recovery, UnknownReasonError
from pos_recovery.rules.codes import month_prefix, printed
from pos_recovery.rules.text_cleaning import ITEM_LIMIT, NOTE_LIMIT
from tests.till import BARISTA, LATE, LEAD, OPENING, STRANGER, MovableClock, Till

# Issue


def test_a_coupon_holds_what_happened_and_what_it_promises(till: Till) -> None:
    issued = till.issue(reason="forgotten", item="egg muffin", note="waited 14 min", remade=True, noticed_first=False)
    (story,) = issued.stories
    coupon = story.coupon
    assert story.state == "issued"
    assert story.name_of(coupon.staff) == "Ben"
    assert coupon.code.startswith(month_prefix(date(2026, 11, 14)))
    assert (coupon.store, coupon.register, coupon.staff, coupon.reason) == ("harbour", "1", 2, "forgotten")
    assert (coupon.item, coupon.note, coupon.remade, coupon.noticed_first) == (
        "egg muffin",
        "waited 14 min",
        True,
        False,
    )
    assert (coupon.issued_at, coupon.business_date, coupon.expires_on) == (
        OPENING,
        date(2026, 11, 14),
        date(2027, 2, 12),
    )
    assert (coupon.cost_minor, coupon.currency, coupon.language, coupon.clock_drift_s) == (2550, "CZK", "en", 0)
    assert till.story(coupon.code).coupon == coupon


def test_a_coupon_and_its_print_job_are_committed_together(till: Till) -> None:
    issued = till.issue()
    (job,) = till.story(issued.stories[0].code).jobs
    assert (job.id, job.copy, job.state, job.attempts, job.proof) == (issued.jobs[0], 1, JobState.PENDING, 0, None)


def test_no_paper_is_asked_for_when_none_is_wanted(till: Till) -> None:
    issued = till.counter.recovery.issue(LATE, BARISTA, "r", print_slips=False)
    assert isinstance(issued, Issued)
    assert issued.jobs == ()
    assert till.count("print_job") == 0


def test_a_party_gets_up_to_four_coupons_with_codes_of_their_own(till: Till) -> None:
    issued = till.issue(count=MOST_AT_ONCE)
    assert len({story.code for story in issued.stories}) == 4
    assert len(issued.jobs) == 4
    assert issued.given_today == 4


@pytest.mark.parametrize("count", [0, -1, 5])
def test_no_party_has_none_or_five(till: Till, count: int) -> None:
    with pytest.raises(ValueError, match="1 to 4 coupons at once"):
        till.issue(count=count)
    assert till.count("coupon") == 0


def test_a_reason_the_store_does_not_have_is_refused(till: Till) -> None:
    with pytest.raises(UnknownReasonError, match="rudeness"):
        till.issue(reason="rudeness")
    assert till.count("coupon") == 0


@pytest.mark.parametrize("count", [1, 4])
def test_the_same_request_is_the_same_coupons(till: Till, count: int) -> None:
    first = till.issue(request="key-press", count=count)
    again = till.issue(request="key-press", count=count)
    assert (first.replay, again.replay) == (False, True)
    assert [story.coupon for story in again.stories] == [story.coupon for story in first.stories]
    assert again.jobs == first.jobs
    assert again.given_today == first.given_today
    assert till.count("coupon") == till.count("print_job") == count


def test_another_request_is_another_coupon(till: Till) -> None:
    """The twin: without the request id, a double press gives two."""
    till.issue()
    till.issue()
    assert till.count("coupon") == 2


def test_a_replay_answers_even_where_the_cap_has_been_reached_since(open_till: Callable[..., Till]) -> None:
    till = open_till(allowance=1, cap=1)
    till.issue(request="first")
    assert till.issue(request="first").replay


def test_notes_are_cleaned_and_bounded(till: Till) -> None:
    story = till.story(till.code(note="\x1b[31m[bold]cold[/]\0 " * 1000, item="\u202eflat\n white" * 50))
    assert story.coupon.note is not None
    assert story.coupon.item is not None
    assert story.coupon.note.startswith("[bold]cold[/] [bold]cold[/]")
    assert len(story.coupon.note) <= NOTE_LIMIT
    assert len(story.coupon.item) <= ITEM_LIMIT
    assert "\u202e" not in story.coupon.item
    assert till.story(till.code(note=" \0 ")).coupon.note is None


def test_the_cap_asks_for_a_lead_and_the_allowance_never_does(open_till: Callable[..., Till]) -> None:
    till = open_till(allowance=2, cap=3)
    for _ in range(3):
        till.issue()
    refused = till.counter.recovery.issue(LATE, BARISTA, "fourth")
    assert isinstance(refused, NotAllowed)
    assert refused.why == "cap"
    assert isinstance(till.counter.recovery.issue(LATE, BARISTA, "fourth", lead=BARISTA), NotAllowed)
    agreed = till.counter.recovery.issue(LATE, BARISTA, "fourth", lead=LEAD)
    assert isinstance(agreed, Issued)
    assert agreed.given_today == 4
    till.issue(by=LEAD)


def test_the_cap_is_on_record_with_the_reason_and_the_person(open_till: Callable[..., Till]) -> None:
    till = open_till(allowance=1, cap=1)
    till.issue()
    till.counter.recovery.issue(LATE, BARISTA, "at the counter")
    till.counter.recovery.issue(LATE, BARISTA, "in a script", entry=Entry.COMMAND)
    assert isinstance(till.counter.recovery.issue(LATE, BARISTA, "agreed", lead=LEAD), Issued)
    refused = [("not_allowed", "late", None, BARISTA.id, entry) for entry in (None, "command")]
    assert till.refusals() == refused


def test_a_party_that_would_cross_the_cap_gets_nothing_rather_than_a_part(open_till: Callable[..., Till]) -> None:
    till = open_till(allowance=2, cap=3)
    answer = till.counter.recovery.issue(Order(reason="late", language="en", count=4), BARISTA, "party")
    assert isinstance(answer, NotAllowed)
    assert till.count("coupon") == 0


def test_voided_coupons_and_yesterday_s_do_not_count_towards_the_cap(
    open_till: Callable[..., Till], clock: MovableClock
) -> None:
    till = open_till(allowance=1, cap=2)
    code = till.code()
    till.issue()
    till.counter.aftercare.void(code, LEAD, till.request())
    till.issue()
    clock.move(days=1)
    assert till.issue().given_today == 1


def test_a_code_that_is_taken_is_never_given_twice(till: Till) -> None:
    taken = till.code()
    body = "".join(f"{'0123456789ABCDEFGHJKMNPQRSTVWXYZ'.index(letter):05b}" for letter in taken[2:11])
    draws = [int(body, 2), 7]
    recovery = Recovery(replace(till.counter.ledger, random_bits=lambda bits: draws.pop(0)))
    issued = recovery.issue(LATE, BARISTA, "collides")
    assert isinstance(issued, Issued)
    assert issued.stories[0].code != taken
    assert draws == []


def test_a_broken_source_of_random_numbers_is_noticed_and_nothing_is_written(till: Till) -> None:
    stuck = Recovery(replace(till.counter.ledger, random_bits=lambda bits: 7))
    assert isinstance(stuck.issue(LATE, BARISTA, "first"), Issued)
    with pytest.raises(RuntimeError, match="source of random numbers"):
        stuck.issue(LATE, BARISTA, "second")
    assert till.count("coupon") == till.count("print_job") == 1


# Looking


def test_looking_up_tells_the_story_and_changes_nothing(till: Till) -> None:
    code = till.code(item="flat white")
    found = till.counter.recovery.look_up(printed(code).lower())
    assert isinstance(found, Found)
    assert (found.story.code, found.story.state, found.story.coupon.item) == (code, "issued", "flat white")
    assert till.counter.recovery.look_up(STRANGER) == Unknown(STRANGER)
    assert till.counter.recovery.look_up("hello") == Mistyped("hello")
    assert till.count("coupon_event") == till.count("refusal") == 0


def test_what_was_mistyped_is_shown_cleaned_and_short(till: Till) -> None:
    looked = till.counter.recovery.look_up("\x1b[31m" + "wrong " * 60)
    assert isinstance(looked, Mistyped)
    assert len(looked.raw) <= 120
    assert looked.raw.startswith("wrong wrong")


def test_a_slip_is_examined_without_being_redeemed(till: Till, clock: MovableClock) -> None:
    code = till.code()
    assert isinstance(till.counter.recovery.examine(code, Entry.SCANNED), Found)
    till.redeem(code)
    assert isinstance(till.counter.recovery.examine(code, Entry.SCANNED), AlreadyRedeemed)
    other = till.code()
    clock.move(days=91)
    assert isinstance(till.counter.recovery.examine(other, Entry.SCANNED), Expired)
    assert till.story(other).events == ()


# Redeem


def test_a_slip_is_redeemed_once_and_the_second_scan_hears_of_the_first(
    open_till: Callable[..., Till], clock: MovableClock
) -> None:
    till, other = open_till(), open_till(register="2")
    code = till.code()
    clock.move(days=3)
    first = till.redeem(code)
    assert isinstance(first, Redeemed)
    assert (first.story.state, first.replay) == ("redeemed", False)
    clock.move(seconds=119)
    again = till.redeem(code)
    assert isinstance(again, AlreadyRedeemed)
    assert (again.here, again.just_now) == (True, True)
    assert (again.redeemed.at, again.redeemed.staff) == (OPENING + timedelta(days=3), LEAD.id)
    clock.move(seconds=1)
    elsewhere = other.redeem(code)
    assert isinstance(elsewhere, AlreadyRedeemed)
    assert (elsewhere.here, elsewhere.just_now, elsewhere.redeemed.register) == (False, False, "1")
    assert till.count("refusal") == 2


def test_a_redemption_notes_the_ending_the_cost_and_the_day(till: Till) -> None:
    done = till.counter.recovery.redeem(till.code(), LEAD, "r", ending=Ending.TURNED_AROUND)
    assert isinstance(done, Redeemed)
    event = done.story.events[-1]
    assert (event.kind, event.n, event.ending, event.cost_minor) == (Kind.REDEEMED, 1, Ending.TURNED_AROUND, 2550)
    assert (event.business_date, event.store, event.register) == (date(2026, 11, 14), "harbour", "1")
    assert till.story(done.story.code).ending is Ending.TURNED_AROUND


def test_a_retry_of_the_same_scan_is_a_success_again(till: Till, clock: MovableClock) -> None:
    code = till.code()
    assert isinstance(till.redeem(code, "scan"), Redeemed)
    clock.move(days=200)
    again = till.redeem(code.lower(), "scan")
    assert isinstance(again, Redeemed)
    assert again.replay
    assert till.count("coupon_event") == 1


def test_a_request_id_used_for_another_slip_or_deed_is_the_caller_s_mistake(till: Till) -> None:
    one, two = till.code(), till.code()
    till.redeem(one, "r")
    for raw in (two, STRANGER):
        with pytest.raises(RequestReusedError):
            till.redeem(raw, "r")
    for deed in (
        partial(till.counter.aftercare.reverse, why="mistake"),
        till.counter.aftercare.void,
        till.counter.aftercare.reprint,
    ):
        with pytest.raises(RequestReusedError):
            deed(one, LEAD, "r")
        with pytest.raises(RequestReusedError):
            deed(two, LEAD, "r")
    with pytest.raises(RequestReusedError):
        till.counter.aftercare.end(one, LEAD, "r", Ending.TURNED_AROUND)
    assert till.count("coupon_event") == 1


def test_an_expired_slip_is_refused_the_morning_after_its_last_business_day(till: Till, clock: MovableClock) -> None:
    code = till.code()
    clock.now = datetime(2027, 2, 13, 2, 59, tzinfo=UTC)  # 03:59 in Prague
    assert isinstance(till.counter.recovery.examine(code, Entry.SCANNED), Found)
    clock.move(minutes=1)
    refused = till.redeem(code)
    assert isinstance(refused, Expired)
    assert (refused.expired_on, refused.story.state) == (date(2027, 2, 12), "expired")


def test_a_voided_slip_and_a_stranger_s_are_refused(till: Till) -> None:
    code = till.code()
    till.counter.aftercare.void(code, LEAD, till.request())
    assert isinstance(till.redeem(code), Voided)
    assert till.redeem(STRANGER) == Unknown(STRANGER)
    with till.reading() as connection:
        refusals = connection.execute(text("SELECT kind, code, raw, staff FROM refusal ORDER BY rowid")).all()
    assert [tuple(row) for row in refusals] == [("voided", code, code, 1), ("unknown", STRANGER, STRANGER, 1)]


def test_used_and_expired_is_told_as_used(till: Till, clock: MovableClock) -> None:
    code = till.code()
    till.redeem(code)
    clock.move(days=200)
    assert isinstance(till.redeem(code), AlreadyRedeemed)


def test_a_barista_calls_a_lead_to_redeem_unless_the_store_trusts_everyone(open_till: Callable[..., Till]) -> None:
    till, trusting = open_till(), open_till(baristas_may_redeem=True)
    code = till.code()
    refused = till.counter.recovery.redeem(code, BARISTA, "r")
    assert isinstance(refused, NotAllowed)
    assert refused.why == "role"
    assert till.story(code).state == "issued"
    assert isinstance(trusting.counter.recovery.redeem(code, BARISTA, "r"), Redeemed)


# Goodwill


def refused_slips(till: Till, clock: MovableClock) -> dict[str, str]:
    used, void, old = till.code(), till.code(), till.code()
    till.redeem(used)
    till.counter.aftercare.void(void, LEAD, till.request())
    clock.move(days=91)
    till.redeem(new := till.code())
    return {"already_redeemed": new, "voided": void, "expired": old, "unknown": STRANGER, "mistyped": "no code"}


def test_every_refused_slip_may_still_end_in_a_drink(till: Till, clock: MovableClock) -> None:
    for count, (why, raw) in enumerate(refused_slips(till, clock).items(), start=1):
        given = till.redeem(raw, f"goodwill-{why}", goodwill=True)
        assert isinstance(given, Goodwill)
        assert given.refused.outcome == why
        assert (given.event.kind, given.event.cost_minor, given.given_today) == (Kind.GOODWILL, 2550, count)
        assert given.event.note is not None
        assert given.event.note.startswith(why)
        again = till.redeem(raw, f"goodwill-{why}", goodwill=True)
        assert isinstance(again, Goodwill)
        assert again.replay
        assert again.event == given.event
        looked = till.counter.recovery.examine(raw, Entry.SCANNED)
        assert looked.outcome == why  # the slip stays as it was


def test_examining_a_slip_writes_nothing_and_what_is_refused_can_be_put_on_record(till: Till) -> None:
    code, recovery = till.code(), till.counter.recovery
    till.redeem(code)
    for count, raw in enumerate((code, STRANGER, "nothing like a code")):
        refused = recovery.examine(raw, Entry.SCANNED)
        assert till.count("refusal") == count
        assert not isinstance(refused, Found)
        recovery.record(refused, raw, LEAD, Entry.SCANNED)
    assert till.count("refusal") == 3


def test_a_request_id_for_another_reason_or_count_is_refused(till: Till) -> None:
    till.issue(request="r")
    for changed in ({"reason": "spilled"}, {"count": 2}):
        with pytest.raises(RequestReusedError):
            till.issue(request="r", **changed)
    assert till.count("coupon") == 1


def test_a_clock_set_back_does_not_shorten_the_guest_s_days(till: Till, clock: MovableClock) -> None:
    first = till.issue().stories[0].coupon
    clock.move(days=-400)
    second = till.issue().stories[0].coupon
    assert second.clock_drift_s == 400 * 86_400
    assert second.expires_on == first.expires_on


def test_a_good_slip_is_redeemed_and_no_goodwill_is_used_up(till: Till) -> None:
    assert isinstance(till.redeem(till.code(), goodwill=True), Redeemed)


def test_goodwill_is_a_lead_s_to_give_and_capped(open_till: Callable[..., Till]) -> None:
    till = open_till(goodwill_cap=2)
    answer = till.counter.recovery.redeem(STRANGER, BARISTA, "r", goodwill=True)
    assert isinstance(answer, NotAllowed)
    assert answer.why == "role"
    assert [type(till.redeem(STRANGER, goodwill=True)).__name__ for _ in range(3)] == [
        "Goodwill",
        "Goodwill",
        "NotAllowed",
    ]
    assert till.count("coupon_event") == 2


def test_the_goodwill_cap_is_fresh_the_next_day(open_till: Callable[..., Till], clock: MovableClock) -> None:
    till = open_till(goodwill_cap=1)
    till.redeem(STRANGER, goodwill=True)
    clock.move(days=1)
    assert isinstance(till.redeem(STRANGER, goodwill=True), Goodwill)


def test_goodwill_for_a_mistyped_slip_keeps_what_was_typed_cleaned(till: Till) -> None:
    given = till.redeem("\x1b[31mcoffee\0 voucher?", goodwill=True)
    assert isinstance(given, Goodwill)
    assert given.event.note == "mistyped: coffee voucher?"


# Clocks


def test_with_a_clock_set_back_the_coupon_is_issued_and_the_drift_is_flagged(till: Till, clock: MovableClock) -> None:
    till.issue()
    clock.move(hours=-5)
    coupon = till.issue().stories[0].coupon
    assert (coupon.clock_drift_s, coupon.issued_at) == (5 * 3600, OPENING - timedelta(hours=5))
    assert till.story(coupon.code).coupon.clock_drift_s == 5 * 3600


def test_a_machine_that_wakes_up_in_1970_issues_and_redeems_all_the_same(till: Till, clock: MovableClock) -> None:
    old = till.code()
    clock.now = datetime(1970, 1, 1, tzinfo=UTC)
    code = till.code()
    assert code.startswith("00")
    done = till.redeem(old)
    assert isinstance(done, Redeemed)
    assert done.story.events[-1].clock_drift_s == int((OPENING - clock.now).total_seconds())
    assert isinstance(till.redeem(code), Redeemed)


def test_a_clock_that_ran_ahead_and_was_set_right_flags_what_follows(till: Till, clock: MovableClock) -> None:
    clock.now = datetime(2031, 1, 1, tzinfo=UTC)
    ahead = till.code()
    clock.now = OPENING
    coupon = till.issue().stories[0].coupon
    assert coupon.clock_drift_s > 4 * 365 * 86_400
    assert isinstance(till.redeem(ahead), Redeemed)


@pytest.mark.parametrize("ahead", [timedelta(days=30), timedelta(days=365), timedelta(days=365 * 40)], ids=str)
def test_one_record_of_a_clock_that_was_far_ahead_makes_no_other_coupon_good_for_longer(
    till: Till, clock: MovableClock, ahead: timedelta
) -> None:
    right = till.issue().stories[0].coupon
    clock.now += ahead
    wrong = till.code()
    clock.now -= ahead
    after = [till.issue().stories[0].coupon for _ in range(2)]
    assert [each.expires_on for each in after] == [right.expires_on] * 2
    assert [each.clock_drift_s for each in after] == [ahead.total_seconds()] * 2
    assert isinstance(till.redeem(wrong), Redeemed)


def test_counted_from_the_newest_record_they_would_be_good_for_as_long_as_the_clock_was_wrong(
    till: Till, clock: MovableClock
) -> None:
    """The twin: the later of the two times, as it is on record."""
    clock.move(days=365 * 40)
    till.issue()
    clock.move(days=-365 * 40)
    coupon = till.issue().stories[0].coupon
    newest = coupon.issued_at + timedelta(seconds=coupon.clock_drift_s)
    calendar = till.counter.ledger.house.calendar
    assert calendar.expires_on(calendar.business_date(max(clock(), newest))) > coupon.expires_on + timedelta(days=14000)


@pytest.mark.parametrize("year", [1970, 2019])
def test_a_coupon_of_a_clock_that_was_never_set_is_good_when_it_is_right_again(
    till: Till, clock: MovableClock, year: int
) -> None:
    till.issue()
    clock.now = datetime(year, 1, 1, tzinfo=UTC)
    code = till.code()
    clock.now = OPENING + timedelta(days=89)
    assert isinstance(till.redeem(code), Redeemed)


def test_a_slip_that_a_clock_far_ahead_calls_expired_is_told_with_the_date(till: Till, clock: MovableClock) -> None:
    code, zone = till.code(), ZoneInfo("Europe/Prague")
    clock.move(days=91)
    assert "This machine's date" not in sentence(till.redeem(code), zone, clock())
    clock.now = datetime(2066, 1, 1, tzinfo=UTC)
    assert "This machine's date is 2066-01-01" in sentence(till.redeem(code), zone, clock())
    assert isinstance(till.redeem(code, goodwill=True), Goodwill)
    clock.now = OPENING + timedelta(days=1)
    assert isinstance(till.redeem(code), Redeemed)


def test_a_clock_set_back_a_moment_after_the_first_scan_still_knows_that_it_was_just_now(
    till: Till, clock: MovableClock
) -> None:
    till.redeem(code := till.code())
    clock.move(seconds=-1)
    again = till.redeem(code)
    assert isinstance(again, AlreadyRedeemed)
    assert again.just_now


def test_a_clock_that_runs_on_flags_nothing(till: Till, clock: MovableClock) -> None:
    """The twin: the drift is not simply always there."""
    till.issue()
    clock.move(seconds=1)
    assert till.issue().stories[0].coupon.clock_drift_s == 0
