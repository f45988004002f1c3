"""The command `printer jobs`: slips that wait or are in doubt, and what may be done about them.

Prints again by itself only what never began. What is in doubt is a person's to settle: by a word here when the slip is
in their hand, by a copy otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pos_recovery.commands.answering import Options, answer_with, open_for, tell
from pos_recovery.system.exits import ExitCode, say

if TYPE_CHECKING:
    from db.tables.facts import JobFact
    from pos_recovery.opening.wiring import Counter

_HINTS = {
    "waiting": "waiting: prints by itself while the register runs. Now: `--retry`; of an earlier day: reprint it",
    "in doubt": "in doubt: please look. In your hand: `--came-out CODE`; if not, `pos-recovery reprint CODE`",
    "perhaps in two": "perhaps in two: please look. One piece: `--came-out CODE`; if not, `pos-recovery reprint CODE`",
    "not drawn": "not drawn: the coupon is good; write its code by hand",
}
"""What may be done, by the word for where a slip stands."""


def jobs(options: Options) -> int:
    """List slips that are not known to be whole and on paper; print what waits; take a person's word."""
    counter = open_for(options)
    try:
        open_jobs = counter.desk.unsettled()  # first: it owns up to what a dead program left
        code = ExitCode.DONE
        tried: list[JobFact] = []
        if options.retry:
            code = _retry(counter, tried)
        elif options.came_out is not None:
            refused = _came_out(options, counter)
            if refused is not None:
                return refused
        if options.retry or options.came_out is not None:
            open_jobs = counter.desk.unsettled()
        listed = _with_today(counter, open_jobs) if options.all else open_jobs
        told: dict[str, Any] = {"outcome": "printer_jobs", "jobs": [_job_json(job) for job in listed]}
        if options.retry:
            told["retried"] = [_job_json(job) for job in tried]
        tell(options, told, "\n".join([*_printed_now(tried), *_job_lines(counter, listed, open_jobs)]))
    finally:
        counter.close()
    return code


def _retry(counter: Counter, tried: list[JobFact]) -> ExitCode:
    """Print today's waiting slips, oldest first, until one cannot be. `tried` gets each as it stands afterwards."""
    from pos_recovery.commands.print_watcher import PrintWatcher, Stopping
    from pos_recovery.printing.printer_words import after_printing

    with Stopping() as stopping:
        watcher = PrintWatcher(stopping)
        for job in counter.desk.waiting():
            tried.append(counter.desk.print(job, watcher.watch))
            words = after_printing(tried[-1], watcher.condition)
            if words and counter.settings.printer != "preview:":
                say(words)
            if stopping.code is not None:
                return stopping.code
            if tried[-1].state.value != "printed":
                return ExitCode.PAPER_UNPROVEN
    return ExitCode.DONE


def _printed_now(tried: list[JobFact]) -> list[str]:
    """Which slips a retry brought to paper."""
    names = [_name(job) for job in tried if job.state.value == "printed"]
    return [f"Printed now: {', '.join(names)}."] if names else []


def _name(job: JobFact) -> str:
    from pos_recovery.rules.codes import printed

    return printed(job.code) + (f" copy {job.copy}" if job.copy > 1 else "")


def _came_out(options: Options, counter: Counter) -> int | None:
    """A person has the slip in hand, in one piece. Returns the exit code of a refusal, or None."""
    from db.tables.column_types import JobState
    from pos_recovery.counter.outcome_words import held_up
    from pos_recovery.counter.outcomes import Found
    from pos_recovery.rules.codes import printed

    found = counter.recovery.look_up(options.came_out)
    if not isinstance(found, Found):
        return answer_with(options, counter, found)
    doubtful = [job for job in found.story.jobs if job.state is JobState.UNKNOWN or held_up(job)]
    if not doubtful:
        code = found.story.code
        told = {"outcome": "not_in_doubt", "code": code, "jobs": [_job_json(job) for job in found.story.jobs]}
        tell(options, told, f"No slip of {printed(code)} is in doubt; nothing was changed.")
        return ExitCode.REFUSED
    counter.desk.seen(doubtful[-1].id, came_out=True)
    return None


def _with_today(counter: Counter, open_jobs: tuple[JobFact, ...]) -> tuple[JobFact, ...]:
    today = [job for story in counter.board.slips() for job in story.jobs]
    everything = {job.id: job for job in (*today, *open_jobs)}
    return tuple(everything[job] for job in sorted(everything))


def _job_json(job: JobFact) -> dict[str, Any]:
    from pos_recovery.counter.outcome_words import held_up

    return {
        "code": job.code,
        "copy": job.copy,
        "state": job.state.value,
        "proof": job.proof.value if job.proof else None,
        "held_up": held_up(job),
        "attempts": job.attempts,
        "error": job.last_error,
        "created_at": job.created_at.isoformat(),
        "updated_at": job.updated_at.isoformat(),
    }


def _job_lines(counter: Counter, listed: tuple[JobFact, ...], open_jobs: tuple[JobFact, ...]) -> list[str]:
    from pos_recovery.counter.outcome_words import at_counter
    from pos_recovery.printing.printer_words import state_of

    zone, now = counter.ledger.house.calendar.zone, counter.clock()
    names = [_name(job) for job in listed]
    widest = max(map(len, names), default=0)
    word = max((len(state_of(job)) for job in listed), default=0)
    lines = []
    for name, job in zip(names, listed, strict=True):
        since = at_counter(job.updated_at, zone, now)
        lines.append(f"{name:<{widest}}  {state_of(job):<{word}}  {since}  {job.last_error or ''}".rstrip())
    if not open_jobs:
        return [*lines, "Every slip is accounted for."]
    states = {state_of(job) for job in open_jobs}
    return [*lines, "", *(hint for state, hint in _HINTS.items() if state in states)]
