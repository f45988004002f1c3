"""Unit files, as systemd itself reads them where it is installed."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from subprocess import run

import pytest

from pos_recovery.export.closing.systemd_timer import (
    DESTINATION,
    SERVICE,
    TIMER,
    Nightly,
    Standing,
    TimerError,
    Written,
    destination_text,
    install,
    next_step,
    service_text,
    timer_text,
    user_folder,
)
from pos_recovery.rules import time_zones, timer_hours
from pos_recovery.system import systemd_units as units_of
from tests.zone_files import OLD

SECRET = """p%40$HOME${x}`id`"'\\@#;%h"""
NASTY = """/srv/a  b%h$HOME${x}"'\\t;# ü"""
MANAGER = Path("/lib/systemd/systemd")

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder nobody in particular may read: the manager of a user does not run as root."""
    with tempfile.TemporaryDirectory(prefix="unit files %h ") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def nightly(room: Path) -> Nightly:
    """A night with a name in it that needs every kind of quote."""
    program = room / "50 % off" / "pos-recovery"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return Nightly(program=program, home=Path(NASTY), out=f"sftp://night:{SECRET}@host/nights", hour=5)


def units(folder: Path) -> list[str]:
    return [str(folder / SERVICE), str(folder / TIMER)]


@needs_systemd
@pytest.mark.parametrize("user", [None, "daemon", "4199999"])
@pytest.mark.parametrize("zone", [None, "Europe/Prague"])
def test_systemd_finds_nothing_to_say_of_the_units(
    nightly: Nightly, room: Path, user: str | None, zone: str | None
) -> None:
    install(replace(nightly, user=user, zone=zone), room)
    whose = "--system" if user else "--user"
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(room)}
    words = ["systemd-analyze", whose, "--man=no", "verify", *units(room)]
    judged = run(words, capture_output=True, text=True, env=environment, timeout=30, check=False)
    assert (judged.returncode, judged.stdout, judged.stderr) == (0, "", "")


@needs_systemd
def test_systemd_would_complain_of_units_without_quotes(nightly: Nightly, room: Path) -> None:
    """The twin: the same words as they are."""
    install(nightly, room)
    plain = (room / SERVICE).read_text().replace('"', "").replace("%%", "%")
    (room / SERVICE).write_text(plain)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(room)}
    words = ["systemd-analyze", "--user", "--man=no", "verify", *units(room)]
    judged = run(words, capture_output=True, text=True, env=environment, timeout=30, check=False)
    assert judged.returncode != 0


@pytest.mark.skipif(not MANAGER.exists(), reason="systemd is not installed")
def test_systemd_reads_the_words_that_were_meant(nightly: Nightly, room: Path) -> None:
    install(nightly, room)
    (room / "all.target").write_text(f"[Unit]\nWants={SERVICE}\n")
    (room / "run").mkdir(mode=0o777)
    (room / "run").chmod(0o777)
    environment = {
        "HOME": str(room),
        "XDG_RUNTIME_DIR": str(room / "run"),
        "SYSTEMD_UNIT_PATH": str(room),
        "LANG": "C.UTF-8",
    }
    is_root = os.geteuid() == 0  # as which it refuses to be tested
    dumped = run(
        [str(MANAGER), "--test", "--user", "--unit=all.target"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=30,
        check=False,
        user="nobody" if is_root else None,
        group="nogroup" if is_root else None,
        extra_groups=[] if is_root else None,
    )
    told = dict(line.strip().partition(": ")[::2] for line in dumped.stdout.splitlines() if line.strip())
    assert told["EnvironmentFile"] == str(room / DESTINATION)
    words = run(["bash", "-c", f"printf '%s\\0' {told['Command Line']}"], capture_output=True, text=True, check=True)
    program, *arguments = words.stdout.removesuffix("\0").split("\0")
    assert program == str(nightly.program)
    assert [word.replace("$$", "$") for word in arguments] == ["--home", NASTY, "export"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize("out", [f"sftp://n:{SECRET}@h", NASTY, "/nights", "s3://b/a b", "/x\\"])
def test_the_destination_is_read_as_it_was_given(nightly: Nightly, room: Path, out: str) -> None:
    """By bash, whose quotes systemd took over for this file."""
    install(replace(nightly, out=out), room)
    script = 'set -u; source "$0"; printf %s "$POS_RECOVERY_OUT"'
    read = run(["bash", "-c", script, str(room / DESTINATION)], capture_output=True, text=True, check=True)
    assert read.stdout == out


def test_the_destination_stands_only_in_the_file_others_cannot_read(nightly: Nightly, room: Path) -> None:
    before = os.umask(0)
    try:
        install(nightly, room)
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((room / name).stat().st_mode) for name in (DESTINATION, SERVICE, TIMER)}
    assert modes == {DESTINATION: 0o600, SERVICE: 0o644, TIMER: 0o644}
    assert "night:" in (room / DESTINATION).read_text()
    assert not any("sftp" in (room / name).read_text() for name in (SERVICE, TIMER))


@needs_systemd
@pytest.mark.parametrize(
    ("hour", "zone", "calendar"), [(0, None, "*-*-* 00:00:00"), (23, "Asia/Tokyo", "*-*-* 23:00:00 Asia/Tokyo")]
)
def test_the_hour_is_one_systemd_understands(nightly: Nightly, hour: int, zone: str | None, calendar: str) -> None:
    text = timer_text(replace(nightly, hour=hour, zone=zone))
    assert f"OnCalendar={calendar}\n" in text
    understood = run(["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=True)
    assert f"Normalized form: {calendar}\n" in understood.stdout


@pytest.mark.parametrize(
    ("ends", "zone", "hour"),
    [
        ([("Europe/London", time(4))], "Europe/London", 5),
        ([("Europe/London", time(4, 1))], "Europe/London", 6),
        ([("Europe/London", time(22, 30))], "Europe/London", 0),
        ([("Europe/London", time(4)), ("Europe/London", time(5, 30))], "Europe/London", 7),
        ([("Europe/London", time(4)), ("Europe/Prague", time(4))], "Europe/London", 5),
        ([("Europe/London", time(4)), ("America/Los_Angeles", time(4))], "Europe/London", 13),
        ([("America/Los_Angeles", time(4)), ("Europe/London", time(4))], "America/Los_Angeles", 5),
        ([("Asia/Tokyo", time(4)), ("America/New_York", time(4))], "Asia/Tokyo", 19),  # 18:00 there in their winter
        ([("Asia/Kolkata", time(4))], "Europe/London", 2),  # 23:30 there in our summer; 01:00 is not every day's
    ],
)
def test_the_hour_is_at_least_one_after_the_last_day_has_ended(
    ends: list[tuple[str, time]], zone: str, hour: int
) -> None:
    today = date(2026, 11, 22)
    assert timer_hours.of_every_day(timer_hours.earliest_after(ends, zone, today), zone, today) == hour


MOVED = [
    ("Europe/London", time(0), 1, 2),  # skipped in March, shown twice in October
    ("Europe/Berlin", time(1), 2, 3),
    ("America/New_York", time(0), 1, 3),  # shown twice, and 02:00 is skipped
    ("America/New_York", time(1), 2, 3),
    ("Africa/Cairo", time(22), 23, 1),  # shown twice, and midnight is skipped
    ("Asia/Beirut", time(23), 0, 1),
    ("America/Havana", time(23), 0, 1),
    ("America/Santiago", time(22), 23, 1),
    ("Australia/Lord_Howe", time(1), 2, 3),  # by half an hour
    ("Antarctica/Troll", time(0), 1, 3),  # by two hours
    ("Pacific/Easter", time(20), 21, 23),
    ("Pacific/Chatham", time(2), 3, 4),  # at 02:45
]


@pytest.mark.parametrize(("zone", "starts", "wanted", "hour"), MOVED)
def test_an_hour_that_some_days_do_not_have_or_have_twice_gives_way_to_the_next(
    zone: str, starts: time, wanted: int, hour: int
) -> None:
    today = date(2026, 11, 22)
    assert timer_hours.earliest_after([(zone, starts)], zone, today) == wanted
    assert timer_hours.of_every_day(wanted, zone, today) == hour
    assert f"skip {wanted:02}:00" in timer_hours.words(hour, wanted, zone)


@needs_systemd
@pytest.mark.parametrize(("hour", "is_skipped"), [(2, True), (3, False)])
def test_systemd_comes_every_day_at_the_hour_that_was_chosen_and_would_leave_out_a_day_at_the_other(
    hour: int, is_skipped: bool
) -> None:
    """Of Berlin, over the days of March on which its clocks are changed; with its twin."""
    calendar = ["systemd-analyze", "calendar", "--base-time=2026-03-27 12:00:00 UTC", "--iterations=3"]
    told = run([*calendar, f"*-*-* {hour:02}:00:00 Europe/Berlin"], capture_output=True, text=True, check=True)
    assert ("2026-03-29" not in told.stdout) == is_skipped


def test_an_hour_holds_by_the_rules_of_the_system_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd knows no others: by those of 2025 Vancouver still skips 02:00 in March."""
    today, zone = date(2026, 11, 22), "America/Vancouver"
    monkeypatch.setattr(time_zones, "_SYSTEM", (str(OLD),))
    assert timer_hours.of_every_day(2, zone, today) == 3
    assert timer_hours.earliest_after([(zone, time(3, 30))], zone, today) == 5
    monkeypatch.setattr(time_zones, "_SYSTEM", ())
    assert timer_hours.of_every_day(2, zone, today) == 2  # the twin: ours alone


@pytest.mark.parametrize(
    "change",
    [
        {"hour": 24},
        {"hour": -1},
        {"zone": "Europe/Prague\nUnit=x"},
        {"zone": "../x"},
        {"user": "root\nExecStart=/bin/sh"},
        {"user": ""},
        {"user": "1000x"},
        {"home": Path("home")},
        {"home": Path("/home\nExecStart=/bin/sh")},
        {"home": Path("/home ")},
        {"home": Path("/home/\udcff")},
        {"program": Path("pos-recovery")},
        {"program": Path("/opt/$x/pos-recovery")},
        {"program": Path('/opt/"x"/pos-recovery')},
        {"out": "nights"},
        {"out": "/nights\nPATH=/tmp"},
        {"out": ""},
    ],
)
def test_what_systemd_cannot_be_told_is_refused_and_nothing_is_written(
    nightly: Nightly, room: Path, change: dict[str, object]
) -> None:
    with pytest.raises(TimerError):
        install(replace(nightly, **change), room / "units")  # type: ignore[arg-type]  # one of several fields
    assert not (room / "units").exists()


def test_a_zone_that_systemd_cannot_look_up_is_refused(
    nightly: Nightly, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a system has put the old names of zones into a package of their own."""
    pacific = replace(nightly, zone="US/Pacific")
    monkeypatch.setattr(units_of, "SYSTEM_ZONES", OLD)
    with pytest.raises(TimerError, match="zones_2025b does not have that zone"):
        timer_text(pacific)
    assert "America/Vancouver" in timer_text(replace(nightly, zone="America/Vancouver"))
    monkeypatch.setattr(units_of, "SYSTEM_ZONES", tmp_path / "not there")
    assert "US/Pacific" in timer_text(pacific)  # nothing is known of such a system


@needs_systemd
def test_systemd_would_take_no_timer_of_a_zone_that_it_cannot_look_up() -> None:
    """The twin."""
    words = ["systemd-analyze", "calendar", "*-*-* 05:00:00 Europe/Nowhere"]
    assert run(words, capture_output=True, text=True, check=False).returncode != 0


def test_a_folder_with_wildcards_in_its_name_is_refused(nightly: Nightly, room: Path) -> None:
    with pytest.raises(TimerError, match=r"one of \* \? \[ "):
        service_text(nightly, room / "night[s]")


def test_a_file_that_somebody_changed_is_left_until_it_may_go(nightly: Nightly, room: Path) -> None:
    folder = room / "units"
    files = tuple(folder / name for name in (DESTINATION, SERVICE, TIMER))
    assert install(nightly, folder) == Written(files)
    assert install(nightly, folder) == Written(())
    files[1].write_text("[Service]\n")
    later = replace(nightly, hour=6)
    assert install(later, folder) == Standing(files[1:])
    assert files[1].read_text() == "[Service]\n"
    assert files[2].read_text() == timer_text(nightly)
    assert install(later, folder, replace=True) == Written(files[1:])
    assert [file.read_text() for file in files] == [
        destination_text(later),
        service_text(later, folder),
        timer_text(later),
    ]
    assert sorted(folder.iterdir()) == sorted(files)


def test_the_next_step_is_told_for_a_user_and_for_the_system(nightly: Nightly) -> None:
    assert next_step(nightly).splitlines()[1] == f"systemctl --user enable --now {TIMER}"
    assert next_step(replace(nightly, user="till")).splitlines()[1] == f"sudo systemctl enable --now {TIMER}"
    assert next_step(replace(nightly, user="4199999")).startswith("id 4199999    # has to know that number")


def test_a_users_units_stand_where_systemd_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert user_folder() == tmp_path / ".config" / "systemd" / "user"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/elsewhere")
    assert user_folder() == Path("/elsewhere/systemd/user")
