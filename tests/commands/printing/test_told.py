"""Whatever breaks once a coupon is on record, its code is told: on stdout, or where that is gone, on stderr."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, CompletedProcess, run

import pytest

from tests.commands.conftest import Call
from tests.commands.shell import Shell
from tests.till import LEAD_PIN

posix = pytest.mark.skipif(os.name == "nt", reason="a shell closes streams for a command as POSIX has it")
CODE = r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}"


def codes_on_record(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        return [code for (code,) in connection.execute("SELECT code FROM coupon ORDER BY rowid")]


def no_slips_folder(home: Path) -> None:
    (home / "slips").rmdir()
    (home / "slips").touch()


def no_lock(home: Path) -> None:
    (home / "printing.lock").mkdir()


def damage(home: Path) -> None:
    """What is known of the printer is something that nothing of ours could have written."""
    with closing(sqlite3.connect(home / "ledger.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute("INSERT INTO printer VALUES ('preview:', 'scribbled over', 0, '2026-11-14 09:00:00.000000')")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (no_slips_folder, "The slip cannot be written (file exists)."),
        (no_lock, "The file by which programs wait for each other cannot be opened."),
        (damage, "The database file is damaged."),
    ],
)
@pytest.mark.parametrize("deed", ["issue", "reprint"])
def test_the_coupon_is_told_and_its_paper_as_the_record_has_it(
    call: Call, broken: Callable[[Path], None], said: str, deed: str
) -> None:
    code = call("issue", "late", "--no-print", "--json").told["code"]
    broken(call.home)
    done = call(*(["issue", "late"] if deed == "issue" else ["reprint", code]), "--json")
    assert (done.code, done.told["printed"], done.told["outcome"]) == (3, "pending", f"{deed}ed".replace("ee", "e"))
    assert done.told["code"] in codes_on_record(call.home)
    assert said in done.line
    assert not (call.home / "pos-recovery.log").exists()


@pytest.mark.parametrize("can_be_logged", [True, False])
def test_the_coupon_is_told_where_a_bug_keeps_it_from_paper(
    shell: Shell, call: Call, tmp_path: Path, *, can_be_logged: bool
) -> None:
    """Provoked for real: a library of the printing that cannot be what was installed."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "qrcode.py").write_text("raise ArithmeticError('half of it is gone')\n")
    log = shell.home / "pos-recovery.log"
    if not can_be_logged:
        log.mkdir()
    code = call("issue", "late", "--no-print", "--json").told["code"]
    for words in (["issue", "late"], ["reprint", code]):
        done = shell(*words, "--json", PYTHONPATH=str(tmp_path / "lib"))
        assert (done.code, done.told["printed"]) == (3, "unknown")
        assert done.told["code"] in codes_on_record(shell.home)
        assert "Something in pos-recovery broke." in done.line
        assert ("The details are in" in done.line) == log.is_file() == can_be_logged


@pytest.mark.parametrize("host", ["a" * 64, f"bar.{'b' * 70}.example", "bar..example"])
def test_a_host_that_can_be_none_is_a_printer_that_does_not_answer(call: Call, host: str) -> None:
    done = call("issue", "late", "--json", POS_RECOVERY_PRINTER=f"tcp://{host}:9100")
    assert (done.code, done.told["printed"], done.told["printer_condition"]) == (3, "pending", "not_answering")
    assert "is no name of a host" in done.line


def closed(shell: Shell, redirection: str, *words: str) -> CompletedProcess[str]:
    """A command that was started with streams closed, by a real shell."""
    environment = {**os.environ, "POS_RECOVERY_PIN": LEAD_PIN, "POS_RECOVERY_HOME": str(shell.home)}
    command = f'"$0" -m pos_recovery "$@" {redirection}'
    return run(["sh", "-c", command, sys.executable, *words], env=environment, stderr=PIPE, text=True, check=False)


@posix
@pytest.mark.parametrize("deed", ["issue", "redeem"])
def test_with_stdout_closed_the_answer_is_said_on_stderr(shell: Shell, call: Call, deed: str) -> None:
    code = call("issue", "late", "--no-print", "--json").told["code"]
    words = ["issue", "late", "--json"] if deed == "issue" else ["redeem", code]
    done = closed(shell, ">&-", *words)
    first, last = done.stderr.splitlines()
    assert done.returncode == 4
    assert re.search(CODE, first)[0].replace("-", "") == codes_on_record(shell.home)[-1]  # type: ignore[index]
    assert last == "The answer could not be written: Bad file descriptor. What was done is on record; ask again."


@posix
@pytest.mark.parametrize(("redirection", "code"), [("<&- >&- 2>&-", 4), ("<&- 2>&-", 0)])
def test_with_any_stream_closed_the_coupon_is_on_record_and_nothing_breaks(
    shell: Shell, redirection: str, code: int
) -> None:
    done = closed(shell, redirection, "issue", "late")
    assert (done.returncode, done.stderr, len(codes_on_record(shell.home))) == (code, "", 1)


@posix
def test_even_the_version_says_that_it_cannot_be_written(shell: Shell) -> None:
    done = closed(shell, ">&-", "version")
    assert (done.returncode, "Traceback" in done.stderr) == (4, False)


@posix
def test_a_stream_that_is_closed_would_be_none(shell: Shell) -> None:
    """The twin: Python alone breaks over it."""
    done = run(["sh", "-c", f"{sys.executable} -c 'import sys; sys.stdout.write(str())' >&-"], stderr=PIPE, check=False)
    assert b"AttributeError: 'NoneType' object has no attribute 'write'" in done.stderr


@posix
def test_an_answer_nobody_reads_is_said_on_stderr_when_it_is_a_coupon(shell: Shell) -> None:
    environment = {**os.environ, "POS_RECOVERY_PIN": LEAD_PIN, "POS_RECOVERY_HOME": str(shell.home)}
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-m", "pos_recovery", "issue", "late"]
        done = run(command, env=environment, stdout=writer, stderr=PIPE, text=True, check=False)
    finally:
        os.close(writer)
    assert done.returncode == 4
    assert re.match(f"Issued: {CODE}", done.stderr)
    assert "Traceback" not in done.stderr
