"""Prepared statements say and read the same as the ones they were made from."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, insert, select

from db.connection.engine import reading
from db.connection.prepared import Prepared
from db.tables.models import Coupon, PrintJob
from tests.till import Till

_coupon = Coupon.__table__  # type: ignore[attr-defined]  # SQLModel adds it; its types do not say so
_job = PrintJob.__table__  # type: ignore[attr-defined]


def test_a_row_is_the_same_as_when_the_statement_is_executed(till: Till) -> None:
    code = till.code(note="rain", item="tea")
    wanted = select(_coupon).where(_coupon.c.code == bindparam("code"))
    with reading(till.counter.engine) as connection:
        executed = connection.execute(wanted, {"code": code}).one()
        assert Prepared(wanted, ("code",)).rows(connection, (code,)) == [list(executed)]


def test_values_in_another_order_than_the_statement_has_them_are_refused(till: Till) -> None:
    swapped = Prepared(insert(_job), ("copy", "code", "state", "attempts", "created_at", "updated_at"))
    with reading(till.counter.engine) as connection, pytest.raises(ValueError, match="'code', 'copy'"):
        swapped.run(connection, (1, "000000000000", "pending", 0, till.clock(), till.clock()))
