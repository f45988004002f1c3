"""Words to dots: a block of text, shaped, broken, ordered and drawn as one black-and-white image.

HarfBuzz shapes and rasterises. Pillow's own text drawing was refused for one reason: it shapes through libraqm, and
its wheels load FriBiDi from the system, so on a machine with only Python (Windows, macOS, a slim container) Arabic and
Hindi would come out unjoined. Coverage is thresholded at one half, never dithered.

Blocks are cached: on a till only the code and the date change from slip to slip.
"""

import re
from dataclasses import replace
from functools import cache, lru_cache

from PIL import Image

from receipts.drawing.shaping import UNITS_PER_DOT, Line, Type, shape_line
from receipts.fonts.faces import LINE_BREAKS, plain
from receipts.fonts.harfbuzz import hb
from receipts.text_flow import direction
from receipts.text_flow.language import primary
from receipts.text_flow.line_breaks import break_lines, breaks_words, longest_word, with_numbers_whole

_HALF_COVERED = 128
_WORTH_A_WHOLE_WORD = 0.8
_SOFT_HYPHEN = "\u00ad"
_LINE_BREAK = re.compile(f"[{''.join(LINE_BREAKS)}]")
_BLANK = " \u3000" + "".join(LINE_BREAKS)
# Line pitch in ems. Arabic and Devanagari reach further below and above their line; kanji fill their square;
# Thai and its neighbours stack marks on marks.
_PITCH = {
    "ar": 1.52, "fa": 1.52, "ur": 1.64, "hi": 1.42, "mr": 1.42, "ne": 1.42, "ja": 1.45, "zh": 1.45, "yue": 1.45,
    "ko": 1.4, "th": 1.5, "lo": 1.5, "km": 1.7, "my": 1.8, "bn": 1.42, "gu": 1.42, "pa": 1.42, "ta": 1.42, "te": 1.6,
    "kn": 1.6, "ml": 1.5, "si": 1.5, "bo": 1.8,
}  # fmt: skip
_LATIN_PITCH = 1.24
# A block is at least as high as capitals above and descenders below its lines, so that gaps look alike.
_LEAST_ASCENT, _LEAST_DESCENT = 0.66, 0.20


@lru_cache(maxsize=256)
def block(text: str, language: str, style: Type, width: int) -> Image.Image:
    """`text` centred in an image `width` dots wide, black on white, exactly as high as its lines. Do not change it.

    Raises:
        UnprintableTextError: a character no face can draw.
    """
    pitch = round(style.size * _PITCH.get(primary(language), _LATIN_PITCH))
    lines = [_fitted(line, base, language, style, width) for line, base in _broken(text, language, style, width)]
    baselines: list[int] = []
    least_ascent, least_descent = round(style.size * _LEAST_ASCENT), round(style.size * _LEAST_DESCENT)
    descent = 0
    y = 0
    for number, line in enumerate(lines):
        ascent = max(-(-line.top // UNITS_PER_DOT), least_ascent)
        y = ascent if number == 0 else max(y + pitch, y + descent + ascent + 1)
        descent = -(line.bottom // UNITS_PER_DOT)
        baselines.append(y)
    return _draw(lines, baselines, width, y + max(descent, least_descent))


@lru_cache(maxsize=256)
def largest_size(text: str, language: str, style: Type, width: int, *, sizes: range, max_lines: int) -> int:
    """The largest of `sizes` (descending) that sets `text` in `max_lines` lines and no line ends inside a word.

    If that costs more than a fifth of the size, lines may end inside a word; if no size is small enough, the last of
    `sizes`. A line break written in the text does not count against `max_lines`.
    """
    paragraphs = _paragraphs(text)
    second_best = None
    for size in sizes:
        sized = replace(style, size=size)
        if any(longest_word(each, _measure(language, sized), language) > width for each in paragraphs):
            continue
        lines = [line for line, _ in _broken(text, language, sized, width)]
        if len(lines) > max(max_lines, len(paragraphs)):
            continue
        second_best = second_best or size
        if size < second_best * _WORTH_A_WHOLE_WORD:
            break
        if not breaks_words(lines, language):
            return size
    return second_best or sizes[-1]


def line_count(text: str, language: str, style: Type, width: int) -> int:
    """How many lines `text` takes."""
    return len(_broken(text, language, style, width))


def _paragraphs(text: str) -> list[str]:
    # Not str.splitlines and not a bare strip: both also swallow control characters, which are to be refused by name.
    lines = _LINE_BREAK.split(plain(text).strip(_BLANK))
    return [with_numbers_whole(each.strip(_BLANK)) for each in lines]


def _broken(text: str, language: str, style: Type, width: int) -> list[tuple[str, int]]:
    return [
        (f"{line[:-1]}-" if line.endswith(_SOFT_HYPHEN) else line, direction.base_level(paragraph, language))
        for paragraph in _paragraphs(text)
        for line in break_lines(paragraph, width, _measure(language, style), language)
    ]


@cache
def _measure(language: str, style: Type) -> "_Ruler":
    return _Ruler(language, style)


class _Ruler:
    """Measures text in dots, remembering what it measured; one per language and type."""

    def __init__(self, language: str, style: Type) -> None:
        self._language = language
        self._style = style
        self._remembered = lru_cache(maxsize=2048)(self._shaped_width)

    def __call__(self, text: str) -> float:
        return self._remembered(text)

    def _shaped_width(self, text: str) -> float:
        base = direction.base_level(text, self._language)
        return shape_line(text, base, self._language, self._style).advance / UNITS_PER_DOT


def _fitted(text: str, base: int, language: str, style: Type, width: int) -> Line:
    line = shape_line(text, base, language, style)
    size = style.size
    while line.right - line.left > (width - 1) * UNITS_PER_DOT and size > 1:
        # A glyph that overhangs its advance, or a ligature wider than the paper: smaller is better than cut off.
        size = min(size - 1, size * (width - 1) * UNITS_PER_DOT // (line.right - line.left))
        line = shape_line(text, base, language, replace(style, size=size))
    return line


def _draw(lines: list[Line], baselines: list[int], width: int, height: int) -> Image.Image:
    pen = hb.RasterDraw()
    pen.scale_factor = (UNITS_PER_DOT, UNITS_PER_DOT)
    pen.extents = hb.RasterExtents(0, -height, width, height, 0)
    for line, baseline in zip(lines, baselines, strict=True):
        slack = width * UNITS_PER_DOT - (line.right - line.left)
        origin = slack // 2 // UNITS_PER_DOT * UNITS_PER_DOT - line.left // UNITS_PER_DOT * UNITS_PER_DOT
        for each in line.glyphs:
            pen.transform = (1, 0, 0, 1, origin + each.x, each.y - baseline * UNITS_PER_DOT)
            pen.draw_glyph(each.font, each.glyph)
    drawn = pen.render()
    extents = drawn.extents
    grey = Image.frombytes("L", (width, height), bytes(drawn.buffer), "raw", "L", extents.stride, -1)
    return grey.point(_INK_WHERE_COVERED, "1")


_INK_WHERE_COVERED = [255 if coverage < _HALF_COVERED else 0 for coverage in range(256)]
