"""Generated months of trading, told night by night: the sums prove, and all nights together are the ledger, once.

Five stores in five zones around a change of clocks, with business days that begin at 00:00, 02:30 or 04:00; registers
without network for days, or whose clock is weeks ahead; coupons that come back in another zone, before the business day
they were given on, after their last day, or before they are on record themselves; nights left out, days closed while
they run, and days closed by a clock that was ahead, behind which the next night goes back.
`pytest --hypothesis-profile=many tests/export/counts/test_months.py` draws ten times as many.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from sqlalchemy import Engine

from db.connection.engine import open_engine, sqlite_url
from db.night import marks
from db.night.balances import Sums
from db.night.span import Span
from db.tables.column_types import Kind
from db.tables.facts import CouponFact, EventFact, RefusalFact
from pos_recovery.export.counts import proof
from pos_recovery.export.facts.run_inputs import Basis
from pos_recovery.system.locations import Home
from tests.export.months import DAY, HOUR, STARTS, Chain, Late, Month, Shop, months
from tests.export.offices import HeadOffice, rows
from tests.postgres import Server
from tests.rules.test_generated_input import USUAL

CHECKS = list(HealthCheck)
SOME = settings(max_examples=max(1, USUAL * 15 // 100), deadline=None, database=None, suppress_health_check=CHECKS)
FEW = settings(SOME, max_examples=max(1, USUAL * 3 // 100))
pytestmark = [pytest.mark.long, pytest.mark.timeout(3_600 if USUAL > 100 else 300)]


@contextmanager
def a_file(template: Home, month: Month) -> Iterator[tuple[Engine, Path, Path]]:
    """A new ledger with the month's stores, its file, and an empty folder."""
    with TemporaryDirectory() as name:
        file = Path(shutil.copy(template.ledger, name))
        engine = open_engine(sqlite_url(file))
        month.settle_in(engine)
        yield engine, file, Path(name)
        engine.dispose()


@contextmanager
def a_database(server: Server, month: Month) -> Iterator[tuple[Engine, None, Path]]:
    with TemporaryDirectory() as name:
        engine = open_engine(server.database())
        month.settle_in(engine)
        yield engine, None, Path(name)
        engine.dispose()


def check(month: Month, chain: Chain) -> None:
    """Close every night, and look at them all."""
    for which, (day, _) in enumerate(month.steps(chain.engine)):
        chain.close(day, month.clock(day))
        assert {key: each for key, each in chain.opening.items() if each != (0, 0)} == month.open_after(which)
    month.check(chain.folders)


@SOME
@given(month=months())
def test_all_nights_together_are_the_ledger_and_each_proves(template: Home, month: Month) -> None:
    with a_file(template, month) as (engine, file, folder):
        check(month, Chain(engine, file, folder))


@FEW
@given(month=months())
def test_all_nights_together_are_the_ledger_and_each_proves_on_a_server(postgres_server: Server, month: Month) -> None:
    with a_database(postgres_server, month) as (engine, file, folder):
        check(month, Chain(engine, file, folder))


@FEW
@given(month=months())
def test_closed_whole_a_month_comes_out_the_same(template: Home, month: Month) -> None:
    """Through everything that an export does."""
    with a_file(template, month) as (engine, file, folder):
        assume(len({day for day, _ in month.closings}) == len(month.closings))  # else one is told again
        month.clock = lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC)
        now = [month.closings[0][1]]
        office = HeadOffice(engine, file, folder, lambda: now[0])
        found = []
        for day, _ in month.steps(engine):
            now[0] = month.clock(day)
            found.append(office.night(day))
        month.check(found)


FEATURES: dict[str, Callable[[Month, CouponFact, EventFact, int, int], bool]] = {
    "in another store": lambda _m, c, e, _i, _t: e.store != c.store,
    "on a business day before its coupon's": lambda _m, c, e, _i, _t: e.business_date < c.business_date,
    "told before its coupon": lambda _m, _c, _e, issued, told: told < issued,
    "told long after its coupon": lambda _m, _c, _e, issued, told: told > issued + 1,
    "after the last day": lambda _m, c, e, _i, _t: e.kind is Kind.REDEEMED and e.business_date > c.expires_on,
    "told when its coupon had been told as expired": lambda m, c, e, issued, told: (
        e.kind is Kind.REDEEMED and told > max(issued, 1) and c.expires_on <= m.closings[told - 1][0]
    ),
    "told by a clock that was ahead": lambda m, _c, _e, _i, told: m.goes_back(told + 1),
    "told by a night that goes back": lambda m, _c, _e, _i, told: m.goes_back(told),
    "late": lambda m, _c, e, _i, told: told > 0 and e.business_date <= m.closings[told - 1][0],
    "waiting for its day": lambda m, _c, e, _i, told: (
        told > 0 and any(at >= recorded(m, e) and day < e.business_date for day, at in m.closings[:told])
    ),
    "told before its day": lambda m, _c, e, _i, told: e.business_date > m.closings[told][0],
    "told before its day, which came": lambda m, _c, e, _i, told: (
        e.business_date > m.closings[told][0] and any(day >= e.business_date for day, _ in m.closings[told + 1 :])
    ),
    "of a coupon that was told before its day": lambda m, c, _e, issued, _t: c.business_date > m.closings[issued][0],
    **{kind.value: lambda _m, _c, e, _i, _t, kind=kind: e.kind is kind for kind in Kind},  # type: ignore[misc]
}


def recorded(month: Month, fact: object) -> datetime:
    return next(each.recorded for each in month.facts if each.fact is fact)


def test_the_months_that_are_drawn_have_everything_in_them() -> None:
    seen: Counter[str] = Counter()

    @settings(SOME, max_examples=60, derandomize=True)
    @given(month=months())
    def look(month: Month) -> None:
        coupons = {each.fact.code: each for each in month.facts if isinstance(each.fact, CouponFact)}
        for each in month.facts:
            if isinstance(each.fact, EventFact):
                coupon = coupons[each.fact.code]
                about = month, coupon.fact, each.fact, month.told_by(coupon), month.told_by(each)
                seen.update(name for name, holds in FEATURES.items() if holds(*about))  # type: ignore[arg-type]

    look()
    assert {name: seen[name] >= 3 for name in FEATURES} == dict.fromkeys(FEATURES, True), seen


HOURS = [
    ("Europe/Prague", date(2026, 3, 29), {"00:00": (24, 23, 24), "02:30": (23.5, 23.5, 24), "04:00": (23, 24, 24)}),
    ("Europe/Prague", date(2026, 10, 25), {"00:00": (24, 25, 24), "02:30": (24, 25, 24), "04:00": (25, 24, 24)}),
    ("America/New_York", date(2026, 3, 8), {"00:00": (24, 23, 24), "02:30": (23.5, 23.5, 24), "04:00": (23, 24, 24)}),
    ("America/New_York", date(2026, 11, 1), {"00:00": (24, 25, 24), "02:30": (25, 24, 24), "04:00": (25, 24, 24)}),
    ("Australia/Lord_Howe", date(2026, 4, 5), dict.fromkeys(STARTS[1:], (24.5, 24, 24)) | {"00:00": (24, 24.5, 24)}),
    ("Australia/Lord_Howe", date(2026, 10, 4), dict.fromkeys(STARTS[1:], (23.5, 24, 24)) | {"00:00": (24, 23.5, 24)}),
    ("Asia/Kathmandu", date(2026, 3, 29), dict.fromkeys(STARTS, (24, 24, 24))),
    ("Pacific/Apia", date(2011, 12, 30), {"00:00": (24, 0, 24), "02:30": (21.5, 2.5, 24), "04:00": (20, 4, 24)}),
]
"""Of the business day before the date, of the date, of the one after; by the hour at which business days begin."""


@pytest.mark.parametrize(("zone", "changing", "hours"), HOURS, ids=[f"{zone} {day}" for zone, day, _ in HOURS])
def test_days_on_which_clocks_change_are_as_long_as_they_are_and_nothing_falls_between(
    template: Home, zone: str, changing: date, hours: dict[str, tuple[float, ...]]
) -> None:
    """A refusal every quarter of an hour for five days: each night has as many as its day is long."""
    shops = {start: Shop(start, zone, "USD", start) for start in STARTS}
    begin = datetime.combine(changing - 2 * DAY, datetime.min.time(), UTC)
    facts = [
        Late(
            RefusalFact(
                id=f"{start} {quarter:03d}", kind="unknown", raw="", code=None, at=at,
                business_date=shop.calendar.business_date(at), **shop.where(1),
            ),
            at,
        )
        for quarter in range(5 * 96)
        for at in [begin + quarter * HOUR / 4]
        for start, shop in shops.items()
    ]  # fmt: skip
    over = begin + 6 * DAY
    month = Month(shops, facts, [(changing + after * DAY, over) for after in range(-3, 4)])
    with a_file(template, month) as (engine, file, folder):
        chain = Chain(engine, file, folder)
        check(month, chain)
        for which, night in enumerate(chain.folders[2:5]):
            told = rows(night, "refusals")
            assert {row["BusinessDayDate"] for row in told} <= {changing + (which - 1) * DAY}
            assert not any(row["LateFlag"] for row in told)
            found = Counter(row["RetailStoreID"] for row in told)
            assert {start: found[start] / 4 for start in STARTS} == {start: hours[start][which] for start in STARTS}


# Twins

PRAGUE, APIA = Shop("prague", "Europe/Prague", "CZK", "00:00"), Shop("apia", "Pacific/Apia", "USD", "00:00")
NOON = datetime(2026, 10, 25, 12, tzinfo=UTC)
SUNDAY, MONDAY = date(2026, 10, 25), date(2026, 10, 26)


def given_at(shop: Shop, at: datetime, *, lag: timedelta = timedelta(0)) -> Late:
    day = shop.calendar.business_date(at)
    coupon = CouponFact(
        code="2JQ000000001", reason="late", item=None, note=None, remade=False, noticed_first=True, language="en",
        issued_at=at, business_date=day, expires_on=day + 90 * DAY, cost_minor=2550, currency=shop.currency,
        request_id="issue", clock_drift_s=0, **shop.where(1),
    )  # fmt: skip
    return Late(coupon, at + lag)


def redeemed_at(shop: Shop, at: datetime) -> Late:
    event = EventFact(
        code="2JQ000000001", n=1, kind=Kind.REDEEMED, at=at, business_date=shop.calendar.business_date(at),
        request_id="redeem", **shop.where(1),
    )  # fmt: skip
    return Late(event, at)


class ByRecordAlone(Span):
    """What the first twin does: a run takes what came on record since the one before."""

    def taken(self, table: str, name: str) -> str:
        return self.told(table, name) if self.after is None else self._since(self.after, table, name)

    def _since(self, after: str, table: str, name: str) -> str:
        return f"({self.told(table, name)} AND {marks.between(table, after, self.until, name)})"


def by_record_alone(basis: Basis) -> Span:
    span = basis.span
    return ByRecordAlone(span.after, span.after_day, span.until, span.day)


def test_taken_by_their_record_alone_facts_of_a_day_that_ran_already_would_never_be_told(template: Home) -> None:
    """The twin: at noon in Prague it is Monday in Apia. Sunday's night leaves that out, and Monday's passes by it."""
    month = Month(
        {shop.id: shop for shop in (PRAGUE, APIA)},
        [given_at(APIA, NOON)],
        [(SUNDAY, NOON + 12 * HOUR), (MONDAY, NOON + 36 * HOUR)],
    )
    with a_file(template, month) as (engine, file, folder):
        check(month, Chain(engine, file, folder))
    with a_file(template, month) as (engine, file, folder), pytest.raises(AssertionError):
        check(month, Chain(engine, file, folder, by_record_alone))


def at_once(counts: Any) -> dict[str, Sums]:  # noqa: ANN401  DuckDB's connection
    """What the second twin does: an event counts in the night that tells it."""
    redeemed = (
        'SELECT "RetailStoreID", "CurrencyCode", count(*), coalesce(sum("CouponCostMinor"), 0) FROM events '
        "WHERE \"EventType\" = 'redeemed' GROUP BY ALL"
    )
    found = counts.execute(redeemed).fetchall()
    return {
        **proof.moved(counts),
        "redeemed": {(store, money): (many, int(cost)) for store, money, many, cost in found},
    }


def test_counted_before_its_coupon_is_told_a_redemption_would_break_the_sums(template: Home) -> None:
    """The twin: the register that gave the coupon has no network until Monday; the guest is back on Sunday."""
    month = Month(
        {PRAGUE.id: PRAGUE},
        [redeemed_at(PRAGUE, NOON + HOUR), given_at(PRAGUE, NOON, lag=DAY)],
        [(SUNDAY, NOON + 12 * HOUR), (MONDAY, NOON + 36 * HOUR)],
    )
    with a_file(template, month) as (engine, file, folder):
        check(month, Chain(engine, file, folder))
    with a_file(template, month) as (engine, file, folder), pytest.raises(AssertionError, match="000001"):
        check(month, Chain(engine, file, folder, moved=at_once))
