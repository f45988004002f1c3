"""Work in a process of its own: what comes of it, what goes wrong in it, and that it leaves nobody behind."""

from __future__ import annotations

import errno
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from db.connection.errors import StoreDamaged
from pos_recovery.export.verify import worker_process

pytestmark = pytest.mark.usefixtures("work_is_found")


def squares(many: int) -> Iterator[int]:
    """Work."""
    for number in range(many):
        yield number * number


def its_number(_: None) -> Iterator[int]:
    """Which process this is."""
    yield os.getpid()


def breaks(error: Exception) -> Iterator[int]:
    """Work that ends badly, after a while."""
    yield 1
    raise error


def for_ever(_: None) -> Iterator[int]:
    """Says who it is, and goes on."""
    yield os.getpid()
    while True:
        pass


def ends(_: None) -> Iterator[int]:
    """The process is gone."""
    os._exit(3)
    yield 0


def test_what_it_yields_comes_one_by_one() -> None:
    assert list(worker_process.each(squares, 4)) == [0, 1, 4, 9]


@pytest.mark.parametrize(("flags", "kept_out"), [(("-P",), True), ((), False)])
def test_what_lies_in_the_working_folder_is_not_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: tuple[str, ...], kept_out: bool
) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(worker_process, "_ASIDE", (*flags, "-m", "pos_recovery.export.verify.worker_process"))
    try:
        told = list(worker_process.each(squares, 3))
    except OSError:
        told = []
    assert told == ([0, 1, 4] if kept_out else [])


def test_it_is_another_process() -> None:
    assert list(worker_process.each(its_number, None)) != [os.getpid()]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (StoreDamaged("(page 3)"), StoreDamaged),
        (OSError(errno.ENOSPC, "No space left on device", "/somewhere"), OSError),
        (ValueError("no such thing"), Exception),
    ],
)
def test_what_goes_wrong_in_it_is_raised_here(raised: Exception, told: type[Exception]) -> None:
    working = worker_process.each(breaks, raised)
    assert next(working) == 1
    with pytest.raises(told) as caught:
        next(working)
    assert str(raised.args[-1]) in str(caught.value)
    assert str(caught.value).count("database") < 2  # it is said once


def test_a_process_that_is_gone_is_noticed() -> None:
    with pytest.raises(worker_process.EndedError):
        list(worker_process.each(ends, None))


def test_whoever_stops_asking_ends_it() -> None:
    working = worker_process.each(for_ever, None)
    number = next(working)
    working.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_it_dies_with_whoever_asked() -> None:
    """Killed, the parent can do nothing for it any more; that its stdin ends is all there is."""
    with Popen([sys.executable, "-m", "pos_recovery.export.verify.worker_process"], stdin=PIPE, stdout=PIPE) as process:
        assert process.stdin
        assert process.stdout
        pickle.dump((for_ever, None), process.stdin)
        process.stdin.flush()
        pickle.load(process.stdout)  # noqa: S301  our own process
        assert process.poll() is None
        process.stdin.close()
        assert process.wait() == 1
