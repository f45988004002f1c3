"""Network printers that are real sockets on the loopback: they read, answer, stay mute, stop reading or hang up."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from receipts.transport import Line, describe_error
from receipts.transport.patience import within
from receipts.transport.tcp import TcpTransport

ASK = b"\x10\x04\x01"
SLIP = bytes(range(256)) * 300
WAIT_S = 0.1
SLACK_S = 1.0


@contextmanager
def _a_printer(receive_buffer: int | None = None) -> Iterator[tuple[Line, socket.socket]]:
    """Our line to a printer, and the printer's end of it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        if receive_buffer is not None:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        line = TcpTransport("127.0.0.1", server.getsockname()[1]).open("slip")
        printer, _ = server.accept()
        with printer:
            yield line, printer
        line.close()


def _read(printer: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        received += printer.recv(count - len(received))
    return received


def test_bytes_go_both_ways_unchanged() -> None:
    with _a_printer() as (line, printer):
        assert line.exchange(ASK, WAIT_S) == (3, b"")
        assert _read(printer, 3) == ASK
        printer.sendall(b"\x16")
        assert line.exchange(b"", WAIT_S) == (0, b"\x16")
        data, received = SLIP, b""
        while data:
            taken, _ = line.exchange(data, WAIT_S)
            received, data = received + _read(printer, taken), data[taken:]
        assert received == SLIP
        assert line.finish() == "taken by the printer"
        assert printer.recv(1) == b""


def test_an_answer_ends_the_waiting_even_while_data_is_held_back() -> None:
    with _a_printer(receive_buffer=2048) as (line, printer):
        while line.exchange(SLIP, WAIT_S)[0]:
            pass
        printer.sendall(b"\x1c\x00\x0c\x0f")
        began = time.monotonic()
        assert line.exchange(SLIP, 30) == (0, b"\x1c\x00\x0c\x0f")
        assert time.monotonic() - began < SLACK_S


def test_a_mute_printer_that_stops_reading_costs_no_more_than_the_wait_and_is_counted_truthfully() -> None:
    with _a_printer(receive_buffer=2048) as (line, printer):
        total = 0
        while True:
            began = time.monotonic()
            taken, received = line.exchange(SLIP[total % 256 :], WAIT_S)
            assert time.monotonic() - began < WAIT_S + SLACK_S
            assert received == b""
            if not taken:
                break
            total += taken
        assert 0 < total < len(SLIP)
        assert _read(printer, total) == (SLIP * 2)[:total]


def test_with_the_systems_own_send_buffer_a_deaf_printer_would_seem_to_have_taken_everything() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        with socket.create_connection(server.getsockname(), timeout=WAIT_S) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            connection.sendall(SLIP)


def test_a_printer_that_closes_is_an_error_and_not_silence() -> None:
    with _a_printer() as (line, printer):
        printer.close()
        with pytest.raises(ConnectionAbortedError, match="closed the connection"):
            line.exchange(ASK, WAIT_S)


def test_a_cable_pulled_in_the_middle_is_an_error() -> None:
    with _a_printer() as (line, printer):
        line.exchange(SLIP, WAIT_S)
        printer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        printer.close()
        with pytest.raises(ConnectionError):
            line.exchange(SLIP, WAIT_S)


def test_a_printer_that_is_off_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectionRefusedError, match="refused"):
        TcpTransport("127.0.0.1", port).open("slip")


def test_a_host_that_never_answers_is_given_up_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, socket.create_connection(server.getsockname()):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            TcpTransport("127.0.0.1", server.getsockname()[1], connect_deadline_s=WAIT_S).open("slip")
        assert time.monotonic() - began < WAIT_S + SLACK_S


def test_an_unknown_host_is_said_in_words() -> None:
    with pytest.raises(OSError) as refused:  # noqa: PT011  (every system has its own words)
        TcpTransport("printer.invalid", 9100).open("slip")
    assert describe_error(refused.value)


def test_a_look_up_that_hangs_is_left_behind_at_the_deadline() -> None:
    over = threading.Event()
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="could not be looked up"):
        within(WAIT_S, lambda: over.wait(30), "the name could not be looked up")
    assert time.monotonic() - began < WAIT_S + SLACK_S
    over.set()


def test_what_goes_wrong_behind_a_deadline_is_raised_in_front_of_it() -> None:
    with pytest.raises(ZeroDivisionError):
        within(30, lambda: 1 // 0, "never")
    assert within(30, lambda: None, "never") is None
