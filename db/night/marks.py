"""Up to where the facts have been told, so that a later reader is told each of the others exactly once.

A mark is taken inside the transaction that reads the facts (`engine.reading`) and kept as text. What lies between two
marks never changes afterwards: facts are only ever added, and nothing is added before a mark. Why the two databases
need different ones stands in revision 0006.

Nothing here reads facts or decides what to do with them. The conditions are plain SQL because they also stand in COPY
and in queries of other drivers, where nothing can be bound; they are made of digits only.

A mark belongs to one database and is best kept in it (`export_run`): a standby that takes over, or a base backup, then
goes on counting behind it. Moved by dump and restore, a server counts its transactions from anew, and marks of the old
one mean nothing to it; `between` refuses them as far as the numbers show it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

FACTS = ("coupon", "coupon_event", "refusal", "conflict")
_OWN_SNAPSHOT = "SELECT pg_current_snapshot()::text WHERE NOT pg_is_in_recovery()"
_SNAPSHOT = re.compile(r"([0-9]+):([0-9]+):[0-9,]*")
"""`xmin:xmax:open transactions between them`: PostgreSQL's documentation, "Transaction ID and Snapshot Information"."""


class NotOneDatabaseError(ValueError):
    """A mark lies before an earlier one: what was told is not on record here any more."""


def take(connection: Connection) -> str:
    """A mark behind all facts that this transaction sees, as JSON.

    Raises:
        ServerReadOnly: This is a standby. Its snapshots leave out which transactions are open (seen on PostgreSQL
            18), so that by such a mark those would count as told and would never be.
    """
    from sqlalchemy import text

    from db.connection.errors import ServerReadOnly

    if connection.dialect.name == "postgresql":
        snapshot = connection.execute(text(_OWN_SNAPSHOT)).scalar()
        if snapshot is None:
            raise ServerReadOnly("(A standby does not know which transactions are open.)")
        return json.dumps({"snapshot": snapshot})
    highest = {table: text(f"SELECT coalesce(max(rowid), 0) FROM {table}") for table in FACTS}  # noqa: S608  our tables
    return json.dumps({table: int(connection.execute(ask).scalar_one()) for table, ask in highest.items()})


def between(table: str, after: str | None, until: str, name: str | None = None) -> str:
    """The SQL condition for the facts of a table that lie behind one mark and not behind the other.

    Args:
        table: One of `FACTS`.
        after: The earlier mark; None: from the first fact on.
        until: The later mark.
        name: What the table is called in the query; None: as it is.

    Raises:
        ValueError: These are no marks.
        NotOneDatabaseError: They are not of one database in this order, as when it was put back or moved between.
    """
    if after is None:
        return behind(table, until, name)
    begin, end = _read(after, table), _read(until, table)
    if type(begin) is not type(end) or _reach(begin) > _reach(end):
        raise NotOneDatabaseError("these marks are not of one database, the earlier first")
    return f"{_not_behind(begin, name or table)} AND {_behind(end, name or table)}"


def behind(table: str, until: str, name: str | None = None) -> str:
    """As `between`: the condition for all that lies behind a mark."""
    return _behind(_read(until, table), name or table)


def _read(mark: str, table: str) -> int | str:
    """A rowid or a snapshot."""
    if table not in FACTS:
        raise ValueError(f"{table} holds no facts that are marked")
    kept = json.loads(mark)
    found = kept.get("snapshot", kept.get(table)) if isinstance(kept, dict) else None
    if isinstance(found, int) or (isinstance(found, str) and _SNAPSHOT.fullmatch(found)):
        return found
    raise ValueError("this is no mark")


def _reach(mark: int | str) -> int:
    """What it counts up to; no later mark of the same database counts less."""
    return mark if isinstance(mark, int) else int(mark.split(":")[1])


def _behind(mark: int | str, table: str) -> str:
    if isinstance(mark, int):
        return f"{table}.rowid <= {mark}"
    end = mark.split(":")[1]
    return f"{table}.recorded_tx < '{end}'::xid8 AND {_seen(mark, table)}"  # the first part is for the index


def _not_behind(mark: int | str, table: str) -> str:
    if isinstance(mark, int):
        return f"{table}.rowid > {mark}"
    begin = mark.split(":")[0]
    return f"{table}.recorded_tx >= '{begin}'::xid8 AND NOT {_seen(mark, table)}"


def _seen(snapshot: str, table: str) -> str:
    return f"pg_visible_in_snapshot({table}.recorded_tx, '{snapshot}'::pg_snapshot)"
