"""The database in which a night is counted, from the Parquet files that the night itself consists of.

So both databases share one way to count, and whoever holds the files can count again. DuckDB does it, with 64 MB at
most and the rest on disk, in one thread: a second one took more memory and no less time, and whatever is written comes
out in one order. Whole numbers only: neither threads nor a machine's language show.

A trap of DuckDB 2.0.1: where the program has no file of its own (`python -c`) it takes it for a person's session and
draws a bar into its answers, on a terminal or not.

What is counted is what this run told, late facts too. Nothing here is kept from one night to the next: the sums over
all nights are the ledger's.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from pos_recovery.export.facts import table_columns
from pos_recovery.export.facts.table_files import table_of

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

HOURS = 24
_KINDS = {str: "VARCHAR", int: "BIGINT", date: "DATE"}
_AT_ONCE = 2_000
"""Rows that are handed over together."""
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
    """A database for a night's folder, of which `look_at` makes views.

    What does not fit into its memory goes to the same disk, into the folder itself, and is gone afterwards: a folder
    for temporary files is memory again on many machines, and nobody would look there after a crash.

    Raises:
        OSError: Of what is done with it: a file cannot be written or read.
        StoreBroken: It cannot do it; perhaps a file does not hold what it should.
    """
    import duckdb

    try:
        with duckdb.connect(":memory:", config={**_SETTINGS, "temp_directory": str(folder / ".counting")}) as con:
            con.execute("SET GLOBAL TimeZone = 'UTC'; SET enable_progress_bar = false")
            yield con
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        words = {number: os.strerror(number) for number in errno.errorcode}  # DuckDB says it in the system's own
        said = [number for number, text in words.items() if text in str(error)]
        memory = isinstance(error, duckdb.OutOfMemoryException)
        why = max(said, key=lambda number: len(words[number]), default=errno.ENOMEM if memory else errno.EIO)
        raise OSError(why, words[why]) from error
    except duckdb.Error as error:
        from db.connection.errors import StoreBroken

        first, _, _ = str(error).partition("\n")  # below it are rows, which are nobody else's
        raise StoreBroken(f"({first})") from error


def look_at(con: DuckDBPyConnection, folder: Path) -> None:
    """Make the views `coupons`, `events`, `refusals`, and `counted`: what each fact counts for in `daily`."""
    for name in ("coupons", "events", "refusals"):
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM {table_of(folder, name)}")
    con.execute(f"CREATE VIEW counted AS {_COUNTED}")


def make_added(con: DuckDBPyConnection) -> None:
    """Make a table, `added`, of all sums in one look at the facts, unless it is there.

    Of each row one of these is told, or reason and hour, and the others are NULL.
    """
    con.execute(_ADDED)


def recount(con: DuckDBPyConnection) -> str:
    """The statement whose rows, added up by key, are those of `daily`, for `verify`."""
    del con
    return f"SELECT {_KEY}, {', '.join(table_columns.SUMS)} FROM ({_COUNTED})"


def fill(con: DuckDBPyConnection, name: str, columns: Mapping[str, type], rows: Iterable[Iterable[Any]]) -> None:
    """Make a table of rows that Python has, in columns of `str`, `int` or `date`.

    Handed over in lists, a column each: row by row DuckDB takes a hundred times as long.
    """
    kinds = [_KINDS[kind] for kind in columns.values()]
    made = ", ".join(f"{each} {kind}" for each, kind in zip(columns, kinds, strict=True))
    con.execute(f"CREATE OR REPLACE TABLE {name} ({made})")
    lists = ", ".join(f"unnest(${place}::{kind}[])" for place, kind in enumerate(kinds, start=1))
    coming = iter(rows)
    while some := list(islice(coming, _AT_ONCE)):
        con.execute(f"INSERT INTO {name} SELECT {lists}", [list(each) for each in zip(*some, strict=True)])


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
