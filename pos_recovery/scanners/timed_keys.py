"""Keys as they come to a terminal, each with its time: one scan, told by its speed, without showing it.

The terminal is left as it was found, whatever ends this. On Windows the console is asked key by key.
"""

from __future__ import annotations

import codecs
import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

_OVER_S = 1.0
"""Without a key: the scan is over. Scanners pause between letters for a tenth of that."""
_FEWEST = 8
"""Characters; fewer are a person's, and go nowhere."""
_ENDS = {"\r": "enter", "\n": "enter", "\t": "tab"}
_INTERRUPT = "\x03"
"""Ctrl+C; right behind a text it is the ETX that some scanners send."""

NextKey = Callable[[float | None], str]
"""Waits for so many seconds, None for ever, for what a key types; empty: none came."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a scanner typed."""

    text: str
    """Without its ending."""
    at: tuple[float, ...]
    """When each of its letters came, in seconds of a clock that only grows."""
    ending: str
    """`enter`, `tab`, `none`, or `other` for a key that types no letter."""


def typed_scan(ask: Callable[[], None]) -> Typed:
    """Wait for one scan. `ask` says what to scan, once keys are heard. Raises KeyboardInterrupt at Ctrl+C."""
    with _raw_keys() as next_key:
        ask()
        return _scan(next_key)


def _scan(next_key: NextKey) -> Typed:
    text, at, ending = "", list[float](), "none"
    while True:
        key = next_key(_OVER_S if text or ending != "none" else None)
        if key == _INTERRUPT and not text:
            raise KeyboardInterrupt
        if not key:
            if len(text) >= _FEWEST:
                return Typed(text, tuple(at), ending)
            text, at, ending = "", [], "none"
        elif key in _ENDS or not key.isprintable():
            ending = _ENDS.get(key, "other") if text else ending
        elif ending == "none":
            text += key
            at.append(monotonic())


@contextmanager
def _raw_keys() -> Iterator[NextKey]:
    if sys.platform == "win32":
        yield _windows_keys()
        return
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    waiting: list[str] = []

    def next_key(seconds: float | None) -> str:
        while not waiting:
            if not select.select([terminal], [], [], seconds)[0]:
                return ""
            waiting.extend(decoder.decode(os.read(terminal, 1)))
        return waiting.pop(0)

    try:
        tty.setcbreak(terminal)
        mode = termios.tcgetattr(terminal)
        mode[3] &= ~termios.ISIG  # an ETX is read like any other key
        termios.tcsetattr(terminal, termios.TCSAFLUSH, mode)
        yield next_key
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)


def _windows_keys() -> NextKey:
    import msvcrt
    from time import sleep

    def next_key(seconds: float | None) -> str:
        ends = None if seconds is None else monotonic() + seconds
        while not msvcrt.kbhit():  # type: ignore[attr-defined]  # Windows
            if ends is not None and monotonic() >= ends:
                return ""
            sleep(0.001)
        return str(msvcrt.getwch())  # type: ignore[attr-defined]  # Windows

    return next_key
