"""Set-up and its printer: those that are there are offered, none is taken unasked, and the test slip blocks nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.tables.column_types import Proof
from pos_recovery.opening.wiring import open_counter
from pos_recovery.settings.settings_file import load
from pos_recovery.system.locations import Home
from pos_recovery.tui.dialogs import drawn_pin
from pos_recovery.tui.screens import sample_slip
from pos_recovery.tui.screens.setup import SetupScreen
from receipts.printers.discovery import Found
from tests.till import MovableClock
from tests.tui.printers import CREEP_MM_S, device, switched_off
from tests.tui.stage import Stage, on_stage

SEEN = (
    Found("usb://04b8:0e28", "Epson TM-T20III on USB"),
    Found("cups://office", "office, a queue of CUPS"),
    Found("serial:///dev/ttyUSB0", "USB-Serial Controller at /dev/ttyUSB0"),
)


@pytest.fixture(autouse=True)
def never_bounces(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown may be closed as soon as it stands there."""
    monkeypatch.setattr(drawn_pin, "UNREAD_S", 1e-6)
    monkeypatch.setattr(sample_slip, "UNREAD_S", 1e-6)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A machine where nothing is set up yet, in Prague."""
    monkeypatch.setenv("LOGNAME", "robin")
    return Home(tmp_path / "new")


def printer_of(stage: Stage) -> str:
    """What stands in the printer's line."""
    assert isinstance(stage.app.screen, SetupScreen)
    return stage.app.screen.query_one("#printer").value  # type: ignore[attr-defined,no-any-return]  # it is an Input


async def fill_in(stage: Stage, printer: str, pin: str = "2718") -> None:
    """Every line as proposed, but for PIN and printer."""
    await stage.until_shown("robin")
    await stage.press(*["enter"] * 4)
    await stage.write(pin)
    await stage.press("enter", "enter", "home", *["delete"] * len("preview:"))
    await stage.write(printer)


async def test_printers_that_are_there_are_offered_and_none_is_taken_unasked(home: Home) -> None:
    async with on_stage(home, MovableClock(), wait_for_counter=False, find_printers=lambda: SEEN) as stage:
        await stage.until_shown("robin")
        await stage.until_shown("Epson TM-T20III on USB")
        await stage.settle()
        assert printer_of(stage) == "preview:"
        await stage.press(*["enter"] * 6)
        await stage.keep("setup-printers_found", hide=r"\b[A-Z]\w+/\w+\b")
        await stage.press("down", "enter")
        assert printer_of(stage) == "usb://04b8:0e28"
        await stage.touch("#found", at=(3, 1))
        assert printer_of(stage) == "cups://office"


async def test_the_currency_follows_the_zone_until_somebody_writes_one(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POS_RECOVERY_TIMEZONE", "Asia/Tokyo")

    async def write_zone(stage: Stage, zone: str) -> None:
        stage.app.screen.query_one("#timezone").focus()
        await stage.press("end", *["backspace"] * 40)
        await stage.write(zone)
        await stage.press("enter")

    async with on_stage(home, MovableClock(), wait_for_counter=False, find_printers=tuple) as stage:
        await stage.until_shown("JPY")
        await write_zone(stage, "Europe/London")
        await stage.until_shown("GBP")
        await stage.press(*["backspace"] * 3)
        await stage.write("EUR")
        await write_zone(stage, "Asia/Calcutta")
        await stage.settle()
        assert stage.app.screen.query_one("#currency").value == "EUR"  # type: ignore[attr-defined]  # an Input


@pytest.mark.parametrize("by", ["keys", "touch"])
async def test_set_up_ends_with_a_test_slip_that_shows_what_the_printer_proves(home: Home, by: str) -> None:
    with device() as printer:
        async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
            await fill_in(stage, printer.url.removeprefix("tcp://"))
            await (stage.press("enter") if by == "keys" else stage.touch("#finish"))
            await stage.until_shown("This printer confirms every slip that is on paper.")
            await stage.keep("setup-test_slip")
            await stage.until(lambda: printer.pieces == 1)
            await (stage.press("enter") if by == "keys" else stage.touch("#done"))
            await stage.until(lambda: stage.front == "SignIn")
            await stage.until(lambda: stage.app.session.counter is not None)
    counter = open_counter(home)
    try:
        assert counter.settings.printer == printer.url
        assert counter.desk.known().proof is Proof.CONFIRMED
    finally:
        counter.close()


async def test_a_test_slip_without_paper_says_so_and_is_printed_again(home: Home) -> None:
    with device("paper-out") as printer:
        async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
            await fill_in(stage, printer.url)
            await stage.press("enter")
            await stage.until_shown("Later: pos-recovery printer test")
            await stage.keep("setup-test_slip_no_paper")
            printer.reload()
            await stage.press("p")
            await stage.until_shown("This printer confirms every slip that is on paper.")


async def test_the_pin_is_shown_on_top_of_the_test_slip(home: Home) -> None:
    with device() as printer:
        async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
            await fill_in(stage, printer.url, pin="")
            await stage.press("enter")
            await stage.until_shown("Enter I have it")
            assert "Open the register" not in stage.text.splitlines()[-1]
            await stage.press("enter")
            await stage.until_shown("The test slip is printed")
            await stage.until_shown("Enter Open the register")


@pytest.mark.parametrize(("unread_s", "shown"), [(3600, True), (1e-6, False)], ids=["guarded", "twin"])
async def test_an_enter_that_bounces_would_close_the_pin_unread(
    home: Home, monkeypatch: pytest.MonkeyPatch, unread_s: float, shown: bool
) -> None:
    monkeypatch.setattr(drawn_pin, "UNREAD_S", unread_s)
    async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
        await stage.until_shown("robin")
        await stage.press("f10")
        await stage.until_shown("Your PIN is")
        await stage.press("enter")
        assert ("Your PIN is" in stage.text) is shown


@pytest.mark.parametrize(("unread_s", "front"), [(3600, "TestSlip"), (1e-6, "SignIn")], ids=["guarded", "twin"])
async def test_an_enter_that_bounces_would_close_what_the_test_slip_proved_unread(
    home: Home, monkeypatch: pytest.MonkeyPatch, unread_s: float, front: str
) -> None:
    monkeypatch.setattr(sample_slip, "UNREAD_S", unread_s)
    with device() as printer:
        async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
            await fill_in(stage, printer.url, pin="")
            await stage.press("enter")
            await stage.until_shown("Enter I have it")
            await stage.press("enter", "enter")
            assert stage.front == front


async def test_a_printer_named_by_the_environment_is_proposed_and_the_one_that_is_tested(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with device() as printer:
        monkeypatch.setenv("POS_RECOVERY_PRINTER", printer.url)
        async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
            await stage.until_shown(printer.url)
            await stage.press("f10")
            await stage.until_shown("Enter I have it")
            await stage.press("enter")
            await stage.until_shown("The test slip is printed")
            await stage.until(lambda: printer.pieces == 1)
        monkeypatch.delenv("POS_RECOVERY_PRINTER")
        assert load(home.settings).printer == printer.url


async def test_a_printer_that_is_not_there_blocks_nobody(home: Home) -> None:
    with switched_off() as url:
        async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
            await fill_in(stage, url)
            await stage.press("enter")
            await stage.until_shown("Later: pos-recovery printer test")
            await stage.keep("setup-test_slip_no_printer")
            await stage.press("enter")
            await stage.until(lambda: stage.front == "SignIn")


async def test_whoever_will_not_wait_for_the_test_slip_goes_on(home: Home) -> None:
    with device(speed_mm_s=CREEP_MM_S) as printer:
        async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
            await fill_in(stage, printer.url)
            stage.strike("enter")
            await stage.until_shown("The test slip is printing")
            stage.strike("enter")
            await stage.until(lambda: stage.front == "SignIn")
            await stage.until(lambda: stage.app.session.counter is not None)


@pytest.mark.parametrize(("said", "width"), [("80", 80), ("80 MM", 80), ("58mm", 58)])
async def test_the_roll_is_as_wide_as_somebody_says(home: Home, said: str, width: int) -> None:
    async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
        await stage.until_shown("58 mm")
        await stage.press(*["enter"] * 5, "end", *["backspace"] * len("58 mm"))
        await stage.write(said)
        await stage.press("f10")
        await stage.until_shown("Your PIN is")
    assert load(home.settings).paper == width


@pytest.mark.parametrize(("said", "trouble"), [("wide", "'wide' is not a width"), ("72", "nearest: 80")])
async def test_a_roll_that_no_printer_takes_is_said_at_its_line(home: Home, said: str, trouble: str) -> None:
    async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
        await stage.until_shown("58 mm")
        await stage.press(*["enter"] * 5, "end", *["backspace"] * len("58 mm"))
        await stage.write(said)
        await stage.press("f10")
        await stage.until_shown(trouble)
        assert stage.app.focused is stage.app.screen.query_one("#paper")
    assert not home.settings.exists()


async def test_an_address_that_is_none_is_said_at_its_line(home: Home) -> None:
    async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
        await fill_in(stage, "tpc://192.168.1.40")
        await stage.press("enter")
        await stage.until_shown("mean tcp://host:9100?")
        assert stage.app.focused is stage.app.screen.query_one("#printer")
