"""Which rules of time zones are used: in new processes, whose system and package have rules of different years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pos_recovery.counter.outcome_words import at_counter
from pos_recovery.rules import time_zones
from pos_recovery.rules.business_days import Calendar
from tests.till import MovableClock, Till
from tests.zone_files import NEW, NEW_VERSION, OLD, as_package, as_system, old_zone, told_by

SINCE_NOVEMBER = datetime(2026, 12, 1, 11, 30, tzinfo=UTC)
"""04:30 in Vancouver, where a new business day has begun; 03:30 of the evening before by the rules of 2025."""
ASK = """
import json, pickle, sys
from collections.abc import Callable
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo
{before}
from pos_recovery.rules import time_zones
from pos_recovery.rules.business_days import Calendar
zone = {zone}("America/Vancouver")
at = datetime(2026, 12, 1, 11, 30, tzinfo=UTC)
print(json.dumps({{
    "day": str(Calendar(zone).business_date(at)), "shown": f"{{at.astimezone(zone):%H:%M}}",
    "same": pickle.loads(pickle.dumps(zone)) is zone, "words": {words}, "lisbon": "Europe/Lisbon" in time_zones.names(),
}}))
"""
OURS = ASK.format(before="", zone="time_zones.zone", words="time_zones.in_use().words")
PYTHON_S = ASK.format(before="", zone="ZoneInfo", words="''")
RIGHT, AN_HOUR_WRONG = ("2026-12-01", "04:30"), ("2026-11-30", "03:30")


def shown(told: dict[str, str]) -> tuple[str, str]:
    return told["day"], told["shown"]


def test_a_newer_package_is_used_before_an_older_system(tmp_path: Path) -> None:
    told = told_by(OURS, as_system(tmp_path, OLD, "2025b"))
    assert shown(told) == RIGHT
    assert told["words"] == f"{NEW_VERSION}, of the package tzdata; on this system: 2025b"
    assert (told["same"], told["lisbon"]) == (True, True)


def test_python_alone_would_take_the_older_system(tmp_path: Path) -> None:
    """The twin: the evening before, an hour wrong."""
    assert shown(told_by(PYTHON_S, as_system(tmp_path, OLD, "2025b"))) == AN_HOUR_WRONG


def test_a_newer_system_is_used_before_an_older_package(tmp_path: Path) -> None:
    told = told_by(OURS, as_system(tmp_path / "s", NEW, NEW_VERSION), as_package(tmp_path / "p", OLD, "2025b"))
    assert shown(told) == RIGHT
    assert told["words"] == f"{NEW_VERSION}, of this system; the package tzdata has 2025b"
    assert told["same"]


def test_the_older_package_alone_would_be_an_hour_wrong(tmp_path: Path) -> None:
    """The twin: no system has any, so it is all there is."""
    told = told_by(OURS, "", as_package(tmp_path, OLD, "2025b"))
    assert shown(told) == AN_HOUR_WRONG
    assert told["words"] == "2025b, of the package tzdata; on this system: there are none"


def test_a_system_that_does_not_tell_its_version_counts_as_older(tmp_path: Path) -> None:
    told = told_by(OURS, as_system(tmp_path, OLD, None))
    assert shown(told) == RIGHT
    assert told["words"] == f"{NEW_VERSION}, of the package tzdata; on this system: a version that nobody tells"


def test_a_package_without_its_zones_is_none(tmp_path: Path) -> None:
    told = told_by(OURS, as_system(tmp_path / "s", OLD, "2025b"), as_package(tmp_path / "p", None, "2026f"))
    assert told["words"] == "2025b, of this system; the package tzdata is missing"


def test_what_the_package_lists_is_a_zone_and_nothing_like_it_is_one() -> None:
    assert {"Europe/Lisbon", "UTC"} < time_zones._listed() <= time_zones.names()
    assert not any(map(time_zones.is_name, ("europe/lisbon", "Europe", "Europe/Lisbon ", "../UTC", "")))


def test_a_zone_that_only_the_system_has_is_one_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: what is not listed is looked for."""
    monkeypatch.setattr(time_zones, "_listed", frozenset)
    assert time_zones.is_name("Europe/Lisbon")


def test_a_zone_that_was_read_before_is_read_anew(tmp_path: Path) -> None:
    before = 'early = ZoneInfo("America/Vancouver")'
    asked = ASK.format(before=before, zone="time_zones.zone", words="''")
    assert shown(told_by(asked, as_system(tmp_path, OLD, "2025b"))) == RIGHT


def test_a_zone_that_was_read_before_would_stay_as_it_was(tmp_path: Path) -> None:
    """The twin: the same folders, and what was read is not forgotten."""
    before = 'early = ZoneInfo("America/Vancouver"); import zoneinfo; zoneinfo.reset_tzpath(to=())'
    asked = ASK.format(before=before, zone="ZoneInfo", words="''")
    assert shown(told_by(asked, as_system(tmp_path, OLD, "2025b"))) == AN_HOUR_WRONG


def test_nothing_is_read_before_the_first_zone_is_asked_for(tmp_path: Path) -> None:
    """And then something is: the twin, in the same process."""
    code = """
import json, sys
opened = []
sys.addaudithook(lambda name, given: opened.append(str(given[0])) if name == "open" else None)
from pos_recovery.rules import business_days, timer_hours, time_zones
looked = [sum("tzdata.zi" in each or "UTC" in each for each in opened)]
time_zones.zone("UTC")
looked.append(sum("tzdata.zi" in each or "UTC" in each for each in opened))
print(json.dumps(looked))
"""
    before, after = told_by(code, as_system(tmp_path, OLD, "2025b"))
    assert before == 0 < after


@pytest.mark.parametrize(
    ("system", "package", "used"),
    [
        (["2025b"], "2026f", []),
        (["2026f"], "2025b", [0]),
        (["2026f"], "2026f", [0]),  # it may have been mended since
        (["2025za"], "2025z", [0]),  # the 27th of a year
        (["2025z"], "2025za", []),
        (["2026a"], "2025z", [0]),
        (["2025b-12-g3f1c0de"], "2025b", [0]),
        (["2025b-12-g3f1c0de"], "2025c", []),
        (["2025b-debian"], "2025b", [0]),
        (["2025a", "2026g", "2026f"], "2026f", [1, 2]),
        (["2025a", "2026g"], None, [1, 0]),
        ([""], "2026f", []),
        ([""], "", [0]),
        ([""], None, [0]),
        (["", "2026g"], "2026f", [1]),
        ([], "2026f", []),
        ([], None, []),
    ],
)
def test_the_newest_is_looked_in_first(tmp_path: Path, system: list[str], package: str | None, used: list[int]) -> None:
    folders = [str(as_system(tmp_path / str(number), OLD, version or None)) for number, version in enumerate(system)]
    rules = time_zones.choose([*folders, str(tmp_path / "not there")], package)
    assert rules.folders == tuple(folders[number] for number in used)
    assert rules.version == (system[used[0]] if used else package or "") or rules.version is None
    assert (rules.system is None) == (not system)


@pytest.mark.parametrize(
    ("name", "content", "version"),
    [
        ("tzdata.zi", b"# version 2025b\n# ddeps backzone\n", "2025b"),
        ("tzdata.zi", b"# version 2025b-redhat\n", "2025b-redhat"),
        ("+VERSION", b"2024a\n", "2024a"),
        ("+VERSION", b"2024a.1.0", "2024a.1.0"),
        ("+VERSION", b"", ""),
        ("tzdata.zi", b"# This zic input file is in the public domain.\n", ""),
        ("tzdata.zi", b"# version unknown\n", ""),
        ("tzdata.zi", b"\xff\x00\x1b[31m" * 1000, ""),
        ("version", b"2025b\n", ""),
    ],
)
def test_a_system_s_version_is_what_it_says_itself(tmp_path: Path, name: str, content: bytes, version: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert time_zones.version_of(tmp_path) == version


def test_a_folder_in_place_of_the_file_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "tzdata.zi").mkdir()
    assert time_zones.version_of(tmp_path) == ""


def test_what_other_programs_of_the_system_go_by_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_zones, "_SYSTEM", ("/not there", str(OLD)))
    old = time_zones.of_system("America/Vancouver")
    assert old is not None
    assert SINCE_NOVEMBER.astimezone(old).hour == 3
    assert time_zones.of_system("Europe/Nowhere") is None
    assert time_zones.of_system("America") is None
    assert time_zones.of_system("tzdata.zi") is None


# Vancouver, whose clocks stay where they are since March 2026


@pytest.mark.parametrize(
    ("at", "day", "wall"),
    [
        ("2026-11-01T10:59", "2026-10-31", "03:59"),
        ("2026-11-01T11:00", "2026-11-01", "04:00"),
        ("2026-11-30T11:30", "2026-11-30", "04:30"),
        ("2026-12-25T06:00", "2026-12-24", "23:00"),
        ("2027-03-14T11:00", "2027-03-14", "04:00"),
        ("2030-01-01T11:00", "2030-01-01", "04:00"),
    ],
)
def test_a_day_in_vancouver_begins_by_this_year_s_rules(at: str, day: str, wall: str) -> None:
    calendar = Calendar(time_zones.zone("America/Vancouver"))
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert (calendar.business_date(instant).isoformat(), f"{calendar.local(instant):%H:%M}") == (day, wall)


def test_a_slip_of_vancouver_has_the_right_day_and_date_and_time(
    open_till: Callable[..., Till], clock: MovableClock
) -> None:
    clock.now = SINCE_NOVEMBER
    till = open_till(timezone="America/Vancouver", currency="CAD")
    coupon, calendar = till.issue().stories[0].coupon, till.counter.ledger.house.calendar
    assert (coupon.business_date, coupon.expires_on) == (date(2026, 12, 1), date(2027, 3, 1))
    assert at_counter(coupon.issued_at, calendar.zone, clock() + timedelta(days=2)) == "Tue 1 Dec 04:30"


def test_by_last_year_s_rules_it_would_have_the_day_before() -> None:
    """The twin."""
    calendar = Calendar(old_zone("America/Vancouver"))
    assert calendar.business_date(SINCE_NOVEMBER) == date(2026, 11, 30)
    assert calendar.expires_on(calendar.business_date(SINCE_NOVEMBER)) == date(2027, 2, 28)
    assert at_counter(SINCE_NOVEMBER, calendar.zone, SINCE_NOVEMBER) == "today 03:30"
