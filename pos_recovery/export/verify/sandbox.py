"""Looks at what nobody trusts in a process of its own, which is ended before it takes much memory.

A Parquet file of kilobytes unpacks to gigabytes in more ways than its description shows: a long text that many rows
refer to, a page that is larger than the footer says. DuckDB 2.0 keeps within its own bound where we know of (`alike`),
and there may be ways we do not know. So the process that reads has one too: it looks at itself a hundred times a
second, and ends when it holds too much. Linux refuses it more besides, for what comes faster. macOS keeps no such
limit, and on Windows nothing tells a process of Python what it holds.
What such an end leaves is looked at by a new process, so that one folder spoils the answer on no other.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import TypeVar

from pos_recovery.export.verify import worker_process

_J = TypeVar("_J")
_R = TypeVar("_R")
HELD_BYTES = 400 << 20
"""The most that such a process may hold: with whoever asked, it stays below 512 MB. Nights of 600,000 coupons took 172
(DuckDB 2.0.1)."""
_GRANTED_BYTES = 576 << 20
"""The most that Linux grants it. What is only set aside counts too: the stacks of threads."""
_EVERY_S = 0.01


def each(work: Callable[[_J], _R], jobs: Sequence[_J], lost: Callable[[_J], _R]) -> Iterator[_R]:
    """What `work` answers to each of `jobs`, or `lost` where that took too much. All of it has to be pickled.

    Raises:
        StoreError: It failed for another reason.
    """
    while jobs:
        done = 0
        with tempfile.TemporaryDirectory(prefix="pos-recovery-verify-") as scratch:  # ours, so that it goes with it
            try:
                for answer in worker_process.each(_confined, (work, jobs, scratch)):
                    yield answer
                    done += 1
            except worker_process.EndedError:
                if not done:  # else what came before may have left it little, and it has another try
                    yield lost(jobs[0])
                    done = 1
        jobs = jobs[done:]


def here(work: Callable[[_J], _R], jobs: Sequence[_J], lost: Callable[[_J], _R]) -> Iterator[_R]:
    """The same by this process, without a bound."""
    del lost
    return map(work, jobs)


def _confined(asked: tuple[Callable[[_J], _R], Sequence[_J], str]) -> Iterator[_R]:
    """The process."""
    work, jobs, tempfile.tempdir = asked
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what libraries say as they fall is nobody's
    _limit()
    Thread(target=_end_when_too_large, daemon=True).start()
    for job in jobs:
        try:
            yield work(job)
        except (MemoryError, RuntimeError):  # the second: no thread can be started
            os._exit(1)


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        granted = _GRANTED_BYTES if most == resource.RLIM_INFINITY else min(most, _GRANTED_BYTES)
        resource.setrlimit(resource.RLIMIT_DATA, (granted, granted))


def _end_when_too_large() -> None:
    while (held := _held_bytes()) is not None:
        if held > HELD_BYTES:
            os._exit(1)
        time.sleep(_EVERY_S)


def _held_bytes() -> int | None:
    """What this process holds in memory; of macOS, the most it has held. None: nothing tells.

    Linux's own `ru_maxrss` begins with what the process held that started this one.
    """
    if sys.platform == "win32":
        return None
    import resource

    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
