"""The sums of a run as the ledger has them: what is open, what expired; and, when they do not prove, which coupons why.

    opening + issued - redeemed - voided - expired + reversed = closing

Closing is counted here, from all coupons; opening is the closing that the run before put on record; issued, redeemed,
voided and reversed are counted from the files of the night (`pos_recovery.export`). So the sides of the equation are
counted from different rows. It is kept for the store that gave the coupon, wherever it came back, and an event moves
something from the run on in which its coupon is told.

A coupon whose last day is over has expired unless it was used or cancelled; nobody writes that down. A redemption that
arrives after its coupon was counted as expired takes one off that count, and so does a coupon that is good again when a
run goes back behind a day that a wrong clock had closed. So it can be negative.

SQLAlchemy is loaded by whoever asks (see `db.night.history`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.night.span import Span

if TYPE_CHECKING:
    from sqlalchemy import Connection

Sums = dict[tuple[str, str], tuple[int, int]]
"""By store and currency: coupons, and what they cost in minor units."""
COUNTED = ("redeemed", "voided", "reversed")
"""The kinds of event that change what is open."""
_KINDS = "('redeemed', 'voided', 'reversed')"
_SETTLING = "('redeemed', 'voided')"
_Told = Callable[[str, str], str]
"""`Span.told` or `Span.told_before`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand at the end of a run."""

    closing: Sums
    """What is open."""
    expired: Sums
    """What expired in this run."""
    earlier: dict[str, Sums]
    """By kind of event: told by earlier runs, while the coupon is told only in this one."""


def standing(connection: Connection, span: Span) -> Standing:
    """Count what is open, what has expired, and what had to wait for its coupon."""
    first, last = sorted((span.after_day, span.day))
    recent = f"c.expires_on > '{first}'"
    by_day = {"good": f"c.expires_on > '{span.day}'", "expired": f"c.expires_on <= '{span.day}'"}
    given = _sums(connection, "coupon c", f"{span.told('coupon', 'c')} AND {recent}", by_day)
    settled = _sums(connection, *_settled(span.told, recent), by_day)
    closing, expired = (_less(given[which], settled[which]) for which in by_day)
    earlier: dict[str, Sums] = {}
    if span.after is not None:
        for join, told in ((_plus, span.told), (_less, span.told_before)):
            expired = join(expired, _sums(connection, *_overdue(span, told), {"all": "1 = 1"})["all"])
        if span.day < span.after_day:  # it goes back: what the run before took for expired is good again
            back = f"{recent} AND c.expires_on <= '{last}'"
            again = _sums(connection, "coupon c", f"{span.told_before('coupon', 'c')} AND {back}", {"all": "1 = 1"})
            used = _sums(connection, *_settled(span.told_before, back), {"all": "1 = 1"})
            expired = _less(expired, _less(again["all"], used["all"]))
        earlier = _sums(connection, *_earlier(span), {kind: f"e.kind = '{kind}'" for kind in COUNTED})
    return Standing(closing, expired, {kind: earlier.get(kind, {}) for kind in COUNTED})


def broken(connection: Connection, span: Span, at_most: int = 20) -> list[str]:
    """Codes of told coupons to which things happened that cannot, in this order: used twice, taken back unused."""
    from sqlalchemy import text

    before = "LAG(e.kind) OVER (PARTITION BY e.code ORDER BY e.n)"
    steps = (
        f"SELECT e.code, e.kind, {before} AS before FROM coupon_event e "  # noqa: S608  ours
        f"WHERE e.kind IN {_KINDS} AND {span.told('coupon_event', 'e')}"
    )
    wrong = (
        f"SELECT DISTINCT code FROM ({steps}) steps WHERE (kind IN {_SETTLING} AND before IN {_SETTLING}) "  # noqa: S608
        f"OR (kind = 'reversed' AND COALESCE(before, '') <> 'redeemed') ORDER BY code LIMIT {at_most}"
    )
    return list(connection.execute(text(wrong)).scalars())


def counted(connection: Connection, span: Span, table: str) -> int:
    """How many rows of a table are of this run."""
    from sqlalchemy import text

    asked = f"SELECT count(*) FROM {table} f WHERE {span.taken(table, 'f')}"  # noqa: S608  ours
    return int(connection.execute(text(asked)).scalar_one())


def _settled(told: _Told, condition: str) -> tuple[str, str]:
    """Coupons that are used or cancelled: found by the last event that counts."""
    return "coupon_event e JOIN coupon c ON c.code = e.code", (
        f"e.kind IN {_SETTLING} AND {told('coupon_event', 'e')} AND {told('coupon', 'c')} AND {condition} AND "
        f"{_is_last(told)}"
    )


def _is_last(told: _Told) -> str:
    return (
        f"NOT EXISTS (SELECT 1 FROM coupon_event x WHERE x.code = e.code AND x.n > e.n AND x.kind IN {_KINDS} "  # noqa: S608
        f"AND {told('coupon_event', 'x')})"
    )


def _overdue(span: Span, told: _Told) -> tuple[str, str]:
    """Coupons that had expired before this run, of which it tells something new: open then, or now."""
    old = f"expires_on <= '{min(span.after_day, span.day)}'"
    touched = (
        f"SELECT e.code FROM coupon_event e JOIN coupon o ON o.code = e.code "  # noqa: S608
        f"WHERE {span.taken('coupon_event', 'e')} AND o.{old} "
        f"UNION SELECT o.code FROM coupon o WHERE {span.taken('coupon', 'o')} AND o.{old}"
    )
    used = (
        f"EXISTS (SELECT 1 FROM coupon_event e WHERE e.code = c.code AND e.kind IN {_SETTLING} "  # noqa: S608
        f"AND {told('coupon_event', 'e')} AND {_is_last(told)})"
    )
    return "coupon c", f"c.code IN ({touched}) AND {told('coupon', 'c')} AND NOT {used}"


def _earlier(span: Span) -> tuple[str, str]:
    return "coupon c JOIN coupon_event e ON e.code = c.code", (
        f"e.kind IN {_KINDS} AND {span.taken('coupon', 'c')} AND {span.told_before('coupon_event', 'e')}"
    )


def _sums(connection: Connection, rows: str, condition: str, parts: Mapping[str, str]) -> dict[str, Sums]:
    """The sums of each of the `parts`: its name, and the SQL condition of its rows.

    They stand beside one another and not in GROUP BY: PostgreSQL would guess at many more groups than there are, and
    sort all rows by them on disk (2.4 million coupons of 4,000 stores: 10 s of its processors instead of 7).
    """
    from sqlalchemy import text

    sums = ", ".join(
        f"count(*) FILTER (WHERE {part}), sum(c.cost_minor) FILTER (WHERE {part})" for part in parts.values()
    )
    asked = f"SELECT c.store, c.currency, {sums} FROM {rows} WHERE {condition} GROUP BY c.store, c.currency"  # noqa: S608  ours
    found: dict[str, Sums] = {part: {} for part in parts}
    for store, currency, *told in connection.execute(text(asked)):
        for part, coupons, cost in zip(parts, told[::2], told[1::2], strict=True):
            if coupons:
                found[part][store, currency] = int(coupons), int(cost)
    return found


def _plus(one: Sums, other: Sums, sign: int = 1) -> Sums:
    joined = dict(one)
    for key, (coupons, cost) in other.items():
        held = joined.get(key, (0, 0))
        joined[key] = held[0] + sign * coupons, held[1] + sign * cost
    return joined


def _less(one: Sums, other: Sums) -> Sums:
    return _plus(one, other, -1)
