"""The figures of a night are what anybody would count, and the nights add up to the ledger."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.connection.errors import StoreBroken
from db.night.columns import FORMAT, of_format
from db.night.span import FIRST_DAY, Span
from db.tables.column_types import Ending
from pos_recovery.export.counts.daily import daily
from pos_recovery.export.counts.proof import Balance
from pos_recovery.export.counts.queries import counting
from pos_recovery.export.counts.summary import cost_each_minor, figures, summary
from pos_recovery.export.facts import table_columns, table_files
from pos_recovery.export.facts.run_inputs import Basis, Day
from pos_recovery.export.facts.table_files import table_of
from tests.export.night_folders import BASIS, CZECH, DAY, PRAGUE, Night, looked_at, mark, rows_of, write_ledger
from tests.till import BARISTA, STRANGER, Till

SUMS = (*table_columns.COUNTS, *table_columns.COSTS)
CZK = {"CZK": 2}
NOBODY = {"given": 0, "came_back": 0, "turned_around": 0, "noticed_first": 0}
FEW = settings(max_examples=(settings.default.max_examples if settings.default else 100) // 10, deadline=None)
Key = tuple[date, str, str, int, str]


def balance(store: str, currency: str, closing: int) -> Balance:
    zero = dict.fromkeys(map(str.lower, table_columns.MOVES), 0)
    moves = {**zero, "issued": closing, "closing": closing}
    return Balance(store, currency, moves, {move: 2550 * many for move, many in moves.items()}, {}, {})


def daily_of(folder: Path) -> dict[Key, dict[str, int]]:
    fields = of_format(table_columns.DAILY, 1)
    with looked_at(folder) as con:
        rows = [row for each in daily(con, None) for row in rows_of(con, each, fields)]
    keys = [each.name for each in fields[:5]]
    told: dict[Key, dict[str, int]] = {}
    for row in rows:
        told[row[keys[0]], row[keys[1]], row[keys[2]], row[keys[3]], row[keys[4]]] = {name: row[name] for name in SUMS}
    assert len(told) == len(rows)
    assert list(told) == sorted(told)
    return told


def summary_of(folder: Path, basis: Basis = BASIS, **told: Any) -> dict[str, Any]:  # noqa: ANN401  see the call
    rows = dict.fromkeys(("coupons", "events", "refusals", "exceptions", "daily", "balances"), 0)
    with looked_at(folder) as con:
        added = figures(con, DAY)
    given_: dict[str, Any] = {"rows": rows, "balances": (), "days": added.told, "exceptions": {}, **told}
    return summary(added, basis, **given_)


def counted_plainly(night: Night) -> dict[Key, Counter[str]]:
    told: dict[Key, Counter[str]] = {}

    def at(row: dict[str, Any]) -> Counter[str]:
        where = (row["BusinessDayDate"], row["RetailStoreID"], row["ReasonCode"], row["LocalHour"], row["CurrencyCode"])
        return told.setdefault(where, Counter())

    for row in night.coupons:
        at(row).update(Issued=1, NoticedFirst=row["NoticedFirstFlag"], Remade=row["RemadeFlag"])
        at(row)["IssuedCostMinor"] += row["CostMinor"]
    for row in night.events:
        kind = row["EventType"]
        if kind == "reprinted":
            continue
        sums = at(row)
        if kind != "ended":
            sums[kind.capitalize()] += 1
        if kind in ("redeemed", "reversed") and row["CouponKnownFlag"]:
            sums[f"{kind.capitalize()}CostMinor"] += row["CouponCostMinor"]
        if kind == "goodwill":
            sums["GoodwillCostMinor"] += row["CostMinor"]
        names = {"turned_around": "TurnedAround", "still_unhappy": "StillUnhappy", "did_not_say": "DidNotSay"}
        if kind in ("redeemed", "ended") and row["EndingCode"]:
            sums[names[row["EndingCode"]]] += 1
        if kind in ("reversed", "ended") and row["PreviousEndingCode"]:
            sums[names[row["PreviousEndingCode"]]] -= 1
    return told


def any_night(chance: Random) -> Night:
    night, endings = Night(), ["", *map(str, Ending)]

    def place() -> dict[str, Any]:
        return {
            "BusinessDayDate": DAY - timedelta(days=chance.randrange(3)),
            "RetailStoreID": chance.choice(["1", "10", "ä"]),
            "LocalHour": chance.randrange(24), "CurrencyCode": chance.choice(["CZK", "EUR"]),
            "CostMinor": chance.randrange(3000), "LateFlag": chance.random() < 0.3,
        }  # fmt: skip

    for _ in range(chance.randrange(60)):
        night.give(**place(), ReasonCode=chance.choice(["late", "other"]), RemadeFlag=chance.random() < 0.5,
                   NoticedFirstFlag=chance.random() < 0.5)  # fmt: skip
    for number in range(chance.randrange(60)):
        known = chance.random() < 0.8
        of_coupon = {"ReasonCode": "late", "CouponCostMinor": chance.randrange(3000)} if known else {
            "ReasonCode": "", "CouponCostMinor": None, "IssuingDateTime": ""}  # fmt: skip
        night.do(
            f"0000-0001-{number:04d}",
            chance.choice(["redeemed", "reversed", "voided", "goodwill", "reprinted", "ended"]),
            **place(), **of_coupon, CouponKnownFlag=known, EndingCode=chance.choice(endings),
            PreviousEndingCode=chance.choice(endings),
        )  # fmt: skip
    return night


@FEW
@given(st.randoms(use_true_random=False))
def test_daily_is_what_plain_counting_gives(chance: Random) -> None:
    night = any_night(chance)
    with TemporaryDirectory() as folder:
        written = night.write(Path(folder) / "n")
        told = daily_of(written)
        whole = summary_of(written, replace(BASIS, scales={"CZK": 100, "EUR": 100}, forms={"CZK": CZECH, "EUR": CZECH}))
    plain = counted_plainly(night)
    assert told.keys() == plain.keys()
    assert {key: dict(+sums) for key, sums in map(positive, told.items())} == {
        key: dict(+sums) for key, sums in map(positive, plain.items())
    }
    assert {key: sum(sums.values()) for key, sums in told.items()} == {
        key: sum(sums.values()) for key, sums in plain.items()
    }
    assert whole["figures"]["given"] == len(night.coupons) == sum(each["given"] for each in whole["hours"])
    assert whole["figures"]["came_back"] == sum(each["came_back"] for each in whole["hours"])
    assert whole["figures"]["turned_around"] == sum(each["turned_around"] for each in whole["reasons"])
    assert whole["figures"]["noticed_first"] == sum(each["noticed_first"] for each in whole["stores"])
    assert whole["figures"]["given"] == sum(sum(hours) for hours in whole["reason_hours"].values())
    assert whole["figures"]["given"] == sum(each["given"] for each in whole["trend"])


def positive(item: tuple[Key, Mapping[str, int]]) -> tuple[Key, Counter[str]]:
    return item[0], Counter({name: many for name, many in item[1].items() if many > 0})


def test_the_nights_add_up_to_the_ledger_however_a_story_goes_on(till: Till, tmp_path: Path) -> None:
    """Told, told otherwise, taken back, told again: one night after the other, or all in one."""
    redeemed, taken_back = till.code(), till.code()
    till.redeem(redeemed)
    till.redeem(taken_back)
    till.end(redeemed, Ending.STILL_UNHAPPY)
    till.end(taken_back, Ending.TURNED_AROUND)
    first = mark(till)
    till.clock.move(hours=1)
    till.end(redeemed, Ending.TURNED_AROUND)
    till.reverse(taken_back)
    till.redeem(STRANGER, goodwill=True)
    second = mark(till)
    yesterday = DAY - timedelta(days=1)
    nights = [
        daily_of(write_ledger(till, span, tmp_path / name))
        for name, span in {
            "one": Span(None, FIRST_DAY, first, DAY),
            "two": Span(first, DAY, second, DAY),
            "all": Span(None, FIRST_DAY, second, DAY),
        }.items()
    ]
    one, two, all_ = ({name: sum(sums[name] for sums in night.values()) for name in SUMS} for night in nights)
    assert {name: one[name] + two[name] for name in SUMS} == all_
    assert (one["TurnedAround"], one["StillUnhappy"]) == (1, 1)
    assert (two["TurnedAround"], two["StillUnhappy"]) == (0, -1)
    assert (all_["TurnedAround"], all_["StillUnhappy"], all_["Goodwill"]) == (1, 0, 1)
    assert (all_["RedeemedCostMinor"], all_["ReversedCostMinor"], all_["GoodwillCostMinor"]) == (5100, 2550, 2550)
    assert yesterday not in {key[0] for key in nights[2]}


def test_an_event_counts_where_it_was_under_the_coupons_reason(till: Till, tmp_path: Path) -> None:
    code = till.code(BARISTA, reason="spilled", noticed_first=False, remade=True)
    till.clock.move(days=2, hours=3)
    till.redeem(code)
    told = daily_of(write_ledger(till, Span(None, FIRST_DAY, mark(till), DAY + timedelta(days=2)), tmp_path / "n"))
    assert list(told) == [
        (DAY, "harbour", "spilled", 10, "CZK"), (DAY + timedelta(days=2), "harbour", "spilled", 13, "CZK"),
    ]  # fmt: skip
    issued, redeemed = told.values()
    assert (issued["Issued"], issued["NoticedFirst"], issued["Remade"], issued["Redeemed"]) == (1, 0, 1, 0)
    assert (redeemed["Issued"], redeemed["Redeemed"], redeemed["RedeemedCostMinor"]) == (0, 1, 2550)


def test_daily_has_the_types_and_the_order_of_its_file(till: Till, tmp_path: Path) -> None:
    till.code()
    folder = write_ledger(till, Span(None, FIRST_DAY, mark(till), DAY), tmp_path / "n")
    with looked_at(folder) as con:
        assert table_files.write_csv(con, folder, "daily", table_columns.DAILY, FORMAT, daily(con, CZK)).rows == 1
        assert table_files.write_parquet(con, folder, "daily", table_columns.DAILY).rows == 1
        kinds = con.sql(f"FROM {table_of(folder, 'daily')}").description
    assert [each[0] for each in kinds] == [each.name for each in table_columns.DAILY]


def test_the_summary_is_as_agreed(tmp_path: Path) -> None:
    night = Night()
    back, asked, yesterdays = night.give(), night.give(NoticedFirstFlag=False, RemadeFlag=True), "7KQ4-M2XD-9RTC"
    night.give(LocalHour=23, RetailStoreID="pier", ReasonCode="forgotten", CostMinor=10)
    night.do(back, "redeemed", 60, EndingCode="turned_around")
    night.do(asked, "redeemed", 70)
    night.do(asked, "reversed", 80)
    night.do(asked, "reprinted", 90)
    night.do(yesterdays, "redeemed", 95, LateFlag=True, BusinessDayDate=DAY - timedelta(days=2),
             IssuingBusinessDayDate=DAY - timedelta(days=9), EndingCode="still_unhappy")  # fmt: skip
    night.do("7KQ4-M2XD-9RTD", "goodwill", 99, CouponKnownFlag=False, ReasonCode="", IssuingDateTime="", CostMinor=101)
    night.refuse("unknown")
    rows = {"coupons": 3, "events": 6, "refusals": 1, "exceptions": 2, "daily": 7, "balances": 2}
    known = {DAY - timedelta(days=30): Day(9), DAY - timedelta(days=29): Day(4, 3, 2, 1), DAY: Day(3, 2, 1, 1)}
    told = summary_of(
        night.write(tmp_path / "n"), rows=rows, days=known,
        balances=[balance("harbour", "CZK", 4), balance("pier", "CZK", 1)], exceptions={"goodwill": 1, "copies": 1},
    )  # fmt: skip
    hours, late_hours = [0] * 24, [0] * 24
    hours[10], hours[23], late_hours[10] = 2, 1, 2
    pier_hours = [0] * 23 + [1]
    moves = {move.lower(): {"coupons": 0, "cost_minor": 0} for move in table_columns.MOVES}
    five = {"coupons": 5, "cost_minor": 12750}
    expected: dict[str, Any] = {
        "format": 3, "run": 2, "business_day": "2026-11-14", "previous_business_day": "2026-11-13", "rows": rows,
        "late": {"coupons": 0, "events": 1, "refusals": 0},
        "dated_ahead": {"coupons": 0, "events": 0, "refusals": 0},
        "figures": {
            "given": 3, "noticed_first": 2, "asked": 1, "remade": 1, "came_back": 2, "turned_around": 1,
            "still_unhappy": 1, "did_not_say": 0, "goodwill": 1, "voided": 0, "reversed": 1, "reprinted": 1,
            "refused": 1, "stores": 2,
        },
        "of_day": {"given": 3, "came_back": 1, "turned_around": 1, "noticed_first": 2},
        "money": {"CZK": {
            "minor_units": 100, "given_cost_minor": 5110, "redeemed_cost_minor": 7650, "goodwill_cost_minor": 101,
            "outstanding_coupons": 5, "outstanding_cost_minor": 12750, "cost_per_recovered_guest_minor": 5201,
            "currency_decimals": 2, "form": CZECH,
        }},
        "balance": {"CZK": {**moves, "issued": five, "closing": five}},
        "reasons": [
            {"reason": "late", "name": "Late", "given": 2, "came_back": 2, "turned_around": 1},
            {"reason": "forgotten", "name": "forgotten", "given": 1, "came_back": 0, "turned_around": 0},
            {"reason": "", "name": "Not known", "given": 0, "came_back": 0, "turned_around": 0},
        ],
        "hours": [{"hour": hour, "given": hours[hour], "came_back": 2 * (hour == 10)} for hour in range(24)],
        "reason_hours": {"forgotten": pier_hours, "late": late_hours},
        "days_until_return": [{"days": 0, "coupons": 1}, {"days": 7, "coupons": 1}],
        "stores": [
            {"store": "harbour", "name": "Harbour St", "given": 2, "came_back": 2, "turned_around": 1,
             "noticed_first": 1, "hours": late_hours},
            {"store": "pier", "name": "Harbour St", "given": 1, "came_back": 0, "turned_around": 0,
             "noticed_first": 1, "hours": pier_hours},
        ],
        "stores_left_out": 0,
        "trend": [
            {"business_day": "2026-10-16", "given": 4, "came_back": 2, "turned_around": 1, "noticed_first": 3},
            *({"business_day": str(date(2026, 10, 16) + timedelta(days=later)), **NOBODY} for later in range(1, 29)),
            {"business_day": "2026-11-14", "given": 3, "came_back": 1, "turned_around": 1, "noticed_first": 2},
        ],
        "exceptions": {"copies": 1, "goodwill": 1},
    }  # fmt: skip
    assert told == expected
    assert list(told) == list(expected)
    assert list(told["figures"]) == list(expected["figures"])
    assert list(told["balance"]["CZK"]) == [move.lower() for move in table_columns.MOVES]


def test_a_night_without_facts_has_a_summary_of_zeros(tmp_path: Path) -> None:
    folder = Night().write(tmp_path / "n")
    told = summary_of(folder, replace(BASIS, previous_day=None))
    assert set(told["figures"].values()) == {0}
    assert told["previous_business_day"] is None
    assert told["money"] == told["balance"] == told["reason_hours"] == told["exceptions"] == {}
    assert told["reasons"] == told["stores"] == told["days_until_return"] == []
    assert told["of_day"] == NOBODY
    assert told["trend"] == [{"business_day": "2026-11-14", **NOBODY}]
    assert daily_of(folder) == {}


def test_what_came_late_is_of_its_own_day_and_never_of_the_one_that_is_closed(tmp_path: Path) -> None:
    night, earlier = Night(), DAY - timedelta(days=2)
    night.give(BusinessDayDate=earlier, LateFlag=True)
    night.do(night.give(BusinessDayDate=earlier, LateFlag=True), "redeemed", LateFlag=True, BusinessDayDate=earlier)
    told = summary_of(night.write(tmp_path / "n"))
    assert (told["figures"]["given"], told["figures"]["came_back"], told["late"]["coupons"]) == (2, 1, 2)
    assert told["of_day"] == NOBODY
    assert told["trend"] == [
        {"business_day": "2026-11-12", **NOBODY, "given": 2, "came_back": 1, "noticed_first": 2},
        {"business_day": "2026-11-13", **NOBODY},
        {"business_day": "2026-11-14", **NOBODY},
    ]


def test_the_trend_ends_at_an_empty_day_and_has_every_day_since_the_first_on_record(tmp_path: Path) -> None:
    folder = Night().write(tmp_path / "n")
    for since, many in ((1, 2), (4, 5), (29, 30), (30, 30), (400, 30)):
        trend = summary_of(folder, days={DAY - timedelta(days=since): Day(7)})["trend"]
        days = [date.fromisoformat(each["business_day"]) for each in trend]
        assert days == [DAY - timedelta(days=back) for back in reversed(range(many))]
        assert (trend[-1]["given"], sum(each["given"] for each in trend)) == (0, 7 if since < 30 else 0)


def test_only_the_sixty_stores_that_gave_most_are_shown(tmp_path: Path) -> None:
    night = Night()
    for number in range(63):
        night.give(RetailStoreID=f"s{number:02d}")
    night.give(RetailStoreID="s62")
    told = summary_of(night.write(tmp_path / "n"), replace(BASIS, stores={"s62": PRAGUE}))
    assert [each["store"] for each in told["stores"]] == ["s62", *(f"s{number:02d}" for number in range(59))]
    assert (told["stores"][0]["name"], told["stores"][1]["name"], told["stores_left_out"]) == ("Harbour St", "s00", 3)


@pytest.mark.parametrize(("cost", "guests", "each"), [(5, 2, 3), (4, 3, 1), (0, 1, 0), (5, 0, None), (5, -1, None)])
def test_the_cost_of_a_recovered_guest_is_rounded_half_up(cost: int, guests: int, each: int | None) -> None:
    assert cost_each_minor(cost, guests) == each


def test_what_does_not_fit_into_memory_lies_beside_the_files_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = Night().write(tmp_path / "n")
    before = set(folder.iterdir())
    with counting(folder) as con:
        con.execute("SELECT hash(i) AS h FROM range(8_000_000) t(i) ORDER BY h").fetchone()
        assert set(folder.iterdir()) == {*before, folder / ".counting"}
    assert set(folder.iterdir()) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
@pytest.mark.parametrize(("file", "why"), [("/dev/full", errno.ENOSPC), ("nowhere/at/all.csv", errno.ENOENT)])
def test_what_a_disk_refuses_is_told_as_the_system_says_it(tmp_path: Path, file: str, why: int) -> None:
    form = "FORMAT csv, USE_TMP_FILE false"
    with pytest.raises(OSError, match=re.escape(os.strerror(why))) as caught, counting(tmp_path) as con:
        con.execute(f"COPY (FROM range(1_000_000)) TO '{tmp_path / file}' ({form})")
    assert caught.value.errno == why


def test_what_cannot_be_done_shows_no_row(tmp_path: Path) -> None:
    """What DuckDB says may go on with a line of the file, and a night has codes of coupons that are good."""
    (tmp_path / "t.csv").write_text("2JQ0-0000-0001,1\n2JQ0-0000-0002,x\n")
    with pytest.raises(StoreBroken) as caught, counting(tmp_path) as con:
        con.execute(f"FROM read_csv('{tmp_path}/t.csv', columns = {{'a': 'VARCHAR', 'b': 'BIGINT'}})").fetchall()
    assert "2JQ0" not in str(caught.value)
