"""Set-up: safe to run again, never overwrites what it finds, finishes what was stopped half-way."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from db.engine import open_engine, sqlite_url
from db.schema import upgrade
from pos_recovery.bootstrap import open_counter
from pos_recovery.config import ConfigError, load
from pos_recovery.locations import Home, find_home
from pos_recovery.outcomes import Person
from pos_recovery.setup import Answers, SetUp, guess_answers, set_up, settings_text
from pos_recovery.staff import Pin
from tests.till import ANSWERS, LEAD_PIN

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
    assert sorted(path.name for path in new.folder.iterdir()) == ["ledger.sqlite", "settings.toml", "slips"]
    assert done.settings.store_name == "Harbour St"
    assert works(new)


def test_a_second_run_changes_nothing_whatever_it_is_told(new: Home) -> None:
    set_up(new, ANSWERS, pin)
    before = content(new)
    again = set_up(new, OTHERS, nobody_is_asked)
    assert again == SetUp(again.settings, wrote_settings=False, added_lead=False, lead_id=1, lead_name=again.lead_name)
    assert again.settings.store_name == "Harbour St"
    assert content(new) == before


def test_settings_found_are_used_and_never_overwritten(new: Home) -> None:
    new.folder.mkdir(parents=True)
    new.settings.write_text(settings_text(ANSWERS) + "# my own line\n", encoding="utf-8")
    done = set_up(new, OTHERS, pin)
    assert (done.wrote_settings, done.added_lead, done.settings.store_id) == (False, True, "harbour")
    assert new.settings.read_text(encoding="utf-8").endswith("# my own line\n")


@pytest.mark.parametrize("stage", ["settings", "empty file", "tables", "old tables"])
def test_a_set_up_that_was_stopped_half_way_is_finished(new: Home, stage: str) -> None:
    new.folder.mkdir(parents=True)
    new.settings.write_text(settings_text(ANSWERS), encoding="utf-8")
    if stage == "empty file":
        new.ledger.touch()
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


@pytest.mark.parametrize(
    ("zone", "currency"), [("Europe/Prague", "CZK"), ("Asia/Tokyo", "JPY"), ("Asia/Kuwait", "KWD"), ("UTC", "EUR")]
)
def test_the_currency_is_that_of_the_zone_s_country(zone: str, currency: str) -> None:
    from pos_recovery.setup import _currency_of

    assert _currency_of(zone) == currency


def test_a_home_is_named_by_option_then_environment_then_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POS_RECOVERY_HOME", "/from/environment")
    assert find_home("/from/option").folder == Path("/from/option")
    assert find_home().folder == Path("/from/environment")
    monkeypatch.setenv("POS_RECOVERY_HOME", "")
    assert find_home().folder.name == "pos-recovery"
