"""Virtual printers on the loopback for commands to print on, ways to wait for what befalls them, and such commands."""

from __future__ import annotations

import os
import queue
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from subprocess import PIPE, Popen

import zxingcpp

from receipts.values.paper import PAPER_58
from receipts.virtual.device.faults import Event, parse
from receipts.virtual.device.machine import Machine
from receipts.virtual.device.roll import Slip
from receipts.virtual.serving.tcp_server import Server, serving
from tests.commands.conftest import Call
from tests.commands.shell import Done, Shell
from tests.till import LEAD_PIN

Program = Popen[str]

QUICK_MM_S = 2_000.0
"""Far quicker than any printer, so that a test waits for the program and not for paper."""


@dataclass
class AtThePrinter:
    """What a person standing at it sees and does."""

    server: Server
    happened: queue.Queue[str] = field(default_factory=queue.Queue)
    slips: list[Slip] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def pieces(self) -> list[Slip]:
        """What was cut off with something on it: a coupon is two, the guest's and the story; a test slip is one."""
        return [slip for slip in self.slips if slip.ending == "partial" and not slip.is_blank]

    @property
    def codes(self) -> list[str]:
        """What a scanner reads on them, in order."""
        return [found.text for piece in self.pieces for found in zxingcpp.read_barcodes(piece.image)]

    def strike(self, *faults: str) -> None:
        for fault in faults:
            self.server.do(partial(_strike, fault))

    def reload(self) -> None:
        self.server.do(lambda machine, now: machine.reload(now))

    def mend(self) -> None:
        self.server.do(lambda machine, now: machine.mend_all(now))

    def wait_for(self, what: str) -> None:
        """Until this has happened. Raises queue.Empty when it does not within 20 seconds."""
        while self.happened.get(timeout=20) != what:
            pass


def _strike(fault: str, machine: Machine, now: float) -> None:
    machine.strike(parse(fault), now)


@contextmanager
def virtual_printer(*faults: str, process_id: bool = True, answers: bool = True) -> Iterator[AtThePrinter]:
    """A printer for 58 mm paper on a free port."""
    machine = Machine(PAPER_58, speed_mm_s=QUICK_MM_S, process_id=process_id, answers=answers)

    def news(events: list[Event], slips: list[Slip]) -> None:
        there.slips.extend(slips)
        for event in events:
            there.happened.put(event.what)

    server = serving(machine, news=news)
    there = AtThePrinter(server)
    with server:
        there.strike(*faults)
        yield there


def use(call: Call | Shell, url: str) -> Callable[..., Done]:
    """The same commands, with this printer."""
    return lambda *words, **more: call(*words, POS_RECOVERY_PRINTER=url, **more)


def started(shell: Shell, url: str, *words: str) -> Program:
    """A command that is still running."""
    environment = {**os.environ, "POS_RECOVERY_PIN": LEAD_PIN, "POS_RECOVERY_PRINTER": url}
    command = [sys.executable, "-m", "pos_recovery", "--home", str(shell.home), *words]
    return Popen(command, stdout=PIPE, stderr=PIPE, text=True, env=environment)


def until_it_waits_for_paper(program: Program) -> None:
    """Until the command has told that the printer, which has begun with its slip, needs a roll."""
    assert program.stderr
    line = program.stderr.readline()
    assert line == "No paper. Put in a roll and close the cover. The slip goes on by itself.\n"


def states_on_record(call: Call | Shell) -> list[str]:
    """Of the print jobs, as they stand in the file."""
    with closing(sqlite3.connect(call.home / "ledger.sqlite")) as ledger:
        return [state for (state,) in ledger.execute("SELECT state FROM print_job ORDER BY id")]
