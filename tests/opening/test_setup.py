"""Set-up: safe to run again, never overwrites what it finds, finishes what was stopped half-way."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, Popen
from typing import NoReturn

import pytest

from db.connection.engine import open_engine, sqlite_url
from db.connection.errors import StoreDamaged, StoreError, StoreNotOurs
from db.tables.column_types import Role
from db.upkeep.schema import require_current, upgrade
from pos_recovery.counter.outcomes import Issued, Person
from pos_recovery.counter.staff import Pin
from pos_recovery.opening.doctor import examine
from pos_recovery.opening.setup import Answers, SetUp, guess_answers, set_up, settings_text
from pos_recovery.opening.wiring import open_counter
from pos_recovery.settings.schema import ConfigError
from pos_recovery.settings.settings_file import load
from pos_recovery.system.exits import explain_bug
from pos_recovery.system.locations import Home, find_home
from pos_recovery.system.new_ledger import LedgerLostError
from tests.till import ANSWERS, LATE, LEAD_PIN, Till

OTHERS = Answers(lead="Zoe", store_id="hill", store_name="Hill Rd", timezone="Asia/Tokyo", currency="JPY")


def pin() -> Pin:
    return Pin(LEAD_PIN)


def nobody_is_asked() -> NoReturn:
    raise AssertionError("a PIN was asked for")


def content(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.folder.rglob("*") if path.is_file()}


@pytest.fixture
def new(tmp_path: Path) -> Home:
    return Home(tmp_path / "a" / "new" / "home")


def works(home: Home, name: str = "Ana") -> bool:
    counter = open_counter(home)
    person = counter.roster.sign_in(1, pin())
    counter.close()
    return isinstance(person, Person) and person.name == name and person.leads


def test_a_new_register_gets_a_folder_settings_a_ledger_and_a_lead(new: Home) -> None:
    done = set_up(new, ANSWERS, pin)
    assert (done.wrote_settings, done.added_lead, done.lead_id) == (True, True, 1)
    assert sorted(path.name for path in new.folder.iterdir()) == [
        "ledger.sqlite",
        "settings.toml",
        "setup.lock",
        "slips",
    ]
    assert done.settings.store_name == "Harbour St"
    assert works(new)


def test_a_second_run_changes_nothing_whatever_it_is_told(new: Home) -> None:
    set_up(new, ANSWERS, pin)
    before = content(new)
    again = set_up(new, OTHERS, nobody_is_asked)
    assert again == SetUp(
        again.settings, wrote_settings=False, added_lead=False, lead_id=1, lead_name=again.lead_name, decimals=2
    )
    assert again.settings.store_name == "Harbour St"
    assert content(new) == before


def test_settings_found_are_used_and_never_overwritten(new: Home) -> None:
    new.folder.mkdir(parents=True)
    new.settings.write_text(settings_text(ANSWERS) + "# my own line\n", encoding="utf-8")
    done = set_up(new, OTHERS, pin)
    assert (done.wrote_settings, done.added_lead, done.settings.store_id) == (False, True, "harbour")
    assert new.settings.read_text(encoding="utf-8").endswith("# my own line\n")


@pytest.mark.parametrize("stage", ["settings", "half a ledger", "tables", "old tables"])
def test_a_set_up_that_was_stopped_half_way_is_finished(new: Home, stage: str) -> None:
    new.folder.mkdir(parents=True)
    new.settings.write_text(settings_text(ANSWERS), encoding="utf-8")
    if stage == "half a ledger":
        (new.folder / "ledger.part").touch()
        (new.folder / "ledger.part-wal").write_bytes(b"of a set-up that was killed")
    if stage in {"tables", "old tables"}:
        engine = open_engine(sqlite_url(new.ledger), create=True)
        upgrade(engine, "0001" if stage == "old tables" else "head")
        engine.dispose()
    done = set_up(new, ANSWERS, pin)
    assert (done.wrote_settings, done.added_lead) == (False, True)
    assert works(new)


def test_a_stopped_write_of_the_settings_is_not_taken_for_settings(new: Home) -> None:
    new.folder.mkdir(parents=True)
    new.settings.with_suffix(".part").write_text("store_na")
    assert set_up(new, ANSWERS, pin).wrote_settings
    assert not new.settings.with_suffix(".part").exists()
    assert works(new)


def test_an_answer_that_will_not_do_is_named_before_anything_is_made(new: Home) -> None:
    with pytest.raises(ConfigError, match=r"^set-up: timezone: there is no time zone 'Mars'"):
        set_up(new, Answers(lead="Ana", timezone="Mars"), nobody_is_asked)
    assert not new.folder.exists()


def test_a_wrong_settings_file_is_said_and_left_as_it_is(new: Home) -> None:
    new.folder.mkdir(parents=True)
    new.settings.write_text("paper = 60\n")
    with pytest.raises(ConfigError, match=r"settings.toml"):
        set_up(new, ANSWERS, nobody_is_asked)
    assert content(new) == {"settings.toml": b"paper = 60\n"}


@pytest.mark.parametrize("below", ["home", "home/deeper/still"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "home").write_text("a file")
    home = Home(tmp_path / below)
    with pytest.raises(ConfigError) as refused:
        set_up(home, ANSWERS, nobody_is_asked)
    said = str(refused.value)
    assert said.startswith(f"{home.folder}: cannot be written (")
    assert said.endswith("); name another folder with --home")
    assert (tmp_path / "home").read_text() == "a file"


def test_a_lead_without_a_name_is_called_lead(new: Home) -> None:
    set_up(new, Answers(lead=" \x07 "), pin)
    assert works(new, name="Lead")


def test_every_answer_has_a_default_that_will_do(new: Home) -> None:
    answers = guess_answers()
    assert answers.lead
    assert set_up(new, answers, pin).added_lead


@pytest.mark.parametrize(
    ("variables", "language"),
    [({"LANG": "cs_CZ.UTF-8"}, "cs"), ({"LANG": "C.UTF-8"}, "en"), ({"LANG": "pt_BR"}, "en"), ({}, "en"),
     ({"LC_ALL": "ja_JP.UTF-8", "LANG": "cs_CZ"}, "ja")],
)  # fmt: skip
def test_the_language_is_the_machine_s_if_slips_speak_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert guess_answers().language == language


def test_what_the_environment_says_is_proposed_written_and_used(new: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"STORE_NAME": "Hill Rd", "TIMEZONE": "Asia/Tokyo", "PRINTER": "tcp://192.0.2.7:9100", "PAPER": "80"}
    for key, value in said.items():
        monkeypatch.setenv(f"POS_RECOVERY_{key}", value)
    answers = guess_answers()
    used = set_up(new, answers, pin).settings
    for key in said:
        monkeypatch.delenv(f"POS_RECOVERY_{key}")
    assert load(new.settings) == used
    assert (used.store_name, used.timezone, used.currency) == ("Hill Rd", "Asia/Tokyo", "JPY")
    assert (used.printer, used.paper) == ("tcp://192.0.2.7:9100", 80)


def test_the_zone_decides_the_currency_and_not_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (
        "from pos_recovery.opening.setup import guess_answers as of; print(of().currency, of('Europe/London').currency)"
    )
    with Popen([sys.executable, "-c", asked], stdout=PIPE, text=True, env=os.environ | {"TZ": "Asia/Tokyo"}) as here:
        assert here.communicate(timeout=60)[0].split() == ["JPY", "GBP"]
    assert (guess_answers("Europe/London").timezone, guess_answers("Europe/London").currency) == (
        "Europe/London",
        "GBP",
    )
    assert guess_answers("Asia/Calcutta").currency == "INR"
    monkeypatch.setenv("POS_RECOVERY_CURRENCY", "EUR")
    assert guess_answers("Europe/London").currency == "EUR"


@pytest.mark.parametrize(
    ("currency", "said"),
    [
        ("DEM", "'DEM' was withdrawn, and nobody pays with it any more; nearest: 'EUR'"),
        ("XXX", "'XXX' is in ISO 4217, but nobody pays for a drink with it; nearest: 'JPY'"),
    ],
)
def test_a_currency_that_nobody_pays_with_is_refused_before_anything_is_made(
    new: Home, currency: str, said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        set_up(new, Answers(lead="Ana", timezone="Asia/Tokyo", currency=currency), nobody_is_asked)
    assert str(refused.value) == f"set-up: currency: {said}"
    assert not new.folder.exists()


@pytest.mark.parametrize(
    ("variable", "value"), [("PAPER", "wide"), ("PRINTER", "tpc://192.0.2.7"), ("CURRENCY", "euros")]
)
def test_what_the_environment_says_wrong_is_named_and_breaks_no_proposal(
    new: Home, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"POS_RECOVERY_{variable}", value)
    answers = guess_answers()
    with pytest.raises(ConfigError, match=f"(?i){variable}") as refused:
        set_up(new, answers, pin)
    assert value in str(refused.value)


def test_a_home_is_named_by_option_then_environment_then_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POS_RECOVERY_HOME", "/from/environment")
    assert find_home("/from/option").folder == Path("/from/option")
    assert find_home().folder == Path("/from/environment")
    monkeypatch.setenv("POS_RECOVERY_HOME", "")
    assert find_home().folder.name == "pos-recovery"


# Only a ledger that was never there is made


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def text_file(path: Path) -> None:
    path.write_text("a shopping list")


def other_people_s(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


@pytest.mark.parametrize(
    ("put", "kind"), [(emptied, StoreDamaged), (text_file, StoreDamaged), (other_people_s, StoreNotOurs)]
)
@pytest.mark.parametrize("with_settings", [True, False])
def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(
    new: Home, put: Callable[[Path], None], kind: type[StoreError], *, with_settings: bool
) -> None:
    new.folder.mkdir(parents=True)
    if with_settings:
        new.settings.write_text(settings_text(ANSWERS), encoding="utf-8")
    put(new.ledger)
    before = content(new)
    for begin_anew in (False, True):
        with pytest.raises(kind):
            set_up(new, ANSWERS, nobody_is_asked, begin_anew=begin_anew)
    assert content(new) == before


def test_opened_to_be_made_any_file_would_be_taken_for_an_empty_ledger(tmp_path: Path) -> None:
    """The twin: this is why a ledger is made under another name, and opened under its own only when it is there."""
    for put in (emptied, other_people_s):
        put(tmp_path / put.__name__)
        engine = open_engine(sqlite_url(tmp_path / put.__name__), create=True)
        upgrade(engine)
        require_current(engine)
        engine.dispose()


def lose(home: Home) -> None:
    shutil.copy(home.ledger, home.folder / "ledger.before-0006.sqlite")
    for path in home.folder.glob("ledger.sqlite*"):
        path.unlink()


def test_a_lost_ledger_is_said_with_the_copies_that_are_there_and_no_new_one_is_made(home: Home) -> None:
    lose(home)
    for settings_too in (False, True):
        if settings_too:
            home.settings.unlink()
        with pytest.raises(LedgerLostError) as lost:
            set_up(home, ANSWERS, nobody_is_asked)
        assert "a copy may be ledger.before-0006.sqlite)" in str(lost.value)
        assert "pos-recovery restore DIR" in str(lost.value)
        assert not home.ledger.exists()


def test_a_new_ledger_is_begun_on_purpose_and_swallows_nothing_of_the_lost_one(home: Home) -> None:
    lose(home)
    left = home.ledger.with_name("ledger.sqlite-wal")
    left.write_bytes(b"of the lost one")
    done = set_up(home, ANSWERS, pin, begin_anew=True)
    assert (done.wrote_settings, done.added_lead) == (False, True)
    assert (home.folder / "ledger.lost-1.sqlite-wal").read_bytes() == b"of the lost one"
    assert works(home)


# Its owner's alone


def modes(home: Home) -> dict[str, str]:
    paths = (home.folder, *(path for path in home.folder.rglob("*")))
    return {path.name: f"{stat.S_IMODE(path.stat().st_mode):o}" for path in paths}


posix = pytest.mark.skipif(os.name == "nt", reason="rights are checked as POSIX has them")


@posix
def test_whatever_the_umask_and_the_folder_were_others_are_shut_out(new: Home) -> None:
    new.folder.mkdir(parents=True)
    new.folder.chmod(0o755)
    before = os.umask(0)
    try:
        set_up(new, ANSWERS, pin)
        counter = open_counter(new)
        issued = counter.recovery.issue(LATE, Person(1, "Ana", Role.SHIFT_LEAD), "one")
        assert isinstance(issued, Issued)
        counter.desk.print(issued.jobs[0])
        explain_bug(ValueError(), new)
        wide = {name: mode for name, mode in modes(new).items() if mode not in {"600", "700"}}
        counter.close()
    finally:
        os.umask(before)
    assert wide == {}


@posix
def test_a_home_that_stood_open_is_closed_when_it_is_opened(home: Home) -> None:
    (home.folder / "ledger.before-0006.sqlite").touch()
    for path in (home.folder, *home.folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    open_counter(home).close()
    assert set(modes(home).values()) == {"600", "700"}


@posix
def test_a_folder_with_other_things_in_it_is_refused_or_left_as_open_as_it_was(new: Home, home: Home) -> None:
    new.folder.mkdir(parents=True)
    (new.folder / "holiday.jpg").touch()
    new.folder.chmod(0o755)
    with pytest.raises(ConfigError, match=r"name a folder of its own, like --home .*/pos-recovery$"):
        set_up(new, ANSWERS, nobody_is_asked)
    assert modes(new)["home"] == "755"
    (home.folder / "holiday.jpg").touch()
    for path in (home.folder, home.ledger):
        path.chmod(0o755)
    open_counter(home).close()
    assert (modes(home)["home"], modes(home)["ledger.sqlite"]) == ("755", "700")
    told = next(each for each in examine(home) if each.part == "home")
    assert told.worth_a_look
    assert "others on this machine may look into" in told.detail


@posix
def test_a_folder_made_the_usual_way_would_stand_open(tmp_path: Path) -> None:
    """The twin."""
    before = os.umask(0o022)
    try:
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "ledger.sqlite").touch()
    finally:
        os.umask(before)
    assert set(modes(Home(tmp_path / "home")).values()) == {"755", "644"}


def test_half_a_picture_that_a_kill_left_is_taken_away_by_the_next_start(till: Till, home: Home) -> None:
    half = home.slips / ".ABC.png.x1y2z3.part"
    half.touch()
    till.counter.desk.own_up()
    assert not half.exists()


# Many at once

RACING = f"""
import sys
from pathlib import Path
from pos_recovery.system.locations import Home
from pos_recovery.opening.setup import Answers, set_up
from pos_recovery.counter.staff import Pin
sys.stdin.readline()
done = set_up(Home(Path(sys.argv[1])), Answers(lead=sys.argv[2]), lambda: Pin("{LEAD_PIN}"))
print(done.wrote_settings, done.added_lead, done.lead_name)
"""
AT_ONCE = 4


def test_of_many_set_ups_at_once_one_sets_up_and_the_others_find_it_done(new: Home) -> None:
    root = Path(__file__).parents[2]
    racing = [
        Popen(
            [sys.executable, "-c", RACING, str(new.folder), f"Lead {n}"], stdin=PIPE, stdout=PIPE, text=True, cwd=root
        )
        for n in range(AT_ONCE)
    ]
    for each in racing:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    told = [each.communicate()[0].split(maxsplit=2) for each in racing]
    assert [each.returncode for each in racing] == [0] * AT_ONCE
    assert sorted(each[:2] for each in told) == [["False", "False"]] * (AT_ONCE - 1) + [["True", "True"]]
    assert len({each[2] for each in told}) == 1


def test_two_that_share_the_name_of_an_unfinished_file_would_take_it_from_each_other(tmp_path: Path) -> None:
    """The twin: what one set-up has just written, the other has taken away before it gets its name."""
    unfinished = tmp_path / "settings.part"
    unfinished.write_text("of one")
    unfinished.write_text("of the other")
    os.link(unfinished, tmp_path / "settings.toml")
    unfinished.unlink()
    with pytest.raises(FileNotFoundError):
        os.link(unfinished, tmp_path / "settings.toml")
