"""Serial lines on real pseudo-terminals, whose other side reads, answers, stays mute or goes away."""

import errno
import gc
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from receipts.escpos import escpos_door
from receipts.transport.serial import SerialLine, SerialTransport

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are POSIX", allow_module_level=True)

import tty

import serial

ASK = b"\x10\x04\x01"
FINE = b"\x16"
SLIP = bytes(range(256)) * 200
WAIT_S = 0.2
SLACK_S = 1.0
"""What a busy machine may add to a wait before the test calls it blocked."""


@pytest.fixture
def ends() -> Iterator[tuple[int, str]]:
    """The printer's end of a line as a descriptor, and the name of ours."""
    printer, ours = os.openpty()
    tty.setraw(printer)
    yield printer, os.ttyname(ours)
    os.close(ours)
    os.close(printer)


def _read(printer: int, count: int) -> bytes:
    received = b""
    while len(received) < count:
        received += os.read(printer, count - len(received))
    return received


def _send_while_read(line: SerialLine, printer: int, data: bytes) -> bytes:
    received = b""
    while data:
        taken, _ = line.exchange(data, WAIT_S)
        received += _read(printer, taken)
        data = data[taken:]
    return received


def test_bytes_go_both_ways_unchanged(ends: tuple[int, str]) -> None:
    printer, path = ends
    line = SerialTransport(path, 115200).open("slip")
    try:
        assert isinstance(line, SerialLine)
        assert _send_while_read(line, printer, SLIP) == SLIP
        os.write(printer, bytes(range(256)))
        received = b""
        while len(received) < 256:
            received += line.exchange(b"", WAIT_S)[1]
        assert received == bytes(range(256))
        assert line.finish() == "taken by the printer"
    finally:
        line.close()


def test_an_answer_ends_the_waiting(ends: tuple[int, str]) -> None:
    printer, path = ends
    line = SerialTransport(path, 9600).open("slip")
    try:
        assert line.exchange(ASK, WAIT_S) == (3, b"")
        assert _read(printer, 3) == ASK
        os.write(printer, FINE)
        began = time.monotonic()
        assert line.exchange(b"", 30) == (0, FINE)
        assert time.monotonic() - began < SLACK_S
    finally:
        line.close()


def test_a_mute_printer_that_stops_reading_costs_no_more_than_the_wait_and_is_counted_truthfully(
    ends: tuple[int, str],
) -> None:
    printer, path = ends
    line = SerialTransport(path, 115200).open("slip")
    try:
        total = 0
        while True:
            began = time.monotonic()
            taken, received = line.exchange(SLIP[total:], WAIT_S)
            assert time.monotonic() - began < WAIT_S + SLACK_S
            assert received == b""
            if not taken:
                break
            total += taken
        assert 0 < total < len(SLIP)
        assert _read(printer, total) == SLIP[:total]
    finally:
        line.close()


_LIBRARY_ALONE = """
    import os, tty
    from escpos.printer import Serial
    printer, ours = os.openpty()
    tty.setraw(printer)
    connector = Serial(os.ttyname(ours), baudrate=115200, timeout=0.2)
    connector.open()
    connector.device.write_timeout = {write_timeout}
    print("opened", flush=True)
    try:
        while True:
            connector._raw(bytes(4096))
    except Exception as error:
        print(type(error).__name__, error)
"""


def _library_alone(write_timeout: str) -> str:
    script = textwrap.dedent(_LIBRARY_ALONE).format(write_timeout=write_timeout)
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], check=True, capture_output=True, text=True, timeout=3
    ).stdout


@pytest.mark.parametrize("write_timeout", ["None", "0"])
def test_the_librarys_own_write_would_block_for_ever(write_timeout: str) -> None:
    with pytest.raises(subprocess.TimeoutExpired) as killed:
        _library_alone(write_timeout)
    assert killed.value.stdout == b"opened\n"


def test_the_librarys_own_write_with_a_time_out_would_not_say_how_much_left() -> None:
    assert _library_alone("0.2").split() == ["opened", "SerialTimeoutException", "Write", "timeout"]


def test_a_pulled_cable_is_an_error_and_not_silence(ends: tuple[int, str]) -> None:
    printer, ours = os.openpty()
    line = SerialTransport(os.ttyname(ours), 9600).open("slip")
    os.close(ours)
    os.close(printer)
    try:
        with pytest.raises(OSError, match="the serial line broke"):
            line.exchange(ASK, WAIT_S)
    finally:
        line.close()


# --- the ready wire ------------------------------------------------------------------------------------------------


class _WithReadyWire(serial.Serial):
    """A pseudo-terminal has no modem lines; this port's DSR is what the test says."""

    ready: bool | None = True

    @property
    def dsr(self) -> bool:
        if self.ready is None:
            raise OSError(errno.ENOTTY, "no such lines")
        return self.ready


@pytest.fixture
def wired(ends: tuple[int, str]) -> Iterator[tuple[_WithReadyWire, SerialLine]]:
    with _WithReadyWire(ends[1], 115200, timeout=0) as port:
        yield port, SerialLine(port, watch_ready_wire=True, drain_deadline_s=WAIT_S)


def test_data_waits_while_the_printer_has_its_ready_wire_down_but_a_question_goes_through(
    wired: tuple[_WithReadyWire, SerialLine],
) -> None:
    port, line = wired
    first, _ = line.exchange(SLIP, WAIT_S)
    assert first > 0
    port.ready = False
    assert line.exchange(SLIP, 0.02) == (0, b"")
    assert line.exchange(ASK, WAIT_S) == (3, b"")
    port.ready = True
    assert line.exchange(SLIP, WAIT_S)[0] > 0


def test_a_ready_wire_that_was_never_up_is_not_connected_and_holds_nothing_back(
    wired: tuple[_WithReadyWire, SerialLine],
) -> None:
    port, line = wired
    port.ready = False
    assert line.exchange(SLIP, WAIT_S)[0] > 0


def test_a_port_without_modem_lines_holds_nothing_back(wired: tuple[_WithReadyWire, SerialLine]) -> None:
    port, line = wired
    port.ready = None
    assert line.exchange(SLIP, WAIT_S)[0] > 0


def test_without_watching_the_wire_data_would_run_over_a_full_printer(ends: tuple[int, str]) -> None:
    with _WithReadyWire(ends[1], 115200, timeout=0) as port:
        line = SerialLine(port, watch_ready_wire=False, drain_deadline_s=WAIT_S)
        line.exchange(SLIP, WAIT_S)
        port.ready = False
        assert line.exchange(SLIP, WAIT_S)[0] > 0


# --- the queue -----------------------------------------------------------------------------------------------------


class _WithQueue(serial.Serial):
    """A pseudo-terminal delivers at once; this port still holds what the test says."""

    queued = 0

    @property
    def out_waiting(self) -> int:
        return self.queued


@pytest.mark.parametrize(("baud", "room"), [(9600, 128), (115200, 128), (921600, 921)])
def test_only_a_few_milliseconds_of_the_line_are_ever_queued(ends: tuple[int, str], baud: int, room: int) -> None:
    with _WithQueue(ends[1], baud, timeout=0) as port:
        line = SerialLine(port, watch_ready_wire=False, drain_deadline_s=WAIT_S)
        port.queued = room - 5
        assert line.exchange(SLIP, WAIT_S) == (5, b"")
        port.queued = room
        assert line.exchange(SLIP, 0.02) == (0, b"")


def test_a_job_is_not_handed_over_while_its_last_bytes_are_held_back(ends: tuple[int, str]) -> None:
    with _WithQueue(ends[1], 9600, timeout=0) as port:
        line = SerialLine(port, watch_ready_wire=False, drain_deadline_s=WAIT_S)
        port.queued = 1
        began = time.monotonic()
        with pytest.raises(TimeoutError, match="stopped taking bytes"):
            line.finish()
        assert time.monotonic() - began < WAIT_S + SLACK_S


# --- opening -------------------------------------------------------------------------------------------------------


def test_a_port_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="No such file"):
        SerialTransport(str(tmp_path / "ttyUSB0"), 9600).open("slip")


def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    with pytest.raises(OSError, match="that is not a serial port"):
        SerialTransport(str(tmp_path / "ttyUSB0"), 9600).open("slip")


def test_a_port_in_use_is_refused_and_nothing_is_left_open(ends: tuple[int, str]) -> None:
    first = SerialTransport(ends[1], 9600).open("one")
    try:
        with pytest.raises(BlockingIOError, match="another program uses the serial port"):
            SerialTransport(ends[1], 9600).open("two")
    finally:
        first.close()
    SerialTransport(ends[1], 9600).open("two").close()


def test_the_port_stays_open_when_the_librarys_connector_is_garbage(ends: tuple[int, str]) -> None:
    port = escpos_door.open_serial(ends[1], 9600, "none")
    gc.collect()
    assert port.is_open
    port.close()


def test_without_taking_the_port_out_the_connector_would_close_it(ends: tuple[int, str]) -> None:
    from escpos.printer import Serial

    connector = Serial(ends[1])
    connector.open()
    port = connector.device
    del connector
    gc.collect()
    assert not port.is_open


@pytest.mark.parametrize(("flow", "xonxoff", "rtscts"), [("none", 0, 0), ("xonxoff", 1, 0), ("rtscts", 0, 1)])
def test_flow_control_is_set_as_the_url_says(ends: tuple[int, str], flow: str, xonxoff: int, rtscts: int) -> None:
    port = escpos_door.open_serial(ends[1], 9600, flow)  # type: ignore[arg-type]
    try:
        assert (port.xonxoff, port.rtscts, port.dsrdtr) == (bool(xonxoff), bool(rtscts), False)
        assert port.timeout == 0
    finally:
        port.close()


def test_closing_twice_and_without_a_printer_is_silent(ends: tuple[int, str]) -> None:
    line = SerialTransport(ends[1], 9600).open("slip")
    line.close()
    line.close()


_HANDLERS = """
import logging, os
printer, ours = os.openpty()
{body}
port = {call}
port.close()
print([type(each).__name__ for each in logging.getLogger().handlers])
"""
_BARE_BODY = """
from escpos.printer import Serial
logging.getLogger().handlers.clear()
connector = Serial(os.ttyname(ours))
"""


def _root_handlers(body: str, call: str) -> str:
    script = [sys.executable, "-W", "ignore", "-c", _HANDLERS.format(body=body, call=call)]
    return subprocess.run(script, check=True, capture_output=True, text=True).stdout.strip()


def test_opening_a_port_leaves_the_root_logger_alone() -> None:
    body = "from receipts.escpos import escpos_door"
    assert _root_handlers(body, "escpos_door.open_serial(os.ttyname(ours), 9600, 'none')") == "[]"


def test_opening_a_port_with_the_library_alone_makes_it_log_over_the_screen() -> None:
    assert _root_handlers(_BARE_BODY, "connector.open() or connector.device") == "['StreamHandler']"
