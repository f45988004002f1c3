"""The cup: the product's signature, half empty on the front of a slip and full on its back.

Drawn from numbers at any size and any fill, as large shapes reduced to dots, so that it is as crisp on 48 mm of paper
as in a window. All coordinates below are on a drawing board 200 units wide and 200 high; y grows downwards.
"""

from functools import lru_cache
from math import pi, sin

from PIL import Image, ImageDraw

_BOARD = 200
_OVERSAMPLING = 6
_INK, _PAPER = 0, 255
_HALF_COVERED = 128

_RIM, _BOTTOM = 72.0, 170.0
_RIM_LEFT, _RIM_RIGHT = 36.0, 146.0
_CORNER = 34.0
_STEAM = ((64.0, 8.0), (91.0, 0.0), (118.0, 8.0))  # x of each wisp, and how far below the middle one it starts


@lru_cache(maxsize=32)
def cup(side_dots: int, fill: float, line_dots: int = 4) -> Image.Image:
    """The cup, black on white, in a square of `side_dots`; `fill` is 0.0 empty to 1.0 full. Do not change the image.

    Lines are `line_dots` thick whatever the size.

    Raises:
        ValueError: `fill` is not between 0 and 1.
    """
    if not 0 <= fill <= 1:
        raise ValueError(f"fill must be between 0 and 1, not {fill}")
    board = _Board(side_dots, line_dots)
    board.handle()
    board.body(fill)
    board.saucer()
    board.steam()
    return board.reduced()


class _Board:
    def __init__(self, side_dots: int, line_dots: int) -> None:
        self._side = side_dots
        self._scale = side_dots * _OVERSAMPLING / _BOARD
        self._line = line_dots * _BOARD / side_dots
        self._image = Image.new("L", (side_dots * _OVERSAMPLING,) * 2, _PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def reduced(self) -> Image.Image:
        small = self._image.resize((self._side, self._side), Image.Resampling.BOX)
        return small.point([0 if level < _HALF_COVERED else 255 for level in range(256)], "1")

    def body(self, fill: float) -> None:
        self._vessel(0, _INK)
        self._vessel(self._line, _PAPER)
        lip = (_RIM_LEFT - 3, _RIM, _RIM_RIGHT + 3, _RIM + self._line)
        self._draw.rounded_rectangle(self._px(*lip), self._scale * self._line / 2, fill=_INK)
        gap = self._line * 1.75
        inner_top, inner_bottom = _RIM + gap, _BOTTOM - gap
        surface = inner_bottom - fill * (inner_bottom - inner_top)
        if fill > 0:
            self._coffee(gap, surface)

    def handle(self) -> None:
        left, top, right, bottom = _RIM_RIGHT - 26, _RIM + 14, _RIM_RIGHT + 36, _BOTTOM - 22
        for inset, ink in ((0.0, _INK), (self._line * 1.15, _PAPER)):
            box = (left + inset, top + inset, right - inset, bottom - inset)
            self._draw.rounded_rectangle(self._px(*box), self._scale * (30 - inset), fill=ink)

    def saucer(self) -> None:
        y = _BOTTOM + self._line * 1.9
        half = self._line / 2
        self._draw.rounded_rectangle(self._px(20, y - half, 162, y + half), self._scale * half, fill=_INK)

    def steam(self) -> None:
        top, bottom = 14.0, 58.0
        for x, later in _STEAM:
            rise = bottom - top - later
            points = [(x + 6 * sin(2 * pi * step / 40), top + later + rise * step / 40) for step in range(41)]
            for point in points:
                self._dot(point, self._line * 0.48)

    def _vessel(self, inset: float, ink: int) -> None:
        shape = self._outline(inset)
        self._draw.polygon(shape, fill=ink)

    def _coffee(self, gap: float, surface: float) -> None:
        coffee = Image.new("L", self._image.size, _PAPER)
        ImageDraw.Draw(coffee).polygon(self._outline(gap), fill=_INK)
        ImageDraw.Draw(coffee).rectangle(self._px(0, 0, _BOARD, surface), fill=_PAPER)
        self._image.paste(_INK, mask=coffee.point(lambda level: 255 - level))

    def _outline(self, inset: float) -> list[tuple[float, float]]:
        """A mug: straight rim, sides that lean in a little, round corners at the bottom."""
        left, right, bottom = _RIM_LEFT + inset, _RIM_RIGHT - inset, _BOTTOM - inset
        corner = max(_CORNER - inset, 1.0)
        lean = 3.0
        points = [(left, _RIM + inset), (left + lean, bottom - corner)]
        points += [(left + lean + corner * (1 - _cos(t)), bottom - corner + corner * sin(t)) for t in _quarter()]
        points += [
            (right - lean - corner * (1 - _cos(t)), bottom - corner + corner * sin(t)) for t in reversed(_quarter())
        ]
        points += [(right - lean, bottom - corner), (right, _RIM + inset)]
        return [(x * self._scale, y * self._scale) for x, y in points]

    def _dot(self, centre: tuple[float, float], radius: float) -> None:
        x, y = centre
        self._draw.ellipse(self._px(x - radius, y - radius, x + radius, y + radius), fill=_INK)

    def _px(self, *units: float) -> list[float]:
        return [unit * self._scale for unit in units]


def _quarter() -> list[float]:
    return [pi / 2 * step / 24 for step in range(25)]


def _cos(angle: float) -> float:
    return sin(angle + pi / 2)
