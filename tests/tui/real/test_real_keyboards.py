"""Slow scanners, in both protocols that terminals speak, whatever is locked, whatever their ending: they press nothing.

`test_real_scans` has the quick ones. Here each letter is let through before anybody can know that a scanner typed it;
what it did is taken back. The keyboards, paces and endings go round, so that over all screens each has met each. Ten
thousand more are in `test_scan`, and as many as you like in `python -m tests.bench.scans`.
"""

from __future__ import annotations

import pytest

from tests.tui.real.keyboards import KEYBOARDS
from tests.tui.real.real_counter import ECHO_S, ENTER, ESC, F2, GOOD, PLACES, Counter, Place

pytestmark = pytest.mark.long

PACES_S = (0.03, 0.045, 0.06, 0.075, 0.09)
ENDINGS = ("\r", "<keypad enter>", "\t", "<down>", "\r\n", "<f12>", "")
ROUNDS = 2


def rounds(nth: int) -> list[tuple[str, float, str]]:
    """A keyboard, a pace and an ending each."""
    names = list(KEYBOARDS)
    turns = range(nth * ROUNDS, nth * ROUNDS + ROUNDS)
    return [(names[turn % len(names)], PACES_S[turn % 4 + turn // 20 % 2], ENDINGS[turn % 7]) for turn in turns]


@pytest.mark.parametrize(("nth", "place"), list(enumerate(PLACES)), ids=str)
def test_a_slow_scan_is_answered_from_every_screen_and_leaves_it_as_it_was(
    nth: int, place: Place, counter: Counter
) -> None:
    counter.press(*place.keys)
    for words in place.words:
        counter.shown.wait_for(words)
    before, on_record = counter.rest(), counter.ledger()
    for keyboard, every_s, ending in rounds(nth):
        code = counter.code()
        counter.type(code + ending, every_s, KEYBOARDS[keyboard])
        counter.await_good(code, f"from {place.name} on {keyboard} at {every_s} s and {ending!r}")
        counter.shown.follow(ECHO_S)
        counter.leave_answer(before, f"a slow scan from {place.name} on {keyboard}")
        assert counter.ledger() == on_record
    counter.back(place.escapes)


@pytest.mark.parametrize("keyboard", KEYBOARDS)
def test_scanned_twice_and_over_another_slip_nothing_is_redeemed(keyboard: str, counter: Counter) -> None:
    first, second = counter.code(), counter.code()
    on_record = counter.ledger()
    for code, every_s in ((first, 0.005), (first, 0.06), (second, 0.005), (second, 0.09)):
        counter.type(code + "\r", every_s, KEYBOARDS[keyboard])
        counter.shown.follow(ECHO_S)
    counter.await_good(first, f"with another waiting, on {keyboard}")
    counter.shown.wait_for("▣ 1 scanned")
    assert counter.ledger() == on_record
    counter.back(1)
    counter.await_good(second, f"when its turn had come, on {keyboard}")
    counter.back(2)
    assert counter.ledger() == on_record


@pytest.mark.parametrize("every_s", [0.005, 0.05])
@pytest.mark.parametrize("before", ["<esc>", "]Q1", "\\000026", "]Q2\\000026"])
def test_what_a_scanner_sends_before_a_code_costs_it_nothing(before: str, every_s: float, counter: Counter) -> None:
    for keyboard in ("the old protocol", "kitty"):
        code = counter.code()
        counter.type(f"{before}{code}\r", every_s, KEYBOARDS[keyboard])
        counter.await_good(code, f"behind {before!r} on {keyboard}")
        counter.shown.follow(ECHO_S)
        counter.back(2)


@pytest.mark.parametrize("keyboard", KEYBOARDS)
def test_a_person_s_keys_do_what_they_do_in_every_protocol(keyboard: str, counter: Counter) -> None:
    """Nothing of a code is in them."""
    keys = KEYBOARDS[keyboard]
    counter.press(F2)
    counter.shown.wait_for("Look up")
    counter.type("not a code", 0.11, keys)
    counter.shown.wait_for("NOT A CODE" if "Caps" in keyboard or "both" in keyboard else "not a code")
    counter.type("\r", 0.0, keys)
    counter.shown.wait_for("PLEASE READ IT AGAIN")
    assert GOOD not in counter.screen
    counter.press(ESC, ESC)
    counter.press(ENTER)
