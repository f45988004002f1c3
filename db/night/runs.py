"""Statements on the runs of the night file. The connection comes first; nothing here commits.

A run is a fact: of two that are made at once, one writes the number first and the other gets a FactExists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from db.connection.errors import StoreDamaged
from db.tables import core_tables

_run = core_tables.export_run
_balance = core_tables.export_balance
_delivery = core_tables.export_delivery
_store = core_tables.store
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFact:
    """A row of `export_run`."""

    run: int
    business_day: date
    marks: str
    manifest_sha256: str
    at: datetime


@dataclass(frozen=True, slots=True, order=True)
class StoreRow:
    """A row of `store`."""

    id: str
    name: str
    timezone: str
    currency: str
    day_starts: str
    """HH:MM."""


def every(connection: Connection) -> tuple[RunFact, ...]:
    """All runs, the first one first. A night is one row: ten years are 3,650.

    Raises:
        StoreDamaged: They are not 1, 2, 3 …, or something of one is gone.
    """
    found = tuple(RunFact(**row._mapping) for row in connection.execute(select(_run).order_by(_run.c.run)))  # noqa: SLF001  the public name of SQLAlchemy's mapping view
    if [each.run for each in found] != [*range(1, len(found) + 1)] or any(None in astuple(each) for each in found):
        raise StoreDamaged("(The record of the nights has a gap.)")
    if not all(_SHA256.fullmatch(each.manifest_sha256) for each in found):  # the next night would name it
        raise StoreDamaged("(The hash of a night is none.)")
    return found


def add(connection: Connection, run: RunFact, closing: Mapping[tuple[str, str], tuple[int, int]]) -> None:
    """Append a run with what is open at its end, by store and currency: coupons, and their cost in minor units.

    FactExists when another run has this number.
    """
    values = {"run": run.run, "business_day": run.business_day, "marks": run.marks}
    connection.execute(insert(_run).values(**values, manifest_sha256=run.manifest_sha256, at=run.at))
    open_ = [
        {"run": run.run, "store": store, "currency": currency, "coupons": coupons, "cost_minor": cost}
        for (store, currency), (coupons, cost) in closing.items()
        if coupons or cost
    ]
    if open_:
        connection.execute(insert(_balance), open_)


def closing_of(connection: Connection, run: int) -> dict[tuple[str, str], tuple[int, int]]:
    """What was open at the end of a run; nothing for a run there never was."""
    found = connection.execute(select(_balance).where(_balance.c.run == run))
    return {(row.store, row.currency): (row.coupons, row.cost_minor) for row in found}


def delivered(connection: Connection) -> frozenset[int]:
    """The runs whose folder has reached its place."""
    return frozenset(connection.execute(select(_delivery.c.run)).scalars())


def add_delivery(connection: Connection, run: int, at: datetime) -> None:
    """A run has reached its place. FactExists when that is on record."""
    connection.execute(insert(_delivery).values(run=run, at=at))


def stores(connection: Connection) -> tuple[StoreRow, ...]:
    """Every shop, in the order of their ids. StoreDamaged where one could not have been put in like that."""
    columns = (_store.c.id, _store.c.name, _store.c.timezone, _store.c.currency, _store.c.day_starts)
    return tuple(sorted(_store_row(*row) for row in connection.execute(select(*columns))))


def _store_row(*values: str) -> StoreRow:
    try:
        row = StoreRow(*values)
        ZoneInfo(row.timezone)
        time.fromisoformat(row.day_starts)
    except (TypeError, ValueError, LookupError, OSError) as error:  # a zone's name that is none may be any of them
        raise StoreDamaged("(A shop in it is none.)") from error
    if None in values:
        raise StoreDamaged("(Something of a shop in it is gone.)")
    return row
