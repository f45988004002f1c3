"""The commands of the house: people, reasons, the doctor, the version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_recovery import __version__
from pos_recovery.commands.answering import Options, UsageError, answer_with, as_lead, new_pin, open_for, tell
from pos_recovery.system.exits import ExitCode
from pos_recovery.system.locations import find_home

if TYPE_CHECKING:
    from pos_recovery.counter.staff import Pin
    from pos_recovery.opening.wiring import Counter


def add(options: Options, counter: Counter, name: str, role: str, given: tuple[Pin, bool]) -> int:
    """Add a person and tell their number, and their PIN where it was drawn."""
    from db.tables.column_types import Role

    pin, drawn = given
    try:
        person = counter.roster.add(name, Role(role), pin)
    except ValueError as error:
        raise UsageError(str(error)) from None
    told = {"outcome": "added", "id": person.id, "name": person.name, "role": person.role.value}
    text = f"{person.name} is number {person.id} ({person.role.value.replace('_', ' ')})."
    if drawn:
        told["pin"] = pin.digits
        text += f" Their PIN is {pin.digits}. It is shown only now; please write it down."
    tell(options, told, text)
    return ExitCode.DONE


def staff_add(options: Options) -> int:
    """Add a person."""
    return as_lead(options, lambda counter: add(options, counter, options.name, options.role, new_pin(options)))


def staff_list(options: Options) -> int:
    """List everybody. No PIN is asked for: there is nothing secret in it."""
    counter = open_for(options)
    try:
        people = counter.roster.people()
    finally:
        counter.close()
    told = [{"id": each.id, "name": each.name, "role": each.role.value, "active": each.active} for each in people]
    lines = [
        f"{each.id:>4}  {each.name}  ({each.role.value.replace('_', ' ')}{'' if each.active else ', left'})"
        for each in people
    ]
    tell(options, {"outcome": "staff", "staff": told}, "\n".join(lines))
    return ExitCode.DONE


def staff_disable(options: Options) -> int:
    """Let nobody sign in as this person any more."""

    def disable(counter: Counter) -> int:
        from pos_recovery.counter.outcomes import NotAllowed

        person = counter.roster.disable(options.id)
        if isinstance(person, NotAllowed):
            return answer_with(options, counter, person)
        told = {"outcome": "disabled", "id": person.id, "name": person.name}
        tell(options, told, f"{person.name} can no longer sign in. What they did stays on record.")
        return ExitCode.DONE

    return as_lead(options, disable)


def staff_reset_pin(options: Options) -> int:
    """Give a person a new PIN and end any wait."""

    def reset(counter: Counter) -> int:
        from pos_recovery.counter.outcomes import NotAllowed

        pin, drawn = new_pin(options)
        person = counter.roster.reset_pin(options.id, pin)
        if isinstance(person, NotAllowed):
            return answer_with(options, counter, person)
        told = {"outcome": "pin_reset", "id": person.id, "name": person.name}
        text = f"{person.name} has a new PIN."
        if drawn:
            told["pin"] = pin.digits
            text += f" It is {pin.digits}, shown only now; please write it down."
        tell(options, told, text)
        return ExitCode.DONE

    return as_lead(options, reset)


def reasons(options: Options) -> int:
    """List what can go wrong, and the playbooks. Works before set-up, with the shipped reasons."""
    from dataclasses import asdict

    from pos_recovery.settings import settings_file
    from pos_recovery.settings.schema import NotSetUpError
    from pos_recovery.slip_texts.reasons import load_reasons

    try:
        own = settings_file.load(find_home(options.home).settings).reasons
    except NotSetUpError:
        own = {}
    known = load_reasons(own)
    told = [asdict(reason) for reason in known]
    lines = [f"{reason.key or '·'}  {reason.id:<12} {reason.name}\n     “{reason.say}”" for reason in known]
    tell(options, {"outcome": "reasons", "reasons": told}, "\n".join(lines))
    return ExitCode.DONE


def doctor(options: Options) -> int:
    """Look after this register."""
    from pos_recovery.opening.doctor import examine

    findings = examine(find_home(options.home))
    worst = max((finding.code for finding in findings), default=ExitCode.DONE)
    told = {
        "outcome": "well" if worst is ExitCode.DONE else "needs_care",
        "findings": [{"part": each.part, "well": each.well, "detail": each.detail} for each in findings],
    }
    lines = [
        f"{'▲' if each.worth_a_look else '✔' if each.well else '✘'} {each.part:<10} {each.detail}" for each in findings
    ]
    tell(options, told, "\n".join(lines))
    return worst


def version(options: Options) -> int:
    """Print the version."""
    tell(options, {"outcome": "version", "version": __version__}, f"pos-recovery {__version__}")
    return ExitCode.DONE
