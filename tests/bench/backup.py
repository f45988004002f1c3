"""What a backup costs, and whoever gives coupons meanwhile.

A ledger of so many coupons (a million; 460 MB), a register that gives one after the other, a hundred before the backup
begins and as many as it takes to its end. The backup is a process of its own, as it is in life. Prints milliseconds a
coupon (quartiles, and the longest) and seconds for the backup.

Two cores, seven programs at other work on them; 200,000 coupons:

    before     2.6   6.2  12.8 ms, longest   64 ms
    during     2.1   6.3  12.1 ms, longest  515 ms, in 24 s

Copied without bringing each step to the disk, a million of them: half of the coupons took 40 ms, the longest 1,118.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from db.tables.column_types import Role
from pos_recovery.counter.outcomes import Person
from pos_recovery.counter.recovery import Order
from pos_recovery.opening import wiring
from pos_recovery.system.locations import Home
from tests.bench.ledger import fill, taken_ms


def told(name: str, times: list[float]) -> str:
    """One line of figures."""
    low, median, high = statistics.quantiles(times, n=4)
    return f"{name:<8}{low:6.2f} {median:6.2f} {high:6.2f} ms, longest {max(times):7.2f}, {len(times)} coupons\n"


def main(count: int) -> None:
    """Fill, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        fill(home, count)
        counter = wiring.open_counter(home)
        person = Person(1, "Ana", Role.SHIFT_LEAD)

        def issue() -> float:
            time.sleep(0.02)
            order = Order(reason="late", language="en")
            request = wiring.new_request_id()
            return taken_ms(lambda: counter.recovery.issue(order, person, request, lead=person, print_slips=False))

        before = [issue() for _ in range(100)]
        words = ["--home", str(home.folder), "backup", str(Path(folder) / "backups"), "--json"]
        started = time.monotonic()
        with subprocess.Popen([sys.executable, "-m", "pos_recovery", *words], stdout=subprocess.DEVNULL) as backup:
            during = []
            while backup.poll() is None:
                during.append(issue())
        took = time.monotonic() - started
        counter.close()
        sys.stdout.write(told("before", before) + told("during", during))
        sys.stdout.write(f"backup {took:.1f} s, exit {backup.returncode}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
