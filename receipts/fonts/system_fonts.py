"""The fonts that a machine has, by the platform's own means, and which of them hold given characters.

Linux and the BSDs are asked through fontconfig (`fc-list` which hold them, `fc-match` which of those its owner would
rather see); where it is missing, and on macOS and Windows, the folders of fonts are looked through, on Windows with
those that the registry names. Only HarfBuzz reads the files, and only what it can draw from counts: TrueType and
OpenType, alone or in collections, with outlines.

Trap: `fc-match` always has an answer, whatever was asked for, so its word counts only for the order. Trap: a font of
last resort maps all of Unicode to boxes, which shows by its mapping noncharacters, too. Refuses to choose: it lists.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

from receipts.fonts.harfbuzz import SHAPES, hb

ASK_S = 30.0
"""How long fontconfig may take; it answers in 10 ms, and in many seconds once, when it first meets a thousand fonts."""

_KINDS = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_NONCHARACTERS = (0xFDD0, 0x1FFFE)
_INDEX_ALONE = 0xFFFF  # above it fontconfig counts the named instances of a variable font
_SEPARATOR = "\x1f"
_FORMAT = _SEPARATOR.join(("%{file}", "%{index}", "%{family[0]}")) + "\n"
_LESS_LIKED = ("serif", "mono", "ming", "mincho", "song", "simsun", "batang", "gungsuh", "myungjo", "kai", "looped")
"""In names of families: strokes too thin for 203 dpi, or letters as wide as each other."""
_LIKED = frozenset({"sans", "ui", "gothic", "hei", "noto"})
"""Words of such names: strokes of one thickness."""


@dataclass(frozen=True, slots=True)
class Place:
    """One font of a file."""

    path: str
    index: int
    family: str


class Machine(Protocol):
    """Where fonts come from."""

    def holding(self, text: str, language: str) -> Iterable[Place]:
        """The fonts that map every character of `text`, best first; `language` (BCP 47) may tell two apart."""

    def of_family(self, family: str) -> Iterable[Place]:
        """The fonts of one family, however its name's letters are cased; empty: it is not here."""

    def families(self) -> Iterable[str]:
        """The names of all families."""


@cache
def this_machine() -> Machine:
    """The machine this runs on; without HarfBuzz none of its fonts can be read, so it has none."""
    if not SHAPES:
        return Folders(())
    if sys.platform not in {"win32", "darwin"} and Fontconfig.is_here():
        return Fontconfig()
    return Folders(tuple(folders_of(sys.platform, os.environ, Path.home())), tuple(_registered()))


class Fontconfig:
    """What fontconfig knows."""

    @staticmethod
    def is_here() -> bool:
        """Whether its commands are installed."""
        from shutil import which

        return which("fc-list") is not None and which("fc-match") is not None

    def holding(self, text: str, language: str) -> list[Place]:
        """See `Machine`."""
        charset = " ".join(f"{ord(char):x}" for char in dict.fromkeys(text))
        found = self._asked("fc-list", f":charset={charset}:outline=true")
        wish = f":lang={language}" if language else ""
        liked = self._asked("fc-match", "-s", f"sans-serif{wish}:charset={charset}")
        order = {(each.path, each.index): number for number, each in enumerate(liked)}
        families = {each.family: order[each.path, each.index] for each in reversed(liked)}
        last = len(liked)
        return sorted(
            found,
            key=lambda each: (
                families.get(each.family, last),
                *_rank(each.family),
                order.get((each.path, each.index), last),
                each.path,
                each.index,
            ),
        )

    def of_family(self, family: str) -> list[Place]:
        """See `Machine`."""
        escaped = "".join(f"\\{char}" if char in "\\-:,=" else char for char in family)
        return sorted(self._asked("fc-list", f"{escaped}:outline=true"), key=lambda each: (each.path, each.index))

    def families(self) -> set[str]:
        """See `Machine`."""
        return {each.family for each in self._asked("fc-list", ":outline=true")}

    def _asked(self, command: str, *words: str) -> list[Place]:
        asked = (command, *words[:-1], "--format", _FORMAT, words[-1])
        try:
            answer = subprocess.run(asked, capture_output=True, check=True, timeout=ASK_S)  # noqa: S603  (no shell; the words are ours)
        except (OSError, subprocess.SubprocessError):
            return []
        places = []
        for line in os.fsdecode(answer.stdout).splitlines():
            path, _, rest = line.partition(_SEPARATOR)
            index, _, family = rest.partition(_SEPARATOR)
            if index.isdecimal() and Path(path).suffix.lower() in _KINDS:
                places.append(Place(path, int(index) & _INDEX_ALONE, family))
        return places


@dataclass(frozen=True)
class Folders:
    """What lies in folders of fonts, and files beside those."""

    roots: tuple[Path, ...]
    files: tuple[Path, ...] = field(default=())

    def holding(self, text: str, language: str) -> list[Place]:
        """See `Machine`. Which language a font is for is not asked: its files do not say."""
        del language
        wanted = {ord(char) for char in text}
        found = [each for each in self._places() if wanted <= code_points(each.path, each.index)]
        return sorted(found, key=lambda each: (*_rank(each.family), each.path, each.index))

    def of_family(self, family: str) -> list[Place]:
        """See `Machine`."""
        return [each for each in self._places() if each.family.casefold() == family.casefold()]

    def families(self) -> set[str]:
        """See `Machine`."""
        return {each.family for each in self._places()}

    def _places(self) -> list[Place]:
        return [place for path in sorted({*self._paths(), *map(str, self.files)}) for place in in_file(path)]

    def _paths(self) -> Iterator[str]:
        for root in self.roots:
            for folder, _, names in os.walk(root):
                yield from (
                    os.path.join(folder, name)  # noqa: PTH118  (thousands of them)
                    for name in names
                    if Path(name).suffix.lower() in _KINDS
                )


@lru_cache(maxsize=4096)
def in_file(path: str) -> tuple[Place, ...]:
    """The fonts of one file; none when it cannot be read or is no font."""
    first = opened(path, 0)
    if first is None or not first.glyph_count:
        return ()
    return tuple(Place(path, index, _family(path, index)) for index in range(max(first.count, 1)))


@lru_cache(maxsize=256)
def code_points(path: str, index: int) -> frozenset[int]:
    """What one font maps, see `mapped`."""
    font = opened(path, index)
    return mapped(font) if font is not None else frozenset()


def mapped(font: hb.Face) -> frozenset[int]:
    """What `font` maps; nothing when it is a font of last resort, or none."""
    found = frozenset(font.unicodes)
    return frozenset() if found.intersection(_NONCHARACTERS) else found


def opened(path: str, index: int) -> hb.Face | None:
    """One font of a file, to be looked at; None when it cannot be read. Nothing waits for a pipe of that name."""
    try:
        return hb.Face(_mapped_in(path), index) if SHAPES and Path(path).is_file() else None
    except (OSError, MemoryError):
        return None


def _mapped_in(path: str) -> hb.Blob:
    """A file without reading it whole. HarfBuzz opens by names in the C locale's letters; Python by any."""
    try:
        return hb.Blob.from_file_path(path)
    except hb.HarfBuzzError:
        return hb.Blob(Path(path).read_bytes())


def _family(path: str, index: int) -> str:
    font = opened(path, index)
    if font is None:
        return ""
    names = hb.OTNameIdPredefined
    return font.get_name(names.TYPOGRAPHIC_FAMILY) or font.get_name(names.FONT_FAMILY) or Path(path).stem


def _rank(family: str) -> tuple[int, bool, str]:
    name = family.casefold().replace("sans serif", "sans")
    return sum(word in name for word in _LESS_LIKED), _LIKED.isdisjoint(name.split()), name


def folders_of(platform: str, environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Where a platform (as `sys.platform` says) keeps fonts, of everybody and of whoever's `home` that is."""
    if platform == "win32":
        yield Path(environ.get("WINDIR", r"C:\Windows"), "Fonts")
        if local := environ.get("LOCALAPPDATA"):
            yield Path(local, "Microsoft", "Windows", "Fonts")
    elif platform == "darwin":
        yield from (home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts"))
        yield from Path("/System/Library").glob("AssetsV2/com_apple_MobileAsset_Font*")  # fetched when first needed
    else:
        mine = environ.get("XDG_DATA_HOME") or home / ".local/share"
        shared = environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
        yield from (Path(each, "fonts") for each in (mine, *shared.split(":")))
        yield home / ".fonts"


def _registered() -> Iterator[Path]:
    """On Windows the fonts that its registry names outside its folder."""
    if sys.platform != "win32":
        return
    import winreg

    for hive in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        try:
            key = winreg.OpenKey(hive, r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Fonts")
        except OSError:
            continue
        with key:
            for number in range(winreg.QueryInfoKey(key)[1]):
                file = Path(str(winreg.EnumValue(key, number)[1]))
                if file.is_absolute() and file.suffix.lower() in _KINDS:
                    yield file
