"""The tables as statements name them: each column with the type that carries its values in and out, and no more.

What a table is stands in `models`, which migrations and the schema's tests ask: keys, indexes, defaults. A statement
needs none of that, and building the models costs more than all else that issuing a coupon loads: SQLModel
brings pydantic and SQLAlchemy's ORM, and an index with a condition brings the dialect of PostgreSQL (SQLModel 0.0.50,
SQLAlchemy 2.1: 250 ms of a core and 18 MB of memory). Nothing is made or filled in by default here: an INSERT gives
each column a value. A test holds every table here against its model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import TableClause, column, table
from sqlalchemy.types import TypeEngine

from db.tables.column_types import Day, Flag, Large, Text, UtcDateTime, Whole


def _table(called: str, /, **columns: type[TypeEngine[Any]]) -> TableClause:
    return table(called, *(column(each, kind()) for each, kind in columns.items()))


store = _table("store", id=Text, name=Text, timezone=Text, currency=Text, day_starts=Text)
register = _table("register", store=Text, id=Text)
staff = _table("staff", store=Text, id=Whole, name=Text, role=Text, pin_hash=Text, active=Flag)
reason = _table("reason", id=Text, name=Text)
currency = _table("currency", code=Text, decimals=Whole, evidence=Text, at=UtcDateTime)
coupon = _table(
    "coupon",
    code=Text,
    store=Text,
    register=Text,
    staff=Whole,
    reason=Text,
    item=Text,
    note=Text,
    remade=Flag,
    noticed_first=Flag,
    language=Text,
    issued_at=UtcDateTime,
    business_date=Day,
    expires_on=Day,
    cost_minor=Whole,
    currency=Text,
    request_id=Text,
    clock_drift_s=Whole,
)
coupon_event = _table(
    "coupon_event",
    code=Text,
    n=Whole,
    kind=Text,
    at=UtcDateTime,
    business_date=Day,
    store=Text,
    register=Text,
    staff=Whole,
    request_id=Text,
    ending=Text,
    note=Text,
    offline=Flag,
    cost_minor=Whole,
    clock_drift_s=Whole,
)
refusal = _table(
    "refusal",
    id=Text,
    kind=Text,
    raw=Text,
    code=Text,
    at=UtcDateTime,
    business_date=Day,
    store=Text,
    register=Text,
    staff=Whole,
    entry=Text,
)
conflict = _table(
    "conflict",
    code=Text,
    request_id=Text,
    kind=Text,
    at=UtcDateTime,
    business_date=Day,
    store=Text,
    register=Text,
    staff=Whole,
    offline=Flag,
    cost_minor=Whole,
    winner_n=Whole,
)
export_run = _table("export_run", run=Whole, business_day=Day, marks=Text, manifest_sha256=Text, at=UtcDateTime)
export_balance = _table("export_balance", run=Whole, store=Text, currency=Text, coupons=Large, cost_minor=Large)
export_delivery = _table("export_delivery", run=Whole, at=UtcDateTime)
print_job = _table(
    "print_job",
    id=Whole,
    code=Text,
    copy=Whole,
    state=Text,
    proof=Text,
    attempts=Whole,
    last_error=Text,
    created_at=UtcDateTime,
    updated_at=UtcDateTime,
)
print_request = _table("print_request", request_id=Text, job=Whole)
slip_font = _table("slip_font", code=Text, copy=Whole, place=Whole, file=Text, face=Whole, sha256=Text)
printer = _table("printer", url=Text, proof=Text, torn=Flag, updated_at=UtcDateTime)
printer_letters = _table("printer_letters", url=Text, pages=Text, updated_at=UtcDateTime)
sign_in_lock = _table("sign_in_lock", store=Text, staff=Whole, failures=Whole, locked_until=UtcDateTime)

TABLES: Mapping[str, TableClause] = {
    each.name: each for each in tuple(globals().values()) if isinstance(each, TableClause)
}
"""All of them, by name."""
MAY_BE_NULL: Mapping[str, frozenset[str]] = {
    "conflict": frozenset({"cost_minor"}),
    "coupon": frozenset({"item", "note"}),
    "coupon_event": frozenset({"ending", "note", "cost_minor"}),
    "print_job": frozenset({"proof", "last_error"}),
    "printer": frozenset({"proof"}),
    "refusal": frozenset({"code", "staff", "entry"}),
    "sign_in_lock": frozenset({"locked_until"}),
}
"""By table, the columns that need not have a value."""
_PROOF = "proof IN ('confirmed', 'processed', 'handed_over', 'by_person')"
CHECKS: Mapping[str, frozenset[str]] = {
    "conflict": frozenset({"winner_n >= 1"}),
    "coupon": frozenset({"length(code) = 12", "cost_minor >= 0"}),
    "coupon_event": frozenset(
        {
            "ending IN ('turned_around', 'still_unhappy', 'did_not_say')",
            "n >= 1",
            "kind IN ('redeemed', 'reversed', 'voided', 'goodwill', 'reprinted', 'ended')",
        }
    ),
    "currency": frozenset({"decimals BETWEEN 0 AND 4"}),
    "export_run": frozenset({"run >= 1", "length(manifest_sha256) = 64"}),
    "print_job": frozenset({_PROOF, "state IN ('pending', 'sending', 'printed', 'unknown', 'failed')"}),
    "printer": frozenset({_PROOF}),
    "refusal": frozenset({"entry IN ('typed', 'scanned', 'command')"}),
    "slip_font": frozenset({"length(sha256) = 64"}),
    "staff": frozenset({"role IN ('barista', 'shift_lead')"}),
}
"""By table, what has to hold of each row: the models' CHECKs, for whoever looks at rows one after the other."""
