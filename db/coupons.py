"""Statements on coupons, what became of them, and refusals. The connection comes first; nothing here commits.

Deciding is not done here: these functions read and append. What makes a redemption happen at most once is the key
of `coupon_event`: whoever writes (code, n) first has won, and the other gets a FactExists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select

from db.facts import CouponFact, EventFact, RefusalFact, params
from db.models import Coupon, CouponEvent, Refusal
from db.types import Ending, Kind

_coupon = Coupon.__table__  # type: ignore[attr-defined]  # SQLModel adds it; its types do not say so
_event = CouponEvent.__table__  # type: ignore[attr-defined]
_refusal = Refusal.__table__  # type: ignore[attr-defined]

_ADD_COUPON = insert(_coupon)
_ADD_EVENT = insert(_event)
_ADD_REFUSAL = insert(_refusal)
_BY_CODES = select(_coupon).where(_coupon.c.code.in_(bindparam("codes", expanding=True)))
_EVENTS = (
    select(_event).where(_event.c.code.in_(bindparam("codes", expanding=True))).order_by(_event.c.code, _event.c.n)
)
_BY_REQUEST = select(_coupon).where(_coupon.c.request_id == bindparam("request_id"))
_EVENT_BY_REQUEST = select(_event).where(_event.c.request_id == bindparam("request_id"))
_NEWEST_COUPON = select(func.max(_coupon.c.issued_at))
_NEWEST_EVENT = select(func.max(_event.c.at))


def _coupon_fact(row: Row[Any]) -> CouponFact:
    return CouponFact(**row._mapping)  # noqa: SLF001  the public name of SQLAlchemy's mapping view


def _event_fact(row: Row[Any]) -> EventFact:
    values = dict(row._mapping)  # noqa: SLF001  see above
    values["kind"] = Kind(values["kind"])
    values["ending"] = Ending(values["ending"]) if values["ending"] else None
    return EventFact(**values)


def add(connection: Connection, coupon: CouponFact) -> None:
    """Append a coupon. FactExists when its code or request id is taken."""
    connection.execute(_ADD_COUPON, params(coupon))


def add_event(connection: Connection, event: EventFact) -> None:
    """Append what became of a coupon. FactExists when (code, n) or the request id is taken."""
    connection.execute(_ADD_EVENT, params(event))


def add_refusal(connection: Connection, refusal: RefusalFact) -> None:
    """Append a refusal."""
    connection.execute(_ADD_REFUSAL, params(refusal))


def find(connection: Connection, codes: Sequence[str]) -> CouponFact | None:
    """The first of `codes` that is a coupon here, in the order given."""
    found = {row.code: row for row in connection.execute(_BY_CODES, {"codes": list(codes)})}
    return next((_coupon_fact(found[code]) for code in codes if code in found), None)


def find_by_request(connection: Connection, request_id: str) -> CouponFact | None:
    """The coupon issued under this request id."""
    row = connection.execute(_BY_REQUEST, {"request_id": request_id}).first()
    return _coupon_fact(row) if row else None


def event_by_request(connection: Connection, request_id: str) -> EventFact | None:
    """What was recorded under this request id."""
    row = connection.execute(_EVENT_BY_REQUEST, {"request_id": request_id}).first()
    return _event_fact(row) if row else None


def events(connection: Connection, codes: Iterable[str]) -> dict[str, tuple[EventFact, ...]]:
    """What became of each of `codes`, oldest first. Codes with no events are not in the answer."""
    by_code: dict[str, list[EventFact]] = {}
    for row in connection.execute(_EVENTS, {"codes": list(codes)}):
        by_code.setdefault(row.code, []).append(_event_fact(row))
    return {code: tuple(happened) for code, happened in by_code.items()}


def newest_instant(connection: Connection) -> datetime | None:
    """The latest time on any fact here. Two index look-ups, whatever the size of the tables."""
    found = [connection.execute(newest).scalar() for newest in (_NEWEST_COUPON, _NEWEST_EVENT)]
    return max((instant for instant in found if instant is not None), default=None)


def of_day(
    connection: Connection, business_date: date, *, containing: str = "", limit: int = 200
) -> tuple[CouponFact, ...]:
    """Coupons issued on a business day, newest first. `containing` is part of a code, already upper case."""
    wanted = select(_coupon).where(_coupon.c.business_date == business_date)
    if containing:
        wanted = wanted.where(_coupon.c.code.contains(containing, autoescape=True))
    newest_first = wanted.order_by(_coupon.c.issued_at.desc(), _coupon.c.code).limit(limit)
    return tuple(_coupon_fact(row) for row in connection.execute(newest_first))


def matching(connection: Connection, part: str, *, limit: int = 50) -> tuple[CouponFact, ...]:
    """Coupons of any day whose code begins with `part`, newest first."""
    wanted = select(_coupon).where(_coupon.c.code >= part, _coupon.c.code < part + "~")
    newest_first = wanted.order_by(_coupon.c.issued_at.desc()).limit(limit)
    return tuple(_coupon_fact(row) for row in connection.execute(newest_first))


def count_given(connection: Connection, business_date: date, store: str, staff: int) -> int:
    """Coupons this person has given on this business day, voided ones not counted."""
    voided = select(_event.c.code).where(_event.c.kind == Kind.VOIDED)
    counted = select(func.count()).where(
        _coupon.c.business_date == business_date,
        _coupon.c.store == store,
        _coupon.c.staff == staff,
        _coupon.c.code.not_in(voided.where(_event.c.code == _coupon.c.code)),
    )
    return connection.execute(counted).scalar_one()


def events_of_day(connection: Connection, business_date: date) -> tuple[EventFact, ...]:
    """Everything that became of coupons on a business day, oldest first."""
    wanted = select(_event).where(_event.c.business_date == business_date).order_by(_event.c.at, _event.c.n)
    return tuple(_event_fact(row) for row in connection.execute(wanted))


def count_refusals(connection: Connection) -> int:
    """How many refusals are on record."""
    return connection.execute(select(func.count()).select_from(_refusal)).scalar_one()
