"""What the doctor says of nights: which was the last, and whether the next export would doubt the clock. Only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_recovery.system.exits import ExitCode

if TYPE_CHECKING:
    from pos_recovery.rules.business_days import Clock
    from pos_recovery.system.locations import Home


def outlook(home: Home, clock: Clock) -> tuple[str, ExitCode] | None:
    """In words, and how bad it is: of the register's own ledger. None: it has no night, or cannot be read now."""
    from db.connection.engine import open_engine, reading, sqlite_url
    from db.connection.errors import StoreError
    from db.night import runs as records
    from pos_recovery.export.closing import outcome_words
    from pos_recovery.export.closing.choose_day import choose
    from pos_recovery.export.closing.outcomes import DayFarOff, NightAhead, TooNew
    from pos_recovery.export.facts.run_inputs import FormatTooNewError, from_rows

    engine = open_engine(sqlite_url(home.ledger))
    try:
        with reading(engine) as connection:
            rows, stores = records.every(connection), records.stores(connection)
        choice = choose(engine, from_rows(rows), stores, None, clock())
    except StoreError:
        return None
    except FormatTooNewError as error:
        return outcome_words.sentence(TooNew(error.run)), ExitCode.REFUSED
    finally:
        engine.dispose()
    if isinstance(choice, DayFarOff | NightAhead):
        return outcome_words.sentence(choice), ExitCode.REFUSED
    return (f"the last one is {rows[-1].business_day}_{rows[-1].run:06d}", ExitCode.DONE) if rows else None
