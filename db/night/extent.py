"""What facts reach over: those of a run, over which time and in which currencies; all, over which days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, Date, text

from db.night import marks
from db.night.span import Span
from db.tables.column_types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Extent:
    """What the facts of a run reach over."""

    first: datetime | None
    """The earliest time on any of them that is of the day it closes, or of an earlier one; None: there are none."""
    last: datetime | None
    far: Sequence[date]
    """The days of the others, and of coupons that are of later days than what became of them, in order."""
    currencies: frozenset[str]
    """Of its coupons."""


def extent(connection: Connection, span: Span) -> Extent:
    """Look through the facts of a run."""
    near, far = replace(span, far=None), _far(connection, span)
    times: list[datetime] = []
    for table, name in (("coupon", "issued_at"), ("coupon_event", "at"), ("refusal", "at"), ("conflict", "at")):
        asked = f"SELECT min(f.{name}) AS first, max(f.{name}) AS last FROM {table} f WHERE {near.taken(table, 'f')}"  # noqa: S608  ours
        row = connection.execute(text(asked).columns(first=UtcDateTime, last=UtcDateTime)).one()
        times += [at for at in row if at is not None]
    asked = f"SELECT DISTINCT f.currency FROM coupon f WHERE {(span if far else near).taken('coupon', 'f')}"  # noqa: S608  ours
    currencies = frozenset(connection.execute(text(asked)).scalars())
    last = max(times, default=None)
    if last is not None:
        far = sorted({*far, *_given_later(connection, span, last.date())})
    return Extent(min(times, default=None), last, far, currencies)


def _given_later(connection: Connection, span: Span, last: date) -> set[date]:
    """The days after `last` of coupons that something became of in this run: a wrong clock gave them."""
    asked = (
        f"SELECT DISTINCT c.business_date AS day FROM coupon c WHERE c.business_date > '{last}'"  # noqa: S608  ours
        f" AND c.business_date <= '{date.max}' AND EXISTS"
        f" (SELECT 1 FROM coupon_event f WHERE f.code = c.code AND {span.taken('coupon_event', 'f')})"
    )
    return set(connection.execute(text(asked).columns(day=Date)).scalars())


def _far(connection: Connection, span: Span) -> list[date]:
    """The days after `Span.far` that facts of the run are of. Between two days, for the index: see `history._ahead`."""
    days: set[date] = set()
    for table in marks.FACTS if span.far is not None else ():
        asked = (
            f"SELECT DISTINCT f.business_date AS day FROM {table} f WHERE {span.taken(table, 'f')}"  # noqa: S608  ours
            f" AND f.business_date > '{span.far}' AND f.business_date <= '{date.max}'"
        )
        days.update(connection.execute(text(asked).columns(day=Date)).scalars())
    return sorted(days)


def around(connection: Connection, day: date) -> list[date]:
    """The business days of facts next to a day, on either side: of each kind that an index finds by its day."""
    found: list[date | None] = []
    for table in ("coupon", "coupon_event", "refusal"):
        for nearest, side in (("max", "<="), ("min", ">")):
            asked = f"SELECT {nearest}(f.business_date) AS day FROM {table} f WHERE f.business_date {side} :day"  # noqa: S608  ours
            found.append(connection.execute(text(asked).columns(day=Date), {"day": day}).scalar())
    return [each for each in found if each is not None]
