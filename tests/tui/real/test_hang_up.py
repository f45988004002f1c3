"""A terminal that goes away and sends no signal: the register leaves by itself, as a person closes it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from pos_recovery.system.exits import ExitCode
from pos_recovery.system.locations import Home
from pos_recovery.tui.app import RegisterApp
from pos_recovery.tui.terminal_driver import Outlet, RegisterDriver
from tests.till import BARISTA_PIN
from tests.tui.real.terminal import DEADLINE_S, Terminal, terminal
from tests.tui.stage import until

ENTER, DOWN = "\r", "\x1b[B"
LONG_ENOUGH_S = 5.0
"""For a register that leaves: it looks once a second."""


def nobody_there(shown: Terminal) -> None:
    shown.wait_for("2 Ben")


def about_to_print(shown: Terminal) -> None:
    nobody_there(shown)
    shown.type(DOWN + BARISTA_PIN + ENTER)
    shown.wait_for("Forgotten")
    shown.type("3")
    shown.wait_for("Enter Print")


def printed(shown: Terminal) -> None:
    about_to_print(shown)
    shown.type(ENTER)
    shown.wait_for("On record")


def coupons(home: Home) -> int:
    with closing(sqlite3.connect(home.ledger)) as ledger:
        return int(ledger.execute("SELECT count(*) FROM coupon").fetchone()[0])


@pytest.mark.parametrize(("where", "on_record"), [(nobody_there, 0), (about_to_print, 0), (printed, 1)])
def test_a_register_whose_terminal_is_gone_leaves_and_commits_nothing_more(
    home: Home, where: Callable[[Terminal], None], on_record: int
) -> None:
    with terminal(home.folder) as shown:
        where(shown)
        shown.hang_up()
        assert shown.process.wait(DEADLINE_S) == ExitCode.UNAVAILABLE
    assert coupons(home) == on_record
    assert not home.log.exists()


def test_a_set_up_whose_terminal_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    with terminal(home.folder) as shown:
        shown.wait_for("robin")
        shown.hang_up()
        assert shown.process.wait(DEADLINE_S) == ExitCode.UNAVAILABLE
    assert not home.ledger.exists()


def test_on_textual_s_own_driver_it_would_stay_for_good(home: Home) -> None:
    """The twin."""
    with terminal(home.folder, module="tests.tui.real.register_on_plain_driver") as shown:
        nobody_there(shown)
        shown.hang_up()
        with pytest.raises(subprocess.TimeoutExpired):
            shown.process.wait(LONG_ENOUGH_S)


# The driver


@pytest.fixture
def gone() -> Iterator[int]:
    """A terminal nobody holds the other end of."""
    master, slave = os.openpty()
    os.close(master)
    yield slave
    os.close(slave)


def test_what_is_written_to_a_terminal_that_is_gone_goes_nowhere(gone: int) -> None:
    with open(os.dup(gone), "w", encoding="utf-8") as file:  # noqa: PTH123  a descriptor
        outlet = Outlet(file)
        for _ in range(3):
            outlet.write("x" * 100_000)
            outlet.flush()
        assert os.path.samestat(os.fstat(file.fileno()), os.stat(os.devnull))  # noqa: PTH116  to compare


def test_without_the_outlet_the_thread_that_writes_would_die_of_it(gone: int) -> None:
    """The twin."""
    file = open(os.dup(gone), "w", encoding="utf-8")  # noqa: PTH123, SIM115  closing it fails as well
    with pytest.raises(OSError, match="Input/output error"):
        file.write("x" * 100_000)
    Outlet(file).flush()
    file.close()


@pytest.fixture
def own_signals() -> Iterator[None]:
    """The driver takes over what suspends and resumes a program."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def unreadable(tmp_path: Path) -> Iterator[int]:
    """Something every read of which fails."""
    folder = os.open(tmp_path, os.O_RDONLY)
    yield folder
    os.close(folder)


@pytest.mark.usefixtures("own_signals")
async def test_a_terminal_that_is_there_and_cannot_be_read_ends_the_register(home: Home, unreadable: int) -> None:
    app = RegisterApp(home)
    master, slave = os.openpty()
    async with app.run_test() as pilot:
        driver = RegisterDriver(app)
        driver.fileno = unreadable
        driver.run_input_thread()
        driver.fileno = slave
        await until(pilot, lambda: app.return_code == ExitCode.UNAVAILABLE)
    os.close(master)
    os.close(slave)


@pytest.mark.usefixtures("own_signals")
async def test_on_textual_s_own_driver_the_thread_would_break(unreadable: int) -> None:
    """The twin: Textual shows what broke it, local variables and all."""
    app: App[None] = App()
    async with app.run_test():
        driver = LinuxDriver(app)
        driver.fileno = unreadable
        with pytest.raises(IsADirectoryError):
            driver.run_input_thread()
