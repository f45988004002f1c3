"""A night's folder on an SSH server, by paramiko, which is loaded when such an address is opened.

Refuses a server whose key is not among the known hosts, before any password is told.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pos_recovery.export.places import known_hosts
from pos_recovery.export.places.addresses import NoUseError, ShortError, TakenError
from pos_recovery.export.places.night_folder import MARKER

if TYPE_CHECKING:
    import paramiko

SCHEMES = frozenset({"sftp", "ssh"})


def check() -> None:
    """Whether there is a library for such addresses. Raises ImportError."""
    import paramiko  # noqa: F401


class Sftp:
    """`sftp://name:password@host:port/folder`; name and password may be percent-encoded. Implements `Place`."""

    shows_beginnings = True

    def __init__(self, url: str, name: str) -> None:
        parts = urlsplit(url)
        fragment = f"#{parts.fragment}" if parts.fragment else ""  # a folder may have such a name
        self._folder = f"{(parts.path + fragment).rstrip('/')}/{name}"
        host, port = parts.hostname or "", parts.port
        self._client = _connected(
            host,
            port or known_hosts.PORT,
            known_hosts.known(known_hosts.files(Path.home()), host, port),
            None if parts.username is None else unquote(parts.username),
            None if parts.password is None else unquote(parts.password),
        )
        self._sftp = self._client.open_sftp()

    def read(self, name: str) -> bytes | None:
        """See `Place`."""
        with contextlib.suppress(FileNotFoundError), self._sftp.open(f"{self._folder}/{name}") as file:
            return file.read()
        return None

    def make(self) -> None:
        """See `Place`."""
        path = ""
        for part in filter(None, self._folder.split("/")):
            path = f"{path}/{part}"
            if not self._exists(path):
                try:
                    self._sftp.mkdir(path)
                except OSError:
                    if not self._exists(path):  # somebody else has made it meanwhile
                        raise

    def send(self, file: Path, told: Callable[[int], object]) -> bool:
        """See `Place`. What is there is written over, but a manifest that somebody else has put there meanwhile."""
        path = f"{self._folder}/{file.name}"
        if file.name != MARKER or self._exists(path):
            self._sftp.put(str(file), path, lambda sent, _: told(sent), confirm=False)
            return True
        ours = file.read_bytes()
        try:
            opened = self._sftp.open(path, "wx")
        except OSError:
            there = self.read(file.name)
            if there is None:
                raise
            if there == ours:
                return False
            if ours.startswith(there):
                raise ShortError("somebody else is bringing it just now") from None
            raise TakenError from None
        with opened:
            opened.write(ours)
        return True

    def size(self, name: str) -> int | None:
        """See `Place`."""
        return self._sftp.stat(f"{self._folder}/{name}").st_size

    def close(self) -> None:
        """See `Place`."""
        self._client.close()

    def _exists(self, path: str) -> bool:
        try:
            self._sftp.stat(path)
        except FileNotFoundError:
            return False
        return True


def _connected(
    host: str, port: int, known: known_hosts.Known, username: str | None, password: str | None
) -> paramiko.SSHClient:
    """Ask for a key of a kind that is known, and accept that only.

    paramiko would ask for one of any kind, accept any, and send the password after that.
    """
    import paramiko

    class KnownHostsOnly(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
            del client, hostname
            if key.asbytes() in known.revoked:
                raise NoUseError(
                    f"its {key.get_name()} key is marked as revoked among the known hosts; ask who runs it"
                )
            if key.asbytes() not in known.keys:
                raise NoUseError(f"its {key.get_name()} key is not among the known hosts; compare it, then add it")

    def asking(sock: Any, **options: Any) -> paramiko.Transport:  # noqa: ANN401  as paramiko calls it
        transport = paramiko.Transport(sock, **options)
        order = transport.get_security_options()
        order.key_types = known.first(order.key_types)
        return transport

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(KnownHostsOnly())
    try:
        client.connect(host, port, username, password, transport_factory=asking)
    except BaseException:
        client.close()
        raise
    return client
