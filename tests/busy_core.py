"""A machine that has other things to do: one core kept busy, for the pty test of scans and for their benchmark."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    for _ in range(100_000):\n        pass"


@contextmanager
def one_core_busy() -> Iterator[None]:
    """As long as this is entered, and never longer than this process lives."""
    process = subprocess.Popen([sys.executable, "-c", _BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()
