"""A night's folder on a system of any other kind that fsspec knows, where somebody has installed fsspec.

`smb://`, `webdav://`, `ftp://`, `oss://` and more. Neither fsspec nor what it needs for each comes with this program;
`check` names both.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pos_recovery.export.places.addresses import OTHERS, NoUseError

_NO_FOLDERS = frozenset({"oss", "oci", "obs", "tos"})
"""Object stores, which need no folders; fsspec would make a bucket of a misspelt one."""


def check(scheme: str) -> None:
    """Whether there is a library for such addresses.

    Raises:
        ImportError: There is not.
        NoUseError: And never will be.
    """
    unknown = NoUseError(f"nothing is known about addresses that begin with {scheme}://")
    try:
        from fsspec import get_filesystem_class
    except ImportError:
        if scheme in OTHERS:
            raise
        raise unknown from None  # nobody is told to install a package that is named as they mistyped
    try:
        get_filesystem_class(scheme)
    except ValueError as error:
        raise unknown from error


class Other:
    """Implements `Place`."""

    shows_beginnings = True

    def __init__(self, url: str, name: str) -> None:
        from fsspec.core import url_to_fs

        self._system, base = url_to_fs(url, skip_instance_cache=True)
        self._folder = f"{base.rstrip('/')}/{name}"

    def read(self, name: str) -> bytes | None:
        """See `Place`."""
        self._system.invalidate_cache()
        try:
            content: bytes = self._system.cat_file(f"{self._folder}/{name}")
        except FileNotFoundError:
            return None
        return content

    def make(self) -> None:
        """See `Place`."""
        kinds = {self._system.protocol} if isinstance(self._system.protocol, str) else set(self._system.protocol)
        if not kinds & _NO_FOLDERS:
            self._system.makedirs(self._folder, exist_ok=True)

    def send(self, file: Path, told: Callable[[int], object]) -> bool:
        """See `Place`. What is there is written over."""
        from fsspec.callbacks import Callback

        # put_file, not a file opened there for writing: some finish such an object even when the writing failed
        callback = Callback(hooks={"told": lambda _size, value, **_: told(value)})
        self._system.put_file(str(file), f"{self._folder}/{file.name}", callback=callback)
        return True

    def size(self, name: str) -> int | None:
        """See `Place`."""
        self._system.invalidate_cache()
        size: int | None = self._system.info(f"{self._folder}/{name}").get("size")
        return size

    def close(self) -> None:
        """See `Place`: fsspec's file systems have no end of their own."""
