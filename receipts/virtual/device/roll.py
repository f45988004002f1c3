"""The paper: what stands on it since the last cut, the slips before, and how much is left.

The cutter is thought to sit at the head: a piece holds the rows printed since the last cut, without the blank paper a
printer feeds to bring them to its cutter (`Slip.cutter_feed_dots` says how much that was).
"""

from dataclasses import dataclass
from typing import Literal

from PIL import Image

from receipts.values.paper import DOTS_PER_BYTE

Ending = Literal["partial", "full", "torn", "uncut"]


@dataclass(frozen=True, slots=True)
class Slip:
    """A piece of paper, from cut to cut."""

    width_dots: int
    ink: bytes
    """Rows of `width_dots // 8` bytes, top to bottom; a set bit is a black dot."""
    ending: Ending
    """How it came off: a partial or full cut, torn by a power failure, or not yet."""
    at_s: float
    """When, by the machine's clock."""
    cutter_feed_dots: int = 0
    """Blank rows between the last row and the cut, which `ink` leaves out."""
    seams: tuple[int, ...] = ()
    """Rows above which a new roll began: in a person's hand, such a slip is more than one piece."""

    @property
    def rows(self) -> int:
        """Its height in dots."""
        return len(self.ink) // (self.width_dots // DOTS_PER_BYTE)

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all is printed on it."""
        return not any(self.ink)

    @property
    def image(self) -> Image.Image:
        """It as a black-on-white image of mode "1"."""
        return Image.frombytes("1", (self.width_dots, self.rows), self.ink, "raw", "1;I")


class Roll:
    """A roll of paper in the printer."""

    def __init__(self, width_dots: int, length_dots: int) -> None:
        self.width_dots = width_dots
        self._stride = width_dots // DOTS_PER_BYTE
        self._ink = bytearray()
        self._seams: list[int] = []
        self._length_dots = length_dots
        self.left_dots = length_dots
        """Paper left on it."""
        self.moved_dots = 0
        """Paper moved in all, over all rolls."""
        self.slips: list[Slip] = []
        """Finished pieces, in order. Whoever takes them may remove them."""

    @property
    def rows(self) -> int:
        """Rows since the last cut."""
        return len(self._ink) // self._stride

    def print_rows(self, ink: bytes) -> None:
        """Print rows as wide as the paper."""
        self._ink += ink
        self._move(len(ink) // self._stride)

    def feed(self, rows: int) -> None:
        """Blank rows that belong to the piece."""
        self._ink += bytes(rows * self._stride)
        self._move(rows)

    def feed_to_cutter(self, rows: int) -> None:
        """Blank rows that `Slip.ink` leaves out."""
        self._move(rows)

    def _move(self, rows: int) -> None:
        self.left_dots -= rows
        self.moved_dots += rows

    def come_off(self, ending: Ending, at_s: float, cutter_feed_dots: int = 0) -> Slip | None:
        """End the piece; None: there was nothing to end, and only a blank scrap fell."""
        if not self._ink:
            return None
        piece = self.piece(ending, at_s, cutter_feed_dots)
        self.slips.append(piece)
        self._ink.clear()
        self._seams.clear()
        return piece

    def piece(self, ending: Ending, at_s: float, cutter_feed_dots: int = 0) -> Slip:
        """What stands on the paper since the last cut; it may have no rows."""
        return Slip(self.width_dots, bytes(self._ink), ending, at_s, cutter_feed_dots, tuple(self._seams))

    def reload(self, length_dots: int | None = None) -> None:
        """Put in a full roll; what is printed so far stays the beginning of the piece."""
        self._length_dots = length_dots or self._length_dots
        self.left_dots = self._length_dots
        if self._ink:
            self._seams.append(self.rows)
