"""Against emupos, a printer nobody here wrote: the paper, pixel by pixel, and the truth about it in every fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from receipts.drawing.page import Page, lay_out
from receipts.printers.open_printer import Manner, Printer, open_printer
from receipts.transport import Line, Transport
from receipts.values.deadlines import Deadlines
from receipts.values.paper import PAPER_58, PAPER_80, Paper
from receipts.values.result import PrintResult
from receipts.values.status import Condition
from tests.receipts import emupos
from tests.receipts.samples import sample

pytestmark = pytest.mark.long

FAULTS = {
    "paper-out": Condition.NO_PAPER,
    "cover-open": Condition.COVER_OPEN,
    "offline": Condition.OFFLINE,
}
"""What stops emupos, and how it says so. `paper-near-end` stops nothing."""

KNOWN = Manner(level="processed", deadlines=Deadlines(stall=3.0, quiet=0.1, poll=0.1))


@pytest.fixture(scope="module", params=[PAPER_58, PAPER_80], ids=lambda paper: paper.name)
def there(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[emupos.Emupos]:
    programs = emupos.installed(request.config.cache)
    with emupos.running(programs, tmp_path_factory.mktemp("emupos"), request.param) as simulator:
        yield simulator


@pytest.fixture(params=["tcp", "serial"])
def printer(request: pytest.FixtureRequest, there: emupos.Emupos, tmp_path: Path) -> Printer:
    url = there.tcp_url if request.param == "tcp" else there.serial_url
    return open_printer(url, tmp_path, there.paper)


@pytest.fixture
def page(there: emupos.Emupos) -> Page:
    return lay_out(sample("en"), there.paper)


def parts(page: Page) -> list[Image.Image]:
    """The pieces the cutter makes of it."""
    edges = (0, *page.tear_rows, page.image.height)
    return [page.image.crop((0, top, page.image.width, bottom)) for top, bottom in pairwise(edges)]


def pixels(pieces: Iterable[Image.Image]) -> Counter[tuple[tuple[int, int], bytes]]:
    return Counter((piece.size, piece.tobytes()) for piece in pieces)


def came_out(there: emupos.Emupos, before: set[str]) -> Counter[tuple[tuple[int, int], bytes]]:
    """Every piece of paper that was cut off since `before`."""
    return pixels(there.image(receipt) for receipt in there.receipts() - before)


def assert_exactly(page: Page, there: emupos.Emupos, before: set[str]) -> None:
    """Since `before`, this page has come out, once, pixel by pixel, and nothing else."""
    assert came_out(there, before) == pixels(parts(page))


@dataclass
class After:
    """A transport on which something happens once so many bytes have been taken."""

    transport: Transport
    taken: int
    happens: Callable[[], None]
    reads_back: bool = True
    hand_over_only: bool = False

    def open(self, name: str) -> Line:
        return _LineAfter(self.transport.open(name), self)


class _LineAfter:
    def __init__(self, line: Line, after: After) -> None:
        self._line = line
        self._after = after
        self._left = after.taken

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:
        taken, received = self._line.exchange(data, wait_s)
        if self._left > 0 >= self._left - taken:
            self._after.happens()
        self._left -= taken
        return taken, received

    def finish(self) -> str:
        return self._line.finish()

    def close(self) -> None:
        self._line.close()


def test_slips_come_out_pixel_by_pixel(printer: Printer, page: Page, there: emupos.Emupos) -> None:
    before = there.receipts()
    result = printer.print(page, "slip", KNOWN)
    assert (result.state, result.proof, result.condition) == ("printed", "processed", Condition.READY)
    assert_exactly(page, there, before)


def test_a_printer_met_for_the_first_time_shows_what_it_can_prove(printer: Printer, page: Page) -> None:
    assert printer.print(page, "slip").proof == "processed"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_before_the_job_leaves_it_pending_and_after_clearing_the_right_paper_comes(
    printer: Printer, page: Page, there: emupos.Emupos, fault: str
) -> None:
    before = there.receipts()
    there.fault(fault)
    try:
        result = printer.print(page, "slip", KNOWN)
        assert result == PrintResult(
            state="pending", proof=None, bytes_sent=0, detail=result.detail, condition=FAULTS[fault]
        )
        assert there.receipts() == before
    finally:
        there.clear(fault)
    assert printer.ask() is Condition.READY
    assert printer.print(page, "slip", KNOWN).state == "printed"
    assert_exactly(page, there, before)


def test_paper_near_its_end_is_told_and_prints(printer: Printer, page: Page, there: emupos.Emupos) -> None:
    before = there.receipts()
    there.fault("paper-near-end")
    try:
        result = printer.print(page, "slip", KNOWN)
        assert (result.state, result.condition) == ("printed", Condition.NEAR_END)
        assert printer.ask() is Condition.NEAR_END
    finally:
        there.clear("paper-near-end")
    assert_exactly(page, there, before)


@pytest.mark.parametrize("at", [100, 9_000, 24_000])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_during_the_job_is_told_and_after_clearing_the_job_goes_on_by_itself(
    printer: Printer, page: Page, there: emupos.Emupos, fault: str, at: int
) -> None:
    before, told = there.receipts(), list[Condition]()

    def see_to_it(condition: Condition) -> None:
        told.append(condition)
        if not condition.can_print:
            there.clear(fault)

    faulty = After(printer.transport, at, lambda: there.fault(fault))
    result = replace(printer, transport=faulty).print(page, "slip", replace(KNOWN, tell=see_to_it))
    assert (result.state, result.proof) == ("printed", "processed")
    assert FAULTS[fault] in told
    assert told[-1] is Condition.READY
    assert_exactly(page, there, before)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_nobody_sees_to_leaves_the_paper_unknown_and_the_next_slip_whole(
    printer: Printer, page: Page, there: emupos.Emupos, fault: str
) -> None:
    before, impatient = there.receipts(), replace(KNOWN, deadlines=replace(KNOWN.deadlines, patience=0.3))
    try:
        faulty = After(printer.transport, 9_000, lambda: there.fault(fault))
        result = replace(printer, transport=faulty).print(page, "slip", impatient)
        assert (result.state, result.proof, result.condition) == ("unknown", None, FAULTS[fault])
        assert result.bytes_sent > 0
    finally:
        there.clear(fault)
    again = printer.print(page, "slip", replace(KNOWN, torn=True))
    assert (again.state, again.proof) == ("printed", "processed")
    whole = pixels(parts(page))
    assert came_out(there, before) & whole == whole


def test_a_printer_that_is_switched_off_leaves_the_slip_pending(tmp_path: Path, page: Page) -> None:
    paper: Paper = page.paper
    result = open_printer("tcp://127.0.0.1:9", tmp_path, paper).print(page, "slip", KNOWN)
    assert (result.state, result.bytes_sent, result.condition) == ("pending", 0, Condition.NOT_ANSWERING)
