"""Which facts belong to a run: arithmetic on marks and days, as conditions of SQL.

A run closes a business day. It takes every fact of that day or an earlier one that is on record and that no run before
has taken. Which those are is arithmetic on marks (`db.night.marks`) and days, so a run can be told again for ever. Two
of each are enough while days go on. Where a clock was ahead, and a later run went back behind that day, there are more.
A fact of a day so far ahead that only a wrong clock can have dated it does not wait for that day, which may never come:
the next run tells it (`Span.far`), and no run after that. For the same reason nothing here looks at a row that may
change, such as a store's, except where `Shown` says what it was, and each look at another fact is held to what had been
told by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from db.night import marks

FIRST_DAY = date.min


@dataclass(frozen=True, slots=True)
class Span:
    """The facts of one run."""

    after: str | None
    """The mark of the run before; None: there was none."""
    after_day: date
    """The business day it closed; `FIRST_DAY` where there was none."""
    until: str
    """The mark of this run."""
    day: date
    """The business day it closes."""
    beyond: tuple[tuple[date, str], ...] = ()
    """Days after `after_day` that still earlier runs had closed, each with the mark of its run."""
    far: date | None = None
    """The run also takes what is of a day after this one: only a wrong clock can have dated it. None: it does not."""
    early: tuple[tuple[date, str], ...] = ()
    """The same of runs before, each with its mark."""

    def told(self, table: str, name: str) -> str:
        """The SQL condition on rows of a table, called `name` in the query: told in this run or before."""
        return _any_of(
            table, name, [(self.day, self.until), *self.told_up_to(self.day)], [*self._far_off(), *self.early]
        )

    def told_before(self, table: str, name: str) -> str:
        """As `told`: before this run."""
        return _any_of(table, name, self.told_up_to(date.min), self.early)

    def told_early(self, table: str, name: str) -> str:
        """As `told`: before this run, and before its day."""
        return _any_of(table, name, (), self.early)

    def told_up_to(self, after: date) -> list[tuple[date, str]]:
        """Days after that one which runs before had closed, each with the mark up to which its facts are told."""
        closed = [(self.after_day, self.after), *self.beyond]
        return [(day, mark) for day, mark in closed if mark is not None and day > after]

    def taken(self, table: str, name: str) -> str:
        """As `told`: in this run. Written so that an index can find either half."""
        own = _any_of(table, name, [(self.day, self.until)], self._far_off())
        if self.after is None:
            return own
        behind = marks.between(table, self.after, self.until, name)
        return f"({own} AND (({behind}) OR {self.waited(table, name)}))"

    def waited(self, table: str, name: str) -> str:
        """As `told`, of rows behind the mark of the run before: that neither it nor an earlier one has told them."""
        told = f" AND NOT {_any_of(table, name, self.beyond, self.early)}" if self.beyond or self.early else ""
        return f"{name}.business_date > '{self.after_day}'{told}"

    def late(self, name: str) -> str:
        """The SQL condition for a fact of a day that had been closed before; of a run that goes back, most are."""
        return f"{name}.business_date <= '{self.after_day}'" if self.after is not None else "1 = 0"

    def ahead(self, name: str) -> str:
        """The SQL condition for a fact of a later day than the run closes."""
        return f"{name}.business_date > '{self.day}'"

    def _far_off(self) -> list[tuple[date, str]]:
        return [] if self.far is None else [(self.far, self.until)]


def _any_of(table: str, name: str, told: Sequence[tuple[date, str]], early: Sequence[tuple[date, str]] = ()) -> str:
    """Up to one of the days of `told`, or after one of `early`; and behind the mark beside it."""
    sides = [("<=", *each) for each in told] + [(">", *each) for each in early]
    each = (f"({marks.behind(table, mark, name)} AND {name}.business_date {side} '{day}')" for side, day, mark in sides)
    found = " OR ".join(each) or "(1 = 0)"
    return f"({found})" if len(sides) > 1 else found
