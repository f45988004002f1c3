"""Signals from outside, at any moment: the terminal is left as it was found, and the exit code says which it was."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos_recovery.system.locations import Home
from pos_recovery.tui.shutdown import ClosingApp
from pos_recovery.tui.terminal_restore import FATAL, TerminalRestore
from tests.tui.real.terminal import DEADLINE_S, Terminal, terminal
from tests.tui.real.test_hang_up import about_to_print, coupons, nobody_there

if sys.platform == "win32":
    pytest.skip("a process cannot be asked to stop there", allow_module_level=True)

F10 = "\x1b[21~"
LEFT = "Stopped. What was on record before is safe."


def first_paint(shown: Terminal) -> None:
    shown.wait_until(lambda: b"\x1b[?1049h" in shown.written, "the other screen")


def curtain(shown: Terminal) -> None:
    shown.wait_for("be half empty")


def set_up(shown: Terminal) -> None:
    shown.wait_for("robin")


def paper_moves(shown: Terminal) -> None:
    about_to_print(shown)
    shown.type("\r")
    shown.wait_until(lambda: "Printing" in shown.text or "does not answer" in shown.text, "its paper")


@contextmanager
def silent_printer() -> Iterator[str]:
    """One that takes a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"tcp://127.0.0.1:{silent.getsockname()[1]}"


@pytest.mark.parametrize(
    ("where", "number"),
    [
        (first_paint, signal.SIGTERM),
        (curtain, signal.SIGHUP),
        (nobody_there, signal.SIGINT),
        (about_to_print, signal.SIGQUIT),
        (paper_moves, signal.SIGTERM),
        (set_up, signal.SIGHUP),
    ],
)
def test_a_signal_leaves_the_terminal_as_it_was_found(
    home: Home, tmp_path: Path, where: Callable[[Terminal], None], number: signal.Signals
) -> None:
    there = Home(tmp_path / "new") if where is set_up else home
    with silent_printer() as url, terminal(there.folder, kind={"POS_RECOVERY_PRINTER": url}) as shown:
        before = shown.modes()
        where(shown)
        assert shown.modes() != before
        shown.process.send_signal(number)
        assert shown.exit_code() == 128 + number
        assert (shown.modes(), shown.leftovers()) == (before, [])
        assert shown.said.endswith(f"{LEFT}\r\n")
    assert there.ledger.exists() is (where is not set_up)
    assert where is set_up or coupons(there) == (where is paper_moves)
    assert not there.log.exists()


def test_without_it_the_terminal_would_stay_raw(home: Home) -> None:
    """The twin."""
    with terminal(home.folder, module="tests.tui.real.register_on_plain_driver") as shown:
        before = shown.modes()
        nobody_there(shown)
        shown.process.send_signal(signal.SIGTERM)
        assert shown.exit_code() == -signal.SIGTERM
        assert shown.modes() != before
        assert "\x1b[?1003" in shown.leftovers()


def asleep(shown: Terminal) -> None:
    """Until the system says that it is stopped, and everything it wrote has come."""
    is_stopped = os.WSTOPPED | os.WNOWAIT | os.WNOHANG
    while os.waitid(os.P_PID, shown.process.pid, is_stopped) is None:
        shown.follow_until_quiet(0.05)  # what nobody reads would keep it awake
    shown.follow_until_quiet(0.1)


def test_a_register_that_is_sent_to_sleep_gives_its_terminal_back_and_wakes_where_it_was(home: Home) -> None:
    with terminal(home.folder) as shown:
        before = shown.modes()
        about_to_print(shown)
        shown.process.send_signal(signal.SIGTSTP)
        asleep(shown)
        assert (shown.modes(), shown.leftovers()) == (before, [])
        for sends_to_sleep in (None, signal.SIGSTOP):
            if sends_to_sleep:
                shown.process.send_signal(sends_to_sleep)
                asleep(shown)
            shown.wipe()
            shown.process.send_signal(signal.SIGCONT)
            shown.wait_for("Enter Print")
        shown.process.send_signal(signal.SIGTERM)
        shown.process.send_signal(signal.SIGCONT)  # as systemd does
        assert shown.exit_code() == 143
        assert (shown.modes(), shown.leftovers()) == (before, [])


def test_on_textual_s_own_driver_waking_would_take_the_terminal_a_second_time(home: Home) -> None:
    """The twin: never given back, how it is now counts as how it was, and two threads read what is typed."""
    with terminal(home.folder, module="tests.tui.real.register_on_plain_driver") as shown:
        nobody_there(shown)
        shown.process.send_signal(signal.SIGCONT)
        shown.wait_until(lambda: shown.written.count(b"\x1b[?1049h") > 1, "the other screen once more")
        assert b"\x1b[?1049l" not in shown.written


def test_a_register_that_is_asleep_ends_and_leaves_the_terminal_to_others(home: Home) -> None:
    with terminal(home.folder) as shown:
        before = shown.modes()
        nobody_there(shown)
        shown.process.send_signal(signal.SIGTSTP)
        asleep(shown)
        shown.process.send_signal(signal.SIGTERM)
        shown.process.send_signal(signal.SIGCONT)
        assert shown.exit_code() == 143
        assert (shown.modes(), shown.leftovers()) == (before, [])


def test_after_a_second_signal_nothing_is_waited_for(home: Home) -> None:
    with terminal(home.folder) as shown:
        before = shown.modes()
        nobody_there(shown)
        for _ in range(2):
            shown.process.send_signal(signal.SIGTERM)
        assert shown.exit_code() in {143, -signal.SIGTERM}  # the second may come when everything is put right
        assert (shown.modes(), shown.leftovers()) == (before, [])


def half_closed(shown: Terminal, before: list[object]) -> None:
    nobody_there(shown)
    shown.process.send_signal(signal.SIGTERM)
    while shown.modes() != before:
        shown.follow(0.02)


def test_a_second_signal_in_the_middle_of_closing_puts_all_of_the_terminal_right(home: Home) -> None:
    with terminal(home.folder, module="tests.tui.real.stopped_while_closing") as shown:
        before = shown.modes()
        half_closed(shown, before)
        shown.process.send_signal(signal.SIGTERM)
        assert shown.exit_code() == 143
        assert (shown.modes(), shown.leftovers()) == (before, [])


def test_by_how_it_treats_typing_alone_it_would_pass_for_one_that_is_put_right(home: Home) -> None:
    """The twin."""
    with terminal(home.folder, module="tests.tui.real.stopped_while_closing") as shown:
        half_closed(shown, shown.modes())
        assert "\x1b[?1049" in shown.leftovers()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_a_pin_that_is_asked_for_and_never_comes_leaves_the_echo_on(home: Home, number: signal.Signals) -> None:
    with terminal(home.folder, "issue", "late") as shown:
        before = shown.modes()
        shown.wait_for("PIN of number 1")
        assert shown.modes() != before
        shown.process.send_signal(number)
        assert shown.exit_code() == 128 + number
        assert shown.modes() == before
        assert shown.said.endswith(f"{LEFT}\r\n")
    assert coupons(home) == 0


def test_python_s_own_question_would_leave_the_terminal_without_echo(home: Home) -> None:
    """The twin."""
    with terminal(home.folder, module="tests.tui.real.ask_pin_by_getpass") as shown:
        before = shown.modes()
        shown.wait_for("PIN")
        shown.process.send_signal(signal.SIGTERM)
        shown.process.wait(DEADLINE_S)
        assert shown.modes() != before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with TerminalRestore(ClosingApp()):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_where_nothing_is_open_there_is_nothing_to_close() -> None:
    handlers = {number: signal.getsignal(number) for number in FATAL}
    with pytest.raises(SystemExit) as ends, TerminalRestore(ClosingApp()):
        signal.raise_signal(signal.SIGTERM)
    assert ends.value.code == 143
    assert handlers == {number: signal.getsignal(number) for number in FATAL}
