"""No printer: the slip as a PNG in a folder. It appears whole or not at all.

A PNG that is half there would look like a slip that is half printed, so the file is written under a name of its own,
forced to disk, and then renamed; a crash leaves the old file or none, and at most a `.part` that nobody reads.
"""

import contextlib
import os
import re
import tempfile
from pathlib import Path

from receipts.result import PrintResult
from receipts.transport import describe_error

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class PreviewTransport:
    """Writes `<folder>/<name>.png`; a slip of the same name replaces the earlier one."""

    reads_back = False
    hand_over_only = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, data: bytes, name: str) -> PrintResult:
        """Write the PNG `data`.

        Raises:
            ValueError: `name` is not a plain file name (letters, digits, dot, hyphen, underscore).
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a file name for a slip: {name!r}")
        target = self._folder / f"{name}.png"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(target, data)
        except OSError as error:
            return PrintResult(state="pending", proof=None, bytes_sent=0, detail=f"no picture: {describe_error(error)}")
        return PrintResult(state="printed", proof="handed_over", bytes_sent=len(data), detail=str(target))


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
