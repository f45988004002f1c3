"""Tables to CSV and Parquet, from one stream of batches: what the database says is read once and kept nowhere.

RFC 4180, UTF-8: every text in quotes and no number, so that a spreadsheet keeps "0042" and still adds up what can be
added. Since the second format a byte order mark stands before it, without which Excel takes `é` for `Ã©`. Parquet has
the same values in their own types, and text as it was written, without the apostrophe that CSV has before what begins
like a formula.

The bytes are those of one version of pyarrow, which is pinned: a later one may choose other encodings.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from db.night.columns import FORMAT

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from db.night.columns import Field

EOL = b"\r\n"
BOM = b"\xef\xbb\xbf"
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\n", "\r", "'")  # noqa: RUF001  full-width signs
"""What a spreadsheet may take for the beginning of a formula; and our own sign that it is none. As in
`db.night.told_facts`."""
BATCH_ROWS = 16_384
"""Of every table, wherever its rows come from: a Parquet file shows where they were cut. CSV written 1,024 rows at a
time, as Arrow would, takes a quarter longer."""
_WAITING = 3
"""Batches that may wait to be written to Parquet."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is on the disk, whole."""

    name: str
    bytes: int
    sha256: str
    rows: int | None = None
    """Of a table."""


class Hashing(io.RawIOBase):
    """A new file that is hashed as it is written, and on the disk once it is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] = path.open("xb")
        self._hash = hashlib.sha256()
        self._bytes = 0

    def writable(self) -> bool:
        """It is for nothing else."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401  whatever has bytes
        """As of any file."""
        self._hash.update(data)
        written = self._file.write(data)
        self._bytes += written
        return written

    def close(self) -> None:
        """To the disk."""
        if not self.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        super().close()

    def written(self, rows: int | None = None) -> Written:
        """What is there, once it is closed."""
        return Written(self._path.name, self._bytes, self._hash.hexdigest(), rows)


def write_file(path: Path, data: bytes) -> Written:
    """A file that is no table."""
    with Hashing(path) as file:
        file.write(data)
    return file.written()


def rows_of(written: Iterable[Written]) -> dict[str, int]:
    """How many rows each table has."""
    tables = (each for each in written if each.name.endswith(".csv"))
    return {each.name.removesuffix(".csv"): each.rows for each in tables if each.rows is not None}


def csv_head(fields: Sequence[Field], number: int) -> bytes:
    """The first line, in nights of a format: the names, in quotes as Arrow writes them."""
    return (BOM if number > 1 else b"") + ",".join(f'"{each.name}"' for each in fields).encode() + EOL


def as_read(fields: Sequence[Field]) -> pa.Schema:
    """The types of a table as it is written to CSV: times and decimals are text."""
    import pyarrow as pa

    text = pa.string()
    kept = {"integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32()}
    return pa.schema([pa.field(each.name, kept.get(each.type, text)) for each in fields])


def as_kept(fields: Sequence[Field]) -> pa.Schema:
    """The types of a table in Parquet."""
    import pyarrow as pa

    kept = {
        "string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(),
        "datetime": pa.timestamp("us", "UTC"), "number": pa.decimal128(18, 3),
    }  # fmt: skip
    return pa.schema([pa.field(each.name, kept[each.type], nullable=each.optional) for each in fields])


def write_table(
    folder: Path, name: str, fields: Sequence[Field], batches: Iterable[pa.RecordBatch], number: int = FORMAT
) -> list[Written]:
    """`name`.csv and `name`.parquet of batches as a driver gives them, in which what is not text may be text.

    The batches are made in another thread. `number`: of the night's format.
    """
    import pyarrow as pa
    import pyarrow.csv

    schema = as_read(fields)
    with Hashing(folder / f"{name}.csv") as plain, parquet(folder, name, fields) as columnar:
        options = pa.csv.WriteOptions(include_header=False, batch_size=BATCH_ROWS, eol=EOL.decode())
        plain.write(csv_head(fields, number))
        with pa.csv.CSVWriter(pa.PythonFile(plain, "w"), schema, write_options=options) as csv:
            for batch in ahead(batches):
                typed = _typed(batch, schema)
                columnar.add(typed)
                csv.write_batch(typed)
    return [plain.written(columnar.rows), columnar.written]


def ahead(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same, made by another thread, one ahead of the one in use."""
    coming = iter(batches)
    with ThreadPoolExecutor(1, "ahead") as thread:
        following = thread.submit(next, coming, None)
        while (batch := following.result()) is not None:
            following = thread.submit(next, coming, None)
            yield batch


class Columnar:
    """A Parquet file being written, by a thread of its own: a table takes a quarter less time on two cores."""

    written: Written

    def __init__(self, fields: Sequence[Field], writer: Any, thread: ThreadPoolExecutor) -> None:  # noqa: ANN401  pyarrow has no types
        self.rows = 0
        self._fields, self._schema, self._writer, self._thread = fields, as_kept(fields), writer, thread
        self._waiting: deque[Future[None]] = deque()

    def add(self, rows: pa.RecordBatch | Callable[[], pa.RecordBatch]) -> None:
        """A batch as it is written to CSV, or what makes it: that is left to the thread, too."""
        self._waiting.append(self._thread.submit(self._write, rows))
        if len(self._waiting) > _WAITING:
            self._waiting.popleft().result()

    def finish(self) -> None:
        """Wait for all of it."""
        while self._waiting:
            self._waiting.popleft().result()

    def _write(self, rows: pa.RecordBatch | Callable[[], pa.RecordBatch]) -> None:
        batch = rows() if callable(rows) else rows
        self.rows += batch.num_rows
        self._writer.write_batch(_kept(batch, self._fields, self._schema))


@contextmanager
def parquet(folder: Path, name: str, fields: Sequence[Field]) -> Iterator[Columnar]:
    """A new Parquet file; `written` once it is left.

    Arrow writes it by itself and it is hashed afterwards: a file of Python's would make the thread wait for the
    interpreter at each of many small writes.
    """
    import pyarrow as pa
    import pyarrow.parquet

    path = folder / f"{name}.parquet"
    with pa.OSFile(str(path), "wb") as file:
        few = [each.name for each in fields if not each.varied]
        writer = pa.parquet.ParquetWriter(file, as_kept(fields), compression="zstd", use_dictionary=few)
        with writer, ThreadPoolExecutor(1, "parquet") as thread:
            columnar = Columnar(fields, writer, thread)
            yield columnar
            columnar.finish()
    with path.open("r+b") as there:
        sha256 = hashlib.file_digest(there, "sha256").hexdigest()
        os.fsync(there.fileno())
        columnar.written = Written(path.name, there.tell(), sha256, columnar.rows)


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    columns = []
    for field, column in zip(schema, batch.columns, strict=True):
        if column.type != field.type:
            if pa.types.is_string(column.type):
                column = _without_empty(column)  # noqa: PLW2901
            column = column.cast(field.type)  # noqa: PLW2901
        columns.append(column)
    return pa.record_batch(columns, schema=schema)


def _kept(batch: pa.RecordBatch, fields: Sequence[Field], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for field, column in zip(fields, batch.columns, strict=True):
        if field.optional and pa.types.is_string(column.type):
            column = _without_empty(column)  # noqa: PLW2901
        if field.from_people:
            column = pc.if_else(pc.starts_with(column, "'"), pc.utf8_slice_codeunits(column, 1), column)  # noqa: PLW2901
        columns.append(column.cast(schema.field(field.name).type))
    return pa.record_batch(columns, schema=schema)


def _without_empty(column: pa.Array) -> pa.Array:
    """Null where a text is empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pc.binary_length(column).cast(pa.bool_()), column, pa.nulls(1, column.type)[0])
