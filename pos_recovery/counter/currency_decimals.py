"""How many decimal places each currency has in one ledger: decided when it first comes, and kept for ever.

A new one has ISO 4217's. A ledger that was written before its tables said so was counted in Babel's digits, by the
Babel that was installed then; what its amounts mean is decided once, by what there is to go by, the surest first:

1. It is no matter: every Babel that could have written it counts as ISO 4217 does, or every amount is 0.
2. Every Babel that could have written it has the same count, which is not ISO 4217's: then that one stays.
3. What a drink costs stands in the settings as it was typed, and on record as it was counted.
4. The first night that told of it wrote down how it was counted.
5. The Babel that is installed.

Nothing on record is changed, and sums of the same currency stay sums: the ledger goes on counting as it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from db.connection.engine import reading, transaction
from db.connection.errors import FactExists
from db.statements import currencies as records
from db.statements.currencies import Amount, CurrencyFact
from pos_recovery.rules import currencies

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from pos_recovery.rules.business_days import Clock
    from pos_recovery.settings.schema import Settings

BABEL: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("AFN", "ALL", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "SOS", "SYP", "YER"), (0, 0)),
    **dict.fromkeys(("COP", "HUF", "IDR"), (2, 0)),
    "RSD": (0, 2),
}
"""Where Babel 2.18 and 2.19, which are all that ever counted a ledger, count otherwise than ISO 4217 (CLDR 47, 48)."""
ISO = "ISO 4217"


def decimals_of(code: str) -> int:
    """Of a currency that is new to a ledger: ISO 4217's; of one that was withdrawn long ago, CLDR's."""
    digits = currencies.places(code)
    return _babel_now(code) if digits is None else digits


Told = Callable[["Connection"], Iterable[tuple[int, Mapping[str, int]]]]
"""Asks for each night, the first one first: its run, and how many minor units make one of each currency it told."""


def settle(engine: Engine, settings: Settings, clock: Clock, told: Told, *, its_own: bool = True) -> Mapping[str, int]:
    """The decimal places of every currency in a ledger, once what was open is decided and on record.

    Args:
        engine: The ledger; its tables are up to date.
        settings: The register's: what a drink costs, and in which currency.
        clock: When it was decided.
        told: What nights have told.
        its_own: Whether the register's currency is one of the ledger's; False: it only exports somebody else's.

    Raises:
        StoreError: The database cannot be used now.
    """
    while True:
        with reading(engine) as connection:
            known = records.decided(connection)
            began = frozenset[str]() if known else records.on_record(connection)
            wanted = began | ({settings.currency} if its_own else set())
            open_ = [
                _decision(connection, code, settings, clock, told if code in began else None)
                for code in sorted(wanted - set(known))
            ]
        if not open_:
            return {code: fact.decimals for code, fact in known.items()}
        try:
            with transaction(engine) as connection:
                for fact in open_:
                    records.decide(connection, fact)
        except FactExists:  # another program was first, and what it wrote stands
            continue


def as_iso(code: str, clock: Clock) -> CurrencyFact:
    """The fact of a currency that is new."""
    return CurrencyFact(code=code, decimals=decimals_of(code), evidence=ISO, at=clock())


def _decision(connection: Connection, code: str, settings: Settings, clock: Clock, told: Told | None) -> CurrencyFact:
    """`told` is None where the currency is new."""
    counts = _counts(code)
    if told is None or counts == {decimals_of(code)} or not records.has_amounts(connection, code):
        return as_iso(code, clock)
    decimals, evidence = _by_evidence(connection, code, sorted(counts), settings, told)
    return CurrencyFact(code=code, decimals=decimals, evidence=evidence, at=clock())


def _by_evidence(
    connection: Connection, code: str, counts: list[int], settings: Settings, told: Told
) -> tuple[int, str]:
    if len(counts) == 1:
        return counts[0], "as every Babel counts it that wrote it"
    if settings.currency == code:
        times = _times(records.amounts(connection, code), settings.drink_cost, counts)
        if any(times.values()):
            decimals = max(counts, key=lambda each: times[each])
            return decimals, f"as drink_cost {settings.drink_cost[:40]} stands on record"
    from babel import __version__

    for run, scales in told(connection):
        if code in scales:
            return len(str(scales[code])) - 1, f"as the night of run {run} told it"

    return _babel_now(code), f"as Babel {__version__} counts it, which was installed"


def _times(amounts: Sequence[Amount], price: str, counts: list[int]) -> dict[int, int]:
    """How often the price of a drink is on record by each count."""
    try:
        cost = Decimal(price.strip())
    except InvalidOperation:
        return dict.fromkeys(counts, 0)
    return {each: sum(one.times for one in amounts if one.cost_minor == cost.scaleb(each)) for each in counts}


def _counts(code: str) -> set[int]:
    """By which an older ledger may have been counted."""
    return {*BABEL.get(code, (decimals_of(code),)), _babel_now(code)}


def _babel_now(code: str) -> int:
    from babel.numbers import get_currency_precision

    return get_currency_precision(code)


def counted_twice(connection: Connection, code: str) -> Iterator[tuple[Amount, Amount]]:
    """Pairs of amounts that are one price, counted by two versions of Babel."""
    counts = sorted(set(BABEL.get(code, ())))
    if len(counts) > 1:
        found = {each.cost_minor: each for each in records.amounts(connection, code)}
        factor = 10 ** (counts[-1] - counts[0])
        yield from ((one, found[minor * factor]) for minor, one in found.items() if minor * factor in found)
