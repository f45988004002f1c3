"""Ctrl-C and SIGTERM while a slip prints: the code is told first, then its paper, and nothing is left lying."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from filelock import FileLock

from db.tables.column_types import JobState
from pos_recovery.commands.print_watcher import Stopping
from pos_recovery.printing.desk import LOCK_WAIT_S, Watch
from pos_recovery.rules.codes import printed
from pos_recovery.system.locations import Home
from tests.commands.conftest import Call
from tests.commands.printing.printers import (
    AtThePrinter,
    started,
    states_on_record,
    until_it_waits_for_paper,
    use,
    virtual_printer,
)
from tests.commands.shell import Done, Shell
from tests.till import Till

if sys.platform == "win32":
    pytest.skip("a process cannot be asked to stop there", allow_module_level=True)

HOW = pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "terminated"]
)


@pytest.fixture
def printer() -> Iterator[AtThePrinter]:
    with virtual_printer() as there:
        yield there


def stopped(shell: Shell, printer: AtThePrinter, how: signal.Signals, *words: str) -> Done:
    """A command that was stopped while its slip waited for paper."""
    printer.strike("paper-out 20")
    with started(shell, printer.url, *words) as program:
        until_it_waits_for_paper(program)
        os.kill(program.pid, how)
        out, err = program.communicate()
    return Done(program.returncode, out, err)


@HOW
def test_the_code_is_told_first_and_its_paper_is_in_doubt_at_once(
    shell: Shell, printer: AtThePrinter, how: signal.Signals, code: int
) -> None:
    done = stopped(shell, printer, how, "issue", "late")
    assert states_on_record(shell) == ["unknown"]  # nobody had to own up
    assert done.code == code
    assert done.out.startswith("Issued: ")
    coupon = done.out.removeprefix("Issued: ")[:14]
    assert done.line == (
        "Nobody can tell whether the slip came out (stopped). Please look. Whole and in your hand: "
        f"`pos-recovery printer jobs --came-out {coupon}`. If not, `pos-recovery reprint {coupon}` prints a copy."
    )


@HOW
def test_a_script_gets_its_one_object(shell: Shell, printer: AtThePrinter, how: signal.Signals, code: int) -> None:
    done = stopped(shell, printer, how, "issue", "late", "--json")
    assert (done.code, done.told["outcome"], done.told["printed"]) == (code, "issued", "unknown")
    assert [job["state"] for job in done.told["print_jobs"]] == ["unknown"]


def test_of_a_party_the_slips_that_never_began_are_told_too(shell: Shell, printer: AtThePrinter) -> None:
    done = stopped(shell, printer, signal.SIGINT, "issue", "late", "--count", "3", "--json")
    assert (done.code, done.told["printed"], states_on_record(shell)) == (
        130,
        "unknown",
        ["unknown", "pending", "pending"],
    )
    doubt, waits = done.err.splitlines()
    assert f"--came-out {printed(done.told['codes'][0])}`" in doubt
    assert waits.startswith("No paper. Put in a roll and close the cover. The slip is on record: ")


def test_a_slip_of_which_nothing_had_left_waits(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with started(shell, url, "issue", "late", "--json") as program:
            connection, _ = silent.accept()
            os.kill(program.pid, signal.SIGINT)
            out, err = program.communicate()
            connection.close()
    done = Done(program.returncode, out, err)
    assert (done.code, done.told["printed"], states_on_record(shell)) == (130, "pending", ["pending"])
    assert done.line.startswith("Not printed yet (stopped). The slip is on record: it prints by itself ")


@pytest.mark.parametrize("words", [["reprint"], ["printer", "jobs", "--retry"]], ids=" ".join)
def test_reprint_and_retry_can_be_stopped_as_well(
    shell: Shell, call: Call, printer: AtThePrinter, words: list[str]
) -> None:
    printer.strike("open")
    code = use(call, printer.url)("issue", "late", "--json").told["code"]
    printer.mend()
    done = stopped(shell, printer, signal.SIGINT, *words, *([code] if words == ["reprint"] else []))
    assert (done.code, states_on_record(shell)) == (130, ["unknown"])
    assert printed(code) in done.out
    assert done.line.startswith("Nobody can tell whether the slip came out (stopped).")


def test_a_stop_that_nobody_listens_for_would_leave_the_job_lying(
    open_till: Callable[..., Till], call: Call, printer: AtThePrinter
) -> None:
    """The twin: the program ends inside the desk, and the record says `sending` until somebody owns up."""
    till = open_till(printer=printer.url)
    job = till.issue().jobs[0]

    def stop() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        till.counter.desk.print(job, Watch(stop=stop))
    assert states_on_record(call) == ["sending"]


def test_a_wish_to_stop_is_heard_while_another_program_prints(open_till: Callable[..., Till], home: Home) -> None:
    till = open_till()
    job = till.issue().jobs[0]
    began = time.monotonic()
    with ThreadPoolExecutor(1) as other, FileLock(home.printing):
        waits = other.submit(till.counter.desk.print, job, Watch(stop=lambda: True)).result()
    assert (waits.state, time.monotonic() - began < LOCK_WAIT_S / 2) == (JobState.PENDING, True)


def test_a_second_wish_to_stop_acts_as_if_nobody_listened() -> None:
    with Stopping() as stopping:
        signal.raise_signal(signal.SIGINT)
        assert stopping.code == 130
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """As in a command that a shell has put into the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Stopping() as stopping:
            signal.raise_signal(signal.SIGINT)
        assert (stopping.code, signal.getsignal(signal.SIGINT)) == (None, signal.SIG_IGN)
    finally:
        signal.signal(signal.SIGINT, before)
