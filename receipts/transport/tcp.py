"""A network printer on its raw port (9100).

The send buffer is kept small, because bytes in a large one look sent while the printer has not seen them: with the
system's default a whole slip is "sent" to a printer that is out of paper. Trap: looking up a host name obeys no
deadline but the system's resolver's, so it runs behind ours; give printers numeric addresses. Trap: many network cards
accept a second host's connection and answer it only when the first one has closed, so a busy printer connects and is
silent; one connection a job, closed at once, is how registers share a printer.
"""

import errno
import select
import socket
import time

from receipts.transport import Line, describe_error
from receipts.transport.patience import within

_SEND_BUFFER_BYTES = 2304
"""The kernel doubles it; half as much again as two bands is in flight, and the rest waits with us."""
_CHUNK_BYTES = 2048


class TcpTransport:
    """One connection per job, so that another register's slip can follow at once."""

    reads_back = True
    hand_over_only = False

    def __init__(self, host: str, port: int, *, connect_deadline_s: float = 2.0) -> None:
        self._host = host
        self._port = port
        self._connect_deadline_s = connect_deadline_s

    def open(self, name: str) -> Line:  # noqa: ARG002  (a socket has no names)
        """Look the host up and connect, both within the deadline; of several addresses the first that answers."""
        ends = time.monotonic() + self._connect_deadline_s
        found = within(self._connect_deadline_s, self._look_up, f"the name {self._host} could not be looked up in time")
        trouble: OSError = TimeoutError(errno.ETIMEDOUT, "the printer did not answer in time")
        for family, kind, protocol, _, address in found:
            left_s = ends - time.monotonic()
            if left_s <= 0:
                break
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(left_s)
                connection.connect(address)
                return TcpLine(connection)
            except OSError as error:
                connection.close()
                trouble = OSError(error.errno or errno.ETIMEDOUT, describe_error(error))
        raise trouble

    def _look_up(self) -> list[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[object, ...]]]:
        try:
            return [*socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)]
        except UnicodeError as error:  # a part of the name that is empty, or longer than the 63 letters of RFC 1035
            raise OSError(errno.EINVAL, f"{self._host[:70]} is no name of a host") from error


class TcpLine:
    """A connected socket that never blocks."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a status request must not wait for an ACK

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:
        """See `Line`."""
        readable, writable, _ = select.select([self._socket], [self._socket] if data else [], [], wait_s)
        received = self._receive() if readable else b""
        taken = self._socket.send(data[:_CHUNK_BYTES]) if writable else 0
        return taken, received

    def _receive(self) -> bytes:
        received = self._socket.recv(4096)
        if not received:
            raise ConnectionAbortedError(errno.ECONNABORTED, "the printer closed the connection")
        return received

    def finish(self) -> str:
        """See `Line`."""
        self._socket.shutdown(socket.SHUT_WR)
        return "taken by the printer"

    def close(self) -> None:
        """See `Line`."""
        self._socket.close()
