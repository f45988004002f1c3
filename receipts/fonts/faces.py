"""The faces a slip is set in, and the answer to "can we print this character?".

Every grapheme cluster is given to one face whose character map holds all of it; the order of preference depends on
the language, and punctuation stays with the face before it, so that a comma does not change its shape mid-sentence.
A character that no face draws is refused by name, here, before it can reach paper as an empty box. Behind the shipped
faces may stand fonts of the machine (`receipts.fonts.fallback`), for what those lack and for nothing else.

Which faces, and why: Atkinson Hyperlegible Next for Latin (drawn for readers with low vision; no two letters alike),
Atkinson Hyperlegible Mono for the code, Vazirmatn for Arabic and Noto Sans Devanagari for Hindi (open shapes that
survive 203 dpi), BIZ UDPGothic for Japanese (a universal-design face; kept: the characters of code page 932), Noto
Sans for the Greek, Cyrillic and Vietnamese a store's name may need. The files are static instances without hinting,
which HarfBuzz does not execute; BIZ UDPGothic alone falls from 4.5 to 2.0 MB. Licences: `fonts/<Face>-OFL.txt`.

The map is read from the font by HarfBuzz (0.3 ms for the largest), so no coverage file exists that could disagree.
HarfBuzz is imported with this module and costs about 50 ms, once.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Literal

from uniseg.graphemecluster import grapheme_clusters

from receipts.fonts.harfbuzz import hb
from receipts.text_flow.language import primary
from receipts.values.errors import UnprintableTextError

Weight = Literal["text", "strong", "code"]

_FOLDER = Path(__file__).parent

# Face → weight → file stem. A face without a weight lends its heaviest.
_FILES: dict[str, dict[Weight, str]] = {
    "latin": {"text": "AtkinsonHyperlegibleNext-Medium", "strong": "AtkinsonHyperlegibleNext-Bold"},
    "code": {"code": "AtkinsonHyperlegibleMono-Bold"},
    "arabic": {"text": "Vazirmatn-Medium", "strong": "Vazirmatn-Bold"},
    "devanagari": {"text": "NotoSansDevanagari-Medium", "strong": "NotoSansDevanagari-Bold"},
    "world": {"text": "NotoSans-Medium", "strong": "NotoSans-Bold"},
    "japanese": {"text": "BIZUDPGothic-Bold", "strong": "BIZUDPGothic-Bold"},
}
_ORDER = ("latin", "arabic", "devanagari", "world", "japanese")
_ORDER_BY_LANGUAGE = {"ja": ("japanese", "latin", "world", "arabic", "devanagari")}

# Characters that steer and leave no ink: joiners, directional marks, soft hyphen, variation selectors, word joiner.
_INKLESS = frozenset(
    "\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x180B, 0x180C, 0x180D, 0x180F)))
# Some fonts map NUL and carriage return to blank glyphs; a control character is not a character to draw.
_CONTROLS = frozenset((*range(0x20), *range(0x7F, 0xA0)))
LINE_BREAKS = frozenset("\n\x0b\x0c\r\x85\u2028\u2029")
_FIRST_THAT_JOINS = "\u0300"
"""Before the combining marks each character is a grapheme cluster, save CR LF (UAX #29, shown by a test). uniseg looks
at every one of them: of a slip in English that was half of what laying it out took."""


def needs_glyph(char: str) -> bool:
    """Whether a face has to map `char`. Spaces of every width are drawn: HarfBuzz makes missing ones from U+0020."""
    return char not in _INKLESS and unicodedata.category(char) != "Zs"


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font of the machine, so that it is known again: where it lies, which face of the file, SHA-256 of the file."""

    path: str
    index: int
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font file, opened: its name, HarfBuzz's face and the code points it maps to glyphs."""

    name: str
    font: hb.Face
    code_points: frozenset[int]
    file: FontFile | None = None
    """None: it is shipped, so what it maps has been looked at by people."""
    weight: float | None = None
    """What to set a variable font's weight to; None: it has one."""
    boldness: float = 0.0
    """How many ems to thicken strokes by, for a font that has no bold."""

    def draws(self, cluster: str) -> bool:
        """Whether every character of `cluster` has a glyph here, as it stands or composed (NFC)."""
        if not (self._maps(cluster) or self._maps(unicodedata.normalize("NFC", cluster))):
            return False
        return self.file is None or leaves_ink(self, cluster)

    def _maps(self, chars: str) -> bool:
        return all(ord(char) in self.code_points for char in chars if needs_glyph(char))


@dataclass(frozen=True, slots=True)
class Further:
    """A font that stands behind the shipped faces, in both weights."""

    text: Face
    strong: Face


Behind = tuple[Further, ...]
"""In the order in which they are tried."""


@cache
def face(name: str, weight: Weight) -> Face:
    """The face `name` in `weight`, opened once per process."""
    files = _FILES[name]
    stem = files.get(weight) or files.get("strong") or files["code"]
    font = hb.Face(hb.Blob.from_file_path(str(_FOLDER / f"{stem}.ttf")))
    return Face(stem, font, frozenset(font.unicodes) - _CONTROLS)


def faces(language: str, weight: Weight, behind: Behind = ()) -> tuple[Face, ...]:
    """The faces to try for `language` (BCP 47), best first."""
    order = _ORDER_BY_LANGUAGE.get(primary(language), _ORDER)
    further = tuple(each.text if weight == "text" else each.strong for each in behind)
    if weight == "code":
        return (face("code", "code"), *(face(name, "strong") for name in order), *further)
    return (*(face(name, weight) for name in order), *further)


def clusters(text: str, language: str, weight: Weight, behind: Behind = ()) -> Iterator[tuple[str, Face]]:
    """Yield each grapheme cluster of one line of `text` with the face that draws it.

    Raises:
        UnprintableTextError: see `undrawable`.
    """
    candidates = faces(language, weight, behind)
    together = _drawn_together(text, candidates) if behind else {}
    current: Face | None = None
    for number, cluster in enumerate(_grapheme_clusters(text)):
        if number in together:
            current = together[number]
        elif current is None or not (_belongs_to_its_neighbour(cluster) and current.draws(cluster)):
            current = next((each for each in candidates if each.draws(cluster)), None)
        if current is None:
            raise unprintable(undrawable(text, behind))
        yield cluster, current


def _drawn_together(text: str, candidates: tuple[Face, ...]) -> dict[int, Face]:
    """The clusters of words that only a font of the machine draws whole: no word is set in two hands for one letter."""
    found: dict[int, Face] = {}
    for start, run in runs(text):
        whole = next((each for each in candidates if all(map(each.draws, run))), None)
        if whole is not None and whole.file is not None:
            found |= dict.fromkeys(range(start, start + len(run)), whole)
    return found


def runs(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """Neighbouring clusters of one script, each with the number of its first."""
    found: list[tuple[int, tuple[str, ...]]] = []
    number = 0
    for _, group in groupby(_grapheme_clusters(text), key=lambda cluster: script(cluster[0])):
        run = tuple(group)
        found.append((number, run))
        number += len(run)
    return found


def script(char: str) -> str:
    """What a character's name begins with: "THAI", "CJK", "LATIN"; Python knows no scripts."""
    return unicodedata.name(char, "").partition(" ")[0]


def _belongs_to_its_neighbour(cluster: str) -> bool:
    return unicodedata.category(cluster[0])[0] in "PZC" or cluster[0] in _INKLESS


@lru_cache(maxsize=1024)
def _grapheme_clusters(text: str) -> tuple[str, ...]:
    if max(text, default="") < _FIRST_THAT_JOINS and "\r" not in text:
        return tuple(text)
    return tuple(grapheme_clusters(text))


@lru_cache(maxsize=4096)
def _drawn_by_some_face(cluster: str, behind: Behind) -> bool:
    shipped = any(face(name, "text").draws(cluster) for name in _ORDER)  # none is opened behind the one that does
    return shipped or any(each.text.draws(cluster) and each.strong.draws(cluster) for each in behind)


@lru_cache(maxsize=256)
def undrawable(text: str, behind: Behind = ()) -> tuple[str, ...]:
    """The characters of `text` that no face can draw, in order and without repeats; empty: all is well.

    Line breaks and tabs are layout, not characters. Every other control character is undrawable.
    """
    refused: dict[str, None] = {}
    for cluster in _grapheme_clusters(plain(text)):
        if cluster[0] in LINE_BREAKS or _drawn_by_some_face(cluster, behind):
            continue
        alone = [char for char in cluster if not _drawn_by_some_face(char, behind)]
        refused.update(dict.fromkeys(alone or cluster[1:]))
    return tuple(refused)


@lru_cache(maxsize=4096)
def leaves_ink(face: Face, cluster: str) -> bool:
    """Whether `cluster`, shaped, is drawn: no glyph is missing, blank, or drawn like the missing one.

    Not every font of a machine means what its map says: emoji in colours have no outlines and would be white paper,
    subsets and fonts of last resort draw a box for what they map.
    """
    if cluster.isspace() or all(char in _INKLESS for char in cluster):
        return True
    font = hb.Font(face.font)
    buffer = hb.Buffer()
    buffer.add_str(cluster)
    buffer.guess_segment_properties()
    hb.shape(font, buffer)
    box = _outline(font, 0)
    shaped = [
        info.codepoint
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        if position.x_advance or info.codepoint == 0
    ]
    outlines = [_outline(font, glyph) for glyph in shaped]
    return bool(outlines) and all(shaped) and all(each and each != box for each in outlines)


def _outline(font: hb.Font, glyph: int) -> list[tuple[float, ...]]:
    """The points of a glyph's drawing; empty: it leaves the paper white."""
    points: list[tuple[float, ...]] = []
    font.draw_glyph(glyph, _pen(), points)
    return points


@cache
def _pen() -> "hb.DrawFuncs":
    pen = hb.DrawFuncs()
    pen.set_move_to_func(lambda x, y, points: points.append((x, y)))
    pen.set_line_to_func(lambda x, y, points: points.append((x, y)))
    pen.set_quadratic_to_func(lambda a, b, x, y, points: points.append((a, b, x, y)))
    pen.set_cubic_to_func(lambda a, b, c, d, x, y, points: points.append((a, b, c, d, x, y)))
    return pen


def lines_of(text: str) -> list[str]:
    """`text` at its line breaks, empty lines too."""
    return "".join("\n" if char in LINE_BREAKS else char for char in plain(text)).split("\n")


def plain(text: str) -> str:
    """`text` with its tabs as spaces and its pairs of carriage return and line feed as one line break."""
    return text.replace("\r\n", "\n").replace("\t", " ")


def describe(char: str) -> str:
    """A character for a message: "☃ U+2603 SNOWMAN"; what must not reach a terminal is shown by number alone."""
    number = f"U+{ord(char):04X}"
    name = unicodedata.name(char, "")
    if not name:
        return f"{number} a control character" if unicodedata.category(char) == "Cc" else f"{number} unassigned"
    if not char.isprintable():
        return f"{number} {name}"
    return f"{char} {number} {name}"


def unprintable(characters: tuple[str, ...]) -> UnprintableTextError:
    """The error that names `characters`, ready to be raised."""
    return UnprintableTextError(characters, "no face can draw " + ", ".join(map(describe, characters)))
