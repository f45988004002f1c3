"""No single key ends the register, and what scanners send as a control character does nothing."""

from __future__ import annotations

import pytest

from pos_recovery.system.locations import Home
from tests.till import LEAD, MovableClock
from tests.tui.printers import CREEP_MM_S, device
from tests.tui.stage import Stage, on_stage

PLACES = {
    "the grid": (),
    "a card": ("3",),
    "a note": ("3", "n"),
    "the slips": ("f4",),
    "the code box": ("f2",),
    "the help": ("f1",),
    "the scanner": ("f8",),
}


@pytest.mark.parametrize("keys", PLACES.values(), ids=PLACES)
async def test_ctrl_q_asks_and_leaves_everything_as_it_was(stage: Stage, keys: tuple[str, ...]) -> None:
    await stage.welcome(LEAD)
    await stage.press(*keys)
    before = stage.text
    await stage.press("ctrl+q", "ctrl+q")
    assert "Close the register?" in stage.text
    await stage.press("enter", "n")
    assert stage.text == before
    await stage.press("ctrl+q")
    stage.strike("y")
    await stage.until(lambda: stage.app.leaves)


@pytest.mark.parametrize("keys", PLACES.values(), ids=PLACES)
async def test_ctrl_c_and_other_control_characters_do_nothing(stage: Stage, keys: tuple[str, ...]) -> None:
    await stage.welcome(LEAD)
    await stage.press(*keys)
    before = stage.text
    for mark in ("ctrl+c", "ctrl+b", "ctrl+d", "ctrl+x", "ctrl+s", "ctrl+p"):
        await stage.press(mark)
    assert stage.text == before
    assert not stage.app.leaves


async def test_nobody_leaves_while_a_slip_is_on_its_way_to_paper(home: Home, clock: MovableClock) -> None:
    with device(speed_mm_s=CREEP_MM_S) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await stage.welcome(LEAD)
            await stage.until_shown("● printer ready")
            await stage.press("3")
            stage.strike("enter")
            await stage.until_shown("Printing")
            stage.strike("ctrl+q")
            await stage.until_shown("One moment")
            assert "Close the register?" not in stage.text
            printer.print_on()
            await stage.until(lambda: "Printing" not in stage.text)


async def test_before_anybody_has_signed_in_it_asks_too(stage: Stage) -> None:
    await stage.press("ctrl+c")
    assert "Close the register?" not in stage.text
    await stage.press("ctrl+q")
    assert "Close the register?" in stage.text
