"""A till for tests: a real ledger on a real file, built by the program's own bootstrap, with a clock that is moved by
hand and numbers that are drawn from a seed. Only time and chance are replaced.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, Engine, text

from db.connection.engine import open_engine, reading, sqlite_url
from db.tables.column_types import Ending, Role
from pos_recovery.counter.outcomes import Found, Goodwill, Issued, Person, Redeemed, Refusal, Story
from pos_recovery.counter.recovery import Order
from pos_recovery.counter.staff import Pin
from pos_recovery.opening import wiring
from pos_recovery.opening.setup import Answers, set_up
from pos_recovery.opening.wiring import Counter
from pos_recovery.rules.codes import draw_code
from pos_recovery.settings import settings_file
from pos_recovery.settings.schema import KEYS, Settings
from pos_recovery.system.locations import Home

OPENING = datetime(2026, 11, 14, 9, 0, tzinfo=UTC)
"""A Saturday morning in Prague, where the till of the tests stands."""
LEAD_PIN = "271828"
BARISTA_PIN = "3141"
LEAD = Person(1, "Ana", Role.SHIFT_LEAD)
BARISTA = Person(2, "Ben", Role.BARISTA)
ANSWERS = Answers(lead=LEAD.name, store_id="harbour", store_name="Harbour St", timezone="Europe/Prague", currency="CZK")
STRANGER = draw_code(date(2026, 3, 1), lambda bits: 123456789)
"""A proper code that was never issued."""
LATE = Order(reason="late", language="en")


class MovableClock:
    """Shows the same instant until it is moved."""

    def __init__(self, now: datetime = OPENING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Forward by this `timedelta`, or back when it is negative."""
        self.now += timedelta(**by)


class StillClock:
    """Seconds that only ever grow, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def settings(**changes: object) -> Settings:
    """Checked settings of the till, some of them changed."""
    written = {key: getattr(ANSWERS, key) for key in KEYS if hasattr(ANSWERS, key)}
    return settings_file.check({**written, "drink_cost": "25.50", **changes}, "test", {})


def make_template(folder: Path) -> Home:
    """A home with a lead and a barista: made once, then copied, because migrations and two PINs cost half a second."""
    home = Home(folder)
    set_up(home, ANSWERS, lambda: Pin(LEAD_PIN), clock=MovableClock())
    engine = open_engine(sqlite_url(home.ledger))
    counter = wiring.build(home, settings(), engine, clock=MovableClock())
    assert counter.roster.add(BARISTA.name, Role.BARISTA, Pin(BARISTA_PIN)).id == BARISTA.id
    counter.close()
    return home


@dataclass
class Till:
    """One register of the store, and shorter ways to say what tests say often."""

    counter: Counter
    clock: MovableClock
    _requests: int = field(default=0)

    @classmethod
    def open(
        cls,
        home: Home,
        clock: MovableClock | None = None,
        *,
        engine: Engine | None = None,
        seed: int = 1,
        **changes: Any,  # noqa: ANN401  settings have many types
    ) -> Till:
        clock = clock or MovableClock()
        engine = engine or open_engine(sqlite_url(home.ledger))
        chance = Random(seed).getrandbits  # noqa: S311  a test's codes come from a seed
        counter = wiring.build(home, settings(**changes), engine, clock=clock, random_bits=chance)
        wiring.remember(counter)
        return cls(counter, clock)

    def request(self) -> str:
        """A request id nobody has used."""
        self._requests += 1
        return f"{self.counter.settings.register}:request:{self._requests}"

    def issue(self, by: Person = BARISTA, request: str | None = None, **order: Any) -> Issued:  # noqa: ANN401  an Order has several types
        """Coupons for a late order, unless told otherwise."""
        told: dict[str, Any] = {"reason": "late", "language": "en", **order}
        issued = self.counter.recovery.issue(Order(**told), by, request or self.request())
        assert isinstance(issued, Issued)
        return issued

    def code(self, by: Person = BARISTA, **order: Any) -> str:  # noqa: ANN401  see above
        """The code of one new coupon."""
        return self.issue(by, **order).stories[0].code

    def redeem(self, raw: str, request: str | None = None, *, goodwill: bool = False) -> Redeemed | Goodwill | Refusal:
        return self.counter.recovery.redeem(raw, LEAD, request or self.request(), goodwill=goodwill)

    def print(self, code: str) -> None:
        """Bring the newest slip of this code to its picture."""
        self.counter.desk.print(self.story(code).jobs[-1].id)

    def reverse(self, raw: str, by: Person = LEAD, request: str | None = None, why: str = "the wrong slip") -> object:
        return self.counter.aftercare.reverse(raw, by, request or self.request(), why=why)

    def void(self, raw: str, by: Person = LEAD, request: str | None = None, note: str | None = None) -> object:
        return self.counter.aftercare.void(raw, by, request or self.request(), note=note)

    def reprint(self, raw: str, by: Person = LEAD, request: str | None = None) -> object:
        return self.counter.aftercare.reprint(raw, by, request or self.request())

    def end(self, raw: str, ending: Ending, request: str | None = None) -> object:
        return self.counter.aftercare.end(raw, LEAD, request or self.request(), ending)

    def story(self, code: str) -> Story:
        """What is on record of a coupon."""
        found = self.counter.recovery.look_up(code)
        assert isinstance(found, Found)
        return found.story

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with reading(self.counter.engine) as connection:
            yield connection

    def refusals(self) -> list[tuple[object, ...]]:
        """What was refused, in order: kind, what was asked for, the code it reads as, by whom, how it came in."""
        with self.reading() as connection:
            rows = connection.execute(text("SELECT kind, raw, code, staff, entry FROM refusal ORDER BY rowid")).all()
        return [tuple(row) for row in rows]

    def count(self, table: str) -> int:
        """Rows of a table."""
        with self.reading() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608  our table


def copy_of(template: Home, folder: Path) -> Home:
    """A home of its own, with what the template holds."""
    shutil.copytree(template.folder, folder)
    return Home(folder)
