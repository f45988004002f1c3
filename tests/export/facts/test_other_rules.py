"""Nights, and rules of time zones that change: closed by last year's, told again by this year's, beside databases and a
machine that live in other zones.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from db.connection.engine import transaction
from db.connection.errors import StoreDamaged
from db.night.runs import RunFact
from pos_recovery.export.closing.outcomes import NotTheSame
from pos_recovery.export.facts import manifest
from pos_recovery.export.facts.run_inputs import Basis, from_rows
from pos_recovery.export.facts.zone_offsets import BEGINNING
from pos_recovery.export.verify.verify import verify
from tests.export.offices import HeadOffice, content, rows
from tests.export.written_nights import trade
from tests.till import MovableClock, Till
from tests.zone_files import NEW_VERSION, OLD, as_package, as_system, told_by

TUESDAY = date(2026, 12, 1)
EARLY = datetime(2026, 12, 1, 11, 30, tzinfo=UTC)
"""04:30 in Vancouver by this year's rules, 03:30 by those of the year before."""
CLOSE = """
import json, os
from datetime import datetime
from pathlib import Path
import duckdb
from db.connection.engine import open_engine, sqlite_url
from tests.export.offices import HeadOffice
from tests.till import MovableClock
ledger, folder = Path(os.environ["LEDGER"]), Path(os.environ["NIGHTS"])
clock = MovableClock(datetime.fromisoformat(os.environ["NOW"]))
night = HeadOffice(open_engine(sqlite_url(ledger)), ledger, folder, clock).night()
hour, = duckdb.connect().execute("SELECT extract(hour FROM TIMESTAMPTZ '2026-12-01 11:30:00+00')").fetchone()
print(json.dumps({"night": str(night), "hour of DuckDB": hour}))
"""


def lasting(till: Till, statement: str) -> None:
    """What no register does to a run on record."""
    with transaction(till.counter.engine) as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS export_run_no_update"))
        connection.execute(text(statement))


@pytest.fixture
def vancouver(open_till: Callable[..., Till], clock: MovableClock) -> Till:
    """A till there, with a coupon at half past four and what became of it."""
    clock.now = EARLY
    till = open_till(timezone="America/Vancouver", currency="CAD")
    till.redeem(till.code())
    till.code(note="early")
    clock.move(days=1, hours=2)
    return till


@pytest.fixture
def office(vancouver: Till, tmp_path: Path) -> HeadOffice:
    counter = vancouver.counter
    return HeadOffice(counter.engine, counter.home.ledger, tmp_path / "head office", vancouver.clock)


def by_old_rules(vancouver: Till, tmp_path: Path) -> Path:
    """Its night, closed by a program that knows only last year's rules, on a machine in Lord Howe."""
    told = told_by(
        CLOSE,
        as_system(tmp_path / "system", OLD, "2025b"),
        as_package(tmp_path / "package", OLD, "2025b"),
        TZ="Australia/Lord_Howe",
        LEDGER=str(vancouver.counter.home.ledger),
        NIGHTS=str(tmp_path / "head office"),
        NOW=vancouver.clock().isoformat(),
    )
    assert told["hour of DuckDB"] == 22  # the twin: by itself it would tell the machine's own time
    return Path(told["night"])


def test_a_closed_night_is_the_same_bytes_whatever_rules_come(
    vancouver: Till, office: HeadOffice, tmp_path: Path
) -> None:
    closed = by_old_rules(vancouver, tmp_path)
    assert closed.name == "2026-12-01_000001"
    assert json.loads((closed / manifest.NAME).read_bytes())["time_zone_rules"] == "2025b"
    assert b'"2026-12-01T03:30:00.000000-08:00"' in (closed / "coupons.csv").read_bytes()
    assert content(office.night(TUESDAY, tmp_path / "again")) == content(closed)

    vancouver.clock.move(hours=-2)
    vancouver.code()
    vancouver.clock.move(days=1, hours=2)
    following = office.night()
    assert json.loads((following / manifest.NAME).read_bytes())["time_zone_rules"] == NEW_VERSION
    assert b'"2026-12-02T04:30:00.000000-07:00"' in (following / "coupons.csv").read_bytes()
    assert verify(closed.parent).is_verified


def test_told_by_other_rules_than_its_own_it_would_be_another_night(
    vancouver: Till, office: HeadOffice, tmp_path: Path
) -> None:
    """The twin: of a night on record the offsets are those of last year's rules."""
    office.night(TUESDAY)
    old = json.dumps([["America/Vancouver", BEGINNING.isoformat(), -480]])
    lasting(vancouver, f"UPDATE export_run SET marks = json_set(marks, '$.offsets', json('{old}'))")  # noqa: S608
    assert office.close(TUESDAY, tmp_path / "again") == NotTheSame(1, TUESDAY)


def test_a_night_is_the_same_from_a_server_that_lives_in_another_zone(
    vancouver: Till, office: HeadOffice, moved: Callable[[Till], Engine], tmp_path: Path
) -> None:
    engine = moved(vancouver)
    with transaction(engine) as connection:
        (database,) = connection.execute(text("SELECT current_database()")).one()
        connection.execute(text(f"ALTER DATABASE \"{database}\" SET timezone = 'Australia/Lord_Howe'"))
    engine.dispose()
    with transaction(engine) as connection:  # the twin: by itself it would tell that zone's hour
        hour = connection.execute(text("SELECT extract(hour FROM TIMESTAMPTZ '2026-12-01 11:30:00+00')")).scalar_one()
    assert hour == 22
    hub = HeadOffice(engine, None, tmp_path / "hub", vancouver.clock)
    night = office.night(TUESDAY)
    assert content(hub.night(TUESDAY)) == content(night)
    assert {row["LocalHour"] for row in rows(night, "coupons")} == {4}


def test_a_manifest_names_the_rules_of_its_run_and_none_where_none_are_known(tmp_path: Path) -> None:
    (night,) = trade(tmp_path, nights=1)
    before = json.loads((night.folder / manifest.NAME).read_bytes())
    assert "time_zone_rules" not in before  # as in all that were closed before they were written down
    night.basis = replace(night.basis, zone_rules="2026f")
    night.write()
    data = (night.folder / manifest.NAME).read_bytes()
    assert json.loads(data) == before | {"time_zone_rules": "2026f"}
    link, _ = manifest.read(data)
    assert link.zone_rules == "2026f"


@pytest.mark.parametrize("told", [2026, True, "", "new", "2026f\n", ["2026f"], "2026f" * 20])
def test_what_is_no_version_of_rules_is_none_of_ours(tmp_path: Path, told: object) -> None:
    (night,) = trade(tmp_path, nights=1)
    package = json.loads((night.folder / manifest.NAME).read_bytes()) | {"time_zone_rules": told}
    with pytest.raises(manifest.NotOurs) as refused:
        manifest.read(json.dumps(package).encode())
    assert refused.value.code == "manifest_shape"


def run_with(marks: dict[str, object]) -> RunFact:
    at = EARLY + timedelta(days=1)
    return RunFact(run=1, business_day=TUESDAY, marks=json.dumps(marks), manifest_sha256="0" * 64, at=at)


def test_of_an_older_run_no_rules_are_known_and_what_is_none_is_damage() -> None:
    basis = Basis(run=1, day=TUESDAY, until="{}", allowance=10, cap=20, over=True, furthest=TUESDAY, zone_rules="2026f")
    kept = json.loads(basis.to_json())
    assert from_rows([run_with(kept)])[0].zone_rules == "2026f"
    assert from_rows([run_with(kept | {"zone_rules": None})])[0].zone_rules is None
    del kept["zone_rules"]
    assert from_rows([run_with(kept)])[0].zone_rules is None
    with pytest.raises(StoreDamaged):
        from_rows([run_with(kept | {"zone_rules": 2026})])
