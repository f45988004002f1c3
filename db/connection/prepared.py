"""Core statements compiled once and run on the driver itself: for the ways a guest waits for, and for nothing else.

The statement is SQLAlchemy's, on Core's tables, and so are the types that carry values in and out. What is left
out is what SQLAlchemy does anew each time one is executed: cache key, execution context, result object. A coupon
looked up by its code between two commits, when the processor's caches have gone cold (medians, microseconds):

    execute, code IN (:codes)   405
    execute, code = :code       198
    exec_driver_sql             194
    prepared, here               46

Deliberately not for everything: `connection.execute` is shorter to read, and nobody waits for the rest. SQLAlchemy's
events do not hear of a prepared statement; SQLite's own trace does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, cast

from sqlalchemy import Connection, Insert, Select
from sqlalchemy.dialects import sqlite

from db.connection.file_identity import Placed

_DIALECT = sqlite.dialect()
_Process = Callable[[Any], Any]


def driver_of(connection: Connection) -> Placed:
    """The sqlite3 module's connection behind one of SQLAlchemy's."""
    return cast("Placed", connection.connection.dbapi_connection)


class Prepared:
    """A statement ready to be run any number of times. Compiled when first run, not at import.

    Args:
        statement: What to run. Each value in it is a parameter.
        parameters: Their names, in the order the statement has them. Of an INSERT: the columns that get a value.
    """

    def __init__(self, statement: Select[Any] | Insert, parameters: Sequence[str] = ()) -> None:
        self._statement = statement
        self._parameters = list(parameters)

    @cached_property
    def _compiled(self) -> tuple[str, list[tuple[int, _Process]]]:
        """The text, and the parameters that SQLite does not take as they are.

        Raises ValueError when the statement has other parameters, or has them in another order.
        """
        columns = self._parameters if isinstance(self._statement, Insert) else None
        compiled = self._statement.compile(dialect=_DIALECT, column_keys=columns)
        found = compiled.positiontup or []
        if found != self._parameters:
            raise ValueError(f"parameters are {found}, not {self._parameters}")
        kinds = [compiled.binds[name].type.dialect_impl(_DIALECT) for name in found]
        return str(compiled), _needed([kind.bind_processor(_DIALECT) for kind in kinds])

    @cached_property
    def _ways_out(self) -> list[tuple[int, _Process]]:
        """The columns whose values are not as SQLite keeps them."""
        assert isinstance(self._statement, Select)  # noqa: S101  narrows the type
        kinds = [column.type.dialect_impl(_DIALECT) for column in self._statement.selected_columns]
        return _needed([kind.result_processor(_DIALECT, None) for kind in kinds])

    def run(self, connection: Connection, values: Iterable[Any]) -> sqlite3.Cursor:
        """Run it inside the connection's transaction, with a value for each parameter."""
        text, ways_in = self._compiled
        bound = list(values)
        for place, process in ways_in:
            bound[place] = process(bound[place])
        return driver_of(connection).execute(text, bound)

    def rows(self, connection: Connection, values: Iterable[Any]) -> list[list[Any]]:
        """What a SELECT finds, column by column in the order it names them."""
        found = [list(row) for row in self.run(connection, values)]
        for row in found:
            for place, process in self._ways_out:
                row[place] = process(row[place])
        return found


def _needed(processes: list[_Process | None]) -> list[tuple[int, _Process]]:
    """Those that are not None, each with its place."""
    return [(place, process) for place, process in enumerate(processes) if process]
