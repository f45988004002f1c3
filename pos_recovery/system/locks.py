"""Taking turns with other programs on the same home: who prints, closes a day or sets up does so alone.

The operating system takes a lock back from a program that dies, whatever it dies of. Trap of filelock 4.3: it must be
able to write a file to lock it, so one that root left behind could be locked by nobody else. The owner of the home may
take such a file away, and does when nobody holds it; a program that waits for the old one notices and takes the new.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from db.connection.errors import StoreShut, of_file
from pos_recovery.system import ownership

if TYPE_CHECKING:
    from filelock import BaseFileLock


class LockShut(StoreShut):
    """A lock file is there, or its folder is, and it cannot be opened."""

    what = "The file by which programs wait for each other cannot be opened."
    safe = "What is on record is safe, and nothing was printed."
    remedy = "Give this user the right to write it, then try again; `pos-recovery doctor` says more."


@contextmanager
def alone(path: Path, wait_s: float = 0.0, stop: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Hold the lock at `path`, if it can be had within `wait_s` and before `stop`; says whether.

    Raises:
        StoreError: The file cannot be made or opened.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, mode=0o600)
    try:
        _acquire(lock, path, wait_s, stop)
    except (Timeout, BlockingIOError):
        yield False
        return
    except OSError as error:
        if isinstance(error, PermissionError):
            raise LockShut(f"({path}: {error.strerror})") from error
        raise of_file(error, path, LockShut) from error
    try:
        ownership.hand_over(path)
        yield True
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, path: Path, wait_s: float, stop: Callable[[], bool]) -> None:
    try:
        lock.acquire(timeout=wait_s, cancel_check=stop)
    except PermissionError:
        if os.name == "nt" or not path.exists():
            raise
        _take_away(path)
        lock.acquire(timeout=wait_s, cancel_check=stop)


def _take_away(path: Path) -> None:
    """A lock file of somebody else, unless it is held.

    Raises:
        BlockingIOError: It is held.
        OSError: It may not be read or taken away.
    """
    import fcntl

    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    finally:
        os.close(descriptor)
