"""The one writing connection of an engine: kept open, and lent to whoever's turn it is.

A connection fetched from the pool for each transaction and given back after it is a third of what a redemption adds
to its commit. Redeeming in one run, between other commits (lower quartile, microseconds; plain sqlite3: 243):

    from the pool, through contextlib's generators   975
    kept, through generators                         797
    kept, and this class as the context manager      718

Nothing is shared by that: the turn lets one thread at a time write, which SQLite would insist on anyway.

While another program has the file it is asked for at an even pace, and not with SQLite's busy timeout: there, who has
waited long asks more and more seldom, up to every 100 ms, and is told "busy" while newcomers get in. The longest wait,
and how many were told "busy", of eight programs with sixteen threads each and 1,536 commits of 5 ms; then of eight with
one thread each and 1,600 commits:

    SQLite's busy timeout     5.1 s, 39     5.0 s, 4
    an even pace of 5 ms      4.9 s,  0     2.4 s, 0
    an even pace of 1 ms      1.8 s,  0     1.2 s, 0
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from time import monotonic, sleep
from types import TracebackType

from sqlalchemy import Connection, Engine, event

from db.connection.errors import StoreBusy, StoreMoved, StoreReplaced, retell, translated
from db.connection.prepared import driver_of
from db.connection.write_queue import Turn

PACE_S = 0.001
"""Between two questions for the file."""


class Writer:
    """Enter it for one writing transaction: leaving well commits, anything else rolls back. Not reentrant.

    Args:
        engine: Where the connection comes from. Disposing of the engine closes it; the next transaction opens another.
        wait_s: Seconds to wait for a turn, and then for other programs, at most; then StoreBusy.

    Before it commits it looks whether the file is still the one that its name leads to.
    """

    def __init__(self, engine: Engine, wait_s: float) -> None:
        self._engine = engine
        self._wait_s = wait_s
        self._turn = Turn(wait_s)
        self._connection: Connection | None = None
        event.listen(engine, "engine_disposed", self._dispose)

    def __enter__(self) -> Connection:
        self._turn.__enter__()
        try:
            with translated():
                connection = self._connection or self._open()
                self._begin(driver_of(connection))
        except BaseException as error:
            try:
                self._close()
            finally:
                self._turn.__exit__()
            self._let_go(error)
            raise
        return connection

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._connection is not None  # noqa: S101  narrows the type: it was entered
        try:
            with translated():
                if error is None:
                    driver_of(self._connection).require_place()
                    self._connection.commit()
                    driver_of(self._connection).commit()
                else:
                    self._connection.rollback()
                    driver_of(self._connection).rollback()
        except BaseException as fault:
            self._close()
            self._turn.__exit__()
            self._let_go(fault)
            raise
        self._turn.__exit__()
        retell(error)

    def _let_go(self, error: BaseException) -> None:
        """Of a file that is not where it was nothing stays open, so that the next try begins anew."""
        if isinstance(error, StoreMoved | StoreReplaced):
            self._engine.dispose()

    def _begin(self, driver: sqlite3.Connection) -> None:
        """Ask for the file again and again, at an even pace."""
        until = monotonic() + self._wait_s
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() >= until:
                    raise
                sleep(PACE_S)
            else:
                return

    def _open(self) -> Connection:
        self._connection = self._engine.connect()
        self._connection.detach()
        driver_of(self._connection).execute("PRAGMA busy_timeout=0")
        return self._connection

    def _close(self) -> None:
        """What went wrong on a connection goes with it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _dispose(self, _: Engine) -> None:
        with suppress(StoreBusy), self._turn:
            self._close()
