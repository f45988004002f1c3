"""No printer: the slip as a PNG in a folder. It appears whole or not at all.

A PNG that is half there would look like a slip that is half printed, so the file is written under a name of its own,
forced to disk, and then renamed; a crash leaves the old file or none, and at most a `.part` that nobody reads.
"""

import contextlib
import os
import re
import tempfile
from pathlib import Path

from receipts.transport import Line, NothingLeftError, describe_error

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class PreviewTransport:
    """Writes `<folder>/<name>.png`; a slip of the same name replaces the earlier one."""

    reads_back = False
    hand_over_only = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, name: str) -> Line:
        """Make the folder if need be.

        Raises:
            ValueError: `name` is not a plain file name (letters, digits, dot, hyphen, underscore).
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a file name for a slip: {name!r}")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # codes that are good for a drink
        return PreviewLine(self._folder / f"{name}.png")


class PreviewLine:
    """A picture on its way to a file."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._data = bytearray()

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:  # noqa: ARG002  (memory is never busy)
        """See `Line`."""
        self._data += data
        return len(data), b""

    def finish(self) -> str:
        """See `Line`: the file is there, whole and durable."""
        try:
            write_whole(self._target, bytes(self._data))
        except OSError as error:
            raise NothingLeftError(error.errno, f"no picture: {describe_error(error)}") from error
        return str(self._target)

    def close(self) -> None:
        """See `Line`."""


def write_whole(target: Path, data: bytes) -> None:
    """Make `target` hold exactly `data`, durably, or leave it as it was.

    Raises:
        OSError: no room, no right, no folder; nothing is left behind.
    """
    descriptor, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(part).unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows neither needs it nor opens folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
