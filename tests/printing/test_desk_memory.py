"""What the desk remembers of a printer: the proof it gives, and that its last slip was torn."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from db.connection.engine import transaction
from db.statements import printers
from db.tables.column_types import JobState, Proof
from db.tables.facts import PrinterFact
from pos_recovery.printing.desk import Watch
from pos_recovery.system.locations import Home
from receipts.values.paper import PAPER_58
from receipts.virtual.device.faults import parse
from receipts.virtual.device.machine import Machine
from receipts.virtual.serving.pty_server import serving_pty
from tests.receipts.simulation import small_page
from tests.recording_printer import (
    LONGEST_WAIT_S,
    QUICK_MM_S,
    Overheard,
    Printer,
    bring,
    known,
    printer,
    slip_of,
    states,
    times_whole,
)
from tests.till import Till

OpenTill = Callable[..., Till]


@pytest.fixture
def there() -> Iterator[Printer]:
    """A printer without a worry that confirms its jobs."""
    with printer() as made:
        yield made


def test_a_printer_replaced_by_a_lesser_one_leaves_one_slip_in_doubt_and_is_then_known_anew(
    open_till: OpenTill,
) -> None:
    with printer() as confirming:
        till = open_till(printer=confirming.url)
        bring(till, till.code())
    with printer(process_id=False, port=confirming.server.port):
        doubtful = bring(till, till.code(), Watch(proof_s=0.3))
        assert (doubtful.state, doubtful.proof) == (JobState.UNKNOWN, None)
        assert known(till) == PrinterFact(proof=None, torn=True)
        done = bring(till, till.code())
        assert (done.state, done.proof) == (JobState.PRINTED, Proof.PROCESSED)
        assert known(till) == PrinterFact(proof=Proof.PROCESSED, torn=False)


def test_a_register_that_stops_half_way_does_not_take_its_printer_for_another_one(open_till: OpenTill) -> None:
    with printer(speed_mm_s=2.0) as there:
        till = open_till(printer=there.url)
        till.counter.desk.trust(Proof.CONFIRMED)
        stopped = bring(till, till.code(), Watch(stop=lambda: there.machine.has_heard_of_a_slip))
        assert (stopped.state, stopped.last_error) == (JobState.UNKNOWN, "stopped")
        assert known(till) == PrinterFact(proof=Proof.CONFIRMED, torn=True)


def test_a_printer_that_broke_off_is_not_taken_for_another_one(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    bring(till, till.code())
    there.strike("cut-cable 9000")
    assert bring(till, till.code()).state is JobState.UNKNOWN
    assert known(till) == PrinterFact(proof=Proof.CONFIRMED, torn=True)


HAS_PSEUDO_TERMINALS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
CUT = parse("cut-cable 9000")


def serial_url(link: Path) -> str:
    """A printer whose line nobody else uses, so that nothing but the memory of a torn slip makes a flush."""
    return f"serial://{link}?mode=raster"


def torn_on_a_serial_line(open_till: OpenTill, machine: Machine, link: Path) -> None:
    """Leave a band half sent, with the cable pulled out, and the program ended."""
    with serving_pty(machine) as line:
        link.symlink_to(line.path)
        till = open_till(printer=serial_url(link))
        line.do(lambda machine, now: machine.strike(CUT, now))
        pulled = Watch(stop=lambda: not machine.is_connected)
        assert bring(till, till.code(), pulled).state is JobState.UNKNOWN
        patience = time.monotonic() + LONGEST_WAIT_S
        while not line.do(lambda machine, now: machine.bytes_missing):
            assert time.monotonic() < patience, "the cable was cut between two bands"
        till.counter.close()
    link.unlink()


def after_the_restart(open_till: OpenTill, machine: Machine, link: Path, home: Home, *, forget: bool) -> int:
    """Plug it in, start the program anew, print the next slip; how often that slip is whole on paper."""
    with serving_pty(machine) as line:
        link.symlink_to(line.path)
        till = open_till(printer=serial_url(link))
        if forget:
            with transaction(till.counter.engine) as connection:
                nothing = PrinterFact(proof=None, torn=False)
                printers.keep(connection, till.counter.settings.printer, nothing, till.clock())
        code = till.code(request="after the restart")
        bring(till, code)
    assert states(home)[0] == "unknown"
    return times_whole([piece.ink for piece in machine.slips if not piece.is_blank], slip_of(till, code))


@HAS_PSEUDO_TERMINALS
def test_after_a_torn_slip_and_a_restart_the_next_slip_is_whole(
    open_till: OpenTill, tmp_path: Path, home: Home
) -> None:
    machine = Overheard(PAPER_58, speed_mm_s=QUICK_MM_S)
    torn_on_a_serial_line(open_till, machine, tmp_path / "tty")
    assert after_the_restart(open_till, machine, tmp_path / "tty", home, forget=False) == 1


@HAS_PSEUDO_TERMINALS
def test_if_the_torn_slip_were_forgotten_the_printer_would_swallow_part_of_the_next(
    open_till: OpenTill, tmp_path: Path, home: Home
) -> None:
    """The twin: the half band takes the beginning of the next slip for its own picture."""
    machine = Overheard(PAPER_58, speed_mm_s=QUICK_MM_S)
    torn_on_a_serial_line(open_till, machine, tmp_path / "tty")
    assert after_the_restart(open_till, machine, tmp_path / "tty", home, forget=True) == 0


# A test slip


@pytest.mark.parametrize(("process_id", "proof"), [(True, Proof.CONFIRMED), (False, Proof.PROCESSED)])
def test_a_test_slip_shows_what_the_printer_can_prove(open_till: OpenTill, process_id: bool, proof: Proof) -> None:
    with printer(process_id=process_id) as there:
        till = open_till(printer=there.url)
        result = till.counter.desk.test(small_page())
        assert (result.state, result.proof) == ("printed", proof.value)
        assert known(till) == PrinterFact(proof=proof, torn=False)
        assert till.count("print_job") == 0


def test_a_printer_that_never_answers_is_used_once_a_person_has_said_so(open_till: OpenTill) -> None:
    with printer(answers=False) as there:
        till = open_till(printer=there.url)
        assert bring(till, till.code()).state is JobState.PENDING
        assert till.counter.desk.test(small_page()).state == "pending"
        assert known(till) == PrinterFact(proof=None, torn=False)
        assert till.counter.desk.test(small_page(), mute=True).proof == "handed_over"
        assert known(till) == PrinterFact(proof=Proof.HANDED_OVER, torn=False)
        code = till.code()
        done = bring(till, code)
        assert (done.state, done.proof) == (JobState.PRINTED, Proof.HANDED_OVER)
        for _ in range(2 + 2):  # the test slip and the coupon, two pieces each
            there.wait_for("cut")
        assert there.whole(slip_of(till, code)) == 1


def test_what_a_person_has_seen_of_the_printer_is_trusted(open_till: OpenTill, there: Printer) -> None:
    till = open_till(printer=there.url)
    till.counter.desk.trust(Proof.PROCESSED)
    assert bring(till, till.code()).proof is Proof.PROCESSED
    till.counter.desk.trust(None)
    assert bring(till, till.code()).proof is Proof.CONFIRMED
