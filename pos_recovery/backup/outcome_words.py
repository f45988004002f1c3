"""What backing up and putting back answer, in words for a person and as JSON for scripts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pos_recovery.backup.outcomes import (
    AnotherRegister,
    BackedUp,
    HasFacts,
    InUse,
    NoBackup,
    NotWhole,
    NotWritten,
    Outcome,
    Restored,
    TooNew,
)
from pos_recovery.system.exits import ExitCode

_WORDS = {
    "coupon": ("coupon", "coupons"),
    "coupon_event": ("event", "events"),
    "refusal": ("refusal", "refusals"),
    "export_run": ("night", "nights"),
}
_UNCHANGED = "Nothing was changed."
_SHOWN = 5


def exit_code(outcome: Outcome) -> ExitCode:
    """What the shell sees."""
    match outcome:
        case BackedUp() | Restored():
            return ExitCode.DONE
        case NotWritten() | InUse():
            return ExitCode.UNAVAILABLE
        case _:
            return ExitCode.REFUSED


def sentence(outcome: Outcome) -> str:
    """What happened, what is safe, what to do next."""
    match outcome:
        case BackedUp():
            return _backed_up(outcome)
        case Restored():
            return _restored(outcome)
        case NotWritten():
            return (
                f"{outcome.place} could not be written: {outcome.why}. What was on record is safe, and nothing "
                "half-made counts. See to the folder, then try again."
            )
        case NoBackup():
            return f"{outcome.place}: {outcome.why}. {_UNCHANGED}"
        case NotWhole():
            return f"{outcome.folder}: it is not whole, {outcome.why}. {_UNCHANGED} Take an earlier one."
        case TooNew():
            return f"A newer pos-recovery made {outcome.folder}. {_UNCHANGED} Install that version or a later one."
        case AnotherRegister():
            return (
                f"{outcome.folder} is of register {outcome.register} of store {outcome.store}, and the settings here "
                f"name another. {_UNCHANGED} --settings brings its settings too."
            )
        case HasFacts():
            return _has_facts(outcome)
        case InUse():
            return f"A register or a command has the ledger open. {_UNCHANGED} Close it, then restore again."


def _backed_up(done: BackedUp) -> str:
    lines = [
        f"Backed up and looked over: {_counted(done.backup.rows)}.",
        f"It is {done.folder}.",
    ]
    if done.same_disk:
        lines.append("That is the disk the register is on, and both are lost with it: take a copy elsewhere.")
    if done.others_may_read:
        lines.append("That drive keeps no rights, so others can read it, hashes of PINs too: keep it locked up.")
    if done.removed:
        lines.append(f"Taken away for it: {', '.join(done.removed)}.")
    if done.not_removed:
        lines.append(f"These could not be taken away: {', '.join(done.not_removed)}.")
    return "\n".join(lines)


def _restored(done: Restored) -> str:
    lines = [
        f"Restored from {done.folder}, made {_at(done.backup.made_at)}: {_counted(done.backup.rows)}.",
        "The settings came with it; look at its printer." if done.wrote_settings else "The settings stay as they are.",
    ]
    if done.not_read:
        lines.append(
            f"Beside it are some that cannot be read here, and one of them may be newer: {_first(done.not_read)}."
        )
    if done.kept is not None:
        lines.append(f"What was there before is kept in {done.kept}.")
        lines.append(_lost(done.lost, done.lost_days))
    lines.append(_nights(done))
    return "\n".join(line for line in lines if line)


def _lost(lost: Mapping[str, int] | None, days: tuple[str, ...]) -> str:
    if lost is None:
        return "What of it is missing here cannot be told: it cannot be read, or is another register's."
    if not any(lost.values()):
        return "Nothing of it is missing here."
    of = f", of {', '.join(days[:_SHOWN])}{' …' if len(days) > _SHOWN else ''}" if days else ""
    return (
        f"Missing here is what came after the backup: {_counted(lost)}{of}. Coupons given then are not known any more: "
        "where such a slip comes back, give the drink as goodwill. Slips used since are good again."
    )


def _nights(done: Restored) -> str:
    last = f"Nights it knows: {done.nights}, the last of {done.last_night}. " if done.nights else ""
    if not done.unknown_nights:
        away = "" if done.nights_place else (
            "Nights go to another system, where nobody has looked: if one was told after the backup, give the next "
            "export another place with --out."
        )  # fmt: skip
        return f"{last}{away}".strip()
    many = len(done.unknown_nights)
    shown = _first(done.unknown_nights)
    return (
        f"{last}Told since, and not known to it: {many} {'night' if many == 1 else 'nights'}, {shown}. Leave their "
        "folders as they are: they may be the only record of what is missing. While they are where nights go, `export` "
        "closes nothing. So give it a new folder with --out, and copy the nights it knows into that. What is on record "
        "here and was told by the others is told once more: who adds up both counts each CouponCode, EventNumber and "
        "RefusalID once."
    )


def _first(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")


def _has_facts(refused: HasFacts) -> str:
    if refused.lost is None:
        what = "There is a ledger already; what is in it cannot be read, or is another register's."
    elif any(refused.lost.values()):
        days = f", of {', '.join(refused.lost_days[:_SHOWN])}" if refused.lost_days else ""
        what = f"There is a ledger already, and the backup lacks what came after it: {_counted(refused.lost)}{days}."
    else:
        what = "There is a ledger already, and the backup has nothing that is not in it."
    return f"{what} {_UNCHANGED} With --replace the backup takes its place, and the ledger is kept beside it."


def _counted(rows: Mapping[str, int]) -> str:
    told = [f"{many} {_WORDS[table][many != 1]}" for table, many in rows.items() if many and table in _WORDS]
    return f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else "".join(told) or "no coupon yet"


def _at(made_at: str) -> str:
    return made_at[:16].replace("T", " ") + " UTC"


def as_json(outcome: Outcome) -> dict[str, Any]:
    """One object."""
    match outcome:
        case BackedUp():
            return {
                "outcome": "backed_up",
                "folder": outcome.folder,
                **_of_the_backup(outcome),
                "same_disk": outcome.same_disk,
                "others_may_read": outcome.others_may_read,
                "removed": list(outcome.removed),
                "not_removed": list(outcome.not_removed),
            }
        case Restored():
            return {
                "outcome": "restored",
                "folder": outcome.folder,
                **_of_the_backup(outcome),
                "kept": outcome.kept,
                "settings": "restored" if outcome.wrote_settings else "kept",
                "lost": None if outcome.lost is None else dict(outcome.lost),
                "lost_days": list(outcome.lost_days),
                "unknown_nights": list(outcome.unknown_nights),
                "nights_looked_for_in": outcome.nights_place,
                "not_read": list(outcome.not_read),
            }
        case NotWritten():
            return {"outcome": "not_written", "folder": outcome.place, "why": outcome.why}
        case NoBackup():
            return {"outcome": "no_backup", "folder": outcome.place, "why": outcome.why}
        case NotWhole():
            return {"outcome": "not_whole", "folder": outcome.folder, "why": outcome.why}
        case TooNew():
            return {"outcome": "too_new", "folder": outcome.folder}
        case AnotherRegister():
            return {
                "outcome": "another_register",
                "folder": outcome.folder,
                "store": outcome.store,
                "register": outcome.register,
            }
        case HasFacts():
            lost = None if outcome.lost is None else dict(outcome.lost)
            return {
                "outcome": "has_facts",
                "folder": outcome.folder,
                "lost": lost,
                "lost_days": list(outcome.lost_days),
            }
        case InUse():
            return {"outcome": "in_use"}


def _of_the_backup(outcome: BackedUp | Restored) -> dict[str, Any]:
    backup = outcome.backup
    return {
        "made_at": backup.made_at,
        "number": backup.number,
        "store": backup.store,
        "register": backup.register,
        "facts": dict(backup.rows),
        "newest_fact_at": backup.newest,
        "nights": outcome.nights,
        "last_night": outcome.last_night,
    }
