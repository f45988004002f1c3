"""From the last key of a scan to its answer, and from a person's key to the changed screen, while one core is busy.

Run it from the root of a checkout, as `first_paint` says, while the machine does nothing else:

    python -m tests.bench.scanning [SCANS]

The register runs as a person starts it, in a pseudo-terminal of 80 by 24, a lead signed in; beside it a process keeps
one core busy. A time runs from the last byte written into the terminal until the bytes that answer it have been read
from it. The goals, at the median and at the 99th of a hundred:

* F9: the last key of a scan until its answer, at every speed of `tests/tui/real/test_real_scans.py`, with Enter and
  without;
* F10: a key until the screen it changes. A key of one letter could be the first of a scan, and waits 60 ms until it is
  known to be none: that is in what is measured. F1 and the arrows do not wait;
* F10b: the same once the register has learned its scanner, whose scans begin with other letters.

The first scan after signing in is told apart: whatever is loaded late would be loaded then.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path

from pos_recovery.counter.staff import Pin
from pos_recovery.opening import setup
from pos_recovery.rules.codes import printed
from pos_recovery.scanners.keyboard_wedge import CHART
from pos_recovery.system.locations import Home
from receipts.values.paper import PAPER_58
from receipts.virtual.serving.tcp_server import serving
from tests.bench.printing import ENTER, ESC, F1, PIN, Core, Register, Report, Witness, register
from tests.busy_core import one_core_busy

SCAN_MEDIAN_MS, SCAN_P99_MS = 100.0, 150.0
KEY_MEDIAN_MS, KEY_P99_MS = 50.0, 100.0
"""F9, F10."""
SPEEDS_S = (0.0, 0.001, 0.005, 0.01, 0.02)
SPIN_S = 0.001
"""A wait ends up to so much too late; the rest of the time to the next key is spent looking at the clock."""
CODES = 40
BETWEEN_SCANS_S = 0.5
"""No guest hands over a slip sooner. What the register prepares while nobody waits belongs to what is measured."""
ADDRESS = "https://CUP.EXAMPLE/C/"
DOWN = "\x1b[B"


class Scanned(Register):
    """The program in a terminal, with a scanner beside the keyboard."""

    def scan(self, text: str, every_s: float) -> float:
        """Type at the speed of a scanner, and say when the last key was down."""
        self.settle(0.0)
        self._said = b""
        due = time.monotonic()
        for character in text:
            self.follow(due - SPIN_S)
            while time.monotonic() < due:
                pass
            os.write(self._master, character.encode())
            due += every_s
        return time.monotonic()

    def until_anything(self) -> float:
        """Read until anything has been written, and say when."""
        self._read(1.0)
        return time.monotonic()


def held(report: Report, what: str, taken_ms: Sequence[float], median_ms: float, p99_ms: float) -> None:
    """Median and 99th of a hundred, each against its goal."""
    ordered = sorted(taken_ms)
    median, slow = statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    report.line(what, f"median {median:5.1f} ms", value=median, goal=median_ms)
    report.line(f"    of {len(ordered)}", f"p99    {slow:5.1f} ms", value=slow, goal=p99_ms)


def measure_scans(shown: Scanned, codes: Sequence[str], scans: int, report: Report) -> None:
    """F9."""
    code = cycle(codes)
    first = next(code)
    started = shown.scan(ADDRESS + first + ENTER, SPEEDS_S[2])
    report.line("    the first scan of the day", f"{(shown.until(printed(first)) - started) * 1000:5.1f} ms")
    leave(shown)
    for name, ending in (("Enter", ENTER), ("nothing", "")):
        taken_ms: list[float] = []
        for each, every_s in zip(islice(code, scans), cycle(SPEEDS_S), strict=False):
            started = shown.scan(ADDRESS + each + ending, every_s)
            taken_ms.append((shown.until(printed(each)) - started) * 1000)
            leave(shown)
        held(report, f"F9  a scan that ends with {name}", taken_ms, SCAN_MEDIAN_MS, SCAN_P99_MS)
        for nth, every_s in enumerate(SPEEDS_S):
            some = taken_ms[nth :: len(SPEEDS_S)]
            report.line(f"    {every_s * 1000:2.0f} ms a character", f"median {statistics.median(some):5.1f} ms")


def leave(shown: Scanned) -> None:
    """From the answer back to the grid."""
    shown.press(ESC)
    shown.until("Look up")
    shown.press(ESC)
    shown.until("Sold out")
    shown.settle(BETWEEN_SCANS_S)


def learn(shown: Scanned) -> None:
    """The register learns its scanner: on a keyboard as it is sent, 9 ms a letter, ends with Enter."""
    shown.press(F8)
    shown.until("Scan this square")
    shown.settle(BETWEEN_SCANS_S)
    shown.scan(CHART + ENTER, 0.009)
    shown.until("Learned")
    shown.press(ESC)
    shown.until("Sold out")


def measure_keys(shown: Scanned, times: int, report: Report, goal: str) -> None:
    """F10; F10b once the scanner is learned."""

    def taken_ms(key: str, answered: Callable[[], float], key_back: str, words_back: str) -> list[float]:
        taken = []
        for _ in range(times):
            pressed = shown.press(key)
            taken.append((answered() - pressed) * 1000)
            shown.settle(BETWEEN_SCANS_S)
            shown.press(key_back)
            shown.until(words_back) if words_back else shown.until_anything()
            shown.settle(BETWEEN_KEYS_S)
        return taken

    def until(words: str) -> Callable[[], float]:
        return lambda: shown.until(words)

    keys = {
        "3: a card": taken_ms("3", until("Enter Print"), ESC, "Sold out"),
        "F1: help": taken_ms(F1, until("At the grid"), ESC, "Sold out"),
    }
    shown.press("3")
    shown.until("Enter Print")
    shown.settle()
    keys["+: one coupon more"] = taken_ms("+", shown.until_anything, "-", "")
    shown.press(ESC)
    shown.until("Sold out")
    shown.press(F4)
    shown.until("Slips of today")
    shown.settle()
    keys["an arrow: the next slip"] = taken_ms(DOWN, shown.until_anything, UP, "")
    for what, times_ms in keys.items():
        held(report, f"{goal} {what}", times_ms, KEY_MEDIAN_MS, KEY_P99_MS)


F4, F8, UP = "\x1bOS", "\x1b[19~", "\x1b[A"
BETWEEN_KEYS_S = 0.8
"""No reason is picked sooner after the last card was left; what is prepared meanwhile belongs to it."""


def main(scans: int) -> int:
    """Measure, print, and say by the exit code whether the goals hold."""
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        setup.set_up(home, setup.Answers(lead="Ana"), lambda: Pin(PIN))
        machine = Witness(PAPER_58)
        with serving(machine) as printer:
            core = Core(home, 58, machine, printer)
            codes = [core.issue("en").stories[0].code for _ in range(CODES)]
            core.counter.close()
            with one_core_busy(), register(home, printer, 58) as shown:
                scanned = Scanned(shown._master)
                measure_scans(scanned, codes, scans, report)
                measure_keys(scanned, scans // 4, report, "F10")
                learn(scanned)
                measure_keys(scanned, scans // 4, report, "F10b")
    return int(report.missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
