"""What a terminal says of itself, and plain signs for one that cannot show the usual ones."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.cells import cell_len

from pos_recovery.system.terminal import (
    Abilities,
    abilities,
    forget_textual_variables,
    said_encoding,
    shows_only_lines,
    speak_plainly,
)

SCREENS = sorted((Path(__file__).parents[1] / "tui" / "goldens").glob("*.txt"))
FOREIGN = set("日本語العربيةहिन्दी")
"""What people may write, as far as the screens kept have it; no encoding of one byte has it."""


def test_every_screen_keeps_its_shape_in_plain_signs() -> None:
    stand_ins = abilities({}, "ascii").stand_ins
    assert len(SCREENS) > 50
    for screen in SCREENS:
        shown = screen.read_text(encoding="utf-8")
        plain = shown.translate(stand_ins)
        left = {letter for letter in plain if not letter.isascii() and not letter.isalpha()} - FOREIGN
        assert not left, (screen.name, left)
        assert [cell_len(line) for line in plain.splitlines()] == [cell_len(line) for line in shown.splitlines()]


@pytest.mark.parametrize("group", ["●○", "✔✘▲", "■□", "─━", "│┃", "╭┏", "▸◂", "⌫↵"])
def test_signs_that_mean_different_things_stay_apart(group: str) -> None:
    assert len(set(group.translate(abilities({}, "ascii").stand_ins))) == len(group)


def test_what_an_encoding_has_stays() -> None:
    old_pc, latin = abilities({}, "cp437"), abilities({}, "iso8859-1")
    assert ("┌─┐ ▀▄█".translate(old_pc.stand_ins), old_pc.pictures) == ("┌─┐ ▀▄█", True)
    assert ("a · b ─".translate(latin.stand_ins), latin.pictures, latin.typed_in) == ("a · b -", False, "iso8859-1")
    assert abilities({}, "utf-8") == Abilities()


def test_the_linux_console_is_shown_what_its_fonts_have() -> None:
    console = abilities({"TERM": "linux"}, "utf-8")
    assert "╭━✔○ ▀▄█│ é ž".translate(console.stand_ins) == "┌=+o ▀▄█│ é ž"
    assert console.pictures
    assert console.colours


@pytest.mark.parametrize(
    ("said", "has"),
    [
        ({}, True),
        ({"TERM": "xterm"}, True),
        ({"NO_COLOR": ""}, True),
        ({"CLICOLOR": "1", "FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "0"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1", "COLORTERM": "truecolor"}, False),
        ({"CLICOLOR": "0"}, False),
        ({"TERM": "vt100"}, False),
        ({"TERM": "vt220"}, False),
        ({"TERM": "xterm-mono"}, False),
    ],
)
def test_colours_are_shown_to_who_wants_and_has_them(said: dict[str, str], has: bool) -> None:
    assert abilities(said, "utf-8").colours is has


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ({}, None),
        ({"LANG": "C.UTF-8"}, "utf-8"),
        ({"LANG": "en_GB"}, None),
        ({"LANG": "en_GB.ISO-8859-1"}, "iso8859-1"),
        ({"LANG": "en_GB.ISO-8859-1", "LC_CTYPE": "C.UTF-8"}, "iso8859-1"),
        ({"LANG": "cs_CZ.ISO-8859-2@euro"}, "iso8859-2"),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "ascii"),
        ({"LC_ALL": "POSIX", "LANG": "en_GB.UTF-8"}, "ascii"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "C"}, "utf-8"),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}, None),
        ({"LANG": "xx_XX.NO-SUCH"}, None),
    ],
)
def test_a_locale_that_python_overlooks_is_heard(said: dict[str, str], encoding: str | None) -> None:
    assert said_encoding(said) == encoding


@pytest.mark.parametrize(("term", "lines"), [("dumb", True), ("unknown", True), ("xterm", False), ("", False)])
def test_a_terminal_of_lines_says_so(term: str, lines: bool) -> None:
    assert shows_only_lines({"TERM": term}) is lines


def test_what_is_for_programmers_of_the_screen_is_forgotten_and_what_helps_people_stays() -> None:
    said = {"TEXTUAL": "debug", "TEXTUAL_LOG": "keys", "TEXTUAL_DRIVER": "x:y", "TEXTUAL_ANIMATIONS": "none", "A": "b"}
    forget_textual_variables(said)
    assert said == {"TEXTUAL_ANIMATIONS": "none", "A": "b"}


def written(text: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding, errors="backslashreplace")
    monkeypatch.setattr("sys.stderr", stream)
    speak_plainly()
    stream.write(text)
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("✔ 3 … ☐ cut", "+ 3 ... [ ] cut"),
        ("“Žižkov” – Łódź, Straße", '"Zizkov" - Lodz, Strase'),
        ("日本", "????"),
        ("e\u0301\u200d", "e"),
        ("\udcff", "?"),
    ],
)
def test_a_sentence_fits_any_encoding(text: str, plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(text, "ascii", monkeypatch) == plain


def test_without_stand_ins_python_would_write_escapes() -> None:
    """The twin."""
    assert "○ ready".encode("latin-1", "backslashreplace") == b"\\u25cb ready"


def test_letters_an_encoding_has_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written("café ✔", "latin-1", monkeypatch) == "café +"
