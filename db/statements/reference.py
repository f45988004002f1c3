"""Statements on stores, registers and reasons. The connection comes first; nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from db.connection.errors import StoreDamaged
from db.tables import core_tables

_store = core_tables.store
_register = core_tables.register
_staff = core_tables.staff
_reason = core_tables.reason


def remember_store(
    connection: Connection, store: str, *, name: str, timezone: str, currency: str, day_starts: str = "04:00"
) -> None:
    """The shop as its settings describe it; a changed name replaces the old one. `day_starts`: HH:MM."""
    values = {"name": name, "timezone": timezone, "currency": currency, "day_starts": day_starts}
    connection.execute(
        upsert(_store).values(id=store, **values).on_conflict_do_update(index_elements=["id"], set_=values)
    )


def remember_register(connection: Connection, store: str, register: str) -> None:
    """This terminal."""
    connection.execute(upsert(_register).values(store=store, id=register).on_conflict_do_nothing())


def reasons(connection: Connection) -> dict[str, str]:
    """Every reason a coupon may name: id to name. StoreDamaged where one is gone."""
    found = {row.id: row.name for row in connection.execute(select(_reason))}
    if None in found or None in found.values():
        raise StoreDamaged("(A reason in it is gone.)")
    return found


def people(connection: Connection) -> dict[tuple[str, int], str]:
    """What everybody is called, by store and number, in that order. StoreDamaged where a name is gone."""
    asked = select(_staff.c.store, _staff.c.id, _staff.c.name).order_by(_staff.c.store, _staff.c.id)
    found = {(store, person): name for store, person, name in connection.execute(asked)}
    if None in found.values():
        raise StoreDamaged("(A person in it is gone.)")
    return dict(sorted(found.items()))


def remember_reasons(connection: Connection, names: Mapping[str, str]) -> None:
    """Reasons by id. One that is no longer offered stays: old coupons name it."""
    for reason, name in names.items():
        connection.execute(
            upsert(_reason)
            .values(id=reason, name=name)
            .on_conflict_do_update(index_elements=["id"], set_={"name": name})
        )


def store_row(connection: Connection, store: str) -> tuple[str, str, str, str] | None:
    """Name, time zone, currency and start of the day (HH:MM) of a shop."""
    row = connection.execute(select(_store).where(_store.c.id == store)).first()
    return (row.name, row.timezone, row.currency, row.day_starts) if row else None


def registers(connection: Connection, store: str) -> tuple[str, ...]:
    """Ids of a shop's terminals."""
    return tuple(connection.execute(select(_register.c.id).where(_register.c.store == store)).scalars())
