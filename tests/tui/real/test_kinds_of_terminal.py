"""Every kind of terminal shows every screen, or says that it cannot: without colours, with few, without UTF-8."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import zxingcpp

from pos_recovery.system.locations import Home
from pos_recovery.system.terminal import Abilities
from tests.till import BARISTA, LEAD_PIN, MovableClock
from tests.tui.real.terminal import COLUMNS, ROWS, Terminal, terminal
from tests.tui.stage import on_stage

ENTER, ESC, RIGHT, F1, F2, F4, F10 = "\r", "\x1b", "\x1b[C", "\x1bOP", "\x1bOQ", "\x1bOS", "\x1b[21~"
COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:[34][0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
HOSTILE = {"FORCE_COLOR": "1", "TEXTUAL_COLOR_SYSTEM": "none", "TEXTUAL_FILTERS": "dim", "TEXTUAL_DRIVER": "no:such"}
QR_COLUMNS = range(COLUMNS // 2, COLUMNS)


def walk(shown: Terminal, *steps: tuple[str, str]) -> None:
    """Keys, and the words that answer them."""
    for keys, words in steps:
        shown.type(keys)
        shown.wait_for(words)


def give_one(shown: Terminal) -> None:
    walk(shown, (LEAD_PIN + ENTER, "Sold out"), (RIGHT, "Late"))
    shown.wait_until(lambda: focus_is_seen(shown), "a tile that is chosen")
    walk(shown, ("3", "Enter Print"), (ENTER, "On record"), ("w", "F1 Help  Enter Done"))


def focus_is_seen(shown: Terminal) -> bool:
    """One tile's border is another one."""
    return any(sides in shown.text for sides in ("┏━", "#="))


def see_everything_else(shown: Terminal) -> None:
    """Each screen behind the grid, at any size; then out."""
    shown.type_until(ENTER, "1 given")
    walk(shown, (F2, "A slip comes back"), ("KKKKBBBBCCCC", "KKKKBBBBCCCC"))
    shown.type_until(ENTER, "IT AGAIN")
    shown.type_until(ESC, "What went wrong?")
    walk(shown, (F4, "Slips of today"))
    shown.wait_for("v Void slip")
    walk(shown, ("v", "Void the slip"), ("n", "o Open"), ("o", "GOOD: one drink"))
    for columns, rows in ((20, 5), (1, 1), (200, 50), (COLUMNS, ROWS)):
        shown.resize(columns, rows)
        shown.follow_until_quiet(0.1, starts_within=0.3)
    shown.wait_for("GOOD: one drink")
    walk(shown, (ENTER, "REDEEMED"), ("1", "Turned around."))
    shown.type_until(ESC, "t Take back")
    walk(shown, ("t", "Why?"), (ESC, "t Take back"))
    shown.type_until(ESC, "What went wrong?")
    walk(shown, (F1, "At the grid"))
    shown.type_until(ESC, "F10 Sign out")
    walk(shown, (F10, "Who are you?"), (F10, "Close the register?"), ("y", ""))
    assert shown.exit_code() == 0


def decoded(shown: Terminal) -> list[str]:
    """What a phone reads that takes dark for dark."""
    return [found.text for found in zxingcpp.read_barcodes(shown.picture(QR_COLUMNS), try_invert=False)]


def code_of(shown: Terminal) -> str:
    found = re.search(r"\b\w{4}-\w{4}-\w{4}\b", shown.text)
    assert found
    return found[0].replace("-", "")


def test_without_colours_every_screen_says_what_colours_said(home: Home) -> None:
    with terminal(home.folder, kind={"NO_COLOR": "1", **HOSTILE}) as shown:
        shown.wait_for("2 Ben")
        assert (shown.cell("Ana").underscore, shown.cell("Ben").underscore) == (True, False)
        give_one(shown)
        shown.wait_until(lambda: decoded(shown) == [code_of(shown)], "a QR that a phone reads")
        see_everything_else(shown)
    assert not COLOUR.search(shown.written)
    assert not home.log.exists()


def test_colours_would_be_noticed(home: Home) -> None:
    """The twin, and a terminal of sixteen colours: its QR is black and white by colour."""
    with terminal(home.folder, kind={"TERM": "linux"}) as shown:
        shown.wait_for("2 Ben")
        give_one(shown)
        shown.wait_until(lambda: decoded(shown) == [code_of(shown)], "a QR that a phone reads")
    assert COLOUR.search(shown.written)
    assert not re.search(rb"[34]8;[25];", shown.written)
    assert not set("✔○╭┏●") & set(shown.said)


def test_a_terminal_of_plain_letters_is_sent_nothing_else(home: Home) -> None:
    with terminal(home.folder, kind={"LC_ALL": "C", "TERM": "", "CLICOLOR": "0"}) as shown:
        shown.wait_for("2 Ben")
        give_one(shown)
        shown.wait_for("written down by hand")
        assert "  ".join(code_of(shown)[:4]) in shown.text
        see_everything_else(shown)
    assert shown.written.isascii()
    assert not re.search(rb"\\[uUxN][0-9a-f{]", shown.written)


def test_a_set_up_in_another_encoding_takes_its_letters(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    with terminal(home.folder, kind={"PYTHONIOENCODING": "iso8859-1"}) as shown:
        shown.wait_for("robin")
        shown.type_bytes("Café ".encode("iso8859-1"))
        shown.wait_until(lambda: "Café ".encode("iso8859-1") in shown.written, "the name as it was typed")
        shown.type_until(F10, "I have it")
        shown.type_until(ENTER, "1 robin")
    assert "Café" in home.settings.read_text(encoding="utf-8")
    assert b"\\u" not in shown.written


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_of_lines_is_told_so_and_left_as_it_is(home: Home, term: str) -> None:
    with terminal(home.folder, kind={"TERM": term}) as shown:
        assert shown.exit_code() == 2
    assert shown.said.startswith("this terminal says that it shows only lines")
    assert "every command works here" in shown.said
    assert b"\x1b" not in shown.written


def test_what_no_key_sends_is_forgotten(home: Home) -> None:
    """Half a letter of UTF-8, and keys spelled out as kitty can be told to: Textual's own driver breaks over them."""
    with terminal(home.folder) as shown:
        shown.wait_for("2 Ben")
        for junk in (b"\xff\xc3", b"\x1b[97:65;2u", b"\x1b[1;1:3A", b"\x1b[1114112u"):
            shown.type_bytes(junk)
        shown.type_until(F1, "At the grid")  # a PIN behind them at once would be taken for the end of a scan
        shown.type_until(ESC, "Enter Sign in")
        walk(shown, (LEAD_PIN + ENTER, "Sold out"))


def test_on_textual_s_own_driver_it_would_end_the_register(home: Home) -> None:
    """The twin: with what broke it on the screen."""
    with terminal(home.folder, module="tests.tui.real.register_on_plain_driver") as shown:
        shown.wait_for("2 Ben")
        shown.type_bytes(b"\x1b[97:65;2u")
        shown.exit_code()
        assert "ValueError" in shown.said


async def test_a_lead_s_pin_and_its_pad_are_seen_without_colours(home: Home, clock: MovableClock) -> None:
    plain = Abilities(colours=False, pictures=False)
    async with on_stage(home, clock, abilities=plain, allowance=1, cap=1) as stage:
        stage.till.code(BARISTA)
        await stage.welcome(BARISTA)
        await stage.press("3", "enter")
        assert "Ana" in stage.text
        await stage.press(*LEAD_PIN, "enter")
        assert stage.front == "Paper"
        await stage.press("w")
        assert "This terminal cannot show" in stage.text
