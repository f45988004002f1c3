"""Windows queues: without Windows the words are clear; with a spooler made of software the calls are the right ones."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from receipts.transport.windows import WindowsTransport

_HAND_OVER = """
import threading
from receipts.transport.windows import WindowsTransport
line = WindowsTransport({queue!r}, deadline_s={deadline_s}).open("7KQ4M2XD9RTC-1")
job = bytes(range(256)) * 200
assert line.exchange(job[:1000], 0) == (1000, b"")
assert line.exchange(job[1000:], 0) == (len(job) - 1000, b"")
print("whole")
try:
    print(line.finish())
except OSError as error:
    print(type(error).__name__, error.strerror)
line.close()
"""


def _run(script: str, spooler: str) -> list[str]:
    """What a program says where `win32print` is the one made of software."""
    folders = [str(Path(__file__).with_name("soft_windows")), str(Path(__file__).parents[3])]
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=20,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders), "PYTHONUTF8": "1", "SPOOLER": spooler},
    )
    return ended.stdout.splitlines()


def _hand_over(spooler: str, queue: str = "Bar / Küche", deadline_s: float = 10) -> list[str]:
    return _run(_HAND_OVER.format(queue=queue, deadline_s=deadline_s), spooler)


def test_a_job_reaches_the_spooler_raw_and_only_when_it_is_whole() -> None:
    assert _hand_over("works") == [
        "whole",
        "open Bar / Küche",
        "start 7KQ4M2XD9RTC-1  RAW",
        "page",
        "page ends",
        "printed 51200 True",
        "closed",
        "handed to Bar / Küche",
    ]


def test_a_queue_that_does_not_exist_leaves_nothing() -> None:
    assert _hand_over("works", queue="Kitchen") == [
        "whole",
        "NothingLeftError Windows has no printer Kitchen, or its spooler is off",
    ]


def test_a_spooler_that_is_off_leaves_nothing() -> None:
    assert _hand_over("off")[-1] == "NothingLeftError Windows has no printer Bar / Küche, or its spooler is off"


def test_a_spooler_that_breaks_off_prints_no_half_slip_and_nobody_knows() -> None:
    assert _hand_over("breaks")[3:] == [
        "page",
        "aborted",
        "closed",
        "OSError Windows did not take it: The RPC server is unavailable.; the job was taken back",
    ]


_LIBRARY_ALONE = """
from escpos.printer import Win32Raw
printer = Win32Raw("Bar / Küche")
printer.open()
try:
    printer._raw(bytes(range(256)) * 200)
    printer._raw(b"more")
except Exception:
    printer.close()
"""


def test_the_librarys_own_close_would_print_the_half() -> None:
    assert "printed 1000 False" in _run(_LIBRARY_ALONE, "breaks")


def test_a_spooler_that_is_stuck_is_given_up_at_the_deadline_and_nobody_knows() -> None:
    began = time.monotonic()
    assert _hand_over("stuck", deadline_s=0.3)[-1] == "TimeoutError Windows did not answer within 0.3 s"
    assert time.monotonic() - began < 10


@pytest.mark.skipif(os.name == "nt", reason="this is Windows")
def test_elsewhere_the_words_say_what_is_missing() -> None:
    with pytest.raises(OSError, match="windows:// printers need Windows"):
        WindowsTransport("Receipt").open("slip")
