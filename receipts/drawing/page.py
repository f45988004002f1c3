"""Where everything stands on the slip: a `Slip` and a `Paper` become one bitmap.

Two parts on one strip. The front is handed over: the cup, the headline, the apology, what it is good for, the QR and
the code. The second part, below the tear line, asks how we can do better. A pure function: the same slip and paper
give the same dots. Nothing is dithered, scaled or dimmed; every dot is black or white.

Refuses words it cannot draw and slips longer than `LONGEST_SLIP_DOTS`; shortening words is a person's work.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import Image

from receipts.drawing import ornaments, qr
from receipts.drawing.cup import cup
from receipts.drawing.shaping import Type
from receipts.drawing.slip import Slip
from receipts.drawing.text_blocks import block, largest_size, line_count
from receipts.fonts.faces import Behind, script, undrawable, unprintable
from receipts.values.errors import SlipTooLongError
from receipts.values.paper import DOTS_PER_BYTE, PAPER_80, Paper

LONGEST_SLIP_DOTS = 4800
"""60 cm at 8 dots per millimetre. Longer is a pasted novel, not an apology."""


# Set in the size that fits.
_STRONG, _CODE = Type(1, "strong"), Type(1, "code", 0.06)
_SENTENCE_ENDS = tuple(".!?。।؟\uff01\uff1f\u0589\u06d4\u0f0d\u104b\u1362\u1367\u17d4")
_NO_SENTENCE_MARKS = frozenset({"THAI", "LAO"})


@dataclass(frozen=True, slots=True)
class Page:
    """A laid-out slip."""

    image: Image.Image
    """Mode "1", black on white, as wide as the paper. Not to be drawn on."""
    paper: Paper
    tear_rows: tuple[int, ...]
    """The rows at which a new part begins: where a cutter cuts."""


@dataclass(frozen=True, slots=True)
class _Measures:
    """Sizes in dots for one width of paper, tuned by eye on both."""

    margin: int
    cup: int
    cup_line: int
    headline: range
    offer: range
    code: range
    body: int
    small: int
    store: int
    contact: range
    space: int
    """One step of vertical white; every gap is a multiple of its quarter."""
    qr: int
    """How wide the QR symbol may be when nothing forces it wider."""


_NARROW = _Measures(
    margin=12,
    cup=144,
    cup_line=5,
    headline=range(46, 27, -2),
    offer=range(37, 23, -1),
    code=range(44, 23, -1),
    body=24,
    small=21,
    store=24,
    contact=range(30, 19, -1),
    space=26,
    qr=212,
)
_WIDE = _Measures(
    margin=24,
    cup=192,
    cup_line=6,
    headline=range(64, 39, -2),
    offer=range(50, 31, -1),
    code=range(60, 29, -1),
    body=30,
    small=25,
    store=29,
    contact=range(38, 23, -1),
    space=32,
    qr=288,
)


def lay_out(slip: Slip, paper: Paper) -> Page:
    """Set `slip` for `paper`.

    Raises:
        UnprintableTextError: names every character no face can draw.
        QrTooLargeError: the QR text is too long for this width.
        SlipTooLongError: the words need more than `LONGEST_SLIP_DOTS`.
    """
    refused = tuple(dict.fromkeys(char for words in slip.texts for char in undrawable(words, slip.behind)))
    if refused:
        raise unprintable(refused)
    measures = _WIDE if paper.width_dots >= PAPER_80.width_dots else _NARROW
    front = _Column(slip.language, paper, measures, slip.behind)
    _set_front(slip, front)
    back = _Column(slip.language, paper, measures, slip.behind)
    _set_back(slip, back)
    height = front.height + back.height
    if height > LONGEST_SLIP_DOTS:
        raise SlipTooLongError(height, LONGEST_SLIP_DOTS)
    image = Image.new("1", (paper.width_dots, height), 255)
    front.draw_on(image, 0)
    back.draw_on(image, front.height)
    return Page(image, paper, (front.height,))


class _Column:
    """Things under one another, centred, each with white above it."""

    def __init__(self, language: str, paper: Paper, measures: _Measures, behind: Behind) -> None:
        self.language = language
        self.behind = behind
        self.paper = paper
        self.measures = measures
        self.width = paper.width_dots - 2 * measures.margin
        self.height = 0
        self._placed: list[tuple[int, Image.Image]] = []

    def add(self, image: Image.Image, steps: float) -> None:
        """`image` below the last one, with `steps` of white between."""
        self.white(steps)
        self._placed.append((self.height, image))
        self.height += image.height

    def words(self, text: str, style: Type, steps: float, *, indent: int = 0) -> None:
        """A block of text, `indent` dots narrower on either side; nothing, not even white, when there is no text."""
        if text.strip():
            self.add(self.block(text, style, self.width - 2 * indent), steps)

    def block(self, text: str, style: Type, width: int) -> Image.Image:
        """A block of text to be drawn on; do not change it."""
        return block(text, self.language, replace(style, behind=self.behind), width)

    def fitted(self, text: str, sizes: range, style: Type, steps: float, *, lines: int) -> None:
        """A block of text in the largest of `sizes` that needs at most `lines` lines and cuts no word."""
        self.words(text, replace(style, size=self.size(text, sizes, style, lines=lines)), steps)

    def size(self, text: str, sizes: range, style: Type, *, lines: int) -> int:
        """The largest of `sizes`, in dots per em, that needs at most `lines` lines and cuts no word."""
        style = replace(style, behind=self.behind)
        return largest_size(text, self.language, style, self.width, sizes=sizes, max_lines=lines)

    def on_one_line(self, text: str, style: Type, steps: float) -> None:
        """A block of text, up to a fifth smaller if that keeps it on one line; else as large as it was meant to be."""
        sizes = range(style.size, style.size * 4 // 5, -1)
        smaller = replace(style, size=self.size(text, sizes, style, lines=1))
        fits = line_count(text, self.language, replace(smaller, behind=self.behind), self.width) == 1
        self.words(text, smaller if fits else style, steps)

    def white(self, steps: float) -> None:
        """Empty paper."""
        self.height += round(self.measures.space * steps)

    def draw_on(self, image: Image.Image, top: int) -> None:
        for y, each in self._placed:
            image.paste(each, ((self.paper.width_dots - each.width) // 2, top + y))


def _set_front(slip: Slip, column: _Column) -> None:
    measures = column.measures
    _set_banner(slip, column)
    column.add(_trimmed(cup(measures.cup, 0.5, measures.cup_line)), 0.5)
    _set_copy_mark(slip, column)
    column.fitted(slip.headline, measures.headline, _STRONG, 0.9, lines=3)
    column.words(slip.apology, Type(measures.body), 0.8, indent=measures.margin)
    column.add(_ticket(slip.offer, slip.valid, column.language, column.paper, measures, column.behind), 0.9)
    symbol, module = qr.fitted(slip.qr_text, width_dots=column.paper.width_dots, at_ease_dots=measures.qr)
    quiet = qr.QUIET_MODULES * module / measures.space
    column.add(symbol.drawn(module), max(quiet, 1.0))
    column.fitted(slip.code, measures.code, _CODE, max(quiet, 1.0), lines=1)
    _set_copy_mark(slip, column)
    column.words(slip.scan_hint, Type(measures.small), 0.5, indent=measures.margin)
    column.words(slip.store, Type(measures.store, "strong"), 1.1)
    _set_banner(slip, column)
    column.white(1.0)
    column.add(ornaments.tear_line(column.width), 0)


def _set_back(slip: Slip, column: _Column) -> None:
    measures = column.measures
    _set_banner(slip, column)
    column.add(_trimmed(cup(measures.cup * 5 // 8, 1.0, measures.cup_line - 1)), 1.0)
    column.fitted(slip.back_title, measures.offer, _STRONG, 0.8, lines=2)
    column.words(slip.back_text, Type(measures.body), 0.7, indent=measures.margin)
    size = min((column.size(line, measures.contact, _STRONG, lines=1) for line in slip.contact), default=0)
    for number, line in enumerate(slip.contact):
        column.words(line, Type(size, "strong"), 0.35 if number else 0.9)
    _set_banner(slip, column)
    column.white(1.0)


@lru_cache(maxsize=32)
def _ticket(offer: str, valid: str, language: str, paper: Paper, measures: _Measures, behind: Behind) -> Image.Image:
    """The offer and its last day, framed: this is what the paper is good for. Do not change it.

    Remembered, because it changes once a day: its frame is drawn large and takes 4 to 7 ms to reduce.
    """
    inner = _Column(language, paper, measures, behind)
    inner.width -= 2 * (measures.space + DOTS_PER_BYTE)
    promise, terms = first_sentence(offer)
    inner.fitted(promise, measures.offer, _STRONG, 0.75, lines=2)
    inner.words(terms, Type(measures.body, "strong"), 0.5)
    inner.on_one_line(valid, Type(measures.body), 0.55)
    inner.white(0.7)
    content = Image.new("1", (paper.width_dots, inner.height), 255)
    inner.draw_on(content, 0)
    edge = measures.margin + DOTS_PER_BYTE
    return ornaments.ticket(content.crop((edge, 0, content.width - edge, content.height)))


def first_sentence(text: str) -> tuple[str, str]:
    """`text` up to the first line that ends a sentence, and the lines after it. A line of Thai or Lao is a sentence."""
    lines = text.strip().split("\n")
    unmarked = 1 if lines[0] and script(lines[0][-1]) in _NO_SENTENCE_MARKS else len(lines)
    ends = next((number for number, line in enumerate(lines, 1) if line.rstrip()[-1:] in _SENTENCE_ENDS), unmarked)
    return "\n".join(lines[:ends]), "\n".join(lines[ends:])


def _set_banner(slip: Slip, column: _Column) -> None:
    if slip.banner:
        style = Type(column.measures.body, "strong", 0.12)
        column.add(ornaments.bar(column.block(slip.banner, style, column.width), padding=10), 0.8)


def _set_copy_mark(slip: Slip, column: _Column) -> None:
    if slip.copy_mark:
        style = Type(column.measures.body, "strong")
        mark = column.block(slip.copy_mark, style, column.width - 2 * column.measures.body)
        column.add(ornaments.pill(mark, padding=8), 0.7)


def _trimmed(image: Image.Image) -> Image.Image:
    top, bottom = ornaments.ink_rows(image)
    return image.crop((0, top, image.width, bottom))
