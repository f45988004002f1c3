"""Commands for a home that is set up and for one that is not: in new processes, or in this one where that is enough."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_recovery.commands import arguments
from pos_recovery.system.locations import Home
from tests.commands.shell import Done, Shell
from tests.till import LEAD_PIN


@dataclass(frozen=True)
class Call:
    """Like `Shell`, but in this process: ten times faster, once everything is imported."""

    home: Path
    captured: pytest.CaptureFixture[str]

    def __call__(self, *words: str, pin: str | None = LEAD_PIN, stdin: str = "", **variables: str) -> Done:
        with pytest.MonkeyPatch.context() as process:
            process.delenv("POS_RECOVERY_PIN", raising=False)
            for name, value in (variables if pin is None else {**variables, "POS_RECOVERY_PIN": pin}).items():
                process.setenv(name, value)
            process.setattr("sys.stdin", io.StringIO(stdin))
            code = arguments.run(["--home", str(self.home), *words])
        out, err = self.captured.readouterr()
        return Done(code, out, err)


@pytest.fixture
def shell(home: Home) -> Shell:
    """New processes for a home that is set up: lead 1 (Ana), barista 2 (Ben)."""
    return Shell(home.folder)


@pytest.fixture
def call(home: Home, capsys: pytest.CaptureFixture[str]) -> Call:
    """The same home, in this process."""
    return Call(home.folder, capsys)


@pytest.fixture
def new_shell(tmp_path: Path) -> Shell:
    """New processes where nothing is set up."""
    return Shell(tmp_path / "new")


@pytest.fixture
def new_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """The same, in this process."""
    return Call(tmp_path / "new", capsys)
