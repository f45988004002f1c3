"""Print jobs and what is known of printers: guarded moves, and which slips still matter."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import NoResultFound

from db.connection.engine import reading, transaction
from db.connection.errors import FactExists
from db.connection.prepared import driver_of
from db.statements import print_jobs, printers
from db.tables.column_types import HELD_UP, JobState, Proof
from db.tables.facts import JobFact, PrinterFact
from pos_recovery.system.locations import Home
from tests.till import LEAD, OPENING, MovableClock, Till

URL, OTHER_URL = "tcp://127.0.0.1:9100", "usb://04b8:0e28"
LATER = OPENING + timedelta(seconds=2)
TODAY = OPENING.date()
DESKS = 8


def first_job(till: Till, code: str) -> int:
    return till.story(code).jobs[0].id


def get(till: Till, job: int) -> JobFact:
    with till.reading() as connection:
        return print_jobs.get(connection, job)


def take(till: Till, job: int) -> bool:
    with transaction(till.counter.engine) as connection:
        return print_jobs.take(connection, job, LATER)


def settle(till: Till, job: int, state: JobState, proof: Proof | None = None, error: str | None = None) -> None:
    with transaction(till.counter.engine) as connection:
        print_jobs.settle(connection, job, state, proof=proof, error=error, now=LATER)


def waiting(till: Till) -> tuple[int, ...]:
    with till.reading() as connection:
        return print_jobs.waiting(connection, day=TODAY)


def unsettled(till: Till) -> list[int]:
    with till.reading() as connection:
        return [job.id for job in print_jobs.unsettled(connection)]


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
        assert print_jobs.forget_sending(connection, LATER) == 1
        assert print_jobs.forget_sending(connection, LATER) == 0
    now = [get(till, job).state for job in ids]
    assert now == [JobState.UNKNOWN if state is JobState.SENDING else state for state in states]


def test_a_slip_has_one_job_and_every_copy_its_own(till: Till) -> None:
    code = till.code()
    with transaction(till.counter.engine) as connection:
        assert print_jobs.next_copy(connection, code) == 2
        print_jobs.add(connection, code, 2, OPENING)
        assert print_jobs.next_copy(connection, code) == 3
        assert print_jobs.next_copy(connection, "000000000000") == 1
    with pytest.raises(FactExists), transaction(till.counter.engine) as connection:
        print_jobs.add(connection, code, 2, OPENING)
    with till.reading() as connection:
        assert [job.copy for job in print_jobs.of_codes(connection, [code, "000000000000"])[code]] == [1, 2]


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
        assert [job.id for job in print_jobs.unsettled(connection, limit=2)] == ids[:2]


# What asking costs


class Asked:
    """What SQLite is asked through an engine: the statements as they ran, and the steps its machine took for them."""

    def __init__(self, engine: Engine) -> None:
        self.statements: list[str] = []
        self.steps = 0
        engine.dispose()  # connections from now on only
        event.listen(engine, "connect", self._connected)

    def _connected(self, driver: sqlite3.Connection, _record: object) -> None:
        driver.set_trace_callback(self.statements.append)
        driver.set_progress_handler(self._step, 1)

    def _step(self) -> None:
        self.steps += 1


def print_all_day(till: Till) -> None:
    """Fifty slips, all of them in hand and none of them held up."""
    first = till.count("print_job")
    with transaction(till.counter.engine) as connection:
        for number in range(first, first + 50):
            job = print_jobs.add(connection, f"{number:012}", 1, OPENING)
            print_jobs.settle(connection, job, JobState.PRINTED, proof=Proof.CONFIRMED, error=None, now=LATER)


def ways_taken(till: Till) -> list[str]:
    """How SQLite finds what Today, Find, the status line and the print queue ask for, one step a line."""
    asked = Asked(till.counter.engine)
    till.counter.board.today(LEAD)
    till.counter.board.slips()
    till.counter.board.slips("2J")
    till.counter.desk.waiting()
    till.counter.desk.unsettled()
    till.counter.desk.own_up()
    statements = {each for each in asked.statements if each.startswith(("SELECT", "UPDATE"))}
    assert sum("FROM print_job" in each for each in statements) >= 3
    with till.reading() as connection:
        return [row[3] for each in statements for row in driver_of(connection).execute(f"EXPLAIN QUERY PLAN {each}")]


def steps_to_unsettled(till: Till) -> int:
    asked = Asked(till.counter.engine)
    unsettled(till)
    unsettled(till)
    return asked.steps


def without_the_index(till: Till) -> None:
    with transaction(till.counter.engine) as connection:
        connection.execute(text("DROP INDEX ix_print_job_held_up"))


_PAST_ALL = re.compile(r"SCAN (print_job|coupon|coupon_event)(_\d+)?\b")
_HELD_UP = "SEARCH print_job USING INDEX ix_print_job_held_up (state=? AND last_error=?)"


def test_today_and_find_pass_by_no_table_whole(till: Till) -> None:
    till.code()
    ways = ways_taken(till)
    assert [way for way in ways if _PAST_ALL.match(way)] == []
    assert _HELD_UP in ways


def test_without_the_index_held_up_slips_are_looked_for_among_all_that_are_printed(till: Till) -> None:
    """The twin. SQLite calls that a search too, by the state that nearly all of them have; the steps tell."""
    till.code()
    without_the_index(till)
    assert _HELD_UP not in ways_taken(till)


@pytest.mark.parametrize(("letters", "in_order_already"), [(2, True), (3, False)])
def test_a_month_s_slips_are_not_put_in_order_to_show_the_newest(
    till: Till, letters: int, in_order_already: bool
) -> None:
    """From the third letter on there is little left to put in order: the twin."""
    asked = Asked(till.counter.engine)
    till.counter.board.slips(till.code()[:letters])
    (found,) = (each for each in asked.statements if re.search(r"coupon\.issued_at >=|coupon\.code >=", each))
    with till.reading() as connection:
        ways = [row[3] for row in driver_of(connection).execute(f"EXPLAIN QUERY PLAN {found}")]
    assert ("USE TEMP B-TREE FOR ORDER BY" not in ways) is in_order_already


def test_a_good_slip_is_looked_for_among_the_codes_of_its_months(till: Till) -> None:
    asked = Asked(till.counter.engine)
    till.counter.board.slips("ZZZZ")
    (search,) = (each for each in asked.statements if "LIKE" in each and "expires_on >=" in each)

    def way(statement: str) -> str:
        with till.reading() as connection:
            return str(driver_of(connection).execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()[0][3])

    assert way(search) == "SEARCH coupon USING INDEX sqlite_autoindex_coupon_1 (code>?)"
    in_order = f"{search} ORDER BY coupon.issued_at DESC LIMIT 50"  # the twin: past every coupon there is
    assert way(in_order) == "SCAN coupon USING INDEX ix_coupon_issued_at"


def test_slips_that_are_printed_cost_nothing_when_those_in_doubt_are_asked_for(till: Till) -> None:
    settle(till, first_job(till, till.code()), JobState.PRINTED, Proof.CONFIRMED, HELD_UP)
    print_all_day(till)
    few = steps_to_unsettled(till)
    print_all_day(till)
    assert steps_to_unsettled(till) == few


def test_without_the_index_every_printed_slip_costs_a_step(till: Till) -> None:
    """The twin."""
    without_the_index(till)
    print_all_day(till)
    few = steps_to_unsettled(till)
    print_all_day(till)
    assert steps_to_unsettled(till) >= few + 2 * 50


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


def test_what_a_person_found_right_of_a_printer_s_letters_is_kept_by_its_url(till: Till) -> None:
    for found in ("18=cp852", ""):
        with transaction(till.counter.engine) as connection:
            printers.keep_pages(connection, URL, found, OPENING)
            printers.keep(connection, URL, PrinterFact(proof=Proof.CONFIRMED, torn=True), LATER)
        with reading(till.counter.engine) as connection:
            assert (printers.pages(connection, URL), printers.pages(connection, OTHER_URL)) == (found, None)


def test_a_printer_s_memory_outlives_the_program(till: Till, home: Home) -> None:
    with transaction(till.counter.engine) as connection:
        printers.keep(connection, URL, PrinterFact(proof=Proof.CONFIRMED, torn=True), OPENING)
    till.counter.close()
    with Till.open(home).reading() as connection:
        assert printers.get(connection, URL) == PrinterFact(proof=Proof.CONFIRMED, torn=True)
