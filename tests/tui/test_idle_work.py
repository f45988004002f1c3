"""What the register prepares while nobody waits, and the key line, which is drawn whenever anybody does."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pos_recovery.rules.codes import printed
from pos_recovery.tui.idle_work import SELDOM, collect_when_idle
from pos_recovery.tui.screens.card import CardScreen
from pos_recovery.tui.widgets.key_line import KeyLine
from tests.till import LEAD
from tests.tui.stage import Stage


@pytest.fixture
def own_process() -> Iterator[None]:
    """As if this process were a register and nothing else."""
    usual = gc.get_threshold()
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()


async def test_the_next_slips_screen_is_laid_out_while_nobody_waits(stage: Stage) -> None:
    idle_work = stage.app.idle_work
    await stage.welcome(LEAD)
    for code in (stage.till.code(), stage.till.code()):
        await stage.press("escape")
        await stage.until(lambda: idle_work.is_ready)
        stage.app.scanning.received(code)
        assert not idle_work.is_ready
        await stage.settle()
        assert "✔  GOOD" in stage.text
        assert printed(code) in stage.text
        await stage.press("escape", "escape")
        assert stage.front == "Grid"


async def test_the_next_card_is_laid_out_too_and_is_of_the_reason_that_was_picked(stage: Stage) -> None:
    idle_work = stage.app.idle_work
    await stage.welcome(LEAD)
    for key, reason, other in (("3", "Forgotten", "Late"), ("1", "Late", "Forgotten")):
        await stage.press("escape")
        await stage.until(lambda: idle_work.is_ready)
        laid_out = stage.app.session.spares[CardScreen]
        await stage.press(key)
        assert stage.app.screen is laid_out
        assert reason in stage.text.splitlines()[1]
        assert other not in stage.text
        await stage.press("escape")


async def test_before_there_was_a_quiet_moment_a_slip_is_answered_all_the_same(stage: Stage) -> None:
    code = stage.till.code()
    await stage.welcome(LEAD)
    stage.app.session.spares.clear()
    stage.app.scanning.received(code)
    await stage.settle()
    assert "✔  GOOD" in stage.text
    assert printed(code) in stage.text


async def test_nothing_is_laid_out_for_nobody(stage: Stage) -> None:
    await stage.press("escape")
    await stage.until(lambda: stage.app.idle_work.is_done)
    assert not stage.app.idle_work.is_ready


async def test_a_register_that_is_closed_while_a_screen_is_laid_out_ends_well(stage: Stage) -> None:
    """Leaving the stage raises what went wrong in the app."""
    await stage.welcome(LEAD)
    stage.app.idle_work._lay_out()
    stage.app.exit()


async def test_garbage_is_collected_once_nobody_waits(own_process: None, stage: Stage) -> None:
    collect_when_idle()
    assert gc.get_threshold() == SELDOM
    await stage.welcome(LEAD)
    before = gc.get_stats()[2]["collections"]
    await stage.press("escape")
    await stage.until(lambda: gc.get_stats()[2]["collections"] > before)
    assert gc.get_freeze_count() > 0


async def test_in_a_process_with_others_garbage_is_left_to_python(stage: Stage) -> None:
    await stage.welcome(LEAD)
    await stage.press("escape")
    await stage.until(lambda: stage.app.idle_work.is_done)
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize(("column", "front"), [(2, "Help"), (10, "Redeem"), (25, "Find"), (79, "Grid")])
async def test_a_touch_on_the_key_line_presses_the_key(column: int, front: str, stage: Stage) -> None:
    await stage.welcome(LEAD)
    assert stage.text.splitlines()[-1].startswith(" F1 Help  F2 Redeem  F4 Find ")
    await stage.touch(KeyLine, at=(column, 0))
    assert stage.front == front


async def test_a_key_of_the_line_says_more_of_itself_under_the_mouse(stage: Stage) -> None:
    await stage.welcome(LEAD)
    await stage.pilot.hover(KeyLine, offset=(10, 0))
    assert stage.app.screen.query_one(KeyLine).tooltip == "A slip comes back"
