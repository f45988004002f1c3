"""The machine behind a socket and behind a serial line: real time, real buffers, real resets."""

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from receipts.values.paper import PAPER_58
from receipts.virtual.device.faults import Event, Fault, Kind, parse
from receipts.virtual.device.machine import Machine
from receipts.virtual.device.roll import Slip
from receipts.virtual.serving.tcp_server import Server, serving
from tests.receipts.virtual.hosts import JOBS, PAGES, answer_to, ask_process_id, band, pieces

FAST = 2_000.0
JOB = JOBS[384] + ask_process_id(b"sock")
RIGHT = [piece.tobytes() for piece in pieces(PAGES[384])]
ASK = b"\x10\x04\x01"


@contextlib.contextmanager
def host_of(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(server.address, timeout=5) as host:
        host.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2304)
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield host


def heard(host: socket.socket, count: int) -> bytes:
    """Exactly so many bytes."""
    data = b""
    while len(data) < count:
        more = host.recv(count - len(data))
        assert more, f"closed after {data!r}"
        data += more
    return data


def taken(write: Callable[[int], int]) -> int:
    """How many bytes go before nothing goes any more; `write` is told how many have."""
    sent = 0
    with contextlib.suppress(BlockingIOError, TimeoutError):
        while True:
            sent += write(sent)
    return sent


def strike(server: Server, text: str) -> None:
    server.do(lambda machine, now: machine.strike(parse(text), now))


def printed(server: Server) -> list[bytes]:
    return server.do(lambda machine, _: [slip.image.tobytes() for slip in machine.slips])


def test_a_slip_comes_out_of_the_socket_as_it_was_laid_out() -> None:
    with serving(Machine(PAPER_58, speed_mm_s=FAST)) as server, host_of(server) as host:
        host.sendall(JOB)
        assert heard(host, 7) == answer_to(b"sock")
        assert printed(server) == RIGHT


def test_a_slip_takes_the_time_its_paper_needs_and_hardly_more() -> None:
    with serving(Machine(PAPER_58, speed_mm_s=500)) as server, host_of(server) as host:
        begun = time.monotonic()
        host.sendall(JOB)
        heard(host, 7)
        took = time.monotonic() - begun
        needed = server.do(lambda machine, _: machine.moved_mm) / 500
        assert needed <= took < needed * 1.15


def test_a_question_is_answered_in_milliseconds() -> None:
    with serving(Machine(PAPER_58)) as server, host_of(server) as host:
        waits = []
        for _ in range(20):
            begun = time.perf_counter()
            host.sendall(ASK)
            assert heard(host, 1) == b"\x12"
            waits.append(time.perf_counter() - begun)
        assert sorted(waits)[10] < 0.005


def test_waiting_costs_no_time_of_the_processor() -> None:
    with serving(Machine(PAPER_58)) as server, host_of(server) as host:
        strike(server, "paper-out")
        host.settimeout(0.3)
        with pytest.raises(TimeoutError):
            host.sendall(bytes(10) + band(48, 4000))
        begun = time.process_time()
        with pytest.raises(TimeoutError):
            host.recv(1)
        assert time.process_time() - begun < 0.05


def test_a_printer_without_paper_stops_taking_bytes_and_prints_on_after_the_reload() -> None:
    with serving(Machine(PAPER_58, speed_mm_s=FAST)) as server, host_of(server) as host:
        strike(server, "paper-out")
        host.settimeout(0.2)
        sent = taken(lambda sent: host.send(JOB[sent : sent + 512]))
        assert sent < 20_000, "what the buffers of both kernels and of the printer hold"
        host.settimeout(5)
        server.do(lambda machine, now: machine.reload(now))
        host.sendall(JOB[sent:])
        heard(host, 7)
        assert printed(server) == RIGHT


def test_a_second_host_waits_in_silence_until_the_first_has_gone() -> None:
    with serving(Machine(PAPER_58, speed_mm_s=FAST)) as server, host_of(server) as first, host_of(server) as second:
        first.sendall(ASK)
        assert heard(first, 1) == b"\x12"
        second.sendall(ASK)
        second.settimeout(0.1)
        with pytest.raises(TimeoutError):
            second.recv(1)
        first.close()
        second.settimeout(5)
        assert heard(second, 1) == b"\x12"


def test_a_busy_printer_is_silent_and_answers_when_it_is_free() -> None:
    with serving(Machine(PAPER_58)) as server:
        strike(server, "busy")
        with host_of(server) as host:
            host.sendall(ASK)
            host.settimeout(0.1)
            with pytest.raises(TimeoutError):
                host.recv(1)
            server.do(lambda machine, now: machine.mend(Kind.BUSY, now))
            host.settimeout(5)
            assert heard(host, 1) == b"\x12"


def test_a_cut_cable_resets_the_connection_and_the_next_one_works() -> None:
    with serving(Machine(PAPER_58, speed_mm_s=FAST)) as server:
        strike(server, "cut-cable 3")
        with host_of(server) as host:
            host.sendall(b"\0\0\0")
            with pytest.raises(ConnectionResetError):
                host.recv(1)
        with host_of(server) as host:
            host.sendall(ASK)
            assert heard(host, 1) == b"\x12"


def test_a_printer_without_power_is_silent_and_then_the_connection_is_broken() -> None:
    with serving(Machine(PAPER_58)) as server, host_of(server) as host:
        host.sendall(ASK)
        heard(host, 1)
        strike(server, "power-cut")
        host.sendall(ASK)
        host.settimeout(0.1)
        with pytest.raises(TimeoutError):
            host.recv(1)
        host.settimeout(5)
        server.do(lambda machine, now: machine.power_on(now))
        with pytest.raises(ConnectionResetError):
            host.recv(1)


def test_late_answers_leave_by_themselves() -> None:
    with serving(Machine(PAPER_58)) as server, host_of(server) as host:
        strike(server, "late 0.2")
        begun = time.monotonic()
        host.sendall(ASK)
        assert heard(host, 1) == b"\x12"
        assert 0.2 <= time.monotonic() - begun < 0.5


def test_news_of_slips_and_events_arrive_in_order() -> None:
    told: list[str] = []
    done = threading.Event()

    def news(events: list[Event], _slips: list[Slip]) -> None:
        told.extend(event.what for event in events)
        if "disconnected" in told:
            done.set()

    with serving(Machine(PAPER_58, speed_mm_s=FAST), news=news) as server:
        with host_of(server) as host:
            host.sendall(JOB)
            heard(host, 7)
        assert done.wait(5)
        assert told == ["connected", "cut", "cut", "disconnected"]
        assert printed(server) == [], "whoever gets the news has the slips"


def test_a_port_in_use_is_refused_in_words() -> None:
    with serving(Machine(PAPER_58)) as server, pytest.raises(OSError, match=f"port {server.port} is in use"):
        Server(Machine(PAPER_58), server.port)


def test_only_this_computer_can_be_served() -> None:
    with pytest.raises(ValueError, match="only for this computer"):
        Server(Machine(PAPER_58), 0, host="0.0.0.0")  # noqa: S104  (refused)


def test_the_end_closes_the_connection_and_frees_the_port() -> None:
    with serving(Machine(PAPER_58)) as server:
        host = socket.create_connection(server.address, timeout=5)
        host.sendall(ASK)
        heard(host, 1)
    with host:
        assert host.recv(1) == b""
    with serving(Machine(PAPER_58), server.port):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_a_slip_comes_out_of_a_serial_line_as_it_was_laid_out() -> None:
    from receipts.virtual.serving.pty_server import serving_pty

    with serving_pty(Machine(PAPER_58, speed_mm_s=FAST)) as line:
        port = os.open(line.path, os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(port, ASK)
            assert os.read(port, 10) == b"\x12"
            sent = 0
            while sent < len(JOB):
                sent += os.write(port, JOB[sent : sent + 1000])
            answer = b""
            while len(answer) < 7:
                answer += os.read(port, 10)
        finally:
            os.close(port)
        assert answer == answer_to(b"sock")
        assert line.do(lambda machine, _: [slip.image.tobytes() for slip in machine.slips]) == RIGHT


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_a_serial_printer_without_paper_stops_taking_bytes() -> None:
    from receipts.virtual.serving.pty_server import serving_pty

    with serving_pty(Machine(PAPER_58)) as line:
        line.do(lambda machine, now: machine.strike(Fault(Kind.PAPER_OUT), now))
        port = os.open(line.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            assert taken(lambda _: os.write(port, band(48, 200)[:1000])) < 30_000
        finally:
            os.close(port)
