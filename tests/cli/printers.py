"""Virtual printers on the loopback for commands to print on, and ways to wait for what befalls them."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import zxingcpp

from receipts.paper import PAPER_58
from receipts.virtual.faults import Event, parse
from receipts.virtual.machine import Machine
from receipts.virtual.roll import Slip
from receipts.virtual.server import Server, serving

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
