"""The proof: what the files of a night tell, held against what the ledger says is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from db.night.balances import COUNTED, Standing, Sums
from pos_recovery.export.counts.queries import fill
from pos_recovery.export.facts.table_columns import EARLIER, MOVES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from db.night.columns import Field

_ISSUED = 'SELECT "RetailStoreID", "CurrencyCode", count(*), sum("CostMinor") FROM coupons GROUP BY ALL'
_MOVED = (
    'SELECT "IssuingRetailStoreID", "CurrencyCode", count(*), sum("CouponCostMinor") FROM events '
    'WHERE "CouponKnownFlag" AND "EventType" = ? GROUP BY ALL'
)


@dataclass(frozen=True, slots=True)
class Balance:
    """Of the coupons that one store gave in one currency."""

    store: str
    currency: str
    coupons: Mapping[str, int]
    """`opening`, `issued`, `redeemed`, `voided`, `expired`, `reversed`, `closing`: how many."""
    cost_minor: Mapping[str, int]
    """The same: what they cost, in minor units."""
    earlier: Mapping[str, int]
    """Of `redeemed`, `voided`, `reversed`: told by earlier runs, while the coupon is told only in this one."""
    earlier_cost_minor: Mapping[str, int]

    @property
    def proves(self) -> bool:
        """Whether opening + issued - redeemed - voided - expired + reversed = closing, of coupons and of money."""
        return all(proves(sums) for sums in (self.coupons, self.cost_minor))


def proves(sums: Mapping[str, int]) -> bool:
    """Whether the equation holds."""
    gained = sums["opening"] + sums["issued"] + sums["reversed"]
    return gained - sums["redeemed"] - sums["voided"] - sums["expired"] == sums["closing"]


def moved(counts: DuckDBPyConnection) -> dict[str, Sums]:
    """What the files of a night tell: `issued`, and by kind of event."""
    told = {"issued": counts.execute(_ISSUED).fetchall()}
    told |= {kind: counts.execute(_MOVED, [kind]).fetchall() for kind in COUNTED}
    return {
        name: {(store, currency): (int(many), int(cost)) for store, currency, many, cost in rows}
        for name, rows in told.items()
    }


def balances(opening: Sums, told: Mapping[str, Sums], standing: Standing) -> list[Balance]:
    """Every store's, in the order of stores and currencies."""
    earlier = standing.earlier
    sides = {
        "opening": [opening],
        "expired": [standing.expired],
        "closing": [standing.closing],
        "issued": [told["issued"]],
    }
    sides |= {kind: [told[kind], earlier[kind]] for kind in COUNTED}
    keys = sorted({key for each in sides.values() for sums in each for key in sums})

    def all_of(key: tuple[str, str], which: int) -> dict[str, int]:
        return {name.lower(): sum(sums.get(key, (0, 0))[which] for sums in sides[name.lower()]) for name in MOVES}

    def earlier_of(key: tuple[str, str], which: int) -> dict[str, int]:
        return {kind: earlier[kind].get(key, (0, 0))[which] for kind in COUNTED}

    return [
        Balance(*key, all_of(key, 0), all_of(key, 1), earlier_of(key, 0), earlier_of(key, 1))
        for key in keys
        if any(sums.get(key, (0, 0)) != (0, 0) for each in sides.values() for sums in each)
    ]


def table(
    con: DuckDBPyConnection,
    found: Sequence[Balance],
    day: date,
    decimals: Mapping[str, int] | None,
    fields: Sequence[Field],
) -> str:
    """The query whose rows are those of `balances` of the run that closes a day, with the columns of its format.

    `decimals` is of each currency; None: the night is of a format that does not say.
    """
    rows = (
        [
            each.store, each.currency,
            *(each.coupons[name.lower()] for name in MOVES), *(each.cost_minor[name.lower()] for name in MOVES),
            *(each.earlier[name.lower()] for name in EARLIER),
            *(each.earlier_cost_minor[name.lower()] for name in EARLIER),
            decimals[each.currency] if decimals else None, day,
        ][: len(fields)]
        for each in found
    )  # fmt: skip
    kinds = {"string": str, "integer": int, "date": date}
    fill(con, "balanced", {each.name: kinds[each.type] for each in fields}, rows)
    return "FROM balanced"
