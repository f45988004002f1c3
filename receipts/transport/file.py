"""A device node such as /dev/usb/lp0, or a plain file that keeps every job one after another.

A device may stop taking bytes (no paper, cover open) for as long as it likes, so it is opened without blocking and
given a deadline. Nothing comes back: what the kernel took was handed over, no more.
"""

import os
import select
import stat
import time

from receipts.result import PrintResult
from receipts.transport import describe_error

_CHUNK_BYTES = 4096


class FileTransport:
    """Appends jobs to `path`; a missing plain file is made, its folder is not."""

    reads_back = False
    hand_over_only = True

    def __init__(self, path: str, *, deadline_s: float = 10.0) -> None:
        self._path = path
        self._deadline_s = deadline_s

    def send(self, data: bytes, name: str) -> PrintResult:  # noqa: ARG002  (a device has no names)
        """Append `data` within the deadline."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            return PrintResult(state="pending", proof=None, bytes_sent=0, detail=describe_error(error))
        sent = 0
        try:
            ends = time.monotonic() + self._deadline_s
            while sent < len(data):
                sent += self._write(descriptor, data[sent : sent + _CHUNK_BYTES], ends)
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.fsync(descriptor)
        except OSError as error:
            return PrintResult(
                state="unknown" if sent else "pending", proof=None, bytes_sent=sent, detail=describe_error(error)
            )
        finally:
            os.close(descriptor)
        return PrintResult(state="printed", proof="handed_over", bytes_sent=sent, detail="taken by the device")

    @staticmethod
    def _write(descriptor: int, chunk: bytes, ends: float) -> int:
        while True:
            try:
                return os.write(descriptor, chunk)
            except BlockingIOError:
                left = ends - time.monotonic()
                if left <= 0 or not select.select([], [descriptor], [], left)[1]:
                    raise TimeoutError(0, "the printer takes no more data") from None
