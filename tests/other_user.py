"""The command line as another user runs it, whom root's files shut out: a process that drops its rights for good.

What that user might not be allowed to read (this very program, a private checkout) is loaded before, by running the
same words on a home that is thrown away.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

import pytest

from pos_recovery.system.locations import Home
from tests.commands.shell import Done
from tests.till import LEAD_PIN, copy_of

NOBODY = 65534
_DROPS = f"""
import contextlib, io, os, sys
from pos_recovery.commands import arguments
import pos_recovery.system.ownership, pos_recovery.system.locks, pwd
warm, home, *words = sys.argv[1:]
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    arguments.run(["--home", warm, *words])
pwd.getpwuid(0)
os.setgroups([])
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
sys.exit(arguments.run(["--home", home, *words]))
"""

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else as well"
)


@contextmanager
def home_of_nobody(template: Home) -> Iterator[Home]:
    """A home of that user, in a folder that everybody may pass. pytest's own folders are private."""
    with TemporaryDirectory() as folder:
        os.chown(folder, NOBODY, NOBODY)
        home = copy_of(template, Path(folder) / "home")
        for path in (home.folder, *home.folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        yield home


def as_nobody(template: Home, home: Home, *words: str) -> Done:
    """Run one command as that user."""
    with TemporaryDirectory() as folder:
        warm = copy_of(template, Path(folder) / "warm")
        done = run(
            [sys.executable, "-c", _DROPS, str(warm.folder), str(home.folder), *words],
            env={**os.environ, "POS_RECOVERY_PIN": LEAD_PIN},
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[1],
        )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)
