"""Any size of terminal, while anything is on the screen."""

from __future__ import annotations

import pytest

from tests.till import LEAD
from tests.tui.stage import SMALL, Stage

WALL, SLIVER = (200, 60), (60, 20)
SCREENS = {
    "sign-in": ((), "Who are you?"),
    "grid": ((), "What went wrong?"),
    "card": (("3",), "remade now"),
    "paper": (("3", "enter"), "On record"),
    "code and QR": (("3", "enter", "w"), "2JJ6-RH6B-CFN7"),
    "redeem": (("f2",), "A slip comes back"),
    "find": (("f4",), "No slips yet today."),
    "help": (("f1",), "At the grid"),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_survives_any_change_of_size(stage: Stage, name: str) -> None:
    keys, words = SCREENS[name]
    if name != "sign-in":
        await stage.welcome(LEAD)
    await stage.press(*keys)
    before = stage.text
    for size in (SLIVER, (20, 5), WALL):
        await stage.resize(size)
    assert words in stage.text
    await stage.resize(SMALL)
    if name != "help":  # a page that is as tall as the terminal keeps the bar it needed meanwhile
        assert stage.text == before
