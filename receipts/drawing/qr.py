"""The QR symbol, one bit per module, and how large to draw it; the only module that knows the `qrcode` package.

The same modules go to paper, to the screen and to a PNG, and are only ever multiplied, never interpolated. How much
error correction a symbol carries follows from the room it has: the most that still leaves modules of 6 dots (0.75 mm),
because a dead head column or a wet thumb costs more than a few rows of paper. Measured on simulated 48 mm heads, level
Q and H at 6 dots survived blots of 10 % of the symbol, L and M did not; and three dead columns side by side were read
wherever they stood when a module was 7 dots, but not through the corner squares when it was 6.

`https` in small letters before an address in capitals is a segment of bytes of its own: 25 bits more than all of it in
alphanumeric mode, one version at the most. qrcode 8.2 divides a text so by itself, but only where the capitals behind
are 20 letters or more; in an address with a code they are 21 at least.
"""

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from receipts.values.errors import QrTooLargeError

QUIET_MODULES = 4
"""White on every side, in modules (ISO/IEC 18004, 9.1)."""
GOOD_MODULE_DOTS = 7
FAIR_MODULE_DOTS = 6
SMALLEST_MODULE_DOTS = 5

_LEVELS = "HQML"  # from the most error correction to the least


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR symbol without its quiet zone; True is dark."""

    modules: tuple[tuple[bool, ...], ...]
    level: str
    """Error correction: "L", "M", "Q" or "H"."""

    @property
    def side(self) -> int:
        """Modules along one side."""
        return len(self.modules)

    def drawn(self, module_dots: int) -> Image.Image:
        """The symbol as a black-on-white image, `module_dots` per module, without quiet zone."""
        image = Image.new("1", (self.side, self.side), 255)
        image.putdata([0 if dark else 255 for row in self.modules for dark in row])
        return image.resize((self.side * module_dots, self.side * module_dots), Image.Resampling.NEAREST)


@lru_cache(maxsize=16)
def symbol(text: str, level: str = "M") -> Symbol:
    """`text` as the smallest symbol of error correction `level`.

    Raises:
        QrTooLargeError: no QR symbol holds that much text.
    """
    from qrcode import QRCode, constants
    from qrcode.exceptions import DataOverflowError

    maker = QRCode(error_correction=getattr(constants, f"ERROR_CORRECT_{level}"), border=0)
    try:
        maker.add_data(text)
        maker.make(fit=True)
    except (DataOverflowError, ValueError) as overflow:
        raise QrTooLargeError(f"no QR holds {len(text)} characters at level {level}") from overflow
    return Symbol(tuple(tuple(map(bool, row)) for row in maker.get_matrix()), level)


def fitted(text: str, *, width_dots: int, at_ease_dots: int) -> tuple[Symbol, int]:
    """The symbol for `text` and its module size in dots, for paper `width_dots` wide.

    `at_ease_dots` is how wide the symbol may be without need; it grows beyond only to reach `GOOD_MODULE_DOTS`, where
    the paper is wide enough for that. No error correction is given up for more than `FAIR_MODULE_DOTS`.

    Raises:
        QrTooLargeError: even the least error correction leaves modules below `SMALLEST_MODULE_DOTS`.
    """
    for floor in (FAIR_MODULE_DOTS, SMALLEST_MODULE_DOTS):
        for level in _LEVELS:
            try:
                candidate = symbol(text, level)
            except QrTooLargeError:
                continue
            widest = width_dots // (candidate.side + 2 * QUIET_MODULES)
            if widest >= floor:
                return candidate, max(min(widest, at_ease_dots // candidate.side), min(widest, GOOD_MODULE_DOTS))
    raise QrTooLargeError(
        f"the QR text of {len(text)} characters needs modules below {SMALLEST_MODULE_DOTS} dots on this paper"
    )
