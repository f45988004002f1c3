"""What the numbers of a night stand for: its stores, its people, and people's names where the owner allows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from db.connection.engine import transaction
from db.tables.column_types import Role
from pos_recovery.counter.staff import Pin
from pos_recovery.export.closing.outcomes import NotTheSame
from pos_recovery.export.verify.verify import verify
from tests.export.offices import HeadOffice, content, rows
from tests.till import BARISTA, LEAD, LEAD_PIN, OPENING, Till

SATURDAY = OPENING.date()
SUNDAY = SATURDAY + timedelta(days=1)


def named(till: Till, name: str) -> None:
    """The barista is called something else."""
    with transaction(till.counter.engine) as connection:
        connection.execute(text("UPDATE staff SET name = :name WHERE id = :id"), {"name": name, "id": BARISTA.id})


def people(night: Path) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in rows(night, "people")]


def test_a_night_tells_its_stores_and_whom_it_speaks_of_by_number_alone(till: Till, office: HeadOffice) -> None:
    till.redeem(till.code())
    till.clock.move(days=1)
    night = office.night()
    assert rows(night, "stores") == [
        {
            "RetailStoreID": "harbour", "StoreName": "Harbour St", "TimeZone": "Europe/Prague", "CurrencyCode": "CZK",
        }
    ]  # fmt: skip
    assert people(night) == [("harbour", LEAD.id, None), ("harbour", BARISTA.id, None)]
    assert [row["BusinessDayDate"] for row in rows(night, "balances")] == [SATURDAY]
    assert not any(BARISTA.name.encode() in data for name, data in content(night).items() if name.endswith(".csv"))
    till.clock.move(days=1)
    assert people(office.night()) == [], "nobody did anything"


def test_names_are_told_where_the_owner_allows_it_as_they_were_then(
    till: Till, office: HeadOffice, tmp_path: Path
) -> None:
    by_name = replace(office, names=True)
    nights = []
    for name in ("Ben", '=HYPERLINK("x")'):
        named(till, name)
        till.code()
        till.clock.move(days=1)
        nights.append(by_name.night())
    assert people(nights[0]) == [("harbour", BARISTA.id, "Ben")]
    assert people(nights[1]) == [("harbour", BARISTA.id, '=HYPERLINK("x")')]
    assert "\"'=HYPERLINK(" in (nights[1] / "people.csv").read_text(encoding="utf-8-sig")
    assert content(office.night(SATURDAY, tmp_path / "again")) == content(nights[0]), "whatever is allowed now"
    till.code()
    till.clock.move(days=1)
    assert people(office.night()) == [("harbour", BARISTA.id, None)], "no longer allowed"
    verdict = verify(office.folder / "nights")
    assert verdict.is_verified, verdict.problems


def test_without_the_names_that_were_known_then_a_closed_night_would_be_another(
    till: Till, office: HeadOffice, tmp_path: Path
) -> None:
    """The twin."""
    till.code()
    till.clock.move(days=1)
    replace(office, names=True).night()
    with transaction(till.counter.engine) as connection:
        connection.execute(text("DROP TRIGGER export_run_no_update"))
        connection.execute(text("UPDATE export_run SET marks = json_set(marks, '$.people', json('[]'))"))
    assert isinstance(office.close(SATURDAY, tmp_path / "again"), NotTheSame)


def test_of_several_stores_on_one_server_each_has_its_row(
    till: Till, open_till: Callable[..., Till], moved: Callable[[Till], Engine], tmp_path: Path
) -> None:
    pier = open_till(store_id="pier", store_name="Pier, 2", currency="EUR", register="2")
    pier.counter.roster.add("Zoe", Role.SHIFT_LEAD, Pin(LEAD_PIN))
    till.code()
    till.redeem(till.code())
    pier.code(by=LEAD)
    till.clock.move(days=1)
    hub = HeadOffice(moved(till), None, tmp_path / "hub", till.clock, names=True)
    night = hub.night()
    assert [(row["RetailStoreID"], row["StoreName"]) for row in rows(night, "stores")] == [
        ("harbour", "Harbour St"), ("pier", "Pier, 2"),
    ]  # fmt: skip
    assert [row["BusinessDayDate"] for row in rows(night, "balances")] == [SATURDAY] * 2
    assert people(night) == [
        ("harbour", LEAD.id, LEAD.name), ("harbour", BARISTA.id, BARISTA.name), ("pier", LEAD.id, "Zoe"),
    ]  # fmt: skip
    verdict = verify(hub.folder / "nights")
    assert verdict.is_verified, verdict.problems
