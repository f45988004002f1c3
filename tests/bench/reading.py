"""What it costs to read a text as a code, beside another version of the program, both warm.

Run it from the root of a checkout; `OTHER` is the root of another one:

    python -m tests.bench.reading OTHER

Each text is read alternately by both, and the ratio is that of the best of many rounds, in time of the processor.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from functools import partial
from random import Random
from time import process_time
from timeit import timeit

from pos_recovery.rules.codes import draw_code, printed, read_code

ROUNDS, READINGS = 15, 300
_THERE = """
import sys
from time import process_time
from timeit import timeit
from pos_recovery.rules.codes import read_code
for line in sys.stdin:
    texts = eval(line)
    for text in texts: read_code(text)
    print(timeit(lambda: [read_code(text) for text in texts], number=1, timer=process_time), flush=True)
"""


def texts() -> dict[str, list[str]]:
    """Texts of each kind."""
    random = Random(20)  # noqa: S311  a seed
    codes = [draw_code(date(2026, 11, 14), random.getrandbits) for _ in range(READINGS)]
    return {
        "a plain code": codes,
        "a plain code with one wrong letter": [
            code[:5] + ("7" if code[5] != "7" else "8") + code[6:] for code in codes
        ],
        "as printed": [printed(code) for code in codes],
        "the address": [f"HTTPS://CUP.EXAMPLE/C/{code}" for code in codes],
        "what a person writes": ["oat milk latte for the lady by the window"] * READINGS,
    }


def _read(lines: list[str]) -> None:
    for line in lines:
        read_code(line)


def main(other: str) -> int:
    """Print a ratio for each kind of text; 1 where a plain code costs more than 1.3 times as much."""
    missed = False
    with subprocess.Popen(
        [sys.executable, "-c", _THERE], cwd=other, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as there:
        assert there.stdin is not None
        assert there.stdout is not None
        for kind, lines in texts().items():
            here_s, there_s = [], []
            for _ in range(ROUNDS):
                there.stdin.write(f"{lines!r}\n")
                there.stdin.flush()
                there_s.append(float(there.stdout.readline()))
                _read(lines)
                here_s.append(timeit(partial(_read, lines), number=1, timer=process_time))
            ratio = min(here_s) / min(there_s)
            missed = missed or (kind == "a plain code" and ratio > 1.3)
            micros = min(here_s) / len(lines) * 1e6
            sys.stdout.write(f"{kind}: {micros:.0f} microseconds, {ratio:.2f} of the other's\n")
        there.stdin.close()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
