"""What is pressed before the ledger is open is kept, and done once it is; what is said meanwhile goes by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event

import pytest
from textual.app import App
from textual.events import Key
from textual.screen import Screen

from pos_recovery.system.locations import Home
from pos_recovery.tui.screens.curtain import CurtainScreen
from pos_recovery.tui.screens.sign_in import OPENING
from tests.till import BARISTA, BARISTA_PIN, LEAD, LEAD_PIN, MovableClock, Till
from tests.tui.stage import Stage, on_stage, until

WRONG_PIN = "9753"


def said(stage: Stage) -> str:
    """The sentence beside the names."""
    return next((str(shown.render()) for shown in stage.app.screen.query("#refusal")), "")


@asynccontextmanager
async def opening(home: Home, clock: MovableClock) -> AsyncIterator[tuple[Stage, Event]]:
    """A register at the PIN pad whose ledger opens when the event is set."""
    may_open = Event()

    def open_till(home: Home) -> Till:
        assert may_open.wait(60)
        return Till.open(home, clock, seed=1)

    try:
        async with on_stage(home, clock, open_till=open_till, wait_for_counter=False) as stage:
            await stage.until(lambda: stage.front == "SignIn")
            await stage.until_shown("Enter Sign in")
            yield stage, may_open
    finally:
        may_open.set()


async def strike(stage: Stage, *keys: str) -> None:
    """Press keys; a register that still opens is never settled."""
    for key in keys:
        stage.strike(key)
    await stage.pilot.pause()


@pytest.mark.parametrize(("steps", "pin", "person"), [((), LEAD_PIN, LEAD), (("down",), BARISTA_PIN, BARISTA)])
async def test_a_pin_entered_before_the_ledger_is_open_signs_in_once_it_is(
    home: Home, clock: MovableClock, steps: tuple[str, ...], pin: str, person: object
) -> None:
    async with opening(home, clock) as (stage, may_open):
        await strike(stage, *steps, *pin, "enter", "enter")  # and the Enter bounces
        await stage.until(lambda: said(stage) == OPENING)
        may_open.set()
        await stage.until(lambda: stage.front == "Grid")
        assert stage.app.session.person == person
        await stage.press("f10")
        assert (stage.front, said(stage)) == ("SignIn", "")


async def test_a_pin_that_was_taken_back_signs_nobody_in_and_nothing_is_said_any_more(
    home: Home, clock: MovableClock
) -> None:
    """The twin: what is not kept is not done."""
    async with opening(home, clock) as (stage, may_open):
        await strike(stage, *LEAD_PIN, "enter")
        await stage.until(lambda: said(stage) == OPENING)
        await strike(stage, "escape")
        await stage.until(lambda: not said(stage))
        may_open.set()
        await stage.until_shown("2 Ben")
        await stage.settle()
        assert (stage.front, stage.app.session.person) == ("SignIn", None)


async def test_a_pin_waits_while_somebody_reads_the_help(home: Home, clock: MovableClock) -> None:
    async with opening(home, clock) as (stage, may_open):
        await strike(stage, *LEAD_PIN, "enter")
        await stage.until(lambda: said(stage) == OPENING)
        await strike(stage, "f1")
        await stage.until(lambda: stage.front == "Help")
        may_open.set()
        await stage.until(lambda: stage.app.session.counter is not None)
        await stage.settle()
        assert stage.front == "Help"
        await stage.press("escape")
        await stage.until(lambda: stage.front == "Grid")


async def test_what_was_said_of_one_try_goes_with_the_next(stage: Stage) -> None:
    for pressed in ((*WRONG_PIN, "enter"), ("1", "enter")):
        await stage.press(*pressed)
        assert "PIN" in said(stage)
        await stage.press("2")
        assert not said(stage)


async def test_keys_pressed_at_the_curtain_reach_the_screen_behind_it() -> None:
    """In their order and at their pace, so that a scan stays one."""
    heard: list[tuple[str, float]] = []

    class Behind(Screen[None]):
        def on_key(self, event: Key) -> None:
            heard.append((event.key, event.time))

    class Register(App[None]):
        def get_default_screen(self) -> Screen[None]:
            return CurtainScreen()

    async with Register().run_test() as pilot:
        for key, seconds in (("1", 7.0), ("2", 7.25)):
            stroke = Key(key, key)
            stroke.time = seconds
            pilot.app.post_message(stroke)
        await pilot.pause()
        assert heard == []
        pilot.app.push_screen(Behind())
        await until(pilot, lambda: heard == [("1", 7.0), ("2", 7.25)])
