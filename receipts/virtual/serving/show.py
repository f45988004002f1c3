"""A finished slip for a person's eyes: as half blocks in a terminal of 256 colours, and as a PNG in a folder."""

import io
import re
from pathlib import Path

from receipts.drawing.preview import half_blocks, reversed_text
from receipts.transport.preview import write_whole
from receipts.virtual.device.roll import Slip

_LIGHTEST, _GREYS, _FIRST_GREY, _WHITE = 255, 24, 232, 231
_DOTS_PER_COLUMN = 4  # finer than that, letters are no better read and the slip outgrows the screen
_NAME = re.compile(r"slip-(\d{4,})\.png")


def picture(slip: Slip, columns: int) -> str:
    """The slip in half blocks and greys, at most `columns` wide; "" for a slip without rows."""
    if not slip.rows:
        return ""
    lines = []
    for cells in half_blocks(slip.image, max(1, min(columns, slip.width_dots // _DOTS_PER_COLUMN))):
        line, last = [], None
        for cell in cells:
            if (cell.upper, cell.lower) != last:
                line.append(f"\x1b[38;5;{_colour(cell.upper)};48;5;{_colour(cell.lower)}m")
                last = cell.upper, cell.lower
            line.append(cell.char)
        lines.append("".join(line) + "\x1b[0m")
    return "\n".join(lines)


def picture_without_colours(slip: Slip, columns: int) -> str:
    """The same where there are none."""
    return reversed_text(slip.image, max(1, min(columns, slip.width_dots // _DOTS_PER_COLUMN))) if slip.rows else ""


def _colour(grey: int) -> int:
    """The nearest of the 256 colours."""
    return _WHITE if grey == _LIGHTEST else _FIRST_GREY + grey * _GREYS // (_LIGHTEST + 1)


class Album:
    """PNGs of slips in a folder, numbered on from what is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: int | None = None

    def keep(self, slip: Slip, dpi: int) -> Path:
        """Save the slip under the next number, whole or not at all; the folder is made if need be.

        Raises:
            OSError: no room, no right.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._last is None:
            found = (_NAME.fullmatch(each.name) for each in self._folder.iterdir())
            self._last = max((int(each[1]) for each in found if each), default=0)
        file = io.BytesIO()
        slip.image.save(file, format="PNG", dpi=(dpi, dpi))
        target = self._folder / f"slip-{self._last + 1:04}.png"
        write_whole(target, file.getvalue())
        self._last += 1
        return target
