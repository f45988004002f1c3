"""A scanner on a serial line: a pseudo-terminal under a name that stays the same when it is unplugged and plugged in
again. The register's end is opened by the real pyserial.
"""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos_recovery.scanners.scanner_url import ScannerUrl
from pos_recovery.scanners.serial_port import SerialPort

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are POSIX", allow_module_level=True)

import tty

LONGEST_WAIT_S = 20.0


class WiredScanner:
    """Plugged in, unless told otherwise."""

    def __init__(self, folder: Path, pause_s: float = 0.1) -> None:
        self.path = folder / "ttyACM0"
        self.pause_s = pause_s
        self._ends: tuple[int, int] | None = None
        self._opened: queue.Queue[None] = queue.Queue()

    @property
    def url(self) -> str:
        """As the settings name it."""
        return f"serial://{self.path}"

    def open(self, url: ScannerUrl | None = None) -> SerialPort:
        """The register's end, as the program opens it."""
        port = SerialPort(url or ScannerUrl(str(self.path)), self.pause_s)
        self._opened.put(None)
        return port

    def until_opened(self) -> None:
        """Wait until the register has opened it once more: what is sent earlier is thrown away."""
        self._opened.get(timeout=LONGEST_WAIT_S)

    def plug_in(self) -> None:
        """There it is, under the name it always has."""
        self._ends = os.openpty()
        tty.setraw(self._ends[0])
        self.path.symlink_to(os.ttyname(self._ends[1]))

    def unplug(self) -> None:
        """Gone, with everything that was on its way."""
        if self._ends is not None:
            self.path.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    def send(self, data: bytes) -> None:
        """These bytes, at once."""
        assert self._ends is not None, "it is not plugged in"
        assert os.write(self._ends[0], data) == len(data)


@contextmanager
def wired_scanner(folder: Path, pause_s: float = 0.1) -> Iterator[WiredScanner]:
    """A scanner that is plugged in."""
    scanner = WiredScanner(folder, pause_s)
    scanner.plug_in()
    try:
        yield scanner
    finally:
        scanner.unplug()
