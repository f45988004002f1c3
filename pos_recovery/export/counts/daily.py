"""Each store, reason and hour of a night, counted and added up.

In a chain nearly every fact has a row of its own. GROUP BY keeps all rows in memory, and gave up with 100 MB for
600,000 coupons of 10,000 stores. So each fact is told first by one number, its place in the order of the key, and by
what it counts for; then so many at a time are added up and put in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from pos_recovery.export.counts.queries import HOURS, fill, make_added, one_row
from pos_recovery.export.facts import table_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_AT_ONCE = 60_000
"""Facts that are added up together, about."""
_KEYS = {"BusinessDayDate": "day", "RetailStoreID": "store", "ReasonCode": "reason", "CurrencyCode": "currency"}
"""Of the key, without the hour, and their names in the table `added`."""


def daily(con: DuckDBPyConnection, decimals: Mapping[str, int] | None) -> Iterator[str]:
    """Queries whose rows, one after the other, are those of `table_columns.DAILY` in the order of their key.

    A coupon counts where and when it was given; what became of it, where and when that was, under the coupon's reason.

    Args:
        con: Of `queries.counting`. Tables of ours are left in it.
        decimals: Decimal places of each currency; None: the night is of a format that does not say.
    """
    many = _lay_out(con)
    fill(con, "places", {"currency": str, "places": int}, (decimals or {}).items())
    keys = [
        "ranked_day.value", "ranked_store.value", "ranked_reason.value", f"place // {many['currency']} % {HOURS}",
        "ranked_currency.value",
    ]  # fmt: skip
    of_place = {
        "day": f"place // {many['currency'] * HOURS * many['reason'] * many['store']}",
        "store": f"place // {many['currency'] * HOURS * many['reason']} % {many['store']}",
        "reason": f"place // {many['currency'] * HOURS} % {many['reason']}",
        "currency": f"place % {many['currency']}",
    }
    ranks = " ".join(f"JOIN ranked_{key} ON ranked_{key}.rank = {rank}" for key, rank in of_place.items())
    columns = [*keys, *table_columns.SUMS, *(["places.places"] if decimals is not None else [])]
    known = "JOIN places ON places.currency = ranked_currency.value" if decimals is not None else ""
    sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in table_columns.SUMS)
    for first, following in _slices(con):
        added = f"SELECT place, {sums} FROM placed WHERE place >= {first} AND place < {following} GROUP BY place"
        yield f"SELECT {', '.join(columns)} FROM ({added}) {ranks} {known} ORDER BY place"


def _lay_out(con: DuckDBPyConnection) -> dict[str, int]:
    """The table `placed`; how many values there are of each part of the key."""
    make_added(con)
    many = {key: _ranked(con, key) for key in _KEYS.values()}
    place = "ranked_day.rank"
    for rank, values in (("ranked_store.rank", many["store"]), ("ranked_reason.rank", many["reason"]),
                         ("c.LocalHour", HOURS), ("ranked_currency.rank", many["currency"])):  # fmt: skip
        place = f"({place} * {values} + {rank})"
    ranks = " ".join(f"JOIN ranked_{key} ON ranked_{key}.value = c.{column}" for column, key in _KEYS.items())
    counts = ", ".join(f"{name}::TINYINT AS {name}" for name in table_columns.COUNTS)
    con.execute(
        f"CREATE OR REPLACE TABLE placed AS SELECT {place} AS place, {counts}, {', '.join(table_columns.COSTS)}"
        f" FROM counted c {ranks}"
    )
    return many


def _ranked(con: DuckDBPyConnection, key: str) -> int:
    """Make a table of the values of a part of the key, in their order, and of which is the how manieth."""
    con.execute(
        f"CREATE OR REPLACE TABLE ranked_{key} AS SELECT value, row_number() OVER (ORDER BY value) - 1 AS rank"
        f" FROM (SELECT DISTINCT {key} AS value FROM added) WHERE value IS NOT NULL"
    )
    return max(int(one_row(con, f"SELECT count(*) AS many FROM ranked_{key}")["many"]), 1)


def _slices(con: DuckDBPyConnection) -> list[tuple[int, int]]:
    """Spans of places that together hold every fact once, in their order, and each not too many."""
    facts, last = one_row(con, "SELECT count(*) AS facts, max(place) AS last FROM placed").values()
    if not facts:
        return []
    pieces = facts // _AT_ONCE + 1
    shares = ", ".join(str(piece / pieces) for piece in range(1, pieces))
    edges = con.execute(f"SELECT approx_quantile(place, [{shares}]) FROM placed").fetchall()[0][0] if shares else []
    ends = sorted({0, *edges, last + 1})
    return list(pairwise(ends))
