"""The register learns its scanner: one scan of a square, from whatever screen, and what it taught is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing

import pytest
import pytest_asyncio

from pos_recovery.opening.wiring import open_counter
from pos_recovery.rules.codes import printed
from pos_recovery.scanners.detector_limits import Terms
from pos_recovery.scanners.keyboard_wedge import CHART
from pos_recovery.settings import settings_file
from pos_recovery.system.locations import Home
from pos_recovery.tui.screens.scanner import ScannerScreen
from tests.scanners.test_keyboard_wedge import CZECH, WITHOUT_AN_S
from tests.till import LEAD, MovableClock
from tests.tui.stage import Stage, on_stage


@pytest_asyncio.fixture
async def stage(home: Home, clock: MovableClock) -> AsyncIterator[Stage]:
    async with on_stage(home, clock, scan_terms=Terms()) as open_stage:
        await open_stage.welcome(LEAD)
        yield open_stage


async def test_one_scan_of_the_square_teaches_layout_pace_and_ending(stage: Stage, home: Home) -> None:
    await stage.press("f8")
    await stage.until_shown("Learn the scanner")
    await stage.keep("scanner")
    await stage.scan(CHART.translate(CZECH))
    await stage.until_shown("✔  Learned")
    await stage.keep("scanner-learned")
    settings = settings_file.load(home.settings, {})
    assert (settings.scanner_pace_ms, settings.scanner_ending) == (10, "enter")
    await stage.press("escape")
    code = stage.till.code()
    await stage.scan(code.translate(CZECH))
    await stage.until_shown(printed(code))
    assert code.translate(CZECH) not in stage.text


async def test_what_was_learned_is_known_after_a_restart(stage: Stage, home: Home, clock: MovableClock) -> None:
    await stage.press("f8")
    await stage.scan(CHART.translate(CZECH), "tab")
    await stage.until_shown("✔  Learned")
    await stage.press("escape", "f8")
    await stage.until_shown("Known so far: it ")
    with closing(open_counter(home, clock=clock)) as again:
        assert again.ledger.scanner.habits.ending == "tab"
        assert stage.app.session.counter
        assert again.ledger.scanner.habits == stage.app.session.counter.ledger.scanner.habits


@pytest.mark.parametrize("keys", [(), ("3",), ("3", "n"), ("f2",), ("f4",), ("f1",)], ids=str)
async def test_the_square_on_the_test_slip_teaches_from_any_screen(stage: Stage, keys: tuple[str, ...]) -> None:
    await stage.press(*keys)
    before = stage.text
    await stage.scan(CHART.translate(CZECH))
    await stage.until_shown("✔  Learned")
    await stage.press("escape")
    await stage.settle()
    assert stage.text == before


async def test_what_is_not_the_square_teaches_nothing(stage: Stage, home: Home) -> None:
    await stage.press("f8")
    before = home.settings.read_text(encoding="utf-8")
    for scanned, said in (("4006381333931", "another code"), (CHART.translate(WITHOUT_AN_S), "arrive as one letter")):
        await stage.scan(scanned)
        await stage.until_shown(said)
    await stage.keep("scanner-not-learned")
    assert home.settings.read_text(encoding="utf-8") == before
    assert isinstance(stage.app.screen, ScannerScreen)


async def test_letters_do_nothing_while_the_square_is_shown(stage: Stage) -> None:
    await stage.press("f8")
    await stage.press(*"3rna+12")
    assert isinstance(stage.app.screen, ScannerScreen)
    await stage.press("escape")
    assert stage.front == "GridScreen".removesuffix("Screen")


async def test_settings_that_cannot_be_written_are_said_and_nothing_changes(stage: Stage, home: Home) -> None:
    await stage.press("f8")
    home.settings.unlink()
    await stage.scan(CHART)
    said = "nothing was changed"
    await stage.until(lambda: any(said in str(each.message) for each in stage.app._notifications))
    assert not stage.app.session.counter or stage.app.session.counter.ledger.scanner.habits.keys == ""


@pytest.mark.parametrize(("pace_ms", "hold_ms"), [(0, 60), (1, 25), (9, 28), (20, 50), (90, 60)])
def test_a_person_s_key_waits_as_long_as_the_scanner_s_pace_needs(pace_ms: float, hold_ms: float) -> None:
    assert Terms().at_pace(pace_ms / 1000, frozenset()).hold == pytest.approx(hold_ms / 1000)
