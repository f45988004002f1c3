"""Nights that an earlier version closed come out as it told them; what came since stands in new ones only."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

from db.connection.engine import reading, transaction
from db.night.runs import RunFact, add, every
from pos_recovery.export.closing.outcomes import NotTheSame
from pos_recovery.export.facts import manifest
from pos_recovery.export.verify.verify import verify
from tests.export.closing.test_close_day import SATURDAY, a_day
from tests.export.offices import HeadOffice, rows
from tests.till import OPENING, Till

MARKS = (
    '{"allowance":10,"cap":40,"days":{"2026-11-14":[4,4,1,0]},"format":1,"furthest":"2026-11-14","offsets":[["Europe/Pr'
    'ague","0001-01-01T00:00:00",60],["Europe/Prague","2025-03-30T01:00:00",120],["Europe/Prague","2025-10-26T01:00:00"'
    ',60],["Europe/Prague","2026-03-29T01:00:00",120],["Europe/Prague","2026-10-25T01:00:00",60]],"over":false,"reasons'
    '":{"equipment":"Machine down","forgotten":"Forgotten","late":"Late","other":"Other …","quality":"Not right","sold_'
    'out":"Sold out","spilled":"Spilled","staff":"Our manners","wrong_item":"Wrong item"},"scales":{"CZK":100},"stores"'
    ':{"harbour":["Harbour St","Europe/Prague","CZK"]},"until":{"conflict":0,"coupon":4,"coupon_event":5,"refusal":2}}'
)
SHA256 = "099e1507bb4b588fe795cb8e7ab769cafef759df7b99593adcf813d36edddbea"
"""The row that version 0.1.0 (tables 0007) wrote for `a_day` of the tests' till, and the manifest of its night."""


def told_before(till: Till, sha256: str = SHA256) -> list[str]:
    codes = a_day(till)
    fact = RunFact(run=1, business_day=SATURDAY, marks=MARKS, manifest_sha256=sha256, at=OPENING)
    with transaction(till.counter.engine) as connection:
        add(connection, fact, {("harbour", "CZK"): (2, 5100)})
    return codes


def columns(night: Path, table: str) -> list[str]:
    return (night / f"{table}.csv").read_text("utf-8-sig").splitlines()[0].replace('"', "").split(",")


def test_a_night_that_an_earlier_version_closed_comes_out_byte_for_byte(till: Till, office: HeadOffice) -> None:
    told_before(till)
    night = office.night(SATURDAY)
    assert "CurrencyDecimals" not in (night / manifest.NAME).read_text("utf-8")
    assert "CZK\u00a0" in (night / "report.html").read_text("utf-8")
    assert verify(night).is_verified
    with reading(till.counter.engine) as connection:
        assert [each.manifest_sha256 for each in every(connection)] == [SHA256]


def test_one_byte_that_is_not_the_same_would_be_said(till: Till, office: HeadOffice) -> None:
    """The twin: nothing is published that another version would have told."""
    told_before(till, "0" * 64)
    assert isinstance(office.close(SATURDAY), NotTheSame)


def test_the_nights_after_it_say_their_places_and_go_on_from_its_sums(till: Till, office: HeadOffice) -> None:
    codes = told_before(till)
    till.clock.move(days=1)
    till.redeem(codes[1])
    till.clock.move(days=1)
    first, second = office.night(SATURDAY), office.night(SATURDAY + timedelta(days=1))
    new = {
        "coupons": ["DatedAheadFlag", "CurrencyDecimals"],
        "events": ["DatedAheadFlag", "CurrencyDecimals"],
        "refusals": ["DatedAheadFlag"],
        "exceptions": [],
        "daily": ["CurrencyDecimals"],
        "balances": ["CurrencyDecimals", "BusinessDayDate"],
    }
    for table, added in new.items():
        assert columns(second, table) == [*columns(first, table), *added]
    (balance,) = rows(second, "balances")
    assert (balance["Opening"], balance["OpeningCostMinor"], balance["CurrencyDecimals"]) == (2, 5100, 2)
    told = json.loads((second / manifest.NAME).read_bytes())
    assert told["format"] == 2
    assert verify(second.parent).is_verified
    page = (second / "report.html").read_text("utf-8")
    assert "25.50\u00a0Kč" not in page
    assert "CZK\u00a025.50" not in page
    assert date.fromisoformat(told["business_day"]) == SATURDAY + timedelta(days=1)
