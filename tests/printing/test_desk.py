"""The print desk with real printers behind it: what is on record of the paper is what is on the paper."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import Queue

import pytest

from db.connection.engine import open_engine, sqlite_url, transaction
from db.connection.errors import StoreError
from db.statements import print_jobs
from db.tables.column_types import HELD_UP, JobState, Proof
from db.tables.facts import JobFact, PrinterFact
from pos_recovery.counter.outcomes import Reprinted
from pos_recovery.printing.desk import Desk, Watch
from pos_recovery.system.locations import Home
from receipts.printers.open_printer import open_printer
from receipts.values.paper import PAPER_58
from receipts.values.status import Condition
from tests.receipts.simulation import small_page
from tests.recording_printer import LONGEST_WAIT_S, Printer, bring, known, printer, slip_of, states
from tests.till import MovableClock, Till

OpenTill = Callable[..., Till]


@pytest.fixture
def there() -> Iterator[Printer]:
    """A printer without a worry that confirms its jobs."""
    with printer() as made:
        yield made


# What is recorded


@pytest.mark.parametrize(("process_id", "proof"), [(True, Proof.CONFIRMED), (False, Proof.PROCESSED)])
def test_the_proof_is_recorded_and_the_level_learned_for_the_next_slip(
    open_till: OpenTill, process_id: bool, proof: Proof
) -> None:
    with printer(process_id=process_id) as there:
        till = open_till(printer=there.url)
        assert known(till) == PrinterFact(proof=None, torn=False)
        for code in (till.code(), till.code()):
            done = bring(till, code)
            assert (done.state, done.proof, done.attempts, done.last_error) == (JobState.PRINTED, proof, 1, None)
            assert known(till) == PrinterFact(proof=proof, torn=False)
            there.wait_for("cut")  # "processed" is said a moment before the last feed
            there.wait_for("cut")
            assert there.whole(slip_of(till, code)) == 1


def test_a_printer_that_is_known_is_asked_for_its_best_proof_only(open_till: OpenTill) -> None:
    with printer() as there:
        till = open_till(printer=there.url)
        bring(till, till.code())
        assert (b"\x1d(H" in there.machine.heard, b"\x1dr\x01" in there.machine.heard) == (True, True)
        there.machine.heard = b""
        bring(till, till.code())
        assert (b"\x1d(H" in there.machine.heard, b"\x1dr\x01" in there.machine.heard) == (True, False)


def test_a_printer_that_is_off_leaves_the_slip_waiting_and_nothing_learned(open_till: OpenTill) -> None:
    with printer() as there:
        url = there.url
    till = open_till(printer=url)
    heard: list[Condition] = []
    waits = bring(till, till.code(), Watch(tell=heard.append))
    assert (waits.state, waits.proof, waits.attempts) == (JobState.PENDING, None, 1)
    assert "refused" in (waits.last_error or "")
    assert heard == [Condition.NOT_ANSWERING]
    assert known(till) == PrinterFact(proof=None, torn=False)
    assert till.counter.desk.waiting() == (waits.id,)
    assert till.counter.desk.unsettled() == (waits,)


def test_a_slip_that_cannot_be_laid_out_has_failed_and_is_not_tried_again(open_till: OpenTill, tmp_path: Path) -> None:
    till = open_till(printer=f"{(tmp_path / 'lp0').as_uri()}?mode=text&qr=none")
    failed = bring(till, till.code(language="ja"))
    assert failed.state is JobState.FAILED
    assert "letters" in (failed.last_error or "")
    assert till.counter.desk.waiting() == ()
    assert till.counter.desk.unsettled() == (failed,)
    assert known(till) == PrinterFact(proof=None, torn=False)


def test_a_job_that_is_not_pending_is_answered_as_it_stands(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    code = till.code()
    done = bring(till, code)
    assert bring(till, code) == done
    till.counter.desk.seen(done.id, came_out=False)
    assert bring(till, code).state is JobState.UNKNOWN
    assert there.whole(slip_of(till, code)) == 1


def test_a_person_s_word_settles_a_slip_in_doubt(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    done = bring(till, till.code())
    lost = till.counter.desk.seen(done.id, came_out=False)
    assert (lost.state, lost.proof) == (JobState.UNKNOWN, None)
    found = till.counter.desk.seen(done.id, came_out=True)
    assert (found.state, found.proof, found.last_error) == (JobState.PRINTED, Proof.BY_PERSON, None)


def test_a_reprint_carries_the_same_code_and_says_that_it_is_a_copy(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    code = till.code()
    bring(till, code)
    assert isinstance(till.reprint(code), Reprinted)
    assert bring(till, code).copy == 2
    assert (there.whole(slip_of(till, code)), there.whole(slip_of(till, code, copy=2))) == (1, 1)
    assert there.codes == [code, code]


# Commit, then print, then record


def test_sending_is_on_record_before_the_first_byte_is_at_the_printer(
    open_till: OpenTill, home: Home, there: Printer
) -> None:
    till = open_till(printer=there.url)
    seen: list[list[str]] = []
    there.machine.look = lambda: None if there.machine.is_dismissed else seen.append(states(home))
    bring(till, till.code())
    assert seen[0] == ["sending"]
    assert {state for each in seen for state in each} == {"sending"}


def test_a_desk_that_recorded_afterwards_would_call_a_slip_unsent_while_it_prints(
    open_till: OpenTill, home: Home, there: Printer
) -> None:
    """The twin: killed here, it would print the slip a second time by itself."""
    till = open_till(printer=there.url)
    code = till.code()
    seen: list[list[str]] = []
    there.machine.look = lambda: seen.append(states(home)) if there.machine.has_heard_of_a_slip else None
    open_printer(there.url, home.slips, PAPER_58).print(slip_of(till, code), "slip")
    assert seen[0] == ["pending"]


def test_no_transaction_is_open_while_a_slip_prints(open_till: OpenTill, home: Home, there: Printer) -> None:
    till = open_till(printer=there.url)

    wrote: list[str] = []

    def write() -> None:
        if there.machine.has_heard_of_a_slip:
            there.machine.look = None
            with closing(sqlite3.connect(home.ledger, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                wrote.extend(states(home))

    there.machine.look = write
    assert bring(till, till.code()).state is JobState.PRINTED
    assert wrote == ["sending"]


def test_a_slip_whose_end_could_not_be_recorded_is_in_doubt_for_the_next_who_prints(
    home: Home, clock: MovableClock, there: Printer
) -> None:
    hasty = open_engine(sqlite_url(home.ledger), busy_timeout_s=0.05)
    till = Till.open(home, clock, engine=hasty, printer=there.url)
    first, second = till.code(), till.code()
    with closing(sqlite3.connect(home.ledger, check_same_thread=False, isolation_level=None)) as other:

        def lock() -> None:
            there.machine.look = None
            other.execute("BEGIN IMMEDIATE")

        there.machine.look = lock
        with pytest.raises(StoreError):
            bring(till, first)
        assert till.story(first).jobs[-1].state is JobState.SENDING
        other.execute("ROLLBACK")
    assert bring(till, second).state is JobState.PRINTED
    assert till.story(first).jobs[-1].state is JobState.UNKNOWN
    assert [there.whole(slip_of(till, code)) for code in (first, second)] == [1, 1]
    till.counter.close()


def test_a_slip_that_was_held_up_is_printed_and_said_to_be_in_two_pieces(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    there.strike("paper-out 60")
    heard: list[Condition] = []

    def see_to_it(condition: Condition) -> None:
        heard.append(condition)
        if condition is Condition.NO_PAPER:
            there.reload()

    held = bring(till, till.code(), Watch(tell=see_to_it))
    assert (held.state, held.proof, held.last_error) == (JobState.PRINTED, Proof.CONFIRMED, HELD_UP)
    assert heard[0] is Condition.READY
    assert Condition.NO_PAPER in heard
    assert heard[-1] is Condition.READY
    assert any(piece.seams for piece in there.pieces)


# Two programs


class Held:
    """A slip under way in another program, held up for paper until `release`."""

    def __init__(self, till: Till, there: Printer, threads: ThreadPoolExecutor) -> None:
        there.strike("paper-out 60")
        self.code = till.code()
        self._there = there
        self._conditions: Queue[Condition] = Queue()
        self._job = threads.submit(bring, till, self.code, Watch(tell=self._conditions.put))
        while self._conditions.get(timeout=LONGEST_WAIT_S) is not Condition.NO_PAPER:
            pass

    def release(self) -> JobFact:
        self._there.reload()
        return self._job.result(LONGEST_WAIT_S)


def test_two_programs_print_one_after_the_other(open_till: OpenTill, there: Printer) -> None:
    one, other = open_till(printer=there.url), open_till(printer=there.url)
    with ThreadPoolExecutor() as threads:
        held = Held(one, there, threads)
        waiting = other.code(request="another")
        second = threads.submit(bring, other, waiting)
        assert other.story(waiting).jobs[-1].state is JobState.PENDING
        assert held.release().proof is Proof.CONFIRMED
        assert second.result(LONGEST_WAIT_S).proof is Proof.CONFIRMED
    assert there.whole(slip_of(other, waiting)) == 1
    assert there.codes[-1] == waiting
    assert there.codes.count(held.code) == 1


def test_without_the_lock_the_second_program_would_find_the_printer_silent(
    open_till: OpenTill, home: Home, there: Printer
) -> None:
    """The twin: it gives up where waiting for two seconds more would have brought the slip."""
    till = open_till(printer=there.url)
    with ThreadPoolExecutor() as threads:
        held = Held(till, there, threads)
        alone = open_printer(there.url, home.slips, PAPER_58).print(small_page(), "slip")
        assert (alone.state, alone.condition) == ("pending", Condition.NOT_ANSWERING)
        held.release()


def test_while_another_program_prints_nothing_is_owned_up_to_and_nobody_asks_the_printer(
    open_till: OpenTill, home: Home, there: Printer
) -> None:
    one, other = open_till(printer=there.url), open_till(printer=there.url)
    with ThreadPoolExecutor() as threads:
        held = Held(one, there, threads)
        assert other.counter.desk.own_up() == 0
        assert other.counter.desk.condition() is None
        assert [job.state for job in other.counter.desk.unsettled()] == [JobState.SENDING]
        assert states(home) == ["sending"]
        assert held.release().state is JobState.PRINTED
    assert other.counter.desk.condition() is Condition.READY


def test_a_desk_that_owned_up_without_the_lock_would_doubt_a_slip_that_is_printing(
    open_till: OpenTill, there: Printer
) -> None:
    """The twin: the record says unknown while the other program is at it."""
    one, other = open_till(printer=there.url), open_till(printer=there.url)
    with ThreadPoolExecutor() as threads:
        held = Held(one, there, threads)
        with transaction(other.counter.engine) as connection:
            assert print_jobs.forget_sending(connection, other.clock()) == 1
        assert other.story(held.code).jobs[-1].state is JobState.UNKNOWN
        held.release()


def test_what_a_program_that_is_gone_left_half_sent_is_owned_up_to(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    code = till.code()
    with transaction(till.counter.engine) as connection:
        assert print_jobs.take(connection, till.story(code).jobs[-1].id, till.clock())
    assert till.counter.desk.own_up() == 1
    assert till.counter.desk.own_up() == 0
    assert [(job.code, job.state) for job in till.counter.desk.unsettled()] == [(code, JobState.UNKNOWN)]
    assert till.counter.desk.waiting() == ()


# What is tried again


def test_only_today_s_slips_wait_to_be_printed_by_themselves(till: Till, clock: MovableClock) -> None:
    yesterday = till.code()
    clock.move(days=1)
    today = till.code()
    desk: Desk = till.counter.desk
    assert desk.waiting() == (till.story(today).jobs[-1].id,)
    assert [job.code for job in desk.unsettled()] == [yesterday, today]


@pytest.mark.parametrize("end", [Till.redeem, Till.void])
def test_a_slip_of_a_coupon_that_is_over_is_not_printed_any_more(
    till: Till, end: Callable[[Till, str], object]
) -> None:
    code, other = till.code(), till.code()
    end(till, code)
    assert till.counter.desk.waiting() == (till.story(other).jobs[-1].id,)


def test_a_slip_of_a_coupon_that_is_good_again_is_printed_after_all(till: Till) -> None:
    code = till.code()
    till.redeem(code)
    till.reverse(code)
    assert till.counter.desk.waiting() == (till.story(code).jobs[-1].id,)


def test_whoever_waits_for_paper_can_stop_it_and_is_told_the_truth(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    there.strike("paper-out 60")
    stopped = threading.Event()

    def hear(condition: Condition) -> None:
        if condition is Condition.NO_PAPER:
            stopped.set()

    job = bring(till, till.code(), Watch(tell=hear, stop=stopped.is_set))
    assert (job.state, job.last_error) == (JobState.UNKNOWN, "stopped")
    assert known(till).torn
