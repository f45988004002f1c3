"""The files of a night: how each is written, hashed and put on the disk; a table as CSV, and as Parquet made from that.

RFC 4180, UTF-8: every text in quotes and no number, so that a spreadsheet keeps "0042" and still adds up what can be
added. Since the second format a byte order mark stands before it, without which Excel takes `é` for `Ã©`. Parquet has
the same values in their own types, and text as it was written, without the apostrophe that CSV has before what begins
like a formula.

Whoever has the rows writes CSV: the database itself (`read_ledger`), or DuckDB what it has counted. From that file
DuckDB makes the Parquet file, so that the two say the same. The bytes are those of one version of DuckDB, which is
pinned and names itself in each Parquet file (`created_by`): a later one may choose other encodings.

The trap of its reader (2.0.1): asked to be strict (`strict_mode`) and told that lines end by CR and LF (`new_line`),
it finds no row at all, and says nothing. So it is not told.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import IO, TYPE_CHECKING, Any

from db.night.columns import TEXT

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from db.night.columns import Field

EOL = b"\r\n"
BOM = b"\xef\xbb\xbf"
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\n", "\r", "'")  # noqa: RUF001  full-width signs
"""What a spreadsheet may take for the beginning of a formula; and our own sign that it is none. As in `told_facts`."""
KINDS = {
    "string": "VARCHAR", "integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE",
    "datetime": "TIMESTAMP WITH TIME ZONE", "number": "DECIMAL(18,3)",
}  # fmt: skip
"""The types of columns in Parquet, as DuckDB calls them."""
GROUP_ROWS = 16_384
"""Of a Parquet file in one piece. Of 122,880, as DuckDB would, writing takes 20 MB more, and no less time. Packed at
level 3, as it would be too, a file of coupons is a little larger, and takes a third more time."""
_AT_ONCE = 2
"""Queries, and no more: each takes some of the memory that DuckDB has."""
_BLOCK = 1 << 20
_LINE = 1 << 19
"""Bytes of the longest line; no row of ours comes near."""


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


def kept(path: Path, rows: int | None = None) -> Written:
    """A file that somebody else wrote: now it is on the disk."""
    with path.open("r+b") as there:
        sha256 = hashlib.file_digest(there, "sha256").hexdigest()
        os.fsync(there.fileno())
        return Written(path.name, there.tell(), sha256, rows)


def rows_of(written: Iterable[Written]) -> dict[str, int]:
    """How many rows each table has."""
    tables = (each for each in written if each.name.endswith(".csv"))
    return {each.name.removesuffix(".csv"): each.rows for each in tables if each.rows is not None}


def csv_head(fields: Sequence[Field], number: int) -> bytes:
    """The first line, in nights of a format: the names, in quotes."""
    return (BOM if number > 1 else b"") + ",".join(f'"{each.name}"' for each in fields).encode() + EOL


def write_csv(
    con: DuckDBPyConnection, folder: Path, name: str, fields: Sequence[Field], number: int, queries: Iterable[str]
) -> Written:
    """`name`.csv, of the rows of some queries, one after the other.

    Args:
        con: Of `queries.counting`.
        folder: The night's.
        name: Of the table.
        fields: Its columns, which the queries have in that order. NULL is nothing in CSV, and empty text is `""`.
        number: Of the night's format.
        queries: In SQL. Two are asked at once.
    """
    texts = ", ".join(f'"{each.name}"' for each in fields if each.type in TEXT)
    columns = ", ".join(f'_{place} AS "{each.name}"' for place, each in enumerate(fields))
    names = ", ".join(f"_{place}" for place in range(len(fields)))
    form = f"FORMAT csv, HEADER false, NEW_LINE '\\r\\n', FORCE_QUOTE ({texts})"

    def copied(part: Path, query: str) -> tuple[Path, int]:
        with con.cursor() as cursor:
            told = cursor.execute(f"COPY (SELECT {columns} FROM ({query}) AS t({names})) TO {quoted(part)} ({form})")
            return part, told.fetchall()[0][0]

    rows = 0
    with Hashing(folder / f"{name}.csv") as plain, ThreadPoolExecutor(_AT_ONCE, name) as threads:
        plain.write(csv_head(fields, number))
        parts = (folder / f".{name}-{place}.csv" for place in count())
        for part, many in threads.map(copied, parts, queries):
            rows += many
            with part.open("rb") as made:
                shutil.copyfileobj(made, plain, _BLOCK)
            part.unlink()
    return plain.written(rows)


def write_parquet(con: DuckDBPyConnection, folder: Path, name: str, fields: Sequence[Field]) -> Written:
    """`name`.parquet, of what stands in `name`.csv."""
    path = folder / f"{name}.parquet"
    types = [KINDS[each.type] for each in fields]
    columns = ", ".join(_as_kept(each, f"_{place}") for place, each in enumerate(fields))
    form = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {GROUP_ROWS}"
    statement = f"COPY (SELECT {columns} FROM {plain_table(folder, name, types)}) TO {quoted(path)} ({form})"
    with con.cursor() as cursor:
        return kept(path, cursor.execute(statement).fetchall()[0][0])


def plain_table(folder: Path, name: str, types: Sequence[str], *, quoted_nulls: bool = True) -> str:
    """`name`.csv in SQL, with columns `_0`, `_1` and so on of these types.

    Nothing is NULL there, and so is empty text in quotes, unless `quoted_nulls` is not set.
    """
    columns = ", ".join(f"'_{place}': '{kind}'" for place, kind in enumerate(types))
    return (
        f"read_csv({one_file(folder / f'{name}.csv')}, auto_detect = false, header = true, columns = {{{columns}}},"
        f" delim = ',', quote = '\"', escape = '\"', nullstr = '', strict_mode = true, parallel = false,"
        f" allow_quoted_nulls = {quoted_nulls},"
        f" buffer_size = {_BLOCK}, max_line_size = {_LINE})"
    )


def table_of(folder: Path, name: str) -> str:
    """`name`.parquet in SQL."""
    return f"read_parquet({one_file(folder / f'{name}.parquet')})"


def one_file(path: Path) -> str:
    """The path of a file that is read, in SQL. What DuckDB would take for a pattern is put in brackets."""
    return quoted("".join(f"[{char}]" if char in "*?[" else char for char in str(path.absolute())))


def quoted(text: object) -> str:
    """A text in SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def _as_kept(field: Field, column: str) -> str:
    if field.from_people:
        column = f"CASE WHEN starts_with({column}, '''') THEN substr({column}, 2) ELSE {column} END"
    if not field.optional:
        absent = "''" if field.type == "string" else f"error('{field.name} is absent')"
        column = f"COALESCE({column}, {absent})"
    return f'{column} AS "{field.name}"'
