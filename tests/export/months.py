"""Months of trading that hypothesis draws, the nights that tell them, and what they should have told.

A month is a heap of facts around a change of clocks, each with the instant at which it comes on record, and days that
are closed in between. `Chain` closes them with the product's own parts, all but exceptions and the page, which take
most of the time. `Month.check` knows by plain rules which night tells each fact, and how.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from db.connection.engine import is_server, reading, transaction
from db.night import balances as standings
from db.night import runs, told_facts
from db.night.balances import Sums
from db.night.span import Span
from db.tables.column_types import Ending, Entry, Kind
from db.tables.facts import CouponFact, EventFact, RefusalFact, params
from db.tables.models import Coupon, CouponEvent, Reason, Refusal, Register, Staff, Store
from pos_recovery.export.closing import planning
from pos_recovery.export.closing.planning import Limits
from pos_recovery.export.closing.write_night import IN_LEDGER
from pos_recovery.export.counts import proof, queries
from pos_recovery.export.facts import read_ledger, table_files
from pos_recovery.export.facts.run_inputs import FAR, Basis, known_at
from pos_recovery.rules.business_days import Calendar
from pos_recovery.rules.codes import printed
from tests.export.offices import rows

Fact = CouponFact | EventFact | RefusalFact
TABLES: dict[type, Any] = {CouponFact: Coupon, EventFact: CouponEvent, RefusalFact: Refusal}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STARTS = ("00:00", "02:30", "04:00")
ZONES = ("Europe/Prague", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")
MINOR = {"CZK": 100, "USD": 100, "JPY": 1, "KWD": 1000}
DECIMALS = {"CZK": 2, "USD": 2, "JPY": 0, "KWD": 3}
CHANGES = [
    datetime.fromisoformat(f"{each}Z")
    for each in (
        "2026-03-29T01:00", "2026-10-25T01:00",  # Prague
        "2026-03-08T07:00", "2026-11-01T06:00",  # New York
        "2026-04-04T15:00", "2026-10-03T15:30",  # Lord Howe, by half an hour
        "2021-04-03T14:00", "2011-12-30T10:00",  # Apia; the second by a whole day
    )
]  # fmt: skip
TEXTS = (None, "", "flat white", "=1+1", "'quoted'", 'two\nlines, "and" more', "ěšč")
SETTLING = (Kind.REDEEMED, Kind.VOIDED)
TOLD_WITH = (Kind.REDEEMED, Kind.ENDED, Kind.GOODWILL)
"""The kinds of event that have an ending."""


@dataclass(frozen=True)
class Shop:
    """A store; its id is its zone, perhaps with its starting hour."""

    id: str
    zone: str
    currency: str
    day_starts: str

    @property
    def calendar(self) -> Calendar:
        return Calendar(ZoneInfo(self.zone), time.fromisoformat(self.day_starts))

    def where(self, register: int) -> dict[str, Any]:
        return {"store": self.id, "register": str(register), "staff": 1}


@dataclass(frozen=True)
class Late:
    """A fact, and when it comes on record."""

    fact: Fact
    recorded: datetime


@dataclass
class Month:
    """What happened, in the order of the record; and which days are closed, when."""

    shops: dict[str, Shop]
    facts: list[Late]
    closings: list[tuple[date, datetime]]
    clock: Callable[[date], datetime] = lambda day: datetime.combine(day + timedelta(days=1), time(12), UTC)
    """Which time it is when a day is closed."""

    def settle_in(self, engine: Engine) -> None:
        """Put the stores on record."""
        with transaction(engine) as connection:
            for shop in self.shops.values():
                values = {"id": shop.id, "name": shop.id, "timezone": shop.zone, "currency": shop.currency}
                connection.execute(insert(Store).values(**values, day_starts=shop.day_starts))
                connection.execute(insert(Register), [{"store": shop.id, "id": which} for which in "12"])
                connection.execute(
                    insert(Staff).values(store=shop.id, id=1, name="Ana", role="barista", pin_hash="", active=True)
                )
            if is_server(engine):
                connection.execute(insert(Reason).values(id="late", name="Late"))

    def record(self, engine: Engine, after: datetime | None, until: datetime) -> None:
        """What comes on record between two closings."""
        with transaction(engine) as connection:
            for each in self.facts:
                if each.recorded <= until and (after is None or each.recorded > after):
                    connection.execute(insert(TABLES[type(each.fact)].__table__).values(**params(each.fact)))

    def steps(self, engine: Engine) -> Iterator[tuple[date, datetime]]:
        """Each closing, once everything is on record that comes before."""
        before = None
        for day, at in self.closings:
            self.record(engine, before, at)
            before = at
            yield day, at

    def goes_back(self, which: int) -> bool:
        """Whether a night closes a day before that of the night before it."""
        return 0 < which < len(self.closings) and self.closings[which][0] < self.closings[which - 1][0]

    def far(self, day: date) -> date:
        """What is dated after it is told by the night of that day at once."""
        return max(shop.calendar.business_date(self.clock(day)) for shop in self.shops.values()) + FAR

    def told_by(self, late: Late) -> int:
        """Which night tells it: the first behind its record that closes its day or a later one, or one far before."""
        return next(
            which
            for which, (day, at) in enumerate(self.closings)
            if late.recorded <= at and (late.fact.business_date <= day or late.fact.business_date > self.far(day))
        )

    def expected(self) -> list[dict[str, dict[tuple[Any, ...], dict[str, Any]]]]:
        """Night by night: table, key, and the row that is to stand there."""
        told: list[dict[str, dict[tuple[Any, ...], dict[str, Any]]]] = [
            {name: {} for name in IN_LEDGER} for _ in self.closings
        ]
        coupons = {each.fact.code: each for each in self.facts if isinstance(each.fact, CouponFact)}
        for each in self.facts:
            which, fact = self.told_by(each), each.fact
            row = self._common(fact, which)
            if isinstance(fact, CouponFact):
                told[which]["coupons"][row["CouponCode"],] = row | self._coupon(fact)
            elif isinstance(fact, RefusalFact):
                told[which]["refusals"][fact.id,] = row | self._refusal(fact)
            else:
                coupon = coupons.get(fact.code)
                known = coupon is not None and self.told_by(coupon) <= which
                row |= self._event(fact, which) | self._issuing(coupon.fact if coupon and known else None, fact)  # type: ignore[arg-type]
                told[which]["events"][row["CouponCode"], fact.n] = row
        return told

    def _common(self, fact: Fact, which: int) -> dict[str, Any]:
        at = fact.issued_at if isinstance(fact, CouponFact) else fact.at
        return {
            "CouponCode": printed(fact.code) if fact.code else None,
            "RetailStoreID": fact.store,
            "WorkstationID": fact.register,
            "BusinessDayDate": fact.business_date,
            "BeginDateTime": at,
            "LocalHour": at.astimezone(ZoneInfo(self.shops[fact.store].zone)).hour,
            "OperatorID": fact.staff,
            "TrainingModeFlag": False,
            "LateFlag": which > 0 and fact.business_date <= self.closings[which - 1][0],
            "DatedAheadFlag": fact.business_date > self.closings[which][0],
        }

    def _coupon(self, fact: CouponFact) -> dict[str, Any]:
        return {
            "ReasonCode": fact.reason, "ItemDescription": fact.item or None, "Note": fact.note or None,
            "RemadeFlag": fact.remade, "NoticedFirstFlag": fact.noticed_first, "LanguageCode": fact.language,
            "ExpirationDate": fact.expires_on, "CostMinor": fact.cost_minor,
            "Cost": Decimal(fact.cost_minor) / MINOR[fact.currency], "CurrencyCode": fact.currency,
            "CurrencyDecimals": DECIMALS[fact.currency],
            "RequestID": fact.request_id, "ClockDriftSeconds": fact.clock_drift_s,
        }  # fmt: skip

    def _refusal(self, fact: RefusalFact) -> dict[str, Any]:
        entry = fact.entry.value if fact.entry else None
        return {
            "RefusalID": fact.id,
            "RefusalCode": fact.kind,
            "EntryMethodCode": entry,
            "EnteredText": fact.raw or None,
        }

    def _event(self, fact: EventFact, which: int) -> dict[str, Any]:
        endings = [
            (each.fact.n, each.fact.ending)
            for each in self.facts
            if isinstance(each.fact, EventFact) and each.fact.code == fact.code and each.fact.n < fact.n
            and each.fact.kind in (Kind.REDEEMED, Kind.ENDED, Kind.REVERSED) and self.told_by(each) <= which
        ]  # fmt: skip
        before = max(endings)[1] if endings and fact.kind in (Kind.ENDED, Kind.REVERSED) else None
        return {
            "EventNumber": fact.n, "EventType": fact.kind.value, "Note": fact.note or None, "OfflineFlag": fact.offline,
            "EndingCode": fact.ending.value if fact.ending else None,
            "PreviousEndingCode": before.value if before else None,
            "CostMinor": fact.cost_minor, "RequestID": fact.request_id, "ClockDriftSeconds": fact.clock_drift_s,
        }  # fmt: skip

    def _issuing(self, coupon: CouponFact | None, fact: EventFact) -> dict[str, Any]:
        currency = coupon.currency if coupon else self.shops[fact.store].currency
        cost = None if fact.cost_minor is None else Decimal(fact.cost_minor) / MINOR[currency]
        return {
            "CurrencyCode": currency, "CurrencyDecimals": DECIMALS[currency], "Cost": cost,
            "CouponKnownFlag": coupon is not None,
            "IssuingRetailStoreID": coupon and coupon.store, "IssuingWorkstationID": coupon and coupon.register,
            "IssuingOperatorID": coupon and coupon.staff, "IssuingBusinessDayDate": coupon and coupon.business_date,
            "IssuingDateTime": coupon and coupon.issued_at, "ReasonCode": coupon and coupon.reason,
            "NoticedFirstFlag": coupon and coupon.noticed_first, "ExpirationDate": coupon and coupon.expires_on,
            "CouponCostMinor": coupon and coupon.cost_minor,
        }  # fmt: skip

    def check(self, folders: list[Path]) -> None:
        """Each fact stands once in all the nights, in the right one, as it was."""
        for folder, tables in zip(folders, self.expected(), strict=True):
            for name, right in tables.items():
                found = rows(folder, name)
                keys = ("RefusalID",) if name == "refusals" else ("CouponCode", "EventNumber")[: 1 + (name == "events")]
                by_key = {tuple(row[key] for key in keys): row for row in found}
                assert len(by_key) == len(found), (folder.name, name)
                assert by_key == right, (folder.name, name)
                self.check_text(folder / f"{name}.csv", found)

    def check_text(self, file: Path, found: list[dict[str, Any]]) -> None:
        """In CSV times are those of the store's clocks with their true offset; money has the currency's digits."""
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for text, row in zip(csv.DictReader(lines), found, strict=True):
                assert text["BeginDateTime"] == self.local(row["BeginDateTime"], row["RetailStoreID"])
                assert int(text["LocalHour"]) == datetime.fromisoformat(text["BeginDateTime"]).hour
                if row.get("IssuingDateTime"):
                    assert text["IssuingDateTime"] == self.local(row["IssuingDateTime"], row["IssuingRetailStoreID"])
                if row.get("Cost") is not None:
                    digits = len(str(MINOR[row["CurrencyCode"]])) - 1
                    assert text["Cost"] == f"{row['Cost']:.{digits}f}"

    def local(self, at: datetime, store: str) -> str:
        return at.astimezone(ZoneInfo(self.shops[store].zone)).isoformat(timespec="microseconds")

    def open_after(self, which: int) -> Sums:
        """What is good at the end of a night, by what has been told up to it."""
        told = [each.fact for each in self.facts if self.told_by(each) <= which]
        last: dict[str, EventFact] = {}
        for fact in told:
            if isinstance(fact, EventFact) and fact.kind in (*SETTLING, Kind.REVERSED):
                last[fact.code] = max(fact, last.get(fact.code, fact), key=lambda each: each.n)
        found: Sums = {}
        for fact in told:
            if isinstance(fact, CouponFact) and fact.expires_on > self.closings[which][0]:
                end = last.get(fact.code)
                if end is None or end.kind not in SETTLING:
                    coupons, cost = found.get((fact.store, fact.currency), (0, 0))
                    found[fact.store, fact.currency] = coupons + 1, cost + fact.cost_minor
        return found


@dataclass
class Chain:
    """Closes days one after the other, as `pos_recovery.export.closing.write_night` does, but for exceptions and the
    page."""

    engine: Engine
    file: Path | None
    folder: Path
    span_of: Callable[[Basis], Span] = lambda basis: basis.span
    """Which facts are of a run; a twin has another rule."""
    moved: Callable[[Any], dict[str, Sums]] = proof.moved
    runs: list[Basis] = field(default_factory=list)
    opening: Sums = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)

    def close(self, day: date, now: datetime) -> None:
        """One night. Its sums prove, begin where the last ones ended, and no row is missing."""
        with reading(self.engine) as connection:
            stores = runs.stores(connection)
        basis = planning.begin(self.engine, self.runs, None, day, Limits(10, 40), now)
        self.runs.append(basis)
        zones = {store.id: (store.timezone, store.currency) for store in stores}
        shown, span = known_at(self.runs).shown(basis, zones), self.span_of(basis)
        folder = self.folder / basis.name
        folder.mkdir()
        told = told_facts.facts(span, shown, self.engine.dialect.name)
        written = {each.name: read_ledger.write(self.engine, folder, each).rows for each in told}
        with reading(self.engine) as connection:
            standing = standings.standing(connection, span)
            counted = {name: standings.counted(connection, span, table) for name, table in IN_LEDGER.items()}
        assert written == counted
        with queries.counting(folder) as counts:
            for each in told:
                table_files.write_parquet(counts, folder, each.name, each.fields)
            queries.look_at(counts, folder)
            found = proof.balances(self.opening, self.moved(counts), standing)
        assert [each for each in found if not each.proves] == [], basis.name
        assert side(found, "opening") == not_zero(self.opening)
        assert side(found, "closing") == not_zero(standing.closing)
        self.opening = standing.closing
        self.folders.append(folder)


def side(found: list[proof.Balance], move: str) -> Sums:
    return not_zero({(each.store, each.currency): (each.coupons[move], each.cost_minor[move]) for each in found})


def not_zero(found: Sums) -> Sums:
    return {key: each for key, each in found.items() if each != (0, 0)}


@dataclass
class _Happening:
    """Draws what becomes of one coupon."""

    draw: st.DrawFn
    shops: list[Shop]
    coupon: CouponFact
    honest: datetime
    """When it was given, by a clock that is right."""
    facts: list[Late] = field(default_factory=list)

    def all(self) -> list[Late]:
        honest = recorded = self.honest
        last: EventFact | None = None
        for n in range(1, 1 + self.draw(st.integers(0, 4))):
            shop = self.draw(st.sampled_from(self.shops))
            honest += self.draw(LATER)
            at = honest + self.draw(WRONG)
            kind = self.draw(st.sampled_from(_possible(last)))
            if kind is Kind.REVERSED and last:  # on the redemption's own business day
                at = last.at + timedelta(minutes=1)
                same = [each for each in self.shops if each.calendar.business_date(at) == last.business_date]
                if not same:
                    kind = Kind.REPRINTED
                shop = same[0] if same else shop
            recorded = max(recorded, honest + self.draw(LAG))
            event = EventFact(
                code=self.coupon.code, n=n, kind=kind, at=at, business_date=shop.calendar.business_date(at),
                request_id=f"{self.coupon.code}:{n}", note=self.draw(st.sampled_from(TEXTS)),
                ending=self.draw(st.sampled_from(Ending)) if kind in TOLD_WITH else None,
                offline=recorded > at, cost_minor=self.coupon.cost_minor if kind is Kind.GOODWILL else None,
                clock_drift_s=n, **shop.where(1 + n % 2),
            )  # fmt: skip
            self.facts.append(Late(event, recorded))
            last = event if kind in (*SETTLING, Kind.REVERSED) else last
        return self.facts


def _possible(last: EventFact | None) -> list[Kind]:
    if last is None or last.kind is Kind.REVERSED:
        return [Kind.REDEEMED, Kind.VOIDED, Kind.GOODWILL, Kind.REPRINTED]
    if last.kind is Kind.REDEEMED:
        return [Kind.REVERSED, Kind.ENDED, Kind.GOODWILL]
    return [Kind.GOODWILL, Kind.REPRINTED]


LAG = st.one_of(st.just(timedelta(0)), st.integers(1, 9 * 24).map(lambda hours: hours * HOUR))
"""How long a register has no network."""
LATER = st.one_of(
    st.integers(-30, 240).map(lambda minutes: timedelta(minutes=minutes)),
    st.integers(1, 9 * 24).map(lambda hours: hours * HOUR),
)
"""After its coupon was given, or what happened to it before; a clock may be set back."""
WRONG = st.sampled_from([0] * 12 + [16, 24, 30, 45, 60]).map(lambda days: days * DAY)
"""By how much the register's clock is ahead."""
NEAR = st.integers(-16, 16).map(lambda quarters: timedelta(minutes=15 * quarters))
AWAY = st.integers(-9 * 24 * 60, 9 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
PART = st.sampled_from([0, 1, 999_999]).map(lambda us: timedelta(microseconds=us))


@st.composite
def months(draw: st.DrawFn) -> Month:
    """Trading in five zones around a change of clocks, and up to seven nights."""
    shops = [Shop(zone, zone, draw(st.sampled_from(sorted(MINOR))), draw(st.sampled_from(STARTS))) for zone in ZONES]
    change = draw(st.sampled_from(CHANGES))
    facts: list[Late] = []
    for number in range(draw(st.integers(1, 14))):
        shop, at = draw(st.sampled_from(shops)), change + draw(st.one_of(NEAR, AWAY)) + draw(PART)
        shown = at + draw(WRONG)
        day = shop.calendar.business_date(shown)
        coupon = CouponFact(
            code=f"2JQ{number:09d}", reason="late", language="en", request_id=f"issue {number}", issued_at=shown,
            item=draw(st.sampled_from(TEXTS)), note=draw(st.sampled_from(TEXTS)), remade=draw(st.booleans()),
            noticed_first=draw(st.booleans()), business_date=day, expires_on=day + draw(st.integers(0, 8)) * DAY,
            cost_minor=draw(st.sampled_from([0, 7, 2550, 2_000_000_000])), currency=shop.currency,
            clock_drift_s=number, **shop.where(1 + number % 2),
        )  # fmt: skip
        facts.append(Late(coupon, at + draw(LAG)))
        facts += _Happening(draw, shops, coupon, at).all()
    for number in range(draw(st.integers(0, 8))):
        shop, at = draw(st.sampled_from(shops)), change + draw(st.one_of(NEAR, AWAY)) + draw(PART)
        shown = at + draw(WRONG)
        refusal = RefusalFact(
            id=f"{number:04d}", kind="unknown", raw=draw(st.sampled_from(TEXTS)) or "", code=None, at=shown,
            business_date=shop.calendar.business_date(shown), entry=draw(st.sampled_from([None, *Entry])),
            **shop.where(1),
        )  # fmt: skip
        facts.append(Late(refusal, at + draw(LAG)))
    facts.sort(key=lambda each: each.recorded)
    return Month({shop.id: shop for shop in shops}, facts, _closings(draw, change, facts))


def _closings(draw: st.DrawFn, change: datetime, facts: list[Late]) -> list[tuple[date, datetime]]:
    """Some days, closed while they run, when they are over or days later; and a last one that leaves nothing.

    Now and then by a clock that is ahead: the night after goes back behind that day. The last day may be weeks later:
    what registers dated ahead has come by then.
    """
    end = max(each.recorded for each in facts)
    last = max(each.fact.business_date for each in facts)
    found: list[tuple[date, datetime]] = []
    for back in sorted(draw(st.sets(st.sampled_from([*range(-9, 10), 30, 50]), min_size=1, max_size=6))):
        day = change.date() + back * DAY
        at = datetime.combine(day, time(), UTC) + draw(st.integers(0, 96)) * HOUR
        if day < last:
            ahead = draw(st.sampled_from([0, 0, 1, 3, 12, 12])) * DAY
            found.append((day + ahead, max([min(at, end), *(each for _, each in found)])))
    return [*found, (last, end)]
