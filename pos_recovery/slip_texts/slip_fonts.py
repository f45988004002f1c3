"""Fonts for the letters that the shipped ones lack: which a slip needs, and what people are told of them.

What is chosen stands in `receipts.fonts.fallback`; here it is asked for with the settings' wishes and with what is on
record, and put into words. Loads no fonts and asks no machine while the shipped ones suffice.
"""

from __future__ import annotations

import os
import platform
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pos_recovery.slip_texts.slip_words import languages, load_words
from receipts.drawing.slip import Slip

if TYPE_CHECKING:
    from receipts.fonts.faces import Behind, FontFile

_CJK = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL"})
_SHOWN = 12
"""Letters that are named in full; and of a SHA-256, as many digits tell two files apart."""
_BEYOND_LATIN = "\u0250"
"""Every printable character below it is in a shipped face; a test looks."""
UNSHAPED = (
    "without HarfBuzz, which is not installed here, only Latin, Greek, Cyrillic and Japanese letters can be drawn, "
    "none that join or stack, none of the machine's own fonts (`pip install uharfbuzz`, where there is a wheel of it)"
)


@cache
def shapes() -> bool:
    """Whether HarfBuzz is here (`receipts.fonts.harfbuzz`). It is not loaded."""
    return find_spec("uharfbuzz") is not None


def spoken(own: Mapping[str, Mapping[str, object]]) -> tuple[str, ...]:
    """The languages of slips, and of the store's `own` words, whose letters can be drawn here."""
    known = languages(own)
    if shapes():
        return known
    from receipts.fonts.faces import undrawable

    return tuple(each for each in known if not undrawable(load_words(each, own).back_text))


def none_on_record() -> tuple[FontFile, ...]:
    """A slip that was never printed was drawn by nothing."""
    return ()


def behind(
    texts: Sequence[str],
    language: str,
    named: tuple[str, ...],
    alike: Callable[[], tuple[FontFile, ...]] = none_on_record,
) -> Behind:
    """The fonts that `texts` need beside the shipped ones: first those that drew them before, then as `named`."""
    from receipts.fonts.faces import undrawable

    if not any(map(undrawable, texts)):
        return ()
    from receipts.fonts.fallback import Wishes, fonts_behind

    return fonts_behind(texts, language, Wishes(named, alike()))


def lacking(text: str, language: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """The characters of `text` that no font draws, neither shipped nor of this machine, in order; empty: all is well.

    Opens no font for Latin letters: every command reads settings, and what stands in most of them is no more.
    """
    if text.isprintable() and max(text, default="") < _BEYOND_LATIN:
        return ()
    from receipts.fonts.faces import undrawable

    return undrawable(text, behind((text,), language, named))


def with_fonts(slip: Slip, named: tuple[str, ...], alike: Callable[[], tuple[FontFile, ...]] = none_on_record) -> Slip:
    """`slip` with the fonts that it needs. What cannot be read here is met again, and told, when it is laid out."""
    with suppress(OSError, ImportError):
        return replace(slip, behind=behind(slip.texts, slip.language, named, alike))
    return slip


@dataclass(frozen=True, slots=True)
class Served:
    """A font of the machine, and what it draws of some texts."""

    letters: tuple[str, ...]
    """As readers see them: with what stands above and below each."""
    name: str
    file: FontFile

    @property
    def words(self) -> str:
        """For people."""
        more = "" if len(self.letters) <= _SHOWN else f" and {len(self.letters) - _SHOWN} more"
        shown = " ".join(self.letters[:_SHOWN])
        return f"{shown}{more}: {self.name}, {self.file.path}, SHA-256 {self.file.sha256[:_SHOWN]}"

    @property
    def told(self) -> dict[str, str | int]:
        """For the JSON object."""
        file = self.file
        return {
            "letters": "".join(self.letters),
            "name": self.name,
            "file": file.path,
            "face": file.index,
            "sha256": file.sha256,
        }


def served(texts: Iterable[str], language: str, fonts: Behind) -> list[Served]:
    """What each of `fonts` draws of `texts`."""
    from receipts.fonts.faces import clusters, lines_of

    found: list[Served] = []
    for line in (line for text in texts for line in lines_of(text)) if fonts else ():
        for weight in ("text", "strong"):
            for cluster, face in clusters(line, language, weight, fonts):
                if face.file is not None and not cluster.isspace():
                    found.append(Served((cluster,), face.name, face.file))
    return together(found)


def together(found: Iterable[Served]) -> list[Served]:
    """The same, each file once."""
    letters: dict[FontFile, dict[str, None]] = {}
    names: dict[FontFile, str] = {}
    for each in found:
        names.setdefault(each.file, each.name)
        letters.setdefault(each.file, {}).update(dict.fromkeys(each.letters))
    return [Served(tuple(drawn), names[file], file) for file, drawn in letters.items()]


def remedy(characters: Sequence[str], named: tuple[str, ...]) -> str:
    """What to do about characters that no font here can draw."""
    if all(unicodedata.category(char) in {"Cc", "Cf", "Cn", "Co", "Cs"} for char in characters):
        return "take it out"
    if not shapes():
        return UNSHAPED
    absent = "".join(f"; {each}" for each in missing(named))
    return f'install a font that can{_where(characters)}, or name its file: fonts = ["…"], at set-up --font{absent}'


def missing(named: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the fonts that the settings name, each in a clause."""
    from receipts.fonts import fallback, system_fonts

    for name in named:
        if fallback.places_of(name):
            continue
        if fallback.is_path(name):
            is_there = os.path.exists(os.path.expanduser(name))  # noqa: PTH110, PTH111  Path.exists raises where it may not look
            yield f"{name} is {'no font that can be read' if is_there else 'not there'}"
            continue
        from pos_recovery.rules.spelling import nearest

        near = nearest(name, set(system_fonts.this_machine().families()))
        yield f"no font called {name!r} is on this machine{f'; nearest: {near!r}' if near else ''}"


def _where(characters: Sequence[str]) -> str:
    """How fonts are installed on this platform, in brackets."""
    if sys.platform == "win32":
        return " (Settings, System, Optional features: the supplemental fonts of its language)"
    if sys.platform == "darwin":
        return " (with Font Book)"
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return ""
    if "debian" not in f"{told.get('ID', '')} {told.get('ID_LIKE', '')}".split():
        return ""
    return f" (`apt install {' '.join(sorted({_package(char) for char in characters}))}`)"


def _package(char: str) -> str:
    """The package of Debian and Ubuntu that has most of a character's script."""
    if unicodedata.name(char, "").partition(" ")[0] in _CJK:
        return "fonts-noto-cjk"
    return "fonts-symbola" if unicodedata.category(char) in {"So", "Sk"} else "fonts-noto-core"


def otherwise(first: Sequence[FontFile], now: Sequence[FontFile]) -> str:
    """That a copy is drawn by other fonts than the first slip was; empty when it is not."""
    gone = {each.sha256: each.path for each in first if each.sha256 not in {used.sha256 for used in now}}
    if not gone or not now:
        return ""
    return (
        f"This copy has other letters than the first slip: {', '.join(dict.fromkeys(gone.values()))} is gone or was "
        f"changed, so {', '.join(dict.fromkeys(each.path for each in now))} drew them. The code is the same."
    )
