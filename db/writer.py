"""The one writing connection of an engine: kept open, and lent to whoever's turn it is.

A connection fetched from the pool for each transaction and given back after it is a third of what a redemption adds
to its commit. Redeeming in one run, between other commits (lower quartile, microseconds; plain sqlite3: 243):

    from the pool, through contextlib's generators   975
    kept, through generators                         797
    kept, and this class as the context manager      718

Nothing is shared by that: the turn lets one thread at a time write, which SQLite would insist on anyway.
"""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType

from sqlalchemy import Connection, Engine, event

from db.errors import StoreBusy, retell, translated
from db.prepared import driver_of
from db.turn import Turn


class Writer:
    """Enter it for one writing transaction: leaving well commits, anything else rolls back. Not reentrant.

    Args:
        engine: Where the connection comes from. Disposing of the engine closes it; the next transaction opens another.
        wait_s: Seconds to wait for a turn, at most; then StoreBusy.
    """

    def __init__(self, engine: Engine, wait_s: float) -> None:
        self._engine = engine
        self._turn = Turn(wait_s)
        self._connection: Connection | None = None
        event.listen(engine, "engine_disposed", self._dispose)

    def __enter__(self) -> Connection:
        self._turn.__enter__()
        try:
            with translated():
                connection = self._connection or self._open()
                driver_of(connection).execute("BEGIN IMMEDIATE")
        except BaseException:
            try:
                self._close()
            finally:
                self._turn.__exit__()
            raise
        return connection

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._connection is not None  # noqa: S101  narrows the type: it was entered
        try:
            with translated():
                if error is None:
                    self._connection.commit()
                    driver_of(self._connection).commit()
                else:
                    self._connection.rollback()
                    driver_of(self._connection).rollback()
        except BaseException:
            self._close()
            raise
        finally:
            self._turn.__exit__()
        retell(error)

    def _open(self) -> Connection:
        self._connection = self._engine.connect()
        self._connection.detach()
        return self._connection

    def _close(self) -> None:
        """What went wrong on a connection goes with it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _dispose(self, _: Engine) -> None:
        with suppress(StoreBusy), self._turn:
            self._close()
