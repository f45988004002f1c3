"""Facts from either database into CSV and Parquet, a few rows at a time, by a process of its own (`subprocesses`).

SQLite is read by its ADBC driver, which makes Arrow of rows in C (0.85 to 1.0 of the time `sqlite3 -csv` takes;
Python's csv module takes 2.8, an ORM 19). PostgreSQL writes CSV itself (COPY), and what it wrote is read again for the
Parquet file, by another thread. So the CSV files of the two databases are made by different hands; a test holds them to
the same bytes.

The traps: ADBC brings a SQLite of its own, and two copies of SQLite in one process undo each other's locks on a file,
down to a wal-index that is cut off under the other's feet (sqlite.org, "How To Corrupt An SQLite Database File",
2.2.1): tests ended in a segmentation fault, and a row that another program had committed was gone after a crash. Hence
the process. ADBC takes the types of columns from its first batch, so what can be absent is empty text there; and it
makes an empty database of a file that is not there, unless it is opened as one that exists. Its DB-API loads pandas and
polars where it finds them, which takes a second and a half, so it is asked without.

Of PostgreSQL each row of COPY is a message. Asked of psycopg one by one, and joined from a list, 600,000 took 2.1 s of
this process; asked of libpq, below it, and put behind one another as they come, 0.4 s. The trap there: libpq can wait
by itself, but psycopg lets no other thread run meanwhile, and the one that ends this process with its parent has to.
"""

from __future__ import annotations

import select
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pos_recovery.export.facts import table_files

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg.pq.abc import PGconn, PGresult

    from db.night.columns import Facts
    from pos_recovery.export.facts.table_files import Written

TEXT = ("string", "datetime", "number")
"""The types of columns that are in quotes."""
_AT_ONCE = 1
"""libpq: come back without a row where none is there."""
_NEVER = 1 << 30
"""Bytes after which Arrow would cut a batch in two."""


@dataclass(frozen=True, slots=True)
class Job:
    """What the process is asked to write."""

    url: str
    """Of the database, with its password."""
    ledger: Path | None
    """Its file, where it is one."""
    folder: Path
    facts: Sequence[Facts]


def write(job: Job) -> Iterator[list[Written]]:
    """The CSV and the Parquet file of each of the facts, one after the other, by the process it is called in.

    That one may not have the ledger open by other means.

    Raises:
        StoreError: The database cannot be read now.
        OSError: The files cannot be written.
    """
    for facts in job.facts:
        yield _from_file(job, facts) if job.ledger is not None else _from_server(job, facts)


def _from_file(job: Job, facts: Facts) -> list[Written]:
    import adbc_driver_sqlite
    import pyarrow as pa
    from adbc_driver_manager import AdbcConnection, AdbcStatement

    with (
        adbc_driver_sqlite.connect(f"file:{quote(str(job.ledger))}?mode=ro") as database,
        AdbcConnection(database) as connection,
        AdbcStatement(connection) as statement,
    ):
        statement.set_options(**{adbc_driver_sqlite.StatementOptions.BATCH_ROWS.value: str(table_files.BATCH_ROWS)})
        statement.set_sql_query(facts.statement)
        rows, _ = statement.execute_query()
        with pa.RecordBatchReader.from_stream(rows) as batches:
            return table_files.write_table(job.folder, facts.name, facts.fields, batches, facts.format)


def _from_server(job: Job, facts: Facts) -> list[Written]:
    name, read = facts.name, _Reader(facts)
    with (
        table_files.Hashing(job.folder / f"{name}.csv") as plain,
        table_files.parquet(job.folder, name, facts.fields) as kept,
    ):
        plain.write(table_files.csv_head(facts.fields, facts.format))
        for rows in _copied(job, facts):
            kept.add(partial(read, rows))
            plain.write(rows)
    return [plain.written(kept.rows), kept.written]


def _copied(job: Job, facts: Facts) -> Generator[bytearray]:
    """What COPY writes: so many rows of CSV at a time."""
    from psycopg.errors import error_from_result
    from psycopg.pq import ExecStatus

    from db.connection.engine import open_engine, reading

    text = ", ".join(f'"{each.name}"' for each in facts.fields if each.type in TEXT)
    statement = f"COPY ({facts.statement}) TO STDOUT (FORMAT csv, ENCODING 'UTF8', FORCE_QUOTE ({text}))"
    engine = open_engine(job.url)
    with ExitStack() as leaving:
        leaving.callback(engine.dispose)
        connection = leaving.enter_context(reading(engine))
        driver: Any = connection.connection.driver_connection
        libpq = driver.pgconn
        with driver.cursor() as cursor, cursor.copy(statement):
            rows, many = bytearray(), 0
            while (row := libpq.get_copy_data(_AT_ONCE))[0] >= 0:
                if not row[0]:
                    _wait(libpq)
                    continue
                rows += row[1]
                rows[-1:] = table_files.EOL  # it ends them by LF
                many += 1
                if many == table_files.BATCH_ROWS:
                    yield rows
                    rows, many = bytearray(), 0
            if rows:
                yield rows
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


class _Reader:
    """Rows of CSV as a batch of the types that CSV has."""

    def __init__(self, facts: Facts) -> None:
        import pyarrow.csv as pc

        names = [each.name for each in facts.fields]
        self._read = partial(
            pc.read_csv,
            read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=_NEVER),
            parse_options=pc.ParseOptions(newlines_in_values=True),
            convert_options=pc.ConvertOptions(
                column_types=table_files.as_read(facts.fields),
                null_values=[""],
                strings_can_be_null=False,
                true_values=["true"],
                false_values=["false"],
            ),
        )

    def __call__(self, rows: bytearray) -> pa.RecordBatch:
        import pyarrow as pa

        (batch,) = self._read(pa.BufferReader(rows)).to_batches()
        return batch
