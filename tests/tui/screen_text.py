"""What is on the screen as plain text, and the goldens made of it.

A golden is a screen a person can read in a review. When a screen differs, what it looks like now is written beside the
golden as `<name>.new.txt` and the difference is printed; rename the file to accept it. Colours are not in it: nothing
on the register is said by colour alone, so everything that matters is.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from textual.app import App

GOLDENS = Path(__file__).parent / "goldens"


def screen_text(app: App[Any]) -> str:
    """The screen in front, line by line, without blanks at the ends."""
    return "".join(f"{strip.text.rstrip()}\n" for strip in app.screen._compositor.render_strips())


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
