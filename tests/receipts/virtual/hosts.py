"""A host without a thread: it offers a job to a machine in simulated time, as fast as the machine takes it."""

from dataclasses import dataclass, field
from itertools import pairwise

from PIL import Image

from receipts.drawing.page import Page, lay_out
from receipts.escpos.raster_job import encode
from receipts.values.paper import PAPER_58, PAPER_80, Paper
from receipts.virtual.device.machine import Machine
from tests.receipts.samples import sample

PAGES = {paper.width_dots: lay_out(sample("en"), paper) for paper in (PAPER_58, PAPER_80)}
JOBS = {width: encode(page).whole for width, page in PAGES.items()}

RESET = b"\x1b@"
CUT = b"\x1dV\x42\x00"
ASK_IN_ORDER = b"\x1dr\x01"
WATCH_ALL = b"\x1da\xff"


def ask_process_id(name: bytes) -> bytes:
    return b"\x1d(H\x06\x0000" + name


def answer_to(name: bytes) -> bytes:
    return b'\x37"' + name + b"\0"


def pieces(page: Page) -> list[Image.Image]:
    """What should come out of the printer, cut by cut."""
    edges = (0, *page.tear_rows, page.image.height)
    return [page.image.crop((0, top, page.image.width, bottom)) for top, bottom in pairwise(edges)]


def band(width_bytes: int, rows: int, fill: bytes = b"\xaa") -> bytes:
    """A raster command and all of its data."""
    sizes = width_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little")
    return b"\x1dv0\0" + sizes + fill * (width_bytes * rows)


@dataclass
class Host:
    """What a host sees of a machine."""

    machine: Machine
    now: float = 0.0
    heard: bytearray = field(default_factory=bytearray)
    when: list[tuple[float, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machine.connect(self.now)

    def send(self, data: bytes, chunk: int = 4096) -> int:
        """Send until everything is taken, or nothing more is and nothing will change; the bytes taken."""
        sent = 0
        while sent < len(data):
            if taken := self.machine.offer(data[sent : sent + chunk], self.now):
                sent += taken
                self._listen()
            elif not self.wait():
                break
        return sent

    def wait(self) -> bool:
        """Let time pass until something happens; False: nothing will."""
        moment = self.machine.next_event(self.now)
        if moment is None:
            return False
        assert moment >= self.now
        self.now = moment
        self.machine.advance(self.now)
        self._listen()
        return True

    def rest(self) -> None:
        """Let time pass until nothing will happen any more."""
        while self.wait():
            pass

    def ask(self, request: bytes) -> bytes:
        """Send a request; what comes back at once."""
        self.machine.take_replies()
        self.machine.offer(request, self.now)
        return self.machine.take_replies()

    def pass_time(self, seconds: float) -> None:
        """Let seconds pass."""
        self.now += seconds
        self.machine.advance(self.now)
        self._listen()

    def _listen(self) -> None:
        if heard := self.machine.take_replies():
            self.heard += heard
            self.when.append((self.now, heard))


def printer(paper: Paper = PAPER_58, **kind: float) -> Host:
    """A host at a printer of its own."""
    return Host(Machine(paper, **kind))  # type: ignore[arg-type]  # sizes only
