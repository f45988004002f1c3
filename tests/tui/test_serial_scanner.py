"""A slip is scanned by a scanner on a serial line: it goes to redemption as any other scan, and nobody waits for it."""

from __future__ import annotations

import errno
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from pos_recovery.rules.codes import printed, read_code
from pos_recovery.scanners.detector_limits import Terms
from pos_recovery.scanners.noise import MOST_SCANS
from pos_recovery.scanners.scanner_url import ScannerUrl
from pos_recovery.scanners.scanner_words import BACK, NOISE, trouble
from pos_recovery.scanners.serial_port import Port, Why
from pos_recovery.system.locations import Home
from pos_recovery.tui.scan_routing import FULL, MOST_WAITING
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
    return f"https://CUP.EXAMPLE/C/{code}\r\n".encode()


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
    assert stage.app.session.person == LEAD


class Listened:
    """The register's end of the line; knows how much of what was sent has been judged."""

    def __init__(self, wired: WiredScanner) -> None:
        self._wired = wired
        self._read = self.judged = 0

    def open(self, url: ScannerUrl) -> Port:
        self._port = self._wired.open(url)
        return self

    def has_judged(self, sent: int) -> bool:
        return self.judged == sent

    def read(self) -> bytes:
        self.judged = self._read
        data = self._port.read()
        self._read += len(data)
        return data

    def close(self) -> None:
        self._port.close()


async def make_noise(stage: Stage, wired: WiredScanner, line: Listened, seconds: int, seed: int = 1) -> None:
    """So many seconds of it, by the stage's clock."""
    chance = Random(seed)  # noqa: S311  a test's noise comes from a seed
    sent = line.judged
    for _ in range(seconds):
        stage.idle.seconds += 1
        data = chance.randbytes(chance.randrange(20, 300)) + b"\r"
        wired.send(data)
        sent += len(data)
        await stage.until(partial(line.has_judged, sent))
    await stage.settle()  # what was said of it is a message, which may not have come yet


@pytest.mark.parametrize("keys", [(), ("3", "n"), ("f4", "v"), ("f1",), ("f2",)], ids=" ".join)
async def test_noise_is_said_once_at_every_screen_and_takes_nobody_away(
    keys: tuple[str, ...], home: Home, clock: MovableClock, wired: WiredScanner
) -> None:
    line = Listened(wired)
    async with on_stage(
        home, clock, scan_terms=Terms(), scanner=wired.url, open_scanner=line.open, size=(120, 40)
    ) as stage:
        wired.until_opened()
        code = stage.till.code()
        await stage.welcome(LEAD)
        await stage.press(*keys)
        front = stage.front
        await make_noise(stage, wired, line, 40)
        assert (stage.front, said(stage)) == (front, [NOISE])
        assert not stage.app.scanning.waiting
        wired.send(line_of(code))
        await stage.until_shown("✔  GOOD")
        await stage.until_shown("✘ scanner")
        await stage.until_shown(printed(code))
        await make_noise(stage, wired, line, 20, seed=2)
        assert (stage.front, said(stage)) == ("Redeem", [NOISE])
        assert "✔  GOOD" in stage.text
        assert (stage.till.count("coupon_event"), stage.till.count("refusal")) == (0, 0)


async def test_noise_keeps_nobody_signed_in_and_waits_for_nobody(
    home: Home, clock: MovableClock, wired: WiredScanner
) -> None:
    line = Listened(wired)
    async with on_stage(home, clock, scan_terms=Terms(), scanner=wired.url, open_scanner=line.open) as stage:
        wired.until_opened()
        await stage.welcome(LEAD)
        await make_noise(stage, wired, line, 30)
        stage.idle.seconds += 140
        await make_noise(stage, wired, line, 10)
        stage.app._tick()
        assert stage.app.session.person is None
        await make_noise(stage, wired, line, 10)
        assert not stage.app.scanning.waiting


async def test_a_device_that_talks_all_the_time_leaves_only_slips_in_the_queue(
    home: Home, clock: MovableClock, wired: WiredScanner
) -> None:
    async with on_stage(home, clock, scan_terms=Terms(), scanner=wired.url, open_scanner=wired.open) as stage:
        wired.until_opened()
        code = stage.till.code()
        wired.send(line_of(code))
        await stage.until_shown("▣ 1 scanned")
        for weight in range(MOST_SCANS):
            stage.idle.seconds += 1
            wired.send(f"S S  {weight}.125 kg\r\n".encode())
            await stage.until_shown(f"▣ {weight + 2} scanned")
        stage.idle.seconds += 1
        wired.send(b"S S  9.125 kg\r\n")
        await stage.until_shown("▣ 1 scanned")
        assert [read_code(text).code for text in stage.app.scanning.waiting] == [code]
        assert NOISE in said(stage)


async def test_what_is_no_slip_is_still_answered_to_whoever_scans_it(stage: Stage, wired: WiredScanner) -> None:
    await stage.welcome(LEAD)
    misread = stage.till.code()[:-2] + "00"
    for text in (misread, "https://example.com/menu"):
        wired.send(f"{text}\r\n".encode())
        await stage.until_shown(text)
        await stage.until_shown("PLEASE SCAN IT AGAIN")
        stage.idle.seconds += 3
    assert said(stage) == []


async def test_no_more_slips_wait_than_anybody_closes(stage: Stage) -> None:
    scanning = stage.app.scanning
    codes = [stage.till.code(by=LEAD) for _ in range(MOST_WAITING + 5)]
    scanning.received("https://example.com/menu")
    for code in codes:
        scanning.received(code)
    assert list(scanning.waiting) == codes[:MOST_WAITING]
    await stage.until_shown(f"▣ {MOST_WAITING} scanned")
    await stage.until(lambda: said(stage).count(FULL) == 1)
    await stage.welcome(LEAD)
    await stage.until_shown(printed(codes[0]))
    scanning.received(codes[-1])
    assert list(scanning.waiting)[-1] == codes[-1]


async def test_without_a_bound_all_of_them_would_wait(stage: Stage) -> None:
    """The twin."""
    stage.app.scanning.most_waiting = 1000
    for number in range(352):
        stage.app.scanning.received(f"https://example.com/{number}")
    assert len(stage.app.scanning.waiting) == 352


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
