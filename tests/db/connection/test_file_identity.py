"""A ledger whose name leads elsewhere while it is open: nothing is recorded in a file that nobody finds again."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from db.connection.engine import transaction
from db.connection.errors import StoreError, StoreMoved, StoreReplaced
from db.connection.file_identity import Placed
from db.connection.prepared import driver_of
from db.statements.print_jobs import forget_sending
from pos_recovery.system.locations import Home
from tests.till import OPENING, Till, copy_of

if sys.platform == "win32":
    pytest.skip("an open file keeps its name there", allow_module_level=True)

COUPONS = "SELECT count(*) FROM coupon"


def driver(till: Till) -> Placed:
    with transaction(till.counter.engine) as connection:
        return driver_of(connection)


def coupons_in(ledger: Path) -> int:
    with closing(sqlite3.connect(ledger)) as connection:
        return int(connection.execute(COUPONS).fetchone()[0])


def become_one_file(ledger: Path) -> None:
    """As a restore leaves one."""
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def move(home: Home) -> None:
    home.folder.rename(home.folder.with_name("elsewhere"))


def delete(home: Home) -> None:
    shutil.rmtree(home.folder)


def put_a_copy_in_its_place(home: Home) -> None:
    copy = home.folder.with_name("copy.sqlite")
    with closing(sqlite3.connect(home.ledger)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.replace(home.ledger)


def put_another_home_in_its_place(home: Home) -> None:
    other = copy_of(home, home.folder.with_name("backup"))
    move(home)
    other.folder.rename(home.folder)


CHANGES: list[tuple[Callable[[Home], None], type[StoreError]]] = [
    (move, StoreMoved),
    (delete, StoreMoved),
    (put_a_copy_in_its_place, StoreReplaced),
    (put_another_home_in_its_place, StoreReplaced),
]


@pytest.mark.parametrize(("change", "kind"), CHANGES, ids=lambda given: getattr(given, "__name__", ""))
def test_nothing_is_recorded_or_answered_when_the_name_leads_elsewhere(
    till: Till, home: Home, change: Callable[[Home], None], kind: type[StoreError]
) -> None:
    code = till.code()
    change(home)
    for deed in (till.issue, lambda: till.redeem(code), lambda: till.story(code), lambda: till.print(code)):
        with pytest.raises(kind) as failed:
            deed()
        assert "Nothing was recorded or printed just now." in str(failed.value)
    for ledger in home.folder.parent.glob("*/ledger.sqlite"):
        assert coupons_in(ledger) == 1
    assert list(home.folder.parent.glob("*/slips/*.png")) == []


def test_a_register_goes_on_when_its_folder_is_back(till: Till, home: Home) -> None:
    first = till.code()
    move(home)
    with pytest.raises(StoreMoved):
        till.issue()
    home.folder.with_name("elsewhere").rename(home.folder)
    till.issue()
    assert (till.count("coupon"), till.story(first).state) == (2, "issued")


def test_a_file_put_in_its_place_is_opened_by_the_next_program_only(till: Till, home: Home) -> None:
    put_a_copy_in_its_place(home)
    for _ in range(2):
        with pytest.raises(StoreReplaced, match="start it again"):
            till.issue()
    again = Till.open(home)
    again.issue()
    again.counter.close()


def test_a_folder_that_moves_in_the_middle_of_a_transaction_takes_nothing_along(till: Till, home: Home) -> None:
    def meanwhile() -> None:
        with transaction(till.counter.engine) as connection:
            forget_sending(connection, OPENING)
            connection.exec_driver_sql("INSERT INTO reason VALUES ('weather', 'Weather')")
            move(home)

    with pytest.raises(StoreMoved):
        meanwhile()
    with closing(sqlite3.connect(home.folder.with_name("elsewhere") / "ledger.sqlite")) as connection:
        assert connection.execute("SELECT 1 FROM reason WHERE id = 'weather'").fetchone() is None


def test_a_link_that_is_pointed_elsewhere_is_noticed(home: Home, tmp_path: Path) -> None:
    copy_of(home, tmp_path / "other")
    link = tmp_path / "link"
    link.symlink_to(home.folder)
    till = Till.open(Home(link))
    till.issue()
    link.unlink()
    link.symlink_to(tmp_path / "other")
    with pytest.raises(StoreReplaced):
        till.issue()
    till.counter.close()
    assert coupons_in(home.ledger) == 1


@pytest.mark.parametrize("side", ["-wal", "-shm"])
def test_a_side_file_that_is_taken_away_is_noticed_and_nothing_is_lost(till: Till, home: Home, side: str) -> None:
    first = till.code()
    home.ledger.with_name(home.ledger.name + side).unlink()
    with pytest.raises(StoreReplaced, match=f"ledger.sqlite{side}"):
        till.issue()
    till.issue()
    assert (till.count("coupon"), till.story(first).state) == (2, "issued")


@pytest.mark.parametrize("side", ["-wal", "-shm"])
def test_it_is_noticed_of_a_ledger_that_a_restore_has_just_put_there(home: Home, side: str) -> None:
    become_one_file(home.ledger)
    till = Till.open(home)
    home.ledger.with_name(home.ledger.name + side).unlink()
    with pytest.raises(StoreReplaced, match=f"ledger.sqlite{side}"):
        till.issue()
    till.counter.close()


def test_such_a_ledger_has_no_side_files_before_it_is_read_once_more(home: Home) -> None:
    become_one_file(home.ledger)
    with closing(sqlite3.connect(home.ledger)) as connection:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        connection.execute("PRAGMA journal_mode=WAL")
        assert [*home.folder.glob("ledger.sqlite-*")] == []


@pytest.mark.parametrize("deed", [Till.issue, lambda _: None], ids=["noticed by a deed", "noticed when it closes"])
def test_a_copy_that_is_put_in_its_place_is_not_damaged_by_what_the_one_before_left(
    till: Till, home: Home, deed: Callable[[Till], object]
) -> None:
    copy = home.folder.with_name("copy.sqlite")
    shutil.copy(home.ledger, copy)
    whole = copy.read_bytes()
    till.issue(count=4)
    copy.replace(home.ledger)
    with suppress(StoreReplaced):
        deed(till)
    till.counter.close()
    assert sorted(path.name for path in home.folder.glob("ledger*")) == [
        "ledger.sqlite",
        "ledger.sqlite-shm.of-the-one-before",
        "ledger.sqlite-wal.of-the-one-before",
    ]
    assert home.ledger.read_bytes() == whole


def test_a_copy_that_meets_what_the_one_before_left_would_be_damaged(tmp_path: Path) -> None:
    """The twin, with nothing but the sqlite3 module."""
    ledger, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(ledger, isolation_level=None)) as before:
        before.execute("PRAGMA journal_mode=WAL")
        before.execute("CREATE TABLE coupon (code PRIMARY KEY, note)")
        for rows in (200, 3000, 20):
            before.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                " INSERT INTO coupon SELECT hex(randomblob(8)), hex(zeroblob(50)) FROM n",
                (rows,),
            )
            if rows > 20:
                before.execute("PRAGMA wal_checkpoint(RESTART)")
            if rows == 200:
                shutil.copy(ledger, copy)
        copy.replace(ledger)
    with closing(sqlite3.connect(ledger)) as connection:
        assert connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",)


def settle(home: Home) -> None:
    """The folder has not changed for a while."""
    os.utime(home.folder, (0, 0))


@pytest.mark.parametrize("change", [change for change, _ in CHANGES])
def test_a_folder_that_was_quiet_for_long_is_looked_at_all_the_same(
    till: Till, home: Home, change: Callable[[Home], None]
) -> None:
    till.issue()
    settle(home)
    for _ in range(2):
        till.issue()
    assert driver(till)._seen is not None
    change(home)
    with pytest.raises((StoreMoved, StoreReplaced)):
        till.issue()


def test_by_the_folder_s_number_alone_a_file_that_was_replaced_would_not_be_noticed(till: Till, home: Home) -> None:
    """The twin: its time is set back."""
    settle(home)
    till.issue()
    put_a_copy_in_its_place(home)
    settle(home)
    till.issue()


def test_sqlite_alone_would_go_on_writing_into_a_file_without_a_name(home: Home) -> None:
    """The twin: every commit succeeds, and nobody finds what it wrote."""
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as connection:
        connection.execute("INSERT INTO reason VALUES ('weather', 'Weather')")
        put_another_home_in_its_place(home)
        connection.execute("INSERT INTO reason VALUES ('traffic', 'Traffic')")
        assert connection.execute("SELECT 1 FROM reason WHERE id = 'traffic'").fetchone() == (1,)
    with closing(sqlite3.connect(home.ledger)) as connection:
        assert connection.execute("SELECT 1 FROM reason WHERE id = 'traffic'").fetchone() is None
