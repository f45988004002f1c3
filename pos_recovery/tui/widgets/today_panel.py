"""The day beside the grid: what was given, what came back, and how much of the allowance is used."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from pos_recovery.counter.today_board import Today

_BARS = "▁▂▃▄▅▆▇█"
METER_CELLS = 10


def spark(counts: tuple[int, ...]) -> str:
    """Counts as bars, from the first hour with any to the last; a bar of a space is an hour without."""
    used = [hour for hour, count in enumerate(counts) if count]
    if not used:
        return ""
    highest = max(counts)
    shown = counts[used[0] : used[-1] + 1]
    return "".join(_BARS[round((count / highest) * (len(_BARS) - 1))] if count else " " for count in shown)


def meter(used: int, allowance: int) -> str:
    """Ten cells, filled as the allowance is. Full is full, however far beyond."""
    filled = min(METER_CELLS, -(-used * METER_CELLS // allowance))
    return "■" * filled + "□" * (METER_CELLS - filled)


class TodayPanel(Widget):
    """Reads only; one value in."""

    today: "reactive[Today | None]" = reactive(None)
    """None until the numbers are known."""

    def render(self) -> Content:
        """Three short paragraphs."""
        today = self.today
        if today is None:
            return Content("")
        from pos_recovery.tui.content.paper_words import waiting_lines

        waiting = waiting_lines(today.waiting)
        over = today.mine > today.allowance
        return Content.assemble(
            ("Today\n", "bold $accent"),
            f" {today.given} given  ",
            (spark(today.by_hour), "$primary"),
            f"\n {today.came_back} came back\n {today.turned_around} turned around\n",
            f" {today.noticed_first} of {today.given} noticed first\n\n",
            ("Your allowance\n", "bold $accent"),
            (f" {meter(today.mine, today.allowance)}", "$warning" if over else "$primary"),
            f"\n {today.mine} of {today.allowance}",
            ", and fine" if over else "",
            ("\n\nWaiting for paper\n", "bold $accent"),
            *((f" {line}\n", "$warning") for line in waiting),
            " F4 shows them" if waiting else " none",
        )
