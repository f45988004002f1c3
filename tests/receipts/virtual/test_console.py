"""The printer a person plays with: its words, its pictures, its files, its end."""

import io
import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from receipts.values.paper import PAPER_58
from receipts.virtual.device.faults import Kind
from receipts.virtual.device.roll import Slip
from receipts.virtual.serving.console import HELP, run
from receipts.virtual.serving.show import Album, picture
from tests.receipts.virtual.hosts import JOBS, PAGES, WATCH_ALL, answer_to, ask_process_id, pieces

ASK = b"\x10\x04\x01"
PROGRAM = """
import sys
from pathlib import Path
from receipts.values.paper import PAPER_58
from receipts.virtual.serving.console import run
folder, json, *faults = sys.argv[1:]
sys.exit(run(port=0, paper=PAPER_58, speed_mm_s=2000, buffer_bytes=4096, roll_mm=30000, process_id=True,
    folder=Path(folder), faults=tuple(faults), json=json == "json", stdin=sys.stdin, stdout=sys.stdout))
"""


class Program:
    """The console as a process of its own, spoken to line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        assert self.process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,))
        self._reader.start()

    def _read(self, stdout: Iterator[str]) -> None:
        for line in stdout:
            self._lines.put(line.rstrip("\n"))

    def type(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def line_with(self, text: str) -> str:
        """The next line that has `text` in it."""
        while True:
            line = self._lines.get(timeout=20)
            if text in line:
                return line

    def end(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait(20)
        self._reader.join()
        self.process.stdout.close()
        return code


@contextmanager
def program(folder: Path, *arguments: str) -> Iterator[Program]:
    with _running(Program("-c", PROGRAM, str(folder), *arguments)) as program:
        yield program


@contextmanager
def command(*arguments: str) -> Iterator[Program]:
    """The same by the command a person types."""
    with _running(Program("-m", "pos_recovery", "printer", "virtual", "--port", "0", "--json", *arguments)) as program:
        yield program


@contextmanager
def _running(program: Program) -> Iterator[Program]:
    try:
        yield program
    finally:
        program.process.kill()
        program.end()


def print_a_slip(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as host:
        host.sendall(JOBS[384] + ask_process_id(b"hand"))
        assert host.recv(7) == answer_to(b"hand")


def test_it_says_how_to_use_it_tells_what_happens_and_keeps_the_slips(tmp_path: Path) -> None:
    with program(tmp_path / "slips", "text") as console:
        port = int(console.line_with("tcp://127.0.0.1:").rpartition(":")[2])
        print_a_slip(port)
        console.line_with("A register has connected.")
        for number in (1, 2):
            console.line_with(f"slip-{number:04}.png")
        console.line_with("The register has gone.")
        console.type("paper-out")
        console.line_with("Out of paper.")
        console.type("status")
        assert console.line_with("no paper").endswith("m of paper left")
        console.type("reload")
        console.line_with("There is paper.")
        console.type("make coffee")
        console.line_with("no such command: 'make'")
        console.type("late soon")
        console.line_with("late takes a number, not 'soon'")
        console.type("quit")
        assert console.end() == 0
    for number, piece in enumerate(pieces(PAGES[384]), 1):
        with Image.open(tmp_path / "slips" / f"slip-{number:04}.png") as image:
            assert image.tobytes() == piece.tobytes()
            assert round(image.info["dpi"][0]) == 203


def test_in_json_every_line_is_an_object_and_the_first_says_where(tmp_path: Path) -> None:
    with program(tmp_path, "json", "near-end") as console:
        first = json.loads(console.line_with("{"))
        assert first == {
            "outcome": "virtual_printer", "url": f"tcp://127.0.0.1:{first['port']}", "port": first["port"],
            "paper": "58 mm", "folder": str(tmp_path),
        }  # fmt: skip
        assert json.loads(console.line_with("{"))["event"] == "near-end"
        print_a_slip(first["port"])
        slip = json.loads(console.line_with('"slip"'))
        assert slip["mm"] == 146.0
        assert slip["ending"] == "partial"
        assert Path(slip["file"]).exists()
        console.type("speed 60")
        console.type("speed 0")
        assert json.loads(console.line_with("answer")) == {"answer": "a number above 0 is needed, not '0'"}


@pytest.mark.parametrize(
    ("options", "well", "is_open"),
    [
        ((), b"\x12\x10\0\0\0", b"\x1a"),
        (("--no-auto-status",), b"\x12", b"\x1a"),
        (("--silent-when-open",), b"\x12\x10\0\0\0", b""),
    ],
)
def test_by_its_options_it_is_one_of_the_cheap_printers(
    tmp_path: Path, options: tuple[str, ...], well: bytes, is_open: bytes
) -> None:
    with command("--folder", str(tmp_path), *options) as console:
        port = json.loads(console.line_with("{"))["port"]
        assert heard(port, ASK + WATCH_ALL) == well
        console.type("open")
        console.line_with('"open"')
        assert heard(port, ASK) == is_open


def heard(port: int, question: bytes) -> bytes:
    """All that is answered to a host that says no more."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as host:
        host.sendall(question)
        host.shutdown(socket.SHUT_WR)
        with host.makefile("rb") as answers:
            return answers.read()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_goes_on_without_standard_input_and_ends_when_told(tmp_path: Path, how: signal.Signals) -> None:
    with program(tmp_path, "json") as console:
        port = json.loads(console.line_with("{"))["port"]
        assert console.process.stdin is not None
        console.process.stdin.close()
        print_a_slip(port)
        console.line_with('"slip"')
        console.process.send_signal(how)
        assert console.process.wait(20) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_in_a_terminal_the_slip_is_shown_in_half_blocks(tmp_path: Path) -> None:
    master, slave = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), "text"], stdin=slave, stdout=slave,
        env=os.environ | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    os.close(slave)
    seen = _until(master, b"", b"to end.")
    print_a_slip(int(seen.split(b"tcp://127.0.0.1:")[1].split()[0]))
    seen = _until(master, _until(master, seen, b"slip-0002.png"), b"has gone.")
    assert seen.count("▀".encode()) > 1000
    os.write(master, b"quit\n")
    assert process.wait(20) == 0
    os.close(master)


def _until(descriptor: int, seen: bytes, end: bytes) -> bytes:
    """What the terminal shows until `end`, after what was `seen`."""
    while end not in seen:
        assert select.select([descriptor], [], [], 20)[0], seen
        seen += os.read(descriptor, 65536)
    return seen


def test_it_can_run_in_a_thread_with_text_for_commands(tmp_path: Path) -> None:
    stdout = io.StringIO()
    answers: list[int] = []
    commands = "help\nopen\nclose\nno late\nfeed\nbusy\nfree\npower-cut\non\nblackout\non\nclear\nquit\n"
    thread = threading.Thread(
        target=lambda: answers.append(
            run(
                port=0, paper=PAPER_58, speed_mm_s=150, buffer_bytes=4096, roll_mm=30_000, process_id=True,
                folder=tmp_path, faults=(), json=False, stdin=io.StringIO(commands), stdout=stdout,
            )
        )
    )  # fmt: skip
    thread.start()
    thread.join(20)
    assert answers == [0]
    said = stdout.getvalue()
    assert said.count("It is switched on.") == 2
    assert "the line stays open" in said
    assert said.index("The cover is open.") < said.index("The cover is closed.") < said.index("It is switched on.")


def test_a_port_in_use_and_a_wrong_fault_are_said_before_anything_is_served(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        for port, faults, error, words in (
            (other.getsockname()[1], (), OSError, "is in use"),
            (0, ("coffee-out",), ValueError, "no such fault"),
        ):
            with pytest.raises(error, match=words):
                run(
                    port=port, paper=PAPER_58, speed_mm_s=150, buffer_bytes=4096, roll_mm=30_000, process_id=True,
                    folder=tmp_path, faults=faults, json=False, stdin=io.StringIO(), stdout=io.StringIO(),
                )  # fmt: skip


def test_the_help_names_every_fault() -> None:
    words = HELP.replace(",", " ").split()
    assert [kind for kind in Kind if kind not in words] == []


def test_slips_are_numbered_on_from_what_is_in_the_folder(tmp_path: Path) -> None:
    slip = Slip(384, bytes(48), "partial", 0.0)
    (tmp_path / "slip-0041.png").touch()
    (tmp_path / "holiday.png").touch()
    album = Album(tmp_path)
    assert [album.keep(slip, 203).name for _ in range(2)] == ["slip-0042.png", "slip-0043.png"]


def test_a_picture_is_no_wider_than_the_terminal_and_a_slip_without_rows_has_none() -> None:
    slip = Slip(384, b"\xff" * 48 * 8, "partial", 0.0)
    assert picture(slip, 40).count("▀") == 40
    assert picture(Slip(384, b"", "uncut", 0.0), 40) == ""
