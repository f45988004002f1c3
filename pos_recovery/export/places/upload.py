"""Brings a finished night to another system, whatever it is. Into a folder `night_folder` does.

The files come under their own names and the manifest last, and a night without its manifest is none. One way for all
systems, because object stores cannot rename (there it is a copy and a removal of each object, so a crash in between
shows half a night under the final name), and because half a manifest, which SFTP can show for a moment, is no JSON.

A good night and a bad one are values. Refuses to touch a night of the same name that says something else, and to make a
bucket. Everything heavy is imported when a night is delivered to where it is needed.

Only one delivery of a night may be under way in this register: who calls holds the lock of the run. Of two registers
that were given one place, an object store lets one publish.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

from pos_recovery.export.places.addresses import (
    NoUseError,
    Place,
    ShortError,
    TakenError,
    may_pass,
    plain,
    spoken,
)
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
from pos_recovery.export.places.open_place import open_place

_WAITS_S = {"multiplier": 2, "max": 60}  # 2, 4, 8, 16 … seconds between tries

Progress = Callable[[int, int], object]
"""Told how many bytes are sent, of how many. Falls back when a try failed. Called from another thread."""

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
    with closing(open_place(destination, source.folder.name)) as place:
        there = place.read(MARKER)
        if there == source.manifest:
            return AlreadyThere(where)
        if there is not None and not (place.shows_beginnings and source.manifest.startswith(there)):
            return Differs(where, "its manifest says something else")
        if problem := amiss(source):
            raise NoUseError(f"{problem} of the night")
        place.make()
        return _sent(source, place, course, where)


def _sent(source: Night, place: Place, course: _Course, where: str) -> Delivery:
    """Small files first: whoever has been given somebody else's place learns it before much is sent."""
    done, was_sent = 0, True
    small_first = sorted(((each.name, each.size) for each in source.files), key=lambda file: file[1])
    for name, size in (*small_first, (MARKER, len(source.manifest))):
        try:
            was_sent = place.send(source.folder / name, partial(_told, course, done, source.size))
        except TakenError:
            return Differs(where, f"{name} was there and says something else")
        if (arrived := place.size(name)) not in (None, size):
            raise ShortError(f"{name} did not arrive whole: {arrived} of {size} bytes")
        done += size
        course.at(done, source.size)
    if place.read(MARKER) != source.manifest:
        raise ShortError(f"{MARKER} did not arrive whole")
    return Delivered(where) if was_sent else AlreadyThere(where)


def _told(course: _Course, before: int, total: int, sent: int) -> None:
    course.at(before + sent, total)


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

    try:
        Thread(target=run, name="deliver", daemon=True).start()  # an interrupt may come before this has returned
        return answers.get(timeout=deadline_s)
    except Empty:
        return None
    finally:
        given_up.set()
