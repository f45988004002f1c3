"""What redeeming, issuing and looking up cost: against plain sqlite3, and as the tables grow. Ratios of one run.

    python tests/bench/ledger.py [COUPONS ...]         10000 unless told otherwise

Redeem: one transaction that looks, decides and appends; the yardstick is one guarded statement that appends only if
nobody has. Issue: one transaction with a coupon and its print job; the yardstick is the same two rows. Both sides have
a copy of the same tables, the same durability, and take turns; all sizes take turns too, so that a disk that is slow
for a while is slow for all of them. Every column of figures is a lower quartile, a median and an upper quartile.

The tables are filled as a very busy store would: coupons in the order of time, codes drawn as the product draws them,
as many on each of the last 180 days, a third redeemed some days later, every slip printed. The clock moves on by 24
minutes for each coupon issued (60 a day), because issuing counts what its giver has given on that day.

Two cores, one of them at other work; a sync took 0.2 ms. (Where a sync takes 4 ms, every ratio is kinder: the goal has
to hold while it is fast.) 440 rounds; ten million took 12 minutes to build:

    10,000      redeem    0.59  0.66  0.73 ms, growth 1.00; raw  0.23  0.27  0.34 ms, ratio 2.42
    1,000,000   redeem    0.65  0.71  0.78 ms, growth 1.09; raw  0.25  0.29  0.36 ms, ratio 2.46
    10,000,000  redeem    0.65  0.72  0.80 ms, growth 1.10; raw  0.27  0.30  0.36 ms, ratio 2.40
    10,000      issue     0.60  0.67  0.77 ms, growth 1.00; raw  0.29  0.36  0.45 ms, ratio 1.85
    1,000,000   issue     0.70  0.77  0.85 ms, growth 1.15; raw  0.34  0.40  0.48 ms, ratio 1.93
    10,000,000  issue     0.73  0.83  0.91 ms, growth 1.23; raw  0.35  0.41  0.48 ms, ratio 2.02
    10,000      look up   1.72  1.86  2.02 ms, growth 1.00
    1,000,000   look up   1.75  1.88  2.04 ms, growth 1.01
    10,000,000  look up   1.81  1.96  2.12 ms, growth 1.05

Before statements were prepared and the writing connection kept, redeem was at 4.5 times plain sqlite3 and issue at 3.4.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from db.tables.column_types import Role
from pos_recovery.counter.outcomes import Found, Issued, Person, Redeemed
from pos_recovery.counter.recovery import Order
from pos_recovery.counter.staff import Pin
from pos_recovery.opening import setup, wiring
from pos_recovery.opening.wiring import Counter
from pos_recovery.rules.codes import draw_code
from pos_recovery.system.locations import Home

AGAINST_RAW = 2.5
GROWTH = 1.5
ROUNDS = 400
WARM_UP = 40
DAYS = 180
STILL_GOOD = DAYS // 3
"""Of the days, the last ones whose coupons are redeemed here: good for 90 days, and the clock moves on."""
BETWEEN_COUPONS = timedelta(minutes=24)
COUPON = (
    "INSERT INTO coupon (code, store, register, staff, reason, remade, noticed_first, language, issued_at,"
    " business_date, expires_on, cost_minor, currency, request_id, clock_drift_s)"
    " VALUES (?, '1', '1', 1, 'late', 0, 1, 'en', ?, ?, ?, 0, 'EUR', ?, 0)"
)
JOB = "INSERT INTO print_job (code, copy, state, attempts, created_at, updated_at) VALUES (?, 1, ?, 0, ?, ?)"
EVENT = (
    "INSERT INTO coupon_event (code, n, kind, at, business_date, store, register, staff, request_id, offline,"
    " clock_drift_s) SELECT ?, 1, 'redeemed', ?, ?, '1', '1', 1, ?, 0, 0"
)
NOBODY_HAS = " WHERE NOT EXISTS (SELECT 1 FROM coupon_event WHERE code = ? AND kind = 'redeemed')"


def taken_ms(do: Callable[[], object]) -> float:
    """Milliseconds one call takes."""
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


def stamp(at: datetime) -> str:
    """An instant as the tables keep it."""
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


def fill(home: Home, count: int) -> list[str]:
    """Set up a store with this many coupons. Returns codes that are good, in no order.

    Indexes and triggers are put aside meanwhile, and nothing is synced: it is the result that matters here.
    """
    setup.set_up(home, setup.Answers(lead="Ana"), lambda: Pin("2468"))
    chance = Random(count)  # noqa: S311  the same tables each time
    first = datetime.now(UTC) - timedelta(days=DAYS)
    good = []
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=OFF")
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("PRAGMA cache_size=-2000000")
        aside = raw.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        for kind, name, _ in aside:
            raw.execute(f"DROP {kind} {name}")
        raw.execute("BEGIN")
        for day, coupons, events in days(first, count, chance):
            jobs = [(row[0], "printed", row[1], row[1]) for row in coupons]
            for statement, rows in ((COUPON, coupons), (JOB, jobs), (EVENT, events)):
                # Two codes alike, of which the product would draw one again: ten million have one or none.
                raw.executemany(statement.replace("INSERT", "INSERT OR IGNORE"), rows)
            if day >= DAYS - STILL_GOOD:
                redeemed = {row[0] for row in events}
                left = [row[0] for row in coupons if row[0] not in redeemed]
                good += chance.sample(left, min(len(left), 4 * (ROUNDS + WARM_UP) // STILL_GOOD))
        raw.execute("COMMIT")
        for *_, sql in aside:
            raw.execute(sql)
        raw.execute("PRAGMA journal_mode=WAL")
    chance.shuffle(good)
    return good


def days(
    first: datetime, count: int, chance: Random
) -> Iterator[tuple[int, list[tuple[str, str, str, str, str]], list[tuple[str, str, str, str]]]]:
    """Day by day, the coupons given on it and the events of those that came back."""
    bits, last = chance.getrandbits, first + timedelta(days=DAYS)
    for day in range(DAYS):
        many = count * (day + 1) // DAYS - count * day // DAYS
        date = (first + timedelta(days=day)).date()
        given, expires = date.isoformat(), (date + timedelta(days=90)).isoformat()
        coupons, events = [], []
        for place in range(many):
            at = first + timedelta(days=day, seconds=place * 80_000 / many)
            code = draw_code(date, bits)
            coupons.append((code, stamp(at), given, expires, f"{bits(128):032x}"))
            if place % 3 == 0:
                back = at + (last - at) * chance.random()
                events.append((code, stamp(back), back.date().isoformat(), f"{bits(128):032x}"))
        yield day, coupons, events


@dataclass
class Size:
    """A table of so many coupons, twice: the product's and the yardstick's."""

    count: int
    counter: Counter
    raw: sqlite3.Connection
    good: list[str]
    now: datetime
    times: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    def build(cls, folder: Path, count: int) -> Size:
        """Fill one, copy it, and open both."""
        ours, theirs = Home(folder / f"{count} ours"), Home(folder / f"{count} raw")
        good = fill(ours, count)
        theirs.folder.mkdir(parents=True)
        shutil.copy(ours.ledger, theirs.ledger)
        raw = sqlite3.connect(theirs.ledger, isolation_level=None)
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        plain = wiring.open_counter(ours)
        size = cls(count, plain, raw, good, datetime.now(UTC))
        size.counter = wiring.build(ours, replace(plain.settings, cap=10**6), plain.engine, clock=lambda: size.now)
        return size

    def one_round(self, number: int) -> dict[str, float]:
        """One of each; who comes first changes from round to round, because the disk makes the first one wait."""
        recovery, person = self.counter.recovery, Person(1, "Ana", Role.SHIFT_LEAD)
        self.now += BETWEEN_COUPONS
        today, at = self.now.date().isoformat(), stamp(self.now)
        mine, theirs, seen = self.good.pop(), self.good.pop(), self.good[0]

        def issue_raw() -> None:
            code = draw_code(self.now.date(), secrets.randbits)
            self.raw.execute("BEGIN IMMEDIATE")
            self.raw.execute(COUPON, (code, at, today, today, secrets.token_hex(16)))
            self.raw.execute(JOB, (code, "pending", at, at))
            self.raw.execute("COMMIT")

        def redeem_raw() -> None:
            row = (theirs, at, today, secrets.token_hex(16), theirs)
            assert self.raw.execute(EVENT + NOBODY_HAS, row).rowcount == 1

        def issue() -> None:
            issued = recovery.issue(Order(reason="late", language="en"), person, secrets.token_hex(16))
            assert isinstance(issued, Issued)

        def redeem() -> None:
            assert isinstance(recovery.redeem(mine, person, secrets.token_hex(16)), Redeemed)

        def look_up() -> None:
            assert isinstance(recovery.look_up(seen), Found)

        deeds = [("redeem", redeem), ("redeem raw", redeem_raw), ("issue", issue), ("issue raw", issue_raw)]
        deeds.insert(number % 5, ("look up", look_up))
        return {name: taken_ms(deed) for name, deed in (deeds if number % 2 else reversed(deeds))}

    def close(self) -> None:
        """Give back the files."""
        self.counter.close()
        self.raw.close()


def main(counts: list[int]) -> int:
    """Measure, print, and say by the exit code whether the goals hold."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = []
        for count in counts:
            started = time.perf_counter()
            sizes.append(Size.build(Path(folder), count))
            sys.stdout.write(f"{count:>10,} coupons built twice in {time.perf_counter() - started:.0f} s\n")
            sys.stdout.flush()
        os.sync()  # what was built is not written back meanwhile
        for each in range(WARM_UP + ROUNDS):
            for size in sizes:
                for name, ms in size.one_round(each).items():
                    if each >= WARM_UP:
                        size.times.setdefault(name, []).append(ms)
        for size in sizes:
            size.close()
    return report(sizes)


def report(sizes: list[Size]) -> int:
    """Print the quartiles, and the ratios of the medians; 1 when one is above its goal."""
    missed = False
    for name in ("redeem", "issue", "look up"):
        smallest = statistics.median(sizes[0].times[name])
        for size in sizes:
            low, median, high = statistics.quantiles(size.times[name], n=4)
            growth = median / smallest
            missed |= growth > GROWTH
            line = f"{size.count:>10,}  {name:<8}{low:5.2f} {median:5.2f} {high:5.2f} ms, growth {growth:.2f}"
            if f"{name} raw" in size.times:
                raw = statistics.quantiles(size.times[f"{name} raw"], n=4)
                missed |= median / raw[1] > AGAINST_RAW
                line += f"; raw {raw[0]:5.2f} {raw[1]:5.2f} {raw[2]:5.2f} ms, ratio {median / raw[1]:.2f}"
            sys.stdout.write(line + "\n")
    sys.stdout.write(f"goals: ratio {AGAINST_RAW}, growth {GROWTH}\n")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main([int(count) for count in sys.argv[1:]] or [10_000]))
