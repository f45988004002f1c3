"""The printer's own power fails in the middle of a slip while the line stays open: no proof without a whole slip.

A sample in simulated time, on every kind of printer; `tests/bench/blackouts.py` tries every byte, here and at emupos.
"""

from __future__ import annotations

from random import Random

import pytest

from receipts.talk.proof import Wholeness
from receipts.talk.session import Session
from tests.receipts.blackouts import INSTANT, STARTS_IN_S, Kept, kinds, last_answer_alone, lies, narrow_page, several
from tests.receipts.blackouts import printed as printed_on
from tests.receipts.samples import sample

PAGE = narrow_page()
ID = Kept("confirmed")
IN_ORDER = Kept("processed", {"process_id": False})
WITHOUT_MARKS = (
    Kept("confirmed", {"macros": False}),
    Kept("processed", {"process_id": False, "macros": False}),
)


@pytest.mark.parametrize("kept", list(kinds()), ids=str)
def test_nothing_is_proved_of_a_slip_in_which_the_power_failed(kept: Kept) -> None:
    first = sum(str(kept).encode()) % 331
    offs = (INSTANT, STARTS_IN_S) if kept.keeps_marks else (STARTS_IN_S, 1.0)
    assert lies(PAGE, kept, offs, step=331, first=first) == []


@pytest.mark.parametrize("kept", [ID, IN_ORDER, *WITHOUT_MARKS], ids=str)
def test_by_the_last_answer_alone_torn_slips_would_be_proved(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wholeness, "compose", last_answer_alone)
    assert lies(PAGE, kept, [INSTANT], step=97)


@pytest.mark.parametrize("kept", [ID, IN_ORDER], ids=str)
def test_with_questions_and_no_mark_a_failure_between_two_of_them_would_not_be_noticed(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wholeness, "is_marked", property(lambda _: False, lambda *_: None), raising=False)
    assert lies(PAGE, kept, [INSTANT], step=29)


def test_power_that_fails_several_times_is_noticed_too() -> None:
    chance = Random(1)  # noqa: S311  drawn alike every time
    for kept in (ID, IN_ORDER, *WITHOUT_MARKS):
        right = printed_on(PAGE, kept).paper
        for _ in range(12):
            assert several(PAGE, kept, INSTANT if kept.keeps_marks else STARTS_IN_S, chance).is_true(right)


@pytest.mark.parametrize("kept", [ID, IN_ORDER, WITHOUT_MARKS[1]], ids=str)
def test_a_slip_in_the_printers_own_letters_is_proved_no_less_strictly(kept: Kept) -> None:
    offs = [INSTANT] if kept.keeps_marks else [STARTS_IN_S]
    assert lies(sample("de"), kept, offs, step=997, first=331) == []


def test_power_that_fails_between_the_last_byte_and_the_last_cut_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything was taken and answered; the paper was still on its way to the cutter."""
    for kept in (IN_ORDER, WITHOUT_MARKS[1]):
        good = printed_on(PAGE, kept)
        for back in range(1, 40):
            outcome = printed_on(PAGE, kept, [good.received - back], STARTS_IN_S)
            assert outcome.is_true(good.paper), (kept, back, outcome)
    monkeypatch.setattr(Session, "_await_rest", lambda self, now: self._end("printed", "so it says", proof="processed"))
    good = printed_on(PAGE, IN_ORDER)
    assert not good.is_true(printed_on(PAGE, ID).paper), "the twin: nothing waits for the cut"
