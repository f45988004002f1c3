"""The charts of the report page, drawn by matplotlib as SVG: what went wrong, each store's hours, trend and returns.

Nothing is said by colour alone: what differs has another hatch, dash or mark, and the numbers stand beside it. Sizes
are chosen for a telephone, where a drawing 440 points wide is shown at four fifths. The hours by reason are no drawing:
a table whose cells are shaded is the chart, and is read aloud, searched and copied as a table. Only matplotlib's
objects are used, never pyplot: no window, nothing left from the figure before. A user's own matplotlibrc changes none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from io import StringIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from pos_recovery.export.page import formatting
from pos_recovery.export.page.inline_svg import inlined

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _SOFT, _RULE, _BAR, _STRONG, _PAPER, _TINT = (f"#{n:02}{n:02}{n:02}" for n in range(1, 8))
"""Stand for the page's colours: see `inline_svg.PAGE_COLOURS`."""
_POINTS = 72
_WIDTH = 440
_TEXT = 12.5
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pos-recovery",
    "font.size": _TEXT,
    "text.color": _INK,
    "text.parse_math": False,
    "axes.edgecolor": _RULE,
    "axes.facecolor": "none",
    "axes.labelcolor": _SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.unicode_minus": False,
    "figure.facecolor": "none",
    "figure.dpi": _POINTS,
    "hatch.linewidth": 1.1,
    "hatch.color": _BAR,
    "xtick.color": _RULE,
    "ytick.color": _RULE,
    "xtick.labelcolor": _SOFT,
    "ytick.labelcolor": _SOFT,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.4,
    "path.simplify": False,
}
_ROW = 28
_LABELLED_BARS = 14
"""More numbers than this do not fit above their bars."""
_WEEKS = 49
"""So many days have every week named; twice as many every other, and so on."""
_SPARK = (200, 44)
_VITAL = 50
"""The reasons that make up this share of all, in per cent, are the few to begin with."""


def vital_few(given: Sequence[int]) -> int:
    """How many of the first reasons make up half of all; 0 where there are none. `given` is most first."""
    reached = 0
    for place, count in enumerate(given, 1):
        reached += count
        if reached * 100 >= sum(given) * _VITAL:
            return place if reached else 0
    return 0


def pareto(names: Sequence[str], given: Sequence[int]) -> str:
    """Bars by reason, most given first, and beside them the share that this reason and those above make up."""
    whole, rows, few = sum(given), range(len(given)), vital_few(given)
    shares = [sum(given[: row + 1]) / whole for row in rows]
    with _figure(len(given) * _ROW + 52) as figure:
        height = figure.get_figheight() * _POINTS
        box = (0.29, 30 / height, 0.37, len(given) * _ROW / height)
        bars = figure.add_axes(box)
        drawn = bars.barh(rows, given, height=0.62, color=_STRONG, edgecolor=_STRONG, linewidth=1)
        for bar in drawn.patches[few:]:
            bar.set(facecolor="none", edgecolor=_BAR, hatch="///")
        bars.bar_label(drawn, [formatting.number(count) for count in given], padding=5, color=_INK, fontweight="bold")
        bars.set(xlim=(0, max(given) * 1.28), ylim=(len(given) - 0.5, -0.5), xticks=[])
        bars.set_yticks(rows, [f"{{{row}}}" for row in rows], color=_INK)
        bars.spines["bottom"].set_visible(False)
        bars.axvline(0, color=_SOFT, linewidth=1)
        line = figure.add_axes((0.69, box[1], 0.2, box[3]), sharey=bars)
        line.axvline(0.8, color=_SOFT, linewidth=1, dashes=(3, 3))
        line.plot(shares, rows, color=_INK, linewidth=1.5, marker="o", markersize=6, clip_on=False)
        for row in rows:
            line.annotate(
                formatting.percent(sum(given[: row + 1]), whole),
                (1, row),
                (12, 0),
                textcoords="offset points",
                va="center",
            )
        line.set(xlim=(0, 1), xticks=[0, 0.8], xticklabels=["0", "80\u202f%"])
        line.tick_params(labelleft=False, length=0)
        line.tick_params(axis="x", pad=6)
        figure.text(0.69, 1 - 1 / height, "share so far", color=_SOFT, va="top")
        svg = _written(figure)
    spoken = "; ".join(f"{name} {count}" for name, count in zip(names, given, strict=True))
    return inlined(svg, "pareto", "Given by reason, most first, with the share so far", spoken, _short(names))


def trend(days: Sequence[date], given: Sequence[int], came_back: Sequence[int], turned: Sequence[int]) -> str:
    """Day by day: given as bars, came back and turned around as lines. The last day is outlined."""
    at = [(day - days[-1]).days for day in days]
    with _figure(230) as figure:
        axes = figure.add_axes((0.085, 0.13, 0.895, 0.72))
        bars = axes.bar(at, given, width=0.74, color=_TINT, edgecolor=_BAR, linewidth=0.8)
        bars.patches[-1].set(edgecolor=_INK, linewidth=2, zorder=1.5)
        back = axes.plot(at, came_back, color=_INK, linewidth=1.8, marker="o", markersize=4)
        happy = axes.plot(
            at, turned, color=_STRONG, linewidth=1.8, dashes=(3, 2), marker="s", markersize=4.5, markerfacecolor=_PAPER
        )
        _counts(axes, max(*given, *came_back, *turned))
        shown = sorted({at[0], at[0] // 2, 0}) if at[0] < -_LABELLED_BARS else [at[0], 0]
        axes.set_xticks(shown, [formatting.day(date.fromordinal(days[-1].toordinal() + d), "d MMM") for d in shown])
        axes.set_xlim(at[0] - 0.9, 0.9)
        axes.get_xticklabels()[-1].set(horizontalalignment="right", color=_INK, fontweight="bold")
        axes.get_xticklabels()[0].set_horizontalalignment("left")
        figure.legend(
            [bars.patches[0], *back, *happy], ["given", "came back", "turned around"],
            loc="upper left", bbox_to_anchor=(0, 1.02), ncols=3, borderaxespad=0,
        )  # fmt: skip
        svg = _written(figure)
    spoken = f"{days[-1]}: {given[-1]} given, {came_back[-1]} came back, {turned[-1]} turned around"
    return inlined(svg, "trend", "Given, came back and turned around, day by day", spoken)


def returns(days: Sequence[int], coupons: Sequence[int]) -> str:
    """How many coupons came back after how many days, and by which day half of them had."""
    last = max(*days, 6)
    with _figure(210) as figure:
        axes = figure.add_axes((0.085, 0.22, 0.895, 0.7))
        if last <= _LABELLED_BARS:
            drawn = axes.bar(days, coupons, width=0.78, color=_TINT, edgecolor=_STRONG, linewidth=1)
            axes.bar_label(drawn, [formatting.number(count) for count in coupons], padding=3, fontweight="bold")
            axes.set_yticks([])
            axes.set_xticks(range(last + 1))
        else:
            came = dict(zip(days, coupons, strict=True))
            edges = [day - 0.5 for day in range(last + 2)]
            heights = [came.get(day, 0) for day in range(last + 1)]
            axes.stairs(heights, edges, fill=True, facecolor=_TINT, edgecolor=_STRONG, linewidth=1)
            _counts(axes, max(coupons))
            axes.set_xticks(range(0, last + 1, 7 * -(-last // _WEEKS)))
        middle = half_back(days, coupons)
        axes.axvline(middle + 0.5, color=_INK, linewidth=1.2, dashes=(4, 3))
        axes.set(xlim=(-0.8, last + 0.8), ylim=(0, max(coupons) * 1.22), xlabel="days after it was given")
        svg = _written(figure)
    spoken = "; ".join(f"{count} after {day} days" for day, count in zip(days, coupons, strict=True))
    return inlined(svg, "returns", "Days until a coupon came back", spoken)


def half_back(days: Sequence[int], coupons: Sequence[int]) -> int:
    """The day by which half of these coupons were back. `days` ascend."""
    reached = 0
    for day, count in zip(days, coupons, strict=True):
        reached += count
        if reached * 2 >= sum(coupons):
            return day
    raise ValueError("nothing came back")


def store_hours(hours: Sequence[Sequence[int]], first: int, last: int, names: Sequence[str]) -> list[str]:
    """One small picture per store, all to one scale: given by hour, from `first` to `last`.

    One figure on one pair of axes, saved once per store: making axes is what takes the time.
    """
    highest = max(max(store) for store in hours) or 1
    pictures = []
    with _figure(_SPARK[1], _SPARK[0]) as figure:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set(xlim=(first, last + 1), ylim=(0, highest * 1.05))
        for place, (store, name) in enumerate(zip(hours, names, strict=True)):
            skyline = axes.stairs(store[first : last + 1], range(first, last + 2), fill=True, color=_STRONG)
            spoken = "; ".join(f"{hour} h {store[hour]}" for hour in range(24) if store[hour]) or "none"
            pictures.append(inlined(_written(figure), f"store-{place}", f"Given by hour: {name}", spoken))
            skyline.remove()
    return pictures


_TURN = Lock()
"""The style is that of the whole process: of two who draw at once, one would draw in the other's."""


@contextmanager
def _figure(height: float, width: float = _WIDTH) -> Iterator[Figure]:
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # where it keeps its list of fonts is no news for cron
    from matplotlib import style
    from matplotlib.figure import Figure

    with _TURN, style.context(_STYLE, after_reset=True):
        yield Figure(figsize=(width / _POINTS, height / _POINTS))


def _written(figure: Figure) -> str:
    to = StringIO()
    figure.savefig(to, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return to.getvalue()


def _counts(axes: Axes, highest: int) -> None:
    """A scale of whole numbers with faint lines."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_ylim(0, max(highest, 1) * 1.06)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formatting.number(int(value))))
    axes.grid(axis="y", color=_RULE, linewidth=0.8)
    axes.set_axisbelow(True)


def _short(names: Sequence[str]) -> list[str]:
    """Names that fit left of the bars. Letters of the east are counted as two, by their place alone."""
    room, first_wide = 15, 0x1100
    fitting = []
    for name in names:
        widths = [2 if ord(char) >= first_wide else 1 for char in name]
        kept = sum(1 for at in range(len(name)) if sum(widths[: at + 1]) <= room)
        fitting.append(name if kept == len(name) else name[: kept - 1] + "…")
    return fitting
