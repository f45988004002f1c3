"""A serial scanner on a real pseudo-terminal, opened by the real pyserial: scans arrive whole, and nothing that becomes
of the line ends the listening.
"""

from __future__ import annotations

import errno
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from pos_recovery.rules.codes import LONGEST_INPUT, read_code
from pos_recovery.scanners.noise import QUIET_S, Sieve
from pos_recovery.scanners.scanner_url import ScannerUrl
from pos_recovery.scanners.serial_port import (
    Port,
    ScannerBack,
    ScannerClear,
    ScannerNews,
    ScannerNoise,
    ScannerTrouble,
    SerialPort,
    SerialScanner,
    Splitter,
    Why,
    why_not_open,
)
from tests.till import STRANGER, StillClock
from tests.wired_scanner import LONGEST_WAIT_S, WiredScanner, wired_scanner
from tests.wrong_speed import heard as heard_at

SLIP = f"https://CUP.EXAMPLE/C/{STRANGER}"
OTHER_SLIP = SLIP.replace("CUP", "MUG")
ENDINGS = (b"\r", b"\n", b"\r\n", b"\t", b"\0")
SOON_S = 0.01
NO_PAUSE_S = 5.0
"""Of a line on which only endings end a scan, however busy the machine is."""
AT_ONCE_S = 1.0
"""What a busy machine may make of no time at all."""


# Telling scans apart


@pytest.mark.parametrize("ending", ENDINGS, ids=repr)
def test_every_ending_of_a_scanner_ends_a_scan_once(ending: bytes) -> None:
    scans = Splitter()
    assert scans.take(SLIP.encode() + ending) == [SLIP]
    assert scans.pause() == []


def test_a_pause_ends_a_scan_that_nothing_else_ends() -> None:
    scans = Splitter()
    assert scans.take(SLIP.encode()) == []
    assert scans.pause() == [SLIP]
    assert scans.take(b"\r\n" + OTHER_SLIP.encode()) == []
    assert scans.pause() == [OTHER_SLIP]


@given(st.data(), st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=40)))
def test_scans_are_the_same_wherever_their_bytes_are_cut(data: st.DataObject, texts: list[str]) -> None:
    sent = b"".join(text.encode() + data.draw(st.sampled_from(ENDINGS)) for text in texts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)))))
    scans = Splitter()
    pieces = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    assert [text for piece in pieces for text in scans.take(piece)] == texts


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("crème ☕".encode(), "crème ☕"),
        ("crème".encode("latin-1"), "crème"),
        (b"\xff\xfeAB", "ÿþAB"),
        (b"\x02AB\x03", "\x02AB\x03"),
    ],
)
def test_text_is_utf_8_and_anything_else_latin_1(sent: bytes, text: str) -> None:
    assert Splitter().take(sent + b"\r") == [text]


@given(st.lists(st.binary(max_size=2 * LONGEST_INPUT)))
def test_any_bytes_are_text_and_none_without_a_sign_to_see(received: list[bytes]) -> None:
    scans = Splitter()
    for text in [text for data in received for text in scans.take(data)] + scans.pause():
        assert len(text) <= LONGEST_INPUT + 1
        assert any(char.isprintable() and not char.isspace() for char in text)


@pytest.mark.parametrize("filling", [b"x", "é".encode()], ids=["short", "wide"])
def test_what_is_too_long_is_cut_and_stays_too_long_to_be_a_code(filling: bytes) -> None:
    scans = Splitter()
    for _ in range(1000):
        assert scans.take(SLIP.encode() + b"; " + filling * 500) == []
    [text] = scans.take(b"\r")
    assert len(text) == LONGEST_INPUT + 1
    assert read_code(text).candidates == ()


def test_cut_to_the_longest_it_would_be_taken_for_one() -> None:
    """The twin: the beginning of something else, which happens to begin like a slip."""
    scans = Splitter()
    [text] = scans.take(SLIP.encode() + b"; " + b"x" * LONGEST_INPUT + b"\r")
    assert read_code(text[:LONGEST_INPUT]).code == STRANGER


# Listening


def is_code(text: str) -> bool:
    return read_code(text).code is not None


class Listener:
    """What a scanner hands over and tells, in order."""

    def __init__(self, open_port: Callable[[], Port], again_s: float = SOON_S) -> None:
        self.scans: queue.Queue[str] = queue.Queue()
        self.news: queue.Queue[ScannerNews] = queue.Queue()
        self.tries: queue.Queue[float] = queue.Queue()
        """Seconds after each try that failed."""
        self.seconds = StillClock()
        self.scanner = SerialScanner(
            open_port, self.scans.put, self.news.put, Sieve(is_code, self.seconds), again_s=again_s, wait=self._wait
        )

    def _wait(self, stopped: threading.Event, seconds: float) -> None:
        self.tries.put(seconds)
        stopped.wait(seconds)

    def next_scan(self) -> str:
        return self.scans.get(timeout=LONGEST_WAIT_S)

    def next_news(self) -> ScannerNews:
        return self.news.get(timeout=LONGEST_WAIT_S)

    def trouble(self) -> Why:
        """The next news are trouble: why."""
        news = self.next_news()
        assert isinstance(news, ScannerTrouble)
        return news.why

    def next_tries(self, count: int) -> set[float]:
        """Wait until so many more tries have failed. Returns the seconds after them."""
        while not self.tries.empty():
            self.tries.get()
        return {self.tries.get(timeout=LONGEST_WAIT_S) for _ in range(count)}


@contextmanager
def listening(open_port: Callable[[], Port], again_s: float = SOON_S) -> Iterator[Listener]:
    listener = Listener(open_port, again_s)
    listener.scanner.start()
    try:
        yield listener
    finally:
        listener.scanner.stop(LONGEST_WAIT_S)


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[WiredScanner]:
    """A scanner that is plugged in."""
    with wired_scanner(tmp_path) as scanner:
        yield scanner


@pytest.fixture
def unhurried(tmp_path: Path) -> Iterator[WiredScanner]:
    """One whose scans are ended by endings alone."""
    with wired_scanner(tmp_path, NO_PAUSE_S) as scanner:
        yield scanner


def test_scans_arrive_one_by_one_as_they_end(wired: WiredScanner) -> None:
    with listening(wired.open) as heard:
        wired.until_opened()
        for ending in (*ENDINGS, b""):
            wired.send(SLIP.encode() + ending)
            assert heard.next_scan() == SLIP
        assert heard.news.empty()


def test_a_scan_arrives_whole_wherever_the_line_cuts_it(unhurried: WiredScanner) -> None:
    sent = SLIP.encode() + b"\r\n"
    port = unhurried.open()
    scans = Splitter()
    for cut in range(1, len(sent)):
        texts = []
        for piece in (sent[:cut], sent[cut:]):
            unhurried.send(piece)
            received = 0
            while received < len(piece):
                data = port.read()
                received += len(data)
                texts += scans.take(data)
        assert texts == [SLIP]
    port.close()


def test_two_scans_that_come_at_once_are_two(wired: WiredScanner) -> None:
    with listening(wired.open) as heard:
        wired.until_opened()
        wired.send(f"{SLIP}\r\n{OTHER_SLIP}\r\n".encode())
        assert [heard.next_scan(), heard.next_scan()] == [SLIP, OTHER_SLIP]


def test_every_byte_there_is_ends_nothing_but_a_scan(wired: WiredScanner) -> None:
    with listening(wired.open) as heard:
        wired.until_opened()
        wired.send(bytes(range(256)) * 3 + b"\r" + SLIP.encode() + b"\r")
        while heard.next_scan() != SLIP:
            pass
        assert heard.news.empty()


def test_noise_on_the_line_is_told_once_and_slips_in_it_are_heard(wired: WiredScanner) -> None:
    """Sent at 9600 baud and heard at 115200 and at 19200; then at random."""
    noise = [heard_at(SLIP.encode() + b"\r", 9600, baud) for baud in (115200, 19200)]
    noise += [Random(seed).randbytes(200) for seed in range(20)]  # noqa: S311  a test's noise comes from a seed
    with listening(wired.open) as heard:
        wired.until_opened()
        for nth, data in enumerate(noise * 3):
            heard.seconds.seconds += 1
            slip = OTHER_SLIP if nth % 2 else SLIP
            wired.send(data + b"\r" + slip.encode() + b"\r")
            assert heard.next_scan() == slip
        assert heard.next_news() == ScannerNoise()
        heard.seconds.seconds += QUIET_S
        wired.send(b"4006381333931\r")
        assert heard.next_scan() == "4006381333931"
        assert heard.next_news() == ScannerClear()
        assert heard.news.empty()
        assert heard.scans.empty()


def test_a_scanner_that_is_unplugged_is_told_once_and_heard_again_when_it_is_back(wired: WiredScanner) -> None:
    with listening(wired.open) as heard:
        wired.until_opened()
        for _ in range(3):
            wired.unplug()
            assert heard.trouble() is Why.MISSING
            heard.next_tries(3)
            wired.plug_in()
            assert heard.next_news() == ScannerBack()
            wired.until_opened()
            wired.send(SLIP.encode() + b"\r")
            assert heard.next_scan() == SLIP
        assert heard.news.empty()


def test_half_a_scan_of_a_scanner_that_was_unplugged_is_forgotten(unhurried: WiredScanner) -> None:
    with listening(unhurried.open) as heard:
        unhurried.until_opened()
        unhurried.send(f"{OTHER_SLIP}\r{SLIP[:-3]}".encode())
        assert heard.next_scan() == OTHER_SLIP
        unhurried.unplug()
        assert heard.trouble() is Why.MISSING
        unhurried.plug_in()
        unhurried.until_opened()
        unhurried.send(SLIP.encode() + b"\r")
        assert heard.next_scan() == SLIP
        unhurried.unplug()


def test_held_on_to_it_would_spoil_the_next_scan() -> None:
    """The twin: one splitter for two ports."""
    scans = Splitter()
    scans.take(SLIP[:-3].encode())
    [text] = scans.take(SLIP.encode() + b"\r")
    assert read_code(text).code is None


def test_a_scanner_that_is_not_there_is_tried_again_and_told_once(wired: WiredScanner) -> None:
    wired.unplug()
    with listening(wired.open) as heard:
        assert heard.trouble() is Why.MISSING
        assert heard.next_tries(5) == {SOON_S}
        assert heard.news.empty()
        wired.plug_in()
        assert heard.next_news() == ScannerBack()


def test_a_scanner_that_another_program_has_is_heard_when_it_is_free(wired: WiredScanner) -> None:
    taken = wired.open()
    wired.until_opened()
    with listening(wired.open) as heard:
        assert heard.trouble() is Why.TAKEN
        taken.close()
        assert heard.next_news() == ScannerBack()
        wired.send(SLIP.encode() + b"\r")
        assert heard.next_scan() == SLIP


def test_without_the_lock_another_program_would_get_what_was_scanned(wired: WiredScanner) -> None:
    """The twin: whoever reads first has it."""
    with serial.Serial(str(wired.path), timeout=0.1) as ours, serial.Serial(str(wired.path), timeout=0.1) as theirs:
        wired.send(SLIP.encode())
        assert theirs.read(len(SLIP)) == SLIP.encode()
        assert ours.read(1) == b""


def test_what_was_scanned_before_the_port_was_open_is_thrown_away(wired: WiredScanner) -> None:
    wired.send(OTHER_SLIP.encode() + b"\r")
    with listening(wired.open) as heard:
        wired.until_opened()
        wired.send(SLIP.encode() + b"\r")
        assert heard.next_scan() == SLIP


def test_a_file_is_no_scanner(tmp_path: Path) -> None:
    (tmp_path / "ttyACM0").touch()
    with listening(lambda: SerialPort(ScannerUrl(str(tmp_path / "ttyACM0")))) as heard:
        assert heard.trouble() is Why.NOT_A_PORT


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), Why.MISSING),
        (serial.SerialException(errno.EACCES, "could not open port /dev/ttyACM0: Permission denied"), Why.NOT_ALLOWED),
        (
            serial.SerialException(
                "could not open port 'COM3': FileNotFoundError(2, 'Nothing of this name.', None, 2)"
            ),
            Why.MISSING,
        ),
        (
            serial.SerialException("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)"),
            Why.TAKEN,
        ),
        (serial.SerialException("Cannot configure port, something went wrong."), Why.OTHER),
        (ValueError("a bug"), Why.OTHER),
    ],
)
def test_why_a_port_does_not_open_is_what_the_system_says(error: Exception, why: Why) -> None:
    assert why_not_open(error) is why


class LoosePort:
    """A port that opens, and whose scanner is gone before anything can be read."""

    def read(self) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    def close(self) -> None:
        """Nothing is open."""


def test_a_port_that_opens_and_breaks_again_and_again_is_told_once() -> None:
    with listening(LoosePort) as heard:
        assert heard.trouble() is Why.MISSING
        heard.next_tries(5)
        assert heard.news.empty()


def test_believed_as_soon_as_it_opens_it_would_be_told_every_time() -> None:
    """The twin: what opens is taken for a scanner that is heard."""

    class BelievedPort(LoosePort):
        believed = False

        def read(self) -> bytes:
            if self.believed:
                return super().read()
            self.believed = True
            return b""

    with listening(BelievedPort) as heard:
        for _ in range(3):
            assert heard.trouble() is Why.MISSING
            assert heard.next_news() == ScannerBack()


def test_a_fault_of_ours_is_told_and_the_next_scan_is_heard(wired: WiredScanner) -> None:
    news: queue.Queue[ScannerNews] = queue.Queue()
    scans: queue.Queue[str] = queue.Queue()

    def stumble(text: str) -> None:
        if text == OTHER_SLIP:
            raise ValueError(text)
        scans.put(text)

    scanner = SerialScanner(wired.open, stumble, news.put, Sieve(is_code), again_s=SOON_S)
    scanner.start()
    wired.until_opened()
    wired.send(OTHER_SLIP.encode() + b"\r")
    trouble = news.get(timeout=LONGEST_WAIT_S)
    assert isinstance(trouble, ScannerTrouble)
    assert isinstance(trouble.error, ValueError)
    wired.until_opened()
    wired.send(SLIP.encode() + b"\r")
    assert scans.get(timeout=LONGEST_WAIT_S) == SLIP
    scanner.stop(LONGEST_WAIT_S)


# Stopping


def stops_at_once(scanner: SerialScanner) -> bool:
    began = time.monotonic()
    scanner.stop()
    return time.monotonic() - began < AT_ONCE_S


def test_it_stops_while_it_reads_and_gives_the_port_back(wired: WiredScanner) -> None:
    with listening(wired.open) as heard:
        wired.until_opened()
        wired.send(SLIP[:5].encode())
        assert stops_at_once(heard.scanner)
        assert not heard.scanner._thread.is_alive()
        wired.open().close()
        assert heard.scans.empty()
        assert heard.news.empty()


def test_it_stops_while_it_waits_for_a_scanner(wired: WiredScanner) -> None:
    wired.unplug()
    with listening(wired.open, again_s=3600) as heard:
        assert heard.trouble() is Why.MISSING
        assert stops_at_once(heard.scanner)
        assert not heard.scanner._thread.is_alive()


def test_it_stops_while_the_system_is_stuck_and_says_nothing_afterwards() -> None:
    opening, stuck = threading.Event(), threading.Event()

    def open_slowly() -> Port:
        opening.set()
        stuck.wait(LONGEST_WAIT_S)
        return LoosePort()

    with listening(open_slowly) as heard:
        opening.wait(LONGEST_WAIT_S)
        assert stops_at_once(heard.scanner)
        stuck.set()
    assert heard.news.empty()


def test_one_that_was_never_started_is_stopped_in_peace() -> None:
    SerialScanner(LoosePort, print, print, Sieve(is_code)).stop()
