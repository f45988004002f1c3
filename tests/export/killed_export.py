"""A head office that is killed, at one step after the other: run as a program by `test_killed.py`.

For each line on its standard input, a life, it forks a child that closes a day. A step is whatever changes the disk or
the database: files opened for writing, written, flushed, synced, sent, renamed, removed, folders made, statements and
commits. The child kills itself before the step it is told, with SIGKILL, which no `finally` survives. Nothing of the
product is changed for that: the interpreter tells (audit events, and calls of C functions), SQLite, SQLAlchemy.

The parent has closed a day before, so that a child need not load anything for a second. Refuses to judge what the dead
leave: that is for the test.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem
from sqlalchemy import Engine, event

from db.connection.engine import is_server, open_engine, sqlite_path, transaction
from db.night.runs import RunFact, add
from pos_recovery.export.closing import close_day, planning
from pos_recovery.export.closing.close_day import Office
from pos_recovery.export.closing.outcomes import Exported
from pos_recovery.export.closing.write_night import Night
from pos_recovery.export.places.night_folder import settle
from tests.export.offices import HeadOffice

PLACES = {"os.mkdir", "os.rename", "os.rmdir", "os.remove"}
"""Audit events that change names."""
CALLS = {"fsync", "sendfile", "copy_file_range"}
"""Functions of the system that change or keep contents."""
FILES = {"write", "writelines", "truncate", "flush"}
"""Methods of open files that do."""
READS = ("SELECT", "WITH", "BEGIN", "COPY", "PRAGMA", "ROLLBACK")


class Elsewhere(LocalFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Another system, as far as anybody can tell: `elsewhere:///folder`."""

    protocol = "elsewhere"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("elsewhere://")))


def open_elsewhere() -> None:
    """Make the address known."""
    fsspec.register_implementation("elsewhere", Elsewhere, clobber=True)


@dataclass(frozen=True)
class Life:
    """What one child is to do."""

    url: str
    """Of its ledger."""
    folder: str
    out: str
    day: str
    now: str
    dies_before: int = 0
    """The step, counted from 1; 0: it lives."""
    careless: bool = False
    """Whether it names the folder first and records the run afterwards."""

    def office(self) -> HeadOffice:
        """On an engine of its own."""
        engine = open_engine(self.url)
        file = None if is_server(engine) else sqlite_path(self.url)
        now = datetime.fromisoformat(self.now)
        return HeadOffice(engine, file, Path(self.folder), lambda: now, self.out)


@dataclass
class Steps:
    """Counts, tells, and kills in time.

    Only what the main thread does: the sums are asked for beside it, at a pace of their own, and write nothing.
    """

    dies_before: int
    journal: int
    count: int = 0

    def step(self, name: str) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self.count += 1
        os.write(self.journal, f"{name}\n".encode())
        if self.count == self.dies_before:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Engine) -> None:
        """From now on, for good."""
        sys.addaudithook(self.at_event)
        threading.setprofile(self.at_call)
        sys.setprofile(self.at_call)
        if is_server(engine):
            event.listen(engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: self.at_statement(sql))
            event.listen(engine, "commit", lambda _: self.step("COMMIT"))
        else:
            event.listen(engine, "connect", self.at_connection)

    def at_connection(self, connection: sqlite3.Connection, _: object) -> None:
        connection.set_trace_callback(self.at_statement)

    def at_statement(self, sql: str) -> None:
        if not sql.lstrip().startswith(READS):
            self.step(" ".join(sql.split()[:3]))

    def at_event(self, name: str, args: tuple[Any, ...]) -> None:
        if name in PLACES:
            self.step(name.removeprefix("os."))
        elif name == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            self.step("open")

    def at_call(self, _frame: object, name: str, called: Any) -> None:  # noqa: ANN401  any function
        if name != "c_call":
            return
        if called.__name__ in CALLS or (
            called.__name__ in FILES and isinstance(called.__self__, io.BufferedWriter | io.TextIOWrapper | io.FileIO)
        ):
            self.step(called.__name__)


def name_first(office: Office, day: date) -> None:
    """What the twin does: the folder gets its name, and the run goes on record when that is done."""
    books = close_day._read(office)
    last = books.rows[-1]
    basis = planning.begin(office.engine, books.runs, last, day, office.limits, office.clock())
    with close_day._Part(office, basis.name) as part:
        night = part.write([*books.runs, basis])
        assert isinstance(night, Night)
        settle(part.folder, part.final)
        fact = RunFact(
            run=basis.run, business_day=day, marks=night.basis.to_json(), manifest_sha256=night.manifest_sha256,
            at=office.clock(),
        )  # fmt: skip
        with transaction(office.engine) as connection:
            add(connection, fact, night.closing)


def close(life: Life, watch: Callable[[Engine], None]) -> None:
    """Close the day, watched."""
    office = life.office()
    watch(office.engine)
    if life.careless:
        name_first(office.office(), date.fromisoformat(life.day))
    else:
        outcome = office.close(date.fromisoformat(life.day))
        assert isinstance(outcome, Exported), outcome
    sys.setprofile(None)


def let_live(life: Life) -> tuple[bool, list[str]]:
    """Fork, and wait for the end: whether it survived, and what it was about to do, step by step."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        close(life, Steps(life.dies_before, writing).watch)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as journal:
        steps = journal.read().splitlines()
    end = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if end not in {0, -signal.SIGKILL}:
        raise RuntimeError(f"{life} ended with {end}")
    return end == 0, steps


def main() -> None:
    """The first life is the parent's own: it loads what is loaded late, and its folder is removed."""
    open_elsewhere()
    rehearsal = Life(**json.loads(sys.stdin.readline()))
    close(rehearsal, lambda _: None)
    shutil.rmtree(rehearsal.folder)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(let_live(Life(**json.loads(line)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
