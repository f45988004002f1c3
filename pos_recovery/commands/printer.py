"""The commands of the printer itself: test, status, find, and a virtual one. Its slips: `printer_jobs`.

Nobody signs in here: they issue nothing and change no coupon, and a printer that will not print is looked after by
whoever is there. Exit code 3 says that paper cannot come out now, or is not proven.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from pos_recovery.commands.answering import Options, UsageError, open_for, tell, write_json
from pos_recovery.system.exits import ExitCode, say
from pos_recovery.system.terminal import abilities

if TYPE_CHECKING:
    from db.tables.facts import PrinterFact
    from pos_recovery.opening.wiring import Counter
    from pos_recovery.printing.printer_care import Look, Tested

LOOK_AT = (
    "the frame meets both edges, with nothing cut off",
    "no white stripe runs down the slip",
    "black is black, and single lines are sharp",
    "a phone reads every QR",
    "it is cut, and comes off cleanly",
)
"""What the test slip is for: nobody but a person can see these."""


# --- how it is --------------------------------------------------------------------------------------------------------


def status(options: Options) -> int:
    """Ask the printer how it is."""
    from collections import Counter as Tally

    from db.tables.column_types import JobState
    from db.tables.facts import PrinterFact
    from pos_recovery.commands import printer_code_pages
    from pos_recovery.printing import printer_care
    from pos_recovery.printing.printer_words import PERHAPS_IN_TWO, STATES, state_of
    from receipts.values.status import Condition

    counter = open_for(options)
    try:
        slips = Tally(map(state_of, counter.desk.unsettled()))
        look = printer_care.look_at(counter.desk)
        known = counter.desk.known()
        has_more_letters = printer_code_pages.is_to_be_asked(counter)
    finally:
        counter.close()
    proof = printer_care.proof_of(printer_care.the_printer(counter.home, counter.settings), known.proof)
    flush_first = known.torn and not look.busy  # of a job that is under way nobody can say yet that it broke off
    can_print = None if look.condition is Condition.NOT_ASKED else look.condition.can_print
    told = {
        "outcome": "printer_status",
        "printer": counter.settings.printer,
        "paper": counter.settings.paper,
        "condition": look.condition.value,
        "can_print": can_print,
        "why": look.why,
        "busy": look.busy,
        "proof": proof.value if proof else None,
        "flush_first": flush_first,
        "waiting": slips[STATES[JobState.PENDING]],
        "in_doubt": slips[STATES[JobState.UNKNOWN]],
        "not_drawn": slips[STATES[JobState.FAILED]],
        "held_up": slips[PERHAPS_IN_TWO],
    }
    lines = _how_the_printer_is(counter, look, PrinterFact(proof=proof, torn=flush_first))
    if has_more_letters:
        lines.append(
            "Letters that not every printer has are drawn; `pos-recovery printer test` asks which this one has."
        )
    if slips:
        counts = ", ".join(f"{slips[word]} {word}" for word in (*STATES.values(), PERHAPS_IN_TWO) if slips[word])
        lines.append(f"Slips: {counts}. See `pos-recovery printer jobs`.")
    tell(options, told, "\n".join(lines))
    return ExitCode.PAPER_UNPROVEN if can_print is False else ExitCode.DONE


def _how_the_printer_is(counter: Counter, look: Look, known: PrinterFact) -> list[str]:
    from pos_recovery.printing.printer_words import PROOFS, how_it_is, how_it_is_meanwhile

    settings = counter.settings
    if settings.printer == "preview:":
        return [f"No printer: slips are pictures in {counter.home.slips}."]
    how = how_it_is_meanwhile(look.condition) if look.busy else how_it_is(look.condition, look.why)
    lines = [f"{settings.printer}, {settings.paper} mm. {how}", f"Proof of paper: {PROOFS[known.proof]}."]
    if known.torn:
        lines.append("An earlier job broke off in it, so the next one begins with a flush and a cut.")
    return lines


def find(options: Options) -> int:
    """List the printers this machine can see. Needs no set-up."""
    from receipts.printers.discovery import look_around

    seen = look_around()
    found = [each for each in seen if not each.why_not]
    others = [each for each in seen if each.why_not]
    told = [{"url": each.url, "words": each.words} for each in found]
    not_offered = [{"url": each.url, "words": each.words, "why": each.why_not} for each in others]
    widest = max((len(each.url) for each in found), default=0)
    lines = [f"{each.url:<{widest}}  {each.words}" for each in found] or ["No printer is plugged in here."]
    lines += [f"Not for slips: {each.words}: {each.why_not}." for each in others]
    lines.append('One on the network is named by its address. Put yours into the settings: printer = "…"')
    tell(options, {"outcome": "printers_found", "printers": told, "not_offered": not_offered}, "\n".join(lines))
    return ExitCode.DONE


# --- the test slip ----------------------------------------------------------------------------------------------------


def test(options: Options) -> int:
    """Print the test slip and remember what the printer proved."""
    from pos_recovery.commands import printer_code_pages
    from pos_recovery.commands.print_watcher import PrintWatcher
    from pos_recovery.printing import printer_care

    counter = open_for(options)
    try:
        if options.right is not None:
            return printer_code_pages.keep(options, counter)
        lines = printer_code_pages.lines_to_try(counter)
        tested = printer_care.print_test_slip(counter.desk, PrintWatcher().watch, mute=options.mute, lines=lines)
        if options.json:
            write_json(_tested_json(counter, tested))
            return _tested_code(tested)
        with_person = sys.stdin.isatty()
        code = _talk_it_over(counter, tested, with_person=with_person)
        if code == ExitCode.DONE and lines:
            printer_code_pages.talk_over(counter, lines, with_person=with_person)
        return code
    finally:
        counter.close()


def _tested_json(counter: Counter, tested: Tested) -> dict[str, Any]:
    from pos_recovery.commands import printer_code_pages

    result = tested.result
    lines = {"lines": [printer_code_pages.as_json(line) for line in tested.lines]} if tested.lines else {}
    return {
        "outcome": "printer_tested",
        "printed": result.proof or result.state,
        "printer": counter.settings.printer,
        "condition": result.condition.value,
        "proof": tested.proof.value if tested.proof else None,
        "detail": result.detail,
        **lines,
    }


def _tested_code(tested: Tested) -> ExitCode:
    return ExitCode.DONE if tested.result.state == "printed" else ExitCode.PAPER_UNPROVEN


def _talk_it_over(counter: Counter, tested: Tested, *, with_person: bool) -> int:
    """Say what the printer proved; where it proved nothing, a person's eyes decide."""
    from db.tables.column_types import Proof
    from pos_recovery.printing.printer_words import after_test
    from receipts.values.status import Condition

    if with_person:
        tested = _perhaps_without_asking(counter, tested)
    result = tested.result
    if counter.settings.printer == "preview:" and result.state == "printed":
        sys.stdout.write(f"No printer: the test slip is a picture, {result.detail}\n")
        return _tested_code(tested)
    sys.stdout.write(f"{after_test(result, tested.proof)}\n")
    if result.state in {"pending", "failed"}:
        if result.condition is Condition.NOT_ANSWERING and not with_person:
            sys.stdout.write("If it is one that never answers: `pos-recovery printer test --mute`.\n")
        return ExitCode.PAPER_UNPROVEN
    sys.stdout.write("".join(["Look at the slip:\n", *(f"  ☐ {each}\n" for each in LOOK_AT)]))
    if result.proof in {"confirmed", "processed"} or not with_person:
        return _tested_code(tested)
    if _yes("Did the test slip come out whole? [y/n] "):
        counter.desk.trust(Proof.HANDED_OVER)
        sys.stdout.write("Good. Slips are handed over from now on, and a person looks at the paper.\n")
        return ExitCode.DONE
    counter.desk.trust(None)
    sys.stdout.write("Noted: nothing is known of this printer. See to it, then run the test again.\n")
    return ExitCode.PAPER_UNPROVEN


def _perhaps_without_asking(counter: Counter, tested: Tested) -> Tested:
    """A silent printer may be one that only listens: if a person says so, print all the same."""
    from pos_recovery.printing import printer_care
    from pos_recovery.printing.printer_words import after_test
    from receipts.values.status import Condition

    result = tested.result
    if result.state != "pending" or result.condition is not Condition.NOT_ANSWERING:
        return tested
    silence = after_test(result, tested.proof)
    if not _yes(f"{silence}\nIs it one that never answers? Print all the same? [y/n] "):
        return tested
    again = printer_care.print_test_slip(counter.desk, mute=True, lines=tested.lines)
    if again.result.state == "pending":  # it is not there at all
        counter.desk.trust(None)
    return again


def _yes(question: str) -> bool:
    """Ask until it is y or n; an input that has ended says no."""
    while True:
        sys.stderr.write(question)
        sys.stderr.flush()
        answer = sys.stdin.readline()
        if not answer or answer.strip().lower() in {"y", "yes", "n", "no"}:
            return answer.strip().lower().startswith("y")


# --- a printer made of software ---------------------------------------------------------------------------------------


def virtual(options: Options) -> int:
    """Run a virtual printer until it is told to quit. Needs no set-up and no home."""
    from pathlib import Path

    from receipts.values.paper import PAPER_58, PAPER_80
    from receipts.virtual.serving import console

    try:
        return console.run(
            port=options.port,
            paper={58: PAPER_58, 80: PAPER_80}[options.paper],
            speed_mm_s=options.speed,
            buffer_bytes=options.buffer,
            roll_mm=options.roll,
            process_id=not options.no_process_id,
            auto_status=not options.no_auto_status,
            silent_when_open=options.silent_when_open,
            macros=not options.no_macros,
            folder=Path(options.folder).absolute(),
            faults=tuple(options.fault),
            json=options.json,
            colours=abilities(os.environ, sys.stdout.encoding).colours,
            stdin=sys.stdin,
            stdout=sys.stdout,
        )
    except ValueError as error:
        raise UsageError(f"--fault: {error}. See `pos-recovery printer virtual --help`.") from None
    except OSError as error:
        sentence = str(error.strerror or error)
        say(sentence[:1].upper() + sentence[1:] + ". Choose another with --port; 0 is any free one.")
        if options.json:
            write_json({"outcome": "port_unavailable", "port": options.port, "sentence": sentence})
        return ExitCode.UNAVAILABLE
