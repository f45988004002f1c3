"""A slip for which the printer stopped half-way is printed and may be in two pieces: every command says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_recovery.rules.codes import printed
from tests.commands.conftest import Call
from tests.commands.printing.printers import AtThePrinter, started, until_it_waits_for_paper, use, virtual_printer
from tests.commands.shell import Done, Shell


@pytest.fixture
def printer() -> Iterator[AtThePrinter]:
    with virtual_printer() as there:
        yield there


def held_up(shell: Shell, printer: AtThePrinter, *words: str) -> Done:
    """A command whose slip stops for paper and goes on. What it said of the missing paper is left out."""
    printer.strike("paper-out 30")
    with started(shell, printer.url, *words) as program:
        until_it_waits_for_paper(program)
        printer.reload()
        out, err = program.communicate()
    return Done(program.returncode, out, err)


def test_the_one_who_issues_is_told_to_look_before_the_slip_is_handed_over(shell: Shell, printer: AtThePrinter) -> None:
    done = held_up(shell, printer, "issue", "late", "--json")
    code = done.told["code_printed"]
    assert (done.code, done.told["printed"], done.told["held_up"]) == (0, "confirmed", True)
    assert done.told["print_jobs"][0]["held_up"] is True
    assert done.line == (
        f"The printer stopped half-way through {code}. It may be in two pieces: look before you hand it over. In one "
        f"piece: `pos-recovery printer jobs --came-out {code}`. If not, `pos-recovery reprint {code}` prints a copy."
    )


def test_a_slip_that_went_through_is_not_held_up(call: Call, printer: AtThePrinter) -> None:
    done = use(call, printer.url)("issue", "late", "--json")
    assert (done.told["printed"], done.told["held_up"], done.err) == ("confirmed", False, "")


def test_it_is_listed_until_a_person_has_looked_and_its_proof_stands(
    shell: Shell, call: Call, printer: AtThePrinter
) -> None:
    code = held_up(shell, printer, "issue", "late", "--json").told["code"]
    with_printer = use(call, printer.url)
    listed = with_printer("printer", "jobs")
    assert f"{printed(code)}  perhaps in two  today " in listed.out
    assert "`--came-out CODE`" in listed.out
    assert "Slips: 1 perhaps in two. See `pos-recovery printer jobs`." in with_printer("printer", "status").out
    assert with_printer("printer", "status", "--json").told["held_up"] == 1
    job = with_printer("printer", "jobs", "--json").told["jobs"][0]
    assert (job["state"], job["proof"], job["held_up"]) == ("printed", "confirmed", True)

    seen = with_printer("printer", "jobs", "--came-out", code, "--json")
    assert (seen.code, seen.told["jobs"]) == (0, [])
    job = with_printer("printer", "jobs", "--all", "--json").told["jobs"][0]
    assert (job["state"], job["proof"], job["held_up"]) == ("printed", "confirmed", False)
    again = with_printer("printer", "jobs", "--came-out", code, "--json")
    assert (again.code, again.told["outcome"]) == (1, "not_in_doubt")


def test_a_copy_settles_it_too(shell: Shell, call: Call, printer: AtThePrinter) -> None:
    code = held_up(shell, printer, "issue", "late", "--json").told["code"]
    copy = use(call, printer.url)("reprint", code, "--json")
    assert (copy.told["printed"], copy.told["held_up"], copy.err) == ("confirmed", False, "")
    assert [job["held_up"] for job in copy.told["print_jobs"]] == [True, False]
    assert use(call, printer.url)("printer", "jobs").out == "Every slip is accounted for.\n"


@pytest.mark.parametrize("words", [["reprint"], ["printer", "jobs", "--retry"]], ids=" ".join)
def test_reprint_and_retry_say_it_as_well(shell: Shell, printer: AtThePrinter, words: list[str]) -> None:
    printer.strike("open")
    code = use(shell, printer.url)("issue", "late", "--json").told["code"]
    printer.mend()
    done = held_up(shell, printer, *words, *([code] if words == ["reprint"] else []))
    assert (done.code, done.line[:60]) == (0, f"The printer stopped half-way through {printed(code)}. It may ")


def test_a_retry_says_which_slips_it_printed(call: Call, printer: AtThePrinter) -> None:
    with_printer = use(call, printer.url)
    printer.strike("paper-out")
    codes = with_printer("issue", "late", "--count", "2", "--json").told["codes"]
    printer.reload()
    done = with_printer("printer", "jobs", "--retry")
    assert done.out == f"Printed now: {', '.join(map(printed, codes))}.\nEvery slip is accounted for.\n"
    assert with_printer("printer", "jobs", "--retry").out == "Every slip is accounted for.\n"


def test_the_first_answer_tells_of_the_paper_what_the_repeated_one_tells(call: Call, printer: AtThePrinter) -> None:
    words = ("issue", "late", "--request-id", "till-1:42", "--json")
    first, again = (use(call, printer.url)(*words).told for _ in range(2))
    assert [(job["copy"], job["state"], job["printed"]) for job in first["print_jobs"]] == [(1, "printed", "confirmed")]
    assert again["print_jobs"] == first["print_jobs"]


def test_what_cups_complains_of_is_told_in_its_words_without_the_name_of_its_program(
    call: Call, tmp_path: Path
) -> None:
    """An `lp` that is started by its full path names itself by that path, as the real one does."""
    lp = tmp_path / "lp"
    lp.write_text('#!/bin/sh\necho "$0: Error - Destination \\"Bar\\" is not accepting jobs." >&2\nexit 1\n')
    lp.chmod(0o755)
    done = call("issue", "late", "--json", POS_RECOVERY_PRINTER="cups://Bar", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert (done.code, done.told["printed"]) == (3, "pending")
    assert done.line.startswith(
        'Not printed yet (CUPS did not take it: Destination "Bar" is not accepting jobs). The slip is on record: '
    )
