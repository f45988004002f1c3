"""What a destination's address means, which file system answers for it, and how to speak of both.

A folder, or any URL fsspec knows a file system for. Nothing of an address that may be a password is ever said, and
nothing in the words of other people's libraries, which repeat addresses. Refuses an SFTP server whose key is not among
the known hosts, and to go through a cache (`simplecache::s3://…`), which would answer in the destination's place.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from pos_recovery.export.facts.subprocesses import EndedError
from pos_recovery.export.places import known_hosts

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)  # one letter is a drive of Windows
_OF_HOSTS = frozenset({"sftp", "ssh", "ftp", "smb", "http", "https", "webdav", "webhdfs", "hdfs"})
"""Kinds of addresses that begin with a host, which a bucket or a container is not."""
_LIKE_A_URL = re.compile(r"[^/\\]{2,}:")  # sftp:/host, user:password@host:/nights: a folder of that name is never meant
_OURS = frozenset({"s3", "s3a", "sftp", "ssh", "abfs", "abfss", "az"})
"""Kinds of addresses for which everything comes with this program."""
_PACKAGES = {"gs": "gcsfs", "gcs": "gcsfs", "smb": "smbprotocol", "webdav": "webdav4", "oss": "ossfs"}
_NO_ENTRY = re.compile("Authentication|Credential|HostKey|PasswordRequired|Signing")
"""In the name of a library's exception: it would be the same next time, and many wrong passwords lock a door."""
_NO_ENTRY_STATUS = frozenset({401, 403})
"""Of HTTP, as `status_code` of an exception of Azure's library, whose names do not say."""
_NO_ANSWER = re.compile("Connect|ServiceRequest|ServiceResponse")
_WORDS: tuple[tuple[type[OSError], str], ...] = (
    (socket.gaierror, "its name is not known to the network"),
    (TimeoutError, "it did not answer in time"),
    (PermissionError, "it does not let us in, or not write there"),
    (FileNotFoundError, "the folder or bucket is not there"),
)


class NoUseError(Exception):
    """It would be the same next time. Its words are ours and go to people."""


class ShortError(Exception):
    """What arrived is not what was sent. Its words are ours."""


def is_remote(destination: str) -> bool:
    """Whether fsspec has to be asked, because it is no folder of this system."""
    match = _URL.fullmatch(destination)
    return match is not None and match[1].lower() not in ("file", "local")


def local_folder(destination: str) -> Path | None:
    """The folder a destination means; None for a URL of another system."""
    match = _URL.fullmatch(destination)
    if match is None:
        if not destination:
            raise NoUseError("no destination is given")
        if _LIKE_A_URL.match(destination):
            raise NoUseError("that is neither a folder nor a URL such as sftp://host/nights")
        return Path(destination).expanduser().absolute()
    if is_remote(destination):
        return None
    parts = urlsplit(destination)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise NoUseError("a folder is written file:///folder, with three slashes")
    return Path(url2pathname(parts.path))


def spoken(destination: str, name: str) -> str:
    """Where the night goes, in words that may be shown: nothing before an @, nothing after a ? or #."""
    match = _URL.fullmatch(destination)
    if match is None:
        return str(Path("…" if _LIKE_A_URL.match(destination) else destination) / name)
    head, _, tail = re.sub("[?#]", "?", match[2]).partition("?")
    if "@" in tail:  # a password with a question mark, or an option with an @: who knows
        head = "…"
    return f"{match[1].lower()}://{head.rpartition('@')[2].rstrip('/')}/{name}"


def check_place(destination: str) -> None:
    """Refuse what no delivery could ever reach from here, without asking any other system. Raises NoUseError."""
    if local_folder(destination) is not None:
        return
    if "::" in destination:
        raise NoUseError("that is no address of one place")
    from fsspec import get_filesystem_class

    scheme = destination.partition("://")[0].lower()
    if scheme in _OF_HOSTS:
        _check_host(destination)
    try:
        get_filesystem_class(scheme)
    except ImportError as error:
        raise NoUseError(plain(error, destination)) from error
    except ValueError as error:
        raise NoUseError(f"nothing is known about addresses that begin with {scheme}://") from error


def _check_host(destination: str) -> None:
    """Refuse a number that the system's own look-up would read otherwise: `192.168.001.040` is .32 to it."""
    from receipts.address.host_names import (
        plain_host,  # for such addresses only; a night needs nothing else of that room
    )

    with contextlib.suppress(ValueError):  # what urllib cannot read is told by whoever opens it
        host = urlsplit(destination).hostname or ""
        try:
            plain = plain_host(host)
        except ValueError as error:
            raise NoUseError(f"its host {error}") from None
        if plain != host:
            raise NoUseError(f"its host is read differently from one machine to the next; write {plain}")


def open_place(destination: str, name: str) -> tuple[AbstractFileSystem, str]:
    """The file system of a URL, newly connected, and the night's folder on it."""
    from fsspec.core import url_to_fs

    check_place(destination)
    scheme = destination.partition("://")[0].lower()
    try:
        url, options = _sftp_options(destination) if scheme in ("sftp", "ssh") else (destination, {})
        system, base = url_to_fs(url, skip_instance_cache=True, **options)
    except ValueError as error:
        raise NoUseError("the address, the account or its keys are incomplete or mistyped") from error
    return system, f"{base.rstrip('/')}/{name}"


def _sftp_options(url: str) -> tuple[str, dict[str, Any]]:
    """An SFTP URL without name and password, and those decoded: fsspec would send `p%40ss` as it is written."""
    parts = urlsplit(url)
    given = {"username": parts.username, "password": parts.password}
    options: dict[str, Any] = {key: unquote(value) for key, value in given.items() if value is not None}
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    known = known_hosts.known(known_hosts.files(Path.home()), parts.hostname or "", parts.port)
    return bare, {**options, **_known_hosts_only(known)}


def _known_hosts_only(known: known_hosts.Known) -> dict[str, Any]:
    """How paramiko asks for a server's key, and what it asks about it.

    It would ask for one of a kind that is not known, accept any, and send the password after that.
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

    return {"host_key_policy": KnownHostsOnly(), "transport_factory": asking}


def may_pass(error: BaseException) -> bool:
    """Whether another try may help."""
    if isinstance(error, (NoUseError, ImportError, PermissionError)) or _is_shut_out(error):
        return False
    return isinstance(error, Exception)


def _is_shut_out(error: BaseException) -> bool:
    status = getattr(error, "status_code", None)
    return status in _NO_ENTRY_STATUS or _NO_ENTRY.search(type(error).__name__) is not None


def plain(error: BaseException, destination: str = "") -> str:
    """Why, in plain words."""
    if isinstance(error, (NoUseError, ShortError, EndedError)):
        return str(error)
    if isinstance(error, ImportError):
        return _missing(destination.partition("://")[0].lower())
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    name = type(error).__name__
    words = "nobody answers there" if _NO_ANSWER.search(name) else "it did not work"
    return f"{'it does not let us in' if _is_shut_out(error) else words} ({name})"


def _missing(scheme: str) -> str:
    if scheme in _OURS:
        return f"what addresses with {scheme}:// need did not come with this program; install it again"
    return f"addresses with {scheme}:// need one more package: pip install {_PACKAGES.get(scheme, scheme)}"
