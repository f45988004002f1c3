"""The program as it is started: in a real terminal, from the first run to the exit code."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from pos_recovery.system.locations import Home
from tests.till import BARISTA_PIN
from tests.tui.real.terminal import terminal

ENTER, ESC, F4, F10 = "\r", "\x1b", "\x1bOS", "\x1b[21~"


def test_a_new_machine_gives_its_first_slip(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    with terminal(home.folder) as shown:
        before = shown.modes()
        shown.wait_for("robin")
        shown.type_until(ENTER, "I have it")
        found = re.search(r"Your PIN is (\d{6})\.", shown.text)
        assert found
        shown.wait_for("Enter I have it")
        shown.type(ENTER)
        shown.wait_for("1 robin")
        assert found[1] not in shown.text
        shown.type(found[1] + ENTER)
        shown.wait_for("What went wrong?")
        shown.wait_for("Forgotten")
        shown.type("3")
        shown.wait_for("Enter Print")
        shown.type(ENTER)
        shown.wait_for("On record")
        shown.type(ENTER)
        shown.wait_for("1 given")
        shown.type(F10)
        shown.wait_for("Close the register")
        shown.type(F10)
        shown.wait_for("Close the register?")
        shown.type("y")
        assert shown.exit_code() == 0
        assert shown.modes() == before
        assert shown.written.rfind(b"\x1b[?1049l") > shown.written.rfind(b"\x1b[?1049h")  # the other screen is left
        assert shown.written.rfind(b"\x1b[?25h") > shown.written.rfind(b"\x1b[?25l")  # the cursor is back
    slips = list(home.slips.glob("*.png"))
    assert len(slips) == 1
    assert slips[0].read_bytes().startswith(b"\x89PNG")
    assert not home.log.exists()


def test_a_ledger_of_a_newer_version_is_left_alone_and_said_so(home: Home) -> None:
    with sqlite3.connect(home.ledger) as ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9999'")
    ledger.close()
    with terminal(home.folder) as shown:
        assert shown.exit_code() == 4
        assert "The database was written by a newer version of pos-recovery." in shown.said
        assert "It was left exactly as it is. Install that version or a later one." in shown.said


def test_settings_that_are_wrong_are_named_with_file_key_and_nearest_value(home: Home) -> None:
    wrong = home.settings.read_text(encoding="utf-8").replace("Europe/Prague", "Europe/Prag")
    home.settings.write_text(wrong, encoding="utf-8")
    with terminal(home.folder) as shown:
        assert shown.exit_code() == 5
        said = "settings.toml: timezone: there is no time zone 'Europe/Prag'; nearest: 'Europe/Prague'"
        assert said in shown.said


def test_what_is_pasted_into_a_note_cannot_speak_to_the_terminal(home: Home) -> None:
    with terminal(home.folder) as shown:
        shown.wait_for("2 Ben")
        shown.type("\x1b[B" + BARISTA_PIN + ENTER)
        shown.wait_for("Forgotten")
        shown.type("3")
        shown.wait_for("Enter Print")
        shown.type("n")
        shown.wait_for("Enter Print  F1 Help")  # the field has the keyboard
        shown.type("\x1b[200~spy\x1b]52;c;c3B5\x07 \x1b[31mred\x1b[0m \x9b31m end\x1b[201~")
        shown.wait_for("end")  # what stands behind an Esc is typed, as Textual reads it, and faster than a person types
        assert b"\x1b]52" not in shown.written
        assert b"\x1b[31mred" not in shown.written
        assert "\x9b".encode() not in shown.written


def test_control_c_does_not_leave_a_guest_without_a_slip(home: Home) -> None:
    with terminal(home.folder) as shown:
        shown.wait_for("2 Ben")
        shown.type("\x1b[B" + BARISTA_PIN + ENTER)
        shown.wait_for("Forgotten")
        shown.type("\x03")
        shown.type("3")
        shown.wait_for("Enter Print")
        shown.type(ENTER)
        shown.wait_for("On record")
