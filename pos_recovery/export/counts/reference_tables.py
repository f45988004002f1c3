"""Which shop and which person the numbers of a night stand for: its tables `stores` and `people`.

So nobody needs a list on the wall. All shops are there that were on record; of people those that the night speaks of.
A person's name is there only where the owner has said so (`names_in_nights`): a number is enough to count by, what a
night says of people is read by many, and a closed night keeps what it says for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pos_recovery.export.counts.queries import stream, table_of
from pos_recovery.export.facts.table_columns import STORES
from pos_recovery.export.facts.table_files import FORMULA, as_read

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from pos_recovery.export.facts.run_inputs import Basis

_PLACES = {
    "coupons": (("RetailStoreID", "OperatorID"),),
    "events": (("RetailStoreID", "OperatorID"), ("IssuingRetailStoreID", "IssuingOperatorID")),
    "refusals": (("RetailStoreID", "OperatorID"),),
    "exceptions": (("RetailStoreID", "OperatorID"), ("OtherRetailStoreID", "OtherOperatorID")),
}
"""Where a night speaks of a store and a person."""
PEOPLE_SPOKEN_OF = " UNION ".join(
    f"SELECT {store} AS RetailStoreID, {person} AS OperatorID FROM {table} WHERE {store} <> '' AND {person} IS NOT NULL"
    for table, places in _PLACES.items()
    for store, person in places
)
STORES_SPOKEN_OF = " UNION ".join(
    [f"SELECT {store} AS RetailStoreID FROM {table} WHERE {store} <> ''" for table, places in _PLACES.items()
     for store, _ in places] + ["SELECT RetailStoreID FROM balances"]
)  # fmt: skip


def stores(basis: Basis) -> Iterator[pa.RecordBatch]:
    """The rows of `table_columns.STORES`. `basis`: with all stores that are known by now."""
    import pyarrow as pa

    rows = [(store, _text(each.name), each.timezone, each.currency) for store, each in sorted(basis.stores.items())]
    if rows:
        schema = as_read(STORES)
        yield pa.record_batch(
            [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)],
            schema=schema,
        )


def people(con: DuckDBPyConnection, basis: Basis, folder: Path) -> Iterator[pa.RecordBatch]:
    """The rows of `table_columns.PEOPLE`.

    Args:
        con: The night's files (`queries.counting`).
        basis: With all names that are known by now.
        folder: With `exceptions`, too.
    """
    import pyarrow as pa

    con.execute(f"CREATE OR REPLACE VIEW exceptions AS SELECT * FROM {table_of(folder, 'exceptions')}")
    known: dict[str, list[Any]] = {"store": [], "person": [], "name": []}
    for (store, person), name in basis.people.items() if basis.names else ():
        for column, value in zip(known.values(), (store, person, _text(name)), strict=True):
            column.append(value)
    types = {"store": pa.string(), "person": pa.int64(), "name": pa.string()}
    con.register("incoming", pa.table({column: pa.array(known[column], kind) for column, kind in types.items()}))
    con.execute("CREATE OR REPLACE TABLE named AS SELECT * FROM incoming")
    con.unregister("incoming")
    yield from stream(
        con,
        "SELECT s.RetailStoreID, s.OperatorID, COALESCE(n.name, '') AS OperatorName"
        f" FROM ({PEOPLE_SPOKEN_OF}) s LEFT JOIN named n ON n.store = s.RetailStoreID AND n.person = s.OperatorID"
        " ORDER BY s.RetailStoreID, s.OperatorID",
    )


def _text(name: str) -> str:
    """As CSV has it: never the beginning of a formula."""
    return f"'{name}" if name.startswith(FORMULA) else name
