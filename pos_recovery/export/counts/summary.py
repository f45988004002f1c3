"""The numbers of `summary.json`, which are those of the report: counted from a night's files of facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pos_recovery.export.counts.queries import HOURS, all_rows, make_added, one_row
from pos_recovery.export.facts import table_columns
from pos_recovery.export.facts.run_inputs import Basis, Day
from pos_recovery.export.facts.table_files import table_of

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from pos_recovery.export.counts.proof import Balance

TREND_DAYS = 30
MOST_STORES = 60
"""Small multiples on a page of the report; the others are in the files."""
NOT_KNOWN = "Not known"
"""The name of `queries.UNKNOWN_REASON`."""
_MOVES = tuple(move.lower() for move in table_columns.MOVES)
_NOTHING = dict.fromkeys(table_columns.SUMS, 0)
_TABLES = ("coupons", "events", "refusals", "exceptions", "daily", "balances", "stores", "people")
_LATE = ("coupons", "events", "refusals")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """What is added up from the facts of a night; rows have the counts and costs of `daily`."""

    days: Mapping[date, Row]
    reason_hours: Sequence[Row]
    currencies: Mapping[str, Row]
    stores: Sequence[Row]
    """Those that gave most."""
    store_hours: Mapping[str, Sequence[int]]
    """Coupons they gave, hour by hour."""
    stores_left_out: int
    days_until_return: Sequence[Row]
    late: Mapping[str, int]
    ahead: Mapping[str, int]
    """By a wrong clock, and told before their day."""
    reprinted: int
    refused: int
    active_stores: int

    @property
    def told(self) -> dict[date, Day]:
        """What the run tells of each business day."""
        return {day: _day(row) for day, row in self.days.items()}


def figures(con: DuckDBPyConnection, day: date) -> Figures:
    """Add up a night's files of facts. `day`: which it closes."""
    make_added(con)
    first = all_rows(
        con, f"SELECT * FROM added WHERE store IS NOT NULL ORDER BY Issued DESC, store LIMIT {MOST_STORES}"
    )
    stores = one_row(con, "SELECT count(*) AS many FROM added WHERE store IS NOT NULL")["many"]
    others = one_row(
        con,
        "SELECT (SELECT count(*) FROM events WHERE EventType = 'reprinted') AS reprinted,"
        " (SELECT count(*) FROM refusals) AS refused,"
        " (SELECT count(*) FROM (SELECT store FROM added WHERE store IS NOT NULL"
        " UNION SELECT RetailStoreID FROM events UNION SELECT RetailStoreID FROM refusals)) AS active_stores",
    )
    return Figures(
        days={row["day"]: row for row in all_rows(con, "SELECT * FROM added WHERE day IS NOT NULL ORDER BY day")},
        reason_hours=all_rows(con, "SELECT * FROM added WHERE hour IS NOT NULL ORDER BY reason, hour"),
        currencies={row["currency"]: row for row in all_rows(con, "SELECT * FROM added WHERE currency IS NOT NULL")},
        stores=first,
        store_hours=_store_hours(con),
        stores_left_out=stores - len(first),
        days_until_return=_days_until_return(con),
        late={name: one_row(con, f"SELECT count(*) AS late FROM {name} WHERE LateFlag")["late"] for name in _LATE},
        ahead={
            name: one_row(con, f"SELECT count(*) AS many FROM {name} WHERE BusinessDayDate > DATE '{day}'")["many"]
            for name in _LATE
        },
        **others,
    )


def exceptions_by_code(con: DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """How many there are of each kind of exception in the finished file, in the file's order."""
    file = table_of(folder, "exceptions")
    found = all_rows(con, f"SELECT ExceptionCode, count(*) AS many FROM {file} GROUP BY ALL")
    many = {row["ExceptionCode"]: row["many"] for row in found}
    return {code: many[code] for code in table_columns.CODES if code in many}


def summary(
    added: Figures,
    basis: Basis,
    *,
    rows: Mapping[str, int],
    balances: Iterable[Balance],
    days: Mapping[date, Day],
    exceptions: Mapping[str, int],
) -> dict[str, Any]:
    """What stands in summary.json, and stands in that order.

    Args:
        added: What the files of facts add up to.
        basis: Of the run; here with all stores and reasons that are known by now.
        rows: How many each file has.
        balances: Of every store and currency.
        days: What all runs up to this one have told of business days. Of the day it closes earlier ones have told
            only where a clock was wrong.
        exceptions: How many of each code.
    """
    total = _summed(added.currencies.values())
    reasons, hours = _by(added.reason_hours, "reason"), _by(added.reason_hours, "hour")
    open_ = _balance(balances)
    of_day = (added.told if basis.format > 1 else days).get(basis.day, Day())
    return {
        "format": basis.format,
        "run": basis.run,
        "business_day": basis.day.isoformat(),
        "previous_business_day": basis.previous_day.isoformat() if basis.previous_day else None,
        "rows": {name: rows[name] for name in _TABLES if name in rows},
        "late": added.late,
        **({"dated_ahead": added.ahead} if basis.format > 1 else {}),
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
            "reprinted": added.reprinted,
            "refused": added.refused,
            "stores": added.active_stores,
        },
        "of_day": _told_of(of_day),
        "money": _money(added.currencies, open_, basis),
        "balance": open_,
        "reasons": [
            {
                "reason": reason,
                "name": basis.reasons.get(reason, reason) or NOT_KNOWN,
                **_returns(row),
            }
            for reason, row in sorted(reasons.items(), key=lambda each: (-each[1]["Issued"], each[0]))
        ],
        "hours": [
            {"hour": hour, "given": row["Issued"], "came_back": row["Redeemed"] - row["Reversed"]}
            for hour in range(HOURS)
            for row in [hours.get(hour, _NOTHING)]
        ],
        "reason_hours": _given_by_hour(added.reason_hours, "reason"),
        "days_until_return": added.days_until_return,
        "stores": [_store(row, added, basis) for row in added.stores],
        "stores_left_out": added.stores_left_out,
        "trend": _trend(basis.day, days),
        "exceptions": {code: exceptions[code] for code in table_columns.CODES if exceptions.get(code)},
    }


def cost_each_minor(cost_minor: int, guests: int) -> int | None:
    """Minor units for each guest, half up; None when there was none."""
    return (2 * cost_minor + guests) // (2 * guests) if guests > 0 else None


def _money(
    currencies: Mapping[str, Row], open_: Mapping[str, Mapping[str, Any]], basis: Basis
) -> dict[str, dict[str, Any]]:
    money: dict[str, dict[str, Any]] = {}
    for currency in sorted(currencies.keys() | open_.keys()):
        row = currencies.get(currency, _NOTHING)
        closing = open_[currency]["closing"] if currency in open_ else {"coupons": 0, "cost_minor": 0}
        spent = row["RedeemedCostMinor"] - row["ReversedCostMinor"] + row["GoodwillCostMinor"]
        money[currency] = {
            "minor_units": basis.scales[currency],
            "given_cost_minor": row["IssuedCostMinor"],
            "redeemed_cost_minor": row["RedeemedCostMinor"],
            "goodwill_cost_minor": row["GoodwillCostMinor"],
            "outstanding_coupons": closing["coupons"],
            "outstanding_cost_minor": closing["cost_minor"],
            "cost_per_recovered_guest_minor": cost_each_minor(spent, row["TurnedAround"]),
        }
        if basis.decimals is not None:
            form = dict(sorted(basis.forms[currency].items()))  # as it comes out of the ledger again
            money[currency] |= {"currency_decimals": basis.decimals[currency], "form": form}
    return money


def _balance(balances: Iterable[Balance]) -> dict[str, dict[str, dict[str, int]]]:
    total: dict[str, dict[str, dict[str, int]]] = {}
    for each in balances:
        sums = total.setdefault(each.currency, {move: {"coupons": 0, "cost_minor": 0} for move in _MOVES})
        for move in _MOVES:
            sums[move]["coupons"] += each.coupons[move]
            sums[move]["cost_minor"] += each.cost_minor[move]
    return dict(sorted(total.items()))


def _store(row: Row, added: Figures, basis: Basis) -> dict[str, Any]:
    store = row["store"]
    known = basis.stores.get(store)
    return {
        "store": store,
        "name": known.name if known else store,
        **_returns(row),
        "noticed_first": row["NoticedFirst"],
        "hours": added.store_hours.get(store, [0] * HOURS),
    }


def _store_hours(con: DuckDBPyConnection) -> dict[str, list[int]]:
    """Of the stores that gave most."""
    found = all_rows(
        con,
        "SELECT RetailStoreID AS store, LocalHour AS hour, count(*) AS Issued FROM coupons WHERE RetailStoreID IN"
        f" (SELECT store FROM added WHERE store IS NOT NULL ORDER BY Issued DESC, store LIMIT {MOST_STORES})"
        " GROUP BY ALL ORDER BY ALL",
    )
    return _given_by_hour(found, "store")


def _given_by_hour(rows: Iterable[Row], name: str) -> dict[str, list[int]]:
    """Coupons given, hour by hour, for each value that any were given under."""
    hours: dict[str, list[int]] = {}
    for row in rows:
        if row["Issued"]:
            hours.setdefault(row[name], [0] * HOURS)[row["hour"]] = row["Issued"]
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


def _by(rows: Iterable[Row], name: str) -> dict[Any, dict[str, int]]:
    """The sums for each value of a column."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return {value: _summed(each) for value, each in found.items()}


def _summed(rows: Iterable[Row]) -> dict[str, int]:
    kept = list(rows)
    return {name: sum(row[name] for row in kept) for name in table_columns.SUMS}
