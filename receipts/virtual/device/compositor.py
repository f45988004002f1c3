"""Commands to motions: what the paper has to do for each of them, in the printer's present modes.

Knows letters, alignment, spacing, images and QR; knows neither time nor faults. A command that needs the motor answers
with motions, any other changes a mode. What real printers do and this one does not: page mode, rotation, upside-down,
two-byte characters, the sizes of bars (a barcode is a labelled box), and images kept in the printer's memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from PIL import Image, ImageChops, ImageDraw

from receipts.drawing import qr
from receipts.values.errors import QrTooLargeError
from receipts.values.paper import DOTS_PER_BYTE, Paper
from receipts.virtual.device import raster
from receipts.virtual.device.commands import Command, Rows, Text, Token


@dataclass(slots=True)
class Strip:
    """Rows to print, as wide as the paper."""

    ink: bytes


@dataclass(slots=True)
class Feed:
    """Blank rows; on the way to the cutter they are no part of the slip."""

    rows: int
    to_cutter: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """The cutter moves."""

    is_full: bool


@dataclass(frozen=True, slots=True)
class Tell:
    """An answer that waits until the motor stands still."""

    answer: bytes


Motion = Strip | Feed | Cut | Tell

_FULL_CUTS = frozenset({0, 48, 65, 97, 103})
_LINE_SPACING = 30
"""Dots: Epson's default of 3.75 mm."""
_TAB_COLUMNS = 8
_MOST_IMAGE_ROWS = 4096
_QR_CELL_DOTS = 3
_QR_LEVELS = "LMQH"
_BIT_IMAGE_DOTS = {0: (2, 3), 1: (1, 3), 32: (2, 1), 33: (1, 1)}
"""ESC * mode → how wide and high one of its dots is, on a head of 8 dots per mm."""


@dataclass(slots=True)
class _Modes:
    """Everything ESC @ sets back."""

    align: int = 0
    font: int = 0
    across: int = 1
    down: int = 1
    is_bold: bool = False
    underline: int = 0
    is_inverse: bool = False
    code_page: int = 0
    spacing: int = _LINE_SPACING
    letter_gap: int = 0
    left: int = 0
    area: int = 0
    tabs: tuple[int, ...] = ()
    qr_cell: int = _QR_CELL_DOTS
    qr_level: str = "L"
    qr_text: str = ""
    stored: list[Image.Image] = field(default_factory=list)


class Compositor:
    """Sets what the commands say, line by line, for one width of paper."""

    def __init__(self, paper: Paper, cutter_dots: int) -> None:
        self._paper = paper
        self._paper_bytes = paper.width_dots // DOTS_PER_BYTE
        self._cutter_dots = cutter_dots
        self._modes = _Modes(area=paper.width_dots)
        self._line: list[tuple[int, Image.Image]] = []
        self._pen = 0

    def reset(self) -> None:
        """ESC @: the present line and every mode are gone."""
        self._modes = _Modes(area=self._paper.width_dots)
        self.clear_line()

    def _initialize(self, _args: bytes) -> list[Motion]:
        self.reset()
        return []

    def clear_line(self) -> None:
        """Lose what waits for its line feed."""
        self._line.clear()
        self._pen = 0

    def set(self, token: Token) -> list[Motion]:
        """Do what `token` says: motions, or none when it only changed a mode or is not for paper."""
        match token:
            case Text(data):
                return self._text(data)
            case Rows():
                return [*self._line_out(fed=False), Strip(self._raster(token))]
            case Command(code, args):
                setting = _MODES.get(code)
                if setting is not None:
                    setting(self._modes, args[0])
                    return []
                doing = self._DOINGS.get(code)
                return doing(self, args) if doing else []

    def _raster(self, rows: Rows) -> bytes:
        across, down = 1 + (rows.doubled & 1), 1 + (rows.doubled >> 1)
        left = self._left_of(rows.width_bytes * DOTS_PER_BYTE * across)
        if across == down == 1:
            return raster.placed(rows.data, rows.width_bytes, left, self._paper_bytes)
        return self._rows_of(raster.scaled(raster.ink(rows.data, rows.width_bytes), across, down))

    def _left_of(self, width: int) -> int:
        """Where something `width` dots wide begins."""
        return self._modes.left + max(self._modes.area - width, 0) * self._modes.align // 2

    def _rows_of(self, image: Image.Image) -> bytes:
        canvas = Image.new("1", (self._paper.width_dots, image.height))
        canvas.paste(image, (self._left_of(image.width), 0))
        return canvas.tobytes()

    def _text(self, data: bytes) -> list[Motion]:
        from receipts.virtual.device import lettering

        modes = self._modes
        motions: list[Motion] = []
        for char in lettering.decoded(data, modes.code_page):
            cell = lettering.letter(
                char,
                modes.font,
                modes.across,
                modes.down,
                bold=modes.is_bold,
                underline=modes.underline,
                inverse=modes.is_inverse,
            )
            motions += self._add(cell, modes.letter_gap * modes.across)
        return motions

    def _add(self, image: Image.Image, gap: int = 0) -> list[Motion]:
        """Put `image` at the pen; a full line goes out first."""
        motions = self._line_out() if self._pen and self._pen + image.width > self._modes.area else []
        self._line.append((self._pen, image))
        self._pen += image.width + gap
        return motions

    def _line_out(self, *, fed: bool = True) -> list[Motion]:
        """Print the present line and, if `fed`, advance by the line spacing, or its height where that is more."""
        height = max((image.height for _, image in self._line), default=0)
        motions: list[Motion] = []
        if height:
            setting = Image.new("1", (min(self._pen, self._modes.area), height))
            for x, image in self._line:
                setting.paste(image, (x, height - image.height))
            motions.append(Strip(self._rows_of(setting)))
        if fed and self._modes.spacing > height:
            motions.append(Feed(self._modes.spacing - height))
        self.clear_line()
        return motions

    def _line_feed(self, _args: bytes) -> list[Motion]:
        return self._line_out()

    def _tab(self, _args: bytes) -> list[Motion]:
        column = (12 if self._modes.font == 0 else 9) * self._modes.across
        stops = self._modes.tabs or tuple(range(_TAB_COLUMNS, 256, _TAB_COLUMNS))
        self._move_pen(next((stop * column for stop in stops if stop * column > self._pen), self._pen))
        return []

    def _set_tabs(self, args: bytes) -> list[Motion]:
        self._modes.tabs = tuple(args) or (0,)
        return []

    def _move_pen(self, to: int) -> None:
        self._pen = max(0, min(to, self._modes.area))

    def _pen_to(self, args: bytes) -> list[Motion]:
        self._move_pen(int.from_bytes(args, "little"))
        return []

    def _pen_by(self, args: bytes) -> list[Motion]:
        self._move_pen(self._pen + int.from_bytes(args, "little", signed=True))
        return []

    def _left_margin(self, args: bytes) -> list[Motion]:
        left = min(int.from_bytes(args, "little"), self._paper.width_dots - DOTS_PER_BYTE)
        self._modes.left = left
        self._modes.area = min(self._modes.area, self._paper.width_dots - left)
        return []

    def _print_width(self, args: bytes) -> list[Motion]:
        width = int.from_bytes(args, "little") or self._paper.width_dots
        self._modes.area = min(width, self._paper.width_dots - self._modes.left)
        return []

    def _default_spacing(self, _args: bytes) -> list[Motion]:
        self._modes.spacing = _LINE_SPACING
        return []

    def _feed_dots(self, args: bytes) -> list[Motion]:
        return [*self._line_out(fed=False), *_feed(args[0])]

    def _feed_lines(self, args: bytes) -> list[Motion]:
        if not args[0]:
            return self._line_out(fed=False)
        return [*self._line_out(), *_feed((args[0] - 1) * self._modes.spacing)]

    def _bit_image(self, args: bytes) -> list[Motion]:
        mode, data = args[0], args[1:]
        if not data:
            return []
        across, down = _BIT_IMAGE_DOTS[mode]
        return self._add(raster.scaled(raster.from_columns(data, 1 if mode <= 1 else 3), across, down))

    def _graphics(self, args: bytes) -> list[Motion]:
        match args[1:2]:
            case b"\x70" if len(args) > 10:  # noqa: PLR2004  (fn 112: eight bytes of sizes, then the dots)
                self._store(args)
            case b"\x02" | b"\x32":
                strips: list[Motion] = [Strip(self._rows_of(image)) for image in self._modes.stored]
                self._modes.stored.clear()
                return [*self._line_out(fed=False), *strips]
        return []

    def _store(self, args: bytes) -> None:
        across, down = (2 if each == 2 else 1 for each in args[3:5])  # noqa: PLR2004
        width_bytes = -(-int.from_bytes(args[6:8], "little") // DOTS_PER_BYTE)
        data = args[10:]
        rows = min(int.from_bytes(args[8:10], "little"), _MOST_IMAGE_ROWS, len(data) // max(width_bytes, 1))
        if width_bytes and rows and len(self._modes.stored) < DOTS_PER_BYTE:
            image = raster.ink(data[: rows * width_bytes], width_bytes)
            kept = image.crop((0, 0, min(image.width, self._paper.width_dots), rows))
            self._modes.stored.append(raster.scaled(kept, across, down))

    def _symbol(self, args: bytes) -> list[Motion]:
        """GS ( k for QR codes; without a quiet zone and centred like any image. What does not fit prints nothing."""
        modes = self._modes
        match args[:2], args[2:]:
            case b"1C", cell if cell:
                modes.qr_cell = min(max(cell[0], 1), 16)
            case b"1E", level if level and level[0] - 48 in range(4):
                modes.qr_level = _QR_LEVELS[level[0] - 48]
            case b"1P", data:
                modes.qr_text = data[1:].decode("utf-8", errors="replace")
            case b"1Q", _ if modes.qr_text:
                return [*self._line_out(fed=False), *self._qr()]
        return []

    def _qr(self) -> list[Motion]:
        try:
            symbol = qr.symbol(self._modes.qr_text, self._modes.qr_level)
        except QrTooLargeError:
            return []
        if symbol.side * self._modes.qr_cell > self._modes.area:
            return []
        return [Strip(self._rows_of(ImageChops.invert(symbol.drawn(self._modes.qr_cell))))]

    def _barcode(self, args: bytes) -> list[Motion]:
        from receipts.virtual.device import lettering

        label = "".join(char for char in args[1:].decode("ascii", errors="replace") if char.isprintable())[:24]
        cells = [lettering.letter(char, 0, 1, 1, bold=False, underline=0, inverse=False) for char in f"barcode {label}"]
        width = sum(cell.width for cell in cells)
        box = Image.new("1", (min(width + 24, self._modes.area), 64))
        for number, cell in enumerate(cells):
            box.paste(cell, (12 + number * cell.width, 20))
        ImageDraw.Draw(box).rectangle((0, 0, box.width - 1, box.height - 1), outline=255, width=2)
        return [*self._line_out(fed=False), Strip(self._rows_of(box))]

    def _cut(self, args: bytes) -> list[Motion]:
        how = args[0] if args else 1
        motions = self._line_out(fed=False)
        if len(args) > 1:
            motions.append(Feed(self._cutter_dots + args[1], to_cutter=True))
        return [*motions, Cut(how in _FULL_CUTS)]

    _DOINGS: ClassVar[dict[bytes, Callable[["Compositor", bytes], list[Motion]]]] = {
        b"\x1b@": _initialize,
        b"\n": _line_feed,
        b"\t": _tab,
        b"\x1b2": _default_spacing,
        b"\x1bD": _set_tabs,
        b"\x1b$": _pen_to,
        b"\x1b\\": _pen_by,
        b"\x1dL": _left_margin,
        b"\x1dW": _print_width,
        b"\x1bJ": _feed_dots,
        b"\x1bd": _feed_lines,
        b"\x1b*": _bit_image,
        b"\x1d(L": _graphics,
        b"\x1d(k": _symbol,
        b"\x1dk": _barcode,
        b"\x1dV": _cut,
        b"\x1bi": _cut,
        b"\x1bm": _cut,
    }


def _feed(rows: int) -> list[Motion]:
    return [Feed(rows)] if rows else []


def _mode(name: str, value: Callable[[int], int | bool]) -> Callable[[_Modes, int], None]:
    return lambda modes, n: setattr(modes, name, value(n))


def _print_mode(modes: _Modes, n: int) -> None:
    modes.font, modes.is_bold, modes.underline = n & 1, bool(n & 8), 2 if n & 128 else 0
    modes.down, modes.across = (2 if n & 16 else 1), (2 if n & 32 else 1)


def _size(modes: _Modes, n: int) -> None:
    modes.across, modes.down = (n >> 4 & 7) + 1, (n & 7) + 1


_MODES: dict[bytes, Callable[[_Modes, int], None]] = {
    b"\x1ba": _mode("align", lambda n: {1: 1, 49: 1, 2: 2, 50: 2}.get(n, 0)),
    b"\x1bE": _mode("is_bold", lambda n: bool(n & 1)),
    b"\x1bG": _mode("is_bold", lambda n: bool(n & 1)),
    b"\x1bM": _mode("font", lambda n: n & 1),
    b"\x1bt": _mode("code_page", lambda n: n),
    b"\x1b3": _mode("spacing", lambda n: n),
    b"\x1b ": _mode("letter_gap", lambda n: n),
    b"\x1b-": _mode("underline", lambda n: n % 48 if n % 48 <= 2 else 0),  # noqa: PLR2004
    b"\x1dB": _mode("is_inverse", lambda n: bool(n & 1)),
    b"\x1b!": _print_mode,
    b"\x1d!": _size,
}
