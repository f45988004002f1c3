"""A network printer on its raw port: connect, send, close, each within a deadline.

The send buffer is kept small, because bytes in a large one look sent while the printer has not seen them: with the
system's default a whole slip is "sent" to a printer that is out of paper. Even so, accepted bytes prove nothing about
paper; the best answer here is `handed_over`. Trap: looking up a host name happens before the connect deadline starts
and obeys the system's resolver; give printers numeric addresses.
"""

import socket
import time

from receipts.result import PrintResult
from receipts.transport import describe_error

_SEND_BUFFER_BYTES = 2304
_CHUNK_BYTES = 2048


class TcpTransport:
    """One connection per job, so that another register's slip can follow at once."""

    reads_back = False
    hand_over_only = True

    def __init__(self, host: str, port: int, *, connect_deadline_s: float = 2.0, job_deadline_s: float = 10.0) -> None:
        self._address = (host, port)
        self._connect_deadline_s = connect_deadline_s
        self._job_deadline_s = job_deadline_s

    def send(self, data: bytes, name: str) -> PrintResult:  # noqa: ARG002  (a socket has no names)
        """Send `data`; both deadlines count from the call."""
        started = time.monotonic()
        try:
            connection = socket.create_connection(self._address, timeout=self._connect_deadline_s)
        except OSError as error:
            return PrintResult(
                state="pending", proof=None, bytes_sent=0, detail=f"no connection: {describe_error(error)}"
            )
        with connection:
            return self._send_all(connection, data, started + self._job_deadline_s)

    @staticmethod
    def _send_all(connection: socket.socket, data: bytes, ends: float) -> PrintResult:
        sent = 0
        try:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
            while sent < len(data):
                left = ends - time.monotonic()
                if left <= 0:
                    raise TimeoutError(0, "the printer takes no more data")
                connection.settimeout(left)
                sent += connection.send(data[sent : sent + _CHUNK_BYTES])
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            return PrintResult(
                state="unknown" if sent else "pending", proof=None, bytes_sent=sent, detail=describe_error(error)
            )
        return PrintResult(state="printed", proof="handed_over", bytes_sent=sent, detail="taken by the printer")
