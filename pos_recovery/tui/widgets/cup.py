"""The cup: half empty, filling while a slip prints, full when it is in the guest's hand."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

FULL = 10
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_INNER_ROWS = 5
_INNER_WIDTH = 11
_WIDTH = 18


class Cup(Widget):
    """A mug drawn in lines, 9 rows by 18 columns, filled to `level`."""

    level: reactive[float] = reactive(FULL / 2)
    """0 is empty, 10 is full."""
    steaming: reactive[bool] = reactive(default=True)
    """Whether it is fresh."""

    def __init__(self, words: str = "", *, id: str | None = None) -> None:  # noqa: A002  textual's own name
        """A cup, with a line or two under it."""
        super().__init__(id=id)
        self._words = words

    def render(self) -> Content:
        """The mug, its steam, as much coffee as `level` says, and the words under it."""
        eighths = round(max(0.0, min(self.level, FULL)) / FULL * _INNER_ROWS * 8)
        handle = ("──╮", "  │", "  │", "──╯", "")
        steam = ("    (   )  (      ", "     )   (  )     ") if self.steaming else (" " * 18, " " * 18)
        parts: list[tuple[str, str] | str] = [(f"{line}\n", "$text-muted") for line in steam]
        for row in range(_INNER_ROWS):
            held = max(0, min(8, eighths - (_INNER_ROWS - 1 - row) * 8))
            parts += [
                ("│", "bold"),
                (_EIGHTHS[held] * _INNER_WIDTH, "$primary"),
                ("│", "bold"),
                (handle[row], "bold"),
                "\n",
            ]
        parts.append(("╰" + "─" * _INNER_WIDTH + "╯\n", "bold"))
        parts.append((" " + "▔" * (_INNER_WIDTH + 4), "$text-muted"))
        if self._words:
            parts.append(
                ("\n\n" + "\n".join(line.center(_WIDTH) for line in self._words.splitlines()), "italic $accent")
            )
        return Content.assemble(*parts)
