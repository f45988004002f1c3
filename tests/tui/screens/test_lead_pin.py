"""Over the cap: a shift lead agrees with their PIN, and the dialog stays until that is done or somebody leaves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.message import Message

from db.connection.errors import StoreBusy
from db.tables.column_types import Role
from db.tables.facts import StaffFact
from pos_recovery.counter.staff import Pin, Roster
from pos_recovery.system.locations import Home
from pos_recovery.tui.messages.requests import Give
from pos_recovery.tui.screens.card import CardScreen
from tests.till import BARISTA, BARISTA_PIN, LEAD_PIN, MovableClock, Till
from tests.tui.stage import Stage, on_stage
from tests.tui.test_faults import hasty, locked

WRONG = ("9", "9", "9", "9", "enter")
CYD_PIN = "161803"
EMPTY = "○ ○ ○ ○"


@asynccontextmanager
async def over_the_cap(
    home: Home,
    clock: MovableClock,
    requests: set[str] | None = None,
    open_till: Callable[..., Till] = Till.open,
) -> AsyncIterator[Stage]:
    """Ben has given what he may; a card with an item and a note is held up by the question for a lead's PIN."""

    def heard(message: Message) -> None:
        if isinstance(message, Give) and requests is not None:
            requests.add(message.request_id)

    async with on_stage(
        home,
        clock,
        message_hook=heard,
        open_till=lambda home: open_till(home, clock, allowance=1, cap=1),
    ) as stage:
        stage.till.code(BARISTA)
        stage.till.counter.roster.add("Cyd", Role.SHIFT_LEAD, Pin(CYD_PIN))
        await stage.welcome(BARISTA)
        await stage.press("3", "r", "+", "i")
        await stage.write("egg muffin")
        await stage.press("enter", "n")
        await stage.write("two guests")
        await stage.press("enter", "enter")
        assert stage.front == "LeadPin"
        yield stage


def issued(stage: Stage) -> list[tuple[object, ...]]:
    """Coupons beside the one that was there before."""
    with stage.till.reading() as connection:
        rows = connection.exec_driver_sql("SELECT reason, item, note, remade, staff FROM coupon WHERE item IS NOT NULL")
        return [tuple(row) for row in rows]


AS_ENTERED = [("forgotten", "egg muffin", "two guests", 0, BARISTA.id)] * 2


async def test_after_a_wrong_pin_the_right_one_issues_what_the_card_says_once(home: Home, clock: MovableClock) -> None:
    requests: set[str] = set()
    async with over_the_cap(home, clock, requests) as stage:
        await stage.press("down", *WRONG)
        assert stage.front == "LeadPin"
        assert "4 tries left" in " ".join(stage.text.split())
        assert EMPTY in stage.text
        assert issued(stage) == []
        await stage.press(*CYD_PIN, "enter")  # still of the lead who was chosen
        assert stage.front == "Paper"
        assert issued(stage) == AS_ENTERED
        await stage.press("enter")
        assert stage.front == "Grid"
    assert len(requests) == 1


async def test_a_wrong_pin_is_followed_by_the_right_one_by_touch_alone(home: Home, clock: MovableClock) -> None:
    async with over_the_cap(home, clock) as stage:
        for pin in (BARISTA_PIN, LEAD_PIN):
            assert stage.front == "LeadPin"
            for digit in pin:
                await stage.touch(f"#digit-{digit}")
            await stage.touch("#enter")
        assert stage.front == "Paper"
        assert issued(stage) == AS_ENTERED


async def test_leaving_after_a_wrong_pin_issues_nothing_and_the_next_question_is_a_new_one(
    home: Home, clock: MovableClock
) -> None:
    async with over_the_cap(home, clock) as stage:
        await stage.press(*WRONG, "escape")
        assert stage.front == "Card"
        assert issued(stage) == []
        await stage.press("enter")
        assert stage.front == "LeadPin"
        assert "not right" not in stage.text
        await stage.press(*LEAD_PIN, "enter")
        assert issued(stage) == AS_ENTERED


async def test_whoever_must_wait_is_told_until_when_and_another_lead_need_not(home: Home, clock: MovableClock) -> None:
    async with over_the_cap(home, clock) as stage:
        for _ in range(5):
            await stage.press(*WRONG)
        assert "try again after 10:0" in " ".join(stage.text.split())
        await stage.press(*LEAD_PIN, "enter")
        assert stage.front == "LeadPin"
        assert issued(stage) == []
        await stage.press("down", *CYD_PIN, "enter")
        assert issued(stage) == AS_ENTERED


async def test_a_busy_ledger_keeps_the_question_and_is_said_in_it(home: Home, clock: MovableClock) -> None:
    async with over_the_cap(home, clock, open_till=hasty) as stage:
        with locked(home):
            await stage.press(*LEAD_PIN, "enter")
            await stage.until_shown("The database is busy")
        assert stage.front == "LeadPin"
        assert EMPTY in stage.text
        assert issued(stage) == []
        await stage.press(*LEAD_PIN, "enter")
        assert stage.front == "Paper"
        assert issued(stage) == AS_ENTERED


async def test_leads_who_could_not_be_listed_are_asked_for_again(home: Home, clock: MovableClock) -> None:
    class Listless(Roster):
        def people(self) -> tuple[StaffFact, ...]:
            if failing:
                raise StoreBusy(failing.pop())
            return super().people()

    failing: list[str] = []
    async with over_the_cap(home, clock) as stage:
        await stage.press("escape")
        failing.append("for a moment")
        counter = stage.app.session.counter
        assert counter is not None
        roster = counter.roster
        object.__setattr__(counter, "roster", Listless(roster.engine, roster.store, roster.clock))
        await stage.press("enter")
        await stage.until_shown("The database is busy")
        await stage.press(*LEAD_PIN, "enter")
        await stage.until_shown("Ana")
        await stage.press(*LEAD_PIN, "enter")
        assert issued(stage) == AS_ENTERED


@pytest.mark.parametrize(("guarded", "front"), [(True, "LeadPin"), (False, "Card")], ids=["guarded", "twin"])
async def test_escape_would_leave_while_the_coupon_is_being_recorded(
    home: Home, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, guarded: bool, front: str
) -> None:
    async with on_stage(home, clock, allowance=1, cap=1) as stage:
        stage.till.code(BARISTA)
        await stage.welcome(BARISTA)
        await stage.press("3", "enter")
        card = stage.app.screen_stack[-2]
        assert isinstance(card, CardScreen)
        with locked(home):
            for key in (*LEAD_PIN, "enter"):
                stage.strike(key)
            await stage.until(lambda: card.busy)
            if not guarded:
                monkeypatch.setattr(CardScreen, "busy", property(lambda card: False))
            stage.strike("escape")
            stage.strike("0")  # whatever was done with the key before is done by now
            await stage.until(lambda: stage.front == "Card" or "● ○ ○ ○" in stage.text)
            assert stage.front == front
        await stage.settle()
        assert stage.front == "Paper"
        assert stage.till.count("coupon") == 2
