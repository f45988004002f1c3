#!/usr/bin/env bash
# A look at a database through ADBC's driver for SQLite lets go of the write lock that the same process holds on it through
# Python's own sqlite3. Neither of the two connections says so; another process may begin to write in between.
#
# adbc-driver-sqlite 1.13.0 brings a SQLite of its own. Where two copies of SQLite live in one process neither knows of the
# other, while POSIX locks belong to the process and to a file, and not to who asked for them. SQLite's documentation warns
# of two copies; that a driver for another interface is one is easily overlooked. Two connections of sqlite3 get along.
#
# Expect: "database is locked" for another process beside sqlite3 alone, in both journal modes. Beside the driver: with a
# rollback journal, taken once the driver's connection was closed, even if it read nothing; with WAL, taken once it has read.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'adbc-driver-sqlite==1.13.0' 'adbc-driver-manager==1.13.0'
"$work/venv/bin/python" - "$work" <<'PY'
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from adbc_driver_sqlite import dbapi

READ = "SELECT x FROM t"
OTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
try:
    connection.execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    print(error)
else:
    print("taken")
"""


def other(path: Path) -> str:
    """What another process is told that wants to write."""
    return subprocess.run([sys.executable, "-c", OTHER, path], check=True, capture_output=True, text=True).stdout.strip()


def look(path: Path, by: str) -> None:
    if by == "sqlite3":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(READ).fetchall()
        return
    with dbapi.connect(str(path)) as connection, connection.cursor() as cursor:
        if by == "the driver":
            cursor.execute(READ)


for mode in ("delete", "wal"):
    for by, after in (
        ("sqlite3", "database is locked"),
        ("the driver", "taken"),
        *([("the driver, unread", "taken")] if mode == "delete" else []),
    ):
        path = Path(sys.argv[1]) / f"{mode} {by}.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as holder:
            holder.execute(f"PRAGMA journal_mode={mode}")
            holder.execute("CREATE TABLE t (x)")
            holder.execute("BEGIN IMMEDIATE")
            told = [other(path)]
            look(path, by)
            told.append(other(path))
            print(f"{mode:6} {by:18} before: {told[0]}, after: {told[1]}; in a transaction: {holder.in_transaction}")
            assert told == ["database is locked", after]
            assert holder.in_transaction
            holder.execute("ROLLBACK")
PY
