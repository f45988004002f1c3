"""Each store, reason and hour of a night, counted and added up as the facts pass by.

In a chain nearly every fact has a row of its own. GROUP BY keeps all rows in memory, and gave up with 100 MB for
600,000 coupons of 10,000 stores. So the facts are put in the order of the key, as one number, and added up as they
pass by; some days or stores at a time, because a sort of three million took 150 MB, some of it beyond the limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from db.night.columns import FORMAT, of_format
from pos_recovery.export.counts.queries import HOURS, all_rows, even, make_added, stream
from pos_recovery.export.facts import table_columns
from pos_recovery.export.facts.table_files import as_read

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_AT_ONCE = 400_000
"""Facts that are sorted at once."""
_TEXT_KEYS = {"BusinessDayDate": "day", "RetailStoreID": "store", "ReasonCode": "reason", "CurrencyCode": "currency"}
"""Of the key, without the hour, and their names in the table `added`."""
_TAKEN_BACK = 16
"""Bits between that of a count and that of the same taken back."""


def daily(con: DuckDBPyConnection, decimals: Mapping[str, int] | None) -> Iterator[pa.RecordBatch]:
    """The rows of `table_columns.DAILY`, in the order of their key.

    A coupon counts where and when it was given; what became of it, where and when that was, under the coupon's reason.

    Args:
        con: Of `queries.counting`.
        decimals: Decimal places of each currency; None: the night is of a format that does not say.
    """
    import numpy as np

    make_added(con)
    values = [_ranked(con, name) for name in _TEXT_KEYS]
    place = "CAST(d.rank AS BIGINT)"
    for rank, many in (("s.rank", len(values[1])), ("r.rank", len(values[2])), ("c.LocalHour", HOURS)):
        place = f"({place} * {many} + {rank})"
    what = " + ".join(
        f"CASE WHEN {name} > 0 THEN {1 << bit} WHEN {name} < 0 THEN {1 << bit + _TAKEN_BACK} ELSE 0 END"
        for bit, name in enumerate(table_columns.COUNTS)
    )
    ranks = " ".join(
        f"JOIN ranked_{name} {alias} ON {alias}.value = c.{name}"
        for name, alias in zip(_TEXT_KEYS, "dsrk", strict=True)
    )
    statement = (
        f"SELECT {place} * {len(values[3])} + k.rank AS place, CAST({what} AS INTEGER) AS what,"
        f" {' + '.join(table_columns.COSTS)} AS cost_minor FROM counted c {ranks} WHERE "
    )
    slices = _slices(con, len(values[1]))

    def sums() -> Iterator[pa.RecordBatch]:
        left = [np.empty(0, np.int64)] * 3
        for batch in chain.from_iterable(stream(con, f"{statement}{some} ORDER BY place") for some in slices):
            rows = [
                np.concatenate(both) for both in zip(left, (each.to_numpy() for each in batch.columns), strict=True)
            ]
            open_ = int(np.searchsorted(rows[0], rows[0][-1]))  # of the last key more may come
            yield _summed([each[:open_] for each in rows], values, decimals)
            left = [each[open_:] for each in rows]
        yield _summed(left, values, decimals)

    return even(sums())


def _slices(con: DuckDBPyConnection, stores: int) -> list[str]:
    """Conditions that together hold for every fact once, in the order of the key, and each for not too many."""
    found = all_rows(con, "SELECT BusinessDayDate AS day, count(*) AS facts FROM counted GROUP BY ALL ORDER BY day")
    slices: list[str] = []
    first = held = 0
    for rank, row in enumerate(found):
        if rank > first and held + row["facts"] > _AT_ONCE:
            slices.append(f"d.rank BETWEEN {first} AND {rank - 1}")
            first, held = rank, 0
        held += row["facts"]
        pieces = -(-held // _AT_ONCE)
        if pieces > 1:  # a day by itself
            edges = [stores * piece // pieces for piece in range(pieces + 1)]
            slices += [f"d.rank = {rank} AND s.rank >= {one} AND s.rank < {other}" for one, other in pairwise(edges)]
            first, held = rank + 1, 0
    if held:
        slices.append(f"d.rank BETWEEN {first} AND {len(found) - 1}")
    return slices


def _ranked(con: DuckDBPyConnection, name: str) -> pa.Array:
    """The values of a column in their order, and a table of which is the how manieth."""
    con.execute(
        f"CREATE OR REPLACE TABLE ranked_{name} AS SELECT value, row_number() OVER (ORDER BY value) - 1 AS rank"
        f" FROM (SELECT DISTINCT {_TEXT_KEYS[name]} AS value FROM added) WHERE value IS NOT NULL"
    )
    with con.cursor() as cursor:
        found = cursor.sql(f"SELECT value FROM ranked_{name} ORDER BY rank").to_arrow_table()
    return found.column("value").combine_chunks()


def _summed(rows: list[Any], values: list[pa.Array], decimals: Mapping[str, int] | None) -> pa.RecordBatch:
    """Facts in the order of their key, added up for each; a batch of DAILY."""
    import numpy as np
    import pyarrow as pa

    place, what, cost_minor = rows
    first = np.flatnonzero(np.diff(place, prepend=-1))
    days, stores, reasons, currencies = values
    rest, currency = np.divmod(place[first], max(len(currencies), 1))
    rest, hour = np.divmod(rest, HOURS)
    rest, reason = np.divmod(rest, max(len(reasons), 1))
    day, store = np.divmod(rest, max(len(stores), 1))
    what = what.astype(np.int64)
    told = {name: what >> bit & 1 for bit, name in enumerate(table_columns.COUNTS)}
    back = {name: what >> bit + _TAKEN_BACK & 1 for bit, name in enumerate(table_columns.COUNTS)}
    counts = [told[name] - back[name] for name in table_columns.COUNTS]
    costs = [cost_minor * told[name.removesuffix("CostMinor")] for name in table_columns.COSTS]
    sums = [np.add.reduceat(each, first) if len(first) else each for each in (*counts, *costs)]
    keys = (days.take(pa.array(day)), stores.take(pa.array(store)), reasons.take(pa.array(reason)), pa.array(hour))
    columns = [*keys, currencies.take(pa.array(currency)), *map(pa.array, sums)]
    if decimals is not None:
        of_each = pa.array([decimals[code] for code in currencies.to_pylist()], pa.int64())
        columns.append(of_each.take(pa.array(currency)))
    return pa.record_batch(columns, schema=as_read(of_format(table_columns.DAILY, 1 if decimals is None else FORMAT)))
