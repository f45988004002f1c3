"""Whether the two files of a table, CSV and Parquet, are whole and hold the same rows.

DuckDB reads both side by side, a few thousand rows at a time, and what the CSV file has is held against what it would
have to have by the Parquet file, in text. So all that is proved of one of them afterwards is proved of both. How long
the CSV file would have to be is added up as well: what is in no row, as an empty line is, shows there.

Nothing here believes a file. Rows are counted before they are read, and a Parquet file that would unpack to far more
than its CSV file has is not unpacked: the two say the same thing at some two to one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from db.night.columns import TEXT
from pos_recovery.export.facts.flaws import Flaw, shown
from pos_recovery.export.facts.table_files import (
    FORMULA,
    KINDS,
    csv_head,
    one_file,
    plain_table,
    quoted,
    table_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from db.night.columns import Field
    from pos_recovery.export.facts.table_columns import Table

_MEMORY = "120MB"
_UNPACKED = 8
"""Times the size of the CSV file, and some more for files with hardly a row."""
_SPARE = 1 << 22
_IN_ORDER = {
    "coupons": ("CouponCode",), "events": ("CouponCode", "EventNumber"), "refusals": ("RefusalID",),
    "stores": ("RetailStoreID",), "people": ("RetailStoreID", "OperatorID"),
}  # fmt: skip
"""Tables that come in the order of their keys, so that one look at each pair of neighbours shows that none is twice."""
_EXACT = {"datetime": "TIMESTAMP WITH TIME ZONE", "number": "DECIMAL(38, 9)"}
"""Types whose text in CSV says more than the value, or says it otherwise: there the values are compared."""
_SIGN = quoted("'")
_SHOWN = 100
"""Letters of a cell that is not the same."""
_TIME_LETTERS = len("2026-11-14T10:00:00.000000+01:00")


class _Found(Exception):
    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.sentence)
        self.flaw = flaw


@contextmanager
def bounded(threads: int) -> Iterator[DuckDBPyConnection]:
    """DuckDB, for files that nobody trusts: with little memory, the rest on disk; it may neither fetch nor load."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="pos-recovery-verify-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY, "threads": threads, "temp_directory": spill, "preserve_insertion_order": False,
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
        }  # fmt: skip
        with duckdb.connect(":memory:", config=config) as con:
            con.execute("SET GLOBAL TimeZone = 'UTC'; SET enable_progress_bar = false")  # as in `queries`
            yield con


def unlike(folder: Path, table: Table, rows: int, number: int) -> Flaw | None:
    """The first thing that is wrong with a table.

    Args:
        folder: The night's. Its files have the size and the hash that the manifest says.
        table: Which.
        rows: As the manifest says.
        number: Of the night's format.

    Raises:
        MemoryError: To look at it takes too much.
    """
    import duckdb

    name, _, fields = table
    reading = f"{name}.parquet"
    try:
        head = csv_head(fields, number)
        with (folder / f"{name}.csv").open("rb") as plain:
            if plain.read(len(head)) != head:
                return Flaw(
                    f"{name}.csv", "header", "Its first line does not name the columns that the manifest names."
                )
        with bounded(threads=1) as con:
            _describe(con, folder, name, fields, rows)
            reading = f"{name}.csv"
            _compare(con, folder, name, fields, rows, len(head))
    except _Found as found:
        return found.flaw
    except duckdb.OutOfMemoryException as error:
        raise MemoryError from error
    except (duckdb.Error, OSError, ValueError) as error:
        why = shown(str(error).partition("\n")[0])
        return Flaw(reading, "unreadable", f"It cannot be read as what the manifest says it is: {why}.")
    return None


def _describe(con: DuckDBPyConnection, folder: Path, name: str, fields: Sequence[Field], rows: int) -> None:
    """What the Parquet file says of itself, before it is unpacked."""
    file = f"{name}.parquet"
    columns = con.execute(f"DESCRIBE SELECT * FROM {table_of(folder, name)}").fetchall()
    if [each[:2] for each in columns] != [(each.name, KINDS[each.type]) for each in fields]:
        raise _Found(Flaw(file, "schema", "Its columns are not those that the manifest names."))
    path = one_file(folder / file)
    there = con.execute(f"SELECT num_rows FROM parquet_file_metadata({path})").fetchall()[0][0]
    if there != rows:
        raise _Found(Flaw(file, "rows", f"It has {there} rows, the manifest says {rows}."))
    unpacked = con.execute(f"SELECT COALESCE(sum(total_uncompressed_size), 0) FROM parquet_metadata({path})").fetchall()
    if unpacked[0][0] > (folder / f"{name}.csv").stat().st_size * _UNPACKED + _SPARE:
        raise _Found(Flaw(file, "too_big", "It would unpack to far more than its CSV file has."))


def _compare(
    con: DuckDBPyConnection, folder: Path, name: str, fields: Sequence[Field], rows: int, head_bytes: int
) -> None:
    """Row by row.

    Raises:
        _Found: Something is wrong.
    """
    plain = plain_table(folder, name, ["VARCHAR"] * len(fields), quoted_nulls=False)
    both = f"{plain} POSITIONAL JOIN {table_of(folder, name)}"
    differ = [_differs(each, f"_{place}") for place, each in enumerate(fields)]
    many, long, first, disorder = con.execute(
        f"SELECT count(*), COALESCE(sum(bytes), 0), min(number) FILTER (differs), min(number) FILTER (disorder)"
        f" FROM (SELECT row_number() OVER () AS number, {' OR '.join(differ)} AS differs, {_length(fields)} AS bytes,"
        f" {_disorder(name)} AS disorder FROM {both})"
    ).fetchall()[0]
    there = f"more than {rows}" if many > rows else None
    if first is not None and there is None:
        found = con.execute(f"SELECT count(*) FROM {plain}").fetchall()[0][0]
        there = str(found) if found != rows else None
    if there is not None:
        raise _Found(Flaw(f"{name}.csv", "rows", f"It has {there} rows, the manifest says {rows}."))
    if first is not None:
        raise _Found(_told(con, both, name, fields, first))
    if long + head_bytes != (folder / f"{name}.csv").stat().st_size:
        raise _Found(Flaw(f"{name}.csv", "differs", "It is not written as ours is: in quotes, spaces or empty lines."))
    if disorder is not None and name == "exceptions":
        raise _Found(Flaw("exceptions.csv", "key", "Its rows are not numbered E0001, E0002 and so on."))
    if disorder is not None:
        raise _Found(Flaw(f"{name}.csv", "key", f"Row {disorder} repeats a key, or comes after one that is higher."))


def _differs(field: Field, plain: str) -> str:
    """The condition that a row's cell in CSV is not what it has to be by Parquet."""
    kept = f'"{field.name}"'
    if field.type in _EXACT:
        other = f" OR strlen({plain}) NOT IN (0, {_TIME_LETTERS})" if field.type == "datetime" else ""
        return f"(TRY_CAST(NULLIF({plain}, '') AS {_EXACT[field.type]}) IS DISTINCT FROM {kept}{other})"
    if field.type != "string":
        return f"({plain} IS DISTINCT FROM CAST({kept} AS VARCHAR))"
    same = f"NULLIF({plain}, '') IS DISTINCT FROM NULLIF({kept}, '')"
    if not field.from_people:
        return f"({same})"
    formula = f"left({kept}, 1) IN ({', '.join(map(quoted, FORMULA))})"
    neutral = f"left({plain}, 1) IS DISTINCT FROM {_SIGN} OR substr({plain}, 2) IS DISTINCT FROM {kept}"
    return f"(CASE WHEN {formula} THEN {neutral} ELSE {same} END)"


def _length(fields: Sequence[Field]) -> str:
    """Bytes that a row has in a CSV file of ours."""
    cells = [_bytes(each, f"_{place}") for place, each in enumerate(fields)]
    return f"{' + '.join(cells)} + {len(fields) + 1}"


def _bytes(field: Field, plain: str) -> str:
    quotes = f" + strlen({plain}) - strlen(replace({plain}, '\"', '')) + 2" if field.type in TEXT else ""
    return f"COALESCE(strlen({plain}){quotes}, 0)"


def _disorder(name: str) -> str:
    """The condition that a row does not stand behind the one before it by its key."""
    if name == "exceptions":
        return "ExceptionID IS DISTINCT FROM format('E{:04d}', row_number() OVER ())"
    wrong = "true"
    for key in reversed(_IN_ORDER.get(name, ())):
        before = f"lag({key}) OVER ()"
        wrong = f"({key} < {before} OR {key} IS NULL OR ({key} = {before} AND {wrong}))"
    return wrong if name in _IN_ORDER else "false"


def _told(con: DuckDBPyConnection, both: str, name: str, fields: Sequence[Field], row: int) -> Flaw:
    """The first cell of a row that is not the same."""
    columns = ", ".join(
        f'{_differs(each, f"_{place}")}, _{place}, left(CAST("{each.name}" AS VARCHAR), {_SHOWN}),'
        f" TRY_CAST(_{place} AS {KINDS[each.type]}) IS NULL"
        for place, each in enumerate(fields)
    )
    cells = con.execute(f"SELECT {columns} FROM {both} LIMIT 1 OFFSET {row - 1}").fetchall()[0]
    field, has, must, is_none = next(
        (field, *cells[4 * place + 1 : 4 * place + 4]) for place, field in enumerate(fields) if cells[4 * place]
    )
    if has is not None and is_none:
        sentence = f"{field.name} of row {row} is not of the type {field.type}: {_shown(has)}."
        return Flaw(f"{name}.csv", "type", sentence)
    sentence = f"{field.name} of row {row} is {_shown(has)} here and {_shown(must)} by {name}.parquet."
    return Flaw(f"{name}.csv", "differs", sentence)


def _shown(value: object) -> str:
    return "absent" if value is None or value == "" else f"“{shown(value)}”"
