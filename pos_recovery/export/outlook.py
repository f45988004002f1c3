"""What the doctor says of nights: which was the last, and whether the next export would doubt the clock. Only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_recovery.exits import ExitCode

if TYPE_CHECKING:
    from pos_recovery.business import Clock
    from pos_recovery.locations import Home


def outlook(home: Home, clock: Clock) -> tuple[str, ExitCode] | None:
    """In words, and how bad it is: of the register's own ledger. None: it has no night, or cannot be read now."""
    from db import runs as records
    from db.engine import open_engine, reading, sqlite_url
    from db.errors import StoreError
    from pos_recovery.export import telling
    from pos_recovery.export.basis import FormatTooNewError, from_rows
    from pos_recovery.export.choosing import choose
    from pos_recovery.export.outcomes import DayFarOff, NightAhead, TooNew

    engine = open_engine(sqlite_url(home.ledger))
    try:
        with reading(engine) as connection:
            rows, stores = records.every(connection), records.stores(connection)
        choice = choose(engine, from_rows(rows), stores, None, clock())
    except StoreError:
        return None
    except FormatTooNewError as error:
        return telling.sentence(TooNew(error.run)), ExitCode.REFUSED
    finally:
        engine.dispose()
    if isinstance(choice, DayFarOff | NightAhead):
        return telling.sentence(choice), ExitCode.REFUSED
    return (f"the last one is {rows[-1].business_day}_{rows[-1].run:06d}", ExitCode.DONE) if rows else None
