"""What closing a day answers, in words for a person and as JSON for scripts. Pure."""

from __future__ import annotations

from typing import Any

from pos_recovery.export.closing.outcomes import (
    DayFarOff,
    DayNotBegun,
    DoesNotProve,
    Exported,
    ExportRunning,
    FactsGone,
    InTheWay,
    NightAhead,
    NotDelivered,
    NothingToClose,
    NotTheSame,
    NotWritten,
    Outcome,
    TooNew,
)
from pos_recovery.system.exits import ExitCode

_SHOWN = 5
_KEPT = "It was not published, and every fact is safe on record."
_NO_DAY = "Without --day the last day that is over is closed."
_SET_IT = "If this machine's clock is wrong, set it and export again."


def exit_code(outcome: Outcome) -> ExitCode:
    """What the shell sees. Of a night that is there, while an earlier one still is not: what that one gives."""
    match outcome:
        case Exported():
            return ExitCode.DONE if outcome.not_made_up is None else exit_code(outcome.not_made_up)
        case NotDelivered() | NotWritten() | ExportRunning():
            return ExitCode.UNAVAILABLE
        case _:
            return ExitCode.REFUSED


def sentence(outcome: Outcome) -> str:
    """What happened, what is safe, what to do next.

    Each speaks of its own night only: it may stand below the words about another one that was published.
    """
    match outcome:
        case Exported():
            return _exported(outcome)
        case DayNotBegun() | DayFarOff() | NightAhead() | NothingToClose():
            return _no_day(outcome)
        case DoesNotProve():
            return _does_not_prove(outcome)
        case NotTheSame():
            return (
                f"{_night(outcome)} did not come out as it was told. {_KEPT} "
                "The ledger or the program has changed since; please send us the folder of that night and this message."
            )
        case InTheWay():
            return _in_the_way(outcome)
        case NotDelivered():
            return _not_delivered(outcome)
        case NotWritten():
            return (
                f"{outcome.folder} could not be written: {outcome.why}. {_KEPT} See to the folder, then export again."
            )
        case TooNew():
            return (
                f"A newer pos-recovery has written the nights from run {outcome.run} on. Nothing was changed. Please "
                "update this one, or export where the newer one runs."
            )
        case FactsGone():
            return (
                f"The ledger lacks facts that earlier nights told, so {outcome.business_day} was not closed. "
                "Nothing was published. Was it put back from a copy, or moved to another server? Please ask us first."
            )
        case ExportRunning():
            return "Another export is at work here. Nothing was changed; wait for it to end."


def _exported(outcome: Exported) -> str:
    rows, late = outcome.rows, sum(outcome.late.values())
    told = (
        f"{outcome.business_day} is closed{_before(outcome)}: "
        f"{_many(rows['coupons'], 'coupon')} given, {_many(rows['events'], 'event')}, "
        f"{_many(rows['refusals'], 'refusal')}, {_many(rows['exceptions'], 'exception')}. The sums prove."
    )
    lines = [
        told,
        f"The night is in {outcome.folder}; its page is report.html.",
        f"SHA-256 of its manifest, to keep elsewhere: {outcome.manifest_sha256}",
    ]
    if outcome.closed_as not in (None, outcome.manifest_sha256):
        lines.append(
            f"When it was closed its manifest had the SHA-256 {outcome.closed_as}, which the night after it names. "
            "Keep the night as it was then wherever you have it: only this ledger proves that the two tell the same."
        )
    if outcome.asked is not None:
        lines.insert(
            0,
            f"{outcome.asked} has no night of its own: what was recorded of it by then came with the night of "
            f"{outcome.business_day}.",
        )
    if not any(rows[name] for name in ("coupons", "events", "refusals")):
        lines.append(
            "It is empty: when it was closed, nothing up to that day was left to tell. What was recorded since, or of "
            "later days, comes with a later night."
        )
    if late:
        lines.append(f"{_many(late, 'fact')} came late, from days that were closed before.")
    if outcome.runs_until is not None:
        lines.append(
            f"That day still runs until {outcome.runs_until:%Y-%m-%d %H:%M}. What happens until then comes with the "
            "next night, as late."
        )
    if outcome.made_up_for:
        lines.append(f"Delivered now as well: {', '.join(outcome.made_up_for)}.")
    if outcome.not_made_up is not None:
        lines.append(f"But an earlier night is still not there. {sentence(outcome.not_made_up)}")
    return "\n".join(lines)


def _before(outcome: Exported) -> str:
    if not outcome.again:
        return ""
    if outcome.closed_as is None:
        return " (it was before: the same bytes again)"
    if outcome.closed_as == outcome.manifest_sha256:
        return " (it was before, by an earlier version: its night was left as it is)"
    return " (it was before, by an earlier version and in an earlier form: the same facts now, and not the same bytes)"


def _no_day(outcome: DayNotBegun | DayFarOff | NightAhead | NothingToClose) -> str:
    match outcome:
        case DayNotBegun(day, today):
            return f"{day} has not begun; today's business day is {today}. Nothing was closed. {_NO_DAY}"
        case NightAhead(run, day, today, go_on):
            return (
                f"The last night closed, run {run}, is of {day}, and today's business day is {today}. Nothing was "
                f"closed now; every fact is safe on record. {_SET_IT} If it is right, it was ahead that night: run "
                f"this export once with --day {go_on}. That tells all that was not told yet, and the nights after it "
                "come by themselves again."
            )
        case DayFarOff(day, None):
            return (
                f"By this machine's clock the last day that is over is {day}, which cannot be right. Nothing was "
                "closed. Set the clock, and export again."
            )
        case DayFarOff(day, nearest):
            return (
                f"By this machine's clock the last day that is over is {day}, far from everything on record: what is "
                f"nearest is of {nearest}. Nothing was closed; every fact is safe on record. {_SET_IT} If it is right, "
                f"because the shop was shut for so long, run this export once with --day {day}."
            )
        case NothingToClose(None):
            return "There is no store in this ledger yet, so there is no day to close. Nothing was written."
        case NothingToClose(day, first):
            begins = f"what is on record begins with {first}" if first else "nothing is on record yet"
            return f"{day} is long before this ledger: {begins}. Nothing was closed. {_NO_DAY}"


def _in_the_way(outcome: InTheWay) -> str:
    if outcome.unknown:
        return (
            f"Nothing was closed. {outcome.folder} is by its name a night of this run, and this ledger has not told "
            "it: it is another register's, or the ledger is an older copy than the one that night was told from. Do "
            "not move or remove it: it may be the only record. Give each register a folder of its own, or put the "
            "newest ledger back."
        )
    if outcome.earlier:
        return (
            f"{outcome.folder} is there already and was left as it is. An earlier version closed that night, in an "
            "earlier form, and this may be it: then it is right as it is, and this version would write the same facts "
            "with other bytes. To have those, export that day with another --out."
        )
    return (
        f"{outcome.folder} is there already and holds something else. It was left as it is, and the night that belongs "
        "there is safe on record. See whose it is, move it away and keep it, then export that day again."
    )


def _not_delivered(outcome: NotDelivered) -> str:
    if outcome.again:
        return (
            f"{_night(outcome)} is closed and was delivered before, but could not be brought to {outcome.folder} now: "
            f"{outcome.why}. Nothing is lost. No export brings it here by itself: export the day again with this --out."
        )
    return (
        f"{_night(outcome)} is closed and on record, but could not be brought to {outcome.folder}: {outcome.why}. "
        "Nothing is lost; the next export delivers it."
    )


def _night(outcome: NotDelivered | NotTheSame) -> str:
    return f"The night of {outcome.business_day} (run {outcome.run})"


def _does_not_prove(outcome: DoesNotProve) -> str:
    lines = [
        f"The sums of the night of {outcome.business_day} do not prove. {_KEPT}",
        *(f"  store {each.store}, {each.currency}: {_sum(each.coupons)} coupons" for each in outcome.balances[:_SHOWN]),
    ]
    lines += [f"  {many} rows of {name} are on record and not in the file" for name, many in outcome.missing.items()]
    if outcome.codes:
        lines.append(f"Coupons to look at: {', '.join(outcome.codes)}.")
    lines.append("Somebody may have changed the ledger by other means. `pos-recovery doctor` looks at it.")
    return "\n".join(lines)


def _sum(sums: Any) -> str:  # noqa: ANN401
    return (
        f"{sums['opening']} open + {sums['issued']} issued - {sums['redeemed']} redeemed - {sums['voided']} voided "
        f"- {sums['expired']} expired + {sums['reversed']} reversed is not {sums['closing']}"
    )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The same for scripts."""
    match outcome:
        case Exported():
            return {
                "outcome": "exported", "business_day": str(outcome.business_day), "run": outcome.run,
                "folder": outcome.folder, "manifest_sha256": outcome.manifest_sha256, "again": outcome.again,
                "rows": dict(outcome.rows), "late": dict(outcome.late), "made_up_for": list(outcome.made_up_for),
                "runs_until": outcome.runs_until.isoformat() if outcome.runs_until else None,
                "asked": str(outcome.asked) if outcome.asked else None,
                "not_made_up": as_json(outcome.not_made_up) if outcome.not_made_up else None,
                "closed_as": outcome.closed_as,
            }  # fmt: skip
        case DayNotBegun() | DayFarOff() | NightAhead() | NothingToClose():
            return _no_day_as_json(outcome)
        case DoesNotProve():
            return {
                "outcome": "does_not_prove", "business_day": str(outcome.business_day), "codes": list(outcome.codes),
                "balances": [
                    {
                        "store": each.store, "currency": each.currency,
                        "coupons": dict(each.coupons), "cost_minor": dict(each.cost_minor),
                        "currency_decimals": outcome.decimals.get(each.currency),
                    }
                    for each in outcome.balances
                ],
                "missing": dict(outcome.missing),
            }  # fmt: skip
        case NotTheSame():
            return {"outcome": "not_the_same", "business_day": str(outcome.business_day), "run": outcome.run}
        case InTheWay():
            return {
                "outcome": "in_the_way", "folder": outcome.folder, "unknown": outcome.unknown,
                "earlier": outcome.earlier,
            }  # fmt: skip
        case NotDelivered():
            return {
                "outcome": "not_delivered", "business_day": str(outcome.business_day), "run": outcome.run,
                "folder": outcome.folder, "why": outcome.why, "again": outcome.again,
            }  # fmt: skip
        case NotWritten():
            return {
                "outcome": "not_written", "business_day": str(outcome.business_day), "folder": outcome.folder,
                "why": outcome.why,
            }  # fmt: skip
        case TooNew():
            return {"outcome": "too_new", "run": outcome.run}
        case FactsGone():
            return {"outcome": "facts_gone", "business_day": str(outcome.business_day)}
        case ExportRunning():
            return {"outcome": "export_running"}


def _no_day_as_json(outcome: DayNotBegun | DayFarOff | NightAhead | NothingToClose) -> dict[str, Any]:
    match outcome:
        case DayNotBegun(day, today):
            return {"outcome": "day_not_begun", "business_day": str(day), "today": str(today)}
        case DayFarOff(day, nearest):
            return {"outcome": "day_far_off", "business_day": str(day), "nearest": str(nearest) if nearest else None}
        case NightAhead(run, day, today, go_on):
            return {
                "outcome": "night_ahead", "business_day": str(day), "run": run,
                "today": str(today), "go_on_with": str(go_on),
            }  # fmt: skip
        case NothingToClose(asked, first):
            return {
                "outcome": "nothing_to_close",
                "business_day": str(asked) if asked else None, "first": str(first) if first else None,
            }  # fmt: skip
