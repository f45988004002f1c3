"""Engines and transactions. Nothing is opened at import.

How SQLite is driven, and why:

* `journal_mode=WAL, synchronous=FULL` on every connection: a commit that has returned survives a power cut, for
  exactly one fdatasync. WAL with NORMAL saves that sync and may lose the last commit; DELETE mode takes four.
* The sqlite3 module's own transaction handling is switched off (`isolation_level=None`); a writing transaction
  starts with BEGIN IMMEDIATE, so two registers queue up instead of one of them failing half-way. A deferred BEGIN
  that turns into a write ignores the busy timeout.
* Threads of one program take turns in front of that, on one connection, and programs ask for the file at an even pace:
  `db.turn` and `db.writer`, with the figures.
* The file must exist (`mode=rw`): a mistyped folder gives an error, never a new empty ledger.
* Parameters never stand in an error's text: it may be logged, and they hold notes and PIN hashes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from db.errors import StoreMissing, translated
from db.prepared import driver_of
from db.writer import Writer

BUSY_TIMEOUT_S = 5.0
_WRITER = "pos_recovery_writer"
_IS_OURS = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
"""WAL is a mark in the file itself, and a file that is not ours is left exactly as it is."""


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file. Quoted: a `?` in a folder's name would cut the path short."""
    return "sqlite:///" + quote(str(path), safe="/\\:")


def sqlite_path(url: str) -> Path:
    """The file behind a SQLite URL."""
    return Path(unquote(make_url(url).database or ""))


def open_engine(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S, create: bool = False) -> Engine:
    """An engine on a SQLite file. Opens no connection yet.

    Args:
        url: `sqlite:///` and a path.
        busy_timeout_s: Seconds to wait for another writer.
        create: Whether a missing file is made (set-up only). Otherwise it is a StoreMissing at first use.
    """
    path = sqlite_path(url)
    mode = "rwc" if create else "rw"

    def connect() -> sqlite3.Connection:
        if not create and not path.exists():
            raise StoreMissing(f"({path})")
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA foreign_keys=ON")
            if create or connection.execute(_IS_OURS).fetchone():
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=5,
        hide_parameters=True,
    )
    engine.update_execution_options(**{_WRITER: Writer(engine, busy_timeout_s)})

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver = driver_of(connection)
        if not driver.in_transaction:  # a Writer's is, before SQLAlchemy hears of it
            driver.execute("BEGIN")

    return engine


def transaction(engine: Engine) -> AbstractContextManager[Connection]:
    """One writing transaction. Leaving well commits; anything else rolls back.

    Yields a Core connection, not an ORM session: on the hot paths the ORM's session costs 6 times a raw commit
    where Core costs 2.5 times, and nothing here needs an identity map.

    Raises:
        StoreError: The database cannot be used now.
        FactExists: A row with the same key was there first.
    """
    writer: Writer = engine.get_execution_options()[_WRITER]
    return writer


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view for reading; takes no lock that a writer would wait for."""
    with translated(), engine.begin() as connection:
        yield connection
