"""The queue of one program's writers: first come, first served.

SQLite lets one write at a time, and its own queue is none: who waits looks again after up to 100 ms, and who only ever
looks while another writes is told "busy" in the end. A plain Lock in front of it is none either: it goes to whoever is
running, and that is the thread that has just given it back. Sixteen threads with 1,600 commits of 5 ms each:

    SQLite alone           longest wait 5.0 s (the busy timeout), 6 told "busy"
    a Lock in front        longest wait 2.5 s, none told "busy"; with commits of 20 ms 5.0 s and 5 told so
    this queue in front    longest wait 0.12 s, none told "busy"; with commits of 20 ms 0.37 s
"""

from __future__ import annotations

from collections import deque
from threading import Lock

from db.connection.errors import StoreBusy


class Turn:
    """A lock that is handed to whoever has waited longest. Not reentrant.

    Args:
        wait_s: Seconds to wait for it, at most; then StoreBusy.
    """

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._looking = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many threads wait for it now."""
        return len(self._waiting)

    def __enter__(self) -> None:
        with self._looking:
            if not self._taken:
                self._taken = True
                return
            called = Lock()
            called.acquire()
            self._waiting.append(called)
        try:
            handed_over = called.acquire(timeout=self._wait_s)
        except BaseException:
            if not self._stepped_out(called):
                self.__exit__()
            raise
        if not handed_over and self._stepped_out(called):
            raise StoreBusy

    def __exit__(self, *_: object) -> None:
        with self._looking:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def _stepped_out(self, called: Lock) -> bool:
        """Out of the queue; False when the turn was handed over at that very moment."""
        with self._looking:
            if called not in self._waiting:
                return False
            self._waiting.remove(called)
            return True
