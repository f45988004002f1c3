"""Settings: what is wrong is said in one line that names the file, the key and the nearest valid value."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import time
from pathlib import Path

import pytest

from pos_recovery.opening.setup import Answers, check_answers, settings_text
from pos_recovery.settings import settings_file
from pos_recovery.settings.checks import WRITTEN
from pos_recovery.settings.schema import KEYS, ConfigError, NotSetUpError, Settings

WHOLE = {"store_name": "Harbour St", "timezone": "Europe/Prague", "currency": "CZK"}


def loaded(path: Path, text: str = "", environ: dict[str, str] | None = None) -> Settings:
    whole = "".join(f'{key} = "{value}"\n' for key, value in WHOLE.items() if f"{key} =" not in text)
    path.write_text(whole + text, encoding="utf-8")
    return settings_file.load(path, environ or {})


def refusal(path: Path, text: str = "", environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as refused:
        loaded(path, text, environ)
    said = str(refused.value)
    assert "\n" not in said
    return said.replace(str(path), "FILE")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_three_settings_are_enough(file: Path) -> None:
    settings = loaded(file)
    assert (settings.store_name, settings.timezone, settings.currency) == tuple(WHOLE.values())
    assert (settings.printer, settings.paper, settings.day_starts, settings.valid_days) == ("preview:", 58, time(4), 90)


def test_what_is_checked_is_what_the_program_sees() -> None:
    assert list(WRITTEN) == [each.name for each in fields(Settings)]


def test_a_file_in_all_its_keys_is_read(file: Path) -> None:
    settings = loaded(
        file,
        'paper = 80\nday_starts = "05:30"\ndrink_cost = "25.50"\nscanner_prefix = "A7"\nbaristas_may_redeem = true\n'
        '[reasons.late]\nsay = "Sorry."\n[words.en]\noffer = "A drink, on us."\n',
    )
    assert (settings.paper, settings.day_starts, settings.drink_cost) == (80, time(5, 30), "25.50")
    assert (settings.scanner_prefix, settings.baristas_may_redeem) == ("A7", True)
    assert settings.reasons["late"] == {"say": "Sorry."}
    assert loaded(file, "day_starts = 05:30:00").day_starts == time(5, 30)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('pritner = "x"', "FILE: pritner: no such setting; nearest: printer"),
        ('zzzzzz = "x"', "FILE: zzzzzz: no such setting"),
        ('"\\u001b[31mred\\n" = 1', "FILE: red: no such setting"),
        ("paper = '80'", "FILE: paper: '80': input should be a valid integer"),
        ("paper = true", "FILE: paper: True: input should be a valid integer"),
        ("paper = 60", "FILE: paper: 60 is not a paper width in mm; nearest: 58"),
        ("paper = 79", "FILE: paper: 79 is not a paper width in mm; nearest: 80"),
        (f"store_name = '{'x' * 41}'", f"FILE: store_name: '{'x' * 41}': string should have at most 40 characters"),
        ("store_name = 7", "FILE: store_name: 7: input should be a valid string"),
        ('store_name = ""', "FILE: store_name: '': string should have at least 1 character"),
        ('store_name = " x"', "FILE: store_name: ' x': must be plain text in one line, without control characters"),
        ('store_name = "a\\nb"', "FILE: store_name: 'a\\nb': must be plain text in one line"),
        ("store_name = 'tall 𓀀'", "FILE: store_name: no font here can draw 𓀀"),
        ('store_id = "a b"', "FILE: store_id: 'a b': string should match pattern"),
        ("drink_cost = 45.000", "FILE: drink_cost: 45.0: input should be a valid string; write it in quotes: a number"),
        ('drink_cost = "1,5"', "FILE: drink_cost: '1,5' is not an amount; write 1.50"),
        ('drink_cost = "1.555"', "FILE: drink_cost: '1.555' is finer than CZK goes"),
        ("valid_days = 0", "FILE: valid_days: 0: input should be greater than or equal to 1"),
        ('day_starts = "25:00"', "FILE: day_starts: '25:00': write it like \"04:00\""),
        ('day_starts = "04:00+02:00"', "FILE: day_starts: '04:00+02:00': it is the store's own wall clock"),
        ("day_starts = 4", "FILE: day_starts: 4: input should be a valid time"),
        ("baristas_may_redeem = 'yes'", "FILE: baristas_may_redeem: 'yes': input should be a valid boolean"),
        (
            "timezone = 'Europe/Pargue'",
            "FILE: timezone: there is no time zone 'Europe/Pargue'; nearest: 'Europe/Prague'",
        ),
        ("timezone = '../etc/passwd'", "FILE: timezone: there is no time zone '../etc/passwd'"),
        ("currency = 'EURO'", "FILE: currency: 'EURO' is not an ISO 4217 currency; nearest: 'EUR'"),
        ("currency = 'eur'", "FILE: currency: 'eur' is not an ISO 4217 currency; nearest: 'EUR'"),
        ("language = 'xx'", "FILE: language: no slip speaks 'xx'"),
        ("printer = 'tcp://'", "FILE: printer: "),
        ("printer = 'laser'", "FILE: printer: "),
        ("printer = '192.0.2.7'", "FILE: printer: '192.0.2.7': write tcp://192.0.2.7:9100"),
        ("printer = '192.168.001.040'", "FILE: printer: '192.168.001.040': write tcp://192.168.1.40:9100"),
        ("printer = '192.168.1'", "FILE: printer: '192.168.1' is no address that every machine reads alike"),
        ("printer = 'tcp://0x7f.1'", "FILE: printer: 'tcp://0x7f.1': 0x7f.1 is no address that every machine reads"),
        ("web_site = '192.168.001.040'", "FILE: web_site: browsers would read '192.168.001.040' otherwise; write"),
        ("web_site = 'cup.08'", "FILE: web_site: 'cup.08' is no address that every machine reads alike"),
        ("printer = 'COM3'", "FILE: printer: 'COM3': write serial:///COM3"),
        ("printer = 'windows://bar 𓀀'", "FILE: printer: no font here can draw 𓀀"),
        ("scanner = 'COM3'", "FILE: scanner: 'COM3' is no scanner's address; write serial://COM3"),
        (
            "scanner = 'serial://COM3?baud=9601'",
            "FILE: scanner: 'serial://COM3?baud=9601' has a speed no serial line has, '9601'; write serial://COM3?baud",
        ),
        (
            "printer = 'serial:///dev/ttyUSB0'\nscanner = 'serial:///dev/ttyUSB0'",
            "FILE: scanner: /dev/ttyUSB0 is the printer's port; write the scanner's, or \"\" if it types",
        ),
        ("scanner = true", "FILE: scanner: True: input should be a valid string"),
        ("cap = 5", "FILE: cap: 5 is below the allowance of 10; nearest: 10"),
        ("[reasons.late]\nsai = 'x'", "FILE: reasons: reasons.late.sai: no such key; nearest: say"),
        ("[words.en]\noffr = 'x'", "FILE: words: "),
        ("reasons = 'late'", "FILE: reasons: 'late': input should be a valid dictionary"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(file: Path, written: str, said: str) -> None:
    assert refusal(file, written).startswith(said)


@pytest.mark.parametrize(
    "key", ["min_spend", "minimum_order", "with_purchase", "happy_hours", "promo_text", "upsell", "advert"]
)
def test_there_are_no_strings_to_attach(file: Path, key: str) -> None:
    said = refusal(file, f"{key} = 5")
    assert said == f"FILE: {key}: no strings: a coupon is good for one drink and asks for nothing; remove this key"


def test_a_sentence_that_attaches_strings_is_refused(file: Path) -> None:
    assert "with any purchase" in refusal(file, "[words.en]\noffer = 'A free drink with any purchase.'")


@pytest.mark.parametrize("key", WHOLE)
def test_what_is_missing_is_named(file: Path, key: str) -> None:
    file.write_text("".join(f'{other} = "{value}"\n' for other, value in WHOLE.items() if other != key))
    with pytest.raises(ConfigError, match=rf"{key}: is missing; run `pos-recovery setup`"):
        settings_file.load(file, {})


# Files that cannot be read


def test_no_file_means_not_set_up(file: Path) -> None:
    with pytest.raises(NotSetUpError, match=r"settings.toml: not there yet; run `pos-recovery setup`$"):
        settings_file.load(file, {})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"paper 58", "is not TOML: Expected '=' after a key in a key/value pair (at line 1, column 7)"),
        (b"paper = 58\npaper = 58\n", "is not TOML: Cannot overwrite a value (at line 2, column 11)"),
        (b"\xff\xfep", "cannot be read: 'utf-8' codec can't decode byte 0xff"),
        (b"\0", "is not TOML: "),
        (b"a = " + b"[" * 10_000, "is not TOML: maximum recursion depth exceeded"),
    ],
)
def test_a_file_that_is_no_toml_is_said_with_its_place(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        settings_file.load(file, {})
    assert str(refused.value).startswith(f"{file}: {said}")
    assert "\n" not in str(refused.value)


def test_a_file_saved_by_a_windows_editor_is_read(file: Path) -> None:
    text = "".join(f'{key} = "{value}"\r\n' for key, value in WHOLE.items())
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert settings_file.load(file, {}).store_name == "Harbour St"


def test_a_folder_or_a_file_on_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "settings.toml"):
        with pytest.raises(ConfigError, match="cannot be read"):
            settings_file.load(path, {})


# The environment


def test_the_environment_stands_in_for_a_line(file: Path) -> None:
    environ = {
        "POS_RECOVERY_PAPER": "80",
        "POS_RECOVERY_STORE_NAME": "Hill Rd",
        "POS_RECOVERY_BARISTAS_MAY_REDEEM": "true",
        "POS_RECOVERY_DAY_STARTS": "05:00",
        "POS_RECOVERY_HOME": "/somewhere",
        "POS_RECOVERY_PIN": "1234",
        "PATH": "/bin",
    }
    settings = loaded(file, "paper = 58\n", environ)
    assert (settings.paper, settings.store_name, settings.baristas_may_redeem) == (80, "Hill Rd", True)
    assert settings.day_starts == time(5)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("POS_RECOVERY_PRITNER", "x", "no such setting; nearest: POS_RECOVERY_PRINTER"),
        ("POS_RECOVERY_MIN_SPEND", "5", "no strings: a coupon is good for one drink"),
        ("POS_RECOVERY_SCANNER", "/dev/ttyACM0", "'/dev/ttyACM0' is no scanner's address; write serial:///dev/ttyACM0"),
        ("POS_RECOVERY_PAPER", "wide", "'wide': input should be a valid integer"),
        ("POS_RECOVERY_PAPER", "60", "60 is not a paper width in mm; nearest: 58"),
        ("POS_RECOVERY_TIMEZONE", "Europe/Pargue", "there is no time zone 'Europe/Pargue'; nearest: 'Europe/Prague'"),
        ("POS_RECOVERY_REASONS", "late", "'late': input should be a valid dictionary"),
    ],
)
def test_a_wrong_variable_is_named(file: Path, name: str, value: str, said: str) -> None:
    assert refusal(file, environ={name: value}).startswith(f"environment: {name}: {said}")


# What set-up writes


@pytest.mark.parametrize(
    "name",
    ["Our café", 'Ben\'s "Corner"', "back\\slash", "C:\\new\\table", "#1 [bold]", "コーヒー", "{curly} = 'x'", "'''"],
)
def test_a_settings_file_reads_back_as_the_answers_it_was_made_from(file: Path, name: str) -> None:
    answers = Answers(
        lead="Ana", store_id="h-1", store_name=name, timezone="Asia/Tokyo", currency="JPY", register="r.2",
        printer="tcp://192.0.2.7:9100", paper=80, language="ja",
    )  # fmt: skip
    file.write_text(settings_text(answers), encoding="utf-8")
    assert settings_file.load(file, {}) == check_answers(answers)
    assert settings_file.load(file, {}).store_name == name


def test_every_printer_the_settings_file_names_is_one(file: Path) -> None:
    """Its comments are what an installer copies from."""
    comment = re.search(r"# Its printer.*?\n(printer = )", settings_text(Answers(lead="Ana")), re.DOTALL)
    assert comment
    shown = [url for url in re.findall(r'"([^"]+)"', comment.group()) if "lp0" not in url or Path("/dev/usb").is_dir()]
    assert len(shown) >= 7
    for url in shown:
        assert loaded(file, f'printer = "{url}"').printer == url


def test_every_scanner_the_settings_file_names_is_one(file: Path) -> None:
    comment = re.search(r"# A scanner that types.*?\n(scanner = )", settings_text(Answers(lead="Ana")), re.DOTALL)
    assert comment
    shown = re.findall(r'"([^"]+)"', comment.group())
    assert len(shown) == 3
    for url in shown:
        assert loaded(file, f'scanner = "{url}"').scanner == url


def test_a_settings_file_names_every_key_a_person_may_change(file: Path) -> None:
    text = settings_text(Answers(lead="Ana"))
    tables = {"reasons", "words"}
    assert [key for key in KEYS if key not in tables and f"\n{key} = " not in text] == []
    assert [key for key in tables if f"\n# [{key}." not in text] == []
    file.write_text(
        text.replace("# [", "[").replace("# say", "say").replace("# hidden", "hidden").replace("# offer", "offer")
    )
    settings = settings_file.load(file, {})  # its examples work
    assert settings.reasons["sold_out"] == {"hidden": True}
