"""A coupon that is on record survives a power cut, for one sync and not for more: counted by the operating system."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from subprocess import run

import pytest

from pos_recovery.system.locations import Home

COUPONS = 40
ISSUE = f"""
import os, sys
from pathlib import Path
from sqlalchemy import event
from pos_recovery.system.locations import Home
from tests.till import Till

till = Till.open(Home(Path(sys.argv[1])), cap=1000)
if sys.argv[2] == "NORMAL":
    @event.listens_for(till.counter.engine, "checkout")
    def careless(connection, *_):
        connection.execute("PRAGMA synchronous=NORMAL")
till.issue()
try:
    os.rmdir("from here on")
except OSError:
    pass
for _ in range({COUPONS}):
    till.issue()
try:
    os.rmdir("up to here")
except OSError:
    pass
"""


def syncs(home: Home, synchronous: str, tmp_path: Path) -> int:
    """How often the operating system is asked to bring data to the disk while the coupons are issued."""
    trace = tmp_path / "trace"
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed, so syncs cannot be counted")
    command = [strace, "-f", "-o", str(trace), "-e", "trace=fsync,fdatasync,sync_file_range,rmdir"]
    done = run(
        [*command, sys.executable, "-c", ISSUE, str(home.folder), synchronous],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    if "ptrace" in done.stderr or "Operation not permitted" in done.stderr:
        pytest.skip(f"strace may not trace here: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stderr
    between = trace.read_text().split('rmdir("from here on")')[1].split('rmdir("up to here")')[0]
    return len(re.findall(r"\b(?:fsync|fdatasync|sync_file_range)\(", between))


def test_every_coupon_costs_exactly_one_sync(home: Home, tmp_path: Path) -> None:
    assert syncs(home, "FULL", tmp_path) / COUPONS == 1.00


def test_with_synchronous_normal_the_last_coupons_would_not_be_on_the_disk(home: Home, tmp_path: Path) -> None:
    """The twin: the counting sees it when nothing is synced."""
    assert syncs(home, "NORMAL", tmp_path) == 0
