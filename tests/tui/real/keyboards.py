"""What a terminal sends for a key, by the two protocols there are.

The old one sends characters. In kitty's, asked for as Textual does (every key reported, with its text), each key is a
sequence of its own: Shift too, and whatever is locked is part of every key
(https://sw.kovidgoyal.net/kitty/keyboard-protocol/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Keyboard = Callable[[str], Iterator[str]]
"""Gives the strokes that type a text, an ending among it; each as the terminal sends it."""

NAMED = ("\r", "\n", "\t", "<down>", "<f12>", "<keypad enter>", "<esc>")
"""Keys that are no letters."""
_OLD = {"<down>": "\x1b[B", "<f12>": "\x1b[24~", "<keypad enter>": "\x1bOM", "<esc>": "\x1b"}
_KITTY = {
    "\r": "13{}u",
    "\n": "13{}u",  # a scanner's LF is Enter as well
    "\t": "9{}u",
    "<down>": "1{}B",
    "<f12>": "24{}~",
    "<keypad enter>": "57414{}u",
    "<esc>": "27{}u",
}
_SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
_SHIFT, _CAPS, _NUM = 1, 64, 128


def keys_of(text: str) -> Iterator[str]:
    """The keys in a text: its letters, and names in angle brackets."""
    while text:
        key = next((name for name in NAMED if text.startswith(name)), text[0])
        yield key
        text = text[len(key) :]


def old(text: str) -> Iterator[str]:
    """By the protocol all terminals speak."""
    for key in keys_of(text):
        yield _OLD.get(key, key)


@dataclass(frozen=True)
class Kitty:
    """By kitty's, with these locks on."""

    caps_lock: bool = False
    num_lock: bool = False

    def __call__(self, text: str) -> Iterator[str]:
        """A US keyboard's keys, Shift in one report with its letter. Caps Lock turns letters over, a scanner's too."""
        locks = _CAPS * self.caps_lock + _NUM * self.num_lock
        for key in keys_of(text):
            if key in _KITTY:
                yield f"\x1b[{_KITTY[key].format(f';{1 + locks}' if locks else '')}"
                continue
            shifted = key.isupper() or key in _SHIFTED
            shift = f"\x1b[57441;{1 + _SHIFT + locks}u" if shifted else ""
            base = _SHIFTED.get(key, key.lower())
            types = key.swapcase() if self.caps_lock and key.isalpha() else key
            yield f"{shift}\x1b[{ord(base)};{1 + _SHIFT * shifted + locks};{ord(types)}u"


KEYBOARDS: dict[str, Keyboard] = {
    "the old protocol": old,
    "kitty": Kitty(),
    "kitty with Num Lock": Kitty(num_lock=True),
    "kitty with Caps Lock": Kitty(caps_lock=True),
    "kitty with both": Kitty(caps_lock=True, num_lock=True),
}
