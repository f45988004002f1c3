"""Statements on coupons, what became of them, and refusals. The connection comes first; nothing here commits.

Deciding is not done here: these functions read and append. What makes a redemption happen at most once is the key
of `coupon_event`: whoever writes (code, n) first has won, and the other gets a FactExists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select

from db.connection.prepared import Prepared
from db.tables import core_tables
from db.tables.column_types import Ending, Entry, Kind, member
from db.tables.facts import CouponFact, EventFact, RefusalFact, made, params

_coupon = core_tables.coupon
_event = core_tables.coupon_event
_refusal = core_tables.refusal
_staff = core_tables.staff

_COUPON_FIELDS = [column.name for column in _coupon.c]
_EVENT_FIELDS = [column.name for column in _event.c]
_coupon_values = attrgetter(*_COUPON_FIELDS)
_event_values = attrgetter(*_EVENT_FIELDS)
_ADD_COUPON = Prepared(insert(_coupon), _COUPON_FIELDS)
_ADD_EVENT = Prepared(insert(_event), _EVENT_FIELDS)
_ADD_REFUSAL = insert(_refusal)
_BY_CODES = select(_coupon).where(_coupon.c.code.in_(bindparam("codes", expanding=True)))
_EVENTS = (
    select(_event).where(_event.c.code.in_(bindparam("codes", expanding=True))).order_by(_event.c.code, _event.c.n)
)
_BY_REQUEST = select(_coupon).where(_coupon.c.request_id == bindparam("request_id"))
_EVENT_BY_REQUEST = select(_event).where(_event.c.request_id == bindparam("request_id"))
_GUESSES = (
    select(_refusal.c.at)
    .where(
        _refusal.c.at > bindparam("since"),
        _refusal.c.at <= bindparam("until"),
        _refusal.c.store == bindparam("store"),
        _refusal.c.register == bindparam("register"),
        _refusal.c.kind == "unknown",
        _refusal.c.entry.in_((Entry.TYPED, Entry.COMMAND)),
    )
    .order_by(_refusal.c.at.desc())
    .limit(bindparam("most"))
)
_NEWEST_COUPON = select(func.max(_coupon.c.issued_at)).scalar_subquery()
_NEWEST_EVENT = select(func.max(_event.c.at)).scalar_subquery()
_NEWEST = Prepared(select(_NEWEST_COUPON, _NEWEST_EVENT))
_GIVEN = (
    select(func.count())
    .where(
        _coupon.c.business_date == bindparam("day"),
        _coupon.c.store == bindparam("store"),
        _coupon.c.staff == bindparam("staff"),
        ~select(_event.c.n).where(_event.c.code == _coupon.c.code, _event.c.kind == bindparam("kind")).exists(),
    )
    .select_from(_coupon)
    .scalar_subquery()
)
_BEFORE_ISSUING = Prepared(select(_GIVEN, _NEWEST_COUPON, _NEWEST_EVENT), ("day", "store", "staff", "kind"))
_giver = _staff.alias()
_doer = _staff.alias()
_STORY = Prepared(
    select(*_coupon.c, _giver.c.name, _NEWEST_COUPON, _NEWEST_EVENT, *_event.c, _doer.c.name)
    .select_from(_coupon)
    .outerjoin(_giver, (_giver.c.store == _coupon.c.store) & (_giver.c.id == _coupon.c.staff))
    .outerjoin(_event, _event.c.code == _coupon.c.code)
    .outerjoin(_doer, (_doer.c.store == _event.c.store) & (_doer.c.id == _event.c.staff))
    .where(_coupon.c.code == bindparam("code"))
    .order_by(_event.c.n),
    ("code",),
)
"""A coupon with its events, the names in them and the latest time on any fact, in one statement: a redemption waits for
each one it makes."""


def _coupon_fact(row: Row[Any]) -> CouponFact:
    return made(CouponFact, row._mapping)  # noqa: SLF001  the public name of SQLAlchemy's mapping view


def _event_fact(values: Mapping[Any, Any]) -> EventFact:
    ending = values["ending"]
    told = {"kind": member(Kind, values["kind"]), "ending": member(Ending, ending) if ending else None}
    return made(EventFact, {**values, **told})


def add(connection: Connection, coupon: CouponFact) -> None:
    """Append a coupon. FactExists when its code or request id is taken."""
    _ADD_COUPON.run(connection, _coupon_values(coupon))


def add_event(connection: Connection, event: EventFact) -> None:
    """Append what became of a coupon. FactExists when (code, n) or the request id is taken."""
    _ADD_EVENT.run(connection, _event_values(event))


def add_refusal(connection: Connection, refusal: RefusalFact) -> None:
    """Append a refusal."""
    connection.execute(_ADD_REFUSAL, params(refusal))


def guesses(
    connection: Connection, store: str, register: str, since: datetime, until: datetime, most: int
) -> tuple[datetime, ...]:
    """When codes that do not exist were entered by hand at this register, the newest first, at most so many."""
    asked = {"since": since, "until": until, "store": store, "register": register, "most": most}
    return tuple(connection.execute(_GUESSES, asked).scalars())


def find(connection: Connection, codes: Sequence[str]) -> CouponFact | None:
    """The first of `codes` that is a coupon here, in the order given."""
    found = {row.code: row for row in connection.execute(_BY_CODES, {"codes": list(codes)})}
    return next((_coupon_fact(found[code]) for code in codes if code in found), None)


def of_codes(connection: Connection, codes: Collection[str]) -> tuple[CouponFact, ...]:
    """The coupons with these codes, newest first."""
    found = [_coupon_fact(row) for row in connection.execute(_BY_CODES, {"codes": list(codes)})]
    return tuple(sorted(found, key=lambda coupon: coupon.issued_at, reverse=True))


def find_by_request(connection: Connection, request_id: str) -> CouponFact | None:
    """The coupon issued under this request id."""
    row = connection.execute(_BY_REQUEST, {"request_id": request_id}).first()
    return _coupon_fact(row) if row else None


def event_by_request(connection: Connection, request_id: str) -> EventFact | None:
    """What was recorded under this request id."""
    row = connection.execute(_EVENT_BY_REQUEST, {"request_id": request_id}).first()
    return _event_fact(row._mapping) if row else None  # noqa: SLF001  see above


def events(connection: Connection, codes: Iterable[str]) -> dict[str, tuple[EventFact, ...]]:
    """What became of each of `codes`, oldest first. Codes with no events are not in the answer."""
    by_code: dict[str, list[EventFact]] = {}
    for row in connection.execute(_EVENTS, {"codes": list(codes)}):
        by_code.setdefault(row.code, []).append(_event_fact(row._mapping))  # noqa: SLF001  see above
    return {code: tuple(happened) for code, happened in by_code.items()}


def find_story(
    connection: Connection, codes: Sequence[str]
) -> tuple[CouponFact, tuple[EventFact, ...], dict[int, str], datetime | None] | None:
    """The first of `codes` that is a coupon here, its events, the names of the people in them, and `newest_instant`."""
    rows = next((found for code in codes if (found := _STORY.rows(connection, (code,)))), None)
    if rows is None:
        return None
    width = len(_COUPON_FIELDS)
    coupon = made(CouponFact, dict(zip(_COUPON_FIELDS, rows[0][:width], strict=True)))
    giver, *newest = rows[0][width : width + 3]
    names = {coupon.staff: giver}
    events = []
    for found in rows:
        *event, doer = found[width + 3 :]
        if event[0] is not None:
            events.append(_event_fact(dict(zip(_EVENT_FIELDS, event, strict=True))))
            names[events[-1].staff] = doer
    return coupon, tuple(events), {number: name for number, name in names.items() if name}, _latest(*newest)


def newest_instant(connection: Connection) -> datetime | None:
    """The latest time on any fact here. Two index look-ups, whatever the size of the tables."""
    return _latest(*_NEWEST.rows(connection, ())[0])


def _latest(*instants: datetime | None) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


def before_issuing(connection: Connection, day: date, store: str, staff: int) -> tuple[int, datetime | None]:
    """What issuing asks for: coupons this person has given on this day, and the latest time on any fact."""
    given, *newest = _BEFORE_ISSUING.rows(connection, (day, store, staff, Kind.VOIDED))[0]
    return given, _latest(*newest)


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


def of_months(
    connection: Connection, part: str, since: datetime, until: datetime, *, limit: int = 50
) -> tuple[CouponFact, ...]:
    """As `matching`, for a part that nearly every coupon issued between these instants begins with.

    Walks back from the newest one and soon has enough, where `matching` puts all of them in order. A million coupons
    of half a year, one letter: 2,070 ms against 2.3; two letters, a month: 428 against 7.8.
    """
    wanted = select(_coupon).where(
        _coupon.c.issued_at >= since,
        _coupon.c.issued_at < until,
        func.substr(_coupon.c.code, 1, len(part)) == part,  # no range: that would be looked up by code again
    )
    newest_first = wanted.order_by(_coupon.c.issued_at.desc()).limit(limit)
    return tuple(_coupon_fact(row) for row in connection.execute(newest_first))


def good_containing(
    connection: Connection, part: str, first_code: str, day: date, *, limit: int = 50
) -> tuple[CouponFact, ...]:
    """Coupons from `first_code` on that have not expired on `day` and whose code contains `part`, newest first.

    Put in order here: asked to, SQLite walks through all coupons by their time instead of this range of codes. A
    million coupons of half a year, 628,000 of them in the range: 160 ms where 5 are found, 210 where 134 are; in order
    it would be 880 and 150. Meant for three letters or more, which one code in 3,000 contains.
    """
    wanted = select(_coupon).where(
        _coupon.c.code >= first_code,
        _coupon.c.code.contains(part, autoescape=True),
        _coupon.c.expires_on >= day,
    )
    found = [_coupon_fact(row) for row in connection.execute(wanted)]
    return tuple(sorted(found, key=lambda coupon: coupon.issued_at, reverse=True)[:limit])


def count_given(connection: Connection, business_date: date, store: str, staff: int) -> int:
    """Coupons this person has given on this business day, voided ones not counted."""
    return before_issuing(connection, business_date, store, staff)[0]


def events_of_day(connection: Connection, business_date: date) -> tuple[EventFact, ...]:
    """Everything that became of coupons on a business day, oldest first."""
    wanted = select(_event).where(_event.c.business_date == business_date).order_by(_event.c.at, _event.c.n)
    return tuple(_event_fact(row._mapping) for row in connection.execute(wanted))  # noqa: SLF001  see above
