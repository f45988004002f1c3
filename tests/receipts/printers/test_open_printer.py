"""A printer from its URL to its paper, over real sockets and files, on good days and bad ones.

What one transport does is in `test_transport_*.py`; what a conversation proves is in `test_session.py`.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from receipts.drawing.page import Page, lay_out
from receipts.escpos.raster_job import encode
from receipts.printers.open_printer import Manner, open_printer, proof_id, warm_up
from receipts.talk.replies import PROOF_LETTERS
from receipts.values.deadlines import Deadlines
from receipts.values.paper import PAPER_58, PAPER_80
from receipts.values.status import Condition
from receipts.virtual.device import faults
from receipts.virtual.device.machine import Machine
from receipts.virtual.serving.tcp_server import serving
from tests.receipts.samples import sample
from tests.receipts.simulation import parts, whole_slips

HASTY = Manner(deadlines=Deadlines(answer=0.3, stall=0.5, patience=0.5))


@pytest.fixture(scope="module")
def page() -> Page:
    return lay_out(sample("en"), PAPER_58)


@contextmanager
def a_socket_that_never_reads() -> Iterator[str]:
    """Something that accepts connections and is deaf and mute."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"


def test_a_slip_on_a_network_printer_is_confirmed_and_complete(page: Page, tmp_path: Path) -> None:
    machine = Machine(PAPER_58, speed_mm_s=2000.0)
    with serving(machine) as server:
        printer = open_printer(server.url, tmp_path, PAPER_58)
        assert printer.ask() is Condition.READY
        result = printer.print(page, "slip")
    assert (result.state, result.proof, result.condition) == ("printed", "confirmed", Condition.READY)
    assert result.bytes_sent == len(encode(page).body)
    assert whole_slips(machine, page) == 1
    assert [slip.ink for slip in machine.slips] == parts(page)


def test_a_slip_given_as_words_is_laid_out_by_the_printer_itself(page: Page, tmp_path: Path) -> None:
    machine = Machine(PAPER_58, speed_mm_s=2000.0)
    with serving(machine) as server:
        open_printer(server.url, tmp_path, PAPER_58).print(sample("en"), "slip")
    assert whole_slips(machine, page) == 1


def test_a_printer_that_is_off_leaves_the_slip_pending_and_no_byte_sent(page: Page, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    printer = open_printer(f"tcp://127.0.0.1:{port}", tmp_path, PAPER_58)
    result = printer.print(page, "slip")
    assert (result.state, result.proof, result.bytes_sent) == ("pending", None, 0)
    assert result.condition is printer.ask() is Condition.NOT_ANSWERING
    assert "refused" in result.detail


def test_a_printer_that_never_answers_is_left_alone_after_a_second(page: Page, tmp_path: Path) -> None:
    with a_socket_that_never_reads() as url:
        result = open_printer(url, tmp_path, PAPER_58).print(page, "slip", HASTY)
    assert (result.state, result.bytes_sent, result.condition) == ("pending", 0, Condition.NOT_ANSWERING)


def test_a_printer_known_to_be_mute_gets_the_slip_and_proves_nothing(page: Page, tmp_path: Path) -> None:
    machine = Machine(PAPER_58, speed_mm_s=2000.0, answers=False)
    with serving(machine) as server:
        result = open_printer(server.url, tmp_path, PAPER_58).print(page, "slip", replace(HASTY, level="handed_over"))
    assert (result.state, result.proof) == ("printed", "handed_over")
    assert result.condition is Condition.NOT_ASKED


def test_a_deaf_printer_that_is_thought_mute_is_given_up_and_the_paper_unknown(page: Page, tmp_path: Path) -> None:
    long_page = Page(page.image.resize((384, 8000)), PAPER_58, ())
    with a_socket_that_never_reads() as url:
        printer = open_printer(url, tmp_path, PAPER_58)
        result = printer.print(long_page, "slip", replace(HASTY, level="handed_over"))
    assert (result.state, result.proof, result.detail) == ("unknown", None, "the printer takes no more data")
    assert 0 < result.bytes_sent < len(encode(long_page).body)


def test_a_cable_pulled_in_the_middle_leaves_the_paper_unknown(page: Page, tmp_path: Path) -> None:
    machine = Machine(PAPER_58, speed_mm_s=2000.0)
    machine.strike(faults.parse("cut-cable 20000"), 0.0)
    with serving(machine) as server:
        result = open_printer(server.url, tmp_path, PAPER_58).print(page, "slip")
    assert (result.state, result.proof, result.condition) == ("unknown", None, Condition.NOT_ANSWERING)
    assert result.bytes_sent > 0


def test_a_connection_reset_before_the_first_word_leaves_the_slip_pending(page: Page, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        rude = threading.Thread(target=hang_up)
        rude.start()
        result = open_printer(f"tcp://127.0.0.1:{server.getsockname()[1]}", tmp_path, PAPER_58).print(page, "slip")
        rude.join()
    assert (result.state, result.bytes_sent) == ("pending", 0)


def test_whoever_waits_can_stop_the_waiting(page: Page, tmp_path: Path) -> None:
    machine = Machine(PAPER_58, speed_mm_s=2000.0)
    machine.strike(faults.parse("paper-out 60"), 0.0)
    stopped = threading.Event()
    with serving(machine) as server:
        printer = open_printer(server.url, tmp_path, PAPER_58)
        result = printer.print(page, "slip", Manner(tell=lambda _: stopped.set(), stop=stopped.is_set))
    assert (result.state, result.detail) == ("unknown" if result.bytes_sent else "pending", "stopped")


def test_an_unknown_host_is_a_value_and_not_an_exception(page: Page, tmp_path: Path) -> None:
    result = open_printer("tcp://printer.invalid:9100", tmp_path, PAPER_58).print(page, "slip")
    assert (result.state, result.bytes_sent) == ("pending", 0)


def test_a_file_keeps_one_slip_after_another_and_nothing_meant_for_a_printer_that_answers(
    page: Page, tmp_path: Path
) -> None:
    printer = open_printer((tmp_path / "slips.bin").as_uri(), tmp_path, PAPER_58)
    first, second = printer.print(page, "one"), printer.print(page, "two")
    assert (tmp_path / "slips.bin").read_bytes() == encode(page).whole * 2
    assert (first.state, first.proof) == (second.state, second.proof) == ("printed", "handed_over")
    assert printer.ask() is Condition.NOT_ASKED


def test_a_folder_that_is_not_there_leaves_the_slip_pending(page: Page, tmp_path: Path) -> None:
    result = open_printer((tmp_path / "nowhere" / "lp0").as_uri(), tmp_path, PAPER_58).print(page, "slip")
    assert (result.state, result.bytes_sent) == ("pending", 0)
    assert "no such file" in result.detail


def test_a_preview_that_cannot_be_written_leaves_the_slip_pending(page: Page, tmp_path: Path) -> None:
    (tmp_path / "slips").write_text("a file where the folder should be", encoding="utf-8")
    result = open_printer("preview:", tmp_path / "slips", PAPER_58).print(page, "slip")
    assert (result.state, result.bytes_sent) == ("pending", 0)


def test_a_page_for_other_paper_is_refused_as_a_value(tmp_path: Path) -> None:
    page = lay_out(sample("en"), PAPER_80)
    result = open_printer("preview:", tmp_path, PAPER_58).print(page, "slip")
    assert (result.state, result.bytes_sent) == ("failed", 0)
    assert result.detail == "laid out for 80 mm paper, but the printer takes 58 mm"
    assert list(tmp_path.iterdir()) == []


def test_words_that_an_impact_printer_cannot_say_are_refused_as_a_value(tmp_path: Path) -> None:
    target = tmp_path / "lp0"
    result = open_printer(f"{target.as_uri()}?mode=text&qr=none", tmp_path, PAPER_80).print(sample("ja"), "slip")
    assert result.state == "failed"
    assert not target.exists()


def test_opening_a_printer_contacts_nothing_and_makes_nothing(tmp_path: Path) -> None:
    for url in ("tcp://printer.invalid:9100", "preview:", "usb://04b8:0e28", "serial:///dev/nothing", "cups://none"):
        open_printer(url, tmp_path / "slips", PAPER_58)
    assert list(tmp_path.iterdir()) == []


def test_every_job_draws_an_id_that_cannot_be_mistaken_for_a_status() -> None:
    drawn = proof_id(lambda bits: 2**bits - 1)
    assert len(drawn) == 4
    assert set(drawn) <= set(PROOF_LETTERS)


def test_warming_up_twice_is_harmless() -> None:
    warm_up()
    warm_up()


# --- slips that go to a disk ---------------------------------------------------------------------------------------


@contextmanager
def a_full_disk(folder: Path) -> Iterator[None]:
    """A file system of 64 KB at `folder`, with not a byte free."""
    mounted = shutil.which("mount") and hasattr(os, "geteuid") and os.geteuid() == 0
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if not mounted or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a disk to fill")
    try:
        with suppress(OSError), (folder / "everything").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_preview_on_a_full_disk_says_that_the_disk_is_full_and_comes_when_there_is_room(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "slips").mkdir()
    printer = open_printer("preview:", tmp_path / "slips", PAPER_58)
    with a_full_disk(tmp_path / "slips"):
        result = printer.print(page, "slip")
        assert (result.state, result.bytes_sent, result.condition) == ("pending", 0, Condition.NO_ROOM)
        assert result.detail == "no picture: no space left on device"
        (tmp_path / "slips" / "everything").unlink()
        assert printer.print(page, "slip").state == "printed"
        assert [each.name for each in (tmp_path / "slips").iterdir()] == ["slip.png"]


def test_a_preview_that_may_not_be_written_says_so(page: Page, tmp_path: Path) -> None:
    (tmp_path / "slips").write_text("a file where the folder should be", encoding="utf-8")
    result = open_printer("preview:", tmp_path / "slips", PAPER_58).print(page, "slip")
    assert (result.state, result.bytes_sent, result.condition) == ("pending", 0, Condition.NOT_WRITABLE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_under_a_file_is_said_as_what_it_is(page: Page, tmp_path: Path) -> None:
    result = open_printer("file:///dev/full", tmp_path, PAPER_58).print(page, "slip")
    assert (result.state, result.bytes_sent, result.condition) == ("pending", 0, Condition.NO_ROOM)


def test_a_file_whose_folder_is_missing_says_so_and_a_device_that_is_missing_is_a_printer_that_is_not_there(
    page: Page, tmp_path: Path
) -> None:
    there = open_printer((tmp_path / "nowhere" / "slips").as_uri(), tmp_path, PAPER_58).print(page, "slip")
    assert (there.state, there.condition) == ("pending", Condition.NOT_WRITABLE)
    unplugged = open_printer("file:///dev/usb/lp-that-is-not-there", tmp_path, PAPER_58).print(page, "slip")
    assert (unplugged.state, unplugged.condition) == ("pending", Condition.NOT_ASKED)


@pytest.mark.skipif(os.name == "nt", reason="limits are POSIX")
@pytest.mark.parametrize(("url", "state"), [("preview:", "pending"), ("file://{folder}/slips.bin", "unknown")])
def test_a_file_that_may_not_grow_so_large_says_so(url: str, state: str, tmp_path: Path) -> None:
    """A limit of the system: of a picture nothing is there, of a file that grows a part."""
    script = (
        "import resource, sys; from pathlib import Path; from receipts.values.paper import PAPER_58;"
        "from receipts.printers.open_printer import open_printer, warm_up;"
        "from tests.receipts.simulation import small_page;"
        "warm_up(); resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300));"
        "told = open_printer(sys.argv[1], Path(sys.argv[2]), PAPER_58).print(small_page(), 'slip');"
        "print(told.state, told.condition.value)"
    )
    asked = [sys.executable, "-c", script, url.format(folder=tmp_path), str(tmp_path)]
    told = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[3]).stdout
    assert told.split() == [state, "not_writable"]
