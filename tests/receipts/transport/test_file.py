"""Plain files and device nodes: FIFOs stand for devices, with somebody at the other end or nobody."""

import errno
import os
import time
from pathlib import Path

import pytest

from receipts.transport.file import FileTransport

if os.name == "nt":
    pytest.skip("FIFOs and full devices are POSIX", allow_module_level=True)

SLIP = bytes(range(256)) * 1000
WAIT_S = 0.1
SLACK_S = 1.0


def _send(path: Path, data: bytes) -> None:
    line = FileTransport(str(path)).open("slip")
    try:
        while data:
            taken, received = line.exchange(data, WAIT_S)
            assert received == b""
            data = data[taken:]
        assert line.finish() == "taken by the device"
    finally:
        line.close()


def test_a_file_keeps_one_job_after_another(tmp_path: Path) -> None:
    _send(tmp_path / "slips.bin", SLIP)
    _send(tmp_path / "slips.bin", SLIP[:100])
    assert (tmp_path / "slips.bin").read_bytes() == SLIP + SLIP[:100]
    assert (tmp_path / "slips.bin").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileTransport(str(tmp_path / "nowhere" / "lp0")).open("slip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/dev/lp-that-is-not-there", "//dev/shm/../lp-that-is-not-there"])
def test_an_unplugged_device_is_not_replaced_by_a_plain_file(path: str) -> None:
    with pytest.raises(FileNotFoundError):
        FileTransport(path).open("slip")
    assert not Path(path).exists()


def test_a_device_with_nobody_at_its_other_end_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    with pytest.raises(OSError, match="No such device") as refused:
        FileTransport(str(tmp_path / "lp0")).open("slip")
    assert refused.value.errno == errno.ENXIO


def test_a_device_that_stops_taking_bytes_costs_no_more_than_the_wait_and_is_counted_truthfully(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    device = os.open(tmp_path / "lp0", os.O_RDONLY | os.O_NONBLOCK)
    line = FileTransport(str(tmp_path / "lp0")).open("slip")
    total = 0
    while True:
        began = time.monotonic()
        taken, _ = line.exchange(SLIP[total:], WAIT_S)
        assert time.monotonic() - began < WAIT_S + SLACK_S
        if not taken:
            break
        total += taken
    line.close()
    with os.fdopen(device, "rb") as file:
        os.set_blocking(device, True)
        assert file.read() == SLIP[:total]
    assert 0 < total < len(SLIP)


def test_a_device_that_goes_away_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    device = os.open(tmp_path / "lp0", os.O_RDONLY | os.O_NONBLOCK)
    line = FileTransport(str(tmp_path / "lp0")).open("slip")
    os.close(device)
    with pytest.raises(BrokenPipeError):
        line.exchange(SLIP, WAIT_S)
    line.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_an_error_before_anything_left() -> None:
    line = FileTransport("/dev/full").open("slip")
    with pytest.raises(OSError, match="No space"):
        line.exchange(SLIP, WAIT_S)
    line.close()
