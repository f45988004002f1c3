"""The two rolls cafés use, in the printer's own unit, the dot.

A paper is the printable width, not the roll's: a 58 mm roll prints 48 mm. Refuses to guess: a printer with another
head gets its own `Paper`.
"""

from dataclasses import dataclass

DOTS_PER_BYTE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A printable width.

    Raises:
        ValueError: the width is not a whole number of bytes; raster commands count bytes.
    """

    name: str
    width_dots: int
    dpi: int
    """Dots per inch; 203 is 8 dots per millimetre."""
    columns: int
    """Characters of the printer's own 12-dot Font A in one line."""

    def __post_init__(self) -> None:
        if self.width_dots <= 0 or self.width_dots % DOTS_PER_BYTE:
            raise ValueError(f"width_dots must be a positive multiple of {DOTS_PER_BYTE}, not {self.width_dots}")


# Source: the POS-5890 profile of python-escpos 3.1 (384 dots, 32 columns of Font A): a 48 mm head, 8 dots per mm.
PAPER_58 = Paper(name="58 mm", width_dots=384, dpi=203, columns=32)

# Source: Epson's 80 mm printers at 203 dpi (TM-T20II and later): a 72 mm head, 576 dots, 48 columns of Font A.
PAPER_80 = Paper(name="80 mm", width_dots=576, dpi=203, columns=48)
