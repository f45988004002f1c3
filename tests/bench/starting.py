"""What starting costs: giving a coupon by a command, and the register while it waits for somebody to sign in.

Run it on a compiled install, as `first_paint` says. `OTHER` is the Python of another build, with which the command is
compared; without one its time is only told:

    python -m tests.bench.starting [OTHER [ROUNDS]]

The command is held against that build's in time of the processor, its own and the system's, the two in turn; the
register against an empty Textual program in resident memory, once neither has anything to do. Medians. Linux only: it
looks into /proc.
"""

from __future__ import annotations

import os
import resource
import select
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tests.bench.first_paint import EMPTY, in_terminal

REGISTER = ("-m", "pos_recovery")
ISSUE = ("issue", "late", "--json")
WAYS = {"issue --no-print": (*ISSUE, "--no-print"), "issue, to a picture": ISSUE}
GOAL_OF_TIME, GOAL_OF_MEMORY = 0.6, 2.2
LOOK_S, QUIET_LOOKS, MOST_LOOKS = 0.25, 6, 80
_TICKS = 2
"""Of the system's clock, hundredths of a second, that a program may take between two looks and count as idle."""


def processor_s(arguments: list[str], environment: Mapping[str, str]) -> float:
    """Seconds of the processor that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(arguments, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def resident_mb(arguments: list[str], environment: dict[str, str]) -> float:
    """Megabytes of a program in a terminal, once it has nothing more to do."""
    with in_terminal(arguments, environment) as (program, terminal):
        quiet, before = 0, -1
        for _ in range(MOST_LOOKS):
            if select.select([terminal], [], [], LOOK_S)[0]:
                os.read(terminal, 65536)
                continue
            ticks = _ticks(program.pid)
            quiet = quiet + 1 if before > 0 and ticks - before <= _TICKS else 0
            before = ticks
            if quiet == QUIET_LOOKS:
                break
        told = Path(f"/proc/{program.pid}/status").read_text(encoding="ascii")
        return int(told.partition("VmRSS:")[2].split()[0]) / 1024


def _ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def medians(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of what each way takes, all of them in turn; once before, for the caches of the disk."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            took = way()
            if turn:
                taken[name].append(took)
    return {name: statistics.median(each) for name, each in taken.items()}


def main(other: str | None, rounds: int) -> int:
    """Measure, print, and say by the exit code whether the goals hold."""
    builds = {"this": sys.executable} | ({"other": other} if other else {})
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # what stands in the checkout is not what is installed
        here = {name: environment(Path(folder, name)) for name in builds}
        for name, python in builds.items():
            processor_s([python, *REGISTER, "setup", "--defaults"], here[name])
        for way, words in WAYS.items():
            asked = {name: partial(processor_s, [builds[name], *REGISTER, *words], here[name]) for name in builds}
            took = medians(asked, rounds)
            sys.stdout.write(f"{way:<20} {took['this'] * 1000:6.0f} ms of the processor")
            if other:
                ratio = took["this"] / took["other"]
                missed |= ratio > GOAL_OF_TIME
                sys.stdout.write(f", the other {took['other'] * 1000:6.0f}: {ratio:.2f} (goal {GOAL_OF_TIME})")
            sys.stdout.write("\n")
        programs = {"register": [sys.executable, *REGISTER], "empty": [sys.executable, "-c", EMPTY]}
        held = medians({name: partial(resident_mb, words, here["this"]) for name, words in programs.items()}, 5)
        os.chdir("/")
    ratio = held["register"] / held["empty"]
    sys.stdout.write(
        f"before sign-in       {held['register']:6.1f} MB, an empty program {held['empty']:.1f}: {ratio:.2f}"
        f" (goal {GOAL_OF_MEMORY})\n"
    )
    return int(missed or ratio > GOAL_OF_MEMORY)


def environment(home: Path) -> dict[str, str]:
    """Of a register in `home`, on which many coupons may be given."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("POS_RECOVERY")}
    ours = {"POS_RECOVERY_HOME": str(home), "POS_RECOVERY_PIN": "2468", "POS_RECOVERY_CAP": "10000"}
    return {**kept, "TERM": "xterm-256color", **ours}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None, int(sys.argv[2]) if len(sys.argv) > 2 else 15))
