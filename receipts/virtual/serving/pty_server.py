"""A machine behind a pseudo terminal, as a printer on a serial port. POSIX only.

The slave side is a device path that serial libraries open like a real port. A serial line has no connections: the
printer never learns that a host has gone, and a cut cable is silence until the machine is connected again.
"""

import os
import sys

from receipts.virtual.device.machine import Machine
from receipts.virtual.serving.run import News, Running, Source

_CHUNK_BYTES = 4096


class SerialLine(Running):
    """The printer on a pseudo terminal; `with` starts and ends it.

    Raises:
        OSError: this system has no pseudo terminals.
    """

    def __init__(self, machine: Machine, *, news: News | None = None) -> None:
        if sys.platform == "win32":
            raise OSError("Windows has no pseudo terminals to serve a printer on")
        import tty

        super().__init__(machine, news)
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path: str = os.ttyname(self._slave)
        """The device to open."""
        self.do(lambda machine, now: machine.connect(now))

    def _sources(self) -> list[Source]:
        return [self._master] if self._machine.room else []

    def _sink(self) -> Source | None:
        return self._master if self._machine.is_connected else None

    def _receive(self, source: Source, now: float) -> None:  # noqa: ARG002  (there is only one)
        if room := self._machine.room:
            self._machine.offer(os.read(self._master, min(room, _CHUNK_BYTES)), now)

    def _send(self, data: bytes) -> int:
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0

    def _close(self) -> None:
        os.close(self._master)
        os.close(self._slave)


def serving_pty(machine: Machine, *, news: News | None = None) -> SerialLine:
    """`machine` on a pseudo terminal, for a `with` statement; see `SerialLine`."""
    return SerialLine(machine, news=news)
