"""A print queue of Windows, raw: the way to printers whose maker ships a Windows driver, on USB and elsewhere.

python-escpos opens the queue, through the door. Like every spooler it proves nothing but that it took the job. Nothing
reaches it before the job is whole, and a job that fails half-way is aborted: python-escpos would end it, and Windows
would print the half. Trap: a spooler that is stuck answers no call, so the hand-over runs behind a deadline, and after
that nobody knows.
"""

import errno
from typing import Any

from receipts.escpos import escpos_door
from receipts.transport import Line, NothingLeftError
from receipts.transport.patience import within


class WindowsTransport:
    """Hands whole jobs to the queue called `queue`."""

    reads_back = False
    hand_over_only = True

    def __init__(self, queue: str, *, deadline_s: float = 10.0) -> None:
        self._queue = queue
        self._deadline_s = deadline_s

    def open(self, name: str) -> Line:
        """See that this is Windows; the queue is met when the job is handed over. `name` is the job's title."""
        return WindowsLine(escpos_door.windows_queue(self._queue), name, self._deadline_s)


class WindowsLine:
    """A job that is being collected."""

    def __init__(self, queue: Any, title: str, deadline_s: float) -> None:  # noqa: ANN401  (the library ships no types)
        self._queue = queue
        self._title = title
        self._deadline_s = deadline_s
        self._job = bytearray()

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:  # noqa: ARG002  (memory is never busy)
        """See `Line`."""
        self._job += data
        return len(data), b""

    def finish(self) -> str:
        """See `Line`: the spooler has it.

        Raises:
            NothingLeftError: there is no such queue, or no spooler.
            OSError: the spooler failed half-way or did not answer in time; nobody knows what prints.
        """
        return within(self._deadline_s, self._hand_over, f"Windows did not answer within {self._deadline_s:g} s")

    def _hand_over(self) -> str:
        import win32print

        try:
            handle = escpos_door.start_windows_job(self._queue, self._title)
        except OSError as error:
            words = f"Windows has no printer {self._queue.printer_name}, or its spooler is off"
            raise NothingLeftError(error.errno, words) from error
        try:
            _write(win32print, handle, bytes(self._job))
            win32print.EndPagePrinter(handle)
            win32print.EndDocPrinter(handle)
        except win32print.error as error:
            raise _abort(win32print, handle, error) from error
        finally:
            win32print.ClosePrinter(handle)
        return f"handed to {self._queue.printer_name}"

    def close(self) -> None:
        """See `Line`."""


def _write(win32print: Any, handle: Any, job: bytes) -> None:  # noqa: ANN401  (pywin32 ships no types)
    written = 0
    while written < len(job):
        taken = win32print.WritePrinter(handle, job[written:])
        if not taken:
            raise win32print.error(0, "WritePrinter", "took nothing")
        written += taken


def _abort(win32print: Any, handle: Any, error: Exception) -> OSError:  # noqa: ANN401  (pywin32 ships no types)
    """Take the half job back. Windows may have begun to print it, so what left is not known."""
    words = f"Windows did not take it: {error.args[-1]}"
    try:
        win32print.AbortPrinter(handle)
    except win32print.error:
        return OSError(errno.EIO, words)
    return OSError(errno.EIO, f"{words}; the job was taken back")
