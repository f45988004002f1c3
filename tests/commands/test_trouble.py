"""When something is wrong: one line, the right exit code, and no stack trace on the screen."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE, run

import pytest

from pos_recovery.system.locations import Home
from tests.commands.conftest import Call
from tests.commands.shell import Shell
from tests.damages import damage
from tests.till import LEAD_PIN, STRANGER, MovableClock, Till

DEEDS = [
    ["issue", "late"],
    ["show", STRANGER],
    ["staff", "list"],
    ["printer", "status"],
    ["printer", "jobs"],
    ["doctor"],
]


SET_UP = ["setup", "--defaults", "--lead", "Ana", "--timezone", "Europe/Prague", "--json"]


def test_from_nothing_to_a_first_coupon_in_two_commands(new_shell: Shell) -> None:
    first = new_shell(*SET_UP, "--store-name", "Harbour St").told
    assert (first["outcome"], first["staff"], first["store_name"], first["pin"]) == ("set_up", 1, "Harbour St", None)
    assert first["settings"] == str(new_shell.home / "settings.toml")
    assert new_shell("issue", "late", "--json").told["outcome"] == "issued"


def test_set_up_again_changes_nothing(new_call: Call) -> None:
    new_call(*SET_UP, "--store-name", "Harbour St")
    before = (new_call.home / "settings.toml").read_bytes()
    again = new_call(*SET_UP, "--store-name", "Hill Rd").told
    assert (again["outcome"], again["store_name"]) == ("already_set_up", "Harbour St")
    assert (new_call.home / "settings.toml").read_bytes() == before


def test_without_a_pin_in_the_environment_one_is_drawn_and_shown_once(new_call: Call) -> None:
    done = new_call("setup", "--defaults", pin=None)
    found = re.search(r"Their PIN is (\d{6})\. It is shown only now; please write it down\.", done.out)
    assert (done.code, done.err) == (0, "")
    assert found
    assert new_call("issue", "late", "--no-print", pin=found.group(1)).code == 0
    assert "PIN" not in new_call("setup", "--defaults", pin=None).out


def test_set_up_asks_its_questions_on_a_line_each_and_takes_enter(new_call: Call) -> None:
    done = new_call("setup", "--json", stdin="Harbour St\nAsia/Tokyo\nJPY\n\n\n")
    assert (done.told["store_name"], done.told["timezone"], done.told["currency"]) == (
        "Harbour St",
        "Asia/Tokyo",
        "JPY",
    )
    assert done.told["printer"] == "preview:"


def test_set_up_without_answers_says_how_to_ask_none(new_call: Call) -> None:
    done = new_call("setup")
    assert done.code == 2
    assert done.err.endswith("set-up asks questions; add --defaults to ask none\n")
    assert not new_call.home.exists()


def test_a_wrong_answer_is_exit_code_5(new_call: Call) -> None:
    done = new_call("setup", "--defaults", "--timezone", "Europe/Pargue")
    assert (done.code, done.out) == (5, "")
    assert done.line == "set-up: timezone: there is no time zone 'Europe/Pargue'; nearest: 'Europe/Prague'"
    assert not new_call.home.exists()


def test_a_folder_that_cannot_be_written_is_exit_code_5(new_call: Call) -> None:
    new_call.home.write_text("a file")
    done = Call(new_call.home / "below", new_call.captured)("setup", "--defaults", "--json")
    assert (done.code, done.told["outcome"]) == (5, "configuration_wrong")
    assert done.line == f"{new_call.home}/below: cannot be written (Not a directory); name another folder with --home"


@pytest.mark.parametrize("words", DEEDS, ids=" ".join)
def test_before_set_up_every_command_says_to_set_up(new_call: Call, words: list[str]) -> None:
    done = new_call(*words)
    assert done.code == 5
    assert "settings.toml: not there yet; run `pos-recovery setup`" in done.out + done.err


@pytest.mark.parametrize("words", DEEDS, ids=" ".join)
def test_wrong_settings_are_exit_code_5_and_name_file_and_key(call: Call, words: list[str]) -> None:
    settings = call.home / "settings.toml"
    settings.write_text(settings.read_text().replace("paper = 58", "paper = 60"))
    done = call(*words)
    assert done.code == 5
    assert f"{settings}: paper: 60 is not a paper width in mm; nearest: 58" in done.out + done.err


def test_a_wrong_variable_is_exit_code_5_and_named(shell: Shell) -> None:
    done = shell("issue", "late", "--json", POS_RECOVERY_PRITNER="preview:")
    assert (done.code, done.told["outcome"]) == (5, "configuration_wrong")
    assert done.line == "environment: POS_RECOVERY_PRITNER: no such setting; nearest: POS_RECOVERY_PRINTER"


@pytest.mark.parametrize("words", DEEDS, ids=" ".join)
@pytest.mark.parametrize("trouble", ["missing", "garbage", "newer"])
def test_a_database_that_cannot_be_used_is_exit_code_4(call: Call, trouble: str, words: list[str]) -> None:
    ledger = call.home / "ledger.sqlite"
    match trouble:
        case "missing":
            ledger.unlink()
        case "garbage":
            ledger.write_bytes(b"not a database at all " * 500)
        case "newer":
            with closing(sqlite3.connect(ledger)) as connection, connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
    expected = {
        "missing": "The ledger of this register is missing. ",
        "garbage": "The database file is damaged. It was left exactly as it is. ",
        "newer": "The database was written by a newer version of pos-recovery. ",
    }[trouble]
    done = call(*words)
    assert done.code == 4
    assert expected in done.out + done.err


def test_a_fault_is_told_as_json_too_and_never_as_a_refusal(call: Call) -> None:
    (call.home / "ledger.sqlite").unlink()
    done = call("issue", "late", "--json")
    assert (done.code, done.told["outcome"]) == (4, "store_unavailable")
    assert done.told["sentence"] == done.line


def test_a_folder_in_the_place_of_the_database_is_exit_code_4(call: Call) -> None:
    (call.home / "ledger.sqlite").unlink()
    (call.home / "ledger.sqlite").mkdir()
    done = call("issue", "late")
    assert done.code == 4
    assert done.line.startswith("The database file cannot be opened. Nothing was changed. ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is a thing of Linux")
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["at the end", "at once"])
@pytest.mark.parametrize("words", [*DEEDS, ["issue", "lat", "--json"], ["printer", "jobs", "--json"]], ids=" ".join)
def test_an_answer_that_cannot_be_written_is_exit_code_4_and_one_sentence(
    shell: Shell, words: list[str], unbuffered: str
) -> None:
    environment = {**os.environ, "POS_RECOVERY_PIN": LEAD_PIN, "PYTHONUNBUFFERED": unbuffered}
    environment["POS_RECOVERY_HOME"] = str(shell.home)
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "pos_recovery", *words]
        done = run(command, stdout=full, stderr=PIPE, text=True, env=environment, check=False)
    assert done.returncode == 4
    assert done.stderr.endswith(
        "The answer could not be written: No space left on device. What was done is on record; make room, then ask "
        "again.\n"
    )
    assert "Traceback" not in done.stderr
    assert not (shell.home / "pos-recovery.log").exists()


def test_a_bug_of_ours_is_a_reference_on_screen_and_a_traceback_in_the_log(shell: Shell, tmp_path: Path) -> None:
    """Provoked for real: a library that cannot be what was installed."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "argon2.py").write_text("raise ArithmeticError('half of it is gone')\n")
    done = shell("issue", "late", "--json", PYTHONPATH=str(tmp_path / "lib"))
    assert (done.code, done.told["outcome"]) == (70, "bug")
    found = re.search(r"send us the reference ([0-9a-f]{8})\. The details are in (.*)\.$", done.line)
    assert found
    assert "What was on record before is safe; please try once more." in done.line
    log = (shell.home / "pos-recovery.log").read_text()
    assert log.startswith(f"--- {found.group(1)} ")
    assert "Traceback" in log
    assert "ArithmeticError" in log
    assert LEAD_PIN not in log
    assert found.group(2) == str(shell.home / "pos-recovery.log")


def test_the_doctor_looks_over_every_part(call: Call) -> None:
    well = call("doctor", "--json")
    assert (well.code, well.told["outcome"]) == (0, "well")
    assert [each["part"] for each in well.told["findings"]] == [
        "program", "extras", "settings", "home", "database", "people", "money", "paper", "clock", "time zones",
        "backup", "fonts", "printer",
    ]  # fmt: skip
    ledger = call.home / "ledger.sqlite"
    pages = ledger.stat().st_size // 4096
    with ledger.open("r+b") as file:
        file.seek(4096 * (pages - 6))
        file.write(b"\xa5" * 4096 * 6)
    ill = call("doctor", "--json")
    assert (ill.code, ill.told["outcome"]) == (4, "needs_care")
    assert [each["part"] for each in ill.told["findings"] if not each["well"]] == ["database"]


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("coupon", "note", ["show", "{code}"]),
        ("coupon", "issued_at", ["redeem", "{code}"]),
        ("coupon", "cost_minor", ["void", "{code}"]),
        ("coupon_event", "kind", ["reprint", "{code}"]),
        ("staff", "pin_hash", ["issue", "late"]),
        ("staff", "role", ["staff", "list"]),
        ("reason", "name", ["issue", "late"]),
        ("print_job", "updated_at", ["printer", "jobs", "--all"]),
        ("coupon", "request_id", ["export"]),
        ("coupon_event", "register", ["export"]),
        ("export_run", "marks", ["export"]),
        ("export_run", "business_day", ["export"]),
        ("export_run", "manifest_sha256", ["export"]),
    ],
)
def test_damaged_text_is_damage_and_no_bug(home: Home, call: Call, table: str, column: str, words: list[str]) -> None:
    """A sample; `python -m tests.bench.damages` looks at every column in every way."""
    day = datetime.now(UTC) - timedelta(days=4)
    till = Till.open(home, MovableClock(day))
    code = till.code(note="n")
    till.redeem(code)
    till.code()
    till.counter.close()
    if table == "export_run":
        call("export", "--day", str(day.date()))
    assert damage(home.ledger, table, column, "CAST(x'61ff' AS TEXT)")
    done = call(*(word.format(code=code) for word in words), "--json")
    assert (done.code, done.told["outcome"]) == (4, "store_unavailable")
    assert done.line.startswith("The database file is damaged.")
    assert done.line.endswith("put back the newest backup: `pos-recovery restore DIR --replace`.")
    assert [path for path in home.nights.glob("*") if table != "export_run"] == []
    assert not home.log.exists()
    ill = call("doctor", "--json")
    assert (ill.code, next(each["part"] for each in ill.told["findings"] if not each["well"])) == (4, "database")


def test_the_doctor_says_what_it_cannot_see(call: Call) -> None:
    assert "a letter or digit that became another is not seen" in call("doctor").out
