"""Whether the two files of a table, CSV and Parquet, are whole and hold the same rows.

Both are read side by side, a few thousand rows at a time, and what the CSV file has is held against what it would have
to have by the Parquet file. So all that is proved of one of them afterwards is proved of both.

Nothing here believes a file. Rows are counted before they are read, and a Parquet file that would unpack to far more
than its CSV file has is not unpacked: the two say the same thing at some two to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pos_recovery.export.facts.flaws import Flaw, shown
from pos_recovery.export.facts.table_files import FORMULA, as_kept, as_read, csv_head

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from db.night.columns import Field
    from pos_recovery.export.facts.table_columns import Table

_ROWS = 16_384
_BLOCK = 1 << 18
"""Bytes of CSV read at once; no row of ours comes near. With four times as much, 30 MB more are in use."""
_THRIFT = {"thrift_string_size_limit": 1 << 22, "thrift_container_size_limit": 1 << 16}
"""The most that one text, and one list, in the description of a Parquet file may have. Room for a list is made before
it is read; ours has an entry for 16,384 rows, and one for a column."""
_UNPACKED = 8
"""Times the size of the CSV file, and some more for files with hardly a row."""
_SPARE = 1 << 22
_FORMULA = "^[" + "".join(f"\\x{{{ord(each):x}}}" for each in FORMULA) + "]"
_IN_ORDER = {
    "coupons": ("CouponCode",), "events": ("CouponCode", "EventNumber"), "refusals": ("RefusalID",),
    "stores": ("RetailStoreID",), "people": ("RetailStoreID", "OperatorID"),
}  # fmt: skip
"""Tables that come in the order of their keys, so that one look at each pair of neighbours shows that none is twice."""


class _Found(Exception):
    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.sentence)
        self.flaw = flaw


def unlike(folder: Path, table: Table, rows: int, number: int) -> Flaw | None:
    """The first thing that is wrong with a table.

    Args:
        folder: The night's. Its files have the size and the hash that the manifest says.
        table: Which.
        rows: As the manifest says.
        number: Of the night's format.
    """
    import pyarrow as pa

    name, _, fields = table
    reading = f"{name}.parquet"
    try:
        with (folder / f"{name}.csv").open("rb") as plain:
            head = csv_head(fields, number)
            if plain.read(len(head)) != head:
                return Flaw(
                    f"{name}.csv", "header", "Its first line does not name the columns that the manifest names."
                )
        packed = _packed(folder, name, fields, rows)
        reading = f"{name}.csv"
        _compare(name, fields, rows, plain_rows(folder, name, fields, number), packed)
    except _Found as found:
        return found.flaw
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError) as error:
        if isinstance(error, MemoryError):  # one of Arrow is both
            raise
        return Flaw(reading, "unreadable", f"It cannot be read as what the manifest says it is: {shown(error)}.")
    return None


def _packed(folder: Path, name: str, fields: Sequence[Field], rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of the Parquet file, once its description is found to be right."""
    import pyarrow as pa
    import pyarrow.parquet

    file = pa.parquet.ParquetFile(folder / f"{name}.parquet", **_THRIFT)
    described = file.metadata
    if not file.schema_arrow.equals(as_kept(fields)):
        raise _Found(Flaw(f"{name}.parquet", "schema", "Its columns are not those that the manifest names."))
    if described.num_rows != rows:
        there = f"It has {described.num_rows} rows, the manifest says {rows}."
        raise _Found(Flaw(f"{name}.parquet", "rows", there))
    unpacked = sum(described.row_group(number).total_byte_size for number in range(described.num_row_groups))
    if unpacked > (folder / f"{name}.csv").stat().st_size * _UNPACKED + _SPARE:
        raise _Found(Flaw(f"{name}.parquet", "too_big", "It would unpack to far more than its CSV file has."))
    return _group_by_group(file)


def _group_by_group(file: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401  pyarrow has no types
    """Asked for all at once, Arrow keeps what it has read: at 2.4 million rows 97 MB, this way 8, in the same time."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=_ROWS, row_groups=[group], use_threads=False)


def plain_rows(folder: Path, name: str, fields: Sequence[Field], number: int) -> Iterator[pa.RecordBatch]:
    """The rows of the CSV file, of which the first line names the columns, in a night of that format."""
    import pyarrow as pa
    import pyarrow.csv

    schema = as_read(fields)
    with (folder / f"{name}.csv").open("rb") as file:
        file.seek(len(csv_head(fields, number)))
        if not file.peek(1):
            return
        yield from pa.csv.open_csv(
            pa.PythonFile(file, "r"),
            read_options=pa.csv.ReadOptions(column_names=schema.names, block_size=_BLOCK),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pa.csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=False,
                true_values=["true"],
                false_values=["false"],
            ),
        )


def _compare(
    name: str, fields: Sequence[Field], rows: int, plain: Iterator[pa.RecordBatch], packed: Iterator[pa.RecordBatch]
) -> None:
    """Batch by batch.

    Raises:
        _Found: Something is wrong.
    """
    at = 0
    before: pa.RecordBatch | None = None
    for one, other in _side_by_side(name, rows, plain, packed):
        for field, actual, kept in zip(fields, one.columns, other.columns, strict=True):
            _same(name, field, at, actual, kept)
        if name in _IN_ORDER:
            _rising(name, at, before, other)
        elif name == "exceptions":
            _numbered(at, other)
        before = other.slice(other.num_rows - 1)
        at += other.num_rows


def _side_by_side(
    name: str, rows: int, plain: Iterator[pa.RecordBatch], packed: Iterator[pa.RecordBatch]
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """The same number of rows of each, until both are at their end."""
    at = 0
    one, other = next(plain, None), next(packed, None)
    while one is not None and other is not None:
        count = min(one.num_rows, other.num_rows)
        if count:
            yield one.slice(0, count), other.slice(0, count)
        at += count
        one = one.slice(count) if one.num_rows > count else next(plain, None)
        other = other.slice(count) if other.num_rows > count else next(packed, None)
    if one is not None or at != rows:
        there = f"more than {at}" if one is not None else f"{at}"
        raise _Found(Flaw(f"{name}.csv", "rows", f"It has {there} rows, the manifest says {rows}."))


def _same(name: str, field: Field, at: int, actual: pa.Array, kept: pa.Array) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        if field.type == "string":
            kept = kept.fill_null("")
            if field.from_people:
                kept = pc.if_else(
                    pc.match_substring_regex(kept, _FORMULA), pc.binary_join_element_wise("'", kept, ""), kept
                )
        elif field.type in ("datetime", "number"):
            actual = pc.if_else(pc.equal(actual, ""), pa.scalar(None, pa.string()), actual).cast(kept.type)
    except pa.ArrowInvalid as error:
        sentence = f"{field.name} is not of the type {field.type} in every row: {shown(error)}."
        raise _Found(Flaw(f"{name}.csv", "type", sentence)) from None
    if not actual.equals(kept):
        pairs = zip(actual.to_pylist(), kept.to_pylist(), strict=True)
        row, has, must = next((row, *pair) for row, pair in enumerate(pairs) if pair[0] != pair[1])
        sentence = f"{field.name} of row {at + row + 1} is {_told(has)} here and {_told(must)} by {name}.parquet."
        raise _Found(Flaw(f"{name}.csv", "differs", sentence))


def _told(value: object) -> str:
    return "absent" if value is None or value == "" else f"“{shown(value)}”"


def _rising(name: str, at: int, before: pa.RecordBatch | None, batch: pa.RecordBatch) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = pa.Table.from_batches([batch] if before is None else [before, batch])
    rising = pa.scalar(value=False)
    for key in reversed(_IN_ORDER[name]):
        column = rows.column(key).combine_chunks()
        this, following = column.slice(0, len(column) - 1), column.slice(1)
        rising = pc.or_(pc.greater(following, this), pc.and_(pc.equal(following, this), rising))
    first = pc.index(rising, value=False).as_py()
    if first >= 0:
        row = at + first + (2 if before is None else 1)
        raise _Found(Flaw(f"{name}.csv", "key", f"Row {row} repeats a key, or comes after one that is higher."))


def _numbered(at: int, batch: pa.RecordBatch) -> None:
    if batch.column("ExceptionID").to_pylist() != [f"E{at + row + 1:04d}" for row in range(batch.num_rows)]:
        raise _Found(Flaw("exceptions.csv", "key", "Its rows are not numbered E0001, E0002 and so on."))
