"""Facts from either database into CSV and Parquet, a few batches at a time, by a process of its own (`aside`).

SQLite is read by its ADBC driver, which makes Arrow of rows in C (0.85 to 1.0 of the time `sqlite3 -csv` takes;
Python's csv module takes 2.8, an ORM 19). PostgreSQL writes CSV itself (COPY, 1.15 of `psql`; ADBC takes 3.5), and what
it wrote is read again for the Parquet file. So the CSV files of the two databases are made by different hands; a test
holds them to the same bytes.

The traps: ADBC brings a SQLite of its own, and two copies of SQLite in one process undo each other's locks on a file,
down to a wal-index that is cut off under the other's feet (sqlite.org, "How To Corrupt An SQLite Database File",
2.2.1): tests ended in a segmentation fault, and a row that another program had committed was gone after a crash. Hence
the process. ADBC takes the types of columns from its first batch, so what can be absent is empty text there; and it
makes an empty database of a file that is not there, unless it is opened as one that exists. Its DB-API loads pandas and
polars where it finds them, which takes a second and a half, so it is asked without. Arrow's CSV reader complains where
it finds nothing at all, so the names of the columns are read with the rows.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pos_recovery.export import files

if TYPE_CHECKING:
    import pyarrow as pa

    from db.fields import Facts
    from pos_recovery.export.files import Written

BATCH_ROWS = 16_384
_ROWS = 8_192
"""Rows of COPY that are handed on at once: some 2 MB."""
_BLOCK = 1 << 20
"""Bytes of CSV that Arrow reads at once."""


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
        statement.set_options(**{adbc_driver_sqlite.StatementOptions.BATCH_ROWS.value: str(BATCH_ROWS)})
        statement.set_sql_query(facts.statement)
        rows, _ = statement.execute_query()
        with pa.RecordBatchReader.from_stream(rows) as batches:
            return files.write_table(job.folder, facts.name, facts.fields, batches)


def _from_server(job: Job, facts: Facts) -> list[Written]:
    name = facts.name
    with files.Hashing(job.folder / f"{name}.csv") as plain, files.parquet(job.folder, name, facts.fields) as kept:
        plain.write(files.csv_head(facts.fields))
        for batch in _copied(job, facts, lambda rows: plain.write(rows.replace(b"\n", files.EOL))):
            kept.add(batch)
    return [plain.written(kept.rows), kept.written]


def _copied(job: Job, facts: Facts, keep: Callable[[bytes], object]) -> Iterator[pa.RecordBatch]:
    """Batches of the types that CSV has; `keep` is given the same as CSV, lines ended by LF, without a first line."""
    import pyarrow as pa
    import pyarrow.csv

    from db.engine import open_engine, reading

    text = ", ".join(f'"{each.name}"' for each in facts.fields if each.type in ("string", "datetime", "number"))
    statement = f"COPY ({facts.statement}) TO STDOUT (FORMAT csv, FORCE_QUOTE ({text}))"
    convert = pa.csv.ConvertOptions(
        column_types=files.as_read(facts.fields),
        null_values=[""],
        strings_can_be_null=False,
        true_values=["true"],
        false_values=["false"],
    )
    engine = open_engine(job.url)
    with reading(engine) as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(statement) as rows:
            stream = pa.PythonFile(_Copied(rows, files.csv_head(facts.fields), keep), "r")
            read, parse = pa.csv.ReadOptions(block_size=_BLOCK), pa.csv.ParseOptions(newlines_in_values=True)
            yield from pa.csv.open_csv(stream, read, parse, convert)
    engine.dispose()


class _Copied(io.RawIOBase):
    """What COPY writes, behind a first line, as a file that is read."""

    def __init__(self, rows: Iterator[Any], head: bytes, keep: Callable[[bytes], object]) -> None:
        self._rows, self._left, self._keep = iter(rows), head, keep

    def readable(self) -> bool:
        """It is for nothing else."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none: it is over."""
        if not self._left:
            self._left = b"".join(islice(self._rows, _ROWS))
            self._keep(self._left)
        given, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        return given
