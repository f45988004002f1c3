"""Fonts behind the shipped faces, for what those cannot draw: which one, opened and known again by its SHA-256.

Chosen are, in this order, the fonts that drew the same slip before, those that the settings name, and the machine's
own. A word is given whole to one font; of its family one weight is taken for text and one for what is strong. A
variable font is set to both, and one that has no bold is thickened, because type on thermal paper has to be dark.

Where the shipped faces suffice, no file is opened and no program is started. The bytes that are hashed are those that
draw: a file is read once and never looked at again while the program runs. Refuses fonts that draw boxes or nothing,
and to say which characters are left over: `faces.undrawable` does.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from receipts.fonts import system_fonts
from receipts.fonts.faces import (
    Behind,
    Face,
    FontFile,
    Further,
    Weight,
    lines_of,
    needs_glyph,
    runs,
    script,
    undrawable,
)
from receipts.fonts.harfbuzz import hb
from receipts.fonts.system_fonts import Machine, Place
from receipts.text_flow.language import primary
from receipts.text_flow.word_breaks import is_traditional

LARGEST_BYTES = 100_000_000
"""Noto's collection for Chinese, Japanese and Korean has 20 MB, Apple's PingFang 80, and its emoji, in colours, 190."""

_TEXT, _STRONG = 500, 700  # of OpenType's 1 to 1000
_DARK_ENOUGH: dict[Weight, int] = {"text": 450, "strong": 600, "code": 600}
_THICKER: dict[Weight, float] = {"text": 0.014, "strong": 0.028, "code": 0.028}
"""Ems, by eye: a regular beside the shipped mediums and bolds; the shipped Japanese face is thickened like this."""
_NORMAL_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Wishes:
    """Where to look for fonts, and in which order."""

    named: tuple[str, ...] = ()
    """As the settings name them: paths of files, or families."""
    alike: tuple[FontFile, ...] = ()
    """Those that drew this very slip before, text and strong in turn."""
    machine: Machine | None = None
    """None: the one this runs on."""


def fonts_behind(texts: Iterable[str], language: str, wishes: Wishes | None = None) -> Behind:
    """The fonts that `texts` need beside the shipped faces; none where those suffice, or nothing better is here."""
    lines = tuple(dict.fromkeys(line for text in texts for line in lines_of(text) if undrawable(line)))
    return _chosen(lines, language, wishes or Wishes()) if lines else ()


@lru_cache(maxsize=64)
def _chosen(lines: tuple[str, ...], language: str, wishes: Wishes) -> Behind:
    """Remembered: the machine is asked for a shop's name once, not for every slip."""
    search = _Search(language, wishes)
    for line in lines:
        search.serve(line)
    return tuple(search.chosen)


class _Search:
    """One search: what was chosen serves the next word, too."""

    def __init__(self, language: str, wishes: Wishes) -> None:
        self.chosen: list[Further] = []
        self._language = language
        self._wishes = wishes

    def serve(self, line: str) -> None:
        """Choose what `line` needs, as far as there is anything."""
        for _, run in runs(line):
            word = "".join(run)
            if not undrawable(word) or self._has(word) or self._find(word):
                continue
            for cluster in run:
                if undrawable(cluster) and not self._has(cluster):
                    self._find(cluster)

    def _has(self, text: str) -> bool:
        return any(draws(each, text) for each in self.chosen)

    def _find(self, text: str) -> bool:
        found = next((each for each in self._candidates(text) if draws(each, text)), None)
        if found is not None:
            self.chosen.append(found)
        return found is not None

    def _candidates(self, text: str) -> Iterator[Further]:
        wishes = self._wishes
        yield from _as_before(wishes.alike)
        for name in wishes.named:
            yield from _families(places_of(name, wishes.machine))
        machine = wishes.machine or system_fonts.this_machine()
        yield from _families(machine.holding(_with_ink(text), _tag(text, self._language)))


def draws(font: Further, text: str) -> bool:
    """Whether one font draws all of `text`, in both weights."""
    return all(font.text.draws(each) and font.strong.draws(each) for _, run in runs(text) for each in run)


def is_path(name: str) -> bool:
    """Whether `name` in the settings is that of a file, not of a family."""
    return "/" in name or "\\" in name or Path(name).suffix.lower() in {".ttf", ".otf", ".ttc", ".otc"}


def places_of(name: str, machine: Machine | None = None) -> Sequence[Place]:
    """The fonts that `name` in the settings means; none: they are not here."""
    if is_path(name):
        return system_fonts.in_file(os.path.expanduser(name))  # noqa: PTH111  Path's raises where nobody has that name
    return tuple((machine or system_fonts.this_machine()).of_family(name))


def _with_ink(text: str) -> str:
    """What a font has to map: not what only steers."""
    return "".join(filter(needs_glyph, text))


def _tag(text: str, language: str) -> str:
    """A language for characters that Chinese, Japanese and Korean share and write differently; else none."""
    scripts = {script(run[0][0]) for _, run in runs(text)}
    if "HANGUL" in scripts:
        return "ko"
    if scripts & {"HIRAGANA", "KATAKANA"}:
        return "ja"
    if "CJK" not in scripts:
        return ""
    if primary(language) in {"ja", "ko"}:
        return primary(language)
    return "zh-tw" if is_traditional(text, language) else "zh-cn"


def _families(places: Iterable[Place]) -> Iterator[Further]:
    """Each family, in the order of its first font, in the two weights that come nearest."""
    by_family: dict[str, list[Place]] = {}
    for each in places:
        by_family.setdefault(each.family, []).append(each)
    for members in by_family.values():
        found = [style for each in members if (style := _style(each)) is not None]
        if not found:
            continue
        try:
            pair = _pair(min(found, key=lambda each: each.miss(_TEXT)), min(found, key=lambda each: each.miss(_STRONG)))
        except OSError:  # gone since it was listed
            continue
        yield pair


def _as_before(files: Sequence[FontFile]) -> Iterator[Further]:
    """The fonts that are what they were, in the pairs they were; of a pair of which one is left, that one."""
    for pair in zip(files[::2], files[1::2], strict=False):
        left = [style for file in pair if (style := _same(file)) is not None]
        if left:
            yield _pair(left[0], left[-1])


def _same(file: FontFile) -> "_Style | None":
    try:
        is_same = _read(file.path)[1] == file.sha256
    except OSError:
        return None
    return _style(Place(file.path, file.index, "")) if is_same else None


@dataclass(frozen=True, slots=True)
class _Style:
    """One font, and how it looks among its family."""

    place: Place
    weight: float
    slant: float
    width: float
    range: tuple[float, float] | None
    """How light and how heavy a variable font can be."""

    def miss(self, wanted: float) -> tuple[float, ...]:
        """How far it is from an upright font of normal width and the weight that is wanted."""
        off = 0.0 if self.range and self.range[0] <= wanted <= self.range[1] else abs(self.weight - wanted)
        return abs(self.slant), abs(self.width - _NORMAL_WIDTH), off

    def face(self, weight: Weight, wanted: float) -> Face:
        """The face that draws."""
        place = self.place
        return _face(place.path, place.index, weight, wanted if self.range else None, self.weight)


def _pair(text: _Style, strong: _Style) -> Further:
    return Further(text.face("text", _TEXT), strong.face("strong", _STRONG))


@lru_cache(maxsize=16)
def _read(path: str) -> tuple[hb.Blob, str]:
    """A file in memory, and its SHA-256."""
    data = Path(path).read_bytes()
    return hb.Blob(data), hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=64)
def _style(place: Place) -> _Style | None:
    face = system_fonts.opened(place.path, place.index)
    if face is None or not 0 < len(face.blob) <= LARGEST_BYTES:
        return None
    font = hb.Font(face)
    axis = next((each for each in face.axis_infos if each.tag == "wght"), None)
    tags = hb.StyleTag
    return _Style(
        place,
        font.get_style_value(tags.WEIGHT),
        font.get_style_value(tags.ITALIC) or font.get_style_value(tags.SLANT_ANGLE),
        font.get_style_value(tags.WIDTH),
        (axis.min_value, axis.max_value) if axis else None,
    )


@lru_cache(maxsize=32)
def _face(path: str, index: int, weight: Weight, axis: float | None, own_weight: float) -> Face:
    blob, sha256 = _read(path)
    font = hb.Face(blob, index)
    thin = axis is None and own_weight < _DARK_ENOUGH[weight]
    return Face(
        name=font.get_name(hb.OTNameIdPredefined.FULL_NAME) or Path(path).stem,
        font=font,
        code_points=system_fonts.mapped(font),
        file=FontFile(path, index, sha256),
        weight=axis,
        boldness=_THICKER[weight] if thin else 0.0,
    )


def files_of(behind: Behind) -> tuple[FontFile, ...]:
    """What to keep of `behind`, to draw the same again: text and strong in turn."""
    return tuple(face.file for each in behind for face in (each.text, each.strong) if face.file is not None)
