"""Ledgers in which one value is not what was put in, as a failing disk or another program leaves them.

Written past every guard: triggers are dropped and made again, CHECKs and NOT NULLs are off meanwhile.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from db.tables.models import Table

DAMAGES = {
    "not utf-8": "CAST(x'61ff62' AS TEXT)",
    "bytes": "x'00ff'",
    "a word": "'w\u00f6rd'",
    "a number": "7",
    "a huge number": "9223372036854775807",
    "a fraction": "0.5",
    "gone": "NULL",
    "a far year": "'9999-12-31 23:59:59.999999'",
    "a far day": "'9999-12-31'",
}
"""Each as SQL writes it."""
COLUMNS = [(table.name, column.name) for table in Table.metadata.sorted_tables for column in table.c]


def damage(ledger: Path, table: str, column: str, value: str) -> int:
    """Put a value, as SQL writes it, in the place of what was there. Returns in how many rows."""
    with closing(sqlite3.connect(ledger, isolation_level=None)) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        return put(raw, table, column, value)


def put(raw: sqlite3.Connection, table: str, column: str, value: str) -> int:
    """The same, on a connection that commits by itself."""
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("PRAGMA ignore_check_constraints=ON")
    raw.execute("PRAGMA writable_schema=ON")
    raw.execute("BEGIN")
    kept = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in kept:
        raw.execute(f"DROP TRIGGER {name}")
    (made,) = raw.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    rename(raw, table, made.replace(" NOT NULL", ""))
    try:
        many = raw.execute(f"UPDATE OR IGNORE {table} SET {column} = {value}").rowcount  # noqa: S608  ours
    finally:
        rename(raw, table, made)
        for _, sql in kept:
            raw.execute(sql)
        raw.execute("COMMIT")
        raw.execute("PRAGMA writable_schema=RESET")
    return many


def rename(raw: sqlite3.Connection, table: str, sql: str) -> None:
    """Write how a table was made into the schema, and have it read again."""
    raw.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, table))
    version = raw.execute("PRAGMA schema_version").fetchone()[0]
    raw.execute(f"PRAGMA schema_version={version + 1}")
    raw.execute("PRAGMA writable_schema=RESET")
    raw.execute("PRAGMA writable_schema=ON")
