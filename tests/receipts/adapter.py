"""A line that stays open while the printer behind it loses its power: a serial adapter, or a serial-to-network box.

The register's end is a socket or a pseudo terminal, the printer's end a connection to a simulator, which forgets what a
printer forgets when that connection is closed and made anew. What the power failure costs is counted in bytes, so that
nothing depends on how busy the machine is. Refuses to answer anything itself.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

CHUNK_BYTES = 2048
LONGEST_WAIT_S = 20.0


@dataclass(frozen=True)
class Blackout:
    """After how many bytes, and how many more are lost before the printer is there again."""

    at: int
    loses: int


class Adapter:
    """Moves bytes between `host`, a descriptor, and the printer that `reach` connects to, until `ended` says so."""

    def __init__(
        self, host: int, ended: socket.socket, reach: Callable[[], socket.socket], blackouts: Iterable[Blackout]
    ) -> None:
        self._host = host
        self._ended = ended
        self._reach = reach
        self._blackouts = list(blackouts)
        self._printer: socket.socket | None = reach()
        self._received = self._lost = 0

    def serve(self) -> None:
        """Until the end, or until the host has gone."""
        while True:
            ends: list[int] = [self._host, self._ended.fileno()]
            ends += [self._printer.fileno()] if self._printer else []
            ready, _, _ = select.select(ends, [], [])
            if self._ended.fileno() in ready:
                break
            if self._printer and self._printer.fileno() in ready:
                os.write(self._host, self._printer.recv(CHUNK_BYTES))
            if self._host in ready and not self._pass_on():
                break
        if self._printer:
            self._printer.close()

    def _pass_on(self) -> bool:
        """Bytes of the host, up to the next thing that happens to the printer; False: there are no more."""
        until = self._lost
        if self._printer:
            until = self._blackouts[0].at - self._received if self._blackouts else CHUNK_BYTES
        try:
            sent = os.read(self._host, min(max(until, 1), CHUNK_BYTES))
        except OSError:
            return False
        self._received += len(sent)
        if self._printer:
            self._printer.sendall(sent)
            if self._blackouts and self._received >= self._blackouts[0].at:
                self._lost = self._blackouts.pop(0).loses
                self._printer.close()
                self._printer = None
        else:
            self._lost -= len(sent)
        if self._printer is None and self._lost <= 0:
            self._printer = self._reach()
        return bool(sent)


@contextmanager
def network_box(printer_url: str, *blackouts: Blackout) -> Iterator[str]:
    """The URL of a box on the network in front of the printer at `printer_url`, for one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        listener.settimeout(LONGEST_WAIT_S)

        def serve(adapter: Callable[[int], Adapter]) -> None:
            with suppress(OSError):  # nobody came
                connection, _ = listener.accept()
                with connection:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CHUNK_BYTES)
                    adapter(connection.fileno()).serve()

        with _served(printer_url, blackouts, serve):
            yield f"tcp://{host}:{port}"


@contextmanager
def serial_adapter(printer_url: str, *blackouts: Blackout) -> Iterator[str]:
    """The URL of a serial port in front of the printer at `printer_url`."""
    master, slave = os.openpty()
    tty.setraw(slave)
    try:
        with _served(printer_url, blackouts, lambda adapter: adapter(master).serve()):
            yield f"serial://{os.ttyname(slave)}?baud=115200&flow=none"
    finally:
        os.close(master)
        os.close(slave)


@contextmanager
def _served(
    printer_url: str, blackouts: tuple[Blackout, ...], serve: Callable[[Callable[[int], Adapter]], None]
) -> Iterator[None]:
    host, port = printer_url.removeprefix("tcp://").split(":")
    ending, ended = socket.socketpair()

    def adapter(descriptor: int) -> Adapter:
        return Adapter(descriptor, ended, lambda: socket.create_connection((host, int(port))), blackouts)

    thread = threading.Thread(target=serve, args=(adapter,), name="adapter")
    thread.start()
    try:
        yield
    finally:
        ending.send(b"!")
        thread.join()
        ending.close()
        ended.close()
