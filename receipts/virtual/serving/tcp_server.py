"""A machine behind a TCP port of this computer, as a network card puts a printer on port 9100.

One host is served at a time; others connect and wait in silence, as with real cards. Only as many bytes are read as the
machine takes, and the kernel's buffer is kept small, so that a full printer is felt by its host. A cut cable resets the
connection; a printer without power says nothing until it is switched on. Refuses every address that is not loopback:
whoever can reach a printer can print.
"""

import contextlib
import errno
import os
import socket
import struct

from receipts.virtual.device.machine import Machine
from receipts.virtual.serving.run import News, Running, Source

DEFAULT_PORT = 9100
_RECEIVE_BUFFER_BYTES = 2048
"""The kernel doubles it and uses half for its own accounts."""
_CHUNK_BYTES = 4096
_RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Server(Running):
    """The printer on a port; `with` starts and ends it.

    Args:
        machine: the printer; from now on touched only through `do`.
        port: 0 takes a free one.
        host: a loopback address; another than 127.0.0.1 lets two printers have one port.
        news: what is told on the way; see `run.News`.

    Raises:
        OSError: the port is in use or not allowed; the message names it.
        ValueError: `host` is not a loopback address.
    """

    def __init__(
        self, machine: Machine, port: int = DEFAULT_PORT, *, host: str = "127.0.0.1", news: News | None = None
    ) -> None:
        if not host.startswith("127."):
            raise ValueError(f"a virtual printer is only for this computer, not for {host}")
        super().__init__(machine, news)
        try:
            self._listener = _listening(host, port)
        except OSError as error:
            self._waking.close()
            self._woken.close()
            raise _in_words(error, port) from error
        self._host: socket.socket | None = None
        self.address: tuple[str, int] = (host, self._listener.getsockname()[1])

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.address[1]

    @property
    def url(self) -> str:
        """Its printer URL."""
        return f"tcp://{self.address[0]}:{self.port}"

    def _sources(self) -> list[Source]:
        if self._host is not None and not self._machine.is_connected:
            self._hang_up(reset=True)
        if not self._machine.listens:
            return []
        if self._host is None:
            return [self._listener]
        return [self._host] if self._machine.room else []

    def _sink(self) -> Source | None:
        return self._host

    def _receive(self, source: Source, now: float) -> None:
        if source is self._listener:
            self._accept(now)
        elif self._host is not None:
            self._read(self._host, now)

    def _accept(self, now: float) -> None:
        try:
            self._host, _ = self._listener.accept()
        except OSError:  # it has gone again
            return
        self._host.setblocking(False)
        self._host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._machine.connect(now)

    def _read(self, host: socket.socket, now: float) -> None:
        try:
            data = host.recv(min(self._machine.room, _CHUNK_BYTES)) if self._machine.room else None
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._machine.offer(data, now)
        elif data is not None:
            self._machine.disconnect(now)
            self._hang_up(reset=False)

    def _send(self, data: bytes) -> int:
        if self._host is None:
            return len(data)
        try:
            return self._host.send(data)
        except BlockingIOError:
            return 0
        except OSError:  # the host has gone; reading will tell
            return len(data)

    def _hang_up(self, *, reset: bool) -> None:
        if self._host is not None:
            if reset:
                with contextlib.suppress(OSError):
                    self._host.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._host.close()
            self._host = None
            self._outgoing.clear()

    def _close(self) -> None:
        self._hang_up(reset=False)
        self._listener.close()


def serving(machine: Machine, port: int = 0, *, host: str = "127.0.0.1", news: News | None = None) -> Server:
    """`machine` on a free port, for a `with` statement; see `Server`."""
    return Server(machine, port, host=host, news=news)


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # on Windows this would let a second printer steal the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        listener.bind((host, port))
        listener.listen()
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _in_words(error: OSError, port: int) -> OSError:
    if error.errno == errno.EADDRINUSE:
        return OSError(error.errno, f"port {port} is in use: another printer, or another program, is already there")
    return OSError(error.errno, f"port {port} cannot be used: {error.strerror}")
