"""A register that dies in the middle of its work, again and again: run as a program by `test_kills.py`.

It imports and warms up once, then forks a child for each line on its standard input, so that a death costs
milliseconds. The child issues a coupon and prints it; before a step it kills itself with SIGKILL, which no `finally`
survives. A step is a statement or a commit of the ledger, or a move of bytes on the line to the printer. Steps are
counted by stage, because how many moves a slip takes differs from life to life. Refuses to look at what it leaves
behind: that is for whoever reads its answers.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import event

from db.connection.engine import transaction
from db.statements import print_jobs
from db.tables.column_types import JobState
from pos_recovery.printing.desk import Desk
from pos_recovery.system.locations import Home
from receipts.printers.open_printer import Printer, warm_up
from receipts.transport import Line, Transport
from tests.recording_printer import slip_of
from tests.till import Till, copy_of

CAP = 10_000
STAGES = ("commit", "print", "record")
"""Until the line to the printer is open, while it is, and from its end on."""


@dataclass(frozen=True)
class Life:
    """What one child is to do."""

    number: int
    """Its codes and its request are its own."""
    stage: str
    """In which it dies."""
    dies_before: int
    """The step of that stage, counted from 1; 0: it lives."""
    careless: bool = False
    """Whether it prints first and records afterwards."""


@dataclass(frozen=True)
class Death:
    """How it went."""

    survived: bool
    steps: tuple[str, ...]
    """What it was about to do, step by step; the last one it did not do any more, if it died."""


@dataclass
class Steps:
    """Counts, tells, and kills in time."""

    life: Life
    journal: int
    stage: str = STAGES[0]
    count: int = 0

    def step(self, name: str) -> None:
        self.count += 1
        os.write(self.journal, f"{name}\n".encode())
        if (self.stage, self.count) == (self.life.stage, self.life.dies_before):
            os.kill(os.getpid(), signal.SIGKILL)

    def begin(self, stage: str) -> None:
        self.stage, self.count = stage, 0


@dataclass(frozen=True)
class SteppingLine:
    """A real line, each move of which is a step."""

    line: Line
    steps: Steps

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:
        self.steps.step("exchange")
        return self.line.exchange(data, wait_s)

    def finish(self) -> str:
        self.steps.step("finish")
        return self.line.finish()

    def close(self) -> None:
        self.steps.begin("record")
        self.steps.step("close")
        self.line.close()


@dataclass(frozen=True)
class SteppingTransport:
    """A real transport, whose lines are stepped."""

    transport: Transport
    steps: Steps

    @property
    def reads_back(self) -> bool:
        return self.transport.reads_back

    @property
    def hand_over_only(self) -> bool:
        return self.transport.hand_over_only

    def open(self, name: str) -> Line:
        self.steps.step("open")
        line = self.transport.open(name)
        self.steps.begin("print")
        self.steps.step("opened")
        return SteppingLine(line, self.steps)


def stepping_desk(desk: Desk, steps: Steps) -> Desk:
    """The same desk in front of a stepped printer."""

    class SteppingDesk(Desk):
        def _printer(self, pages: str = "") -> Printer:
            printer = super()._printer()
            return replace(printer, transport=SteppingTransport(printer.transport, steps))

    return SteppingDesk(desk.engine, desk.settings, desk.home, desk.clock, desk.calendar, desk.chance)


def live(home: Home, url: str, life: Life, journal: int) -> None:
    """Issue a coupon and print it."""
    steps = Steps(life, journal)
    till = Till.open(home, seed=life.number, printer=url, cap=CAP)
    desk = stepping_desk(till.counter.desk, steps)

    @event.listens_for(till.counter.engine, "checkout")
    def trace(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(lambda sql: steps.step(" ".join(sql.split()[:3])))

    till.counter.engine.dispose()
    code = till.code(request=request_of(life))
    job = till.story(code).jobs[-1].id
    if life.careless:
        result = desk._printer().print(slip_of(till, code), code)
        with transaction(till.counter.engine) as connection:
            print_jobs.settle(connection, job, JobState(result.state), proof=None, error=None, now=till.clock())
    else:
        desk.print(job)
    till.counter.close()


def request_of(life: Life) -> str:
    """The request id of this life's coupon."""
    return f"life {life.number}"


def let_live(home: Home, url: str, life: Life) -> Death:
    """Fork, and wait for the end."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        live(home, url, life, writing)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as journal:
        steps = tuple(journal.read().splitlines())
    _, status = os.waitpid(child, 0)
    end = os.waitstatus_to_exitcode(status)
    if end not in {0, -signal.SIGKILL}:
        raise RuntimeError(f"{life} ended with {end}")
    return Death(end == 0, steps)


def rehearse(home: Home) -> None:
    """One slip into a file, on a copy of the home: every child would else load the same things for 0.2 s."""
    warm_up()
    with TemporaryDirectory() as folder:
        till = Till.open(copy_of(home, Path(folder) / "home"), printer=(Path(folder) / "slip").as_uri())
        till.print(till.code())
        till.counter.close()


def main() -> None:
    """Lives from the standard input, deaths to the standard output, as JSON, one a line."""
    home, url = Home(Path(sys.argv[1])), sys.argv[2]
    rehearse(home)
    for line in sys.stdin:
        death = let_live(home, url, Life(**json.loads(line)))
        sys.stdout.write(json.dumps([death.survived, death.steps]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
