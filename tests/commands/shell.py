"""The program as a shell starts it: a new process, a home of its own, and nothing else to go by."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from typing import Any

from tests.till import LEAD_PIN


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, Any]:
        """The one JSON object on stdout. Fails when there is anything else."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        assert self.out.endswith("}\n")
        assert self.out.isascii()
        return found

    @property
    def line(self) -> str:
        """The one line on stderr."""
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.rstrip()


@dataclass(frozen=True)
class Shell:
    """Starts commands for one home."""

    home: Path

    def __call__(self, *words: str, pin: str | None = LEAD_PIN, stdin: str = "", **variables: str) -> Done:
        """Run one command with `--home` before it. The PIN is in the environment, unless it is None."""
        return self.bare("--home", str(self.home), *words, pin=pin, stdin=stdin, **variables)

    def bare(self, *words: str, pin: str | None = LEAD_PIN, stdin: str = "", **variables: str) -> Done:
        """Run one command as it stands."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("POS_RECOVERY_")}
        environment |= {"HOME": str(self.home.parent), "LANG": "C.UTF-8"} | variables
        if pin is not None:
            environment["POS_RECOVERY_PIN"] = pin
        done = run(
            [sys.executable, "-m", "pos_recovery", *words],
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)
