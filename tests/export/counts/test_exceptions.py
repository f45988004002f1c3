"""Each exception is seen when it is there, and not when it nearly is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.night.columns import FORMAT
from db.night.history import Ahead, Given, Heard, History, Lost
from db.night.span import FIRST_DAY, Span
from pos_recovery.export.counts import exceptions
from pos_recovery.export.counts.summary import exceptions_by_code
from pos_recovery.export.facts import table_columns, table_files
from tests.export.night_folders import BASIS, DAY, Night, found, looked_at, mark, of_code, weeks_before, write_ledger
from tests.till import BARISTA, LEAD, STRANGER, Till


@pytest.fixture
def night() -> Night:
    return Night()


def codes_of(rows: list[dict[str, Any]]) -> list[str]:
    return [row["ExceptionCode"] for row in rows]


def test_a_quiet_night_has_none(night: Night, tmp_path: Path) -> None:
    night.do(night.give(), "redeemed")
    night.do(night.give(), "voided", 121, OperatorID=2)
    night.do(night.give(), "reprinted")
    assert found(night.write(tmp_path / "n")) == []


def test_who_gave_and_redeemed_is_named_and_a_reversal_is_told(night: Night, tmp_path: Path) -> None:
    taken_back, mine, strangers = (night.give() for _ in range(3))
    night.do(taken_back, "redeemed", 60, OperatorID=2)
    night.do(taken_back, "reversed", 70)
    night.do(mine, "redeemed", 80, OperatorID=2)
    night.do(strangers, "redeemed", 90, OperatorID=2, RetailStoreID="pier")  # person 2 of another store
    first, second = found(night.write(tmp_path / "n"))
    assert first == {
        "ExceptionID": "E0001", "ExceptionCode": "redeemed_by_issuer", "RetailStoreID": "harbour",
        "WorkstationID": "1", "OperatorID": 2, "BusinessDayDate": DAY, "CouponCode": taken_back, "EventNumber": 1,
        "BeginDateTime": "2026-11-14T10:01:00.000000+01:00", "OtherRetailStoreID": "harbour",
        "OtherWorkstationID": "1", "OtherOperatorID": 2, "OtherDateTime": "2026-11-14T10:00:00.000000+01:00",
        "Detail": "Person 2 gave this coupon and redeemed it; the redemption was taken back later.",
    }  # fmt: skip
    assert second["Detail"] == "Person 2 gave this coupon and redeemed it."


@pytest.mark.parametrize(("last_s", "seen"), [(600, True), (600.000001, False)])
def test_a_burst_is_five_within_ten_minutes(night: Night, tmp_path: Path, last_s: float, seen: bool) -> None:
    for seconds in (0, 100, 200, 300, last_s):
        night.give(seconds)
    night.give(0, OperatorID=3)  # of somebody else
    night.give(0, RetailStoreID="pier")
    rows = found(night.write(tmp_path / "n"))
    assert codes_of(rows) == ["burst"] * seen
    if seen:
        (burst,) = rows
        assert (burst["CouponCode"], burst["Count"], burst["OperatorID"]) == ("0000-0000-0000", 5, 2)
        assert burst["Detail"] == "Person 2 gave 5 coupons within 10 minutes; this is the first of them."


def test_bursts_that_overlap_are_one_and_a_second_is_another(night: Night, tmp_path: Path) -> None:
    for seconds in (0, 1000, *range(2000, 3500, 150), 9000, 9000, 9000, 9000, 9001):
        night.give(seconds)
    bursts = found(night.write(tmp_path / "n"), replace(BASIS, allowance=40))
    assert [(each["BeginDateTime"][11:19], each["Count"]) for each in bursts] == [("10:33:20", 10), ("12:30:00", 5)]


def test_more_copies_than_one(night: Night, tmp_path: Path) -> None:
    twice, once = night.give(), night.give()
    for code, seconds in ((twice, 10), (twice, 20), (once, 30)):
        night.do(code, "reprinted", seconds)
    (copies,) = found(night.write(tmp_path / "n"))
    assert (copies["ExceptionCode"], copies["CouponCode"], copies["Count"]) == ("copies", twice, 2)
    assert copies["EventNumber"] == 1


def test_a_copy_counts_with_those_that_earlier_nights_told(night: Night, tmp_path: Path) -> None:
    twice, once, before_only = night.give(), night.give(), night.give()
    night.do(twice, "reprinted", 10, EventNumber=4)
    night.do(once, "reprinted", 20)
    told = History(copied=[(twice.replace("-", ""), 2), (before_only.replace("-", ""), 7)])
    (copies,) = found(night.write(tmp_path / "n"), before=told)
    assert (copies["CouponCode"], copies["Count"], copies["EventNumber"]) == (twice, 3, 4)
    assert copies["Detail"] == (
        "This coupon was printed again 3 times; earlier nights told 2 of them, and this is the first of the others."
        " It is good only once."
    )


@pytest.mark.parametrize(("earlier", "given", "voided", "code", "count"), [
    (9, 1, 0, None, 0), (9, 2, 0, "over_allowance", 11), (9, 8, 0, "over_allowance", 17), (9, 2, 1, None, 0),
    (30, 10, 0, "over_allowance", 40), (30, 11, 0, "over_cap", 41), (12, 1, 0, "over_allowance", 13),
    (12, 1, 1, None, 0), (12, 0, 0, None, 0),
])  # fmt: skip
def test_a_limit_counts_what_earlier_nights_told_and_is_told_by_who_brings_more(
    night: Night, tmp_path: Path, earlier: int, given: int, voided: int, code: str | None, count: int
) -> None:
    codes = [night.give(300 * number, LateFlag=True) for number in range(given)]
    for each in codes[:voided]:
        night.do(each, "voided", 20_000)
    night.give(OperatorID=3)
    told = History(given=[Given("harbour", 2, DAY, earlier), Given("harbour", 4, DAY, 30)])
    rows = found(night.write(tmp_path / "n"), before=told)
    assert [(row["ExceptionCode"], row["Count"]) for row in rows] == [(code, count)] * (code is not None)
    if code:
        assert rows[0]["CouponCode"] == codes[0]
        assert rows[0]["Detail"].endswith(
            f"; earlier nights told {earlier} of them, and this is the first of the others."
        )


def test_a_coupon_whose_voiding_came_before_it_is_voided(night: Night, tmp_path: Path) -> None:
    codes = [night.give(300 * number, LateFlag=True) for number in range(11)]
    folder = night.write(tmp_path / "n")
    assert codes_of(found(folder)) == ["over_allowance"]
    assert found(folder, before=History(voided=[codes[3].replace("-", "")])) == []


@pytest.mark.parametrize("at_once", [1, 20, 1_000])
def test_many_who_gave_many_are_looked_at_in_parts(
    night: Night, tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exceptions, "_AT_ONCE", at_once)
    for person in range(20):
        for number in range(person):
            night.give(700 * number, OperatorID=person)
    rows = found(night.write(tmp_path / "n"))
    assert [(row["OperatorID"], row["Count"]) for row in rows] == [(person, person) for person in range(11, 20)]


@pytest.mark.parametrize(("given", "voided", "code"), [
    (10, 0, None), (11, 0, "over_allowance"), (11, 1, None), (40, 0, "over_allowance"), (41, 0, "over_cap"),
    (41, 1, "over_allowance"),
])  # fmt: skip
def test_over_allowance_or_over_cap_but_never_both(
    night: Night, tmp_path: Path, given: int, voided: int, code: str | None
) -> None:
    codes = [night.give(300 * number) for number in range(given)]
    for each in codes[:voided]:
        night.do(each, "voided", 20_000)
    rows = found(night.write(tmp_path / "n"))
    assert codes_of(rows) == [code] * (code is not None)
    if code:
        limit = {"over_allowance": 10, "over_cap": 40}[code]
        assert (rows[0]["Count"], rows[0]["Expected"]) == (given - voided, str(limit))
        assert rows[0]["CouponCode"] == codes[voided]


def test_days_and_people_have_limits_of_their_own(night: Night, tmp_path: Path) -> None:
    for number in range(10):
        night.give(300 * number)
        night.give(300 * number, OperatorID=3)
        night.give(300 * number, BusinessDayDate=DAY - timedelta(days=1), LateFlag=True)
    assert found(night.write(tmp_path / "n")) == []


def test_every_goodwill_is_told(night: Night, tmp_path: Path) -> None:
    night.do(night.give(), "goodwill", 5)
    night.do("7KQ4-M2XD-9RTC", "goodwill", 6, CouponKnownFlag=False, ReasonCode="", IssuingDateTime="")
    first, second = found(night.write(tmp_path / "n"))
    assert first["Detail"] == "Person 1 gave a drink as goodwill; what had gone wrong before: late."
    assert second["Detail"] == "Person 1 gave a drink as goodwill."


def test_refusals_are_counted_by_store_day_and_kind(night: Night, tmp_path: Path) -> None:
    night.refuse("unknown", 9)
    night.refuse("unknown", 3)
    night.refuse("expired", 5)
    night.refuse("unknown", 1, RetailStoreID="pier", OperatorID=None)
    rows = found(night.write(tmp_path / "n"))
    told = [(row["RetailStoreID"], row["BeginDateTime"][17:19], row["Count"], row["Detail"]) for row in rows]
    assert told == [
        ("harbour", "03", 2, "Refused, unknown: 2 times."),
        ("harbour", "05", 1, "Refused, expired: 1 time."),
        ("pier", "01", 1, "Refused, unknown: 1 time."),
    ]


def test_a_clock_is_told_once_by_its_worst(night: Night, tmp_path: Path) -> None:
    night.give(1, ClockDriftSeconds=31)
    night.do(night.give(2, ClockDriftSeconds=30), "redeemed", 3, ClockDriftSeconds=95)
    night.give(4, ClockDriftSeconds=30, WorkstationID="2")
    (drift,) = found(night.write(tmp_path / "n"))
    assert drift["Detail"] == "The clock of register 1 was up to 95 seconds behind; facts written so: 2."
    assert (drift["EventNumber"], drift["OperatorID"], drift["Count"]) == (1, 1, 2)


@pytest.mark.parametrize(("after_s", "by", "seen"), [(0, 2, True), (120, 2, True), (121, 2, False), (10, 1, False)])
def test_voided_at_once_is_by_the_giver_within_two_minutes(
    night: Night, tmp_path: Path, after_s: int, by: int, seen: bool
) -> None:
    night.do(night.give(), "voided", after_s, OperatorID=by)
    assert codes_of(found(night.write(tmp_path / "n"))) == ["voided_at_once"] * seen


def test_a_register_is_silent_when_no_fact_of_any_kind_is_of_it(night: Night, tmp_path: Path) -> None:
    night.give()
    night.do("7KQ4-M2XD-9RTC", "redeemed", WorkstationID="2")
    night.refuse("unknown", WorkstationID="3")
    friday = DAY - timedelta(days=1)
    before = History(heard=[Heard("harbour", number, friday) for number in "1234"] + [Heard("pier", "1", friday)])
    folder = night.write(tmp_path / "n")
    silent = of_code("register_silent", found(folder, before=before))
    assert [(row["RetailStoreID"], row["Detail"]) for row in silent] == [
        ("harbour", "Nothing was heard of register 4; it last gave or redeemed on 2026-11-13."),
        ("pier", "Nothing was heard of register 1; it last gave or redeemed on 2026-11-13."),
    ]
    again = replace(BASIS, previous_day=DAY)
    assert of_code("register_silent", found(folder, again, before)) == []  # the day was closed before, with its facts


def test_a_register_that_has_not_opened_yet_is_not_silent(night: Night, tmp_path: Path) -> None:
    night.give()
    before = History(heard=[Heard("harbour", "2", DAY - timedelta(days=1))])
    folder = night.write(tmp_path / "n")
    assert codes_of(found(folder, replace(BASIS, over=False), before)) == []
    assert codes_of(found(folder, BASIS, before)) == ["register_silent"]


def test_what_is_dated_ahead_is_told_by_every_night(night: Night, tmp_path: Path) -> None:
    summer = date(2027, 6, 1)
    before = History(ahead=[Ahead("harbour", "1", summer, 2), Ahead("harbour", "2", summer + timedelta(days=1), 1)])
    first, second = found(night.write(tmp_path / "n"), before=before)
    assert first == {
        "ExceptionID": "E0001", "ExceptionCode": "dated_ahead", "RetailStoreID": "harbour", "WorkstationID": "1",
        "BusinessDayDate": summer, "Count": 2,
        "Detail": "Register 1 dated 2 facts 2027-06-01, a day that had not begun in any store. Nothing is lost: the"
        " night of that day tells them. Set its clock.",
    }  # fmt: skip
    assert second["Detail"].startswith("Register 2 dated 1 fact 2027-06-02, a day")


def test_a_conflict_has_both_sides(night: Night, tmp_path: Path) -> None:
    at = datetime(2026, 11, 14, 9, 30, tzinfo=UTC)
    lost = Lost("7KQ4M2XD9RTC", "harbour", "1", 1, DAY, at, 2, "pier", "4", 7, at - timedelta(minutes=5))
    unknown = replace(lost, code="7KQ4M2XD9RTD", winner_store=None, winner_register=None, winner_staff=None,
                      winner_at=None)  # fmt: skip
    first, second = found(night.write(tmp_path / "n"), before=History(lost=[lost, unknown]))
    assert first == {
        "ExceptionID": "E0001", "ExceptionCode": "offline_conflict", "RetailStoreID": "harbour", "WorkstationID": "1",
        "OperatorID": 1, "BusinessDayDate": DAY, "BeginDateTime": "2026-11-14T10:30:00.000000+01:00",
        "CouponCode": "7KQ4-M2XD-9RTC", "EventNumber": 2, "OtherRetailStoreID": "pier", "OtherWorkstationID": "4",
        "OtherOperatorID": 7, "OtherDateTime": "2026-11-14T10:25:00.000000+01:00",
        "Detail": "This coupon was redeemed here without the hub, and also at store pier, register 4 by person 7; "
        "that redemption counts, and two drinks may have been given.",
    }  # fmt: skip
    assert "a place not on record here" in second["Detail"]


def test_the_file_is_in_the_order_of_codes_then_store_day_and_time(night: Night, tmp_path: Path) -> None:
    for store in ("pier", "harbour"):
        night.do(night.give(RetailStoreID=store), "goodwill", 9, RetailStoreID=store)
        night.do(night.give(RetailStoreID=store), "goodwill", 8, RetailStoreID=store)
        night.refuse("unknown", RetailStoreID=store)
        night.do(night.give(), "redeemed", OperatorID=2)
    rows = found(night.write(tmp_path / "n"))
    assert [row["ExceptionID"] for row in rows] == [f"E{number:04d}" for number in range(1, 9)]
    keys = [
        (
            table_columns.CODES.index(row["ExceptionCode"]),
            row["RetailStoreID"],
            row["BusinessDayDate"],
            row["BeginDateTime"],
        )
        for row in rows
    ]
    assert keys == sorted(keys)


def test_a_real_day_at_a_till(till: Till, tmp_path: Path) -> None:
    start = mark(till)
    mine = till.code(LEAD)
    till.clock.move(minutes=3)
    till.redeem(mine)
    till.clock.move(seconds=10)
    at_once = till.code(LEAD)
    till.clock.move(seconds=40)
    till.void(at_once)
    till.redeem(STRANGER)
    till.redeem(STRANGER, goodwill=True)
    till.issue(BARISTA, count=4)
    till.clock.move(minutes=-2)
    copied = till.code(BARISTA)
    for _ in range(2):
        till.print(copied)
        till.reprint(copied)
    folder = write_ledger(till, Span(start, DAY - timedelta(days=1), mark(till), DAY), tmp_path / "n")
    rows = found(folder)
    assert codes_of(rows) == [
        "redeemed_by_issuer", "voided_at_once", "burst", "copies", "goodwill", "clock_drift", "refusals"
    ]  # fmt: skip
    assert rows[5]["Detail"] == "The clock of register 1 was up to 120 seconds behind; facts written so: 3."
    assert not any(name in row["Detail"] for row in rows for name in (BARISTA.name, LEAD.name))


def test_what_a_run_cuts_in_two_is_counted_as_one(till: Till, tmp_path: Path) -> None:
    """Nine and eight by one person in a day, and a slip printed again before the first run and behind it."""
    start = mark(till)
    copied, voided = till.code(BARISTA), till.code(BARISTA)
    for _ in range(8):
        till.clock.move(minutes=11)
        till.code(BARISTA)
    till.print(copied)
    till.reprint(copied)
    noon = Span(start, DAY - timedelta(days=1), mark(till), DAY)
    till.void(voided)
    for _ in range(8):
        till.clock.move(minutes=11)
        till.code(BARISTA)
    till.print(copied)
    till.reprint(copied)
    night = Span(noon.until, DAY, mark(till), DAY + timedelta(days=1))
    told = []
    for name, span in (("noon", noon), ("night", night)):
        folder = write_ledger(till, span, tmp_path / name)
        told.append(found(folder, replace(BASIS, day=span.day), weeks_before(till, span)))
    assert told[0] == []
    assert [(row["ExceptionCode"], row["Count"]) for row in told[1]] == [("over_allowance", 17), ("copies", 2)]
    assert "earlier nights told 9 of them" in told[1][0]["Detail"]


def test_the_file_can_be_written_and_its_codes_counted(night: Night, tmp_path: Path) -> None:
    night.do(night.give(), "goodwill")
    night.refuse("unknown")
    folder = night.write(tmp_path / "n")
    with looked_at(folder) as con:
        query = exceptions.exceptions(con, BASIS, History())
        plain = table_files.write_csv(con, folder, "exceptions", table_columns.EXCEPTIONS, FORMAT, [query])
        assert plain.rows == 2
        assert table_files.write_parquet(con, folder, "exceptions", table_columns.EXCEPTIONS).rows == 2
        assert exceptions_by_code(con, folder) == {"goodwill": 1, "refusals": 1}


def test_stores_with_hostile_names_are_only_names(night: Night, tmp_path: Path) -> None:
    store = "'); DROP TABLE usual; --"
    night.do(night.give(RetailStoreID=store), "goodwill", RetailStoreID=store)
    before = History(heard=[Heard(store, "'", date(2026, 11, 1))], trading_days=[(store, 6, 3)])
    rows = found(
        night.write(tmp_path / "it's [a] night?*"), replace(BASIS, stores={store: BASIS.stores["pier"]}), before
    )
    assert [row["RetailStoreID"] for row in rows] == [store, store]


def test_the_first_run_of_all_has_no_weeks_before(till: Till) -> None:
    till.code()
    assert weeks_before(till, Span(None, FIRST_DAY, mark(till), DAY)) == History()
