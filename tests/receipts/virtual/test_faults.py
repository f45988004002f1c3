"""Each bad day: what the printer says of it, what it does with a job meanwhile, and what comes out afterwards."""

from random import Random

import pytest

from receipts.values.paper import PAPER_58
from receipts.values.status import Condition
from receipts.virtual.device.faults import BYTE_SIDE, Fault, Kind, parse
from receipts.virtual.device.machine import Machine
from tests.receipts.virtual.hosts import (
    CUT,
    JOBS,
    PAGES,
    WATCH_ALL,
    Host,
    answer_to,
    ask_process_id,
    band,
    pieces,
    printer,
)

STOPPING = [Kind.PAPER_OUT, Kind.COVER_OPEN, Kind.OFFLINE, Kind.HOT, Kind.BROKEN]
JOB = JOBS[384] + ask_process_id(b"done")
WATCHED_JOB = JOB[:2] + WATCH_ALL + JOB[2:]  # after its reset, which would cancel it
RIGHT = [piece.tobytes() for piece in pieces(PAGES[384])]


def printed(host: Host) -> list[bytes]:
    return [slip.image.tobytes() for slip in host.machine.slips]


@pytest.mark.parametrize(
    "text", ["paper-out", "paper-out 60", "late 2.5", "cut-cable 5000", "jam 2", "busy", "garbled"]
)
def test_a_fault_is_a_word_and_perhaps_a_number(text: str) -> None:
    assert parse(str(parse(text))) == parse(text)


def test_a_fault_without_its_number_has_a_sensible_one() -> None:
    assert parse("late") == Fault(Kind.LATE, 2.0)
    assert parse("jam") == Fault(Kind.JAM, 1.0)
    assert parse("cut-cable") == Fault(Kind.CUT_CABLE, 0.0)


@pytest.mark.parametrize("text", ["", "paperout", "late soon", "late -1", "late nan", "busy 3", "cut-cable inf"])
def test_what_is_no_fault_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|no such fault"):
        parse(text)


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        (Kind.PAPER_OUT, Condition.NO_PAPER),
        (Kind.NEAR_END, Condition.NEAR_END),
        (Kind.COVER_OPEN, Condition.COVER_OPEN),
        (Kind.OFFLINE, Condition.OFFLINE),
        (Kind.HOT, Condition.TROUBLE),
        (Kind.BROKEN, Condition.TROUBLE),
    ],
)
def test_a_fault_is_what_the_printer_says_until_it_is_mended(kind: Kind, condition: Condition) -> None:
    machine = printer().machine
    machine.strike(Fault(kind), 0.0)
    assert machine.status.condition is condition
    machine.mend(kind, 0.0)
    assert machine.status.condition is Condition.READY
    assert [event.what for event in machine.events][1:] in ([kind, f"no {kind}"], [kind, "reloaded", f"no {kind}"])


@pytest.mark.parametrize("kind", STOPPING)
@pytest.mark.parametrize("mm", [0.0, 0.1, 20.0, 60.0, 142.5, 150.0])
def test_a_stopped_printer_keeps_what_it_has_and_prints_on_where_it_was(kind: Kind, mm: float) -> None:
    host = printer()
    host.machine.strike(Fault(kind, mm), 0.0)
    sent = host.send(JOB)
    assert kind in host.machine.state
    assert host.machine.moved_mm == pytest.approx(mm, abs=0.1)
    assert host.machine.room == 0 or sent == len(JOB)
    assert host.machine.next_event(host.now) is None, "nothing will change by itself"
    host.pass_time(60)
    assert host.machine.moved_mm == pytest.approx(mm, abs=0.1)
    host.machine.mend(kind, host.now)
    host.send(JOB[sent:])
    host.rest()
    assert printed(host) == RIGHT
    assert bytes(host.heard) == answer_to(b"done")


def test_a_roll_that_runs_out_is_the_same_as_paper_that_is_missing() -> None:
    host = printer(roll_mm=80)
    sent = host.send(WATCHED_JOB)
    assert host.machine.paper_left_mm == 0
    assert host.machine.moved_mm == 80
    assert bytes(host.heard) == bytes.fromhex("1000030018000f00")
    host.machine.reload(host.now, 30_000)
    sent += host.send(WATCHED_JOB[sent:])
    host.rest()
    assert sent == len(WATCHED_JOB)
    assert printed(host) == RIGHT
    assert [slip.seams for slip in host.machine.slips] == [(640,), ()], "the first is in two pieces"


def test_the_near_end_sensor_sees_a_roll_getting_small() -> None:
    host = printer(roll_mm=1_600)
    host.send(WATCHED_JOB)
    host.rest()
    assert bytes(host.heard) == bytes.fromhex("1000000010000300") + answer_to(b"done")
    assert host.machine.status.condition is Condition.NEAR_END


@pytest.mark.parametrize("recovery", [b"\x10\x05\x01", None], ids=["DLE ENQ 1", "a person"])
def test_a_stuck_cutter_stops_the_job_and_cuts_after_recovery(recovery: bytes | None) -> None:
    host = printer()
    host.machine.strike(parse("jam"), 0.0)
    sent = host.send(JOB)
    host.rest()
    assert host.machine.status.condition is Condition.CUTTER
    assert printed(host) == []
    if recovery and host.machine.room:
        host.machine.offer(recovery, host.now)
    else:
        host.machine.mend(Kind.JAM, host.now)
    host.send(JOB[sent:])
    host.rest()
    assert printed(host) == RIGHT


def test_the_other_recovery_forgets_what_is_held() -> None:
    host = printer()
    host.machine.strike(parse("jam"), 0.0)
    host.send(band(48, 8) + CUT + band(48, 8) + ask_process_id(b"lost"))
    host.rest()
    host.machine.offer(b"\x10\x05\x02", host.now)
    host.rest()
    assert host.machine.status.condition is Condition.READY
    assert not host.machine.slips
    assert not host.heard


def test_recovery_does_nothing_to_a_printer_that_is_well() -> None:
    host = printer()
    host.machine.offer(band(48, 48), 0.0)
    host.machine.offer(b"\x10\x05\x02", 0.0)
    host.rest()
    assert host.machine.present.rows == 48


@pytest.mark.parametrize("position", [0, 1, 8, 5000, len(JOB) - 1, len(JOB)])
def test_a_cable_is_cut_at_its_byte_and_the_printer_goes_on_with_what_it_has(position: int) -> None:
    host = printer()
    host.machine.strike(Fault(Kind.CUT_CABLE, position), 0.0)
    if position < len(JOB):
        with pytest.raises(ConnectionResetError):
            host.send(JOB)
    else:
        host.send(JOB)
    assert host.machine.received == position
    host.rest()
    assert not host.heard
    assert (printed(host) == RIGHT) is (position >= len(JOBS[384]))


def test_a_power_cut_tears_the_slip_and_forgets_everything() -> None:
    host = printer()
    host.machine.strike(Fault(Kind.POWER_CUT, 20_000), 0.0)
    assert host.send(JOB) == host.machine.received == 20_000
    assert host.machine.offer(b"\x10\x04\x01", host.now) == 0, "silence"
    (torn,) = host.machine.slips
    assert torn.ending == "torn"
    assert torn.ink == host.machine.slips[0].ink[: len(torn.ink)]
    assert PAGES[384].image.crop((0, 0, 384, torn.rows)).tobytes() == torn.image.tobytes()
    host.machine.power_on(host.now)
    with pytest.raises(ConnectionResetError):
        host.machine.offer(b"x", host.now)
    host.machine.connect(host.now)
    host.send(JOB)
    host.rest()
    assert printed(host)[1:] == RIGHT, "and nothing of the half band swallows it"


def test_in_a_blackout_the_line_takes_everything_and_the_printer_knows_nothing_of_it_afterwards() -> None:
    host = printer()
    host.machine.strike(Fault(Kind.BLACKOUT, 20_000), 0.0)
    assert host.send(JOB) == len(JOB)
    host.rest()
    assert host.machine.is_connected
    assert [slip.ending for slip in host.machine.slips] == ["torn"]
    assert host.machine.offer(b"\x10\x04\x01", host.now) == 3, "nobody hears it"
    host.machine.mend(Kind.BLACKOUT, host.now)
    assert host.machine.is_connected, "the line has not noticed anything"
    host.send(JOB)
    host.rest()
    assert bytes(host.heard) == answer_to(b"done")
    assert printed(host)[1:] == RIGHT


def test_a_mute_printer_prints_and_a_cured_one_speaks() -> None:
    host = printer()
    host.machine.strike(parse("mute"), 0.0)
    host.send(JOB)
    host.rest()
    assert printed(host) == RIGHT
    assert not host.heard
    host.machine.mend(Kind.MUTE, host.now)
    assert host.ask(b"\x10\x04\x01") == b"\x12"


def test_a_printer_can_fall_silent_in_the_middle_of_a_job() -> None:
    host = printer()
    host.machine.strike(parse("mute 20"), 0.0)
    assert host.ask(b"\x10\x04\x01") == b"\x12"
    host.send(JOB)
    host.rest()
    assert not host.heard


@pytest.mark.parametrize("question", [b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"])
def test_a_clone_says_nothing_while_its_cover_is_open_and_is_heard_again_when_it_is_closed(question: bytes) -> None:
    host = printer(silent_when_open=True)
    host.ask(WATCH_ALL)
    host.machine.strike(parse("open"), host.now)
    assert host.ask(question) == b"", "not even that its cover is open"
    host.machine.mend(Kind.COVER_OPEN, host.now)
    assert host.machine.take_replies() == bytes.fromhex("10000000"), "it tells by itself that it is well"
    assert host.ask(b"\x10\x04\x01") == b"\x12"


def test_a_clone_takes_with_it_what_it_was_about_to_say() -> None:
    host = printer(silent_when_open=True)
    host.machine.strike(parse("late 1"), 0.0)
    host.ask(b"\x10\x04\x01")
    host.machine.strike(parse("open"), 0.5)
    host.pass_time(2.0)
    assert not host.heard


def test_a_clone_that_nobody_asked_while_it_was_open_has_printed_the_slip_all_the_same() -> None:
    host = printer(silent_when_open=True)
    host.machine.strike(parse("open 20"), 0.0)
    sent = host.send(WATCHED_JOB)
    assert bytes(host.heard) == bytes.fromhex("10000000")
    host.machine.mend(Kind.COVER_OPEN, host.now)
    host.send(WATCHED_JOB[sent:])
    host.rest()
    assert printed(host) == RIGHT
    assert bytes(host.heard) == bytes.fromhex("1000000010000000") + answer_to(b"done")


def test_late_answers_come_late_and_in_order() -> None:
    host = printer()
    host.machine.strike(parse("late 2"), 0.0)
    assert host.ask(b"\x10\x04\x01") == b""
    host.pass_time(1.999)
    assert not host.heard
    assert host.machine.next_event(host.now) == pytest.approx(2.0)
    host.machine.offer(b"\x10\x04\x02\x10\x04\x04", host.now)
    host.rest()
    assert [moment for moment, _ in host.when] == pytest.approx([2.0, 3.999])


def test_noise_comes_before_answers_or_instead_of_them() -> None:
    host = Host(Machine(PAPER_58, random=Random(7)))  # noqa: S311  (noise, no secret)
    host.machine.strike(parse("garbage 3"), 0.0)
    noise = Random(7).randbytes(3)  # noqa: S311  (the same noise)
    assert host.ask(b"\x10\x04\x01") == noise + b"\x12"
    host.machine.mend(Kind.GARBAGE, 0.0)
    host.machine.strike(parse("garbled"), 0.0)
    assert len(host.ask(b"\x1dI\x42")) == len(b"_POS-RECOVERY\0")
    assert b"POS" not in host.ask(b"\x1dI\x42")


def test_dropped_answers_are_lost_and_the_next_is_not() -> None:
    host = printer()
    host.machine.strike(parse("drop 2"), 0.0)
    assert [host.ask(b"\x10\x04\x01") for _ in range(3)] == [b"", b"", b"\x12"]


def test_a_busy_printer_takes_nothing_and_says_nothing_until_it_is_free() -> None:
    host = printer()
    host.machine.strike(parse("busy"), 0.0)
    assert host.send(JOB) == 0
    assert host.ask(b"\x10\x04\x01") == b""
    host.machine.mend(Kind.BUSY, host.now)
    host.send(JOB)
    host.rest()
    assert printed(host) == RIGHT


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.LATE}))
def test_everything_can_be_mended_at_once(kind: Kind) -> None:
    host = printer()
    host.machine.strike(Fault(kind, 1.0), 0.0)
    if kind in BYTE_SIDE:
        host.machine.offer(b"\0", 0.0)
    host.machine.mend_all(0.0)
    if not host.machine.is_connected:
        host.machine.connect(0.0)
    host.send(JOB)
    host.rest()
    assert printed(host) == RIGHT
    assert host.machine.status.condition is Condition.READY
