"""Words for every state a printer and its paper can be in, and none that calls a doubt fine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from db.tables.column_types import HELD_UP, JobState, Proof
from db.tables.facts import JobFact
from pos_recovery.printing.printer_words import (
    CONDITIONS,
    PROOFS,
    after_printing,
    after_test,
    how_it_is,
    how_it_is_meanwhile,
    state_of,
    what_it_needs,
)
from receipts.values.result import PrintResult, PrintState
from receipts.values.result import Proof as Level
from receipts.values.status import Condition

NOW = datetime(2026, 11, 14, 9, 0, tzinfo=UTC)
JOB = JobFact(
    id=1, code="7KQ4M2XD9RTC", copy=1, state=JobState.PENDING, proof=None, attempts=1, last_error="no paper",
    created_at=NOW, updated_at=NOW,
)  # fmt: skip


def test_every_condition_and_every_proof_has_words() -> None:
    assert set(CONDITIONS) == set(Condition)
    assert set(PROOFS) == {Proof.CONFIRMED, Proof.PROCESSED, Proof.HANDED_OVER, None}  # a person is no printer
    assert len({how_it_is(condition) for condition in Condition}) == len(Condition)


@pytest.mark.parametrize("condition", [each for each in Condition if each is not Condition.READY])
def test_whatever_is_wrong_comes_with_what_to_do(condition: Condition) -> None:
    said, to_do = CONDITIONS[condition]
    assert said.endswith(".")
    assert to_do.endswith((".", "?"))
    assert how_it_is(condition).startswith(said)


@pytest.mark.parametrize("condition", list(Condition))
def test_nothing_that_would_lose_a_slip_is_advised_beside_the_promise_that_it_prints_by_itself(
    condition: Condition,
) -> None:
    for told in (what_it_needs(condition), how_it_is_meanwhile(condition), after_printing(JOB, condition)):
        assert "switch" not in told.casefold()


def test_switching_off_is_the_last_resort_and_then_the_slip_is_looked_at() -> None:
    """The twin: without a slip beside it the advice is there, or nobody would ever end such an error."""
    assert how_it_is(Condition.TROUBLE) == (
        "The printer reports an error. Let it cool for a minute. Only if it still blinks, switch it off and on, and "
        "then look at the slip."
    )
    assert sum("switch" in how_it_is(condition) for condition in Condition) == 1
    assert how_it_is(Condition.CUTTER) == ("The cutter is stuck. Open the cover, take out the caught paper, close it.")


def test_while_another_program_prints_every_condition_has_words_and_what_to_do() -> None:
    assert len({how_it_is_meanwhile(condition) for condition in Condition}) == len(Condition)
    for condition in Condition:
        told = how_it_is_meanwhile(condition)
        assert told.startswith("Another program is printing")
        assert condition is Condition.NOT_ASKED or told.endswith(CONDITIONS[condition][1] or ".")


def test_the_reason_of_a_silence_is_told_once() -> None:
    assert how_it_is(Condition.NOT_ANSWERING, "connection refused").startswith(
        "The printer does not answer (connection refused). Is it on,"
    )
    assert how_it_is(Condition.NOT_ANSWERING, "the printer does not answer").count("does not answer") == 1


def test_a_slip_that_found_no_room_is_not_blamed_on_a_printer() -> None:
    told = after_printing(replace(JOB, last_error="no picture: no space left on device"), Condition.NO_ROOM)
    assert told.startswith("The disk is full. Make room on it. The slip is on record")
    told = after_printing(replace(JOB, last_error="no picture: permission denied"), Condition.NOT_WRITABLE)
    assert told.startswith("The slip cannot be written (no picture: permission denied). Is its folder there")


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_of_paper_has_a_word(state: JobState) -> None:
    job = replace(JOB, state=state, proof=Proof.CONFIRMED if state is JobState.PRINTED else None)
    assert state_of(job) == {
        "pending": "waiting", "sending": "printing", "printed": "printed", "unknown": "in doubt", "failed": "not drawn",
    }[state]  # fmt: skip


@pytest.mark.parametrize("proof", list(Proof))
def test_every_proof_has_a_word(proof: Proof) -> None:
    printed = state_of(replace(JOB, state=JobState.PRINTED, proof=proof))
    assert (printed == "printed") == (proof in {Proof.CONFIRMED, Proof.PROCESSED})


def test_a_slip_that_waits_is_told_with_what_the_printer_needs() -> None:
    assert after_printing(JOB, Condition.NO_PAPER).startswith("No paper. Put in a roll")
    silent = replace(JOB, last_error="connection refused")
    assert after_printing(silent, Condition.NOT_ANSWERING).startswith(
        "The printer does not answer (connection refused)."
    )
    assert after_printing(silent, Condition.NOT_ASKED).startswith("Not printed yet (connection refused).")
    untried = replace(JOB, last_error=None)
    assert after_printing(untried, Condition.NOT_ASKED).startswith("Not printed yet (the printer is taken).")


@pytest.mark.parametrize("state", [JobState.UNKNOWN, JobState.SENDING])
@pytest.mark.parametrize("condition", list(Condition))
def test_a_doubt_is_a_question_however_the_printer_is(state: JobState, condition: Condition) -> None:
    told = after_printing(replace(JOB, state=state, last_error=None), condition)
    assert told.startswith("Nobody can tell whether the slip came out. Please look.")
    assert "--came-out 7KQ4-M2XD-9RTC" in told
    assert "reprint 7KQ4-M2XD-9RTC" in told


def test_paper_that_is_proven_needs_no_words() -> None:
    for proof in Proof:
        told = after_printing(replace(JOB, state=JobState.PRINTED, proof=proof), Condition.READY)
        assert told == ("Sent. Is the slip in your hand?" if proof is Proof.HANDED_OVER else "")


@pytest.mark.parametrize("proof", list(Proof))
def test_a_slip_that_was_held_up_is_looked_at_whatever_proves_it(proof: Proof) -> None:
    held = replace(JOB, state=JobState.PRINTED, proof=proof, last_error=HELD_UP)
    assert state_of(held) == "perhaps in two"
    assert "It may be in two pieces: look before you hand it over." in after_printing(held, Condition.READY)
    assert "--came-out 7KQ4-M2XD-9RTC" in after_printing(held, Condition.READY)


def test_a_slip_that_was_not_even_tried_says_why() -> None:
    untried = replace(JOB, last_error=None)
    assert after_printing(untried, Condition.READY, "stopped").startswith("Not printed yet (stopped).")


def test_a_slip_that_cannot_be_drawn_shows_its_code() -> None:
    told = after_printing(replace(JOB, state=JobState.FAILED, last_error="too long"), Condition.NOT_ASKED)
    assert told == "The slip could not be drawn (too long). Write the code by hand: 7KQ4-M2XD-9RTC."


@pytest.mark.parametrize(
    ("state", "proof", "detail", "words"),
    [
        ("unknown", None, "cable", "was sent, and nothing proves it: cable. Please look at the paper."),
        ("failed", None, "too long", "cannot be drawn: too long."),
        ("pending", None, "no such queue", "was not printed: no such queue."),
        ("printed", "handed_over", "job 17", "has left: job 17. That proves nothing; please look at the paper."),
        ("printed", "processed", "", "is printed. Proof of paper: it says when it has worked through a slip."),
    ],
)
def test_a_test_slip_is_told_as_what_it_proved(state: PrintState, proof: Level | None, detail: str, words: str) -> None:
    result = PrintResult(state=state, proof=proof, bytes_sent=0, detail=detail)
    assert after_test(result, Proof(proof) if proof else None) == f"The test slip {words}"
