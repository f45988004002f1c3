"""One line of words to placed glyphs: faces chosen, directions resolved, shaped by HarfBuzz, put side by side.

Positions are in 1/64 dot, y upwards, relative to the start of the line on its baseline. Latin and Japanese glyphs
start on whole dots, so that a letter looks the same wherever it stands; joined scripts keep their fractions, so that
strokes meet, and so do all of the machine's own fonts. Refuses to know how wide the paper is.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

from receipts.fonts.faces import Behind, Face, Weight, clusters, script
from receipts.fonts.harfbuzz import hb
from receipts.text_flow import direction

UNITS_PER_DOT = 64

_JOINED = frozenset({"Vazirmatn-Medium", "Vazirmatn-Bold", "NotoSansDevanagari-Medium", "NotoSansDevanagari-Bold"})
# Arabic letters are small in their em; beside Latin they are set larger.
_OPTICAL = {"Vazirmatn-Medium": 1.1, "Vazirmatn-Bold": 1.1}
# One weight serves Japanese: its bold is as dark as a Latin medium, and 0.028 em more (by eye) as a Latin bold.
_EMBOLDENED = {("BIZUDPGothic-Bold", "strong"): 0.028}
_SYMBOLS_THICKER = 0.04  # by eye: a hairline of one thousandth of an em is a dot then, at the size of a shop's name


@dataclass(frozen=True, slots=True)
class Type:
    """How a block is set: size in dots per em, weight, extra space between clusters in ems, and what else may draw."""

    size: int
    weight: Weight = "text"
    tracking: float = 0.0
    behind: Behind = ()


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph and its origin."""

    font: hb.Font
    glyph: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """A shaped line: its glyphs from left to right, how far it moves the pen, and the box of its ink."""

    glyphs: tuple[Glyph, ...]
    advance: int
    left: int
    right: int
    bottom: int
    top: int


def shape_line(text: str, base: int, language: str, style: Type) -> Line:
    """Set one line; `base` is the level of its paragraph (`direction.base_level`).

    Raises:
        UnprintableTextError: a character no face can draw.
    """
    levels = direction.with_trailing_space_at(base, text, direction.levels(text, base))
    runs: list[tuple[str, Face, int, float, str]] = []
    position = 0
    for cluster, face in clusters(text, language, style.weight, style.behind):
        before = runs[-1][-1] if runs and runs[-1][1] is face else ""
        like = (face, levels[position], _boldness(cluster, face, style.weight), _script(cluster, face, before))
        position += len(cluster)
        if runs and runs[-1][1:] == like:
            runs[-1] = (runs[-1][0] + cluster, *like)
        else:
            runs.append((cluster, *like))
    glyphs: list[Glyph] = []
    x = 0
    for index in direction.visual_order([level for _, _, level, *_ in runs]):
        x = _shape_run(*runs[index][:-1], language=language, style=style, x=x, into=glyphs)
    if style.tracking and glyphs:
        x -= round(style.tracking * style.size * UNITS_PER_DOT)
    return _boxed(tuple(glyphs), x)


def _script(cluster: str, face: Face, before: str) -> str:
    """The script of a letter in a font that may hold several, as HarfBuzz shapes by one; other signs go with theirs."""
    is_letter = face.file is not None and unicodedata.category(cluster[0]) in {"Lo", "Lu", "Ll"}
    return script(cluster[0]) if is_letter else before


def _boldness(cluster: str, face: Face, weight: Weight) -> float:
    """How many ems to thicken by: one weight for another, and symbols, drawn for screens, so that none fades away."""
    if face.file is not None and unicodedata.category(cluster[0]) == "So":
        return max(face.boldness, _SYMBOLS_THICKER)
    return _EMBOLDENED.get((face.name, weight), face.boldness)


def _shape_run(
    text: str, face: Face, level: int, boldness: float, *, language: str, style: Type, x: int, into: list[Glyph]
) -> int:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.language = language
    buffer.direction = "rtl" if level % 2 else "ltr"
    font = _font(face, round(style.size * _OPTICAL.get(face.name, 1.0)), boldness)
    hb.shape(font, buffer)
    joined = face.name in _JOINED or face.file is not None
    tracking = 0 if joined else round(style.tracking * style.size * UNITS_PER_DOT)
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        at = x + position.x_offset
        whole = at if joined else (at + UNITS_PER_DOT // 2) // UNITS_PER_DOT * UNITS_PER_DOT
        into.append(Glyph(font, info.codepoint, whole, position.y_offset))
        x += position.x_advance + (tracking if position.x_advance else 0)
    return x


@cache
def _font(face: Face, size: int, emboldened: float) -> hb.Font:
    font = hb.Font(face.font)
    font.scale = (size * UNITS_PER_DOT, size * UNITS_PER_DOT)
    if face.weight is not None:
        font.set_variation("wght", face.weight)
    font.synthetic_bold = (emboldened, emboldened, True)
    return font


def _boxed(glyphs: tuple[Glyph, ...], advance: int) -> Line:
    left = right = bottom = top = None
    for each in glyphs:
        ink = each.font.get_glyph_extents(each.glyph)
        if ink is None or not ink.width:
            continue
        x, y = each.x + ink.x_bearing, each.y + ink.y_bearing
        left = x if left is None else min(left, x)
        right = x + ink.width if right is None else max(right, x + ink.width)
        top = y if top is None else max(top, y)
        bottom = y + ink.height if bottom is None else min(bottom, y + ink.height)
    return Line(glyphs, advance, left or 0, right or 0, bottom or 0, top or 0)
