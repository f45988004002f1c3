"""What facts reach over: those of a run, over which time and in which currencies; all, over which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Date, text

from db.nights import Span
from db.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Extent:
    """What the facts of a run reach over."""

    first: datetime | None
    """The earliest time on any of them; None: there are none."""
    last: datetime | None
    currencies: frozenset[str]
    """Of its coupons."""


def extent(connection: Connection, span: Span) -> Extent:
    """Look through the facts of a run."""
    times: list[datetime] = []
    for table, name in (("coupon", "issued_at"), ("coupon_event", "at"), ("refusal", "at"), ("conflict", "at")):
        asked = f"SELECT min(f.{name}) AS first, max(f.{name}) AS last FROM {table} f WHERE {span.taken(table, 'f')}"  # noqa: S608  ours
        row = connection.execute(text(asked).columns(first=UtcDateTime, last=UtcDateTime)).one()
        times += [at for at in row if at is not None]
    asked = f"SELECT DISTINCT f.currency FROM coupon f WHERE {span.taken('coupon', 'f')}"  # noqa: S608  ours
    currencies = frozenset(connection.execute(text(asked)).scalars())
    return Extent(min(times, default=None), max(times, default=None), currencies)


def around(connection: Connection, day: date) -> list[date]:
    """The business days of facts next to a day, on either side: of each kind that an index finds by its day."""
    found: list[date | None] = []
    for table in ("coupon", "coupon_event", "refusal"):
        for nearest, side in (("max", "<="), ("min", ">")):
            asked = f"SELECT {nearest}(f.business_date) AS day FROM {table} f WHERE f.business_date {side} :day"  # noqa: S608  ours
            found.append(connection.execute(text(asked).columns(day=Date), {"day": day}).scalar())
    return [each for each in found if each is not None]
