"""The world at its worst: every way in which the database cannot be used, reached for real.

Each says one sentence about what happened, what is safe and what to do, and leaves nothing half-written.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest
from sqlalchemy import event, text

from db.connection.engine import open_engine, reading, sqlite_path, sqlite_url, transaction
from db.connection.errors import (
    StoreBroken,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreNotOurs,
    StoreReadOnly,
    StoreShut,
)
from pos_recovery.counter.outcomes import Issued
from pos_recovery.counter.recovery import Order
from pos_recovery.opening import wiring
from pos_recovery.system.locations import Home
from tests.till import BARISTA, LATE, LEAD, Till, copy_of, settings

PARTY = Order(reason="late", language="en", count=4)


@contextmanager
def impatient(home: Home) -> Iterator[Till]:
    """A till that waits a twentieth of a second for a lock."""
    till = Till.open(home, engine=open_engine(sqlite_url(home.ledger), busy_timeout_s=0.05))
    yield till
    till.counter.close()


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may write everything; for a moment, be somebody who may not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def public_home(template: Home) -> Iterator[Home]:
    """A home in a folder that everybody may enter. pytest's own folders are private."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        home = copy_of(template, Path(folder) / "home")
        yield home
        for path in (home.folder, home.ledger):
            path.chmod(0o755)


def said(error: StoreError) -> str:
    """The sentence, which is one line of whole sentences."""
    sentence = str(error)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


# Missing, shut


def test_a_missing_database_is_said_and_not_made(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "nowhere.sqlite"))
    with pytest.raises(StoreMissing) as failed, reading(engine):
        pass
    assert said(failed.value).startswith("There is no database yet.")
    assert said(failed.value).endswith("Nothing was changed. Run `pos-recovery setup`.")
    assert list(tmp_path.iterdir()) == []


def test_opened_the_usual_way_a_missing_database_would_appear_empty(tmp_path: Path) -> None:
    """The twin: this is why files are opened with `mode=rw`."""
    with closing(sqlite3.connect(tmp_path / "nowhere.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert (tmp_path / "nowhere.sqlite").exists()


def test_a_folder_in_the_place_of_the_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    engine = open_engine(sqlite_url(tmp_path / "ledger.sqlite"))
    with pytest.raises(StoreShut) as failed, reading(engine):
        pass
    assert said(failed.value).startswith("The database file cannot be opened. Nothing was changed.")


@pytest.mark.parametrize("name", ["what?", "50% off#1", "a b&c=d", "café ☕", 'it\'s "quoted"', "back\\slash"])
def test_a_home_may_have_any_name(name: str, tmp_path: Path, template: Home) -> None:
    home = copy_of(template, tmp_path / name)
    assert sqlite_path(sqlite_url(home.ledger)) == home.ledger
    till = Till.open(home)
    assert till.count("staff") == 2
    till.counter.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]


# Busy


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Another program holds the write lock."""
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_lock_held_for_too_long_is_said_and_the_next_try_works(home: Home) -> None:
    with impatient(home) as till:
        with held(home), pytest.raises(StoreBusy) as failed:
            till.counter.recovery.issue(PARTY, BARISTA, "press")
        assert said(failed.value).startswith("The database is busy: another program held it for too long.")
        assert till.count("coupon") == 0
        again = till.counter.recovery.issue(PARTY, BARISTA, "press")
        assert isinstance(again, Issued)
        assert not again.replay


def test_looking_waits_for_nobody(home: Home) -> None:
    with impatient(home) as till:
        code = till.code()
        with held(home):
            assert till.story(code).state == "issued"


def test_a_transaction_that_begins_by_reading_would_fail_at_once(home: Home) -> None:
    """The twin of BEGIN IMMEDIATE: upgraded half-way, it does not wait, however long the timeout."""
    with (
        closing(sqlite3.connect(home.ledger, isolation_level=None, timeout=60)) as one,
        closing(sqlite3.connect(home.ledger, isolation_level=None)) as other,
    ):
        one.execute("BEGIN")
        one.execute("SELECT count(*) FROM store").fetchone()
        other.execute("UPDATE store SET name = 'first'")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            one.execute("UPDATE store SET name = 'second'")


# Full


def fill_up(till: Till) -> None:
    """From now on the file may not grow: SQLite answers as it does on a full disk."""

    @event.listens_for(till.counter.engine, "checkout")
    def limit(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    till.counter.engine.dispose()


def issue_for_ever(till: Till) -> NoReturn:
    while True:
        till.issue(count=4, note="the milk was off " * 16, by=LEAD)


def test_a_full_disk_is_said_and_no_party_gets_half_its_coupons(open_till: Callable[..., Till]) -> None:
    till = open_till(cap=1000)
    before = till.issue(count=4)
    fill_up(till)
    with pytest.raises(StoreFull) as failed:
        issue_for_ever(till)
    assert said(failed.value).startswith("The disk is full. Nothing was half-written,")
    assert till.count("coupon") == till.count("print_job")
    assert till.count("coupon") % 4 == 0
    assert till.story(before.stories[0].code).state == "issued"


def test_a_write_that_fails_at_the_size_limit_leaves_nothing_behind(home: Home) -> None:
    """A limit of the operating system on the file's size, which SQLite meets as an error of the disk."""
    resource = pytest.importorskip("resource", reason="limits on files are a thing of POSIX")
    script = f"""
import resource, signal
from pathlib import Path
from db.connection.errors import StoreError
from pos_recovery.system.locations import Home
from tests.till import Till
till = Till.open(Home(Path({str(home.folder)!r})))
till.issue()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = max(path.stat().st_size for path in Path({str(home.folder)!r}).iterdir())
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, resource.RLIM_INFINITY))
try:
    for _ in range(200):
        till.issue(count=4)
except StoreError as error:
    print(type(error).__name__)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(till.count("coupon") == till.count("print_job"), till.count("coupon") % 4)
"""
    assert resource
    assert run_python(script).split() == ["StoreDiskTrouble", "True", "1"]


def run_python(script: str) -> str:
    from subprocess import run

    done = run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3]
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# Read-only


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are checked as POSIX has them")
@pytest.mark.parametrize(
    ("folder_rights", "file_rights", "kinds"),
    [
        (0o777, 0o444, (StoreReadOnly,)),
        (0o555, 0o444, (StoreReadOnly, StoreShut)),  # SQLite's answer depends on its version
        (0o555, 0o666, (StoreReadOnly, StoreShut)),
        (0o777, 0o000, (StoreShut,)),
    ],
)
def test_a_file_or_folder_that_may_not_be_written_is_said(
    public_home: Home, folder_rights: int, file_rights: int, kinds: tuple[type[StoreError], ...]
) -> None:
    content = public_home.ledger.read_bytes()
    engine = open_engine(sqlite_url(public_home.ledger))
    counter = wiring.build(public_home, settings(), engine)
    public_home.ledger.chmod(file_rights)
    public_home.folder.chmod(folder_rights)
    with as_somebody_else(), pytest.raises(kinds) as failed:
        counter.recovery.issue(LATE, BARISTA, "press")
    counter.close()
    assert "right to" in said(failed.value)
    public_home.ledger.chmod(0o644)
    assert public_home.ledger.read_bytes() == content


# Damaged


def overwrite(path: Path, start: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(content)


def garbage(path: Path) -> None:
    path.write_bytes(b"this is a shopping list, not a database" * 500)


def no_header(path: Path) -> None:
    overwrite(path, 0, b"\xff" * 100)


def torn_pages(path: Path) -> None:
    overwrite(path, 4096, b"\xa5" * (path.stat().st_size - 4096))


def cut_short(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 3)


def other_people_s(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [garbage, no_header, torn_pages, cut_short, emptied])
def test_a_damaged_database_is_said_and_left_as_it_is(home: Home, damage: Callable[[Path], None]) -> None:
    till = Till.open(home)
    for _ in range(10):
        till.issue(count=4)
    till.counter.close()
    damage(home.ledger)
    content = home.ledger.read_bytes()
    with pytest.raises(StoreDamaged) as failed:
        wiring.open_counter(home).recovery.issue(LATE, BARISTA, "press")
    assert said(failed.value).startswith("The database file is damaged.")
    assert said(failed.value).endswith("put back the newest backup: `pos-recovery restore DIR --replace`.")
    assert home.ledger.read_bytes() == content


def test_a_good_database_of_somebody_else_is_not_called_damaged(home: Home) -> None:
    other_people_s(home.ledger)
    content = home.ledger.read_bytes()
    with pytest.raises(StoreNotOurs) as failed:
        wiring.open_counter(home)
    assert said(failed.value).startswith("The database file is another program's: it holds none of our tables.")
    assert home.ledger.read_bytes() == content


@pytest.mark.parametrize(
    ("found", "put"),
    [(b"TABLE coupon (", b"T\xd1BLE coupon ("), (b"clock_drift_s INTEGER", b"clock_dr\xf1ft_s INTEGER")],
)
def test_damage_where_the_tables_are_described_is_said(home: Home, found: bytes, put: bytes) -> None:
    """SQLite quotes it in its message, which is no text then; Python's sqlite3 stumbles over that by itself."""
    content = home.ledger.read_bytes()
    assert found in content
    home.ledger.write_bytes(content.replace(found, put))
    with pytest.raises(StoreDamaged) as failed:
        wiring.open_counter(home).recovery.issue(LATE, BARISTA, "press")
    assert said(failed.value).startswith("The database file is damaged.")


def test_a_table_that_is_gone_is_damage(till: Till) -> None:
    with till.counter.engine.begin() as connection:
        connection.execute(text("DROP TABLE print_job"))
    with pytest.raises(StoreDamaged, match="no such table: print_job"):
        till.issue()
    assert till.count("coupon") == 0


def test_anything_else_is_said_with_the_database_s_own_words(till: Till) -> None:
    with till.counter.engine.begin() as connection:
        connection.execute(text("CREATE TRIGGER t BEFORE INSERT ON coupon BEGIN SELECT RAISE(ABORT, 'bad luck'); END"))
    with pytest.raises(StoreBroken, match="bad luck") as failed:
        till.issue()
    assert said(failed.value).endswith("Try again; if it happens again, run `pos-recovery doctor`.")
    assert till.count("coupon") == 0


# Transactions


def test_leaving_a_transaction_well_commits(till: Till) -> None:
    with transaction(till.counter.engine) as connection:
        connection.execute(text("UPDATE store SET name = 'new'"))
    with till.reading() as connection:
        assert connection.execute(text("SELECT name FROM store")).scalar() == "new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, StoreBusy])
def test_leaving_it_any_other_way_rolls_back(till: Till, error: type[BaseException]) -> None:
    def interrupted() -> None:
        with transaction(till.counter.engine) as connection:
            connection.execute(text("UPDATE store SET name = 'new'"))
            raise error

    with pytest.raises(error):
        interrupted()
    with till.reading() as connection:
        assert connection.execute(text("SELECT name FROM store")).scalar() == "Harbour St"
    till.issue()


def test_every_connection_keeps_what_it_commits_through_a_power_cut(till: Till) -> None:
    with transaction(till.counter.engine) as writing, reading(till.counter.engine) as looking:
        for connection in (writing, looking):
            pragmas = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in PRAGMAS]
            assert dict(zip(PRAGMAS, pragmas, strict=True)) == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
