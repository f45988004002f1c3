"""The register's print queue: nobody waits for a printer, and whatever happens there is told as news."""

from __future__ import annotations

import queue
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from db.connection.engine import open_engine, sqlite_url, transaction
from db.connection.errors import StoreError
from db.statements import print_jobs
from db.tables.column_types import HELD_UP, JobState, Proof
from db.tables.facts import JobFact
from pos_recovery.printing.print_queue import JobNews, News, PrinterNews, PrintQueue, Rhythm, TroubleNews
from pos_recovery.system.locations import Home
from receipts.values.status import Condition
from tests.receipts.simulation import small_page
from tests.recording_printer import LONGEST_WAIT_S, Printer, printer, slip_of
from tests.till import MovableClock, Till

OpenTill = Callable[..., Till]
RESTLESS = Rhythm(idle_s=0.05, waiting_s=0.05, blind_s=0.05)
HURRIED_BY_TROUBLE = Rhythm(idle_s=3600.0, waiting_s=0.05, blind_s=3600.0)
CALM = Rhythm(idle_s=LONGEST_WAIT_S, waiting_s=LONGEST_WAIT_S, blind_s=LONGEST_WAIT_S)
STOP_S = 2.0


class Register:
    """A till, its queue, and the news in the order in which they came."""

    def __init__(self, till: Till, rhythm: Rhythm) -> None:
        self.till = till
        self.past: list[News] = []
        self._news: queue.Queue[News] = queue.Queue()
        self.queue = PrintQueue(till.counter.desk, self._news.put, rhythm=rhythm)

    def give(self) -> str:
        """Issue a coupon and put its slip into the queue."""
        code = self.till.code()
        self.queue.put([self.job(code).id])
        return code

    def job(self, code: str) -> JobFact:
        return self.till.story(code).jobs[-1]

    def next(self) -> News:
        """The next piece of news. Raises queue.Empty when there is none for long."""
        self.past.append(self._news.get(timeout=LONGEST_WAIT_S))
        return self.past[-1]

    def until_job(self) -> JobFact:
        """The next new word of a job. A look may have printed what was just put: then it is told again as it stands."""
        while not isinstance(news := self.next(), JobNews) or news in self.past[:-1]:
            assert not isinstance(news, TroubleNews), news
        return news.job

    def until(self, condition: Condition) -> None:
        """Until the printer is said to be so."""
        while self.next() != PrinterNews(condition):
            pass

    def trouble(self) -> TroubleNews:
        """The next word of trouble."""
        while not isinstance(news := self.next(), TroubleNews):
            pass
        return news

    @property
    def conditions(self) -> list[Condition]:
        """What was said of the printer, in order."""
        return [news.condition for news in self.past if isinstance(news, PrinterNews)]


@contextmanager
def open_register(till: Till, rhythm: Rhythm = RESTLESS) -> Iterator[Register]:
    register = Register(till, rhythm)
    register.queue.start()
    yield register
    register.queue.stop(LONGEST_WAIT_S)


def three_looks(there: Printer) -> None:
    """Let the queue look at the printer three times."""
    while not there.happened.empty():
        there.happened.get()
    for _ in range(3):
        there.wait_for("connected")
        there.wait_for("disconnected")


@pytest.fixture
def there() -> Iterator[Printer]:
    """A printer without a worry."""
    with printer() as made:
        yield made


# Good days


def test_slips_are_printed_in_the_order_in_which_they_were_put(open_till: OpenTill, there: Printer) -> None:
    with open_register(open_till(printer=there.url)) as register:
        codes = [register.give() for _ in range(3)]
        printed = [register.until_job() for _ in codes]
        assert [job.code for job in printed] == codes
        assert {(job.state, job.proof) for job in printed} == {(JobState.PRINTED, Proof.CONFIRMED)}
    assert there.codes == codes


def test_the_badge_is_told_once_and_then_only_when_it_changes(open_till: OpenTill, there: Printer) -> None:
    with open_register(open_till(printer=there.url)) as register:
        register.until(Condition.READY)
        three_looks(there)
        there.strike("open")
        register.until(Condition.COVER_OPEN)
        three_looks(there)
        there.mend()
        register.until(Condition.READY)
        register.give()
        register.until_job()
        three_looks(there)
    assert register.conditions == [Condition.READY, Condition.COVER_OPEN, Condition.READY]


def test_a_slip_left_half_sent_by_an_earlier_run_is_in_doubt_from_the_start_and_not_printed(
    open_till: OpenTill, there: Printer
) -> None:
    till = open_till(printer=there.url)
    code = till.code()
    with transaction(till.counter.engine) as connection:
        assert print_jobs.take(connection, till.story(code).jobs[-1].id, till.clock())
    with open_register(till) as register:
        three_looks(there)
        assert register.job(code).state is JobState.UNKNOWN
    assert there.pieces == []


def test_slips_that_wait_from_an_earlier_run_are_printed_at_the_start(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    codes = [till.code(), till.code()]
    with open_register(till) as register:
        assert [register.until_job().code for _ in codes] == codes
    assert there.codes == codes


def test_yesterday_s_slips_are_not_printed_by_themselves(
    open_till: OpenTill, clock: MovableClock, there: Printer
) -> None:
    till = open_till(printer=there.url)
    code = till.code()
    clock.move(days=1)
    with open_register(till) as register:
        three_looks(there)
        assert register.job(code).state is JobState.PENDING
    assert there.pieces == []


# A printer that needs somebody


def test_a_slip_for_a_printer_that_is_off_is_printed_by_itself_and_once_when_it_is_on(open_till: OpenTill) -> None:
    with printer() as before:
        port = before.server.port
    with open_register(open_till(printer=before.url)) as register:
        code = register.give()
        register.until(Condition.NOT_ANSWERING)
        assert register.until_job().state is JobState.PENDING
        with printer(port=port) as there:
            register.until(Condition.READY)
            while (job := register.until_job()).state is JobState.PENDING:
                pass
            assert (job.code, job.state, job.attempts) == (code, JobState.PRINTED, 2)
            three_looks(there)
            assert there.codes == [code]
            assert there.whole(slip_of(register.till, code)) == 1


def test_a_slip_that_found_no_place_says_so_until_there_is_one_and_is_written_by_itself(open_till: OpenTill) -> None:
    """A file where the folder of slips should be. No look in between takes the word back."""
    till = open_till(printer="preview:")
    slips = till.counter.home.slips
    shutil.rmtree(slips, ignore_errors=True)
    slips.write_text("not a folder", encoding="utf-8")
    with open_register(till) as register:
        code = register.give()
        waiting = register.until_job()
        assert (waiting.state, waiting.last_error) == (JobState.PENDING, "file exists")
        for _ in range(3):
            assert register.until_job().state is JobState.PENDING, "it was tried again"
            assert register.conditions[-1] is Condition.NOT_WRITABLE
        slips.unlink()
        while register.until_job().state is JobState.PENDING:
            pass
        assert register.conditions[-2:] == [Condition.NOT_WRITABLE, Condition.NOT_ASKED]
        assert (slips / f"{code}.png").exists()


def test_a_slip_for_a_mute_printer_that_was_off_is_printed_by_itself_too(open_till: OpenTill) -> None:
    with printer(answers=False) as before:
        port = before.server.port
    till = open_till(printer=before.url)
    till.counter.desk.trust(Proof.HANDED_OVER)
    with open_register(till) as register:
        register.give()
        assert register.until_job().state is JobState.PENDING
        assert register.conditions == [Condition.NOT_ANSWERING]
        with printer(answers=False, port=port) as there:
            while (job := register.until_job()).state is JobState.PENDING:
                pass
            assert (job.state, job.proof) == (JobState.PRINTED, Proof.HANDED_OVER)
            assert register.conditions == [Condition.NOT_ANSWERING, Condition.NOT_ASKED]
            there.wait_for("cut")
            there.wait_for("cut")
            assert there.codes == [job.code]


def test_a_slip_held_up_for_paper_goes_on_after_the_reload_and_the_next_one_follows(
    open_till: OpenTill, there: Printer
) -> None:
    there.strike("paper-out 60")
    with open_register(open_till(printer=there.url)) as register:
        held = register.give()
        register.until(Condition.NO_PAPER)
        waiting = register.give()
        assert register.job(held).state is JobState.SENDING
        assert register.job(waiting).state is JobState.PENDING
        there.reload()
        done = register.until_job()
        assert (done.code, done.state, done.last_error) == (held, JobState.PRINTED, HELD_UP)
        done = register.until_job()
        assert (done.code, done.state, done.last_error) == (waiting, JobState.PRINTED, None)
        assert register.conditions == [Condition.READY, Condition.NO_PAPER, Condition.READY]
    assert there.whole(slip_of(register.till, waiting)) == 1
    assert there.codes.count(held) == there.codes.count(waiting) == 1


def test_a_slip_voided_while_it_waits_in_the_queue_is_not_printed(open_till: OpenTill, there: Printer) -> None:
    """It is pending still, and was put in the queue while it was good: the statement that takes it decides."""
    there.strike("paper-out 60")
    with open_register(open_till(printer=there.url), CALM) as register:
        held = register.give()
        register.until(Condition.NO_PAPER)
        voided, good = register.give(), register.give()
        register.till.void(voided)
        there.reload()
        done = [register.until_job() for _ in range(3)]
        assert [(job.code, job.state) for job in done] == [
            (held, JobState.PRINTED),
            (voided, JobState.PENDING),
            (good, JobState.PRINTED),
        ]
    assert voided not in there.codes


def test_a_guest_at_the_counter_comes_before_slips_that_have_waited(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    waited = [till.code() for _ in range(3)]
    there.strike("paper-out 60")
    with open_register(till) as register:
        register.until(Condition.NO_PAPER)
        now_here = register.give()
        there.reload()
        done = [register.until_job().code for _ in range(4)]
    assert done == [waited[0], now_here, *waited[1:]]


def test_a_printer_somebody_sees_to_is_well_on_the_badge_at_once_though_no_slip_waits(
    open_till: OpenTill, there: Printer
) -> None:
    there.strike("open")
    with open_register(open_till(printer=there.url), HURRIED_BY_TROUBLE) as register:
        register.until(Condition.COVER_OPEN)
        there.mend()
        register.until(Condition.READY)


def test_a_printer_that_was_off_is_found_as_soon_as_it_is_on(open_till: OpenTill) -> None:
    with printer() as before:
        port = before.server.port
    with open_register(open_till(printer=before.url), HURRIED_BY_TROUBLE) as register:
        register.until(Condition.NOT_ANSWERING)
        with printer(port=port):
            register.until(Condition.READY)


# Paper in doubt


def test_after_a_job_that_broke_off_the_printer_is_soon_known_to_be_well(open_till: OpenTill, there: Printer) -> None:
    with open_register(open_till(printer=there.url), HURRIED_BY_TROUBLE) as register:
        register.until(Condition.READY)
        there.strike("cut-cable 9000")
        register.give()
        assert register.until_job().state is JobState.UNKNOWN
        register.until(Condition.READY)
    assert register.conditions == [Condition.READY, Condition.NOT_ANSWERING, Condition.READY]


def test_a_slip_of_which_bytes_left_is_never_sent_again_by_itself(open_till: OpenTill, there: Printer) -> None:
    there.strike("cut-cable 9000")
    with open_register(open_till(printer=there.url)) as register:
        code = register.give()
        job = register.until_job()
        assert (job.state, job.attempts) == (JobState.UNKNOWN, 1)
        register.until(Condition.READY)
        three_looks(there)
        assert register.job(code) == job
        register.queue.put([job.id])
        while register.next() != JobNews(job):
            pass
        assert there.whole(slip_of(register.till, code)) == 0


def test_a_slip_of_which_no_byte_left_is(open_till: OpenTill, there: Printer) -> None:
    """The twin: the same looks at the same printer print it."""
    there.strike("busy")
    with open_register(open_till(printer=there.url)) as register:
        code = register.give()
        job = register.until_job()
        assert job.state is JobState.PENDING
        there.mend()
        while (job := register.until_job()).state is JobState.PENDING:
            pass
        assert job.state is JobState.PRINTED
        assert there.whole(slip_of(register.till, code)) == 1


# The end of the shift


def test_stopping_ends_a_slip_that_waits_for_paper_at_once_and_leaves_it_in_doubt(
    open_till: OpenTill, there: Printer
) -> None:
    there.strike("paper-out 60")
    with open_register(open_till(printer=there.url)) as register:
        code = register.give()
        register.until(Condition.NO_PAPER)
        began = time.monotonic()
        register.queue.stop()
        assert time.monotonic() - began < STOP_S
        assert register.job(code).state is JobState.UNKNOWN
        assert register.until_job().last_error == "stopped"


def test_stopping_before_a_byte_has_left_leaves_the_slip_waiting(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    there.strike("mute")
    with open_register(till, CALM) as register:
        register.until(Condition.NOT_ANSWERING)
        there.wait_for("connected")
        code = register.give()
        there.wait_for("connected")
        began = time.monotonic()
        register.queue.stop()
        assert time.monotonic() - began < STOP_S
        job = register.until_job()
        assert (job.state, job.last_error) == (JobState.PENDING, "stopped")
    there.mend()
    with open_register(till) as register:
        assert register.until_job().state is JobState.PRINTED
    assert there.whole(slip_of(till, code)) == 1


def test_slips_behind_the_one_under_way_are_left_waiting_when_the_register_closes(
    open_till: OpenTill, there: Printer
) -> None:
    there.strike("paper-out 60")
    with open_register(open_till(printer=there.url)) as register:
        register.give()
        register.until(Condition.NO_PAPER)
        behind = register.give()
        register.queue.stop()
    assert register.job(behind).state is JobState.PENDING
    assert register.job(behind).attempts == 0


def test_a_queue_that_was_never_started_can_be_stopped(till: Till) -> None:
    PrintQueue(till.counter.desk, lambda news: None).stop()


# A broken store


def test_a_slip_that_could_not_be_begun_is_not_in_doubt_and_is_printed_later(
    home: Home, clock: MovableClock, there: Printer
) -> None:
    """The ledger is busy before a byte has left; the screens' tests have it busy afterwards, and doubt the slip."""
    hasty = open_engine(sqlite_url(home.ledger), busy_timeout_s=0.05)
    till = Till.open(home, clock, engine=hasty, printer=there.url)
    with open_register(till, CALM) as register:
        register.until(Condition.READY)
        code = till.code()
        job = register.job(code)
        with closing(sqlite3.connect(home.ledger, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            register.queue.put([job.id])
            news = register.trouble()
            assert isinstance(news.error, StoreError)
            assert news.jobs == ()
            assert register.next() == JobNews(job)
            other.execute("ROLLBACK")
        assert there.pieces == []
        register.queue.put([job.id])
        assert register.until_job().state is JobState.PRINTED
    till.counter.close()


def test_a_look_that_breaks_is_told_and_concerns_no_slip(open_till: OpenTill, home: Home, there: Printer) -> None:
    till = open_till(printer=there.url)
    with open_register(till) as register:
        register.until(Condition.READY)
        till.counter.engine.dispose()
        aside = home.ledger.rename(home.folder / "aside")
        news = register.trouble()
        assert isinstance(news.error, StoreError)
        assert news.jobs == ()
        aside.rename(home.ledger)
        code = register.give()
        while register.next() != JobNews(register.job(code)):
            pass
        assert register.job(code).state is JobState.PRINTED


def test_a_test_slip_and_the_queue_do_not_get_in_each_other_s_way(open_till: OpenTill, there: Printer) -> None:
    till, bench = open_till(printer=there.url), open_till(printer=there.url)
    with open_register(till) as register:
        codes = [register.give() for _ in range(2)]
        assert bench.counter.desk.test(small_page()).state == "printed"
        assert [register.until_job().state for _ in codes] == [JobState.PRINTED] * 2
    assert there.codes == codes
