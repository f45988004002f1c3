"""The small drawn things on a slip: the tear line with its scissors, a ticket, a bar, a pill.

Drawn, not taken from a font, so they exist on every slip in every language. All images are black on white; sizes are
in dots.
"""

from functools import lru_cache
from math import cos, radians, sin

from PIL import Image, ImageChops, ImageDraw, ImageOps

_OVERSAMPLING = 6
_HALF_COVERED = 128
_THRESHOLD = [0 if level < _HALF_COVERED else 255 for level in range(256)]


@lru_cache(maxsize=8)
def tear_line(width: int, height: int = 22) -> Image.Image:
    """Dashes across the paper with a pair of scissors at the left: where two parts come apart."""
    image, draw = _board(width, height)
    unit = _OVERSAMPLING
    middle = height * unit / 2
    _scissors(draw, (24.0 * unit, middle), height * unit * 0.92)
    x = 44 * unit
    while x < width * unit:
        draw.rectangle([x, middle - unit, min(x + 9 * unit, width * unit - 1), middle + unit], fill=0)
        x += 17 * unit
    return _reduced(image, width, height)


def _scissors(draw: ImageDraw.ImageDraw, pivot: tuple[float, float], size: float) -> None:
    x, y = pivot
    for side in (1, -1):
        angle = radians(24 * side)
        tip = (x + cos(angle) * size * 0.62, y - sin(angle) * size * 0.62)
        joint = (x - cos(angle) * size * 0.30, y + sin(angle) * size * 0.30)
        draw.line([joint, tip], fill=0, width=round(size * 0.12))
        radius, hole = size * 0.21, size * 0.10
        ring = (x - size * 0.50, y + side * size * 0.26)
        draw.ellipse([ring[0] - radius, ring[1] - radius, ring[0] + radius, ring[1] + radius], fill=0)
        draw.ellipse([ring[0] - hole, ring[1] - hole, ring[0] + hole, ring[1] + hole], fill=255)


def ticket(content: Image.Image, *, line: int = 3, bite: int = 13) -> Image.Image:
    """`content` inside a ticket of its own size: a frame with a bite out of either side.

    White must surround the ink of `content`.
    """
    width, height = content.size
    image, draw = _board(width, height)
    right, bottom, middle = width * _OVERSAMPLING - 1, height * _OVERSAMPLING - 1, height * _OVERSAMPLING / 2
    stroke, radius = line * _OVERSAMPLING, bite * _OVERSAMPLING
    draw.rounded_rectangle([0, 0, right, bottom], radius, outline=0, width=stroke)
    for edge in (0, right):
        draw.rectangle([edge - stroke, middle - radius, edge + stroke, middle + radius], fill=255)
        draw.ellipse([edge - radius, middle - radius, edge + radius, middle + radius], outline=0, width=stroke)
    return ImageChops.darker(_reduced(image, width, height), content)


def bar(words: Image.Image, *, padding: int) -> Image.Image:
    """`words` in white on a black bar as wide as `words`' image."""
    image = Image.new("1", (words.width, words.height + 2 * padding), 255)
    image.paste(words, (0, padding))
    return ImageOps.invert(image)


def pill(words: Image.Image, *, padding: int, line: int = 3) -> Image.Image:
    """`words`, closely framed by a line with round ends, centred in an image as wide as `words`' image."""
    ink = _ink_box(words)
    if ink is None:
        return words
    height = words.height + 2 * padding
    width = min(ink[2] - ink[0] + 2 * height * 2 // 3, words.width)
    image, draw = _board(width, height)
    draw.rounded_rectangle(
        [0, 0, width * _OVERSAMPLING - 1, height * _OVERSAMPLING - 1],
        height * _OVERSAMPLING / 2,
        outline=0,
        width=line * _OVERSAMPLING,
    )
    framed = _reduced(image, width, height)
    framed.paste(words.crop(ink), ((width - (ink[2] - ink[0])) // 2, padding + ink[1]))
    whole = Image.new("1", (words.width, height), 255)
    whole.paste(framed, ((words.width - width) // 2, 0))
    return whole


def ink_rows(image: Image.Image) -> tuple[int, int]:
    """The first row with ink and the row after the last one; a blank image keeps all its rows."""
    box = _ink_box(image)
    return (box[1], box[3]) if box else (0, image.height)


def _ink_box(image: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageOps.invert(image).getbbox()


def _board(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING), 255)
    return image, ImageDraw.Draw(image)


def _reduced(image: Image.Image, width: int, height: int) -> Image.Image:
    return image.resize((width, height), Image.Resampling.BOX).point(_THRESHOLD, "1")
