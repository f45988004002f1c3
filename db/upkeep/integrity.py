"""Whether a ledger's file is whole, and whether what it holds can have been put in by us.

SQLite's own integrity check looks at pages, indexes, keys and CHECKs. It takes any value in any column, so each row is
looked at besides: a text that is none, a number that is a text, a day that no calendar has. Neither sees a letter or a
digit that became another: whoever says that a ledger is sound has to say that too.

A million coupons with their events and jobs (SQLite 3.40): 8.4 s of a core for the rows, in 60 MB of memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

from db.connection.errors import StoreDamaged, translated
from db.tables import column_types
from db.tables.core_tables import CHECKS, MAY_BE_NULL, TABLES
from db.upkeep.schema import HEAD

if TYPE_CHECKING:
    from sqlalchemy import TableClause

UNSEEN = "a letter or digit that became another is not seen"
"""What no check here can know."""
_CACHE_KB = 64 * 1024
"""With SQLite's usual 2 MB its check reads every page again and again: a million coupons take four times as long."""
_STEPS = 100_000
"""Of SQLite's machine, between two looks at the clock: some milliseconds."""
_TIME_UP = sqlite3.SQLITE_INTERRUPT
_RANGE = f"+{{0}} NOT BETWEEN '{column_types.FIRST_YEAR}' AND '{column_types.LAST_YEAR}-12-31 23:59:60'"
"""As text: the plus sign keeps SQLite from taking it for a number, which it would of a column of days."""
_WRONG = {
    column_types.Text: "typeof({0}) <> 'text' OR instr({0}, char(0))",
    column_types.Whole: f"typeof({{0}}) <> 'integer' OR {{0}} NOT BETWEEN -{column_types.MOST} AND {column_types.MOST}",
    column_types.Flag: "typeof({0}) <> 'integer' OR {0} NOT IN (0, 1)",
    column_types.Day: f"{{0}} = date({{0}}, '+0 days') IS NOT 1 OR {_RANGE}",
    column_types.UtcDateTime: (
        f"{{0}} GLOB datetime(substr({{0}}, 1, 19), '+0 days') || '.{'[0-9]' * 6}' IS NOT 1 OR {_RANGE}"
    ),
}
"""By the type of a column, the SQL condition that a value is none of it. The same as in `db.tables.column_types`, in
SQLite's words: row by row in Python it takes three times as long. True also of NULL: where a column's own rule is that
there is none, SQLite takes that for granted. Another trap: `date('2026-02-30')` is what it was given, until SQLite has
to count with it."""

_NOT_OURS = {
    "export_run.marks": "CASE WHEN json_valid({0}) THEN json_type({0}, '$.until') IS NOT 'object' ELSE 1 END",
    "staff.pin_hash": "{0} NOT GLOB '$argon2*$*$*'",
}
"""Texts that are of a form, and the condition that one is not."""


def check(connection: sqlite3.Connection, limit_s: float | None = None) -> bool:
    """Look at the whole file: pages, indexes, keys, and every row.

    Args:
        connection: To the ledger, of any revision.
        limit_s: Seconds after which it ends; None: it takes as long as it takes.

    Returns:
        Whether there was time for all of it.

    Raises:
        StoreDamaged: Something is not as it was written.
    """
    until = None if limit_s is None else monotonic() + limit_s
    try:
        with translated_unless_time_is_up():
            connection.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
            connection.set_progress_handler(lambda: until is not None and monotonic() > until, _STEPS)
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
            if revision == HEAD:
                _check_columns(connection)
            check_rows(connection)
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise StoreDamaged(f"({found})")
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise StoreDamaged("(A row names another that is not there.)")
    except TimeoutError:
        return False
    finally:
        connection.set_progress_handler(None, 0)
    return True


class translated_unless_time_is_up(translated):  # noqa: N801  as its base
    """TimeoutError where the progress handler has ended a statement."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if getattr(error, "sqlite_errorcode", None) == _TIME_UP:
            raise TimeoutError from None
        super().__exit__(kind, error, trace)


def _check_columns(connection: sqlite3.Connection) -> None:
    """Whether tables and columns are all there. What was renamed is whole to SQLite."""
    for table in TABLES.values():
        there = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table.name})")}
        if not {each.name for each in table.c} <= there:
            raise StoreDamaged(f"(Something of `{table.name}` is gone.)")


def check_rows(connection: sqlite3.Connection, which: Mapping[str, str] | None = None) -> None:
    """Whether rows are what their tables are of.

    Args:
        connection: To the ledger.
        which: By table, the SQL condition for its rows, which are called `f`; other tables are left out. Whether their
            texts are UTF-8 is not asked: whoever tells them sees that. None: all rows, and all of it.

    Raises:
        StoreDamaged: One is not.
    """
    for table in TABLES.values():
        if which is None or table.name in which:
            there = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table.name})")]
            if there:
                _check(connection, table, there, which[table.name] if which is not None else None)


def _check(connection: sqlite3.Connection, table: TableClause, there: list[str], condition: str | None) -> None:
    """Text is handed to Python for one thing: that it is UTF-8. Of all columns at once, which costs a fifth."""
    columns = [each for each in table.c if each.name in there]
    wrong = [f"({'f.' + each.name} IS NOT NULL AND ({_wrong(each.type, 'f.' + each.name)}))" for each in columns]
    wrong += [
        _NOT_OURS[f"{table.name}.{each.name}"].format(f"f.{each.name}")
        for each in columns
        if f"{table.name}.{each.name}" in _NOT_OURS
    ]
    wrong += [f"f.{each.name} IS NULL" for each in columns if each.name not in MAY_BE_NULL.get(table.name, ())]
    wrong += [
        f"NOT ({each})"
        for each in sorted(CHECKS.get(table.name, ()))
        if each.split()[0].split("(")[-1].rstrip(")") in there
    ]
    is_wrong = " OR ".join(wrong)
    if condition is None:
        texts = [f"coalesce(f.{each.name}, '')" for each in columns if isinstance(each.type, column_types.Text)]
        joined = " || ' ' || ".join(texts) or "''"
        asked = f"SELECT coalesce({is_wrong}, 0), {joined} FROM {table.name} f"  # noqa: S608  ours
    else:
        asked = f"SELECT 1 FROM {table.name} f WHERE {condition} AND ({is_wrong}) LIMIT 1"  # noqa: S608  ours
    with translated_unless_time_is_up():
        if any(row[0] for row in connection.execute(asked)):
            raise StoreDamaged(f"(A row of `{table.name}` holds what was never put in.)")


def _wrong(kind: object, name: str) -> str:
    return next(words for each, words in _WRONG.items() if isinstance(kind, each)).format(name)
