"""What a destination's address means, what a place does, and how to speak of both.

Nothing of an address that may be a password is ever said, and nothing in the words of other people's libraries, which
repeat addresses.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pos_recovery.system.extras import BY_SCHEME, LackingError, remedy_beside

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)  # one letter is a drive of Windows
_LIKE_A_URL = re.compile(r"[^/\\]{2,}:")  # sftp:/host, user:password@host:/nights: a folder of that name is never meant
OTHERS = {
    "smb": "smbprotocol", "webdav": "webdav4", "ftp": "", "oss": "ossfs", "oci": "ocifs", "webhdfs": "requests",
    "hdfs": "pyarrow", "dropbox": "dropboxdrivefs", "gdrive": "gdrivefs", "box": "boxfs", "dbfs": "requests",
}  # fmt: skip
"""Other kinds, and what they need beside fsspec (by its registry, 2026.9)."""
_NO_ENTRY = re.compile("Authentication|Credential|HostKey|PasswordRequired|Signing")
"""In the name of a library's exception: it would be the same next time, and many wrong passwords lock a door."""
_NO_ANSWER = re.compile("Connect")
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


class TakenError(Exception):
    """Something else has that name in another system. It was left alone."""


class Place(Protocol):
    """One night's folder in another system.

    Each method may raise what its library raises: `plain` puts it in words, `may_pass` says whether to try again.
    """

    shows_beginnings: bool
    """Whether a part of a file can be seen there: then the beginning of a manifest is what our own crash has left."""

    def read(self, name: str) -> bytes | None:
        """What a file holds; None where there is none."""

    def make(self) -> None:
        """Make the folder, where the system has such."""

    def send(self, file: Path, told: Callable[[int], object]) -> bool:
        """Bring a file, under its own name.

        Args:
            file: Here.
            told: Is told how many of its bytes are sent. What it raises ends the upload.

        Returns:
            Whether that had to be done: the same may stand there already.

        Raises:
            TakenError: Something else does.
        """

    def size(self, name: str) -> int | None:
        """Bytes of a file that was sent; None: the system does not say."""

    def close(self) -> None:
        """Let go of it."""


def scheme_of(destination: str) -> str:
    """What an address begins with, as `s3`."""
    return destination.partition("://")[0].lower()


def is_remote(destination: str) -> bool:
    """Whether it is no folder of this system."""
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


def may_pass(error: BaseException) -> bool:
    """Whether another try may help."""
    if isinstance(error, (NoUseError, ImportError, LackingError, PermissionError)) or _is_shut_out(error):
        return False
    return isinstance(error, Exception)


def _is_shut_out(error: BaseException) -> bool:
    return _NO_ENTRY.search(type(error).__name__) is not None


def plain(error: BaseException, destination: str = "") -> str:
    """Why, in plain words."""
    if isinstance(error, NoUseError | ShortError | LackingError):
        return str(error)
    if isinstance(error, ImportError):
        return _missing(scheme_of(destination))
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    name = type(error).__name__
    words = "nobody answers there" if _NO_ANSWER.search(name) else "it did not work"
    return f"{'it does not let us in' if _is_shut_out(error) else words} ({name})"


def _missing(scheme: str) -> str:
    if scheme in BY_SCHEME:
        return f"what addresses with {scheme}:// need is not here, or not whole; install its extra again"
    command = remedy_beside(["fsspec", *OTHERS.get(scheme, scheme).split(), "tenacity"])
    return f"addresses with {scheme}:// need more packages; type this, then try again: {command}"
