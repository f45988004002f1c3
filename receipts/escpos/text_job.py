"""A slip in the printer's own letters: for slow serial lines, where a picture takes half a minute, and for impact.

The order of things is that of `receipts.drawing.page`; what a picture does with type is done here with double letters,
rules and white. The code stands in plain ASCII, large and in one line, because it is the one thing that must be
readable whatever the printer makes of everything else.

Used are only commands that impact printers and clones obey as well: ESC @, ESC ! for sizes, ESC E, ESC a, ESC t, ESC R
(a national set would change the @ of a web address), line feeds, GS V. Two that not all know are sent only where
needed: FS . before letters beyond ASCII, because printers sold in China and Japan begin in a mode that takes two of
those for one character; GS v 0 or GS ( k for the QR.

A native QR can fail without a word: printers take different ranges of module sizes, and print nothing at all where
the symbol is wider than the paper. So a raster symbol is the default, and a native one stays below both limits.
Refuses text that no code page known of the printer holds; ask `can_be_text` first and print a picture then.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from PIL import Image

from receipts.drawing import qr
from receipts.drawing.page import LONGEST_SLIP_DOTS, first_sentence
from receipts.drawing.slip import Slip
from receipts.escpos import escpos_door
from receipts.escpos.code_pages import AGREED, NO_BREAK_SPACE, TRIED, Pager, Pages, tidied, unheld, unholdable
from receipts.escpos.job import BAND_HEADER_BYTES, Job, raster
from receipts.escpos.raster_job import bands
from receipts.text_flow.line_breaks import break_lines, longest_word, with_numbers_whole
from receipts.values.errors import SlipTooLongError
from receipts.values.paper import Paper

QrMode = Literal["raster", "native", "none"]

IMPACT_COLUMNS = 40
"""The most that fits every impact printer with 76 mm paper: they have 40 or 42 columns."""

_NATIVE_MODULE_DOTS = 5
"""In the range of every manual read: 1 to 16, 1 to 8, 2 to 5."""
_LONGEST_DOUBLE_LINES = 4
_CUT_BYTES, _QR_HEADER_BYTES = 4, 8
_NO_NATIONAL_SET, _NO_KANJI, _TO_THE_LEFT = b"\x1bR\0", b"\x1c.", b"\x1ba\0"

# The cup of the picture, with four characters for its drawing and nothing that a national set replaces.
_STEAM = "  ( ( (      "
_RIM = "|         |-."
_COFFEE = "|:::::::::| :"
_BASE = "'---------'-'"
_HALF_EMPTY = (_STEAM, _RIM, _COFFEE, _BASE)
_FULL = (_STEAM, "|:::::::::|-.", _COFFEE, _BASE)


class Size(NamedTuple):
    """How often a letter's width and height are doubled; `bold` prints it twice."""

    wide: bool = False
    tall: bool = False
    bold: bool = False


_NORMAL, _BOLD, _TALL, _DOUBLE = Size(), Size(bold=True), Size(tall=True, bold=True), Size(True, True, True)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: Size = _NORMAL


class _Symbol:
    """Where the QR stands."""


class _Cut:
    """Where a part ends."""


_Piece = _Line | _Symbol | _Cut


def can_be_text(slip: Slip, pages: Pages = AGREED) -> bool:
    """Whether the printer's own letters suffice for `slip`; `pages` are those it is known to have."""
    return not unheld(all_words(slip), pages) and tidied(slip.code).isascii()


def encode_text(slip: Slip, paper: Paper, *, qr: QrMode, pages: Pages = AGREED) -> Job:
    """`slip` as text, wrapped at `paper.columns`; with `qr="none"`, as on impact printers, at `IMPACT_COLUMNS` at most.

    Raises:
        UnprintableTextError: names every character that no code page holds, and in the code every one beyond ASCII.
        QrTooLargeError: the QR text is too long for this width.
        SlipTooLongError: the words need more paper than `LONGEST_SLIP_DOTS`, as in a picture.
    """
    refused = (*unheld(all_words(slip), pages), *(char for char in tidied(slip.code) if not char.isascii()))
    if refused:
        raise unholdable(tuple(dict.fromkeys(refused)))
    columns = paper.columns if qr != "none" else min(paper.columns, IMPACT_COLUMNS)
    pieces = _front(_Setter(slip, columns), qr) + _back(_Setter(slip, columns))
    height = sum(_height_dots(piece, paper) for piece in pieces)
    if height > LONGEST_SLIP_DOTS:
        raise SlipTooLongError(height, LONGEST_SLIP_DOTS)
    return _Writer(slip, paper, qr, pages).job(pieces)


def _height_dots(piece: _Piece, paper: Paper) -> int:
    """How much paper a line takes at the spacing printers wake up with: six to the inch."""
    return paper.dpi // 6 * (1 + piece.size.tall) if isinstance(piece, _Line) else 0


def page_lines(lines: tuple[int, ...]) -> Job:
    """The end of a test slip: numbered lines of `code_pages.TRIED`, each in the page that it tries.

    Before each the page that every printer has is selected, because a printer that does not know a number stays where
    it was, and the line before would make it look right.
    """
    printer = escpos_door.commands()
    printer.hw("INIT")
    start = bytes(printer.output)
    commands = [_TO_THE_LEFT + _NO_NATIONAL_SET + _NO_KANJI + b"\n"]
    for line in lines:
        page = TRIED[line - 1]
        selected = b"".join(b"\x1bt" + bytes([number]) for number in (AGREED[0].number, page.number))
        commands.append(b"%3d  " % line + selected + page.sample.encode(page.codec) + b"\n")
    printer.clear()
    printer.cut(feed=False)
    return Job(start, (*commands, b"\n" + bytes(printer.output)), max(map(len, commands)))


def all_words(slip: Slip) -> str:
    """Every word of the slip, for what its letters are asked about."""
    words = (slip.banner, slip.copy_mark, slip.headline, slip.apology, slip.offer, slip.valid, slip.code)
    return "\n".join((*filter(None, words), slip.scan_hint, slip.store, slip.back_title, slip.back_text, *slip.contact))


class _Setter:
    """Lines under one another."""

    def __init__(self, slip: Slip, columns: int) -> None:
        self.slip = slip
        self.columns = columns
        self.pieces: list[_Piece] = []

    def words(self, text: str, size: Size = _NORMAL, *, gap: int = 1) -> None:
        """Paragraphs after `gap` empty lines; nothing, not even the gap, when there is no text."""
        lines = self._broken(text, size)
        if any(lines):
            self.white(gap)
            self.pieces += [_Line(line, size) for line in lines]

    def large(self, text: str) -> None:
        """Paragraphs in double letters where they cut no word and take few lines; else in tall ones."""
        columns = self.columns // 2
        uncut = all(longest_word(each, len) <= columns for each in _paragraphs(text))
        fits = uncut and len(self._broken(text, _DOUBLE)) <= _LONGEST_DOUBLE_LINES
        self.words(text, _DOUBLE if fits else _TALL)

    def white(self, lines: int) -> None:
        self.pieces += [_Line("")] * lines

    def rule(self, char: str) -> None:
        self.pieces.append(_Line(char * self.columns))

    def picture(self, lines: tuple[str, ...]) -> None:
        self.pieces += [_Line(line) for line in lines]

    def banner(self) -> None:
        """Between two rules of asterisks: white on black is a command impact printers do not have."""
        if self.slip.banner:
            self.white(1)
            self.rule("*")
            self.words(self.slip.banner, _DOUBLE if self._fits_double(self.slip.banner) else _BOLD, gap=0)
            self.rule("*")

    def copy_mark(self) -> None:
        if self.slip.copy_mark:
            self.words(f"** {self.slip.copy_mark} **", _BOLD)

    def code(self) -> None:
        """In one line whatever it takes; a code is far shorter than any paper's line."""
        code = " ".join(tidied(self.slip.code).split())
        self.white(1)
        self.pieces.append(_Line(code, _DOUBLE if self._fits_double(code) else _TALL))

    def _fits_double(self, text: str) -> bool:
        return len(tidied(text)) <= self.columns // 2

    def _broken(self, text: str, size: Size) -> list[str]:
        columns = self.columns // 2 if size.wide else self.columns
        return [line for each in _paragraphs(text) for line in break_lines(each, columns, len)]


def _paragraphs(text: str) -> list[str]:
    return [with_numbers_whole(each.strip()) for each in tidied(text).strip().split("\n")]


def _front(page: _Setter, mode: QrMode) -> list[_Piece]:
    slip = page.slip
    page.banner()
    page.picture(_HALF_EMPTY)
    page.copy_mark()
    page.large(slip.headline)
    page.words(slip.apology)
    page.white(1)
    page.rule("-")
    offer, terms = first_sentence(slip.offer)
    page.words(offer, _TALL, gap=0)
    page.words(terms, gap=0)
    page.words(slip.valid, gap=0)
    page.rule("-")
    if mode != "none":
        page.white(1)
        page.pieces.append(_Symbol())
    page.code()
    page.copy_mark()
    page.words(slip.scan_hint)
    page.words(slip.store, _BOLD)
    page.banner()
    return [*page.pieces, _Cut()]


def _back(page: _Setter) -> list[_Piece]:
    slip = page.slip
    page.banner()
    page.picture(_FULL)
    page.words(slip.back_title, _TALL)
    page.words(slip.back_text)
    for number, line in enumerate(slip.contact):
        page.words(line, _BOLD, gap=0 if number else 1)
    page.banner()
    return [*page.pieces, _Cut()]


class _Writer:
    """Pieces to bytes; python-escpos makes the commands it can make."""

    def __init__(self, slip: Slip, paper: Paper, mode: QrMode, pages: Pages) -> None:
        self._pages = pages
        self._slip = slip
        self._paper = paper
        self._mode = mode
        self._swallows = _CUT_BYTES
        self._printer = escpos_door.commands()

    def job(self, pieces: list[_Piece]) -> Job:
        text = "".join(each.text for each in pieces if isinstance(each, _Line))
        start = self._started(beyond_ascii=not tidied(text).replace(NO_BREAK_SPACE, " ").isascii())
        pager = Pager(text, self._pages)
        size = _NORMAL
        commands: list[bytes] = []
        self._printer.clear()
        for piece in pieces:
            match piece:
                case _Line():
                    if piece.text and piece.size != size:
                        size = piece.size
                        single = not (size.wide or size.tall)  # two Falses alone would leave letters double
                        self._printer.set(
                            normal_textsize=single, double_width=size.wide, double_height=size.tall, bold=size.bold
                        )
                    self._printer._raw(pager.bytes_of(piece.text) + b"\n")  # noqa: SLF001  (its text() guesses pages)
                case _Symbol():
                    commands += self._symbol()
                case _Cut():
                    self._printer.cut(feed=False)
            commands.append(bytes(self._printer.output))
            self._printer.clear()
        return Job(start, tuple(commands), self._swallows)

    def _started(self, *, beyond_ascii: bool) -> bytes:
        self._printer.hw("INIT")
        self._printer.set(align="center")
        modes = _NO_NATIONAL_SET + (_NO_KANJI if beyond_ascii else b"")
        self._printer._raw(modes)  # noqa: SLF001  (the library has no names for them)
        return bytes(self._printer.output)

    def _symbol(self) -> list[bytes]:
        text = self._slip.qr_text
        symbol, module = qr.fitted(text, width_dots=self._paper.width_dots, at_ease_dots=0)
        # Control characters inside GS ( k could be real-time commands. Pictures are scrubbed of those, text cannot be.
        if self._mode == "native" and text.isascii() and text.isprintable():
            level = "LMQH".index(symbol.level)
            self._printer.qr(text, ec=level, size=_NATIVE_MODULE_DOTS, native=True)
            self._swallows = max(self._swallows, _QR_HEADER_BYTES + len(text))
            return []
        found = bands(_with_quiet_zone(symbol.drawn(module), qr.QUIET_MODULES * module))
        self._swallows = max(self._swallows, max(len(band.data) for band in found) + BAND_HEADER_BYTES)
        return [raster(band) for band in found]


def _with_quiet_zone(drawn: Image.Image, white: int) -> Image.Image:
    image = Image.new("1", (drawn.width + 2 * white, drawn.height + 2 * white), 255)
    image.paste(drawn, (white, white))
    return image
