"""`export` and `verify` as scripts and people see them."""

from __future__ import annotations

import io
import os
import re
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from pos_recovery.export.closing import systemd_timer
from pos_recovery.system.locations import Home
from tests.commands.conftest import Call
from tests.commands.shell import Shell
from tests.damages import damage
from tests.till import MovableClock, Till

YESTERDAY = datetime.now(UTC) - timedelta(days=1, hours=12)


@pytest.fixture
def traded(home: Home) -> Home:
    """A register with a coupon of the day before yesterday or so, one redeemed."""
    till = Till.open(home, MovableClock(YESTERDAY))
    code = till.code(note="=2+2")
    till.code()
    till.redeem(code)
    till.counter.close()
    return home


def test_a_day_is_closed_once_and_told_again_in_the_same_bytes(traded: Home, call: Call, tmp_path: Path) -> None:
    out = tmp_path / "head office"
    first = call("export", "--out", str(out), "--json")
    assert first.code == 0
    told = first.told
    assert told["outcome"] == "exported"
    assert (told["run"], told["again"], told["rows"]["coupons"], told["rows"]["events"]) == (1, False, 2, 1)
    night = Path(told["folder"])
    assert night.parent == out
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}_000001", night.name)
    again = call("export", "--out", str(out), "--day", told["business_day"], "--json").told
    assert again == told | {"again": True}
    verified = call("verify", str(out), "--json")
    assert (verified.code, verified.told["outcome"], verified.told["nights"]) == (0, "verified", 1)


def test_by_itself_it_writes_into_the_home(traded: Home, call: Call) -> None:
    done = call("export")
    assert done.code == 0
    assert "2 coupons given, 1 event" in done.out
    assert [night.name[-6:] for night in traded.nights.iterdir()] == ["000001"]
    assert call("verify", str(traded.nights)).code == 0


def test_the_environment_may_say_where_nights_go(traded: Home, call: Call, tmp_path: Path) -> None:
    told = call("export", "--json", POS_RECOVERY_OUT=str(tmp_path / "there")).told
    assert Path(told["folder"]).parent == tmp_path / "there"


def test_a_night_that_was_altered_is_not_verified(traded: Home, call: Call) -> None:
    night = Path(call("export", "--json").told["folder"])
    (night / "coupons.csv").write_bytes((night / "coupons.csv").read_bytes().replace(b"late", b"rude"))
    done = call("verify", str(night), "--json")
    assert done.code == 1
    assert done.told["outcome"] == "not_verified"
    assert {problem["file"] for problem in done.told["problems"]} == {"coupons.csv"}
    assert "coupons.csv: Its SHA-256 is not what the manifest says" in call("verify", str(night)).out


def test_sums_that_do_not_prove_are_refused_with_the_codes(traded: Home, call: Call) -> None:
    with closing(sqlite3.connect(traded.ledger)) as ledger, ledger:
        ledger.execute(
            "INSERT INTO coupon_event SELECT code, 2, kind, at, business_date, store, register, staff, 'twice', ending,"
            " note, offline, cost_minor, clock_drift_s FROM coupon_event"
        )
        (code,) = ledger.execute("SELECT code FROM coupon_event").fetchone()
    done = call("export", "--json")
    assert done.code == 1
    assert done.told["outcome"] == "does_not_prove"
    assert [each.replace("-", "") for each in done.told["codes"]] == [code]
    assert not traded.nights.exists()
    assert "Coupons to look at" in call("export").out


def test_a_night_is_not_told_in_words_that_were_never_put_in(traded: Home, call: Call) -> None:
    """It would never verify, and be closed for good."""
    assert damage(traded.ledger, "currency", "decimals", "9")
    done = call("export", "--json")
    assert (done.code, done.told["outcome"]) == (4, "store_unavailable")
    assert "currency" in done.told["sentence"]
    assert not traded.nights.exists()


def test_what_a_night_was_to_go_into_goes_again_as_far_as_it_was_made_for_it(traded: Home, call: Call) -> None:
    there = traded.folder / "there"
    there.mkdir()
    damage(traded.ledger, "currency", "decimals", "9")
    assert call("export", "--out", str(there / "a" / "b")).code == 4
    assert list(there.iterdir()) == []


@pytest.mark.parametrize("out", ["x" * 300, "loop"])
def test_a_place_that_cannot_be_is_said_to_be_none(traded: Home, call: Call, out: str) -> None:
    (traded.folder / "loop").symlink_to("loop")
    done = call("export", "--out", str(traded.folder / out / "deep"), "--json")
    assert (done.code, done.told["outcome"]) == (4, "not_written")
    looked = call("verify", str(traded.folder / out / "deep"), "--json", pin=None)
    assert (looked.code, looked.told["outcome"]) == (2, "wrong_usage")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_a_folder_whose_name_is_no_text_is_not_blamed_on_its_nights(traded: Home, call: Call) -> None:
    for words in (
        ["export", "--out", "n\udcff"],
        ["verify", "n\udcff"],
        ["backup", "n\udcff"],
        ["--home", "n\udcff", "reasons"],
    ):
        done = call(*words, "--json")
        assert (done.code, done.told["outcome"]) == (2, "wrong_usage"), words
        assert "no text" in done.told["sentence"]


def test_a_folder_that_was_removed_under_us_is_needed_by_nobody(
    traded: Home, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = traded.folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    try:
        done = call("verify", str(traded.folder / "nowhere"), "--json", pin=None)
    finally:
        os.chdir(traded.folder)
    assert (done.code, done.told["outcome"]) == (2, "wrong_usage")


def test_a_day_to_come_is_refused(traded: Home, call: Call) -> None:
    done = call("export", "--day", "2999-01-01", "--json")
    assert (done.code, done.told["outcome"]) == (1, "day_not_begun")


@pytest.mark.parametrize("day", ["0001-01-01", "1970-01-01"])
def test_a_day_long_before_everything_is_refused(traded: Home, call: Call, day: str) -> None:
    done = call("export", "--day", day, "--json")
    assert (done.code, done.told["outcome"], done.told["business_day"]) == (1, "nothing_to_close", day)


def test_the_doctor_tells_of_a_clock_that_an_export_would_doubt_and_of_a_night_that_lies_ahead(
    traded: Home, call: Call
) -> None:
    def nights() -> dict[str, object]:
        (found,) = (each for each in call("doctor", "--json").told["findings"] if each["part"] == "nights")
        return dict(found)

    call("export", "--out", str(traded.nights))
    assert nights()["well"]
    with closing(sqlite3.connect(traded.ledger)) as ledger, ledger:
        ledger.execute("DROP TRIGGER export_run_no_update")
        ledger.execute("UPDATE export_run SET business_day = '2199-01-01'")
    assert not nights()["well"]
    assert "is of 2199-01-01" in str(nights()["detail"])
    refused = call("export", "--json")
    assert (refused.code, refused.told["outcome"]) == (1, "night_ahead")
    with closing(sqlite3.connect(traded.ledger)) as ledger, ledger:
        ledger.execute("UPDATE export_run SET business_day = '2020-01-01'")
        for table in ("coupon", "coupon_event"):
            ledger.execute(f"DROP TRIGGER {table}_no_update")
            ledger.execute(f"UPDATE {table} SET business_date = '2020-01-01'")  # noqa: S608  ours
    assert not nights()["well"]
    assert "what is nearest is of 2020-01-01" in str(nights()["detail"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--day", "yesterday"], "is no day; write it like 2026-11-21"),
        (["--out", "sftp:/somewhere"], "neither a folder nor a URL"),
        (["--database", "mysql://somewhere/else"], "a database URL begins with"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(words: list[str], said: str, home: Home, call: Call) -> None:
    done = call("export", *words)
    assert done.code == 2
    assert said in done.line


def test_a_destination_that_cron_left_empty_is_wrong_usage(traded: Home, call: Call) -> None:
    done = call("export", "--out", "")
    assert (done.code, done.line) == (2, "--out: no destination is given")
    assert call("export", "--database", "").code == 2
    assert not traded.nights.exists()
    assert call("export", POS_RECOVERY_OUT="", POS_RECOVERY_DATABASE="").code == 0, "what is not set says nothing"


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where unit files go here, whoever runs this."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(systemd_timer, "SYSTEM_FOLDER", tmp_path / "config" / "systemd" / "user")
    return tmp_path / "config" / "systemd" / "user"


def test_a_timer_is_written_once_and_left_when_somebody_changed_it(traded: Home, call: Call, units: Path) -> None:
    done = call("export", "--out", "nights", "--install-timer")
    assert done.code == 0
    assert done.out.startswith("Written:\n")
    assert f'"{Path.cwd() / "nights"}"' in (units / systemd_timer.DESTINATION).read_text()
    assert f'--home "{traded.folder}" export' in (units / systemd_timer.SERVICE).read_text()
    assert call("export", "--out", "nights", "--install-timer").out.startswith("There already, and right:\n")
    (units / systemd_timer.TIMER).write_text("[Timer]\n")
    standing = call("export", "--out", "nights", "--install-timer", "--json")
    assert (standing.code, standing.told["outcome"]) == (1, "timer_differs")
    assert call("export", "--out", "nights", "--install-timer", "--replace").code == 0
    assert "OnCalendar" in (units / systemd_timer.TIMER).read_text()


def test_a_timer_finds_a_database_that_was_named_from_another_folder(
    traded: Home, call: Call, units: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(traded.folder)
    assert call("export", "--database", "sqlite:///ledger.sqlite", "--install-timer").code == 0
    (url,) = re.findall('POS_RECOVERY_DATABASE="(.*)"', (units / systemd_timer.DESTINATION).read_text())
    monkeypatch.chdir("/")  # as systemd starts programs
    told = call("export", "--out", str(tmp_path / "nights"), "--json", POS_RECOVERY_DATABASE=url).told
    assert told["rows"]["coupons"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "foo://x"], "--out: nothing is known about addresses that begin with foo://"),
        (["--out", "sftp:/somewhere"], "--out: that is neither a folder nor a URL"),
        (["--out", "file://nights"], "--out: a folder is written file:///folder"),
        (["--out", ""], "--out: no destination is given"),
        (["--database", "garbage"], "--database: this is no database URL"),
        (["--database", "mysql://somewhere/else"], "--database: a database URL begins with"),
        (["--database", "postgresql://night@10.0.0.010/recovery"], "--database: its host 10.0.0.010 is no"),
        (["--database", "postgresql:///recovery?host=db,0x7f.1"], "--database: its host 0x7f.1 is no address that"),
        (["--database", "sqlite:///not-there.sqlite"], "--database: there is no file "),
        (["--day", "2026-11-21"], "--day closes one day, a timer each night the last one that is over"),
    ],
)
def test_a_timer_that_would_fail_every_night_is_not_written(
    words: list[str], said: str, traded: Home, call: Call, units: Path
) -> None:
    done = call("export", *words, "--install-timer")
    assert done.code == 2
    assert done.line.startswith(said)
    assert not units.exists()


def test_a_timer_is_not_written_for_a_database_that_is_not_ours(
    traded: Home, call: Call, units: Path, tmp_path: Path
) -> None:
    (tmp_path / "list.sqlite").write_bytes(b"this is a shopping list, not a database" * 500)
    assert call("export", "--database", f"sqlite:///{tmp_path}/list.sqlite", "--install-timer").code == 4
    assert not units.exists()


@pytest.mark.parametrize(("starts", "hour"), [("04:00", 5), ("04:30", 6), ("23:30", 1), ("01:00", 3)])
def test_a_timer_comes_a_whole_hour_after_the_day_or_later(
    home: Home, call: Call, units: Path, starts: str, hour: int
) -> None:
    """In Prague, whose clocks have no 02:00 in March."""
    with closing(sqlite3.connect(home.ledger)) as ledger, ledger:
        ledger.execute("UPDATE store SET day_starts = ?", (starts,))
    done = call("export", "--install-timer", POS_RECOVERY_DAY_STARTS=starts)
    assert (done.code, f"It runs at {hour:02}:00 by the clocks of Europe/Prague" in done.out) == (0, True)
    assert f"OnCalendar=*-*-* {hour:02}:00:00 " in (units / systemd_timer.TIMER).read_text()


def test_a_timer_waits_for_every_store_on_record(home: Home, call: Call, units: Path) -> None:
    with closing(sqlite3.connect(home.ledger)) as ledger, ledger:
        ledger.execute("INSERT INTO store SELECT 'west', 'West', 'Etc/GMT+8', currency, day_starts FROM store")
    assert call("export", "--install-timer", POS_RECOVERY_TIMEZONE="Etc/UTC").code == 0
    assert "OnCalendar=*-*-* 13:00:00 Etc/UTC" in (units / systemd_timer.TIMER).read_text()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives a home away")
def test_a_home_whose_owner_has_no_name_is_known_by_its_number(home: Home, call: Call, units: Path) -> None:
    os.chown(home.folder, 4_199_999, -1)
    assert call("export", "--install-timer").code == 0
    assert "User=4199999\n" in (units / systemd_timer.SERVICE).read_text()


def test_a_folder_that_cannot_be_written_is_said(traded: Home, call: Call, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    done = call("export", "--out", str(tmp_path / "a file" / "nights"), "--json")
    assert (done.code, done.told["outcome"]) == (4, "not_written")
    assert call("export", "--json").told["outcome"] == "exported"


def test_two_exports_of_a_register_do_not_meet(traded: Home, call: Call) -> None:
    with FileLock(traded.exporting):
        done = call("export", "--json")
    assert (done.code, done.told["outcome"]) == (4, "export_running")


def test_what_could_not_be_delivered_comes_with_the_next(traded: Home, call: Call, tmp_path: Path) -> None:
    done = call("export", "--out", "abfs://nights", "--json")
    assert (done.code, done.told["outcome"]) == (4, "not_delivered")
    assert call("export", "--out", str(tmp_path / "nights"), "--json").told["outcome"] == "exported"


def test_a_night_is_there_and_an_earlier_one_still_is_not(traded: Home, call: Call, tmp_path: Path) -> None:
    earlier = str(YESTERDAY.date() - timedelta(days=3))
    assert call("export", "--day", earlier, "--out", "abfs://nights").code == 4
    (tmp_path / "nights" / f"{earlier}_000001").mkdir(parents=True)
    done = call("export", "--out", str(tmp_path / "nights"), "--json")
    assert (done.code, done.told["outcome"], done.told["run"]) == (1, "exported", 2)
    assert Path(done.told["folder"]).is_dir()
    assert done.told["not_made_up"] == {
        "outcome": "in_the_way", "folder": str(tmp_path / "nights" / f"{earlier}_000001"), "unknown": False,
        "earlier": False,
    }  # fmt: skip
    before = str(YESTERDAY.date() - timedelta(days=9))
    asked = call("export", "--day", before, "--out", str(tmp_path / "else"))
    assert asked.out.startswith(f"{before} has no night of its own: what was recorded of it by then came with")


def test_the_folder_of_another_register_is_not_closed_into(traded: Home, call: Call, tmp_path: Path) -> None:
    there = tmp_path / "2026-01-01_000001"
    there.mkdir()
    (there / "datapackage.json").write_text("{}")
    done = call("export", "--out", str(tmp_path), "--json")
    assert (done.code, done.told["outcome"], done.told["unknown"]) == (1, "in_the_way", True)


def test_verify_wants_a_folder(call: Call, tmp_path: Path) -> None:
    assert call("verify", str(tmp_path / "nowhere")).code == 2
    assert call("verify", str(tmp_path), "--json").told["outcome"] == "not_verified"


def test_verify_tells_the_newest_hash_and_looks_for_one_that_was_kept(traded: Home, call: Call) -> None:
    told = call("export", "--json").told
    kept = told["manifest_sha256"]
    assert call("verify", str(traded.nights), "--json").told["manifest_sha256"] == kept
    assert kept in call("verify", str(traded.nights)).out
    assert call("verify", str(traded.nights), "--expect", f"sha256:{kept.upper()}").code == 0
    done = call("verify", str(traded.nights), "--expect", "0" * 64, "--json")
    assert (done.code, [each["code"] for each in done.told["problems"]]) == (1, ["expected"])


@pytest.mark.parametrize("given", ["", "0" * 63, "g" * 64, "0" * 65])
def test_a_hash_that_is_none_is_wrong_usage(traded: Home, call: Call, given: str) -> None:
    done = call("verify", str(traded.folder), "--expect", given)
    assert done.code == 2
    assert done.line.startswith("--expect: a SHA-256 has 64")


class Terminal(io.StringIO):
    """Somebody looks."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_bar_moves_while_a_night_is_uploaded(
    traded: Home, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", screen := Terminal())
    done = call("export", "--out", f"memory://{tmp_path.name}", TERM="xterm", COLUMNS="120")
    assert done.code == 0
    assert "The sums prove." in done.out
    assert re.search("100%.*delivery", screen.getvalue()), "by steps alone it would end at six of seven"


def test_in_cron_it_says_its_answer_and_nothing_else(traded: Home, shell: Shell) -> None:
    done = shell("export")
    assert done.code == 0
    assert done.err == ""
    assert "The sums prove." in done.out


def test_somebody_else_s_database_is_not_called_damaged(traded: Home, call: Call, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "recipes.sqlite")) as other, other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    before = (tmp_path / "recipes.sqlite").read_bytes()
    done = call("export", "--database", f"sqlite:///{tmp_path}/recipes.sqlite")
    assert done.code == 4
    assert done.line.startswith("The database file is another program's: it holds none of our tables.")
    assert (tmp_path / "recipes.sqlite").read_bytes() == before
