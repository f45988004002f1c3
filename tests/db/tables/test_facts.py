"""Facts are never changed: the database itself refuses, whoever asks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from db.connection.engine import reading, transaction
from db.connection.errors import FactExists, StoreBroken
from db.statements import coupons, print_jobs, reference, staff
from db.tables.column_types import Kind, Role
from db.tables.facts import RefusalFact
from pos_recovery.system.locations import Home
from tests.till import BARISTA, LEAD, OPENING, MovableClock, Till


@pytest.fixture
def filled(till: Till) -> Till:
    """One coupon, one redemption, one refusal."""
    code = till.code()
    till.redeem(code)
    till.redeem(code)
    return till


@pytest.fixture
def raw(filled: Till, home: Home) -> Iterator[sqlite3.Connection]:
    """The same file through nothing but the sqlite3 module, as a curious person would open it."""
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as connection:
        yield connection


def everything(connection: sqlite3.Connection) -> list[object]:
    return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in FACTS]  # noqa: S608  our tables


FACTS = ("coupon", "coupon_event", "refusal")
CHANGES = {
    "update": "UPDATE {table} SET store = 'elsewhere'",
    "update or ignore": "UPDATE OR IGNORE {table} SET store = 'elsewhere'",
    "update or replace": "UPDATE OR REPLACE {table} SET store = 'elsewhere'",
    "delete": "DELETE FROM {table}",
    "insert or replace": "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "replace": "REPLACE INTO {table} SELECT * FROM {table}",
    "upsert": "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO UPDATE SET store = 'elsewhere'",
}


@pytest.mark.parametrize("table", FACTS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_fact_cannot_be_changed_by_any_statement(raw: sqlite3.Connection, table: str, change: str) -> None:
    before = everything(raw)
    with pytest.raises(sqlite3.IntegrityError, match=r"never changed|UNIQUE constraint failed"):
        raw.execute(CHANGES[change].format(table=table))
    assert everything(raw) == before


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_of_the_night_file_is_a_fact_too(raw: sqlite3.Connection, change: str) -> None:
    raw.execute("INSERT INTO export_run VALUES (1, '2026-11-14', '{}', ?, '2026-11-15 03:00:00.000000')", ["0" * 64])
    before = raw.execute("SELECT * FROM export_run").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match=r"never changed|UNIQUE constraint failed"):
        raw.execute(CHANGES[change].format(table="export_run").replace("store =", "marks ="))
    assert raw.execute("SELECT * FROM export_run").fetchall() == before


@pytest.mark.parametrize("change", CHANGES)
def test_what_drew_a_slip_is_a_fact_too(raw: sqlite3.Connection, change: str) -> None:
    raw.execute("INSERT INTO slip_font VALUES ('7KQ4M2XD9RTC', 1, 0, '/fonts/thai.ttf', 0, ?)", ["0" * 64])
    before = raw.execute("SELECT * FROM slip_font").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match=r"never changed|UNIQUE constraint failed"):
        raw.execute(CHANGES[change].format(table="slip_font").replace("store =", "file ="))
    assert raw.execute("SELECT * FROM slip_font").fetchall() == before


@pytest.mark.parametrize(
    ("table", "other_key"),
    [("coupon", "code = '000000000000'"), ("coupon_event", "n = 99")],
)
def test_a_fact_cannot_be_replaced_through_its_request_id(raw: sqlite3.Connection, table: str, other_key: str) -> None:
    before = everything(raw)
    raw.execute(f"CREATE TEMP TABLE forged AS SELECT * FROM {table}")  # noqa: S608  our tables
    raw.execute(f"UPDATE forged SET {other_key}")  # noqa: S608
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE constraint failed"):
        raw.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM forged")  # noqa: S608
    assert everything(raw) == before


def test_without_its_trigger_a_replace_would_swallow_a_redemption(raw: sqlite3.Connection) -> None:
    """The twin: REPLACE deletes the old row and no DELETE trigger hears of it."""
    raw.execute("DROP TRIGGER coupon_event_no_replace")
    raw.execute("CREATE TEMP TABLE forged AS SELECT * FROM coupon_event")
    raw.execute("UPDATE forged SET kind = 'goodwill'")
    raw.execute("INSERT OR REPLACE INTO coupon_event SELECT * FROM forged")
    assert raw.execute("SELECT kind FROM coupon_event").fetchall() == [("goodwill",)]


@pytest.mark.parametrize(
    ("table", "bogus"),
    [
        ("coupon_event", "kind = 'stolen'"),
        ("coupon_event", "kind = 'REDEEMED'"),
        ("coupon_event", "ending = 'meh'"),
        ("coupon_event", "n = 0"),
        ("coupon", "code = 'SHORT'"),
        ("coupon", "cost_minor = -1"),
    ],
)
def test_a_fact_of_a_kind_nobody_knows_is_refused(raw: sqlite3.Connection, table: str, bogus: str) -> None:
    raw.execute(f"CREATE TEMP TABLE forged AS SELECT * FROM {table}")  # noqa: S608  our tables
    fresh = "code = '000000000000', request_id = 'fresh'"
    raw.execute(f"UPDATE forged SET {fresh}")  # noqa: S608
    raw.execute(f"UPDATE forged SET {bogus}")  # noqa: S608
    with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
        raw.execute(f"INSERT INTO {table} SELECT * FROM forged")  # noqa: S608


@pytest.mark.parametrize(
    "statement",
    ["UPDATE staff SET role = 'owner'", "UPDATE print_job SET state = 'lost'", "UPDATE print_job SET proof = 'hope'"],
)
def test_a_row_that_may_change_still_changes_only_to_what_is_known(raw: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
        raw.execute(statement)


@pytest.mark.parametrize("column", ["store", "register", "staff", "reason"])
def test_a_coupon_names_a_store_a_register_a_person_and_a_reason_that_exist(till: Till, column: str) -> None:
    coupon = till.story(till.code()).coupon
    changed: dict[str, object] = {column: 99 if column == "staff" else "nowhere"}
    stranger = replace(coupon, code="000000000000", request_id="r", **changed)  # type: ignore[arg-type]  # one column
    with pytest.raises(StoreBroken, match="FOREIGN KEY"), transaction(till.counter.engine) as connection:
        coupons.add(connection, stranger)


def test_a_key_that_is_taken_is_a_lost_race_and_a_change_is_a_fault(filled: Till) -> None:
    """A caller that retries lost races must never retry a fault for ever."""
    code = filled.code()
    filled.redeem(code)
    story = filled.story(code)
    with pytest.raises(FactExists), transaction(filled.counter.engine) as connection:
        coupons.add(connection, story.coupon)
    with pytest.raises(FactExists), transaction(filled.counter.engine) as connection:
        coupons.add_event(connection, story.events[0])
    with pytest.raises(FactExists), transaction(filled.counter.engine) as connection:
        coupons.add_event(connection, replace(story.events[0], n=2))
    with pytest.raises(StoreBroken, match="never changed"), transaction(filled.counter.engine) as connection:
        connection.execute(text("UPDATE coupon SET note = NULL"))


def test_a_time_without_a_zone_cannot_be_recorded(till: Till) -> None:
    coupon = till.story(till.code()).coupon
    naive = replace(coupon, code="000000000000", request_id="r", issued_at=datetime(2026, 11, 14))  # noqa: DTZ001
    with (
        pytest.raises(ValueError, match="a time without a zone cannot be recorded"),
        transaction(till.counter.engine) as connection,
    ):
        coupons.add(connection, naive)
    assert till.count("coupon") == 1


def test_an_instant_comes_back_aware_and_in_utc_whatever_zone_it_went_in_with(till: Till, clock: MovableClock) -> None:
    clock.now = datetime(2026, 11, 14, 21, 30, 15, 123456, tzinfo=timezone(timedelta(hours=13)))
    issued_at = till.story(till.code()).coupon.issued_at
    assert issued_at == clock.now
    assert issued_at.tzinfo is UTC


def test_enums_are_kept_by_value(raw: sqlite3.Connection) -> None:
    assert raw.execute("SELECT kind FROM coupon_event").fetchall() == [("redeemed",)]
    assert raw.execute("SELECT role FROM staff ORDER BY id").fetchall() == [("shift_lead",), ("barista",)]


def test_a_refusal_may_lack_a_person_and_a_code(till: Till) -> None:
    fact = RefusalFact(
        id="1", kind="unknown", raw="?", code=None, at=OPENING, business_date=OPENING.date(), store="harbour",
        register="1", staff=None,
    )  # fmt: skip
    with transaction(till.counter.engine) as connection:
        coupons.add_refusal(connection, fact)
    assert till.count("refusal") == 1


# Statements the use cases do not show


def test_the_newest_instant_is_that_of_coupons_and_events_alike(till: Till, clock: MovableClock) -> None:
    with reading(till.counter.engine) as connection:
        assert coupons.newest_instant(connection) is None
    code = till.code()
    clock.move(hours=1)
    till.redeem(code)
    with reading(till.counter.engine) as connection:
        assert coupons.newest_instant(connection) == clock()
        assert coupons.events(connection, []) == {}
        assert [event.kind for event in coupons.events_of_day(connection, OPENING.date())] == [Kind.REDEEMED]


def test_the_newest_instant_costs_two_look_ups_in_an_index(filled: Till) -> None:
    with reading(filled.counter.engine) as connection:
        for column, table in (("issued_at", "coupon"), ("at", "coupon_event")):
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN SELECT max({column}) FROM {table}")).one()  # noqa: S608
            assert f"ix_{table}_{column}" in plan[3]


def test_a_print_job_is_taken_by_one_desk_only(till: Till) -> None:
    job = till.issue().jobs[0]
    with transaction(till.counter.engine) as connection:
        assert print_jobs.take(connection, job, OPENING)
        assert not print_jobs.take(connection, job, OPENING)
        assert print_jobs.get(connection, job).attempts == 1


def test_what_was_being_sent_when_the_program_stopped_is_unknown_at_the_next_start(till: Till) -> None:
    sending, _pending = till.issue().jobs[0], till.issue().jobs[0]
    with transaction(till.counter.engine) as connection:
        print_jobs.take(connection, sending, OPENING)
    assert till.counter.desk.own_up() == 1
    with reading(till.counter.engine) as connection:
        assert [(job.id == sending, job.state.value) for job in print_jobs.unsettled(connection)] == [
            (True, "unknown"),
            (False, "pending"),
        ]


def test_reference_rows_follow_the_settings_and_old_reasons_stay(till: Till) -> None:
    with transaction(till.counter.engine) as connection:
        reference.remember_store(connection, "harbour", name="Harbor", timezone="UTC", currency="USD")
        reference.remember_register(connection, "harbour", "1")
        reference.remember_register(connection, "harbour", "2")
        reference.remember_reasons(connection, {"late": "Too late", "own": "Our own"})
    with reading(till.counter.engine) as connection:
        assert reference.store_row(connection, "harbour") == ("Harbor", "UTC", "USD", "04:00")
        assert reference.store_row(connection, "elsewhere") is None
        assert reference.registers(connection, "harbour") == ("1", "2")
        reasons = reference.reasons(connection)
        assert (reasons["late"], reasons["own"], reasons["spilled"]) == ("Too late", "Our own", "Spilled")


def test_people_of_one_store_are_not_those_of_another(till: Till) -> None:
    with transaction(till.counter.engine) as connection:
        reference.remember_store(connection, "hill", name="Hill", timezone="UTC", currency="USD")
        assert staff.add(connection, "hill", "Zoe", Role.BARISTA, "hash") == 1
        assert [each.name for each in staff.everyone(connection, "harbour")] == [LEAD.name, BARISTA.name]
        assert not staff.disable(connection, "hill", 2)
