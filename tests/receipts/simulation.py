"""The real printing code on the virtual printer, in simulated time: hours pass in milliseconds, and always alike.

Between the two lies a cable with a little memory, as a network or a serial line has: bytes may have been taken from us
and not have reached the printer yet, and when the cable breaks they never will.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count, pairwise

from PIL import Image, ImageDraw

from receipts.address.printer_url import PrinterUrl
from receipts.drawing.page import Page
from receipts.printers.open_printer import Manner, Printer
from receipts.transport import Line
from receipts.values.paper import PAPER_58, Paper
from receipts.values.result import PrintResult
from receipts.virtual.device.machine import Machine

ONE_WAY_S = 0.0005
"""From one end of the cable to the other."""
_INK = bytes(255 - byte for byte in range(256))
"""A picture's bytes as paper sees them: a 1 is a dot."""


@dataclass
class World:
    """A printer, a cable, a clock, and what will happen when."""

    machine: Machine
    cable_bytes: int = 2048
    is_shared: bool = False
    """Whether other hosts could print on it as well: a network printer."""
    reads_back: bool = True
    hand_over_only: bool = False
    now: float = 0.0
    _agenda: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    _number: count[int] = field(default_factory=count)

    def clock(self) -> float:
        return self.now

    def after(self, seconds: float, do: Callable[[], object]) -> None:
        """Somebody does something, so many seconds from now."""
        heapq.heappush(self._agenda, (self.now + seconds, next(self._number), do))

    def nobody_does_more(self) -> None:
        """What was still to happen does not."""
        self._agenda.clear()

    def pass_until(self, moment: float) -> None:
        """Let time go by, and everything happen that is due."""
        while self._agenda and self._agenda[0][0] <= moment:
            self.now, _, do = heapq.heappop(self._agenda)
            self.machine.advance(self.now)
            do()
        self.now = max(self.now, moment)
        self.machine.advance(self.now)

    def next_due(self) -> float:
        """When somebody will do something."""
        return self._agenda[0][0] if self._agenda else float("inf")

    def open(self, name: str) -> Line:
        if not self.machine.is_powered and not self.machine.listens:
            raise ConnectionRefusedError(111, "connection refused")
        self.machine.connect(self.now)
        return _Cable(self)

    def printer(self, paper: Paper = PAPER_58) -> Printer:
        """The product's own printer at this end of the cable."""
        scheme = "tcp" if self.is_shared else "usb"
        return Printer(f"{scheme}://simulated", paper, self, PrinterUrl(scheme))

    def print(self, page: Page, manner: Manner) -> PrintResult:
        return self.printer(page.paper).print(page, "slip", replace(manner, clock=self.clock))


class _Cable:
    def __init__(self, world: World) -> None:
        self._world = world
        self._under_way = bytearray()

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:
        world, until = self._world, self._world.now + wait_s
        taken = min(len(data), world.cable_bytes - len(self._under_way))
        self._under_way += data[:taken]
        world.pass_until(world.now + ONE_WAY_S)
        received = self._deliver()
        if not taken:
            taken = min(len(data), world.cable_bytes - len(self._under_way))
            self._under_way += data[:taken]
        while not taken and not received and world.now < until:
            own = world.machine.next_event(world.now)
            world.pass_until(min(until, max(world.now + ONE_WAY_S, min(own or until, world.next_due()))))
            received = self._deliver()
            taken = min(len(data), world.cable_bytes - len(self._under_way))
            self._under_way += data[:taken]
        return taken, received

    def _deliver(self) -> bytes:
        machine = self._world.machine
        if machine.is_powered and not machine.is_connected:
            raise ConnectionResetError(104, "connection reset by peer")
        del self._under_way[: machine.offer(bytes(self._under_way), self._world.now)]
        return machine.take_replies()

    def finish(self) -> str:
        while self._under_way:
            before = len(self._under_way)
            self._world.pass_until(self._world.now + 0.05)
            self._deliver()
            if len(self._under_way) == before:
                break
        return "taken by the printer"

    def close(self) -> None:
        self._world.machine.disconnect(self._world.now)


def small_page(paper: Paper = PAPER_58, *, mark: int = 0) -> Page:
    """Two parts of some hundred rows with a pattern nobody prints by accident; `mark` makes it a page of its own."""
    image = Image.new("1", (paper.width_dots, 240), 255)
    pen = ImageDraw.Draw(image)
    for y in range(0, 240, 3):
        pen.line((y + mark, y, paper.width_dots - 2 * y // 3 - 1, y), fill=0, width=1 + (y + mark) % 2)
    pen.rectangle((40, 60, 120 + mark, 90), fill=0)
    return Page(image, paper, (160,))


def parts(page: Page) -> list[bytes]:
    """The rows of each piece the cutter makes of it."""
    edges = (0, *page.tear_rows, page.image.height)
    pieces = [page.image.crop((0, top, page.image.width, bottom)) for top, bottom in pairwise(edges)]
    return [piece.tobytes().translate(_INK) for piece in pieces]


def whole_slips(machine: Machine, page: Page, *, or_glued: bool = False) -> int:
    """How many times this page stands complete, dot for dot, among the pieces that were cut off.

    With `or_glued` its first piece may begin with rows of somebody else's.
    """
    first, *others = parts(page)
    pieces = [slip.ink for slip in machine.slips if slip.ending in {"partial", "full"}]
    return sum(
        (piece == first or (or_glued and piece.endswith(first))) and pieces[at : at + len(others)] == others
        for at, piece in enumerate(pieces, 1)
    )


def any_of(machine: Machine, page: Page) -> bool:
    """Whether a first trace of this page is on any paper: its own top rows."""
    top = parts(page)[0][: page.paper.width_dots // 8 * 4]
    return any(top in slip.ink for slip in (*machine.slips, machine.present))
