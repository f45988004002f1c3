"""From the key to the paper: how soon the printer hears, how soon the slip is proved, and what the wire carries.

Run it on a compiled install, as `first_paint` says, while the machine does nothing else:

    python tests/bench/printing.py [ROUNDS]

The register runs as a person starts it, in a pseudo-terminal of 80 by 24, and prints over TCP, in real time, on a
virtual printer in this process. A key's time runs from writing it into the terminal. The goals:

* F6: Enter on a card until the first byte of its job is at the printer, at the median;
* F7: Enter until the screen says "Printed", against the time the paper needs at the printer's speed;
* F8: everything sent for one slip (questions, flush, raster, proof), against its picture as one plain raster;
* F17: F1 while the printer is silent for 300 ms, against F1 while it prints.

Refuses to time the first slip: fonts and libraries load behind the sign-in, while nobody waits.
"""

from __future__ import annotations

import os
import pty
import re
import secrets
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fcntl import ioctl
from functools import partial
from pathlib import Path
from termios import TIOCSWINSZ

from pos_recovery.counter.outcomes import Issued, Person
from pos_recovery.counter.recovery import Order
from pos_recovery.counter.staff import Pin
from pos_recovery.opening import setup, wiring
from pos_recovery.opening.wiring import Counter
from pos_recovery.printing.desk import PAPERS
from pos_recovery.settings import settings_file
from pos_recovery.slip_texts.slip_words import SHIPPED
from pos_recovery.system.locations import Home
from receipts.drawing.page import Page, lay_out
from receipts.drawing.slip import Slip
from receipts.escpos.raster_job import encode
from receipts.transport.tcp import TcpTransport
from receipts.values.paper import DOTS_PER_BYTE, Paper
from receipts.virtual.device.faults import Fault, Kind
from receipts.virtual.device.machine import Machine
from receipts.virtual.serving.tcp_server import Server, serving

FIRST_BYTE_MS, PROOF_RATIO, BYTES_RATIO, STALL_RATIO = 60.0, 1.15, 0.50, 2.0
"""F6, F7, F8, F17."""
SPEEDS_MM_S = (60.0, 150.0, 250.0)
PROOF_ROUNDS = 3
QUICK_MM_S = 4000.0
"""Where the paper's time is not what is measured."""
STALL_S, SECOND_KEY_S = 0.3, 0.2
"""After Enter: the end of the stall, and the second key."""
WARM_UP = 3
DEADLINE_S = 30.0
PIN = "2468"
ENTER, ESC, F1 = "\r", "\x1b", "\x1bOP"

_RASTER = b"\x1dv0"
_CONTROL = re.compile(rb"\x1b\[[0-9;:?<>=$ ]*[A-Za-z]")
_BEGUN = re.compile(rb"\x1b(?:\[[0-9;:?<>=$ ]*)?$")


@dataclass
class Visit:
    """One connection, as the printer saw it. Times are of the monotonic clock."""

    first_byte_at: float | None = None
    first_dots_at: float | None = None
    """When the first command with dots in it arrived; None: it was only a look."""
    bytes: int = 0


class Witness(Machine):
    """A printer that notes when what arrived."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(paper, speed_mm_s=QUICK_MM_S, roll_mm=1e7)
        self.visits: list[Visit] = []
        self._until_dots = b""

    def connect(self, now: float) -> None:
        """Begin a visit."""
        self.visits.append(Visit())
        self._until_dots = b""
        super().connect(now)

    def offer(self, data: bytes, now: float) -> int:
        """Note the time before anything is done with the bytes."""
        visit = self.visits[-1]
        visit.first_byte_at = visit.first_byte_at or now
        if visit.first_dots_at is None:
            self._until_dots += data
            visit.first_dots_at = now if _RASTER in self._until_dots else None
        taken = super().offer(data, now)
        visit.bytes += taken
        return taken

    def last_job(self) -> Visit:
        """The last visit that brought a slip."""
        return next(visit for visit in reversed(self.visits) if visit.first_dots_at is not None)


class Register:
    """The program in a terminal. Everything it writes is read; the words of it since the last key are kept."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._said = b""
        self._begun = b""
        """A control sequence whose end has not been read."""

    def press(self, keys: str) -> float:
        """Type, and say when."""
        self.settle(0.0)
        self._said = b""
        now = time.monotonic()
        os.write(self._master, keys.encode())
        return now

    def until(self, words: str) -> float:
        """Read until these words were written since the last key, and say when."""
        ends = time.monotonic() + DEADLINE_S
        while words.encode() not in self._said:
            if not self._read(max(0.0, ends - time.monotonic())):
                raise TimeoutError(f"{words!r} never came: {self._said[-2000:].decode(errors='replace')}")
        return time.monotonic()

    def follow(self, until_s: float) -> None:
        """Read until this moment, or one that is past."""
        while self._read(max(0.0, until_s - time.monotonic())):
            pass

    def settle(self, quiet_s: float = 0.15) -> None:
        """Read until nothing has been written for this long."""
        while self._read(quiet_s):
            pass

    def _read(self, wait_s: float) -> bool:
        if not select.select([self._master], [], [], wait_s)[0]:
            return False
        written = self._begun + os.read(self._master, 65536)
        begun = _BEGUN.search(written)
        cut = begun.start() if begun else len(written)
        self._said += _CONTROL.sub(b"", written[:cut])
        self._begun = written[cut:]
        return True


@dataclass(frozen=True)
class Stand:
    """A register and its printer."""

    shown: Register
    machine: Witness
    printer: Server

    def give(self) -> float:
        """Issue one coupon; returns when Enter was pressed. The card had time to draw its slip."""
        self.shown.press("3")
        self.shown.until("Enter Print")
        self.shown.settle()
        return self.shown.press(ENTER)

    def leave(self) -> None:
        """From the paper back to the grid."""
        self.shown.press(ENTER)
        self.shown.until("Sold out")
        self.shown.settle()

    def set_speed(self, mm_s: float) -> None:
        """How fast paper moves from now on."""
        self.printer.do(lambda machine, now: machine.set_speed(mm_s, now))

    @property
    def moved_mm(self) -> float:
        """Paper moved so far."""
        return self.printer.do(lambda machine, _: machine.moved_mm)


@contextmanager
def stand(home: Home, width_mm: int) -> Iterator[Stand]:
    """A register whose lead has signed in, beside a printer; both are warm."""
    machine = Witness(PAPERS[width_mm])
    with serving(machine) as printer, register(home, printer, width_mm) as shown:
        here = Stand(shown, machine, printer)
        for _ in range(WARM_UP):
            here.give()
            shown.until("Printed")
            here.leave()
        yield here


@contextmanager
def register(home: Home, printer: Server, width_mm: int) -> Iterator[Register]:
    """The program in its terminal, at the grid."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POS_RECOVERY")}
    environment |= {
        "TERM": "xterm-256color",
        "POS_RECOVERY_PRINTER": printer.url,
        "POS_RECOVERY_PAPER": str(width_mm),
        "POS_RECOVERY_CAP": "10000",
    }
    master, slave = pty.openpty()
    ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "pos_recovery", "--home", str(home.folder)]
    program = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        shown = Register(master)
        shown.until("1 Ana")
        shown.settle(1.0)
        shown.press(PIN + ENTER)
        shown.until("Sold out")
        shown.settle()
        yield shown
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        os.close(master)


class Report:
    """The table, line by line, and whether a goal was missed."""

    def __init__(self) -> None:
        self.missed = False

    def line(self, what: str, found: str, *, value: float = 0.0, goal: float | None = None) -> None:
        """One line; with a goal, `value` is held against it."""
        judged = "" if goal is None else f"  (goal: at most {goal:g})"
        if goal is not None and value > goal:
            self.missed = True
            judged += "  MISSED"
        sys.stdout.write(f"{what:<42} {found}{judged}\n")
        sys.stdout.flush()

    def times(self, what: str, taken_ms: Sequence[float], goal: float | None = None) -> None:
        """A median in milliseconds, held against a goal, and the slowest in twenty."""
        median = statistics.median(taken_ms)
        slow = sorted(taken_ms)[int(len(taken_ms) * 0.95)]
        self.line(what, f"median {median:5.1f} ms  p95 {slow:5.1f} ms", value=median, goal=goal)


def measure_first_byte(here: Stand, rounds: int, report: Report) -> None:
    """F6. The first dots come one question later, and after the flush."""
    bytes_ms, dots_ms = [], []
    for _ in range(rounds):
        pressed = here.give()
        here.shown.until("Printed")
        job = here.machine.last_job()
        bytes_ms.append(((job.first_byte_at or 0.0) - pressed) * 1000)
        dots_ms.append(((job.first_dots_at or 0.0) - pressed) * 1000)
        here.leave()
    paper = here.machine.paper.name
    report.times(f"F6  {paper}: Enter to the first byte", bytes_ms, FIRST_BYTE_MS)
    report.times(f"    {paper}: Enter to the first dots", dots_ms)


def measure_proof(here: Stand, report: Report) -> None:
    """F7: the paper's time counts what the printer feeds to its cutter, and nothing for cutting."""
    for speed in SPEEDS_MM_S:
        here.set_speed(speed)
        taken_s, paper_s = [], []
        for _ in range(PROOF_ROUNDS):
            before_mm = here.moved_mm
            pressed = here.give()
            taken_s.append(here.shown.until("Printed") - pressed)
            paper_s.append((here.moved_mm - before_mm) / speed)
            here.leave()
        ratio = statistics.median(taken_s) / statistics.median(paper_s)
        found = f"{statistics.median(taken_s):5.2f} s for {statistics.median(paper_s):5.2f} s of paper: {ratio:.3f}"
        what = f"F7  {here.machine.paper.name}, {speed:.0f} mm/s: Enter to the proof"
        report.line(what, found, value=ratio, goal=PROOF_RATIO)
    here.set_speed(QUICK_MM_S)


def measure_stall(here: Stand, rounds: int, report: Report) -> None:
    """F17: help opens over the paper's screen; the printer lets a host connect and is silent, or prints slowly."""
    taken_ms: dict[bool, list[float]] = {False: [], True: []}
    for round_ in range(2 * rounds):
        stalls = bool(round_ % 2)
        here.set_speed(SPEEDS_MM_S[0])
        if stalls:
            here.printer.do(lambda machine, now: machine.strike(Fault(Kind.BUSY), now))
        pressed = here.give()
        here.shown.until("Printing")
        here.shown.follow(pressed + SECOND_KEY_S)
        again = here.shown.press(F1)
        taken_ms[stalls].append((here.shown.until("At the grid") - again) * 1000)
        here.shown.follow(pressed + STALL_S)
        here.printer.do(lambda machine, now: machine.mend(Kind.BUSY, now))
        here.set_speed(QUICK_MM_S)
        here.shown.press(ESC)
        here.shown.until("Printed")
        here.leave()
    plain, stalled = (statistics.median(taken_ms[stalls]) for stalls in (False, True))
    found = f"{stalled:5.1f} ms, {plain:.1f} ms without: {stalled / plain:.2f}"
    report.line(
        f"F17 {here.machine.paper.name}: F1 while the printer stalls", found, value=stalled / plain, goal=STALL_RATIO
    )


class Core:
    """The same without screens: issue and print, called."""

    def __init__(self, home: Home, width_mm: int, machine: Witness, printer: Server) -> None:
        settings = replace(
            settings_file.load(home.settings, {}), printer=printer.url, paper=width_mm, cap=10_000,
            phone="0800 123 4567", web_site="cup.example",
        )  # fmt: skip
        self.counter: Counter = wiring.build(home, settings, wiring.open_counter(home).engine)
        self.machine = machine
        self.printer = printer
        self.person = Person(1, "Ana", self.counter.roster.people()[0].role)

    def issue(self, language: str) -> Issued:
        """One coupon."""
        issued = self.counter.recovery.issue(
            Order(reason="late", language=language), self.person, secrets.token_hex(16)
        )
        assert isinstance(issued, Issued)
        return issued

    def print(self, issued: Issued) -> Visit:
        """Bring it to paper."""
        fact = self.counter.desk.print(issued.jobs[0])
        assert fact.state.value == "printed", fact
        return self.machine.last_job()

    def connect(self) -> None:
        """Open a connection and close it again."""
        TcpTransport(*self.printer.address).open("bench").close()


def taken_ms(do: Callable[[], object]) -> float:
    """Milliseconds one call takes."""
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


def measure_core(core: Core, rounds: int, report: Report) -> None:
    """Where F6 goes when no screen is drawn: words, type and QR to dots, dots to bytes, connecting, the rest SQL."""
    paper = core.machine.paper
    parts: dict[str, list[float]] = {"in all": [], "draw": [], "encode": [], "connect": []}
    for round_ in range(WARM_UP + rounds):
        issued = core.issue("en")
        started = time.monotonic()
        first_byte_ms = ((core.print(issued).first_byte_at or 0.0) - started) * 1000
        slip = core.counter.desk.slip(core.issue("en").stories[0].coupon)
        pages: list[Page] = []
        drawn = {
            "in all": first_byte_ms,
            "draw": taken_ms(partial(_draw, slip, paper, pages)),
            "encode": taken_ms(partial(encode, pages[0])),
            "connect": taken_ms(core.connect),
        }
        if round_ >= WARM_UP:
            for name, ms in drawn.items():
                parts[name].append(ms)
    medians = {name: statistics.median(each) for name, each in parts.items()}
    rest = medians["in all"] - sum(ms for name, ms in medians.items() if name != "in all")
    words = ", ".join(f"{name} {ms:.1f}" for name, ms in [*list(medians.items())[1:], ("records", rest)])
    report.times(f"    {paper.name}: Desk.print to the first byte", parts["in all"])
    report.line("", words)


def _draw(slip: Slip, paper: Paper, into: list[Page]) -> None:
    into.append(lay_out(slip, paper))


def measure_bytes(core: Core, report: Report) -> None:
    """F8: every byte of the connection that brought the slip, the flush for a torn neighbour among them."""
    paper = core.machine.paper
    ratios = {}
    for language in SHIPPED:
        issued = core.issue(language)
        sent = core.print(issued).bytes
        page = lay_out(core.counter.desk.slip(issued.stories[0].coupon), paper)
        ratios[language] = sent / (paper.width_dots // DOTS_PER_BYTE * page.image.height)
    worst = max(ratios, key=lambda language: ratios[language])
    found = f"{statistics.median(ratios.values()):.3f} at the median, most in {worst}: {ratios[worst]:.3f}"
    report.line(
        f"F8  {paper.name}: bytes on the wire, {len(ratios)} languages", found, value=ratios[worst], goal=BYTES_RATIO
    )


def main(rounds: int) -> int:
    """Measure, print, and say by the exit code whether the goals hold."""
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        setup.set_up(home, setup.Answers(lead="Ana"), lambda: Pin(PIN))
        for width_mm in sorted(PAPERS):
            machine = Witness(PAPERS[width_mm])
            with serving(machine) as printer:
                core = Core(home, width_mm, machine, printer)
                measure_core(core, rounds, report)
                measure_bytes(core, report)
                core.counter.close()
            with stand(home, width_mm) as here:
                measure_first_byte(here, rounds, report)
                measure_proof(here, report)
                measure_stall(here, max(3, rounds // 3), report)
    return int(report.missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30))
