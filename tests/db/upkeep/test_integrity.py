"""Whatever a file holds that was never put in is damage, and said so; what nobody can know is not claimed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from db.connection.errors import StoreDamaged
from db.connection.prepared import driver_of
from db.tables.column_types import FIRST_YEAR, LAST_YEAR, Ending, Text
from db.tables.models import Table
from db.upkeep import integrity
from db.upkeep.integrity import check
from pos_recovery.system.locations import Home
from tests.damages import COLUMNS, DAMAGES, damage, put
from tests.till import MovableClock, Till, copy_of

NULLS = {
    "coupon.item", "coupon.note", "coupon_event.ending", "coupon_event.note", "coupon_event.cost_minor", "refusal.code",
    "refusal.staff", "refusal.entry", "print_job.proof", "print_job.last_error", "printer.proof",
    "sign_in_lock.locked_until",
}  # fmt: skip
"""Columns that may be empty."""
TEXTS = {
    f"{table.name}.{each.name}"
    for table in Table.metadata.sorted_tables
    for each in table.c
    if isinstance(each.type, Text)
}


@pytest.fixture
def busy_home(home: Home) -> Home:
    """Something in every table that a counter writes to."""
    till = Till.open(home)
    used, void = till.code(note="n", item="tea"), till.code(note="m", item="tea")
    till.redeem(used)
    till.end(used, Ending.TURNED_AROUND)
    till.void(void)
    till.redeem(void)
    till.print(till.code())
    till.counter.close()
    return home


def test_a_ledger_as_we_write_it_is_sound(busy_home: Home) -> None:
    with closing(sqlite3.connect(busy_home.ledger)) as ledger:
        assert check(ledger)


@pytest.mark.parametrize("damaged", ["not utf-8", "bytes", "gone", "a far year", "a huge number"])
def test_what_was_never_put_in_is_found_in_every_column(busy_home: Home, damaged: str) -> None:
    missed = set()
    with closing(sqlite3.connect(busy_home.ledger)) as ledger:
        ledger.execute("PRAGMA journal_mode=DELETE")
        whole = ledger.serialize()
    for table, column in COLUMNS:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as ledger:
            ledger.deserialize(whole)
            try:
                many = put(ledger, table, column, DAMAGES[damaged])
                integrity.check_rows(ledger)
            except (StoreDamaged, sqlite3.IntegrityError):  # SQLite lets only numbers into an INTEGER PRIMARY KEY
                continue
            if many:
                missed.add(f"{table}.{column}")
    if damaged == "gone":
        assert missed <= NULLS
    else:  # what SQLite keeps in a column of text is text
        assert missed <= (TEXTS if damaged in {"a far year", "a huge number"} else set()) | {"print_job.id"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("business_date", "2026-02-30"),
        ("business_date", "2026-6-8"),
        ("issued_at", "2026-02-30 10:00:00.000000"),
        ("issued_at", "2026-06-08 24:00:00.000000"),
        ("issued_at", "2026-06-08 10:00:00"),
        ("issued_at", "2026-06-08 10:00:00.000000Z"),
        ("issued_at", "2026-06-08 10:00:00.00000x"),
    ],
)
def test_a_day_that_no_calendar_has_is_found(busy_home: Home, column: str, value: str) -> None:
    """Twin: what SQLite calls the day of February the 30th, unless it has to count with it."""
    assert damage(busy_home.ledger, "coupon", column, f"'{value}'")
    with closing(sqlite3.connect(busy_home.ledger)) as ledger:
        with pytest.raises(StoreDamaged):
            integrity.check_rows(ledger)
        with pytest.raises(StoreDamaged):
            integrity.check_rows(ledger, {"coupon": "1 = 1"})
        assert ledger.execute("SELECT date('2026-02-30')").fetchone() == ("2026-02-30",)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("staff", "pin_hash", "x"), *(("export_run", "marks", each) for each in ("x", "{}", "[]", '{"until": 1}'))],
)
def test_a_text_that_is_not_of_its_form_is_found(busy_home: Home, table: str, column: str, value: str) -> None:
    with closing(sqlite3.connect(busy_home.ledger)) as ledger, ledger:
        ledger.execute(
            "INSERT INTO export_run VALUES (1, '2026-11-14', '{\"until\": {}}', ?, '2026-11-15 10:00:00.000000')",
            ("0" * 64,),
        )
        assert check(ledger)
    assert damage(busy_home.ledger, table, column, f"'{value}'")
    with closing(sqlite3.connect(busy_home.ledger)) as ledger, pytest.raises(StoreDamaged):
        check(ledger)


@pytest.mark.parametrize("time", ["23:59:59.999999", "00:00:00.000000"])
def test_the_last_instant_of_a_day_is_none_of_the_next(busy_home: Home, time: str) -> None:
    """Asked for a day, SQLite rounds a time to thousandths."""
    assert damage(busy_home.ledger, "coupon", "issued_at", f"'2026-02-28 {time}'")
    with closing(sqlite3.connect(busy_home.ledger)) as ledger:
        assert check(ledger)


def test_sqlite_s_own_check_sees_none_of_it(busy_home: Home) -> None:
    """The twin: why each row is looked at."""
    damage(busy_home.ledger, "coupon", "note", DAMAGES["not utf-8"])
    damage(busy_home.ledger, "coupon", "issued_at", "'tomorrow'")
    with closing(sqlite3.connect(busy_home.ledger)) as ledger:
        ledger.execute("REINDEX")
        assert ledger.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        with pytest.raises(StoreDamaged):
            check(ledger)


def test_a_letter_that_became_another_is_seen_by_no_check(busy_home: Home) -> None:
    """Said beside every verdict, because it cannot be found."""
    damage(busy_home.ledger, "coupon", "note", "'another note'")
    with closing(sqlite3.connect(busy_home.ledger)) as ledger:
        assert check(ledger)
    assert "not seen" in integrity.UNSEEN


def test_a_check_that_has_no_time_says_so(busy_home: Home) -> None:
    with closing(sqlite3.connect(busy_home.ledger)) as ledger:
        ledger.executemany("INSERT INTO reason VALUES (?, 'x')", ((str(n),) for n in range(100_000)))
        assert not check(ledger, 0)
        assert check(ledger)


@pytest.mark.parametrize("column", ["issued_at", "business_date", "cost_minor", "remade", "note", "staff"])
def test_damage_is_said_where_it_is_read_and_not_where_it_breaks(home: Home, column: str) -> None:
    till = Till.open(home)
    code = till.code(note="n")
    values = ["CAST(x'61ff' AS TEXT)", "x'00ff'", "'9999-12-31 23:59:59'", "9223372036854775807"]
    for value in values[:2] if column == "note" else values:  # a column of text makes a text of the others
        there = copy_of(home, home.folder.with_name(f"{column} {value[:3]} {len(value)}"))
        assert damage(there.ledger, "coupon", column, value)
        one = Till.open(there)
        with pytest.raises(StoreDamaged, match="The database file is damaged"):
            one.story(code)
        with pytest.raises(StoreDamaged):
            one.counter.board.slips("")
        one.counter.close()
    till.counter.close()


def test_taken_as_it_comes_it_would_break_far_from_there(home: Home) -> None:
    """The twin: what SQLAlchemy hands out for a whole number, and what becomes of it."""
    till = Till.open(home)
    till.code()
    damage(home.ledger, "coupon", "cost_minor", "'much'")
    with till.reading() as connection:
        cost: int = connection.execute(text("SELECT cost_minor FROM coupon")).scalar_one()
    with pytest.raises(TypeError):
        cost / 100
    till.counter.close()


def test_a_wrong_clock_is_no_damage(home: Home) -> None:
    """A dead battery, and a century typed wrong."""
    for years in (-56, 40):
        clock = MovableClock()
        clock.move(days=365 * years)
        till = Till.open(home, clock, seed=years + 100)
        till.redeem("nothing like a code")
        with till.reading() as connection:
            integrity.check_rows(driver_of(connection))
        till.counter.close()


def test_whatever_a_clock_can_say_is_no_damage() -> None:
    last = datetime.fromtimestamp((2**63 - 1) // 10**9, UTC)  # where CPython's clock ends
    assert FIRST_YEAR <= 1970 < last.year + 10 <= LAST_YEAR
