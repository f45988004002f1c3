"""The grid of reasons: a tile each, picked by its key, by arrows and Enter, or by a touch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult, RenderResult
from textual.binding import Binding
from textual.containers import Grid
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from pos_recovery.slip_texts.reasons import Reason


class ReasonTile(Widget, can_focus=True):
    """One reason."""

    BINDINGS = [Binding("enter,space", "pick", "Choose", id="tile.pick", tooltip="Open this reason's card", show=False)]

    @dataclass
    class Picked(Message):
        """This tile was chosen."""

        reason: "Reason"

    def __init__(self, reason: "Reason") -> None:
        super().__init__(id=f"reason-{reason.id}")
        self.reason = reason
        self.border_title = Content(f" {reason.key} ") if reason.key else None

    def render(self) -> RenderResult:
        """The reason's name, literally."""
        return Content(self.reason.name)

    def on_click(self, event: Click) -> None:
        """A touch chooses."""
        event.stop()
        self.action_pick()

    def action_pick(self) -> None:
        """Tell the screen."""
        self.post_message(self.Picked(self.reason))


class ReasonGrid(Grid):
    """Up to twelve tiles, three in a row; arrows walk between them."""

    COLUMNS = 3
    BINDINGS = [
        Binding("left", "walk(-1)", "Left", id="grid.left", tooltip="The reason to the left", show=False),
        Binding("right", "walk(1)", "Right", id="grid.right", tooltip="The reason to the right", show=False),
        Binding("up", "walk(-3)", "Up", id="grid.up", tooltip="The reason above", show=False),
        Binding("down", "walk(3)", "Down", id="grid.down", tooltip="The reason below", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  textual's own name
        super().__init__(id=id)
        self._reasons: tuple[Reason, ...] = ()

    async def show(self, reasons: "tuple[Reason, ...]") -> None:
        """Lay out these reasons, once they are known."""
        if reasons == self._reasons:
            return
        self._reasons = reasons
        await self.remove_children()
        await self.mount_all([ReasonTile(reason) for reason in reasons])

    def pick(self, key: str) -> bool:
        """Choose the tile with this key. False when none has it."""
        for tile in self.query(ReasonTile):
            if tile.reason.key == key:
                tile.action_pick()
                return True
        return False

    def action_walk(self, step: int) -> None:
        """Move the focus by `step` tiles, staying on the grid."""
        tiles = list(self.query(ReasonTile))
        if not tiles:
            return
        here = next((place for place, tile in enumerate(tiles) if tile.has_focus), None)
        there = 0 if here is None else here + step
        if 0 <= there < len(tiles):
            tiles[there].focus()

    def compose(self) -> ComposeResult:
        """Nothing until the reasons are known."""
        yield from ()
