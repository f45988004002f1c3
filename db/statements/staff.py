"""Statements on people and their wrong PINs. The connection comes first; nothing here commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from db.tables import core_tables
from db.tables.column_types import Role, member
from db.tables.facts import LockFact, StaffFact, made

_staff = core_tables.staff
_lock = core_tables.sign_in_lock


def add(connection: Connection, store: str, name: str, role: Role, pin_hash: str) -> int:
    """A new person with the next free id of the store. Returns the id."""
    highest = connection.execute(select(func.max(_staff.c.id)).where(_staff.c.store == store)).scalar()
    number = (highest or 0) + 1
    connection.execute(
        insert(_staff),
        {"store": store, "id": number, "name": name, "role": role, "pin_hash": pin_hash, "active": True},
    )
    return number


def everyone(connection: Connection, store: str) -> tuple[StaffFact, ...]:
    """All people of a store, by id, those who left included."""
    rows = connection.execute(select(_staff).where(_staff.c.store == store).order_by(_staff.c.id))
    return tuple(made(StaffFact, {**row._mapping, "role": member(Role, row.role)}) for row in rows)  # noqa: SLF001  public view


def get(connection: Connection, store: str, number: int) -> StaffFact | None:
    """The person with this id."""
    return next((person for person in everyone(connection, store) if person.id == number), None)


def disable(connection: Connection, store: str, number: int) -> bool:
    """Nobody signs in as this person any more. False when they could not before either."""
    active = update(_staff).where(_staff.c.store == store, _staff.c.id == number, _staff.c.active)
    return connection.execute(active.values(active=False)).rowcount == 1


def set_pin(connection: Connection, store: str, number: int, pin_hash: str) -> None:
    """A new PIN; wrong tries with the old one are forgiven."""
    connection.execute(update(_staff).where(_staff.c.store == store, _staff.c.id == number).values(pin_hash=pin_hash))
    forgive(connection, store, number)


def lock_of(connection: Connection, store: str, number: int) -> LockFact:
    """Wrong tries since the last right PIN, and until when the person must wait."""
    row = connection.execute(select(_lock).where(_lock.c.store == store, _lock.c.staff == number)).first()
    return (
        LockFact(failures=row.failures, locked_until=row.locked_until)
        if row
        else LockFact(failures=0, locked_until=None)
    )


def count_failure(connection: Connection, store: str, number: int) -> int:
    """One more wrong PIN. Returns how many there are now."""
    counted = (
        upsert(_lock)
        .values(store=store, staff=number, failures=1)
        .on_conflict_do_update(index_elements=["store", "staff"], set_={"failures": _lock.c.failures + 1})
        .returning(_lock.c.failures)
    )
    return int(connection.execute(counted).scalar_one())


def lock_until(connection: Connection, store: str, number: int, until: datetime) -> None:
    """No further tries before `until`, which may be sooner than that of a lock a clock that was ahead has left."""
    connection.execute(update(_lock).where(_lock.c.store == store, _lock.c.staff == number).values(locked_until=until))


def forgive(connection: Connection, store: str, number: int) -> None:
    """A right PIN wipes the slate."""
    connection.execute(delete(_lock).where(_lock.c.store == store, _lock.c.staff == number))
