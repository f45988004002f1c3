"""Other machines at a printer's address, in simulated time: what they say on connecting, and to whatever comes.

Greetings are as the servers named send them. `at_an_address` is a real socket, for the few that stand for all.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from receipts.address.printer_url import PrinterUrl
from receipts.printers.open_printer import Printer
from receipts.values.paper import PAPER_58

GREETINGS = {
    "FTP (vsftpd)": b"220 (vsFTPd 3.0.5)\r\n",
    "FTP, several lines": b"220-Welcome to the office\r\n220 Ready.\r\n",
    "SMTP (Postfix)": b"220 mail.cup.example ESMTP Postfix (Debian)\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n",
    "telnet": b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27",
    "a telnet prompt": b"\r\nrouter login: ",
    "POP3": b"+OK Dovecot ready.\r\n",
    "IMAP": b"* OK [CAPABILITY IMAP4rev1 LITERAL+] Dovecot ready.\r\n",
    "NNTP": b"200 news.example InterNetNews ready\r\n",
    "VNC": b"RFB 003.008\n",
    "MySQL": b"J\0\0\0\x0a8.0.40\0\x1d\0\0\0r\x12Z2>6:z\0\xff\xf7\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0V2r~\0",
    "daytime": b"14 NOV 2026 09:00:00 UTC\r\n",
    "time (RFC 868)": b"\xee\xa9\x12\x32",
    "a web page": b"<!DOCTYPE html><html><head><title>Set-up</title></head>",
    "an XML greeting": b"<?xml version='1.0'?><stream>",
    "JSON": b'{"version":"2.1"}\n',
    "a letter that passes, and more": b"rz6V2 R>~\n",
    "a box that sends a status of four letters": b"The TALE <!DO",
    "an access server": b"User Access Verification\r\n\r\nUsername: ",
}

REFUSALS = {
    "a web server": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    "an old web server": b"<html><body>Bad request</body></html>",
    "Redis": b"-ERR unknown command\r\n",
    "a TLS port": b"\x15\x03\x01\x00\x02\x02\x32",
    "a newer TLS port": b"\x15\x03\x03\x00\x02\x02\x0a",
    "a prompt": b">",
    "a prompt with a space": b"> ",
    "a letter": b"r",
    "a scale": b"ST,GS,+00012.3kg\r\n",
    "a modem": b"\r\nERROR\r\n",
}
"""What is answered to anything that comes."""


DRIPS_EVERY_S = 0.05


@dataclass
class Stranger:
    """Something that is no printer, and a clock. It is its own transport and its own line, of one connection a time."""

    greets: bytes = b""
    answers: Callable[[bytes], bytes] = lambda _: b""
    """What it says to what has come."""
    hangs_up: bool = False
    """When it has said something."""
    drips: bool = False
    """Each letter in a packet of its own."""
    goes_on: bool = False
    """It says its greeting again and again."""
    now: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    reads_back = True
    hand_over_only = False

    def clock(self) -> float:
        return self.now

    def printer(self) -> Printer:
        """What the product takes it for."""
        return Printer("tcp://simulated", PAPER_58, self, PrinterUrl("tcp"))

    def open(self, name: str) -> Stranger:
        self.got.clear()
        self._says, self._has_spoken = bytearray(self.greets), False
        return self

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:
        self.got += data
        self._says += self.answers(data) if data else b""
        if self.hangs_up and not self._says and self._has_spoken:
            raise ConnectionAbortedError(errno.ECONNABORTED, "the printer closed the connection")
        if not self._says and self.goes_on:
            self._says += self.greets
        if not self._says:
            self.now += 0.001 if data else wait_s
            return len(data), b""
        self.now += DRIPS_EVERY_S if self.drips or self.goes_on else 0.001
        said = bytes(self._says[: 1 if self.drips else None])
        del self._says[: len(said)]
        self._has_spoken = True
        return len(data), said

    def finish(self) -> str:
        return "taken"

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def at_an_address(talk: Callable[[socket.socket], object]) -> Iterator[str]:
    """A printer's URL at which something else talks, with whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, contextlib.suppress(OSError):
                        talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def greets_as_ftp(connection: socket.socket) -> None:
    """And waits for a whole line then."""
    connection.sendall(GREETINGS["FTP (vsftpd)"])
    while connection.recv(4096):
        pass


def refuses_as_web_server(connection: socket.socket) -> None:
    """As nginx does what is no HTTP."""
    connection.recv(4096)
    connection.sendall(REFUSALS["a web server"])


def echoes(connection: socket.socket) -> None:
    """RFC 862."""
    while received := connection.recv(4096):
        connection.sendall(received)


def serves_tls(connection: socket.socket) -> None:
    """Python's own, without a certificate; a client that speaks no TLS does not get so far."""
    import ssl

    with contextlib.suppress(OSError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_socket(connection, server_side=True)
