"""`scanner learn`: the chart is told, what was typed is learned, and the settings keep it with all their comments."""

from __future__ import annotations

import sys

import pytest

from pos_recovery.scanners.keyboard_wedge import CHART
from pos_recovery.settings.settings_file import load
from pos_recovery.system.locations import Home
from tests.commands.conftest import Call
from tests.scanners.test_keyboard_wedge import CZECH, WITHOUT_AN_S
from tests.tui.real.terminal import terminal


def test_without_a_terminal_the_chart_is_told_and_nothing_changes(call: Call) -> None:
    told = call("scanner", "learn", "--json")
    assert (told.code, told.told) == (0, {"outcome": "scanner_chart", "text": CHART})
    lines = call("scanner", "learn").out.splitlines()
    assert lines[-1] == CHART
    assert {letter for line in lines[:-1] for letter in line} == set(" ▀▄█")


def test_what_was_typed_is_learned_and_comments_stay(call: Call, home: Home) -> None:
    before = home.settings.read_text(encoding="utf-8").splitlines()
    learned = call("scanner", "learn", "--json", "--text", f"]Q1AB{CHART}".translate(CZECH) + "\r\n")
    assert (learned.code, learned.told["outcome"], learned.told["prefix"]) == (0, "scanner_learned", "AB")
    assert learned.told["types_like"] == "types like a US scanner on a Czech keyboard, sends “AB” first"
    after = home.settings.read_text(encoding="utf-8").splitlines()
    assert [line for line in before if line not in after] == ['scanner_prefix = ""', 'scanner_keys = ""']
    assert home.settings.stat().st_mode & 0o777 == 0o600
    assert load(home.settings, {}).scanner_keys == learned.told["keys"]
    code = call("issue", "late", "--no-print", "--json").told["code"]
    assert call("show", f"AB{code}".translate(CZECH), "--json").told["code"] == code
    assert "types like a US scanner on a Czech keyboard" in call("doctor").out


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (CHART.translate(WITHOUT_AN_S), {"why": "fall_together", "fall_together": ["SW"]}),
        (CHART.replace("-", ""), {"why": "type_nothing", "type_nothing": "-"}),
        (CHART[:-1], {"why": "not_the_chart"}),
        ("", {"why": "not_the_chart"}),
    ],
)
def test_what_teaches_nothing_is_said_and_changes_nothing(
    call: Call, home: Home, typed: str, why: dict[str, object]
) -> None:
    before = home.settings.read_bytes()
    answer = call("scanner", "learn", "--json", "--text", typed)
    assert answer.code == 1
    assert answer.told | why == answer.told
    assert home.settings.read_bytes() == before


def test_settings_that_are_wrong_are_said_before_anybody_scans(call: Call, home: Home) -> None:
    home.settings.write_text(home.settings.read_text(encoding="utf-8") + "\ncap = 1\n", encoding="utf-8")
    assert call("scanner", "learn", "--text", CHART).code == 5
    assert call("scanner", "learn").code == 5


@pytest.mark.parametrize("keys", ["x", CHART[:43], CHART[:44].translate(WITHOUT_AN_S)])
def test_keys_nobody_learned_are_refused_by_name(call: Call, keys: str) -> None:
    done = call("reasons", POS_RECOVERY_SCANNER_KEYS=keys)
    assert (done.code, "scanner learn" in done.line) == (5, True)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of our own needs a pseudo terminal")
@pytest.mark.parametrize("ending", ["\r", "\t", "", "\x03"])
def test_at_a_terminal_a_scan_is_read_with_its_pace_and_shown_to_nobody(home: Home, ending: str) -> None:
    with terminal(home.folder, "scanner", "learn") as shown:
        before = shown.modes()
        shown.wait_for("Scan this square")
        typed = CHART.translate(CZECH) + ending
        shown.type_at([(letter, 0.005) for letter in typed])
        shown.wait_for("Your scanner types like a US scanner on a Czech keyboard")
        assert "ěščřž" not in shown.text
        assert shown.process.wait(10) == 0
        assert shown.modes() == before
    settings = load(home.settings, {})
    assert settings.scanner_ending == {"\r": "enter", "\t": "tab", "": "none", "\x03": "other"}[ending]
    assert settings.scanner_pace_ms >= 4


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of our own needs a pseudo terminal")
def test_ctrl_c_leaves_the_terminal_and_the_settings_as_they_were(home: Home) -> None:
    before = home.settings.read_bytes()
    with terminal(home.folder, "scanner", "learn") as shown:
        modes = shown.modes()
        shown.wait_for("Scan this square")
        shown.type("\x03")
        assert shown.process.wait(10) != 0
        assert shown.modes() == modes
        assert "Traceback" not in shown.text
    assert home.settings.read_bytes() == before
