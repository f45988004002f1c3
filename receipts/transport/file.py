"""A device node such as /dev/usb/lp0, or a plain file that keeps every job one after another.

A device may stop taking bytes (no paper, cover open) for as long as it likes, so it is opened without blocking. Nothing
comes back: what the kernel took was handed over, no more. Trap: while a printer is unplugged its node is gone, and a
program with the right to would make a plain file there and fill it with slips; below /dev nothing is ever made.
"""

import os
import select
import stat

from receipts.transport import Line

_CHUNK_BYTES = 4096
_DEVICES = "/dev/"


class FileTransport:
    """Appends jobs to `path`; a missing plain file is made, its folder and devices are not."""

    reads_back = False
    hand_over_only = True

    def __init__(self, path: str) -> None:
        self._path = path

    def open(self, name: str) -> Line:  # noqa: ARG002  (a device has no names)
        """Open it for appending, without waiting for anybody at its other end."""
        flags = os.O_WRONLY | os.O_APPEND | (0 if os.path.realpath(self._path).startswith(_DEVICES) else os.O_CREAT)
        flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
        return FileLine(os.open(self._path, flags, 0o600))


class FileLine:
    """An open descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:
        """See `Line`."""
        try:
            return os.write(self._descriptor, data[:_CHUNK_BYTES]), b""
        except BlockingIOError:
            select.select([], [self._descriptor], [], wait_s)
            return 0, b""

    def finish(self) -> str:
        """See `Line`. A plain file is on the disk when this returns."""
        if stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            os.fsync(self._descriptor)
        return "taken by the device"

    def close(self) -> None:
        """See `Line`."""
        os.close(self._descriptor)
