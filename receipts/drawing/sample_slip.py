"""The slip that shows what a printer can do, for the person who sets it up: what to look at, and boxes to tick.

From top to bottom: a frame on the outermost dots with a ruler in millimetres; a staircase in which each dot of the head
prints a step of its own, and a black bar in which a dead one leaves a white stripe; patterns that run together when
the head is too hot and fade when it is too cold; the QR at four module sizes; the letters of codes and a word in every
script. Nothing on it reads as a coupon: neither its QR texts nor its letters have the form and check symbol of a code.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageOps

from receipts.drawing import ornaments, qr
from receipts.drawing.cup import cup
from receipts.drawing.page import Page
from receipts.drawing.shaping import Type
from receipts.drawing.text_blocks import block, largest_size
from receipts.fonts.faces import Behind, plain, undrawable, unprintable
from receipts.values.paper import PAPER_80, Paper

_WORTHLESS = "This is a test. It is worth nothing."
_TICKS = (
    "edges on both sides",
    "no white stripes",
    "black is black",
    "all four QR codes scan",
    "the cut is clean",
)
_GREETINGS = (
    ("en", "Hello"),
    ("es", "¡Buenas!"),
    ("fr", "Enchanté"),
    ("de", "Grüezi"),
    ("cs", "Těší mě"),
    ("ar", "مرحبًا"),
    ("hi", "नमस्ते"),
    ("ja", "こんにちは"),
)
"""Chosen for their accents; a word in every language a slip is shipped in."""
_LETTERS = ("0123-4567-89AB", "CDEF-GHJK-MNPQ", "RSTV-WXYZ-0000")
"""All that a code is made of, set as a code is."""
_QR_LEVEL = "M"

_MM_PER_INCH = 25.4
_STEP_ROWS, _STAIRS = 6, 16


@dataclass(frozen=True, slots=True)
class _Measures:
    """Sizes in dots for one width of paper, tuned by eye on both."""

    title: int
    body: int
    small: int
    code: range
    margin: int
    space: int
    cup: int
    tile: int
    greetings_per_row: int
    symbols: tuple[tuple[int, int], ...]
    """Dots per module, two symbols in a row: from the least a slip may use upwards."""


_NARROW = _Measures(
    title=40,
    body=22,
    small=19,
    code=range(44, 23, -1),
    margin=12,
    space=24,
    cup=96,
    tile=56,
    greetings_per_row=2,
    symbols=((5, 8), (6, 7)),
)
_WIDE = _Measures(
    title=52,
    body=27,
    small=23,
    code=range(60, 29, -1),
    margin=24,
    space=30,
    cup=120,
    tile=80,
    greetings_per_row=4,
    symbols=((5, 6), (7, 8)),
)


def self_test(
    paper: Paper,
    *,
    store: str,
    printer: str,
    proof_words: str,
    language: str = "en",
    chart: str = "",
    behind: Behind = (),
) -> Page:
    """The test slip, in one part.

    `printer` is the printer's URL, `proof_words` what this printer can prove, `language` (BCP 47) the language of these
    and of `store`. The slip's own words are English, as are an installer's manuals. `chart` is what the QR says that
    teaches a register its scanner; empty: there is none.

    Raises:
        UnprintableTextError: names every character no face can draw.
        QrTooLargeError: `chart` does not fit this paper.
    """
    refused = undrawable(f"{store}\n{printer}\n{proof_words}", behind)
    if refused:
        raise unprintable(refused)
    sheet = _Sheet(paper, language, behind)
    sheet.bar(_WORTHLESS)
    _set_head(sheet, store, printer, proof_words)
    _set_edges(sheet)
    _set_dots(sheet)
    _set_darkness(sheet)
    _set_symbols(sheet)
    if chart:
        _set_chart(sheet, chart)
    _set_letters(sheet)
    _set_ticks(sheet)
    sheet.white(1)
    sheet.bar(_WORTHLESS)
    return Page(sheet.drawn(), paper, ())


class _Sheet:
    """Things under one another, as wide as the paper."""

    def __init__(self, paper: Paper, language: str, behind: Behind) -> None:
        self.paper = paper
        self.width = paper.width_dots
        self.measures = _WIDE if paper.width_dots >= PAPER_80.width_dots else _NARROW
        self._language = language
        self._behind = behind
        self._height = 0
        self._placed: list[tuple[int, Image.Image]] = []

    def add(self, image: Image.Image, steps: float = 0.5) -> None:
        """`image`, centred, after `steps` of white."""
        self.white(steps)
        self._placed.append((self._height, image))
        self._height += image.height

    def white(self, steps: float) -> None:
        self._height += round(self.measures.space * steps)

    def words(self, text: str, style: Type, steps: float = 0.3) -> None:
        if text.strip():
            style = replace(style, behind=self._behind)
            self.add(block(plain(text), self._language, style, self.width - 2 * self.measures.margin), steps)

    def bar(self, text: str) -> None:
        words = block(text, "en", Type(self.measures.small, "strong"), self.width)
        self.add(ornaments.bar(words, padding=10), 0)

    def section(self, title: str) -> None:
        """A short heading with a line to either side of it."""
        words = _inked(block(title, "en", Type(self.measures.body, "strong"), self.width))
        image = Image.new("1", (self.width, words.height), 255)
        left = (self.width - words.width) // 2
        image.paste(words, (left, 0))
        draw = ImageDraw.Draw(image)
        middle, gap, margin = words.height // 2, self.measures.margin, self.measures.margin
        draw.rectangle([margin, middle, left - gap, middle + 1], fill=0)
        draw.rectangle([left + words.width + gap, middle, self.width - margin - 1, middle + 1], fill=0)
        self.add(image, 1.0)

    def drawn(self) -> Image.Image:
        sheet = Image.new("1", (self.width, self._height), 255)
        for y, each in self._placed:
            sheet.paste(each, ((self.width - each.width) // 2, y))
        return sheet


def _inked(image: Image.Image) -> Image.Image:
    """`image` without white at its sides."""
    box = ImageOps.invert(image).getbbox()
    return image.crop((box[0], 0, box[2], image.height)) if box else image


def _set_head(sheet: _Sheet, store: str, printer: str, proof_words: str) -> None:
    measures = sheet.measures
    sheet.add(cup(measures.cup, 0.5, 4), 0.4)
    sheet.words("Self-test", Type(measures.title, "strong"), 0.3)
    sheet.words(store, Type(measures.body, "strong"))
    paper = sheet.paper
    sheet.words(f"{printer}\n{paper.name} roll, {paper.width_dots} dots, {paper.dpi} dpi", Type(measures.small))
    sheet.words(proof_words, Type(measures.small))


def _set_edges(sheet: _Sheet) -> None:
    sheet.section("Edges")
    measures, width = sheet.measures, sheet.width
    height, corner = 3 * measures.space + measures.small, measures.space
    image = Image.new("1", (width, height), 255)
    draw = ImageDraw.Draw(image)
    right, bottom = width - 1, height - 1
    draw.rectangle([0, 0, right, bottom], outline=0)
    for x in (0, right):
        for y in (0, bottom):
            inward_x, inward_y = (1 if x == 0 else -1), (1 if y == 0 else -1)
            for arm in ((x + corner * inward_x, y + 3 * inward_y), (x + 3 * inward_x, y + corner * inward_y)):
                draw.rectangle([min(x, arm[0]), min(y, arm[1]), max(x, arm[0]), max(y, arm[1])], fill=0)
    _draw_ruler(image, sheet, top=measures.space)
    sheet.add(image, 0.5)


def _draw_ruler(image: Image.Image, sheet: _Sheet, *, top: int) -> None:
    """Millimetres from the left edge, numbered by tens."""
    draw = ImageDraw.Draw(image)
    dots_per_mm = sheet.paper.dpi / _MM_PER_INCH
    unit = sheet.measures.space // 4
    style = Type(sheet.measures.small, "strong")
    for mm in range(1, int((sheet.width - 2) / dots_per_mm) + 1):
        x = round(mm * dots_per_mm)
        length = unit * (4 if mm % 10 == 0 else 3 if mm % 5 == 0 else 2)
        draw.line([x, top, x, top + length], fill=0)
        if mm % 10 == 0:
            number = _inked(block(str(mm), "en", style, sheet.width))
            left = min(x - number.width // 2, sheet.width - unit - number.width)
            image.paste(number, (left, top + 5 * unit))
    image.paste(_inked(block("mm", "en", style, sheet.width)), (2 * unit, top + 5 * unit))


def _set_dots(sheet: _Sheet) -> None:
    sheet.section("Every dot of the head")
    stairs = Image.new("1", (sheet.width, _STAIRS * _STEP_ROWS), 255)
    draw = ImageDraw.Draw(stairs)
    for x in range(sheet.width):
        y = x % _STAIRS * _STEP_ROWS
        draw.line([x, y, x, y + _STEP_ROWS - 1], fill=0)
    sheet.add(stairs, 0.5)
    sheet.add(Image.new("1", (sheet.width, sheet.measures.space), 0), 0.4)


def _set_darkness(sheet: _Sheet) -> None:
    sheet.section("Darkness")
    measures = sheet.measures
    patterns: Sequence[tuple[str, Callable[[int, int], bool]]] = (
        ("black", lambda _x, _y: True),
        ("lines", lambda x, _y: x % 2 == 0),
        ("rows", lambda _x, y: y % 2 == 0),
        ("checks", lambda x, y: (x + y) % 2 == 0),
        ("comb", lambda x, _y: x % 4 == 0),
    )
    tiles = [_captioned(_tile(measures.tile, inked), name, sheet) for name, inked in patterns]
    sheet.add(_in_a_row(tiles, sheet.width - 2 * measures.margin), 0.5)


def _tile(side: int, inked: Callable[[int, int], bool]) -> Image.Image:
    image = Image.new("1", (side, side), 255)
    image.putdata([0 if inked(x, y) else 255 for y in range(side) for x in range(side)])
    return image


def _captioned(picture: Image.Image, caption: str, sheet: _Sheet, *, gap: int = 6) -> Image.Image:
    words = _inked(block(caption, "en", Type(sheet.measures.small), sheet.width))
    width = max(picture.width, words.width)
    image = Image.new("1", (width, picture.height + gap + words.height), 255)
    image.paste(picture, ((width - picture.width) // 2, 0))
    image.paste(words, ((width - words.width) // 2, picture.height + gap))
    return image


def _in_a_row(pictures: Sequence[Image.Image], width: int) -> Image.Image:
    """Side by side, standing on one line, with the same white around each."""
    row = Image.new("1", (width, max(each.height for each in pictures)), 255)
    white = (width - sum(each.width for each in pictures)) / len(pictures)
    x = white / 2
    for each in pictures:
        row.paste(each, (round(x), row.height - each.height))
        x += each.width + white
    return row


def _set_symbols(sheet: _Sheet) -> None:
    sheet.section("Four QR codes")
    for number, row in enumerate(sheet.measures.symbols):
        symbols = []
        for dots in row:
            drawn = qr.symbol(f"POS-RECOVERY TEST {dots}", _QR_LEVEL).drawn(dots)
            millimetres = dots * _MM_PER_INCH / sheet.paper.dpi
            quiet = qr.QUIET_MODULES * dots
            symbols.append(_captioned(drawn, f"{dots} dots, {millimetres:.2f} mm", sheet, gap=quiet // 2))
        quiet_above = qr.QUIET_MODULES * max(row) / sheet.measures.space
        sheet.add(_in_a_row(symbols, sheet.width), quiet_above if number else max(quiet_above, 0.5))


def _set_chart(sheet: _Sheet, chart: str) -> None:
    sheet.section("For the scanner")
    sheet.words("At the register, scan this one: it learns how your scanner types.", Type(sheet.measures.body))
    symbol, dots = qr.fitted(chart, width_dots=sheet.width, at_ease_dots=sheet.width // 2)
    sheet.add(symbol.drawn(dots), qr.QUIET_MODULES * dots / sheet.measures.space)
    sheet.white(qr.QUIET_MODULES * dots / sheet.measures.space)


def _set_letters(sheet: _Sheet) -> None:
    sheet.section("Letters")
    measures = sheet.measures
    width = sheet.width - 2 * measures.margin
    style = Type(1, "code", 0.06)
    size = min(largest_size(line, "en", style, width, sizes=measures.code, max_lines=1) for line in _LETTERS)
    for number, line in enumerate(_LETTERS):
        sheet.words(line, Type(size, "code", 0.06), 0.25 if number else 0.5)
    per_row = measures.greetings_per_row
    for start in range(0, len(_GREETINGS), per_row):
        words = [
            block(text, language, Type(measures.body), width // per_row)
            for language, text in _GREETINGS[start : start + per_row]
        ]
        sheet.add(_in_a_row(words, width), 0.5)


def _set_ticks(sheet: _Sheet) -> None:
    sheet.section("Tick what is right")
    measures = sheet.measures
    side = measures.body
    width = sheet.width - 2 * measures.margin
    for number, text in enumerate(_TICKS):
        words = _inked(block(text, "en", Type(measures.body), width - 2 * side))
        image = Image.new("1", (width, max(words.height, side)), 255)
        top = (image.height - side) // 2
        ImageDraw.Draw(image).rectangle([0, top, side - 1, top + side - 1], outline=0, width=2)
        image.paste(words, (side * 3 // 2, (image.height - words.height) // 2))
        sheet.add(image, 0.35 if number else 0.5)
