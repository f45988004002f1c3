#!/usr/bin/env bash
# SQLite's online backup, taken in steps beside another process that writes, begins anew with nearly every step; with a read
# transaction held open on its source it never does.
#
# The documentation says that a write by another connection restarts a backup. It does not say what follows from WAL: the
# source connection of the backup may hold a read transaction itself, and then its snapshot cannot change, so that the copy
# goes through once while the writer goes on unhindered. Python 3.11's sqlite3 takes such a connection without a word.
#
# Expect: without, the pages left go up again many times; with, never.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 - "$work" <<'PY'
import multiprocessing
import sqlite3
import sys
import time
from pathlib import Path

STEPS = 150
path = Path(sys.argv[1]) / "ledger.sqlite"
with sqlite3.connect(path) as made:
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("CREATE TABLE t (x)")
    made.executemany("INSERT INTO t VALUES (?)", [("x" * 1000,) for _ in range(3000)])


def write(stop: "multiprocessing.synchronize.Event") -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    while not stop.is_set():
        connection.execute("INSERT INTO t VALUES ('more')")


class Enough(Exception):
    pass


def restarts(held: bool) -> tuple[int, int]:
    """How often the pages that are left went up, of how many steps; given up after STEPS."""
    source, target = sqlite3.connect(path, isolation_level=None), sqlite3.connect(":memory:")
    left: list[int] = []

    def step(status: int, remaining: int, total: int) -> None:
        left.append(remaining)
        if len(left) >= STEPS:
            raise Enough
        time.sleep(0.005)

    if held:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM t").fetchone()
    try:
        source.backup(target, pages=20, progress=step)
    except Enough:
        pass
    return sum(after > before for before, after in zip(left, left[1:])), len(left)


stop = multiprocessing.Event()
writer = multiprocessing.Process(target=write, args=(stop,))
writer.start()
try:
    without, held = restarts(held=False), restarts(held=True)
finally:
    stop.set()
    writer.join()
print(f"SQLite {sqlite3.sqlite_version}: restarts without {without[0]} in {without[1]} steps, with {held[0]} in {held[1]}")
assert without[0] >= 1
assert held[0] == 0
PY
