"""Issuing and redeeming against the same rows written by plain sqlite3, with the same durability. Ratios of one run.

    python tests/bench/ledger.py [ROUNDS]

Issue: one transaction with a coupon and its print job. Redeem: one transaction that looks, decides and appends; the
yardstick is one guarded statement that appends only if nobody has. Both sides take turns on files of their own.
"""

from __future__ import annotations

import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pos_recovery import bootstrap, setup
from pos_recovery.codes import draw_code
from pos_recovery.locations import Home
from pos_recovery.outcomes import Issued, Person, Redeemed
from pos_recovery.recovery import Order
from pos_recovery.staff import Pin

GOAL = 2.5
WARM_UP = 20
COUPON = (
    "INSERT INTO coupon (code, store, register, staff, reason, remade, noticed_first, language, issued_at,"
    " business_date, expires_on, cost_minor, currency, request_id, clock_drift_s)"
    " VALUES (?, '1', '1', 1, 'late', 0, 1, 'en', ?, '2026-11-21', '2027-02-19', 0, 'EUR', ?, 0)"
)
JOB = "INSERT INTO print_job (code, copy, state, attempts, created_at, updated_at) VALUES (?, 1, 'pending', 0, ?, ?)"
REDEEM = (
    "INSERT INTO coupon_event (code, n, kind, at, business_date, store, register, staff, request_id, offline,"
    " clock_drift_s) SELECT ?, 1, 'redeemed', ?, '2026-11-21', '1', '1', 1, ?, 0, 0 WHERE NOT EXISTS"
    " (SELECT 1 FROM coupon_event WHERE code = ? AND kind = 'redeemed')"
)


def taken_ms(do: Callable[[], object]) -> float:
    """Milliseconds one call takes."""
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


def main(rounds: int) -> int:
    """Measure, print, and say by the exit code whether the goals hold."""
    with tempfile.TemporaryDirectory() as folder:
        homes = [Home(Path(folder) / name) for name in ("ours", "raw")]
        for home in homes:
            setup.set_up(home, setup.Answers(lead="Ana"), lambda: Pin("2468"))
        counter = bootstrap.open_counter(homes[0])
        raw = sqlite3.connect(homes[1].ledger, isolation_level=None)
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        person = Person(1, "Ana", counter.roster.people()[0].role)
        cap_free = bootstrap.build(homes[0], replace(counter.settings, cap=10 * rounds + 1000), counter.engine)
        times: dict[str, list[float]] = {"issue": [], "issue raw": [], "redeem": [], "redeem raw": []}

        def issue() -> str:
            issued = cap_free.recovery.issue(Order(reason="late", language="en"), person, secrets.token_hex(16))
            assert isinstance(issued, Issued)
            return issued.stories[0].code

        def issue_raw() -> str:
            now = datetime.now(UTC)
            code, at = draw_code(now.date(), secrets.randbits), now.replace(tzinfo=None).isoformat(" ")
            raw.execute("BEGIN IMMEDIATE")
            raw.execute(COUPON, (code, at, secrets.token_hex(16)))
            raw.execute(JOB, (code, at, at))
            raw.execute("COMMIT")
            return code

        def redeem(code: str) -> None:
            assert isinstance(cap_free.recovery.redeem(code, person, secrets.token_hex(16)), Redeemed)

        def redeem_raw(code: str) -> None:
            at = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
            assert raw.execute(REDEEM, (code, at, secrets.token_hex(16), code)).rowcount == 1

        def one_round() -> dict[str, float]:
            codes: list[str] = []
            return {
                "issue": taken_ms(lambda: codes.append(issue())),
                "issue raw": taken_ms(lambda: codes.append(issue_raw())),
                "redeem": taken_ms(lambda: redeem(codes[0])),
                "redeem raw": taken_ms(lambda: redeem_raw(codes[1])),
            }

        for _ in range(WARM_UP):
            one_round()
        for _ in range(rounds):
            for name, ms in one_round().items():
                times[name].append(ms)
        counter.close()
        raw.close()
    return report(times)


def report(times: dict[str, list[float]]) -> int:
    """Print the ratios of the medians; 1 when one is above the goal."""
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    worst = 0.0
    for name in ("issue", "redeem"):
        ratio = medians[name] / medians[f"{name} raw"]
        worst = max(worst, ratio)
        sys.stdout.write(
            f"{name:<7} {medians[name]:.2f} ms, raw {medians[name + ' raw']:.2f} ms, ratio {ratio:.2f} (goal {GOAL})\n"
        )
    return int(worst > GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
