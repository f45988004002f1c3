"""A slip on the screen: two dots of the picture in every cell, light paper on a dark room."""

from dataclasses import dataclass
from functools import cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pos_recovery.tui.content.session import Session
from pos_recovery.tui.content.slip_pictures import Cells

INK_BELOW = 160
"""Greys darker than this are ink where there are no greys: small letters are thin, and lost at a half."""
_SHAPES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_INK_ON_LIGHT = Style(reverse=True)


@cache
def _greys(upper: int, lower: int) -> Style:
    """A half block's style. Kept: a slip has thousands of cells and few pairs of greys."""
    return Style(color=Color.from_rgb(upper, upper, upper), bgcolor=Color.from_rgb(lower, lower, lower))


class SlipView(ScrollView, can_focus=False):
    """Shows what the layout made, scrolled by wheel or touch; asks whoever holds it for a picture that fits."""

    cells: reactive[Cells] = reactive(())
    """Rows of (upper, lower) greys, 0 black to 255 white. Empty: nothing to show yet."""

    @dataclass
    class Sized(Message):
        """There is room for a picture, or another amount of it."""

        columns: int

    def on_resize(self, event: Resize) -> None:
        """A picture is made for the columns there are; hidden, there are none."""
        if event.size.width > 0:
            self.post_message(self.Sized(event.size.width))

    def watch_cells(self, cells: Cells) -> None:
        """A new picture starts at its top."""
        self.virtual_size = Size(len(cells[0]) if cells else 0, len(cells))
        self.scroll_home(animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of cells; neighbours alike are drawn together."""
        row = y + self.scroll_offset.y
        if row >= len(self.cells):
            return Strip.blank(self.size.width)
        abilities = Session.of(self.app).abilities
        draw = _in_greys if abilities.colours and abilities.pictures else _in_shapes
        left = max(0, (self.size.width - len(self.cells[row])) // 2)
        return Strip([Segment(" " * left, Style.null()), *draw(self.cells[row])])


def _in_greys(cells: tuple[tuple[int, int], ...]) -> list[Segment]:
    segments: list[Segment] = []
    for upper, lower in cells:
        style = _greys(upper, lower)
        if segments and segments[-1].style == style:
            segments[-1] = Segment(segments[-1].text + "▀", style)
        else:
            segments.append(Segment("▀", style))
    return segments


def _in_shapes(cells: tuple[tuple[int, int], ...]) -> list[Segment]:
    """Ink as blocks, on the terminal's own letters' colour for paper: light, where the ground is dark."""
    return [Segment("".join(_SHAPES[upper < INK_BELOW, lower < INK_BELOW] for upper, lower in cells), _INK_ON_LIGHT)]
