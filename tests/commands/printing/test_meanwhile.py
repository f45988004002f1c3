"""The printer asked about while another program prints: what it last told that program, and nothing untrue."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from pos_recovery.system.locations import Home
from receipts.values.status import Condition
from tests.commands.conftest import Call
from tests.commands.printing.printers import (
    AtThePrinter,
    Program,
    started,
    until_it_waits_for_paper,
    use,
    virtual_printer,
)
from tests.commands.shell import Shell
from tests.till import Till

OpenTill = Callable[..., Till]


@pytest.fixture
def printer() -> Iterator[AtThePrinter]:
    with virtual_printer() as there:
        yield there


@pytest.fixture
def held(shell: Shell, printer: AtThePrinter) -> Iterator[Program]:
    """Another program, whose slip waits for paper until the test is over."""
    printer.strike("paper-out 20")
    with started(shell, printer.url, "issue", "late", "--json") as program:
        until_it_waits_for_paper(program)
        yield program
        printer.reload()
        program.communicate()


def test_the_status_is_what_the_printer_told_the_other_program(
    call: Call, printer: AtThePrinter, held: Program
) -> None:
    said, told = (use(call, printer.url)("printer", "status", *more) for more in ([], ["--json"]))
    assert held.poll() is None
    assert (said.code, told.code) == (3, 3)
    assert said.out.startswith(
        f"{printer.url}, 58 mm. Another program is printing, and the printer has no paper. Put in a roll and close the "
        "cover.\n"
    )
    assert "broke off" not in said.out
    assert told.told | {
        "condition": "no_paper", "can_print": False, "busy": True, "flush_first": False,
    } == told.told  # fmt: skip
    with closing(sqlite3.connect(call.home / "ledger.sqlite")) as ledger:  # the twin: the record alone says "torn"
        assert ledger.execute("SELECT torn FROM printer").fetchall() == [(1,)]


def test_the_doctor_says_it_too(call: Call, printer: AtThePrinter, held: Program) -> None:
    done = use(call, printer.url)("doctor")
    assert held.poll() is None
    assert (done.code, "▲ printer " in done.out) == (0, True)
    assert "Another program is printing, and the printer has no paper." in done.out


def test_a_word_left_by_a_program_that_died_is_believed_by_nobody_who_prints_after_it(
    shell: Shell, open_till: OpenTill, printer: AtThePrinter
) -> None:
    till = open_till(printer=printer.url)
    printer.strike("paper-out 20")
    with started(shell, printer.url, "issue", "late") as program:
        until_it_waits_for_paper(program)
        os.kill(program.pid, signal.SIGKILL)
        program.communicate()
    assert till.counter.desk.last_word() is Condition.NO_PAPER  # the twin: it stays until somebody takes the lock
    printer.reload()
    printer.strike("mute")
    assert till.counter.desk.condition() is Condition.NOT_ANSWERING
    assert till.counter.desk.last_word() is not Condition.NO_PAPER


@pytest.mark.parametrize("rubbish", ["", "no_pap", "é"], ids=["empty", "half", "another alphabet"])
def test_what_is_no_word_of_ours_is_no_word(open_till: OpenTill, home: Home, rubbish: str) -> None:
    desk = open_till().counter.desk
    assert desk.last_word() is None
    home.last_word.write_text(rubbish, encoding="utf-8")
    assert desk.last_word() is None


def test_a_word_that_cannot_be_written_fails_no_slip(call: Call, home: Home, printer: AtThePrinter) -> None:
    (home.last_word / "in the way").mkdir(parents=True)
    done = use(call, printer.url)("issue", "late", "--json")
    assert (done.code, done.told["printed"], done.err) == (0, "confirmed", "")
    assert use(call, printer.url)("printer", "status", "--json").told["condition"] == "ready"
