"""A scanner types into the real program in a real terminal, from every screen, while one core is kept busy.

Every screen gets every speed; the endings go round, so that over five screens every speed has had every ending, and
every screen has had all five. Slips that have to wait are scanned one at each speed into the same screen, and come up
in order. One program serves all of it: starting it, and signing in, would cost more than the scans.

Nothing here is timed: how soon the answer stands there is the business of `tests/bench/scanning.py`.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from pos_recovery.rules.codes import printed
from pos_recovery.system.locations import Home
from tests.tui.real.real_counter import (
    AT_THE_GRID,
    ECHO_S,
    ENTER,
    F4,
    F10,
    GOOD,
    IN_HAND,
    NO_PAPER,
    PLACES,
    SLIP,
    USED,
    Counter,
    Place,
    counter_open,
    sign_in,
)

pytestmark = pytest.mark.long

SPEEDS_S = (0.0, 0.001, 0.005, 0.01, 0.02)
ENDINGS = ("\r", "\n", "\r\n", "\t", "")


def rounds(nth: int) -> list[tuple[float, str]]:
    """Every speed, each with another ending; the next place begins with the next ending."""
    return [(every_s, ENDINGS[(nth + speed) % len(ENDINGS)]) for speed, every_s in enumerate(SPEEDS_S)]


@pytest.mark.parametrize(("nth", "place"), list(enumerate(PLACES)), ids=str)
def test_a_scan_is_answered_from_every_screen_and_leaves_it_as_it_was(nth: int, place: Place, counter: Counter) -> None:
    counter.press(*place.keys)
    for words in place.words:
        counter.shown.wait_for(words)
    before, on_record = counter.rest(), counter.ledger()
    for every_s, ending in rounds(nth):
        code = counter.code()
        counter.scan(code, every_s, ending)
        counter.await_good(code, f"from {place.name} at {every_s} s and {ending!r}")
        counter.leave_answer(before, f"a scan from {place.name}")
        assert counter.ledger() == on_record
    counter.back(place.escapes)
    counter.shown.wait_for(AT_THE_GRID)


def test_a_refusal_makes_room_for_a_scan_and_gives_nothing_away(counter: Counter) -> None:
    for every_s, ending in rounds(1):
        counter.scan(counter.used, every_s, ending)
        counter.shown.wait_for(USED)
        counter.rest()
        on_record = counter.ledger()
        code = counter.code()
        counter.scan(code, every_s, ending)
        counter.await_good(code, f"from a refusal at {every_s} s and {ending!r}")
        assert counter.ledger() == on_record
        counter.back(2)


def test_guest_after_guest_is_served_by_a_scan_and_two_keys(counter: Counter) -> None:
    """Scans come where the ending of the last story still stands."""
    for guest, (every_s, ending) in zip(counter.guests, rounds(2), strict=False):
        on_record = counter.ledger()
        counter.scan(guest, every_s, ending)
        counter.await_good(guest, f"after a guest at {every_s} s and {ending!r}")
        assert counter.ledger() == on_record
        counter.shown.follow(ECHO_S)
        counter.press(ENTER)
        counter.shown.wait_for("✔  REDEEMED")
        counter.press("1")
        counter.shown.wait_for("Esc Back")
        served = on_record | {"coupon_event": on_record["coupon_event"] + 2}
        counter.shown.wait_until(lambda: counter.ledger() == served, "the ending on record")  # noqa: B023  waited for here
    counter.back(1)


def scan_and_see_them_wait(counter: Counter, nth: int) -> list[str]:
    """A scan at every speed, none of them answered yet. Returns their codes."""
    codes = [counter.code() for _ in SPEEDS_S]
    for waiting, (code, (every_s, ending)) in enumerate(zip(codes, rounds(nth), strict=True), start=1):
        counter.scan(code, every_s, ending)
        counter.shown.wait_for(f"▣ {waiting} scanned")
        counter.shown.follow(ECHO_S)
    return codes


def see_them_come_up(counter: Counter, codes: list[str]) -> None:
    """One after another, in order."""
    for code in codes:
        counter.await_good(code, "when its turn had come")
        counter.rest()
        counter.back(1)


def test_while_somebody_is_served_scans_wait_and_confirm_nothing(counter: Counter) -> None:
    served = counter.guests[-1]
    counter.scan(served, 0.0, ENTER)
    counter.await_good(served, "first")
    on_record = counter.ledger()
    codes = scan_and_see_them_wait(counter, 3)
    assert printed(served) in counter.screen
    assert counter.ledger() == on_record
    counter.press(ENTER)
    counter.shown.wait_for("✔  REDEEMED")
    on_record = counter.ledger()
    last = next(code for code in counter.good if code not in codes)
    counter.scan(last, *rounds(3)[2])
    counter.shown.wait_for(f"▣ {len(codes) + 1} scanned")
    assert "✔  REDEEMED" in counter.screen
    assert counter.ledger() == on_record
    counter.press("3")
    see_them_come_up(counter, [*codes, last])
    counter.back(1)
    sign_out_and_in(counter)


def test_signed_out_scans_fill_no_pin_and_wait_for_somebody(counter: Counter) -> None:
    counter.press(F10)
    counter.shown.wait_for("Who are you?")
    on_record = counter.ledger()
    codes = scan_and_see_them_wait(counter, 4)
    assert "○ ○ ○ ○" in counter.screen
    assert "●" not in counter.screen.replace("● printer", "")
    sign_in(counter)
    see_them_come_up(counter, codes)
    assert counter.ledger() == on_record
    counter.back(1)
    sign_out_and_in(counter)


def sign_out_and_in(counter: Counter) -> None:
    """Takes the notices of waiting scans from the screen."""
    counter.shown.wait_for(AT_THE_GRID)
    counter.press(F10)
    sign_in(counter)
    counter.shown.wait_for(AT_THE_GRID)
    counter.shown.wait_for("given")


def test_while_a_slip_prints_scans_wait_and_answer_nothing_that_is_asked(counter: Counter) -> None:
    counter.press(F4)
    counter.shown.wait_for("Slips of today")
    counter.press("p")
    counter.shown.wait_for("Printing")
    on_record = counter.ledger()
    codes = scan_and_see_them_wait(counter, 0)
    assert "Printing" in counter.screen
    counter.printer.suffer("paper-out 1")
    counter.printer.print_on()
    see_them_come_up(counter, codes)
    counter.back(1)
    counter.shown.wait_for(NO_PAPER)
    scan_over(counter, NO_PAPER)
    counter.printer.reload()
    counter.shown.wait_for(IN_HAND)
    scan_over(counter, IN_HAND)
    assert counter.ledger() == on_record
    counter.press("y")
    counter.shown.wait_for("Slips of today")
    counter.back(1)
    sign_out_and_in(counter)


def scan_over(counter: Counter, words: str) -> None:
    """A scan at every speed over the paper's screen that says `words`, which stays as it was."""
    for every_s, ending in rounds(1):
        code = counter.code()
        counter.scan(code, every_s, ending)
        counter.await_good(code, f"over {words!r} at {every_s} s and {ending!r}")
        counter.back(2)
        counter.shown.wait_for(words)


SAID = "the 2 flat whites were cold; she was kind about it"
HOME, SEEN = "\x1b[H", len(SAID) // 2 + 1
"""The beginning of a field, and so much of a text as it shows."""


def test_what_a_person_types_arrives_whole_and_is_no_scan(counter: Counter) -> None:
    chance = Random(4)  # noqa: S311  a person with a seed
    counter.press("3", "n")
    counter.shown.type_at([(letter, chance.uniform(0.06, 0.14)) for letter in SAID])
    counter.shown.wait_for(SAID[-SEEN:])
    assert SLIP in counter.screen
    counter.press(HOME)
    counter.shown.wait_for(SAID[:SEEN])
    counter.back(2)


def test_believing_in_no_scanners_a_register_does_what_the_letters_say(template: Home, tmp_path: Path) -> None:
    """The twin."""
    with counter_open(template, tmp_path / "home", module="tests.tui.real.register_without_detector") as counter:
        counter.press("3")
        before = counter.rest()
        counter.scan(counter.code(), 0.005, "")
        counter.shown.wait_until(lambda: counter.screen != before, "what the letters do")
        counter.rest()
        assert GOOD not in counter.screen
