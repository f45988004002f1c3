"""Whether the names of a SQLite database still lead to the files that a connection has open.

A folder that is moved, deleted, replaced or unmounted takes its open files along: SQLite goes on writing into them,
every commit succeeds, and nobody finds the file again. Likewise when only the `-wal` or `-shm` beside the ledger is
taken away: other programs make a new one and never see what is written here. So each connection remembers which files
it opened (device and number), and asks before it commits and before it reads. Nothing is opened for that, because
closing a second descriptor of the file would drop SQLite's own locks.

A call of stat takes 2 to 13 microseconds, and a guest waits for it. A name changes only with its folder's time: while
the folder is the same and has not changed since all three were compared, one call answers for all.

Trap of SQLite 3.40: a ledger that is put in the place of an open one is read together with the `-wal` of the one
before, which still has its name, and is damaged by that. So whoever notices takes those side files away, under another
name, and what is opened next is what was put there.

It cannot see a file that is overwritten in place (`cp` over it): that has the same name and number.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress

from db.connection.errors import StoreError, StoreMoved, StoreReplaced, StoreShut

_SIDES = ("", "-wal", "-shm")
"""While a connection is open, SQLite lets nobody take the side files away: they go with the last one that closes."""
_SETTLED_NS = 3_000_000_000
"""A folder that changed longer ago than this shows every later change: FAT, the coarsest, counts in two seconds."""

_AWAY = ".of-the-one-before"

Mark = tuple[int, int]


def mark(path: str) -> Mark | None:
    """Which file has this name now: its device and number. None: there is none.

    Raises:
        StoreShut: Its folder may not be looked into.
    """
    try:
        found = os.stat(path)  # noqa: PTH116  a Path costs as much again
    except PermissionError as error:
        raise StoreShut(f"({path}: {error.strerror})") from error
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Placed(sqlite3.Connection):
    """A connection that knows which files it has open."""

    _ledger = _folder = ""
    _is_link = False
    _seen: tuple[int, int, int] | None = None
    _known: Sequence[tuple[str, Mark]] = ()

    def remember(self, path: str, before: Mark | None) -> Mark:
        """Once it is open and has read: the files of these names are those it has open. Returns the ledger's.

        Args:
            path: The ledger's.
            before: What had its name before it was opened; None: nothing.

        Raises:
            StoreMoved, StoreReplaced: It was changed meanwhile.
        """
        self._ledger, self._folder = path, os.path.dirname(path)  # noqa: PTH120  a Path costs as much as the stat
        self._is_link = os.path.islink(path)  # noqa: PTH114  as above
        self._known = [(name, seen) for name in (path + side for side in _SIDES) if (seen := mark(name)) is not None]
        now = dict(self._known).get(path)
        if now is None:
            raise StoreMoved(f"({path})")
        if before not in {None, now}:
            raise StoreReplaced(f"({path})")
        return now

    def require_place(self) -> None:
        """Check that the names lead to the same files.

        Raises:
            StoreMoved: There is no such file any more.
            StoreReplaced: There is another one, or one that belongs to it was taken away.
        """
        folder = self._look_at_folder()
        if folder is not None and folder == self._seen:
            return
        for name, known in self._known:
            seen = mark(name)
            if seen == known:
                continue
            if name == self._ledger:
                if seen is None:
                    raise StoreMoved(f"({name})")
                self._take_sides_away()
            raise StoreReplaced(f"({name})")
        is_settled = folder is not None and time.time_ns() - folder[-1] > _SETTLED_NS
        self._seen = folder if is_settled and not self._is_link else None

    def close(self) -> None:
        """Give the files back; not without a look, for what comes next may open another one of that name."""
        with suppress(StoreError):
            self.require_place()
        super().close()

    def _take_sides_away(self) -> None:
        for name, known in self._known[1:]:
            with suppress(OSError, StoreError):
                if mark(name) == known:
                    os.replace(name, name + _AWAY)  # noqa: PTH105  as in `mark`

    def _look_at_folder(self) -> tuple[int, int, int] | None:
        """Its device, its number, and when a name in it last changed. None: it cannot be looked at."""
        try:
            found = os.stat(self._folder)  # noqa: PTH116  as in `mark`
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_mtime_ns
