"""A real SFTP server for the tests: paramiko's, on a loopback port, with a folder of the test behind it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import quote

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_CONNECTION_LOST, SFTP_OK

if TYPE_CHECKING:
    from typing_extensions import Buffer

NAME, PASSWORD = "night", "p@ss/wo?rd"


@dataclass
class Sftp:
    """A server that is running."""

    root: Path
    port: int = 0
    key: paramiko.PKey = field(default_factory=paramiko.ECDSAKey.generate)
    others: list[paramiko.PKey] = field(default_factory=list)
    """Further keys it can show, of other kinds."""
    going_on: Event = field(default_factory=Event)
    """Cleared: nothing that is written is answered."""
    logins: list[str] = field(default_factory=list)
    """Passwords it was sent, right or wrong."""
    cut_at: str = ""
    """The connection is lost when a file of this name is written, once."""
    meeting: Barrier = field(default_factory=lambda: Barrier(1))
    """Whoever begins a manifest waits until so many do."""
    transports: list[paramiko.Transport] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where nights go, with name and password."""
        return f"sftp://{NAME}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/nights"

    def known_host(self, key: paramiko.PKey | None = None) -> str:
        """Its line in a file of known hosts, by one of its keys."""
        key = key or self.key
        return f"[127.0.0.1]:{self.port} {key.get_name()} {key.get_base64()}\n"


class _Door(paramiko.ServerInterface):
    def __init__(self, server: Sftp) -> None:
        self.server = server

    def check_auth_password(self, username: str, password: str) -> int:
        self.server.logins.append(password)
        right = (username, password) == (NAME, PASSWORD)
        return AUTH_SUCCESSFUL if right else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class _File(paramiko.SFTPHandle):
    def __init__(self, server: Sftp, path: Path, flags: int) -> None:
        super().__init__(flags)
        self._server, self._path = server, path
        self._file = os.fdopen(os.open(path, flags, 0o600), "r+b" if flags & os.O_ACCMODE else "rb", buffering=0)

    def write(self, offset: int, data: Buffer) -> int:
        self._server.going_on.wait()
        if self._path.name == self._server.cut_at:
            self._server.cut_at = ""
            self._file.write(memoryview(data)[:10])
            for transport in self._server.transports:
                transport.close()
            return SFTP_CONNECTION_LOST
        self._file.seek(offset)
        self._file.write(data)
        return SFTP_OK

    def read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self._file.fileno()))

    def close(self) -> None:
        self._file.close()


class _Folder(paramiko.SFTPServerInterface):
    def __init__(self, _: paramiko.ServerInterface, server: Sftp) -> None:
        self._server = server

    def _real(self, path: str) -> Path:
        return self._server.root / self.canonicalize(path).lstrip("/")

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(self._real(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        if flags & os.O_CREAT and path.endswith("/datapackage.json"):
            self._server.meeting.wait()
        try:
            return _File(self._server, self._real(path), flags)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        self._real(path).mkdir()
        return SFTP_OK


@contextmanager
def serving(root: Path) -> Iterator[Sftp]:
    """A server for `root`, gone with everything it holds when the block is left."""
    server = Sftp(root)
    server.going_on.set()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]

        def serve() -> None:
            with suppress(OSError):  # the listening socket is closed: the test is over
                while True:
                    line, _ = listening.accept()
                    transport = paramiko.Transport(line)
                    for key in (server.key, *server.others):
                        transport.add_server_key(key)
                    transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Folder, server)
                    server.transports.append(transport)
                    with suppress(paramiko.SSHException, EOFError):  # who does not trust the key goes away
                        transport.start_server(server=_Door(server))

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.going_on.set()
            for transport in server.transports:
                transport.close()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)
