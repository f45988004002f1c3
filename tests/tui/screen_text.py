"""What is on the screen as plain text, and the goldens made of it.

A golden is a screen a person can read in a review. When a screen differs, what it looks like now is written beside the
golden as `<name>.new.txt` and the difference is printed; rename the file to accept it. Colours are not in it: nothing
on the register is said by colour alone, so everything that matters is.
"""

from __future__ import annotations

import difflib
import html
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

if TYPE_CHECKING:
    from textual.app import App

GOLDENS = Path(__file__).parent / "goldens"
CELL_WIDTH, LINE_HEIGHT, FIRST_BASELINE = 12.2, 24.4, 20.0
"""Of Rich's SVG: a character is 20 units high, 0.61 of that wide, and a line is 1.22 of that apart."""
_PIECE = re.compile(r'<text class="[^"]*-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')


def screen_text(app: App[Any]) -> str:
    """The screen in front, line by line, without blanks at the ends."""
    lines: list[list[tuple[int, str]]] = [[] for _ in range(app.size.height)]
    for x, y, shown in _PIECE.findall(app.export_screenshot()):
        row = round((float(y) - FIRST_BASELINE) / LINE_HEIGHT)
        text = html.unescape(shown).replace("\xa0", " ")
        lines[row].append((round(float(x) / CELL_WIDTH), text))
    return "\n".join(_line(pieces) for pieces in lines) + "\n"


def _line(pieces: list[tuple[int, str]]) -> str:
    line = ""
    for column, text in sorted(pieces):
        line += " " * (column - cell_len(line)) + text
    return line.rstrip()


def expect_goldens(screens: dict[str, str]) -> None:
    """Fail unless every screen is what the golden of its name says, showing the differences."""
    differences = [line for name, text in screens.items() for line in _difference(name, text)]
    if differences:
        pytest.fail("\n".join(differences), pytrace=False)


def _difference(name: str, text: str) -> list[str]:
    golden, now = GOLDENS / f"{name}.txt", GOLDENS / f"{name}.new.txt"
    accepted = golden.read_text(encoding="utf-8") if golden.exists() else ""
    if text == accepted:
        now.unlink(missing_ok=True)
        return []
    now.write_text(text, encoding="utf-8")
    return list(difflib.unified_diff(accepted.splitlines(), text.splitlines(), golden.name, now.name, lineterm=""))
