"""A print job as a conversation: what is sent, what is believed, and what it proves. In simulated time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from receipts.escpos.job import BAND_HEADER_BYTES, Job
from receipts.escpos.raster_job import encode
from receipts.printers.open_printer import Manner
from receipts.talk import session as session_module
from receipts.talk.proof import Wholeness
from receipts.talk.replies import PROOF_LETTERS
from receipts.talk.requests import FLUSH_BYTES, SEE_MARK
from receipts.talk.session import Session
from receipts.values.deadlines import Deadlines, Terms
from receipts.values.paper import PAPER_58
from receipts.values.result import Proof
from receipts.values.status import Condition
from receipts.virtual.device.faults import Fault, Kind, parse
from receipts.virtual.device.machine import Machine
from tests.receipts.simulation import World, any_of, small_page, whole_slips

PAGE, NEXT = small_page(), small_page(mark=5)
JOB = Job(b"\x1b@", (b"dots" * 100,), 100)
WELL = b"\x12"
GONE_BY = 1_000.0
JOB_MM = 54
"""Paper that `PAGE` moves: 30 mm of dots, and to the cutter twice."""


def a_world(fault: str = "", **machine: float) -> World:
    world = World(Machine(PAPER_58, **machine))  # type: ignore[arg-type]
    if fault:
        world.machine.strike(parse(fault), 0.0)
    return world


def known(level: Proof | None, **terms: object) -> Manner:
    return replace(Manner(level=level), **terms)  # type: ignore[arg-type]


# --- what is proved ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("process_id", "level", "proof"),
    [
        (True, None, "confirmed"),
        (True, "confirmed", "confirmed"),
        (True, "processed", "processed"),
        (False, None, "processed"),
        (False, "processed", "processed"),
        (True, "handed_over", "handed_over"),
    ],
)
def test_a_good_day_gives_the_best_proof_the_printer_is_asked_for(
    process_id: bool, level: Proof | None, proof: Proof
) -> None:
    world = a_world(process_id=process_id)
    result = world.print(PAGE, known(level))
    assert (result.state, result.proof, result.condition) == ("printed", proof, Condition.READY)
    world.pass_until(world.now + 5)
    assert whole_slips(world.machine, PAGE) == 1
    assert result.bytes_sent == len(encode(PAGE).body)


def test_confirmed_means_that_the_paper_stands_still() -> None:
    world = a_world(speed_mm_s=60.0)
    world.print(PAGE, known("confirmed"))
    assert whole_slips(world.machine, PAGE) == 1
    assert world.machine.is_idle


@pytest.mark.parametrize("speed_mm_s", [20.0, 60.0, 150.0, 250.0])
@pytest.mark.parametrize("cut_s", [0.0, 0.5])
@pytest.mark.parametrize("macros", [True, False])
def test_processed_is_not_said_before_the_paper_is_cut(speed_mm_s: float, cut_s: float, macros: bool) -> None:
    world = a_world(speed_mm_s=speed_mm_s, cut_s=cut_s, macros=macros, process_id=False)
    assert world.print(PAGE, known("processed")).proof == "processed"
    assert whole_slips(world.machine, PAGE) == 1


def test_by_the_last_answer_alone_processed_would_be_said_before_the_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: an answer in order comes before the last feed and cut, so it is the weaker word."""
    monkeypatch.setattr(Wholeness, "cut_s", 0.0)
    world = a_world(speed_mm_s=60.0)
    assert world.print(PAGE, known("processed")).proof == "processed"
    assert whole_slips(world.machine, PAGE) == 0


def test_paper_that_ends_on_the_way_to_the_last_cut_is_waited_for() -> None:
    world = a_world(f"paper-out {JOB_MM - 2}", process_id=False, auto_status=False)
    world.after(30.0, partial(_befall, world, "reload"))
    assert world.print(PAGE, known("processed")).proof == "processed"
    assert whole_slips(world.machine, PAGE) == 1


def test_a_printer_that_withholds_the_proof_it_used_to_give_leaves_the_paper_unknown() -> None:
    world = a_world(process_id=False)
    result = world.print(PAGE, known("confirmed"))
    assert (result.state, result.condition, result.withheld) == ("unknown", Condition.READY, True)
    assert result.detail == "the printer is well and has not said that the slip is out"


def test_the_id_of_another_job_proves_nothing() -> None:
    session = Session(JOB, Terms(reads_back=True, level="confirmed", proof_id=b"QSUW"), 0.0)
    _to_the_last_byte(session, mark=b"\x37\x22SSUW\x00" * 2 + b"\x37\x22USUW\x00")
    session.moved(0, b"\x37\x22WUSQ\x00", 1.0)
    assert session.outgoing == b""
    session.moved(0, b"\x37\x22QSUW\x00", 1.1)
    assert session.outgoing == SEE_MARK
    session.moved(len(SEE_MARK), b"\x37\x22SSUW\x00", 1.2)
    assert session.result is not None
    assert session.result.proof == "confirmed"


def test_an_answer_in_order_before_the_last_byte_left_proves_nothing() -> None:
    session = Session(JOB, Terms(reads_back=True, level="processed"), 0.0)
    _through_preflight(session)
    session.moved(10, b"\x00", 0.1)
    session.moved(len(session.outgoing), b"", 0.2)
    session.moved(0, b"", 0.3)
    assert session.result is None


def test_worked_through_without_a_clean_status_afterwards_is_not_processed() -> None:
    session = Session(JOB, Terms(reads_back=True, level="processed"), 0.0)
    _to_the_last_byte(session, mark=bytes(3))
    session.moved(0, bytes(2), 0.3)
    session.moved(0, b"", 0.4)
    session.moved(len(SEE_MARK), bytes(1), 0.4)
    session.moved(3, b"\x1a", 0.4)  # offline, after all
    for _ in range(3):
        session.moved(3, b"\x32" if session.outgoing.endswith(b"\x04\x02") else b"\x12", 0.5)
    assert session.result is None
    assert session.condition is Condition.OFFLINE


def test_every_id_letter_can_be_sent() -> None:
    """Epson allows 32 to 126."""
    assert all(32 <= letter <= 126 for letter in PROOF_LETTERS)


# --- before a byte of the slip -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "condition"),
    [
        ("paper-out", Condition.NO_PAPER),
        ("open", Condition.COVER_OPEN),
        ("offline", Condition.OFFLINE),
        ("hot", Condition.TROUBLE),
        ("broken", Condition.TROUBLE),
        ("mute", Condition.NOT_ANSWERING),
        ("late 3", Condition.NOT_ANSWERING),
        ("busy", Condition.NOT_ANSWERING),
        ("power-cut", Condition.NOT_ANSWERING),
        ("cut-cable 1", Condition.NOT_ANSWERING),
    ],
)
def test_a_printer_that_is_not_well_gets_no_byte_of_the_slip(fault: str, condition: Condition) -> None:
    world = a_world(fault)
    result = world.print(PAGE, known("confirmed"))
    assert (result.state, result.bytes_sent, result.condition) == ("pending", 0, condition)
    assert world.now <= Deadlines().answer + 0.2
    world.machine.mend_all(world.now)
    world.pass_until(world.now + 60)
    assert not any_of(world.machine, PAGE)


def test_paper_near_its_end_is_told_and_prints() -> None:
    result = a_world("near-end").print(PAGE, known("confirmed"))
    assert (result.state, result.proof, result.condition) == ("printed", "confirmed", Condition.NEAR_END)


def test_silence_is_no_news_of_a_printer_that_never_answers() -> None:
    for level, condition in (("handed_over", Condition.NOT_ASKED), ("confirmed", Condition.NOT_ANSWERING)):
        world = a_world("mute")
        assert world.printer().ask(known(level, clock=world.clock)) is condition  # type: ignore[arg-type]


def test_a_look_asks_for_the_cause_and_sends_nothing_else() -> None:
    world = a_world("open")
    told = list[Condition]()
    printer = world.printer()
    assert printer.ask(Manner(clock=world.clock, tell=told.append)) is Condition.COVER_OPEN
    assert told == [Condition.COVER_OPEN], "offline is no word for a person while the cause can be asked"
    assert world.machine.present.rows == 0


# --- in the middle -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["confirmed", "processed"])
@pytest.mark.parametrize(
    ("fault", "condition"),
    [("paper-out 12", Condition.NO_PAPER), ("open 12", Condition.COVER_OPEN), ("jam 1", Condition.CUTTER)],
)
def test_a_job_that_was_held_up_goes_on_by_itself_and_is_printed_once(
    fault: str, condition: Condition, level: Proof
) -> None:
    world, told = a_world(fault), list[Condition]()
    world.after(300, lambda: world.machine.mend_all(world.now))
    result = world.print(PAGE, known(level, tell=told.append))
    assert (result.state, result.proof, result.held_up) == ("printed", level, True)
    assert told == [Condition.READY, condition, Condition.READY]
    assert world.now > 300
    world.pass_until(world.now + 5)
    assert whole_slips(world.machine, PAGE) == 1


def test_patience_with_a_printer_ends_and_the_paper_is_unknown() -> None:
    world = a_world("paper-out 12")
    result = world.print(PAGE, known("confirmed", deadlines=Deadlines(patience=30.0)))
    assert (result.state, result.condition) == ("unknown", Condition.NO_PAPER)
    assert 30 < world.now < 35


def test_a_printer_that_holds_the_job_prints_it_after_all_so_it_is_never_sent_twice_unasked() -> None:
    """The twin: whoever resends when the paper is out gets two slips. This one only waits."""
    world = a_world("paper-out 12", buffer_bytes=65536)
    result = world.print(PAGE, known("confirmed", deadlines=Deadlines(patience=30.0)))
    assert result.state == "unknown"
    world.machine.reload(world.now)
    world.pass_until(world.now + 10)
    assert whole_slips(world.machine, PAGE) == 1


@pytest.mark.parametrize("at", [80, 700, 3000, 6900])
@pytest.mark.parametrize("fault", ["cut-cable", "power-cut", "mute"])
def test_a_printer_that_is_lost_in_the_middle_leaves_the_paper_unknown_within_its_deadline(fault: str, at: int) -> None:
    world = a_world(f"{fault} {at}")
    result = world.print(PAGE, known("confirmed"))
    assert (result.state, result.proof, result.condition) == ("unknown", None, Condition.NOT_ANSWERING)
    assert world.now < 10


# --- the job after a broken one ------------------------------------------------------------------------------------


def second_band() -> int:
    """How many bytes a printer has received when the second band of `PAGE` begins."""
    job, questions, status_on = encode(PAGE), 6 + len(Wholeness("confirmed", b"QSUW").making), 3
    width, rows = (int.from_bytes(job.body[at : at + 2], "little") for at in (4, 6))
    return questions + len(job.start) + status_on + BAND_HEADER_BYTES + width * rows


def _broken_in_a_band(world: World, level: Proof = "confirmed") -> None:
    world.machine.strike(Fault(Kind.CUT_CABLE, second_band() + 100), 0.0)
    assert world.print(PAGE, known(level)).state == "unknown"
    world.pass_until(world.now + 1)
    assert world.machine.bytes_missing > 0


def test_after_a_broken_job_the_next_slip_is_whole() -> None:
    world = a_world()
    _broken_in_a_band(world)
    result = world.print(NEXT, known("confirmed", torn=True))
    assert (result.state, result.proof) == ("printed", "confirmed")
    assert whole_slips(world.machine, NEXT) == 1


def test_without_the_flush_the_next_slip_would_be_swallowed_and_confirmed_all_the_same(
    without_a_flush: None,
) -> None:
    world = a_world()
    _broken_in_a_band(world)
    result = world.print(NEXT, known("confirmed"))
    assert (result.state, result.proof) == ("printed", "confirmed")
    assert whole_slips(world.machine, NEXT) == 0


@pytest.mark.parametrize("level", ["confirmed", "processed"])
def test_what_another_host_left_torn_on_a_shared_printer_is_cut_off_before_our_slip(level: Proof) -> None:
    """Half a coupon of somebody else's, on the guest's own paper, would be a second drink."""
    world = a_world(process_id=level == "confirmed")
    _broken_in_a_band(world, level)
    world.is_shared = True
    assert world.print(NEXT, known(level)).proof == level
    world.pass_until(world.now + 5)
    assert whole_slips(world.machine, NEXT) == 1
    assert len(world.machine.slips) == 1 + len(_parts(NEXT))


def test_looks_at_a_shared_printer_do_not_wipe_the_traces_of_a_torn_slip() -> None:
    """What every look sends fills the picture that broke off, until a call finds nothing amiss."""
    world = a_world()
    _broken_in_a_band(world)
    world.is_shared = True
    seen = world.printer().look(known("confirmed", clock=world.clock))
    assert seen.torn
    while world.machine.bytes_missing:
        assert world.printer().look(known("confirmed", clock=world.clock, torn=seen.torn)).torn
    assert world.print(NEXT, known("confirmed", torn=seen.torn)).proof == "confirmed"
    assert whole_slips(world.machine, NEXT) == 1


def test_without_the_call_it_would_come_off_in_one_piece_with_our_slip() -> None:
    """The twin, and what is left of it with a printer that is not known yet: ours is whole, but not alone."""
    world = a_world()
    _broken_in_a_band(world)
    world.is_shared = True
    assert world.print(NEXT, known(None)).proof == "confirmed"
    assert whole_slips(world.machine, NEXT) == 0
    assert world.machine.slips[0].ink.endswith(_parts(NEXT)[0])


@pytest.mark.parametrize("level", ["confirmed", "processed"])
def test_on_a_shared_printer_that_is_well_the_call_costs_a_moment_and_no_paper(level: Proof) -> None:
    world = a_world()
    world.is_shared = True
    began = world.now
    assert world.print(PAGE, known(level)).proof == level
    alone = a_world()
    alone.print(PAGE, known(level))
    assert world.now - began < alone.now + 0.1
    world.pass_until(world.now + 5)
    assert whole_slips(world.machine, PAGE) == 1
    assert len(world.machine.slips) == len(_parts(PAGE))


def test_the_answer_to_the_call_proves_nothing_of_the_job() -> None:
    session = Session(JOB, Terms(reads_back=True, level="confirmed", shared=True, proof_id=b"QSUW"), 0.0)
    session.moved(BAND_HEADER_BYTES, b"", 0.0)
    _through_preflight(session)
    session.moved(len(session.outgoing), b"\x37\x22SUWY\x00", 0.2)
    assert session.outgoing == Wholeness("confirmed", b"QSUW").making, "nothing of anybody's is half sent, so no flush"
    session.moved(len(session.outgoing), b"\x37\x22SUWY\x00", 0.3)
    assert session.result is None


# --- answers that do not come --------------------------------------------------------------------------------------


MUTE_WHILE_ITS_PAPER_IS_CHANGED = {3.0: "mute", 12.0: "speak", 15.0: "reload"}
MUTE_UNTIL_THE_SLIP_IS_OUT = {3.0: "mute", 6.0: "reload", 12.0: "speak"}


def a_roll_is_changed(world: World, happens: dict[float, str]) -> None:
    for moment, what in happens.items():
        world.after(moment, partial(_befall, world, what))


def _befall(world: World, what: str) -> None:
    match what:
        case "reload":
            world.machine.reload(world.now)
        case "speak":
            world.machine.mend(Kind.MUTE, world.now)
        case "free":
            world.machine.mend(Kind.BUSY, world.now)
        case _:
            world.machine.strike(parse(what), world.now)


@pytest.mark.parametrize("level", ["confirmed", "processed"])
def test_a_printer_that_was_mute_while_it_waited_for_paper_is_heard_when_it_speaks_again(level: Proof) -> None:
    world = a_world("paper-out 20")
    a_roll_is_changed(world, MUTE_WHILE_ITS_PAPER_IS_CHANGED)
    result = world.print(PAGE, known(level))
    assert (result.state, result.proof, result.held_up) == ("printed", level, True)


@pytest.mark.parametrize("level", ["confirmed", "processed"])
def test_a_printer_that_proved_the_slip_while_it_was_mute_is_seen_to_be_well_and_waited_for_no_longer(
    level: Proof,
) -> None:
    """The proof is lost, and there is no mark, so somebody must look; nobody waits for paper that is in."""
    world, told = a_world("paper-out 20", macros=False), list[Condition]()
    a_roll_is_changed(world, MUTE_UNTIL_THE_SLIP_IS_OUT)
    result = world.print(PAGE, known(level, tell=told.append))
    assert result.state == "unknown"
    assert told[1] is Condition.NO_PAPER
    assert told[-1].can_print
    assert world.now < 12 + Deadlines().proof + 5


@pytest.mark.parametrize("level", ["confirmed", "processed"])
def test_a_printer_that_keeps_a_mark_and_was_mute_while_it_proved_the_slip_is_asked_once_more(level: Proof) -> None:
    world = a_world("paper-out 20")
    a_roll_is_changed(world, MUTE_UNTIL_THE_SLIP_IS_OUT)
    result = world.print(PAGE, known(level))
    assert (result.state, result.proof, result.held_up) == ("printed", level, True)
    assert whole_slips(world.machine, PAGE) == 1


def test_a_question_that_is_asked_once_would_be_waited_for_until_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: fifteen minutes without printing, before a printer that is ready."""
    monkeypatch.setattr(Session, "_ask_again", lambda *_: None)
    world = a_world("paper-out 20")
    a_roll_is_changed(world, MUTE_UNTIL_THE_SLIP_IS_OUT)
    result = world.print(PAGE, known("confirmed"))
    assert (result.state, result.condition) == ("unknown", Condition.NO_PAPER)
    assert world.now > Deadlines().patience


def test_one_answer_that_is_lost_costs_a_moment_and_no_doubt() -> None:
    world = a_world(process_id=False, speed_mm_s=5.0, buffer_bytes=65536)
    world.after(2.0, lambda: world.machine.strike(parse("drop 1"), world.now))
    result = world.print(PAGE, known("processed"))
    assert (result.state, result.proof) == ("printed", "processed")


def test_a_first_question_that_is_lost_is_asked_once_more_on_a_shared_printer() -> None:
    world = a_world("drop 1")
    world.is_shared = True
    assert world.print(PAGE, known("confirmed")).proof == "confirmed"


def test_a_stop_that_the_printer_has_no_word_for_is_noticed_by_the_bytes_it_does_not_take() -> None:
    """A printer without automatic status, out of paper for four seconds: its slip is in two pieces."""
    world = a_world("paper-out 10", auto_status=False, buffer_bytes=128)
    world.cable_bytes = 64
    world.after(5.0, partial(_befall, world, "reload"))
    result = world.print(PAGE, known("confirmed"))
    assert (result.state, result.held_up) == ("printed", True)


def test_a_slip_that_went_on_without_a_stop_is_not_called_held_up() -> None:
    """The twin: slow as a printer can be, and small its buffer, bytes are taken all the time."""
    world = a_world(speed_mm_s=20.0, auto_status=False, buffer_bytes=128)
    world.cable_bytes = 64
    assert not world.print(PAGE, known("confirmed")).held_up


def test_a_roll_that_was_changed_is_not_nearly_used_up() -> None:
    world = a_world("paper-out 20", auto_status=False)
    world.after(6.0, partial(_befall, world, "reload"))
    assert world.print(PAGE, known("confirmed")).condition is Condition.READY


@pytest.mark.parametrize(("served_after_s", "state"), [(4.0, "printed"), (10.0, "pending")])
def test_a_shared_printer_that_serves_another_host_gets_the_time_of_its_slip(served_after_s: float, state: str) -> None:
    world, told = a_world("busy"), list[Condition]()
    world.is_shared = True
    world.after(served_after_s, partial(_befall, world, "free"))
    result = world.print(PAGE, known("confirmed", tell=told.append))
    assert result.state == state
    assert told[0] is Condition.NOT_ANSWERING, "the screen says so at once"


def test_a_question_alone_would_be_taken_for_the_size_of_a_picture(without_a_flush: None) -> None:
    """The twin of the few white bytes before the first question."""
    world = a_world()
    world.machine.strike(Fault(Kind.CUT_CABLE, second_band() + 5), 0.0)
    assert world.print(PAGE, known("confirmed")).state == "unknown"
    world.printer().ask(Manner(clock=world.clock))
    world.pass_until(world.now + 1)
    assert world.machine.bytes_missing > 1_000_000


def test_the_flush_is_as_long_as_the_longest_command_we_send() -> None:
    assert max(encode(PAGE).swallows, encode(small_page(mark=9)).swallows) <= FLUSH_BYTES


@pytest.fixture
def without_a_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken away, for the twins."""
    monkeypatch.setattr(session_module.Session, "_flushes", property(lambda _: False))


def test_an_answer_to_the_broken_job_is_not_taken_for_one_to_this() -> None:
    """The printer still holds the broken job; its answer comes when the paper does, into our conversation."""
    world = a_world("paper-out 20", process_id=False, buffer_bytes=65536)
    broken = world.print(PAGE, known("processed", deadlines=Deadlines(patience=5.0)))
    assert broken.state == "unknown"
    world.machine.reload(world.now)
    result = world.print(NEXT, known("processed", torn=True))
    assert (result.state, result.proof) == ("printed", "processed")
    world.pass_until(world.now + 5)
    assert whole_slips(world.machine, NEXT) == 1


# --- connections that cannot answer --------------------------------------------------------------------------------


def test_a_spooler_gets_the_job_and_nothing_else() -> None:
    session = Session(JOB, Terms(reads_back=False), 0.0)
    assert session.outgoing == JOB.whole
    session.moved(len(JOB.whole), b"", 0.1)
    assert session.wants_hand_over
    session.handed_over("job 17")
    assert session.result is not None
    assert (session.result.state, session.result.proof, session.result.detail) == ("printed", "handed_over", "job 17")
    assert session.farewell == b""


def test_a_device_that_cannot_answer_gets_the_flush_too() -> None:
    session = Session(JOB, Terms(reads_back=False, torn=True), 0.0)
    assert session.outgoing.startswith(bytes(FLUSH_BYTES))
    session.moved(FLUSH_BYTES, b"", 0.1)
    assert session.body_sent == 0
    session.broke("unplugged")
    assert session.result is not None
    assert session.result.state == "pending"


def test_a_line_that_swears_that_nothing_left_leaves_the_job_pending() -> None:
    session = Session(JOB, Terms(reads_back=False), 0.0)
    session.moved(100, b"", 0.1)
    session.broke("the queue refused it", nothing_left=True)
    assert session.result is not None
    assert (session.result.state, session.result.bytes_sent) == ("pending", 0)


# --- helpers -------------------------------------------------------------------------------------------------------


def _parts(page: object) -> list[bytes]:
    from tests.receipts.simulation import parts

    return parts(page)  # type: ignore[arg-type]


def _through_preflight(session: Session) -> None:
    assert session.outgoing == b"\x10\x04\x01"
    session.moved(3, WELL, 0.01)
    assert session.outgoing == b"\x10\x04\x04"
    session.moved(3, WELL, 0.02)


def _to_the_last_byte(session: Session, mark: bytes) -> None:
    """`mark` is what a printer says while one is made."""
    _through_preflight(session)
    session.moved(len(session.outgoing), mark, 0.03)
    while session.outgoing:
        session.moved(len(session.outgoing), b"", 0.05)


def test_a_garbling_printer_is_never_believed() -> None:
    for seed in range(50):
        world = a_world()
        world.machine.strike(parse("garbled"), 0.0)
        world.machine._outbox._random.seed(seed)
        result = world.print(PAGE, known("confirmed"))
        assert result.proof is None, seed
        assert world.now < GONE_BY


def test_kinds_of_faults_are_all_tried_somewhere() -> None:
    """The thousands of bad days in `tests/chaos` draw from every kind."""
    from tests.chaos.test_printer_faults import Day

    drawn = {fault.kind for number in range(400) for fault in Day.draw(number).faults}
    assert drawn == set(Kind)
