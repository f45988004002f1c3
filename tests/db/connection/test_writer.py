"""The one writing connection of an engine: kept while all goes well, and only then."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import text

from db.connection.engine import transaction
from db.connection.errors import StoreBroken
from db.connection.prepared import driver_of
from db.statements import coupons
from pos_recovery.system.locations import Home
from tests.till import Till

DEFERRED = "PRAGMA defer_foreign_keys=ON"
"""Broken references are found by the commit, not by the statement."""


def driver(till: Till) -> sqlite3.Connection:
    with transaction(till.counter.engine) as connection:
        return driver_of(connection)


def test_one_transaction_after_another_is_written_through_the_same_connection(till: Till) -> None:
    first = driver(till)
    till.issue()
    assert driver(till) is first


def test_disposing_of_the_engine_closes_it_and_the_next_transaction_opens_another(till: Till) -> None:
    first = driver(till)
    till.counter.engine.dispose()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first.execute("SELECT 1")
    till.issue()
    assert till.count("coupon") == 1


def test_what_core_and_what_is_prepared_are_one_transaction(till: Till) -> None:
    coupon = till.story(till.code()).coupon

    def change_of_mind() -> None:
        with transaction(till.counter.engine) as connection:
            connection.execute(text("INSERT INTO reason VALUES ('weather', 'Weather')"))
            coupons.add(connection, replace(coupon, code="000000000000", request_id="r", reason="weather"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change_of_mind()
    assert till.count("coupon") == 1
    assert till.count("reason") == len(till.counter.reasons)


def test_a_commit_that_fails_leaves_nothing_behind_and_its_connection_is_not_used_again(till: Till) -> None:
    coupon = till.story(till.code()).coupon

    def for_no_reason() -> None:
        with transaction(till.counter.engine) as connection:
            connection.execute(text(DEFERRED))
            coupons.add(connection, replace(coupon, code="000000000000", request_id="r", reason="nothing"))

    with pytest.raises(StoreBroken, match="FOREIGN KEY"):
        for_no_reason()
    till.issue()
    assert till.count("coupon") == 2


def test_a_connection_kept_after_a_commit_that_failed_would_be_stuck_in_its_transaction(home: Home) -> None:
    """The twin, with nothing but the sqlite3 module."""
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(DEFERRED)
        connection.execute("INSERT INTO register VALUES ('nowhere', '1')")
        with pytest.raises(sqlite3.IntegrityError):
            connection.commit()
        with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
            connection.execute("BEGIN IMMEDIATE")
