"""Handing over to an `lp` that is a small script: one that accepts, refuses, breaks off, hangs, or is not there."""

import os
import time
from pathlib import Path

import pytest

from receipts.transport import NothingLeftError
from receipts.transport.cups import CupsTransport

if os.name == "nt":
    pytest.skip("CUPS is for Unix", allow_module_level=True)

SLIP = bytes(range(256)) * 200
ACCEPTS = """
printf '%s\\n' "$LC_ALL" "$@" > "$0.asked"
cat > "$0.got"
echo "request id is kitchen-2-17 (0 file(s))"
"""


@pytest.fixture
def lp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the `lp` of this test is; nothing is there yet."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path / "lp"


def _script(path: Path, does: str) -> None:
    path.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    path.chmod(0o755)


def _print(transport: CupsTransport, name: str = "7KQ4M2XD9RTC-1") -> str:
    line = transport.open(name)
    try:
        half = len(SLIP) // 2
        assert line.exchange(SLIP[:half], 0) == (half, b"")
        assert line.exchange(SLIP[half:], 0) == (half, b"")
        return line.finish()
    finally:
        line.close()


def test_the_job_reaches_lp_whole_and_its_number_is_told(lp: Path) -> None:
    _script(lp, ACCEPTS)
    assert _print(CupsTransport("kitchen-2")) == "handed to queue kitchen-2 as job 17"
    assert lp.with_name("lp.got").read_bytes() == SLIP
    asked = lp.with_name("lp.asked").read_text(encoding="utf-8").split()
    assert asked == ["C", "-d", "kitchen-2", "-o", "raw", "-t", "7KQ4M2XD9RTC-1", "-"]


def test_nothing_reaches_lp_before_the_job_is_whole(lp: Path) -> None:
    _script(lp, ACCEPTS)
    line = CupsTransport("kitchen").open("slip")
    line.exchange(SLIP, 0)
    line.close()
    assert [each.name for each in lp.parent.iterdir()] == ["lp"]


def test_an_lp_that_says_no_number_is_believed_that_it_took_the_job(lp: Path) -> None:
    _script(lp, "cat > /dev/null")
    assert _print(CupsTransport("kitchen")) == "handed to queue kitchen"


def test_a_title_cannot_be_an_option_or_a_line_of_its_own(lp: Path) -> None:
    _script(lp, ACCEPTS)
    _print(CupsTransport("kitchen"), "-o\nraw\0;$(x)")
    assert "-t\n-o_raw____x_\n-" in lp.with_name("lp.asked").read_text(encoding="utf-8")


def test_an_lp_that_refuses_before_it_reads_leaves_the_slip_pending(lp: Path) -> None:
    _script(lp, "echo 'lp: Error - The printer or class does not exist.' >&2; exit 1")
    with pytest.raises(NothingLeftError, match=r"CUPS did not take it: The printer or class does not exist$"):
        _print(CupsTransport("kitchen"))


def test_an_lp_that_fails_after_it_has_read_leaves_the_slip_unknown(lp: Path) -> None:
    _script(lp, "head -c 1000 > /dev/null; echo 'lp: Unable to write' >&2; exit 1")
    with pytest.raises(OSError, match="Unable to write") as broken:
        _print(CupsTransport("kitchen"))
    assert not isinstance(broken.value, NothingLeftError)


def test_an_lp_that_hangs_is_ended_at_the_deadline_and_leaves_the_slip_unknown(lp: Path) -> None:
    _script(lp, 'echo $$ > "$0.pid"; exec sleep 30')
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"did not answer within 0\.5 s") as broken:
        _print(CupsTransport("kitchen", deadline_s=0.5))
    assert time.monotonic() - began < 2
    assert not isinstance(broken.value, NothingLeftError)
    with pytest.raises(ProcessLookupError):
        os.kill(int(lp.with_name("lp.pid").read_text(encoding="utf-8")), 0)


def test_without_an_lp_the_words_say_what_is_missing(lp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(lp.parent))
    with pytest.raises(FileNotFoundError, match="the command lp is missing"):
        CupsTransport("kitchen").open("slip")


def test_a_queue_cannot_answer_and_proves_nothing() -> None:
    assert CupsTransport.hand_over_only
    assert not CupsTransport.reads_back
