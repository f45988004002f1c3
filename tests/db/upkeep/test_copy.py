"""A copy of the ledger that is whole while others write, and a ledger that one has to oneself."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from db.connection.errors import StoreBusy, StoreDamaged, StoreMissing, StoreNotOurs, StoreTooNew
from db.upkeep import copy
from pos_recovery.system.locations import Home
from tests.till import Till

WRITER = """
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
for n in range(1_000_000):
    if sys.argv[2] == "when told":
        sys.stdin.readline()
    ledger.execute("INSERT INTO refusal (id, kind, raw, at, business_date, store, register) VALUES"
                   " (?, 'unknown', 'x', '2026-11-14 09:00:00.000000', '2026-11-14', 'harbour', '1')", (str(n),))
    print(n, flush=True)
"""


@contextmanager
def written_to(ledger: Path, pace: str = "when told") -> Iterator[Callable[[], object]]:
    """Another program commits one refusal after the other: as fast as it can, or each when it is told to."""
    with Popen([sys.executable, "-c", WRITER, str(ledger), pace], stdin=PIPE, stdout=PIPE, text=True) as writer:
        told, heard = writer.stdin, writer.stdout
        assert told is not None
        assert heard is not None

        def commit() -> None:
            told.write("\n")
            told.flush()
            heard.readline()

        commit()
        yield commit
        writer.kill()


def empty(path: Path) -> Path:
    path.touch()
    return path


def long(home: Home) -> None:
    """A ledger of some hundred pages."""
    with closing(sqlite3.connect(home.ledger)) as raw, raw:
        raw.executemany("INSERT INTO reason VALUES (?, ?)", ((f"r{n}", "x" * 2000) for n in range(1000)))


def test_a_copy_has_what_stands_beside_the_file_only(till: Till, home: Home, tmp_path: Path) -> None:
    codes = [till.code() for _ in range(3)]
    found = copy.copy(home.ledger, empty(tmp_path / "copy"))
    assert found.rows["coupon"] == len(codes) == copy.examine(tmp_path / "copy").rows["coupon"]
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy"], "one file, and nothing beside it"


def test_the_file_alone_would_lack_it(till: Till, home: Home, tmp_path: Path) -> None:
    """The twin: what the README advised before."""
    till.issue(count=3)
    shutil.copy(home.ledger, tmp_path / "copy")
    assert copy.examine(tmp_path / "copy").rows["coupon"] == 0


def test_a_copy_is_made_in_one_go_while_another_program_writes(home: Home, tmp_path: Path) -> None:
    long(home)
    with written_to(home.ledger) as commit, closing(sqlite3.connect(home.ledger, isolation_level=None)) as ledger:
        ledger.execute("BEGIN")
        before = copy.contents(ledger)
        left = steps(ledger, commit, empty(tmp_path / "copy"))
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    assert copy.examine(tmp_path / "copy") == before


def test_without_a_view_of_its_own_it_would_begin_anew_each_time(home: Home, tmp_path: Path) -> None:
    """The twin: the same without the transaction."""
    long(home)
    with written_to(home.ledger) as commit, closing(sqlite3.connect(home.ledger, isolation_level=None)) as ledger:
        left = steps(ledger, commit, empty(tmp_path / "copy"), at_most=30)
    assert len(left) == 30, "it had not come to an end"
    assert min(left) >= left[0] - 20


class EnoughError(Exception):
    """So many steps, and no end."""


def steps(ledger: sqlite3.Connection, commit: Callable[[], object], target: Path, at_most: int = 1000) -> list[int]:
    """Copy ten pages at a time; between two steps there is always a commit. The pages left after each."""
    left: list[int] = []

    def after_a_step(_: int, remaining: int, __: int) -> None:
        left.append(remaining)
        commit()
        if len(left) == at_most:
            raise EnoughError

    with closing(sqlite3.connect(target)) as made:
        try:
            ledger.backup(made, pages=10, progress=after_a_step)
        except EnoughError:
            return left
    return left


def test_a_copy_by_the_product_is_whole_beside_that_writer(home: Home, tmp_path: Path) -> None:
    with written_to(home.ledger, "freely"):
        found = copy.copy(home.ledger, empty(tmp_path / "copy"))
    assert copy.examine(tmp_path / "copy") == found
    assert found.rows["refusal"] > 0


def test_what_is_no_ledger_is_not_copied_for_one(home: Home, tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        copy.copy(tmp_path / "nowhere", empty(tmp_path / "copy"))
    for statement, kind in (
        ("UPDATE alembic_version SET version_num = '9999'", StoreTooNew),
        ("DELETE FROM alembic_version", StoreDamaged),
        ("DROP TABLE alembic_version", StoreNotOurs),
    ):
        with closing(sqlite3.connect(home.ledger)) as raw, raw:
            raw.execute(statement)
        with pytest.raises(kind):
            copy.copy(home.ledger, tmp_path / "copy")


def test_a_copy_that_cannot_be_written_is_told_from_a_ledger_that_cannot_be_read(home: Home, tmp_path: Path) -> None:
    with pytest.raises(copy.CopyFailedError, match="No such file"):
        copy.copy(home.ledger, tmp_path / "no such folder" / "copy")


def test_a_ledger_that_an_idle_register_has_open_is_not_ours_alone(till: Till, home: Home) -> None:
    till.code()
    with pytest.raises(StoreBusy), copy.alone(home.ledger):
        pass
    till.counter.close()
    with copy.alone(home.ledger) as kept:
        assert kept is not None
        assert kept.contents.rows["coupon"] == 1
        assert kept.days_behind({"coupon": 1}) == ()
        assert kept.days_behind({}) == ("2026-11-14",)
        with pytest.raises(sqlite3.OperationalError, match="locked"), closing(sqlite3.connect(home.ledger, 0)) as late:
            late.execute("SELECT count(*) FROM coupon").fetchone()
    assert not home.ledger.with_name("ledger.sqlite-wal").exists(), "what stood beside it is in it"


def test_a_look_at_whether_it_is_locked_would_find_an_idle_register_nowhere(till: Till, home: Home) -> None:
    """The twin: no lock for writing is held by a register that waits for guests."""
    till.code()
    with closing(sqlite3.connect(home.ledger, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")


@pytest.mark.skipif(sys.platform == "win32", reason="there no file is moved that somebody has open")
def test_a_damaged_ledger_that_somebody_has_open_is_not_ours_alone(till: Till, home: Home) -> None:
    till.code()
    rights = stat.S_IMODE(home.ledger.stat().st_mode)
    with home.ledger.open("r+b") as file:
        file.write(b"\xff" * 100)
    script = "import fcntl, sys\nwith open(sys.argv[1], 'r+b') as f:\n fcntl.lockf(f, fcntl.LOCK_SH, 1, 0x40000002)\n print(flush=True)\n sys.stdin.read()"  # noqa: E501
    till.counter.close()
    with Popen([sys.executable, "-c", script, str(home.ledger)], stdin=PIPE, stdout=PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StoreBusy), copy.alone(home.ledger):
            pass
    with copy.alone(home.ledger) as kept:
        assert kept is None
    assert stat.S_IMODE(home.ledger.stat().st_mode) == rights
