"""Statements on how each currency is counted. The connection comes first; nothing here commits, or decides.

An amount is a whole number on record; of how many decimal places is a fact of its own, one for each currency, because
what an amount means must not change with anything that is installed later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Date, insert, select, text

from db.tables import core_tables

_currency = core_tables.currency
_AMOUNTS = (
    "SELECT c.cost_minor AS cost_minor, c.business_date AS day FROM coupon c"
    " WHERE c.currency = :currency AND c.cost_minor > 0"
    " UNION ALL SELECT e.cost_minor AS cost_minor, e.business_date AS day FROM coupon_event e"
    " JOIN store s ON s.id = e.store WHERE s.currency = :currency AND e.cost_minor > 0"
)
"""Of a drink given as goodwill the currency is its store's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyFact:
    """A row of `currency`."""

    code: str
    decimals: int
    evidence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount that is on record, however often."""

    cost_minor: int
    times: int
    first: date
    last: date


def decided(connection: Connection) -> dict[str, CurrencyFact]:
    """Every currency of which it is decided, by its code."""
    rows = connection.execute(select(_currency).order_by(_currency.c.code))
    return {row.code: CurrencyFact(**row._mapping) for row in rows}  # noqa: SLF001  the public name of SQLAlchemy's mapping view


def decide(connection: Connection, fact: CurrencyFact) -> None:
    """Append one. FactExists when it is decided already."""
    values = {"code": fact.code, "decimals": fact.decimals, "evidence": fact.evidence, "at": fact.at}
    connection.execute(insert(_currency).values(**values))


def on_record(connection: Connection) -> frozenset[str]:
    """The currencies of stores and coupons. Passes by every coupon."""
    asked = text("SELECT currency FROM store UNION SELECT currency FROM coupon")
    return frozenset(connection.execute(asked).scalars())


def has_amounts(connection: Connection, currency: str) -> bool:
    """Whether anything is on record that is not nothing: 0 is the same in any count."""
    return connection.execute(text(f"{_AMOUNTS} LIMIT 1"), {"currency": currency}).first() is not None


def amounts(connection: Connection, currency: str) -> Sequence[Amount]:
    """Each amount in a currency, the smallest first: as many as a drink has had prices. Passes by every coupon."""
    asked = text(
        "SELECT cost_minor, count(*) AS times, min(day) AS first, max(day) AS last"  # noqa: S608  ours
        f" FROM ({_AMOUNTS}) a GROUP BY cost_minor ORDER BY cost_minor"
    ).columns(first=Date, last=Date)
    return [Amount(*row) for row in connection.execute(asked, {"currency": currency})]
