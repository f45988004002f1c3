"""What a key event of Textual is to a scanner: which letter it types, where it would go, and whether it would act.

Textual 8.2.8 asks a terminal for kitty's keyboard protocol, with every key reported and its text beside it. Where the
terminal speaks it (kitty, Ghostty, foot, WezTerm, newer Windows Terminal), that has traps for whoever looks at
characters alone:

* a bare Shift is a key of its own (`left_shift`), once before each capital letter;
* under Num Lock or Caps Lock, Enter and Tab come without their characters, as a control key always does;
* so does Esc. Where the protocol is not spoken, an Esc that stands for itself has waited for 100 ms already.

Where it is not spoken, Esc and a digit are one key: Textual takes them for Option and the digit on a Mac and makes `™`
of a 2. A scanner that sends Esc before its text loses the first digit to that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.events import Event, Key

from pos_recovery.rules.codes import Reading
from pos_recovery.scanners.scan_detector import ESC, Place, Stroke

if TYPE_CHECKING:
    from textual.app import App

Read = Callable[[str], Reading]
"""What a text says here, with all that is known of this register's scanner."""

_LOCKS = frozenset({"caps_lock", "scroll_lock", "num_lock"})
_SIDES = ("left_", "right_", "iso_level")
_ENDS = frozenset({"enter", "tab", "ctrl+m", "ctrl+j", "ctrl+i"})
_A_MARK = "\x01"
"""Stands for any control character: which one it is means nothing to a scan."""
_JOINERS = str.maketrans(dict(zip("\u200b\u200c\u200d\u200e\u200f", "\u2420\u2421\u2422\u2423\u2424", strict=True)))
"""Characters that show nothing and that keyboards have keys for, as the Persian one has Shift+B; each as a sign that no
keyboard types, so that it is a letter of a scan like any other."""
_JOINING = {ord(sign): character for character, sign in _JOINERS.items()}
_AFTER_ESC = str.maketrans("º¡™£¢∞§¶•ª", "0123456789")
"""What Textual makes of Esc and a digit (`_ansi_sequences.py`), undone."""


def is_modifier(event: Event) -> bool:
    """Whether it is Shift, Alt or a lock by itself, which types nothing and does nothing."""
    return isinstance(event, Key) and (
        event.key in _LOCKS or (event.key.startswith(_SIDES) and "+" not in event.key and event.character is None)
    )


def stroke_of(event: Key, at: float, app: App[None]) -> Stroke[Event]:
    """The stroke that `event` is, read at `at`, if it is let through to what is on the screen now."""
    place = place_of(app)
    is_deed = place is Place.KEYS and event.key in getattr(app.screen, "DEEDS", ())
    is_awaited = place is Place.KEYS and event.key in getattr(app.screen, "AWAITED", ())
    return Stroke(at, _character(event), event, place, is_deed, is_awaited)


def place_of(app: App[None]) -> Place:
    """Where a key would go now."""
    from textual.widgets import Input

    from pos_recovery.tui.widgets.pin_pad import PinPad

    focused = app.focused if app.screen_stack else None
    if app.screen_stack and getattr(app.screen, "AWAITS_CHART", False):
        return Place.CHART
    if isinstance(focused, Input):
        return Place.TEXT
    return Place.PIN if isinstance(focused, PinPad) else Place.KEYS


def _character(event: Key) -> str | None:
    if event.key in _ENDS:
        return "\r"
    if event.character is not None:
        return event.character.translate(_JOINERS) if event.character != ESC else None
    *modifiers, name = event.key.split("+")
    if name == "escape":
        return ESC
    if "ctrl" in modifiers:
        return _A_MARK
    is_letter = modifiers == ["shift"] and len(name) == 1  # where a terminal names the key and tells no text
    return name.upper() if is_letter else None


def text_of(text: str, read: Read) -> str:
    """What a scanner sent, its first digit put back where Esc stood before it and that makes it a code."""
    text = text.translate(_JOINING)
    repaired = text[:1].translate(_AFTER_ESC) + text[1:]
    is_lost = repaired != text and not read(text).candidates
    return repaired if is_lost and read(repaired).candidates else text


def read_typed(text: str, read: Read) -> Reading:
    """What a text says that a scanner may have typed here."""
    return read(text_of(text, read))
