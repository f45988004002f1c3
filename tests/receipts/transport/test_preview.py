"""Previews in real folders, also when the program is killed in the middle of one."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from receipts.transport import NothingLeftError
from receipts.transport.preview import PreviewTransport, write_whole

POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")


def test_a_preview_appears_under_its_name_when_it_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "slips" / "today"
    line = PreviewTransport(folder).open("7KQ4M2XD9RTC-1")
    assert line.exchange(b"half", 0) == (4, b"")
    assert line.exchange(b" and half", 0) == (9, b"")
    assert list(folder.iterdir()) == []
    assert line.finish() == str(folder / "7KQ4M2XD9RTC-1.png")
    line.close()
    assert [each.name for each in folder.iterdir()] == ["7KQ4M2XD9RTC-1.png"]
    assert (folder / "7KQ4M2XD9RTC-1.png").read_bytes() == b"half and half"


def test_a_folder_that_cannot_be_made_is_an_error_before_anything_left(tmp_path: Path) -> None:
    (tmp_path / "slips").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(FileExistsError):
        PreviewTransport(tmp_path / "slips").open("slip")


def test_a_preview_that_cannot_be_written_has_left_nothing(tmp_path: Path) -> None:
    (tmp_path / "slip.png").mkdir()
    line = PreviewTransport(tmp_path).open("slip")
    line.exchange(b"data", 0)
    with pytest.raises(NothingLeftError, match="no picture"):
        line.finish()
    line.close()
    assert [each.name for each in tmp_path.iterdir()] == ["slip.png"]


@pytest.mark.parametrize("name", ["../slip", "a/b", "", ".hidden", "a\0b", "x" * 200])
def test_a_name_that_could_leave_the_folder_is_the_callers_mistake(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a file name"):
        PreviewTransport(tmp_path).open(name)
    assert list(tmp_path.iterdir()) == []


_KILLED_WHILE_WRITING = """
    import os, signal, sys
    from pathlib import Path
    {how}
    os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
    write(Path(sys.argv[1]), b"new" * 1000)
"""
_OURS = "from receipts.transport.preview import write_whole as write"
_NAIVE = """
    def write(target, data):
        with target.open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            os.fsync(file.fileno())
            file.write(data[len(data) // 2 :])
"""


def _after_a_crash(how: str, target: Path) -> bytes:
    target.write_bytes(b"old")
    script = textwrap.dedent(_KILLED_WHILE_WRITING).replace("{how}", textwrap.dedent(how).strip())
    ended = subprocess.run([sys.executable, "-c", script, str(target)], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    return target.read_bytes()


@POSIX_ONLY
def test_a_crash_while_a_preview_is_written_leaves_the_old_one_whole(tmp_path: Path) -> None:
    assert _after_a_crash(_OURS, tmp_path / "slip.png") == b"old"


@POSIX_ONLY
def test_writing_in_place_would_leave_half_a_preview_after_a_crash(tmp_path: Path) -> None:
    assert _after_a_crash(_NAIVE, tmp_path / "slip.png") == b"new" * 500


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "slip.png").mkdir()
    with pytest.raises(OSError, match=r"slip\.png"):
        write_whole(tmp_path / "slip.png", b"data")
    assert [each.name for each in tmp_path.iterdir()] == ["slip.png"]
