"""A printer whose host is listened to: every byte it was sent, every piece of paper, and what should stand on it.

For tests that follow a till's slips to paper over a real socket or serial line. Refuses to know what a till has on
record: what is said of the paper and what is on it are compared by the test.
"""

from __future__ import annotations

import queue
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

import zxingcpp

from db.tables.facts import JobFact, PrinterFact
from pos_recovery.printing.desk import ALONE, Watch
from pos_recovery.system.locations import Home
from receipts.drawing.page import lay_out
from receipts.drawing.slip import Slip
from receipts.escpos.raster_job import encode
from receipts.values.paper import PAPER_58
from receipts.virtual.device.faults import Event, parse
from receipts.virtual.device.machine import Machine
from receipts.virtual.device.roll import Slip as Piece
from receipts.virtual.serving.tcp_server import Server, serving
from tests.till import Till

QUICK_MM_S = 4_000.0
"""A slip in a twentieth of a second."""
LONGEST_WAIT_S = 20.0
STATUS_ON, STATUS_OFF = b"\x1da\xff", b"\x1da\0"
"""The last thing a printer that answers is sent before the first byte of a slip, and the last thing of all."""


class Overheard(Machine):
    """A printer that keeps what it was sent since `heard` was last emptied, and tells whoever wants to look."""

    heard: bytes = b""
    look: Callable[[], object] | None = None
    """Called on the printer's thread each time bytes have arrived."""

    def offer(self, data: bytes, now: float) -> int:
        taken = super().offer(data, now)
        self.heard += data[:taken]
        if taken and self.look:
            self.look()
        return taken

    def forget(self) -> None:
        """What comes now is heard by itself."""
        self.heard = b""

    @property
    def has_heard_of_a_slip(self) -> bool:
        """Whether a byte of a slip itself has arrived."""
        _, status_on, after = self.heard.rpartition(STATUS_ON)
        return bool(status_on and after)

    @property
    def is_dismissed(self) -> bool:
        """Whether the host has heard enough, and from now on records how it went."""
        return self.heard.endswith(STATUS_OFF)


@dataclass
class Printer:
    """The printer, as somebody standing at it sees it."""

    machine: Overheard
    server: Server
    happened: queue.Queue[str] = field(default_factory=queue.Queue)
    paper: list[Piece] = field(default_factory=list)
    """All that came off, blank scraps too."""

    @property
    def url(self) -> str:
        return self.server.url

    def strike(self, fault: str) -> None:
        """As `receipts.virtual.device.faults.parse` reads it, like `paper-out 20`."""
        self.server.do(lambda machine, now: machine.strike(parse(fault), now))

    def mend(self) -> None:
        """Somebody sees to everything."""
        self.server.do(lambda machine, now: machine.mend_all(now))

    def reload(self) -> None:
        self.server.do(lambda machine, now: machine.reload(now))

    def wait_for(self, what: str) -> None:
        """Until this has happened once more. Raises queue.Empty when it does not."""
        while self.happened.get(timeout=LONGEST_WAIT_S) != what:
            pass

    @property
    def pieces(self) -> list[Piece]:
        """What was cut off with something on it, in order: a coupon is two, the guest's and the story."""
        return [piece for piece in self.paper if not piece.is_blank]

    @property
    def codes(self) -> list[str]:
        """What a scanner reads on the pieces, in order."""
        return [found.text for piece in self.pieces for found in zxingcpp.read_barcodes(piece.image)]

    def whole(self, slip: Slip) -> int:
        """How many times this slip has come out complete, dot for dot, and nothing else on it."""
        return times_whole([piece.ink for piece in self.pieces if piece.ending == "partial"], slip)


def times_whole(pieces: list[bytes], slip: Slip) -> int:
    """How many times `slip` stands complete among `pieces`."""
    wanted = list(undisturbed(slip))
    return sum(pieces[at : at + len(wanted)] == wanted for at in range(len(pieces)))


@lru_cache(maxsize=256)
def undisturbed(slip: Slip) -> tuple[bytes, ...]:
    """The pieces that a printer without a worry makes of it."""
    machine = Machine(PAPER_58, buffer_bytes=1 << 20)
    machine.connect(0.0)
    machine.offer(encode(lay_out(slip, PAPER_58)).whole, 0.0)
    machine.advance(60.0)
    return tuple(piece.ink for piece in machine.slips)


def slip_of(till: Till, code: str, copy: int = 1) -> Slip:
    """What should be on the paper of this code."""
    return till.counter.desk.slip(till.story(code).coupon, copy)


def bring(till: Till, code: str, watch: Watch = ALONE) -> JobFact:
    """Print the newest slip of this code; the job as it then is on record."""
    return till.counter.desk.print(till.story(code).jobs[-1].id, watch)


def known(till: Till) -> PrinterFact:
    """What is remembered of the printer."""
    return till.counter.desk.known()


def states(home: Home) -> list[str]:
    """Of all jobs, oldest first, as another program sees them."""
    with closing(sqlite3.connect(home.ledger)) as other:
        return [state for (state,) in other.execute("SELECT state FROM print_job ORDER BY id")]


@contextmanager
def printer(
    *faults: str, speed_mm_s: float = QUICK_MM_S, process_id: bool = True, answers: bool = True, port: int = 0
) -> Iterator[Printer]:
    """A printer for 58 mm paper, on a free port unless one is named, that has these faults from the beginning."""
    machine = Overheard(PAPER_58, speed_mm_s=speed_mm_s, process_id=process_id, answers=answers)

    def news(events: list[Event], pieces: list[Piece]) -> None:
        there.paper.extend(pieces)
        for event in events:
            there.happened.put(event.what)

    server = serving(machine, port, news=news)
    there = Printer(machine, server)
    with server:
        for fault in faults:
            there.strike(fault)
        yield there
