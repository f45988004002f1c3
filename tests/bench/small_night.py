"""What the night of a small shop costs, one store and a hundred coupons, against the build before: a ratio of one run.

    python -m tests.bench.small_night PYTHON [ROUNDS]      PYTHON: of an environment in which the other build is

Each build closes the day of a ledger of its own, made by this one, and then closes it again and again into new folders,
in turn with the other, from a folder in which neither lies. Both the wall time and the processor's are told: on a busy
machine only the second says much.

When this was written, on two cores that were busy, the build before needed 2.6 s of the processor, of which importing
pyarrow, matplotlib, scipy and numpy was most.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import DEVNULL, run

from pos_recovery.system.locations import Home
from tests.bench.ledger import fill

COUPONS = 100
GOAL = 0.4
ROOT = Path(__file__).parents[2]


def close_day(python: str, home: Path, out: Path, found: str) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    day = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    command = [python, "-m", "pos_recovery", "--home", str(home), "export", "--day", day, "--out", str(out)]
    before, started = os.times(), time.perf_counter()
    run(command, check=True, stdout=DEVNULL, cwd=home, env={**os.environ, "PYTHONPATH": found})
    took, after = time.perf_counter() - started, os.times()
    shutil.rmtree(out)
    return took, sum(after[2:4]) - sum(before[2:4])


def main(other: str, rounds: int) -> int:
    """Measure, print, and say by the exit code whether the goal holds."""
    builds = {"this": (sys.executable, str(ROOT)), "before": (other, "")}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in builds}
    with tempfile.TemporaryDirectory() as folder:
        for name in builds:
            fill(Home(Path(folder) / name), COUPONS)
        for number in range(rounds + 1):
            for name, (python, found) in builds.items():
                took = close_day(python, Path(folder) / name, Path(folder) / "out", found)
                if number:  # the first closes the day
                    times[name].append(took)
    walls, cores = (
        {name: statistics.median(each[which] for each in times[name]) for name in builds} for which in (0, 1)
    )
    ratio = walls["this"] / walls["before"]
    sys.stdout.write(
        f"wall {walls['this']:.2f} s, before {walls['before']:.2f} s: {ratio:.2f} (goal {GOAL})\n"
        f"processor {cores['this']:.2f} s, before {cores['before']:.2f} s: {cores['this'] / cores['before']:.2f}\n"
    )
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7))
