"""Print jobs and what is known of printers: guarded moves, and which slips still matter."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import NoResultFound

from db import jobs, printers
from db.engine import reading, transaction
from db.errors import FactExists
from db.facts import JobFact, PrinterFact
from db.types import HELD_UP, JobState, Proof
from pos_recovery.locations import Home
from tests.till import LEAD, OPENING, MovableClock, Till

URL, OTHER_URL = "tcp://127.0.0.1:9100", "usb://04b8:0e28"
LATER = OPENING + timedelta(seconds=2)
TODAY = OPENING.date()
DESKS = 8


def first_job(till: Till, code: str) -> int:
    return till.story(code).jobs[0].id


def get(till: Till, job: int) -> JobFact:
    with till.reading() as connection:
        return jobs.get(connection, job)


def take(till: Till, job: int) -> bool:
    with transaction(till.counter.engine) as connection:
        return jobs.take(connection, job, LATER)


def settle(till: Till, job: int, state: JobState, proof: Proof | None = None, error: str | None = None) -> None:
    with transaction(till.counter.engine) as connection:
        jobs.settle(connection, job, state, proof=proof, error=error, now=LATER)


def waiting(till: Till) -> tuple[int, ...]:
    with till.reading() as connection:
        return jobs.waiting(connection, day=TODAY)


def unsettled(till: Till) -> list[int]:
    with till.reading() as connection:
        return [job.id for job in jobs.unsettled(connection)]


# A job


def test_a_job_is_taken_once_and_counts_its_attempts(till: Till) -> None:
    job = first_job(till, till.code())
    assert [take(till, job), take(till, job)] == [True, False]
    taken = get(till, job)
    assert (taken.state, taken.attempts, taken.updated_at) == (JobState.SENDING, 1, LATER)
    settle(till, job, JobState.PENDING, error="connection refused")
    assert take(till, job)
    assert get(till, job).attempts == 2


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.PENDING])
def test_what_may_be_on_paper_is_never_taken_again(till: Till, state: JobState) -> None:
    job = first_job(till, till.code())
    settle(till, job, state)
    assert not take(till, job)
    assert get(till, job).state is state


@pytest.mark.parametrize("end", [Till.redeem, Till.void])
def test_a_slip_whose_coupon_is_over_is_not_taken_any_more(till: Till, end: Callable[[Till, str], object]) -> None:
    code, other = till.code(), till.code()
    end(till, code)
    assert not take(till, first_job(till, code))
    assert get(till, first_job(till, code)).state is JobState.PENDING
    assert take(till, first_job(till, other))


def test_what_went_wrong_last_time_is_not_said_of_this_time(till: Till) -> None:
    job = first_job(till, till.code())
    take(till, job)
    settle(till, job, JobState.PENDING, error="connection refused")
    take(till, job)
    assert get(till, job).last_error is None


def test_of_eight_desks_at_once_one_takes_the_job(till: Till) -> None:
    job = first_job(till, till.code())
    with ThreadPoolExecutor(DESKS) as desks:
        took = list(desks.map(lambda _: take(till, job), range(DESKS)))
    assert sorted(took) == [False] * (DESKS - 1) + [True]
    assert get(till, job).attempts == 1


def test_a_look_followed_by_a_write_would_let_two_desks_send_it(till: Till) -> None:
    """The twin: both have seen it pending, both go on."""
    job = first_job(till, till.code())
    both_have_looked = [get(till, job).state for _ in range(2)]
    for _ in both_have_looked:
        settle(till, job, JobState.SENDING)
    assert both_have_looked == [JobState.PENDING] * 2


def test_how_it_went_is_recorded_in_full(till: Till) -> None:
    job = first_job(till, till.code())
    take(till, job)
    settle(till, job, JobState.PRINTED, Proof.CONFIRMED, "held up")
    done = get(till, job)
    assert (done.state, done.proof, done.last_error, done.updated_at) == (
        JobState.PRINTED,
        Proof.CONFIRMED,
        "held up",
        LATER,
    )


def test_only_jobs_under_way_are_forgotten(till: Till) -> None:
    states = list(JobState)
    ids = [first_job(till, till.code()) for _ in states]
    for job, state in zip(ids, states, strict=True):
        settle(till, job, state)
    with transaction(till.counter.engine) as connection:
        assert jobs.forget_sending(connection, LATER) == 1
        assert jobs.forget_sending(connection, LATER) == 0
    now = [get(till, job).state for job in ids]
    assert now == [JobState.UNKNOWN if state is JobState.SENDING else state for state in states]


def test_a_slip_has_one_job_and_every_copy_its_own(till: Till) -> None:
    code = till.code()
    with transaction(till.counter.engine) as connection:
        assert jobs.next_copy(connection, code) == 2
        jobs.add(connection, code, 2, OPENING)
        assert jobs.next_copy(connection, code) == 3
        assert jobs.next_copy(connection, "000000000000") == 1
    with pytest.raises(FactExists), transaction(till.counter.engine) as connection:
        jobs.add(connection, code, 2, OPENING)
    with till.reading() as connection:
        assert [job.copy for job in jobs.of_codes(connection, [code, "000000000000"])[code]] == [1, 2]


def test_an_id_that_was_never_given_is_a_mistake_of_the_caller(till: Till) -> None:
    with pytest.raises(NoResultFound):
        get(till, 999)


# Which slips still matter


def test_only_slips_of_which_no_byte_has_left_wait_and_in_their_order(till: Till) -> None:
    states = [*JobState, JobState.PENDING]
    ids = [first_job(till, till.code()) for _ in states]
    for job, state in zip(ids, states, strict=True):
        settle(till, job, state)
    pending = [job for job, state in zip(ids, states, strict=True) if state is JobState.PENDING]
    assert waiting(till) == tuple(pending)
    assert unsettled(till) == [job for job, state in zip(ids, states, strict=True) if state is not JobState.PRINTED]


def test_slips_wait_on_their_own_business_day_only(till: Till, clock: MovableClock) -> None:
    early = first_job(till, till.code())
    clock.move(hours=17)  # 03:00: the night belongs to the day before
    late = first_job(till, till.code())
    clock.move(hours=2)
    first_job(till, till.code())
    assert waiting(till) == (early, late)


@pytest.mark.parametrize("end", [Till.redeem, Till.void])
def test_a_slip_matters_no_more_once_its_coupon_is_over(till: Till, end: Callable[[Till, str], object]) -> None:
    code = till.code()
    settle(till, first_job(till, code), JobState.UNKNOWN)
    assert unsettled(till) == [first_job(till, code)]
    end(till, code)
    assert unsettled(till) == []


def test_a_slip_matters_again_when_its_redemption_is_reversed_and_no_more_when_it_is_redeemed_again(
    till: Till,
) -> None:
    code = till.code()
    job = first_job(till, code)
    till.redeem(code)
    assert (waiting(till), unsettled(till)) == ((), [])
    till.reverse(code)
    assert (waiting(till), unsettled(till)) == ((job,), [job])
    till.redeem(code)
    assert (waiting(till), unsettled(till)) == ((), [])


def test_a_slip_in_doubt_matters_no_more_once_a_later_copy_came_out(till: Till) -> None:
    code = till.code()
    settle(till, first_job(till, code), JobState.UNKNOWN)
    till.reprint(code, by=LEAD)
    first, copy = (job.id for job in till.story(code).jobs)
    assert unsettled(till) == [first, copy]
    settle(till, copy, JobState.PRINTED, Proof.CONFIRMED)
    assert unsettled(till) == []


def test_a_slip_perhaps_in_two_pieces_matters_until_a_person_has_seen_it(till: Till) -> None:
    held, whole = (first_job(till, till.code()) for _ in range(2))
    settle(till, held, JobState.PRINTED, Proof.CONFIRMED, HELD_UP)
    settle(till, whole, JobState.PRINTED, Proof.CONFIRMED)
    assert unsettled(till) == [held]
    seen = till.counter.desk.seen(held, came_out=True)
    assert (seen.state, seen.proof, seen.last_error) == (JobState.PRINTED, Proof.CONFIRMED, None)
    assert unsettled(till) == []


def test_a_copy_in_doubt_still_matters_although_the_first_slip_came_out(till: Till) -> None:
    code = till.code()
    settle(till, first_job(till, code), JobState.PRINTED, Proof.CONFIRMED)
    till.reprint(code, by=LEAD)
    copy = till.story(code).jobs[1].id
    settle(till, copy, JobState.UNKNOWN)
    assert unsettled(till) == [copy]


def test_the_oldest_come_first_when_there_are_too_many_to_show(till: Till) -> None:
    ids = [first_job(till, till.code()) for _ in range(4)]
    with till.reading() as connection:
        assert [job.id for job in jobs.unsettled(connection, limit=2)] == ids[:2]


# Printers


def test_nothing_is_known_of_a_printer_that_was_never_used(till: Till) -> None:
    with till.reading() as connection:
        assert printers.get(connection, URL) == PrinterFact(proof=None, torn=False)


@pytest.mark.parametrize("proof", [None, *Proof])
@pytest.mark.parametrize("torn", [False, True])
def test_what_is_known_of_a_printer_is_kept_by_its_url(till: Till, proof: Proof | None, torn: bool) -> None:
    fact = PrinterFact(proof=proof, torn=torn)
    with transaction(till.counter.engine) as connection:
        printers.keep(connection, URL, PrinterFact(proof=Proof.PROCESSED, torn=not torn), OPENING)
        printers.keep(connection, URL, fact, LATER)
        printers.keep(connection, OTHER_URL, PrinterFact(proof=Proof.HANDED_OVER, torn=True), LATER)
    with reading(till.counter.engine) as connection:
        assert printers.get(connection, URL) == fact
        assert printers.get(connection, OTHER_URL) == PrinterFact(proof=Proof.HANDED_OVER, torn=True)
    assert till.count("printer") == 2


def test_a_printer_s_memory_outlives_the_program(till: Till, home: Home) -> None:
    with transaction(till.counter.engine) as connection:
        printers.keep(connection, URL, PrinterFact(proof=Proof.CONFIRMED, torn=True), OPENING)
    till.counter.close()
    with Till.open(home).reading() as connection:
        assert printers.get(connection, URL) == PrinterFact(proof=Proof.CONFIRMED, torn=True)
