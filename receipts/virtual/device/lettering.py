"""A printer's own letters: one character in a cell of 12 by 24 dots (Font A) or 9 by 17 (Font B).

The faces of the slip are fitted into the cells, so that text mode can be seen without a printer's character ROM; real
letters look different and take the same room. A character without a glyph is a box, never an error. Code page numbers
are Epson's (ESC t); a page Python has no codec for reads as code page 437.
"""

import unicodedata
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw

from receipts.drawing.shaping import UNITS_PER_DOT, Type, shape_line
from receipts.fonts.harfbuzz import hb
from receipts.values.errors import UnprintableTextError
from receipts.virtual.device.raster import scaled

CELLS = ((12, 24), (9, 17))
"""Width and height in dots of Font A and Font B."""

_SIZES = (20, 15)  # dots per em that fill the cells
_BASELINES = (18, 13)
_HALF_COVERED = 128
_INK = [255 if coverage >= _HALF_COVERED else 0 for coverage in range(256)]
# fmt: off
_CODE_PAGES = {
    0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 11: "cp437", 12: "cp437", 13: "cp857", 14: "cp737",
    15: "iso8859_7", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 32: "cp720", 33: "cp775", 34: "cp855",
    35: "cp861", 36: "cp862", 37: "cp864", 38: "cp869", 39: "iso8859_2", 40: "iso8859_15", 45: "cp1250", 46: "cp1251",
    47: "cp1253", 48: "cp1254", 49: "cp1255", 50: "cp1256", 51: "cp1257", 52: "cp1258",
}
# fmt: on
_KATAKANA_PAGE = 1


def decoded(data: bytes, page: int) -> str:
    """`data` in code page `page`: one character for every byte."""
    if page == _KATAKANA_PAGE:
        return "".join(chr(byte - 0xA1 + 0xFF61) if 0xA1 <= byte <= 0xDF else chr(byte) for byte in data)  # noqa: PLR2004
    return data.decode(_CODE_PAGES.get(page, "cp437"), errors="replace")


@lru_cache(maxsize=2048)
def letter(char: str, font: int, across: int, down: int, *, bold: bool, underline: int, inverse: bool) -> Image.Image:
    """`char` in its cell, enlarged dot by dot, as an image in which a set dot is ink. Do not change it."""
    cell = _drawn(char, font)
    if bold:
        cell = ImageChops.logical_or(cell, ImageChops.offset(cell, 1, 0))
    cell = scaled(cell, across, down)
    if underline and not inverse:
        cell = cell.copy()
        ImageDraw.Draw(cell).rectangle((0, cell.height - underline, cell.width - 1, cell.height - 1), fill=255)
    return ImageChops.invert(cell) if inverse else cell


def _ruled(char: str, width: int, height: int) -> Image.Image | None:
    """A line-drawing character as its Unicode name describes it, double lines as single; None: it is not one."""
    words = unicodedata.name(char, "").split()
    if words[:2] != ["BOX", "DRAWINGS"]:
        return None
    cell = Image.new("1", (width, height))
    x, y = width // 2, height // 2
    arms = {
        "LEFT": (0, y, x + 1, y + 1),
        "RIGHT": (x, y, width, y + 1),
        "UP": (x, 0, x + 1, y + 1),
        "DOWN": (x, y, x + 1, height),
    }
    both = {"HORIZONTAL": ("LEFT", "RIGHT"), "VERTICAL": ("UP", "DOWN")}
    for word in words:
        for arm in both.get(word, (word,)):
            if arm in arms:
                ImageDraw.Draw(cell).rectangle(arms[arm], fill=255)
    return cell


def _drawn(char: str, font: int) -> Image.Image:
    width, height = CELLS[font]
    ruled = _ruled(char, width, height)
    if ruled is not None:
        return ruled
    try:
        line = shape_line(char, 0, "en", Type(_SIZES[font], "code"))
    except UnprintableTextError:
        box = Image.new("1", (width, height))
        ImageDraw.Draw(box).rectangle((1, 4, width - 2, height - 6), outline=255)
        return box
    if not line.glyphs or line.right <= line.left:
        return Image.new("1", (width, height))
    room = (width - 1) * UNITS_PER_DOT
    squeeze = min(1.0, room / (line.right - line.left))
    origin = (width * UNITS_PER_DOT - (line.right + line.left) * squeeze) / 2
    pen = hb.RasterDraw()
    pen.scale_factor = (UNITS_PER_DOT, UNITS_PER_DOT)
    pen.extents = hb.RasterExtents(0, -height, width, height, 0)
    for each in line.glyphs:
        x = round(origin + each.x * squeeze)
        pen.transform = (squeeze, 0, 0, 1, x, each.y - _BASELINES[font] * UNITS_PER_DOT)
        pen.draw_glyph(each.font, each.glyph)
    drawn = pen.render()
    grey = Image.frombytes("L", (width, height), bytes(drawn.buffer), "raw", "L", drawn.extents.stride, -1)
    return grey.point(_INK, "1")
