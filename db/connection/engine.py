"""Engines and transactions. Nothing is opened at import.

How SQLite is driven, and why:

* `journal_mode=WAL, synchronous=FULL` on every connection: a commit that has returned survives a power cut, for
  exactly one fdatasync. WAL with NORMAL saves that sync and may lose the last commit; DELETE mode takes four.
* The sqlite3 module's own transaction handling is switched off (`isolation_level=None`); a writing transaction
  starts with BEGIN IMMEDIATE, so two registers queue up instead of one of them failing half-way. A deferred BEGIN
  that turns into a write ignores the busy timeout.
* Threads of one program take turns in front of that, on one connection, and programs ask for the file at an even pace:
  `db.connection.write_queue` and `db.connection.writer`, with the figures.
* The file must exist (`mode=rw`): a mistyped folder gives an error, never a new empty ledger.
* A file that was moved, deleted or replaced while it is open is noticed before it is written or read:
  `db.connection.file_identity`. The engine stays with the file it opened first: what was put in its place may have
  other tables.
* Parameters never stand in an error's text: it may be logged, and they hold notes and PIN hashes.

A chain's PostgreSQL is driven by psycopg 3, which is loaded when such a URL is opened and not before. It decides its
races itself, so nothing of the above applies: `transaction` is a plain one on a pooled connection.
`db.connection.write_queue`, `db.connection.writer` and `db.connection.prepared` know only SQLite, and so do the
functions that run a prepared statement (`coupons.add`, `coupons.find_story` …) or an upsert; what else is in this room
runs on both. Statements are not prepared on the server either: behind a pooler the next one may meet another session.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from ipaddress import IPv4Address
from math import ceil
from pathlib import Path
from urllib.parse import quote, unquote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from db.connection.errors import StoreError, StoreMissing, StoreMoved, StoreReplaced, translated
from db.connection.file_identity import Mark, Placed, mark
from db.connection.prepared import driver_of
from db.connection.writer import Writer

BUSY_TIMEOUT_S = 5.0
_WRITER = "pos_recovery_writer"
_POSTGRESQL = ("postgresql", "postgresql+psycopg")
_ENDS_IN_A_NUMBER = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)\.?$", re.IGNORECASE)
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_IS_OURS = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
"""WAL is a mark in the file itself, and a file that is not ours is left exactly as it is."""


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file. Quoted: a `?` in a folder's name would cut the path short."""
    return "sqlite:///" + quote(str(path), safe="/\\:")


def sqlite_path(url: str) -> Path:
    """The file behind a SQLite URL."""
    return Path(unquote(make_url(url).database or ""))


def is_server(engine: Engine) -> bool:
    """Whether this is a PostgreSQL server and not a file."""
    return engine.dialect.name == "postgresql"


def open_engine(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S, create: bool = False) -> Engine:
    """An engine on a SQLite file or a PostgreSQL database. Opens no connection yet.

    Args:
        url: `sqlite:///` and a path; or `postgresql://user@host/name`, with what libpq takes behind a `?`.
        busy_timeout_s: Seconds to wait for another writer of the file, or for the server to answer a call.
        create: Whether a missing file is made (set-up only). Otherwise it is a StoreMissing at first use.

    Raises:
        ValueError: The URL names another kind of database, another driver, or a host that is a number and no plain
            address. The URL, which may hold a password, is
            not repeated.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("this is no database URL") from None
    if parsed.drivername in _POSTGRESQL:
        return _open_server(parsed, busy_timeout_s)
    if parsed.drivername != "sqlite":
        raise ValueError(f"a database URL begins with sqlite:// or postgresql://, not {parsed.drivername}://")
    return _open_file(sqlite_path(url), busy_timeout_s, create=create)


def _check_hosts(url: URL) -> None:
    """Refuse a host that libpq's look-up would read otherwise than people: `192.168.001.040` is .32 to it."""
    for names in (url.host or "", *(url.query.get(key, "") for key in ("host", "hostaddr"))):
        for host in (names if isinstance(names, str) else ",".join(names)).split(","):
            if not _ENDS_IN_A_NUMBER.search(host):
                continue
            try:
                IPv4Address(host)  # refuses leading zeros, hexadecimals and what is short
            except ValueError:
                raise ValueError(f"its host {host} is no address that every machine reads alike") from None


def _open_server(url: URL, connect_timeout_s: float) -> Engine:
    _check_hosts(url)
    defaults = {"connect_timeout": str(ceil(connect_timeout_s))}
    url = url.set(drivername="postgresql+psycopg", query={**defaults, **url.query})
    return create_engine(url, connect_args={"prepare_threshold": None}, hide_parameters=True)


def _open_file(path: Path, busy_timeout_s: float, *, create: bool) -> Engine:
    mode = "rwc" if create else "rw"
    opened: set[Mark] = set()
    """The file that was opened first, and never another."""

    def connect() -> sqlite3.Connection:
        found = mark(str(path))
        if opened and found not in opened:
            raise StoreReplaced(f"({path})") if found else StoreMoved(f"({path})")
        if found is None and not create:
            raise StoreMissing(f"({path})")
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            factory=Placed,
        )
        try:
            connection.execute("PRAGMA foreign_keys=ON")
            if create or connection.execute(_IS_OURS).fetchone():
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            # A ledger that a restore has put there becomes WAL only now, and has its `-wal` from its next reader on.
            connection.execute(_IS_OURS).fetchone()
            opened.add(connection.remember(str(path), found))
        except (sqlite3.Error, StoreError):
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

    @event.listens_for(engine, "checkout")
    def look(connection: Placed, *_: object) -> None:
        connection.require_place()

    return engine


def transaction(engine: Engine) -> AbstractContextManager[Connection]:
    """One writing transaction. Leaving well commits; anything else rolls back.

    Yields a Core connection, not an ORM session: on the hot paths the ORM's session costs 6 times a raw commit
    where Core costs 2.5 times, and nothing here needs an identity map.

    Raises:
        StoreError: The database cannot be used now.
        FactExists: A row with the same key was there first.
    """
    writer: Writer | None = engine.get_execution_options().get(_WRITER)
    return _server_transaction(engine) if writer is None else writer


@contextmanager
def _server_transaction(engine: Engine) -> Iterator[Connection]:
    with translated(), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view for reading; takes no lock that a writer would wait for.

    On PostgreSQL that is one REPEATABLE READ, READ ONLY transaction: every statement in it sees the same snapshot, and
    a statement that writes is a StoreReadOnly.

    Raises:
        StoreMoved, StoreReplaced: The file is not the one that was opened. Every connection on it is closed.
    """
    try:
        with translated(), engine.connect() as connection:
            if is_server(engine):
                connection.execution_options(**_SNAPSHOT)
            with connection.begin():
                yield connection
    except (StoreMoved, StoreReplaced):
        engine.dispose()
        raise
