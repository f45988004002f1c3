"""How a ledger counts each currency: ISO 4217's places when it is new, and for an older one what its Babel counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, run
from sys import executable

import pytest
from sqlalchemy import Engine

from db.connection.engine import open_engine, reading, sqlite_url, transaction
from db.connection.errors import FactExists, StoreBroken
from db.statements import currencies as records
from db.statements.currencies import CurrencyFact
from db.upkeep.schema import HEAD, upgrade
from pos_recovery.counter import currency_decimals
from pos_recovery.counter.currency_decimals import BABEL, ISO, settle
from pos_recovery.opening import wiring
from pos_recovery.opening.doctor import examine
from pos_recovery.opening.wiring import scales_told
from pos_recovery.rules.business_days import Clock
from pos_recovery.settings.schema import ConfigError
from pos_recovery.system.locations import Home
from tests.export.offices import HeadOffice, content, rows
from tests.till import MovableClock, Till, settings


@dataclass
class Older:
    """A ledger that was written before its tables said how it counts."""

    home: Home
    clock: MovableClock

    def write(self, currency: str, decimals: int, price: str, times: int = 1) -> None:
        """Coupons, by a Babel of so many digits."""
        engine = open_engine(sqlite_url(self.home.ledger))
        chosen = settings(currency=currency, drink_cost=price)
        places = {currency: decimals}
        counter = wiring.build(self.home, chosen, engine, decimals=places, clock=self.clock)
        wiring.remember(counter)
        till = Till(counter, self.clock)
        for number in range(times):
            till.issue(request=f"{currency}:{price}:{decimals}:{number}")
        counter.close()

    def tell(self, folder: Path, decimals: dict[str, int]) -> Path:
        """Close the day as somebody did who counted like that."""
        engine = open_engine(sqlite_url(self.home.ledger))
        forget(self.home)
        with transaction(engine) as connection:
            for code, places in decimals.items():
                fact = CurrencyFact(code=code, decimals=places, evidence="then", at=self.clock())
                records.decide(connection, fact)
        night = HeadOffice(engine, self.home.ledger, folder, self.clock).night(self.clock().date())
        engine.dispose()
        return night

    def opened(self) -> Engine:
        """Its tables are brought up to date, and nothing else."""
        with closing(sqlite3.connect(self.home.ledger)) as raw, raw:
            for table in ("printer_letters", "slip_font", "currency"):
                raw.execute(f"DROP TABLE IF EXISTS {table}")
            raw.execute("UPDATE alembic_version SET version_num = '0007'")
        engine = open_engine(sqlite_url(self.home.ledger))
        upgrade(engine)
        return engine

    def settled(self, currency: str, price: str) -> dict[str, tuple[int, str]]:
        engine = self.opened()
        settle(engine, settings(currency=currency, drink_cost=price), self.clock, scales_told)
        with reading(engine) as connection:
            found = records.decided(connection)
        engine.dispose()
        return {code: (fact.decimals, fact.evidence) for code, fact in found.items()}


def forget(home: Home) -> None:
    """What it counts by, past its own triggers: a test may."""
    with closing(sqlite3.connect(home.ledger)) as raw, raw:
        raw.execute("DROP TRIGGER currency_no_delete")
        raw.execute("DELETE FROM currency")


@pytest.fixture
def older(home: Home, clock: MovableClock) -> Older:
    return Older(home, clock)


@pytest.mark.parametrize("decimals", [0, 2])
@pytest.mark.parametrize("currency", ["HUF", "COP", "IDR", "RSD"])
def test_what_older_amounts_mean_is_proved_by_the_price_that_was_typed(
    older: Older, currency: str, decimals: int
) -> None:
    older.write(currency, decimals, "450")
    assert older.settled(currency, "450")[currency] == (decimals, "as drink_cost 450 stands on record")


def test_what_every_babel_counted_alike_needs_no_proof(older: Older) -> None:
    older.write("LBP", 0, "90000")
    older.write("EUR", 2, "3.20")
    told = older.settled("LBP", "120000")
    assert told["LBP"] == (0, "as every Babel counts it that wrote it")
    assert told["EUR"] == (2, ISO)


def test_without_an_amount_on_record_a_currency_is_as_new(older: Older) -> None:
    older.write("HUF", 0, "0")
    older.write("AFN", 0, "0")
    assert {older.settled("HUF", "450")[code] for code in ("HUF", "AFN")} == {(2, ISO)}


@pytest.mark.parametrize("decimals", [0, 2])
def test_where_the_price_has_changed_since_the_first_night_proves_it(
    older: Older, tmp_path: Path, decimals: int
) -> None:
    older.write("HUF", decimals, "390")
    older.tell(tmp_path, {"HUF": decimals, "CZK": 2})
    assert older.settled("HUF", "450")["HUF"] == (decimals, "as the night of run 1 told it")


def test_with_nothing_to_go_by_the_babel_that_is_there_is_asked(older: Older) -> None:
    from babel import __version__
    from babel.numbers import get_currency_precision

    older.write("HUF", 2, "390")
    expected = get_currency_precision("HUF"), f"as Babel {__version__} counts it, which was installed"
    assert older.settled("HUF", "450")["HUF"] == expected


def test_of_one_price_counted_twice_the_more_frequent_stands_and_the_doctor_says_so(older: Older) -> None:
    older.write("HUF", 2, "450", times=2)
    older.write("HUF", 0, "450")
    assert older.settled("HUF", "450")["HUF"][0] == 2
    told = [each.detail for each in examine(older.home, older.clock) if each.part == "money" and each.worth_a_look]
    assert len(told) == 1
    assert told[0].startswith("HUF: 450 (1×, 2026-11-14 to 2026-11-14) and 45000 (2×, ")


def test_a_new_ledger_counts_as_iso_4217_does_and_the_doctor_says_so(till: Till) -> None:
    engine, clock = till.counter.engine, till.clock
    told = settle(engine, settings(currency="HUF"), clock, scales_told)
    assert told == {"CZK": 2, "HUF": 2}
    details = [each.detail for each in examine(till.counter.home, clock) if each.part == "money"]
    assert "HUF is counted with 2 decimal places, as ISO 4217 has it" in details


def test_what_was_decided_stands_whatever_babel_is_installed_later(older: Older) -> None:
    """The same home, opened by a program beside whose Babel there is another one's data."""
    older.write("HUF", 0, "450")
    older.settled("HUF", "450")
    older.home.settings.write_text(
        older.home.settings.read_text("utf-8")
        .replace('"CZK"', '"HUF"')
        .replace('drink_cost = "0"', 'drink_cost = "450"'),
        encoding="utf-8",
    )
    another = (
        "from pathlib import Path; import babel.numbers as n; from babel.core import get_global\n"
        "from pos_recovery.opening.wiring import open_counter; from pos_recovery.system.locations import Home\n"
        "from tests.till import BARISTA, LATE\n"
        "for digits in (0, 2):\n"
        "    get_global('currency_fractions')['HUF'] = (digits, 0, digits, 0)\n"
        "    assert n.get_currency_precision('HUF') == digits\n"
        f"    counter = open_counter(Home(Path({str(older.home.folder)!r})))\n"
        "    (story,) = counter.recovery.issue(LATE, BARISTA, f'later:{digits}').stories\n"
        "    print(story.coupon.cost_minor, story.decimals)\n"
        "    counter.close()\n"
    )
    seen = run([executable, "-c", another], stdout=PIPE, text=True, check=True, timeout=100).stdout.splitlines()
    assert seen == ["450 0", "450 0"]


def test_counted_in_babel_s_digits_it_would_change_with_it() -> None:
    """The twin: the same price, by the two lists that there have been."""
    from pos_recovery.rules.money import from_text

    assert {from_text("450", "HUF", digits) for digits in BABEL["HUF"]} == {450, 45000}


def test_what_was_decided_cannot_be_changed_or_decided_again(till: Till) -> None:
    engine, clock = till.counter.engine, till.clock
    for change in (
        "UPDATE currency SET decimals = 0",
        "DELETE FROM currency",
        "REPLACE INTO currency SELECT * FROM currency",
    ):
        with pytest.raises((StoreBroken, FactExists)), transaction(engine) as connection:
            connection.exec_driver_sql(change)
    with pytest.raises(FactExists), transaction(engine) as connection:
        records.decide(connection, CurrencyFact(code="CZK", decimals=0, evidence="later", at=clock()))
    assert settle(engine, settings(), clock, scales_told) == {"CZK": 2}


def test_without_its_trigger_a_later_word_would_swallow_the_first(till: Till) -> None:
    """The twin: what a program could do to the meaning of every amount."""
    with closing(sqlite3.connect(till.counter.home.ledger)) as raw, raw:
        raw.execute("DROP TRIGGER currency_no_replace")
        raw.execute("REPLACE INTO currency SELECT code, 0, evidence, at FROM currency")
    assert settle(till.counter.engine, settings(), till.clock, scales_told) == {"CZK": 0}


def test_another_program_that_decides_first_is_followed(older: Older, monkeypatch: pytest.MonkeyPatch) -> None:
    older.write("HUF", 0, "450")
    engine = older.opened()

    def clock() -> object:
        """Asked for while this one decides: another decides otherwise, and is done."""
        if not done:
            done.append("decided")
            with transaction(engine) as connection:
                for code in ("CZK", "HUF"):
                    records.decide(connection, CurrencyFact(code=code, decimals=2, evidence="first", at=older.clock()))
        return older.clock()

    done: list[str] = []
    asked: Clock = clock  # type: ignore[assignment]  # it is a clock
    assert settle(engine, settings(currency="HUF", drink_cost="450"), asked, scales_told) == {"CZK": 2, "HUF": 2}
    engine.dispose()


def test_a_price_that_is_finer_than_the_ledger_counts_is_said_with_its_key(older: Older) -> None:
    older.write("HUF", 0, "450")
    older.settled("HUF", "450")
    text = older.home.settings.read_text("utf-8").replace('"CZK"', '"HUF"')
    older.home.settings.write_text(text.replace('drink_cost = "0"', 'drink_cost = "450.50"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"drink_cost: '450.50' is finer than this ledger counts HUF; write 451"):
        wiring.open_counter(older.home)


# Nights


def test_a_night_says_what_the_ledger_counts_by(older: Older, tmp_path: Path) -> None:
    older.write("HUF", 0, "450")
    older.settled("HUF", "450")
    engine = open_engine(sqlite_url(older.home.ledger))
    night = HeadOffice(engine, older.home.ledger, tmp_path, older.clock).night(older.clock().date())
    engine.dispose()
    (coupon,) = rows(night, "coupons")
    assert (coupon["CurrencyDecimals"], f"{coupon['Cost']:f}") == (0, "450.000")
    assert {row["CurrencyDecimals"] for name in ("daily", "balances") for row in rows(night, name)} == {0}


def test_a_currency_that_nobody_decided_is_decided_by_the_night_that_tells_it_first(till: Till, tmp_path: Path) -> None:
    with transaction(till.counter.engine) as connection:
        connection.exec_driver_sql("UPDATE store SET currency = 'KWD'")
    office = HeadOffice(till.counter.engine, till.counter.home.ledger, tmp_path, till.clock)
    told = content(office.night(till.clock().date()))
    with reading(till.counter.engine) as connection:
        assert records.decided(connection)["KWD"].decimals == 3
    assert content(office.night(till.clock().date(), tmp_path / "again")) == told


@pytest.fixture
def server(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


def test_a_server_keeps_it_too(server: Engine, clock: MovableClock) -> None:
    assert settle(server, settings(currency="HUF"), clock, scales_told) == {"HUF": 2}
    assert settle(server, settings(currency="KWD"), clock, scales_told, its_own=False) == {"HUF": 2}
    assert HEAD >= "0008"
    for change in ("UPDATE currency SET decimals = 0", "DELETE FROM currency", "TRUNCATE currency"):
        with pytest.raises((StoreBroken, FactExists)), transaction(server) as connection:
            connection.exec_driver_sql(change)
    assert currency_decimals.settle(server, settings(currency="HUF"), clock, scales_told) == {"HUF": 2}
