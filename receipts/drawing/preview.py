"""The same dots, for eyes instead of paper: half blocks for a terminal, a PNG for a file.

Half blocks show two dots per character, one above the other, which makes terminal cells nearly square pixels. Nothing
here knows a terminal library: a screen gets plain cells and colours them itself.
"""

import io
from typing import NamedTuple

from PIL import Image

from receipts.drawing import qr
from receipts.drawing.page import Page

UPPER_HALF = "▀"
_INK_BELOW = 128
_THIN_INK = 160
"""Small letters are thin, and lost at a half."""
_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


class Cell(NamedTuple):
    """One character: draw `char` in the grey `upper` on a ground of the grey `lower` (0 black to 255 white)."""

    char: str
    upper: int
    lower: int


def half_blocks(image: Image.Image, columns: int, rows: int | None = None) -> list[list[Cell]]:
    """`image` as lines of cells, `columns` wide at most and, unless None, `rows` high at most; never enlarged unevenly.

    Dots are averaged to greys, so small type stays a texture instead of breaking up.

    Raises:
        ValueError: there is not even one column or row to draw in.
    """
    if columns < 1 or (rows is not None and rows < 1):
        raise ValueError(f"no room for a picture in {columns} columns and {rows} rows")
    scale = columns / image.width
    if rows is not None:
        scale = min(scale, 2 * rows / image.height)
    width = max(1, round(image.width * scale))
    height = max(1, -(-round(image.height * scale) // 2)) * 2
    grey = image.convert("L").resize((width, height), Image.Resampling.BOX).tobytes()
    return [
        [Cell(UPPER_HALF, grey[y * width + x], grey[(y + 1) * width + x]) for x in range(width)]
        for y in range(0, height, 2)
    ]


def text(image: Image.Image, columns: int) -> str:
    """`image` in plain characters, ink as blocks: for logs, goldens and terminals without greys."""
    return "\n".join(
        "".join(_BLOCKS[cell.upper < _INK_BELOW, cell.lower < _INK_BELOW] for cell in line).rstrip()
        for line in half_blocks(image, columns)
    )


def reversed_text(image: Image.Image, columns: int) -> str:
    """The same in reverse video, for a terminal that shows no colours: light paper on a dark ground."""
    return "\n".join(
        f"\x1b[7m{''.join(_BLOCKS[cell.upper < _THIN_INK, cell.lower < _THIN_INK] for cell in line)}\x1b[0m"
        for line in half_blocks(image, columns)
    )


def qr_half_blocks(qr_text: str) -> str:
    """The QR in plain characters with its quiet zone: show it in a dark colour on a light ground and a phone reads it.

    One module is half a character high and one wide; every line has the same length.

    Raises:
        QrTooLargeError: no QR holds that much text.
    """
    symbol = qr.symbol(qr_text)
    margin = qr.QUIET_MODULES
    side = symbol.side + 2 * margin
    white = (False,) * side
    framed = (
        [white] * margin + [(False,) * margin + row + (False,) * margin for row in symbol.modules] + [white] * margin
    )
    if side % 2:
        framed.append(white)
    return "\n".join(
        "".join(_BLOCKS[upper, lower] for upper, lower in zip(framed[y], framed[y + 1], strict=True))
        for y in range(0, len(framed), 2)
    )


def png_bytes(page: Page) -> bytes:
    """The page as a black-and-white PNG that knows its size on paper (dots per inch)."""
    file = io.BytesIO()
    page.image.save(file, format="PNG", dpi=(page.paper.dpi, page.paper.dpi), optimize=False)
    return file.getvalue()
