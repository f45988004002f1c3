"""The command `printer jobs`: slips that wait or are in doubt, and what may be done about them.

Prints again by itself only what never began. What is in doubt is a person's to settle: by a word here when the slip is
in their hand, by a copy otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pos_recovery.answering import Options, answer_with, open_for, tell
from pos_recovery.exits import ExitCode, say

if TYPE_CHECKING:
    from db.facts import JobFact
    from pos_recovery.bootstrap import Counter

_HINTS = {
    "pending": "waiting: prints by itself while the register runs. Now: `--retry`; of an earlier day: reprint it",
    "unknown": "in doubt: please look. In your hand: `--came-out CODE`; if not, `pos-recovery reprint CODE`",
    "failed": "not drawn: the coupon is good; write its code by hand",
}


def jobs(options: Options) -> int:
    """List slips that are not known to be on paper; print what waits; take a person's word."""
    counter = open_for(options)
    try:
        open_jobs = counter.desk.unsettled()  # first: it owns up to what a dead program left
        code = ExitCode.DONE
        if options.retry:
            code = _retry(counter)
        elif options.came_out is not None:
            refused = _came_out(options, counter)
            if refused is not None:
                return refused
        if options.retry or options.came_out is not None:
            open_jobs = counter.desk.unsettled()
        listed = _with_today(counter, open_jobs) if options.all else open_jobs
        told = {"outcome": "printer_jobs", "jobs": [_job_json(job) for job in listed]}
        tell(options, told, "\n".join(_job_lines(counter, listed, open_jobs)))
    finally:
        counter.close()
    return code


def _retry(counter: Counter) -> ExitCode:
    """Print today's waiting slips, oldest first, until one cannot be."""
    from pos_recovery.onlooker import Onlooker
    from pos_recovery.printer_words import after_printing

    onlooker = Onlooker()
    for job in counter.desk.waiting():
        fact = counter.desk.print(job, onlooker.watch)
        words = after_printing(fact, onlooker.condition)
        if words and counter.settings.printer != "preview:":
            say(words)
        if fact.state.value != "printed":
            return ExitCode.PAPER_UNPROVEN
    return ExitCode.DONE


def _came_out(options: Options, counter: Counter) -> int | None:
    """A person has the slip in hand. Returns the exit code of a refusal, or None."""
    from db.types import JobState
    from pos_recovery.codes import printed
    from pos_recovery.outcomes import Found

    found = counter.recovery.look_up(options.came_out)
    if not isinstance(found, Found):
        return answer_with(options, counter, found)
    doubtful = [job for job in found.story.jobs if job.state is JobState.UNKNOWN]
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
    return {
        "code": job.code,
        "copy": job.copy,
        "state": job.state.value,
        "proof": job.proof.value if job.proof else None,
        "attempts": job.attempts,
        "error": job.last_error,
        "created_at": job.created_at.isoformat(),
        "updated_at": job.updated_at.isoformat(),
    }


def _job_lines(counter: Counter, listed: tuple[JobFact, ...], open_jobs: tuple[JobFact, ...]) -> list[str]:
    from zoneinfo import ZoneInfo

    from pos_recovery.codes import printed
    from pos_recovery.printer_words import state_of
    from pos_recovery.telling import at_counter

    zone, now = ZoneInfo(counter.settings.timezone), counter.clock()
    names = [printed(job.code) + (f" copy {job.copy}" if job.copy > 1 else "") for job in listed]
    widest = max(map(len, names), default=0)
    lines = []
    for name, job in zip(names, listed, strict=True):
        since = at_counter(job.updated_at, zone, now)
        lines.append(f"{name:<{widest}}  {state_of(job):<11}  {since}  {job.last_error or ''}".rstrip())
    if not open_jobs:
        return [*lines, "Every slip is accounted for."]
    states = {job.state.value for job in open_jobs}
    return [*lines, "", *(hint for state, hint in _HINTS.items() if state in states)]
