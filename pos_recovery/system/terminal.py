"""What a terminal can show, by its own word; and plain signs for those it cannot, which keep what they say.

Its word is what every program goes by: TERM, NO_COLOR, CLICOLOR and the encoding of the locale. Refuses to guess what
it does not say. Everything here costs nothing where the terminal can show everything.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field

_SIGNS = {
    "✔": "+", "✘": "x", "▲": "!", "●": "*", "○": "o", "◑": "%", "◔": "%", "▣": "#", "■": "#", "□": ".", "☐": "-",
    "▸": ">", "◂": "<", "…": "~", "·": ".", "•": "*", "⌫": "<", "↵": ">", "←": "<", "↑": "^", "→": ">", "↓": "v",
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "×": "x", "\xa0": " ",
    "▁": "_", "▂": "_", "▃": "-", "▄": "-", "▅": "=", "▆": "=", "▇": "#", "█": "#", "▀": '"', "▔": "-",
    "▌": "|", "▐": "|", "░": ":", "▒": ":", "▓": "#",
    "ß": "s", "æ": "a", "ø": "o", "ł": "l", "đ": "d", "Æ": "A", "Ø": "O", "Ł": "L", "Đ": "D",
}  # fmt: skip
"""One cell for one cell, so that nothing moves. Of two that mean different things, each has its own."""
_AT_LENGTH = {"…": "...", "☐": "[ ]", "€": "EUR"}
"""In a sentence there is room."""
_BLOCKS = "▀▄█"
_CONSOLE = "─│┌┐└┘├┤┬┴┼·" + _BLOCKS
"""What any font of the Linux console has beside letters; other signs are an empty box there."""
_LETTERS_END = 0x250
"""After the last Latin letter with its accents: which of them a console's font has, its owner chose."""
_ROUND = {"╭": "┌", "╮": "┐", "╰": "└", "╯": "┘"}
_COERCED = {"C.UTF-8", "C.utf8", "UTF-8"}
"""What Python itself puts into LC_CTYPE where LANG is C (PEP 538)."""
_NO_LOCALE = {"C", "POSIX"}
_FOR_PEOPLE = {"TEXTUAL_ANIMATIONS", "TEXTUAL_DISABLE_KITTY_KEY", "TEXTUAL_FPS", "TEXTUAL_SMOOTH_SCROLL"}
_HANDLER = "pos-recovery-stand-in"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one terminal can show. A modern one, unless told otherwise."""

    colours: bool = True
    pictures: bool = True
    """Whether two dots fit into a cell, one above the other."""
    stand_ins: Mapping[int, str] = field(default_factory=dict)
    """For `str.translate`: what to write in place of each sign it cannot show."""
    typed_in: str = "utf-8"
    """The encoding of what is typed."""


def abilities(environ: Mapping[str, str], encoding: str) -> Abilities:
    """What the terminal says of itself; `encoding` is that of what is written to it."""
    shown = _CONSOLE if environ.get("TERM") == "linux" else None
    name = codecs.lookup(encoding).name
    if shown is None and name.startswith("utf"):
        return Abilities(_has_colours(environ))
    stand_ins = {ord(sign): plain for sign, plain in _all_signs().items() if not _is_shown(sign, encoding, shown)}
    if shown is not None and not _unencodable(_CONSOLE, encoding):
        stand_ins |= str.maketrans(_ROUND)
    typed_in = "utf-8" if name == "ascii" else name  # whoever said nothing of their letters may have some all the same
    return Abilities(_has_colours(environ), not _unencodable(_BLOCKS, encoding), stand_ins, typed_in)


def shows_only_lines(environ: Mapping[str, str]) -> bool:
    """Whether it says that it cannot move its cursor, as a window of an editor or a log of a build does."""
    return environ.get("TERM", "").strip().lower() in {"dumb", "unknown"}


def forget_textual_variables(environ: MutableMapping[str, str]) -> None:
    """Take away what is there for those who write programs with Textual; what helps a person stays.

    A log, or a file of keys, would hold PINs; another driver, or keys pressed by themselves, are no register's.
    """
    for name in [name for name in environ if name.startswith("TEXTUAL") and name not in _FOR_PEOPLE]:
        del environ[name]


def _has_colours(environ: Mapping[str, str]) -> bool:
    """See no-color.org and bixense.com/clicolors. DEC's terminals, and those that say so, never had any."""
    term = environ.get("TERM", "").lower()
    plain = term.startswith(("vt1", "vt2", "vt3", "vt4")) or term.endswith(("-m", "-mono")) or term == "dumb"
    return not (environ.get("NO_COLOR") or environ.get("CLICOLOR") == "0" or plain)


def _all_signs() -> dict[str, str]:
    return {chr(number): _line(number) for number in range(0x2500, 0x2580)} | dict.fromkeys("▉▊▋▍▎▏▕", "|") | _SIGNS


def _line(number: int) -> str:
    """A piece of a box; a heavy one stays apart from a light one, as it shows where the keys go."""
    import unicodedata

    name = unicodedata.name(chr(number))
    is_heavy = "HEAVY" in name or "DOUBLE" in name
    if "DIAGONAL" in name:
        return "X"
    sides = {side for side in ("UP", "DOWN", "LEFT", "RIGHT", "VERTICAL", "HORIZONTAL") if side in name}
    if sides <= {"LEFT", "RIGHT", "HORIZONTAL"}:
        return "=" if is_heavy else "-"
    if sides <= {"UP", "DOWN", "VERTICAL"}:
        return "#" if is_heavy else "|"
    return "#" if is_heavy else "+"


def _is_shown(sign: str, encoding: str, shown: str | None) -> bool:
    return not _unencodable(sign, encoding) and (shown is None or sign in shown or ord(sign) < _LETTERS_END)


def _unencodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def is_text(given: str) -> bool:
    """Whether what was given on the command line, or in a variable, is text.

    Python keeps bytes that are none as half characters, which no ledger and no file of ours takes.
    """
    return not any("\ud800" <= char <= "\udfff" for char in given)


def speak_plainly() -> None:
    """Let what is written to stdout and stderr fit their encoding: a plain sign, never an escape, never an error."""
    codecs.register_error(_HANDLER, _stand_in)
    said = said_encoding(os.environ)
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        stream.reconfigure(encoding=said if stream.isatty() else None, errors=_HANDLER)


def said_encoding(environ: Mapping[str, str]) -> str | None:
    """The encoding that the locale's name says; None: none, or what is written was told to be in another.

    Python writes UTF-8 where there is no locale, or none of that name on this machine. A file may have it; a terminal
    would show other letters.
    """
    if "PYTHONUTF8" in environ or "PYTHONIOENCODING" in environ:
        return None
    settings = [environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if settings[1] in _COERCED and (settings[2] in _NO_LOCALE or "." in settings[2]):
        settings[1] = ""
    locale = next(filter(None, settings), "")
    try:
        return codecs.lookup("ascii" if locale in _NO_LOCALE else locale.partition(".")[2].partition("@")[0]).name
    except LookupError:
        return None


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    """Python's way to ask what to write in place of what an encoding does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = _all_signs() | _AT_LENGTH
    text = error.object[error.start : error.end]
    return "".join(signs.get(letter) or _letter(letter) for letter in text), error.end


def _letter(letter: str) -> str:
    """The same without its accent; else a question mark in each cell it would have taken."""
    import unicodedata

    if unicodedata.category(letter) in {"Cf", "Mn", "Me"}:
        return ""
    base = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode().strip()[:1] or "?"
    return base * (1 + (unicodedata.east_asian_width(letter) in "WF"))
