"""Whether a night's numbers add up, asked of its Parquet files and of no database.

DuckDB adds; what does not fit in the memory it is given it puts into a temporary folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from db.night.columns import DECIMALS
from pos_recovery.export.counts.reference_tables import PEOPLE_SPOKEN_OF, STORES_SPOKEN_OF
from pos_recovery.export.facts.flaws import Flaw, listed, shown
from pos_recovery.export.facts.manifest import KEYS, Link, tables
from pos_recovery.export.facts.run_inputs import FAR
from pos_recovery.export.facts.same_rows import bounded
from pos_recovery.export.facts.table_columns import EARLIER, MOVES, SUMS
from pos_recovery.export.facts.table_files import table_of

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

Recount = Callable[["DuckDBPyConnection"], str]
"""Is given a connection that has the tables `coupons` and `events`; gives a query whose rows are those of `daily`."""

_SCALES = (1, 10, 100, 1000)
_FACTS = ("coupons", "events", "refusals")
_AMOUNTS = ("coupons", "events", "daily", "balances")
_EVENTS = {"Redeemed": "redeemed", "Voided": "voided", "Reversed": "reversed"}
_SLICE_ROWS = 100_000
"""Of `daily`, checked at once."""
_SEVERAL = 20
"""As many rows of a mismatch are asked for at most."""


@contextmanager
def opened(folder: Path, tables: Iterable[str] = KEYS) -> Iterator[DuckDBPyConnection]:
    """The tables of a night, those that its format has.

    Raises:
        duckdb.Error: One of them cannot be read.
    """
    with bounded(threads=2) as con:
        for name in tables:
            con.execute(f"CREATE VIEW {name} AS SELECT * FROM {table_of(folder, name)}")
        yield con


def amiss(con: DuckDBPyConnection, link: Link, recount: Recount | None) -> Iterator[Flaw]:
    """What does not add up within the tables of a night."""
    yield from _twice(con)
    yield from _days(con, link)
    yield from _equations(con)
    yield from _told(con)
    if link.format >= DECIMALS.since:
        yield from _places(con)
    if link.format > 1:
        yield from _spoken_of(con, link)
    if recount is not None:
        yield from _hours(con, recount)


def broken_chain(con: DuckDBPyConnection, before: Path | None) -> Iterator[Flaw]:
    """Whether a night opens with what the night before closed with. None: it is the first, and opens with nothing."""
    closing = table_of(before, "balances") if before is not None else "(SELECT * FROM balances WHERE 1 = 0)"
    rows = con.execute(f"""
        SELECT COALESCE(b.RetailStoreID, c.RetailStoreID), COALESCE(b.CurrencyCode, c.CurrencyCode),
          COALESCE(c.Closing, 0), COALESCE(c.ClosingCostMinor, 0),
          COALESCE(b.Opening, 0), COALESCE(b.OpeningCostMinor, 0)
        FROM balances b FULL JOIN {closing} c USING (RetailStoreID, CurrencyCode)
        WHERE COALESCE(b.Opening, 0) <> COALESCE(c.Closing, 0)
          OR COALESCE(b.OpeningCostMinor, 0) <> COALESCE(c.ClosingCostMinor, 0)
        ORDER BY 1, 2 LIMIT {_SEVERAL}
    """).fetchall()
    if rows:
        which = listed([f"store {shown(store)} ({shown(currency)}): {a}, worth {b}, then {c}, worth {d}"
                        for store, currency, a, b, c, d in rows])  # fmt: skip
        yield Flaw("balances.csv", "opening", f"It does not open with what the night before closed with: {which}.")


def summary_amiss(con: DuckDBPyConnection, link: Link, data: bytes) -> Iterator[Flaw]:
    """Whether `summary.json` says what the tables say."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        yield Flaw("summary.json", "unreadable", "It cannot be read as JSON.")
        return
    wrong = list(_differences(_summary(con, link), told, ""))
    if isinstance(kinds := told.get("exceptions"), dict):
        wrong += [f"exceptions.{shown(kind)}" for kind in kinds if kinds[kind] and kind not in _kinds(con)]
    if wrong:
        yield Flaw("summary.json", "summary", f"It says something else than the tables do about {listed(wrong)}.")
        return
    yield from _decimals(con, told, link)


def _twice(con: DuckDBPyConnection) -> Iterator[Flaw]:
    """The tables that `same_rows` has not seen to be in the order of their keys."""
    for name in ("daily", "balances"):
        key = ", ".join(KEYS[name])
        twice = f"SELECT {key} FROM {name} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT {_SEVERAL}"
        rows = con.execute(twice).fetchall()
        if rows:
            yield Flaw(f"{name}.csv", "key", f"More than one row for {listed([_words(row) for row in rows])}.")


def _days(con: DuckDBPyConnection, link: Link) -> Iterator[Flaw]:
    """A run tells of its day and of earlier ones, and what had been closed before is late.

    And of later ones what is too far ahead to wait for its day.
    """
    late = f"BusinessDayDate <= DATE '{link.previous.day}'" if link.previous is not None else "false"
    later = f"BusinessDayDate > DATE '{link.day}'"
    marked = link.format > 1
    soon = f"{later} AND BusinessDayDate - DATE '{link.day}' <= {FAR.days}" if marked else later
    ahead = f"DatedAheadFlag <> ({later})" if marked else "false"
    for name in _FACTS:
        counts = f"count(*) FILTER ({soon}), count(*) FILTER (LateFlag <> ({late})), count(*) FILTER ({ahead})"
        early, wrong, unmarked = _one(con, f"SELECT {counts} FROM {name}")
        if early:
            yield Flaw(f"{name}.csv", "day", f"{early} rows are of a business day after the one that is closed.")
        if unmarked:
            yield Flaw(
                f"{name}.csv",
                "ahead",
                f"DatedAheadFlag is wrong in {unmarked} rows: it says whether their day is after the one closed.",
            )
        if wrong:
            yield Flaw(
                f"{name}.csv", "late", f"LateFlag is wrong in {wrong} rows: it says whether the day was closed before."
            )
    unknown = _one(con, "SELECT count(*) FROM events WHERE CouponKnownFlag <> (IssuingRetailStoreID IS NOT NULL)")[0]
    if unknown:
        yield Flaw(
            "events.csv",
            "known",
            f"CouponKnownFlag is wrong in {unknown} rows: it says whether the coupon is told by now.",
        )


def _equations(con: DuckDBPyConnection) -> Iterator[Flaw]:
    """Opening + Issued - Redeemed - Voided - Expired + Reversed = Closing, so for every store, so in total."""
    for unit in ("", "CostMinor"):
        terms = [f"{move}{unit}::HUGEINT" for move in MOVES]
        opening, issued, redeemed, voided, expired, reversed_, closing = terms
        sides = f"{opening} + {issued} - {redeemed} - {voided} - {expired} + {reversed_}"
        rows = con.execute(f"""
            SELECT RetailStoreID, CurrencyCode, {sides}, {closing} FROM balances
            WHERE {sides} <> {closing} ORDER BY ALL LIMIT {_SEVERAL}
        """).fetchall()
        if rows:
            which = listed(
                [
                    f"store {shown(store)} ({shown(currency)}): {comes} and {says}"
                    for store, currency, comes, says in rows
                ]
            )
            what = "money" if unit else "coupons"
            yield Flaw(
                "balances.csv", "balance", f"Opening and all that moved do not come to Closing, in {what}: {which}."
            )


def _places(con: DuckDBPyConnection) -> Iterator[Flaw]:
    """A currency is counted in one way throughout a night."""
    each = " UNION ".join(f"SELECT CurrencyCode, {DECIMALS.name} FROM {name}" for name in _AMOUNTS)
    rows = con.execute(
        f"SELECT CurrencyCode FROM ({each}) GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT {_SEVERAL}"
    ).fetchall()
    if rows:
        which = listed([_words(row) for row in rows])
        yield Flaw("", "sums", f"{DECIMALS.name} is not the same in all tables, in {which}.")


def _told(con: DuckDBPyConnection) -> Iterator[Flaw]:
    """What moved in a balance is what the facts say, but for what an earlier run had told of coupons not known then."""
    yield from _moved(
        con, "Issued", "SELECT RetailStoreID, CurrencyCode, count(*) n, sum(CostMinor) m FROM coupons GROUP BY ALL"
    )
    for move in EARLIER:
        facts = f"""
            SELECT IssuingRetailStoreID RetailStoreID, CurrencyCode, count(*) n, sum(CouponCostMinor) m FROM events
            WHERE CouponKnownFlag AND EventType = '{_EVENTS[move]}' GROUP BY ALL
        """
        yield from _moved(con, move, facts)


def _moved(con: DuckDBPyConnection, move: str, facts: str) -> Iterator[Flaw]:
    """What an earlier run told of coupons that are told only now is in the balance, and in no file of this night."""
    earlier, earlier_cost = (f"b.Earlier{move}", f"b.Earlier{move}CostMinor") if move in EARLIER else ("0", "0")
    rows = con.execute(f"""
        WITH f AS ({facts})
        SELECT RetailStoreID, CurrencyCode, COALESCE(b.{move}, 0) - COALESCE({earlier}, 0), COALESCE(f.n, 0),
          COALESCE(b.{move}CostMinor, 0) - COALESCE({earlier_cost}, 0), COALESCE(f.m, 0)
        FROM balances b FULL JOIN f USING (RetailStoreID, CurrencyCode)
        WHERE COALESCE(b.{move}, 0)::HUGEINT - COALESCE({earlier}, 0) <> COALESCE(f.n, 0)
          OR COALESCE({earlier}, 0) < 0
          OR COALESCE(b.{move}CostMinor, 0)::HUGEINT - COALESCE({earlier_cost}, 0) <> COALESCE(f.m, 0)
        ORDER BY ALL LIMIT {_SEVERAL}
    """).fetchall()
    if rows:
        which = listed([f"store {shown(store)} ({shown(currency)}): {says}, worth {worth}, and {n}, worth {m}"
                        for store, currency, says, n, worth, m in rows])  # fmt: skip
        yield Flaw("balances.csv", "sums", f"{move} is not what the facts of this night come to: {which}.")


def _spoken_of(con: DuckDBPyConnection, link: Link) -> Iterator[Flaw]:
    """Balances are of the day that is closed; every store is told, and just the people that the night speaks of."""
    wrong = _one(con, f"SELECT count(*) FROM balances WHERE BusinessDayDate <> DATE '{link.day}'")[0]
    if wrong:
        yield Flaw("balances.csv", "day", f"{wrong} rows are not of the business day that is closed.")
    there = "SELECT RetailStoreID, OperatorID FROM people"
    asked = {
        "stores": f"({STORES_SPOKEN_OF}) EXCEPT SELECT RetailStoreID FROM stores",
        "people": f"(({PEOPLE_SPOKEN_OF}) EXCEPT {there}) UNION ({there} EXCEPT ({PEOPLE_SPOKEN_OF}))",
    }
    for name, differs in asked.items():
        rows = con.execute(f"SELECT * FROM ({differs}) ORDER BY ALL LIMIT {_SEVERAL}").fetchall()
        if rows:
            which = listed([_words(row) for row in rows])
            yield Flaw(f"{name}.csv", "spoken_of", f"It does not tell whom the other tables speak of: {which}.")


def _hours(con: DuckDBPyConnection, recount: Recount) -> Iterator[Flaw]:
    """Added and taken away, what is the same comes to nothing.

    Some stores at a time: sums within sums do not all go to disk, and 250,000 rows are too many for the memory.
    """
    key, numbers = ", ".join(KEYS["daily"]), SUMS
    columns = f"{key}, {', '.join(numbers)}"
    negative = f"{key}, {', '.join(f'-{each}' for each in numbers)}"
    differs = " OR ".join(f"sum({each}) <> 0" for each in numbers)
    slices = _one(con, "SELECT count(*) FROM daily")[0] // _SLICE_ROWS + 1
    rows: list[tuple[object, ...]] = []
    con.execute("CREATE SCHEMA slice; SET search_path = 'slice,main'")
    for number in range(slices):
        for name in ("coupons", "events", "daily"):
            some = f"SELECT * FROM main.{name} WHERE hash(RetailStoreID) % {slices} = {number}"
            con.execute(f"CREATE OR REPLACE VIEW slice.{name} AS {some}")
        rows += con.execute(f"""
            SELECT {key} FROM (SELECT {columns} FROM daily UNION ALL SELECT {negative} FROM ({recount(con)}))
            GROUP BY {key} HAVING {differs} ORDER BY ALL LIMIT {_SEVERAL}
        """).fetchall()
    con.execute("SET search_path = 'main'; DROP SCHEMA slice CASCADE")
    if rows:
        which = listed([_words(row) for row in rows])
        yield Flaw("daily.csv", "daily", f"It is not what the coupons and events of this night come to at {which}.")


def _summary(con: DuckDBPyConnection, link: Link) -> dict[str, Any]:
    """As much of it as follows from the tables."""
    rows = {name: _one(con, f"SELECT count(*) FROM {name}")[0] for name, _, _ in tables(link.format)}
    flags = {"late": "LateFlag"} | ({"dated_ahead": "DatedAheadFlag"} if link.format > 1 else {})
    given, first, remade = _one(
        con, "SELECT count(*), count(*) FILTER (NoticedFirstFlag), count(*) FILTER (RemadeFlag) FROM coupons"
    )
    events = dict(con.execute("SELECT EventType, count(*) FROM events GROUP BY ALL ORDER BY ALL LIMIT 100").fetchall())
    endings = _one(
        con,
        "SELECT COALESCE(sum(TurnedAround), 0), COALESCE(sum(StillUnhappy), 0), COALESCE(sum(DidNotSay), 0) FROM daily",
    )
    hours = dict(con.execute("SELECT LocalHour, count(*) FROM coupons GROUP BY ALL ORDER BY ALL LIMIT 100").fetchall())
    return {
        "format": link.format,
        "run": link.run,
        "business_day": str(link.day),
        "previous_business_day": link.previous and str(link.previous.day),
        "rows": rows,
        **{
            key: {name: _one(con, f"SELECT count(*) FILTER ({flag}) FROM {name}")[0] for name in _FACTS}
            for key, flag in flags.items()
        },
        "figures": {
            "given": given, "noticed_first": first, "asked": given - first, "remade": remade,
            "came_back": events.get("redeemed", 0) - events.get("reversed", 0),
            "turned_around": endings[0], "still_unhappy": endings[1], "did_not_say": endings[2],
            "goodwill": events.get("goodwill", 0), "voided": events.get("voided", 0),
            "reversed": events.get("reversed", 0), "reprinted": events.get("reprinted", 0), "refused": rows["refusals"],
        },
        "balance": _totals(con),
        "hours": [{"hour": hour, "given": hours.get(hour, 0)} for hour in range(24)],
        "exceptions": _kinds(con),
    }  # fmt: skip


def _totals(con: DuckDBPyConnection) -> dict[str, Any]:
    """Of the balances, by currency."""
    sums = ", ".join(f"sum({move}), sum({move}CostMinor)" for move in MOVES)
    rows = con.execute(f"SELECT CurrencyCode, {sums} FROM balances GROUP BY ALL ORDER BY 1 LIMIT 1000").fetchall()
    return {
        row[0]: {
            move.lower(): {"coupons": row[1 + 2 * place], "cost_minor": row[2 + 2 * place]}
            for place, move in enumerate(MOVES)
        }
        for row in rows
    }


def _kinds(con: DuckDBPyConnection) -> dict[str, int]:
    """Of exceptions, and how many of each."""
    return dict(
        con.execute("SELECT ExceptionCode, count(*) FROM exceptions GROUP BY ALL ORDER BY ALL LIMIT 1000").fetchall()
    )


def _differences(must: object, told: object, where: str) -> Iterator[str]:
    """Where `told` says something else. What `must` does not have is not looked at."""
    if isinstance(must, Mapping) and isinstance(told, Mapping):
        for key, value in must.items():
            yield from _differences(value, told.get(key), f"{where}.{shown(key)}".lstrip("."))
    elif isinstance(must, list) and isinstance(told, list) and len(must) == len(told):
        for place, (one, other) in enumerate(zip(must, told, strict=True)):
            yield from _differences(one, other, f"{where}[{place}]")
    elif type(must) is not type(told) or must != told:
        yield where


def _decimals(con: DuckDBPyConnection, told: Mapping[str, Any], link: Link) -> Iterator[Flaw]:
    """Cost is CostMinor in the units that the summary names, and what is open by it is what the balances close with."""
    money = told.get("money")
    places: dict[str, int] = {}
    if link.format >= DECIMALS.since:
        places = dict(con.execute(f"SELECT CurrencyCode, min({DECIMALS.name}) FROM balances GROUP BY ALL").fetchall())
    for currency, total in _totals(con).items():
        here = money.get(currency) if isinstance(money, dict) else None
        closing = total["closing"]
        must = {"outstanding_coupons": closing["coupons"], "outstanding_cost_minor": closing["cost_minor"]}
        if currency in places:
            told_places = places[currency]
            scale = _SCALES[told_places] if told_places in range(len(_SCALES)) else None  # no power of whatever it says
            must |= {"currency_decimals": told_places, "minor_units": scale}
        wrong = list(_differences(must, here, f"money.{shown(currency)}"))
        if wrong or not isinstance(here, dict) or here.get("minor_units") not in _SCALES:
            yield Flaw(
                "summary.json",
                "summary",
                f"It says something else than the tables do about {listed(wrong or ['money'])}.",
            )
            return
        for name in ("coupons", "events"):
            asked = f"SELECT count(*) FROM {name} WHERE CurrencyCode = ? AND Cost * ? IS DISTINCT FROM CostMinor"
            count = con.execute(asked, [currency, here["minor_units"]]).fetchall()[0][0]
            if count:
                yield Flaw(f"{name}.csv", "sums", f"Cost is not CostMinor in {shown(currency)} in {count} rows.")


def _one(con: DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    rows = con.execute(query).fetchall()
    return tuple(rows[0])


def _words(row: tuple[object, ...]) -> str:
    return " / ".join(shown(each) for each in row)
