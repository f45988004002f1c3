"""The exceptions on the report page: the first of each kind, in a reader's words; the rest is only counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pos_recovery.export.page import formatting

SHOWN_EXCEPTIONS = 30
SHOWN_OF_EACH = 2
"""Rows of every kind of exception that are shown, however many of another kind come first."""
KINDS = {
    "redeemed_by_issuer": "Redeemed by who gave it",
    "burst": "Many in a short time",
    "copies": "More copies than one",
    "over_allowance": "Over the allowance",
    "over_cap": "Over the cap",
    "offline_conflict": "Used twice while offline",
    "goodwill": "Goodwill given",
    "refusals": "Refusals",
    "clock_drift": "Clock is off",
    "dated_ahead": "Dated ahead",
    "voided_at_once": "Given and voided at once",
    "register_silent": "Register not heard of",
    "more_than_usual": "More than usual",
    "fewer_than_usual": "Fewer than usual",
}
"""Every ExceptionCode in a reader's words, in the order they are counted in."""
_DETAIL_LIMIT = 400

Row = Mapping[str, Any]
View = dict[str, Any]


def exceptions(counts: Mapping[str, int], rows: Iterable[Row], stores: Mapping[str, str]) -> View:
    """How many of each kind, the rows that are shown and how many are not, and where each kind's first row is.

    Args:
        counts: Of the summary, by code.
        rows: Of the table, in file order.
        stores: Names, by store.
    """
    chosen, left_out = _chosen(rows)
    shown = [_exception(row, stores) for row in chosen]
    first = {row["code"]: f"#{row['id']}" for row in reversed(shown)}
    return {
        "kinds": _kinds(counts, first),
        "first": first,
        "exceptions": [row | {"again": first[row["code"]] != f"#{row['id']}"} for row in shown],
        "exceptions_left_out": left_out,
    }


def _kinds(counts: Mapping[str, int], first: Mapping[str, str]) -> list[View]:
    known = [kind for kind in KINDS if counts.get(kind)]
    others = sorted(kind for kind in counts if kind not in KINDS)
    return [
        {"title": _kind(kind), "count": counts[kind], "link": first.get(kind, "exceptions.csv")}
        for kind in [*known, *others]
    ]


def _kind(code: str) -> str:
    return KINDS.get(code) or formatting.shown(code)


def _chosen(exceptions: Iterable[Row]) -> tuple[list[Row], int]:
    """The first of every kind, then the first of all, in their order; and how many others there are."""
    seen: Counter[str] = Counter()
    firsts: list[tuple[int, Row]] = []
    others: list[tuple[int, Row]] = []
    for place, row in enumerate(exceptions):
        seen[row["ExceptionCode"]] += 1
        if seen[row["ExceptionCode"]] <= SHOWN_OF_EACH:
            firsts.append((place, row))
        elif len(others) < SHOWN_EXCEPTIONS:
            others.append((place, row))
    chosen = firsts + others[: max(SHOWN_EXCEPTIONS - len(firsts), 0)]
    return [row for _, row in sorted(chosen, key=lambda each: each[0])], seen.total() - len(chosen)


def _exception(row: Row, stores: Mapping[str, str]) -> View:
    return {
        "id": formatting.shown(row["ExceptionID"]),
        "code": row["ExceptionCode"],
        "kind": _kind(row["ExceptionCode"]),
        "detail": formatting.shown(row["Detail"] or "", _DETAIL_LIMIT),
        "here": _who(row, "", stores),
        "when": formatting.moment(row["BeginDateTime"]),
        "day": str(row["BusinessDayDate"] or ""),
        "there": _who(row, "Other", stores),
        "then": formatting.moment(row["OtherDateTime"]),
        "coupon": formatting.shown(row["CouponCode"] or ""),
        "event": row["EventNumber"],
        "count": row["Count"],
        "expected": formatting.decimal(row["Expected"]),
        "odds": formatting.odds(row["Probability"]),
    }


def _who(row: Row, side: str, stores: Mapping[str, str]) -> list[str]:
    """Store, register and member of staff, as far as they are known."""
    store, register, person = (row[f"{side}{field}"] for field in ("RetailStoreID", "WorkstationID", "OperatorID"))
    words = []
    if store:
        name = stores.get(str(store))
        words.append(f"{name} ({formatting.shown(store)})" if name else f"store {formatting.shown(store)}")
    if register:
        words.append(f"register {formatting.shown(register)}")
    if person:
        words.append(f"staff {formatting.shown(person)}")
    return words
