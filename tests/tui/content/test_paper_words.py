"""The words on paper and printers, all of them: no state without words, no doubt worded as if it were fine."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from db.tables.column_types import HELD_UP, JobState, Proof
from db.tables.facts import JobFact
from pos_recovery.rules.codes import ALPHABET
from pos_recovery.tui.content.paper_words import (
    KEPT,
    MAY_BE_BUSY,
    PAPERS,
    SETTLED,
    WORDS,
    after_test,
    needs,
    notice,
    paper_state,
    paper_word,
    waiting_lines,
    words_of,
)
from pos_recovery.tui.content.printer_badge import badge
from pos_recovery.tui.widgets.big_code import HEIGHT, WIDTH, large
from receipts.values.result import PrintResult
from receipts.values.status import Condition

NETWORK = "tcp://192.0.2.7:9100"
NOON = datetime(2026, 11, 14, 11, tzinfo=UTC)
CODE = "2JJ6RH6BCFN7"


def job(
    state: JobState, proof: Proof | None = None, *, code: str = CODE, copy: int = 1, error: str | None = None
) -> JobFact:
    return JobFact(
        id=copy,
        code=code,
        copy=copy,
        state=state,
        attempts=1,
        proof=proof,
        last_error=error,
        created_at=NOON,
        updated_at=NOON,
    )


EVERY_JOB = [
    *(job(state) for state in JobState if state is not JobState.PRINTED),
    *(job(JobState.PRINTED, proof) for proof in Proof),
    job(JobState.PRINTED, Proof.CONFIRMED, error=HELD_UP),
]


def test_every_job_has_a_word_for_the_list_and_words_for_the_screen() -> None:
    for each in EVERY_JOB:
        word = paper_word(each)
        assert word in PAPERS
        for condition in Condition:
            assert paper_state([word], condition, pictures=False) in WORDS


def test_only_what_is_proved_or_seen_is_settled() -> None:
    for each in EVERY_JOB:
        sure = each.state is JobState.PRINTED and each.proof is not Proof.HANDED_OVER and each.last_error is None
        for condition in Condition:
            assert (paper_state([paper_word(each)], condition, pictures=False) in SETTLED) is sure


@pytest.mark.parametrize(
    ("words", "condition", "state"),
    [
        (["proved", "unknown"], Condition.NO_PAPER, "unknown"),
        (["proved", "sending"], Condition.NO_PAPER, "no_paper"),
        (["pending"], Condition.READY, "printing"),
        (["pending"], Condition.NOT_ASKED, "pending"),
        (["sending"], Condition.NOT_ASKED, "printing"),
        (["proved", "sent"], Condition.NOT_ASKED, "sent"),
        (["proved", "in_hand"], Condition.READY, "in_hand"),
        (["proved", "held_up"], Condition.READY, "held_up"),
    ],
)
def test_of_several_slips_the_screen_says_what_matters_most(words: list[str], condition: Condition, state: str) -> None:
    assert paper_state(words, condition, pictures=False) == state


def test_every_condition_has_a_badge_and_only_a_printer_that_can_print_is_called_ready() -> None:
    badges = {condition: badge(condition, NETWORK) for condition in Condition}
    assert len({each.words for each in badges.values()}) == len(Condition)
    assert {condition for condition, each in badges.items() if "ready" in each.words} == {Condition.READY}
    assert {condition for condition, each in badges.items() if each.kind == "trouble"} == {
        condition for condition in Condition if not condition.can_print and condition is not Condition.NOT_ASKED
    }


@pytest.mark.parametrize("url", ["cups://kitchen", "file:///dev/usb/lp0", NETWORK])
def test_a_printer_that_was_never_asked_is_not_one_that_cannot_tell(url: str) -> None:
    assert badge(Condition.NOT_ASKED, url).words == "○ printer cannot tell"
    assert badge(None, url).words == "○ printer not asked yet"


def test_what_waits_is_counted_by_code_those_in_doubt_first() -> None:
    waiting = [
        job(JobState.PENDING, code="A" * 12),
        job(JobState.UNKNOWN, code="B" * 12),
        job(JobState.PENDING, code="B" * 12, copy=2),
        job(JobState.UNKNOWN, code="C" * 12),
        job(JobState.SENDING, code="D" * 12),
        job(JobState.FAILED, code="E" * 12),
        job(JobState.PRINTED, Proof.CONFIRMED, code="F" * 12, error=HELD_UP),
    ]
    said = ("? 1 in doubt", "◑ 1 in pieces?", "✘ 1 not drawn", "… 1 sending", "▲ 2 waiting")
    assert waiting_lines(waiting) == said
    assert waiting_lines([]) == ()


def test_a_slip_that_still_waits_is_no_news() -> None:
    assert notice(job(JobState.PENDING), pictures=False) == ""
    assert notice(job(JobState.PRINTED, Proof.HANDED_OVER), pictures=True) == ""
    assert "2JJ6-RH6B-CFN7" in notice(job(JobState.UNKNOWN), pictures=False)


@pytest.mark.parametrize("state", WORDS)
def test_nobody_is_told_to_switch_off_a_printer_and_that_the_slip_in_it_prints_by_itself(state: str) -> None:
    said = " ".join(words_of(state, NETWORK))
    assert KEPT not in said or not re.search(r"switch it off|switched off|off and on", said, re.IGNORECASE)


def test_only_a_printer_on_the_network_may_be_busy_with_another_register() -> None:
    for url, may_be in ((NETWORK, True), ("usb://04b8:0e28", False), ("serial:///dev/ttyUSB0", False)):
        needed = needs(Condition.NOT_ANSWERING, url)
        assert needed
        for said in (needed[2], words_of("not_answering", url)[2]):
            assert (MAY_BE_BUSY in said) is may_be


@pytest.mark.parametrize("condition", [each for each in Condition if not each.can_print])
def test_a_test_slip_that_waits_says_what_the_printer_needs(condition: Condition) -> None:
    result = PrintResult(state="pending", proof=None, bytes_sent=0, detail="not asked", condition=condition)
    symbol, headline, _ = after_test(result, NETWORK)
    assert symbol == "▲"
    assert headline


def test_large_letters_are_all_different_and_all_of_one_size() -> None:
    shapes = {letter: large(letter * 4) for letter in ALPHABET}
    assert len(set(shapes.values())) == len(ALPHABET)
    for shape in shapes.values():
        lines = shape.splitlines()
        assert len(lines) == (HEIGHT + 1) // 2
        assert {len(line) for line in lines} == {4 * WIDTH + 3 * 2}
