"""Letters without HarfBuzz: as much of its interface as this room uses, drawn by Pillow's FreeType.

For scripts in which each character is one glyph beside the next: Latin, Greek, Cyrillic, kana and kanji, composed
(NFC), without kerning. Refuses the rest by mapping nothing of it, so that its letters are undrawable and named: what is
written from the right, what joins or stacks (Arabic, Devanagari), marks that no letter was composed with; and every
font but the shipped ones.

Trap of FreeType: a font without hints is hinted by its own guess, which moves strokes by half a dot. So everything is
drawn eight times as large and averaged, as HarfBuzz covers dots.
"""

import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

_TIMES = 8
_UNITS_PER_DOT = 64
_FROM_THE_RIGHT = frozenset({"R", "AL", "AN"})
_JOINS = ("DEVANAGARI",)
_TABLE = struct.Struct(">4s4xII")
_SEGMENTS, _GROUPS = 4, 12


@dataclass(frozen=True)
class Blob:
    """A file of a font."""

    path: str

    @classmethod
    def from_file_path(cls, path: str) -> "Blob":
        """The file at `path`; it is not read yet."""
        return cls(path)


class Face:
    """A shipped font."""

    def __init__(self, blob: Blob) -> None:
        self.path = blob.path

    @property
    def unicodes(self) -> frozenset[int]:
        """The code points that it maps, and that look right without being shaped."""
        return frozenset(filter(_stands_alone, _mapped(Path(self.path).read_bytes())))


class Font:
    """A face in a size. A glyph is its character's code point."""

    def __init__(self, face: Face) -> None:
        self.scale = (0, 0)
        self.synthetic_bold = (0.0, 0.0, True)
        self._path = face.path

    def get_glyph_extents(self, glyph: int) -> "Extents":
        """The box of its ink, in the units of `scale`, y upwards."""
        left, top, right, bottom = self._type.getbbox(chr(glyph), anchor="ls", stroke_width=self._stroke)
        dot = _UNITS_PER_DOT // _TIMES
        return Extents(round(left * dot), round(-top * dot), round((right - left) * dot), round((top - bottom) * dot))

    def advance(self, glyph: int) -> int:
        """How far it moves the pen, in the units of `scale`."""
        return round(self._type.getlength(chr(glyph)) * _UNITS_PER_DOT / _TIMES)

    def inked(self, glyph: int) -> tuple[Image.Image, int, int]:
        """Its picture, `_TIMES` as large, and where that begins beside its origin, y downwards."""
        return _inked(self._path, self._size, self._stroke, chr(glyph))

    @property
    def _size(self) -> int:
        return self.scale[0] * _TIMES // _UNITS_PER_DOT

    @property
    def _stroke(self) -> int:
        return round(self.synthetic_bold[0] * self._size / 2)

    @property
    def _type(self) -> ImageFont.FreeTypeFont:
        return _opened(self._path, self._size)


@dataclass(frozen=True, slots=True)
class Extents:
    """As HarfBuzz's: the height is negative."""

    x_bearing: int
    y_bearing: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Info:
    """Which glyph."""

    codepoint: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where it stands."""

    x_advance: int
    x_offset: int = 0
    y_offset: int = 0


class Buffer:
    """A run of text, then its glyphs."""

    def __init__(self) -> None:
        self.text, self.language, self.direction = "", "", "ltr"
        self.glyph_infos: list[Info] = []
        self.glyph_positions: list[Position] = []

    def add_str(self, text: str) -> None:
        """The text."""
        self.text = text

    def guess_segment_properties(self) -> None:
        """Nothing depends on them here."""


def shape(font: Font, buffer: Buffer) -> None:
    """One glyph a character, side by side; what steers leaves none."""
    characters = [
        char
        for char in unicodedata.normalize("NFC", buffer.text)
        if unicodedata.category(char) not in {"Cf", "Mn", "Me"}
    ]
    if buffer.direction == "rtl":
        characters.reverse()
    buffer.glyph_infos = [Info(ord(char)) for char in characters]
    buffer.glyph_positions = [Position(font.advance(each.codepoint)) for each in buffer.glyph_infos]


@dataclass(frozen=True, slots=True)
class RasterExtents:
    """The picture: its corner at the lower left, y upwards, and its size."""

    x: int
    y: int
    width: int
    height: int
    stride: int = 0


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture, lowest row first, as HarfBuzz has it."""

    buffer: bytes
    extents: RasterExtents


class RasterDraw:
    """Draws glyphs into a picture whose upper edge is y = 0."""

    def __init__(self) -> None:
        self.scale_factor = (_UNITS_PER_DOT, _UNITS_PER_DOT)
        self.transform: tuple[float, ...] = (1, 0, 0, 1, 0, 0)
        self.extents = RasterExtents(0, 0, 0, 0)
        self._drawn: list[tuple[Image.Image, tuple[int, int]]] = []

    def draw_glyph(self, font: Font, glyph: int) -> None:
        """One glyph, at the place and in the width that `transform` says."""
        ink, left, top = font.inked(glyph)
        width, x, y = self.transform[0], self.transform[4], self.transform[5]
        if width != 1:
            ink, left = ink.resize((max(1, round(ink.width * width)), ink.height)), round(left * width)
        large = _TIMES / _UNITS_PER_DOT
        self._drawn.append((ink, (round(x * large) + left, round(-y * large) + top)))

    def render(self) -> Raster:
        """All of them: how much of each dot is covered, 0 to 255."""
        extents = self.extents
        page = Image.new("L", (extents.width * _TIMES, extents.height * _TIMES))
        for ink, (x, y) in self._drawn:
            box = (x, y, x + ink.width, y + ink.height)
            page.paste(ImageChops.lighter(page.crop(box), ink), box)
        small = page.reduce(_TIMES).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        return Raster(small.tobytes(), RasterExtents(extents.x, extents.y, extents.width, extents.height, small.width))


@lru_cache(maxsize=64)
def _opened(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=2048)
def _inked(path: str, size: int, stroke: int, char: str) -> tuple[Image.Image, int, int]:
    font = _opened(path, size)
    left, top, right, bottom = map(round, font.getbbox(char, anchor="ls", stroke_width=stroke))
    ink = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(ink).text((-left, -top), char, fill=255, font=font, anchor="ls", stroke_width=stroke)
    return ink, left, top


@cache
def _stands_alone(code_point: int) -> bool:
    char = chr(code_point)
    return (
        unicodedata.bidirectional(char) not in _FROM_THE_RIGHT
        and not unicodedata.category(char).startswith("M")
        and not unicodedata.name(char, "").startswith(_JOINS)
    )


def _mapped(font: bytes) -> Iterator[int]:
    """The code points of a font's `cmap` (OpenType 1.9), of whichever of its tables for all of Unicode."""
    tables = {tag: at for tag, at, _ in (_TABLE.unpack_from(font, 12 + 16 * each) for each in range(_u16(font, 4)))}
    cmap = tables[b"cmap"]
    for each in range(_u16(font, cmap + 2)):
        table = cmap + struct.unpack_from(">I", font, cmap + 8 + 8 * each)[0]
        kind = _u16(font, table)
        if kind == _GROUPS:
            for first, last, _ in struct.iter_unpack(
                ">III", font[table + 16 : table + 16 + 12 * struct.unpack_from(">I", font, table + 12)[0]]
            ):
                yield from range(first, last + 1)
        elif kind == _SEGMENTS:
            yield from _of_segments(font, table)


def _of_segments(font: bytes, table: int) -> Iterator[int]:
    """Of a table of the format 4, those that are mapped to a glyph."""
    size = _u16(font, table + 6)
    ends, starts, deltas, offsets = (table + 14 + extra + size * each for each, extra in enumerate((0, 2, 2, 2)))
    for at in range(0, size, 2):
        first, last, delta, offset = (_u16(font, part + at) for part in (starts, ends, deltas, offsets))
        for code_point in range(first, min(last, 0xFFFE) + 1):
            glyph = code_point
            if offset:
                glyph = _u16(font, offsets + at + offset + 2 * (code_point - first))
            if (glyph and (glyph + delta) & 0xFFFF) if offset else (glyph + delta) & 0xFFFF:
                yield code_point


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
