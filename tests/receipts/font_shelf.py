"""Fonts for tests: a few letters of Noto that lie beside them, and fonts made here that lie about what they draw."""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from receipts.fonts.system_fonts import Folders

SHELF = Path(__file__).parent.parent / "fonts"
MACHINE = Folders((SHELF,))
"""A machine whose fonts are those, and no others."""

EM = 1000


def box(left: int, right: int) -> object:
    """A glyph: a rectangle."""
    pen = TTGlyphPen(None)
    pen.moveTo((left, 0))
    for point in ((left, 700), (right, 700), (right, 0)):
        pen.lineTo(point)
    pen.closePath()
    return pen.glyph()


def nothing() -> object:
    """A glyph without an outline, as emoji in colours have."""
    return TTGlyphPen(None).glyph()


def made_font(path: Path, drawn: dict[int, object], *, family: str = "Made", heavier: bool = False) -> Path:
    """A font that maps each code point to its glyph; `heavier`: it is variable, from weight 100 to 900.

    Its box for what is missing is `box(100, 400)`.
    """
    glyphs: dict[str, object] = {".notdef": box(100, 400)}
    glyphs |= {f"u{point:x}": glyph for point, glyph in drawn.items()}
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({point: f"u{point:x}" for point in drawn})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "fullName": family})
    builder.setupOS2(usWeightClass=400)
    builder.setupPost()
    if heavier:
        from fontTools.ttLib.tables.TupleVariation import TupleVariation

        builder.setupFvar([("wght", 100, 400, 900, "Weight")], [])
        wider = [(0, 0), (0, 0), (200, 0), (200, 0)]
        still = [(0, 0)] * 4  # the advance and the three other phantom points
        heavy = [TupleVariation({"wght": (0, 1, 1)}, wider + still)]
        builder.setupGvar({name: [] if name == ".notdef" else heavy for name in glyphs})
    builder.save(path)
    return path
