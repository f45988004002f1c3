"""A printer on a serial port, or on an adapter that pretends to be one.

python-escpos opens the port, through the door; reading and writing are ours, because its own write waits for ever while
the printer holds it back. What the kernel has queued is kept to a few milliseconds of the line: its usual 4 KB would
look sent for four seconds at 9600 baud, and would run over a printer that has just said "wait".

Flow control: `dsrdtr` is how Epson's printers leave the factory and what cheap ones copy, but Linux has none for that
wire, so it is watched here. Two rules keep it from striking a printer dumb. The wire counts only once it has been seen
up: a three-wire cable never raises it. And a question of a few bytes goes through although it is down: printers answer
`DLE EOT` while they are full or offline, with room kept for it, and only so can they say why.

Traps: on POSIX a full queue makes pyserial's non-blocking write spin for ever, and its write with a time-out raises
without telling how much had left, so the descriptor is written to directly. On Windows a write is all or nothing, so it
is made only when the driver's queue is empty. Closing a port with bytes queued waits up to 30 s on Linux, so they are
thrown away first; `finish` has seen them leave.
"""

import contextlib
import errno
import os
import select
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from receipts.address.printer_url import Flow
from receipts.escpos import escpos_door
from receipts.transport import Line, describe_error

if TYPE_CHECKING:
    from serial import Serial

_QUEUE_BYTES = 128
"""Epson's printers say "wait" with 128 to 256 bytes of room left (TM-T88III specification, table 3.3.3)."""
_QUEUE_S = 0.01
"""At high speeds the queue holds this much time instead, or polling would slow the line down."""
_QUESTION_BYTES = 16
_POLL_S = 0.004
_OPENING = {
    errno.EACCES: "not allowed to use the serial port: this login must be in its group, often dialout",
    errno.EAGAIN: "another program uses the serial port",
    errno.EBUSY: "another program uses the serial port",
    errno.ENOTTY: "that is not a serial port",
}


class SerialTransport:
    """Opens the port for each job and locks it, so that two registers' programs never mix their bytes."""

    reads_back = True
    hand_over_only = False

    def __init__(self, path: str, baud: int, flow: Flow = "dsrdtr", *, drain_deadline_s: float = 2.0) -> None:
        self._path = path
        self._baud = baud
        self._flow = flow
        self._drain_deadline_s = drain_deadline_s

    def open(self, name: str) -> Line:  # noqa: ARG002  (a wire has no names)
        """Open the port; nobody has to be at its other end."""
        try:
            port = escpos_door.open_serial(self._path, self._baud, self._flow)
        except OSError as error:
            raise OSError(error.errno, _OPENING.get(error.errno or 0, str(error.strerror or error))) from error
        return SerialLine(port, watch_ready_wire=self._flow == "dsrdtr", drain_deadline_s=self._drain_deadline_s)


class SerialLine:
    """An open port. `watch_ready_wire`: hold data back while the printer's DTR, our DSR, is down."""

    def __init__(self, port: "Serial", *, watch_ready_wire: bool, drain_deadline_s: float) -> None:
        self._port = port
        self._watches = watch_ready_wire
        self._was_ready = False
        self._drain_deadline_s = drain_deadline_s
        self._queue_bytes = max(_QUEUE_BYTES, int(port.baudrate / 10 * _QUEUE_S))

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:
        """See `Line`."""
        ends = time.monotonic() + wait_s
        with _line_broke():
            while True:
                received = self._port.read(self._port.in_waiting)
                taken = self._give(data) if data else 0
                left_s = ends - time.monotonic()
                if taken or received or left_s <= 0:
                    return taken, received
                self._pause(min(left_s, _POLL_S) if data else left_s)

    def _give(self, data: bytes) -> int:
        room = self._queue_bytes - self._port.out_waiting
        if room <= 0 or (self._told_to_wait() and len(data) > _QUESTION_BYTES):
            return 0
        if os.name == "nt":
            return self._port.write(data[:room]) or 0 if room == self._queue_bytes else 0
        try:
            return os.write(self._port.fileno(), data[:room])
        except BlockingIOError:
            return 0

    def _told_to_wait(self) -> bool:
        if not self._watches:
            return False
        try:
            ready = self._port.dsr
        except OSError as error:
            if error.errno not in (errno.ENOTTY, errno.EINVAL):
                raise
            self._watches = False  # a port without such wires: an emulator, some adapters
            return False
        self._was_ready |= ready
        return self._was_ready and not ready

    def _pause(self, seconds: float) -> None:
        """Until something comes in, at the longest for `seconds`."""
        if os.name == "nt":
            time.sleep(min(seconds, _POLL_S))
        else:
            select.select([self._port.fileno()], [], [], seconds)

    def finish(self) -> str:
        """See `Line`: the last byte is on the wire. A printer that holds it back past the deadline breaks the job."""
        ends = time.monotonic() + self._drain_deadline_s
        with _line_broke():
            while self._port.out_waiting:
                if time.monotonic() > ends:
                    raise TimeoutError(errno.ETIMEDOUT, "the printer stopped taking bytes")
                time.sleep(_POLL_S)
        return "taken by the printer"

    def close(self) -> None:
        """See `Line`."""
        with contextlib.suppress(Exception):  # a terminal's errors are no OSError
            self._port.reset_output_buffer()
        with contextlib.suppress(Exception):
            self._port.close()


@contextlib.contextmanager
def _line_broke() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise
    except OSError as error:
        raise OSError(error.errno or errno.EIO, f"the serial line broke: {describe_error(error)}") from error
