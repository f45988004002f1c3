"""A printer that loses its power after any byte, behind a line that stays open, in simulated time.

For the sample in `tests/chaos/test_blackouts.py` and for every byte in `tests/bench/blackouts.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from receipts.address.printer_url import PrinterUrl
from receipts.drawing.page import Page
from receipts.drawing.slip import Slip
from receipts.escpos.job import Job
from receipts.printers.open_printer import Manner
from receipts.talk.proof import ALL_SENT, Wholeness
from receipts.values.paper import PAPER_58, Paper
from receipts.values.result import PrintResult, Proof
from receipts.virtual.device.faults import Fault, Kind
from receipts.virtual.device.machine import Machine
from tests.receipts.simulation import World

INSTANT: float | None = None
"""The power is back before the next byte: nothing is lost but what the printer held."""
STARTS_IN_S = 0.1
"""No printer starts sooner. One that keeps no mark is believed to need so long."""
FOREVER = 1 << 40
NARROW = Paper(name="96 dots", width_dots=96, dpi=203, columns=8)


def narrow_page() -> Page:
    """Two parts in a kilobyte, for sweeps over every byte."""
    image = Image.new("1", (NARROW.width_dots, 120), 255)
    pen = ImageDraw.Draw(image)
    for y in range(0, 120, 3):
        pen.line((y % 40, y, NARROW.width_dots - 1 - 2 * y % 37, y), fill=0, width=1 + y % 2)
    return Page(image, NARROW, (80,))


@dataclass(frozen=True)
class Kept:
    """One kind of printer on one kind of line."""

    level: Proof | None
    sheet: dict[str, Any] = field(default_factory=dict)
    """Its data sheet, as `Machine` takes it."""
    cable_bytes: int = 2048
    is_shared: bool = False

    @property
    def keeps_marks(self) -> bool:
        return bool(self.sheet.get("macros", True))

    def __str__(self) -> str:
        return f"{self.level}, {self.sheet}, {self.cable_bytes} bytes of cable, {'shared' if self.is_shared else 'own'}"


def kinds() -> Iterator[Kept]:
    """Every kind there is: proofs, marks, status, buffers and lines."""
    quick = {"buffer_bytes": 128, "speed_mm_s": 1000.0}
    for process_id, macros, auto_status, starved in product((True, False), repeat=4):
        sheet: dict[str, Any] = {"process_id": process_id, "macros": macros, "auto_status": auto_status}
        levels: tuple[Proof | None, ...] = ("confirmed", "processed", None) if process_id else ("processed", None)
        for level in levels:
            yield Kept(level, sheet | (quick if starved else {}), 64 if starved else 2048)
    yield Kept("confirmed", is_shared=True)
    yield Kept("processed", {"process_id": False, "macros": False}, is_shared=True)


class Blinking(Machine):
    """A printer whose power comes back after `off_s`."""

    world: World
    off_s: float | None = INSTANT

    def _lose_power(self, kind: Kind, at_s: float) -> None:
        super()._lose_power(kind, at_s)
        if self.off_s is None:
            self.power_on(at_s)
        else:
            self.world.after(self.off_s, lambda: self.mend(Kind.BLACKOUT, self.world.now))


@dataclass(frozen=True)
class Outcome:
    """What was said of the paper, and what is on it."""

    result: PrintResult
    paper: tuple[bytes, ...]
    received: int
    took_s: float

    def is_true(self, right: tuple[bytes, ...]) -> bool:
        """Whether what was said is so; `right` is the paper of a good day."""
        if self.result.proof:
            return self.paper == right
        return self.result.state == "unknown" or (self.result.state == "pending" and not self.result.bytes_sent)


def printed(what: Page | Slip, kept: Kept, at: Iterable[int] = (), off_s: float | None = INSTANT) -> Outcome:
    """Print once, with blackouts after so many bytes."""
    paper = what.paper if isinstance(what, Page) else PAPER_58
    machine = Blinking(paper, **kept.sheet)
    world = World(machine, kept.cable_bytes, is_shared=kept.is_shared)
    machine.world, machine.off_s = world, off_s
    for each in at:
        machine.strike(Fault(Kind.BLACKOUT, each), 0.0)
    printer = world.printer(paper)
    if isinstance(what, Slip):
        printer = replace(printer, address=PrinterUrl("serial", mode="text", qr="raster"))
    result = printer.print(what, "slip", Manner(level=kept.level, clock=world.clock))
    pieces = tuple(slip.ink for slip in machine.slips if slip.ending == "partial")
    return Outcome(result, pieces, machine.received, world.now)


def lies(what: Page | Slip, kept: Kept, offs: Iterable[float | None], step: int = 1, first: int = 0) -> list[str]:
    """Every false word over all bytes, or each `step`th; a good day is seen to be good first."""
    good = printed(what, kept)
    assert good.result.state == "printed", (str(kept), good.result)
    found = []
    for off_s, at in product(offs, range(first, good.received, step)):
        outcome = printed(what, kept, [at], off_s)
        if not outcome.is_true(good.paper):
            found.append(f"{kept}: off for {off_s} s at byte {at}: {outcome.result}")
    return found


def several(what: Page, kept: Kept, off_s: float | None, chance: Random) -> Outcome:
    """Two or three blackouts in one slip."""
    total = printed(what, kept).received
    return printed(what, kept, sorted(chance.randrange(total) for _ in range(chance.choice([2, 3]))), off_s)


def last_answer_alone(whole: Wholeness, job: Job) -> bytes:
    """How a slip was proved before: for the twins, instead of `Wholeness.compose`."""
    whole.answered_at, whole.is_marked = None, False
    whole._asked_at = [] if whole.level == "confirmed" else [ALL_SENT]
    whole._due = [] if whole.level == "processed" else [whole._id]
    return job.body
