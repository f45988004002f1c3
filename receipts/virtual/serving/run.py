"""A machine kept running by a thread, in real time: what a socket and a pseudo terminal have in common.

The thread sleeps until the machine's next event, the host's next byte or somebody's call of `do`; it never polls.
"""

import contextlib
import select
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from receipts.virtual.device.faults import Event
from receipts.virtual.device.machine import Machine
from receipts.virtual.device.roll import Slip

News = Callable[[list[Event], list[Slip]], None]
"""Gets what happened and the slips that came off since the last time. It is called with the machine locked, on its
thread or on that of the caller of `do`, and must not call back."""
Answer = TypeVar("Answer")

Source = socket.socket | int


class Running(ABC):
    """A machine, its thread and its lock; a context manager that ends the thread."""

    def __init__(self, machine: Machine, news: News | None = None) -> None:
        self._machine = machine
        self._news = news
        self._lock = threading.Lock()
        self._waking, self._woken = socket.socketpair()
        self._waking.setblocking(False)
        self._outgoing = bytearray()
        self._is_ending = False
        self._thread = threading.Thread(target=self._live, name="virtual printer", daemon=True)

    def do(self, act: Callable[[Machine, float], Answer]) -> Answer:
        """Call `act` with the machine and the present time, from any thread, while nothing else touches it."""
        with self._lock:
            now = time.monotonic()
            self._machine.advance(now)
            answer = act(self._machine, now)
            self._tell()
        self._wake()
        return answer

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_ending = True
        self._wake()
        self._thread.join()
        self._close()
        self._waking.close()
        self._woken.close()

    @abstractmethod
    def _sources(self) -> list[Source]:
        """What to listen to now; called with the lock held."""

    @abstractmethod
    def _receive(self, source: Source, now: float) -> None:
        """`source` has something; called with the lock held."""

    @abstractmethod
    def _sink(self) -> Source | None:
        """Where answers go; None: nobody is there. Called with the lock held."""

    @abstractmethod
    def _send(self, data: bytes) -> int:
        """Send as much of `data` as goes without waiting; called with the lock held."""

    @abstractmethod
    def _close(self) -> None:
        """Give everything back; the thread has ended."""

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it is about to wake anyway
            self._waking.send(b"!")

    def _live(self) -> None:
        while not self._is_ending:
            with self._lock:
                sources, sink, timeout = self._prepare(time.monotonic())
            readable, writable, _ = select.select(
                [self._woken, *sources], [sink] if sink is not None and self._outgoing else [], [], timeout
            )
            with self._lock:
                now = time.monotonic()
                self._machine.advance(now)
                if self._woken in readable:
                    readable.remove(self._woken)
                    self._woken.recv(4096)
                for source in readable:
                    self._receive(source, now)
                if writable:
                    del self._outgoing[: self._send(bytes(self._outgoing))]

    def _prepare(self, now: float) -> tuple[list[Source], Source | None, float | None]:
        next_event = self._machine.next_event(now)
        sources = self._sources()
        sink = self._sink()
        self._outgoing += self._machine.take_replies()
        if sink is None:
            self._outgoing.clear()
        elif self._outgoing:
            del self._outgoing[: self._send(bytes(self._outgoing))]
        self._tell()
        return sources, sink, None if next_event is None else max(next_event - now, 0.0)

    def _tell(self) -> None:
        if self._news and (self._machine.events or self._machine.slips):
            events, slips = list(self._machine.events), list(self._machine.slips)
            self._machine.events.clear()
            self._machine.slips.clear()
            self._news(events, slips)
