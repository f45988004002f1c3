"""The one place that builds engine, clock, desk and use cases from settings; for commands, screens and tests."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from db.connection.engine import is_server, open_engine, reading, sqlite_url, transaction
from db.connection.errors import StoreBusy
from db.statements import reference
from db.upkeep import schema
from pos_recovery.counter import currency_decimals
from pos_recovery.counter.aftercare import Aftercare
from pos_recovery.counter.ledger import House, Ledger
from pos_recovery.counter.recovery import Recovery
from pos_recovery.counter.staff import Roster
from pos_recovery.counter.today_board import Board
from pos_recovery.printing.desk import Desk
from pos_recovery.rules import money, time_zones
from pos_recovery.rules.business_days import Calendar, Clock, system_clock
from pos_recovery.scanners.keyboard_wedge import Scanner
from pos_recovery.settings import settings_file
from pos_recovery.settings.schema import ConfigError, Settings
from pos_recovery.slip_texts.reasons import Reason, load_reasons
from pos_recovery.system import locks, new_ledger, ownership
from pos_recovery.system.locations import Home

UPGRADE_WAIT_S = 600.0
"""How long a program waits for another that upgrades the ledger; copying ten million coupons takes a minute or two."""


def new_request_id() -> str:
    """A request id: 128 random bits as text."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Counter:
    """Everything one register works with."""

    home: Home
    settings: Settings
    reasons: tuple[Reason, ...]
    engine: Engine
    clock: Clock
    ledger: Ledger
    recovery: Recovery
    aftercare: Aftercare
    board: Board
    roster: Roster
    desk: Desk

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()


def house_of(home: Home, settings: Settings, reasons: tuple[Reason, ...], decimals: Mapping[str, int]) -> House:
    """What the use cases need of the settings, and how the ledger counts.

    Raises:
        ConfigError: What a drink costs is finer than this ledger counts.
    """
    try:
        cost_minor = money.from_text(settings.drink_cost, settings.currency, decimals[settings.currency])
    except money.MoneyError as error:
        raise ConfigError(str(home.settings), "drink_cost", str(error)) from error
    return House(
        store=settings.store_id,
        store_name=settings.store_name,
        register=settings.register,
        calendar=Calendar(time_zones.zone(settings.timezone), settings.day_starts, settings.valid_days),
        currency=settings.currency,
        cost_minor=cost_minor,
        reasons=frozenset(reason.id for reason in reasons),
        allowance=settings.allowance,
        cap=settings.cap,
        goodwill_cap=settings.goodwill_cap,
        baristas_may_redeem=settings.baristas_may_redeem,
        decimals=decimals,
    )


def build(
    home: Home,
    settings: Settings,
    engine: Engine,
    *,
    decimals: Mapping[str, int] | None = None,
    clock: Clock = system_clock,
    random_bits: Callable[[int], int] = secrets.randbits,
) -> Counter:
    """Put the parts together. Touches neither disk nor network.

    `decimals` is how the ledger counts (`currency_decimals.settle`); None: as one that is new.
    """
    reasons = load_reasons(settings.reasons)
    decimals = decimals or {settings.currency: currency_decimals.decimals_of(settings.currency)}
    house = house_of(home, settings, reasons, decimals)
    ledger = Ledger(engine, house, clock, random_bits, scanner=Scanner(settings.scanner_habits))
    return Counter(
        home=home,
        settings=settings,
        reasons=reasons,
        engine=engine,
        clock=clock,
        ledger=ledger,
        recovery=Recovery(ledger),
        aftercare=Aftercare(ledger),
        board=Board(ledger),
        roster=Roster(engine, settings.store_id, clock),
        desk=Desk(engine, settings, home, clock, ledger.house.calendar, random_bits),
    )


def open_counter(home: Home, *, clock: Clock = system_clock) -> Counter:
    """Read the settings and open the ledger, bringing its tables and its reference rows up to date.

    Raises:
        ConfigError: The settings cannot be used.
        StoreError: The ledger cannot.
    """
    settings = settings_file.load(home.settings)
    new_ledger.require_none_lost(home)
    ownership.tighten(home)
    engine = open_engine(sqlite_url(home.ledger))
    try:
        bring_up_to_date(engine)
        decimals = currency_decimals.settle(engine, settings, clock, scales_told)
        counter = build(home, settings, engine, decimals=decimals, clock=clock)
        remember(counter)
    except BaseException:
        engine.dispose()
        raise
    return counter


def scales_told(connection: Connection) -> Iterator[tuple[int, Mapping[str, int]]]:
    """As `currency_decimals.Told`."""
    from db.night import runs
    from pos_recovery.export.facts.run_inputs import from_rows

    yield from ((run.run, run.scales) for run in from_rows(runs.every(connection)))


def bring_up_to_date(engine: Engine) -> None:
    """Upgrade tables of an older version, after putting a whole copy of the ledger beside it. One program at a time."""
    if _is_outdated(engine):
        with locks.alone(Home(schema.file_of(engine).parent).setting_up, UPGRADE_WAIT_S) as alone:
            if not alone:
                raise StoreBusy
            if _is_outdated(engine):
                schema.copy_before_upgrade(engine)
                schema.upgrade(engine)
    schema.require_current(engine)


def _is_outdated(engine: Engine) -> bool:
    """Whether it is for us to upgrade: a server's tables are for whoever keeps it."""
    return not is_server(engine) and schema.current(engine) in schema.REVISIONS[:-1]


def remember(counter: Counter) -> None:
    """Write down store, register and reasons as the settings name them. Reads first: most starts change nothing."""
    house, settings = counter.ledger.house, counter.settings
    names = {reason.id: reason.name for reason in counter.reasons}
    day_starts = f"{settings.day_starts:%H:%M}"
    with reading(counter.engine) as connection:
        same_store = reference.store_row(connection, house.store) == (
            house.store_name,
            settings.timezone,
            house.currency,
            day_starts,
        )
        if (
            same_store
            and house.register in reference.registers(connection, house.store)
            and names.items() <= reference.reasons(connection).items()
        ):
            return
    with transaction(counter.engine) as connection:
        reference.remember_store(
            connection,
            house.store,
            name=house.store_name,
            timezone=settings.timezone,
            currency=house.currency,
            day_starts=day_starts,
        )
        reference.remember_register(connection, house.store, house.register)
        reference.remember_reasons(connection, names)
