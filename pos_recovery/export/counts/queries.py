"""The figures of a night, counted from the Parquet files that the night itself consists of.

So both databases share one way to count, and whoever holds the files can count again. DuckDB does it, with 64 MB at
most and the rest on disk, in one thread: a second one took more memory and no less time. Whole numbers only, everything
in order: neither threads nor a machine's language show.

What is counted is what this run told, late facts too. Nothing here is kept from one night to the next: the sums over
all nights are the ledger's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pos_recovery.export.facts import table_columns
from pos_recovery.export.facts.table_files import BATCH_ROWS

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

HOURS = 24
UNKNOWN_REASON = ""
"""Of what became of a coupon that no run has told yet."""
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "64MB",
    "threads": 1,
    "preserve_insertion_order": True,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
"""With 2.4 million coupons of 40,000 stores, each fact in a row of DAILY of its own, 80 MB were not always enough."""
_KEY = "BusinessDayDate, RetailStoreID, ReasonCode, LocalHour, CurrencyCode"
"""Of `daily`, in its order."""


def _ending(code: str) -> str:
    """Told now, less what is taken back of what was told before: so the nights add up to how each story ended."""
    return (
        f"CASE WHEN EventType IN ('redeemed', 'ended') AND EndingCode = '{code}' THEN 1 ELSE 0 END"
        f" - CASE WHEN EventType IN ('reversed', 'ended') AND PreviousEndingCode = '{code}' THEN 1 ELSE 0 END"
    )


def _of(kind: str, what: str = "1") -> str:
    return f"CASE WHEN EventType = '{kind}' THEN COALESCE({what}, 0) ELSE 0 END"


_OF_COUPON = {
    "Issued": "1",
    "NoticedFirst": "CASE WHEN NoticedFirstFlag THEN 1 ELSE 0 END",
    "Remade": "CASE WHEN RemadeFlag THEN 1 ELSE 0 END",
    "IssuedCostMinor": "CostMinor",
}
_OF_EVENT = {
    "Redeemed": _of("redeemed"),
    "Reversed": _of("reversed"),
    "Voided": _of("voided"),
    "Goodwill": _of("goodwill"),
    "TurnedAround": _ending("turned_around"),
    "StillUnhappy": _ending("still_unhappy"),
    "DidNotSay": _ending("did_not_say"),
    "RedeemedCostMinor": _of("redeemed", "CouponCostMinor"),
    "ReversedCostMinor": _of("reversed", "CouponCostMinor"),
    "GoodwillCostMinor": _of("goodwill", "CostMinor"),
}


def _counted(of: Mapping[str, str]) -> str:
    return ", ".join(f"{of.get(name, '0')} AS {name}" for name in table_columns.SUMS)


_COUNTED = f"""
SELECT {_KEY}, {_counted(_OF_COUPON)} FROM coupons
UNION ALL
SELECT {_KEY.replace("ReasonCode", f"COALESCE(ReasonCode, '{UNKNOWN_REASON}')")}, {_counted(_OF_EVENT)} FROM events
WHERE EventType <> 'reprinted'
"""
_SUMS = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in table_columns.SUMS)
_ADDED = f"""
CREATE TABLE IF NOT EXISTS added AS
SELECT BusinessDayDate AS day, RetailStoreID AS store, ReasonCode AS reason, LocalHour AS hour,
  CurrencyCode AS currency, {_SUMS}
FROM counted GROUP BY GROUPING SETS ((day), (store), (reason, hour), (currency))
"""


@contextmanager
def counting(folder: Path) -> Iterator[DuckDBPyConnection]:
    """A database of views, `coupons`, `events` and `refusals`, on the Parquet files of a night folder.

    What does not fit into its memory goes to the same disk, into the folder itself, and is gone afterwards: a folder
    for temporary files is memory again on many machines, and nobody would look there after a crash.
    """
    import duckdb

    with duckdb.connect(":memory:", config={**_SETTINGS, "temp_directory": str(folder / ".counting")}) as con:
        con.execute("SET GLOBAL TimeZone = 'UTC'")
        for name in ("coupons", "events", "refusals"):
            con.execute(f"CREATE VIEW {name} AS SELECT * FROM {table_of(folder, name)}")
        con.execute(f"CREATE VIEW counted AS {_COUNTED}")
        yield con


def make_added(con: DuckDBPyConnection) -> None:
    """Make a table, `added`, of all sums in one look at the facts, unless it is there.

    Of each row one of these is told, or reason and hour, and the others are NULL.
    """
    con.execute(_ADDED)


def recount(con: DuckDBPyConnection) -> str:
    """The statement whose rows, added up by key, are those of `daily`, for `verify`."""
    del con
    return f"SELECT {_KEY}, {', '.join(table_columns.SUMS)} FROM ({_COUNTED})"


def table_of(folder: Path, name: str) -> str:
    """A table of a night, in SQL. What DuckDB would take for a pattern in the folder's name is put in brackets."""
    path = str((folder / f"{name}.parquet").absolute()).replace("'", "''")
    plain = "".join(f"[{char}]" if char in "*?[" else char for char in path)
    return f"read_parquet('{plain}')"


def stream(con: DuckDBPyConnection, statement: str) -> Iterator[pa.RecordBatch]:
    """The rows of a statement. On a cursor of its own: others may be asked meanwhile."""
    with con.cursor() as cursor:
        yield from even(cursor.sql(statement).to_arrow_reader(BATCH_ROWS))


def even(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of one size: a Parquet file shows where they were cut, and must not show threads."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        while sum(each.num_rows for each in waiting) >= BATCH_ROWS:
            table = pa.Table.from_batches(waiting).combine_chunks()
            yield table.slice(0, BATCH_ROWS).to_batches()[0]
            waiting = table.slice(BATCH_ROWS).to_batches()
    if waiting:
        yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()


def all_rows(con: DuckDBPyConnection, statement: str) -> list[dict[str, Any]]:
    """All rows of a statement that has few."""
    with con.cursor() as cursor:
        found = cursor.execute(statement)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def one_row(con: DuckDBPyConnection, statement: str) -> dict[str, Any]:
    """The row of a statement that has one."""
    (row,) = all_rows(con, statement)
    return row
