"""The numbers of `summary.json`, which are those of the report: counted from a night's files of facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pos_recovery.export import tables
from pos_recovery.export.basis import Basis, Day
from pos_recovery.export.counting import HOURS, all_rows, one_row, table_of

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from pos_recovery.export.proof import Balance

TREND_DAYS = 30
MOST_STORES = 60
"""Small multiples on a page of the report; the others are in the files."""
NOT_KNOWN = "Not known"
"""The name of `counting.UNKNOWN_REASON`."""
_MOVES = tuple(move.lower() for move in tables.MOVES)
_NOTHING = dict.fromkeys((*tables.COUNTS, *tables.COSTS), 0)
_SUMS = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in (*tables.COUNTS, *tables.COSTS))


def days_told(con: DuckDBPyConnection) -> dict[date, Day]:
    """What this run tells of each business day."""
    rows = all_rows(con, f"SELECT BusinessDayDate, {_SUMS} FROM counted GROUP BY ALL ORDER BY BusinessDayDate")
    return {row["BusinessDayDate"]: _day(row) for row in rows}


def exceptions_by_code(con: DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """How many there are of each kind of exception in the finished file, in the file's order."""
    file = table_of(folder, "exceptions")
    found = all_rows(con, f"SELECT ExceptionCode, count(*) AS many FROM {file} GROUP BY ALL")
    many = {row["ExceptionCode"]: row["many"] for row in found}
    return {code: many[code] for code in tables.CODES if code in many}


def summary(
    con: DuckDBPyConnection,
    basis: Basis,
    *,
    rows: Mapping[str, int],
    balances: Iterable[Balance],
    days: Mapping[date, Day],
    exceptions: Mapping[str, int],
) -> dict[str, Any]:
    """What stands in summary.json, and stands in that order.

    Args:
        con: The night's files.
        basis: Of the run; here with all stores and reasons that are known by now.
        rows: How many each file has.
        balances: Of every store and currency.
        days: What all runs up to this one have told of business days. Of the day it closes only this one tells: an
            earlier run tells of no later day.
        exceptions: How many of each code.
    """
    (total,) = _grouped(con, "") or [_NOTHING]
    others = one_row(
        con,
        "SELECT (SELECT count(*) FROM events WHERE EventType = 'reprinted') AS reprinted,"
        " (SELECT count(*) FROM refusals) AS refused,"
        " (SELECT count(*) FROM (SELECT RetailStoreID FROM coupons UNION SELECT RetailStoreID FROM events"
        " UNION SELECT RetailStoreID FROM refusals)) AS stores",
    )
    reasons = _grouped(con, "ReasonCode")
    hours = {row["LocalHour"]: row for row in _grouped(con, "LocalHour")}
    shown, left_out = _stores(con, basis)
    open_ = _balance(balances)
    return {
        "format": basis.format,
        "run": basis.run,
        "business_day": basis.day.isoformat(),
        "previous_business_day": basis.previous_day.isoformat() if basis.previous_day else None,
        "rows": {name: rows[name] for name in ("coupons", "events", "refusals", "exceptions", "daily", "balances")},
        "late": {
            name: one_row(con, f"SELECT count(*) AS late FROM {name} WHERE LateFlag")["late"]
            for name in ("coupons", "events", "refusals")
        },
        "figures": {
            "given": total["Issued"],
            "noticed_first": total["NoticedFirst"],
            "asked": total["Issued"] - total["NoticedFirst"],
            "remade": total["Remade"],
            "came_back": total["Redeemed"] - total["Reversed"],
            "turned_around": total["TurnedAround"],
            "still_unhappy": total["StillUnhappy"],
            "did_not_say": total["DidNotSay"],
            "goodwill": total["Goodwill"],
            "voided": total["Voided"],
            "reversed": total["Reversed"],
            "reprinted": others["reprinted"],
            "refused": others["refused"],
            "stores": others["stores"],
        },
        "of_day": _told_of(days.get(basis.day, Day())),
        "money": _money(_grouped(con, "CurrencyCode"), open_, basis.scales),
        "balance": open_,
        "reasons": [
            {
                "reason": row["ReasonCode"],
                "name": basis.reasons.get(row["ReasonCode"], row["ReasonCode"]) or NOT_KNOWN,
                **_returns(row),
            }
            for row in sorted(reasons, key=lambda row: (-row["Issued"], row["ReasonCode"]))
        ],
        "hours": [
            {"hour": hour, "given": row["Issued"], "came_back": row["Redeemed"] - row["Reversed"]}
            for hour in range(HOURS)
            for row in [hours.get(hour, _NOTHING)]
        ],
        "reason_hours": _by_hour(con, "ReasonCode"),
        "days_until_return": _days_until_return(con),
        "stores": shown,
        "stores_left_out": left_out,
        "trend": _trend(basis.day, days),
        "exceptions": {code: exceptions[code] for code in tables.CODES if exceptions.get(code)},
    }


def cost_each_minor(cost_minor: int, guests: int) -> int | None:
    """Minor units for each guest, half up; None when there was none."""
    return (2 * cost_minor + guests) // (2 * guests) if guests > 0 else None


def _money(
    currencies: Iterable[Mapping[str, Any]], open_: Mapping[str, Mapping[str, Any]], scales: Mapping[str, int]
) -> dict[str, dict[str, int | None]]:
    by_currency = {row["CurrencyCode"]: row for row in currencies}
    money: dict[str, dict[str, int | None]] = {}
    for currency in sorted(by_currency.keys() | open_.keys()):
        row = by_currency.get(currency, _NOTHING)
        closing = open_[currency]["closing"] if currency in open_ else {"coupons": 0, "cost_minor": 0}
        spent = row["RedeemedCostMinor"] - row["ReversedCostMinor"] + row["GoodwillCostMinor"]
        money[currency] = {
            "minor_units": scales[currency],
            "given_cost_minor": row["IssuedCostMinor"],
            "redeemed_cost_minor": row["RedeemedCostMinor"],
            "goodwill_cost_minor": row["GoodwillCostMinor"],
            "outstanding_coupons": closing["coupons"],
            "outstanding_cost_minor": closing["cost_minor"],
            "cost_per_recovered_guest_minor": cost_each_minor(spent, row["TurnedAround"]),
        }
    return money


def _balance(balances: Iterable[Balance]) -> dict[str, dict[str, dict[str, int]]]:
    total: dict[str, dict[str, dict[str, int]]] = {}
    for each in balances:
        sums = total.setdefault(each.currency, {move: {"coupons": 0, "cost_minor": 0} for move in _MOVES})
        for move in _MOVES:
            sums[move]["coupons"] += each.coupons[move]
            sums[move]["cost_minor"] += each.cost_minor[move]
    return dict(sorted(total.items()))


def _stores(con: DuckDBPyConnection, basis: Basis) -> tuple[list[dict[str, Any]], int]:
    """The stores that gave most, and how many others there are."""
    ranked = f"SELECT RetailStoreID, {_SUMS} FROM counted GROUP BY ALL ORDER BY Issued DESC, RetailStoreID"
    first = all_rows(con, f"{ranked} LIMIT {MOST_STORES}")
    many = one_row(con, "SELECT count(DISTINCT RetailStoreID) AS many FROM counted")["many"]
    hours = _by_hour(
        con, "RetailStoreID", f"RetailStoreID IN (SELECT RetailStoreID FROM ({ranked} LIMIT {MOST_STORES}))"
    )
    nobody = [0] * HOURS
    shown = []
    for row in first:
        store = row["RetailStoreID"]
        known = basis.stores.get(store)
        shown.append(
            {
                "store": store,
                "name": known.name if known else store,
                **_returns(row),
                "noticed_first": row["NoticedFirst"],
                "hours": hours.get(store, nobody),
            }
        )
    return shown, many - len(first)


def _by_hour(con: DuckDBPyConnection, column: str, condition: str = "TRUE") -> dict[str, list[int]]:
    """Coupons given, hour by hour, for each value of a column that any were given under."""
    found = all_rows(
        con,
        f"SELECT {column} AS value, LocalHour, CAST(sum(Issued) AS BIGINT) AS given FROM counted"
        f" WHERE Issued > 0 AND {condition} GROUP BY ALL ORDER BY ALL",
    )
    hours: dict[str, list[int]] = {}
    for row in found:
        hours.setdefault(row["value"], [0] * HOURS)[row["LocalHour"]] = row["given"]
    return hours


def _days_until_return(con: DuckDBPyConnection) -> list[dict[str, int]]:
    """After how many business days coupons came back. One taken back is none: that is of the same day."""
    return all_rows(
        con,
        "SELECT CAST(greatest(BusinessDayDate - IssuingBusinessDayDate, 0) AS BIGINT) AS days,"
        " CAST(sum(CASE EventType WHEN 'redeemed' THEN 1 ELSE -1 END) AS BIGINT) AS coupons FROM events"
        " WHERE EventType IN ('redeemed', 'reversed') AND CouponKnownFlag GROUP BY ALL"
        " HAVING coupons > 0 ORDER BY days",
    )


def _trend(last: date, days: Mapping[date, Day]) -> list[dict[str, Any]]:
    """Every day up to the last one, since the first on record; with nothing on record: that one alone."""
    first = max(min(days, default=last), last - timedelta(days=TREND_DAYS - 1))
    window = (first + timedelta(days=after) for after in range((last - first).days + 1))
    return [{"business_day": day.isoformat(), **_told_of(days.get(day, Day()))} for day in window]


def _told_of(day: Day) -> dict[str, int]:
    return {
        "given": day.given,
        "came_back": day.came_back,
        "turned_around": day.turned_around,
        "noticed_first": day.noticed_first,
    }


def _returns(row: Mapping[str, Any]) -> dict[str, int]:
    return {
        "given": row["Issued"],
        "came_back": row["Redeemed"] - row["Reversed"],
        "turned_around": row["TurnedAround"],
    }


def _day(row: Mapping[str, Any]) -> Day:
    return Day(row["Issued"], row["NoticedFirst"], row["Redeemed"] - row["Reversed"], row["TurnedAround"])


def _grouped(con: DuckDBPyConnection, column: str) -> list[dict[str, Any]]:
    """The sums for each value of a column, in its order; without one: of everything, if there is anything."""
    if not column:
        return all_rows(con, f"SELECT {_SUMS} FROM counted HAVING count(*) > 0")
    return all_rows(con, f"SELECT {column}, {_SUMS} FROM counted GROUP BY ALL ORDER BY {column}")
