"""A business day is closed: the whole night or none, each fact once, and the same bytes for ever."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, text

from db.connection.engine import open_engine, reading, sqlite_url, transaction
from pos_recovery.export.closing.outcomes import (
    DayNotBegun,
    DoesNotProve,
    Exported,
    FactsGone,
    InTheWay,
    NotDelivered,
    NotTheSame,
)
from pos_recovery.export.places.addresses import NoUseError
from tests.export.offices import FACTS, HeadOffice, content, keys, rows
from tests.till import OPENING, STRANGER, Till

ELSEWHERE = "abfs://nights"
"""A place that cannot be reached: nobody says which account."""
SATURDAY = date(2026, 11, 14)
SUNDAY = SATURDAY + timedelta(days=1)


def a_day(till: Till) -> list[str]:
    """Some of everything. Returns the codes."""
    codes = [till.code(item="flat white", note="=1+1"), till.code(remade=True), till.code(), till.code()]
    till.redeem(codes[0])
    till.redeem(codes[0])
    till.redeem(codes[0], goodwill=True)
    till.redeem(codes[1])
    till.reverse(codes[1])
    till.void(codes[2])
    till.redeem(STRANGER)
    return codes


def tamper(till: Till, *statements: str) -> None:
    """As somebody might with another program."""
    with transaction(till.counter.engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_night_holds_the_facts_of_its_day(till: Till, office: HeadOffice) -> None:
    codes = a_day(till)
    till.clock.move(days=1)
    night = office.night()
    assert night.name == "2026-11-14_000001"
    assert {row["CouponCode"].replace("-", "") for row in rows(night, "coupons")} == set(codes)
    kinds = ["redeemed", "redeemed", "reversed", "voided", "goodwill"]
    assert sorted(row["EventType"] for row in rows(night, "events")) == sorted(kinds)
    assert [row["RefusalCode"] for row in rows(night, "refusals")].count("unknown") == 1
    (sums,) = rows(night, "balances")
    names = ("Opening", "Issued", "Redeemed", "Voided", "Expired", "Reversed", "Closing")
    assert [sums[name] for name in names] == [0, 4, 2, 1, 0, 1, 2]
    assert [sums[f"{name}CostMinor"] for name in names] == [2550 * many for many in (0, 4, 2, 1, 0, 1, 2)]


def test_each_fact_is_told_once_in_the_run_after_it_was_recorded(till: Till, office: HeadOffice) -> None:
    told: dict[str, list[object]] = {table: [] for table in FACTS}
    for _ in range(3):
        a_day(till)
        till.clock.move(days=1)
        night = office.night()
        for table in told:
            told[table] += keys(night, table)
    for table, in_ledger in (("coupons", "coupon"), ("events", "coupon_event"), ("refusals", "refusal")):
        assert len(told[table]) == len(set(told[table])) == till.count(in_ledger)


def test_what_is_recorded_after_its_day_was_closed_comes_next_as_late(till: Till, office: HeadOffice) -> None:
    till.clock.move(days=1)
    office.night()
    till.clock.now = OPENING  # a register that had no network, and writes what happened yesterday
    late = till.code()
    till.clock.move(days=1)
    today = till.code()
    till.clock.move(days=1)
    night = office.night()
    assert night.name == "2026-11-15_000002"
    found = {row["CouponCode"].replace("-", ""): row for row in rows(night, "coupons")}
    assert {code: (row["LateFlag"], row["BusinessDayDate"]) for code, row in found.items()} == {
        late: (True, SATURDAY),
        today: (False, SUNDAY),
    }


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_closed_day_gives_the_same_bytes_again(
    till: Till, office: HeadOffice, tmp_path: Path, elsewhere: bool
) -> None:
    for _ in range(2):
        a_day(till)
        till.clock.move(days=1)
        office.night()
    first = content(office.nights()[0])
    tamper(  # what may change has changed
        till,
        "UPDATE store SET name = 'Hill St', timezone = 'Asia/Tokyo', currency = 'JPY'",
        "UPDATE reason SET name = 'Never came'",
    )
    a_day(till)
    if not elsewhere:
        shutil.rmtree(office.nights()[0])
    outcome = office.close(SATURDAY, tmp_path / "elsewhere" if elsewhere else None)
    assert isinstance(outcome, Exported)
    assert outcome.again
    assert content(Path(outcome.folder)) == first


def test_without_what_was_known_then_its_facts_would_have_no_place(till: Till, office: HeadOffice) -> None:
    """The twin: the run on record has forgotten where the store was. That rows are missing is seen."""
    a_day(till)
    till.clock.move(days=1)
    shutil.rmtree(office.night())
    tamper(
        till,
        "DROP TRIGGER export_run_no_update",
        "UPDATE export_run SET marks = json_set(marks, '$.stores', json('{}'))",
        "UPDATE store SET timezone = 'Asia/Tokyo'",
    )
    outcome = office.close(SATURDAY)
    assert isinstance(outcome, DoesNotProve)
    assert outcome.missing["coupons"] == 4
    assert office.nights() == []


def test_both_databases_tell_the_same_bytes(
    till: Till, office: HeadOffice, moved: Callable[[Till], Engine], tmp_path: Path
) -> None:
    a_day(till)
    till.clock.move(days=1)
    a_day(till)
    till.clock.move(days=1)
    hub = HeadOffice(moved(till), None, tmp_path / "hub", till.clock)
    for day in (SATURDAY, SUNDAY):
        assert content(office.night(day)) == content(hub.night(day))


def test_what_is_open_while_a_night_is_told_comes_whole_with_the_next(
    till: Till, moved: Callable[[Till], Engine], tmp_path: Path
) -> None:
    till.code()
    hub = HeadOffice(moved(till), None, tmp_path / "hub", till.clock)
    till.clock.move(days=1)
    columns = "store, register, staff, reason, remade, noticed_first, language, issued_at, business_date, expires_on"
    add = (
        "INSERT INTO coupon (code, {0}, cost_minor, currency, request_id, clock_drift_s) "
        "SELECT '{1}', {0}, cost_minor, currency, '{1}', 0 FROM coupon LIMIT 1"
    )
    with transaction(hub.engine) as slow:
        slow.execute(text(add.format(columns, "2JJ000000001")))
        with transaction(hub.engine) as quick:
            quick.execute(text(add.format(columns, "2JJ000000002")))
        first = hub.night(SATURDAY)
        slow.execute(text(add.format(columns, "2JJ000000003")))
    till.clock.move(days=1)
    second = hub.night(SUNDAY)
    assert len(keys(first, "coupons")) == 2
    assert keys(second, "coupons") == [("2JJ0-0000-0001",), ("2JJ0-0000-0003",)]
    shutil.rmtree(first)
    assert keys(hub.night(SATURDAY), "coupons") == keys(first, "coupons")


def test_sums_that_do_not_prove_are_told_with_their_coupons_and_nothing_is_published(
    till: Till, office: HeadOffice
) -> None:
    code = till.code()
    till.redeem(code, request="once")
    tamper(
        till,
        "INSERT INTO coupon_event (code, n, kind, at, business_date, store, register, staff, request_id, offline,"
        " clock_drift_s) SELECT code, 9, 'redeemed', at, business_date, store, register, staff, 'twice', 0, 0"
        " FROM coupon_event WHERE request_id = 'once'",
    )
    till.clock.move(days=1)
    outcome = office.close()
    assert isinstance(outcome, DoesNotProve)
    assert [each.replace("-", "") for each in outcome.codes] == [code]
    (wrong,) = outcome.balances
    assert wrong.coupons["redeemed"] == 2
    assert office.nights() == []
    assert till.count("export_run") == 0


def test_a_coupon_that_is_gone_is_missed(till: Till, office: HeadOffice) -> None:
    a_day(till)
    till.clock.move(days=1)
    office.night()
    tamper(till, "DROP TRIGGER coupon_no_delete", "DELETE FROM coupon WHERE rowid = 4")
    till.clock.move(days=1)
    assert office.close() == FactsGone(SUNDAY)  # it was the last one
    till.code()
    outcome = office.close()
    assert isinstance(outcome, DoesNotProve)
    assert outcome.balances[0].coupons["opening"] == outcome.balances[0].coupons["closing"] + 1


def test_a_closed_night_that_would_come_out_otherwise_is_not_written(till: Till, office: HeadOffice) -> None:
    a_day(till)
    till.clock.move(days=1)
    night = office.night()
    before = content(night)
    tamper(till, "DROP TRIGGER coupon_no_update", "UPDATE coupon SET note = 'nothing'")
    assert office.close(SATURDAY) == NotTheSame(1, SATURDAY)
    assert office.nights() == [night]
    assert content(night) == before


def test_a_folder_in_the_way_is_left_as_it_is(till: Till, office: HeadOffice) -> None:
    till.clock.move(days=1)
    there = office.folder / "nights" / "2026-11-14_000001"
    there.mkdir(parents=True)
    (there / "holiday.jpg").write_bytes(b"sun")
    assert office.close() == InTheWay(str(there))
    assert content(there) == {"holiday.jpg": b"sun"}
    shutil.move(there, office.folder)
    assert office.night() == there


OPENS = (
    "INSERT INTO store SELECT 'pier', 'Pier', 'Asia/Tokyo', 'JPY', day_starts FROM store",
    "INSERT INTO register SELECT 'pier', id FROM register",
    "INSERT INTO staff SELECT 'pier', id, name, role, pin_hash, active FROM staff",
    (
        "INSERT INTO coupon SELECT 'PIERPIERPIER', 'pier', register, staff, reason, item, note, remade, noticed_first,"
        " language, issued_at, business_date, expires_on, cost_minor, 'JPY', 'pier', clock_drift_s FROM coupon"
    ),
)
"""A second store, and its first coupon."""


def test_a_store_that_opens_just_before_the_mark_is_known_to_the_run_for_ever(till: Till, office: HeadOffice) -> None:
    till.code()
    till.clock.move(days=1)
    now = till.clock()

    def opens() -> datetime:
        """Asked for when the runs and stores have been read, and the mark is not taken yet."""
        if till.count("store") == 1:
            tamper(till, *OPENS)
        return now

    night = replace(office, clock=opens).night(SATURDAY)
    assert {row["RetailStoreID"]: row["CurrencyCode"] for row in rows(night, "coupons")}["pier"] == "JPY"
    told = content(night)
    tamper(till, "UPDATE store SET timezone = 'Europe/Paris', currency = 'EUR' WHERE id = 'pier'")
    assert content(office.night(SATURDAY, office.folder / "again")) == told


def test_a_day_that_runs_may_be_closed_and_says_so(till: Till, office: HeadOffice) -> None:
    till.code()
    outcome = office.close(SATURDAY)
    assert isinstance(outcome, Exported)
    assert outcome.rows["coupons"] == 1
    assert f"{outcome.runs_until}" == "2026-11-15 04:00:00+01:00"
    till.code()
    till.clock.move(days=1)
    assert [row["LateFlag"] for row in rows(office.night(SUNDAY), "coupons")] == [True]


def test_a_day_that_has_not_begun_is_not_closed(till: Till, office: HeadOffice) -> None:
    assert office.close(SUNDAY) == DayNotBegun(SUNDAY, SATURDAY)
    assert till.count("export_run") == 0


def test_days_that_nobody_closed_come_with_the_next_one(till: Till, office: HeadOffice) -> None:
    for _ in range(3):
        till.code()
        till.clock.move(days=1)
    night = office.night()
    assert night.name == "2026-11-16_000001"
    assert [row["LateFlag"] for row in rows(night, "coupons")] == [False] * 3
    last = office.close()
    assert isinstance(last, Exported)
    assert office.close(SATURDAY) == replace(last, asked=SATURDAY)  # the run that told it


def test_a_night_that_could_not_be_delivered_is_delivered_with_the_next(till: Till, office: HeadOffice) -> None:
    till.code()
    till.clock.move(days=1)
    outcome = office.close(out=ELSEWHERE)
    assert isinstance(outcome, NotDelivered)
    assert not outcome.again
    assert till.count("export_delivery") == 0
    till.clock.move(days=1)
    made_up = office.close()
    assert isinstance(made_up, Exported)
    assert [Path(folder).name for folder in made_up.made_up_for] == ["2026-11-14_000001"]
    assert [night.name for night in office.nights()] == ["2026-11-14_000001", "2026-11-15_000002"]
    again = office.close(out=ELSEWHERE)
    assert isinstance(again, NotDelivered)
    assert again.again  # nobody brings it there by itself


def test_a_night_that_still_cannot_be_delivered_does_not_hide_the_new_one(till: Till, office: HeadOffice) -> None:
    till.clock.move(days=1)
    there = office.folder / "nights" / "2026-11-14_000001"
    there.mkdir(parents=True)
    (there / "holiday.jpg").write_bytes(b"sun")
    assert office.close() == InTheWay(str(there))
    till.clock.move(days=1)
    outcome = office.close()
    assert isinstance(outcome, Exported)
    assert (outcome.business_day, outcome.not_made_up) == (SUNDAY, InTheWay(str(there)))
    assert [night.name for night in office.nights()] == [there.name, "2026-11-15_000002"]


def test_a_place_that_nobody_knows_is_said_before_anything_is_closed(till: Till, office: HeadOffice) -> None:
    till.clock.move(days=1)
    for out in ("carrier-pigeon://roof/nights", "simplecache::s3://bucket/nights"):
        with pytest.raises(NoUseError):
            office.close(out=out)
    assert till.count("export_run") == 0


@pytest.mark.parametrize("day", [SATURDAY, SUNDAY])
def test_a_ledger_put_back_from_a_copy_tells_nothing_where_the_lost_one_told(
    till: Till, office: HeadOffice, tmp_path: Path, day: date
) -> None:
    """The night that stands there may hold coupons that are on record nowhere else."""
    assert office.file
    till.clock.move(days=2)
    copy = tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(office.file)) as ledger:
        ledger.execute("VACUUM INTO ?", (str(copy),))
    told = office.night(SUNDAY)
    put_back = replace(office, engine=open_engine(sqlite_url(copy)), file=copy)
    assert put_back.close(day) == InTheWay(str(told), unknown=True)
    with reading(put_back.engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM export_run")).scalar() == 0
    put_back.engine.dispose()


def test_of_two_that_close_a_day_at_once_one_is_first_and_both_say_the_same(
    till: Till, moved: Callable[[Till], Engine], tmp_path: Path
) -> None:
    a_day(till)
    till.clock.move(days=1)
    hub = moved(till)
    both = [HeadOffice(hub, None, tmp_path / name, till.clock) for name in ("east", "west")]
    start = Barrier(2)

    def close(office: HeadOffice) -> Path:
        start.wait()
        return office.night()

    with ThreadPoolExecutor(2) as pool:
        east, west = pool.map(close, both)
    assert content(east) == content(west)
    with reading(hub) as connection:
        assert connection.execute(text("SELECT count(*) FROM export_run")).scalar() == 1
