"""Something else at the printer's address is said to be no printer, gets no byte of a slip, and is never fine."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from receipts.escpos.job import Job
from receipts.escpos.raster_job import encode
from receipts.printers.open_printer import Manner, open_printer
from receipts.talk.conversation import Conversation
from receipts.talk.replies import Automatic, Replies
from receipts.talk.session import Session
from receipts.values.deadlines import Deadlines, Terms
from receipts.values.paper import PAPER_58
from receipts.values.result import Proof
from receipts.values.status import Condition
from tests.receipts import other_machines as strangers
from tests.receipts.other_machines import GREETINGS, REFUSALS, Stranger, at_an_address
from tests.receipts.simulation import World, small_page
from tests.receipts.talk.test_session import a_world, known

LONGEST_S = 3.0
"""Of somebody who waits for a word on the printer."""
JOB = Job(b"\x1b@", (b"\x1dv0\0\x01\0\x01\0\xaa", b"\x1dV\x42\0"), 9)
WELL = b"\x12"
OTHERS: dict[str, dict[str, Any]] = {
    **{f"{name} greets": {"greets": words} for name, words in GREETINGS.items()},
    **{f"{name} greets, letter by letter": {"greets": words, "drips": True} for name, words in GREETINGS.items()},
    **{f"{name} greets and hangs up": {"greets": words, "hangs_up": True} for name, words in GREETINGS.items()},
    **{f"{name} answers": {"answers": lambda _, words=words: words} for name, words in REFUSALS.items()},
    **{
        f"{name} answers and hangs up": {"answers": lambda _, words=words: words, "hangs_up": True}
        for name, words in REFUSALS.items()
    },
    "an echo": {"answers": bytes},
    "a receiver of satellites": {"greets": b"$GPGGA,123519,4807.038,N,01131.000,E,1,08*47\r\n", "goes_on": True},
}
PAGE = small_page()


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_no_printer_is_said_to_be_none_and_gets_no_slip(other: str) -> None:
    stranger = Stranger(**OTHERS[other])
    assert stranger.printer().ask(Manner(clock=stranger.clock)) is Condition.NO_PRINTER
    assert stranger.now < LONGEST_S
    result = stranger.printer().print(PAGE, "slip", Manner(clock=stranger.clock))
    assert (result.state, result.bytes_sent, result.condition) == ("pending", 0, Condition.NO_PRINTER)
    assert encode(PAGE).commands[0] not in stranger.got


@pytest.mark.parametrize("level", ["confirmed", "processed", "handed_over"])
@pytest.mark.parametrize("other", [name for name in OTHERS if "hangs up" not in name])
def test_nor_does_one_that_has_taken_the_place_of_a_printer(other: str, level: Proof) -> None:
    """Also of a printer that never answers: what has been heard is an answer."""
    stranger = Stranger(**OTHERS[other])
    result = stranger.printer().print(PAGE, "slip", Manner(level=level, clock=stranger.clock))
    assert (result.state, result.bytes_sent, result.condition) == ("pending", 0, Condition.NO_PRINTER)


@pytest.mark.parametrize(
    "talk", [strangers.greets_as_ftp, strangers.refuses_as_web_server, strangers.echoes, strangers.serves_tls]
)
def test_so_it_is_of_real_servers(talk: Callable[[socket.socket], object], tmp_path: Path) -> None:
    with at_an_address(talk) as url:
        assert open_printer(url, tmp_path, PAPER_58).ask() is Condition.NO_PRINTER


def test_believed_as_it_comes_a_greeting_would_be_the_state_of_a_printer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""

    def believe(session: Session, now: float) -> None:
        session._know(session._interview.conclude(), now)
        session._after_preflight(now)

    monkeypatch.setattr(Conversation, "_believed", lambda self, received, _: self._replies.feed(received))
    monkeypatch.setattr(Session, "_end_preflight", believe)
    told = set()
    for says in OTHERS.values():
        stranger = Stranger(**says)
        told.add(stranger.printer().ask(Manner(clock=stranger.clock)))
    assert {Condition.READY, Condition.COVER_OPEN, Condition.NO_PAPER} <= told


def test_who_hangs_up_is_no_printer_unless_it_has_been_one(tmp_path: Path) -> None:
    """A printer's network card may have no time for a second host."""
    with at_an_address(lambda _: None) as url:
        printer = open_printer(url, tmp_path, PAPER_58)
        new, known_one = (printer.print(PAGE, "slip", Manner(level=level)) for level in (None, "confirmed"))
    assert (new.state, new.condition) == ("pending", Condition.NO_PRINTER)
    assert (known_one.state, known_one.condition) == ("pending", Condition.NOT_ANSWERING)


# --- a printer is still one ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("crackle", [b"\xff", b"\x00\xff", b"\x80", b"QSUW\0", b"UW\0\0", b"\xf8\x80\xfe", b"r\xff"])
def test_a_printer_on_a_line_that_crackles_is_asked_again_and_prints(crackle: bytes) -> None:
    """A serial adapter that is opened, or what is left of an answer to somebody else."""
    session = Session(JOB, Terms(reads_back=True), 0.0)
    session.moved(3, crackle, 0.01)
    assert session.outgoing == b"", "nothing is asked while the line is not quiet"
    session.moved(0, b"", 0.5)
    assert session.outgoing == b"\x10\x04\x01"
    session.moved(3, WELL, 0.51)
    session.moved(3, WELL, 0.52)
    assert session.outgoing, "on to the slip"
    assert session.condition is Condition.READY


def test_a_line_that_never_gets_quiet_is_given_up_after_a_moment() -> None:
    session = Session(JOB, Terms(reads_back=True), 0.0)
    session.moved(3, b"", 0.0)
    for tick in range(1, 25):
        session.moved(0, b"g\xff", tick / 10)
    assert session.result is not None
    assert (session.result.state, session.result.condition) == ("pending", Condition.NO_PRINTER)


def test_a_status_that_nobody_asked_for_is_none_before_the_slip() -> None:
    """Four letters of a web page, `<!DO`, would be an open cover; of a printer it is what another host had it say."""
    (told,) = Replies().feed(b"<!DO")
    assert isinstance(told, Automatic)
    assert told.status.condition is Condition.COVER_OPEN
    session = Session(JOB, Terms(reads_back=True), 0.0)
    session.moved(3, b"<!DO", 0.01)
    assert session.condition is Condition.NOT_ASKED


def test_once_it_was_told_to_a_printer_is_heard_unasked() -> None:
    """The twin: that is how an open cover in the middle of a slip is noticed at once."""
    world = a_world("open 4", process_id=True)
    told: list[Condition] = []
    result = world.print(small_page(), known("confirmed", tell=told.append, deadlines=Deadlines(patience=5.0)))
    assert Condition.COVER_OPEN in told
    assert result.state == "unknown"


@pytest.mark.parametrize("fault", ["open 0", "paper-out 0"])
def test_what_a_printer_lacks_before_a_slip_is_told_as_ever(fault: str) -> None:
    """Its answers may be letters: they are believed when nothing follows them."""
    world: World = a_world(fault)
    seen = world.printer().look(known(None, clock=world.clock))
    assert seen.condition in {Condition.COVER_OPEN, Condition.NO_PAPER}
    assert world.now < 1.5
