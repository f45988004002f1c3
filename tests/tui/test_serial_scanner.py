"""A slip is scanned by a scanner on a serial line: it goes to redemption as any other scan, and nobody waits for it."""

from __future__ import annotations

import errno
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from pos_recovery.codes import printed
from pos_recovery.locations import Home
from pos_recovery.scanner import Port, Why
from pos_recovery.scanner_url import ScannerUrl
from pos_recovery.scanner_words import BACK, trouble
from pos_recovery.tui.scan import Terms
from pos_recovery.tui.widgets.pin_pad import PinPad
from tests.till import LEAD, MovableClock
from tests.tui.stage import Stage, on_stage
from tests.wired_scanner import WiredScanner, wired_scanner


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[WiredScanner]:
    """A scanner that is plugged in."""
    with wired_scanner(tmp_path) as scanner:
        yield scanner


@pytest_asyncio.fixture
async def stage(home: Home, clock: MovableClock, wired: WiredScanner) -> AsyncIterator[Stage]:
    """A register with a serial scanner, and an ear for scanners that type."""
    async with on_stage(
        home, clock, scan_terms=Terms(), scanner=wired.url, open_scanner=wired.open, size=(120, 40)
    ) as open_stage:
        wired.until_opened()
        yield open_stage


def line_of(code: str) -> bytes:
    """What the scanner sends."""
    return f"HTTPS://CUP.EXAMPLE/C/{code}\r\n".encode()


def said(stage: Stage) -> list[str]:
    """The notices that were shown."""
    return [notice.message for notice in stage.app._notifications]


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("keys", [(), ("3",), ("3", "n"), ("f4", "v"), ("f2",)], ids=" ".join)
async def test_a_slip_on_the_serial_line_opens_the_redeem_screen_with_its_answer(
    keys: tuple[str, ...], stage: Stage, wired: WiredScanner
) -> None:
    code = stage.till.code()
    await stage.welcome(LEAD)
    await stage.press(*keys)
    wired.send(line_of(code))
    await stage.until_shown("✔  GOOD")
    await stage.settle()
    assert stage.front == "Redeem"
    assert printed(code) in stage.text
    assert (stage.till.count("coupon"), stage.till.count("coupon_event")) == (1, 0)
    await stage.press("enter", "1")
    assert stage.till.story(code).state == "redeemed"


async def test_signed_out_a_slip_waits_for_somebody(stage: Stage, wired: WiredScanner) -> None:
    code = stage.till.code()
    wired.send(line_of(code))
    await stage.until_shown("▣ 1 scanned")
    assert stage.app.screen.query_one(PinPad).entered == 0
    await stage.welcome(LEAD)
    await stage.until_shown("✔  GOOD")
    await stage.settle()
    assert printed(code) in stage.text


async def test_a_scan_keeps_the_person_signed_in(stage: Stage, wired: WiredScanner) -> None:
    await stage.welcome(LEAD)
    stage.idle.seconds += 179
    wired.send(line_of(stage.till.code()))
    await stage.until_shown("✔  GOOD")
    stage.idle.seconds += 179
    stage.app._tick()
    assert stage.app.person == LEAD


async def test_an_unplugged_scanner_is_said_once_and_so_is_its_return(stage: Stage, wired: WiredScanner) -> None:
    first, second = stage.till.code(), stage.till.code()
    await stage.welcome(LEAD)
    wired.unplug()
    await stage.until(lambda: said(stage) == [trouble(Why.MISSING)])
    await stage.until_shown("type the code")
    await stage.until_shown("✘ scanner")
    await stage.scan(first)
    assert "✔  GOOD" in stage.text
    await stage.press("escape", "escape")
    wired.plug_in()
    wired.until_opened()
    await stage.until(lambda: said(stage) == [trouble(Why.MISSING), BACK])
    await stage.until(lambda: "✘ scanner" not in stage.text)
    wired.send(line_of(second))
    await stage.until_shown(printed(second))
    assert len(said(stage)) == 2


async def test_a_scanner_that_may_not_be_used_is_said_in_words(home: Home, clock: MovableClock) -> None:
    def refuse(_: ScannerUrl) -> Port:
        raise PermissionError(errno.EACCES, "Permission denied")

    async with on_stage(home, clock, scanner="serial://COM3", open_scanner=refuse) as stage:
        await stage.until(lambda: said(stage) == [trouble(Why.NOT_ALLOWED)])
        assert not home.log.exists()


async def test_a_fault_of_ours_is_logged_and_the_register_works_on(home: Home, clock: MovableClock) -> None:
    def stumble(_: ScannerUrl) -> Port:
        raise ValueError("a bug")

    async with on_stage(home, clock, scan_terms=Terms(), scanner="serial://COM3", open_scanner=stumble) as stage:
        await stage.until(lambda: len(said(stage)) == 1)
        assert "send us the reference" in said(stage)[0]
        assert "ValueError: a bug" in home.log.read_text(encoding="utf-8")
        code = stage.till.code()
        await stage.welcome(LEAD)
        await stage.scan(code)
        assert "✔  GOOD" in stage.text


async def test_the_scanner_is_let_go_when_the_register_closes(
    home: Home, clock: MovableClock, wired: WiredScanner
) -> None:
    async with on_stage(home, clock, scanner=wired.url, open_scanner=wired.open):
        wired.until_opened()
        assert "serial-scanner" in threads()
    assert "serial-scanner" not in threads()
    wired.open().close()


async def test_without_the_setting_nobody_listens(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock):
        assert "serial-scanner" not in threads()
