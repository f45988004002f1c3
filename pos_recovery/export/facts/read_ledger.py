"""Facts from either database as CSV, thousands of rows at a time: it is the database that puts them in words.

SQLite makes a line of each row (`printf`), PostgreSQL writes CSV itself (COPY). So the CSV files of the two databases
are made by different hands; a test holds them to the same bytes. Python only passes on what comes: its csv module takes
2.8 times as long as `sqlite3 -csv`, an ORM 19 times.

The traps: SQLite's `printf` ends a text at its first NUL, which no text of a ledger has (`db.upkeep.integrity`). Of
PostgreSQL each row of COPY is a message. Asked of psycopg one by one, and joined from a list, 600,000 took 2.1 s of
this process; asked of libpq, below it, and put behind one another as they come, 0.4 s. libpq can wait by itself, but
psycopg lets no other thread run meanwhile: nothing would be counted, and nobody could stop it.
"""

from __future__ import annotations

import select
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from db.connection.engine import is_server, reading
from db.connection.prepared import driver_of
from db.night.columns import TEXT
from pos_recovery.export.facts import table_files

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg.pq.abc import PGconn, PGresult
    from sqlalchemy import Connection, Engine

    from db.night.columns import Facts
    from pos_recovery.export.facts.table_files import Written

ROWS = 4_096
"""That are passed on at once."""
_AT_ONCE = 1
"""libpq: come back without a row where none is there."""


def write(engine: Engine, folder: Path, facts: Facts) -> Written:
    """The CSV file of some facts, on the disk.

    Raises:
        StoreError: The database cannot be read now.
        OSError: The file cannot be written.
    """
    told = 0
    with table_files.Hashing(folder / f"{facts.name}.csv") as plain, reading(engine) as connection:
        plain.write(table_files.csv_head(facts.fields, facts.format))
        rows_of = from_postgresql if is_server(engine) else from_sqlite
        for lines, rows in rows_of(connection, facts):
            plain.write(lines)
            told += rows
    return plain.written(told)


def from_sqlite(connection: Connection, facts: Facts) -> Iterator[tuple[bytes, int]]:
    """Lines, and how many they are."""
    cursor = driver_of(connection).execute(facts.lines)
    while rows := cursor.fetchmany(ROWS):
        yield b"".join([line for (line,) in rows]), len(rows)


def from_postgresql(connection: Connection, facts: Facts) -> Generator[tuple[bytearray, int]]:
    """The same, of what COPY writes."""
    from psycopg.errors import error_from_result
    from psycopg.pq import ExecStatus

    text = ", ".join(f'"{each.name}"' for each in facts.fields if each.type in TEXT)
    statement = f"COPY ({facts.statement}) TO STDOUT (FORMAT csv, ENCODING 'UTF8', FORCE_QUOTE ({text}))"
    driver: Any = connection.connection.driver_connection
    libpq = driver.pgconn
    with driver.cursor() as cursor, cursor.copy(statement):
        lines, rows = bytearray(), 0
        while (row := libpq.get_copy_data(_AT_ONCE))[0] >= 0:
            if not row[0]:
                _wait(libpq)
                continue
            lines += row[1]
            lines[-1:] = table_files.EOL  # it ends them by LF
            rows += 1
            if rows == ROWS:
                yield lines, rows
                lines, rows = bytearray(), 0
        if rows:
            yield lines, rows
        for end in list(_ends(libpq)):  # all of them, or the connection takes no other command
            if end.status != ExecStatus.COMMAND_OK:
                raise error_from_result(end)


def _ends(libpq: PGconn) -> Iterator[PGresult]:
    """What the server says behind the rows."""
    while True:
        while libpq.is_busy():
            _wait(libpq)
        end = libpq.get_result()
        if end is None:
            return
        yield end


def _wait(libpq: PGconn) -> None:
    """Until the server has said something more."""
    select.select([libpq.socket], [], [])
    libpq.consume_input()
