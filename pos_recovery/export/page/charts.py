"""The charts of the report page: where each bar, line and number stands, for `charts.html.j2` to draw as SVG. Pure.

All places are whole numbers, in tenths of a unit, so that every machine has the same; a drawing is as wide as a
telephone shows it, so that its numbers are as large there as other text, and larger elsewhere. Nothing is said by
colour alone: what differs has another hatch, dash or mark, and the numbers stand beside it. Deliberately no library for
plots: of four small charts one would be most of a night's weight. The hours by reason are no drawing: a table whose
cells are shaded is the chart, and is read aloud, searched and copied as a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, count

from pos_recovery.export.page import formatting

WIDTH = 3600
_LETTER = 80
"""As wide as a digit is in the widest fonts of the usual ones."""
_ROW, _TOP = 330, 190
"""Of reasons: height of each, and where the first begins."""
_LONGEST_BAR = 1560
_NONE, _ALL = 2450, 3050
"""Between them the share so far runs from nothing to all."""
_NAME_LETTERS = 34
_MOST_BARS = 15
"""More are drawn as one outline."""
_WIDEST_BAR = 360
_FAR_BEHIND = 4
"""So many times as long as nine in ten took, and it is told in words: a clock that was years behind makes such days."""
_VITAL = 50
"""The reasons that make up this share of all, in per cent, are the few to begin with."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A bar of `Pareto`, and its point on the line."""

    y: int
    name: str
    given: str
    length: int
    is_vital: bool
    share_x: int
    share: str


@dataclass(frozen=True, slots=True)
class Pareto:
    """Bars by reason, most given first, and beside them the share that this reason and those above make up."""

    height: int
    rows: tuple[Reason, ...]
    none_x: int
    four_fifths_x: int
    spoken: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A number or a day at an axis."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """From its left upper corner."""

    x: int
    y: int
    width: int
    height: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """What stands on two axes."""

    left: int
    zero: int
    ticks: tuple[Tick, ...]
    """Of the counts; none where they stand on the bars."""
    days: tuple[Tick, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Trend(Plot):
    """Given as bars, came back and turned around as lines. The last day, which is the night's, is outlined."""

    came_back: str
    turned_around: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Returns(Plot):
    """How many coupons came back after how many days, and the line by which half of them had."""

    outline: str
    """Where there are too many days for a bar each."""
    half: int
    later: int
    """Coupons that waited so much longer than most that their days are not shown."""
    spoken: str


@dataclass(frozen=True, slots=True)
class StoreHours:
    """One of the small pictures: given by hour."""

    outline: str
    spoken: str


def vital_few(given: Sequence[int]) -> int:
    """How many of the first reasons make up half of all; 0 where there are none. `given` is most first."""
    whole = sum(given)
    return next((place for place, so_far in enumerate(accumulate(given), 1) if so_far * 100 >= whole * _VITAL > 0), 0)


def half_back(days: Sequence[int], coupons: Sequence[int]) -> int:
    """The day by which half of these coupons were back. `days` ascend."""
    return _back_by(days, coupons, 5)


def _back_by(days: Sequence[int], coupons: Sequence[int], tenths: int) -> int:
    whole = sum(coupons)
    return next(day for day, so_far in zip(days, accumulate(coupons), strict=True) if so_far * 10 >= whole * tenths)


def pareto(names: Sequence[str], given: Sequence[int]) -> Pareto:
    """Of reasons that were given, most first."""
    whole, few = sum(given), vital_few(given)
    rows = (
        Reason(
            y=_TOP + place * _ROW,
            name=_short(name),
            given=formatting.number(many),
            length=_part(many, given[0], _LONGEST_BAR),
            is_vital=place < few,
            share_x=_NONE + _part(so_far, whole, _ALL - _NONE),
            share=formatting.percent(so_far, whole),
        )
        for place, (name, many, so_far) in enumerate(zip(names, given, accumulate(given), strict=True))
    )
    spoken = "; ".join(f"{name} {many}" for name, many in zip(names, given, strict=True))
    return Pareto(
        height=_TOP + len(given) * _ROW + 190,
        rows=tuple(rows),
        none_x=_NONE,
        four_fifths_x=_NONE + _part(4, 5, _ALL - _NONE),
        spoken=spoken,
    )


def trend(days: Sequence[date], given: Sequence[int], came_back: Sequence[int], turned: Sequence[int]) -> Trend:
    """Of one day after the other, two at least."""
    counts = _Counts(min(0, *came_back, *turned), max(*given, *came_back, *turned), top=250, bottom=1850)
    left, many = counts.room, len(days)
    middles = [left + _part(2 * place + 1, 2 * many, WIDTH - left) for place in range(many)]
    width = min(_part(3, 4 * many, WIDTH - left), _WIDEST_BAR)
    named = {0, many // 2, many - 1} if many >= _MOST_BARS else {0, many - 1}

    def line(values: Sequence[int]) -> str:
        return "M" + "L".join(f"{x} {counts.y(value)}" for x, value in zip(middles, values, strict=True))

    bars = (
        Bar(x - width // 2, counts.y(value), width, counts.y(0) - counts.y(value))
        for x, value in zip(middles, given, strict=True)
    )
    return Trend(
        left=left,
        zero=counts.y(0),
        ticks=counts.ticks,
        days=tuple(Tick(middles[place], formatting.day(days[place], "d MMM")) for place in sorted(named)),
        bars=tuple(bars),
        came_back=line(came_back),
        turned_around=line(turned),
        spoken=f"{days[-1]}: {given[-1]} given, {came_back[-1]} came back, {turned[-1]} turned around",
    )


def returns(days: Sequence[int], coupons: Sequence[int]) -> Returns:
    """Of the days after which any came back, ascending."""
    came = dict(zip(days, coupons, strict=True))
    shown = max(min(days[-1], max(_FAR_BEHIND * _back_by(days, coupons, 9), _MOST_BARS - 1)), 6) + 1
    has_bars = shown <= _MOST_BARS
    on_bars = has_bars and (max(len(formatting.number(many)) for many in coupons) * _LETTER + 40) * shown <= WIDTH
    counts = _Counts(0, max(coupons), top=330, bottom=1560)
    left, zero = 0 if on_bars else counts.room, counts.y(0)
    edge = [left + _part(day, shown, WIDTH - left) for day in range(shown + 1)]
    bars = (
        Bar(edge[day] + 30, counts.y(many), edge[1] - edge[0] - 60, zero - counts.y(many),
            formatting.number(many) if on_bars else "")
        for day, many in came.items() if day < shown
    )  # fmt: skip
    step = 1 if has_bars else next(step for step in _day_steps() if shown <= 8 * step)
    return Returns(
        left=left,
        zero=zero,
        ticks=() if on_bars else counts.ticks,
        days=tuple(Tick((edge[day] + edge[day + 1]) // 2, str(day)) for day in range(0, shown, step)),
        bars=tuple(bars) if has_bars else (),
        outline="" if has_bars else _outline([counts.y(came.get(day, 0)) for day in range(shown)], edge, zero),
        half=edge[half_back(days, coupons) + 1],
        later=sum(many for day, many in came.items() if day >= shown),
        spoken="; ".join(f"{many} after {day} days" for day, many in came.items()),
    )


def store_hours(hours: Sequence[Sequence[int]], first: int, last: int) -> list[StoreHours]:
    """One small picture for each store, all to one scale, from the hour `first` to the end of `last`."""
    highest, bottom, top = max(map(max, hours)) or 1, 440, 20
    edge = [_part(hour, last + 1 - first, 2000) for hour in range(last + 2 - first)]
    return [
        StoreHours(
            _outline([bottom - _part(many, highest, bottom - top) for many in store[first : last + 1]], edge, bottom),
            "; ".join(f"{hour} h {many}" for hour, many in enumerate(store) if many) or "none",
        )
        for store in hours
    ]


class _Counts:
    """A scale of whole and round numbers, from `bottom` up to `top`: four steps at most above nothing, and below it."""

    def __init__(self, lowest: int, highest: int, *, top: int, bottom: int) -> None:
        self.step = next(step for step in _round_steps() if highest <= 4 * step and -lowest <= 4 * step)
        self.low, self.high = lowest // self.step * self.step, max(-(-highest // self.step), 1) * self.step
        self.top, self.bottom = top, bottom

    def y(self, value: int) -> int:
        return self.bottom - _part(value - self.low, self.high - self.low, self.bottom - self.top)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        values = range(self.low, self.high + 1, self.step)
        return tuple(Tick(self.y(value), formatting.number(value)) for value in values)

    @property
    def room(self) -> int:
        """What the numbers take, left of the axis."""
        return max(len(tick.text) for tick in self.ticks) * _LETTER + 60


def _round_steps() -> Iterator[int]:
    return (digit * 10**zeros for zeros in count() for digit in (1, 2, 5))


def _day_steps() -> Iterator[int]:
    """Weeks, while there are few."""
    yield from (7, 14, 28)
    yield from (step for step in _round_steps() if step > 28)  # noqa: PLR2004  as above


def _part(value: int, of: int, length: int) -> int:
    """So much of a length, half up."""
    return (2 * value * length + of) // (2 * of)


def _outline(heights: Sequence[int], edges: Sequence[int], bottom: int) -> str:
    """Stairs around bars that touch; where some are alike, as one."""
    drawn, before = [f"M{edges[0]} {bottom}"], bottom
    for height, left in zip(heights, edges, strict=False):
        if height != before:
            drawn.append(f"H{left}V{height}")
            before = height
    return "".join([*drawn, f"H{edges[-1]}V{bottom}Z"])


def _short(name: str) -> str:
    """A name that fits above its bar. Letters of the east are counted as two, by their place alone."""
    first_wide = 0x1100
    widths = accumulate(2 if ord(char) >= first_wide else 1 for char in name)
    kept = sum(width <= _NAME_LETTERS for width in widths)
    return name if kept == len(name) else name[: kept - 1] + "…"
