"""Nights that an earlier version closed are verified as they are; this one tells their facts anew, and says which."""

from __future__ import annotations

import json
import shutil
import tarfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from db.connection.engine import transaction
from db.night.runs import RunFact, add
from pos_recovery.export.closing import outcome_words
from pos_recovery.export.closing.outcomes import Exported, InTheWay, NotTheSame
from pos_recovery.export.facts import manifest
from pos_recovery.export.verify.verify import verify
from pos_recovery.system.exits import ExitCode
from tests.export.closing.test_close_day import SATURDAY, a_day
from tests.export.offices import HeadOffice, content, rows
from tests.till import OPENING, Till

CLOSED = Path(__file__).parent / "2026-11-14_000001.tar.xz"
"""The night that the version before (tables 0014, format 2, pyarrow 26.0.1) closed for `a_day` of the tests' till."""


@dataclass(frozen=True)
class Before:
    """What a version put on record with that night."""

    marks: str
    sha256: str


OFFSETS = (
    '[["Europe/Prague","0001-01-01T00:00:00",60],["Europe/Prague","2025-03-30T01:00:00",120],["Europe/Prague","2025-10-'
    '26T01:00:00",60],["Europe/Prague","2026-03-29T01:00:00",120],["Europe/Prague","2026-10-25T01:00:00",60]]'
)
REASONS = (
    '{"equipment":"Machine down","forgotten":"Forgotten","late":"Late","other":"Other …","quality":"Not right","sold_'
    'out":"Sold out","spilled":"Spilled","staff":"Our manners","wrong_item":"Wrong item"}'
)
STORES = '{"harbour":["Harbour St","Europe/Prague","CZK"]}'
FIRST = Before(
    '{"allowance":10,"cap":40,"days":{"2026-11-14":[4,4,1,0]},"format":1,"furthest":"2026-11-14","offsets":'
    f'{OFFSETS},"over":false,"reasons":{REASONS},"scales":{{"CZK":100}},"stores":{STORES},'
    '"until":{"conflict":0,"coupon":4,"coupon_event":5,"refusal":2}}',
    "099e1507bb4b588fe795cb8e7ab769cafef759df7b99593adcf813d36edddbea",
)
"""Of version 0.1.0 (tables 0007)."""
SECOND = Before(
    '{"allowance":10,"cap":40,"days":{"2026-11-14":[4,4,1,0]},"far":null,"format":2,"forms":{"CZK":{"decimal":",",'
    '"group":"\u00a0","groups":[3,3],"negative":"\u2212{}\u00a0CZK","positive":"{}\u00a0CZK"}},"furthest":"2026-11-15",'
    f'"names":false,"offsets":{OFFSETS},"over":true,"people":[],"reasons":{REASONS},"scales":{{"CZK":100}},"stores":'
    f'{STORES},"until":{{"conflict":0,"coupon":4,"coupon_event":5,"refusal":2}},"zone_rules":"2026f"}}',
    "b72dc60bd200e22370fdc57c3a0751c0a0360760304b9b968847c4402afa39ce",
)
"""Of the version before (`CLOSED`)."""


def told_before(till: Till, before: Before = SECOND, closing: int = 2) -> list[str]:
    codes = a_day(till)
    fact = RunFact(run=1, business_day=SATURDAY, marks=before.marks, manifest_sha256=before.sha256, at=OPENING)
    with transaction(till.counter.engine) as connection:
        add(connection, fact, {("harbour", "CZK"): (closing, 2550 * closing)})
    return codes


@pytest.fixture
def closed(office: HeadOffice) -> Path:
    """The night as it was closed, where it was brought."""
    with tarfile.open(CLOSED) as packed:
        packed.extractall(office.folder / "nights", filter="data")
    return office.folder / "nights" / "2026-11-14_000001"


def plain(night: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in night.glob("*.csv")}


def columns(night: Path, table: str) -> list[str]:
    return (night / f"{table}.csv").read_text("utf-8-sig").splitlines()[0].replace('"', "").split(",")


def test_a_night_as_the_version_before_closed_it_is_verified(closed: Path) -> None:
    verdict = verify(closed.parent)
    assert (verdict.is_verified, verdict.problems, verdict.notes) == (True, (), ())
    assert verdict.manifest_sha256 == SECOND.sha256


def test_elsewhere_its_facts_are_told_anew_and_nobody_says_that_the_bytes_are_the_same(
    till: Till, office: HeadOffice, closed: Path, tmp_path: Path
) -> None:
    told_before(till)
    outcome = office.close(SATURDAY, tmp_path / "elsewhere")
    assert isinstance(outcome, Exported)
    assert (outcome.again, outcome.closed_as) == (True, SECOND.sha256)
    assert outcome.manifest_sha256 != SECOND.sha256
    said = outcome_words.sentence(outcome)
    assert "in an earlier form: the same facts now, and not the same bytes" in said
    assert "the same bytes again" not in said
    assert SECOND.sha256 in said
    night = Path(outcome.folder)
    assert plain(night) == plain(closed)
    assert content(night) != content(closed)
    assert json.loads((night / manifest.NAME).read_bytes())["closed_as"] == SECOND.sha256
    alone = verify(night)
    assert alone.is_verified
    assert SECOND.sha256 in " ".join(alone.notes)
    again = office.close(SATURDAY, tmp_path / "once more")
    assert isinstance(again, Exported)
    assert content(Path(again.folder)) == content(night)


def test_where_it_stands_it_is_left_as_it_was_closed(till: Till, office: HeadOffice, closed: Path) -> None:
    told_before(till)
    before = content(closed)
    outcome = office.close(SATURDAY)
    assert isinstance(outcome, Exported)
    assert (outcome.manifest_sha256, outcome.closed_as) == (SECOND.sha256, SECOND.sha256)
    assert "by an earlier version: its night was left as it is" in outcome_words.sentence(outcome)
    assert outcome_words.exit_code(outcome) == ExitCode.DONE
    assert content(closed) == before


def test_what_else_has_its_name_is_left_and_is_not_taken_for_it(till: Till, office: HeadOffice, closed: Path) -> None:
    told_before(till)
    (closed / manifest.NAME).write_bytes(b"{}")
    outcome = office.close(SATURDAY)
    assert outcome == InTheWay(str(closed), earlier=True)
    assert (closed / manifest.NAME).read_bytes() == b"{}"
    assert "with other bytes" in outcome_words.sentence(outcome)


@pytest.mark.parametrize("anew", [False, True])
def test_the_nights_after_it_go_on_from_it_as_it_was_closed(
    till: Till, office: HeadOffice, closed: Path, anew: bool, tmp_path: Path
) -> None:
    """In its place the night that was told anew is none that the next one names, and that is said."""
    codes = told_before(till)
    till.clock.move(days=1)
    till.redeem(codes[1])
    till.clock.move(days=1)
    if anew:
        shutil.rmtree(closed)
        office.night(SATURDAY)
    office.night(SATURDAY + timedelta(days=1))
    verdict = verify(closed.parent)
    assert verdict.nights == 2
    assert verdict.is_verified is not anew
    if anew:
        (problem,) = verdict.problems
        assert (problem.night, problem.code) == (closed.name, "chain")
        assert "written anew" in problem.sentence


@pytest.mark.parametrize("before", [FIRST, SECOND])
def test_what_does_not_tell_the_same_as_the_sums_on_record_is_not_published(
    till: Till, office: HeadOffice, before: Before
) -> None:
    """The twin of telling it anew: nothing is, of a ledger that has changed since."""
    told_before(till, before, closing=3)
    assert isinstance(office.close(SATURDAY), NotTheSame)
    assert office.nights() == []


def test_the_nights_after_it_say_their_places_and_go_on_from_its_sums(till: Till, office: HeadOffice) -> None:
    codes = told_before(till, FIRST)
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
    assert told["format"] == 3
    assert "CurrencyDecimals" not in (first / manifest.NAME).read_text("utf-8")
    assert "CZK\u00a0" in (first / "report.html").read_text("utf-8")
    assert verify(first).is_verified
    assert verify(second).is_verified
    page = (second / "report.html").read_text("utf-8")
    assert "25.50\u00a0Kč" not in page
    assert "CZK\u00a025.50" not in page
    assert date.fromisoformat(told["business_day"]) == SATURDAY + timedelta(days=1)
