"""Other machines at a printer's address: what they say on connecting, and what they make of a printer's questions.

Greetings are as the servers named send them; a server of Python's own library stands for itself where it has one.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

Talk = Callable[[socket.socket], None]

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


def greets(words: bytes) -> Talk:
    """At once, and waits for a whole line then."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(words)
        _read_all(connection)

    return talk


def drips(words: bytes) -> Talk:
    """Letter by letter, each in a packet of its own, one to each packet that comes; the rest when nothing more does."""

    def talk(connection: socket.socket) -> None:
        for at in range(len(words)):
            connection.sendall(words[at : at + 1])
            connection.settimeout(0.1)
            with contextlib.suppress(TimeoutError):
                if not connection.recv(4096):
                    return
        connection.settimeout(None)
        _read_all(connection)

    return talk


def answers(words: bytes) -> Talk:
    """The same to whatever comes."""

    def talk(connection: socket.socket) -> None:
        while connection.recv(4096):
            connection.sendall(words)

    return talk


def refuses(words: bytes) -> Talk:
    """As `answers`, once, and hangs up."""

    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(words)

    return talk


def echoes(connection: socket.socket) -> None:
    """RFC 862."""
    while received := connection.recv(4096):
        connection.sendall(received)


def streams(connection: socket.socket) -> None:
    """A scale, or a receiver of satellites: it never stops."""
    connection.settimeout(0.05)
    while True:
        connection.sendall(b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M*47\r\n")
        with contextlib.suppress(TimeoutError):
            if not connection.recv(4096):
                return


def serves_tls(connection: socket.socket) -> None:
    """Python's own, without a certificate; a client that speaks no TLS does not get so far."""
    with contextlib.suppress(OSError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_socket(connection, server_side=True)


class _Web(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's own name
        """Nothing."""


def serves_http(connection: socket.socket) -> None:
    """Python's own web server."""
    _Web(connection, ("127.0.0.1", 0), None)  # type: ignore[arg-type]  # it asks its server for nothing


def _read_all(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


@contextmanager
def at_an_address(talk: Talk) -> Iterator[str]:
    """A printer's URL at which something else talks, with whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    with connection, contextlib.suppress(OSError):
                        talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
