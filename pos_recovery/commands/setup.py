"""The command `setup`: asks what was not given, makes what is missing, and tries the printer once.

A printer that is not there, says nothing or is out of paper never fails a set-up: the answer says how it is.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pos_recovery.commands import staff
from pos_recovery.commands.answering import Options, UsageError, new_pin, open_for, pin_given, tell
from pos_recovery.system import ownership
from pos_recovery.system.exits import ExitCode, explain_bug, say
from pos_recovery.system.locations import PIN_VARIABLE, Home, find_home

if TYPE_CHECKING:
    from db.tables.column_types import Proof
    from pos_recovery.counter.staff import Pin
    from pos_recovery.opening.setup import Answers, SetUp
    from pos_recovery.printing.printer_care import Tested
    from pos_recovery.slip_texts.slip_fonts import Served

_GIVEN = ("lead", "store_id", "store_name", "timezone", "currency", "register", "printer", "paper", "language", "fonts")
_QUESTIONS = {
    "store_name": "Store name",
    "timezone": "Time zone",
    "currency": "Currency",
    "lead": "Who are you",
    "printer": "Printer",
}


def setup(options: Options) -> int:
    """Make what this register needs."""
    from db.connection.errors import StoreError
    from pos_recovery.counter.staff import draw_pin
    from pos_recovery.opening import setup as set_up_room
    from receipts.printers.discovery import as_printer_url

    home = find_home(options.home)
    given = {key: getattr(options, key) for key in _GIVEN if getattr(options, key) is not None}
    if "fonts" in given:
        given["fonts"] = tuple(given["fonts"])
    answers = replace(set_up_room.guess_answers(given.get("timezone")), **given)
    if not options.defaults and not home.settings.exists():
        answers = _ask(answers, given)
    answers = replace(answers, printer=as_printer_url(answers.printer))
    set_up_room.check_answers(answers)
    drawn: list[Pin] = []

    def pin() -> Pin:
        if PIN_VARIABLE in os.environ or not options.defaults:
            return pin_given("A PIN for the first person, 4 to 8 digits: ")
        drawn.append(draw_pin())
        return drawn[0]

    done = set_up_room.set_up(home, answers, pin, begin_anew=options.new_ledger)
    if options.add_lead is not None:
        return _add_lead(options)
    tested, proof, trouble = None, None, ""
    try:
        tested, proof = _try_printer(options, home, done)
    except Exception as fault:  # noqa: BLE001  the PIN is shown only now, whatever breaks at the printer
        trouble = ownership.explained(fault, home) if isinstance(fault, StoreError) else explain_bug(fault, home)
    told = {
        "outcome": "set_up" if done.wrote_settings or done.added_lead else "already_set_up",
        "home": str(home.folder),
        "settings": str(home.settings),
        "store": done.settings.store_id,
        "store_name": done.settings.store_name,
        "timezone": done.settings.timezone,
        "currency": done.settings.currency,
        "currency_decimals": done.decimals,
        "register": done.settings.register,
        "printer": done.settings.printer,
        "printer_proof": proof.value if proof else None,
        "fonts": [each.told for each in _of_machine(done)],
        "printer_condition": tested.result.condition.value if tested else "not_asked",
        "staff": done.lead_id,
        "pin": drawn[0].digits if drawn and done.added_lead else None,
    }
    tell(options, told, "\n".join(_lines(home, done, drawn, tested)))
    if trouble:
        say(f"The printer was not tried. {trouble}")
    return ExitCode.DONE


def _lines(home: Home, done: SetUp, drawn: list[Pin], tested: Tested | None) -> list[str]:
    ready = f"{done.settings.store_name} is ready." if done.wrote_settings or done.added_lead else ""
    lines = [f"{ready or 'Already set up; nothing was changed.'} Settings: {home.settings}"]
    if done.added_lead:
        lines.append(f"{done.lead_name} is number {done.lead_id}, a shift lead.")
        if drawn:
            lines.append(f"Their PIN is {drawn[0].digits}. It is shown only now; please write it down.")
    lines += [f"This machine's own font draws {each.words}. Keep it installed." for each in _of_machine(done)]
    if tested is not None:
        from pos_recovery.printing.printer_words import after_test

        later = "" if tested.result.state == "printed" else " Print it later with: pos-recovery printer test"
        lines.append(f"{after_test(tested.result, tested.proof)}{later}")
    lines.append("Start the register with: pos-recovery")
    return lines


def _of_machine(done: SetUp) -> list[Served]:
    """The fonts of this machine that the store's name needs."""
    from pos_recovery.slip_texts import slip_fonts

    texts, language = (done.settings.store_name,), done.settings.language
    return slip_fonts.served(texts, language, slip_fonts.behind(texts, language, done.settings.fonts))


def _try_printer(options: Options, home: Home, done: SetUp) -> tuple[Tested | None, Proof | None]:
    """The test slip, on a printer that can answer and has just been chosen; None where it was not tried.

    Also what is known of the printer now.
    """
    from pos_recovery.commands.print_watcher import PrintWatcher
    from pos_recovery.printing import printer_care

    printer = printer_care.the_printer(home, done.settings)
    if not printer.reads_back:
        return None, printer_care.proof_of(printer, None)
    counter = open_for(options)
    try:
        if options.no_test_slip or not done.wrote_settings:
            return None, counter.desk.known().proof
        tested = printer_care.print_test_slip(counter.desk, PrintWatcher().watch)
        return tested, tested.proof
    finally:
        counter.close()


def _add_lead(options: Options) -> int:
    """One more shift lead without anybody's PIN: whoever may write the home folder is its owner.

    The way out when the only lead's PIN is lost.
    """
    counter = open_for(options)
    try:
        options.pin_stdin = False
        given = (pin_given("A PIN for them: "), False) if PIN_VARIABLE in os.environ else new_pin(options)
        return staff.add(options, counter, options.add_lead, "shift_lead", given)
    finally:
        counter.close()


def _ask(answers: Answers, given: dict[str, Any]) -> Answers:
    """Ask for what was not given, one line each; Enter takes what stands in brackets."""
    from pos_recovery.opening.setup import guess_answers

    for key, question in _QUESTIONS.items():
        if key in given:
            continue
        offered = _offer_printers() if key == "printer" else []
        sys.stderr.write(f"{question} [{getattr(answers, key)}]: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise UsageError("set-up asks questions; add --defaults to ask none")
        said = line.strip()
        if said.isdecimal() and 1 <= int(said) <= len(offered):
            said = offered[int(said) - 1]
        typed: dict[str, Any] = {key: said} if said else {}
        if key == "timezone" and said and "currency" not in given:
            typed["currency"] = guess_answers(said).currency
        answers = replace(answers, **typed)
    return answers


def _offer_printers() -> list[str]:
    """Show the printers that can be seen, each with the number that chooses it. Takes two seconds at most."""
    from receipts.printers.discovery import look_around

    seen = look_around()
    found = [each for each in seen if not each.why_not]
    for number, each in enumerate(found, start=1):
        sys.stderr.write(f"  {number}  {each.words}  ({each.url})\n")
    for each in seen:
        if each.why_not:
            sys.stderr.write(f"  -  {each.words}: {each.why_not}\n")
    sys.stderr.write(
        "A number above, or an address such as 192.0.2.7.\n" if found else "An address such as 192.0.2.7.\n"
    )
    return [each.url for each in found]
