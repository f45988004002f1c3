"""Printers on the loopback for the screens: one that is switched off, and virtual ones with the faults of real ones."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from receipts.values.paper import PAPER_58
from receipts.virtual.device.faults import Kind, parse
from receipts.virtual.device.machine import Machine
from receipts.virtual.serving.tcp_server import Server, serving

QUICK_MM_S = 4000.0
"""A slip in a twentieth of a second."""
CREEP_MM_S = 4.0
"""Well, answering, and half a minute from done. It takes something every second or so: one that takes nothing for two
(`Deadlines.held`) is taken for stopped, and on a busy machine some of the time is ours."""
A_SLIP = 2
"""Pieces of paper that one slip comes in: it is cut half-way."""


@dataclass(frozen=True)
class Device:
    """A printer, as somebody standing before it would use it."""

    server: Server

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url

    def suffer(self, fault: str) -> None:
        """As `receipts.virtual.device.faults.parse` reads it, like `paper-out 20`."""
        self.server.do(lambda machine, now: machine.strike(parse(fault), now))

    def mend(self, kind: Kind) -> None:
        """Somebody sees to it."""
        self.server.do(lambda machine, now: machine.mend(kind, now))

    def reload(self, *, lasts_mm: int | None = None) -> None:
        """Somebody puts in a roll; None is one that lasts."""

        def put_in(machine: Machine, now: float) -> None:
            machine.reload(now)
            if lasts_mm is not None:
                machine.strike(parse(f"paper-out {lasts_mm}"), now)

        self.server.do(put_in)

    def print_on(self) -> None:
        """It goes on as fast as it can."""
        self.server.do(lambda machine, now: machine.set_speed(QUICK_MM_S, now))

    @property
    def pieces(self) -> int:
        """Pieces of paper with ink on them that came off: a slip has two, the promise and what stays with the guest."""
        return self.server.do(lambda machine, now: sum(not slip.is_blank for slip in machine.slips))


@contextmanager
def device(*faults: str, speed_mm_s: float = QUICK_MM_S, process_id: bool = True) -> Iterator[Device]:
    """A printer that prints, and has these faults from the beginning."""
    machine = Machine(PAPER_58, speed_mm_s=speed_mm_s, process_id=process_id)
    with serving(machine) as server:
        here = Device(server)
        for fault in faults:
            here.suffer(fault)
        yield here


@contextmanager
def switched_off() -> Iterator[str]:
    """The URL of a port that refuses: held by nobody who listens, and by nobody else meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"tcp://127.0.0.1:{holder.getsockname()[1]}"
