"""Once as root in the user's home: whatever root leaves there is the user's, and what it left before is no wall."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from pos_recovery.system import locks
from pos_recovery.system.locations import Home
from tests.commands.conftest import Call
from tests.other_user import NOBODY, as_nobody, home_of_nobody, needs_root

pytestmark = needs_root


@pytest.fixture
def theirs(template: Home) -> Iterator[Home]:
    with home_of_nobody(template) as home:
        yield home


def owners(home: Home) -> set[int]:
    return {path.lstat().st_uid for path in (home.folder, *home.folder.rglob("*"))}


def leave_to_root(path: Path, mode: int) -> None:
    path.touch()
    os.chown(path, 0, 0)
    path.chmod(mode)


def test_whatever_root_makes_in_somebody_s_home_is_theirs(theirs: Home, capsys: pytest.CaptureFixture[str]) -> None:
    root = Call(theirs.folder, capsys)
    for words in (["printer", "status"], ["issue", "late"], ["export", "--day", "2026-11-14"], ["doctor"]):
        root(*words)
    assert theirs.printing.exists()
    assert theirs.exporting.exists()
    assert list(theirs.slips.iterdir())
    assert owners(theirs) == {NOBODY}


def test_a_hard_link_that_somebody_put_into_their_home_is_not_given_to_them(
    theirs: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = theirs.folder.parent / "of root"
    secret.write_text("root's own")
    os.link(secret, theirs.folder / "printing.secret")
    (theirs.folder / "settings.link").symlink_to(secret)
    Call(theirs.folder, capsys)("printer", "status")
    assert secret.stat().st_uid == 0


@contextmanager
def effectively_nobody() -> Iterator[None]:
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_lock_that_root_left_is_made_anew_by_whoever_owns_the_home(theirs: Home) -> None:
    leave_to_root(theirs.printing, 0o644)
    with effectively_nobody(), locks.alone(theirs.printing) as alone:
        assert alone
        assert theirs.printing.stat().st_uid == NOBODY


def test_the_library_alone_would_lock_nothing_that_root_left(theirs: Home) -> None:
    """The twin: to lock a file it must be able to write it."""
    leave_to_root(theirs.printing, 0o644)
    with effectively_nobody(), pytest.raises(PermissionError):
        FileLock(theirs.printing).acquire(timeout=0)


def test_a_lock_that_root_holds_is_not_taken_away(theirs: Home) -> None:
    leave_to_root(theirs.printing, 0o644)
    with FileLock(theirs.printing):
        with effectively_nobody(), locks.alone(theirs.printing) as alone:
            assert not alone
        assert theirs.printing.stat().st_uid == 0


def test_a_lock_that_may_not_even_be_read_keeps_no_code_back(theirs: Home, template: Home) -> None:
    leave_to_root(theirs.printing, 0o600)
    done = as_nobody(template, theirs, "issue", "late", "--json")
    assert (done.code, done.told["outcome"], done.told["printed"]) == (3, "issued", "pending")
    assert "printing.lock: Permission denied" in done.line
    told = f"belongs to root and not to nobody. Give back what is nobody's: `sudo chown -R nobody {theirs.printing}`"
    assert told in done.line


def test_side_files_of_root_are_named_with_the_command_that_mends_them(theirs: Home, template: Home) -> None:
    leave_to_root(theirs.ledger.with_name("ledger.sqlite-shm"), 0o600)
    done = as_nobody(template, theirs, "issue", "late", "--json")
    assert (done.code, done.told["outcome"]) == (4, "store_unavailable")
    assert "ledger.sqlite-shm belongs to root and not to nobody." in done.line
    assert "`sudo chown -R nobody " in done.line


def test_the_doctor_names_what_is_somebody_else_s(theirs: Home, template: Home) -> None:
    leave_to_root(theirs.log, 0o644)
    leave_to_root(theirs.slips / "A.png", 0o600)
    ill = as_nobody(template, theirs, "doctor", "--json")
    (home,) = [each for each in ill.told["findings"] if each["part"] == "home"]
    assert (ill.code, home["well"]) == (4, False)
    assert "pos-recovery.log, slips belong to root and not to nobody." in home["detail"]


def test_settings_that_only_root_may_read_are_said_with_the_command_that_mends_them(
    theirs: Home, template: Home
) -> None:
    leave_to_root(theirs.settings, 0o600)
    mends = f"belongs to root and not to nobody. Give back what is nobody's: `sudo chown -R nobody {theirs.settings}`"
    for words in (("issue", "late"), ("doctor",)):
        done = as_nobody(template, theirs, *words)
        assert (done.code, mends in done.out + done.err) == (5, True)


def test_slips_and_a_log_of_root_keep_no_code_back(theirs: Home, template: Home) -> None:
    leave_to_root(theirs.log, 0o644)
    os.chown(theirs.slips, 0, 0)
    done = as_nobody(template, theirs, "issue", "late", "--json")
    assert (done.code, done.told["outcome"], done.told["printed"]) == (3, "issued", "pending")


def test_sqlite_itself_gives_its_side_files_to_the_ledger_s_owner(theirs: Home) -> None:
    with closing(sqlite3.connect(theirs.ledger)) as connection:
        connection.execute("SELECT count(*) FROM coupon").fetchone()
        sides = list(theirs.folder.glob("ledger.sqlite-*"))
        assert {path.stat().st_uid for path in sides} == {NOBODY}
        assert len(sides) == 2
