"""Rules of this room that a reader should not have to check: what may be overridden, imported, bound and styled."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.message import Message

from pos_recovery import tui

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "pos_recovery" / "tui"
MODULES = [importlib.import_module(found.name) for found in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}.")]
CLASSES = sorted(
    {
        each
        for module in MODULES
        for each in vars(module).values()
        if inspect.isclass(each) and each.__module__.startswith(tui.__name__) and issubclass(each, (DOMNode, Message))
    },
    key=lambda each: each.__qualname__,
)
PRIVATE = re.compile(
    r"^    (?:async )?def (_[a-z]\w*)"  # methods
    r"|^    (_[a-z]\w*)\s*[:=]"  # what stands on the class
    r"|\bself\.(_[a-z]\w*)(?::[^=\n]+)? = ",  # and on the instance
    re.MULTILINE,
)

ON_PURPOSE = {"_fatal_error"}
"""Textual's own prints local variables, a PIN perhaps among them; there is no public way to stop it."""


@cache
def private_names(kind: type) -> set[str]:
    """The private names a class gives something to."""
    source = textwrap.dedent(inspect.getsource(kind))
    return {name for found in PRIVATE.findall(source) for name in found if name}


def hidden(kind: type) -> set[str]:
    """Private names of Textual that a class of ours hides."""
    bases = [base for base in kind.__mro__ if base.__module__.startswith("textual.")]
    return private_names(kind) & set().union(*map(private_names, bases))


def test_no_class_of_ours_hides_a_private_name_of_textual() -> None:
    assert {name for kind in CLASSES for name in hidden(kind)} == ON_PURPOSE


def test_the_rule_above_would_have_caught_what_bit_us() -> None:
    class Bitten(App[None]):
        async def _ready(self) -> None:
            """Textual calls its own method of this name once the app stands."""

    assert hidden(Bitten) == {"_ready"}


def test_every_key_has_a_name_and_says_what_it_does() -> None:
    for kind in CLASSES:
        for binding in vars(kind).get("BINDINGS", []):
            assert isinstance(binding, Binding)
            assert binding.id, (kind, binding)
            assert binding.tooltip, (kind, binding)


CAN_BE_TAKEN_BACK = {
    "CardScreen": {"r", "a", "l", "i", "n", "plus", "equals_sign", "minus"},
    "FindScreen": {"slash", "v", "t", "o"},
    "AskScreen": {"n"},
    "WhyScreen": {"n"},
    "PaperScreen": {"w"},
    "ReasonTile": {"space"},
}
"""Letters of which somebody has made sure that what they do can be put back, or leaves everything as it is."""


def test_every_letter_that_does_something_waits_or_can_be_taken_back() -> None:
    """A slow scanner's first letters are let through before anybody can know whose they are."""
    for kind in CLASSES:
        keys = {key for binding in vars(kind).get("BINDINGS", []) for key in binding.key.split(",")}
        letters = {key for key in keys if len(key) == 1 or key in {"space", "plus", "minus", "slash", "equals_sign"}}
        deeds = set(vars(kind).get("DEEDS", ()))
        assert letters == deeds | CAN_BE_TAKEN_BACK.get(kind.__name__, set()), kind


def test_style_stands_in_the_style_sheets_and_nowhere_else() -> None:
    for file in ROOM.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert "DEFAULT_CSS" not in source, file
        assert not re.search(r"\.styles\b|set_styles|\bCSS = ", source), file
    for sheet in ROOM.glob("*.tcss"):
        assert not re.search(r"#[0-9a-fA-F]{6}\b|rgb\(", sheet.read_text(encoding="utf-8")), sheet


def test_the_app_is_wiring_and_stays_short() -> None:
    assert len((ROOM / "app.py").read_text(encoding="utf-8").splitlines()) < 300


def test_no_other_room_names_textual() -> None:
    named = re.compile(r"^\s*(?:import|from) (textual|rich)\b", re.MULTILINE)
    elsewhere = [
        (file.name, library)
        for room in ("pos_recovery", "receipts", "db")
        for file in (ROOT / room).rglob("*.py")
        if ROOM not in file.parents
        for library in named.findall(file.read_text(encoding="utf-8"))
    ]
    assert set(elsewhere) <= {("export.py", "rich")}  # a bar that moves on a terminal, loaded only there


def test_the_core_runs_without_textual() -> None:
    program = (
        "import sys, pkgutil, importlib\n"
        "for room in ('db', 'receipts', 'pos_recovery'):\n"
        "    package = importlib.import_module(room)\n"
        "    for found in pkgutil.walk_packages(package.__path__, room + '.'):\n"
        "        if not found.name.startswith(('pos_recovery.tui', 'db.migrations', 'pos_recovery.__main__')):\n"
        "            importlib.import_module(found.name)\n"
        "assert 'textual' not in sys.modules\n"
        "import pos_recovery.tui.app\n"
        "assert 'textual' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_no_screen_asks_is_current() -> None:
    """It is true of the screen just behind, too: a key that bounced would act twice."""
    assert not any("is_current" in line for file in ROOM.rglob("*.py") for line in code_of(file))


def code_of(file: Path) -> list[str]:
    source = re.sub(r'"""[\s\S]*?"""', "", file.read_text(encoding="utf-8"))
    return [line.split("#")[0] for line in source.splitlines()]
