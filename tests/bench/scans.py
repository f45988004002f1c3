"""Scans by lot, into the real program in a real terminal: any keyboard, pace, beginning, ending and screen.

Run it from the root of a checkout:

    python -m tests.bench.scans [SCANS [SEED]]

A scan must bring up its slip, leave the ledger as it was, and leave the screen it came upon as it was. One core is kept
busy. A scan takes some three seconds, most of them its own; what it shows is a count of those that did anything else.
The same ten thousand times at the detector alone is in `tests/scanners/test_scan_detector.py`, and takes ten seconds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random

import pytest

from tests.till import make_template
from tests.tui.real.keyboards import KEYBOARDS
from tests.tui.real.real_counter import AT_THE_GRID, ECHO_S, PLACES, Counter, Place, counter_open

PACES_S = (0.001, 0.09)
BEGINNINGS = ("", "", "]Q1", "\\000026", "HTTPS://CUP.EXAMPLE/C/", "<esc>")
ENDINGS = ("\r", "\n", "\r\n", "\t", "<down>", "<f12>", "<keypad enter>", "")


def scan(counter: Counter, place: Place, chance: Random) -> str:
    """One scan, from the grid and back. Returns what was wrong with it; empty: nothing."""
    counter.press(*place.keys)
    for words in place.words:
        counter.shown.wait_for(words)
    before, on_record = counter.rest(), counter.ledger()
    keyboard, every_s = chance.choice(list(KEYBOARDS)), chance.uniform(*PACES_S)
    code, text = counter.code(), chance.choice(BEGINNINGS)
    what = f"{text}{code} on {keyboard} at {every_s * 1000:.0f} ms from {place.name}"
    try:
        counter.type(f"{text}{code}{chance.choice(ENDINGS)}", every_s, KEYBOARDS[keyboard])
        counter.await_good(code, what)
        counter.shown.follow(ECHO_S)
        counter.leave_answer(before, what)
        counter.back(place.escapes)
        counter.shown.wait_for(AT_THE_GRID)
    except pytest.fail.Exception as failed:
        return str(failed)
    after = counter.ledger()
    return "" if after == on_record else f"the ledger has changed from {on_record} to {after}, after {what}"


def main(scans: int, seed: int) -> int:
    """Scan, print what was wrong, and say by the exit code whether anything was."""
    chance, wrong, done = Random(seed), 0, 0  # noqa: S311  a seed, so that what was wrong comes again
    with tempfile.TemporaryDirectory() as folder:
        template = make_template(Path(folder) / "template")
        while done < scans:
            with counter_open(template, Path(folder) / f"counter-{done}") as counter:
                while done < scans:
                    done += 1
                    if trouble := scan(counter, chance.choice(PLACES), chance):
                        wrong += 1
                        sys.stdout.write(f"{trouble}\n")
                        break  # another register: this one may stand anywhere
    sys.stdout.write(f"{scans} scans, {wrong} of them wrong\n")
    return int(wrong > 0)


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:]]
    sys.exit(main(*[*numbers, *(200, 1)[len(numbers) :]]))
