"""Which shop and which person the numbers of a night stand for: its tables `stores` and `people`.

So nobody needs a list on the wall. All shops are there that were on record; of people those that the night speaks of.
A person's name is there only where the owner has said so (`names_in_nights`): a number is enough to count by, what a
night says of people is read by many, and a closed night keeps what it says for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_recovery.export.counts.queries import fill
from pos_recovery.export.facts.table_files import FORMULA, table_of

if TYPE_CHECKING:
    from pathlib import Path

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


def stores(con: DuckDBPyConnection, basis: Basis) -> str:
    """The query whose rows are those of `table_columns.STORES`. `basis`: with all stores that are known by now."""
    columns = dict.fromkeys(("store", "name", "zone", "currency"), str)
    known = ((store, _text(each.name), each.timezone, each.currency) for store, each in basis.stores.items())
    fill(con, "known_stores", columns, known)
    return "FROM known_stores ORDER BY store"


def people(con: DuckDBPyConnection, basis: Basis, folder: Path) -> str:
    """The query whose rows are those of `table_columns.PEOPLE`.

    Args:
        con: The night's files (`queries.look_at`).
        basis: With all names that are known by now.
        folder: With `exceptions`, too.
    """
    con.execute(f"CREATE OR REPLACE VIEW exceptions AS SELECT * FROM {table_of(folder, 'exceptions')}")
    known = ((store, person, _text(name)) for (store, person), name in basis.people.items() if basis.names)
    fill(con, "named", {"store": str, "person": int, "name": str}, known)
    return (
        f"SELECT s.RetailStoreID, s.OperatorID, COALESCE(n.name, '') FROM ({PEOPLE_SPOKEN_OF}) s"
        " LEFT JOIN named n ON n.store = s.RetailStoreID AND n.person = s.OperatorID"
        " ORDER BY s.RetailStoreID, s.OperatorID"
    )


def _text(name: str) -> str:
    """As CSV has it: never the beginning of a formula."""
    return f"'{name}" if name.startswith(FORMULA) else name
