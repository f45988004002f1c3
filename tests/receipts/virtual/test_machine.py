"""The machine prints what it is sent, in the time paper needs, and answers when it is true."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receipts.values.paper import PAPER_58, PAPER_80, Paper
from receipts.virtual.device.faults import Fault, Kind
from receipts.virtual.device.machine import Machine
from tests.receipts.virtual.hosts import (
    ASK_IN_ORDER,
    CUT,
    JOBS,
    PAGES,
    RESET,
    WATCH_ALL,
    Host,
    answer_to,
    ask_process_id,
    band,
    pieces,
    printer,
)

PAPERS = pytest.mark.parametrize("paper", [PAPER_58, PAPER_80], ids=lambda paper: paper.name)


def assert_printed_whole(machine: Machine, paper: Paper) -> None:
    expected = pieces(PAGES[paper.width_dots])
    assert [slip.image.tobytes() for slip in machine.slips] == [piece.tobytes() for piece in expected]


@PAPERS
@pytest.mark.parametrize("chunk", [1, 7, 61, 1460, 4096])
def test_the_slip_on_paper_is_the_slip_that_was_laid_out(paper: Paper, chunk: int) -> None:
    host = printer(paper)
    assert host.send(JOBS[paper.width_dots], chunk) == len(JOBS[paper.width_dots])
    host.rest()
    assert_printed_whole(host.machine, paper)
    assert host.machine.unknown_commands == 0
    assert host.machine.is_idle


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 3000), st.floats(0, 0.05)), max_size=60))
def test_neither_the_pieces_nor_the_pauses_of_the_host_change_the_slip(steps: list[tuple[int, float]]) -> None:
    host = printer(PAPER_58)
    job = JOBS[384]
    for size, pause in steps:
        job = job[host.send(job[:size]) :]
        host.pass_time(pause)
    host.send(job)
    host.rest()
    assert_printed_whole(host.machine, PAPER_58)


@given(st.lists(st.floats(0.0001, 0.3), min_size=1, max_size=40))
@settings(deadline=None, max_examples=40)
def test_what_happens_does_not_depend_on_how_often_one_looks(looks: list[float]) -> None:
    job = RESET + band(48, 96) + CUT + ask_process_id(b"look")
    patient, restless = printer(buffer_bytes=8192), printer(buffer_bytes=8192)
    patient.send(job)
    patient.rest()
    restless.send(job)
    for look in looks:
        restless.pass_time(look)
    restless.rest()
    assert bytes(patient.heard) == bytes(restless.heard)
    assert patient.machine.slips[0].ink == restless.machine.slips[0].ink
    assert patient.machine.slips[0].at_s == pytest.approx(restless.machine.slips[0].at_s)


@pytest.mark.parametrize("speed", [60.0, 150.0, 250.0])
def test_134_mm_take_as_long_as_paper_takes(speed: float) -> None:
    host = printer(speed_mm_s=speed, cutter_mm=0.0)
    host.send(band(48, 134 * 8) + b"\x1dV\x01" + ask_process_id(b"done"))
    host.rest()
    assert bytes(host.heard) == answer_to(b"done")
    assert host.when[-1][0] == pytest.approx(134 / speed, rel=1e-3)


def test_blank_paper_takes_its_time_too() -> None:
    host = printer(speed_mm_s=100.0)
    host.send(b"\x1bJ\xf0" * 10 + ask_process_id(b"feed"))
    host.rest()
    assert host.now == pytest.approx(240 * 10 / 8 / 100, rel=1e-3)


def test_the_process_id_comes_when_the_paper_stands_and_the_status_in_order_before() -> None:
    host = printer()
    host.send(band(48, 400) + CUT + ASK_IN_ORDER + ask_process_id(b"last"))
    host.rest()
    (in_order_at, in_order), (process_id_at, process_id) = host.when
    assert (in_order, process_id) == (b"\0", answer_to(b"last"))
    assert in_order_at < process_id_at == pytest.approx(host.machine.moved_mm / 150, rel=1e-3)


def test_a_printer_without_process_ids_prints_and_says_nothing() -> None:
    host = printer(process_id=False)
    host.send(band(48, 8) + CUT + ask_process_id(b"none") + ASK_IN_ORDER)
    host.rest()
    assert bytes(host.heard) == b"\0"
    assert len(host.machine.slips) == 1


@pytest.mark.parametrize("process_id", [True, False])
def test_a_printer_without_automatic_status_answers_and_never_speaks_unasked(process_id: bool) -> None:
    host = printer(auto_status=False, process_id=process_id)
    assert host.ask(WATCH_ALL + b"\x1d(H\x03\x00102") == b"", "nothing at once"
    host.machine.strike(Fault(Kind.COVER_OPEN), host.now)
    host.machine.mend(Kind.COVER_OPEN, host.now)
    assert host.machine.take_replies() == b"", "nothing at a change"
    assert host.ask(b"\x10\x04\x01\x10\x04\x04" + ASK_IN_ORDER) == b"\x12\x12\0"
    assert host.ask(ask_process_id(b"asks")) == (answer_to(b"asks") if process_id else b"")


def test_a_printer_that_only_listens_never_answers() -> None:
    host = printer(answers=False)
    host.send(b"\x10\x04\x01" + WATCH_ALL + band(48, 8) + CUT + ask_process_id(b"mute") + ASK_IN_ORDER)
    host.machine.mend(Kind.MUTE, host.now)
    host.rest()
    assert not host.heard
    assert len(host.machine.slips) == 1


def test_a_full_buffer_takes_nothing_until_paper_has_moved() -> None:
    host = printer(buffer_bytes=1024)
    taken = host.machine.offer(band(48, 400), 0.0)
    assert 1024 <= taken < 1024 + 200
    assert host.machine.offer(b"more", 0.0) == host.machine.room == 0
    moment = host.machine.next_event(0.0)
    assert moment is not None
    assert host.machine.offer(bytes(5000), moment) == pytest.approx(moment * 150 * 8 * 48, abs=96)


@pytest.mark.parametrize("where", [0, 8, 9, 100, 2000])
def test_real_time_questions_are_answered_at_once_even_inside_an_image(where: int) -> None:
    host = printer()
    job = band(48, 48)
    host.machine.offer(job[:where], 0.0)
    assert host.ask(b"\x10\x04\x01") == b"\x12"
    assert host.ask(b"\x10") + host.ask(b"\x04") == b""
    assert host.ask(b"\x02") == b"\x12", "split over three deliveries"


def test_a_question_inside_an_image_is_also_data_of_the_image() -> None:
    host = printer()
    host.send(b"\x1dv0\0\x03\0\x01\0" + b"\x10\x04\x01")
    host.rest()
    assert bytes(host.heard) == b"\x12"
    assert host.machine.present.ink[:3] == b"\x10\x04\x01"


def test_clearing_the_buffer_forgets_what_waits_and_keeps_what_is_printed() -> None:
    host = printer()
    host.machine.offer(band(48, 48)[:-480], 0.0)
    host.pass_time(0.01)
    printed = host.machine.present.rows
    assert 0 < printed < 38
    assert host.ask(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08") == b"\x37\x25\x00"
    host.send(band(48, 8, b"\xff"))
    host.rest()
    assert host.machine.present.rows == pytest.approx(printed + 8, abs=1)
    assert host.machine.bytes_missing == 0


def test_a_printer_says_who_it_is() -> None:
    host = printer(PAPER_80)
    assert host.ask(b"\x1dI\x01") == b"\x20"
    assert host.ask(b"\x1dI\x42\x1dI\x43") == b"_POS-RECOVERY\0_VIRTUAL 576\0"


def test_automatic_status_comes_at_once_and_at_every_change_until_a_reset() -> None:
    host = printer()
    assert host.ask(WATCH_ALL) == bytes.fromhex("10000000")
    host.machine.strike(Fault(Kind.COVER_OPEN), host.now)
    assert host.machine.take_replies() == bytes.fromhex("38000000")
    host.machine.mend(Kind.COVER_OPEN, host.now)
    assert host.machine.take_replies() == bytes.fromhex("10000000")
    assert host.ask(RESET) == b""
    host.machine.strike(Fault(Kind.COVER_OPEN), host.now)
    assert host.machine.take_replies() == b"", "ESC @ cancels it, and a host that does not ask again waits for ever"


def test_automatic_status_tells_only_what_was_asked_for() -> None:
    host = printer()
    host.ask(b"\x1da\x04")  # errors, neither on/offline nor paper
    host.machine.strike(Fault(Kind.NEAR_END), host.now)
    assert host.machine.take_replies() == b""
    host.machine.strike(Fault(Kind.HOT), host.now)
    assert host.machine.take_replies() == bytes.fromhex("18400300")


def test_the_offline_response_names_its_cause() -> None:
    host = printer()
    host.ask(b"\x1d(H\x03\x00102")
    host.machine.strike(Fault(Kind.COVER_OPEN), host.now)
    assert host.machine.take_replies() == b"\x37\x23\x41\x00"


@pytest.mark.parametrize(
    ("rows", "missing", "flush", "is_swallowed"),
    [(960, 30_000, 0, True), (960, 30_000, 960 * 72, False), (24, 1_000, 24 * 72, False)],
)
def test_a_half_band_swallows_the_next_job_unless_it_is_flushed(
    rows: int, missing: int, flush: int, is_swallowed: bool
) -> None:
    host = printer(PAPER_80)
    host.send(band(72, rows)[:-missing])
    assert host.machine.bytes_missing == missing
    host.machine.disconnect(host.now)
    host.machine.connect(host.now)
    host.send(bytes(flush) + RESET + CUT)
    host.rest()
    del host.machine.slips[:]
    host.send(JOBS[576] + ask_process_id(b"next"))
    host.rest()
    right = [piece.tobytes() for piece in pieces(PAGES[576])]
    printed = [slip.image.tobytes() for slip in host.machine.slips]
    assert (printed != right) is is_swallowed
    assert bytes(host.heard).endswith(answer_to(b"next")), "and in either case the printer says that it is done"


def test_nothing_can_be_offered_to_a_printer_without_a_connection() -> None:
    with pytest.raises(ConnectionResetError):
        Machine(PAPER_58).offer(b"x", 0.0)


@pytest.mark.parametrize(
    "wrong", [{"speed_mm_s": 0}, {"speed_mm_s": float("nan")}, {"roll_mm": 0}, {"buffer_bytes": 8}]
)
def test_a_printer_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a printer needs"):
        printer(PAPER_58, **wrong)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=8), st.booleans())
def test_no_bytes_whatever_upset_the_machine(parts: list[bytes], is_open: bool) -> None:
    host = printer(roll_mm=500)
    for part in parts:
        host.send(part)
        if is_open:
            host.machine.strike(Fault(Kind.COVER_OPEN), host.now)
            host.machine.mend(Kind.COVER_OPEN, host.now)
    host.rest()


def test_a_whole_slip_is_simulated_in_a_few_milliseconds() -> None:
    def cpu_of_one_slip() -> float:
        begun = time.process_time()
        host = Host(Machine(PAPER_80))
        host.send(JOBS[576] + ask_process_id(b"fast"))
        host.rest()
        assert bytes(host.heard) == answer_to(b"fast")
        return time.process_time() - begun

    assert min(cpu_of_one_slip() for _ in range(5)) < 0.05, "12 ms on two cores of 2020; thousands of cases need it"
