"""Brings a finished night to another system: any address fsspec can reach. Into a folder `night_folder` does.

The files come under their own names and the manifest last, and a night without its manifest is none. One way for all
systems, because object stores cannot rename (there it is a copy and a removal of each object, so a crash in between
shows half a night under the final name), and because half a manifest, which SFTP can show for a moment, is no JSON.
What an interrupted upload left is uploaded again, whatever size it has.

A good night and a bad one are values. Refuses to touch a night of the same name that says something else, and to make a
bucket. Everything heavy is imported when a night is delivered to where it is needed.

Only one delivery of a night may be under way: who calls holds the lock of the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

from pos_recovery.export.places.addresses import NoUseError, ShortError, may_pass, open_place, plain, spoken
from pos_recovery.export.places.night_folder import (
    MARKER,
    AlreadyThere,
    Delivered,
    Delivery,
    Differs,
    Night,
    NotDelivered,
    amiss,
    check_name,
    read_night,
)

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_WAITS_S = {"multiplier": 2, "max": 60}  # 2, 4, 8, 16 … seconds between tries

_NO_FOLDERS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci"})
"""Object stores. They need no folders, and s3fs would make a bucket of a misspelt one."""

_FRUGAL: dict[str, dict[str, int]] = {
    "s3": {"chunksize": 8 << 20, "max_concurrency": 4},
    "abfs": {"max_concurrency": 4},
}
"""How those send a file who would else hold much of it in memory.

A file of 700 MiB took a process to 1,070 MiB (S3) and 798 (Azure); so it stays at 130 and 95. S3 takes 10,000 parts, so
78 GiB a file. Azure's library sends up to 64 MiB in one piece whatever it is told, which takes 239.
"""

Progress = Callable[[int, int], object]
"""Told how many bytes have arrived, of how many. Falls back when a try failed. Called from another thread."""

_NOT_DONE = "it did not finish in time"
_T = TypeVar("_T")


class _Course:
    """How far a delivery is, and whether it is to go on."""

    def __init__(self, progress: Progress | None, deadline_s: float) -> None:
        self._progress = progress
        self._ends_at = time.monotonic() + deadline_s
        self.given_up = Event()

    def at(self, done: int, total: int) -> None:
        if self.given_up.is_set() or time.monotonic() > self._ends_at:
            raise NoUseError(_NOT_DONE)
        if self._progress is not None:
            self._progress(done, total)


def deliver(
    night: Path,
    destination: str,
    *,
    progress: Progress | None = None,
    tries: int = 5,
    deadline_s: float = 3600.0,
    sleep: Callable[[float], None] = time.sleep,
) -> Delivery:
    """Bring the folder `night` to `destination`, so that it stands there under its own name.

    Args:
        night: A finished night, `2026-11-21_000012`. It is only read, and checked against its manifest meanwhile.
        destination: The URL of another system: `s3://bucket/nights`, `sftp://host/nights`.
        progress: See `Progress`.
        tries: At most so many; at least one.
        deadline_s: For all of them together. A remote system that hangs is left alone when it is over.
        sleep: Waits the seconds it is handed, between tries.

    Raises:
        ValueError: `night` has no night's name.
    """
    check_name(night.name)
    where = spoken(destination, night.name)
    course = _Course(progress, deadline_s)

    def work() -> Delivery:
        try:
            return _tried(lambda: _upload(read_night(night), destination, course, where), tries, deadline_s, sleep)
        except Exception as error:  # noqa: BLE001  the one door: what a file system's library raises is its own affair
            return NotDelivered(where, plain(error, destination))

    answer = _within(deadline_s, work, course.given_up)
    return NotDelivered(where, _NOT_DONE) if answer is None else answer


def _upload(source: Night, destination: str, course: _Course, where: str) -> Delivery:
    system, target = open_place(destination, source.folder.name)
    there = _marker(system, target)
    if there == source.manifest:
        return AlreadyThere(where)
    if there is not None and not source.manifest.startswith(there):  # a beginning is what our own crash left
        return Differs(where, "its manifest says something else")
    if problem := amiss(source):
        raise NoUseError(f"{problem} of the night")
    if not _protocols(system) & _NO_FOLDERS:
        system.makedirs(target, exist_ok=True)

    def told(sent: int, *, before: int) -> None:
        course.at(before + sent, source.size)

    done = 0
    for name, size in (*((each.name, each.size) for each in source.files), (MARKER, len(source.manifest))):
        _send(system, source.folder / name, f"{target}/{name}", partial(told, before=done))
        _check_size(system, f"{target}/{name}", size)
        done += size
        course.at(done, source.size)
    if _marker(system, target) != source.manifest:
        raise ShortError(f"{MARKER} did not arrive whole")
    return Delivered(where)


def _send(system: AbstractFileSystem, file: Path, path: str, told: Callable[[int], None]) -> None:
    from fsspec.callbacks import Callback

    # put_file, not a file opened there for writing: s3fs finishes such an object even when the writing failed
    callback = Callback(hooks={"told": lambda _size, value, **_: told(value)})
    frugal = next((_FRUGAL[each] for each in _protocols(system) if each in _FRUGAL), {})
    system.put_file(str(file), path, callback=callback, **frugal)


def _check_size(system: AbstractFileSystem, path: str, size: int) -> None:
    """Compare with what the file system says is there, if it says."""
    system.invalidate_cache()
    arrived = system.info(path).get("size")
    if arrived is not None and arrived != size:
        raise ShortError(f"{path.rpartition('/')[2]} did not arrive whole: {arrived} of {size} bytes")


def _marker(system: AbstractFileSystem, target: str) -> bytes | None:
    """The manifest at the destination; None where there is none."""
    system.invalidate_cache()
    try:
        content: bytes = system.cat_file(f"{target}/{MARKER}")
    except FileNotFoundError:
        return None
    return content


def _protocols(system: AbstractFileSystem) -> set[str]:
    return {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)


def _tried(work: Callable[[], _T], tries: int, deadline_s: float, sleep: Callable[[float], None]) -> _T:
    """Do it again while that may help. Raises what the last try raised."""
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_exponential

    retrying = Retrying(
        stop=stop_after_attempt(tries) | stop_before_delay(deadline_s),
        wait=wait_exponential(**_WAITS_S),
        retry=retry_if_exception(may_pass),
        sleep=sleep,
        reraise=True,
    )
    return retrying(work)


def _within(deadline_s: float, work: Callable[[], _T], given_up: Event) -> _T | None:
    """What `work` answers; None when it takes longer.

    In a thread, because not every library has a time-out for everything (paramiko has none for writing). It is a
    daemon: a program that ends does not wait for it.
    """
    answers: SimpleQueue[_T | None] = SimpleQueue()

    def run() -> None:
        try:
            answers.put(work())
        finally:  # what is no Exception ends the thread, and nobody is to wait for it
            answers.put(None)

    Thread(target=run, name="deliver", daemon=True).start()
    try:
        return answers.get(timeout=deadline_s)
    except Empty:
        return None
    finally:
        given_up.set()
