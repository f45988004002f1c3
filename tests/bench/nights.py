"""What a night costs, against the database's own tool writing the same CSV files, and its memory: ratios of one run.

    python tests/bench/nights.py [COUPONS ...]         600000 unless told otherwise

The ledger is that of `tests/bench/ledger.py`, half a year, a third redeemed, spread over a chain: a store for every
600 coupons, each with five people who give them and a lead who redeems. All of it is told in one night, which is
closed again and again into new folders: the work is the same each time. The yardstick is `sqlite3 -csv` or psql's
`\\copy` of the very statements, one after the other, which writes the same rows (psql also the same quotes). All take
turns. "CSV" is what writes the facts, by itself and without Parquet; "facts" are coupons, events and refusals as CSV
and as Parquet, while the ledger is asked for its sums; "everything" is the whole program, from its start to its end.
Memory is what the program and the processes it starts hold at one time (what they share counted once, PSS), looked at
twenty times a second.

On two threads of one core, when this was written:

       600,000 sqlite3    5.6 s; CSV 1.03, facts 1.48, everything 2.18; peak 203 MB
       600,000 psql       3.6 s; CSV 1.31, facts 1.33, everything 2.65; peak 204 MB

The goals are for 2.4 million, of which starting is a smaller share. One process does it all. From SQLite most of the
time is the database's own work; behind that comes DAILY, of which nearly every fact of a chain has a row (of 3.2
million facts it takes 8.8 s, in 64 MB). Of one core's two threads each takes from the other. Without gain were ADBC's
driver instead of COPY, and more work_mem.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired, run

from sqlalchemy import Engine

from db.connection.engine import open_engine, reading, sqlite_path, sqlite_url
from db.night import runs, told_facts
from db.night.columns import TEXT, Facts
from db.tables.models import Table
from pos_recovery.export.closing.close_day import Office, close_day
from pos_recovery.export.closing.outcomes import Exported
from pos_recovery.export.closing.planning import Limits
from pos_recovery.export.facts import read_ledger
from pos_recovery.export.facts.run_inputs import from_rows, known_at
from pos_recovery.system.locations import Home
from tests.bench.ledger import fill
from tests.postgres import Server, serving

ROUNDS = 3
CSV, FROM_FILE, FROM_SERVER, MEMORY_MB = 1.3, 1.1, 1.4, 194
"""The goals, but for memory in times of the yardstick, in a night of so many coupons or more:"""
LARGE = 2_400_000
COUPONS_EACH = 600
"""Of a store."""
LEAD = 6
"""The number of the person who redeems; five others give."""


def export(url: str, out: str, day: str) -> None:
    """Close a day as the program does, and tell on stdout what it took. Run in a process of its own."""
    engine = open_engine(url)
    path = sqlite_path(url) if url.startswith("sqlite") else None
    steps: list[tuple[str, float]] = []
    office = Office(
        engine=engine,
        file=path,
        spool=Path(out),
        out=out,
        limits=Limits(10, 40),
        clock=lambda: datetime.now(UTC),
        progress=lambda _, step: steps.append((step, time.perf_counter())),
    )
    outcome = close_day(office, date.fromisoformat(day))
    assert isinstance(outcome, Exported), outcome
    began = dict(steps)
    sys.stdout.write(json.dumps({"facts_s": began["sums"] - began["coupons"], "rows": dict(outcome.rows)}))


def csv_only(url: str, out: str) -> None:
    """Write the facts of the last run as the program does, but not as Parquet. Run in a process of its own."""
    engine = open_engine(url)
    folder = Path(out)
    folder.mkdir()
    for facts in last_run(engine):
        read_ledger.write(engine, folder, facts)


def last_run(engine: Engine) -> tuple[Facts, ...]:
    """The statements of the last run on record."""
    with reading(engine) as connection:
        told, stores = from_rows(runs.every(connection)), runs.stores(connection)
    now = {each.id: (each.timezone, each.currency) for each in stores}
    return told_facts.facts(told[-1].span, known_at(told).shown(told[-1], now), engine.dialect.name)


@dataclass
class Place:
    """A database with so many coupons."""

    count: int
    url: str
    folder: Path
    server: Server | None = None
    times: dict[str, list[float]] = field(default_factory=dict)
    peak_mb: float = 0.0

    @property
    def day(self) -> str:
        return (datetime.now(UTC).date() - timedelta(days=1)).isoformat()

    def ours(self) -> None:
        out = self.folder / "out"
        command = [sys.executable, __file__, "export", self.url, str(out), self.day]
        started = time.perf_counter()
        with Popen(command, stdout=PIPE) as child:
            while True:
                try:
                    said, _ = child.communicate(timeout=0.05)
                    break
                except TimeoutExpired:
                    self.peak_mb = max(self.peak_mb, held_mb(child.pid))
        assert child.returncode == 0
        self.times.setdefault("everything", []).append(time.perf_counter() - started)
        self.times.setdefault("facts", []).append(json.loads(said)["facts_s"])
        shutil.rmtree(out)

    def csv(self) -> None:
        out = self.folder / "csv"
        started = time.perf_counter()
        run([sys.executable, __file__, "csv", self.url, str(out)], check=True)
        self.times.setdefault("csv", []).append(time.perf_counter() - started)
        shutil.rmtree(out)

    def theirs(self) -> None:
        engine = open_engine(self.url)
        told = last_run(engine)
        engine.dispose()
        started = time.perf_counter()
        for facts in told:
            file = self.folder / f"{facts.name}.csv"
            if self.server is None:
                with file.open("wb") as out:
                    ledger = str(sqlite_path(self.url))
                    run(["sqlite3", "-csv", "-header", "-readonly", ledger, facts.statement], stdout=out, check=True)
            else:
                flat = " ".join(facts.statement.split())
                quoted = ", ".join(f'"{each.name}"' for each in facts.fields if each.type in TEXT)
                copy = f"\\copy ({flat}) TO '{file}' (FORMAT csv, HEADER, FORCE_QUOTE ({quoted}))"
                run([str(self.server.programs / "psql"), self.url, "-qc", copy], check=True, stdout=DEVNULL)
        self.times.setdefault("theirs", []).append(time.perf_counter() - started)


def spread(ledger: Path, count: int) -> None:
    """Give the coupons of one store to a chain."""
    stores = max(count // COUPONS_EACH, 1)
    with closing(sqlite3.connect(ledger, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=OFF")
        raw.execute("PRAGMA synchronous=OFF")
        facts = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in facts:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("BEGIN")
        raw.executemany(
            "INSERT INTO store SELECT ?, ?, timezone, currency, day_starts FROM store LIMIT 1",
            [(str(store), f"Store {store}") for store in range(2, stores + 1)],
        )
        raw.execute("INSERT OR IGNORE INTO register SELECT id, '1' FROM store")
        raw.executemany(
            "INSERT OR IGNORE INTO staff SELECT id, ?, ?, ?, (SELECT pin_hash FROM staff), 1 FROM store",
            [(person, f"P{person}", "barista" if person < LEAD else "shift_lead") for person in range(1, LEAD + 1)],
        )
        raw.execute(
            "UPDATE coupon SET store = 1 + rowid % :n, staff = 1 + rowid / :n % 5, cost_minor = 140", {"n": stores}
        )
        raw.execute(
            "UPDATE coupon_event SET staff = ?, store = (SELECT store FROM coupon WHERE code = coupon_event.code)",
            (LEAD,),
        )
        raw.execute("COMMIT")
        for _, statement in facts:
            raw.execute(statement)
        raw.execute("PRAGMA journal_mode=WAL")


def held_mb(process: int) -> float:
    """What a process and those it has started hold now; nothing of one that is gone."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return 0.0
    held = next(int(line.split()[1]) / 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
    return held + sum(map(held_mb, children))


def on_server(server: Server, ledger: Path, folder: Path, count: int) -> Place:
    """The same rows on PostgreSQL."""
    url = server.database()
    engine: Engine = open_engine(url)
    with closing(sqlite3.connect(ledger)) as rows, engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        for table in Table.metadata.sorted_tables:
            if table.name in ("print_job", "export_run", "export_balance", "export_delivery"):
                continue
            kept = [column.name for column in table.columns]
            flags = [column.type.python_type is bool for column in table.columns]
            names = ", ".join(f'"{name}"' for name in kept)
            with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in rows.execute(f"SELECT {names} FROM {table.name}"):  # noqa: S608  ours
                    copy.write_row([bool(cell) if flag else cell for cell, flag in zip(row, flags, strict=True)])
        driver.commit()
        connection.exec_driver_sql("ANALYZE")
        driver.commit()
    engine.dispose()
    return Place(count, url, folder, server)


def main(counts: list[int]) -> int:
    """Measure, print, and say by the exit code whether the goals hold."""
    missed = False
    with tempfile.TemporaryDirectory() as name, serving() as server:
        places = []
        for count in counts:
            folder = Path(name) / str(count)
            home = Home(folder / "home")
            fill(home, count)
            spread(home.ledger, count)
            (folder / "pg").mkdir()
            places += [
                Place(count, sqlite_url(home.ledger), folder),
                on_server(server, home.ledger, folder / "pg", count),
            ]
        os.sync()
        for place in places:
            place.ours()  # the first closes the day
            place.times.clear()
        for _ in range(ROUNDS):
            for place in places:
                place.theirs()
                place.csv()
                place.ours()
        for place in places:
            yardstick = statistics.median(place.times["theirs"])
            csv, facts, everything = (
                statistics.median(place.times[what]) / yardstick for what in ("csv", "facts", "everything")
            )
            slow = csv > CSV or everything > (FROM_SERVER if place.server else FROM_FILE)
            missed |= place.count >= LARGE and (slow or place.peak_mb > MEMORY_MB)
            sys.stdout.write(
                f"{place.count:>10,} {'psql' if place.server else 'sqlite3':<8}{yardstick:6.1f} s; CSV {csv:.2f}, "
                f"facts {facts:.2f}, everything {everything:.2f}; peak {place.peak_mb:.0f} MB\n"
            )
    goals = f"CSV {CSV}, everything {FROM_FILE} and {FROM_SERVER}, peak {MEMORY_MB} MB"
    sys.stdout.write(f"goals, of {LARGE:,} or more: {goals}\n")
    return int(missed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["export"]:
        export(*sys.argv[2:])
    elif sys.argv[1:2] == ["csv"]:
        csv_only(*sys.argv[2:])
    else:
        sys.exit(main([int(count) for count in sys.argv[1:]] or [600_000]))
