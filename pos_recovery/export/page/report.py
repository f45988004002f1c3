"""The report page: one file a head of operations looks at for one minute, with nothing in it that is fetched or run.

Pure: the same summary and exceptions give the same bytes. What stands on it is put into words here, laid out by
`report.html.j2` and `report.css`, and drawn by `charts.html.j2` where `charts` says. Names and texts are data: the
templates escape all of them.
Deliberately no table of every exception, no picture of every store and no guest: what one reads in a minute is shown,
the rest is counted, the files have all. "On this day" is the business day that was closed and nothing else: what a
night tells of earlier days is in its figures, as in its files, and is told apart wherever there is any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pos_recovery.export.page import charts, formatting, headline, money_formats, shown_exceptions
from pos_recovery.system.package_files import shipped_text

SHOWN_STORES = 12
"""As pictures: two rows of them on paper."""
_FILES = {
    "coupons": "every coupon given",
    "events": "what became of them",
    "refusals": "every slip that was refused, and why",
    "exceptions": "what is worth a look",
    "daily": "counts by store, reason and hour",
    "balances": "the sum, store by store",
    "stores": "the stores by their number",
    "people": "the people by their number",
}
_SUM = (
    ("opening", 1, "", "Open before"),
    ("issued", 1, "+", "Issued"),
    ("redeemed", -1, formatting.MINUS, "Redeemed"),
    ("voided", -1, formatting.MINUS, "Voided"),
    ("expired", -1, formatting.MINUS, "Expired"),
    ("reversed", 1, "+", "Reversed"),
    ("closing", -1, "=", "Open now"),
)
"""The parts of the sum, and how each counts when all of them together are to make nothing."""
_SHADES = 5
_FULL, _EMPTY = 86, 162
"""Where the coffee stands in a full cup and in an empty one, in units of the drawing."""

Row = Mapping[str, Any]
View = dict[str, Any]


def write_report(
    summary: Mapping[str, Any], exceptions: Iterable[Mapping[str, Any]], *, has_workbook: bool = True
) -> str:
    """The page, as one HTML document.

    Args:
        summary: What summary.json holds.
        exceptions: Rows of the exceptions table, in file order; the first of each kind are shown, the others counted.
        has_workbook: Whether there is one beside the page.
    """
    from jinja2 import DictLoader, Environment, StrictUndefined

    names = ("report.html.j2", "charts.html.j2", "report.css")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=DictLoader({name: shipped_text(f"export/page/{name}") for name in names}),
    )
    environment.filters |= {"n": formatting.number, "shown": formatting.shown}
    page: str = environment.get_template("report.html.j2").render(_view(summary, exceptions), has_workbook=has_workbook)
    return page


def _view(summary: Row, exceptions: Iterable[Row]) -> View:
    stores = {str(row["store"]): formatting.shown(row["name"]) for row in summary["stores"]}
    figures, of_day = summary["figures"], summary["of_day"]
    earlier = {key: figures[key] - of_day[key] for key in of_day}
    previous, ahead = summary["previous_business_day"], headline.dated_ahead(summary)
    which = "other" if ahead else "earlier"
    purses = [_purse(code, purse, summary["balance"].get(code, {})) for code, purse in summary["money"].items()]
    return {
        "run": summary["run"],
        "folder": f"{summary['business_day']}_{summary['run']:06}",
        "day": formatting.day(summary["business_day"]),
        "previous": formatting.day(previous) if previous and previous < summary["business_day"] else "",
        "place": _place(summary),
        "lede": headline.headline(summary),
        "figures": figures,
        "apart": {key: headline.apart(of_day[key], earlier[key], which) for key in of_day},
        "earlier": any(earlier.values()),
        "which": which,
        "noticed_share": formatting.percent(figures["noticed_first"], figures["given"]),
        "cup": _cup(figures),
        "purses": purses,
        "unpriced": any(purse["unpriced"] for purse in purses),
        "sums": [_sum(code, sums, summary["money"][code]) for code, sums in summary["balance"].items()],
        "reasons": _reasons(summary["reasons"]),
        "hours": _hours(summary),
        "stores": _stores(summary),
        "trend": _trend(summary["trend"]),
        "returns": _returns(summary["days_until_return"]),
        **shown_exceptions.exceptions(summary["exceptions"], exceptions, stores),
        "files": [
            {"name": name, "what": what, "rows": summary["rows"][name], "late": summary["late"].get(name, 0)}
            for name, what in _FILES.items()
            if name in summary["rows"]
        ],
        "late": sum(summary["late"].values()),
        "ahead": ahead,
    }


def _place(summary: Row) -> str:
    count = summary["figures"]["stores"]
    if count == 1 and summary["stores"]:
        return formatting.shown(summary["stores"][0]["name"])
    if not count:
        return "Nothing on record"
    return "1 store" if count == 1 else f"{formatting.number(count)} stores"


def _cup(figures: Row) -> View:
    """The house's sign: as full as guests who told how it ended were turned around."""
    happy, told = figures["turned_around"], figures["turned_around"] + figures["still_unhappy"]
    return {
        "happy": happy,
        "told": told,
        "share": formatting.percent(happy, told),
        "surface": _EMPTY - (_EMPTY - _FULL) * happy // told if told else _EMPTY,
    }


def _purse(code: str, purse: Row, sums: Row) -> View:
    def written(field: str) -> str:
        minor = purse[field]
        return "–" if minor is None else _money(minor, code, purse)

    fields = ("given", "redeemed", "goodwill", "outstanding")
    return {
        "currency": formatting.shown(code),
        "unpriced": _unpriced(purse, sums),
        "outstanding_coupons": purse["outstanding_coupons"],
        "each": written("cost_per_recovered_guest_minor"),
        **{field: written(f"{field}_cost_minor") for field in fields},
    }


def _money(minor: int, code: str, purse: Row) -> str:
    """In the form that the run took down; in one of a night that has none, by the currency's code."""
    if "form" not in purse:
        return formatting.money(minor, code, purse["minor_units"])
    return money_formats.written(minor, purse["currency_decimals"], purse["form"])


def _unpriced(purse: Row, sums: Row) -> bool:
    """Whether there are coupons and not one has a cost: nobody has said what a drink costs, so 0 is no fact."""
    costs = [purse["goodwill_cost_minor"], *(part["cost_minor"] for part in sums.values())]
    return any(part["coupons"] for part in sums.values()) and not any(costs)


def _sum(code: str, sums: Row, purse: Row) -> View:
    proves = all(sum(sign * sums[part][unit] for part, sign, *_ in _SUM) == 0 for unit in ("coupons", "cost_minor"))
    rows = [
        {
            "sign": mark,
            "name": name,
            "coupons": sums[part]["coupons"],
            "cost": _money(sums[part]["cost_minor"], code, purse),
        }
        for part, _, mark, name in _SUM
    ]
    return {"currency": formatting.shown(code), "rows": rows, "proves": proves, "purse": _purse(code, purse, sums)}


def _reasons(reasons: list[Row]) -> View | None:
    given = [row["given"] for row in reasons if row["given"]]
    if not given:
        return None
    names = [formatting.shown(row["name"]) for row in reasons]
    few = charts.vital_few(given)
    return {
        "chart": charts.pareto(names[: len(given)], given),
        "few": formatting.listed(names[:few]),
        "share": formatting.percent(sum(given[:few]), sum(given)),
        "rows": [dict(row) | {"name": name} for row, name in zip(reasons, names, strict=True)],
    }


def _hours(summary: Row) -> View | None:
    given = [row["given"] for row in summary["hours"]]
    back = [row["came_back"] for row in summary["hours"]]
    span = _open_hours([given, back])
    if not span:
        return None
    first, last = span
    highest = max((max(row) for row in summary["reason_hours"].values()), default=0)
    names = {row["reason"]: formatting.shown(row["name"]) for row in summary["reasons"]}
    known = [key for key in names if key in summary["reason_hours"]]
    rows = [
        {
            "name": names.get(key) or formatting.shown(key) or "Not known",
            "whole": sum(summary["reason_hours"][key]),
            "cells": [(count, -(-count * _SHADES // highest) if count else 0) for count in row[first : last + 1]],
        }
        for key in [*known, *sorted(set(summary["reason_hours"]) - set(names))]
        if any(row := summary["reason_hours"][key])
    ]
    busiest = given.index(max(given))
    return {
        "range": range(first, last + 1),
        "rows": rows,
        "given": given[first : last + 1],
        "back": back[first : last + 1],
        "busiest": f"{busiest}:00 and {(busiest + 1) % 24}:00",
        "most": given[busiest],
        "whole": sum(given),
        "whole_back": sum(back),
    }


def _open_hours(rows: list[list[int]]) -> tuple[int, int] | None:
    hours = [hour for hour in range(24) if any(row[hour] for row in rows)]
    return (hours[0], hours[-1]) if hours else None


def _stores(summary: Row) -> View | None:
    """One small picture each of those that gave most; none for a store that stands alone."""
    count = len(summary["stores"]) + summary["stores_left_out"]
    if count < 2:  # noqa: PLR2004  a comparison needs two
        return None
    rows = [
        dict(row)
        | {
            "name": formatting.shown(row["name"]),
            "store": formatting.shown(row["store"]),
            "share": formatting.percent(row["noticed_first"], row["given"]),
        }
        for row in summary["stores"]
    ]
    pictured, others = rows[:SHOWN_STORES], rows[SHOWN_STORES:]
    span = _open_hours([row["hours"] for row in pictured]) or (0, 23)
    drawn = charts.store_hours([row["hours"] for row in pictured], *span)
    return {
        "from": span[0],
        "to": span[1] + 1,
        "rows": [row | {"chart": chart} for row, chart in zip(pictured, drawn, strict=True)],
        "others": others,
        "left_out": count - len(pictured),
    }


def _trend(rows: list[Row]) -> View | None:
    """Every day up to the one that was closed, which is the last."""
    if len(rows) < 2:  # noqa: PLR2004  a line needs two ends
        return None
    days = [date.fromisoformat(row["business_day"]) for row in rows]
    given, back, turned = ([row[key] for row in rows] for key in ("given", "came_back", "turned_around"))
    return {
        "chart": charts.trend(days, given, back, turned) if any((*given, *back, *turned)) else None,
        "days": len(rows),
        "average": (2 * sum(given) + len(rows)) // (2 * len(rows)),
        "given": given[-1],
        "rows": [
            dict(row)
            | {"day": formatting.day(day, "EEE d MMM"), "share": formatting.percent(row["noticed_first"], row["given"])}
            for day, row in zip(reversed(days), reversed(rows), strict=True)
        ],
    }


def _returns(rows: list[Row]) -> View | None:
    came = [(row["days"], row["coupons"]) for row in rows if row["coupons"]]
    if not came:
        return None
    days, coupons = [day for day, _ in came], [count for _, count in came]
    return {"chart": charts.returns(days, coupons), "half": charts.half_back(days, coupons), "rows": came}
