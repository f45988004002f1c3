"""Printing to real sockets, files and folders, on good days and bad ones."""

import os
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from receipts.encode import encode
from receipts.layout import Page, lay_out
from receipts.paper import PAPER_58, PAPER_80
from receipts.printers import open_printer, warm_up
from receipts.transport.file import FileTransport
from receipts.transport.preview import PreviewTransport, write_whole
from receipts.transport.tcp import TcpTransport
from tests.receipts.samples import sample

POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="FIFOs, full devices and signals are POSIX")


@pytest.fixture(scope="module")
def page() -> Page:
    return lay_out(sample("en"), PAPER_58)


@contextmanager
def _a_printer_that(behaves: Callable[[socket.socket], None], receive_buffer: int | None = None) -> Iterator[int]:
    """A listening socket on the loopback; `behaves` gets the one connection. Yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        if receive_buffer is not None:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                behaves(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


# --- network -------------------------------------------------------------------------------------------------------


def test_a_network_printer_gets_every_byte_and_proves_nothing(page: Page, tmp_path: Path) -> None:
    received = bytearray()

    def read_all(connection: socket.socket) -> None:
        while chunk := connection.recv(4096):
            received.extend(chunk)

    with _a_printer_that(read_all) as port:
        printer = open_printer(f"tcp://127.0.0.1:{port}", tmp_path, PAPER_58)
        result = printer.print(page, "slip")
    assert bytes(received) == encode(page)
    assert (result.state, result.proof, result.bytes_sent) == ("printed", "handed_over", len(received))
    assert printer.hand_over_only
    assert not printer.reads_back


def test_a_printer_that_is_off_leaves_the_slip_pending_and_no_byte_sent(page: Page, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    result = open_printer(f"tcp://127.0.0.1:{port}", tmp_path, PAPER_58).print(page, "slip")
    assert (result.state, result.proof, result.bytes_sent) == ("pending", None, 0)
    assert "refused" in result.detail


def test_a_cable_pulled_in_the_middle_leaves_the_paper_unknown(page: Page, tmp_path: Path) -> None:
    def read_a_little_and_hang_up(connection: socket.socket) -> None:
        connection.recv(2000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with _a_printer_that(read_a_little_and_hang_up, receive_buffer=2048) as port:
        result = open_printer(f"tcp://127.0.0.1:{port}", tmp_path, PAPER_58).print(page, "slip")
    assert (result.state, result.proof) == ("unknown", None)
    assert 0 < result.bytes_sent < len(encode(page))


def test_a_printer_that_stops_reading_is_given_up_at_the_deadline(page: Page) -> None:
    given_up = threading.Event()

    def never_read(_connection: socket.socket) -> None:
        given_up.wait(30)

    with _a_printer_that(never_read, receive_buffer=2048) as port:
        result = TcpTransport("127.0.0.1", port, job_deadline_s=0.3).send(encode(page) * 4, "slip")
        given_up.set()
    assert (result.state, result.proof) == ("unknown", None)
    assert 0 < result.bytes_sent < len(encode(page)) * 4
    assert result.detail


def test_with_the_systems_own_send_buffer_a_deaf_printer_would_seem_to_have_taken_everything(page: Page) -> None:
    given_up = threading.Event()

    def never_read(_connection: socket.socket) -> None:
        given_up.wait(30)

    with _a_printer_that(never_read, receive_buffer=2048) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.settimeout(0.3)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            connection.sendall(encode(page))
        given_up.set()


def test_an_unknown_host_is_a_value_and_not_an_exception(page: Page, tmp_path: Path) -> None:
    result = open_printer("tcp://printer.invalid:9100", tmp_path, PAPER_58).print(page, "slip")
    assert (result.state, result.bytes_sent) == ("pending", 0)


# --- files and devices ---------------------------------------------------------------------------------------------


def test_a_file_keeps_one_slip_after_another(page: Page, tmp_path: Path) -> None:
    printer = open_printer((tmp_path / "slips.bin").as_uri(), tmp_path, PAPER_58)
    first, second = printer.print(page, "one"), printer.print(page, "two")
    assert (tmp_path / "slips.bin").read_bytes() == encode(page) * 2
    assert (first.state, first.proof) == (second.state, second.proof) == ("printed", "handed_over")


def test_a_folder_that_is_not_there_leaves_the_slip_pending(page: Page, tmp_path: Path) -> None:
    printer = open_printer((tmp_path / "nowhere" / "lp0").as_uri(), tmp_path, PAPER_58)
    result = printer.print(page, "slip")
    assert (result.state, result.bytes_sent) == ("pending", 0)
    assert "no such file" in result.detail


@POSIX_ONLY
def test_a_device_nobody_listens_to_leaves_the_slip_pending(page: Page, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    result = FileTransport(str(tmp_path / "lp0")).send(encode(page), "slip")
    assert (result.state, result.bytes_sent) == ("pending", 0)


@POSIX_ONLY
def test_a_device_that_stops_taking_bytes_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    listener = os.open(tmp_path / "lp0", os.O_RDONLY | os.O_NONBLOCK)
    try:
        result = FileTransport(str(tmp_path / "lp0"), deadline_s=0.2).send(bytes(1 << 20), "slip")
    finally:
        os.close(listener)
    assert (result.state, result.proof) == ("unknown", None)
    assert 0 < result.bytes_sent < 1 << 20
    assert result.detail == "the printer takes no more data"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_a_value_and_not_an_exception(page: Page) -> None:
    result = FileTransport("/dev/full").send(encode(page), "slip")
    assert (result.state, result.bytes_sent) == ("pending", 0)
    assert "no space" in result.detail


# --- preview -------------------------------------------------------------------------------------------------------


def test_a_preview_is_the_page_as_a_png_under_its_name(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "slips" / "today"
    result = open_printer("preview:", folder, PAPER_58).print(page, "7KQ4M2XD9RTC-1")
    assert (result.state, result.proof) == ("printed", "handed_over")
    assert [file.name for file in folder.iterdir()] == ["7KQ4M2XD9RTC-1.png"]
    with Image.open(folder / "7KQ4M2XD9RTC-1.png") as png:
        assert png.tobytes() == page.image.tobytes()


def test_a_preview_that_cannot_be_written_leaves_the_slip_pending(page: Page, tmp_path: Path) -> None:
    (tmp_path / "slips").write_text("a file where the folder should be", encoding="utf-8")
    result = open_printer("preview:", tmp_path / "slips", PAPER_58).print(page, "slip")
    assert (result.state, result.bytes_sent) == ("pending", 0)


@pytest.mark.parametrize("name", ["../slip", "a/b", "", ".hidden", "a\0b", "x" * 200])
def test_a_name_that_could_leave_the_folder_is_the_callers_mistake(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a file name"):
        PreviewTransport(tmp_path).send(b"", name)
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


def test_a_preview_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "slip.png").mkdir()
    with pytest.raises(OSError, match=r"slip\.png"):
        write_whole(tmp_path / "slip.png", b"data")
    assert [file.name for file in tmp_path.iterdir()] == ["slip.png"]


# --- any printer ---------------------------------------------------------------------------------------------------


def test_a_page_for_other_paper_is_refused_as_a_value(tmp_path: Path) -> None:
    page = lay_out(sample("en"), PAPER_80)
    result = open_printer("preview:", tmp_path, PAPER_58).print(page, "slip")
    assert (result.state, result.bytes_sent) == ("failed", 0)
    assert result.detail == "laid out for 80 mm paper, but the printer takes 58 mm"
    assert list(tmp_path.iterdir()) == []


def test_opening_a_printer_contacts_nothing_and_makes_nothing(tmp_path: Path) -> None:
    open_printer("tcp://printer.invalid:9100", tmp_path / "slips", PAPER_58)
    open_printer("preview:", tmp_path / "slips", PAPER_58)
    assert list(tmp_path.iterdir()) == []


def test_warming_up_twice_is_harmless() -> None:
    warm_up()
    warm_up()
