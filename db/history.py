"""What a run is judged against: how it was in the four weeks before. And the redemptions that were lost.

Told from the same marks as the facts themselves (`db.nights`), so that a run told again is judged as it was: of the
weeks before only what runs before have told. Nothing here judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Date, TextClause, TextualSelect, text

from db import marks
from db.nights import Shown, Span, by_clock
from db.types import UtcDateTime

WEEKS = timedelta(days=28)
"""Four of each day of the week."""
SHIFTS = {"morning": (4, 10), "midday": (11, 16)}
"""The first and the last hour on a store's clocks; all others, 17 to 3, are the evening."""
EVENING = "evening"


@dataclass(frozen=True, slots=True)
class Usual:
    """A store's shift in the weeks before."""

    store: str
    shift: str
    coupons: int
    person_shifts: int
    """How often somebody gave a coupon in such a shift: each person and day once."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A register that gave or redeemed in the weeks before."""

    store: str
    register: str
    last_day: date


@dataclass(frozen=True, slots=True)
class Lost:
    """A redemption of this run that was made without the hub and lost, and the one that was there first."""

    code: str
    store: str
    register: str
    staff: int
    business_date: date
    at: datetime
    winner_n: int
    winner_store: str | None
    """None, like the others: it is not on record here."""
    winner_register: str | None
    winner_staff: int | None
    winner_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """All of it. In the order of stores."""

    usual: Sequence[Usual] = ()
    trading_days: Sequence[tuple[str, int]] = ()
    """Of each store, the business days in the weeks before on which anything is on record."""
    heard: Sequence[Heard] = ()
    lost: Sequence[Lost] = ()


def shift(hour: str) -> str:
    """The SQL expression for the shift that an hour belongs to."""
    cases = (f"WHEN {hour} BETWEEN {first} AND {last} THEN '{name}'" for name, (first, last) in SHIFTS.items())
    return f"CASE {' '.join(cases)} ELSE '{EVENING}' END"


def before(connection: Connection, span: Span, shown: Shown) -> History:
    """Read it. The connection is one of `engine.reading`.

    Args:
        connection: Where.
        span: The facts of the run that is judged.
        shown: How they are put in words: the hours of the weeks before are those on the stores' clocks.
    """
    return History(
        tuple(Usual(*row) for row in connection.execute(_plain(_usual(connection, span, shown)))),
        tuple((store, days) for store, days in connection.execute(_plain(_trading_days(span)))),
        tuple(Heard(*row) for row in connection.execute(_plain(_heard(span)).columns(last_day=Date))),
        tuple(Lost(*row) for row in connection.execute(_lost(span))),
    )


def _usual(connection: Connection, span: Span, shown: Shown) -> str:
    clock = by_clock(span, shown, connection.dialect.name, "c", "issued_at")
    return (
        f"WITH {clock.tables},\ng AS (\n"
        "SELECT c.store AS store, c.business_date AS day, c.staff AS staff,"
        f" {shift(clock.hour)} AS shift, count(*) AS many\n"
        f"FROM coupon c {clock.joins}\nWHERE {_recent(span, 'coupon', 'c')}\nGROUP BY 1, 2, 3, 4)\n"
        "SELECT store, shift, CAST(sum(many) AS BIGINT), count(*) FROM g GROUP BY store, shift ORDER BY store, shift"
    )


def _trading_days(span: Span) -> str:
    each = (
        f"SELECT f.store AS store, f.business_date AS day FROM {table} f WHERE {_recent(span, table, 'f')}"  # noqa: S608  see above
        for table in ("coupon", "coupon_event", "refusal")
    )
    return f"SELECT store, count(*) FROM ({' UNION '.join(each)}) d GROUP BY store ORDER BY store"  # noqa: S608  see above


def _heard(span: Span) -> str:
    return (
        "SELECT store, register, max(day) AS last_day FROM (\n"  # noqa: S608  see above
        "SELECT c.store AS store, c.register AS register, max(c.business_date) AS day FROM coupon c"
        f" WHERE {_recent(span, 'coupon', 'c')} GROUP BY c.store, c.register\nUNION ALL\n"
        "SELECT e.store, e.register, max(e.business_date) FROM coupon_event e"
        f" WHERE {_recent(span, 'coupon_event', 'e')} AND e.kind = 'redeemed' GROUP BY e.store, e.register\n"
        ") h GROUP BY store, register ORDER BY store, register"
    )


def _lost(span: Span) -> TextualSelect:
    """The winner was on record before the loser was, whatever business day it is of: its mark is all that matters."""
    statement = (
        "SELECT x.code, x.store, x.register, x.staff, x.business_date, x.at, x.winner_n,\n"
        "  w.store AS winner_store, w.register AS winner_register, w.staff AS winner_staff, w.at AS winner_at\n"
        "FROM conflict x LEFT JOIN coupon_event w ON w.code = x.code AND w.n = x.winner_n"
        f" AND {marks.behind('coupon_event', span.until, 'w')}\n"
        f"WHERE {span.taken('conflict', 'x')}\nORDER BY x.store, x.business_date, x.at, x.code, x.request_id"
    )
    typed: dict[str, Any] = {"business_date": Date, "at": UtcDateTime, "winner_at": UtcDateTime}
    return _plain(statement).columns(**typed)


def _recent(span: Span, table: str, name: str) -> str:
    """Told before this run, of the weeks before the day it closes."""
    days = f"{name}.business_date >= '{span.day - WEEKS}' AND {name}.business_date < '{span.day}'"
    return f"{span.told_before(table, name)} AND {days}"


def _plain(statement: str) -> TextClause:
    """Nothing is bound, but zones and instants have colons."""
    return text(statement.replace(":", r"\:"))
