"""A courier that is killed, at one step after the other: run as a program by `test_settle.py`.

Forks a child for each step: an event of the interpreter that touches the night's files, or a half that is written.
The child kills itself before it with SIGKILL, which no `finally` survives. Prints what was to be seen then, and what
the next one made of it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path

from pos_recovery.export.places.night_folder import amiss, read_night
from tests.export.small_nights import bring

TOUCHES = {"open", "os.mkdir", "os.rename", "os.rmdir", "os.remove", "shutil.rmtree"}


def straight(night: Path, there: Path, step: int) -> None:
    """Copy without any care: what the twin does."""
    (there / night.name).mkdir(parents=True, exist_ok=True)
    for n, each in enumerate(sorted(night.iterdir(), key=lambda file: file.name != "datapackage.json"), 1):
        if n == step:
            os.kill(os.getpid(), signal.SIGKILL)
        shutil.copy(each, there / night.name)


def careful(night: Path, there: Path, dies_before: int) -> None:
    """Write it as an export does, and die on the way."""
    step = 0

    def go_on(event: str, args: object) -> None:
        nonlocal step
        if event in TOUCHES and night.name in str(args):
            step += 1
            if step == dies_before:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(go_on)
    bring(night, there, lambda: go_on("open", night))


def seen(final: Path) -> str:
    """What head office finds."""
    if not (final / "datapackage.json").exists():
        return "half" if final.exists() else "nothing"
    return "half" if amiss(read_night(final)) else "whole"


def main(night: Path, there: Path, courier: str = "careful") -> None:
    """Live, die, look, and go once more, until one survives."""
    bring(night, there)  # loads what is loaded late
    shutil.rmtree(there)
    lives: list[dict[str, object]] = []
    survived = False
    while not survived:
        child = os.fork()
        if child == 0:
            (straight if courier == "straight" else careful)(night, there, len(lives) + 1)
            os._exit(0)
        survived = os.waitpid(child, 0)[1] == 0
        found = seen(there / night.name)
        then = type(bring(night, there)).__name__
        lives.append({"seen": found, "then": then, "left": sorted(each.name for each in there.iterdir())})
        shutil.rmtree(there)
    json.dump(lives, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
