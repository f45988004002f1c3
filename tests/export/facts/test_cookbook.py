"""The README's cookbook: each question, put by DuckDB to two nights of a till, is answered by what the till did."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from db.tables.column_types import Ending, Role
from pos_recovery.counter.staff import Pin
from tests.export.offices import HeadOffice
from tests.till import LEAD, LEAD_PIN, Till

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

README = Path(__file__).parents[3] / "README.md"
SATURDAY = date(2026, 11, 14)
CUP = 2550
"""What a drink costs the tills of the tests, in minor units."""
ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "reasons cost most": [("late", "CZK", 8, 4, 5 * CUP), ("forgotten", "CZK", 1, 1, CUP)],
    "within 14 days": [("2026-11", 8, 50.0)],
    "turned around": [("pier", 1, 0, 0.0), ("harbour", 4, 2, 50.0)],
    "to ask more often": [("pier", 3, 0.0, 2)],
    "still owed to guests": [("harbour", "CZK", 2, 2 * CUP), ("pier", "CZK", 1, CUP)],
}
"""By words of the question: what `trade` comes to."""


def recipes() -> tuple[str, dict[str, str]]:
    """The statements that load the nights; and for each question its own."""
    book = README.read_text(encoding="utf-8").split("<!-- cookbook -->")[1].split("<!-- /cookbook -->")[0]
    load = re.search(r"```sql\n(CREATE VIEW .*?)```", book, re.DOTALL)
    assert load is not None
    questions = dict(re.findall(r"^([^\n`]+\?)\n\n```sql\n(.*?)```", book, re.DOTALL | re.MULTILINE))
    assert len(questions) + 1 == book.count("```sql"), "every block but the first stands below its question"
    return load[1], questions


def asked(words: str) -> str:
    """The statement of the question in which these words stand."""
    (found,) = (statement for question, statement in recipes()[1].items() if words in question)
    return found


def trade(office: HeadOffice, harbour: Till, pier: Till) -> None:
    """Two stores, two nights: coupons of one Saturday and a later day, and what became of them."""
    pier.counter.roster.add(LEAD.name, Role.SHIFT_LEAD, Pin(LEAD_PIN))
    now, twice, soon, _ = (harbour.code(by=LEAD) for _ in range(4))
    forgotten = harbour.code(by=LEAD, reason="forgotten")
    elsewhere, void, _ = (pier.code(by=LEAD, noticed_first=False) for _ in range(3))
    harbour.redeem(now)
    harbour.end(now, Ending.TURNED_AROUND)
    harbour.redeem(twice)
    harbour.reverse(twice)
    harbour.clock.move(days=1)
    office.night(SATURDAY)
    harbour.clock.move(days=9)
    harbour.redeem(soon)
    harbour.end(soon, Ending.TURNED_AROUND)
    harbour.redeem(forgotten)
    harbour.end(forgotten, Ending.STILL_UNHAPPY)
    pier.redeem(elsewhere)
    pier.void(void)
    harbour.redeem(now)
    harbour.redeem(now, goodwill=True)
    harbour.clock.move(days=6)
    harbour.redeem(twice)  # after 16 days
    harbour.code(by=LEAD)
    harbour.clock.move(days=1)
    office.night(SATURDAY + timedelta(days=16))


@pytest.fixture
def nights(
    office: HeadOffice, till: Till, open_till: Callable[..., Till], monkeypatch: pytest.MonkeyPatch
) -> Iterator[DuckDBPyConnection]:
    """DuckDB in the folder above the nights, as the cookbook has it, once they are loaded."""
    import duckdb

    trade(office, till, open_till(store_id="pier", store_name="Pier", register="2"))
    monkeypatch.chdir(office.folder)
    with duckdb.connect() as con:
        con.execute(recipes()[0])
        yield con


def test_the_questions_are_answered_by_what_the_till_did(nights: DuckDBPyConnection) -> None:
    assert {words: nights.execute(asked(words)).fetchall() for words in ANSWERS} == ANSWERS


def test_every_question_of_the_cookbook_is_asked_here() -> None:
    questions = recipes()[1]
    assert len(questions) == len(ANSWERS) == 5
    assert all(sum(words in question for words in ANSWERS) == 1 for question in questions)
