"""What a person should look at: the exceptions of a night, each in a sentence.

What is seen is what this run told. Where a limit or a copy counts, so does what earlier runs told of the same person
and day, or of the same coupon: a night says so when it brought some of them itself.

Millions of coupons are looked through for the few people who gave many in a day. They are found by a plain count of
each person and day, by one number that stands for them (two that share a number are only looked at in vain); more is
asked of those alone. (Of 2.4 million people and days, each with one coupon: 0.6 s instead of 17.)

What each kind is, and in which words it is told, stands in `exception_kinds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from db.night.history import WEEKS
from pos_recovery.export.counts import outliers
from pos_recovery.export.counts.exception_kinds import BURST_COUPONS, COLUMNS, FINDERS, SECOND, WHOSE
from pos_recovery.export.counts.queries import fill, one_row
from pos_recovery.export.facts import table_columns
from pos_recovery.rules.codes import printed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from db.night.history import History
    from pos_recovery.export.counts.outliers import Outlier
    from pos_recovery.export.facts.run_inputs import Basis

_PLACE = "RetailStoreID AS store, WorkstationID AS register, OperatorID AS person, BusinessDayDate AS day"
_VIEWS = f"""
CREATE OR REPLACE VIEW given AS SELECT {_PLACE}, epoch_us(BeginDateTime) AS moment, LocalHour AS hour,
  CouponCode AS code, ClockDriftSeconds AS drift_s, {{late}} AS late FROM coupons;
CREATE OR REPLACE VIEW done AS SELECT {_PLACE}, epoch_us(BeginDateTime) AS moment, CouponCode AS code,
  EventNumber AS n, EventType AS kind, ClockDriftSeconds AS drift_s, {{late}} AS late, ReasonCode AS reason,
  IssuingRetailStoreID AS issuing_store, IssuingWorkstationID AS issuing_register, IssuingOperatorID AS issuing_person,
  epoch_us(IssuingDateTime) AS issued_at FROM events;
CREATE OR REPLACE VIEW refused AS SELECT {_PLACE}, epoch_us(BeginDateTime) AS moment, RefusalCode AS kind,
  {{late}} AS late FROM refusals;
"""
_NOT_OF_THE_DAY = "(LateFlag OR BusinessDayDate > DATE '{day}')"
"""Late, or dated far ahead by a wrong clock: what is usual is asked of the day itself."""
_BUSY = f"""
CREATE OR REPLACE TABLE busy AS
SELECT {WHOSE} AS whose, count(*) AS many FROM given GROUP BY whose HAVING many >= {{fewest}}
"""
_CROWDED = f"""
SELECT g.store, g.person, g.day, count(*) + COALESCE(any_value(t.many), 0) AS many,
  COALESCE(any_value(t.many), 0) AS earlier, min(moment) AS moment, arg_min(code, (moment, code)) AS code,
  arg_min(register, (moment, code)) AS register
FROM (SELECT store, person, day, moment, code, register FROM given
  WHERE {WHOSE} IN (SELECT whose FROM likely)) g
LEFT JOIN told t ON t.store = g.store AND t.person = g.person AND t.day = g.day
ANTI JOIN (SELECT code FROM done WHERE kind = 'voided' UNION ALL SELECT code FROM voided) v ON v.code = g.code
GROUP BY g.store, g.person, g.day HAVING count(*) + COALESCE(any_value(t.many), 0) > {{limit}}
"""
_AT_ONCE = 200_000
"""Coupons. Where most people are above the limit, they are looked at in parts that fit into the memory."""


def exceptions(con: DuckDBPyConnection, basis: Basis, history: History) -> str:
    """The query whose rows are those of `EXCEPTIONS`: in the order of `CODES`, then by store, day and time.

    Args:
        con: The night's files (`queries.look_at`). Views and tables of ours are left in it.
        basis: Of the run; here with all stores that are known by now.
        history: What the night is judged against.
    """
    _lay_out(con, basis, history)
    for place, code in enumerate(table_columns.CODES):
        found = _in_words(FINDERS[code](basis), code)
        con.execute(f"INSERT INTO worth {found}" if place else f"CREATE OR REPLACE TABLE worth AS {found}")
    return "SELECT format('E{:04d}', row_number() OVER (ORDER BY rowid)), * FROM worth ORDER BY rowid"


def _in_words(finder: str, code: str) -> str:
    """A finding as the file has it: times by the clocks of the store they are of."""

    def local(at: str, clock: str) -> str:
        shown = f"make_timestamp(f.{at} + COALESCE({clock}.minutes, 0) * 60 * {SECOND})"
        return f"strftime({shown}, '%Y-%m-%dT%H:%M:%S.%f') || COALESCE({clock}.shown, '+00:00')"

    def clock(name: str, store: str, at: str) -> str:
        return (
            f"LEFT JOIN clocks {name} ON {name}.store = f.{store} AND f.{at} >= {name}.since AND f.{at} < {name}.until"
        )

    columns = {name: f"f.{name}" for name in COLUMNS} | {
        "moment": local("moment", "a"),
        "other_at": local("other_at", "b"),
    }
    return (
        f"SELECT '{code}' AS exception, {', '.join(f'{sql} AS {name}' for name, sql in columns.items())}\n"
        f"FROM ({finder}) f {clock('a', 'store', 'moment')} {clock('b', 'other_store', 'other_at')}\n"
        "ORDER BY f.store, f.day, f.moment, f.code, f.n, f.register, f.person, f.detail"
    )


def _lay_out(con: DuckDBPyConnection, basis: Basis, history: History) -> None:
    """Everything beside the files that is asked for, as tables."""
    con.execute(_VIEWS.format(late=_NOT_OF_THE_DAY.format(day=basis.day)))
    by_zone: dict[str, list[tuple[Any, ...]]] = {}
    for each in basis.offsets:
        by_zone.setdefault(each.zone, []).append((_us(each.since), _us(each.until), each.minutes, each.shown))
    clocks = [(id_, *each) for id_, store in basis.stores.items() for each in by_zone.get(store.timezone, ())]
    fill(con, "clocks", {"store": str, "since": int, "until": int, "minutes": int, "shown": str}, clocks)
    usual = [(each.store, each.weekday, each.shift, each.coupons, each.person_shifts) for each in history.usual]
    shift = {"store": str, "weekday": int, "shift": str, "coupons": int, "person_shifts": int}
    fill(con, "usual", shift, usual)
    fill(con, "trading", {"store": str, "weekday": int, "days": int}, history.trading_days)
    heard = [(each.store, each.register, each.last_day) for each in history.heard]
    fill(con, "heard", {"store": str, "register": str, "last_day": date}, heard)
    lost = [
        (each.store, each.register, each.staff, each.business_date, _us(each.at), printed(each.code), each.winner_n,
         each.winner_store, each.winner_register, each.winner_staff, _us(each.winner_at))
        for each in history.lost
    ]  # fmt: skip
    winner = {"winner_n": int, "winner_store": str, "winner_register": str, "winner_person": int, "winner_at": int}
    place = {"store": str, "register": str, "person": int, "day": date, "moment": int, "code": str}
    fill(con, "lost", place | winner, lost)
    ahead = [(each.store, each.register, each.business_date, each.facts) for each in history.ahead]
    fill(con, "ahead", {"store": str, "register": str, "day": date, "many": int}, ahead)
    told = [(each.store, each.staff, each.business_date, each.coupons) for each in history.given]
    fill(con, "told", {"store": str, "person": int, "day": date, "many": int}, told)
    fill(con, "voided", {"code": str}, [(printed(code),) for code in history.voided])
    fill(con, "copied", {"code": str, "many": int}, [(printed(code), many) for code, many in history.copied])
    _crowd(con, min(basis.allowance, basis.cap))
    found = outliers.find(con, is_over=basis.over)
    comparisons = f"{found.comparisons} comparison{'s' * (found.comparisons != 1)}"
    method = (
        f"(Exact test of Poisson rates against that weekday in {WEEKS} weeks, {comparisons} this night; where only"
        " chance changes the counts from week to week, at most one night in 100 has a false alarm.)"
    )
    for name, which in (("more", found.more), ("fewer", found.fewer)):
        fill(con, name, {"place": int, "expected": str, "probability": str, "method": str}, _found(which, method))


def _crowd(con: DuckDBPyConnection, limit: int) -> None:
    """The tables `busy`, and `crowded`: who gave more than the limit in a day, with what earlier nights told."""
    con.execute(_BUSY.format(fewest=min(BURST_COUPONS, limit + 1)))
    looked_at = f"SELECT whose, many FROM busy WHERE many > {limit} UNION ALL SELECT {WHOSE}, many FROM told"
    coupons = one_row(con, f"SELECT COALESCE(sum(many), 0)::BIGINT AS many FROM ({looked_at})")["many"]
    parts = coupons // _AT_ONCE + 1
    for part in range(parts):
        con.execute(f"CREATE OR REPLACE VIEW likely AS SELECT whose FROM ({looked_at}) WHERE whose % {parts} = {part}")
        told = _CROWDED.format(limit=limit)
        con.execute(f"INSERT INTO crowded {told}" if part else f"CREATE OR REPLACE TABLE crowded AS {told}")


def _found(which: Sequence[Outlier], method: str) -> list[tuple[int, str, str, str]]:
    return [(each.place, each.expected, each.probability, method) for each in which]


def _us(at: datetime | None) -> int | None:
    """Microseconds since 1970; without zone it is UTC."""
    if at is None:
        return None
    took = at.replace(tzinfo=None) - datetime(1970, 1, 1)  # noqa: DTZ001  both are UTC
    return (took.days * 86_400 + took.seconds) * SECOND + took.microseconds
