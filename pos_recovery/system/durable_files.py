"""Files and names that are still there after the power went: written whole, synced, then named. Knows no night.

On Windows folders cannot be opened to be synced, and need not be.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sync_file(path: Path) -> None:
    """Make what was written to `path` durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR)  # Windows syncs only what is open for writing
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Raises OSError."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make `folder` durable with everything in it. Costs nothing where it was. Raises OSError."""
    for root, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync_file(Path(root, name))
        sync_folder(Path(root))


def make_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, durably. Raises OSError."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        sync_folder(each.parent)


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Hold a folder until this is left, or the process ends, however it does. Whether nobody else holds it.

    Where nothing can tell (Windows, some network drives), nobody is said to.
    """
    try:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield True
        return
    free = True
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            free = False
        except OSError:
            pass
        yield free
    finally:
        os.close(descriptor)


def write_whole(target: Path, data: bytes, mode: int) -> None:
    """Make `target` hold exactly `data`, or leave it as it was. Nobody the `mode` shuts out reads it at any moment.

    Raises:
        OSError: No room, no right, no folder; nothing is left behind.
    """
    descriptor, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            Path(part).chmod(mode)
            os.fsync(file.fileno())
        Path(part).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(part).unlink()
        raise
    sync_folder(target.parent)
