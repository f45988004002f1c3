"""Every screen of the register, left in the very instant it opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.css.query import NoMatches
from textual.screen import Screen

from pos_recovery.counter.staff import Pin
from pos_recovery.system.locations import Home
from pos_recovery.tui.base.composed_screen import ComposedScreen
from pos_recovery.tui.dialogs.ask import AskScreen
from pos_recovery.tui.dialogs.drawn_pin import DrawnPinScreen
from pos_recovery.tui.dialogs.help import HelpScreen
from pos_recovery.tui.dialogs.lead_pin import LeadPinScreen
from pos_recovery.tui.dialogs.why import WhyScreen
from pos_recovery.tui.screens import sample_slip
from pos_recovery.tui.screens.card import CardScreen
from pos_recovery.tui.screens.find import FindScreen
from pos_recovery.tui.screens.grid import GridScreen
from pos_recovery.tui.screens.paper import PaperScreen
from pos_recovery.tui.screens.redeem import RedeemScreen
from pos_recovery.tui.screens.scanner import ScannerScreen
from pos_recovery.tui.screens.setup import SetupScreen
from pos_recovery.tui.screens.sign_in import SignInScreen
from tests.till import BARISTA, MovableClock
from tests.tui.stage import Stage, on_stage
from tests.tui.test_rules import CLASSES


def _paper(stage: Stage) -> PaperScreen:
    issued = stage.till.issue()
    return PaperScreen(issued.stories, issued.jobs)


SCREENS: dict[type[Screen[Any]], Callable[[Stage], Screen[Any]]] = {
    AskScreen: lambda _: AskScreen("Close?", "Close it", "Stay"),
    DrawnPinScreen: lambda _: DrawnPinScreen(Pin("482910")),
    HelpScreen: lambda _: HelpScreen(),
    LeadPinScreen: lambda _: LeadPinScreen("Ask a lead.", GridScreen()),
    WhyScreen: lambda _: WhyScreen("Why?"),
    CardScreen: lambda _: CardScreen(),
    FindScreen: lambda _: FindScreen(),
    GridScreen: lambda _: GridScreen(),
    PaperScreen: _paper,
    RedeemScreen: lambda _: RedeemScreen("26ABCDEFGHJK"),
    ScannerScreen: lambda _: ScannerScreen(),
    SetupScreen: lambda _: SetupScreen(),
    SignInScreen: lambda _: SignInScreen(),
    sample_slip.TestSlipScreen: lambda _: sample_slip.TestSlipScreen("preview:"),
}


@pytest.mark.parametrize("kind", SCREENS, ids=lambda kind: kind.__name__)
async def test_a_screen_that_is_left_as_it_opens_is_no_fault(kind: type, stage: Stage) -> None:
    """Leaving the stage raises what went wrong in the app."""
    await stage.welcome(BARISTA)
    await _left_as_it_opens(SCREENS[kind](stage), stage)
    assert stage.front == "Grid"


async def test_without_the_guard_it_would_be_one(
    home: Home, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ComposedScreen, "is_whole", True)

    async def leave() -> None:
        async with on_stage(home, clock) as stage:
            await stage.welcome(BARISTA)
            await _left_as_it_opens(CardScreen(), stage)

    with pytest.raises(NoMatches):
        await leave()


def test_every_screen_is_tried() -> None:
    screens = {each for each in CLASSES if issubclass(each, Screen) and each.__name__.endswith("Screen")}
    bases = {each for each in screens if each.__module__.startswith("pos_recovery.tui.base")}
    curtain = {each for each in screens if each.__name__ == "CurtainScreen"}
    assert screens - bases - curtain == set(SCREENS)


async def _left_as_it_opens(screen: Screen[Any], stage: Stage) -> None:
    def open_and_leave() -> None:
        stage.app.push_screen(screen)
        stage.app.pop_screen()

    stage.app.call_later(open_and_leave)
    await stage.until(lambda: not screen.is_attached and stage.app.screen is not screen)
    await stage.settle()
