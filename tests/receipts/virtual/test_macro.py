"""The macro a printer keeps: carried out on request, kept through a reset, gone with the power."""

from receipts.virtual.device.faults import Kind, parse
from receipts.virtual.device.mechanism import DOTS_PER_MM
from tests.receipts.virtual.hosts import ASK_IN_ORDER, RESET, Host, answer_to, ask_process_id, band, printer

KEEP = b"\x1d:"
LEARN = KEEP + ask_process_id(b"kept") + KEEP


def carry_out(times: int = 1) -> bytes:
    return b"\x1d^" + bytes((times, 0, 0))


def said(host: Host, words: bytes) -> bytes:
    host.heard.clear()
    host.send(words)
    host.rest()
    return bytes(host.heard)


def test_what_is_learned_is_carried_out_at_once_and_whenever_it_is_asked_for() -> None:
    host = printer()
    assert said(host, LEARN) == answer_to(b"kept")
    assert said(host, carry_out(2)) == answer_to(b"kept") * 2
    assert said(host, carry_out(0)) == b""


def test_a_reset_leaves_it_and_a_power_failure_does_not() -> None:
    host = printer()
    said(host, LEARN + RESET)
    assert said(host, carry_out()) == answer_to(b"kept")
    host.machine.strike(parse("blackout"), host.now)
    host.machine.mend(Kind.BLACKOUT, host.now)
    assert said(host, carry_out() + ASK_IN_ORDER) == b"\0"


def test_beginning_anew_forgets_what_was_learned() -> None:
    host = printer()
    said(host, LEARN + KEEP + KEEP)
    assert said(host, carry_out()) == b""


def test_carrying_out_while_it_learns_forgets_everything() -> None:
    host = printer()
    said(host, KEEP + ask_process_id(b"kept") + carry_out())
    assert said(host, carry_out()) == b""


def test_a_picture_can_be_kept_as_far_as_there_is_room() -> None:
    host = printer()
    said(host, KEEP + band(48, 10) + band(48, 40) + KEEP)
    before = host.machine.moved_mm
    said(host, carry_out())
    kept_rows = (host.machine.moved_mm - before) * DOTS_PER_MM
    assert 10 <= kept_rows <= 2048 / 48, "the second does not fit"


def test_a_printer_without_macros_skips_them_and_what_comes_next_is_heard() -> None:
    host = printer(macros=False)
    assert said(host, LEARN + carry_out(2) + ASK_IN_ORDER) == answer_to(b"kept") + b"\0"
