"""What a run is judged against: how it was in the weeks before, and what runs before have told of what comes late.

And what no file of facts tells: the redemptions that were lost, and facts that are dated ahead.

Told from the same marks as the facts themselves (`db.night.span`), so that a run told again is judged as it was:
of the weeks before only what runs before have told. Nothing here judges. SQLAlchemy is loaded by whoever asks: the
process that judges (`pos_recovery.export.counts.night_counts`) only reads the answers, and has to be small.

A chain has millions of coupons a day. So the database counts, on the days in question only, and never joins by an
estimate of its own that would be a loop within a loop where it is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from db.night import marks
from db.night.span import Span
from db.night.told_facts import Shown, by_clock

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause, TextualSelect

WEEKS = 8
"""So many of each day of the week a run is compared with."""
HEARD_DAYS = 28
"""A register that was not heard for so long, on days such as this one, is not missed."""
SHIFTS = {"morning": (4, 10), "midday": (11, 16)}
"""The first and the last hour on a store's clocks; all others, 17 to 3, are the evening."""
EVENING = "evening"


@dataclass(frozen=True, slots=True)
class Usual:
    """A store's shift on one day of the week, in the weeks before."""

    store: str
    weekday: int
    """1 is Monday."""
    shift: str
    coupons: int
    person_shifts: int
    """How often somebody gave a coupon in such a shift: each person and day once."""


@dataclass(frozen=True, slots=True)
class Given:
    """Coupons of a person and day that runs before have told, while this run tells more of them."""

    store: str
    staff: int
    business_date: date
    coupons: int
    """Without those that are voided, whichever run told it: at least 1."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Facts of a register that are on record and dated on a day that no store had come to."""

    store: str
    register: str
    business_date: date
    facts: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A register that gave or redeemed in the four weeks before."""

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
    trading_days: Sequence[tuple[str, int, int]] = ()
    """Of each store and day of the week, those in the weeks before on which anything is on record."""
    heard: Sequence[Heard] = ()
    lost: Sequence[Lost] = ()
    given: Sequence[Given] = ()
    """Only of people and days that may be above the limit by now."""
    voided: Sequence[str] = ()
    """Codes of coupons of this run whose voiding a run before has told."""
    copied: Sequence[tuple[str, int]] = ()
    """Codes of coupons that this run tells to be reprinted, and how often runs before told it."""
    ahead: Sequence[Ahead] = ()


def shift(hour: str) -> str:
    """The SQL expression for the shift that an hour belongs to."""
    cases = (f"WHEN {hour} BETWEEN {first} AND {last} THEN '{name}'" for name, (first, last) in SHIFTS.items())
    return f"CASE {' '.join(cases)} ELSE '{EVENING}' END"


def before(connection: Connection, span: Span, shown: Shown, *, limit: int, furthest: date) -> History:
    """Read it. The connection is one of `engine.reading`.

    Args:
        connection: Where.
        span: The facts of the run that is judged.
        shown: How they are put in words: the hours of the weeks before are those on the stores' clocks.
        limit: Coupons of a person in a day. Who gave no more is not asked about.
        furthest: The last business day that any store had come to.
    """
    from db.tables.column_types import Day

    ahead = tuple(Ahead(*row) for row in connection.execute(_plain(_ahead(span, furthest)).columns(day=Day)))
    lost = tuple(Lost(*row) for row in connection.execute(_lost(span)))
    if span.after is None:
        return History(lost=lost, ahead=ahead)
    past = History(
        heard=tuple(Heard(*row) for row in connection.execute(_plain(_heard(span)).columns(last_day=Day))),
        lost=lost,
        voided=tuple(connection.execute(_plain(_voided(span))).scalars()),
        copied=tuple((code, many) for code, many in connection.execute(_plain(_copied(span)))),
        ahead=ahead,
    )
    if late := _late_days(connection, span):
        given = connection.execute(_plain(_given(span, late, limit)).columns(day=Day))
        past = replace(past, given=tuple(Given(*row) for row in given))
    if weekdays := _weekdays(span):
        usual = connection.execute(_plain(_usual(connection, span, shown, weekdays)))
        past = replace(past, usual=tuple(Usual(*row) for row in usual))
        trading = connection.execute(_plain(_trading_days(span, weekdays)))
        past = replace(past, trading_days=tuple((store, weekday, days) for store, weekday, days in trading))
    return past


def _weekdays(span: Span) -> dict[int, list[date]]:
    """The days in the weeks before that are of the same day of the week as those that the run closes, by that."""
    many = min(7, (span.day - span.after_day).days)
    closes = {(span.day - timedelta(days=each)).isoweekday() for each in range(many)}
    recent = [span.after_day - timedelta(days=each) for each in range(7 * WEEKS)]
    return {weekday: [day for day in recent if day.isoweekday() == weekday] for weekday in sorted(closes)}


def _weekday(day: str, weekdays: Mapping[int, list[date]]) -> str:
    """The SQL expression for the day of the week. The two databases have no function in common."""
    cases = (f"WHEN {day} IN ({_listed(days)}) THEN {weekday}" for weekday, days in weekdays.items())
    return f"CASE {' '.join(cases)} END"


def _same(span: Span, table: str, name: str, weekdays: Mapping[int, list[date]]) -> str:
    """Told before this run, of those days."""
    days = [day for each in weekdays.values() for day in each]
    return f"{span.told_before(table, name)} AND {name}.business_date IN ({_listed(days)})"


def _listed(days: Iterable[date]) -> str:
    return ", ".join(f"'{day}'" for day in days)


def _usual(connection: Connection, span: Span, shown: Shown, weekdays: Mapping[int, list[date]]) -> str:
    clock = by_clock(span, shown, connection.dialect.name, "c", "issued_at")
    return (
        f"WITH {clock.tables},\ng AS (\n"
        f"SELECT c.store AS store, c.business_date AS day, {_weekday('c.business_date', weekdays)} AS weekday,"
        f" c.staff AS staff, {shift(clock.hour)} AS shift, count(*) AS many\n"
        f"FROM coupon c {clock.joins}\nWHERE {_same(span, 'coupon', 'c', weekdays)} AND {clock.known}\n"
        "GROUP BY 1, 2, 3, 4, 5)\n"
        "SELECT store, weekday, shift, CAST(sum(many) AS BIGINT), count(*) FROM g"
        " GROUP BY store, weekday, shift ORDER BY store, weekday, shift"
    )


def _trading_days(span: Span, weekdays: Mapping[int, list[date]]) -> str:
    each = (
        f"SELECT f.store AS store, f.business_date AS day FROM {table} f WHERE {_same(span, table, 'f', weekdays)}"  # noqa: S608  see above
        for table in ("coupon", "coupon_event", "refusal")
    )
    return (
        f"SELECT store, {_weekday('day', weekdays)} AS weekday, count(*) FROM ({' UNION '.join(each)}) d"  # noqa: S608  see above
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _late(span: Span, name: str) -> str:
    """The condition for a coupon of this run whose day had been closed before, or that is told before its day."""
    told = f"({span.late(name)} OR {span.ahead(name)})" if span.far else span.late(name)
    return f"{marks.between('coupon', span.after, span.until, name)} AND {told} AND {span.taken('coupon', name)}"


def _late_days(connection: Connection, span: Span) -> list[date]:
    """The days of which runs before may have told coupons, too: late ones, and those told before they came."""
    from db.tables.column_types import Day

    asked = f"SELECT f.business_date AS day FROM coupon f WHERE {_late(span, 'f')}"  # noqa: S608  see above
    if span.early:
        asked += (
            f" UNION SELECT f.business_date FROM coupon f WHERE {span.told_early('coupon', 'f')}"  # noqa: S608  see above
            f" AND f.business_date > '{span.after_day}' AND f.business_date <= '{span.day}'"
        )
    asked = f"SELECT DISTINCT day FROM ({asked}) d ORDER BY 1"  # noqa: S608  see above
    return list(connection.execute(_plain(asked).columns(day=Day)).scalars())


def _given(span: Span, days: list[date], limit: int) -> str:
    """Counted twice: plainly at first, to find the few who may be above, and of these without what is voided.

    Deliberately no JOIN with the few: SQLite would look through the whole day for each of them.
    """
    told = f"{span.told_before('coupon', 'f')} AND f.business_date IN ({_listed(days)})"
    each = "SELECT f.store AS store, f.staff AS staff, f.business_date AS day"
    now = _late(span, "f")
    if span.early:  # of a day that has come as well
        now = f"{span.taken('coupon', 'f')} AND f.business_date IN ({_listed(days)})"
    return (
        f"WITH crowd AS (\nSELECT store, staff, day FROM (\n{each}, 0 AS now FROM coupon f WHERE {told}\n"  # noqa: S608  see above
        "UNION ALL\n"
        f"{each}, 1 AS now FROM coupon f WHERE {now}) d\n"
        f"GROUP BY store, staff, day HAVING min(now) = 0 AND max(now) = 1 AND count(*) > {limit})\n"
        "SELECT f.store, f.staff, f.business_date AS day, count(*) FROM coupon f\n"
        f"WHERE {told} AND (f.store, f.staff, f.business_date) IN (SELECT store, staff, day FROM crowd)\n"
        "AND NOT EXISTS (SELECT 1 FROM coupon_event v WHERE v.code = f.code AND v.kind = 'voided'"
        f" AND {span.told('coupon_event', 'v')})\n"
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )


def _voided(span: Span) -> str:
    """Of coupons that come late, or were dated ahead: of all others nothing can have been told."""
    waited = f"{marks.behind('coupon', span.after or '', 'c')} AND {span.waited('coupon', 'c')}"
    ahead = f"{waited} AND {span.taken('coupon', 'c')}"
    return (
        "SELECT c.code FROM coupon c JOIN coupon_event v ON v.code = c.code"  # noqa: S608  see above
        f" WHERE (({_late(span, 'c')}) OR ({ahead}))"
        f" AND v.kind = 'voided' AND {span.told_before('coupon_event', 'v')} ORDER BY 1"
    )


def _copied(span: Span) -> str:
    now = f"SELECT x.code FROM coupon_event x WHERE x.kind = 'reprinted' AND {span.taken('coupon_event', 'x')}"  # noqa: S608  see above
    return (
        "SELECT e.code, count(*) FROM coupon_event e"  # noqa: S608  see above
        f" WHERE e.kind = 'reprinted' AND e.code IN ({now}) AND {span.told_before('coupon_event', 'e')}"
        " GROUP BY e.code ORDER BY e.code"
    )


def _ahead(span: Span, furthest: date) -> str:
    """Between two days, though the later is the last of all: SQLite then knows that an index finds them sooner.

    Without those that were told with a day that a clock made of them (`Span.beyond`), or before their day
    (`Span.early`): they wait for nothing.
    """
    each = (
        f"SELECT f.store AS store, f.register AS register, f.business_date AS day FROM {table} f"  # noqa: S608  see above
        f" WHERE {marks.behind(table, span.until, 'f')}"
        f" AND f.business_date BETWEEN '{furthest + timedelta(days=1)}' AND '{date.max}'"
        + "".join(
            f" AND NOT ({marks.behind(table, mark, 'f')} AND f.business_date <= '{day}')"
            for day, mark in span.told_up_to(furthest)
        )
        + (f" AND NOT {span.told_early(table, 'f')}" if span.early else "")
        for table in marks.FACTS
    )
    return (
        f"SELECT store, register, day, count(*) FROM ({' UNION ALL '.join(each)}) a"  # noqa: S608  see above
        " GROUP BY store, register, day ORDER BY store, register, day"
    )


def _heard(span: Span) -> str:
    """Of registers that were heard on this day of the week: no shop that is shut on Sundays is missed then."""
    same = _listed([span.day - timedelta(days=back) for back in range(7, HEARD_DAYS + 1, 7)])

    def of(table: str, name: str, which: str) -> str:
        weekday = f"max(CASE WHEN {name}.business_date IN ({same}) THEN 1 ELSE 0 END)"
        return (
            f"SELECT {name}.store AS store, {name}.register AS register, max({name}.business_date) AS day,"  # noqa: S608  see above
            f" {weekday} AS weekday FROM {table} {name} WHERE {_recent(span, table, name)}{which}"
            f" GROUP BY {name}.store, {name}.register"
        )

    redeemed = " AND e.kind = 'redeemed'"
    return (
        "SELECT store, register, max(day) AS last_day FROM (\n"  # noqa: S608  see above
        f"{of('coupon', 'c', '')}\nUNION ALL\n{of('coupon_event', 'e', redeemed)}\n"
        ") h GROUP BY store, register HAVING max(weekday) = 1 ORDER BY store, register"
    )


def _lost(span: Span) -> TextualSelect:
    """The winner was on record before the loser was, whatever business day it is of: its mark is all that matters."""
    from db.tables.column_types import Day, UtcDateTime

    statement = (
        "SELECT x.code, x.store, x.register, x.staff, x.business_date, x.at, x.winner_n,\n"
        "  w.store AS winner_store, w.register AS winner_register, w.staff AS winner_staff, w.at AS winner_at\n"
        "FROM conflict x LEFT JOIN coupon_event w ON w.code = x.code AND w.n = x.winner_n"
        f" AND {marks.behind('coupon_event', span.until, 'w')}\n"
        f"WHERE {span.taken('conflict', 'x')}\nORDER BY x.store, x.business_date, x.at, x.code, x.request_id"
    )
    typed: dict[str, Any] = {"business_date": Day, "at": UtcDateTime, "winner_at": UtcDateTime}
    return _plain(statement).columns(**typed)


def _recent(span: Span, table: str, name: str) -> str:
    """Told before this run, of the four weeks before the day it closes."""
    first = span.day - timedelta(days=HEARD_DAYS)
    days = f"{name}.business_date >= '{first}' AND {name}.business_date < '{span.day}'"
    return f"{span.told_before(table, name)} AND {days}"


def _plain(statement: str) -> TextClause:
    """Nothing is bound, but zones and instants have colons."""
    from sqlalchemy import text

    return text(statement.replace(":", r"\:"))
