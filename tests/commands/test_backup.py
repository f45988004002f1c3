"""`backup` and `restore` as a café meets them: while the register runs, after a kill, over another ledger."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE
from subprocess import PIPE, Popen

import pytest
from filelock import FileLock

from pos_recovery.backup import backup_folder
from pos_recovery.system import systemd_units
from pos_recovery.system.locations import Home
from tests.commands.conftest import Call
from tests.commands.shell import Shell
from tests.damages import DAMAGES, damage
from tests.other_user import as_nobody, home_of_nobody, needs_root
from tests.till import BARISTA, LATE, MovableClock, Till, copy_of

REGISTER = """
import sys
from pathlib import Path
from pos_recovery.system.locations import Home
from tests.till import Till
till = Till.open(Home(Path(sys.argv[1])))
for line in sys.stdin:
    print(till.code(), flush=True)
"""


@contextmanager
def a_register(home: Home) -> Iterator[Callable[[], str]]:
    """Another process that gives a coupon whenever it is told to, and keeps the ledger open. Killed at the end."""
    command = [sys.executable, "-c", REGISTER, str(home.folder)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=Path(__file__).parents[2]) as process:

        def give() -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        yield give
        process.send_signal(signal.SIGKILL)


def coupons(ledger: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as raw:
        return {code for (code,) in raw.execute("SELECT code FROM coupon")}


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "stick"


def test_all_three_coupons_of_a_register_that_was_killed_are_in_the_backup(home: Home, call: Call, stick: Path) -> None:
    with a_register(home) as give:
        given = {give() for _ in range(3)}
    done = call("backup", str(stick), "--json")
    assert (done.code, done.told["outcome"], done.told["facts"]["coupon"]) == (0, "backed_up", 3)
    assert coupons(Path(done.told["folder"]) / "ledger.sqlite") == given


def test_all_sixteen_coupons_of_a_register_that_runs_are_in_the_backup(home: Home, call: Call, stick: Path) -> None:
    with a_register(home) as give:
        given = {give() for _ in range(16)}
        told = call("backup", str(stick), "--json").told
        given_later = give()
        (tells,) = [each["detail"] for each in call("doctor", "--json").told["findings"] if each["part"] == "backup"]
    assert coupons(Path(told["folder"]) / "ledger.sqlite") == given
    assert given_later not in given
    assert "less than an hour old" in tells


def test_a_plain_copy_would_lose_them(home: Home, tmp_path: Path) -> None:
    """The twin: what the README advised before."""
    with a_register(home) as give:
        given = {give() for _ in range(3)}
        shutil.copy(home.ledger, tmp_path / "copy.sqlite")
    assert coupons(tmp_path / "copy.sqlite") == set()
    assert coupons(home.ledger) == given


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of POSIX")
def test_nobody_else_reads_a_backup_whatever_the_umask(home: Home, call: Call, stick: Path) -> None:
    before = os.umask(0)
    try:
        folder = Path(call("backup", str(stick), "--json").told["folder"])
        shutil.rmtree(home.folder)
        assert call("restore", str(stick)).code == 0
    finally:
        os.umask(before)
    made = [folder, *folder.iterdir(), home.folder, home.ledger, home.settings]
    assert {path.name: oct(S_IMODE(path.stat().st_mode)) for path in made} == {
        path.name: oct(0o700 if path.is_dir() else 0o600) for path in made
    }


def test_a_backup_comes_back_and_the_register_goes_on(home: Home, call: Call, stick: Path) -> None:
    till = Till.open(home, MovableClock(datetime.now(UTC) - timedelta(days=1, hours=12)))
    code = till.code()
    till.counter.close()
    assert call("export").code == 0
    call("backup", str(stick))
    settings = home.settings.read_bytes()
    shutil.rmtree(home.folder)
    done = call("restore", str(stick), "--json")
    assert (done.code, done.told["outcome"], done.told["settings"], done.told["kept"]) == (
        0,
        "restored",
        "restored",
        None,
    )
    assert (done.told["nights"], done.told["unknown_nights"]) == (1, [])
    assert home.settings.read_bytes() == settings
    assert call("redeem", code).code == 0
    assert call("issue", "late", "--no-print").code == 0
    assert call("export", "--json").told["again"]
    assert call("verify", str(home.nights)).code == 0
    assert call("doctor").code == 0


def test_a_ledger_with_facts_is_replaced_only_when_told_and_then_kept(home: Home, call: Call, stick: Path) -> None:
    till = Till.open(home)
    early = till.code()
    call("backup", str(stick))
    late = [till.code(), till.code()]
    till.counter.close()
    done = call("restore", str(stick), "--json")
    assert (done.code, done.told["outcome"]) == (1, "has_facts")
    assert (done.told["lost"]["coupon"], done.told["lost_days"]) == (2, ["2026-11-14"])
    assert coupons(home.ledger) == {early, *late}
    done = call("restore", str(stick), "--replace", "--json")
    assert (done.code, done.told["settings"], done.told["lost"]["coupon"]) == (0, "kept", 2)
    assert coupons(home.ledger) == {early}
    assert coupons(Path(done.told["kept"]) / "ledger.sqlite") == {early, *late}


def test_a_register_that_only_waits_for_guests_is_not_pulled_from_under(home: Home, call: Call, stick: Path) -> None:
    call("backup", str(stick))
    with a_register(home) as give:
        code = give()
        done = call("restore", str(stick), "--replace", "--json")
        assert (done.code, done.told) == (4, {"outcome": "in_use"})
    assert coupons(home.ledger) == {code}
    assert [path.name for path in home.folder.glob("*.part*")] == []


def lost_power(home: Home) -> None:
    """The last coupons stand in the `-wal` file, and nobody has the ledger open."""
    with a_register(home) as give:
        for _ in range(3):
            give()
    assert home.ledger.with_name("ledger.sqlite-wal").stat().st_size


def test_nothing_that_stood_beside_the_old_ledger_gets_into_the_restored(home: Home, call: Call, stick: Path) -> None:
    """Somebody took the ledger away by hand, to be sure; its last minutes still lie there."""
    call("backup", str(stick))
    lost_power(home)
    home.ledger.unlink()
    done = call("restore", str(stick), "--json")
    assert (done.code, done.told["lost"]) == (0, None)
    assert coupons(home.ledger) == set()
    assert (Path(done.told["kept"]) / "ledger.sqlite-wal").stat().st_size
    assert call("issue", "late", "--no-print").code == 0


def test_put_there_as_a_file_the_old_one_would_come_up_through_it(home: Home, call: Call, stick: Path) -> None:
    """The twin: SQLite takes the `-wal` beside it for its own."""
    folder = Path(call("backup", str(stick), "--json").told["folder"])
    lost_power(home)
    shutil.copy(folder / "ledger.sqlite", home.ledger)
    try:
        found = coupons(home.ledger)
    except sqlite3.DatabaseError:
        return
    assert found != set()


def test_a_damaged_ledger_is_kept_when_it_is_replaced(home: Home, call: Call, stick: Path) -> None:
    call("backup", str(stick))
    damaged = b"\xff" * 100 + home.ledger.read_bytes()[100:]
    home.ledger.write_bytes(damaged)
    done = call("restore", str(stick), "--json")
    assert (done.code, done.told["outcome"], done.told["lost"]) == (1, "has_facts", None)
    done = call("restore", str(stick), "--replace", "--json")
    assert (done.code, done.told["lost"]) == (0, None)
    assert (Path(done.told["kept"]) / "ledger.sqlite").read_bytes() == damaged
    assert call("issue", "late", "--no-print").code == 0


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "ledger.sqlite").write_bytes((folder / "ledger.sqlite").read_bytes()[:-4096]),
        lambda folder: (folder / "ledger.sqlite").unlink(),
        lambda folder: (folder / "settings.toml").write_text("store_name = 'Another'"),
        lambda folder: (folder / "backup.json").write_text("{}"),
        lambda folder: (folder / "backup.json").write_bytes(b"\xff" * 100),
    ],
    ids=["cut short", "ledger gone", "other settings", "empty manifest", "no manifest"],
)
def test_a_backup_that_is_not_as_it_was_is_not_put_back(
    home: Home, call: Call, stick: Path, harm: Callable[[Path], object]
) -> None:
    folder = Path(call("backup", str(stick), "--json").told["folder"])
    harm(folder)
    before = home.ledger.read_bytes()
    done = call("restore", str(folder), "--replace", "--json")
    assert (done.code, done.told["outcome"]) == (1, "not_whole")
    assert call("restore", str(folder), "--replace").out.endswith("Nothing was changed. Take an earlier one.\n")
    assert home.ledger.read_bytes() == before


def resealed(folder: Path, **changes: object) -> None:
    """As one who knows the format would alter a backup, or another version write it."""
    told = json.loads((folder / "backup.json").read_text()) | changes
    told["files"]["ledger.sqlite"] = backup_folder.digest(folder / "ledger.sqlite")
    (folder / "backup.json").write_text(json.dumps(told))


IMPOSSIBLE: list[tuple[str, object]] = [
    ("rows", "coupon"),
    ("rows", {"coupon": None}),
    ("made_at", 5),
    ("made_at", "2026-11-21T10:00:00"),
    ("number", 10**300),
    ("number", True),
    ("newest", []),
    ("store", "\x1b[2J"),
    ("files", {"ledger.sqlite": {"bytes": 1e400, "sha256": "x"}}),
    ("files", {"ledger.sqlite": None}),
    ("more", 1),
]


def test_where_the_ledger_was_lost_neither_backup_nor_night_leads_to_a_new_one(
    home: Home, call: Call, stick: Path
) -> None:
    home.ledger.unlink()
    for words in (("backup", str(stick)), ("export",)):
        done = call(*words)
        assert (done.code, "pos-recovery restore DIR" in done.err) == (4, True)
    assert not stick.exists() or not any(stick.iterdir())


def test_a_register_that_has_never_worked_is_led_to_set_up(new_call: Call, home: Home, stick: Path) -> None:
    new_call.home.mkdir()
    shutil.copy(home.settings, new_call.home)
    done = new_call("backup", str(stick))
    assert (done.code, "Run `pos-recovery setup`." in done.err) == (4, True)


@pytest.mark.parametrize(("key", "value"), IMPOSSIBLE, ids=[f"{key} {str(value)[:12]!r}" for key, value in IMPOSSIBLE])
def test_a_manifest_that_holds_what_we_never_write_is_none(
    home: Home, call: Call, stick: Path, key: str, value: object
) -> None:
    folder = Path(call("backup", str(stick), "--json").told["folder"])
    told = json.loads((folder / "backup.json").read_text())
    (folder / "backup.json").write_text(json.dumps(told | {key: value}))
    done = call("restore", str(folder), "--replace", "--json")
    assert (done.code, done.told["outcome"]) == (1, "not_whole")
    assert call("backup", str(stick), "--keep", "1").code == 0


def test_believed_such_a_manifest_would_break_what_asks_it(call: Call, stick: Path) -> None:
    folder = Path(call("backup", str(stick), "--json").told["folder"])
    told = json.loads((folder / "backup.json").read_text())
    believed = backup_folder.Backup(**told | {"rows": "coupon"})  # as it was read before
    with pytest.raises(AttributeError):
        believed.rows.get("coupon")


@pytest.mark.parametrize("text", [b"[" * 60_000, b"1" * 5000, b"null"], ids=["deep", "long number", "nothing"])
def test_json_that_is_no_object_of_ours_is_no_manifest_and_no_note(
    home: Home, call: Call, stick: Path, text: bytes
) -> None:
    folder = Path(call("backup", str(stick), "--json").told["folder"])
    for file in (folder / "backup.json", home.last_backup):
        file.write_bytes(text)
    assert call("restore", str(folder), "--replace").code == 1
    assert "none that is known of" in call("doctor").out
    assert call("backup", str(stick)).code == 0


def test_a_note_of_the_last_backup_that_names_no_folder_is_none(home: Home, call: Call, stick: Path) -> None:
    call("backup", str(stick))
    note = json.loads(home.last_backup.read_text())
    home.last_backup.write_text(json.dumps(note | {"folder": 5}))
    assert "none that is known of" in call("doctor").out
    home.last_backup.write_text(json.dumps(note | {"folder": "\x1b[31m\n"}))
    assert "[U+001B][31m[U+000A]" in call("doctor").out


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("name", ["backup.json", "ledger.sqlite"])
def test_a_pipe_in_a_backup_is_not_waited_for(home: Home, call: Call, stick: Path, name: str) -> None:
    folder = Path(call("backup", str(stick), "--json").told["folder"])
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert call("restore", str(folder), "--replace", "--json").told["outcome"] == "not_whole"


def test_a_newer_backup_that_cannot_be_read_is_named(home: Home, call: Call, stick: Path) -> None:
    older = call("backup", str(stick), "--json").told["folder"]
    newer = Path(call("backup", str(stick), "--json").told["folder"])
    assert call("restore", str(stick), "--replace", "--json").told["not_read"] == []
    (newer / "backup.json").write_text("{}")
    done = call("restore", str(stick), "--replace", "--json").told
    assert (done["folder"], done["not_read"]) == (older, [newer.name])
    assert f"may be newer: {newer.name}." in call("restore", str(stick), "--replace").out


@needs_root
def test_a_folder_of_backups_that_only_root_may_look_into_is_what_is_named(home: Home, call: Call) -> None:
    with home_of_nobody(home) as theirs:
        place = theirs.folder.with_name("stick")
        call("backup", str(place))
        assert S_IMODE(place.stat().st_mode) == 0o700
        before = theirs.ledger.read_bytes()
        done = as_nobody(home, theirs, "restore", str(place), "--replace")
        assert (done.code, str(place) in done.out, theirs.ledger.read_bytes()) == (1, True, before)


def test_a_newer_backup_is_left_to_a_newer_version_and_an_older_one_is_upgraded(
    home: Home, call: Call, stick: Path
) -> None:
    folder = Path(call("backup", str(stick), "--json").told["folder"])
    resealed(folder, tables="9999")
    assert call("restore", str(folder), "--json").told["outcome"] == "too_new"
    resealed(folder, tables="0006", format=2)
    assert call("restore", str(folder), "--json").told["outcome"] == "too_new"
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as raw, raw:
        for table in (
            "currency",
            "export_balance",
            "export_delivery",
            "export_run",
            "conflict",
            "print_request",
            "slip_font",
            "printer_letters",
        ):
            raw.execute(f"DROP TABLE {table}")
        raw.execute("ALTER TABLE store DROP COLUMN day_starts")
        raw.execute("UPDATE alembic_version SET version_num = '0005'")
    rows = {"coupon": 0, "coupon_event": 0, "refusal": 0}
    resealed(folder, tables="0005", format=1, rows=rows)
    assert call("restore", str(folder)).code == 0
    assert call("issue", "late", "--no-print").code == 0


def test_a_backup_whose_rows_are_not_those_it_says_is_not_put_back(home: Home, call: Call, stick: Path) -> None:
    till = Till.open(home)
    till.code()
    till.counter.close()
    folder = Path(call("backup", str(stick), "--json").told["folder"])
    resealed(folder, rows={"coupon": 2})
    assert "do not belong together" in call("restore", str(folder), "--replace").out


def test_of_several_the_newest_is_the_one_with_the_highest_number_whatever_the_clock_said(
    home: Home, call: Call, stick: Path
) -> None:
    first = Path(call("backup", str(stick), "--json").told["folder"])
    first = first.rename(stick / "backup-20660101T000000Z")
    till = Till.open(home)
    code = till.code()
    till.counter.close()
    second = call("backup", str(stick), "--json").told
    assert second["number"] == 2
    done = call("restore", str(stick), "--replace", "--json")
    assert done.told["folder"] == second["folder"]
    assert coupons(home.ledger) == {code}
    assert first.is_dir()


def test_another_register_s_backup_is_taken_only_with_its_settings(
    home: Home, call: Call, stick: Path, template: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = call("backup", str(stick), "--json").told["folder"]
    bar = copy_of(template, home.folder.with_name("bar"))
    bar.settings.write_text(bar.settings.read_text().replace('register = "1"', 'register = "2"'))
    at_the_bar = Call(bar.folder, capsys)
    assert at_the_bar("restore", str(stick), "--json").told["outcome"] == "no_backup"
    done = at_the_bar("restore", folder, "--json")
    assert (done.code, done.told["outcome"], done.told["register"]) == (1, "another_register", "1")
    done = at_the_bar("restore", folder, "--settings", "--json")
    assert (done.code, done.told["settings"]) == (0, "restored")
    assert (Path(done.told["kept"]) / "settings.toml").exists()
    at_the_bar("backup", str(stick))
    assert Call(home.folder.with_name("new"), capsys)("restore", str(stick)).code == 0, "both are of register 1"
    bar.settings.write_text(bar.settings.read_text().replace('register = "1"', 'register = "2"'))
    at_the_bar("backup", str(stick))
    done = Call(home.folder.with_name("newer"), capsys)("restore", str(stick), "--json")
    assert "several registers" in done.told["why"]


def test_nights_told_since_are_named_and_the_next_export_goes_where_it_is_told(
    home: Home, call: Call, stick: Path, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    till = Till.open(home, MovableClock(now - timedelta(days=3, hours=12)))
    till.code()
    first = call("export", "--day", str((now - timedelta(days=3)).date()), "--json").told
    call("backup", str(stick))
    till.clock.move(days=2)
    till.code()
    till.counter.close()
    second = call("export", "--json").told
    done = call("restore", str(stick), "--replace", "--json")
    assert done.told["unknown_nights"] == [Path(second["folder"]).name]
    assert (done.told["nights"], done.told["lost"]["export_run"]) == (1, 1)
    refused = call("export", "--json")
    assert (refused.code, refused.told["outcome"], refused.told["unknown"]) == (1, "in_the_way", True)
    there = tmp_path / "new place"
    shutil.copytree(first["folder"], there / Path(first["folder"]).name)
    assert call("export", "--out", str(there), "--json").told["run"] == 2
    assert call("verify", str(there)).code == 0
    shutil.rmtree(home.folder)
    said = call("restore", str(stick), POS_RECOVERY_OUT="sftp://host/nights").out
    assert "give the next export another place" in said


def test_nights_are_looked_for_where_they_go(home: Home, call: Call, stick: Path, tmp_path: Path) -> None:
    till = Till.open(home, MovableClock(datetime.now(UTC) - timedelta(days=1, hours=12)))
    till.code()
    till.counter.close()
    call("backup", str(stick))
    night = Path(call("export", "--json", POS_RECOVERY_OUT=str(tmp_path / "nights")).told["folder"])
    shutil.rmtree(home.folder)
    done = call("restore", str(stick), "--json", POS_RECOVERY_OUT=str(tmp_path / "nights"))
    assert done.told["unknown_nights"] == [night.name]
    assert (
        "Leave their folders as they are"
        in call("restore", str(stick), "--replace", POS_RECOVERY_OUT=str(tmp_path / "nights")).out
    )


def test_what_a_kill_left_is_taken_away_and_what_is_in_the_making_is_not(home: Home, call: Call, stick: Path) -> None:
    stick.mkdir()
    dead, alive = stick / ".backup-00000001.part", stick / ".backup-00000002.part"
    for part in (dead, alive):
        part.mkdir()
        (part / "ledger.sqlite").write_text("half")
    (stick / "holiday.part").mkdir()
    with FileLock(f"{alive}.lock"):
        assert call("backup", str(stick)).code == 0
        left = sorted(path.name for path in stick.iterdir() if path.name.startswith("."))
    assert left == [".backup-00000002.part", ".backup-00000002.part.lock"]
    assert (stick / "holiday.part").is_dir()


def test_several_at_once_are_all_whole(home: Home, shell: Shell, stick: Path) -> None:
    with ThreadPoolExecutor() as all_at_once:
        done = list(all_at_once.map(lambda _: shell("backup", str(stick), "--json"), range(3)))
    assert [each.code for each in done] == [0, 0, 0]
    assert len({each.told["folder"] for each in done}) == 3
    assert len(backup_folder.on(stick)) == 3


def test_older_ones_go_only_behind_a_new_one_and_only_our_own(
    home: Home, call: Call, stick: Path, template: Home
) -> None:
    till = Till.open(home)
    till.code()
    till.counter.close()
    made = [Path(call("backup", str(stick), "--json").told["folder"]) for _ in range(3)]
    theirs = shutil.copytree(made[0], stick / "backup-20200101T000000Z")
    resealed(theirs, lineage="somebody else's")
    done = call("backup", str(stick), "--keep", "2", "--json")
    assert sorted(done.told["removed"]) == sorted(path.name for path in made[:2])
    assert theirs.is_dir()
    assert made[2].is_dir()
    damage(home.ledger, "coupon", "issued_at", DAMAGES["not utf-8"])
    ill = call("backup", str(stick), "--keep", "1", "--json")
    assert (ill.code, ill.told["outcome"]) == (4, "store_unavailable")
    assert "damaged" in ill.told["sentence"]
    assert made[2].is_dir()
    assert call("backup", str(stick), "--keep", "0").code == 2


def test_a_place_that_cannot_be_written_is_said(home: Home, call: Call, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    for place in ("a file", "a file/within"):
        done = call("backup", str(tmp_path / place), "--json")
        assert (done.code, done.told["outcome"]) == (4, "not_written")


@pytest.mark.parametrize("place", ["", "backups", "../home", "sftp://host/x"])
def test_a_backup_that_would_be_lost_with_the_register_is_wrong_usage(
    home: Home, call: Call, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home.folder)
    assert call("backup", place).code == 2
    assert not (home.folder / "backups").exists()


def test_a_relative_place_is_where_one_stands(
    home: Home, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Path(call("backup", "here", "--json").told["folder"]).parent == tmp_path / "here"
    assert call("restore", "here").code == 0


def test_a_full_disk_leaves_nothing_that_counts(home: Home, shell: Shell, stick: Path) -> None:
    """A limit of the operating system on the size of files, as a full disk."""
    pytest.importorskip("resource", reason="limits on files are a thing of POSIX")
    script = (
        "import resource, signal, sys; from pos_recovery.commands import arguments;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY));"
        "sys.exit(arguments.run(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", script, "--home", str(home.folder), "backup", str(stick), "--json"]
    with Popen(words, stdout=PIPE, stderr=PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        out, _ = process.communicate()
    assert (process.returncode, json.loads(out)["outcome"]) == (4, "not_written")
    assert list(stick.iterdir()) == []


def test_the_doctor_tells_of_the_last_backup(home: Home, call: Call, stick: Path) -> None:
    def told() -> str:
        return next(
            str(each["detail"]) for each in call("doctor", "--json").told["findings"] if each["part"] == "backup"
        )

    assert told().startswith("none that is known of")
    call("backup", str(stick))
    assert told().startswith("the last one is less than an hour old")
    note = json.loads(home.last_backup.read_text())
    old = datetime.now(UTC) - timedelta(days=9, hours=1)
    home.last_backup.write_text(json.dumps(note | {"made_at": old.isoformat()}))
    assert told().startswith("the last one is 9 days old")
    shutil.rmtree(stick)
    assert told().endswith("it is not there now: is that drive plugged in?")
    home.last_backup.write_bytes(b"\xff{")
    assert told().startswith("none that is known of")


@pytest.fixture
def unit_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where unit files go here, whoever runs this."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(systemd_units, "SYSTEM_FOLDER", tmp_path / "config" / "systemd" / "user")
    return tmp_path / "config" / "systemd" / "user"


def test_a_timer_backs_up_an_hour_after_the_night_file(home: Home, call: Call, stick: Path, unit_folder: Path) -> None:
    done = call("backup", str(stick), "--keep", "30", "--install-timer")
    assert done.code == 0
    assert done.out.startswith("Written:\n")
    service = (unit_folder / "pos-recovery-backup.service").read_text()
    assert f'--home "{home.folder}" backup "{stick}" --keep 30\n' in service
    assert "UMask=0077" in service
    assert "OnCalendar=*-*-* 06:00:00 Europe/Prague" in (unit_folder / "pos-recovery-backup.timer").read_text()
    assert not stick.exists()
    early = call("backup", str(stick), "--install-timer", "--replace", POS_RECOVERY_DAY_STARTS="00:00")
    assert (
        "It runs at 03:00 by the clocks of Europe/Prague: on some days they skip 02:00, or show it twice." in early.out
    )
    assert call("backup", str(stick), "--install-timer", "--json").told["outcome"] == "timer_differs"
    assert call("backup", str(stick), "--install-timer", "--replace").code == 0
    assert call("backup", str(stick), "--replace").code == 2


def test_what_is_restored_is_written_on_by_the_till(home: Home, call: Call, stick: Path) -> None:
    """The same row numbers go on, which the marks of the nights are made of."""
    till = Till.open(home)
    till.issue(count=4)
    till.counter.close()
    call("backup", str(stick))
    with closing(sqlite3.connect(home.ledger)) as raw:
        before = raw.execute("SELECT rowid, code FROM coupon").fetchall()
    call("restore", str(stick), "--replace")
    with closing(sqlite3.connect(home.ledger)) as raw:
        assert raw.execute("SELECT rowid, code FROM coupon").fetchall() == before
    till = Till.open(home)
    assert till.counter.recovery.issue(LATE, BARISTA, "again")
    till.counter.close()
